//! Taints keep pods away that do not tolerate them. Models `plugins/tainttoleration`.

use k8s_openapi::api::core::v1::{Node, Taint, Toleration};

use crate::scheduler::framework::{
    ClusterEvent, NodeFilter, NodeInfo, Plugin, PodInfo, PreFilter, Rejection, Scorer, Snapshot, default_normalize, find_untolerated,
};

/// See the module.
pub struct TaintToleration;

const NAME: &str = "TaintToleration";
const REPELLING: &[&str] = &["NoSchedule", "NoExecute"];

impl Plugin for TaintToleration {
    fn name(&self) -> &'static str {
        NAME
    }

    fn weight(&self) -> i64 {
        3
    }

    fn pre_filter<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot) -> PreFilter<'a> {
        PreFilter::Filter(Box::new(Filter { tolerations: pod.tolerations() }))
    }

    fn pre_score<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Scorer + 'a>> {
        let weak = |t: &&Toleration| t.effect.as_deref().is_none_or(|effect| effect.is_empty() || effect == "PreferNoSchedule");
        let tolerations = pod.tolerations().iter().filter(weak).cloned().collect();
        Some(Box::new(Score { tolerations }))
    }

    fn may_help(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let taints = |node: &Node| node.spec.as_ref().and_then(|spec| spec.taints.clone()).unwrap_or_default();
        let welcome = |taints: &[Taint]| find_untolerated(taints, pod.tolerations(), REPELLING).is_none();
        match event {
            ClusterEvent::NodeAdded(node) => welcome(&taints(node)),
            ClusterEvent::NodeUpdated(old, new) => taints(old) != taints(new) && welcome(&taints(new)),
            ClusterEvent::OwnUpdate(_) => true,
            _ => false,
        }
    }
}

#[derive(Clone)]
struct Filter<'a> {
    tolerations: &'a [Toleration],
}

impl NodeFilter for Filter<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Rejection> {
        match find_untolerated(&node.taints, self.tolerations, REPELLING) {
            None => Ok(()),
            Some(_) => Err(Rejection::unresolvable(NAME, "node(s) had untolerated taint(s)")),
        }
    }

    fn fork(&self) -> Box<dyn NodeFilter + '_> {
        Box::new(self.clone())
    }
}

struct Score {
    tolerations: Vec<Toleration>,
}

impl Scorer for Score {
    fn score(&self, node: &NodeInfo) -> i64 {
        let bothers = |taint: &&Taint| find_untolerated(std::slice::from_ref(taint), &self.tolerations, &["PreferNoSchedule"]).is_some();
        node.taints.iter().filter(bothers).count() as i64
    }

    fn normalize(&self, _nodes: &[&NodeInfo], scores: &mut [i64]) {
        default_normalize(scores, true);
    }
}
