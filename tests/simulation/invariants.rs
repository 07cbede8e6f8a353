//! What must hold.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Endpoints, Namespace, Node, Pod, Service};
use podground::api::pod::is_finished;
use podground::api::{Kind, Object};
use podground::client::{Client, Watch, WatchEvent};
use podground::cluster::Cluster;
use podground::scheduler::framework::{PodInfo, Resource};
use podground::sim::TraceKind;

/// Every invariant that is checked: the first group after each step, the second at rest.
pub const NAMES: &[&str] = &[
    "revisions-grow",
    "pod-keeps-its-node",
    "pod-keeps-its-end",
    "restarts-only-grow",
    "generation-only-grows",
    "observed-generation-is-not-ahead",
    "deletion-is-final",
    "uids-are-unique",
    "one-controller-at-most",
    "namespaced-objects-have-their-namespace",
    "capacity-is-kept",
    "pod-number-is-kept",
    "pod-addresses-are-unique",
    "ready-pods-run",
    "bound-pods-are-scheduled",
    "counts-of-replica-sets-fit",
    "watch-is-complete",
    "one-running-sandbox-per-pod",
    "endpoints-are-of-the-service",
    "no-two-listeners-on-a-port",
    "deployments-are-complete",
    "replica-sets-have-their-pods",
    "nothing-is-left-terminating",
    "owners-exist",
    "pods-that-fit-run",
    "endpoints-are-the-ready-pods",
    "jobs-end",
    "deleted-pods-leave-no-sandbox",
    "running-containers-belong-to-pods",
    "nodes-are-ready",
    "the-cluster-is-quiescent",
    "the-frozen-write-nothing",
    "stopped-kubelets-write-nothing",
    "cut-off-kubelets-write-nothing",
    "nothing-runs-without-power",
    "causes-come-first",
    "init-containers-come-first",
    "ready-pods-have-ready-containers",
    "evicted-pods-have-failed",
    "daemon-sets-cover-their-nodes",
    "faults-are-healed",
];

type Check = Result<(), String>;

fn holds(name: &'static str, condition: bool, detail: impl FnOnce() -> String) -> Check {
    assert!(NAMES.contains(&name), "{name} is not listed");
    if condition { Ok(()) } else { Err(format!("{name}: {}", detail())) }
}

/// What is remembered of a pod.
struct Seen {
    node: String,
    phase: String,
    restarts: i32,
    deleted: bool,
    generation: i64,
}

pub struct Watcher {
    cluster: Cluster,
    client: Client,
    seen: BTreeMap<String, Seen>,
    trace_seq: u64,
    revision: u64,
    watch: Watch<Pod>,
    followed: BTreeMap<String, Rc<Pod>>,
    /// The faults in force, as the trace tells them.
    broken: BTreeSet<String>,
}

fn uid(pod: &Pod) -> String {
    pod.metadata.uid.clone().unwrap_or_default()
}

fn name(pod: &Pod) -> String {
    format!("{}/{}", pod.metadata.namespace.as_deref().unwrap_or_default(), pod.metadata.name.as_deref().unwrap_or_default())
}

fn phase(pod: &Pod) -> String {
    pod.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default()
}

fn node_of(pod: &Pod) -> String {
    pod.spec.as_ref().and_then(|spec| spec.node_name.clone()).unwrap_or_default()
}

fn condition(pod: &Pod, type_: &str) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == type_ && condition.status == "True")
}

impl Watcher {
    pub fn new(cluster: &Cluster) -> Watcher {
        let client = cluster.client("watcher");
        let (trace_seq, watch) = (cluster.sim().trace().last_seq(), client.watch());
        Watcher {
            cluster: cluster.clone(),
            client,
            seen: BTreeMap::new(),
            trace_seq,
            revision: 0,
            watch,
            followed: BTreeMap::new(),
            broken: BTreeSet::new(),
        }
    }

    /// What holds at every moment.
    pub fn check(&mut self) -> Check {
        self.revisions()?;
        self.histories()?;
        self.objects()?;
        self.nodes()?;
        self.pods()?;
        self.sets()?;
        self.follow()?;
        self.machines()
    }

