//! Services. Models SetDefaults_Service of `pkg/apis/core/v1/defaults.go`.
use super::{each, text};
use k8s_openapi::api::core::v1::{ClientIPConfig, Service, ServicePort, ServiceSpec, SessionAffinityConfig};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

const AFFINITY_SECONDS: i32 = 3 * 60 * 60;

pub(super) fn set(service: &mut Service) {
    let spec = service.spec.get_or_insert_default();
    text(&mut spec.session_affinity, "None");
    affinity(spec);
    text(&mut spec.type_, "ClusterIP");
    each(&mut spec.ports).for_each(port);
    let kind = spec.type_.clone().unwrap_or_default();
    let external_ips = spec.external_ips.as_ref().is_some_and(|ips| !ips.is_empty());
    let balanced = kind == "LoadBalancer";
    if kind == "NodePort" || balanced || (kind == "ClusterIP" && external_ips) {
        text(&mut spec.external_traffic_policy, "Cluster");
    }
    if matches!(kind.as_str(), "ClusterIP" | "NodePort" | "LoadBalancer") {
        spec.internal_traffic_policy.get_or_insert_with(|| "Cluster".to_string());
    }
    if balanced {
        spec.allocate_load_balancer_node_ports.get_or_insert(true);
    }
    let load_balancer = service.status.get_or_insert_default().load_balancer.get_or_insert_default();
    if balanced {
        for ingress in each(&mut load_balancer.ingress).filter(|ingress| ingress.ip.as_ref().is_some_and(|ip| !ip.is_empty())) {
            ingress.ip_mode.get_or_insert_with(|| "VIP".to_string());
        }
    }
}

fn affinity(spec: &mut ServiceSpec) {
    match spec.session_affinity.as_deref() {
        Some("None") => spec.session_affinity_config = None,
        Some("ClientIP") => {
            let given = spec.session_affinity_config.as_ref().and_then(|config| config.client_ip.as_ref());
            if given.and_then(|client| client.timeout_seconds).is_none() {
                let client_ip = Some(ClientIPConfig { timeout_seconds: Some(AFFINITY_SECONDS) });
                spec.session_affinity_config = Some(SessionAffinityConfig { client_ip });
            }
        }
        _ => {}
    }
}

fn port(port: &mut ServicePort) {
    text(&mut port.protocol, "TCP");
    let missing = match &port.target_port {
        None => true,
        Some(IntOrString::Int(number)) => *number == 0,
        Some(IntOrString::String(name)) => name.is_empty(),
    };
    if missing {
        port.target_port = Some(IntOrString::Int(port.port));
    }
}
