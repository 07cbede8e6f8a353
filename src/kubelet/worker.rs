//! A pod worker: the one task that brings a pod towards its spec. Models `pkg/kubelet/pod_workers.go` and `SyncPod`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container as ContainerSpec, ObjectReference, Pod, PodStatus};

use super::admission;
use super::env::Sources;
use super::main_loop::Kubelet;
use super::phase::only_sidecars_left;
use super::record::{PodRecord, field_path, name_of, namespace_of, spec_of, uid_of};
use super::status::{self, Surroundings};
use super::volumes::PodVolumes;
use crate::api::pod::is_sidecar;
use crate::client::{Client, reference_to};
use crate::cri::Sandbox;
use crate::sim::channel::Notify;
use crate::sim::{Either, Time, select};

/// How often a pod that needs nothing is looked at, for volumes that follow objects. The kubelet's `syncFrequency`.
pub(super) const RESYNC: Duration = Duration::from_secs(60);
/// The grace of a pod that is evicted. `immediateEvictionGracePeriodSeconds`.
const EVICTION_GRACE: Duration = Duration::from_secs(1);
/// How soon volumes that failed are tried again.
const VOLUME_RETRY: Duration = Duration::from_secs(2);
/// How soon a sandbox or container that failed is tried again.
pub(super) const RETRY: Duration = Duration::from_secs(10);

/// One pod of the node.
pub(super) struct Worker {
    pub kubelet: Kubelet,
    pod: RefCell<Rc<Pod>>,
    pub record: RefCell<PodRecord>,
    /// Rung when anything changed that the pod depends on.
    pub updated: Notify,
    removed: Cell<bool>,
    cause: Cell<u64>,
    /// Whether what is being done for the pod has to stop at once.
    interrupted: Cell<bool>,
    abort: RefCell<Option<Rc<dyn Fn()>>>,
    volume_failures: Cell<u32>,
    /// When the periods of its probes began.
    probed_since: Cell<Option<Time>>,
}

impl Worker {
    pub fn new(kubelet: &Kubelet, pod: Rc<Pod>, trace_seq: u64) -> Rc<Worker> {
        Rc::new(Worker {
            kubelet: kubelet.clone(),
            pod: RefCell::new(pod),
            record: RefCell::default(),
            updated: Notify::new(),
            removed: Cell::new(false),
            cause: Cell::new(trace_seq),
            interrupted: Cell::new(false),
            abort: RefCell::default(),
            volume_failures: Cell::new(0),
            probed_since: Cell::new(None),
        })
    }

    pub fn pod(&self) -> Rc<Pod> {
        self.pod.borrow().clone()
    }

    pub fn spawn(self: &Rc<Self>) {
        let worker = self.clone();
        let task = self.kubelet.0.sim.spawn(async move { worker.run().await });
        *self.abort.borrow_mut() = Some(Rc::new(task.aborter()));
    }

    /// Ends the task, not the pod.
    pub fn pause(&self) {
        if let Some(abort) = self.abort.borrow_mut().take() {
            abort();
        }
        self.record.borrow_mut().containers.values_mut().for_each(|container| container.stop_probes());
        self.probed_since.set(None);
    }

    /// When the periods of the pod's probes began: once its volumes were there. Models `prober.Manager.AddPod`.
    pub(super) fn probed_since(&self) -> Time {
        let since = self.probed_since.get().unwrap_or_else(|| self.kubelet.0.sim.now());
        self.probed_since.set(Some(since));
        since
    }

    /// Goes on with the probes of containers that ran on while the kubelet was stopped.
    fn resume_probes(self: &Rc<Self>) {
        let pod = self.pod();
        let spec = spec_of(&pod);
        for container in spec.init_containers.iter().flatten().chain(&spec.containers) {
            let current = {
                let record = self.record.borrow();
                record.containers.get(&container.name).filter(|c| c.is_running() && c.probes.is_empty()).and_then(|c| c.current.clone())
            };
            if let Some(current) = current {
                self.start_probes(container, &current);
            }
        }
    }

    /// Takes a new version of the pod; wakes the task if it matters.
    pub fn update(&self, pod: Rc<Pod>, trace_seq: u64) {
        let old = self.pod.replace(pod.clone());
        let (a, b) = (&old.metadata, &pod.metadata);
        let same = old.spec == pod.spec
            && a.deletion_timestamp == b.deletion_timestamp
            && a.deletion_grace_period_seconds == b.deletion_grace_period_seconds
            && a.labels == b.labels
            && a.annotations == b.annotations;
        if !same {
            if trace_seq != 0 {
                self.cause.set(trace_seq);
            }
            self.updated.notify();
        }
    }

    /// What follows is a reaction to event `seq`.
    pub fn blame(&self, seq: u64) {
        self.cause.set(seq);
    }

    /// The pod is gone from the API, whatever the kubelet thinks.
    pub fn remove(&self) {
        self.removed.set(true);
        self.updated.notify();
    }

