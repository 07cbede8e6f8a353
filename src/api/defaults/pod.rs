//! Pods. Models SetDefaults_Pod of `pkg/apis/core/v1/defaults.go`.
use super::{each, pod_spec, requests};
use k8s_openapi::api::core::v1::{Container, ContainerPort, Pod, PodSpec, ResourceRequirements};

pub(super) fn set(pod: &mut Pod) {
    pod.status.get_or_insert_default();
    let spec = pod.spec.get_or_insert_default();
    for container in spec.containers.iter_mut().chain(each(&mut spec.init_containers)) {
        requests_from_limits(container.resources.get_or_insert_default());
    }
    requests::set(spec);
    spec.enable_service_links.get_or_insert(true);
    if spec.host_network == Some(true) {
        host_ports(spec);
    }
    pod_spec::set(spec);
    let status = pod.status.get_or_insert_default();
    super::text(&mut status.phase, "Pending");
}

/// A limit without a request is requested. Only for pods, not for templates.
fn requests_from_limits(resources: &mut ResourceRequirements) {
    let Some(limits) = &resources.limits else { return };
    let requests = resources.requests.get_or_insert_default();
    for (name, value) in limits {
        requests.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

/// On the host's network a container's port is the host's.
fn host_ports(spec: &mut PodSpec) {
    let ports = |container: &mut Container| {
        for port in each(&mut container.ports).filter(|port: &&mut ContainerPort| port.host_port.unwrap_or(0) == 0) {
            port.host_port = Some(port.container_port);
        }
    };
    spec.containers.iter_mut().chain(each(&mut spec.init_containers)).for_each(ports);
}
