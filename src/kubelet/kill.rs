//! Ending containers and pods gracefully. Models `killContainer`, `killPod` and the termination of pod workers.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use k8s_openapi::api::core::v1::{Container as ContainerSpec, Pod};

use super::record::{ContainerRecord, name_of, namespace_of, spec_of, uid_of};
use super::worker::Worker;
use crate::api::pod::is_sidecar;
use crate::client::DeleteOptions;
use crate::sim::channel::Notify;
use crate::sim::{Either, TraceKind, select};

/// The least time that a container gets after its preStop hook. The kubelet's `minimumGracePeriodInSeconds`.
const MINIMUM_GRACE: Duration = Duration::from_secs(2);
/// What the kubelet needs to clean up after the last container.
const CLEAN_UP_MILLIS: std::ops::Range<u64> = 100..400;

impl Worker {
    fn container_spec(&self, name: &str) -> Option<ContainerSpec> {
        let pod = self.pod();
        let spec = spec_of(&pod);
        let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
        all.into_iter().find(|container| container.name == name).cloned()
    }

    /// The grace that the pod as a whole gives.
    fn grace(&self) -> Duration {
        let pod = self.pod();
        let seconds = pod.metadata.deletion_grace_period_seconds.or(spec_of(&pod).termination_grace_period_seconds);
        Duration::from_secs(seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(30))
    }

    /// Ends one container: event, preStop hook, stop signal, and SIGKILL when the grace is over.
    pub(super) async fn kill_container(self: &Rc<Self>, name: &str, why: &str, grace: Option<Duration>) {
        self.kill_in_turn(name, why, grace, std::future::ready(())).await;
    }

    /// The same; the stop signal waits for `turn`, as long as there is time.
    async fn kill_in_turn(self: &Rc<Self>, name: &str, why: &str, grace: Option<Duration>, turn: impl Future<Output = ()>) {
        let container = {
            let mut record = self.record.borrow_mut();
            let Some(record) = record.containers.get_mut(name) else { return };
            record.stop_killing_probes();
            record.current.clone()
        };
        let Some(container) = container.filter(|container| container.is_running()) else { return };
        let message = if why.is_empty() { format!("Stopping container {name}") } else { why.to_owned() };
        self.event(Some(name), "Normal", "Killing", &message);
        // Events are dropped when there are many; the trace keeps why.
        let pod = self.pod();
        let text = format!("kill {}/{} {name}: {message}", namespace_of(&pod), name_of(&pod)).into();
        let inner = &self.kubelet.0;
        inner.sim.trace().record(inner.sim.now(), &inner.client.origin().actor, None, TraceKind::Note { text });
        let sim = self.kubelet.0.sim.clone();
        let grace = grace.unwrap_or_else(|| self.grace());
        let began = sim.now();
        let spec = self.container_spec(name);
        let hook = spec.as_ref().and_then(|spec| spec.lifecycle.as_ref()?.pre_stop.clone());
        if let (Some(spec), Some(hook)) = (&spec, hook)
            && !grace.is_zero()
        {
            let ran = sim.timeout(grace, self.run_hook(&container, spec, &hook)).await;
            if matches!(ran, Ok(Err(_))) {
                self.event(Some(name), "Warning", "FailedPreStopHook", "PreStopHook failed");
            }
        }
        let _ = sim.timeout(grace.saturating_sub(sim.now().since(began)), turn).await;
        let left = grace.saturating_sub(sim.now().since(began));
        let left = if grace.is_zero() { grace } else { left.max(MINIMUM_GRACE.min(grace)) };
        self.kubelet.0.runtime.stop_container(&container, left).await;
        if let Some(spec) = &spec {
            self.note_end(spec, &container);
        }
    }

