//! `NoExecute` taints drive pods off that do not tolerate them. Models `pkg/controller/tainteviction`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod, PodCondition, Taint, Toleration};

use super::pods::{name_of, node_name, uid};
use super::work_queue::Name;
use crate::api::pod::update_condition;
use crate::client::{Client, DeleteOptions, WatchEvent, changed, reference_to};
use crate::scheduler::framework::tolerates;
use crate::sim::Time;

/// The controller's name in events.
const COMPONENT: &str = "taint-eviction-controller";

/// Evicts pods until the task is aborted.
pub async fn run(client: Client) {
    let client = client.as_actor(COMPONENT);
    let sim = client.sim().clone();
    let (mut nodes, mut pods) = (client.watch::<Node>(), client.watch::<Pod>());
    let mut controller = Controller { client, planned: BTreeMap::new(), pods_of: BTreeMap::new() };
    loop {
        while let Some(event) = nodes.try_next() {
            controller.on_node(&event);
        }
        while let Some(event) = pods.try_next() {
            controller.on_pod(&event);
        }
        let next = controller.evict_due(sim.now());
        changed(&sim, &mut [&mut nodes, &mut pods], next).await;
    }
}

struct Planned {
    at: Time,
    cause: u64,
}

struct Controller {
    client: Client,
    /// Pods to be evicted, and when.
    planned: BTreeMap<Name, Planned>,
    pods_of: BTreeMap<String, BTreeSet<Name>>,
}

fn execute_taints(node: &Node) -> Vec<Taint> {
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    taints.iter().filter(|taint| taint.effect == "NoExecute").cloned().collect()
}

impl Controller {
    fn on_node(&mut self, event: &WatchEvent<Node>) {
        let WatchEvent::Applied { object, previous, trace_seq } = event else { return };
        let taints = execute_taints(object);
        if previous.as_ref().map(|previous| execute_taints(previous)).unwrap_or_default() == taints {
            return;
        }
        let node = object.metadata.name.as_deref().unwrap_or_default();
        for name in self.pods_of.get(node).cloned().unwrap_or_default() {
            if let Some(pod) = self.client.get::<Pod>(&name.0, &name.1) {
                self.plan(&pod, &taints, *trace_seq);
            }
        }
    }

    fn on_pod(&mut self, event: &WatchEvent<Pod>) {
        match event {
            WatchEvent::Applied { object, previous, trace_seq } => {
                let node = node_name(object);
                let same = |previous: &Pod| {
                    let tolerations = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.tolerations.clone());
                    node_name(previous) == node && tolerations(previous) == tolerations(object)
                };
                if node.is_empty() || previous.as_ref().is_some_and(|previous| same(previous)) {
                    return;
                }
                self.pods_of.entry(node.to_owned()).or_default().insert(name_of(&object.metadata));
                let taints = self.client.get::<Node>("", node).map(|node| execute_taints(&node)).unwrap_or_default();
                self.plan(object, &taints, *trace_seq);
            }
            WatchEvent::Deleted { object, .. } => {
                let name = name_of(&object.metadata);
                self.planned.remove(&name);
                if let Some(pods) = self.pods_of.get_mut(node_name(object)) {
                    pods.remove(&name);
                }
            }
        }
    }

    /// Models `processPodOnNode`.
    fn plan(&mut self, pod: &Pod, taints: &[Taint], cause: u64) {
        let name = name_of(&pod.metadata);
        let now = self.client.sim().now();
        let tolerations = pod.spec.as_ref().and_then(|spec| spec.tolerations.as_deref()).unwrap_or_default();
        let leaving = pod.metadata.deletion_timestamp.is_some();
        match stay(taints, tolerations) {
            _ if leaving => {
                self.planned.remove(&name);
            }
            Stay::Forever => self.cancel(pod, &name),
            Stay::No => {
                // Whatever was planned for later is done at once.
                self.cancel(pod, &name);
                self.planned.insert(name, Planned { at: now, cause });
            }
            Stay::For(duration) => {
                // What is planned already stays planned: a taint more does not begin the time anew.
                self.planned.entry(name).or_insert(Planned { at: now + duration, cause });
            }
        }
    }

    /// Models `cancelWorkWithEvent`.
    fn cancel(&mut self, pod: &Pod, name: &Name) {
        if self.planned.remove(name).is_some() {
            let message = format!("Cancelling deletion of Pod {}/{}", name.0, name.1);
            self.client.record_event(&reference_to(pod), COMPONENT, None, "Normal", "TaintManagerEviction", &message);
        }
    }

    /// Evicts whose time is up. Returns when to look again.
    fn evict_due(&mut self, now: Time) -> Option<Time> {
        let due: Vec<Name> = self.planned.iter().filter(|(_, planned)| planned.at <= now).map(|(name, _)| name.clone()).collect();
        for name in due {
            let Some(planned) = self.planned.remove(&name) else { continue };
            let client = if planned.cause > 0 { self.client.because(planned.cause) } else { self.client.clone() };
            if let Some(pod) = client.get::<Pod>(&name.0, &name.1) {
                evict(&client, &pod);
            }
        }
        self.planned.values().map(|planned| planned.at).min()
    }
}

