//! Starting containers, and starting them again. Models `pkg/kubelet/kuberuntime`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container as ContainerSpec, EphemeralContainer};

use super::backoff::go_duration;
use super::env::{Sources, expand};
use super::files;
use super::images::Failure;
use super::record::{name_of, namespace_of, spec_of, uid_of};
use super::worker::{RESYNC, RETRY, Worker};
use crate::api::pod::{Restart, restart};
use crate::api::quantity::Quantity;
use crate::cri::{Container, ContainerConfig, ContainerState, Mount, Sandbox, file_source};
use crate::images::PulledImage;

/// Within what time the kubelet notices that a container has ended (it looks once a second).
const NOTICE_MILLIS: std::ops::Range<u64> = 150..950;
/// What is kept of a termination message.
const LIMIT_MESSAGE_BYTES: usize = 4096;

/// What an ephemeral container has in common with others.
pub(super) fn from_ephemeral(container: &EphemeralContainer) -> ContainerSpec {
    ContainerSpec {
        name: container.name.clone(),
        image: container.image.clone(),
        image_pull_policy: container.image_pull_policy.clone(),
        command: container.command.clone(),
        args: container.args.clone(),
        env: container.env.clone(),
        env_from: container.env_from.clone(),
        volume_mounts: container.volume_mounts.clone(),
        working_dir: container.working_dir.clone(),
        stdin: container.stdin,
        tty: container.tty,
        security_context: container.security_context.clone(),
        ..ContainerSpec::default()
    }
}

impl Worker {
    /// Brings one container towards its spec; says when to look again.
    pub(super) async fn ensure(self: &Rc<Self>, sandbox: &Rc<Sandbox>, spec: &ContainerSpec, policy: &str) -> Duration {
        let (running, kill, grace, exit_code, image) = {
            let record = self.record.borrow();
            match record.containers.get(&spec.name) {
                Some(c) => (c.is_running(), c.kill_because.clone(), c.kill_grace, c.exit_code(), c.image.clone()),
                None => (false, None, None, None, String::new()),
            }
        };
        if running {
            let changed = image != spec.image.clone().unwrap_or_default();
            let why = kill.or_else(|| changed.then(|| format!("Container {} definition changed, will be restarted", spec.name)));
            let Some(why) = why else { return RESYNC };
            let grace = grace.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
            self.kill_container(&spec.name, &why, grace).await;
            if let Some(record) = self.record.borrow_mut().containers.get_mut(&spec.name) {
                record.kill_because = None;
            }
            self.save_status();
            if spec.restart_policy.as_deref().unwrap_or(policy) == "Never" && !changed {
                return RESYNC;
            }
        } else if let Some(code) = exit_code {
            match restart(spec, policy, code) {
                Restart::No => return RESYNC,
                Restart::Yes => {}
                Restart::All => {
                    self.restart_all(|_, _| false).await;
                    self.record.borrow_mut().containers.values_mut().for_each(|container| container.removed = true);
                    return Duration::ZERO;
                }
            }
        }
        if let Some(left) = self.crash_backoff(spec) {
            return left;
        }
        match self.start(sandbox, spec).await {
            Ok(()) => {
                self.save_status();
                RESYNC
            }
            Err(failure) => {
                let mut record = self.record.borrow_mut();
                record.containers.entry(spec.name.clone()).or_default().waiting = Some((failure.reason, failure.message));
                drop(record);
                self.save_status();
                failure.retry
            }
        }
    }

    /// The time that a container which has ended still has to wait. Models `doBackOff`.
    fn crash_backoff(&self, spec: &ContainerSpec) -> Option<Duration> {
        let ended = {
            let record = self.record.borrow();
            let container = record.containers.get(&spec.name)?;
            container.exit_code()?;
            container.ended
        };
        let inner = &self.kubelet.0;
        let pod = self.pod();
        let key = format!("{}/{}/{}", uid_of(&pod), spec.name, spec.image.as_deref().unwrap_or_default());
        let now = inner.sim.now();
        let mut backoff = inner.crash_backoff.borrow_mut();
        let Some(left) = backoff.left(&key, ended, now) else {
            backoff.next(&key, ended, now);
            return None;
        };
        let current = go_duration(backoff.current(&key));
        drop(backoff);
        let full = self.full_name();
        let message = format!("back-off {current} restarting failed container={} pod={full}", spec.name);
        if let Some(record) = self.record.borrow_mut().containers.get_mut(&spec.name) {
            record.waiting = Some(("CrashLoopBackOff".into(), message));
        }
        let event = format!("Back-off restarting failed container {} in pod {full}", spec.name);
        self.event(Some(&spec.name), "Warning", "BackOff", &event);
        self.save_status();
        Some(left)
    }