    /// Ends every container: all are told at once, and the sidecars' stop signals wait, from the last sidecar to the first, for
    /// those before them. Models `terminationOrdering`.
    pub(super) async fn kill_all(self: &Rc<Self>, why: &str, grace: Option<Duration>) {
        let pod = self.pod();
        let spec = spec_of(&pod);
        let sidecars: Vec<String> = spec.init_containers.iter().flatten().filter(|c| is_sidecar(c)).map(|c| c.name.clone()).rev().collect();
        let names: Vec<String> = self.record.borrow().containers.keys().cloned().collect();
        let mains: Vec<&String> = names.iter().filter(|name| !sidecars.contains(name)).collect();
        // How many of the line have ended: the main containers first.
        let (ended, rung) = (Cell::new(0), Notify::new());
        let line: Vec<(&String, usize)> =
            mains.iter().map(|name| (*name, 0)).chain(sidecars.iter().enumerate().map(|(at, name)| (name, mains.len() + at))).collect();
        let end = |(name, turn): (&String, usize)| {
            let (name, ended, rung) = (name.clone(), &ended, &rung);
            async move {
                let turn = async {
                    while ended.get() < turn {
                        rung.notified().await;
                    }
                };
                self.kill_in_turn(&name, why, grace, turn).await;
                ended.set(ended.get() + 1);
                rung.notify();
            }
        };
        join_all(line.into_iter().map(end)).await;
    }

    /// Ends all containers, so that they start anew from the init containers on; those that `but` names stay as they are.
    pub(super) async fn restart_all(self: &Rc<Self>, but: impl Fn(&str, &ContainerRecord) -> bool) {
        self.kill_all("", Some(Duration::ZERO)).await;
        let mut record = self.record.borrow_mut();
        record.initialized = false;
        for (name, container) in record.containers.iter_mut().filter(|(_, container)| container.current.is_some()) {
            if !but(name, container) {
                container.previous = container.current.take();
                container.restarts += 1;
            }
        }
    }

    /// Takes the pod down, and out of the API when nothing of it is left.
    pub(super) async fn terminate(self: &Rc<Self>) {
        self.save_status();
        let grace = self.is_removed().then_some(MINIMUM_GRACE);
        {
            let kill = Box::pin(self.kill_all("", grace));
            let hurry = Box::pin(self.hurry());
            if let Either::Right(_) = select(kill, hurry).await {
                let runtime = &self.kubelet.0.runtime;
                let current: Vec<_> = self.record.borrow().containers.values().filter_map(|c| c.current.clone()).collect();
                join_all(current.iter().map(|container| runtime.stop_container(container, Duration::ZERO))).await;
            }
        }
        // Exit watchers note the ends before the status is written.
        self.kubelet.0.sim.yield_now().await;
        self.record.borrow_mut().terminated = true;
        self.save_status();
        self.stop_sandbox().await;
        let inner = &self.kubelet.0;
        let clean_up = CLEAN_UP_MILLIS.start + inner.rng.below(CLEAN_UP_MILLIS.end - CLEAN_UP_MILLIS.start);
        inner.sim.sleep(Duration::from_millis(clean_up)).await;
        let sandbox = self.record.borrow_mut().sandbox.take();
        if let Some(sandbox) = &sandbox {
            inner.runtime.remove_sandbox(sandbox);
        }
        // A node that is cut off tells of the end later.
        self.kubelet.connected().await;
        if self.is_removed() {
            return;
        }
        self.save_status();
        let pod = self.pod();
        let options = DeleteOptions { grace_period_seconds: Some(0), uid: Some(uid_of(&pod).to_owned()), ..DeleteOptions::default() };
        let _ = self.client().delete::<Pod>(namespace_of(&pod), name_of(&pod), options);
    }

    /// Completes when the pod's grace was shortened and is over, or the pod was removed from the API.
    async fn hurry(&self) {
        let sim = self.kubelet.0.sim.clone();
        let first = self.grace();
        let was_removed = self.is_removed();
        loop {
            let updated = self.updated.notified();
            if self.is_removed() && !was_removed {
                let _ = sim.timeout(MINIMUM_GRACE, std::future::pending::<()>()).await;
                return;
            }
            let grace = self.grace();
            if grace < first {
                let _ = sim.timeout(grace, updated).await;
                if self.grace() >= grace {
                    return;
                }
                continue;
            }
            updated.await;
        }
    }
}
