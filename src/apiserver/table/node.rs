//! Models `printNode` of `pkg/printers/internalversion`.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;
use serde_json::{Value, json};

use super::{AGE, Column, NAME, column, since};

pub(super) const COLUMNS: &[Column] = &[
    NAME,
    column("Status", "string", 0),
    column("Roles", "string", 0),
    AGE,
    column("Version", "string", 0),
    column("Internal-IP", "string", 1),
    column("External-IP", "string", 1),
    column("OS-Image", "string", 1),
    column("Kernel-Version", "string", 1),
    column("Container-Runtime", "string", 1),
];

/// The conditions that STATUS shows.
const SHOWN_CONDITIONS: &[&str] = &["Ready"];

pub(super) fn cells(node: &Node, now: Timestamp) -> Vec<Value> {
    let status = node.status.as_ref();
    let info = status.and_then(|s| s.node_info.as_ref());
    let address = |type_: &str| {
        let found = status.iter().flat_map(|s| s.addresses.iter().flatten()).find(|a| a.type_ == type_);
        found.map_or_else(|| "<none>".to_owned(), |a| a.address.clone())
    };
    let or_unknown = |text: Option<&String>| text.filter(|t| !t.is_empty()).cloned().unwrap_or_else(|| "<unknown>".into());
    let kernel = match info {
        Some(info) if !info.kernel_version.is_empty() && !info.architecture.is_empty() => {
            format!("{} ({})", info.kernel_version, info.architecture)
        }
        _ => or_unknown(info.map(|i| &i.kernel_version)),
    };
    vec![
        json!(node.metadata.name),
        json!(status_word(node)),
        json!(roles(node)),
        json!(since(node.metadata.creation_timestamp.as_ref().map(|t| t.0), now)),
        json!(info.map(|i| i.kubelet_version.clone()).unwrap_or_default()),
        json!(address("InternalIP")),
        json!(address("ExternalIP")),
        json!(or_unknown(info.map(|i| &i.os_image))),
        json!(kernel),
        json!(or_unknown(info.map(|i| &i.container_runtime_version))),
    ]
}

fn status_word(node: &Node) -> String {
    let conditions: Vec<_> = node.status.iter().flat_map(|s| s.conditions.iter().flatten()).collect();
    let mut words: Vec<String> = Vec::new();
    for type_ in SHOWN_CONDITIONS {
        if let Some(condition) = conditions.iter().find(|c| c.type_ == *type_) {
            words.push(if condition.status == "True" { (*type_).to_owned() } else { format!("Not{type_}") });
        }
    }
    if words.is_empty() {
        words.push("Unknown".into());
    }
    if node.spec.as_ref().is_some_and(|s| s.unschedulable == Some(true)) {
        words.push("SchedulingDisabled".into());
    }
    words.join(",")
}

fn roles(node: &Node) -> String {
    let mut roles: Vec<String> = Vec::new();
    for (key, value) in node.metadata.labels.iter().flatten() {
        match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => roles.push(role.to_owned()),
            None if key == "kubernetes.io/role" && !value.is_empty() => roles.push(value.clone()),
            _ => {}
        }
    }
    roles.sort();
    roles.dedup();
    if roles.is_empty() { "<none>".into() } else { roles.join(",") }
}
