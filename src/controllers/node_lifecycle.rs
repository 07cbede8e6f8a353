//! Notices nodes that fall silent, and marks nodes by taints. Models `pkg/controller/nodelifecycle`.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, NodeCondition, ObjectReference, Pod, Taint};

use super::pods::{condition, is_ready, node_name};
use super::work_queue::WorkQueue;
use crate::api::well_known::{NODE_LEASES, NOT_READY, UNREACHABLE};
use crate::client::{Client, WatchEvent, changed, reference_to};
use crate::sim::Time;

/// The controller's name in events.
const COMPONENT: &str = "node-controller";
/// A node is unreachable when nothing was heard of it for so long. Models `node-monitor-grace-period`: 40 s for long, 50 s since
/// its default has to be above the sum of the HTTP/2 health check's two timeouts.
const GRACE_PERIOD: Duration = Duration::from_secs(50);
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
/// Conditions that a silent kubelet leaves unknown.
const KUBELET_CONDITIONS: &[&str] = &["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];
/// A condition, the status that counts, and its taint.
const CONDITION_TAINTS: &[(&str, &str, &str)] = &[
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
    ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
];

/// Watches over the nodes.
pub async fn run(client: Client) {
    let client = client.as_actor("node-lifecycle-controller");
    let sim = client.sim().clone();
    let (mut nodes, mut leases) = (client.watch::<Node>(), client.watch::<Lease>());
    let mut controller = Controller { client, heard: BTreeMap::new(), was_ready: BTreeMap::new(), queue: WorkQueue::default() };
    loop {
        while let Some(event) = nodes.try_next() {
            controller.on_node(event, sim.now());
        }
        while let Some(event) = leases.try_next() {
            controller.on_lease(&event, sim.now());
        }
        if let Some(((_, name), cause)) = controller.queue.pop(sim.now()) {
            controller.sync(&name, cause);
            sim.yield_now().await;
            continue;
        }
        changed(&sim, &mut [&mut nodes, &mut leases], controller.queue.next_due()).await;
    }
}

struct Controller {
    client: Client,
    /// When each node was last heard of, by this controller's clock.
    heard: BTreeMap<String, Time>,
    was_ready: BTreeMap<String, bool>,
    queue: WorkQueue,
}

impl Controller {
    fn on_node(&mut self, event: WatchEvent<Node>, now: Time) {
        match event {
            WatchEvent::Applied { object, previous, trace_seq } => {
                let name = object.metadata.name.clone().unwrap_or_default();
                let beat = |node: &Node| status_of(node, "Ready").and_then(|ready| ready.last_heartbeat_time.clone());
                let fresh = !self.heard.contains_key(&name);
                // Nodes that were there before this controller are known from of old.
                if fresh && trace_seq > 0 {
                    let message = format!("Node {name} event: Registered Node {name} in Controller");
                    self.tell(&name, "RegisteredNode", &message);
                }
                if fresh || previous.is_none_or(|previous| beat(&previous) != beat(&object)) {
                    self.heard.insert(name.clone(), now);
                }
                self.queue.add((String::new(), name), now, trace_seq);
            }
            WatchEvent::Deleted { object, .. } => {
                let name = object.metadata.name.clone().unwrap_or_default();
                self.heard.remove(&name);
                self.was_ready.remove(&name);
                self.queue.forget(&(String::new(), name.clone()));
                self.tell(&name, "RemovingNode", &format!("Node {name} event: Removing Node {name} from Controller"));
            }
        }
    }

    fn on_lease(&mut self, event: &WatchEvent<Lease>, now: Time) {
        let WatchEvent::Applied { object, previous, .. } = event else { return };
        let renewed = |lease: &Lease| lease.spec.as_ref().and_then(|spec| spec.renew_time.clone());
        let name = object.metadata.name.clone().unwrap_or_default();
        if object.metadata.namespace.as_deref() != Some(NODE_LEASES) || previous.as_ref().is_some_and(|p| renewed(p) == renewed(object)) {
            return;
        }
        if let Some(heard) = self.heard.get_mut(&name) {
            *heard = now;
        }
    }

    fn tell(&self, node: &str, reason: &str, message: &str) {
        // The uid of a node in its events is its name, as kubelet's are too.
        let about = ObjectReference {
            kind: Some("Node".to_owned()),
            name: Some(node.to_owned()),
            uid: Some(node.to_owned()),
            ..ObjectReference::default()
        };
        self.client.record_event(&about, COMPONENT, None, "Normal", reason, message);
    }

    fn sync(&mut self, name: &str, cause: u64) {
        let client = if cause > 0 { self.client.because(cause) } else { self.client.clone() };
        let Some(node) = client.get::<Node>("", name) else { return };
        let now = client.sim().now();
        let deadline = self.heard.get(name).copied().unwrap_or(now) + GRACE_PERIOD;
        if now >= deadline {
            mark_silent(&client, &node);
        } else {
            self.queue.add_at((String::new(), name.to_owned()), deadline, 0);
        }
        let Some(node) = client.get::<Node>("", name) else { return };
        let ready = status_of(&node, "Ready").map(|ready| ready.status == "True");
        let before = self.was_ready.get(name).copied();
        if let Some(ready) = ready {
            self.was_ready.insert(name.to_owned(), ready);
            if before == Some(true) && !ready {
                self.tell(name, "NodeNotReady", &format!("Node {name} status is now: NodeNotReady"));
                mark_pods_not_ready(&client, name);
            }
        }
        if ready.is_some() && before != ready {
            // Whether pods are driven off depends on the other nodes too.
            let others: Vec<String> = self.heard.keys().filter(|other| *other != name).cloned().collect();
            for other in others {
                self.queue.add((String::new(), other), now, cause);
            }
        }
        taint(&client, &node, self.was_ready.values().any(|ready| *ready));
    }
}

fn status_of<'n>(node: &'n Node, type_: &str) -> Option<&'n NodeCondition> {
    node.status.as_ref()?.conditions.iter().flatten().find(|condition| condition.type_ == type_)
}

