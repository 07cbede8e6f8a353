//! Limit ranges, resource quotas, priority classes and leases. Models ValidateLimitRange, ValidateResourceQuota,
//! ValidatePriorityClass and ValidateLease.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{LimitRange, LimitRangeItem, ResourceQuota, ResourceQuotaSpec};
use k8s_openapi::api::scheduling::v1::PriorityClass;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

use super::field::{Error, ErrorList, Path};
use super::meta::{items, push_invalid, text, validate_nonnegative, validate_object_meta};
use super::names;
use super::resources::amount;
use crate::api::quantity::{Format, Quantity};

type List = Option<BTreeMap<String, Written>>;

/// The greatest value of a priority class that is not of the system.
const HIGHEST_USER_PRIORITY: i32 = 1_000_000_000;

const COMPUTE: &[&str] = &["cpu", "memory", "ephemeral-storage"];

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

/// Amounts that are whole numbers.
const INTEGERS: &[&str] = &[
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];

fn is_huge_pages(name: &str) -> bool {
    name.starts_with("hugepages-") || name.starts_with("requests.hugepages-")
}

/// A limit range.
pub fn validate_limit_range(range: &LimitRange) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&range.metadata, true, names::name_is_subdomain, &mut errors);
    let path = Path::new("spec").child("limits");
    let mut seen = BTreeSet::new();
    for (index, item) in range.spec.iter().flat_map(|spec| &spec.limits).enumerate() {
        let path = path.index(index);
        validate_type(&item.type_, &path.child("type"), &mut errors);
        if !seen.insert(item.type_.as_str()) {
            errors.push(Error::duplicate(&path.child("type"), item.type_.as_str()));
        }
        validate_item(item, &path, &mut errors);
    }
    errors
}

fn validate_type(type_: &str, path: &Path, errors: &mut ErrorList) {
    push_invalid(names::qualified_name(type_), type_, path, errors);
    if !type_.contains('/') && !matches!(type_, "Pod" | "Container" | "PersistentVolumeClaim") {
        errors.push(Error::invalid(path, type_, "must be a standard limit type or fully qualified"));
    }
}

fn validate_names(list: &List, path: &Path, errors: &mut ErrorList) {
    for name in list.iter().flatten().map(|(name, _)| name) {
        let path = path.key(name);
        push_invalid(names::qualified_name(name), name, &path, errors);
        if !name.contains('/') && !COMPUTE.contains(&name.as_str()) && !is_huge_pages(name) && name != "storage" {
            errors.push(Error::invalid(&path, name.as_str(), "must be a standard resource for containers"));
        }
    }
}

fn validate_item(item: &LimitRangeItem, path: &Path, errors: &mut ErrorList) {
    validate_names(&item.max, &path.child("max"), errors);
    validate_names(&item.min, &path.child("min"), errors);
    let has = |list: &List| list.as_ref().is_some_and(|list| !list.is_empty());
    if item.type_ == "Pod" {
        for (name, list) in [("default", &item.default), ("defaultRequest", &item.default_request)] {
            if has(list) {
                errors.push(Error::forbidden(&path.child(name), "may not be specified when `type` is 'Pod'"));
            }
        }
    } else {
        validate_names(&item.default, &path.child("default"), errors);
        validate_names(&item.default_request, &path.child("defaultRequest"), errors);
    }
    let storage = |list: &List| list.as_ref().is_some_and(|list| list.contains_key("storage"));
    if item.type_ == "PersistentVolumeClaim" && !storage(&item.min) && !storage(&item.max) {
        let detail = "either minimum or maximum storage value is required, but neither was provided";
        errors.push(Error::required(&path.child("limits"), detail));
    }
    validate_names(&item.max_limit_request_ratio, &path.child("maxLimitRequestRatio"), errors);
    let lists = [&item.max, &item.min, &item.default, &item.default_request, &item.max_limit_request_ratio];
    let keys: BTreeSet<&String> = lists.into_iter().flatten().flat_map(BTreeMap::keys).collect();
    for name in keys {
        validate_order(item, name, path, errors);
    }
}

