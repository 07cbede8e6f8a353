//! Containers, of pods and of pod templates.

use super::writer::{Writer, capital, or_none, rfc1123, shown};
use crate::api::quantity::Quantity;
use crate::kubectl::command::{at, int, items, text};
use crate::kubectl::printers::gofmt::quote;
use serde_json::Value;

/// Containers under their label. `pod` gives the values of fields that variables refer to.
pub fn describe_containers(w: &mut Writer, label: &str, containers: &[Value], statuses: &[Value], pod: Option<&Value>, space: &str) {
    let none = if containers.is_empty() { " <none>" } else { "" };
    w.line(0, &format!("{space}{label}:{none}"));
    for container in containers {
        let name = text(container, &["name"]);
        let status = statuses.iter().find(|s| text(s, &["name"]) == name);
        basics(w, container, status, if space.is_empty() { "" } else { " " });
        words(w, "Command", items(container, &["command"]));
        words(w, "Args", items(container, &["args"]));
        if let Some(status) = status {
            state(w, "State", status.get("state"));
            if at(status, &["lastState", "terminated"]).is_some_and(Value::is_object) {
                state(w, "Last State", status.get("lastState"));
            }
            w.field(2, "Ready", capital(status.get("ready")));
            w.field(2, "Restart Count", &int(status, &["restartCount"]).to_string());
        }
        resources(w, container, 2);
        for (label, key) in [("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe")] {
            if let Some(probe) = container.get(key).filter(|p| p.is_object()) {
                w.field(2, label, &probe_text(probe));
            }
        }
        environment(w, container, pod);
        mounts(w, container);
    }
}

fn basics(w: &mut Writer, container: &Value, status: Option<&Value>, indent: &str) {
    w.line(1, &format!("{indent}{}:", text(container, &["name"])));
    if let Some(status) = status {
        w.field(2, "Container ID", &text(status, &["containerID"]));
    }
    w.field(2, "Image", &text(container, &["image"]));
    if let Some(status) = status {
        w.field(2, "Image ID", &text(status, &["imageID"]));
    }
    for (label, key) in [("Port", "containerPort"), ("Host Port", "hostPort")] {
        let ports: Vec<String> = items(container, &["ports"])
            .iter()
            .map(|port| {
                let name = text(port, &["name"]);
                let name = if name.is_empty() { name } else { format!(" ({name})") };
                format!("{}/{}{name}", int(port, &[key]), text(port, &["protocol"]))
            })
            .collect();
        if ports.len() > 1 {
            w.field(2, &format!("{label}s"), &ports.join(", "));
        } else {
            w.field(2, label, or_none(&ports.join(", ")));
        }
    }
    seccomp(w, container, 2, 3);
}

/// The seccomp profile of a container's or a pod's security context, and below it a profile of the node's own.
pub fn seccomp(w: &mut Writer, holder: &Value, level: usize, below: usize) {
    let profile = |key: &str| text(holder, &["securityContext", "seccompProfile", key]);
    let kind = profile("type");
    if !kind.is_empty() {
        w.field(level, "SeccompProfile", &kind);
    }
    if kind == "Localhost" {
        w.field(below, "LocalhostProfile", &profile("localhostProfile"));
    }
}

fn words(w: &mut Writer, label: &str, words: &[Value]) {
    if words.is_empty() {
        return;
    }
    w.line(2, &format!("{label}:"));
    for word in words {
        for line in word.as_str().unwrap_or_default().split('\n') {
            w.line(3, line);
        }
    }
}