    fn revisions(&mut self) -> Check {
        for event in self.cluster.sim().trace().since(self.trace_seq) {
            self.trace_seq = event.seq;
            holds("causes-come-first", event.cause.is_none_or(|cause| cause < event.seq), || format!("{event:?}"))?;
            if let TraceKind::Fault { what, broken } = &event.kind {
                let changed = if *broken { self.broken.insert(what.to_string()) } else { self.broken.remove(&**what) };
                holds("faults-are-healed", changed || what.starts_with("kill"), || format!("{what} {broken}"))?;
                self.broken.retain(|what| !what.starts_with("kill"));
            }
            if let TraceKind::Write { revision, .. } = event.kind {
                self.silence(&event.actor).map_err(|violation| format!("{violation}: {:?} at {:?}", event.kind, event.at))?;
                holds("revisions-grow", revision > self.revision, || format!("{revision} after {}", self.revision))?;
                self.revision = revision;
            }
        }
        Ok(())
    }

    /// Who is broken says nothing.
    fn silence(&self, actor: &str) -> Check {
        holds("the-frozen-write-nothing", !self.broken.contains(&format!("freeze {actor}")), || actor.to_owned())?;
        let Some(node) = actor.strip_prefix("kubelet/") else { return Ok(()) };
        let off = self.broken.contains(&format!("kubelet {node}")) || self.broken.contains(&format!("power {node}"));
        holds("stopped-kubelets-write-nothing", !off, || actor.to_owned())?;
        holds("cut-off-kubelets-write-nothing", !self.broken.contains(&format!("network {node}")), || actor.to_owned())
    }

    fn histories(&mut self) -> Check {
        for pod in self.client.list::<Pod>(None) {
            let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
            let now = Seen {
                node: node_of(&pod),
                phase: phase(&pod),
                restarts: statuses.map(|status| status.restart_count).sum(),
                deleted: pod.metadata.deletion_timestamp.is_some(),
                generation: pod.metadata.generation.unwrap_or(0),
            };
            if let Some(before) = self.seen.get(&uid(&pod)) {
                let of = || name(&pod);
                holds("pod-keeps-its-node", before.node.is_empty() || before.node == now.node, of)?;
                let ended = matches!(before.phase.as_str(), "Succeeded" | "Failed");
                holds("pod-keeps-its-end", !ended || before.phase == now.phase, of)?;
                holds("restarts-only-grow", now.restarts >= before.restarts, of)?;
                holds("generation-only-grows", now.generation >= before.generation, of)?;
                holds("deletion-is-final", !before.deleted || now.deleted, of)?;
            }
            self.seen.insert(uid(&pod), now);
        }
        Ok(())
    }

    fn objects(&self) -> Check {
        let mut uids = BTreeSet::new();
        for kind in Kind::ALL {
            for object in self.client.list_kind(*kind, None) {
                let meta = object.meta();
                let of = || object.key().to_string();
                holds("uids-are-unique", uids.insert(object.uid().to_owned()), of)?;
                let controllers = meta.owner_references.iter().flatten().filter(|owner| owner.controller == Some(true)).count();
                holds("one-controller-at-most", controllers <= 1, of)?;
                let home = object.namespace().is_empty() || self.client.get::<Namespace>("", object.namespace()).is_some();
                holds("namespaced-objects-have-their-namespace", home, of)?;
                let observed = match &object {
                    Object::Deployment(o) => o.status.as_ref().and_then(|status| status.observed_generation),
                    Object::ReplicaSet(o) => o.status.as_ref().and_then(|status| status.observed_generation),
                    _ => None,
                };
                holds("observed-generation-is-not-ahead", observed <= meta.generation.or(observed), of)?;
            }
        }
        Ok(())
    }

