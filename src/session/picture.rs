//! The picture: what the cluster's objects and its nodes' runtimes show at one instant, as plain values.
//!
//! Architecture invariant: this reads and never writes; drawing a cluster does not change it.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container as ContainerSpec, ContainerStatus, Namespace, Node, Pod, Volume};

use super::view::{ClusterView, ContainerView, NodeView, PodView, State, VolumeView};
use crate::api::pod::{is_finished, node_name, phase};
use crate::api::quantity::Quantity;
use crate::apiserver::pod_ready_and_status;
use crate::client::Client;
use crate::cri::{Container, Runtime};

/// The projected volume of a service account's token; Kubernetes adds it to every pod.
const TOKEN_VOLUME: &str = "kube-api-access-";

/// Looks at the cluster. `runtimes` are its nodes' runtimes, by node.
pub fn cluster_view(client: &Client, runtimes: &BTreeMap<String, Runtime>, current_namespace: &str) -> ClusterView {
    let now = client.sim().timestamp();
    let pods = client.list::<Pod>(None);
    let nodes = client.list::<Node>(None);
    let namespaces = client.list::<Namespace>(None);
    ClusterView {
        nodes: nodes.iter().map(|node| node_view(node, &pods)).collect(),
        pods: pods.iter().map(|pod| pod_view(pod, runtimes, now)).collect(),
        namespaces: namespaces.iter().filter_map(|namespace| namespace.metadata.name.clone()).collect(),
        current_namespace: current_namespace.to_owned(),
    }
}

fn node_view(node: &Node, pods: &[Rc<Pod>]) -> NodeView {
    let name = node.metadata.name.clone().unwrap_or_default();
    let status = node.status.as_ref();
    let ready = status.iter().flat_map(|s| s.conditions.iter().flatten()).any(|c| c.type_ == "Ready" && c.status == "True");
    let labels: Vec<(String, String)> = pairs(node.metadata.labels.as_ref());
    let role = |(key, _): &(String, String)| key.strip_prefix("node-role.kubernetes.io/").map(str::to_owned);
    let here = |pod: &&Rc<Pod>| node_name(pod) == name && !is_finished(pod);
    let part = |resource: &str| {
        let quantity = status.and_then(|s| s.allocatable.as_ref()?.get(resource)).map_or(0.0, |quantity| number(&quantity.0));
        let asked: f64 = pods.iter().filter(here).map(|pod| request(pod, resource)).sum();
        if quantity > 0.0 { (asked / quantity) as f32 } else { 0.0 }
    };
    NodeView {
        ready,
        roles: labels.iter().filter_map(role).collect::<Vec<_>>().join(","),
        cpu_fraction: part("cpu"),
        memory_fraction: part("memory"),
        unschedulable: node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false),
        labels,
        name,
    }
}

fn pairs(map: Option<&BTreeMap<String, String>>) -> Vec<(String, String)> {
    map.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// A quantity as a plain number, near enough for a meter.
fn number(text: &str) -> f64 {
    Quantity::parse(text).map_or(0.0, |quantity| quantity.as_approximate_float64())
}

/// What a pod's containers ask for, together.
fn request(pod: &Pod, resource: &str) -> f64 {
    let containers = pod.spec.iter().flat_map(|spec| spec.containers.iter());
    let asked = containers.filter_map(|container| container.resources.as_ref()?.requests.as_ref()?.get(resource));
    asked.map(|quantity| number(&quantity.0)).sum()
}

fn pod_view(pod: &Pod, runtimes: &BTreeMap<String, Runtime>, now: Timestamp) -> PodView {
    let spec = pod.spec.as_ref();
    let status = pod.status.as_ref();
    let meta = &pod.metadata;
    let (ready, total, word) = pod_ready_and_status(pod);
    let node = spec.and_then(|spec| spec.node_name.clone()).filter(|name| !name.is_empty());
    let name = meta.name.clone().unwrap_or_default();
    let uid = meta.uid.clone().unwrap_or_default();
    let state = state_of(&word, phase(pod), node.is_some());
    let running = running_containers(node.as_deref(), runtimes, &uid);
    let owner = meta.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
    PodView {
        namespace: meta.namespace.clone().unwrap_or_default(),
        phase_word: word,
        state,
        ready: (ready as u32, total as u32),
        labels: pairs(meta.labels.as_ref()),
        ip: status.and_then(|status| status.pod_ip.clone()).filter(|ip| !ip.is_empty()),
        hostname: spec.and_then(|spec| spec.hostname.clone()).filter(|host| !host.is_empty()).unwrap_or_else(|| name.clone()),
        reason: pod_reason(pod),
        countdown_ms: countdown(pod, state, now),
        progress: if state == State::Making { pulled_part(pod, runtimes) } else { None },
        age_ms: meta.creation_timestamp.as_ref().map_or(0, |time| millis_between(time.0, now)),
        containers: container_views(pod, &running),
        volumes: spec.iter().flat_map(|spec| spec.volumes.iter().flatten()).filter_map(volume_view).collect(),
        owner: owner.map(|owner| format!("{}/{}", owner.kind, owner.name)),
        uid,
        name,
        node,
    }
}

fn millis_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond().saturating_sub(from.as_millisecond())).unwrap_or(0)
}

