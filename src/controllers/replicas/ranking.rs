//! Which pods go first when there are too many. Models `ActivePodsWithRanks`.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use crate::api::pod::is_sidecar;
use crate::controllers::pods::{condition, is_ready, node_name, phase};

/// The `number` pods of `active` that are missed least. `related` are the pods of all ReplicaSets of the same owner: where
/// there are many of them on a node, one of that node goes first. Models `getPodsToDelete`.
pub fn to_delete(active: &[Rc<Pod>], related: &[Rc<Pod>], number: usize, now: Timestamp) -> Vec<Rc<Pod>> {
    let mut neighbours: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in related {
        *neighbours.entry(node_name(pod)).or_default() += 1;
    }
    let rank = |pod: &Pod| neighbours.get(node_name(pod)).copied().unwrap_or(0);
    let mut sorted: Vec<Rc<Pod>> = Vec::new();
    for pod in active {
        // Equal ages leave it to the uid before other things are looked at, so that this is no order by which a list could
        // be sorted safely: each pod is put where it belongs among those before it.
        let goes_before = |other: &Rc<Pod>| compare((pod, rank(pod)), (other, rank(other)), now) == Ordering::Less;
        let at = sorted.iter().rposition(|other| !goes_before(other)).map_or(0, |at| at + 1);
        sorted.insert(at, pod.clone());
    }
    sorted.truncate(number);
    sorted
}

/// Unassigned before assigned, waiting before running, unready before ready, cheap before dear, crowded before lonely,
/// ready for a short time before ready for long, often restarted before steady, young before old.
fn compare((one, one_rank): (&Pod, usize), (other, other_rank): (&Pod, usize), now: Timestamp) -> Ordering {
    let first = |pod: &Pod, rank: usize| (!node_name(pod).is_empty(), progress(pod), is_ready(pod), deletion_cost(pod), Reverse(rank));
    let order = first(one, one_rank).cmp(&first(other, other_rank));
    if order.is_ne() {
        return order;
    }
    if is_ready(one) && is_ready(other) {
        let order = by_age(ready_since(one), ready_since(other), (one, other), now);
        if let Some(order) = order {
            return order;
        }
    }
    let order = restarts(other).cmp(&restarts(one));
    let created = |pod: &Pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    order.then_with(|| by_age(created(one), created(other), (one, other), now).unwrap_or(Ordering::Equal))
}

fn progress(pod: &Pod) -> u8 {
    match phase(pod) {
        "Pending" => 0,
        "Running" => 2,
        _ => 1,
    }
}

fn deletion_cost(pod: &Pod) -> i32 {
    let cost = pod.metadata.annotations.as_ref().and_then(|all| all.get("controller.kubernetes.io/pod-deletion-cost"));
    cost.and_then(|cost| cost.parse().ok()).unwrap_or(0)
}

fn ready_since(pod: &Pod) -> Option<Timestamp> {
    condition(pod, "Ready").and_then(|ready| ready.last_transition_time.as_ref()).map(|time| time.0)
}

/// The most restarts of a container, and of a sidecar. Models `maxContainerRestarts`.
fn restarts(pod: &Pod) -> (i32, i32) {
    let Some(status) = &pod.status else { return (0, 0) };
    let regular = status.container_statuses.iter().flatten().map(|status| status.restart_count).max().unwrap_or(0);
    let sidecars = pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten()).filter(|container| is_sidecar(container));
    let of = |name: &str| status.init_container_statuses.iter().flatten().find(|status| status.name == name);
    (regular, sidecars.filter_map(|sidecar| Some(of(&sidecar.name)?.restart_count)).max().unwrap_or(0))
}

/// Who has been so for a shorter time; nothing where the moments are the same. Ages are compared by their order of
/// magnitude, and those of the same chosen by chance (their uid). Models `afterOrZero` and `logarithmicRankDiff`.
fn by_age(one: Option<Timestamp>, other: Option<Timestamp>, pods: (&Pod, &Pod), now: Timestamp) -> Option<Ordering> {
    if one == other {
        return None;
    }
    let (Some(one), Some(other)) = (one, other) else { return Some(one.is_some().cmp(&other.is_some())) };
    let magnitude = |since: Timestamp| u128::try_from(now.duration_since(since).as_nanos()).ok().and_then(u128::checked_ilog2);
    Some(magnitude(one).cmp(&magnitude(other)).then_with(|| pods.0.metadata.uid.cmp(&pods.1.metadata.uid)))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    const NOW: &str = "2026-01-31T12:00:00Z";

    /// Who goes before whom; `pods` are told apart by their names.
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Facts {
        pods: BTreeMap<String, Value>,
        /// `a 1 < b 2`: with ranks 1 and 2, `a` goes first; `a = b`: neither does.
        pairs: Vec<String>,
        /// All in order.
        order: Vec<String>,
    }

    fn read(name: &str, facts: &Facts) -> Rc<Pod> {
        let given = facts.pods.get(name).unwrap_or_else(|| panic!("{name}"));
        let ready = given.get("ready").map(|since| match since.as_str() {
            Some(since) => json!([{"type": "Ready", "status": "True", "lastTransitionTime": since}]),
            None => json!([{"type": "Ready", "status": "True"}]),
        });
        let statuses = |key: &str| -> Vec<Value> {
            let counts = given.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            let status = |count| json!({"name": "s", "image": "", "imageID": "", "ready": true, "restartCount": count});
            counts.into_iter().map(status).collect()
        };
        let cost = given.get("cost").map(|cost| json!({"controller.kubernetes.io/pod-deletion-cost": cost}));
        let sidecar = json!([{"name": "s", "restartPolicy": "Always"}]);
        let pod = json!({
            "metadata": {"name": name, "creationTimestamp": given.get("created"), "annotations": cost, "uid": ""},
            "spec": {"nodeName": given.get("node"), "containers": [], "initContainers": sidecar},
            "status": {"phase": given["phase"], "conditions": ready, "containerStatuses": statuses("restarts"),
                "initContainerStatuses": statuses("sidecar")},
        });
        Rc::new(serde_json::from_value(pod).unwrap())
    }

    #[test]
    fn pods_go_in_the_order_of_the_real_controller() {
        let facts: Facts = serde_yaml::from_str(include_str!("../../../tests/facts/pod-deletion.yaml")).unwrap();
        let now: Timestamp = NOW.parse().unwrap();
        for pair in &facts.pairs {
            let words: Vec<&str> = pair.split(' ').collect();
            let (one, sign, other) = match words[..] {
                [one, one_rank, sign, other, other_rank] => ((one, one_rank), sign, (other, other_rank)),
                [one, sign, other] => ((one, "1"), sign, (other, "1")),
                _ => panic!("{pair}"),
            };
            let (a, b) = (read(one.0, &facts), read(other.0, &facts));
            let (a_rank, b_rank) = (one.1.parse().unwrap(), other.1.parse().unwrap());
            let expected = if sign == "<" { Ordering::Less } else { Ordering::Equal };
            assert_eq!(compare((&a, a_rank), (&b, b_rank), now), expected, "{pair}");
            assert_eq!(compare((&b, b_rank), (&a, a_rank), now), expected.reverse(), "{pair}");
        }
        let mut pods: Vec<Rc<Pod>> = facts.order.iter().map(|name| read(name, &facts)).collect();
        for _ in 0..pods.len() {
            pods.rotate_left(1);
            let sorted = to_delete(&pods, &[], pods.len(), now);
            let names: Vec<&str> = sorted.iter().filter_map(|pod| pod.metadata.name.as_deref()).collect();
            assert_eq!(names, facts.order);
        }
    }
}
