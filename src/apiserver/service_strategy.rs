//! What a change of a service keeps and lets go. Models patchAllocatedValues and dropTypeDependentFields of
//! `pkg/registry/core/service/strategy.go`.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};

use crate::api::validation::service::{is_external, needs_health_check};

fn kind(spec: &ServiceSpec) -> &str {
    spec.type_.as_deref().unwrap_or_default()
}

fn needs_address(spec: &ServiceSpec) -> bool {
    matches!(kind(spec), "ClusterIP" | "NodePort" | "LoadBalancer")
}

fn needs_node_ports(spec: &ServiceSpec) -> bool {
    kind(spec) == "NodePort" || (kind(spec) == "LoadBalancer" && spec.allocate_load_balancer_node_ports.unwrap_or(true))
}

fn ports(spec: &ServiceSpec) -> &[ServicePort] {
    spec.ports.as_deref().unwrap_or_default()
}

fn node_ports(spec: &ServiceSpec) -> BTreeSet<i32> {
    ports(spec).iter().filter_map(|port| port.node_port).filter(|number| *number != 0).collect()
}

/// Prepares a changed service.
pub(super) fn prepare(new: &mut Service, old: &Service) {
    let (Some(new), Some(old)) = (&mut new.spec, &old.spec) else { return };
    keep_allocated(new, old);
    let_go(new, old);
}

/// What the server gave and the change leaves out stays.
fn keep_allocated(new: &mut ServiceSpec, old: &ServiceSpec) {
    if needs_address(new) && needs_address(old) {
        if new.cluster_ip.as_deref().unwrap_or_default().is_empty() {
            new.cluster_ip.clone_from(&old.cluster_ip);
        }
        if new.cluster_ips.as_ref().is_none_or(Vec::is_empty) && new.cluster_ip == old.cluster_ip {
            new.cluster_ips.clone_from(&old.cluster_ips);
        }
    }
    if needs_node_ports(new) && needs_node_ports(old) {
        let mut used: BTreeSet<i32> = node_ports(new).intersection(&node_ports(old)).copied().collect();
        let by_name: BTreeMap<Option<&str>, i32> =
            ports(old).iter().map(|port| (port.name.as_deref(), port.node_port.unwrap_or(0))).collect();
        for port in new.ports.iter_mut().flatten().filter(|port| port.node_port.unwrap_or(0) == 0) {
            if let Some(number) = by_name.get(&port.name.as_deref()).copied().filter(|number| *number != 0)
                && used.insert(number)
            {
                port.node_port = Some(number);
            }
        }
    }
    if needs_health_check(new) && needs_health_check(old) && new.health_check_node_port.unwrap_or(0) == 0 {
        new.health_check_node_port = old.health_check_node_port;
    }
}

/// What the server gave for the old type goes with it, unless the change touched it too.
fn let_go(new: &mut ServiceSpec, old: &ServiceSpec) {
    if needs_address(old) && !needs_address(new) {
        if new.cluster_ip == old.cluster_ip && new.cluster_ips == old.cluster_ips {
            (new.cluster_ip, new.cluster_ips) = (None, None);
        }
        if new.ip_families == old.ip_families {
            new.ip_families = None;
        }
        if new.ip_family_policy == old.ip_family_policy {
            new.ip_family_policy = None;
        }
        if new.internal_traffic_policy == old.internal_traffic_policy {
            new.internal_traffic_policy = None;
        }
    }
    if needs_node_ports(old) && !needs_node_ports(new) && node_ports(new) == node_ports(old) {
        new.ports.iter_mut().flatten().for_each(|port| port.node_port = None);
    }
    let same_check = new.health_check_node_port == old.health_check_node_port;
    if needs_health_check(old) && !needs_health_check(new) && same_check {
        new.health_check_node_port = None;
    }
    if kind(old) == "LoadBalancer" && kind(new) != "LoadBalancer" {
        if new.allocate_load_balancer_node_ports == old.allocate_load_balancer_node_ports {
            new.allocate_load_balancer_node_ports = None;
        }
        if new.load_balancer_class == old.load_balancer_class {
            new.load_balancer_class = None;
        }
    }
    if is_external(old) && !is_external(new) && new.external_traffic_policy == old.external_traffic_policy {
        new.external_traffic_policy = None;
    }
}
