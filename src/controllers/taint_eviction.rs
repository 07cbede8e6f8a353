//! `NoExecute` taints drive pods off that do not tolerate them. Models `pkg/controller/tainteviction`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod, PodCondition, Taint, Toleration};

use super::pods::{name_of, node_name, uid};
use super::work_queue::Name;
use crate::client::{Client, DeleteOptions, WatchEvent, changed, reference_to};
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
        match (stay(taints, tolerations), pod.metadata.deletion_timestamp.is_some()) {
            (Stay::Forever, _) | (_, true) => {
                if self.planned.remove(&name).is_some() && pod.metadata.deletion_timestamp.is_none() {
                    let message = format!("Cancelling deletion of Pod {}/{}", name.0, name.1);
                    self.client.record_event(&reference_to(pod), COMPONENT, None, "Normal", "TaintManagerEviction", &message);
                }
            }
            (Stay::For(duration), false) => {
                // What is planned already stays planned: a taint more does not begin the time anew.
                self.planned.entry(name).or_insert(Planned { at: now + duration, cause });
            }
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
}

/// Every taint must be tolerated, and the shortest toleration counts. Models `getMinTolerationTime`.
fn stay(taints: &[Taint], tolerations: &[Toleration]) -> Stay {
    let mut shortest: Option<Duration> = None;
    for taint in taints {
        let mut covering = tolerations.iter().filter(|toleration| crate::scheduler::framework::tolerates(toleration, taint)).peekable();
        if covering.peek().is_none() {
            return Stay::For(Duration::ZERO);
        }
        for seconds in covering.filter_map(|toleration| toleration.toleration_seconds) {
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
    conditions.retain(|condition| condition.type_ != "DisruptionTarget");
    conditions.push(PodCondition {
        type_: "DisruptionTarget".to_owned(),
        status: "True".to_owned(),
        reason: Some("DeletionByTaintManager".to_owned()),
        message: Some("Taint manager: deleting due to NoExecute taint".to_owned()),
        last_transition_time: Some(client.now()),
        observed_generation: generation,
        ..PodCondition::default()
    });
    let _ = client.update_status(leaving);
    let options = DeleteOptions { uid: Some(uid(&pod.metadata).to_owned()), ..DeleteOptions::default() };
    let _ = client.delete::<Pod>(&namespace, &name, options);
}
