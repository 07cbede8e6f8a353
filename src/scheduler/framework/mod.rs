//! What plugins are and how one pod's scheduling cycle runs them. Pure: decisions are functions of a [`Snapshot`].
//!
//! Models `pkg/scheduler/framework`. A plugin's per-cycle state is a value that its `pre_filter` or `pre_score`
//! returns, in place of upstream's untyped `CycleState`.

mod affinity_term;
mod cycle;
mod diagnosis;
mod event;
mod node_info;
mod node_selector;
mod pod_info;
mod resource;
mod snapshot;
mod toleration;

use std::borrow::Cow;
use std::collections::BTreeSet;

pub use affinity_term::{AffinityTerm, WeightedTerm};
pub use cycle::{Cycle, NodeScore, Outcome, nodes_to_find};
pub use diagnosis::{Diagnosis, NO_NODES_AVAILABLE};
pub use event::ClusterEvent;
pub use node_info::NodeInfo;
pub use node_selector::{RequiredNodeAffinity, matches_term};
pub use pod_info::{HostPort, PodInfo, priority_of};
pub use resource::Resource;
pub use snapshot::Snapshot;
pub use toleration::{find_untolerated, tolerates};

/// The highest score of a node by one plugin, before its weight. Models `framework.MaxNodeScore`.
pub const MAX_NODE_SCORE: i64 = 100;

/// Whether removing pods could make a rejecting node fit. Models `framework.Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Preemption may help.
    Unschedulable,
    /// Preemption cannot help.
    UnschedulableAndUnresolvable,
}

/// A plugin's refusal of a node (or, from `pre_filter`, of every node).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The plugin.
    pub plugin: &'static str,
    /// Whether preemption may help.
    pub code: Code,
    /// The reasons, as they stand in messages.
    pub reasons: Vec<Cow<'static, str>>,
}

impl Rejection {
    /// A refusal that removing pods could lift.
    pub fn unschedulable(plugin: &'static str, reason: impl Into<Cow<'static, str>>) -> Rejection {
        Rejection { plugin, code: Code::Unschedulable, reasons: vec![reason.into()] }
    }

    /// A refusal that removing pods cannot lift.
    pub fn unresolvable(plugin: &'static str, reason: impl Into<Cow<'static, str>>) -> Rejection {
        Rejection { plugin, code: Code::UnschedulableAndUnresolvable, reasons: vec![reason.into()] }
    }
}

/// What a plugin has to say before nodes are looked at one by one.
pub enum PreFilter<'a> {
    /// Nothing to filter for this pod.
    Skip,
    /// Filters each node.
    Filter(Box<dyn NodeFilter + 'a>),
    /// Filters each node, and only the named nodes come into question.
    Restrict(Box<dyn NodeFilter + 'a>, BTreeSet<String>),
    /// No node fits.
    Reject(Rejection),
}

/// A plugin's filter for one pod.
pub trait NodeFilter {
    /// Whether the pod fits on `node`, as far as this plugin can tell.
    fn filter(&self, node: &NodeInfo) -> Result<(), Rejection>;

    /// Takes note that `pod` is thought to be on `node` too (it is already part of `node`).
    fn add_pod(&mut self, _pod: &PodInfo, _node: &NodeInfo) {}

    /// Takes note that `pod` is thought to be gone from `node` (it is no longer part of `node`).
    fn remove_pod(&mut self, _pod: &PodInfo, _node: &NodeInfo) {}

    /// A copy to try [`add_pod`](Self::add_pod) and [`remove_pod`](Self::remove_pod) on.
    fn fork(&self) -> Box<dyn NodeFilter + '_>;
}

/// A plugin's scoring for one pod.
pub trait Scorer {
    /// The raw score of a feasible node.
    fn score(&self, node: &NodeInfo) -> i64;

    /// Brings the raw scores of all feasible nodes (in the order of `nodes`) to 0..=100.
    fn normalize(&self, _nodes: &[&NodeInfo], _scores: &mut [i64]) {}
}

/// A scheduler plugin; each point is optional.
pub trait Plugin {
    /// The plugin's name, as in `KubeSchedulerConfiguration`.
    fn name(&self) -> &'static str;

    /// What its scores count. Models the default profile's weights.
    fn weight(&self) -> i64 {
        1
    }

    /// Prepares the filter for `pod`.
    fn pre_filter<'a>(&self, _pod: &'a PodInfo, _snapshot: &'a Snapshot) -> PreFilter<'a> {
        PreFilter::Skip
    }

    /// Prepares the scoring of the `feasible` nodes; `None` where all would score the same.
    fn pre_score<'a>(&self, _pod: &'a PodInfo, _snapshot: &'a Snapshot, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Scorer + 'a>> {
        None
    }

    /// Whether `event` may make `pod`, which this plugin rejected, schedulable. Models `QueueingHintFn`.
    fn may_help(&self, _pod: &PodInfo, _event: &ClusterEvent<'_>) -> bool {
        false
    }
}

/// Scales scores so that the highest becomes 100, and turns them round where low is good.
/// Models `helper.DefaultNormalizeScore`.
pub fn default_normalize(scores: &mut [i64], reverse: bool) {
    let highest = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        let scaled = if highest == 0 { 0 } else { *score * MAX_NODE_SCORE / highest };
        *score = match (reverse, highest) {
            (true, 0) => MAX_NODE_SCORE,
            (true, _) => MAX_NODE_SCORE - scaled,
            (false, _) => scaled,
        };
    }
}
