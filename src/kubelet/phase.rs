//! A pod's phase from the states of its containers. Models `getPhase` in `pkg/kubelet/kubelet_pods.go`.

use k8s_openapi::api::core::v1::{Container, ContainerState, ContainerStatus, PodSpec};

use crate::api::pod::{Restart, is_sidecar, restart};

/// The reason of a container's end that was taken away because one of its pod had all start anew.
pub(super) const RESTARTING_ALL: &str = "RestartingAllContainers";

/// What one container has come to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is known of it.
    Unknown,
    /// It has never run.
    Waiting,
    /// It runs, and its startup probe has succeeded or not.
    Running { started: bool },
    /// It has ended.
    Ended(End),
}

/// A container's end.
#[derive(Clone, Copy, PartialEq, Eq)]
struct End {
    exit_code: i32,
    /// Whether it waits for its next start.
    again: bool,
    /// Whether it was taken away because all start anew.
    removed: bool,
}

impl End {
    /// Whether it is not started again.
    fn is_final(self, container: &Container, spec: &PodSpec) -> bool {
        let policy = spec.restart_policy.as_deref().unwrap_or("Always");
        !self.removed && restart(container, policy, self.exit_code) == Restart::No
    }
}

fn stage(container: &Container, statuses: &[ContainerStatus]) -> Stage {
    let Some(status) = statuses.iter().find(|status| status.name == container.name) else { return Stage::Unknown };
    let (state, last) = (status.state.as_ref(), status.last_state.as_ref());
    let ended = |state: Option<&ContainerState>, again: bool| {
        let end = state?.terminated.as_ref()?;
        Some(End { exit_code: end.exit_code, again, removed: end.reason.as_deref() == Some(RESTARTING_ALL) })
    };
    if state.is_some_and(|state| state.running.is_some()) {
        return Stage::Running { started: status.started == Some(true) };
    }
    match (ended(state, false), state.is_some_and(|state| state.waiting.is_some()), ended(last, true)) {
        (Some(end), ..) | (None, true, Some(end)) => Stage::Ended(end),
        (None, true, None) => Stage::Waiting,
        (None, false, _) => Stage::Unknown,
    }
}

/// How many containers have come how far.
#[derive(Default)]
struct Counts {
    unknown: usize,
    waiting: usize,
    running: usize,
    stopped: usize,
    /// Of the stopped: those that are not started again.
    done: usize,
    succeeded: usize,
}

/// The phase. `statuses` are those of init containers and containers; `terminated` tells that all were ended for good,
/// `has_run` that a container of the present sandbox, not an init container, has been made.
pub(super) fn phase(spec: &PodSpec, statuses: &[ContainerStatus], terminated: bool, has_run: bool) -> &'static str {
    let (mut initializing, mut starting) = (false, false);
    let mut counts = Counts::default();
    for container in spec.init_containers.iter().flatten() {
        match (stage(container, statuses), is_sidecar(container)) {
            (Stage::Ended(end), false) if end.exit_code != 0 && end.is_final(container, spec) => return "Failed",
            // An ended sidecar does not matter.
            (Stage::Ended(_), _) => {}
            (_, false) => initializing = true,
            (Stage::Running { started }, true) => {
                starting |= !started;
                counts.running += 1;
            }
            (stage, true) => {
                starting |= stage == Stage::Waiting;
                *(if stage == Stage::Waiting { &mut counts.waiting } else { &mut counts.unknown }) += 1;
            }
        }
    }
    for container in &spec.containers {
        match stage(container, statuses) {
            Stage::Unknown => counts.unknown += 1,
            Stage::Waiting => counts.waiting += 1,
            Stage::Running { .. } => counts.running += 1,
            Stage::Ended(end) => {
                counts.stopped += 1;
                counts.done += usize::from(end.is_final(container, spec));
                counts.succeeded += usize::from(end.exit_code == 0 && !end.again);
            }
        }
    }
    match counts {
        _ if initializing || (starting && !has_run) => "Pending",
        Counts { waiting: 1.., .. } | Counts { unknown: 1.., .. } => "Pending",
        Counts { running: 1.., .. } => "Running",
        Counts { stopped: 0, .. } => "Pending",
        Counts { stopped, done, .. } if !terminated && stopped != done => "Running",
        Counts { stopped, succeeded, .. } if stopped == succeeded => "Succeeded",
        _ => "Failed",
    }
}

/// Whether nothing but sidecars is left to run, so that they have to end too. Models the `KillPod` of `computePodActions`.
pub(super) fn only_sidecars_left(spec: &PodSpec, statuses: &[ContainerStatus]) -> bool {
    let over = |container: &Container| matches!(stage(container, statuses), Stage::Ended(end) if end.is_final(container, spec));
    !spec.containers.is_empty() && spec.containers.iter().all(over)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    /// Rows about pods of one spec. A row: `x=ok a=running initialized -> Running`.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Group {
        spec: Value,
        rows: Vec<String>,
    }

    fn status(name: &str, word: &str) -> ContainerStatus {
        let ended = |word: &str| {
            let code = match word {
                "ok" => 0,
                "failed" => 1,
                code => code.parse().unwrap_or_else(|_| panic!("{word}")),
            };
            json!({"terminated": {"exitCode": code, "reason": if word == "137" { RESTARTING_ALL } else { "" }}})
        };
        let (state, last, started) = match word {
            "running" => (json!({"running": {}}), json!({}), false),
            "started" => (json!({"running": {}}), json!({}), true),
            "waiting" => (json!({"waiting": {}}), json!({}), false),
            word => match word.strip_prefix("again-") {
                Some(code) => (json!({"waiting": {}}), ended(code), false),
                None => (ended(word), json!({}), false),
            },
        };
        let all = json!({"name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state,
            "lastState": last, "started": started});
        serde_json::from_value(all).unwrap()
    }

    #[test]
    fn phases_are_those_of_the_kubelet() {
        let groups: Vec<Group> = serde_yaml::from_str(include_str!("../../tests/facts/phase.yaml")).unwrap();
        let (mut cases, mut wrong) = (0, Vec::new());
        for group in groups {
            let pod: Pod = serde_json::from_value(json!({"metadata": {}, "spec": group.spec})).unwrap();
            for row in &group.rows {
                let (states, expected) = row.split_once(" -> ").unwrap();
                let flag = |flag: &str| states.split(' ').any(|word| word == flag);
                let statuses: Vec<_> = states.split(' ').filter_map(|word| word.split_once('=')).map(|(n, w)| status(n, w)).collect();
                let found = phase(pod.spec.as_ref().unwrap(), &statuses, flag("terminated"), flag("initialized"));
                cases += 1;
                if found != expected {
                    wrong.push(format!("{} {row}: {found}", group.spec));
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
    }
}
