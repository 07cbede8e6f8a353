//! The downward API: a pod's fields as text. Models `pkg/fieldpath` and `pkg/api/v1/resource`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod, ResourceFieldSelector};

use super::config::NodeConfig;
use super::record::{name_of, namespace_of, spec_of, uid_of};
use crate::api::quantity::Quantity;

/// `key="value"` lines, sorted, as `metadata.labels` gives them.
fn map_text(map: &Option<BTreeMap<String, String>>) -> String {
    let lines = map.iter().flatten().map(|(key, value)| format!("{key}={value:?}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The value of `fieldRef`. `pod_ip` is known once the sandbox stands.
pub(super) fn field(pod: &Pod, path: &str, node: &NodeConfig, pod_ip: &str) -> Result<String, String> {
    let meta = &pod.metadata;
    let subscript = |prefix: &str| Some(path.strip_prefix(prefix)?.strip_prefix("['")?.strip_suffix("']")?.to_owned());
    if let Some(key) = subscript("metadata.annotations") {
        return Ok(meta.annotations.as_ref().and_then(|map| map.get(&key).cloned()).unwrap_or_default());
    }
    if let Some(key) = subscript("metadata.labels") {
        return Ok(meta.labels.as_ref().and_then(|map| map.get(&key).cloned()).unwrap_or_default());
    }
    let spec = spec_of(pod);
    Ok(match path {
        "metadata.name" => name_of(pod).to_owned(),
        "metadata.namespace" => namespace_of(pod).to_owned(),
        "metadata.uid" => uid_of(pod).to_owned(),
        "metadata.labels" => map_text(&meta.labels),
        "metadata.annotations" => map_text(&meta.annotations),
        "spec.nodeName" => spec.node_name.clone().unwrap_or_default(),
        "spec.serviceAccountName" => spec.service_account_name.clone().unwrap_or_default(),
        "status.hostIP" | "status.hostIPs" => node.ip.to_string(),
        "status.podIP" | "status.podIPs" => pod_ip.to_owned(),
        _ => return Err(format!("unsupported fieldPath: {path}")),
    })
}

/// The value of `resourceFieldRef`: limits that are not set are the node's.
pub(super) fn resource(reference: &ResourceFieldSelector, container: &Container, node: &NodeConfig) -> Result<String, String> {
    let (list, name) =
        reference.resource.split_once('.').ok_or_else(|| format!("unsupported container resource : {}", reference.resource))?;
    let resources = container.resources.as_ref();
    let map = match list {
        "limits" => resources.and_then(|r| r.limits.as_ref()),
        "requests" => resources.and_then(|r| r.requests.as_ref()),
        _ => return Err(format!("unsupported container resource : {}", reference.resource)),
    };
    let set = map.and_then(|map| map.get(name)).map(|quantity| quantity.0.clone());
    let text = set.unwrap_or_else(|| match (list, name) {
        ("limits", "cpu") => node.cpus.to_string(),
        ("limits", "memory") => format!("{}Ki", node.memory_kib),
        _ => "0".to_owned(),
    });
    let value = Quantity::parse(&text).map_err(|why| why.to_string())?;
    let divisor = reference.divisor.as_ref().map_or("1", |d| d.0.as_str());
    let divisor = Quantity::parse(if divisor == "0" { "1" } else { divisor }).map_err(|why| why.to_string())?;
    let (n, d) = if name == "cpu" { (value.milli_value(), divisor.milli_value()) } else { (value.value(), divisor.value()) };
    // Rounded up, as Go's `math.Ceil`.
    Ok(if d <= 0 { n } else { n.saturating_add(d - 1) / d }.to_string())
}
