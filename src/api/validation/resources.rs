//! Resource names, amounts and requirements. Models the resource rules of `pkg/apis/core/validation`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{PodSpec, ResourceClaim, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{NEGATIVE, items, push_invalid, text};
use super::names;
use crate::api::pod_resources::{aggregate, container_limits, container_requests};
use crate::api::quantity::Quantity;

/// Amounts by resource name.
pub type ResourceList = BTreeMap<String, Written>;

const HUGE_PAGES: &str = "hugepages-";
const STANDARD: [&str; 19] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
];

/// The amount that was written; zero where it cannot be read, which strict decoding has refused already.
pub fn amount(written: &Written) -> Quantity {
    Quantity::parse(&written.0).unwrap_or_default()
}

/// Whether a resource is memory in huge pages.
pub fn is_huge_pages(name: &str) -> bool {
    name.starts_with(HUGE_PAGES)
}

fn is_standard(name: &str) -> bool {
    STANDARD.contains(&name) || name == "services.loadbalancers" || is_huge_pages(name) || name.starts_with("requests.hugepages-")
}

fn is_standard_for_containers(name: &str) -> bool {
    ["cpu", "memory", "ephemeral-storage"].contains(&name) || is_huge_pages(name)
}

/// A name without a domain or in kubernetes.io's. Models helper.IsNativeResource.
fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// A device's or operator's resource. Models helper.IsExtendedResourceName.
fn is_extended(name: &str) -> bool {
    !is_native(name) && !name.starts_with("requests.") && names::qualified_name(&format!("requests.{name}")).is_empty()
}

/// Whether pods may be promised more of it than there is. Models helper.IsOvercommitAllowed.
pub fn is_overcommit_allowed(name: &str) -> bool {
    is_native(name) && !is_huge_pages(name)
}

/// Models validateResourceName.
pub fn validate_name(name: &str, path: &Path, errors: &mut ErrorList) {
    let sentences = names::qualified_name(name);
    if !sentences.is_empty() {
        errors.extend(sentences.into_iter().map(|s| Error::invalid(path, BadValue::word(name), s)));
    } else if !name.contains('/') && !is_standard(name) {
        let detail = "must be a standard resource type or fully qualified";
        errors.push(Error::invalid(path, BadValue::word(name), detail));
    }
}