    pub fn is_removed(&self) -> bool {
        self.removed.get()
    }

    pub fn is_deleting(&self) -> bool {
        self.pod.borrow().metadata.deletion_timestamp.is_some()
    }

    /// The pod fails, to save the node.
    pub fn evict(&self, message: &str) {
        self.event(None, "Warning", "Evicted", message);
        let mut record = self.record.borrow_mut();
        record.evicted = true;
        record.failed = Some(("Evicted".to_owned(), message.to_owned()));
        drop(record);
        self.interrupted.set(true);
        self.updated.notify();
    }

    /// The API, acting because of what last changed the pod.
    pub fn client(&self) -> Client {
        match self.cause.get() {
            0 => self.kubelet.0.client.clone(),
            seq => self.kubelet.0.client.because(seq),
        }
    }

    /// Records an event about the pod, or about one of its containers.
    pub fn event(&self, container: Option<&str>, type_: &str, reason: &str, message: &str) {
        if !self.kubelet.is_connected() {
            return;
        }
        let pod = self.pod();
        let about = ObjectReference { field_path: container.map(|name| field_path(&pod, name)), ..reference_to(&*pod) };
        self.client().record_event(&about, "kubelet", Some(&self.kubelet.0.config.name), type_, reason, message);
    }

    /// `NAME_NAMESPACE(UID)`: how the kubelet's messages name a pod.
    pub fn full_name(&self) -> String {
        let pod = self.pod();
        format!("{}_{}({})", name_of(&pod), namespace_of(&pod), uid_of(&pod))
    }

    async fn run(self: &Rc<Self>) {
        self.admit();
        self.resume_probes();
        loop {
            let updated = self.updated.notified();
            if self.is_removed() || self.is_deleting() {
                self.terminate().await;
                self.kubelet.forget(uid_of(&self.pod()));
                return;
            }
            let next = {
                let sync = Box::pin(self.sync());
                let deletion = Box::pin(self.deletion());
                match select(sync, deletion).await {
                    Either::Left((next, _)) => next,
                    Either::Right(_) => continue,
                }
            };
            select(updated, self.kubelet.0.sim.sleep(next)).await;
        }
    }

    async fn deletion(&self) {
        loop {
            let updated = self.updated.notified();
            if self.is_removed() || self.is_deleting() || self.interrupted.replace(false) {
                return;
            }
            updated.await;
        }
    }

    /// Refuses a pod that the node cannot take, once.
    fn admit(&self) {
        let fresh = self.record.borrow().start_time.is_none();
        if !fresh {
            return;
        }
        self.record.borrow_mut().start_time = Some(self.kubelet.0.client.now());
        if let Err((reason, message)) = admission::admit(&self.kubelet, &self.pod()) {
            self.event(None, "Warning", &reason, &message);
            let mut record = self.record.borrow_mut();
            record.failed = Some((reason, format!("Pod was rejected: {message}")));
            record.rejected = true;
        }
    }

    /// The pod's status as it is now.
    pub fn status(&self) -> PodStatus {
        let inner = &self.kubelet.0;
        let around = Surroundings { host_ip: inner.config.ip, scheme: inner.config.runtime.scheme.clone(), now: inner.client.now() };
        status::generate(&self.pod(), &self.record.borrow(), &around)
    }

    /// Writes the status if it has changed.
    pub fn save_status(&self) -> PodStatus {
        let status = self.status();
        if !self.kubelet.is_connected() {
            return status;
        }
        let pod = self.pod();
        let stored = self.kubelet.0.client.get::<Pod>(namespace_of(&pod), name_of(&pod));
        if let Some(stored) = stored.filter(|stored| stored.metadata.uid == pod.metadata.uid)
            && stored.status.as_ref() != Some(&status)
        {
            let mut new = (*stored).clone();
            new.status = Some(status.clone());
            let _ = self.client().update_status(new);
        }
        status
    }

    /// One step towards the spec; says when to look again, if nothing happens before.
    async fn sync(self: &Rc<Self>) -> Duration {
        let dies = {
            let record = self.record.borrow();
            record.evicted && !record.terminated
        };
        if dies {
            // Its end is told once it has come.
            self.interrupted.set(false);
            self.wind_up().await;
            return RESYNC;
        }
        if self.is_over(&self.save_status()) {
            self.wind_up().await;
            return RESYNC;
        }
        if let Some(wait) = self.check_deadline() {
            if wait.is_zero() {
                self.wind_up().await;
                return RESYNC;
            }
            return self.make().await.min(wait);
        }
        self.make().await
    }

    /// The time until `activeDeadlineSeconds`, where there is one; zero once it is over.
    fn check_deadline(&self) -> Option<Duration> {
        let pod = self.pod();
        let seconds = u64::try_from(spec_of(&pod).active_deadline_seconds?).ok()?;
        let started = self.record.borrow().start_time.as_ref()?.0;
        let passed = self.kubelet.0.sim.timestamp().duration_since(started);
        let left = Duration::from_secs(seconds).saturating_sub(passed.unsigned_abs());
        if left.is_zero() {
            let message = "Pod was active on the node longer than the specified deadline";
            self.event(None, "Normal", "DeadlineExceeded", message);
            self.record.borrow_mut().failed = Some(("DeadlineExceeded".into(), message.into()));
        }
        Some(left)
    }

