//! Counts the healthy pods of each PodDisruptionBudget, and how many of them may be evicted. Models
//! `pkg/controller/disruption`.

use std::collections::BTreeSet;
use std::rc::Rc;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Pod, ReplicationController};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, LabelSelector, LabelSelectorRequirement};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::int_or_percent::scaled;
use super::pods::{controller_of, is_ready, name_of};
use super::work_queue::WorkQueue;
use crate::api::selector::selects;
use crate::client::{Client, WatchEvent, changed, reference_to};

const UNMANAGED: &str = "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of \
    the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set \
    \".spec.minAvailable\" field of the PDB to an integer value.";

/// Keeps the budgets' statuses until the task is aborted.
pub async fn run(client: Client) {
    let client = client.as_actor("disruption-controller");
    let sim = client.sim().clone();
    let (mut budgets, mut pods) = (client.watch::<PodDisruptionBudget>(), client.watch::<Pod>());
    let mut queue = WorkQueue::default();
    loop {
        while let Some(event) = budgets.try_next() {
            let WatchEvent::Applied { object, trace_seq, .. } = event else { continue };
            queue.add(name_of(&object.metadata), sim.now(), trace_seq);
        }
        while let Some(event) = pods.try_next() {
            let (WatchEvent::Applied { object, trace_seq, .. } | WatchEvent::Deleted { object, trace_seq }) = event;
            for budget in client.list::<PodDisruptionBudget>(object.metadata.namespace.as_deref()) {
                if protects(&budget, &object) {
                    queue.add(name_of(&budget.metadata), sim.now(), trace_seq);
                }
            }
        }
        if let Some((name, cause)) = queue.pop(sim.now()) {
            if let Some(budget) = client.get::<PodDisruptionBudget>(&name.0, &name.1) {
                sync(&client.because(cause), &budget);
            }
            sim.yield_now().await;
            continue;
        }
        changed(&sim, &mut [&mut budgets, &mut pods], queue.next_due()).await;
    }
}

/// Whether a pod counts for a budget. A budget without a selector selects nothing, an empty one everything.
fn protects(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    selects(budget.spec.as_ref().and_then(|spec| spec.selector.as_ref()), pod.metadata.labels.as_ref())
}

/// Models `trySync` and `failSafe`.
fn sync(client: &Client, budget: &PodDisruptionBudget) {
    let pods: Vec<Rc<Pod>> = client.list::<Pod>(budget.metadata.namespace.as_deref());
    let pods: Vec<Rc<Pod>> = pods.into_iter().filter(|pod| protects(budget, pod)).collect();
    let tell = |type_: &str, reason: &str, message: &str| {
        client.record_event(&reference_to(budget), "controllermanager", None, type_, reason, message);
    };
    if pods.is_empty() {
        tell("Normal", "NoPods", "No matching pods found");
    }
    let spec = budget.spec.clone().unwrap_or_default();
    let Wanted { expected, desired, unmanaged } = match wanted(client, &spec, &pods) {
        Ok(wanted) => wanted,
        Err(why) => {
            let message = format!("Failed to calculate the number of expected pods: {why}");
            tell("Warning", "CalculateExpectedPodCountFailed", &message);
            let mut status = budget.status.clone().unwrap_or_default();
            status.disruptions_allowed = Some(0);
            status.conditions = Some(vec![condition(client, budget, ("False", "SyncFailed", &why), status.observed_generation)]);
            return write(client, budget, status);
        }
    };
    if unmanaged {
        let selector = spec.selector.as_ref().map(shown).unwrap_or_default();
        tell("Warning", "UnmanagedPods", &UNMANAGED.replace("{}", &selector));
    }
    let healthy = pods.iter().filter(|pod| is_ready(pod) && pod.metadata.deletion_timestamp.is_none()).count();
    let current = i32::try_from(healthy).unwrap_or(i32::MAX);
    let allowed = if expected > 0 { current.wrapping_sub(desired).max(0) } else { 0 };
    let state = if allowed > 0 { ("True", "SufficientPods", "") } else { ("False", "InsufficientPods", "") };
    let status = PodDisruptionBudgetStatus {
        conditions: Some(vec![condition(client, budget, state, budget.metadata.generation)]),
        current_healthy: Some(current),
        desired_healthy: Some(desired),
        disrupted_pods: None,
        disruptions_allowed: Some(allowed),
        expected_pods: Some(expected),
        observed_generation: budget.metadata.generation,
    };
    write(client, budget, status);
}

fn write(client: &Client, budget: &PodDisruptionBudget, status: PodDisruptionBudgetStatus) {
    if budget.status.as_ref() != Some(&status) {
        let mut changed = budget.clone();
        changed.status = Some(status);
        // Whoever changed it meanwhile calls this again.
        let _ = client.update_status(changed);
    }
}