fn state(w: &mut Writer, label: &str, state: Option<&Value>) {
    let part = |key: &str| state.and_then(|s| s.get(key)).filter(|s| s.is_object());
    if let Some(running) = part("running") {
        w.field(2, label, "Running");
        w.field(3, "Started", &rfc1123(&text(running, &["startedAt"])));
    } else if let Some(terminated) = part("terminated") {
        w.field(2, label, "Terminated");
        for (label, key) in [("Reason", "reason"), ("Message", "message")] {
            let value = text(terminated, &[key]);
            if !value.is_empty() {
                w.field(3, label, &value);
            }
        }
        w.field(3, "Exit Code", &int(terminated, &["exitCode"]).to_string());
        if int(terminated, &["signal"]) > 0 {
            w.field(3, "Signal", &int(terminated, &["signal"]).to_string());
        }
        w.field(3, "Started", &rfc1123(&text(terminated, &["startedAt"])));
        w.field(3, "Finished", &rfc1123(&text(terminated, &["finishedAt"])));
    } else {
        w.field(2, label, "Waiting");
        let reason = part("waiting").map(|s| text(s, &["reason"])).unwrap_or_default();
        if !reason.is_empty() {
            w.field(3, "Reason", &reason);
        }
    }
}

/// Limits and requests.
pub fn resources(w: &mut Writer, container: &Value, level: usize) {
    for (label, key) in [("Limits", "limits"), ("Requests", "requests")] {
        let map = at(container, &["resources", key]).and_then(Value::as_object).filter(|m| !m.is_empty());
        if let Some(map) = map {
            w.line(level, &format!("{label}:"));
            for (name, quantity) in map {
                w.field(level + 1, name, &shown(Some(quantity)));
            }
        }
    }
}

/// `http-get http://:80/ delay=0s timeout=1s period=10s #success=1 #failure=3`.
pub fn probe_text(probe: &Value) -> String {
    let n = |key: &str| int(probe, &[key]);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        n("initialDelaySeconds"),
        n("timeoutSeconds"),
        n("periodSeconds"),
        n("successThreshold"),
        n("failureThreshold")
    );
    let handler = if let Some(exec) = probe.get("exec").filter(|v| v.is_object()) {
        let command = shown(exec.get("command"));
        format!("exec {}", if command.is_empty() { "[]" } else { &command })
    } else if let Some(http) = probe.get("httpGet").filter(|v| v.is_object()) {
        format!("http-get {}", probe_url(http))
    } else if let Some(tcp) = probe.get("tcpSocket").filter(|v| v.is_object()) {
        format!("tcp-socket {}:{}", text(tcp, &["host"]), shown(tcp.get("port")))
    } else if let Some(grpc) = probe.get("grpc").filter(|v| v.is_object()) {
        format!("grpc <pod>:{} {}", int(grpc, &["port"]), text(grpc, &["service"]))
    } else {
        "unknown".into()
    };
    format!("{handler} {attributes}")
}

