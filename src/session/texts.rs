//! The inspector's texts: what `kubectl describe`, `get events` and `logs` would print, without a command being run.
//!
//! Architecture invariant: nothing here is a request; looking leaves no mark in the trace.

use std::rc::Rc;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Event, Pod};
use serde_json::Value;

use super::playground::Session;
use super::view::ObjectRef;
use crate::api::Object;
use crate::api::duration::human_duration;
use crate::api::pod::{is_finished, node_name};
use crate::client::Client;
use crate::kubectl::describe::{Writer, generic, node, pod};

/// The most of a log that is shown, in bytes.
const LIMIT_LOG_BYTES: usize = 64 * 1024;
const LIMIT_LOG_LINES: usize = 1_000;

impl Session {
    /// As `kubectl describe` prints it.
    pub fn describe_of(&self, of: &ObjectRef) -> String {
        let Some(object) = self.object(of) else { return String::new() };
        let client = self.0.cluster.client("inspector");
        let json = object.to_json();
        let events: Vec<Value> = events(&client, &object).iter().filter_map(|event| serde_json::to_value(&**event).ok()).collect();
        let mut writer = Writer::new(client.sim().timestamp().as_millisecond());
        match of.kind.as_str() {
            "Pod" => pod::describe(&mut writer, &json, Some(&events)),
            "Node" => {
                let lease = client.get::<Lease>("kube-node-lease", &of.name);
                let lease = lease.and_then(|lease| serde_json::to_value(&*lease).ok()).ok_or_else(String::new);
                node::describe(&mut writer, &json, lease, &pods_on(&client, &of.name), Some(&events));
            }
            _ => generic::describe(&mut writer, &json, Some(&events)),
        }
        writer.finish()
    }

    /// The object's events, oldest first: age, reason, source and message.
    pub fn events_of(&self, of: &ObjectRef) -> String {
        let Some(object) = self.object(of) else { return String::new() };
        let client = self.0.cluster.client("inspector");
        let now = client.sim().timestamp();
        let line = |event: &Event| {
            let last = event.last_timestamp.as_ref().map(|time| time.0).or(event.event_time.as_ref().map(|time| time.0));
            let age = last.map_or_else(|| "<unknown>".to_owned(), |last| human_duration(now.as_millisecond() - last.as_millisecond()));
            let (reason, message) = (event.reason.as_deref().unwrap_or_default(), event.message.as_deref().unwrap_or_default());
            let times = event.count.filter(|count| *count > 1).map(|count| format!(" (x{count})")).unwrap_or_default();
            format!("{age:<6} {:<8} {reason:<20} {message}{times}", event.type_.as_deref().unwrap_or_default())
        };
        events(&client, &object).iter().map(|event| line(event)).collect::<Vec<_>>().join("\n")
    }

    /// The end of a container's log, of the first container unless one is named.
    pub fn logs_of(&self, of: &ObjectRef) -> String {
        let Some(pod) = self.0.cluster.client("inspector").get::<Pod>(&of.namespace, &of.name) else { return String::new() };
        let Some(spec) = pod.spec.as_ref() else { return String::new() };
        let first = spec.containers.first().map(|container| container.name.clone());
        let (Some(name), Some(node)) = (of.container.clone().or(first), spec.node_name.as_deref()) else { return String::new() };
        let runtimes = self.0.cluster.runtimes();
        let uid = pod.metadata.uid.as_deref().unwrap_or_default();
        let all = runtimes.get(node).map(crate::cri::Runtime::containers).unwrap_or_default();
        let ours = all.into_iter().filter(|container| container.sandbox.config.uid == uid && container.config.name == name);
        let newest = ours.max_by_key(|container| container.config.attempt);
        newest.map(|container| container.log.tail(LIMIT_LOG_LINES, LIMIT_LOG_BYTES)).unwrap_or_default()
    }
}

/// The events about an object, oldest first. The kubelet gives a node's name for its uid.
fn events(client: &Client, object: &Object) -> Vec<Rc<Event>> {
    let mut events = client.list::<Event>(None);
    events.retain(|event| {
        let about = &event.involved_object;
        about.kind.as_deref() == Some(object.kind().info().kind)
            && about.name.as_deref() == Some(object.name())
            && about.uid.as_deref().is_some_and(|uid| uid == object.uid() || uid == object.name())
    });
    events.sort_by_key(|event| event.last_timestamp.as_ref().map(|time| time.0));
    events
}

fn pods_on(client: &Client, node: &str) -> Vec<Value> {
    let pods = client.list::<Pod>(None);
    let here = pods.iter().filter(|pod| node_name(pod) == node && !is_finished(pod));
    here.filter_map(|pod| serde_json::to_value(&**pod).ok()).collect()
}
