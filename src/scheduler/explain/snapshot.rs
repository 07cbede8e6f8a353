use std::rc::Rc;

use k8s_openapi::api::core::v1::{Namespace, Node, Pod};

use crate::api::pod::is_finished;
use crate::client::Client;
use crate::scheduler::framework::{PodInfo, Snapshot};

/// The cluster as it is now.
pub fn of(client: &Client) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for namespace in client.list::<Namespace>(None) {
        snapshot.namespaces.insert(namespace.metadata.name.clone().unwrap_or_default(), namespace);
    }
    client.list::<Node>(None).into_iter().for_each(|node| snapshot.set_node(node));
    for pod in client.list::<Pod>(None) {
        let info = Rc::new(PodInfo::new(pod));
        if !info.node_name().is_empty() && !is_finished(&info.pod) {
            snapshot.set_pod(info);
        }
    }
    snapshot.order();
    snapshot
}
