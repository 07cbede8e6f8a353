//! Probes: one task for each probe of each running container. Models `pkg/kubelet/prober`.

use std::rc::{Rc, Weak};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container as ContainerSpec, Probe};

use super::probe_action::{self, Failure};
use super::worker::Worker;
use crate::cri::Container;
use crate::sim::Time;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Startup,
    Liveness,
    Readiness,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Startup => "Startup",
            Kind::Liveness => "Liveness",
            Kind::Readiness => "Readiness",
        }
    }
}

fn seconds(value: Option<i32>, default: u64) -> Duration {
    Duration::from_secs(value.and_then(|value| u64::try_from(value).ok()).filter(|value| *value > 0).unwrap_or(default))
}

impl Worker {
    /// Starts the probes of a container that was just started.
    pub(super) fn start_probes(self: &Rc<Self>, spec: &ContainerSpec, container: &Rc<Container>) {
        let probes =
            [(Kind::Startup, &spec.startup_probe), (Kind::Liveness, &spec.liveness_probe), (Kind::Readiness, &spec.readiness_probe)];
        for (kind, probe) in probes {
            let Some(probe) = probe.clone() else { continue };
            let (worker, container, since) = (Rc::downgrade(self), container.clone(), self.probed_since());
            let prober = Prober { worker, spec: spec.clone(), container, kind, probe, since };
            let sim = self.kubelet.0.sim.clone();
            let task = sim.spawn(async move { prober.run().await });
            let abort: Rc<dyn Fn()> = Rc::new(task.aborter());
            if let Some(record) = self.record.borrow_mut().containers.get_mut(&spec.name) {
                match kind {
                    Kind::Readiness => record.readiness = Some(abort),
                    _ => record.probes.push(abort),
                }
            }
        }
    }
}

struct Prober {
    worker: Weak<Worker>,
    spec: ContainerSpec,
    container: Rc<Container>,
    kind: Kind,
    probe: Probe,
    /// When the pod came to the node.
    since: Time,
}

impl Prober {
    /// Models `worker.run` and `doProbe`: the period counts from when the pod came to the node, whenever its containers start.
    async fn run(self) {
        let Some(sim) = self.worker.upgrade().map(|worker| worker.kubelet.0.sim.clone()) else { return };
        let period = seconds(self.probe.period_seconds, 10);
        let started = sim.timestamp().as_second();
        let (mut successes, mut failures) = (0, 0);
        // Whoever sees that the container runs, or is no longer ready, asks for its readiness at once.
        let mut at_once = self.kind == Kind::Readiness;
        loop {
            if !std::mem::take(&mut at_once) {
                sim.sleep(self.next_tick(sim.now(), period)).await;
            }
            let Some(worker) = self.worker.upgrade() else { return };
            if !self.container.is_running() {
                return;
            }
            if sim.timestamp().as_second() - started < i64::from(self.probe.initial_delay_seconds.unwrap_or(0)) {
                continue;
            }
            if self.kind != Kind::Startup && !self.has_started(&worker) {
                if self.kind == Kind::Readiness {
                    let changed = worker.updated.notified();
                    drop(worker);
                    changed.await;
                    at_once = true;
                }
                continue;
            }
            match self.probe_once(&worker).await {
                Ok(()) => (successes, failures) = (successes + 1, 0),
                Err(failure) => {
                    // What could not be asked counts neither as a success nor as a failure.
                    if self.tell(&worker, &failure) {
                        (successes, failures) = (0, failures + 1);
                    }
                }
            }
            if successes >= self.probe.success_threshold.unwrap_or(1).max(1) {
                self.succeeded(&worker);
                if self.kind == Kind::Startup {
                    return;
                }
            } else if failures >= self.probe.failure_threshold.unwrap_or(3).max(1) {
                let was_ready = self.kind == Kind::Readiness && self.is_ready(&worker);
                if self.failed(&worker) {
                    return;
                }
                at_once = was_ready;
            }
        }
    }

