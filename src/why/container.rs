//! Why a container does not run, or is not ready.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{ConfigMap, Container, ContainerStateTerminated, ContainerStatus, Pod, Secret};

use super::{Inquiry, say};
use crate::api::pod::node_name;
use crate::api::{Key, Kind};
use crate::cluster::Fault;
use crate::cri;
use crate::sim::TraceKind;

/// A container's log is told to this many lines and bytes.
const TOLD_LINES: usize = 2;
const TOLD_BYTES: usize = 240;

impl Inquiry<'_> {
    /// Adds why one container is not ready. `path` is its place in the pod's manifest.
    pub(super) fn container(&mut self, key: &Key, pod: &Rc<Pod>, spec: &Container, status: Option<&ContainerStatus>, path: &str) {
        let name = spec.name.as_str();
        let Some(status) = status else {
            let text = say("the kubelet has not begun with {0}", "kubelet이 아직 {0}을(를) 시작하지 않았습니다", &[name]);
            return self.because(key, "NotBegun", text);
        };
        let state = status.state.clone().unwrap_or_default();
        if let Some(waiting) = state.waiting {
            let message = waiting.message.unwrap_or_default();
            return match waiting.reason.as_deref().unwrap_or_default() {
                reason @ ("ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull") => {
                    self.image(key, spec, reason, &message, path);
                }
                "CreateContainerConfigError" => self.config_error(key, spec, &message, path),
                "CrashLoopBackOff" => self.crash_loop(key, pod, spec, status, path),
                "ContainerCreating" | "PodInitializing" => self.creating(key, spec, path),
                "RunContainerError" | "CreateContainerError" => self.start_error(key, spec, &message, path),
                reason => {
                    let text = say("{0} waits ({1}): {2}", "{0}이(가) 기다립니다({1}): {2}", &[name, reason, &message]);
                    self.because(key, "ContainerWaiting", text);
                    self.at(key, path);
                }
            };
        }
        if let Some(ended) = state.terminated {
            let code = ended.exit_code;
            if path.starts_with("spec.init") || code != 0 || status.restart_count == 0 {
                let text = say("{0} has ended", "{0}이(가) 끝났습니다", &[name]);
                self.because(key, "Ended", text);
            }
            return self.ended(key, pod, spec, &ended, path);
        }
        self.unready(key, pod, spec, status, path);
    }

    /// It runs, and is not ready.
    fn unready(&mut self, key: &Key, pod: &Rc<Pod>, spec: &Container, status: &ContainerStatus, path: &str) {
        let name = spec.name.as_str();
        let started = status.started == Some(true);
        let (kind, probe, field) = match (started, &spec.startup_probe, &spec.readiness_probe) {
            (false, Some(probe), _) => ("Startup", probe, "startupProbe"),
            (_, _, Some(probe)) => ("Readiness", probe, "readinessProbe"),
            _ => {
                let text = say("{0} runs and is about to be ready", "{0}이(가) 돌고 있으며 곧 준비됩니다", &[name]);
                return self.because(key, "Starting", text);
            }
        };
        let failing = self.last_event_words(key, "Unhealthy").filter(|(_, message)| message.starts_with(kind));
        let code = if kind == "Startup" { "StartupProbe" } else { "ReadinessProbe" };
        match failing {
            Some((_, message)) => {
                let text = say(
                    "{0} runs, but its {1} does not succeed: {2}",
                    "{0}은(는) 돌고 있지만 {1}가 성공하지 않습니다: {2}",
                    &[name, field, message.trim()],
                );
                self.because(key, code, text);
                self.at(key, &format!("{path}.{field}"));
                self.probe_port(key, pod, spec, probe, &format!("{path}.{field}"));
            }
            None => {
                let delay = probe.initial_delay_seconds.unwrap_or(0).to_string();
                let text = say(
                    "{0} runs, and its {1} has not succeeded yet (it is first asked {2} s after the start)",
                    "{0}은(는) 돌고 있고 {1}가 아직 성공하지 않았습니다(시작 {2}초 뒤에 처음 물어봅니다)",
                    &[name, field, &delay],
                );
                self.because(key, "ProbePending", text);
                self.at(key, &format!("{path}.{field}"));
            }
        }
    }

    /// A probe of a port on which nothing listens has the wrong port, or the program does.
    fn probe_port(&mut self, key: &Key, pod: &Pod, spec: &Container, probe: &k8s_openapi::api::core::v1::Probe, path: &str) {
        use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
        let (port, field) = match (&probe.http_get, &probe.tcp_socket) {
            (Some(get), _) => (&get.port, format!("{path}.httpGet.port")),
            (_, Some(socket)) => (&socket.port, format!("{path}.tcpSocket.port")),
            _ => return,
        };
        let number = match port {
            IntOrString::Int(number) => *number,
            IntOrString::String(name) => {
                let named = spec.ports.iter().flatten().find(|port| port.name.as_deref() == Some(name));
                named.map_or(0, |port| port.container_port)
            }
        };
        let open = self.open_ports(pod);
        if open.is_empty() || open.iter().any(|open| i32::from(*open) == number) {
            return;
        }
        let open: Vec<String> = open.iter().map(u16::to_string).collect();
        let text = say(
            "nothing listens on port {0}; the pod's programs listen on {1}",
            "포트 {0}에서 듣는 것이 없습니다. 파드의 프로그램은 {1}에서 듣습니다",
            &[&number.to_string(), &open.join(", ")],
        );
        self.because(key, "WrongProbePort", text);
        self.at(key, &field);
        self.helps(say("set the probe's port to {0}", "프로브의 포트를 {0}(으)로 바꿉니다", &[&open.join(" / ")]));
    }

    /// The ports on which the pod's programs really listen.
    pub(super) fn open_ports(&self, pod: &Pod) -> Vec<u16> {
        let ip = pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()?.parse().ok());
        let namespace = ip.and_then(|ip| self.cluster.network().namespace_of(ip));
        let mut ports: Vec<u16> = namespace.iter().flat_map(|namespace| namespace.listeners()).map(|listener| listener.port).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    fn creating(&mut self, key: &Key, spec: &Container, path: &str) {
        let name = spec.name.as_str();
        let image = spec.image.as_deref().unwrap_or_default();
        let pulling = self.last_event_words(key, "Pulling").filter(|(_, message)| message.contains(image));
        let pulled = self.last_event_words(key, "Pulled").filter(|(_, message)| message.contains(image));
        if pulling.is_some() && pulled.is_none() {
            let text = say("the image {0} is being pulled for {1}", "{1}이(가) 쓸 이미지 {0}을(를) 내려받고 있습니다", &[image, name]);
            self.because(key, "PullingImage", text);
            self.at(key, &format!("{path}.image"));
            self.registry_faults(key);
            return;
        }
        if let Some((_, message)) = self.last_event_words(key, "FailedCreatePodSandBox") {
            let text = say("the pod's sandbox cannot be made: {0}", "파드의 샌드박스를 만들지 못합니다: {0}", &[&message]);
            return self.because(key, "FailedCreatePodSandBox", text);
        }
        let text = say("the kubelet is making {0}", "kubelet이 {0}을(를) 만들고 있습니다", &[name]);
        self.because(key, "Starting", text);
    }

    pub(super) fn registry_faults(&mut self, key: &Key) {
        let found = self.faults.iter().find(|fault| matches!(fault, Fault::Registry | Fault::SlowRegistry { .. })).cloned();
        match found {
            Some(Fault::Registry) => {
                let text =
                    say("no registry answers: a fault keeps them down", "레지스트리가 응답하지 않습니다. 고장(fault)이 막고 있습니다", &[]);
                self.because(key, "RegistryDown", text);
                self.heal("registry");
            }
            Some(fault) => {
                let text = say(
                    "the registries are slow: a fault holds every pull up",
                    "레지스트리가 느립니다. 고장(fault)이 내려받기를 늦춥니다",
                    &[],
                );
                self.because(key, "RegistrySlow", text);
                self.heal(&fault.to_string());
            }
            None => {}
        }
    }

    /// What the container's environment asks for and does not exist.
    fn config_error(&mut self, key: &Key, spec: &Container, message: &str, path: &str) {
        let name = spec.name.as_str();
        let text = say("{0} cannot be made from its manifest: {1}", "매니페스트대로 {0}을(를) 만들 수 없습니다: {1}", &[name, message]);
        self.because(key, "CreateContainerConfigError", text);
        self.at(key, path);
        if message.contains("non-root") || message.contains("runAsNonRoot") {
            let text = say(
                "runAsNonRoot forbids what the image or runAsUser asks for: root",
                "이미지나 runAsUser가 루트를 쓰는데 runAsNonRoot가 막습니다",
                &[],
            );
            self.because(key, "RunAsNonRoot", text);
            self.at(key, &format!("{path}.securityContext"));
            return self.helps(say(
                "set securityContext.runAsUser to a number above 0",
                "securityContext.runAsUser를 0보다 큰 수로 정합니다",
                &[],
            ));
        }
        let namespace = key.namespace.to_string();
        let map_keys = |inquiry: &Self, name: &str| {
            inquiry.client.get::<ConfigMap>(&namespace, name).map(|map| map.data.iter().flat_map(|d| d.keys()).cloned().collect::<Vec<_>>())
        };
        let secret_keys = |inquiry: &Self, name: &str| {
            inquiry.client.get::<Secret>(&namespace, name).map(|map| map.data.iter().flat_map(|d| d.keys()).cloned().collect::<Vec<_>>())
        };
        for (index, variable) in spec.env.iter().flatten().enumerate() {
            let Some(from) = &variable.value_from else { continue };
            if let Some(source) = from.config_map_key_ref.as_ref().filter(|source| source.optional != Some(true)) {
                let keys = map_keys(self, &source.name);
                let field = format!("{path}.env[{index}].valueFrom.configMapKeyRef");
                self.missing(key, Kind::ConfigMap, &source.name, &[&source.key], keys, &field);
            }
            if let Some(source) = from.secret_key_ref.as_ref().filter(|source| source.optional != Some(true)) {
                let keys = secret_keys(self, &source.name);
                let field = format!("{path}.env[{index}].valueFrom.secretKeyRef");
                self.missing(key, Kind::Secret, &source.name, &[&source.key], keys, &field);
            }
        }
        for (index, source) in spec.env_from.iter().flatten().enumerate() {
            if let Some(map) = source.config_map_ref.as_ref().filter(|map| map.optional != Some(true)) {
                let keys = map_keys(self, &map.name);
                self.missing(key, Kind::ConfigMap, &map.name, &[], keys, &format!("{path}.envFrom[{index}].configMapRef"));
            }
            if let Some(secret) = source.secret_ref.as_ref().filter(|secret| secret.optional != Some(true)) {
                let keys = secret_keys(self, &secret.name);
                self.missing(key, Kind::Secret, &secret.name, &[], keys, &format!("{path}.envFrom[{index}].secretRef"));
            }
        }
    }

    fn crash_loop(&mut self, key: &Key, pod: &Rc<Pod>, spec: &Container, status: &ContainerStatus, path: &str) {
        let times = status.restart_count.to_string();
        let text = say(
            "{0} ends again and again ({1} restarts), and its kubelet waits longer before each new start",
            "{0}이(가) 끝나기를 되풀이합니다({1}번 다시 시작). kubelet이 갈수록 오래 기다렸다가 시작합니다",
            &[&spec.name, &times],
        );
        self.because(key, "CrashLoopBackOff", text);
        match status.last_state.as_ref().and_then(|state| state.terminated.clone()) {
            Some(ended) => self.ended(key, pod, spec, &ended, path),
            None => self.helps(say("`kubectl logs {0} --previous`", "`kubectl logs {0} --previous`", &[&key.name])),
        }
    }

    /// It could not even be started.
    fn start_error(&mut self, key: &Key, spec: &Container, message: &str, path: &str) {
        let command = message.split("exec: \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let field = if spec.command.as_ref().is_some_and(|command| !command.is_empty()) { "command" } else { "args" };
        let field = if spec.command.is_none() && spec.args.is_none() { String::new() } else { format!(".{field}") };
        let (code, text) = if message.contains("not found") || message.contains("no such file") {
            let text = say("{0}: the image has no program \"{1}\"", "{0}: 이미지에 \"{1}\" 프로그램이 없습니다", &[&spec.name, command]);
            ("CommandNotFound", text)
        } else if message.contains("permission denied") || message.contains("exec format error") {
            (
                "CommandNotExecutable",
                say("{0}: \"{1}\" may not be executed", "{0}: \"{1}\"을(를) 실행할 수 없습니다", &[&spec.name, command]),
            )
        } else {
            ("StartError", say("{0} could not be started: {1}", "{0}을(를) 시작하지 못했습니다: {1}", &[&spec.name, message]))
        };
        self.because(key, code, text);
        self.at(key, &format!("{path}{field}"));
        self.helps(say(
            "correct {0}: its first word is a program of the image {1}",
            "{0}을(를) 고칩니다. 첫 낱말은 이미지 {1}에 있는 프로그램이어야 합니다",
            &[if field.is_empty() { "the image" } else { field.trim_start_matches('.') }, spec.image.as_deref().unwrap_or_default()],
        ));
    }

    /// The runtime's container behind a status.
    fn runtime_container(&self, pod: &Pod, name: &str, id: Option<&str>) -> Option<Rc<cri::Container>> {
        let uid = pod.metadata.uid.as_deref()?;
        let node = node_name(pod);
        let all = self.cluster.kubelet(node)?.runtime().containers();
        let of_pod = |c: &Rc<cri::Container>| c.sandbox.config.uid == uid && c.config.name == name;
        let ours = all.into_iter().filter(of_pod);
        match id {
            Some(id) => ours.into_iter().find(|c| id.ends_with(c.id.as_str())),
            None => ours.max_by_key(|c| c.created),
        }
    }

    /// The last lines of a container's log, on one line.
    pub(super) fn last_words(&self, pod: &Pod, name: &str, id: Option<&str>) -> String {
        let tail = self.runtime_container(pod, name, id).map(|container| container.log.tail(TOLD_LINES, TOLD_BYTES)).unwrap_or_default();
        tail.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" / ")
    }

    /// Whether the learner's own fault killed the container while it ran.
    pub(super) fn killed_by_fault(&self, key: &Key, name: &str, ended: &ContainerStateTerminated) -> Option<String> {
        let finished = ended.finished_at.as_ref()?.0.as_second();
        let mut found = None;
        let of = format!("{}/{}", key.namespace, key.name);
        self.cluster.sim().trace().visit_since(0, |event| {
            if let TraceKind::Fault { what, broken: true } = &event.kind {
                let mut words = what.split(' ');
                let kills = words.next().is_some_and(|word| word.starts_with("kill"));
                let hit = kills && words.next() == Some(&of) && words.next().is_none_or(|container| container == name);
                if hit && (self.stamp(event.at).as_second() - finished).abs() <= 2 {
                    found = Some(what.to_string());
                }
            }
        });
        found
    }

    pub(super) fn log_of(&self, pod: &Pod, name: &str, id: Option<&str>) -> String {
        self.runtime_container(pod, name, id).map(|container| container.log.tail(20, 4000)).unwrap_or_default()
    }
}
