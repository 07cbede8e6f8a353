//! DaemonSets. Models ValidateDaemonSet.

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec, DaemonSetUpdateStrategy, RollingUpdateDaemonSet};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::meta::{
    is_absent, selector_json, text, validate_label_selector, validate_nonnegative, validate_object_meta, validate_object_meta_update,
};
use super::names;
use super::workload::{
    int_or_percent, int_or_string_value, validate_at_most_all, validate_collision_count, validate_counters, validate_endless_template,
    validate_int_or_percent, validate_match, validate_selector_unchanged,
};
use crate::api::selector::{Selector, from_label_selector};

/// A new DaemonSet.
pub fn validate_create(set: &DaemonSet) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&set.metadata, true, names::name_is_subdomain, &mut errors);
    validate_spec(&set.spec.clone().unwrap_or_default(), &Path::new("spec"), &mut errors);
    errors
}

/// A changed DaemonSet.
pub fn validate_update(new: &DaemonSet, old: &DaemonSet) -> ErrorList {
    let mut errors = ErrorList::new();
    let (spec, old_spec) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_spec(&spec, &Path::new("spec"), &mut errors);
    validate_selector_unchanged(&spec.selector, &old_spec.selector, &mut errors);
    errors
}

fn validate_spec(spec: &DaemonSetSpec, path: &Path, errors: &mut ErrorList) {
    let selector = (!is_absent(&spec.selector)).then_some(&spec.selector);
    validate_label_selector(&selector.cloned(), &path.child("selector"), errors);
    let parsed = match selector {
        None => Some(Selector::nothing()),
        some => from_label_selector(some).ok(),
    };
    if let Some(parsed) = parsed {
        validate_match(&parsed, &spec.template, &path.child("template"), errors);
    }
    let is_empty = |s: &&k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector| {
        s.match_labels.as_ref().is_none_or(|l| l.is_empty()) && s.match_expressions.as_ref().is_none_or(Vec::is_empty)
    };
    if let Some(selector) = selector.filter(is_empty) {
        let detail = "empty selector is invalid for daemonset";
        errors.push(Error::invalid(&path.child("selector"), selector_json(selector), detail));
    }
    validate_endless_template(&spec.template, "DaemonSet", &path.child("template"), errors);
    validate_nonnegative(spec.min_ready_seconds.unwrap_or(0).into(), &path.child("minReadySeconds"), errors);
    validate_strategy(&spec.update_strategy.clone().unwrap_or_default(), &path.child("updateStrategy"), errors);
    validate_nonnegative(spec.revision_history_limit.unwrap_or(0).into(), &path.child("revisionHistoryLimit"), errors);
}

fn validate_strategy(strategy: &DaemonSetUpdateStrategy, path: &Path, errors: &mut ErrorList) {
    match (text(&strategy.type_), &strategy.rolling_update) {
        ("OnDelete", _) => {}
        ("RollingUpdate", None) => errors.push(Error::required(&path.child("rollingUpdate"), "")),
        ("RollingUpdate", Some(rolling)) => validate_rolling_update(rolling, &path.child("rollingUpdate"), errors),
        _ => {
            let json = serde_json::to_value(strategy).unwrap_or_default();
            let shown = go_json::compact(Some(&json), &Type::Struct(&go_types::DEPLOYMENT_STRATEGY));
            errors.push(Error::not_supported(path, BadValue::Json(shown), &["RollingUpdate", "OnDelete"]));
        }
    }
}

fn validate_rolling_update(rolling: &RollingUpdateDaemonSet, path: &Path, errors: &mut ErrorList) {
    let zero = IntOrString::Int(0);
    let unavailable = rolling.max_unavailable.as_ref().unwrap_or(&zero);
    let surge = rolling.max_surge.as_ref().unwrap_or(&zero);
    let (unavailable_path, surge_path) = (path.child("maxUnavailable"), path.child("maxSurge"));
    validate_int_or_percent(unavailable, &unavailable_path, errors);
    validate_int_or_percent(surge, &surge_path, errors);
    validate_at_most_all(unavailable, &unavailable_path, errors);
    validate_at_most_all(surge, &surge_path, errors);
    match (int_or_percent(unavailable) != 0, int_or_percent(surge) != 0) {
        (true, true) => {
            let detail = "may not be set when maxUnavailable is non-zero";
            errors.push(Error::invalid(&surge_path, int_or_string_value(surge), detail));
        }
        (false, false) => errors.push(Error::required(&unavailable_path, "cannot be 0 when maxSurge is 0")),
        _ => {}
    }
}

/// A changed status.
pub fn validate_status_update(new: &DaemonSet, old: &DaemonSet) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let status = new.status.clone().unwrap_or_default();
    let counters = [
        ("currentNumberScheduled", Some(status.current_number_scheduled.into())),
        ("numberMisscheduled", Some(status.number_misscheduled.into())),
        ("desiredNumberScheduled", Some(status.desired_number_scheduled.into())),
        ("numberReady", Some(status.number_ready.into())),
        ("observedGeneration", status.observed_generation),
        ("updatedNumberScheduled", status.updated_number_scheduled.map(i64::from)),
        ("numberAvailable", status.number_available.map(i64::from)),
        ("numberUnavailable", status.number_unavailable.map(i64::from)),
        ("collisionCount", status.collision_count.map(i64::from)),
    ];
    let path = Path::new("status");
    validate_counters(&counters, &path, &mut errors);
    let before = old.status.as_ref().and_then(|status| status.collision_count);
    validate_collision_count(status.collision_count, before, &path, &mut errors);
    errors
}