/// The amounts of one resource against each other.
fn validate_order(item: &LimitRangeItem, name: &str, path: &Path, errors: &mut ErrorList) {
    let get = |list: &List| list.as_ref().and_then(|list| list.get(name)).map(amount);
    let (min, max) = (get(&item.min), get(&item.max));
    let pod = item.type_ == "Pod";
    let (default, request) = if pod { (None, None) } else { (get(&item.default), get(&item.default_request)) };
    let mut check = |field: &str, shown: &Option<Quantity>, left: (&str, &Option<Quantity>), right: (&str, &Option<Quantity>)| {
        if let (Some(low), Some(high), Some(shown)) = (left.1, right.1, shown)
            && low.compare(high) == Ordering::Greater
        {
            let detail = format!("{} value {low} is greater than {} value {high}", left.0, right.0);
            errors.push(Error::invalid(&path.child(field).key(name), shown.to_string(), detail));
        }
    };
    check("min", &min, ("min", &min), ("max", &max));
    check("defaultRequest", &request, ("min", &min), ("default request", &request));
    check("defaultRequest", &request, ("default request", &request), ("max", &max));
    check("defaultRequest", &request, ("default request", &request), ("default limit", &default));
    check("default", &min, ("min", &min), ("default", &default));
    check("default", &max, ("default", &default), ("max", &max));
    validate_ratio(item, name, (min.as_ref(), max.as_ref()), path, errors);
    if !COMPUTE.contains(&name)
        && let (Some(default), Some(request)) = (&default, &request)
        && default.compare(request) != Ordering::Equal
    {
        let detail = format!("default value {default} must equal to defaultRequest value {request} in {name}");
        errors.push(Error::invalid(&path.child("default").key(name), default.to_string(), detail));
    }
}

fn validate_ratio(item: &LimitRangeItem, name: &str, bounds: (Option<&Quantity>, Option<&Quantity>), path: &Path, errors: &mut ErrorList) {
    let Some(ratio) = item.max_limit_request_ratio.as_ref().and_then(|list| list.get(name)).map(amount) else { return };
    let path = path.child("maxLimitRequestRatio").key(name);
    if ratio.compare(&Quantity::from_int(1, Format::DecimalSI)) == Ordering::Less {
        errors.push(Error::invalid(&path, ratio.to_string(), format!("ratio {ratio} is less than 1")));
    }
    if let (Some(min), Some(max)) = bounds {
        let limit = max.as_approximate_float64() / min.as_approximate_float64();
        if ratio.as_approximate_float64() > limit {
            errors.push(Error::invalid(&path, ratio.to_string(), format!("ratio {ratio} is greater than max/min = {limit:.6}")));
        }
    }
}

/// A resource quota.
pub fn validate_resource_quota(quota: &ResourceQuota) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&quota.metadata, true, names::name_is_subdomain, &mut errors);
    if let Some(spec) = &quota.spec {
        let path = Path::new("spec");
        validate_quota_list(&spec.hard, &path.child("hard"), &mut errors);
        validate_scopes(spec, &path, &mut errors);
    }
    if let Some(status) = &quota.status {
        let path = Path::new("status");
        validate_quota_list(&status.hard, &path.child("hard"), &mut errors);
        validate_quota_list(&status.used, &path.child("used"), &mut errors);
    }
    errors
}

fn validate_quota_list(list: &List, path: &Path, errors: &mut ErrorList) {
    for (name, written) in list.iter().flatten() {
        let path = path.key(name);
        push_invalid(names::qualified_name(name), name, &path, errors);
        let bare = !name.contains('/');
        if bare && !QUOTA_RESOURCES.contains(&name.as_str()) && !is_huge_pages(name) {
            if name != "storage" {
                errors.push(Error::invalid(&path, name.as_str(), "must be a standard resource type or fully qualified"));
            }
            errors.push(Error::invalid(&path, name.as_str(), "must be a standard resource for quota"));
        }
        let given = amount(written);
        if given.sign() < 0 {
            errors.push(Error::invalid(&path, given.to_string(), "must be greater than or equal to 0"));
        }
        let whole = given.milli_value() % 1000 == 0;
        if !whole && (INTEGERS.contains(&name.as_str()) || name.starts_with("count/")) {
            errors.push(Error::invalid(&path, given.to_string(), "must be an integer"));
        }
    }
}

const SCOPES: &[&str] = &["BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating"];