    async fn start(self: &Rc<Self>, sandbox: &Rc<Sandbox>, spec: &ContainerSpec) -> Result<(), Failure> {
        let image = self.ensure_image(spec).await?;
        let refuse = |reason: &str, message: String| {
            self.event(Some(&spec.name), "Warning", "Failed", &format!("Error: {message}"));
            Failure { reason: reason.into(), message, retry: RETRY }
        };
        let config = self.config(sandbox, spec, image).map_err(|message| refuse("CreateContainerConfigError", message))?;
        let runtime = &self.kubelet.0.runtime;
        let container = runtime.create_container(sandbox, config).await;
        self.event(Some(&spec.name), "Normal", "Created", "Container created");
        self.remember(spec, &container);
        if let Err(error) = runtime.start_container(&container).await {
            if let Some(record) = self.record.borrow_mut().containers.get_mut(&spec.name) {
                record.ended = Some(self.kubelet.0.sim.now());
            }
            let mut failure = refuse("RunContainerError", error.0);
            failure.retry = Duration::from_secs(1);
            return Err(failure);
        }
        self.event(Some(&spec.name), "Normal", "Started", "Container started");
        self.log_pleg("ContainerStarted", &container.id);
        self.watch_exit(spec, &container);
        if let Some(hook) = spec.lifecycle.as_ref().and_then(|lifecycle| lifecycle.post_start.as_ref())
            && let Err(why) = self.run_hook(&container, spec, hook).await
        {
            self.event(Some(&spec.name), "Warning", "FailedPostStartHook", "PostStartHook failed");
            self.kill_container(&spec.name, "FailedPostStartHook", None).await;
            return Err(Failure { reason: "PostStartHookError".into(), message: why, retry: Duration::from_secs(1) });
        }
        self.start_probes(spec, &container);
        Ok(())
    }

    /// Tells the kubelet's log of a container's start or end.
    fn log_pleg(&self, what: &str, id: &str) {
        let pod = self.pod();
        let (namespace, name, uid) = (namespace_of(&pod), name_of(&pod), uid_of(&pod));
        let event = format!("{{\"ID\":\"{uid}\",\"Type\":\"{what}\",\"Data\":\"{id}\"}}");
        let text = format!("\"SyncLoop (PLEG): event for pod\" pod=\"{namespace}/{name}\" event={event}");
        self.kubelet.log('I', "kubelet.go:2601", text);
    }

    /// Makes `container` the current one of its name.
    fn remember(&self, spec: &ContainerSpec, container: &Rc<Container>) {
        let mut record = self.record.borrow_mut();
        let record = record.containers.entry(spec.name.clone()).or_default();
        record.stop_probes();
        if let Some(old) = record.current.take() {
            // Only the last two are kept, as with the kubelet's `maxPerPodContainer` of 1.
            if let Some(older) = record.previous.replace(old) {
                self.kubelet.0.runtime.remove_container(&older.id);
            }
            record.restarts += 1;
            record.removed = false;
            record.previous_message = std::mem::take(&mut record.message);
        }
        record.current = Some(container.clone());
        record.image = spec.image.clone().unwrap_or_default();
        record.waiting = None;
        record.kill_because = None;
        record.kill_grace = None;
        record.ended = None;
        record.ready = spec.readiness_probe.is_none();
        record.started = spec.startup_probe.is_none();
    }

    /// Wakes the worker when the container has ended.
    fn watch_exit(self: &Rc<Self>, spec: &ContainerSpec, container: &Rc<Container>) {
        let (worker, container, spec) = (Rc::downgrade(self), container.clone(), spec.clone());
        let sim = self.kubelet.0.sim.clone();
        sim.clone().spawn(async move {
            container.wait_exited().await;
            let Some(this) = worker.upgrade() else { return };
            this.note_end(&spec, &container);
            this.log_pleg("ContainerDied", &container.id);
            let notice = NOTICE_MILLIS.start + this.kubelet.0.rng.below(NOTICE_MILLIS.end - NOTICE_MILLIS.start);
            drop(this);
            sim.sleep(Duration::from_millis(notice)).await;
            if let Some(this) = worker.upgrade() {
                this.updated.notify();
            }
        });
    }

    /// Notes that a container has ended, and its last words.
    pub(super) fn note_end(&self, spec: &ContainerSpec, container: &Container) {
        let message = termination_message(spec, container);
        if let Some(record) = self.record.borrow_mut().containers.get_mut(&spec.name)
            && record.current.as_ref().is_some_and(|current| current.id == container.id)
            && record.ended.is_none()
        {
            record.ended = Some(self.kubelet.0.sim.now());
            record.message = message;
            record.stop_probes();
        }
    }