/// Where an `httpGet` goes. Models url.URL's String.
fn probe_url(http: &Value) -> String {
    let (scheme, host, path) = (text(http, &["scheme"]).to_lowercase(), text(http, &["host"]), text(http, &["path"]));
    let colon = if scheme.is_empty() { "" } else { ":" };
    let host = if host.contains([':', '%']) { format!("[{host}]") } else { host };
    let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
    let mut out = format!("{scheme}{colon}//{host}:{}{slash}", shown(http.get("port")));
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn environment(w: &mut Writer, container: &Value, pod: Option<&Value>) {
    let from = items(container, &["envFrom"]);
    if !from.is_empty() {
        w.line(2, "Environment Variables from:");
        for source in from {
            let (kind, reference) = match (source.get("configMapRef"), source.get("secretRef")) {
                (Some(map), _) => ("ConfigMap", Some(map)),
                (None, Some(secret)) => ("Secret", Some(secret)),
                (None, None) => ("", None),
            };
            let reference = reference.unwrap_or(&Value::Null);
            let optional = reference.get("optional") == Some(&Value::Bool(true));
            let prefix = text(source, &["prefix"]);
            let prefix = if prefix.is_empty() { prefix } else { format!(" with prefix '{prefix}'") };
            w.line(3, &format!("{}\t{kind}{prefix}\tOptional: {optional}", text(reference, &["name"])));
        }
    }
    let env = items(container, &["env"]);
    w.line(2, if env.is_empty() { "Environment:\t<none>" } else { "Environment:" });
    for variable in env {
        let name = text(variable, &["name"]);
        let Some(source) = variable.get("valueFrom").filter(|v| v.is_object()) else {
            for (i, line) in text(variable, &["value"]).split('\n').enumerate() {
                if i == 0 { w.line(3, &format!("{name}:\t{line}")) } else { w.line(3, &format!("\t{line}")) }
            }
            continue;
        };
        let optional = |r: &Value| r.get("optional") == Some(&Value::Bool(true));
        if let Some(field) = source.get("fieldRef") {
            let path = text(field, &["fieldPath"]);
            let value = pod.map(|pod| pod_field(pod, &path)).unwrap_or_default();
            w.line(3, &format!("{name}:\t{value} ({}:{path})", text(field, &["apiVersion"])));
        } else if let Some(field) = source.get("resourceFieldRef") {
            let resource = text(field, &["resource"]);
            w.line(3, &format!("{name}:\t{} ({resource})", resource_value(container, field, &resource)));
        } else if let Some(key) = source.get("secretKeyRef") {
            let words = format!("<set to the key '{}' in secret '{}'>", text(key, &["key"]), text(key, &["name"]));
            w.line(3, &format!("{name}:\t{words}\tOptional: {}", optional(key)));
        } else if let Some(key) = source.get("configMapKeyRef") {
            let words = format!("<set to the key '{}' of config map '{}'>", text(key, &["key"]), text(key, &["name"]));
            w.line(3, &format!("{name}:\t{words}\tOptional: {}", optional(key)));
        }
    }
}

/// What a `fieldRef` of the pod gives: kubectl converts only these two paths, so the others' values stay away.
fn pod_field(pod: &Value, path: &str) -> String {
    match path {
        "metadata.name" | "metadata.namespace" => text(pod, &path.split('.').collect::<Vec<_>>()),
        _ => String::new(),
    }
}

fn resource_value(container: &Value, field: &Value, resource: &str) -> String {
    let Some((kind, name)) = resource.split_once('.') else { return String::new() };
    let parse = |v: Option<&Value>| v.and_then(|v| Quantity::parse(&shown(Some(v))).ok());
    let Some(quantity) = parse(at(container, &["resources", kind, name])) else {
        return if kind == "limits" && matches!(name, "cpu" | "memory") { "node allocatable".into() } else { "0".into() };
    };
    let divisor = parse(field.get("divisor")).filter(|d| !d.is_zero());
    if name == "cpu" {
        let by = divisor.map_or(1000, |d| d.milli_value().max(1));
        return (quantity.milli_value() + by - 1).div_euclid(by).to_string();
    }
    let by = divisor.map_or(1, |d| d.value().max(1));
    (quantity.value() + by - 1).div_euclid(by).to_string()
}

fn mounts(w: &mut Writer, container: &Value) {
    let mounts = items(container, &["volumeMounts"]);
    w.line(2, if mounts.is_empty() { "Mounts:\t<none>" } else { "Mounts:" });
    let mut sorted: Vec<&Value> = mounts.iter().collect();
    sorted.sort_by_key(|m| text(m, &["mountPath"]));
    for mount in sorted {
        let mut flags = if mount.get("readOnly") == Some(&Value::Bool(true)) { "ro".to_owned() } else { "rw".to_owned() };
        let path = text(mount, &["subPath"]);
        if !path.is_empty() {
            flags += &format!(",path={}", quote(&path));
        }
        w.line(3, &format!("{} from {} ({flags})", text(mount, &["mountPath"]), text(mount, &["name"])));
    }
    let mut devices: Vec<&Value> = items(container, &["volumeDevices"]).iter().collect();
    if !devices.is_empty() {
        // The word is that of the mounts, here too.
        w.line(2, if mounts.is_empty() { "Devices:\t<none>" } else { "Devices:" });
    }
    devices.sort_by_key(|device| text(device, &["devicePath"]));
    for device in devices {
        w.line(3, &format!("{} from {}", text(device, &["devicePath"]), text(device, &["name"])));
    }
}