    /// The time until the next period begins.
    fn next_tick(&self, now: Time, period: Duration) -> Duration {
        let passed = now.since(self.since).as_nanos() % period.as_nanos();
        period - Duration::from_nanos(u64::try_from(passed).unwrap_or(0))
    }

    /// Records the event. Says whether it is a failure.
    fn tell(&self, worker: &Worker, failure: &Failure) -> bool {
        let kind = self.kind.word();
        let text = match failure {
            Failure::Failed(message) => format!("{kind} probe failed: {message}"),
            Failure::Errored(error) => format!("{kind} probe errored and resulted in unknown state: {error}"),
        };
        worker.event(Some(&self.spec.name), "Warning", "Unhealthy", &text);
        matches!(failure, Failure::Failed(_))
    }

    fn is_ready(&self, worker: &Worker) -> bool {
        worker.record.borrow().containers.get(&self.spec.name).is_some_and(|record| record.ready)
    }

    fn has_started(&self, worker: &Worker) -> bool {
        worker.record.borrow().containers.get(&self.spec.name).is_some_and(|record| record.started)
    }

    fn succeeded(&self, worker: &Rc<Worker>) {
        let changed = match worker.record.borrow_mut().containers.get_mut(&self.spec.name) {
            Some(record) => match self.kind {
                Kind::Startup => !std::mem::replace(&mut record.started, true),
                Kind::Readiness => !std::mem::replace(&mut record.ready, true),
                Kind::Liveness => false,
            },
            None => false,
        };
        if changed {
            worker.save_status();
            worker.updated.notify();
        }
    }

    /// Says whether the container will be killed.
    fn failed(&self, worker: &Rc<Worker>) -> bool {
        let name = &self.spec.name;
        let killed = {
            let mut record = worker.record.borrow_mut();
            let Some(record) = record.containers.get_mut(name) else { return true };
            match self.kind {
                Kind::Readiness => {
                    record.ready = false;
                    false
                }
                kind => {
                    let probe = kind.word().to_lowercase();
                    record.kill_because = Some(format!("Container {name} failed {probe} probe, will be restarted"));
                    record.kill_grace = self.probe.termination_grace_period_seconds;
                    true
                }
            }
        };
        worker.save_status();
        if killed {
            worker.updated.notify();
        }
        killed
    }

    /// One attempt.
    async fn probe_once(&self, worker: &Rc<Worker>) -> Result<(), Failure> {
        let timeout = seconds(self.probe.timeout_seconds, 1);
        let kubelet = &worker.kubelet;
        if let Some(exec) = &self.probe.exec {
            let command = exec.command.clone().unwrap_or_default();
            let shown = command.join(" ");
            let run = kubelet.0.sim.timeout(timeout, probe_action::run(kubelet, &self.container, command)).await;
            return match run {
                Ok(Ok((0, _))) => Ok(()),
                Ok(Ok((_, output))) => Err(Failure::Failed(output)),
                Ok(Err(error)) => Err(Failure::Errored(error)),
                Err(_) => Err(Failure::Failed(format!("command timed out: \"{shown}\" timed out after {}s", timeout.as_secs()))),
            };
        }
        if let Some(get) = &self.probe.http_get {
            let status = probe_action::http_get(kubelet, &worker.pod_ip(), &self.spec, get, timeout).await?;
            return if (200..400).contains(&status) {
                Ok(())
            } else {
                Err(Failure::Failed(format!("HTTP probe failed with statuscode: {status}")))
            };
        }
        if let Some(socket) = &self.probe.tcp_socket {
            let host = socket.host.clone().filter(|host| !host.is_empty()).unwrap_or_else(|| worker.pod_ip());
            let port = probe_action::resolve_port(&socket.port, &self.spec)?;
            return probe_action::tcp(kubelet, &host, port, timeout).await.map_err(Failure::Failed);
        }
        if let Some(grpc) = &self.probe.grpc {
            let port = u16::try_from(grpc.port).unwrap_or_default();
            let service = grpc.service.as_deref().unwrap_or_default();
            return probe_action::grpc(kubelet, &worker.pod_ip(), port, service, timeout).await.map_err(Failure::Failed);
        }
        Ok(())
    }
}
