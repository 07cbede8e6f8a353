use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Code, Rejection};

/// What is said of a pod in a cluster without nodes. Models `scheduler.ErrNoNodesAvailable`.
pub const NO_NODES_AVAILABLE: &str = "no nodes available to schedule pods";

/// Why a pod fits nowhere. Models `framework.Diagnosis` and `framework.FitError`.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// How many nodes there are.
    pub nodes: usize,
    /// The nodes that were looked at, and why each was refused.
    pub rejections: BTreeMap<Rc<str>, Rejection>,
    /// Why all nodes that were not looked at were refused.
    pub absent: Option<Rejection>,
    /// The words of a plugin that refused every node at once.
    pub pre_filter_message: Option<String>,
    /// What became of the attempts to make room.
    pub post_filter_message: String,
}

impl Diagnosis {
    /// The plugins that refused.
    pub fn plugins(&self) -> BTreeSet<&'static str> {
        self.rejections.values().chain(&self.absent).map(|rejection| rejection.plugin).collect()
    }

    /// Whether removing pods from `node` may help.
    pub fn may_be_resolved(&self, node: &str) -> bool {
        let rejection = self.rejections.get(node).or(self.absent.as_ref());
        rejection.is_some_and(|rejection| rejection.code == Code::Unschedulable)
    }

    /// The sentence of the condition and the event. Models `FitError.Error`.
    pub fn message(&self) -> String {
        let mut text = format!("0/{} nodes are available:", self.nodes);
        match &self.pre_filter_message {
            Some(message) => text.push_str(&format!(" {message}.")),
            None => {
                let counted = self.counted_reasons();
                if !counted.is_empty() {
                    text.push_str(&format!(" {}.", counted.join(", ")));
                }
            }
        }
        if !self.post_filter_message.is_empty() {
            text.push_str(&format!(" {}", self.post_filter_message));
        }
        text
    }

    /// `3 Insufficient cpu`, …, sorted as text.
    fn counted_reasons(&self) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for reason in self.rejections.values().flat_map(|rejection| &rejection.reasons) {
            *counts.entry(reason).or_default() += 1;
        }
        let absent = self.nodes.saturating_sub(self.rejections.len());
        for reason in self.absent.iter().flat_map(|rejection| &rejection.reasons).filter(|_| absent > 0) {
            *counts.entry(reason).or_default() += absent;
        }
        let mut counted: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        counted.sort();
        counted
    }
}
