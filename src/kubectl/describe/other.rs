//! `kubectl describe` of namespaces, quotas, limits, services, endpoints, config maps, secrets, accounts and priority classes.

use super::workload::pairs;
use super::writer::{Writer, or_none, rfc1123, shown};
use crate::api::base64;
use crate::api::quantity::Quantity;
use crate::kubectl::command::{at, int, items, text};
use serde_json::Value;

/// Namespace with its quotas and limits.
pub fn namespace(w: &mut Writer, object: &Value, quotas: &[Value], limits: &[Value]) {
    w.field(0, "Name", &text(object, &["metadata", "name"]));
    w.labels("Labels", at(object, &["metadata", "labels"]));
    w.annotations("Annotations", at(object, &["metadata", "annotations"]));
    w.field(0, "Status", &text(object, &["status", "phase"]));
    let conditions = items(object, &["status", "conditions"]);
    if !conditions.is_empty() {
        w.line(0, "Conditions:");
        w.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        w.line(1, "----\t------\t------------------\t------\t-------");
        for c in conditions {
            let t = |key: &str| text(c, &[key]);
            w.line(1, &format!("{}\t{}\t{}\t{}\t{}", t("type"), t("status"), rfc1123(&t("lastTransitionTime")), t("reason"), t("message")));
        }
    }
    w.line(0, "");
    if quotas.is_empty() {
        w.line(0, "No resource quota.");
    } else {
        w.line(0, "Resource Quotas");
        for quota in quotas {
            w.field(1, "Name", &text(quota, &["metadata", "name"]));
            scopes(w, quota, 1);
            w.line(1, "Resource\tUsed\tHard");
            w.line(1, "--------\t---\t---");
            amounts(w, quota, 1);
        }
    }
    w.line(0, "");
    if limits.is_empty() {
        w.line(0, "No LimitRange resource.");
    } else {
        w.line(0, "Resource Limits\n Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
        w.line(0, " ----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
        for range in limits {
            limit_lines(w, range, " ");
        }
    }
}

fn scopes(w: &mut Writer, quota: &Value, level: usize) {
    let mut scopes: Vec<&str> = items(quota, &["spec", "scopes"]).iter().filter_map(Value::as_str).collect();
    if scopes.is_empty() {
        return;
    }
    scopes.sort_unstable();
    w.field(level, "Scopes", &scopes.join(", "));
    for scope in scopes {
        let help = match scope {
            "Terminating" => {
                "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."
            }
            "NotTerminating" => {
                "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."
            }
            "BestEffort" => {
                "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."
            }
            "NotBestEffort" => {
                "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
            }
            _ => continue,
        };
        w.line(level, &format!("{}* {help}", if level == 0 { " " } else { "" }));
    }
}

fn amounts(w: &mut Writer, quota: &Value, level: usize) {
    let hard = at(quota, &["status", "hard"]).and_then(Value::as_object);
    for (name, amount) in hard.into_iter().flatten() {
        let quantity = |value: Option<&Value>| Quantity::parse(&shown(value)).unwrap_or_default();
        let (hard, mut used) = (quantity(Some(amount)), quantity(at(quota, &["status", "used", name.as_str()])));
        if level == 0 && used.format() != hard.format() {
            used = Quantity::from_int(used.value(), hard.format());
        }
        w.line(level, &format!("{name}\t{used}\t{hard}"));
    }
}

fn limit_lines(w: &mut Writer, range: &Value, prefix: &str) {
    for item in items(range, &["spec", "limits"]) {
        let keys = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
        let mut names: Vec<&String> = keys.iter().filter_map(|k| item.get(*k)?.as_object()).flat_map(|m| m.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let cells: Vec<String> =
                keys.iter().map(|key| at(item, &[key, name]).map_or_else(|| "-".to_owned(), |v| shown(Some(v)))).collect();
            w.line(0, &format!("{prefix}{}\t{name}\t{}", text(item, &["type"]), cells.join("\t")));
        }
    }
}

/// Resource quota.
pub fn quota(w: &mut Writer, object: &Value) {
    w.field(0, "Name", &text(object, &["metadata", "name"]));
    w.field(0, "Namespace", &text(object, &["metadata", "namespace"]));
    scopes(w, object, 0);
    w.line(0, "Resource\tUsed\tHard");
    w.line(0, "--------\t----\t----");
    amounts(w, object, 0);
}

/// Limit range.
pub fn limit_range(w: &mut Writer, object: &Value) {
    w.field(0, "Name", &text(object, &["metadata", "name"]));
    w.field(0, "Namespace", &text(object, &["metadata", "namespace"]));
    w.line(0, "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio");
    w.line(0, "----\t--------\t---\t---\t---------------\t-------------\t-----------------------");
    limit_lines(w, object, "");
}

/// Service with the endpoints of its slices.
pub fn service(w: &mut Writer, object: &Value, slices: &[Value], events: Option<&[Value]>) {
    w.head(object);
    let spec = |key: &str| text(object, &["spec", key]);
    let list = |key: &str| items(object, &["spec", key]).iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
    w.field(0, "Selector", &pairs(at(object, &["spec", "selector"])));
    w.field(0, "Type", &spec("type"));
    if !spec("ipFamilyPolicy").is_empty() {
        w.field(0, "IP Family Policy", &spec("ipFamilyPolicy"));
    }
    w.field(0, "IP Families", or_none(&list("ipFamilies")));
    w.field(0, "IP", &spec("clusterIP"));
    w.field(0, "IPs", or_none(&list("clusterIPs")));
    if !list("externalIPs").is_empty() {
        w.field(0, "External IPs", &list("externalIPs"));
    }
    for (label, key) in [("Desired LoadBalancer IP", "loadBalancerIP"), ("External Name", "externalName")] {
        if !spec(key).is_empty() {
            w.field(0, label, &spec(key));
        }
    }
    let ingress: Vec<String> = items(object, &["status", "loadBalancer", "ingress"])
        .iter()
        .map(|i| {
            let ip = text(i, &["ip"]);
            let mode = text(i, &["ipMode"]);
            if ip.is_empty() {
                text(i, &["hostname"])
            } else if mode.is_empty() {
                ip
            } else {
                format!("{ip} ({mode})")
            }
        })
        .collect();
    if !ingress.is_empty() {
        w.field(0, "LoadBalancer Ingress", &ingress.join(", "));
    }
    for port in items(object, &["spec", "ports"]) {
        let name = text(port, &["name"]);
        let shown_name = if name.is_empty() { "<unset>" } else { &name };
        let protocol = text(port, &["protocol"]);
        w.field(0, "Port", &format!("{shown_name}\t{}/{protocol}", int(port, &["port"])));
        w.field(0, "TargetPort", &format!("{}/{protocol}", shown(port.get("targetPort"))));
        if !text(port, &["appProtocol"]).is_empty() {
            w.field(0, "AppProtocol", &text(port, &["appProtocol"]));
        }
        if int(port, &["nodePort"]) != 0 {
            w.field(0, "NodePort", &format!("{shown_name}\t{}/{protocol}", int(port, &["nodePort"])));
        }
        w.field(0, "Endpoints", &endpoints(slices, &name));
    }
    w.field(0, "Session Affinity", &spec("sessionAffinity"));
    for (label, key) in [("External Traffic Policy", "externalTrafficPolicy"), ("Internal Traffic Policy", "internalTrafficPolicy")] {
        if !spec(key).is_empty() {
            w.field(0, label, &spec(key));
        }
    }
    if int(object, &["spec", "healthCheckNodePort"]) != 0 {
        w.field(0, "HealthCheck NodePort", &int(object, &["spec", "healthCheckNodePort"]).to_string());
    }
    if !list("loadBalancerSourceRanges").is_empty() {
        w.field(0, "LoadBalancer Source Ranges", &list("loadBalancerSourceRanges"));
    }
    if !spec("trafficDistribution").is_empty() {
        w.field(0, "Traffic Distribution", &spec("trafficDistribution"));
    }
    if let Some(events) = events {
        w.events(events);
    }
}

/// Ready addresses with the port of this name: three, then how many more.
fn endpoints(slices: &[Value], name: &str) -> String {
    if slices.is_empty() {
        return "<none>".into();
    }
    let mut all = Vec::new();
    for slice in slices {
        for port in items(slice, &["ports"]).iter().filter(|p| text(p, &["name"]) == name) {
            for endpoint in items(slice, &["endpoints"]) {
                if at(endpoint, &["conditions", "ready"]) == Some(&Value::Bool(false)) {
                    continue;
                }
                for address in items(endpoint, &["addresses"]).iter().filter_map(Value::as_str) {
                    all.push(format!("{address}:{}", int(port, &["port"])));
                }
            }
        }
    }
    match all.len() {
        n if n > 3 => format!("{} + {} more...", all[..3].join(","), n - 3),
        _ => all.join(","),
    }
}

/// Endpoints.
pub fn endpoints_object(w: &mut Writer, object: &Value, events: Option<&[Value]>) {
    w.head(object);
    w.line(0, "Subsets:");
    for subset in items(object, &["subsets"]) {
        let ips = |key: &str| items(subset, &[key]).iter().map(|a| text(a, &["ip"])).collect::<Vec<_>>().join(",");
        w.field(1, "Addresses", or_none(&ips("addresses")));
        w.field(1, "NotReadyAddresses", or_none(&ips("notReadyAddresses")));
        let ports = items(subset, &["ports"]);
        if !ports.is_empty() {
            w.line(1, "Ports:");
            w.line(2, "Name\tPort\tProtocol");
            w.line(2, "----\t----\t--------");
            for port in ports {
                let name = text(port, &["name"]);
                let name = if name.is_empty() { "<unset>".into() } else { name };
                w.line(2, &format!("{name}\t{}\t{}", int(port, &["port"]), text(port, &["protocol"])));
            }
        }
        w.line(0, "");
    }
    if let Some(events) = events {
        w.events(events);
    }
}

/// Endpoint slice.
pub fn endpoint_slice(w: &mut Writer, object: &Value, events: Option<&[Value]>) {
    let known = |value: String| if value.is_empty() { "<unset>".to_owned() } else { value };
    w.head(object);
    w.field(0, "AddressType", &text(object, &["addressType"]));
    let (ports, endpoints) = (items(object, &["ports"]), items(object, &["endpoints"]));
    if ports.is_empty() {
        w.line(0, "Ports: <unset>");
    } else {
        w.line(0, "Ports:");
        w.line(1, "Name\tPort\tProtocol");
        w.line(1, "----\t----\t--------");
    }
    for port in ports {
        let number = at(port, &["port"]).map_or("<unset>".to_owned(), ToString::to_string);
        w.line(1, &format!("{}\t{number}\t{}", known(text(port, &["name"])), text(port, &["protocol"])));
    }
    w.line(0, if endpoints.is_empty() { "Endpoints: <none>" } else { "Endpoints:" });
    for endpoint in endpoints {
        let addresses: Vec<&str> = items(endpoint, &["addresses"]).iter().filter_map(Value::as_str).collect();
        w.field(1, "- Addresses", or_none(&addresses.join(", ")));
        w.line(2, "Conditions:");
        w.field(3, "Ready", &at(endpoint, &["conditions", "ready"]).map_or("<unset>".to_owned(), ToString::to_string));
        w.field(2, "Hostname", &known(text(endpoint, &["hostname"])));
        if let Some(target) = at(endpoint, &["targetRef"]) {
            w.field(2, "TargetRef", &format!("{}/{}", text(target, &["kind"]), text(target, &["name"])));
        }
        w.field(2, "NodeName", &known(text(endpoint, &["nodeName"])));
        w.field(2, "Zone", &known(text(endpoint, &["zone"])));
    }
    if let Some(events) = events {
        w.events(events);
    }
}

/// Config map.
pub fn config_map(w: &mut Writer, object: &Value, events: Option<&[Value]>) {
    w.head(object);
    w.line(0, "\nData\n====");
    let data = at(object, &["data"]).and_then(Value::as_object);
    for (key, value) in data.into_iter().flatten() {
        w.line(0, &format!("{key}:\n----\n{}\n", value.as_str().unwrap_or_default()));
    }
    w.line(0, "\nBinaryData\n====");
    let binary = at(object, &["binaryData"]).and_then(Value::as_object);
    for (key, value) in binary.into_iter().flatten() {
        w.line(0, &format!("{key}: {} bytes", decoded(value).len()));
    }
    w.line(0, "");
    if let Some(events) = events {
        w.events(events);
    }
}

/// What a base64 text stands for.
fn decoded(value: &Value) -> Vec<u8> {
    base64::decode(value.as_str().unwrap_or_default()).unwrap_or_default()
}

/// Secret: only the sizes, but for a service account's token.
pub fn secret(w: &mut Writer, object: &Value) {
    w.head(object);
    w.line(0, &format!("\nType:\t{}", text(object, &["type"])));
    w.line(0, "\nData\n====");
    let is_token = text(object, &["type"]) == "kubernetes.io/service-account-token";
    let data = at(object, &["data"]).and_then(Value::as_object);
    for (key, value) in data.into_iter().flatten() {
        if is_token && key == "token" {
            w.field(0, key, &String::from_utf8_lossy(&decoded(value)));
        } else {
            w.field(0, key, &format!("{} bytes", decoded(value).len()));
        }
    }
}

/// Service account.
pub fn service_account(w: &mut Writer, object: &Value, events: Option<&[Value]>) {
    w.head(object);
    let names: Vec<String> = items(object, &["imagePullSecrets"]).iter().map(|s| text(s, &["name"])).collect();
    if names.is_empty() {
        w.line(0, "Image pull secrets:\t<none>");
    }
    for (i, name) in names.iter().enumerate() {
        w.line(0, &format!("{}\t{name}", if i == 0 { "Image pull secrets:" } else { "                   " }));
    }
    if let Some(events) = events {
        w.events(events);
    }
}

/// Priority class.
pub fn priority_class(w: &mut Writer, object: &Value, events: Option<&[Value]>) {
    w.field(0, "Name", &text(object, &["metadata", "name"]));
    w.field(0, "Value", &int(object, &["value"]).to_string());
    w.field(0, "GlobalDefault", &(at(object, &["globalDefault"]) == Some(&Value::Bool(true))).to_string());
    w.field(0, "PreemptionPolicy", &text(object, &["preemptionPolicy"]));
    w.field(0, "Description", &text(object, &["description"]));
    let annotations = at(object, &["metadata", "annotations"]).and_then(Value::as_object);
    w.field(0, "Annotations", &crate::kubectl::printers::table::labels_text(annotations));
    if let Some(events) = events {
        w.events(events);
    }
}

/// Disruption budget.
pub fn disruption_budget(w: &mut Writer, object: &Value, events: Option<&[Value]>) {
    w.field(0, "Name", &text(object, &["metadata", "name"]));
    w.field(0, "Namespace", &text(object, &["metadata", "namespace"]));
    for (key, title) in [("minAvailable", "Min available"), ("maxUnavailable", "Max unavailable")] {
        if let Some(value) = at(object, &["spec", key]) {
            w.field(0, title, &value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
    }
    let selector = at(object, &["spec", "selector"]);
    let selector = if selector.is_some() { super::writer::selector(selector) } else { "<unset>".to_owned() };
    w.field(0, "Selector", &selector);
    w.line(0, "Status:");
    for (title, key) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        w.field(2, title, &int(object, &["status", key]).to_string());
    }
    if let Some(events) = events {
        w.events(events);
    }
}
