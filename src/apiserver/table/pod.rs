//! Models `printPod` of `pkg/printers/internalversion`.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use serde_json::{Value, json};

use super::{AGE, Column, NAME, column, since};
use crate::api::pod::{condition, is_ready, is_sidecar};

pub(super) const COLUMNS: &[Column] = &[
    NAME,
    column("Ready", "string", 0),
    column("Status", "string", 0),
    column("Restarts", "string", 0),
    AGE,
    column("IP", "string", 1),
    column("Node", "string", 1),
    column("Nominated Node", "string", 1),
    column("Readiness Gates", "string", 1),
];

/// What the STATUS, READY and RESTARTS columns say.
struct Summary {
    reason: String,
    ready: usize,
    total: usize,
    restarts: i32,
    last_restart: Option<Timestamp>,
    restartable_restarts: i32,
    restartable_last_restart: Option<Timestamp>,
}

/// The READY and STATUS columns of a pod: ready containers, of how many, and the word.
pub fn ready_and_status(pod: &Pod) -> (usize, usize, String) {
    let summary = summarise(pod);
    (summary.ready, summary.total, summary.reason)
}

pub(super) fn cells(pod: &Pod, now: Timestamp) -> Vec<Value> {
    let summary = summarise(pod);
    let status = pod.status.as_ref();
    let spec = pod.spec.as_ref();
    let restarts = match summary.last_restart {
        Some(then) if summary.restarts != 0 => format!("{} ({} ago)", summary.restarts, since(Some(then), now)),
        _ => summary.restarts.to_string(),
    };
    let none = || "<none>".to_owned();
    let ip = status.and_then(|s| s.pod_ips.as_ref()).and_then(|ips| ips.first()).map(|ip| ip.ip.clone());
    let ip = ip.or_else(|| status.and_then(|s| s.pod_ip.clone())).filter(|ip| !ip.is_empty()).unwrap_or_else(none);
    let node = spec.and_then(|s| s.node_name.clone()).filter(|n| !n.is_empty()).unwrap_or_else(none);
    let nominated = status.and_then(|s| s.nominated_node_name.clone()).filter(|n| !n.is_empty()).unwrap_or_else(none);
    vec![
        json!(pod.metadata.name),
        json!(format!("{}/{}", summary.ready, summary.total)),
        json!(summary.reason),
        json!(restarts),
        json!(since(pod.metadata.creation_timestamp.as_ref().map(|t| t.0), now)),
        json!(ip),
        json!(node),
        json!(nominated),
        json!(readiness_gates(pod)),
    ]
}

fn readiness_gates(pod: &Pod) -> String {
    let gates: Vec<_> = pod.spec.iter().flat_map(|s| s.readiness_gates.iter().flatten()).collect();
    if gates.is_empty() {
        return "<none>".into();
    }
    let conditions: Vec<_> = pod.status.iter().flat_map(|s| s.conditions.iter().flatten()).collect();
    let met = gates.iter().filter(|gate| conditions.iter().any(|c| c.type_ == gate.condition_type && c.status == "True")).count();
    format!("{met}/{}", gates.len())
}

fn later(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    a.max(b)
}

fn last_finished(status: &ContainerStatus) -> Option<Timestamp> {
    status.last_state.as_ref()?.terminated.as_ref()?.finished_at.as_ref().map(|time| time.0)
}

