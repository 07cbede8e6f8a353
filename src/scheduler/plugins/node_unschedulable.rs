//! Cordoned nodes. Models `plugins/nodeunschedulable`.

use k8s_openapi::api::core::v1::{Node, Taint, Toleration};

use crate::scheduler::framework::{ClusterEvent, NodeFilter, NodeInfo, Plugin, PodInfo, PreFilter, Rejection, Snapshot, tolerates};

/// See the module.
pub struct NodeUnschedulable;

const NAME: &str = "NodeUnschedulable";

impl Plugin for NodeUnschedulable {
    fn name(&self) -> &'static str {
        NAME
    }

    fn pre_filter<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot) -> PreFilter<'a> {
        if tolerated(pod.tolerations()) { PreFilter::Skip } else { PreFilter::Filter(Box::new(Filter)) }
    }

    fn may_help(&self, _pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let cordoned = |node: &Node| node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false);
        match event {
            ClusterEvent::NodeAdded(node) => !cordoned(node),
            ClusterEvent::NodeUpdated(old, new) => cordoned(old) && !cordoned(new),
            ClusterEvent::OwnUpdate(pod) => tolerated(pod.tolerations()),
            _ => false,
        }
    }
}

fn tolerated(tolerations: &[Toleration]) -> bool {
    let key = "node.kubernetes.io/unschedulable".to_owned();
    let taint = Taint { key, effect: "NoSchedule".to_owned(), ..Taint::default() };
    tolerations.iter().any(|toleration| tolerates(toleration, &taint))
}

struct Filter;

impl NodeFilter for Filter {
    fn filter(&self, node: &NodeInfo) -> Result<(), Rejection> {
        if node.unschedulable {
            return Err(Rejection::unresolvable(NAME, "node(s) were unschedulable"));
        }
        Ok(())
    }

    fn fork(&self) -> Box<dyn NodeFilter + '_> {
        Box::new(Filter)
    }
}
