//! A deleted namespace takes everything in it along. Models `pkg/controller/namespace`.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, NamespaceCondition};

use super::work_queue::WorkQueue;
use crate::api::{Kind, Object};
use crate::client::{Client, DeleteOptions, WatchEvent, changed};

const FINALIZER: &str = "kubernetes";
/// A change of a deleted namespace is looked at after this long. Models `namespaceDeletionGracePeriod`.
const GRACE_PERIOD: Duration = Duration::from_secs(5);
/// How long an object with finalizers is thought to take. Models `finalizerEstimateSeconds`.
const FINALIZER_ESTIMATE_SECONDS: i64 = 15;

/// Empties and finalizes deleted namespaces.
pub async fn run(client: Client) {
    let client = client.as_actor("namespace-controller");
    let sim = client.sim().clone();
    let mut namespaces = client.watch::<Namespace>();
    let mut queue = WorkQueue::default();
    loop {
        while let Some(event) = namespaces.try_next() {
            let WatchEvent::Applied { object, trace_seq, .. } = event else { continue };
            if object.metadata.deletion_timestamp.is_some() {
                let name = (String::new(), object.metadata.name.clone().unwrap_or_default());
                queue.add_at(name, sim.now() + GRACE_PERIOD, trace_seq);
            }
        }
        if let Some((name, cause)) = queue.pop(sim.now()) {
            let acting = if cause > 0 { client.because(cause) } else { client.clone() };
            if let Some(wait) = sync(&acting, &name.1) {
                queue.add_at(name, sim.now() + wait, cause);
            }
            continue;
        }
        changed(&sim, &mut [&mut namespaces], queue.next_due()).await;
    }
}

/// What is left in a namespace.
#[derive(Default)]
struct Remaining {
    /// `pods. has 1 resource instances`, …
    resources: Vec<String>,
    /// `example.com/hold in 1 resource instances`, …
    finalizers: std::collections::BTreeMap<String, usize>,
    /// The seconds that the slowest of it is thought to take.
    estimate_seconds: i64,
}

/// Deletes what is in the namespace, and the namespace once it is empty. Returns when to look again.
fn sync(client: &Client, name: &str) -> Option<Duration> {
    let namespace = client.get::<Namespace>("", name).filter(|namespace| namespace.metadata.deletion_timestamp.is_some())?;
    let remaining = empty(client, name);
    report(client, &namespace, &remaining);
    if remaining.resources.is_empty() {
        let mut finalized = (*client.get::<Namespace>("", name)?).clone();
        if let Some(finalizers) = finalized.spec.as_mut().and_then(|spec| spec.finalizers.as_mut()) {
            finalizers.retain(|finalizer| finalizer != FINALIZER);
        }
        let _ = client.finalize(finalized);
        return None;
    }
    Some(Duration::from_secs(u64::try_from(remaining.estimate_seconds / 2 + 1).unwrap_or(1)))
}

/// Asks everything to go, and counts what does not go at once. Models `deleteAllContent`.
fn empty(client: &Client, namespace: &str) -> Remaining {
    let mut remaining = Remaining::default();
    for kind in Kind::ALL.iter().filter(|kind| kind.info().namespaced) {
        for object in client.list_kind(*kind, Some(namespace)) {
            if object.meta().deletion_timestamp.is_none() {
                let _ = client.delete_key(&object.key(), DeleteOptions::default());
            }
        }
        let left = client.list_kind(*kind, Some(namespace));
        if left.is_empty() {
            continue;
        }
        remaining.resources.push(format!("{}. has {} resource instances", kind.info().group_resource(), left.len()));
        for object in &left {
            let finalizers = object.meta().finalizers.iter().flatten();
            for finalizer in finalizers.clone() {
                *remaining.finalizers.entry(finalizer.clone()).or_default() += 1;
            }
            let wait = if finalizers.count() > 0 { FINALIZER_ESTIMATE_SECONDS } else { grace(object) };
            remaining.estimate_seconds = remaining.estimate_seconds.max(wait);
        }
    }
    remaining
}

fn grace(object: &Object) -> i64 {
    match object {
        Object::Pod(pod) => pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds).unwrap_or(30),
        _ => 0,
    }
}

/// Sets the namespace's conditions. Models `status_condition_utils.go`.
fn report(client: &Client, namespace: &Namespace, remaining: &Remaining) {
    let finalizers: Vec<String> =
        remaining.finalizers.iter().map(|(name, count)| format!("{name} in {count} resource instances")).collect();
    let resources = format!("Some resources are remaining: {}", remaining.resources.join(", "));
    let held = format!("Some content in the namespace has finalizers remaining: {}", finalizers.join(", "));
    let states = [
        ("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"),
        ("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed"),
        ("NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
        match remaining.resources.is_empty() {
            true => ("NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed"),
            false => ("NamespaceContentRemaining", true, "SomeResourcesRemain", resources.as_str()),
        },
        match finalizers.is_empty() {
            true => ("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
            false => ("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", held.as_str()),
        },
    ];
    let mut updated = namespace.clone();
    let conditions = updated.status.get_or_insert_default().conditions.get_or_insert_default();
    for (type_, bad, reason, message) in states {
        let status = if bad { "True" } else { "False" };
        let known = conditions.iter().position(|condition| condition.type_ == type_);
        let same = known.and_then(|at| conditions.get(at)).filter(|condition| condition.status == status);
        let condition = NamespaceCondition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_transition_time: Some(same.and_then(|c| c.last_transition_time.clone()).unwrap_or_else(|| client.now())),
        };
        match known {
            Some(at) => conditions[at] = condition,
            None => conditions.push(condition),
        }
    }
    if updated != *namespace {
        let _ = client.update_status(updated);
    }
}