/// A selector as Go prints it. Models `LabelSelector.String`.
fn shown(selector: &LabelSelector) -> String {
    let labels: String = selector.match_labels.iter().flatten().map(|(key, value)| format!("{key}: {value},")).collect();
    let requirement = |r: &LabelSelectorRequirement| {
        let values = r.values.as_deref().unwrap_or_default().join(" ");
        format!("LabelSelectorRequirement{{Key:{},Operator:{},Values:[{values}],}},", r.key, r.operator)
    };
    let requirements: String = selector.match_expressions.iter().flatten().map(requirement).collect();
    format!("&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{requirements}}},}}")
}

fn condition(client: &Client, budget: &PodDisruptionBudget, state: (&str, &str, &str), generation: Option<i64>) -> Condition {
    let (status, reason, message) = state;
    let known = budget.status.as_ref().and_then(|status| status.conditions.as_ref());
    let known = known.into_iter().flatten().find(|condition| condition.type_ == "DisruptionAllowed" && condition.status == status);
    Condition {
        type_: "DisruptionAllowed".into(),
        status: status.into(),
        reason: reason.into(),
        message: message.into(),
        last_transition_time: known.map_or_else(|| client.now(), |condition| condition.last_transition_time.clone()),
        observed_generation: generation,
    }
}

/// How many pods there should be, and how many of them healthy.
struct Wanted {
    expected: i32,
    desired: i32,
    /// Whether pods have no controller that would say how many there should be, and it matters.
    unmanaged: bool,
}

/// Models `getExpectedPodCount`.
fn wanted(client: &Client, spec: &PodDisruptionBudgetSpec, pods: &[Rc<Pod>]) -> Result<Wanted, String> {
    let (share, of_expected): (_, fn(i32, i32) -> i32) = match (&spec.max_unavailable, &spec.min_available) {
        (Some(most), _) => (most, |expected, most| expected.wrapping_sub(most).max(0)),
        (None, Some(IntOrString::Int(least))) => {
            let expected = i32::try_from(pods.len()).unwrap_or(i32::MAX);
            return Ok(Wanted { expected, desired: *least, unmanaged: false });
        }
        (None, Some(least)) => (least, |_, least| least),
        (None, None) => return Ok(Wanted { expected: 0, desired: 0, unmanaged: false }),
    };
    let (expected, unmanaged) = scale(client, pods)?;
    Ok(Wanted { expected, desired: of_expected(expected, scaled(share, expected, true)), unmanaged })
}

/// How many replicas the controllers of the pods want, each controller once, and whether pods have none.
/// Models `getExpectedScale`.
fn scale(client: &Client, pods: &[Rc<Pod>]) -> Result<(i32, bool), String> {
    let mut seen = BTreeSet::new();
    let (mut sum, mut unmanaged) = (0i32, false);
    for pod in pods {
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        let Some(owner) = controller_of(&pod.metadata) else {
            unmanaged = true;
            continue;
        };
        let found = match (owner.kind.as_str(), owner.api_version.split_once('/')) {
            ("ReplicationController", None) => {
                let found =
                    client.get::<ReplicationController>(namespace, &owner.name).filter(|c| c.metadata.uid.as_ref() == Some(&owner.uid));
                found.and_then(|found| Some((owner.uid.clone(), found.spec.as_ref()?.replicas)))
            }
            ("ReplicaSet", Some(("apps", _))) => of_set(client, namespace, &owner.name, &owner.uid),
            ("Job", Some((group @ "batch", _))) | ("DaemonSet", Some((group @ "apps", _))) => {
                return Err(format!("{}s.{group} does not implement the scale subresource", owner.kind.to_lowercase()));
            }
            _ => None,
        };
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let (key, replicas) = found.ok_or_else(|| format!("found no controllers for pod {name:?}"))?;
        if seen.insert(key) {
            sum = sum.wrapping_add(replicas.unwrap_or(0));
        }
    }
    Ok((sum, unmanaged))
}

/// A ReplicaSet's replicas, or those of the Deployment that it is of.
fn of_set(client: &Client, namespace: &str, name: &str, uid: &str) -> Option<(String, Option<i32>)> {
    let set = client.get::<ReplicaSet>(namespace, name).filter(|set| set.metadata.uid.as_deref() == Some(uid))?;
    let Some(owner) = controller_of(&set.metadata).filter(|owner| owner.kind == "Deployment") else {
        return Some((uid.to_owned(), set.spec.as_ref().and_then(|spec| spec.replicas)));
    };
    let deployment = client.get::<Deployment>(namespace, &owner.name).filter(|d| d.metadata.uid.as_ref() == Some(&owner.uid))?;
    Some((owner.uid.clone(), deployment.spec.as_ref().and_then(|spec| spec.replicas)))
}
