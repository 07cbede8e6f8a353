//! Eviction under memory and disk pressure. Models `pkg/kubelet/eviction`.

use std::cell::Cell;
use std::cmp::Reverse;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container, ObjectReference, Pod, Taint};

use super::main_loop::Kubelet;
use super::record::spec_of;
use super::worker::Worker;
use crate::api::pod_resources::{container_requests, pod_requests};
use crate::api::quantity::Quantity;
use crate::scheduler::framework::tolerates;
use crate::sim::{Time, select};

/// How often usage is looked at. The kubelet's `evictionMonitoringPeriod`.
const PERIOD: Duration = Duration::from_secs(10);
/// How long a condition stands after it was last true. `evictionPressureTransitionPeriod`.
const TRANSITION: Duration = Duration::from_secs(300);
const KIB: u64 = 1024;
/// `memory.available<100Mi`
const MEMORY_THRESHOLD_BYTES: u64 = 100 * KIB * KIB;
/// `nodefs.available<10%`
const DISK_THRESHOLD_DIVISOR: u64 = 10;
/// What the machine's own programs take.
const SYSTEM_BYTES: u64 = 512 * KIB * KIB;
/// What a running container takes besides what its programs ask for.
const CONTAINER_BYTES: u64 = 2 * KIB * KIB;
/// What a running container has written.
const CONTAINER_DISK_BYTES: u64 = 24 * KIB;
/// Pods of this priority and above are critical: `system-cluster-critical`.
const CRITICAL_PRIORITY: i32 = 2_000_000_000;

/// When memory and disk were last found to be short.
#[derive(Default)]
pub(super) struct Pressure {
    memory: Cell<Option<Time>>,
    disk: Cell<Option<Time>>,
}

impl Pressure {
    /// Whether memory and disk count as short.
    pub fn now(&self, now: Time) -> (bool, bool) {
        let stands = |since: &Cell<Option<Time>>| since.get().is_some_and(|since| now.since(since) < TRANSITION);
        (stands(&self.memory), stands(&self.disk))
    }
}

/// What is short, how much there has to be and how much there is.
struct Shortage {
    resource: &'static str,
    threshold: u64,
    available: u64,
}

impl Kubelet {
    /// Watches over the node's memory and disk.
    pub(super) async fn manage_eviction(self) {
        loop {
            let changed = self.0.hog_changed.notified();
            self.synchronize();
            select(changed, self.0.sim.sleep(PERIOD)).await;
        }
    }

    /// One look. Models `managerImpl.synchronize`.
    fn synchronize(&self) {
        let inner = &self.0;
        let now = inner.sim.now();
        let before = inner.pressure.now(now);
        let memory = self.available_memory();
        if memory < MEMORY_THRESHOLD_BYTES {
            inner.pressure.memory.set(Some(now));
        }
        let disk_threshold = inner.config.disk_kib * KIB / DISK_THRESHOLD_DIVISOR;
        if self.available_disk() < disk_threshold {
            inner.pressure.disk.set(Some(now));
        }
        if inner.pressure.now(now) != before || before != inner.reported_pressure.replace(inner.pressure.now(now)) {
            self.report_now();
        }
        if memory < MEMORY_THRESHOLD_BYTES {
            self.reclaim(&Shortage { resource: "memory", threshold: MEMORY_THRESHOLD_BYTES, available: memory });
        } else if self.available_disk() < disk_threshold {
            self.remove_unused_images();
            let available = self.available_disk();
            if available < disk_threshold {
                self.reclaim(&Shortage { resource: "ephemeral-storage", threshold: disk_threshold, available });
            }
        }
    }

    fn available_memory(&self) -> u64 {
        let inner = &self.0;
        let containers = inner.runtime.containers();
        let used: u64 = containers.iter().filter(|c| c.is_running()).map(|c| c.cgroup.memory_used() + CONTAINER_BYTES).sum();
        (inner.config.memory_kib * KIB).saturating_sub(SYSTEM_BYTES + used + inner.hog.get().0)
    }

    fn available_disk(&self) -> u64 {
        let inner = &self.0;
        let images: u64 = inner.runtime.images().list().iter().map(|image| image.size_bytes).sum();
        let containers = inner.runtime.containers().len() as u64 * CONTAINER_DISK_BYTES;
        (inner.config.disk_kib * KIB).saturating_sub(SYSTEM_BYTES + images + containers + inner.hog.get().1)
    }

    /// Before pods are evicted for want of disk, images that no container uses go.
    fn remove_unused_images(&self) {
        let runtime = &self.0.runtime;
        let containers = runtime.containers();
        for image in runtime.images().list() {
            let pause = image.reference.path.ends_with("pause");
            if !pause && !containers.iter().any(|container| container.config.image.id == image.id) {
                runtime.images().remove(&image.reference);
            }
        }
    }

