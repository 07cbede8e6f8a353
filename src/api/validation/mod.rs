//! What the API server refuses, and in which words. Models Kubernetes' `pkg/apis/*/validation`.
//!
//! Objects come decoded and defaulted. Each rule is a function that adds its [`field::Error`]s in the order in which
//! Kubernetes finds them; maps are walked in the order of their keys, where Kubernetes' order is random.

mod affinity;
mod configmap;
mod container;
mod controller_revision;
mod cronjob;
mod daemonset;
mod deployment;
mod diff;
mod disruption;
mod endpoints;
mod env;
mod event;
pub mod field;
mod go_json;
mod go_types;
pub mod ip;
mod job;
mod job_policy;
mod limit_range;
pub mod meta;
mod mounts;
pub mod names;
mod namespace;
mod node;
mod options;
mod overlaps;
mod paths;
mod pod;
mod pod_annotations;
mod pod_resize;
mod pod_status;
mod pod_update;
mod pod_warnings;
mod probe;
mod quota;
mod replicaset;
mod resources;
mod scheduling;
mod secret;
mod security;
pub mod service;
mod service_families;
mod service_update;
mod volume;
mod volume_claim;
mod volume_legacy;
mod volume_projected;
mod warnings;
mod workload;

use k8s_openapi::api::core::v1::{Binding, Namespace, Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::api::object::{Kind, Object};
use field::{Error, ErrorList, Path};

pub use field::{invalid_status, invalid_status_of};
pub use options::{validate_create_options, validate_delete_options, validate_patch_options};
pub use pod_resize::qos_class;
pub use service_families::{init_service_families, normalize_cluster_ips};
pub use warnings::{early_warnings, warnings, warnings_for_update};

/// What is wrong with a new object.
pub fn validate_create(object: &Object) -> ErrorList {
    match object {
        Object::Binding(binding) => validate_binding(binding),
        Object::ConfigMap(map) => configmap::validate_create(map),
        Object::Endpoints(endpoints) => endpoints::validate_create(endpoints),
        Object::Event(event) => event::validate_create(event),
        Object::Namespace(namespace) => namespace::validate_create(namespace),
        Object::Node(node) => node::validate_create(node),
        Object::Pod(pod) => pod::validate_create(pod),
        Object::ReplicationController(controller) => replicaset::validate_controller_create(controller),
        Object::Secret(secret) => secret::validate_create(secret),
        Object::Service(service) => service::validate_create(service),
        Object::ControllerRevision(revision) => controller_revision::validate(revision),
        Object::DaemonSet(set) => daemonset::validate_create(set),
        Object::Deployment(deployment) => deployment::validate_create(deployment),
        Object::ReplicaSet(set) => replicaset::validate_create(set),
        Object::CronJob(cron) => cronjob::validate_create(cron),
        Object::Job(job) => job::validate_create(job),
        Object::EndpointSlice(slice) => endpoints::validate_slice_create(slice),
        Object::LimitRange(range) => limit_range::validate(range),
        Object::ResourceQuota(quota) => quota::validate_resource_quota(quota),
        Object::PriorityClass(class) => quota::validate_priority_class(class),
        Object::Lease(lease) => quota::validate_lease(lease),
        Object::ServiceAccount(_) => validate_meta_only(object),
        Object::PodDisruptionBudget(budget) => disruption::validate_create(budget),
    }
}

fn validate_meta_only(object: &Object) -> ErrorList {
    let mut errors = ErrorList::new();
    let namespaced = object.kind().info().namespaced;
    meta::validate_object_meta(object.meta(), namespaced, names::name_is_subdomain, &mut errors);
    errors
}

/// What is wrong with a changed object. Both are of one kind; a mismatch is the server's own fault.
///
/// The registry checks the metadata of every kind, and then each kind's own rules do so again: causes come twice, as they
/// do from Kubernetes. Models rest.BeforeUpdate.
pub fn validate_update(new: &Object, old: &Object) -> ErrorList {
    let mut errors = common_to_updates(new, old);
    errors.extend(own_update_errors(new, old));
    errors
}

fn common_to_updates(new: &Object, old: &Object) -> ErrorList {
    common_meta_errors(new.meta(), old.meta(), new.kind().info().namespaced)
}

/// Models validateCommonFields: the metadata as new ones, and then as changed ones.
fn common_meta_errors(new: &ObjectMeta, old: &ObjectMeta, namespaced: bool) -> ErrorList {
    let mut errors = ErrorList::new();
    meta::validate_generic(new, namespaced, names::path_segment, &mut errors);
    meta::validate_generic_update(new, old, &mut errors);
    errors
}

fn own_update_errors(new: &Object, old: &Object) -> ErrorList {
    match (new, old) {
        (Object::ConfigMap(new), Object::ConfigMap(old)) => configmap::validate_update(new, old),
        (Object::Endpoints(new), Object::Endpoints(old)) => endpoints::validate_update(new, old),
        (Object::Event(new), Object::Event(_)) => event::validate(new),
        (Object::Namespace(new), Object::Namespace(old)) => namespace::validate_update(new, old),
        (Object::Node(new), Object::Node(old)) => node::validate_update(new, old),
        (Object::Pod(new), Object::Pod(old)) => pod_update::validate_update(new, old),
        (Object::ReplicationController(new), Object::ReplicationController(old)) => replicaset::validate_controller_update(new, old),
        (Object::Secret(new), Object::Secret(old)) => secret::validate_update(new, old),
        (Object::Service(new), Object::Service(old)) => service_update::validate_update(new, old),
        (Object::ControllerRevision(new), Object::ControllerRevision(old)) => controller_revision::validate_update(new, old),
        (Object::DaemonSet(new), Object::DaemonSet(old)) => daemonset::validate_update(new, old),
        (Object::Deployment(new), Object::Deployment(old)) => deployment::validate_update(new, old),
        (Object::ReplicaSet(new), Object::ReplicaSet(old)) => replicaset::validate_update(new, old),
        (Object::CronJob(new), Object::CronJob(old)) => cronjob::validate_update(new, old),
        (Object::Job(new), Object::Job(old)) => job::validate_update(new, old),
        (Object::EndpointSlice(new), Object::EndpointSlice(old)) => endpoints::validate_slice_update(new, old),
        (Object::LimitRange(new), Object::LimitRange(_)) => limit_range::validate(new),
        (Object::ResourceQuota(new), Object::ResourceQuota(old)) => quota::validate_resource_quota_update(new, old),
        (Object::PriorityClass(new), Object::PriorityClass(old)) => quota::validate_priority_class_update(new, old),
        (Object::PodDisruptionBudget(new), Object::PodDisruptionBudget(_)) => disruption::validate(new),
        (Object::Lease(new), Object::Lease(old)) => quota::validate_lease_update(new, old),
        _ => validate_meta_update(new, old),
    }
}

fn validate_meta_update(new: &Object, old: &Object) -> ErrorList {
    let mut errors = ErrorList::new();
    if new.kind() != old.kind() {
        errors.push(Error::internal(&Path::new(""), "the kinds of the new and the old object differ"));
        return errors;
    }
    meta::validate_object_meta_update(new.meta(), old.meta(), &mut errors);
    if let Object::ServiceAccount(_) = new {
        errors.extend(validate_meta_only(new));
    }
    errors
}

/// What is wrong with a changed status. Spec and most of the metadata were kept by then.
pub fn validate_status_update(new: &Object, old: &Object) -> ErrorList {
    let mut errors = common_to_updates(new, old);
    errors.extend(own_status_errors(new, old));
    errors
}

fn own_status_errors(new: &Object, old: &Object) -> ErrorList {
    match (new, old) {
        (Object::Namespace(new), Object::Namespace(old)) => namespace::validate_status_update(new, old),
        (Object::Node(new), Object::Node(old)) => node::validate_update(new, old),
        (Object::Pod(new), Object::Pod(old)) => pod_status::validate_status_update(new, old),
        (Object::Service(new), Object::Service(old)) => service_update::validate_status_update(new, old),
        (Object::ReplicationController(new), Object::ReplicationController(old)) => replicaset::validate_controller_status_update(new, old),
        (Object::DaemonSet(new), Object::DaemonSet(old)) => daemonset::validate_status_update(new, old),
        (Object::Deployment(new), Object::Deployment(old)) => deployment::validate_status_update(new, old),
        (Object::ReplicaSet(new), Object::ReplicaSet(old)) => replicaset::validate_status_update(new, old),
        (Object::Job(new), Object::Job(old)) => job::validate_status_update(new, old),
        (Object::ResourceQuota(new), Object::ResourceQuota(old)) => quota::validate_resource_quota_status_update(new, old),
        _ => validate_meta_update(new, old),
    }
}

/// What is wrong with a namespace after its `finalize` subresource was written.
pub fn validate_finalize(new: &Namespace, old: &Namespace) -> ErrorList {
    let mut errors = common_meta_errors(&new.metadata, &old.metadata, false);
    errors.extend(namespace::validate_finalize_update(new, old));
    errors
}

/// What is wrong with a pod after its `ephemeralcontainers` subresource was written.
pub fn validate_ephemeral_containers_update(new: &Pod, old: &Pod) -> ErrorList {
    let mut errors = common_meta_errors(&new.metadata, &old.metadata, true);
    errors.extend(pod_update::validate_ephemeral_containers_update(new, old));
    errors
}

/// What is wrong with a pod after its `resize` subresource was written.
pub fn validate_resize(new: &Pod, old: &Pod) -> ErrorList {
    let mut errors = common_meta_errors(&new.metadata, &old.metadata, true);
    errors.extend(pod_resize::validate_resize(new, old));
    errors
}

/// What is wrong with a namespace's pod security labels. Admission's check, made once the namespace is valid.
pub fn validate_pod_security_labels(namespace: &Namespace) -> ErrorList {
    namespace::validate_pod_security_labels(namespace)
}

/// What is wrong with a binding. Models ValidatePodBinding.
pub fn validate_binding(binding: &Binding) -> ErrorList {
    let mut errors = ErrorList::new();
    let path = Path::new("target");
    let kind = meta::text(&binding.target.kind);
    if !kind.is_empty() && kind != "Node" {
        errors.push(Error::not_supported(&path.child("kind"), kind, &["Node", "<empty>"]));
    }
    if meta::text(&binding.target.name).is_empty() {
        errors.push(Error::required(&path.child("name"), ""));
    }
    errors
}

/// Keeps apart what the typed object cannot: of a workload, a selector that is `{}` and one that is not there, and labels
/// that are `{}` and ones that are not there; of a Pod, its node selector and overhead. `given` is the object's JSON. What is empty but there gets an empty map.
pub fn keep_presence(given: &Value, object: &mut Object) {
    let is_there = |pointer: &str| given.pointer(pointer).is_some_and(Value::is_object);
    let (selector, labels) = (is_there("/spec/selector"), is_there("/spec/template/metadata/labels"));
    match object {
        Object::Pod(pod) if is_there("/spec/nodeSelector") || is_there("/spec/overhead") => {
            if let Some(spec) = &mut Rc::make_mut(pod).spec {
                if is_there("/spec/nodeSelector") {
                    spec.node_selector.get_or_insert_default();
                }
                if is_there("/spec/overhead") {
                    spec.overhead.get_or_insert_default();
                }
            }
        }
        Object::Deployment(deployment) => {
            if let Some(spec) = &mut Rc::make_mut(deployment).spec {
                keep(selector, &mut spec.selector, labels, &mut spec.template);
            }
        }
        Object::ReplicaSet(set) => {
            if let Some(spec) = &mut Rc::make_mut(set).spec {
                keep(selector, &mut spec.selector, labels, spec.template.get_or_insert_default());
            }
        }
        Object::DaemonSet(set) => {
            if let Some(spec) = &mut Rc::make_mut(set).spec {
                keep(selector, &mut spec.selector, labels, &mut spec.template);
            }
        }
        _ => {}
    }
}

fn keep(has_selector: bool, selector: &mut LabelSelector, has_labels: bool, template: &mut PodTemplateSpec) {
    if has_selector && meta::is_absent(selector) {
        selector.match_labels = Some(BTreeMap::new());
    }
    if has_labels {
        template.metadata.get_or_insert_default().labels.get_or_insert_default();
    }
}

/// The refusal of a changed or new object with these errors, or nothing.
pub fn refusal(kind: Kind, name: &str, errors: &[Error]) -> Option<crate::api::Status> {
    (!errors.is_empty()).then(|| invalid_status(kind, name, errors))
}

/// What is wrong with a `scale` subresource. Models ValidateScale.
pub fn validate_scale(meta: &ObjectMeta, replicas: i32) -> ErrorList {
    let mut errors = ErrorList::new();
    meta::validate_object_meta(meta, true, names::name_is_subdomain, &mut errors);
    meta::validate_nonnegative(replicas.into(), &Path::new("spec").child("replicas"), &mut errors);
    errors
}
