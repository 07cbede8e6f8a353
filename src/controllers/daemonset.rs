//! DaemonSets: a pod on every node that fits. Models `pkg/controller/daemon`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Node, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSpec, Toleration};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::int_or_percent::scaled;
use super::pod_control;
use super::pods::{self, PodsByController, available_in, is_ready, name_of, phase, uid};
use super::revisions::History;
use super::throttle::Throttle;
use super::work_queue::{Name, WorkQueue};
use crate::api::selector::{Selector, from_label_selector, selects};
use crate::api::well_known::{NOT_READY, UNREACHABLE};
use crate::client::{Client, WatchEvent, changed, reference_to};
use crate::scheduler::framework::{NodeInfo, RequiredNodeAffinity, find_untolerated};
use crate::sim::Time;

const COMPONENT: &str = "daemonset-controller";
/// The label that tells a daemon's version.
pub(super) const HASH_LABEL: &str = "controller-revision-hash";
/// Daemons stay where others are kept away. Models `AddOrUpdateDaemonPodTolerations`.
const TOLERATED: &[(&str, &str)] = &[
    (NOT_READY, "NoExecute"),
    (UNREACHABLE, "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// A pod that failed on a node is replaced at once, the next one after 1 s, doubling. Models `failedPodsBackoff`.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(900);
/// How soon a version that could not be kept is kept again.
const RETRY: Duration = Duration::from_secs(1);

/// When a set's pod on a node was last replaced because it had failed, and how long the next one has to wait.
#[derive(Default)]
struct FailedPods(BTreeMap<(String, String), (Time, Duration)>);

impl FailedPods {
    /// How long the failed pod of a set on a node still stays; notes its replacement where it does not.
    fn wait(&mut self, set: &str, node: &str, now: Time) -> Option<Duration> {
        let known = self.0.get(&(set.to_owned(), node.to_owned())).copied().filter(|(last, _)| now.since(*last) <= 2 * MAX_BACKOFF);
        let next = match known {
            Some((last, backoff)) if now.since(last) < backoff => return Some(backoff - now.since(last)),
            Some((_, backoff)) => (backoff * 2).min(MAX_BACKOFF),
            None => FIRST_BACKOFF,
        };
        self.0.insert((set.to_owned(), node.to_owned()), (now, next));
        None
    }

    fn forget(&mut self, set: &str) {
        self.0.retain(|(known, _), _| known != set);
    }
}

/// Keeps the pods of every DaemonSet.
pub async fn run(client: Client) {
    let client = client.as_actor(COMPONENT);
    let sim = client.sim().clone();
    let (mut sets, mut nodes, mut pods) = (client.watch::<DaemonSet>(), client.watch::<Node>(), client.watch::<Pod>());
    let mut owned = PodsByController::default();
    let mut queue = WorkQueue::default();
    let mut memory = Memory::default();
    loop {
        while let Some(event) = pods.try_next() {
            let (WatchEvent::Applied { object, trace_seq, .. } | WatchEvent::Deleted { object, trace_seq }) = &event;
            for (namespace, owner) in owned.apply(&event).into_iter().filter(|(_, owner)| owner.kind == "DaemonSet") {
                queue.add((namespace, owner.name), sim.now(), *trace_seq);
            }
            if pods::controller_of(&object.metadata).is_none() {
                // An orphan: whoever selects it may want to adopt it.
                let all = client.list::<DaemonSet>(object.metadata.namespace.as_deref());
                let chosen = |set: &&Rc<DaemonSet>| selects(set.spec.as_ref().map(|spec| &spec.selector), object.metadata.labels.as_ref());
                all.iter().filter(chosen).for_each(|set| queue.add(name_of(&set.metadata), sim.now(), *trace_seq));
            }
        }
        while let Some(event) = sets.try_next() {
            match event {
                WatchEvent::Applied { object, trace_seq, .. } => queue.add(name_of(&object.metadata), sim.now(), trace_seq),
                WatchEvent::Deleted { object, .. } => {
                    let name = name_of(&object.metadata);
                    queue.forget(&name);
                    memory.throttle.forget(&name);
                    memory.failed.forget(uid(&object.metadata));
                }
            }
        }
        while let Some(event) = nodes.try_next() {
            let (trace_seq, relevant) = match &event {
                WatchEvent::Applied { object, previous: Some(previous), trace_seq } => {
                    (*trace_seq, previous.spec != object.spec || previous.metadata.labels != object.metadata.labels)
                }
                WatchEvent::Applied { trace_seq, .. } | WatchEvent::Deleted { trace_seq, .. } => (*trace_seq, true),
            };
            if relevant {
                client.list::<DaemonSet>(None).iter().for_each(|set| queue.add(name_of(&set.metadata), sim.now(), trace_seq));
            }
        }
        if let Some((name, cause)) = queue.pop(sim.now()) {
            let acting = if cause > 0 { client.because(cause) } else { client.clone() };
            if let Some(wait) = sync(&acting, &owned, &name, &mut memory) {
                queue.add_at(name, sim.now() + wait, cause);
            }
            sim.yield_now().await;
            continue;
        }
        changed(&sim, &mut [&mut sets, &mut nodes, &mut pods], queue.next_due()).await;
    }
}

/// What a DaemonSet's pods on one node are.
#[derive(Default)]
struct OnNode {
    should_run: bool,
    should_stay: bool,
    pods: Vec<Rc<Pod>>,
}

/// What the controller remembers between two looks at its sets.
#[derive(Default)]
struct Memory {
    failed: FailedPods,
    throttle: Throttle,
}

/// One look at one DaemonSet.
struct Look<'a> {
    client: &'a Client,
    set: &'a DaemonSet,
    hash: String,
    memory: &'a mut Memory,
    /// How long until it has to be looked at again although nothing happens.
    wait: Option<Duration>,
}

fn sync(client: &Client, owned: &PodsByController, name: &Name, memory: &mut Memory) -> Option<Duration> {
    let set = client.get::<DaemonSet>(&name.0, &name.1)?;
    let spec = set.spec.as_ref()?;
    let selector = from_label_selector(Some(&spec.selector)).unwrap_or_else(|_| Selector::nothing());
    if set.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let Some(history) = History::construct(client, &set) else { return Some(RETRY) };
    let mut by_node: BTreeMap<String, OnNode> = BTreeMap::new();
    for node in client.list::<Node>(None) {
        let (should_run, should_stay) = fits(&set, &node);
        by_node.insert(node.metadata.name.clone().unwrap_or_default(), OnNode { should_run, should_stay, pods: Vec::new() });
    }
    let (claimed, changed) = pods::claim(client, owned, &*set, &selector, |_| true, None);
    for pod in claimed {
        by_node.entry(target_node(&pod)).or_default().pods.push(pod);
    }
    let mut look = Look { client, set: &set, hash: history.hash.clone(), memory, wait: None };
    if !changed {
        look.manage(&by_node);
        if spec.update_strategy.as_ref().and_then(|strategy| strategy.type_.as_deref()) != Some("OnDelete") {
            look.roll(&by_node);
        }
    }
    history.clean_up(client, &set, |hash| {
        let of_version =
            |pod: &Rc<Pod>| pod.metadata.labels.as_ref().and_then(|labels| labels.get(HASH_LABEL)).is_some_and(|own| own == hash);
        by_node.values().flat_map(|on_node| &on_node.pods).any(of_version)
    });
    look.report(&by_node);
    look.wait
}

/// The node that a pod is on, or is meant for.
fn target_node(pod: &Pod) -> String {
    let bound = pods::node_name(pod);
    if !bound.is_empty() {
        return bound.to_owned();
    }
    let required = RequiredNodeAffinity::of(pod).terms().unwrap_or_default();
    let fields = required.iter().flat_map(|term| term.match_fields.iter().flatten());
    fields.filter(|field| field.key == "metadata.name").find_map(|field| field.values.as_ref()?.first().cloned()).unwrap_or_default()
}

/// Whether a daemon belongs on the node, and whether one that is there may stay. Models `NodeShouldRunDaemonPod`.
fn fits(set: &DaemonSet, node: &Rc<Node>) -> (bool, bool) {
    let template = set.spec.as_ref().and_then(|spec| spec.template.spec.clone());
    let mut pod = Pod { spec: template, ..Pod::default() };
    tolerate(pod.spec.get_or_insert_default());
    let info = NodeInfo::new(node.clone());
    if !RequiredNodeAffinity::of(&pod).matches(&info) {
        return (false, false);
    }
    let tolerations = pod.spec.as_ref().and_then(|spec| spec.tolerations.as_deref()).unwrap_or_default();
    let repelled = |effects: &[&str]| find_untolerated(&info.taints, tolerations, effects).is_some();
    (!repelled(&["NoSchedule", "NoExecute"]), !repelled(&["NoExecute"]))
}

fn tolerate(spec: &mut PodSpec) {
    let tolerations = spec.tolerations.get_or_insert_default();
    let host_network = spec.host_network == Some(true);
    let network = host_network.then_some(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    for (key, effect) in TOLERATED.iter().copied().chain(network) {
        let toleration = Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            effect: Some(effect.to_owned()),
            ..Toleration::default()
        };
        if !tolerations.contains(&toleration) {
            tolerations.push(toleration);
        }
    }
}

impl Look<'_> {
    /// Creates and deletes pods so that each node has what it should. Models `manage` and `podsShouldBeOnNode`.
    fn manage(&mut self, by_node: &BTreeMap<String, OnNode>) {
        for (node, on_node) in by_node {
            let present = on_node.pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none());
            if !on_node.should_stay {
                present.for_each(|pod| self.delete(pod));
            } else if !on_node.pods.is_empty() {
                let running: Vec<&Rc<Pod>> = present.filter(|pod| self.keeps(node, pod)).collect();
                self.thin_out(running);
            } else if on_node.should_run {
                self.create(node);
            }
        }
    }

    /// Whether a pod has not ended; one that has is deleted, so that another can take its place.
    fn keeps(&mut self, node: &str, pod: &Pod) -> bool {
        let (type_, reason, word, verb) = match phase(pod) {
            "Failed" => ("Warning", "FailedDaemonPod", "failed", "kill"),
            "Succeeded" => ("Normal", "SucceededDaemonPod", "succeeded", "delete"),
            _ => return true,
        };
        if word == "failed"
            && let Some(left) = self.memory.failed.wait(uid(&self.set.metadata), node, self.client.sim().now())
        {
            self.look_again_in(left);
            return false;
        }
        let (namespace, name) = name_of(&pod.metadata);
        let message = format!("Found {word} daemon pod {namespace}/{name} on node {node}, will try to {verb} it");
        self.client.record_event(&reference_to(self.set), COMPONENT, None, type_, reason, &message);
        self.delete(pod);
        false
    }

    /// One pod on a node is enough, the oldest. Where newer ones come up beside older ones, one of each may stay until the
    /// newer is available.
    fn thin_out(&mut self, mut running: Vec<&Rc<Pod>>) {
        running.sort_by_key(|pod| {
            (pods::node_name(pod).is_empty(), phase(pod) == "Pending", pod.metadata.creation_timestamp.as_ref().map(|time| time.0))
        });
        let surges = surge_of(self.set, 1) > 0;
        let (new, old): (Vec<_>, Vec<_>) = running.into_iter().partition(|pod| !surges || self.is_current(pod));
        new.iter().chain(&old).enumerate().filter(|(at, _)| *at != 0 && *at != new.len()).for_each(|(_, pod)| self.delete(pod));
        if let [old, ..] = old[..]
            && !new.is_empty()
            && !is_ready(old)
        {
            self.delete(old);
        }
    }

    fn create(&mut self, node: &str) {
        let Some(spec) = self.set.spec.as_ref().filter(|_| self.may_ask()) else { return };
        let mut pod = pods::from_template(&spec.template, self.set);
        pod.metadata.labels.get_or_insert_default().insert(HASH_LABEL.to_owned(), self.hash.clone());
        pod.metadata.labels.get_or_insert_default().insert("pod-template-generation".to_owned(), generation(self.set).to_string());
        let pod_spec = pod.spec.get_or_insert_default();
        tolerate(pod_spec);
        let by_name =
            NodeSelectorRequirement { key: "metadata.name".to_owned(), operator: "In".to_owned(), values: Some(vec![node.to_owned()]) };
        let affinity = pod_spec.affinity.get_or_insert_default().node_affinity.get_or_insert_with(NodeAffinity::default);
        let required = affinity.required_during_scheduling_ignored_during_execution.get_or_insert_with(NodeSelector::default);
        if required.node_selector_terms.is_empty() {
            required.node_selector_terms.push(NodeSelectorTerm::default());
        }
        for term in &mut required.node_selector_terms {
            term.match_fields = Some(vec![by_name.clone()]);
        }
        let _ = pod_control::create(self.client, COMPONENT, self.set, pod);
    }

    fn delete(&mut self, pod: &Pod) {
        if self.may_ask() {
            let _ = pod_control::delete(self.client, COMPONENT, self.set, pod);
        }
    }

    /// Whether the API server may be asked for a pod now; if not, the set is looked at when its turn comes.
    fn may_ask(&mut self) -> bool {
        let now = self.client.sim().now();
        let turn = self.memory.throttle.take(&name_of(&self.set.metadata), now);
        if let Err(turn) = turn {
            self.look_again_in(turn - now);
        }
        turn.is_ok()
    }

    fn look_again_in(&mut self, wait: Duration) {
        self.wait = Some(self.wait.map_or(wait, |known| known.min(wait)));
    }

    fn is_current(&self, pod: &Pod) -> bool {
        pod.metadata.labels.as_ref().and_then(|labels| labels.get(HASH_LABEL)).is_some_and(|own| *own == self.hash)
    }

    /// Replaces pods of an older template, a few at a time. Models `rollingUpdate` without surge.
    fn roll(&mut self, by_node: &BTreeMap<String, OnNode>) {
        let desired = by_node.values().filter(|on_node| on_node.should_run).count();
        let surge = surge_of(self.set, desired);
        if surge > 0 {
            return self.roll_with_surge(by_node, surge);
        }
        let rolling = self.set.spec.as_ref().and_then(|s| s.update_strategy.as_ref()).and_then(|s| s.rolling_update.as_ref());
        let most = rolling.and_then(|rolling| rolling.max_unavailable.as_ref()).map_or(1, |most| resolve(most, desired));
        let now = self.client.sim().timestamp();
        let min_ready = self.set.spec.as_ref().and_then(|spec| spec.min_ready_seconds).unwrap_or(0);
        let works = |pod: &Rc<Pod>| pod.metadata.deletion_timestamp.is_none() && available_in(pod, min_ready, now) == Some(Duration::ZERO);
        let running = by_node.values().filter(|on_node| on_node.should_run);
        let unavailable = running.clone().filter(|on_node| !on_node.pods.iter().any(works)).count();
        let mut left = most.max(1).saturating_sub(unavailable);
        for on_node in running {
            let old = on_node.pods.iter().find(|pod| !self.is_current(pod) && pod.metadata.deletion_timestamp.is_none());
            let Some(old) = old.filter(|_| on_node.pods.len() == 1) else { continue };
            if !works(old) {
                // It serves nobody: it can go at once.
                self.delete(old);
            } else if left > 0 {
                left -= 1;
                self.delete(old);
            }
        }
    }

    /// Starts newer pods beside older ones, and ends the older ones once the newer ones are available. Models `rollingUpdate` with surge.
    fn roll_with_surge(&mut self, by_node: &BTreeMap<String, OnNode>, surge: usize) {
        let now = self.client.sim().timestamp();
        let min_ready = self.set.spec.as_ref().and_then(|spec| spec.min_ready_seconds).unwrap_or(0);
        let works = |pod: &Rc<Pod>| available_in(pod, min_ready, now) == Some(Duration::ZERO);
        let mut left = surge;
        let mut candidates = Vec::new();
        for (node, on_node) in by_node.iter().filter(|(_, on_node)| on_node.should_run) {
            let alive: Vec<&Rc<Pod>> = on_node.pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).collect();
            let new = alive.iter().find(|pod| self.is_current(pod));
            let Some(old) = alive.iter().find(|pod| !self.is_current(pod)) else { continue };
            match new {
                Some(new) if works(new) => self.delete(old),
                Some(_) => left = left.saturating_sub(1),
                // It serves nobody: its successor does not count.
                None if !works(old) => self.create(node),
                None => candidates.push(node),
            }
        }
        candidates.into_iter().take(left).for_each(|node| self.create(node));
    }

    /// Brings the status up to date. Models `updateDaemonSetStatus`.
    fn report(&mut self, by_node: &BTreeMap<String, OnNode>) {
        let (client, set) = (self.client, self.set);
        let now = client.sim().timestamp();
        let min_ready = set.spec.as_ref().and_then(|spec| spec.min_ready_seconds).unwrap_or(0);
        let mut updated = set.clone();
        let generation = set.metadata.generation;
        let status = updated.status.get_or_insert_default();
        let (mut desired, mut current, mut misscheduled, mut ready, mut recent, mut available) = (0, 0, 0, 0, 0, 0);
        for on_node in by_node.values() {
            if !on_node.should_run {
                misscheduled += i32::from(!on_node.pods.is_empty());
                continue;
            }
            desired += 1;
            // The oldest counts.
            let Some(pod) = on_node.pods.iter().min_by_key(|pod| pod.metadata.creation_timestamp.as_ref().map(|time| time.0)) else {
                continue;
            };
            current += 1;
            recent += i32::from(self.is_current(pod));
            ready += i32::from(is_ready(pod));
            match available_in(pod, min_ready, now) {
                Some(Duration::ZERO) => available += 1,
                Some(wait) => self.look_again_in(wait),
                None => {}
            }
        }
        let some = |number: i32| (number != 0).then_some(number);
        status.desired_number_scheduled = desired;
        status.current_number_scheduled = current;
        status.number_misscheduled = misscheduled;
        status.number_ready = ready;
        status.updated_number_scheduled = some(recent);
        status.number_available = some(available);
        status.number_unavailable = some(desired - available);
        status.observed_generation = generation;
        if updated != *set {
            let _ = client.update_status(updated);
        }
    }
}

fn generation(set: &DaemonSet) -> i64 {
    set.metadata.generation.unwrap_or(1)
}

/// A number of nodes, or a percentage of `desired`, rounded up.
fn resolve(value: &IntOrString, desired: usize) -> usize {
    let desired = i32::try_from(desired).unwrap_or(i32::MAX);
    usize::try_from(scaled(value, desired, true)).unwrap_or(0)
}

/// `maxSurge`: how many nodes may have a newer pod beside the older one.
fn surge_of(set: &DaemonSet, desired: usize) -> usize {
    let strategy = set.spec.as_ref().and_then(|spec| spec.update_strategy.as_ref());
    let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
    rolling.and_then(|rolling| rolling.max_surge.as_ref()).map_or(0, |surge| resolve(surge, desired))
}
