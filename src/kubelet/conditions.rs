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

fn initialized(spec: &PodSpec, statuses: &[ContainerStatus], init: &[ContainerStatus], phase: &str) -> PodCondition {
    if phase == "Succeeded" {
        return condition("Initialized", true, "PodCompleted", String::new());
    }
    // Where a container has started the pod was initialized, even if a sidecar is just starting again.
    let started = |status: &ContainerStatus| status.state.as_ref().is_some_and(|s| s.running.is_some() || s.terminated.is_some());
    if statuses.iter().any(started) {
        return condition("Initialized", true, "", String::new());
    }
    let (mut unknown, mut incomplete) = (Vec::new(), Vec::new());
    for container in spec.init_containers.iter().flatten() {
        let name = container.name.as_str();
        match init.iter().find(|status| status.name == name) {
            None => unknown.push(name),
            Some(status) if is_sidecar(container) && status.started == Some(true) => {}
            Some(status) if !is_sidecar(container) && status.ready => {}
            Some(_) => incomplete.push(name),
        }
    }
    match lacking(&unknown, "incomplete", &incomplete) {
        None => condition("Initialized", true, "", String::new()),
        Some(message) => condition("Initialized", false, "ContainersNotInitialized", message),
    }
}

/// What is said of containers of which nothing is known, and of those that are not yet so far.
fn lacking(unknown: &[&str], word: &str, others: &[&str]) -> Option<String> {
    let part = |word: &str, list: &[&str]| (!list.is_empty()).then(|| format!("containers with {word} status: {}", names(list)));
    let parts: Vec<String> = [part("unknown", unknown), part(word, others)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
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
    match lacking(&unknown, "unready", &unready) {
        None => condition(type_, true, "", String::new()),
        Some(message) => condition(type_, false, "ContainersNotReady", message),
    }
}

/// What is said of each readiness gate that is not open.
fn closed_gates(spec: &PodSpec, conditions: &[PodCondition]) -> Vec<String> {
    let closed = |gate: &str| match conditions.iter().find(|condition| condition.type_ == gate) {
        None => Some(format!("corresponding condition of pod readiness gate \"{gate}\" does not exist.")),
        Some(found) if found.status == "True" => None,
        Some(found) => Some(format!("the status of pod readiness gate \"{gate}\" is not \"True\", but {}", found.status)),
    };
    spec.readiness_gates.iter().flatten().filter_map(|gate| closed(&gate.condition_type)).collect()
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
    let closed = closed_gates(spec, old);
    if ready.status == "True" && !closed.is_empty() {
        ready = condition("Ready", false, "ReadinessGatesNotReady", closed.join(", "));
    }
    let mut scheduled = condition("PodScheduled", true, "", String::new());
    if let Some(old) = old.iter().find(|c| c.type_ == "PodScheduled" && c.status == "True") {
        scheduled.reason = old.reason.clone();
        scheduled.message = old.message.clone();
    }
    let own = vec![
        condition("PodReadyToStartContainers", sandbox_ready, "", String::new()),
        initialized(spec, statuses, init, phase),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, default, rename_all = "camelCase")]
    #[derive(Default)]
    struct Case {
        name: String,
        init: Vec<String>,
        sidecars: Vec<String>,
        containers: Vec<String>,
        states: BTreeMap<String, String>,
        gates: Vec<String>,
        conditions: BTreeMap<String, String>,
        phase: String,
        ready: Option<String>,
        containers_ready: Option<String>,
        initialized: Option<String>,
    }

    fn statuses(names: &[&String], case: &Case) -> Vec<ContainerStatus> {
        let status = |name: &&&String| {
            let word = case.states.get(name.as_str())?;
            let state = match word.as_str() {
                "waiting" => json!({"waiting": {}}),
                "ended" => json!({"terminated": {"exitCode": 0}}),
                _ => json!({"running": {}}),
            };
            let all = json!({"name": name, "image": "", "imageID": "", "restartCount": 0, "state": state,
                "ready": word == "ready", "started": word == "started"});
            serde_json::from_value(all).unwrap()
        };
        names.iter().filter_map(|name| status(&name)).collect()
    }

    fn pod(case: &Case) -> Pod {
        let container = |name: &String| json!({"name": name});
        let sidecar = |name: &String| json!({"name": name, "restartPolicy": "Always"});
        let list = |names: &[String], make: &dyn Fn(&String) -> Value| -> Vec<Value> { names.iter().map(make).collect() };
        let init = [list(&case.init, &container), list(&case.sidecars, &sidecar)].concat();
        let gates: Vec<Value> = case.gates.iter().map(|gate| json!({"conditionType": gate})).collect();
        let known: Vec<Value> = case.conditions.iter().map(|(gate, status)| json!({"type": gate, "status": status})).collect();
        let spec = json!({"initContainers": init, "containers": list(&case.containers, &container), "readinessGates": gates});
        serde_json::from_value(json!({"metadata": {}, "spec": spec, "status": {"conditions": known}})).unwrap()
    }

    fn shown(condition: &PodCondition) -> String {
        let part = |text: &Option<String>, before: &str| text.as_ref().map(|text| format!("{before}{text}")).unwrap_or_default();
        format!("{}{}{}", condition.status, part(&condition.reason, " "), part(&condition.message, ": "))
    }

    #[test]
    fn conditions_are_those_of_the_kubelet() {
        let cases: Vec<Case> = serde_yaml::from_str(include_str!("../../tests/facts/conditions.yaml")).unwrap();
        for case in &cases {
            let pod = pod(case);
            let own = statuses(&case.containers.iter().collect::<Vec<_>>(), case);
            let init = statuses(&case.init.iter().chain(&case.sidecars).collect::<Vec<_>>(), case);
            let now = ApiTime(jiff::Timestamp::UNIX_EPOCH);
            let all = generate(&pod, pod.spec.as_ref().unwrap(), &case.phase, &own, &init, true, &now);
            let expected = [("Ready", &case.ready), ("ContainersReady", &case.containers_ready), ("Initialized", &case.initialized)];
            assert!(expected.iter().any(|(_, expected)| expected.is_some()), "{}", case.name);
            for (type_, expected) in expected.into_iter().filter_map(|(type_, expected)| Some((type_, expected.as_ref()?))) {
                let found = all.iter().find(|condition| condition.type_ == type_).map(shown);
                assert_eq!(found.as_ref(), Some(expected), "{}: {type_}", case.name);
            }
        }
    }
}
