//! What can be wrong with the links between nodes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The faults in force. They bear on what crosses a node's border, never on traffic within a node.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Nodes that no packet enters or leaves.
    pub cut_off: BTreeSet<String>,
    /// What each crossing of a node's border takes longer.
    pub delay: BTreeMap<String, Duration>,
    /// The share of packets lost at a node's border, in percent.
    pub loss_percent: BTreeMap<String, u8>,
}

impl Faults {
    /// Whether nothing passes between two nodes. `None` is outside of the cluster's nodes.
    pub fn is_cut(&self, from: Option<&str>, to: Option<&str>) -> bool {
        from != to && [from, to].into_iter().flatten().any(|node| self.cut_off.contains(node))
    }

    /// What the faults add to a one-way trip between two nodes.
    pub fn delay(&self, from: Option<&str>, to: Option<&str>) -> Duration {
        if from == to {
            return Duration::ZERO;
        }
        [from, to].into_iter().flatten().filter_map(|node| self.delay.get(node)).sum()
    }

    /// The chance, in percent, that a packet between two nodes is lost.
    pub fn loss_percent(&self, from: Option<&str>, to: Option<&str>) -> u8 {
        if from == to {
            return 0;
        }
        [from, to].into_iter().flatten().filter_map(|node| self.loss_percent.get(node)).copied().max().unwrap_or(0)
    }
}
