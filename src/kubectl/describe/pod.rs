//! `kubectl describe pod`.

use super::containers::{describe_containers, resources, seccomp};
use super::volumes::describe_volumes;
use super::writer::{Writer, controller, rfc1123, selector};
use crate::kubectl::command::{at, items, text};
use serde_json::Value;

/// The description.
pub fn describe(w: &mut Writer, pod: &Value, events: Option<&[Value]>) {
    head(w, pod);
    status(w, pod);
    let statuses = |key: &str| items(pod, &["status", key]);
    if !items(pod, &["spec", "initContainers"]).is_empty() {
        describe_containers(
            w,
            "Init Containers",
            items(pod, &["spec", "initContainers"]),
            statuses("initContainerStatuses"),
            Some(pod),
            "",
        );
    }
    describe_containers(w, "Containers", items(pod, &["spec", "containers"]), statuses("containerStatuses"), Some(pod), "");
    if !items(pod, &["spec", "ephemeralContainers"]).is_empty() {
        let containers = items(pod, &["spec", "ephemeralContainers"]);
        describe_containers(w, "Ephemeral Containers", containers, statuses("ephemeralContainerStatuses"), Some(pod), "");
    }
    conditions(w, pod);
    describe_volumes(w, items(pod, &["spec", "volumes"]), "");
    w.field(0, "QoS Class", &class(pod));
    w.labels("Node-Selectors", at(pod, &["spec", "nodeSelector"]));
    w.tolerations("Tolerations", items(pod, &["spec", "tolerations"]));
    spread(w, items(pod, &["spec", "topologySpreadConstraints"]), "");
    group(w, pod, "");
    if let Some(events) = events {
        w.events(events);
    }
}

/// The class that the kubelet told, or that the resources make.
fn class(pod: &Value) -> String {
    let told = text(pod, &["status", "qosClass"]);
    if !told.is_empty() {
        return told;
    }
    let spec = pod.get("spec").cloned().and_then(|spec| serde_json::from_value(spec).ok()).unwrap_or_default();
    crate::api::validation::qos_class(&spec).to_owned()
}

fn head(w: &mut Writer, pod: &Value) {
    w.field(0, "Name", &text(pod, &["metadata", "name"]));
    w.field(0, "Namespace", &text(pod, &["metadata", "namespace"]));
    if let Some(priority) = at(pod, &["spec", "priority"]).and_then(Value::as_i64) {
        w.field(0, "Priority", &priority.to_string());
    }
    for (label, key) in [
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ] {
        let value = text(pod, &["spec", key]);
        if !value.is_empty() {
            w.field(0, label, &value);
        }
    }
    let node = text(pod, &["spec", "nodeName"]);
    let node = if node.is_empty() { "<none>".into() } else { format!("{node}/{}", text(pod, &["status", "hostIP"])) };
    w.field(0, "Node", &node);
    let start = text(pod, &["status", "startTime"]);
    if !start.is_empty() {
        w.field(0, "Start Time", &rfc1123(&start));
    }
    w.labels("Labels", at(pod, &["metadata", "labels"]));
    w.annotations("Annotations", at(pod, &["metadata", "annotations"]));
}

fn status(w: &mut Writer, pod: &Value) {
    let phase = text(pod, &["status", "phase"]);
    let deleted = text(pod, &["metadata", "deletionTimestamp"]);
    if !deleted.is_empty() && phase != "Failed" && phase != "Succeeded" {
        let lasts = w.since(&deleted);
        w.field(0, "Status", &format!("Terminating (lasts {lasts})"));
        let grace = at(pod, &["metadata", "deletionGracePeriodSeconds"]).and_then(Value::as_i64).unwrap_or(0);
        w.field(0, "Termination Grace Period", &format!("{grace}s"));
    } else {
        w.field(0, "Status", &phase);
    }
    for (label, key) in [("Reason", "reason"), ("Message", "message")] {
        let value = text(pod, &["status", key]);
        if !value.is_empty() {
            w.field(0, label, &value);
        }
    }
    seccomp(w, pod.get("spec").unwrap_or(&Value::Null), 0, 0);
    w.field(0, "IP", &text(pod, &["status", "podIP"]));
    let ips = items(pod, &["status", "podIPs"]);
    if ips.is_empty() {
        w.line(0, "IPs:\t<none>");
    } else {
        w.line(0, "IPs:");
        for ip in ips {
            w.field(1, "IP", &text(ip, &["ip"]));
        }
    }
    let controller = controller(pod);
    if !controller.is_empty() {
        w.field(0, "Controlled By", &controller);
    }
    let nominated = text(pod, &["status", "nominatedNodeName"]);
    if !nominated.is_empty() {
        w.field(0, "NominatedNodeName", &nominated);
    }
    if let Some(spec) = pod.get("spec").filter(|spec| spec.get("resources").is_some_and(Value::is_object)) {
        w.line(0, "Resources:");
        resources(w, spec, 1);
    }
}

fn conditions(w: &mut Writer, pod: &Value) {
    let conditions = items(pod, &["status", "conditions"]);
    let gates = items(pod, &["spec", "readinessGates"]);
    if !gates.is_empty() {
        w.line(0, "Readiness Gates:\n  Type\tStatus");
        for gate in gates {
            let kind = text(gate, &["conditionType"]);
            let status = conditions.iter().find(|c| text(c, &["type"]) == kind).map(|c| text(c, &["status"]));
            w.line(1, &format!("{kind} \t{} ", status.unwrap_or_else(|| "<none>".into())));
        }
    }
    if !conditions.is_empty() {
        w.line(0, "Conditions:\n  Type\tStatus");
        for c in conditions {
            w.line(1, &format!("{} \t{} ", text(c, &["type"]), text(c, &["status"])));
        }
    }
}

/// The group with which a pod is scheduled.
pub fn group(w: &mut Writer, pod: &Value, space: &str) {
    if let Some(group) = at(pod, &["spec", "schedulingGroup"]) {
        w.line(0, &format!("{space}SchedulingGroup:"));
        w.field(1, "PodGroupName", &text(group, &["podGroupName"]));
    }
}

/// Topology spread constraints, one a line.
pub fn spread(w: &mut Writer, constraints: &[Value], space: &str) {
    let mut sorted: Vec<&Value> = constraints.iter().collect();
    sorted.sort_by_key(|c| text(c, &["topologyKey"]));
    for (i, c) in sorted.into_iter().enumerate() {
        let head = if i == 0 { format!("{space}Topology Spread Constraints:\t") } else { format!("{space}\t") };
        let skew = at(c, &["maxSkew"]).and_then(Value::as_i64).unwrap_or(0);
        let chosen = if c.get("labelSelector").is_some_and(Value::is_object) {
            format!(" for selector {}", selector(c.get("labelSelector")))
        } else {
            String::new()
        };
        let (key, when) = (text(c, &["topologyKey"]), text(c, &["whenUnsatisfiable"]));
        w.line(0, &format!("{head}{key}:{when} when max skew {skew} is exceeded{chosen}"));
    }
}
