//! `kubectl describe node`.

use super::writer::{Writer, or_none, rfc1123, shown};
use crate::api::pod_resources::{pod_limits, pod_requests};
use crate::api::quantity::{Format, Quantity};
use crate::kubectl::command::{at, items, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// The description; `lease` is the node's, or why there is none; `pods` those that have not ended.
pub fn describe(w: &mut Writer, node: &Value, lease: Result<Value, String>, pods: &[Value], events: Option<&[Value]>) {
    w.field(0, "Name", &text(node, &["metadata", "name"]));
    w.field(0, "Roles", or_none(&roles(node)));
    w.labels("Labels", at(node, &["metadata", "labels"]));
    w.annotations("Annotations", at(node, &["metadata", "annotations"]));
    w.field(0, "CreationTimestamp", &rfc1123(&text(node, &["metadata", "creationTimestamp"])));
    taints(w, items(node, &["spec", "taints"]));
    w.field(0, "Unschedulable", &(at(node, &["spec", "unschedulable"]) == Some(&Value::Bool(true))).to_string());
    match lease {
        Ok(lease) => {
            let stamp = |key: &str| match text(&lease, &["spec", key]) {
                none if none.is_empty() => "<unset>".to_owned(),
                time => rfc1123(&time),
            };
            let holder = text(&lease, &["spec", "holderIdentity"]);
            w.line(0, "Lease:");
            w.field(1, "HolderIdentity", if holder.is_empty() { "<unset>" } else { &holder });
            w.field(1, "AcquireTime", &stamp("acquireTime"));
            w.field(1, "RenewTime", &stamp("renewTime"));
        }
        Err(why) => w.field(0, "Lease", &format!("Failed to get lease: {why}")),
    }
    conditions(w, node);
    w.line(0, "Addresses:");
    for address in items(node, &["status", "addresses"]) {
        w.field(1, &text(address, &["type"]), &text(address, &["address"]));
    }
    for (label, key) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        if let Some(map) = at(node, &["status", key]).and_then(Value::as_object).filter(|m| !m.is_empty()) {
            w.line(0, &format!("{label}:"));
            for (name, value) in map {
                w.field(1, name, &shown(Some(value)));
            }
        }
    }
    system(w, node);
    resources(w, node, pods);
    if let Some(events) = events {
        w.events(events);
    }
}

fn roles(node: &Value) -> String {
    let labels = at(node, &["metadata", "labels"]).and_then(Value::as_object);
    let mut roles: Vec<String> = Vec::new();
    for (key, value) in labels.into_iter().flatten() {
        if let Some(role) = key.strip_prefix("node-role.kubernetes.io/").filter(|r| !r.is_empty()) {
            roles.push(role.to_owned());
        } else if key == "kubernetes.io/role" {
            roles.extend(value.as_str().filter(|r| !r.is_empty()).map(str::to_owned));
        }
    }
    roles.sort();
    roles.dedup();
    roles.join(",")
}

fn taints(w: &mut Writer, taints: &[Value]) {
    if taints.is_empty() {
        w.line(0, "Taints:\t<none>");
        return;
    }
    let mut sorted: Vec<&Value> = taints.iter().collect();
    sorted.sort_by_key(|taint| format!("{},{}", text(taint, &["effect"]), text(taint, &["key"])));
    for (i, taint) in sorted.iter().enumerate() {
        w.line(0, &format!("{}\t{}", if i == 0 { "Taints:" } else { "" }, taint_text(taint)));
    }
}

/// `key=value:Effect`.
pub fn taint_text(taint: &Value) -> String {
    let value = text(taint, &["value"]);
    let value = if value.is_empty() { value } else { format!("={value}") };
    format!("{}{value}:{}", text(taint, &["key"]), text(taint, &["effect"]))
}

fn conditions(w: &mut Writer, node: &Value) {
    let conditions = items(node, &["status", "conditions"]);
    if conditions.is_empty() {
        return;
    }
    w.line(0, "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    w.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    for c in conditions {
        let t = |key: &str| text(c, &[key]);
        let (seen, changed) = (rfc1123(&t("lastHeartbeatTime")), rfc1123(&t("lastTransitionTime")));
        w.line(1, &format!("{} \t{} \t{seen} \t{changed} \t{} \t{}", t("type"), t("status"), t("reason"), t("message")));
    }
}

