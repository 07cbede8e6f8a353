//! `crictl inspect`, `inspectp`, `inspecti` and `info`: what the runtime knows, as JSON.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Seat;
use super::args::Given;
use super::crictl::{container_of, fatal, sandbox_of, state_of};
use super::logs;
use super::table::{pretty, template};
use crate::cri::{Container, ContainerState, Sandbox};
use crate::images::PulledImage;

/// The time that stands for none.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// A time as protocol buffers write it.
pub(super) fn time(at: Timestamp) -> String {
    if at == Timestamp::UNIX_EPOCH { NEVER.into() } else { at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string() }
}

/// The labels that the kubelet gives to a container.
pub(super) fn labels(container: &Container) -> BTreeMap<String, String> {
    let pod = &container.sandbox.config;
    let pairs = [
        ("io.kubernetes.container.name", &container.config.name),
        ("io.kubernetes.pod.name", &pod.name),
        ("io.kubernetes.pod.namespace", &pod.namespace),
        ("io.kubernetes.pod.uid", &pod.uid),
    ];
    pairs.map(|(key, value)| (key.to_owned(), value.clone())).into()
}

pub(super) fn container_item(container: &Container) -> Value {
    let state = format!("CONTAINER_{}", state_of(container).to_uppercase());
    json!({
        "id": container.id,
        "podSandboxId": container.sandbox.id,
        "metadata": { "name": container.config.name, "attempt": container.config.attempt },
        "image": { "image": container.config.image.id, "annotations": {}, "userSpecifiedImage": "" },
        "imageRef": container.config.image.id,
        "state": state,
        "createdAt": container.created.as_nanosecond().to_string(),
        "labels": labels(container),
        "annotations": { "io.kubernetes.container.restartCount": container.config.attempt.to_string() },
    })
}

pub(super) fn sandbox_item(sandbox: &Sandbox) -> Value {
    let config = &sandbox.config;
    json!({
        "id": sandbox.id,
        "metadata": { "name": config.name, "namespace": config.namespace, "uid": config.uid, "attempt": config.attempt },
        "state": if sandbox.is_ready() { "SANDBOX_READY" } else { "SANDBOX_NOTREADY" },
        "createdAt": sandbox.created.as_nanosecond().to_string(),
        "labels": sandbox_labels(sandbox),
        "annotations": {},
        "runtimeHandler": "",
    })
}

fn sandbox_labels(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let config = &sandbox.config;
    let mut labels = config.labels.clone();
    labels.insert("io.kubernetes.pod.name".into(), config.name.clone());
    labels.insert("io.kubernetes.pod.namespace".into(), config.namespace.clone());
    labels.insert("io.kubernetes.pod.uid".into(), config.uid.clone());
    labels
}

pub(super) fn image_item(image: &PulledImage) -> Value {
    json!({
        "id": image.id,
        "repoTags": [image.reference.to_string()],
        "repoDigests": [image.repo_digest()],
        "size": image.size_bytes.to_string(),
        "uid": null,
        "username": "",
        "spec": null,
        "pinned": image.reference.name().ends_with("/pause"),
    })
}

/// The image on the node of this name, tag or ID.
pub(super) fn image_of(seat: &Seat, name: &str) -> Option<Rc<PulledImage>> {
    let wanted = crate::images::Reference::parse(name).map(|reference| reference.to_string()).unwrap_or_default();
    let list = seat.runtime().images().list();
    let id = name.trim_start_matches("sha256:");
    list.into_iter().find(|image| image.reference.to_string() == wanted || image.id.trim_start_matches("sha256:").starts_with(id))
}

/// Prints a value as `-o` asks.
pub(super) async fn output(seat: &Seat, format: &str, value: &Value) -> i32 {
    let text = match format {
        "json" => pretty(value, b"  "),
        "yaml" => serde_yaml::to_string(value).unwrap_or_default().trim_end().to_owned(),
        other => return fatal(seat, &format!("unknown output format {other}")).await,
    };
    seat.print(&format!("{text}\n")).await;
    0
}

