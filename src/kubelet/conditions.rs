//! A pod's conditions. Models `pkg/kubelet/status/generate.go`.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodCondition, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as ApiTime;

use crate::api::pod::is_sidecar;

/// A condition without its times.
fn condition(type_: &str, status: bool, reason: &str, message: String) -> PodCondition {
    PodCondition {
        type_: type_.to_owned(),
        status: if status { "True" } else { "False" }.to_owned(),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        message: (!message.is_empty()).then_some(message),
        ..PodCondition::default()
    }
}

/// Go's `%v` of a list of names.
fn names(list: &[&str]) -> String {
    format!("[{}]", list.join(" "))
}

fn initialized(spec: &PodSpec, statuses: &[ContainerStatus], phase: &str) -> PodCondition {
    if phase == "Succeeded" {
        return condition("Initialized", true, "PodCompleted", String::new());
    }
    let incomplete: Vec<&str> = spec
        .init_containers
        .iter()
        .flatten()
        .filter(|container| {
            let status = statuses.iter().find(|status| status.name == container.name);
            !status.is_some_and(|status| if is_sidecar(container) { status.started == Some(true) } else { status.ready })
        })
        .map(|container| container.name.as_str())
        .collect();
    if incomplete.is_empty() {
        return condition("Initialized", true, "", String::new());
    }
    let message = format!("containers with incomplete status: {}", names(&incomplete));
    condition("Initialized", false, "ContainersNotInitialized", message)
}

fn containers_ready(type_: &str, spec: &PodSpec, statuses: &[ContainerStatus], init: &[ContainerStatus], phase: &str) -> PodCondition {
    match phase {
        "Succeeded" => return condition(type_, false, "PodCompleted", String::new()),
        "Failed" => return condition(type_, false, "PodFailed", String::new()),
        _ => {}
    }
    let sidecars = spec.init_containers.iter().flatten().filter(|container| is_sidecar(container));
    let sidecars = sidecars.map(|container| (container.name.as_str(), init));
    let all = sidecars.chain(spec.containers.iter().map(|container| (container.name.as_str(), statuses)));
    let (mut unknown, mut unready) = (Vec::new(), Vec::new());
    for (name, list) in all {
        match list.iter().find(|status| status.name == name) {
            None => unknown.push(name),
            Some(status) if !status.ready => unready.push(name),
            Some(_) => {}
        }
    }
    if unknown.is_empty() && unready.is_empty() {
        return condition(type_, true, "", String::new());
    }
    let mut messages = Vec::new();
    if !unknown.is_empty() {
        messages.push(format!("containers with unknown status: {}", names(&unknown)));
    }
    if !unready.is_empty() {
        messages.push(format!("containers with unready status: {}", names(&unready)));
    }
    condition(type_, false, "ContainersNotReady", messages.join(", "))
}

/// Adds the condition of a pod that its kubelet ends before its time.
pub(super) fn disrupted(conditions: &mut Vec<PodCondition>, pod: &Pod, message: &str, now: &ApiTime) {
    if conditions.iter().any(|known| known.type_ == "DisruptionTarget") {
        return;
    }
    let mut disrupted = condition("DisruptionTarget", true, "TerminationByKubelet", message.to_owned());
    disrupted.last_transition_time = Some(now.clone());
    disrupted.observed_generation = pod.metadata.generation;
    conditions.push(disrupted);
}

/// The conditions that the kubelet owns, in the order in which it writes them, over what others wrote.
pub(super) fn generate(
    pod: &Pod,
    spec: &PodSpec,
    phase: &str,
    statuses: &[ContainerStatus],
    init: &[ContainerStatus],
    sandbox_ready: bool,
    now: &ApiTime,
) -> Vec<PodCondition> {
    let old = pod.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let containers = containers_ready("ContainersReady", spec, statuses, init, phase);
    let mut ready = containers_ready("Ready", spec, statuses, init, phase);
    let gate = |gate: &str| old.iter().find(|c| c.type_ == gate).is_some_and(|c| c.status == "True");
    let closed: Vec<&str> = spec.readiness_gates.iter().flatten().map(|g| g.condition_type.as_str()).filter(|name| !gate(name)).collect();
    if ready.status == "True" && !closed.is_empty() {
        let message = closed.iter().map(|name| format!("corresponding condition of pod readiness gate \"{name}\" does not exist."));
        ready = condition("Ready", false, "ReadinessGatesNotReady", message.collect::<Vec<_>>().join(", "));
    }
    let mut scheduled = condition("PodScheduled", true, "", String::new());
    if let Some(old) = old.iter().find(|c| c.type_ == "PodScheduled" && c.status == "True") {
        scheduled.reason = old.reason.clone();
        scheduled.message = old.message.clone();
    }
    let own = vec![
        condition("PodReadyToStartContainers", sandbox_ready, "", String::new()),
        initialized(spec, init, phase),
        ready,
        containers,
        scheduled,
    ];
    let foreign = old.iter().filter(|old| !own.iter().any(|c| c.type_ == old.type_)).cloned().collect::<Vec<_>>();
    let mut all: Vec<PodCondition> = own
        .into_iter()
        .map(|mut condition| {
            let same = old.iter().find(|c| c.type_ == condition.type_ && c.status == condition.status);
            condition.last_transition_time = same.and_then(|c| c.last_transition_time.clone()).or_else(|| Some(now.clone()));
            condition.observed_generation = pod.metadata.generation;
            condition
        })
        .collect();
    all.extend(foreign);
    all
}