/// Nothing is known of the node any more. Models `tryUpdateNodeHealth`.
fn mark_silent(client: &Client, node: &Node) {
    let mut silent = node.clone();
    let conditions = silent.status.get_or_insert_default().conditions.get_or_insert_default();
    for type_ in KUBELET_CONDITIONS {
        let unknown = |reason: &str, message: &str| NodeCondition {
            type_: (*type_).to_owned(),
            status: "Unknown".to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_heartbeat_time: node.metadata.creation_timestamp.clone(),
            last_transition_time: Some(client.now()),
        };
        match conditions.iter_mut().find(|condition| condition.type_ == *type_) {
            None => conditions.push(unknown("NodeStatusNeverUpdated", "Kubelet never posted node status.")),
            Some(known) if known.status != "Unknown" => {
                let heartbeat = known.last_heartbeat_time.clone();
                *known = unknown("NodeStatusUnknown", "Kubelet stopped posting node status.");
                known.last_heartbeat_time = heartbeat;
            }
            Some(_) => {}
        }
    }
    if silent != *node {
        let _ = client.update_status(silent);
    }
}

/// Models `controllerutil.MarkPodsNotReady`.
fn mark_pods_not_ready(client: &Client, node: &str) {
    for pod in client.list::<Pod>(None).into_iter().filter(|pod| node_name(pod) == node && is_ready(pod)) {
        let mut unready = (*pod).clone();
        for condition in unready.status.iter_mut().flat_map(|status| status.conditions.iter_mut().flatten()) {
            if condition.type_ == "Ready" {
                condition.status = "False".to_owned();
                condition.last_transition_time = Some(client.now());
            }
        }
        let _ = client.update_status(unready);
        if condition(&pod, "Ready").is_some() {
            client.record_event(&reference_to(&*pod), COMPONENT, None, "Warning", "NodeNotReady", "Node is not ready");
        }
    }
}

/// Sets the taints that follow from the node's state. Where no node at all is ready, the fault is thought to be nearer,
/// and no pod is driven off. Models `doNoScheduleTaintingPass`, `doNoExecuteTaintingPass` and `handleDisruption`.
fn taint(client: &Client, node: &Node, any_ready: bool) {
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for (type_, status, key) in CONDITION_TAINTS {
        if status_of(node, type_).is_some_and(|condition| condition.status == *status) {
            wanted.push((key, "NoSchedule"));
            if *type_ == "Ready" && any_ready {
                wanted.push((key, "NoExecute"));
            }
        }
    }
    if node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false) {
        wanted.push((UNSCHEDULABLE, "NoSchedule"));
    }
    let managed = |taint: &Taint| {
        let keys = CONDITION_TAINTS.iter().map(|(_, _, key)| *key).chain([UNSCHEDULABLE]);
        let execute = taint.effect == "NoExecute" && (taint.key == NOT_READY || taint.key == UNREACHABLE);
        execute || (taint.effect == "NoSchedule" && keys.into_iter().any(|key| key == taint.key))
    };
    let present = node.spec.as_ref().and_then(|spec| spec.taints.clone()).unwrap_or_default();
    let is_wanted = |taint: &Taint| wanted.iter().any(|(key, effect)| taint.key == *key && taint.effect == *effect);
    let mut taints: Vec<Taint> = present.iter().filter(|taint| !managed(taint) || is_wanted(taint)).cloned().collect();
    for (key, effect) in &wanted {
        if !taints.iter().any(|taint| taint.key == *key && taint.effect == *effect) {
            let time_added = Some(client.now());
            taints.push(Taint { key: (*key).to_owned(), effect: (*effect).to_owned(), time_added, value: None });
        }
    }
    if taints != present {
        let mut tainted = node.clone();
        tainted.spec.get_or_insert_default().taints = Some(taints).filter(|taints| !taints.is_empty());
        // A conflict brings the node back by its watch.
        let _ = client.update(tainted);
    }
}