async fn status_and_info(seat: &Seat, given: &Given, status: Value, info: Value) -> i32 {
    let format = given.value("output").unwrap_or("json");
    if format == "go-template" {
        let whole = json!({ "status": status, "info": info });
        return match template(given.value("template").unwrap_or_default(), &whole) {
            Ok(text) => {
                seat.print(&format!("{text}\n")).await;
                0
            }
            Err(why) => fatal(seat, &why).await,
        };
    }
    if format != "json" {
        return output(seat, format, &json!({ "info": info, "status": status })).await;
    }
    // The status comes first, as crictl has it.
    let part = |value: &Value| pretty(value, b"  ").replace('\n', "\n  ");
    seat.print(&format!("{{\n  \"info\": {},\n  \"status\": {}\n}}\n", part(&info), part(&status))).await;
    0
}

/// `crictl inspect ID`.
pub(super) async fn container(seat: &Seat, given: Given) -> i32 {
    let Some(id) = given.operands.first() else { return fatal(seat, "ID cannot be empty").await };
    let container = match container_of(seat, id) {
        Ok(container) => container,
        Err(why) => return fatal(seat, &format!("getting the status of the container \"{id}\": {why}")).await,
    };
    let (mut started, mut finished, mut exit, mut reason, mut message) = (NEVER.into(), NEVER.into(), 0, String::new(), String::new());
    match container.state() {
        ContainerState::Created => {}
        ContainerState::Running { started: at } => started = time(at),
        ContainerState::Exited { started: at, finished: end, exit_code, reason: why, message: text } => {
            (started, finished, exit, reason, message) = (time(at), time(end), exit_code, why, text);
        }
    }
    let (config, image) = (&container.config, &container.config.image);
    let mounts: Vec<Value> = config
        .mounts
        .iter()
        .map(|mount| json!({ "containerPath": mount.path, "hostPath": mount_source(&container, &mount.path), "readonly": mount.read_only, "propagation": "PROPAGATION_PRIVATE" }))
        .collect();
    let status = json!({
        "annotations": { "io.kubernetes.container.restartCount": config.attempt.to_string() },
        "createdAt": time(container.created),
        "exitCode": exit,
        "finishedAt": finished,
        "id": container.id,
        "image": { "annotations": {}, "image": image.reference.to_string(), "userSpecifiedImage": "" },
        "imageRef": image.repo_digest(),
        "labels": labels(&container),
        "logPath": logs::path(&container),
        "message": message,
        "metadata": { "attempt": config.attempt, "name": config.name },
        "mounts": mounts,
        "reason": reason,
        "resources": { "linux": { "memoryLimitInBytes": config.memory_limit_bytes.unwrap_or(0).to_string() } },
        "startedAt": started,
        "state": format!("CONTAINER_{}", state_of(&container).to_uppercase()),
    });
    let env: Vec<String> = container.environment().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let user = container.credentials();
    let info = json!({
        "pid": container.node_pid(),
        "removing": false,
        "runtimeType": "io.containerd.runc.v2",
        "sandboxID": container.sandbox.id,
        "snapshotter": "overlayfs",
        "config": { "metadata": { "name": config.name }, "image": { "image": image.id }, "command": config.command, "args": config.args },
        "runtimeSpec": {
            "hostname": container.sandbox.uts.hostname(),
            "linux": { "namespaces": namespaces(&container.sandbox, Some(&container)) },
            "process": {
                "args": container.argv(), "cwd": container.working_dir(), "env": env, "terminal": config.tty,
                "user": { "uid": user.uid, "gid": user.gid },
            },
            "root": { "path": "rootfs", "readonly": config.read_only_root },
        },
    });
    status_and_info(seat, &given, status, info).await
}

/// Where on the node a mount of a container comes from.
fn mount_source(container: &Container, path: &str) -> String {
    let uid = &container.sandbox.config.uid;
    match path {
        "/etc/hosts" => format!("/var/lib/kubelet/pods/{uid}/etc-hosts"),
        "/dev/termination-log" => format!("/var/lib/kubelet/pods/{uid}/containers/{}/0", container.config.name),
        "/etc/hostname" | "/etc/resolv.conf" => {
            format!("/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/{}{}", container.sandbox.id, path.trim_start_matches("/etc"))
        }
        _ => format!("/var/lib/kubelet/pods/{uid}/volumes"),
    }
}