/// How long a pod may stay.
enum Stay {
    Forever,
    For(Duration),
    /// Not at all.
    No,
}

/// Every taint must be tolerated; for each the first toleration counts that covers it, and of these the shortest.
/// Models `GetMatchingTolerations` and `getMinTolerationTime`.
fn stay(taints: &[Taint], tolerations: &[Toleration]) -> Stay {
    let mut shortest: Option<Duration> = None;
    for taint in taints {
        let Some(covering) = tolerations.iter().find(|toleration| tolerates(toleration, taint)) else { return Stay::No };
        if let Some(seconds) = covering.toleration_seconds {
            let duration = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            shortest = Some(shortest.map_or(duration, |shortest| shortest.min(duration)));
        }
    }
    shortest.map_or(Stay::Forever, Stay::For)
}

/// Models `addConditionAndDeletePod`.
fn evict(client: &Client, pod: &Pod) {
    let (namespace, name) = name_of(&pod.metadata);
    let message = format!("Marking for deletion Pod {namespace}/{name}");
    client.record_event(&reference_to(pod), COMPONENT, None, "Normal", "TaintManagerEviction", &message);
    let mut leaving = pod.clone();
    let generation = leaving.metadata.generation;
    let conditions = leaving.status.get_or_insert_default().conditions.get_or_insert_default();
    let condition = PodCondition {
        type_: "DisruptionTarget".to_owned(),
        status: "True".to_owned(),
        reason: Some("DeletionByTaintManager".to_owned()),
        message: Some("Taint manager: deleting due to NoExecute taint".to_owned()),
        observed_generation: generation,
        ..PodCondition::default()
    };
    update_condition(conditions, condition, client.now());
    let _ = client.update_status(leaving);
    let options = DeleteOptions { uid: Some(uid(&pod.metadata).to_owned()), ..DeleteOptions::default() };
    let _ = client.delete::<Pod>(&namespace, &name, options);
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        #[serde(default)]
        taints: Vec<Taint>,
        #[serde(default)]
        tolerations: Vec<Toleration>,
        /// `forever`, `no`, or seconds.
        stays: String,
    }

    #[test]
    fn pods_stay_as_long_as_on_a_real_cluster() {
        let cases: Vec<Case> = serde_yaml::from_str(include_str!("../../tests/facts/taint-eviction.yaml")).unwrap();
        for case in &cases {
            let found = match stay(&case.taints, &case.tolerations) {
                Stay::Forever => "forever".to_owned(),
                Stay::No => "no".to_owned(),
                Stay::For(duration) => duration.as_secs().to_string(),
            };
            assert_eq!(found, case.stays, "{}", case.name);
        }
    }
}