    fn nodes(&self) -> Check {
        let pods = self.client.list::<Pod>(None);
        for node in self.client.list::<Node>(None) {
            let node_name = node.metadata.name.clone().unwrap_or_default();
            let has = Resource::from_quantities(node.status.as_ref().and_then(|status| status.allocatable.as_ref()));
            let mut used = Resource::default();
            let on_node: Vec<_> = pods.iter().filter(|pod| node_of(pod) == node_name && !is_finished(pod)).collect();
            on_node.iter().for_each(|pod| used.add(&PodInfo::new((*pod).clone()).request, 1));
            holds("capacity-is-kept", used.milli_cpu <= has.milli_cpu && used.memory <= has.memory, || format!("{node_name}: {used:?}"))?;
            holds("pod-number-is-kept", on_node.len() as i64 <= has.allowed_pods, || node_name.clone())?;
        }
        Ok(())
    }

    fn pods(&self) -> Check {
        let mut addresses: BTreeMap<String, String> = BTreeMap::new();
        for pod in self.client.list::<Pod>(None) {
            let host = pod.spec.as_ref().and_then(|spec| spec.host_network).unwrap_or(false);
            let ip = pod.status.as_ref().and_then(|status| status.pod_ip.clone()).filter(|_| !host && !is_finished(&pod));
            if let Some(other) = ip.clone().and_then(|ip| addresses.insert(ip, name(&pod))) {
                holds("pod-addresses-are-unique", false, || format!("{ip:?}: {other} and {}", name(&pod)))?;
            }
            holds("ready-pods-run", !condition(&pod, "Ready") || phase(&pod) == "Running", || name(&pod))?;
            self.containers(&pod)?;
            let bound = !node_of(&pod).is_empty();
            // Of a pod that its kubelet did not admit only that is said.
            let rejected = pod.status.as_ref().and_then(|s| s.message.as_deref()).is_some_and(|m| m.starts_with("Pod was rejected"));
            holds("bound-pods-are-scheduled", !bound || rejected || condition(&pod, "PodScheduled"), || name(&pod))?;
        }
        Ok(())
    }

    fn containers(&self, pod: &Pod) -> Check {
        let (spec, status) = (pod.spec.clone().unwrap_or_default(), pod.status.clone().unwrap_or_default());
        let inits = status.init_container_statuses.clone().unwrap_or_default();
        let runs = |name: &str| {
            status.container_statuses.iter().flatten().any(|s| s.name == name && s.state.as_ref().is_some_and(|s| s.running.is_some()))
        };
        let done = |container: &k8s_openapi::api::core::v1::Container| {
            let own = inits.iter().find(|s| s.name == container.name);
            let sidecar = container.restart_policy.as_deref() == Some("Always");
            own.is_some_and(|own| {
                sidecar || own.ready || own.state.as_ref().is_some_and(|s| s.terminated.as_ref().is_some_and(|t| t.exit_code == 0))
            })
        };
        let all_done = spec.init_containers.iter().flatten().all(done);
        let begun = spec.containers.iter().any(|container| runs(&container.name));
        holds("init-containers-come-first", all_done || !begun, || name(pod))?;
        let ready = status.container_statuses.iter().flatten().all(|s| s.ready);
        holds("ready-pods-have-ready-containers", !condition(pod, "Ready") || ready, || name(pod))?;
        let evicted = status.reason.as_deref() == Some("Evicted");
        holds("evicted-pods-have-failed", !evicted || phase(pod) == "Failed", || name(pod))
    }

    fn sets(&self) -> Check {
        for set in self.client.list::<ReplicaSet>(None) {
            let Some(status) = &set.status else { continue };
            let (ready, available) = (status.ready_replicas.unwrap_or(0), status.available_replicas.unwrap_or(0));
            holds("counts-of-replica-sets-fit", status.replicas >= ready && ready >= available, || format!("{status:?}"))?;
        }
        for endpoints in self.client.list::<Endpoints>(None) {
            let (namespace, name) =
                (endpoints.metadata.namespace.clone().unwrap_or_default(), endpoints.metadata.name.clone().unwrap_or_default());
            let targets = endpoints.subsets.iter().flatten().flat_map(|subset| subset.addresses.iter().flatten());
            let foreign =
                targets.filter_map(|address| address.target_ref.as_ref()).any(|target| target.namespace.as_deref() != Some(&namespace));
            holds("endpoints-are-of-the-service", !foreign, || format!("{namespace}/{name}"))?;
        }
        Ok(())
    }

