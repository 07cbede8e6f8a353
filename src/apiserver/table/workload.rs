//! The kinds that keep pods: Deployment, ReplicaSet, ReplicationController, DaemonSet. Models `pkg/printers/internalversion`.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{PodSpec, ReplicationController};
use serde_json::{Value, json};

use super::{AGE, Column, NAME, column, labels_text, since};
use crate::api::selector::format_label_selector;

const CONTAINERS: Column = column("Containers", "string", 1);
const IMAGES: Column = column("Images", "string", 1);
const SELECTOR: Column = column("Selector", "string", 1);

pub(super) const DEPLOYMENT: &[Column] = &[
    NAME,
    column("Ready", "string", 0),
    column("Up-to-date", "string", 0),
    column("Available", "string", 0),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

pub(super) const REPLICA_SET: &[Column] = &[
    NAME,
    column("Desired", "integer", 0),
    column("Current", "integer", 0),
    column("Ready", "integer", 0),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

pub(super) const DAEMON_SET: &[Column] = &[
    NAME,
    column("Desired", "integer", 0),
    column("Current", "integer", 0),
    column("Ready", "integer", 0),
    column("Up-to-date", "integer", 0),
    column("Available", "integer", 0),
    column("Node Selector", "string", 0),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];

/// The names and the images of a template's containers.
pub(super) fn containers(spec: Option<&PodSpec>) -> (String, String) {
    let containers: Vec<_> = spec.iter().flat_map(|s| &s.containers).collect();
    let names: Vec<&str> = containers.iter().map(|c| c.name.as_str()).collect();
    let images: Vec<&str> = containers.iter().map(|c| c.image.as_deref().unwrap_or_default()).collect();
    (names.join(","), images.join(","))
}

pub(super) fn deployment(object: &Deployment, now: Timestamp) -> Vec<Value> {
    let spec = object.spec.clone().unwrap_or_default();
    let status = object.status.clone().unwrap_or_default();
    let (names, images) = containers(spec.template.spec.as_ref());
    vec![
        json!(object.metadata.name),
        json!(format!("{}/{}", status.ready_replicas.unwrap_or(0), spec.replicas.unwrap_or(1))),
        json!(status.updated_replicas.unwrap_or(0)),
        json!(status.available_replicas.unwrap_or(0)),
        json!(since(object.metadata.creation_timestamp.as_ref().map(|t| t.0), now)),
        json!(names),
        json!(images),
        json!(format_label_selector(Some(&spec.selector))),
    ]
}

pub(super) fn replica_set(object: &ReplicaSet, now: Timestamp) -> Vec<Value> {
    let spec = object.spec.clone().unwrap_or_default();
    let status = object.status.clone().unwrap_or_default();
    let (names, images) = containers(spec.template.as_ref().and_then(|t| t.spec.as_ref()));
    vec![
        json!(object.metadata.name),
        json!(spec.replicas.unwrap_or(1)),
        json!(status.replicas),
        json!(status.ready_replicas.unwrap_or(0)),
        json!(since(object.metadata.creation_timestamp.as_ref().map(|t| t.0), now)),
        json!(names),
        json!(images),
        json!(format_label_selector(Some(&spec.selector))),
    ]
}

pub(super) fn replication_controller(object: &ReplicationController, now: Timestamp) -> Vec<Value> {
    let spec = object.spec.clone().unwrap_or_default();
    let status = object.status.clone().unwrap_or_default();
    let (names, images) = containers(spec.template.as_ref().and_then(|t| t.spec.as_ref()));
    vec![
        json!(object.metadata.name),
        json!(spec.replicas.unwrap_or(1)),
        json!(status.replicas),
        json!(status.ready_replicas.unwrap_or(0)),
        json!(since(object.metadata.creation_timestamp.as_ref().map(|t| t.0), now)),
        json!(names),
        json!(images),
        json!(labels_text(spec.selector.as_ref())),
    ]
}

pub(super) fn daemon_set(object: &DaemonSet, now: Timestamp) -> Vec<Value> {
    let spec = object.spec.clone().unwrap_or_default();
    let status = object.status.clone().unwrap_or_default();
    let (names, images) = containers(spec.template.spec.as_ref());
    let node_selector = spec.template.spec.as_ref().and_then(|s| s.node_selector.as_ref());
    vec![
        json!(object.metadata.name),
        json!(status.desired_number_scheduled),
        json!(status.current_number_scheduled),
        json!(status.number_ready),
        json!(status.updated_number_scheduled.unwrap_or(0)),
        json!(status.number_available.unwrap_or(0)),
        json!(labels_text(node_selector)),
        json!(since(object.metadata.creation_timestamp.as_ref().map(|t| t.0), now)),
        json!(names),
        json!(images),
        json!(format_label_selector(Some(&spec.selector))),
    ]
}
