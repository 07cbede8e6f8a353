//! ReplicaSets and ReplicationControllers. Models ValidateReplicaSet and ValidateReplicationController.

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::{ReplicationController, ReplicationControllerSpec};

use super::field::{Error, ErrorList, Path};
use super::meta::{validate_nonnegative, validate_object_meta, validate_object_meta_update};
use super::names;
use super::workload::{
    validate_at_most_replicas, validate_counters, validate_endless_template, validate_match, validate_replica_set_template,
    validate_selector, validate_selector_unchanged,
};
use crate::api::selector::Selector;

/// A new ReplicaSet.
pub fn validate_create(set: &ReplicaSet) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&set.metadata, true, names::name_is_subdomain, &mut errors);
    validate_spec(&set.spec.clone().unwrap_or_default(), &Path::new("spec"), &mut errors);
    errors
}

/// A changed ReplicaSet.
pub fn validate_update(new: &ReplicaSet, old: &ReplicaSet) -> ErrorList {
    let mut errors = ErrorList::new();
    let (spec, old_spec) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_spec(&spec, &Path::new("spec"), &mut errors);
    validate_selector_unchanged(&spec.selector, &old_spec.selector, &mut errors);
    errors
}

fn validate_spec(spec: &ReplicaSetSpec, path: &Path, errors: &mut ErrorList) {
    validate_nonnegative(spec.replicas.unwrap_or(0).into(), &path.child("replicas"), errors);
    validate_nonnegative(spec.min_ready_seconds.unwrap_or(0).into(), &path.child("minReadySeconds"), errors);
    // The text says "deployment" in Kubernetes too.
    if let Some(selector) = validate_selector(&spec.selector, "deployment", path, errors) {
        let template = spec.template.clone().unwrap_or_default();
        validate_replica_set_template(&template, &selector, &path.child("template"), errors);
    }
}

/// A changed status.
pub fn validate_status_update(new: &ReplicaSet, old: &ReplicaSet) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let status = new.status.clone().unwrap_or_default();
    let replicas = Some(status.replicas);
    validate_replica_status(
        replicas,
        [status.fully_labeled_replicas, status.ready_replicas, status.available_replicas],
        status.observed_generation,
        &mut errors,
    );
    errors
}

fn validate_replica_status(
    replicas: Option<i32>,
    [labeled, ready, available]: [Option<i32>; 3],
    generation: Option<i64>,
    errors: &mut ErrorList,
) {
    let path = Path::new("status");
    let limited = [("fullyLabeledReplicas", labeled), ("readyReplicas", ready), ("availableReplicas", available)];
    let mut counters = vec![("replicas", replicas.map(i64::from))];
    counters.extend(limited.iter().map(|(name, count)| (*name, count.map(i64::from))));
    counters.push(("observedGeneration", generation));
    validate_counters(&counters, &path, errors);
    validate_at_most_replicas(replicas, &limited, &path, errors);
}

/// A new ReplicationController.
pub fn validate_controller_create(controller: &ReplicationController) -> ErrorList {
    let mut errors = ErrorList::new();
    // Newer code than the other kinds': the generated name is checked, not its start.
    let mut meta = controller.metadata.clone();
    meta.generate_name = None;
    validate_object_meta(&meta, true, names::long_name, &mut errors);
    validate_controller_spec(&controller.spec.clone().unwrap_or_default(), &Path::new("spec"), &mut errors);
    errors
}

/// A changed ReplicationController. Its strategy checks it as a new one first, and so much is said twice.
pub fn validate_controller_update(new: &ReplicationController, old: &ReplicationController) -> ErrorList {
    let mut errors = validate_controller_create(new);
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_controller_spec(&new.spec.clone().unwrap_or_default(), &Path::new("spec"), &mut errors);
    errors
}

fn validate_controller_spec(spec: &ReplicationControllerSpec, path: &Path, errors: &mut ErrorList) {
    validate_nonnegative(spec.min_ready_seconds.unwrap_or(0).into(), &path.child("minReadySeconds"), errors);
    let selector = spec.selector.clone().unwrap_or_default();
    if selector.is_empty() {
        errors.push(Error::required(&path.child("selector"), ""));
    }
    match spec.replicas {
        None => errors.push(Error::required(&path.child("replicas"), "")),
        Some(replicas) => validate_nonnegative(replicas.into(), &path.child("replicas"), errors),
    }
    let path = path.child("template");
    let Some(template) = &spec.template else {
        errors.push(Error::required(&path, ""));
        return;
    };
    if !selector.is_empty() {
        validate_match(&Selector::from_set(&selector), template, &path, errors);
    }
    validate_endless_template(template, "ReplicationController", &path, errors);
}

/// A changed status.
pub fn validate_controller_status_update(new: &ReplicationController, old: &ReplicationController) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let status = new.status.clone().unwrap_or_default();
    validate_replica_status(
        Some(status.replicas),
        [status.fully_labeled_replicas, status.ready_replicas, status.available_replicas],
        status.observed_generation,
        &mut errors,
    );
    errors
}
