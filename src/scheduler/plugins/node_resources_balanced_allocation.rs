//! Nodes on which CPU and memory are used up alike are better. Models `plugins/noderesources.BalancedAllocation`.

use crate::scheduler::framework::{MAX_NODE_SCORE, NodeInfo, Plugin, PodInfo, Resource, Scorer, Snapshot};

/// See the module.
pub struct NodeResourcesBalancedAllocation;

impl Plugin for NodeResourcesBalancedAllocation {
    fn name(&self) -> &'static str {
        "NodeResourcesBalancedAllocation"
    }

    fn pre_score<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Scorer + 'a>> {
        if pod.request.milli_cpu == 0 && pod.request.memory == 0 {
            return None;
        }
        Some(Box::new(Score(&pod.request)))
    }
}

struct Score<'a>(&'a Resource);

impl Scorer for Score<'_> {
    /// How balanced the node is with the pod, and how much better or worse than without it: three quarters of the
    /// scale where the pod changes nothing.
    fn score(&self, node: &NodeInfo) -> i64 {
        let (used, has) = (&node.requested, &node.allocatable);
        let without = balance([(used.milli_cpu, has.milli_cpu), (used.memory, has.memory)]);
        let with = balance([
            (used.milli_cpu.wrapping_add(self.0.milli_cpu), has.milli_cpu),
            (used.memory.wrapping_add(self.0.memory), has.memory),
        ]);
        (MAX_NODE_SCORE + MAX_NODE_SCORE / 2).wrapping_add(with).wrapping_sub(without) / 2
    }
}

/// 100 less the standard deviation of the used shares. Models `balancedResourceScorer`.
fn balance(resources: [(i64, i64); 2]) -> i64 {
    let share = |(used, capacity): (i64, i64)| (capacity != 0).then(|| (used as f64 / capacity as f64).min(1.0));
    let deviation = match resources.map(share) {
        [Some(cpu), Some(memory)] => ((cpu - memory) / 2.0).abs(),
        _ => 0.0,
    };
    ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
}
