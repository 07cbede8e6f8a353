//! Removes pods that nobody else will: on nodes that are gone or out of service, and deleted before they were placed.
//! Models `pkg/controller/podgc`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod, PodCondition};

use super::pods::{is_finished, name_of, node_name, uid};
use crate::api::pod::update_condition;
use crate::client::{Client, DeleteOptions, WatchEvent, changed};
use crate::sim::Time;

/// How long a node has to be gone. Models `quarantineTime`.
const QUARANTINE: Duration = Duration::from_secs(40);

/// Removes pods until the task is aborted.
pub async fn run(client: Client) {
    let client = client.as_actor("pod-garbage-collector");
    let sim = client.sim().clone();
    let (mut nodes, mut pods) = (client.watch::<Node>(), client.watch::<Pod>());
    // Nodes that pods name and that do not exist, and since when.
    let mut missing: BTreeMap<String, Time> = BTreeMap::new();
    loop {
        while let Some(event) = nodes.try_next() {
            let (WatchEvent::Applied { object, .. } | WatchEvent::Deleted { object, .. }) = &event;
            let name = object.metadata.name.as_deref().unwrap_or_default();
            let WatchEvent::Applied { object, trace_seq, .. } = &event else {
                missing.insert(name.to_owned(), sim.now());
                continue;
            };
            missing.remove(name);
            if is_out_of_service(object) {
                let leaving = |pod: &&Rc<Pod>| pod.metadata.deletion_timestamp.is_some() && node_name(pod) == name;
                client.list::<Pod>(None).iter().filter(leaving).for_each(|pod| remove(&client.because(*trace_seq), pod, false));
            }
        }
        while let Some(event) = pods.try_next() {
            let WatchEvent::Applied { object, trace_seq, .. } = event else { continue };
            let node = node_name(&object);
            let leaving = object.metadata.deletion_timestamp.is_some();
            if leaving && (node.is_empty() || client.get::<Node>("", node).is_some_and(|node| is_out_of_service(&node))) {
                remove(&client.because(trace_seq), &object, false);
            } else if !node.is_empty() && client.get::<Node>("", node).is_none() {
                missing.entry(node.to_owned()).or_insert(sim.now());
            }
        }
        let due: Vec<String> =
            missing.iter().filter(|(_, since)| **since + QUARANTINE <= sim.now()).map(|(node, _)| node.clone()).collect();
        for node in due {
            missing.remove(&node);
            for pod in client.list::<Pod>(None).iter().filter(|pod| node_name(pod) == node) {
                remove(&client, pod, true);
            }
        }
        let next = missing.values().min().map(|since| *since + QUARANTINE);
        changed(&sim, &mut [&mut nodes, &mut pods], next).await;
    }
}

/// Whether somebody says that the node, which is not ready, will not come back by itself. Models `gcTerminating`.
fn is_out_of_service(node: &Node) -> bool {
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let ready = conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    !ready && taints.iter().any(|taint| taint.key == "node.kubernetes.io/out-of-service")
}

/// Models `markFailedAndDeletePodWithCondition`.
fn remove(client: &Client, pod: &Pod, node_gone: bool) {
    let (namespace, name) = name_of(&pod.metadata);
    if !is_finished(pod) {
        let mut failed = pod.clone();
        let generation = failed.metadata.generation;
        let status = failed.status.get_or_insert_default();
        status.phase = Some("Failed".to_owned());
        if node_gone {
            let condition = PodCondition {
                type_: "DisruptionTarget".to_owned(),
                status: "True".to_owned(),
                reason: Some("DeletionByPodGC".to_owned()),
                message: Some("PodGC: node no longer exists".to_owned()),
                observed_generation: generation,
                ..PodCondition::default()
            };
            update_condition(status.conditions.get_or_insert_default(), condition, client.now());
        }
        let _ = client.update_status(failed);
    }
    let options = DeleteOptions { grace_period_seconds: Some(0), uid: Some(uid(&pod.metadata).to_owned()), ..DeleteOptions::default() };
    // Gone already is as good.
    let _ = client.delete::<Pod>(&namespace, &name, options);
}
