//! Limit ranges. Models ValidateLimitRange.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{LimitRange, LimitRangeItem};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::validate_object_meta;
use super::names;
use super::resources::{amount, is_overcommit_allowed, validate_container_name, validate_name};
use crate::api::quantity::{Format, Quantity};

type List = Option<BTreeMap<String, Written>>;

/// Amounts up to this can be counted in thousandths. `resource.MaxMilliValue`.
const MAX_MILLI_VALUE: i64 = i64::MAX / 1000;

/// A limit range.
pub fn validate(range: &LimitRange) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&range.metadata, true, names::name_is_subdomain, &mut errors);
    let path = Path::new("spec").child("limits");
    let mut seen = BTreeSet::new();
    for (index, item) in range.spec.iter().flat_map(|spec| &spec.limits).enumerate() {
        let path = path.index(index);
        validate_type(&item.type_, &path.child("type"), &mut errors);
        if !seen.insert(item.type_.as_str()) {
            errors.push(Error::duplicate(&path.child("type"), BadValue::word(&item.type_)));
        }
        validate_item(item, &path, &mut errors);
    }
    errors
}

fn validate_type(type_: &str, path: &Path, errors: &mut ErrorList) {
    let sentences = names::qualified_name(type_);
    if !sentences.is_empty() {
        errors.extend(sentences.into_iter().map(|sentence| Error::invalid(path, BadValue::word(type_), sentence)));
    } else if !type_.contains('/') && !matches!(type_, "Pod" | "Container" | "PersistentVolumeClaim") {
        errors.push(Error::invalid(path, BadValue::word(type_), "must be a standard limit type or fully qualified"));
    }
}

fn validate_names(type_: &str, list: &List, path: &Path, errors: &mut ErrorList) {
    for name in list.iter().flatten().map(|(name, _)| name) {
        match type_ {
            "Pod" | "Container" => validate_container_name(name, &path.key(name), errors),
            _ => validate_name(name, &path.key(name), errors),
        }
    }
}

fn validate_item(item: &LimitRangeItem, path: &Path, errors: &mut ErrorList) {
    let is_pod = item.type_ == "Pod";
    validate_names(&item.type_, &item.max, &path.child("max"), errors);
    validate_names(&item.type_, &item.min, &path.child("min"), errors);
    for (name, list) in [("default", &item.default), ("defaultRequest", &item.default_request)] {
        if !is_pod {
            validate_names(&item.type_, list, &path.child(name), errors);
        } else if list.as_ref().is_some_and(|list| !list.is_empty()) {
            errors.push(Error::forbidden(&path.child(name), "may not be specified when `type` is 'Pod'"));
        }
    }
    let storage = |list: &List| list.as_ref().is_some_and(|list| list.contains_key("storage"));
    if item.type_ == "PersistentVolumeClaim" && !storage(&item.min) && !storage(&item.max) {
        let detail = "either minimum or maximum storage value is required, but neither was provided";
        errors.push(Error::required(&path.child("limits"), detail));
    }
    validate_names(&item.type_, &item.max_limit_request_ratio, &path.child("maxLimitRequestRatio"), errors);
    let none = None;
    let (default, request) = if is_pod { (&none, &none) } else { (&item.default, &item.default_request) };
    let lists = [&item.max, &item.min, default, request, &item.max_limit_request_ratio];
    let keys: BTreeSet<&String> = lists.into_iter().flatten().flat_map(BTreeMap::keys).collect();
    for name in keys {
        let get = |list: &List| list.as_ref().and_then(|list| list.get(name)).map(amount);
        let [max, min, default, request, ratio] = lists.map(get);
        validate_order(name, &Amounts { min, max, default, request, ratio }, path, errors);
    }
}

/// What is said of one resource.
struct Amounts {
    min: Option<Quantity>,
    max: Option<Quantity>,
    default: Option<Quantity>,
    request: Option<Quantity>,
    ratio: Option<Quantity>,
}