    /// Evicts one pod: first those that use more than they request, then by priority, then by how much more.
    fn reclaim(&self, short: &Shortage) {
        let inner = &self.0;
        let name = inner.config.name.clone();
        let about =
            ObjectReference { kind: Some("Node".into()), name: Some(name.clone()), uid: Some(name.clone()), ..ObjectReference::default() };
        if self.is_connected() {
            let message = format!("Attempting to reclaim {}", short.resource);
            inner.client.record_event(&about, "kubelet", Some(&name), "Warning", "EvictionThresholdMet", &message);
        }
        let workers: Vec<Rc<Worker>> = inner.workers.borrow().values().cloned().collect();
        let victim = workers
            .into_iter()
            .filter(|worker| worker.record.borrow().failed.is_none() && !worker.is_deleting() && !is_critical(&worker.pod()))
            .filter(|worker| worker.record.borrow().containers.values().any(|container| container.is_running()))
            .min_by_key(|worker| {
                let (used, requested) = self.usage(worker, short.resource);
                let priority = spec_of(&worker.pod()).priority.unwrap_or(0);
                (used <= requested, priority, Reverse(i128::from(used) - i128::from(requested)))
            });
        if let Some(victim) = victim {
            victim.evict(&self.eviction_message(&victim, short));
        }
    }

    /// What the pod uses and requests, in bytes, sidecars included.
    fn usage(&self, worker: &Worker, resource: &str) -> (u64, u64) {
        let pod = worker.pod();
        let spec = spec_of(&pod);
        let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
        let used = containers.map(|container| used_by(worker, &container.name, resource)).sum();
        (used, pod_requests(Some(&spec)).get(resource).map_or(0, bytes_of))
    }

    /// Models `evictionMessage`, which does not look at sidecars.
    fn eviction_message(&self, worker: &Worker, short: &Shortage) -> String {
        let mut message = format!(
            "The node was low on resource: {}. Threshold quantity: {}, available: {}. ",
            short.resource,
            quantity(short.threshold),
            quantity(short.available / KIB * KIB)
        );
        let pod = worker.pod();
        for container in &spec_of(&pod).containers {
            let (used, requested) = (used_by(worker, &container.name, short.resource), requested_by(container, short.resource));
            if used > requested {
                let requested = if requested == 0 { "0".to_owned() } else { quantity(requested) };
                message += &format!(
                    "Container {} was using {}, request is {requested}, has larger consumption of {}. ",
                    container.name,
                    quantity(used),
                    short.resource
                );
            }
        }
        message
    }

    /// Whether a new pod is refused, and the message. Models the manager's `Admit`.
    pub(super) fn refuses_under_pressure(&self, pod: &Pod) -> Option<String> {
        let (memory, disk) = self.0.pressure.now(self.0.sim.now());
        let best_effort = pod.status.as_ref().and_then(|status| status.qos_class.as_deref()) == Some("BestEffort");
        let taint = Taint { key: "node.kubernetes.io/memory-pressure".into(), effect: "NoSchedule".into(), ..Taint::default() };
        let tolerated = spec_of(pod).tolerations.iter().flatten().any(|toleration| tolerates(toleration, &taint));
        if is_critical(pod) || (!memory && !disk) || (!disk && (!best_effort || tolerated)) {
            return None;
        }
        let names: Vec<&str> =
            [(memory, "MemoryPressure"), (disk, "DiskPressure")].iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
        Some(format!("The node had condition: [{}]. ", names.join(" ")))
    }
}

fn is_critical(pod: &Pod) -> bool {
    spec_of(pod).priority.unwrap_or(0) >= CRITICAL_PRIORITY
}

fn used_by(worker: &Worker, container: &str, resource: &str) -> u64 {
    let record = worker.record.borrow();
    let Some(current) = record.containers.get(container).filter(|c| c.is_running()).and_then(|c| c.current.as_ref()) else { return 0 };
    if resource == "memory" { current.cgroup.memory_used() + CONTAINER_BYTES } else { CONTAINER_DISK_BYTES }
}

fn requested_by(container: &Container, resource: &str) -> u64 {
    container_requests(container).get(resource).map_or(0, bytes_of)
}

fn bytes_of(quantity: &Quantity) -> u64 {
    u64::try_from(quantity.value()).unwrap_or(0)
}

/// As Kubernetes writes bytes: the largest binary unit that divides them.
fn quantity(bytes: u64) -> String {
    for (unit, size) in [("Gi", KIB * KIB * KIB), ("Mi", KIB * KIB), ("Ki", KIB)] {
        if bytes >= size && bytes.is_multiple_of(size) {
            return format!("{}{unit}", bytes / size);
        }
    }
    bytes.to_string()
}