    /// What the runtime is told to make. The error is the message of `CreateContainerConfigError`.
    fn config(&self, sandbox: &Sandbox, spec: &ContainerSpec, image: Rc<PulledImage>) -> Result<ContainerConfig, String> {
        let inner = &self.kubelet.0;
        let pod = self.pod();
        let pod_spec = spec_of(&pod);
        let ip = sandbox.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let sources = Sources { client: &inner.client, pod: &pod, node: &inner.config, pod_ip: &ip };
        let env = sources.environment(spec)?;
        let volumes = self.record.borrow().volumes.clone();
        let mut mounts = match volumes {
            Some(volumes) => volumes.mounts(spec, &env)?,
            None => Vec::new(),
        };
        mounts.extend(self.own_files(sandbox, spec));
        let (own, pods) = (spec.security_context.as_ref(), pod_spec.security_context.as_ref());
        let id = |id: Option<i64>| id.and_then(|id| u32::try_from(id).ok());
        let user = id(own.and_then(|c| c.run_as_user).or(pods.and_then(|c| c.run_as_user)));
        let group = id(own.and_then(|c| c.run_as_group).or(pods.and_then(|c| c.run_as_group)));
        let non_root = own.and_then(|c| c.run_as_non_root).or(pods.and_then(|c| c.run_as_non_root)) == Some(true);
        if non_root && user.unwrap_or(image.config.user.0) == 0 {
            let what = if user.is_some() {
                "container's runAsUser breaks non-root policy"
            } else {
                "container has runAsNonRoot and image will run as root"
            };
            return Err(format!("{what} (pod: \"{}\", container: {})", self.full_name(), spec.name));
        }
        let expanded = |list: &Option<Vec<String>>| list.iter().flatten().map(|word| expand(word, &env)).collect::<Vec<_>>();
        let limits = spec.resources.as_ref().and_then(|resources| resources.limits.as_ref());
        let memory = limits.and_then(|limits| limits.get("memory")).and_then(|q| Quantity::parse(&q.0).ok()).map(|q| q.value());
        let requests = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        let millis = |list: Option<&BTreeMap<String, k8s_openapi::apimachinery::pkg::api::resource::Quantity>>| {
            let cpu = list.and_then(|list| list.get("cpu")).and_then(|q| Quantity::parse(&q.0).ok());
            cpu.and_then(|cpu| u64::try_from(cpu.milli_value()).ok()).filter(|millis| *millis > 0)
        };
        let (cpu_limit_millis, cpu_request) = (millis(limits), millis(requests));
        let attempt = self.record.borrow().containers.get(&spec.name).map_or(0, |c| c.restarts + i32::from(c.current.is_some()));
        Ok(ContainerConfig {
            name: spec.name.clone(),
            attempt: u32::try_from(attempt).unwrap_or_default(),
            image,
            command: expanded(&spec.command),
            args: expanded(&spec.args),
            env: env.into_iter().collect(),
            working_dir: spec.working_dir.clone().unwrap_or_default(),
            mounts,
            read_only_root: own.and_then(|c| c.read_only_root_filesystem) == Some(true),
            user,
            group,
            stdin: spec.stdin == Some(true),
            tty: spec.tty == Some(true),
            cpu_limit_millis,
            cpu_request_millis: cpu_request.unwrap_or(0),
            memory_limit_bytes: memory.and_then(|bytes| u64::try_from(bytes).ok()).filter(|bytes| *bytes > 0),
        })
    }

    /// The files that the kubelet and the runtime put into every container.
    fn own_files(&self, sandbox: &Sandbox, spec: &ContainerSpec) -> Vec<Mount> {
        let pod = self.pod();
        let taken = |path: &str| spec.volume_mounts.iter().flatten().any(|mount| mount.mount_path == path);
        let hostname = self.hostname();
        let termination = spec.termination_message_path.clone().filter(|path| !path.is_empty());
        let termination = termination.unwrap_or_else(|| "/dev/termination-log".to_owned());
        let contents: BTreeMap<String, (String, u32)> = BTreeMap::from([
            ("/etc/hosts".to_owned(), (files::hosts(&pod, &hostname, sandbox.ip), 0o644)),
            ("/etc/hostname".to_owned(), (format!("{hostname}\n"), 0o644)),
            ("/etc/resolv.conf".to_owned(), (files::resolv_conf(&pod, self.kubelet.0.config.cluster_dns), 0o644)),
            (termination, (String::new(), 0o666)),
        ]);
        let mount =
            |(path, (text, mode)): (String, (String, u32))| Mount { path, source: file_source(text.as_bytes(), mode), read_only: false };
        contents.into_iter().filter(|(path, _)| !taken(path)).map(mount).collect()
    }
}

/// What a container left as its last words. Models `getTerminationMessage`.
fn termination_message(spec: &ContainerSpec, container: &Container) -> String {
    let path = spec.termination_message_path.as_deref().filter(|path| !path.is_empty()).unwrap_or("/dev/termination-log");
    let bytes = container.files.read_file(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LIMIT_MESSAGE_BYTES)]).into_owned();
    let failed = matches!(container.state(), ContainerState::Exited { exit_code, .. } if exit_code != 0);
    let fallback = spec.termination_message_policy.as_deref() == Some("FallbackToLogsOnError");
    if text.is_empty() && failed && fallback { container.log.tail(80, 2048) } else { text }
}