    /// A client that only watches knows what one that lists knows.
    fn follow(&mut self) -> Check {
        while let Some(event) = self.watch.try_next() {
            match event {
                WatchEvent::Applied { object, .. } => self.followed.insert(uid(&object), object),
                WatchEvent::Deleted { object, .. } => self.followed.remove(&uid(&object)),
            };
        }
        let listed: BTreeMap<String, Rc<Pod>> = self.client.list::<Pod>(None).into_iter().map(|pod| (uid(&pod), pod)).collect();
        holds("watch-is-complete", listed == self.followed, || format!("{} listed, {} followed", listed.len(), self.followed.len()))
    }

    fn machines(&self) -> Check {
        let mut sandboxes: BTreeSet<String> = BTreeSet::new();
        for (node, runtime) in self.cluster.runtimes() {
            let off = self.broken.contains(&format!("power {node}"));
            let running = runtime.containers().iter().filter(|container| container.is_running()).count();
            holds("nothing-runs-without-power", !off || running == 0, || format!("{running} containers on {node}"))?;
            for sandbox in runtime.sandboxes().iter().filter(|sandbox| sandbox.is_ready()) {
                let fresh = sandboxes.insert(sandbox.config.uid.clone());
                holds("one-running-sandbox-per-pod", fresh, || format!("{} on {node}", sandbox.config.name))?;
            }
        }
        let mut ports = BTreeSet::new();
        for (namespace, listener) in self.cluster.network().listeners() {
            let text = format!("{listener:?}");
            holds("no-two-listeners-on-a-port", ports.insert(format!("{namespace} {text}")), || format!("{namespace} {text}"))?;
        }
        Ok(())
    }

    /// What holds once nothing is broken and nobody does anything.
    pub fn check_at_rest(&mut self) -> Check {
        let pods = self.client.list::<Pod>(None);
        let active = |pod: &&Rc<Pod>| !is_finished(pod) && pod.metadata.deletion_timestamp.is_none();
        let owned = |uid: Option<&String>| {
            pods.iter()
                .filter(active)
                .filter(|pod| {
                    pod.metadata.owner_references.iter().flatten().any(|owner| Some(&owner.uid) == uid && owner.controller == Some(true))
                })
                .count() as i32
        };
        for node in self.client.list::<Node>(None) {
            let ready =
                node.status.iter().flat_map(|status| status.conditions.iter().flatten()).any(|c| c.type_ == "Ready" && c.status == "True");
            let taints = node.spec.as_ref().and_then(|spec| spec.taints.clone()).unwrap_or_default();
            holds("nodes-are-ready", ready && taints.is_empty(), || format!("{:?} {taints:?}", node.metadata.name))?;
        }
        for pod in &pods {
            holds("nothing-is-left-terminating", pod.metadata.deletion_timestamp.is_none(), || name(pod))?;
            let waits = !is_finished(pod) && node_of(pod).is_empty();
            let told = pod.status.iter().flat_map(|s| s.conditions.iter().flatten()).any(|c| c.reason.as_deref() == Some("Unschedulable"));
            holds("pods-that-fit-run", !waits || told, || format!("{}: {}", name(pod), phase(pod)))?;
        }
        let starved = pods.iter().any(|pod| !is_finished(pod) && node_of(pod).is_empty());
        for set in self.client.list::<ReplicaSet>(None) {
            let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
            let has = owned(set.metadata.uid.as_ref());
            holds("replica-sets-have-their-pods", has == wanted, || format!("{:?}: {has} of {wanted}", set.metadata.name))?;
        }
        for deployment in self.client.list::<Deployment>(None) {
            let wanted = deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
            let status = deployment.status.clone().unwrap_or_default();
            let complete = status.updated_replicas.unwrap_or(0) == wanted && status.available_replicas.unwrap_or(0) == wanted;
            holds("deployments-are-complete", complete || starved, || format!("{:?}: {status:?}", deployment.metadata.name))?;
        }
        for namespace in self.client.list::<Namespace>(None) {
            holds("nothing-is-left-terminating", namespace.metadata.deletion_timestamp.is_none(), || {
                format!("{:?}", namespace.metadata.name)
            })?;
        }
        for job in self.client.list::<Job>(None) {
            let ended = job
                .status
                .iter()
                .flat_map(|status| status.conditions.iter().flatten())
                .any(|c| matches!(c.type_.as_str(), "Complete" | "Failed"));
            holds("jobs-end", ended || starved, || format!("{:?}: {:?}", job.metadata.name, job.status))?;
        }
        for set in self.client.list::<DaemonSet>(None) {
            let nodes = self.client.list::<Node>(None).len() as i32;
            let ready = set.status.as_ref().map_or(0, |status| status.number_ready);
            holds("daemon-sets-cover-their-nodes", ready == nodes || starved, || format!("{:?}: {ready} of {nodes}", set.metadata.name))?;
        }
        self.owners()?;
        self.services(&pods)?;
        self.remains(&pods)?;
        self.quiet()
    }

