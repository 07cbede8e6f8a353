//! Counts the healthy pods of each PodDisruptionBudget, and how many of them may be evicted. Models
//! `pkg/controller/disruption`.

use std::collections::BTreeSet;
use std::rc::Rc;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Pod, ReplicationController};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::int_or_percent::scaled;
use super::pods::{controller_of, is_finished, is_ready, name_of};
use super::work_queue::WorkQueue;
use crate::api::selector::from_label_selector;
use crate::client::{Client, WatchEvent, changed};

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
                if selects(&budget, &object) {
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
fn selects(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let selector = selector.and_then(|selector| from_label_selector(Some(selector)).ok());
    selector.is_some_and(|selector| selector.matches_option(pod.metadata.labels.as_ref()))
}

fn sync(client: &Client, budget: &PodDisruptionBudget) {
    let pods: Vec<Rc<Pod>> = client.list::<Pod>(budget.metadata.namespace.as_deref());
    let pods: Vec<Rc<Pod>> = pods.into_iter().filter(|pod| selects(budget, pod) && !is_finished(pod)).collect();
    let spec = budget.spec.clone().unwrap_or_default();
    let healthy = pods.iter().filter(|pod| is_ready(pod) && pod.metadata.deletion_timestamp.is_none()).count();
    let (expected, desired) = wanted(client, &spec, &pods);
    let current = i32::try_from(healthy).unwrap_or(i32::MAX);
    let allowed = if expected > 0 { current.wrapping_sub(desired).max(0) } else { 0 };
    let status = PodDisruptionBudgetStatus {
        conditions: Some(vec![condition(client, budget, allowed)]),
        current_healthy: Some(current),
        desired_healthy: Some(desired),
        disrupted_pods: None,
        disruptions_allowed: Some(allowed),
        expected_pods: Some(expected),
        observed_generation: budget.metadata.generation,
    };
    if budget.status.as_ref() != Some(&status) {
        let mut changed = budget.clone();
        changed.status = Some(status);
        // Whoever changed it meanwhile calls this again.
        let _ = client.update_status(changed);
    }
}

fn condition(client: &Client, budget: &PodDisruptionBudget, allowed: i32) -> Condition {
    let (status, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let known = budget.status.as_ref().and_then(|status| status.conditions.as_ref());
    let known = known.into_iter().flatten().find(|condition| condition.type_ == "DisruptionAllowed" && condition.status == status);
    Condition {
        type_: "DisruptionAllowed".into(),
        status: status.into(),
        reason: reason.into(),
        message: String::new(),
        last_transition_time: known.map_or_else(|| client.now(), |condition| condition.last_transition_time.clone()),
        observed_generation: budget.metadata.generation,
    }
}

/// How many pods there should be, and how many of them healthy. Models `getExpectedPodCount`.
fn wanted(client: &Client, spec: &PodDisruptionBudgetSpec, pods: &[Rc<Pod>]) -> (i32, i32) {
    let count = i32::try_from(pods.len()).unwrap_or(i32::MAX);
    match (&spec.max_unavailable, &spec.min_available) {
        (Some(most), _) => {
            let expected = scale(client, pods);
            (expected, expected.wrapping_sub(scaled(most, expected, true)).max(0))
        }
        (None, Some(IntOrString::Int(least))) => (count, *least),
        (None, Some(least)) => {
            let expected = scale(client, pods);
            (expected, scaled(least, expected, true))
        }
        (None, None) => (count, 0),
    }
}

/// How many replicas the controllers of the pods want, each controller once; a pod without one counts for itself.
fn scale(client: &Client, pods: &[Rc<Pod>]) -> i32 {
    let mut seen = BTreeSet::new();
    let mut sum = 0i32;
    for pod in pods {
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        let Some(owner) = controller_of(&pod.metadata) else { continue };
        let (key, replicas) = match owner.kind.as_str() {
            "ReplicationController" => {
                let found = client.get::<ReplicationController>(namespace, &owner.name);
                (owner.uid.clone(), found.and_then(|found| found.spec.as_ref()?.replicas))
            }
            "ReplicaSet" => of_set(client, namespace, &owner.name, &owner.uid),
            _ => (owner.uid.clone(), None),
        };
        if seen.insert(key) {
            sum = sum.wrapping_add(replicas.unwrap_or(0));
        }
    }
    sum
}

/// A ReplicaSet's replicas, or those of the Deployment that it is of.
fn of_set(client: &Client, namespace: &str, name: &str, uid: &str) -> (String, Option<i32>) {
    let Some(set) = client.get::<ReplicaSet>(namespace, name) else { return (uid.to_owned(), None) };
    let deployment = controller_of(&set.metadata).filter(|owner| owner.kind == "Deployment");
    let found = deployment.and_then(|owner| Some((owner.uid.clone(), client.get::<Deployment>(namespace, &owner.name)?)));
    match found {
        Some((uid, deployment)) => (uid, deployment.spec.as_ref().and_then(|spec| spec.replicas)),
        None => (uid.to_owned(), set.spec.as_ref().and_then(|spec| spec.replicas)),
    }
}