    /// A finished pod: whatever still runs ends, the sandbox goes, the logs stay.
    async fn wind_up(self: &Rc<Self>) {
        let grace = self.record.borrow().evicted.then_some(EVICTION_GRACE);
        self.kill_all("", grace).await;
        self.kubelet.0.sim.yield_now().await;
        self.stop_sandbox().await;
        self.record.borrow_mut().terminated = true;
        self.save_status();
    }

    async fn make(self: &Rc<Self>) -> Duration {
        if let Err(retry) = self.ensure_volumes() {
            return retry;
        }
        self.probed_since();
        let sandbox = match self.ensure_sandbox().await {
            Ok(sandbox) => sandbox,
            Err(retry) => return retry,
        };
        self.save_status();
        let pod = self.pod();
        let spec = spec_of(&pod);
        let mut next = RESYNC;
        for container in spec.ephemeral_containers.iter().flatten() {
            let exists = self.record.borrow().containers.contains_key(&container.name);
            if !exists {
                let as_container = super::containers::from_ephemeral(container);
                next = next.min(self.ensure(&sandbox, &as_container, "Never").await);
            }
        }
        match self.initialize(&sandbox, spec.init_containers.as_deref().unwrap_or_default()).await {
            Ok(wait) => next = next.min(wait),
            Err(wait) => return next.min(wait),
        }
        let policy = spec.restart_policy.as_deref().unwrap_or("Always");
        for container in &spec.containers {
            next = next.min(self.ensure(&sandbox, container, policy).await);
            if next.is_zero() {
                // All begin anew.
                return next;
            }
        }
        if self.is_over(&self.save_status()) {
            self.wind_up().await;
        }
        next
    }

    /// Whether nothing of the pod has to run any more; its sidecars may still do.
    fn is_over(&self, status: &PodStatus) -> bool {
        let containers = status.container_statuses.as_deref().unwrap_or_default();
        matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) || only_sidecars_left(&spec_of(&self.pod()), containers)
    }

    /// Runs init containers in order, sidecars on the way. `Err` as long as the main containers have to wait.
    async fn initialize(self: &Rc<Self>, sandbox: &Rc<Sandbox>, list: &[ContainerSpec]) -> Result<Duration, Duration> {
        let pod = self.pod();
        let policy = match spec_of(&pod).restart_policy.as_deref() {
            Some("Never") => "Never",
            // An init container that succeeded is done, also under Always.
            _ => "OnFailure",
        };
        let mut next = RESYNC;
        let done = self.record.borrow().initialized;
        for container in list {
            let sidecar = is_sidecar(container);
            if done && !sidecar {
                continue;
            }
            next = next.min(self.ensure(sandbox, container, policy).await);
            if next.is_zero() {
                return Err(next);
            }
            let finished = {
                let record = self.record.borrow();
                let state = record.containers.get(&container.name);
                if sidecar {
                    done || state.is_some_and(|state| state.is_running() && state.started)
                } else {
                    state.and_then(|state| state.exit_code()) == Some(0)
                }
            };
            if !finished {
                self.save_status();
                return Err(next);
            }
        }
        self.record.borrow_mut().initialized = true;
        Ok(next)
    }

    fn ensure_volumes(&self) -> Result<(), Duration> {
        let inner = &self.kubelet.0;
        let pod = self.pod();
        let ip = self.pod_ip();
        let sources = Sources { client: &inner.client, pod: &pod, node: &inner.config, pod_ip: &ip };
        let existing = self.record.borrow().volumes.clone();
        if let Some(volumes) = existing {
            volumes.refresh(&inner.sim, &sources);
            return Ok(());
        }
        match PodVolumes::set_up(&inner.sim, &sources, &inner.host_files) {
            Ok(volumes) => {
                self.record.borrow_mut().volumes = Some(Rc::new(volumes));
                Ok(())
            }
            Err(error) => {
                let message = format!("MountVolume.SetUp failed for volume \"{}\" : {}", error.volume, error.message);
                self.event(None, "Warning", "FailedMount", &message);
                // 0.5 s, 1 s, 2 s … 2 min 2 s, as the volume manager's exponential back-off.
                let failures = self.volume_failures.get();
                self.volume_failures.set(failures + 1);
                Err((VOLUME_RETRY * 2u32.pow(failures.min(6))).min(Duration::from_secs(122)))
            }
        }
    }

    /// The pod's address, as far as it is known.
    pub fn pod_ip(&self) -> String {
        self.record.borrow().sandbox.as_ref().and_then(|sandbox| sandbox.ip).map(|ip| ip.to_string()).unwrap_or_default()
    }
}