fn summarise(pod: &Pod) -> Summary {
    let status = pod.status.as_ref();
    let phase = status.and_then(|s| s.phase.clone()).unwrap_or_default();
    let mut summary = Summary {
        reason: status.and_then(|s| s.reason.clone()).filter(|r| !r.is_empty()).unwrap_or(phase.clone()),
        ready: 0,
        total: pod.spec.as_ref().map_or(0, |s| s.containers.len()),
        restarts: 0,
        last_restart: None,
        restartable_restarts: 0,
        restartable_last_restart: None,
    };
    let gated = status
        .iter()
        .flat_map(|s| s.conditions.iter().flatten())
        .any(|c| c.type_ == "PodScheduled" && c.reason.as_deref() == Some("SchedulingGated"));
    if gated {
        summary.reason = "SchedulingGated".into();
    }
    let initializing = init_containers(pod, &mut summary);
    if !initializing || condition(pod, "Initialized").is_some_and(|initialized| initialized.status == "True") {
        main_containers(pod, &mut summary);
    }
    let finished = matches!(phase.as_str(), "Succeeded" | "Failed");
    if pod.metadata.deletion_timestamp.is_some() {
        if status.and_then(|s| s.reason.as_deref()) == Some("NodeLost") {
            summary.reason = "Unknown".into();
        } else if !finished {
            summary.reason = "Terminating".into();
        }
    }
    summary
}

/// Sums up the init containers. Says whether they are still at work.
fn init_containers(pod: &Pod, summary: &mut Summary) -> bool {
    let specs: Vec<_> = pod.spec.iter().flat_map(|s| s.init_containers.iter().flatten()).collect();
    let restartable = |name: &str| specs.iter().any(|c| c.name == name && is_sidecar(c));
    summary.total += specs.iter().filter(|c| is_sidecar(c)).count();
    let statuses: Vec<_> = pod.status.iter().flat_map(|s| s.init_container_statuses.iter().flatten()).collect();
    for (index, container) in statuses.iter().enumerate() {
        summary.restarts += container.restart_count;
        summary.last_restart = later(summary.last_restart, last_finished(container));
        let state = container.state.clone().unwrap_or_default();
        let always = restartable(&container.name);
        if always {
            summary.restartable_restarts += container.restart_count;
            summary.restartable_last_restart = later(summary.restartable_last_restart, last_finished(container));
        }
        if state.terminated.as_ref().is_some_and(|t| t.exit_code == 0) {
            continue;
        }
        if always && container.started == Some(true) {
            if container.ready {
                summary.ready += 1;
            }
            continue;
        }
        summary.reason = match (&state.terminated, &state.waiting) {
            (Some(t), _) => match (t.reason.as_deref().unwrap_or_default(), t.signal.unwrap_or(0)) {
                ("", 0) => format!("Init:ExitCode:{}", t.exit_code),
                ("", signal) => format!("Init:Signal:{signal}"),
                (reason, _) => format!("Init:{reason}"),
            },
            (None, Some(w)) if !matches!(w.reason.as_deref(), None | Some("" | "PodInitializing")) => {
                format!("Init:{}", w.reason.clone().unwrap_or_default())
            }
            _ => format!("Init:{index}/{}", specs.len()),
        };
        return true;
    }
    false
}

fn main_containers(pod: &Pod, summary: &mut Summary) {
    summary.restarts = summary.restartable_restarts;
    summary.last_restart = summary.restartable_last_restart;
    let mut running = false;
    let statuses: Vec<_> = pod.status.iter().flat_map(|s| s.container_statuses.iter().flatten()).collect();
    for container in statuses.iter().rev() {
        summary.restarts += container.restart_count;
        summary.last_restart = later(summary.last_restart, last_finished(container));
        let state = container.state.clone().unwrap_or_default();
        if let Some(reason) = state.waiting.as_ref().and_then(|w| w.reason.clone()).filter(|r| !r.is_empty()) {
            summary.reason = reason;
        } else if let Some(t) = &state.terminated {
            summary.reason = match (t.reason.as_deref().unwrap_or_default(), t.signal.unwrap_or(0)) {
                ("", 0) => format!("ExitCode:{}", t.exit_code),
                ("", signal) => format!("Signal:{signal}"),
                (reason, _) => reason.to_owned(),
            };
        } else if container.ready && state.running.is_some() {
            running = true;
            summary.ready += 1;
        }
    }
    // A finished container beside a running one does not make the pod finished.
    if summary.reason == "Completed" && running {
        summary.reason = if is_ready(pod) { "Running".into() } else { "NotReady".into() };
    }
}
