//! Changes to services. Models ValidateServiceUpdate.

use k8s_openapi::api::core::v1::{Service, ServiceSpec};

use super::field::{BadValue, Error, ErrorList, Path};
use super::ip;
use super::meta::{items, push_invalid, text, validate_object_meta_update};
use super::names;
use super::service::{is_headless, needs_health_check, validate, validate_load_balancer_class};

const SET_ONCE: &str = "may not change once set";

/// A changed service.
pub fn validate_update(new: &Service, old: &Service) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let (spec, old_spec) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    let path = Path::new("spec");
    let external = |spec: &ServiceSpec| text(&spec.type_) == "ExternalName";
    if !external(&spec) && !external(&old_spec) {
        if !(is_headless(&spec) && is_headless(&old_spec)) {
            validate_addresses(&spec, &old_spec, &path, &mut errors);
        }
        if !is_headless(&spec) && !is_headless(&old_spec) {
            validate_families(&spec, &old_spec, &path, &mut errors);
        }
    }
    let balanced = |spec: &ServiceSpec| text(&spec.type_) == "LoadBalancer";
    if balanced(&spec) && balanced(&old_spec) && spec.load_balancer_class != old_spec.load_balancer_class {
        let shown = spec.load_balancer_class.as_deref().map_or_else(BadValue::null, BadValue::word);
        errors.push(Error::invalid(&path.child("loadBalancerClass"), shown, SET_ONCE));
    }
    validate_load_balancer_class(&spec, &path, &mut errors);
    if needs_health_check(&spec)
        && needs_health_check(&old_spec)
        && spec.health_check_node_port.unwrap_or(0) != old_spec.health_check_node_port.unwrap_or(0)
    {
        errors.push(Error::forbidden(&path.child("healthCheckNodePort"), "field is immutable"));
    }
    validate(new, Some(old), &mut errors);
    errors
}

fn list(values: &Option<Vec<String>>) -> BadValue {
    values.as_ref().map_or_else(BadValue::null, BadValue::strings)
}

fn policy(spec: &ServiceSpec) -> BadValue {
    spec.ip_family_policy.as_deref().map_or_else(BadValue::null, BadValue::word)
}

/// Models validateUpgradeDowngradeClusterIPs.
fn validate_addresses(spec: &ServiceSpec, old: &ServiceSpec, path: &Path, errors: &mut ErrorList) {
    let (new, before) = (items(&spec.cluster_ips), items(&old.cluster_ips));
    let path_of = |index: usize| path.child("clusterIPs").index(index);
    if new.len() == before.len() {
        for (index, _) in new.iter().zip(before).enumerate().filter(|(_, (new, old))| new != old) {
            errors.push(Error::invalid(&path_of(index), list(&spec.cluster_ips), SET_ONCE));
        }
        return;
    }
    if new.is_empty() {
        errors.push(Error::invalid(&path_of(0), list(&spec.cluster_ips), "primary clusterIP can not be unset"));
    } else if before.first().is_some_and(|first| Some(first) != new.first()) {
        errors.push(Error::invalid(&path_of(0), list(&spec.cluster_ips), SET_ONCE));
    }
    if before.len() > new.len() && new.len() == 1 && spec.ip_family_policy.as_deref() != Some("SingleStack") {
        let detail = "must be set to 'SingleStack' when releasing the secondary clusterIP";
        errors.push(Error::invalid(&path.child("ipFamilyPolicy"), policy(spec), detail));
    }
}

/// Models validateUpgradeDowngradeIPFamilies.
fn validate_families(spec: &ServiceSpec, old: &ServiceSpec, path: &Path, errors: &mut ErrorList) {
    let (new, before) = (items(&spec.ip_families), items(&old.ip_families));
    let path_of = path.child("ipFamilies").index(0);
    if new.len() == before.len() {
        for _ in new.iter().zip(before).filter(|(new, old)| new != old) {
            errors.push(Error::invalid(&path_of, list(&spec.ip_families), SET_ONCE));
        }
        return;
    }
    let released = before.len() > new.len();
    if released && items(&spec.cluster_ips).is_empty() {
        errors.push(Error::invalid(&path_of, list(&spec.ip_families), "primary ipFamily can not be unset"));
    }
    if let (Some(first), Some(old_first)) = (new.first(), before.first())
        && first != old_first
    {
        errors.push(Error::invalid(&path_of, list(&spec.cluster_ips), SET_ONCE));
    }
    if released && new.len() == 1 && spec.ip_family_policy.as_deref() != Some("SingleStack") {
        let detail = "must be set to 'SingleStack' when releasing the secondary ipFamily";
        errors.push(Error::invalid(&path.child("ipFamilyPolicy"), policy(spec), detail));
    }
}

/// A changed status.
pub fn validate_status_update(new: &Service, old: &Service) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let path = Path::new("status").child("loadBalancer").child("ingress");
    let balancer = |service: &Service| service.status.clone().and_then(|s| s.load_balancer).and_then(|b| b.ingress);
    let (ingress, old_ingress) = (balancer(new).unwrap_or_default(), balancer(old).unwrap_or_default());
    let kind = new.spec.as_ref().map(|spec| text(&spec.type_)).unwrap_or_default();
    if kind != "LoadBalancer" && !ingress.is_empty() {
        errors.push(Error::forbidden(&path, "may only be used when `spec.type` is 'LoadBalancer'"));
        return errors;
    }
    let old: Vec<String> = old_ingress.into_iter().filter_map(|ingress| ingress.ip).collect();
    for (index, ingress) in ingress.iter().enumerate() {
        let path = path.index(index);
        let address = text(&ingress.ip);
        if !address.is_empty() {
            ip::validate_legacy(address, &old, &path.child("ip"), &mut errors);
        }
        let mode_path = path.child("ipMode");
        match (ingress.ip_mode.as_deref(), address.is_empty()) {
            (None, false) => errors.push(Error::required(&mode_path, "must be specified when `ip` is set")),
            (Some(_), true) => errors.push(Error::forbidden(&mode_path, "may not be specified when `ip` is not set")),
            (Some(mode), false) if mode != "VIP" && mode != "Proxy" => {
                errors.push(Error::not_supported(&mode_path, BadValue::word(mode), &["Proxy", "VIP"]));
            }
            _ => {}
        }
        let hostname = text(&ingress.hostname);
        if !hostname.is_empty() {
            push_invalid(names::dns1123_subdomain(hostname), hostname, &path.child("hostname"), &mut errors);
            if ip::parse_sloppy(hostname).is_some() {
                let detail = "must be a DNS name, not an IP address";
                errors.push(Error::invalid(&path.child("hostname"), hostname, detail));
            }
        }
    }
    errors
}
