//! Resource quotas, priority classes and leases. Models ValidateResourceQuota, ValidatePriorityClass and ValidateLease.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::meta::{IMMUTABLE, items, text, validate_nonnegative, validate_object_meta, validate_object_meta_update};
use super::names;
use super::resources::{is_huge_pages, validate_amount, validate_name};

type List = Option<BTreeMap<String, Written>>;

/// The greatest value of a priority class that is not of the system.
const HIGHEST_USER_PRIORITY: i32 = 1_000_000_000;

/// Names without a slash that a quota may limit.
const QUOTA_RESOURCES: &[&str] = &[
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];

fn is_for_quotas(name: &str) -> bool {
    QUOTA_RESOURCES.contains(&name) || is_huge_pages(name) || name.starts_with("requests.hugepages-")
}

/// A resource quota.
pub fn validate_resource_quota(quota: &ResourceQuota) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&quota.metadata, true, names::name_is_subdomain, &mut errors);
    validate_spec(&quota.spec.clone().unwrap_or_default(), &Path::new("spec"), &mut errors);
    validate_status(quota, &mut errors);
    errors
}

fn validate_status(quota: &ResourceQuota, errors: &mut ErrorList) {
    let Some(status) = &quota.status else { return };
    let path = Path::new("status");
    validate_list(&status.hard, &path.child("hard"), errors);
    validate_list(&status.used, &path.child("used"), errors);
}

fn validate_spec(spec: &ResourceQuotaSpec, path: &Path, errors: &mut ErrorList) {
    validate_list(&spec.hard, &path.child("hard"), errors);
    validate_scopes(spec, &path.child("scopes"), errors);
    validate_scope_selector(spec, &path.child("scopeSelector").child("matchExpressions"), errors);
}

fn validate_list(list: &List, path: &Path, errors: &mut ErrorList) {
    for (name, written) in list.iter().flatten() {
        let path = path.key(name);
        validate_name(name, &path, errors);
        if !name.contains('/') && !is_for_quotas(name) {
            errors.push(Error::invalid(&path, BadValue::word(name), "must be a standard resource for quota"));
        }
        validate_amount(name, written, &path, errors);
    }
}

const SCOPES: &[&str] = &[
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
];

/// Whether a scope can be used with a resource. Models IsResourceQuotaScopeValidForResource.
fn suits(scope: &str, resource: &str) -> bool {
    let compute = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
    match scope {
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => matches!(resource, "persistentvolumeclaims" | "requests.storage"),
        _ if SCOPES.contains(&scope) => resource == "pods" || compute.contains(&resource),
        _ => true,
    }
}

/// How many of the quota's resources the scope cannot be used with.
fn unsuited(scope: &str, spec: &ResourceQuotaSpec) -> usize {
    spec.hard.iter().flatten().filter(|(name, _)| is_for_quotas(name) && !suits(scope, name)).count()
}

/// Go's `[]ResourceQuotaScope`.
fn shown_scopes(spec: &ResourceQuotaSpec) -> BadValue {
    spec.scopes.as_ref().map_or_else(BadValue::null, BadValue::strings)
}

fn validate_pairs(given: &[&str], spec: &ResourceQuotaSpec, path: &Path, errors: &mut ErrorList) {
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| given.contains(scope)) {
            errors.push(Error::invalid(path, shown_scopes(spec), "conflicting scopes"));
        }
    }
}

fn validate_scopes(spec: &ResourceQuotaSpec, path: &Path, errors: &mut ErrorList) {
    let scopes: Vec<&str> = items(&spec.scopes).iter().map(String::as_str).collect();
    for scope in &scopes {
        if !SCOPES.contains(scope) {
            errors.push(Error::invalid(path, shown_scopes(spec), "unsupported scope"));
        }
        for _ in 0..unsuited(scope, spec) {
            errors.push(Error::invalid(path, shown_scopes(spec), "unsupported scope applied to resource"));
        }
    }
    validate_pairs(&scopes, spec, path, errors);
}

