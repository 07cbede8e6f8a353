//! What a pod worker remembers of its pod.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Pod, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as ApiTime;

use super::volumes::PodVolumes;
use crate::cri::{Container, ContainerState, Sandbox};
use crate::sim::Time;

/// A pod's runtime side.
#[derive(Default)]
pub(super) struct PodRecord {
    pub sandbox: Option<Rc<Sandbox>>,
    /// Counts sandboxes, so that a new one is not the first.
    pub sandboxes: u32,
    pub volumes: Option<Rc<PodVolumes>>,
    pub containers: BTreeMap<String, ContainerRecord>,
    pub start_time: Option<ApiTime>,
    /// Why the pod as a whole failed: reason and message.
    pub failed: Option<(String, String)>,
    /// Whether it failed because it was evicted.
    pub evicted: bool,
    /// Whether it failed because the kubelet did not admit it: nothing of it was ever made.
    pub rejected: bool,
    /// Whether every init container has done its part once.
    pub initialized: bool,
    /// Whether all containers were ended for good.
    pub terminated: bool,
}

/// A container's runtime side.
#[derive(Default)]
pub(super) struct ContainerRecord {
    pub current: Option<Rc<Container>>,
    pub previous: Option<Rc<Container>>,
    pub restarts: i32,
    /// Whether the last one was taken away because one of the pod's containers had all start anew.
    pub removed: bool,
    /// Why it does not run: reason and message.
    pub waiting: Option<(String, String)>,
    /// What its readiness probe says; `true` where it has none.
    pub ready: bool,
    /// Whether its startup probe has succeeded; `true` where it has none.
    pub started: bool,
    /// Why it has to be killed and restarted.
    pub kill_because: Option<String>,
    /// The grace that the probe gives which wants it killed, in seconds.
    pub kill_grace: Option<i64>,
    /// The image that the current one was made from, as the spec named it.
    pub image: String,
    /// The moment of the current one's end.
    pub ended: Option<Time>,
    /// What it left at `terminationMessagePath`, of the current and the previous one.
    pub message: String,
    pub previous_message: String,
    /// Ends the probes of the current one, the readiness probe's apart.
    pub probes: Vec<Rc<dyn Fn()>>,
    pub readiness: Option<Rc<dyn Fn()>>,
}

impl ContainerRecord {
    pub fn state(&self) -> Option<ContainerState> {
        self.current.as_ref().map(|container| container.state())
    }

    pub fn is_running(&self) -> bool {
        self.current.as_ref().is_some_and(|container| container.is_running())
    }

    /// The exit code, where it has ended.
    pub fn exit_code(&self) -> Option<i32> {
        match self.state()? {
            ContainerState::Exited { exit_code, .. } => Some(exit_code),
            _ => None,
        }
    }

    pub fn stop_probes(&mut self) {
        self.stop_killing_probes();
        if let Some(abort) = self.readiness.take() {
            abort();
        }
    }

    /// Whoever is being ended is asked whether it is ready, and no longer whether it lives. Models `StopLivenessAndStartup`.
    pub fn stop_killing_probes(&mut self) {
        for abort in self.probes.drain(..) {
            abort();
        }
    }
}

/// The spec of a pod that has one.
pub(super) fn spec_of(pod: &Pod) -> std::borrow::Cow<'_, PodSpec> {
    match &pod.spec {
        Some(spec) => std::borrow::Cow::Borrowed(spec),
        None => std::borrow::Cow::Owned(PodSpec::default()),
    }
}

pub(super) fn name_of(pod: &Pod) -> &str {
    pod.metadata.name.as_deref().unwrap_or_default()
}

pub(super) fn namespace_of(pod: &Pod) -> &str {
    pod.metadata.namespace.as_deref().unwrap_or_default()
}

pub(super) fn uid_of(pod: &Pod) -> &str {
    pod.metadata.uid.as_deref().unwrap_or_default()
}

/// Which list of the spec a container stands in: the prefix of its field path in events.
pub(super) fn field_path(pod: &Pod, container: &str) -> String {
    let spec = spec_of(pod);
    let is_init = spec.init_containers.iter().flatten().any(|c| c.name == container);
    let is_ephemeral = spec.ephemeral_containers.iter().flatten().any(|c| c.name == container);
    let list = match (is_init, is_ephemeral) {
        (true, _) => "initContainers",
        (_, true) => "ephemeralContainers",
        _ => "containers",
    };
    format!("spec.{list}{{{container}}}")
}
