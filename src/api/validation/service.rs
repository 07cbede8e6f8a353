//! Services. Models ValidateServiceCreate.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::container::{PROTOCOLS, validate_port_number, validate_word};
use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json;
use super::ip;
use super::meta::{items, push_invalid, text, validate_labels, validate_object_meta};
use super::names;
use super::probe::validate_port;

const ONLY_LOAD_BALANCER: &str = "may only be used when `type` is 'LoadBalancer'";
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

/// A new service.
pub fn validate_create(service: &Service) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&service.metadata, true, names::name_is_label, &mut errors);
    validate(service, None, &mut errors);
    errors
}

/// `clusterIP: None`
pub fn is_headless(spec: &ServiceSpec) -> bool {
    matches!(items(&spec.cluster_ips), [only] if only == "None")
}

/// What holds for new and changed services. Models validateService.
pub fn validate(service: &Service, old_service: Option<&Service>, errors: &mut ErrorList) {
    let old = old_service.and_then(|old| old.spec.as_ref());
    let none = ServiceSpec::default();
    let spec = service.spec.as_ref().unwrap_or(&none);
    let path = Path::new("spec");
    let kind = text(&spec.type_);
    validate_topology_annotations(service, errors);
    if items(&spec.ports).is_empty() && !is_headless(spec) && kind != "ExternalName" {
        errors.push(Error::required(&path.child("ports"), ""));
    }
    validate_type_rules(spec, &path, errors);
    let mut seen = BTreeSet::new();
    let ports = items(&spec.ports);
    for (index, port) in ports.iter().enumerate() {
        validate_service_port(port, ports.len() > 1, &mut seen, &path.child("ports").index(index), errors);
    }
    validate_labels(&spec.selector, &path.child("selector"), errors);
    validate_affinity(spec, &path, errors);
    validate_cluster_ips(spec, old, &path, errors);
    validate_external_ips(spec, old, &path, errors);
    validate_word(kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], &path.child("type"), errors);
    validate_duplicate_ports(spec, &path.child("ports"), errors);
    validate_source_ranges(service, spec, old_service, &path, errors);
    let allocate_path = path.child("allocateLoadBalancerNodePorts");
    if kind != "LoadBalancer" && spec.allocate_load_balancer_node_ports.is_some() {
        errors.push(Error::forbidden(&allocate_path, ONLY_LOAD_BALANCER));
    } else if kind == "LoadBalancer" && spec.allocate_load_balancer_node_ports.is_none() {
        errors.push(Error::required(&Path::new("allocateLoadBalancerNodePorts"), ""));
    }
    validate_load_balancer_class(spec, &path, errors);
    validate_traffic(spec, &path, errors);
}

fn validate_topology_annotations(service: &Service, errors: &mut ErrorList) {
    let (hints, mode) = ("service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode");
    let Some(annotations) = &service.metadata.annotations else { return };
    if let (Some(old), Some(new)) = (annotations.get(hints), annotations.get(mode))
        && old != new
    {
        let path = Path::new("metadata").child("annotations").key(mode);
        errors.push(Error::invalid(&path, new, format!("must match annotations[{hints}] when both are specified")));
    }
}

fn validate_type_rules(spec: &ServiceSpec, path: &Path, errors: &mut ErrorList) {
    let kind = text(&spec.type_);
    match kind {
        "LoadBalancer" | "NodePort" if is_headless(spec) => {
            let detail = format!("may not be set to 'None' for {kind} services");
            errors.push(Error::invalid(&path.child("clusterIPs").index(0), "None", detail));
        }
        "ExternalName" => {
            let given = [
                ("clusterIPs", !items(&spec.cluster_ips).is_empty()),
                ("ipFamilies", !items(&spec.ip_families).is_empty()),
                ("ipFamilyPolicy", spec.ip_family_policy.is_some()),
            ];
            for (name, _) in given.iter().filter(|(_, given)| *given) {
                errors.push(Error::forbidden(&path.child(name), "may not be set for ExternalName services"));
            }
            let name = text(&spec.external_name);
            let name = name.strip_suffix('.').unwrap_or(name);
            if name.is_empty() {
                errors.push(Error::required(&path.child("externalName"), ""));
            } else {
                push_invalid(names::dns1123_subdomain(name), name, &path.child("externalName"), errors);
            }
        }
        _ => {}
    }
}