    fn owners(&self) -> Check {
        let all: Vec<Object> = Kind::ALL.iter().flat_map(|kind| self.client.list_kind(*kind, None)).collect();
        let uids: BTreeSet<&str> = all.iter().map(Object::uid).collect();
        for object in &all {
            let lost =
                object.meta().owner_references.iter().flatten().any(|owner| owner.kind != "Node" && !uids.contains(owner.uid.as_str()));
            holds("owners-exist", !lost, || object.key().to_string())?;
        }
        Ok(())
    }

    fn services(&self, pods: &[Rc<Pod>]) -> Check {
        for service in self.client.list::<Service>(Some("default")) {
            let Some(selector) = service.spec.as_ref().and_then(|spec| spec.selector.clone()) else { continue };
            let labels = |pod: &Pod| pod.metadata.labels.clone().unwrap_or_default();
            let selected = |pod: &&Rc<Pod>| {
                pod.metadata.namespace == service.metadata.namespace && selector.iter().all(|(k, v)| labels(pod).get(k) == Some(v))
            };
            let wanted: BTreeSet<String> = pods
                .iter()
                .filter(selected)
                .filter(|pod| condition(pod, "Ready"))
                .filter_map(|pod| pod.status.as_ref()?.pod_ip.clone())
                .collect();
            let name = service.metadata.name.clone().unwrap_or_default();
            let endpoints = self.client.get::<Endpoints>("default", &name);
            let subsets = endpoints.iter().flat_map(|endpoints| endpoints.subsets.iter().flatten());
            let found: BTreeSet<String> =
                subsets.flat_map(|subset| subset.addresses.iter().flatten()).map(|address| address.ip.clone()).collect();
            holds("endpoints-are-the-ready-pods", found == wanted, || format!("{name}: {found:?}, expected {wanted:?}"))?;
        }
        Ok(())
    }

    fn remains(&self, pods: &[Rc<Pod>]) -> Check {
        let uids: BTreeSet<String> = pods.iter().map(|pod| uid(pod)).collect();
        for (node, runtime) in self.cluster.runtimes() {
            for sandbox in runtime.sandboxes().iter().filter(|sandbox| sandbox.is_ready()) {
                let known = uids.contains(&sandbox.config.uid);
                holds("deleted-pods-leave-no-sandbox", known, || format!("{} on {node}", sandbox.config.name))?;
            }
            let running = runtime.containers().iter().filter(|container| container.is_running()).count();
            let sandboxes = runtime.sandboxes().iter().filter(|sandbox| sandbox.is_ready()).count();
            holds("running-containers-belong-to-pods", running == 0 || sandboxes > 0, || format!("{running} on {node}"))?;
        }
        Ok(())
    }

    /// For two minutes only heartbeats are written.
    fn quiet(&mut self) -> Check {
        let sim = self.cluster.sim().clone();
        let before = sim.trace().last_seq();
        sim.run_until(sim.now() + Duration::from_secs(120), 50_000_000);
        for event in sim.trace().since(before) {
            if let TraceKind::Write { kind, verb, name, .. } = &event.kind {
                // Pods that crash or wait are told about again and again.
                let usual = matches!(*kind, "Lease" | "Node" | "Event" | "Pod");
                holds("the-cluster-is-quiescent", usual, || format!("{} {verb} {kind} {name}", event.actor))?;
            }
        }
        Ok(())
    }
}
