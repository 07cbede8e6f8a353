//! Which pods go first when there are too many. Models `ActivePodsWithRanks`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::Pod;

use crate::controllers::pods::{condition, is_ready, node_name, phase};

/// The `number` pods of `active` that are missed least.
pub fn to_delete(active: &[Rc<Pod>], number: usize, now: jiff::Timestamp) -> Vec<Rc<Pod>> {
    let mut neighbours: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in active {
        *neighbours.entry(node_name(pod)).or_default() += 1;
    }
    let mut sorted: Vec<&Rc<Pod>> = active.iter().collect();
    sorted.sort_by_cached_key(|pod| key(pod, neighbours.get(node_name(pod)).copied().unwrap_or(0), now));
    sorted.into_iter().take(number).cloned().collect()
}

/// Unassigned before assigned, waiting before running, unready before ready, cheap before dear, crowded before lonely,
/// ready for a short time before ready for long, often restarted before steady, young before old.
fn key(pod: &Pod, neighbours: usize, now: jiff::Timestamp) -> impl Ord + use<> {
    let progress = match phase(pod) {
        "Pending" => 0,
        "Running" => 2,
        _ => 1,
    };
    let cost = pod.metadata.annotations.as_ref().and_then(|all| all.get("controller.kubernetes.io/pod-deletion-cost"));
    let cost: i32 = cost.and_then(|cost| cost.parse().ok()).unwrap_or(0);
    let ready_since = condition(pod, "Ready").and_then(|ready| ready.last_transition_time.as_ref()).map(|time| time.0);
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    let restarts = statuses.map(|status| status.restart_count).max().unwrap_or(0);
    let created = pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    (
        !node_name(pod).is_empty(),
        progress,
        is_ready(pod),
        cost,
        Reverse(neighbours),
        magnitude(ready_since.filter(|_| is_ready(pod)), now),
        Reverse(restarts),
        magnitude(created, now),
        pod.metadata.uid.clone(),
    )
}

/// Ages are compared by their order of magnitude, so that equals are chosen by chance (their uid).
/// Models `afterOrZero` with `LogarithmicScaleDown`.
fn magnitude(since: Option<jiff::Timestamp>, now: jiff::Timestamp) -> u32 {
    let age = since.map_or(0, |since| now.duration_since(since).as_nanos());
    u128::try_from(age).unwrap_or(0).checked_ilog2().unwrap_or(0)
}