/// The namespaces of a container (or of the sandbox itself): those that it joins have the pause process's path.
fn namespaces(sandbox: &Sandbox, container: Option<&Container>) -> Vec<Value> {
    let pid = sandbox.pause_pid().unwrap_or(0);
    let (host_net, host_pid) = (sandbox.config.host_network, sandbox.config.host_pid);
    let joined = |kind: &str, name: &str| match container {
        Some(_) => json!({ "type": kind, "path": format!("/proc/{pid}/ns/{name}") }),
        None => json!({ "type": kind }),
    };
    let mut list = Vec::new();
    if !host_pid {
        list.push(if sandbox.config.share_processes { joined("pid", "pid") } else { json!({ "type": "pid" }) });
    }
    if !sandbox.config.host_ipc {
        list.push(joined("ipc", "ipc"));
    }
    if !host_net {
        list.push(joined("uts", "uts"));
    }
    list.push(json!({ "type": "mount" }));
    if !host_net {
        list.push(joined("network", "net"));
    }
    list
}

/// `crictl inspectp ID`.
pub(super) async fn sandbox(seat: &Seat, given: Given) -> i32 {
    let Some(id) = given.operands.first() else { return fatal(seat, "ID cannot be empty").await };
    let sandbox = match sandbox_of(seat, id) {
        Ok(sandbox) => sandbox,
        Err(why) => return fatal(seat, &format!("getting the status of the pod sandbox \"{id}\": {why}")).await,
    };
    let config = &sandbox.config;
    let mode = |host: bool| if host { "NODE" } else { "POD" };
    let pid_mode = if config.share_processes {
        "POD"
    } else if config.host_pid {
        "NODE"
    } else {
        "CONTAINER"
    };
    let status = json!({
        "annotations": {},
        "createdAt": time(sandbox.created),
        "id": sandbox.id,
        "labels": sandbox_labels(&sandbox),
        "linux": { "namespaces": { "options": {
            "ipc": mode(config.host_ipc), "network": mode(config.host_network), "pid": pid_mode, "targetId": "", "usernsOptions": null,
        } } },
        "metadata": { "attempt": config.attempt, "name": config.name, "namespace": config.namespace, "uid": config.uid },
        "network": { "additionalIps": [], "ip": if config.host_network { String::new() } else { sandbox.ip.map(|ip| ip.to_string()).unwrap_or_default() } },
        "runtimeHandler": "",
        "state": if sandbox.is_ready() { "SANDBOX_READY" } else { "SANDBOX_NOTREADY" },
    });
    let info = json!({
        "pid": sandbox.pause_pid().unwrap_or(0),
        "processStatus": if sandbox.is_ready() { "running" } else { "deleted" },
        "image": "registry.k8s.io/pause:3.10",
        "runtimeType": "io.containerd.runc.v2",
        "runtimeSpec": { "hostname": sandbox.uts.hostname(), "linux": { "namespaces": namespaces(&sandbox, None) }, "process": { "args": ["/pause"] } },
    });
    status_and_info(seat, &given, status, info).await
}

/// `crictl inspecti IMAGE`.
pub(super) async fn image(seat: &Seat, given: Given) -> i32 {
    let Some(name) = given.operands.first() else { return fatal(seat, "ID cannot be empty").await };
    let Some(image) = image_of(seat, name) else {
        return fatal(seat, &format!("no such image \"{name}\" present")).await;
    };
    let config = &image.config;
    let env: Vec<String> = config.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let ports: BTreeMap<String, Value> = config.exposed_ports.iter().map(|port| (format!("{port}/tcp"), json!({}))).collect();
    let spec = json!({ "architecture": "amd64", "os": "linux", "config": {
        "Entrypoint": config.entrypoint, "Cmd": config.cmd, "Env": env, "ExposedPorts": ports, "WorkingDir": config.working_dir, "StopSignal": config.stop_signal,
    } });
    status_and_info(seat, &given, image_item(&image), json!({ "imageSpec": spec })).await
}

/// `crictl info`.
pub(super) async fn info(seat: &Seat, given: Given) -> i32 {
    let condition = |type_: &str| json!({ "message": "", "reason": "", "status": true, "type": type_ });
    let status = json!({ "conditions": [condition("RuntimeReady"), condition("NetworkReady")] });
    let format = given.value("output").unwrap_or("json").to_owned();
    let config =
        json!({ "containerdEndpoint": "/run/containerd/containerd.sock", "rootDir": "/var/lib/containerd/io.containerd.grpc.v1.cri" });
    output(seat, &format, &json!({ "config": config, "status": status })).await
}