/// Which of the six drawn states a pod is in.
pub fn pod_state(pod: &Pod) -> State {
    let placed = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).is_some_and(|name| !name.is_empty());
    state_of(&pod_ready_and_status(pod).2, phase(pod), placed)
}

/// Which of the six drawn states kubectl's STATUS word belongs to.
fn state_of(word: &str, phase: &str, placed: bool) -> State {
    let word = word.strip_prefix("Init:").unwrap_or(word);
    match word {
        "Terminating" => State::Terminating,
        "Running" | "NotReady" => State::Running,
        "Completed" | "Succeeded" => State::Done,
        "Pending" | "SchedulingGated" if !placed => State::Waiting,
        "Pending" | "ContainerCreating" | "PodInitializing" => State::Making,
        _ if word.contains('/') && word.starts_with(|first: char| first.is_ascii_digit()) => State::Making,
        _ if phase == "Succeeded" => State::Done,
        _ => State::Failed,
    }
}

fn statuses(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let all = pod.status.iter();
    all.flat_map(|s| s.init_container_statuses.iter().flatten().chain(s.container_statuses.iter().flatten()))
}

/// Why a pod does not run, in the cluster's words.
pub fn pod_reason(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let unplaced = status.conditions.iter().flatten().find(|c| c.type_ == "PodScheduled" && c.status == "False");
    let waiting = statuses(pod).filter_map(|status| status.state.as_ref()?.waiting.as_ref()?.message.clone());
    let from_conditions = unplaced.and_then(|condition| condition.message.clone());
    from_conditions.or_else(|| status.message.clone()).or_else(|| waiting.into_iter().next()).filter(|text| !text.is_empty())
}

/// Until the grace period ends, or until the next start of a container that is being held back.
fn countdown(pod: &Pod, state: State, now: Timestamp) -> Option<u64> {
    if state == State::Terminating {
        return pod.metadata.deletion_timestamp.as_ref().map(|end| millis_between(now, end.0));
    }
    let held_back = statuses(pod).filter_map(|status| {
        let waiting = status.state.as_ref()?.waiting.as_ref()?;
        let seconds = back_off_seconds(waiting.message.as_deref()?)?;
        let finished = status.last_state.as_ref()?.terminated.as_ref()?.finished_at.as_ref()?;
        Some(millis_between(now, Timestamp::from_millisecond(finished.0.as_millisecond() + seconds * 1000).ok()?))
    });
    held_back.min()
}

/// `back-off 1m20s restarting failed container=…` is 80.
fn back_off_seconds(message: &str) -> Option<i64> {
    let text = message.strip_prefix("back-off ")?.split(' ').next()?;
    let mut total = 0;
    let mut digits = String::new();
    for letter in text.chars() {
        match letter {
            '0'..='9' => digits.push(letter),
            'm' => total += std::mem::take(&mut digits).parse::<i64>().ok()? * 60,
            's' => total += std::mem::take(&mut digits).parse::<i64>().ok()?,
            _ => return None,
        }
    }
    Some(total)
}

/// The containers that really run for a pod, by name.
fn running_containers(node: Option<&str>, runtimes: &BTreeMap<String, Runtime>, uid: &str) -> BTreeMap<String, Rc<Container>> {
    let Some(runtime) = node.and_then(|node| runtimes.get(node)) else { return BTreeMap::new() };
    let ours = runtime.containers().into_iter().filter(|container| container.sandbox.config.uid == uid && container.is_running());
    ours.map(|container| (container.config.name.clone(), container)).collect()
}

/// How much has come of the image that one of the pod's containers waits for.
fn pulled_part(pod: &Pod, runtimes: &BTreeMap<String, Runtime>) -> Option<f32> {
    let spec = pod.spec.as_ref()?;
    let runtime = runtimes.get(spec.node_name.as_deref()?)?;
    let containers = spec.init_containers.iter().flatten().chain(&spec.containers);
    let mut images = containers.filter_map(|container| container.image.as_deref());
    images.find_map(|image| runtime.images().progress(image)).map(|part| part as f32)
}

fn container_views(pod: &Pod, running: &BTreeMap<String, Rc<Container>>) -> Vec<ContainerView> {
    let Some(spec) = pod.spec.as_ref() else { return Vec::new() };
    let init = spec.init_containers.iter().flatten().map(|container| (container, true));
    let main = spec.containers.iter().map(|container| (container, false));
    init.chain(main).map(|(container, init)| container_view(pod, container, init, running.get(&container.name))).collect()
}

fn container_view(pod: &Pod, spec: &ContainerSpec, init: bool, running: Option<&Rc<Container>>) -> ContainerView {
    let status = statuses(pod).find(|status| status.name == spec.name);
    let (word, state) = word_and_state(status);
    let mounts = spec.volume_mounts.iter().flatten().filter(|mount| !mount.name.starts_with(TOKEN_VOLUME));
    ContainerView {
        name: spec.name.clone(),
        image: spec.image.clone().unwrap_or_default(),
        state,
        word,
        restarts: status.map_or(0, |status| u32::try_from(status.restart_count).unwrap_or(0)),
        init,
        ports: running.map(|container| listening_ports(container)).unwrap_or_default(),
        processes: running.map(|container| processes(container)).unwrap_or_default(),
        mounts: mounts.map(|mount| (mount.name.clone(), mount.mount_path.clone())).collect(),
    }
}

