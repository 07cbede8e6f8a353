//! A pod's status from what is running. A pure function. Models `pkg/kubelet/kubelet_pods.go`.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    Container as ContainerSpec, ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus,
    HostIP, Pod, PodIP, PodSpec, PodStatus, ResourceRequirements, VolumeMountStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time as ApiTime;
use std::net::IpAddr;

use super::conditions;
use super::phase::{RESTARTING_ALL, phase};
use super::record::{ContainerRecord, PodRecord, spec_of};
use crate::api::pod::is_sidecar;
use crate::cri;

/// What the status says that is not the pod's own.
pub(super) struct Surroundings {
    pub host_ip: IpAddr,
    /// `containerd`.
    pub scheme: String,
    pub now: ApiTime,
}

/// The whole status of `pod` as `record` shows it.
pub(super) fn generate(pod: &Pod, record: &PodRecord, around: &Surroundings) -> PodStatus {
    if let Some((reason, message)) = record.failed.as_ref().filter(|_| record.rejected) {
        return rejected(pod, record, reason, message);
    }
    let spec = spec_of(pod);
    let has_init = spec.init_containers.as_ref().is_some_and(|list| !list.is_empty());
    let status_of = |container: &ContainerSpec, waiting: &str, init: bool| {
        container_status(container, record.containers.get(&container.name), waiting, init, around)
    };
    let waiting = if has_init { "PodInitializing" } else { "ContainerCreating" };
    let mut containers: Vec<_> = spec.containers.iter().map(|c| status_of(c, waiting, false)).collect();
    containers.sort_by(|a, b| a.name.cmp(&b.name));
    // Init containers keep the order in which they run.
    let init: Vec<_> = spec.init_containers.iter().flatten().map(|c| status_of(c, "PodInitializing", true)).collect();
    let ephemeral = ephemeral_statuses(&spec, record, around);
    let phase = match &record.failed {
        Some(_) => "Failed",
        None => phase(&spec, &all_of(&containers, &init), record.terminated, has_run(&spec, record)),
    };
    let sandbox = record.sandbox.as_ref().filter(|sandbox| sandbox.is_ready());
    let mut conditions = conditions::generate(pod, &spec, phase, &containers, &init, sandbox.is_some(), &around.now);
    if let Some((_, message)) = record.failed.as_ref().filter(|_| record.evicted) {
        conditions::disrupted(&mut conditions, pod, message, &around.now);
    }
    let old = pod.status.clone().unwrap_or_default();
    let known_ip = record.sandbox.as_ref().and_then(|sandbox| sandbox.ip).map(|ip| ip.to_string());
    let pod_ip = known_ip.or(old.pod_ip).filter(|ip| !ip.is_empty());
    PodStatus {
        conditions: Some(conditions),
        container_statuses: Some(containers),
        ephemeral_container_statuses: ephemeral,
        init_container_statuses: has_init.then_some(init),
        host_ip: Some(around.host_ip.to_string()),
        host_ips: Some(vec![HostIP { ip: around.host_ip.to_string() }]),
        message: record.failed.as_ref().map(|(_, message)| message.clone()),
        reason: record.failed.as_ref().map(|(reason, _)| reason.clone()),
        observed_generation: pod.metadata.generation,
        phase: Some(phase.to_owned()),
        pod_ips: pod_ip.clone().map(|ip| vec![PodIP { ip }]),
        pod_ip,
        qos_class: old.qos_class,
        resources: record.sandbox.is_some().then(|| spec.resources.clone().unwrap_or_default()),
        nominated_node_name: None,
        start_time: record.start_time.clone().or(old.start_time),
        ..PodStatus::default()
    }
}

/// All that is said of a pod that was not admitted. Models `rejectPod`.
fn rejected(pod: &Pod, record: &PodRecord, reason: &str, message: &str) -> PodStatus {
    let old = pod.status.clone().unwrap_or_default();
    PodStatus {
        message: Some(message.to_owned()),
        reason: Some(reason.to_owned()),
        observed_generation: pod.metadata.generation,
        phase: Some("Failed".to_owned()),
        qos_class: old.qos_class,
        start_time: record.start_time.clone().or(old.start_time),
        ..PodStatus::default()
    }
}

fn ephemeral_statuses(spec: &PodSpec, record: &PodRecord, around: &Surroundings) -> Option<Vec<ContainerStatus>> {
    let list = spec.ephemeral_containers.as_ref().filter(|list| !list.is_empty())?;
    let status = |name: &str, image: &Option<String>| {
        let container = ContainerSpec { name: name.to_owned(), image: image.clone(), ..ContainerSpec::default() };
        let mut status = container_status(&container, record.containers.get(name), "ContainerCreating", false, around);
        status.ready = false;
        status.started = None;
        status
    };
    Some(list.iter().map(|c| status(&c.name, &c.image)).collect())
}

fn api_time(at: Timestamp) -> ApiTime {
    ApiTime(Timestamp::from_second(at.as_second()).unwrap_or(at))
}

fn waiting_state(reason: &str, message: &str) -> ContainerState {
    let message = (!message.is_empty()).then(|| message.to_owned());
    let waiting = ContainerStateWaiting { reason: Some(reason.to_owned()), message };
    ContainerState { waiting: Some(waiting), ..ContainerState::default() }
}