fn validate_service_port<'a>(port: &'a ServicePort, require_name: bool, seen: &mut BTreeSet<&'a str>, path: &Path, errors: &mut ErrorList) {
    let name = text(&port.name);
    let name_path = path.child("name");
    if !name.is_empty() {
        push_invalid(names::dns1123_label(name), name, &name_path, errors);
        if !seen.insert(name) {
            errors.push(Error::duplicate(&name_path, name));
        }
    } else if require_name {
        errors.push(Error::required(&name_path, ""));
    }
    validate_port_number(port.port, &path.child("port"), errors);
    validate_word(text(&port.protocol), &PROTOCOLS, &path.child("protocol"), errors);
    let target = port.target_port.clone().unwrap_or(IntOrString::Int(0));
    validate_port(&target, &path.child("targetPort"), errors);
    if let Some(protocol) = &port.app_protocol {
        push_invalid(names::qualified_name(protocol), protocol, &path.child("appProtocol"), errors);
    }
}

fn validate_affinity(spec: &ServiceSpec, path: &Path, errors: &mut ErrorList) {
    let affinity = text(&spec.session_affinity);
    validate_word(affinity, &["ClientIP", "None"], &path.child("sessionAffinity"), errors);
    let path = path.child("sessionAffinityConfig");
    let missing = "when session affinity type is ClientIP";
    match (affinity, &spec.session_affinity_config) {
        ("ClientIP", None) => errors.push(Error::required(&path, missing)),
        ("ClientIP", Some(config)) => {
            let path = path.child("clientIP");
            let Some(client) = &config.client_ip else {
                errors.push(Error::required(&path, missing));
                return;
            };
            let path = path.child("timeoutSeconds");
            match client.timeout_seconds {
                None => errors.push(Error::required(&path, missing)),
                Some(seconds) if !(1..=86400).contains(&seconds) => {
                    errors.push(Error::invalid(&path, seconds, "must be greater than 0 and less than 86400"));
                }
                Some(_) => {}
            }
        }
        ("None", Some(_)) => errors.push(Error::forbidden(&path, "must not be set when session affinity is None")),
        _ => {}
    }
}

/// Models ValidateServiceClusterIPsRelatedFields.
pub fn validate_cluster_ips(spec: &ServiceSpec, old: Option<&ServiceSpec>, path: &Path, errors: &mut ErrorList) {
    if text(&spec.type_) == "ExternalName" {
        return;
    }
    let (ip, ips) = (text(&spec.cluster_ip), items(&spec.cluster_ips));
    let ips_path = path.child("clusterIPs");
    match (ip.is_empty(), ips.first()) {
        (false, None) => errors.push(Error::required(&ips_path, "")),
        (false, Some(first)) if first != ip => {
            errors.push(Error::invalid(&ips_path, BadValue::strings(ips), "first value must match `clusterIP`"));
        }
        (true, Some(_)) => {
            let detail = "must be empty when `clusterIP` is not specified";
            errors.push(Error::invalid(&ips_path, BadValue::strings(ips), detail));
        }
        _ => {}
    }
    validate_families(spec, path, errors);
    let old_ips = old.map(|old| items(&old.cluster_ips)).unwrap_or_default();
    let before = errors.len();
    for (index, ip) in ips.iter().enumerate() {
        if index > 0 || ip != "None" {
            ip::validate_legacy(ip, old_ips, &ips_path.index(index), errors);
        } else if ips.len() > 1 {
            let detail = "'None' must be the first and only value";
            errors.push(Error::invalid(&ips_path, BadValue::strings(ips), detail));
        }
    }
    let invalid = errors.len() > before;
    if ips.len() > 2 {
        errors.push(Error::invalid(&ips_path, BadValue::strings(ips), "may only hold up to 2 values"));
    }
    if invalid {
        return;
    }
    if ips.len() > 1 && !ip::is_dual_stack(ips) {
        let detail = "may specify no more than one IP for each IP family";
        errors.push(Error::invalid(&ips_path, BadValue::strings(ips), detail));
    }
    if is_headless(spec) {
        return;
    }
    for (index, (ip, family)) in ips.iter().zip(items(&spec.ip_families)).enumerate() {
        let wrong = match family.as_str() {
            "IPv4" => ip::is_ipv6(ip),
            "IPv6" => !ip::is_ipv6(ip),
            _ => false,
        };
        if wrong {
            let detail = format!("expected an {family} value as indicated by `ipFamilies[{index}]`");
            errors.push(Error::invalid(&ips_path.index(index), ip, detail));
        }
    }
}

