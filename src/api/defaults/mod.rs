//! What the API server fills in where an object says nothing. Models `pkg/apis/*/v1/defaults.go`.
//!
//! Pure: what depends on the cluster (addresses, node ports, uids, service accounts) is the API server's.
mod batch;
mod container;
mod image;
mod limit_range;
mod node;
mod others;
mod pod;
mod pod_spec;
mod pod_strategy;
mod replication;
mod requests;
mod resources;
mod service;
mod volume;
mod workloads;

pub use image::default_pull_policy;
pub use pod_strategy::{prepare_pod, prepare_template};

use crate::api::Object;
use std::rc::Rc;

/// Fills in an object's defaults. Doing it again changes nothing.
pub fn set_defaults(object: &mut Object) {
    match object {
        Object::Pod(pod) => pod::set(Rc::make_mut(pod)),
        Object::Service(service) => service::set(Rc::make_mut(service)),
        Object::Deployment(deployment) => workloads::set_deployment(Rc::make_mut(deployment)),
        Object::ReplicaSet(set) => workloads::set_replica_set(Rc::make_mut(set)),
        Object::DaemonSet(set) => workloads::set_daemon_set(Rc::make_mut(set)),
        Object::ReplicationController(controller) => replication::set(Rc::make_mut(controller)),
        Object::Job(job) => batch::set_job(Rc::make_mut(job)),
        Object::CronJob(job) => batch::set_cron_job(Rc::make_mut(job)),
        Object::Node(node) => node::set(Rc::make_mut(node)),
        Object::Namespace(namespace) => others::set_namespace(Rc::make_mut(namespace)),
        Object::Secret(secret) => others::set_secret(Rc::make_mut(secret)),
        Object::Endpoints(endpoints) => others::set_endpoints(Rc::make_mut(endpoints)),
        Object::EndpointSlice(slice) => others::set_endpoint_slice(Rc::make_mut(slice)),
        Object::PriorityClass(class) => others::set_priority_class(Rc::make_mut(class)),
        Object::LimitRange(range) => limit_range::set(Rc::make_mut(range)),
        Object::ResourceQuota(quota) => others::set_quota(Rc::make_mut(quota)),
        Object::Binding(_)
        | Object::ConfigMap(_)
        | Object::ControllerRevision(_)
        | Object::Event(_)
        | Object::Lease(_)
        | Object::PodDisruptionBudget(_)
        | Object::ServiceAccount(_) => {}
    }
}

/// A text that is absent or empty becomes `value`.
fn text(slot: &mut Option<String>, value: &str) {
    if slot.as_deref().unwrap_or_default().is_empty() {
        *slot = Some(value.to_string());
    }
}

/// A number that is absent or nought becomes `value`.
fn number(slot: &mut Option<i32>, value: i32) {
    if slot.unwrap_or_default() == 0 {
        *slot = Some(value);
    }
}

/// Every item of a list that may be absent.
fn each<T>(list: &mut Option<Vec<T>>) -> impl Iterator<Item = &mut T> {
    list.iter_mut().flatten()
}