/// The amounts of one resource against each other.
fn validate_order(name: &str, of: &Amounts, path: &Path, errors: &mut ErrorList) {
    let Amounts { min, max, default, request, ratio } = of;
    // Kubernetes shows now the lower, now the higher.
    let pairs = [
        ("min", min, ("min", min), ("max", max)),
        ("defaultRequest", request, ("min", min), ("default request", request)),
        ("defaultRequest", request, ("default request", request), ("max", max)),
        ("defaultRequest", request, ("default request", request), ("default limit", default)),
        ("default", min, ("min", min), ("default", default)),
        ("default", max, ("default", default), ("max", max)),
    ];
    for (field, shown, (low_name, low), (high_name, high)) in pairs {
        if let (Some(low), Some(high), Some(shown)) = (low, high, shown)
            && low.compare(high) == Ordering::Greater
        {
            let detail = format!("{low_name} value {low} is greater than {high_name} value {high}");
            errors.push(Error::invalid(&path.child(field).key(name), shown.to_string(), detail));
        }
    }
    if let Some(ratio) = ratio {
        validate_ratio(ratio, min.as_ref().zip(max.as_ref()), &path.child("maxLimitRequestRatio").key(name), errors);
    }
    if let (Some(default), Some(request)) = (default, request)
        && !is_overcommit_allowed(name)
        && default.compare(request) != Ordering::Equal
    {
        let detail = format!("default value {default} must equal to defaultRequest value {request} in {name}");
        errors.push(Error::invalid(&path.child("defaultRequest").key(name), request.to_string(), detail));
    }
}

fn validate_ratio(ratio: &Quantity, bounds: Option<(&Quantity, &Quantity)>, path: &Path, errors: &mut ErrorList) {
    if ratio.compare(&Quantity::from_int(1, Format::DecimalSI)) == Ordering::Less {
        errors.push(Error::invalid(path, ratio.to_string(), format!("ratio {ratio} is less than 1")));
    }
    let Some((min, max)) = bounds else { return };
    let small = [ratio, min, max].iter().all(|quantity| quantity.value() < MAX_MILLI_VALUE);
    let count = |quantity: &Quantity| if small { quantity.milli_value() } else { quantity.value() };
    let given = if small { count(ratio) as f64 / 1000.0 } else { count(ratio) as f64 };
    let limit = count(max) as f64 / count(min) as f64;
    if given > limit {
        errors.push(Error::invalid(path, ratio.to_string(), format!("ratio {ratio} is greater than max/min = {limit:.6}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn faults(item: Value) -> Vec<String> {
        let range = json!({"metadata": {"name": "a", "namespace": "b"}, "spec": {"limits": [item]}});
        let range: LimitRange = serde_json::from_value(range).unwrap();
        validate(&range).iter().map(Error::to_string).collect()
    }

    #[test]
    fn types_and_names() {
        assert_eq!(
            faults(json!({"type": "Node"})),
            [r#"spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified"#]
        );
        assert_eq!(
            faults(json!({"type": "Container", "max": {"pods": "1"}})),
            [r#"spec.limits[0].max[pods]: Invalid value: "pods": must be a standard resource for containers"#]
        );
        assert_eq!(
            faults(json!({"type": "Pod", "default": {"cpu": "1"}, "maxLimitRequestRatio": {"disk": "2"}})),
            [
                "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
                r#"spec.limits[0].maxLimitRequestRatio[disk]: Invalid value: "disk": must be a standard resource type or fully qualified"#,
                r#"spec.limits[0].maxLimitRequestRatio[disk]: Invalid value: "disk": must be a standard resource for containers"#,
            ]
        );
        assert_eq!(
            faults(json!({"type": "PersistentVolumeClaim", "max": {"cpu": "1"}})),
            ["spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided"]
        );
    }

    #[test]
    fn amounts_in_order() {
        assert_eq!(
            faults(json!({"type": "Container", "min": {"cpu": "200m"}, "max": {"cpu": "100m"}})),
            [r#"spec.limits[0].min[cpu]: Invalid value: "200m": min value 200m is greater than max value 100m"#]
        );
        assert_eq!(
            faults(json!({"type": "Container", "default": {"cpu": "1"}, "max": {"cpu": "500m"}})),
            [r#"spec.limits[0].default[cpu]: Invalid value: "500m": default value 1 is greater than max value 500m"#]
        );
        assert_eq!(
            faults(json!({"type": "Container", "default": {"a.b/c": "2"}, "defaultRequest": {"a.b/c": "1"}})),
            [r#"spec.limits[0].defaultRequest[a.b/c]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in a.b/c"#]
        );
        assert_eq!(
            faults(json!({"type": "Container", "min": {"cpu": "1"}, "max": {"cpu": "2"}, "maxLimitRequestRatio": {"cpu": "3"}})),
            [r#"spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000"#]
        );
    }
}