/// `path` is the list's: Kubernetes does not say which expression is wrong.
fn validate_scope_selector(spec: &ResourceQuotaSpec, path: &Path, errors: &mut ErrorList) {
    let Some(selector) = &spec.scope_selector else { return };
    let expressions = items(&selector.match_expressions);
    for expression in expressions {
        let scope = expression.scope_name.as_str();
        if !SCOPES.contains(&scope) {
            errors.push(Error::invalid(&path.child("scopeName"), BadValue::word(scope), "unsupported scope"));
        }
        for _ in 0..unsuited(scope, spec) {
            let json = serde_json::to_value(selector).unwrap_or_default();
            let shown = go_json::compact(Some(&json), &Type::Struct(&go_types::SCOPE_SELECTOR));
            errors.push(Error::invalid(path, BadValue::Json(shown), "unsupported scope applied to resource"));
        }
        validate_expression(expression, path, errors);
    }
    let scopes: Vec<&str> = expressions.iter().map(|expression| expression.scope_name.as_str()).collect();
    validate_pairs(&scopes, spec, path, errors);
}

fn validate_expression(expression: &ScopedResourceSelectorRequirement, path: &Path, errors: &mut ErrorList) {
    let (scope, operator) = (expression.scope_name.as_str(), expression.operator.as_str());
    let values = items(&expression.values);
    let only_exists = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];
    if only_exists.contains(&scope) && operator != "Exists" {
        let detail = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, \
                      ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
        errors.push(Error::invalid(&path.child("operator"), BadValue::word(operator), detail));
    }
    match operator {
        "In" | "NotIn" if values.is_empty() => {
            let detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
            errors.push(Error::required(&path.child("values"), detail));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
            errors.push(Error::invalid(&path.child("values"), BadValue::strings(values), detail));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => errors.push(Error::invalid(&path.child("operator"), BadValue::word(other), "not a valid selector operator")),
    }
}

/// A changed resource quota: its scopes stay.
pub fn validate_resource_quota_update(new: &ResourceQuota, old: &ResourceQuota) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let (spec, before) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    let path = Path::new("spec");
    validate_spec(&spec, &path, &mut errors);
    let set = |spec: &ResourceQuotaSpec| -> BTreeSet<String> { items(&spec.scopes).iter().cloned().collect() };
    if set(&spec) != set(&before) {
        errors.push(Error::invalid(&path.child("scopes"), shown_scopes(&spec), IMMUTABLE));
    }
    errors
}

/// A changed status: amounts as in the spec.
pub fn validate_resource_quota_status_update(new: &ResourceQuota, old: &ResourceQuota) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_status(new, &mut errors);
    errors
}

/// A priority class.
pub fn validate_priority_class(class: &PriorityClass) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&class.metadata, false, names::name_is_subdomain, &mut errors);
    let name = text(&class.metadata.name);
    let value = class.value.unwrap_or(0);
    if name.starts_with("system-") {
        let known = match name {
            "system-node-critical" => Some(2_000_001_000),
            "system-cluster-critical" => Some(2_000_000_000),
            _ => None,
        };
        let fault = match known {
            None => Some(format!("{name} is not a known system priority class")),
            Some(known) if known != value => Some(format!("value of {name} PriorityClass must be {known}")),
            Some(_) => (class.global_default == Some(true)).then(|| format!("globalDefault of {name} PriorityClass must be false")),
        };
        if let Some(fault) = fault {
            let detail = format!("priority class names with 'system-' prefix are reserved for system use only. error: {fault}");
            errors.push(Error::forbidden(&Path::new("metadata").child("name"), detail));
        }
    } else if value > HIGHEST_USER_PRIORITY {
        let detail = format!("maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}");
        errors.push(Error::forbidden(&Path::new("value"), detail));
    }
    if let Some(policy) = class.preemption_policy.as_deref().filter(|policy| !matches!(*policy, "Never" | "PreemptLowerPriority")) {
        errors.push(Error::not_supported(&Path::new("preemptionPolicy"), policy, &["Never", "PreemptLowerPriority"]));
    }
    errors
}