/// Models validateContainerResourceName.
pub fn validate_container_name(name: &str, path: &Path, errors: &mut ErrorList) {
    validate_name(name, path, errors);
    if !name.contains('/') {
        if !is_standard_for_containers(name) {
            errors.push(Error::invalid(path, BadValue::word(name), "must be a standard resource for containers"));
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.push(Error::invalid(path, BadValue::word(name), "doesn't follow extended resource name standard"));
    }
}

fn validate_pod_level_name(name: &str, path: &Path, errors: &mut ErrorList) {
    let before = errors.len();
    validate_name(name, path, errors);
    if errors.len() == before && name != "cpu" && name != "memory" && !is_huge_pages(name) {
        errors.push(Error::not_supported(path, BadValue::word(name), &["cpu", HUGE_PAGES, "memory"]));
    }
}

/// An amount: not negative, and whole where halves mean nothing. Models ValidateResourceQuantityValue.
pub fn validate_amount(name: &str, written: &Written, path: &Path, errors: &mut ErrorList) {
    let quantity = amount(written);
    if quantity.sign() < 0 {
        errors.push(Error::invalid(path, quantity.to_string(), NEGATIVE));
    }
    let whole = ["pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps"].contains(&name)
        || ["persistentvolumeclaims", "services.nodeports", "services.loadbalancers"].contains(&name)
        || is_extended(name);
    if whole && quantity.milli_value() % 1000 != 0 {
        errors.push(Error::invalid(path, quantity.to_string(), "must be an integer"));
    }
}

fn validate_huge_pages(name: &str, quantity: &Quantity, path: &Path, errors: &mut ErrorList) {
    let size = Quantity::parse(name.trim_start_matches(HUGE_PAGES)).ok();
    let size = size.filter(|size| size.sign() > 0 && size.milli_value() % 1000 == 0).map(|size| size.value());
    let divisible = size.is_some_and(|size| size > 0 && quantity.value() % size == 0);
    if !divisible {
        let detail = format!("{quantity} is not positive integer multiple of {name}");
        errors.push(Error::invalid(path, quantity.to_string(), detail));
    }
}

fn validate_request_against_limit(
    name: &str,
    request: &Quantity,
    limits: &ResourceList,
    path: &Path,
    limits_path: &Path,
    errors: &mut ErrorList,
) {
    let Some(limit) = limits.get(name).map(amount) else {
        if !is_overcommit_allowed(name) {
            errors.push(Error::required(limits_path, "Limit must be set for non overcommitable resources"));
        }
        return;
    };
    let order = request.compare(&limit);
    if order != Ordering::Equal && !is_overcommit_allowed(name) {
        let detail = format!("must be equal to {name} limit of {limit}");
        errors.push(Error::invalid(path, request.to_string(), detail));
    } else if order == Ordering::Greater {
        let detail = format!("must be less than or equal to {name} limit of {limit}");
        errors.push(Error::invalid(path, request.to_string(), detail));
    }
}

fn validate_requirements(
    requirements: &ResourceRequirements,
    validate_name: fn(&str, &Path, &mut ErrorList),
    claims: &BTreeSet<String>,
    path: &Path,
    errors: &mut ErrorList,
) {
    let none = ResourceList::new();
    let limits = requirements.limits.as_ref().unwrap_or(&none);
    let requests = requirements.requests.as_ref().unwrap_or(&none);
    let (limits_path, requests_path) = (path.child("limits"), path.child("requests"));
    for (name, written) in limits {
        let path = limits_path.key(name);
        validate_name(name, &path, errors);
        validate_amount(name, written, &path, errors);
        if is_huge_pages(name) {
            validate_huge_pages(name, &amount(written), &path, errors);
        }
    }
    for (name, written) in requests {
        let path = requests_path.key(name);
        let request = amount(written);
        validate_name(name, &path, errors);
        validate_amount(name, written, &path, errors);
        validate_request_against_limit(name, &request, limits, &requests_path, &limits_path, errors);
        if is_huge_pages(name) {
            validate_huge_pages(name, &request, &path, errors);
        }
    }
    let any = |test: fn(&str) -> bool| limits.keys().chain(requests.keys()).any(|name| test(name));
    if any(is_huge_pages) && !any(|name| name == "cpu" || name == "memory") {
        errors.push(Error::forbidden(path, "HugePages require cpu or memory"));
    }
    validate_claims(items(&requirements.claims), claims, &path.child("claims"), errors);
}

/// A container's requests and limits. Models ValidateContainerResourceRequirements.
pub fn validate_container(requirements: &Option<ResourceRequirements>, claims: &BTreeSet<String>, path: &Path, errors: &mut ErrorList) {
    if let Some(requirements) = requirements {
        validate_requirements(requirements, validate_container_name, claims, path, errors);
    }
}

fn validate_claims(used: &[ResourceClaim], known: &BTreeSet<String>, path: &Path, errors: &mut ErrorList) {
    let mut seen = BTreeSet::new();
    for (index, claim) in used.iter().enumerate() {
        let path = path.index(index);
        if claim.name.is_empty() {
            errors.push(Error::required(&path, ""));
            continue;
        }
        if seen.contains(&claim.name) {
            errors.push(Error::duplicate(&path, &claim.name));
        } else {
            let request = text(&claim.request);
            let mut key = claim.name.clone();
            if !request.is_empty() {
                push_invalid(names::dns1123_label(request), request, &path.child("request"), errors);
                key = format!("{key}/{request}");
            }
            let overlaps = request.is_empty() && seen.iter().any(|s: &String| s.starts_with(&format!("{key}/")));
            if seen.contains(&key) || overlaps {
                errors.push(Error::duplicate(&path, &key));
            }
            seen.insert(key);
        }
        if !known.contains(&claim.name) {
            let mut error = Error::not_found(&path, &claim.name);
            let list: Vec<&str> = known.iter().map(String::as_str).collect();
            error.detail = match list.is_empty() {
                true => "must be one of the names in pod.spec.resourceClaims which is empty".to_owned(),
                false => format!("must be one of the names in pod.spec.resourceClaims: {}", list.join(", ")),
            };
            errors.push(error);
        }
    }
}

/// Requests and limits of the pod as a whole. Models validatePodResources.
pub fn validate_pod_level(spec: &PodSpec, claims: &BTreeSet<String>, path: &Path, errors: &mut ErrorList) {
    let Some(resources) = &spec.resources else { return };
    let path = path.child("resources");
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        errors.push(Error::forbidden(&path, "may not be set for a windows pod"));
        return;
    }
    if resources.claims.is_some() {
        errors.push(Error::forbidden(&path.child("claims"), "claims may not be set for Resources at pod-level"));
    }
    validate_requirements(resources, validate_pod_level_name, claims, &path, errors);
    let none = ResourceList::new();
    let requests = resources.requests.as_ref().unwrap_or(&none);
    for (name, used) in aggregate(spec, container_requests) {
        let Some(given) = requests.get(&name).map(amount) else { continue };
        if used.compare(&given) == Ordering::Greater {
            let detail = format!("must be greater than or equal to aggregate container requests of {used}");
            errors.push(Error::invalid(&path.child("requests").key(&name), given.to_string(), detail));
        }
    }
    let limits = resources.limits.as_ref().unwrap_or(&none);
    for (name, used) in aggregate(spec, container_limits) {
        let Some(given) = limits.get(&name).map(amount).filter(|_| is_huge_pages(&name)) else { continue };
        if used.compare(&given) == Ordering::Greater {
            let detail = format!("must be greater than or equal to aggregate container limits of {used}");
            errors.push(Error::invalid(&path.child("limits").key(&name), given.to_string(), detail));
        }
    }
    for (index, container) in spec.containers.iter().enumerate() {
        let own = container.resources.as_ref().and_then(|r| r.limits.as_ref()).unwrap_or(&none);
        for (name, limit) in own.iter().map(|(name, written)| (name, amount(written))) {
            let Some(given) = limits.get(name).map(amount) else { continue };
            if limit.compare(&given) == Ordering::Greater {
                let path = path.child("containers").index(index).key(name).child("limits");
                let detail = format!("must be less than or equal to pod limits of {given}");
                errors.push(Error::invalid(&path, limit.to_string(), detail));
            }
        }
    }
}

/// What running the pod itself costs. Models validateOverhead.
pub fn validate_overhead(overhead: &ResourceList, path: &Path, errors: &mut ErrorList) {
    let requirements = ResourceRequirements { limits: Some(overhead.clone()), ..ResourceRequirements::default() };
    validate_requirements(&requirements, validate_container_name, &BTreeSet::new(), path, errors);
}
