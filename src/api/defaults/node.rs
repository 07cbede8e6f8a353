//! Nodes. Models SetDefaults_NodeStatus and the conversion of podCIDR.
use super::resources;
use k8s_openapi::api::core::v1::Node;

pub(super) fn set(node: &mut Node) {
    let status = node.status.get_or_insert_default();
    if status.allocatable.is_none() {
        status.allocatable.clone_from(&status.capacity);
    }
    resources::round_list(&mut status.capacity);
    resources::round_list(&mut status.allocatable);
    status.daemon_endpoints.get_or_insert_default().kubelet_endpoint.get_or_insert_default();
    status.node_info.get_or_insert_default();
    let spec = node.spec.get_or_insert_default();
    let single = spec.pod_cidr.clone().filter(|cidr| !cidr.is_empty());
    let first = spec.pod_cidrs.as_ref().and_then(|cidrs| cidrs.first());
    match (single, first) {
        // The old field wins where they differ.
        (Some(cidr), first) if first != Some(&cidr) => spec.pod_cidrs = Some(vec![cidr]),
        (None, Some(first)) => spec.pod_cidr = Some(first.clone()),
        _ => {}
    }
    // Dynamic kubelet configuration is gone.
    spec.config_source = None;
}