/// The state of a container that exists.
fn state_of(container: &cri::Container, left: &str, scheme: &str) -> ContainerState {
    match container.state() {
        cri::ContainerState::Created => waiting_state("ContainerCreating", ""),
        cri::ContainerState::Running { started } => {
            ContainerState { running: Some(ContainerStateRunning { started_at: Some(api_time(started)) }), ..ContainerState::default() }
        }
        cri::ContainerState::Exited { started, finished, exit_code, reason, message } => {
            let message = if message.is_empty() { left.to_owned() } else { message };
            let terminated = ContainerStateTerminated {
                container_id: Some(format!("{scheme}://{}", container.id)),
                exit_code,
                finished_at: Some(api_time(finished)),
                message: (!message.is_empty()).then_some(message),
                reason: Some(reason),
                signal: None,
                started_at: Some(api_time(started)),
            };
            ContainerState { terminated: Some(terminated), ..ContainerState::default() }
        }
    }
}

/// What is left to say of a container that was taken away because all start anew.
fn removed_state() -> ContainerState {
    let terminated = ContainerStateTerminated {
        exit_code: 137,
        reason: Some(RESTARTING_ALL.to_owned()),
        message: Some("The container is removed because RestartAllContainers in place".to_owned()),
        ..ContainerStateTerminated::default()
    };
    ContainerState { terminated: Some(terminated), ..ContainerState::default() }
}

fn container_status(
    spec: &ContainerSpec,
    record: Option<&ContainerRecord>,
    default_waiting: &str,
    init: bool,
    around: &Surroundings,
) -> ContainerStatus {
    let mut status = ContainerStatus {
        name: spec.name.clone(),
        image: spec.image.clone().unwrap_or_default(),
        last_state: Some(ContainerState::default()),
        state: Some(waiting_state(default_waiting, "")),
        started: Some(false),
        volume_mounts: mount_statuses(spec),
        ..ContainerStatus::default()
    };
    let Some(record) = record else {
        if init && !is_sidecar(spec) {
            status.started = Some(false);
        }
        return status;
    };
    let scheme = around.scheme.as_str();
    status.restart_count = record.restarts;
    if let Some(current) = &record.current {
        status.image = current.config.image.reference.to_string();
        status.image_id = match around.scheme.as_str() {
            "docker" => format!("docker-pullable://{}", current.config.image.repo_digest()),
            _ => current.config.image.repo_digest(),
        };
        status.container_id = Some(format!("{scheme}://{}", current.id));
        status.state = Some(state_of(current, &record.message, scheme));
        status.resources = Some(resources(spec));
        status.allocated_resources = spec.resources.as_ref().and_then(|r| r.requests.clone()).filter(|r| !r.is_empty());
        let running = current.is_running();
        status.started = Some(running && record.started);
        let done = record.exit_code() == Some(0) && init && !is_sidecar(spec);
        status.ready = done || running && record.started && record.ready && (!init || is_sidecar(spec));
    }
    if let Some(previous) = &record.previous {
        status.last_state = Some(if record.removed { removed_state() } else { state_of(previous, &record.previous_message, scheme) });
    }
    if let Some((reason, message)) = &record.waiting
        && !record.is_running()
    {
        // The current one has ended and will be replaced: its end is the last state.
        if let Some(current) = record.current.as_ref().filter(|_| record.exit_code().is_some()) {
            status.last_state = Some(state_of(current, &record.message, scheme));
        }
        status.state = Some(waiting_state(reason, message));
    }
    status
}

fn resources(spec: &ContainerSpec) -> ResourceRequirements {
    let empty = |map: &Option<std::collections::BTreeMap<_, _>>| map.clone().filter(|map| !map.is_empty());
    let given = spec.resources.clone().unwrap_or_default();
    ResourceRequirements { limits: empty(&given.limits), requests: empty(&given.requests), ..ResourceRequirements::default() }
}

fn mount_statuses(spec: &ContainerSpec) -> Option<Vec<VolumeMountStatus>> {
    let mounts = spec.volume_mounts.as_ref().filter(|mounts| !mounts.is_empty())?;
    let status = |mount: &k8s_openapi::api::core::v1::VolumeMount| {
        let read_only = mount.read_only.filter(|read_only| *read_only);
        VolumeMountStatus {
            mount_path: mount.mount_path.clone(),
            name: mount.name.clone(),
            read_only,
            recursive_read_only: read_only.map(|_| "Disabled".to_owned()),
            volume_status: None,
        }
    };
    Some(mounts.iter().map(status).collect())
}

fn all_of(containers: &[ContainerStatus], init: &[ContainerStatus]) -> Vec<ContainerStatus> {
    [containers, init].concat()
}

/// Whether a container of the present sandbox, not an init container, has been made.
/// Models `HasAnyActiveRegularContainerStarted`.
fn has_run(spec: &PodSpec, record: &PodRecord) -> bool {
    spec.containers.iter().any(|container| record.containers.get(&container.name).is_some_and(|record| record.current.is_some()))
}