fn word_and_state(status: Option<&ContainerStatus>) -> (String, State) {
    let state = status.and_then(|status| status.state.as_ref());
    if state.is_some_and(|state| state.running.is_some()) {
        return ("Running".to_owned(), State::Running);
    }
    if let Some(ended) = state.and_then(|state| state.terminated.as_ref()) {
        let word = ended.reason.clone().filter(|word| !word.is_empty()).unwrap_or_else(|| format!("ExitCode:{}", ended.exit_code));
        return (word, if ended.exit_code == 0 { State::Done } else { State::Failed });
    }
    let word = state.and_then(|state| state.waiting.as_ref()?.reason.clone()).unwrap_or_else(|| "Waiting".to_owned());
    let making = matches!(word.as_str(), "ContainerCreating" | "PodInitializing");
    (
        word.clone(),
        if making {
            State::Making
        } else if word == "Waiting" {
            State::Waiting
        } else {
            State::Failed
        },
    )
}

/// Ports of the pod's network on which a process of this container listens.
pub fn listening_ports(container: &Container) -> Vec<u16> {
    let ours = |owner: &str| {
        let Some((pid, program)) = owner.split_once('/') else { return false };
        let process = pid.parse().ok().and_then(|pid| container.kernel.process(pid));
        process.is_some_and(|process| {
            let argv = process.argv.borrow();
            argv.first().is_some_and(|first| first.rsplit('/').next().unwrap_or_default().starts_with(program.trim_end_matches(':')))
        })
    };
    let mut ports: Vec<u16> = container.sandbox.net.listeners().iter().filter(|info| ours(&info.owner)).map(|info| info.port).collect();
    ports.dedup();
    ports
}

fn processes(container: &Container) -> Vec<(u32, String)> {
    let ours = container.kernel.processes();
    ours.iter().map(|process| (process.pid, process.argv.borrow().join(" "))).collect()
}

/// None for the volume that Kubernetes adds by itself.
fn volume_view(volume: &Volume) -> Option<VolumeView> {
    if volume.name.starts_with(TOKEN_VOLUME) {
        return None;
    }
    let kinds = [
        (volume.empty_dir.is_some(), "emptyDir"),
        (volume.config_map.is_some(), "configMap"),
        (volume.secret.is_some(), "secret"),
        (volume.host_path.is_some(), "hostPath"),
        (volume.persistent_volume_claim.is_some(), "persistentVolumeClaim"),
        (volume.projected.is_some(), "projected"),
        (volume.downward_api.is_some(), "downwardAPI"),
        (volume.nfs.is_some(), "nfs"),
    ];
    let kind = kinds.iter().find(|(is, _)| *is).map_or("volume", |(_, kind)| kind);
    Some(VolumeView { name: volume.name.clone(), kind: kind.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Options, Session};

    #[test]
    fn every_word_of_kubectl_has_its_state() {
        assert_eq!(state_of("Running", "Running", true), State::Running);
        assert_eq!(state_of("Pending", "Pending", false), State::Waiting);
        assert_eq!(state_of("ContainerCreating", "Pending", true), State::Making);
        assert_eq!(state_of("Init:0/2", "Pending", true), State::Making);
        assert_eq!(state_of("Init:CrashLoopBackOff", "Pending", true), State::Failed);
        assert_eq!(state_of("ImagePullBackOff", "Pending", true), State::Failed);
        assert_eq!(state_of("Completed", "Succeeded", true), State::Done);
        assert_eq!(state_of("Terminating", "Running", true), State::Terminating);
    }

    #[test]
    fn the_back_off_is_read_from_the_kubelets_message() {
        assert_eq!(back_off_seconds("back-off 10s restarting failed container=main pod=x"), Some(10));
        assert_eq!(back_off_seconds("back-off 1m20s restarting failed container=main"), Some(80));
        assert_eq!(back_off_seconds("back-off 5m0s restarting failed container=main"), Some(300));
        assert_eq!(back_off_seconds("Back-off pulling image \"x\""), None);
    }

    #[test]
    fn a_pull_is_seen_to_go_on() {
        let session = Session::new(Options::default());
        let terminal = session.open_terminal();
        session.type_command(terminal, "kubectl run kubia --image=luksa/kubia");
        let mut parts = Vec::new();
        for _ in 0..300 {
            while session.advance(100, 100_000).busy {}
            parts.extend(session.cluster_view().pods.iter().filter_map(|pod| pod.progress));
        }
        assert!(parts.len() > 2 && parts.is_sorted() && parts[0] < 0.3 && parts[parts.len() - 1] > 0.7, "{parts:?}");
        assert_eq!(session.cluster_view().pods.iter().filter(|pod| pod.name == "kubia").filter_map(|pod| pod.progress).next(), None);
    }
}