fn system(w: &mut Writer, node: &Value) {
    w.line(0, "System Info:");
    for (label, key) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        w.field(1, label, &text(node, &["status", "nodeInfo", key]));
    }
    let cidr = text(node, &["spec", "podCIDR"]);
    if !cidr.is_empty() {
        w.field(0, "PodCIDR", &cidr);
    }
    let cidrs: Vec<&str> = items(node, &["spec", "podCIDRs"]).iter().filter_map(Value::as_str).collect();
    if !cidrs.is_empty() {
        w.field(0, "PodCIDRs", &cidrs.join(","));
    }
    let provider = text(node, &["spec", "providerID"]);
    if !provider.is_empty() {
        w.field(0, "ProviderID", &provider);
    }
}

type Totals = BTreeMap<String, Quantity>;

fn add(totals: &mut Totals, more: &Totals) {
    for (name, quantity) in more {
        let sum = totals.get(name).map_or_else(|| quantity.clone(), |have| have.add(quantity));
        totals.insert(name.clone(), sum);
    }
}

fn quantities(map: Option<&Value>) -> Totals {
    let map = map.and_then(Value::as_object);
    map.into_iter().flatten().filter_map(|(name, v)| Some((name.clone(), Quantity::parse(&shown(Some(v))).ok()?))).collect()
}

fn resources(w: &mut Writer, node: &Value, pods: &[Value]) {
    let allocatable = quantities(at(node, &["status", "allocatable"]).filter(|all| !all.is_null()).or(at(node, &["status", "capacity"])));
    w.field(0, "Non-terminated Pods", &format!("({} in total)", pods.len()));
    w.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    w.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let (mut requests, mut limits) = (Totals::new(), Totals::new());
    let share = |totals: &Totals, name: &str| {
        let zero = Quantity::from_int(0, Format::DecimalSI);
        let quantity = totals.get(name).unwrap_or(&zero).clone();
        let all = allocatable.get(name).unwrap_or(&zero);
        let (part, whole) = if name == "cpu" { (quantity.milli_value(), all.milli_value()) } else { (quantity.value(), all.value()) };
        let percent = if whole == 0 { 0 } else { i64::try_from(i128::from(part) * 100 / i128::from(whole)).unwrap_or(0) };
        format!("{quantity} ({percent}%)")
    };
    for pod in pods {
        let spec = pod.get("spec").cloned().and_then(|spec| serde_json::from_value(spec).ok());
        let (request, limit) = (pod_requests(spec.as_ref()), pod_limits(spec.as_ref()));
        let age = w.since(&text(pod, &["metadata", "creationTimestamp"]));
        let cells = [share(&request, "cpu"), share(&limit, "cpu"), share(&request, "memory"), share(&limit, "memory"), age];
        w.line(1, &format!("{}\t{}\t\t{}", text(pod, &["metadata", "namespace"]), text(pod, &["metadata", "name"]), cells.join("\t")));
        add(&mut requests, &request);
        add(&mut limits, &limit);
    }
    w.line(0, "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    w.line(1, "Resource\tRequests\tLimits");
    w.line(1, "--------\t--------\t------");
    for name in ["cpu", "memory", "ephemeral-storage"] {
        w.line(1, &format!("{name}\t{}\t{}", share(&requests, name), share(&limits, name)));
    }
    for name in allocatable.keys().filter(|n| n.starts_with("hugepages-")) {
        w.line(1, &format!("{name}\t{}\t{}", share(&requests, name), share(&limits, name)));
    }
    let standard = |n: &str| matches!(n, "cpu" | "memory" | "ephemeral-storage" | "pods") || n.starts_with("hugepages-");
    for name in allocatable.keys().filter(|n| !standard(n)) {
        let plain = |totals: &Totals| totals.get(name).map_or_else(|| "0".to_owned(), ToString::to_string);
        w.line(1, &format!("{name}\t{}\t{}", plain(&requests), plain(&limits)));
    }
}
