//! The pod names its node. Models `plugins/nodename`.

use crate::scheduler::framework::{ClusterEvent, NodeFilter, NodeInfo, Plugin, PodInfo, PreFilter, Rejection, Snapshot};

/// See the module.
pub struct NodeName;

const NAME: &str = "NodeName";

impl Plugin for NodeName {
    fn name(&self) -> &'static str {
        NAME
    }

    fn pre_filter<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot) -> PreFilter<'a> {
        match pod.node_name() {
            "" => PreFilter::Skip,
            name => PreFilter::Filter(Box::new(Filter(name))),
        }
    }

    fn may_help(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        matches!(event, ClusterEvent::NodeAdded(node) if node.metadata.name.as_deref() == Some(pod.node_name()))
    }
}

#[derive(Clone)]
struct Filter<'a>(&'a str);

impl NodeFilter for Filter<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Rejection> {
        if &*node.name == self.0 {
            return Ok(());
        }
        Err(Rejection::unresolvable(NAME, "node(s) didn't match the requested node name"))
    }

    fn fork(&self) -> Box<dyn NodeFilter + '_> {
        Box::new(self.clone())
    }
}