fn validate_families(spec: &ServiceSpec, path: &Path, errors: &mut ErrorList) {
    let mut seen = BTreeSet::new();
    for (index, family) in items(&spec.ip_families).iter().enumerate() {
        let path = path.child("ipFamilies").index(index);
        if !["IPv4", "IPv6"].contains(&family.as_str()) {
            errors.push(Error::not_supported(&path, BadValue::word(family), &["IPv4", "IPv6"]));
        }
        if !seen.insert(family) {
            errors.push(Error::duplicate(&path, BadValue::word(family)));
        }
    }
    let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    if let Some(policy) = spec.ip_family_policy.as_deref().filter(|policy| !policies.contains(policy)) {
        errors.push(Error::not_supported(&path.child("ipFamilyPolicy"), BadValue::word(policy), &policies));
    }
}

fn validate_external_ips(spec: &ServiceSpec, old: Option<&ServiceSpec>, path: &Path, errors: &mut ErrorList) {
    let old = old.map(|old| items(&old.external_ips)).unwrap_or_default();
    for (index, address) in items(&spec.external_ips).iter().enumerate() {
        let path = path.child("externalIPs").index(index);
        let before = errors.len();
        ip::validate_legacy(address, old, &path, errors);
        if errors.len() == before {
            ip::validate_endpoint(address, &path, errors);
        }
    }
}

fn validate_duplicate_ports(spec: &ServiceSpec, path: &Path, errors: &mut ErrorList) {
    let ports = items(&spec.ports);
    let node_port = |port: &ServicePort| port.node_port.filter(|number| *number != 0);
    if text(&spec.type_) == "ClusterIP" {
        for (index, _) in ports.iter().enumerate().filter(|(_, port)| node_port(port).is_some()) {
            let path = path.index(index).child("nodePort");
            errors.push(Error::forbidden(&path, "may not be used when `type` is 'ClusterIP'"));
        }
    }
    let mut seen = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        if let Some(number) = node_port(port)
            && !seen.insert((text(&port.protocol), number))
        {
            errors.push(Error::duplicate(&path.index(index).child("nodePort"), number));
        }
    }
    let mut seen = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let protocol = text(&port.protocol);
        if !seen.insert((protocol, port.port)) {
            let shown = format!(
                "{{\"Name\":\"\",\"Protocol\":{},\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                go_json::string(protocol),
                port.port
            );
            errors.push(Error::duplicate(&path.index(index), BadValue::Json(shown)));
        }
    }
}