/// Whether a scope can be used with a resource. Models IsResourceQuotaScopeValidForResource.
fn suits(scope: &str, resource: &str) -> bool {
    let compute =
        QUOTA_RESOURCES.contains(&resource) && (resource.contains("cpu") || resource.contains("memory") || resource.contains("ephemeral"));
    match scope {
        "BestEffort" => matches!(resource, "pods" | "count/pods"),
        _ => matches!(resource, "pods" | "count/pods") || compute || is_huge_pages(resource),
    }
}

fn validate_scopes(spec: &ResourceQuotaSpec, path: &Path, errors: &mut ErrorList) {
    let listed: BTreeSet<&str> = items(&spec.scopes).iter().map(String::as_str).collect();
    let scopes_path = path.child("scopes");
    for scope in items(&spec.scopes) {
        validate_scope(scope, spec, &scopes_path, errors);
    }
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| listed.contains(scope)) {
            let shown = super::field::BadValue::strings(items(&spec.scopes));
            errors.push(Error::invalid(&scopes_path, shown, "conflicting scopes"));
        }
    }
    let path = path.child("scopeSelector").child("matchExpressions");
    for (index, expression) in spec.scope_selector.iter().flat_map(|selector| selector.match_expressions.iter().flatten()).enumerate() {
        let path = path.index(index);
        validate_scope(&expression.scope_name, spec, &path.child("scopeName"), errors);
        let values = items(&expression.values);
        if expression.scope_name != "PriorityClass" && expression.operator != "Exists" {
            let detail = "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, \
                          ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
            errors.push(Error::invalid(&path.child("operator"), expression.operator.as_str(), detail));
        }
        match expression.operator.as_str() {
            "In" | "NotIn" if values.is_empty() => {
                let detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                errors.push(Error::required(&path.child("values"), detail));
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let detail = "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector";
                errors.push(Error::invalid(&path.child("values"), super::field::BadValue::strings(values), detail));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => errors.push(Error::invalid(&path.child("operator"), other, "not a valid selector operator")),
        }
    }
}

fn validate_scope(scope: &str, spec: &ResourceQuotaSpec, path: &Path, errors: &mut ErrorList) {
    if !SCOPES.contains(&scope) {
        errors.push(Error::invalid(path, scope, "unsupported scope"));
        return;
    }
    if spec.hard.iter().flatten().any(|(name, _)| !name.contains('/') && !suits(scope, name)) {
        errors.push(Error::invalid(path, scope, "unsupported scope applied to resource"));
    }
}

/// A changed resource quota: its scopes stay.
pub fn validate_resource_quota_update(new: &ResourceQuota, old: &ResourceQuota) -> ErrorList {
    let mut errors = ErrorList::new();
    super::meta::validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let (Some(spec), Some(before)) = (&new.spec, &old.spec) else { return errors };
    validate_quota_list(&spec.hard, &Path::new("spec").child("hard"), &mut errors);
    let set = |spec: &ResourceQuotaSpec| -> BTreeSet<String> { items(&spec.scopes).iter().cloned().collect() };
    if set(spec) != set(before) {
        let shown = super::field::BadValue::strings(items(&spec.scopes));
        errors.push(Error::invalid(&Path::new("spec").child("scopes"), shown, super::meta::IMMUTABLE));
    }
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
    super::meta::validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    if new.value.unwrap_or(0) != old.value.unwrap_or(0) {
        errors.push(Error::forbidden(&Path::new("value"), "may not be changed in an update."));
    }
    if new.preemption_policy != old.preemption_policy {
        let shown = text(&new.preemption_policy);
        errors.push(Error::invalid(&Path::new("preemptionPolicy"), shown, super::meta::IMMUTABLE));
    }
    errors
}

/// A lease.
pub fn validate_lease(lease: &Lease) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&lease.metadata, true, names::name_is_subdomain, &mut errors);
    let Some(spec) = &lease.spec else { return errors };
    let path = Path::new("spec");
    if let Some(seconds) = spec.lease_duration_seconds.filter(|seconds| *seconds <= 0) {
        errors.push(Error::invalid(&path.child("leaseDurationSeconds"), i64::from(seconds), "must be greater than 0"));
    }
    validate_nonnegative(i64::from(spec.lease_transitions.unwrap_or(0)), &path.child("leaseTransitions"), &mut errors);
    errors
}
