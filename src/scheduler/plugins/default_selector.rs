//! The selector by which a pod's siblings are known. Models `plugins/helper.DefaultSelector`.

use std::collections::BTreeMap;

use crate::api::selector::{Requirement, Selector, from_label_selector};
use crate::scheduler::framework::{PodInfo, Snapshot};

/// The selectors of the services and of the controller that choose `pod`, as one; empty where there are none.
pub fn default_selector(pod: &PodInfo, snapshot: &Snapshot) -> Selector {
    let labels = pod.pod.metadata.labels.as_ref();
    let mut set: BTreeMap<String, String> = BTreeMap::new();
    for service in snapshot.services.get(pod.namespace()).into_iter().flat_map(|services| services.values()) {
        let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        if let Some(selector) = selector.filter(|selector| Selector::from_set(selector).matches_option(labels)) {
            set.extend(selector.clone());
        }
    }
    let owners = pod.pod.metadata.owner_references.iter().flatten();
    let Some(owner) = owners.into_iter().find(|owner| owner.controller == Some(true)) else { return Selector::from_set(&set) };
    let mut more: Vec<Requirement> = Vec::new();
    match owner.kind.as_str() {
        "ReplicationController" => {
            let found = snapshot.replication_controllers.get(pod.namespace()).and_then(|all| all.get(&owner.name));
            set.extend(found.and_then(|rc| rc.spec.as_ref()?.selector.clone()).unwrap_or_default());
        }
        "ReplicaSet" => {
            let found = snapshot.replica_sets.get(pod.namespace()).and_then(|all| all.get(&owner.name));
            let selector = found.and_then(|rs| from_label_selector(Some(&rs.spec.as_ref()?.selector)).ok());
            more = selector.map(|selector| selector.requirements().to_vec()).unwrap_or_default();
        }
        _ => {}
    }
    let of_set = Selector::from_set(&set);
    if more.is_empty() {
        return of_set;
    }
    more.extend(of_set.requirements().iter().cloned());
    Selector::new(more)
}
