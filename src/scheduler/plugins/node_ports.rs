//! Host ports can be had once a node. Models `plugins/nodeports`.

use crate::scheduler::framework::{ClusterEvent, HostPort, NodeFilter, NodeInfo, Plugin, PodInfo, PreFilter, Rejection, Snapshot};

/// See the module.
pub struct NodePorts;

const NAME: &str = "NodePorts";

impl Plugin for NodePorts {
    fn name(&self) -> &'static str {
        NAME
    }

    fn pre_filter<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot) -> PreFilter<'a> {
        if pod.host_ports.is_empty() { PreFilter::Skip } else { PreFilter::Filter(Box::new(Filter(&pod.host_ports))) }
    }

    fn may_help(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        match event {
            ClusterEvent::NodeAdded(_) => true,
            ClusterEvent::AssignedPodDeleted(gone) => {
                gone.host_ports.iter().any(|freed| pod.host_ports.iter().any(|port| port.conflicts(freed)))
            }
            _ => false,
        }
    }
}

#[derive(Clone)]
struct Filter<'a>(&'a [HostPort]);

impl NodeFilter for Filter<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Rejection> {
        if self.0.iter().any(|port| node.used_ports.iter().any(|used| used.conflicts(port))) {
            return Err(Rejection::unschedulable(NAME, "node(s) didn't have free ports for the requested pod ports"));
        }
        Ok(())
    }

    fn fork(&self) -> Box<dyn NodeFilter + '_> {
        Box::new(self.clone())
    }
}
