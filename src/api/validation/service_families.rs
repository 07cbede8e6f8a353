//! A service's address families, settled before it is validated. Pure: addresses and ports themselves are the API
//! server's to give. Models initIPFamilyFields of `pkg/registry/core/service/storage/alloc.go` on a cluster of IPv4.

use k8s_openapi::api::core::v1::{Service, ServiceSpec};

use super::field::{BadValue, Error, ErrorList, Path};
use super::ip;
use super::meta::{items, text};
use super::service::{is_headless, validate_cluster_ips};

const SINGLE: &str = "SingleStack";

/// Keeps `clusterIP` and `clusterIPs` together. Models normalizeClusterIPs.
pub fn normalize_cluster_ips(service: &mut Service, old: Option<&Service>) {
    let Some(spec) = &mut service.spec else { return };
    let given = text(&spec.cluster_ip).to_owned();
    let alone = || (!given.is_empty()).then(|| vec![given.clone()]);
    let Some(old) = old.and_then(|old| old.spec.as_ref()) else {
        if items(&spec.cluster_ips).is_empty() {
            spec.cluster_ips = alone();
        }
        return;
    };
    if given == text(&old.cluster_ip) {
        if items(&spec.cluster_ips).is_empty() && !given.is_empty() {
            spec.cluster_ips.clone_from(&old.cluster_ips);
        }
    } else if items(&spec.cluster_ips).is_empty() || items(&spec.cluster_ips) == items(&old.cluster_ips) {
        // A client that knows only `clusterIP` changed it.
        spec.cluster_ips = alone();
    }
}

/// Fills in `ipFamilyPolicy` and `ipFamilies`, or says what is wrong with them: these faults come alone, before all
/// others.
pub fn init_service_families(service: &mut Service, old: Option<&Service>) -> ErrorList {
    let mut errors = ErrorList::new();
    let path = Path::new("spec");
    let old = old.and_then(|old| old.spec.as_ref());
    let Some(spec) = &mut service.spec else { return errors };
    if text(&spec.type_) == "ExternalName" {
        return errors;
    }
    let without_selector = is_headless(spec) && spec.selector.as_ref().is_none_or(|selector| selector.is_empty());
    if spec.ip_family_policy.is_none() {
        let before = old.and_then(|old| old.ip_family_policy.clone());
        let default = if without_selector { "RequireDualStack" } else { SINGLE };
        spec.ip_family_policy = Some(before.unwrap_or_else(|| default.to_owned()));
    }
    validate_cluster_ips(spec, old, &path, &mut errors);
    if !errors.is_empty() {
        return errors;
    }
    if let Some(old) = old {
        shrink(spec, old, &path, &mut errors);
    }
    check_policy(spec, &path, &mut errors);
    infer(spec, &path, &mut errors);
    if !errors.is_empty() {
        return errors;
    }
    let families = spec.ip_families.get_or_insert_default();
    if without_selector {
        if families.is_empty() {
            families.push("IPv4".to_owned());
        }
        if families.len() < 2 && spec.ip_family_policy.as_deref() != Some(SINGLE) {
            let other = if families.first().is_some_and(|family| family == "IPv4") { "IPv6" } else { "IPv4" };
            families.push(other.to_owned());
        }
        return errors;
    }
    if spec.ip_family_policy.as_deref() == Some("RequireDualStack") {
        let detail = "this cluster is not configured for dual-stack services";
        errors.push(Error::invalid(&path.child("ipFamilyPolicy"), BadValue::word("RequireDualStack"), detail));
    }
    for (index, family) in families.iter().enumerate().filter(|(_, family)| *family != "IPv4") {
        let path = path.child("ipFamilies").index(index);
        errors.push(Error::invalid(&path, BadValue::word(family), "not configured on this cluster"));
    }
    if errors.is_empty() && families.is_empty() {
        families.push("IPv4".to_owned());
    }
    errors
}

/// A change that asks for one family gives up the second.
fn shrink(spec: &mut ServiceSpec, old: &ServiceSpec, path: &Path, errors: &mut ErrorList) {
    let policy = text(&spec.ip_family_policy).to_owned();
    let lists = [(&mut spec.cluster_ips, &old.cluster_ips, "cluster IP"), (&mut spec.ip_families, &old.ip_families, "IP family")];
    for (new, old, name) in lists {
        if policy == SINGLE {
            if items(new) == items(old)
                && let Some(new) = new
            {
                new.truncate(1);
            }
        } else if items(new).len() == 1 && items(old).len() == 2 && items(new).first() == items(old).first() {
            let detail = format!("must be 'SingleStack' to release the secondary {name}");
            errors.push(Error::invalid(&path.child("ipFamilyPolicy"), BadValue::word(&policy), detail));
        }
    }
}

fn check_policy(spec: &ServiceSpec, path: &Path, errors: &mut ErrorList) {
    if spec.ip_family_policy.as_deref() != Some(SINGLE) {
        return;
    }
    for (list, name) in [(items(&spec.cluster_ips), "cluster IPs"), (items(&spec.ip_families), "IP families")] {
        if list.len() == 2 {
            let detail = format!("must be 'RequireDualStack' or 'PreferDualStack' when multiple {name} are specified");
            errors.push(Error::invalid(&path.child("ipFamilyPolicy"), BadValue::word(SINGLE), detail));
        }
    }
}

/// The families of addresses that the service asks for.
fn infer(spec: &mut ServiceSpec, path: &Path, errors: &mut ErrorList) {
    let addresses = spec.cluster_ips.clone().unwrap_or_default();
    let families = spec.ip_families.get_or_insert_default();
    for (index, address) in addresses.iter().enumerate().take_while(|(_, address)| *address != "None") {
        if index < families.len() {
            continue;
        }
        if ip::is_ipv6(address) {
            let path = path.child("clusterIPs").index(index);
            errors.push(Error::invalid(&path, BadValue::strings(&addresses), "IPv6 is not configured on this cluster"));
        } else {
            families.push("IPv4".to_owned());
        }
    }
}
