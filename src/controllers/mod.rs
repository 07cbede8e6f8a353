//! The controllers: each watches the cluster and moves it from what is to what is wanted. Models `pkg/controller`.
//!
//! Each is a task, `run(client)`, that sleeps until its watches tell of something; none polls. Every write says which
//! event it is a reaction to.

pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod disruption;
pub mod endpoint_slice;
pub mod endpoints;
pub mod garbage_collector;
mod int_or_percent;
pub mod job;
pub mod namespace;
pub mod node_lifecycle;
mod per_namespace;
mod pod_control;
pub mod pod_gc;
mod pods;
mod replicas;
pub mod replicaset;
pub mod replicationcontroller;
pub mod resource_quota;
pub mod revisions;
mod root_ca;
mod service_pods;
pub mod serviceaccount;
pub mod taint_eviction;
#[cfg(test)]
mod tests;
mod throttle;
pub mod ttl_after_finished;
mod work_queue;

use crate::client::Client;
use crate::sim::JoinHandle;

/// A controller's name and its task.
pub type Running = (&'static str, JoinHandle<()>);

/// Starts every controller. The handles can be aborted and [`start_one`] called, as faults do.
pub fn start(client: &Client) -> Vec<Running> {
    NAMES.iter().filter_map(|name| Some((*name, start_one(client, name)?))).collect()
}

/// Every controller.
pub const NAMES: &[&str] = &[
    "namespace-controller",
    "service-account-controller",
    "root-ca-certificate-publisher-controller",
    "generic-garbage-collector",
    "deployment-controller",
    "replicaset-controller",
    "replication-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "node-lifecycle-controller",
    "taint-eviction-controller",
    "pod-garbage-collector",
    "daemonset-controller",
    "job-controller",
    "cronjob-controller",
    "ttl-after-finished-controller",
    "resourcequota-controller",
    "disruption-controller",
];

/// Starts the controller called `name`; `None` where there is no such controller.
pub fn start_one(client: &Client, name: &str) -> Option<JoinHandle<()>> {
    let (sim, client) = (client.sim(), client.clone());
    Some(match name {
        "namespace-controller" => sim.spawn(namespace::run(client)),
        "service-account-controller" => sim.spawn(serviceaccount::run(client)),
        "root-ca-certificate-publisher-controller" => sim.spawn(root_ca::run(client)),
        "generic-garbage-collector" => sim.spawn(garbage_collector::run(client)),
        "deployment-controller" => sim.spawn(deployment::run(client)),
        "replicaset-controller" => sim.spawn(replicaset::run(client)),
        "replication-controller" => sim.spawn(replicationcontroller::run(client)),
        "endpoint-controller" => sim.spawn(endpoints::run(client)),
        "endpointslice-controller" => sim.spawn(endpoint_slice::run(client)),
        "node-lifecycle-controller" => sim.spawn(node_lifecycle::run(client)),
        "taint-eviction-controller" => sim.spawn(taint_eviction::run(client)),
        "pod-garbage-collector" => sim.spawn(pod_gc::run(client)),
        "daemonset-controller" => sim.spawn(daemonset::run(client)),
        "job-controller" => sim.spawn(job::run(client)),
        "cronjob-controller" => sim.spawn(cronjob::run(client)),
        "resourcequota-controller" => sim.spawn(resource_quota::run(client)),
        "disruption-controller" => sim.spawn(disruption::run(client)),
        "ttl-after-finished-controller" => sim.spawn(ttl_after_finished::run(client)),
        _ => return None,
    })
}
