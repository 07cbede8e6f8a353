//! What is asked of pods everywhere. Models `pkg/api/v1/pod`.

use k8s_openapi::api::core::v1::{Container, ContainerRestartRule, Pod, PodCondition};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// `status.phase`, or nothing.
pub fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

/// Whether the pod has ended.
pub fn is_finished(pod: &Pod) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// The name of the pod's node, or nothing.
pub fn node_name(pod: &Pod) -> &str {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default()
}

/// A condition of the pod.
pub fn condition<'p>(pod: &'p Pod, type_: &str) -> Option<&'p PodCondition> {
    pod.status.as_ref()?.conditions.iter().flatten().find(|condition| condition.type_ == type_)
}

/// Whether the pod is ready.
pub fn is_ready(pod: &Pod) -> bool {
    condition(pod, "Ready").is_some_and(|ready| ready.status == "True")
}

/// Sets a condition, a transition at `now` where its status changes; `false` if it was so already.
pub fn update_condition(conditions: &mut Vec<PodCondition>, mut condition: PodCondition, now: Time) -> bool {
    condition.last_transition_time = Some(now);
    let Some(known) = conditions.iter_mut().find(|known| known.type_ == condition.type_) else {
        conditions.push(condition);
        return true;
    };
    if known.status == condition.status {
        condition.last_transition_time = known.last_transition_time.clone();
    }
    let changed = *known != condition;
    *known = condition;
    changed
}

/// Whether an init container goes on beside the others: it is always restarted, whatever the pod says.
pub fn is_sidecar(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

/// What becomes of a container that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// It stays as it is.
    No,
    /// It is started again.
    Yes,
    /// It and all others are, from the init containers on.
    All,
}

/// Whether a container that ended with `exit_code` is started again: by its own rules, by its own policy, by the pod's
/// `policy`. Models `ContainerShouldRestart`.
pub fn restart(container: &Container, policy: &str, exit_code: i32) -> Restart {
    let own = container.restart_policy.as_deref();
    let rules = container.restart_policy_rules.iter().flatten().filter(|_| own.is_some());
    if let Some(rule) = rules.into_iter().find(|rule| is_for(rule, exit_code)) {
        return if rule.action == "RestartAllContainers" { Restart::All } else { Restart::Yes };
    }
    match own.unwrap_or(policy) {
        "Always" => Restart::Yes,
        "OnFailure" if exit_code != 0 => Restart::Yes,
        _ => Restart::No,
    }
}

fn is_for(rule: &ContainerRestartRule, exit_code: i32) -> bool {
    rule.exit_codes.as_ref().is_some_and(|codes| {
        let listed = codes.values.iter().flatten().any(|value| *value == exit_code);
        match codes.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            _ => false,
        }
    })
}