/// A changed priority class: its value stays.
pub fn validate_priority_class_update(new: &PriorityClass, old: &PriorityClass) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    if new.value.unwrap_or(0) != old.value.unwrap_or(0) {
        errors.push(Error::forbidden(&Path::new("value"), "may not be changed in an update."));
    }
    if new.preemption_policy != old.preemption_policy {
        let shown = text(&new.preemption_policy);
        errors.push(Error::invalid(&Path::new("preemptionPolicy"), shown, IMMUTABLE));
    }
    errors
}

/// A lease.
pub fn validate_lease(lease: &Lease) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&lease.metadata, true, names::name_is_subdomain, &mut errors);
    validate_lease_spec(lease, &mut errors);
    errors
}

/// A changed lease.
pub fn validate_lease_update(new: &Lease, old: &Lease) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_lease_spec(new, &mut errors);
    errors
}

fn validate_lease_spec(lease: &Lease, errors: &mut ErrorList) {
    let Some(spec) = &lease.spec else { return };
    let path = Path::new("spec");
    if let Some(seconds) = spec.lease_duration_seconds.filter(|seconds| *seconds <= 0) {
        errors.push(Error::invalid(&path.child("leaseDurationSeconds"), i64::from(seconds), "must be greater than 0"));
    }
    validate_nonnegative(i64::from(spec.lease_transitions.unwrap_or(0)), &path.child("leaseTransitions"), errors);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn faults(spec: Value) -> Vec<String> {
        let quota: ResourceQuota = serde_json::from_value(json!({"metadata": {"name": "a", "namespace": "b"}, "spec": spec})).unwrap();
        validate_resource_quota(&quota).iter().map(Error::to_string).collect()
    }

    #[test]
    fn names_and_amounts() {
        assert_eq!(
            faults(json!({"hard": {"pods": "1.5", "widgets": "1", "count/jobs.batch": "500m", "cpu": "-1"}})),
            [
                r#"spec.hard[count/jobs.batch]: Invalid value: "500m": must be an integer"#,
                r#"spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0"#,
                r#"spec.hard[pods]: Invalid value: "1500m": must be an integer"#,
                r#"spec.hard[widgets]: Invalid value: "widgets": must be a standard resource type or fully qualified"#,
                r#"spec.hard[widgets]: Invalid value: "widgets": must be a standard resource for quota"#,
            ]
        );
    }

    #[test]
    fn scopes() {
        assert_eq!(
            faults(json!({"hard": {"cpu": "1"}, "scopes": ["BestEffort", "NotBestEffort", "x"]})),
            [
                r#"spec.scopes: Invalid value: ["BestEffort","NotBestEffort","x"]: unsupported scope applied to resource"#,
                r#"spec.scopes: Invalid value: ["BestEffort","NotBestEffort","x"]: unsupported scope"#,
                r#"spec.scopes: Invalid value: ["BestEffort","NotBestEffort","x"]: conflicting scopes"#,
            ]
        );
    }

    #[test]
    fn scope_selectors() {
        let of = |expression: Value| faults(json!({"hard": {"secrets": "1"}, "scopeSelector": {"matchExpressions": [expression]}}));
        let path = "spec.scopeSelector.matchExpressions";
        assert_eq!(
            of(json!({"scopeName": "PriorityClass", "operator": "In"})),
            [
                format!(
                    r#"{path}: Invalid value: {{"MatchExpressions":[{{"ScopeName":"PriorityClass","Operator":"In","Values":null}}]}}: unsupported scope applied to resource"#
                ),
                format!("{path}.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"),
            ]
        );
        assert_eq!(
            of(json!({"scopeName": "x", "operator": "Like"})),
            [
                format!(r#"{path}.scopeName: Invalid value: "x": unsupported scope"#),
                format!(r#"{path}.operator: Invalid value: "Like": not a valid selector operator"#),
            ]
        );
    }
}
