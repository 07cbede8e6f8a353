//! Affinities of pods to nodes and to each other. Models validateAffinity.

use k8s_openapi::api::core::v1::{Affinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::{BTreeMap, BTreeSet};

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{items, push_invalid, validate_label_name, validate_label_selector};
use super::names;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const NO_SELECTOR: &str = "must not be specified when labelSelector is not set";

/// A pod's affinities.
pub fn validate(affinity: &Affinity, path: &Path, errors: &mut ErrorList) {
    if let Some(node) = &affinity.node_affinity {
        let path = path.child("nodeAffinity");
        if let Some(required) = &node.required_during_scheduling_ignored_during_execution {
            validate_node_selector(required, &path.child(REQUIRED), errors);
        }
        let preferred = items(&node.preferred_during_scheduling_ignored_during_execution);
        for (index, term) in preferred.iter().enumerate() {
            let path = path.child(PREFERRED).index(index);
            validate_weight(term.weight, &path, errors);
            validate_node_term(&term.preference, true, &path.child("preference"), errors);
        }
    }
    if let Some(pod) = &affinity.pod_affinity {
        let path = path.child("podAffinity");
        let preferred = items(&pod.preferred_during_scheduling_ignored_during_execution);
        let preferred = preferred.iter().map(|term| (term.weight, &term.pod_affinity_term));
        validate_pod_terms(items(&pod.required_during_scheduling_ignored_during_execution), preferred, &path, errors);
    }
    if let Some(pod) = &affinity.pod_anti_affinity {
        let path = path.child("podAntiAffinity");
        let preferred = items(&pod.preferred_during_scheduling_ignored_during_execution);
        let preferred = preferred.iter().map(|term| (term.weight, &term.pod_affinity_term));
        validate_pod_terms(items(&pod.required_during_scheduling_ignored_during_execution), preferred, &path, errors);
    }
}

fn validate_weight(weight: i32, path: &Path, errors: &mut ErrorList) {
    if !(1..=100).contains(&weight) {
        errors.push(Error::invalid(&path.child("weight"), weight, "must be in the range 1-100"));
    }
}

/// Which nodes will do. Models ValidateNodeSelector.
pub fn validate_node_selector(selector: &NodeSelector, path: &Path, errors: &mut ErrorList) {
    let path = path.child("nodeSelectorTerms");
    if selector.node_selector_terms.is_empty() {
        errors.push(Error::required(&path, "must have at least one node selector term"));
    }
    for (index, term) in selector.node_selector_terms.iter().enumerate() {
        validate_node_term(term, false, &path.index(index), errors);
    }
}

/// `any_value`: preferences may name values that no label can have.
fn validate_node_term(term: &NodeSelectorTerm, any_value: bool, path: &Path, errors: &mut ErrorList) {
    for (index, requirement) in items(&term.match_expressions).iter().enumerate() {
        validate_node_requirement(requirement, any_value, &path.child("matchExpressions").index(index), errors);
    }
    for (index, requirement) in items(&term.match_fields).iter().enumerate() {
        validate_node_field(requirement, &path.child("matchFields").index(index), errors);
    }
}

fn validate_node_requirement(requirement: &NodeSelectorRequirement, any_value: bool, path: &Path, errors: &mut ErrorList) {
    let values = items(&requirement.values);
    let values_path = path.child("values");
    match requirement.operator.as_str() {
        "In" | "NotIn" if values.is_empty() => {
            errors.push(Error::required(&values_path, "must be specified when `operator` is 'In' or 'NotIn'"));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.push(Error::forbidden(&values_path, detail));
        }
        "Gt" | "Lt" if values.len() != 1 => {
            errors.push(Error::required(&values_path, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => {
            errors.push(Error::invalid(&path.child("operator"), BadValue::word(other), "not a valid selector operator"));
        }
    }
    validate_label_name(&requirement.key, &path.child("key"), errors);
    if any_value {
        return;
    }
    for (index, value) in values.iter().enumerate() {
        push_invalid(names::label_value(value), value, &values_path.index(index), errors);
    }
}

fn validate_node_field(requirement: &NodeSelectorRequirement, path: &Path, errors: &mut ErrorList) {
    let values = items(&requirement.values);
    match requirement.operator.as_str() {
        "In" | "NotIn" => {
            if values.len() != 1 {
                let detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                errors.push(Error::required(&path.child("values"), detail));
            }
        }
        other => {
            errors.push(Error::invalid(&path.child("operator"), BadValue::word(other), "not a valid selector operator"));
        }
    }
    if requirement.key != "metadata.name" {
        errors.push(Error::invalid(&path.child("key"), &requirement.key, "not a valid field selector key"));
        return;
    }
    for (index, value) in values.iter().enumerate() {
        push_invalid(names::dns1123_subdomain(value), value, &path.child("values").index(index), errors);
    }
}

fn validate_pod_terms<'a>(
    required: &[PodAffinityTerm],
    preferred: impl Iterator<Item = (i32, &'a PodAffinityTerm)>,
    path: &Path,
    errors: &mut ErrorList,
) {
    for (index, term) in required.iter().enumerate() {
        validate_pod_term(term, &path.child(REQUIRED).index(index), errors);
    }
    for (index, (weight, term)) in preferred.enumerate() {
        let path = path.child(PREFERRED).index(index);
        validate_weight(weight, &path, errors);
        validate_pod_term(term, &path.child("podAffinityTerm"), errors);
    }
}

fn validate_pod_term(term: &PodAffinityTerm, path: &Path, errors: &mut ErrorList) {
    validate_label_selector(&term.label_selector, &path.child("labelSelector"), errors);
    validate_label_selector(&term.namespace_selector, &path.child("namespaceSelector"), errors);
    for name in items(&term.namespaces) {
        push_invalid(names::dns1123_label(name), name, &path.child("namespace"), errors);
    }
    let (keys, mismatch) = (items(&term.match_label_keys), items(&term.mismatch_label_keys));
    validate_match_keys(keys, mismatch, &term.label_selector, path, errors);
    if term.topology_key.is_empty() {
        errors.push(Error::required(&path.child("topologyKey"), "can not be empty"));
    }
    validate_label_name(&term.topology_key, &path.child("topologyKey"), errors);
}

/// Keys whose values are the pod's own. Models ValidateMatchLabelKeysAndMismatchLabelKeys.
pub fn validate_match_keys(keys: &[String], mismatch: &[String], selector: &Option<LabelSelector>, path: &Path, errors: &mut ErrorList) {
    for (name, keys) in [("matchLabelKeys", keys), ("mismatchLabelKeys", mismatch)] {
        let path = path.child(name);
        if keys.is_empty() {
            continue;
        }
        if selector.is_none() {
            errors.push(Error::forbidden(&path, NO_SELECTOR));
            continue;
        }
        for (index, key) in keys.iter().enumerate() {
            validate_label_name(key, &path.index(index), errors);
        }
    }
    if let Some(selector) = selector {
        // By now the server has written the keys' values into the selector, so a second mention is the manifest's own.
        let positions: BTreeMap<&str, usize> = keys.iter().enumerate().map(|(i, key)| (key.as_str(), i)).collect();
        let mut seen: BTreeSet<&str> = selector.match_labels.iter().flatten().map(|(key, _)| key.as_str()).collect();
        for expression in items(&selector.match_expressions) {
            let key = expression.key.as_str();
            if let Some(index) = positions.get(key).filter(|_| seen.contains(key)) {
                let detail = "exists in both matchLabelKeys and labelSelector";
                errors.push(Error::invalid(&path.index(*index), key, detail));
            }
            seen.insert(key);
        }
    }
    for (index, key) in keys.iter().enumerate().filter(|(_, key)| mismatch.contains(key)) {
        let path = path.child("matchLabelKeys").index(index);
        errors.push(Error::invalid(&path, key, "exists in both matchLabelKeys and mismatchLabelKeys"));
    }
}