fn validate_source_ranges(service: &Service, spec: &ServiceSpec, old: Option<&Service>, path: &Path, errors: &mut ErrorList) {
    let ranges = items(&spec.load_balancer_source_ranges);
    let is_load_balancer = text(&spec.type_) == "LoadBalancer";
    if !ranges.is_empty() {
        // Kubernetes spells this field with a capital here.
        let path = path.child("LoadBalancerSourceRanges");
        if !is_load_balancer {
            errors.push(Error::forbidden(&path, ONLY_LOAD_BALANCER));
        }
        let old: Vec<String> = old
            .and_then(|old| old.spec.as_ref())
            .map(|old| items(&old.load_balancer_source_ranges))
            .unwrap_or_default()
            .iter()
            .map(|range| range.trim().to_owned())
            .collect();
        for (index, range) in ranges.iter().enumerate() {
            ip::validate_legacy_cidr(range.trim(), &old, &path.index(index), errors);
        }
        return;
    }
    let annotations = service.metadata.annotations.as_ref();
    let Some(value) = annotations.and_then(|annotations| annotations.get(SOURCE_RANGES)) else { return };
    let path = Path::new("metadata").child("annotations").key(SOURCE_RANGES);
    if !is_load_balancer {
        errors.push(Error::forbidden(&path, ONLY_LOAD_BALANCER));
    }
    let before = old.and_then(|old| old.metadata.annotations.as_ref()).and_then(|annotations| annotations.get(SOURCE_RANGES));
    for range in value.trim().split(',').filter(|_| before != Some(value) && !value.trim().is_empty()) {
        ip::validate_legacy_cidr(range.trim(), &[], &path, errors);
    }
}

/// Who provides the load balancer.
pub fn validate_load_balancer_class(spec: &ServiceSpec, path: &Path, errors: &mut ErrorList) {
    let Some(class) = &spec.load_balancer_class else { return };
    let path = path.child("loadBalancerClass");
    if text(&spec.type_) == "LoadBalancer" {
        push_invalid(names::qualified_name(class), class, &path, errors);
    } else {
        errors.push(Error::forbidden(&path, ONLY_LOAD_BALANCER));
    }
}

/// Whether the service is reached from outside the cluster. Models ExternallyAccessible.
pub fn is_external(spec: &ServiceSpec) -> bool {
    let kind = text(&spec.type_);
    kind == "LoadBalancer" || kind == "NodePort" || (kind == "ClusterIP" && !items(&spec.external_ips).is_empty())
}

/// Whether nodes answer health checks for the service. Models NeedsHealthCheck.
pub fn needs_health_check(spec: &ServiceSpec) -> bool {
    text(&spec.type_) == "LoadBalancer" && text(&spec.external_traffic_policy) == "Local"
}

fn validate_traffic(spec: &ServiceSpec, path: &Path, errors: &mut ErrorList) {
    let policy = text(&spec.external_traffic_policy);
    let policy_path = path.child("externalTrafficPolicy");
    if is_external(spec) {
        validate_word(policy, &["Cluster", "Local"], &policy_path, errors);
    } else if !policy.is_empty() {
        let detail = "may only be set for externally-accessible services";
        errors.push(Error::invalid(&policy_path, BadValue::word(policy), detail));
    }
    let port = spec.health_check_node_port.unwrap_or(0);
    let port_path = path.child("healthCheckNodePort");
    match (needs_health_check(spec), port) {
        (true, 0) => errors.push(Error::required(&port_path, "")),
        (true, port) => validate_port_number(port, &port_path, errors),
        (false, 0) => {}
        (false, port) => {
            let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            errors.push(Error::invalid(&port_path, port, detail));
        }
    }
    let internal_path = path.child("internalTrafficPolicy");
    match spec.internal_traffic_policy.as_deref() {
        None if ["NodePort", "LoadBalancer", "ClusterIP"].contains(&text(&spec.type_)) => {
            errors.push(Error::required(&internal_path, ""));
        }
        Some(policy) if !["Cluster", "Local"].contains(&policy) => {
            errors.push(Error::not_supported(&internal_path, BadValue::word(policy), &["Cluster", "Local"]));
        }
        _ => {}
    }
    let distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    if let Some(wish) = spec.traffic_distribution.as_deref().filter(|wish| !distributions.contains(wish)) {
        errors.push(Error::not_supported(&path.child("trafficDistribution"), wish, &distributions));
    }
}
