//! What the controllers' kinds have in common: selectors and the templates they must match.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json;
use super::meta::{IMMUTABLE, is_absent, selector_json, text, validate_label_selector, validate_nonnegative};
use super::names;
use super::pod::validate_template;
use crate::api::selector::{Selector, from_label_selector};

/// A template's labels.
pub fn template_labels(template: &PodTemplateSpec) -> Option<&BTreeMap<String, String>> {
    template.metadata.as_ref().and_then(|meta| meta.labels.as_ref())
}

/// A selector that must be there and select something. `kind` is what Kubernetes calls the object here.
pub fn validate_selector(selector: &LabelSelector, kind: &str, path: &Path, errors: &mut ErrorList) -> Option<Selector> {
    let path = path.child("selector");
    if is_absent(selector) {
        errors.push(Error::required(&path, ""));
        return Some(Selector::nothing());
    }
    validate_label_selector(&Some(selector.clone()), &path, errors);
    let size = selector.match_labels.as_ref().map_or(0, BTreeMap::len) + selector.match_expressions.as_ref().map_or(0, Vec::len);
    if size == 0 {
        let detail = format!("empty selector is invalid for {kind}");
        errors.push(Error::invalid(&path, selector_json(selector), detail));
    }
    match from_label_selector(Some(selector)) {
        Ok(selector) => Some(selector),
        Err(_) => {
            errors.push(Error::invalid(&path, selector_json(selector), "invalid label selector"));
            None
        }
    }
}

/// A selector that may not change.
pub fn validate_selector_unchanged(new: &LabelSelector, old: &LabelSelector, errors: &mut ErrorList) {
    if new != old {
        let shown = if is_absent(new) { BadValue::null() } else { selector_json(new) };
        errors.push(Error::invalid(&Path::new("spec").child("selector"), shown, IMMUTABLE));
    }
}

/// The template's labels are selected.
pub fn validate_match(selector: &Selector, template: &PodTemplateSpec, path: &Path, errors: &mut ErrorList) {
    let none = BTreeMap::new();
    let labels = template_labels(template);
    if !selector.matches(labels.unwrap_or(&none)) {
        let path = path.child("metadata").child("labels");
        let shown = BadValue::Json(go_json::string_map(labels));
        errors.push(Error::invalid(&path, shown, "`selector` does not match template `labels`"));
    }
}

/// The template of pods that run for ever. `kind` is who says that it sets no deadline.
pub fn validate_endless_template(template: &PodTemplateSpec, kind: &str, path: &Path, errors: &mut ErrorList) {
    validate_template(template, path, errors);
    let spec = template.spec.clone().unwrap_or_default();
    let restart = text(&spec.restart_policy);
    let path = path.child("spec");
    if restart != "Always" {
        errors.push(Error::not_supported(&path.child("restartPolicy"), BadValue::word(restart), &["Always"]));
    }
    if spec.active_deadline_seconds.is_some() {
        let detail = format!("activeDeadlineSeconds in {kind} is not Supported");
        errors.push(Error::forbidden(&path.child("activeDeadlineSeconds"), detail));
    }
}

/// The template of a ReplicaSet or of a Deployment's ReplicaSets. Models ValidatePodTemplateSpecForReplicaSet.
pub fn validate_replica_set_template(template: &PodTemplateSpec, selector: &Selector, path: &Path, errors: &mut ErrorList) {
    // Nothing selects nothing and so is never empty; everything is, and needs no match.
    if !selector.is_empty() || !selector.is_selectable() {
        validate_match(selector, template, path, errors);
    }
    validate_endless_template(template, "ReplicaSet", path, errors);
}

/// A number or a share; neither negative nor malformed.
pub fn validate_int_or_percent(value: &IntOrString, path: &Path, errors: &mut ErrorList) {
    match value {
        IntOrString::Int(number) => validate_nonnegative((*number).into(), path, errors),
        IntOrString::String(text) => {
            let shown = BadValue::word(text);
            errors.extend(names::percent(text).into_iter().map(|s| Error::invalid(path, shown.clone(), s)));
        }
    }
}

fn percentage(value: &IntOrString) -> Option<i64> {
    match value {
        IntOrString::String(text) if names::percent(text).is_empty() => Some(text.trim_end_matches('%').parse().unwrap_or(i64::MAX)),
        _ => None,
    }
}

/// The number, whether of pods or of percents; 0 where it is neither.
pub fn int_or_percent(value: &IntOrString) -> i64 {
    match value {
        IntOrString::Int(number) => (*number).into(),
        IntOrString::String(text) => percentage(value).or_else(|| text.parse().ok()).unwrap_or(0),
    }
}

/// A share of at most everything.
pub fn validate_at_most_all(value: &IntOrString, path: &Path, errors: &mut ErrorList) {
    if percentage(value).is_some_and(|percents| percents > 100) {
        errors.push(Error::invalid(path, int_or_string_value(value), "must not be greater than 100%"));
    }
}

/// An IntOrString as errors show it.
pub fn int_or_string_value(value: &IntOrString) -> BadValue {
    match value {
        IntOrString::Int(number) => BadValue::from(*number),
        IntOrString::String(text) => BadValue::word(text),
    }
}

/// A status' counters: none negative.
pub fn validate_counters(counters: &[(&str, Option<i64>)], path: &Path, errors: &mut ErrorList) {
    for (name, count) in counters {
        validate_nonnegative(count.unwrap_or(0), &path.child(name), errors);
    }
}

/// The count of collisions only grows.
pub fn validate_collision_count(new: Option<i32>, old: Option<i32>, path: &Path, errors: &mut ErrorList) {
    if old.is_some_and(|old| new.is_none_or(|new| new < old)) {
        errors.push(Error::invalid(&path.child("collisionCount"), new.unwrap_or(0), "cannot be decremented"));
    }
}

/// Counters that can be no more than `replicas`, and what is available no more than what is ready.
pub fn validate_at_most_replicas(replicas: Option<i32>, counters: &[(&str, Option<i32>)], path: &Path, errors: &mut ErrorList) {
    let replicas = replicas.unwrap_or(0);
    for (name, count) in counters {
        let count = count.unwrap_or(0);
        if count > replicas {
            errors.push(Error::invalid(&path.child(name), count, "cannot be greater than status.replicas"));
        }
    }
    let find = |wanted: &str| counters.iter().find(|(name, _)| *name == wanted).and_then(|(_, count)| *count).unwrap_or(0);
    if find("availableReplicas") > find("readyReplicas") {
        let path = path.child("availableReplicas");
        errors.push(Error::invalid(&path, find("availableReplicas"), "cannot be greater than readyReplicas"));
    }
}
