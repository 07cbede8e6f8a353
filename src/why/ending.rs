//! How a container ended: exit codes, signals, memory, probes, ports.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Container, ContainerStateTerminated, Pod};

use super::{Inquiry, say};
use crate::api::Key;
use crate::sim::TraceKind;

/// The exit code of a process that signal `n` ended is 128 and `n`.
const SIGNALLED: i32 = 128;

impl Inquiry<'_> {
    /// Adds why a container ended.
    pub(super) fn ended(&mut self, key: &Key, pod: &Rc<Pod>, spec: &Container, ended: &ContainerStateTerminated, path: &str) {
        let name = spec.name.as_str();
        let code = ended.exit_code;
        let reason = ended.reason.as_deref().unwrap_or_default();
        if reason == "OOMKilled" {
            return self.out_of_memory(key, spec, path);
        }
        if matches!(reason, "StartError" | "ContainerCannotRun") {
            return self.start_failed(key, spec, ended, path);
        }
        if let Some(fault) = self.killed_by_fault(key, name, ended) {
            let text = say("{0} was killed by a fault (`fault {1}`)", "{0}은(는) 고장(fault)으로 죽었습니다(`fault {1}`)", &[name, &fault]);
            return self.because(key, "KilledByFault", text);
        }
        if self.killed_by_probe(key, spec, ended, path) {
            return;
        }
        let log = self.log_of(pod, name, ended.container_id.as_deref());
        if code != 0 && is_port_taken(&log) {
            return self.port_taken(key, pod, spec, &log, path);
        }
        let words = self.last_words(pod, name, ended.container_id.as_deref());
        self.by_code(key, spec, code, path);
        if code != 0 && !words.is_empty() {
            let text = say("it last said: {0}", "마지막 출력: {0}", &[&words]);
            self.because(key, "LastWords", text);
        }
        self.helps(say(
            "`kubectl logs {0} -c {1} --previous` tells more",
            "`kubectl logs {0} -c {1} --previous`에 더 있습니다",
            &[&key.name, name],
        ));
    }

    fn by_code(&mut self, key: &Key, spec: &Container, code: i32, path: &str) {
        let name = spec.name.as_str();
        let number = code.to_string();
        let (word, text) = match code {
            0 => (
                "ExitedWithSuccess",
                say(
                    "{0} did its work and ended well (exit code 0): a pod's containers are meant to go on, unless restartPolicy says otherwise",
                    "{0}이(가) 할 일을 마치고 잘 끝났습니다(종료 코드 0). restartPolicy가 달리 말하지 않으면 컨테이너는 계속 돌아야 합니다",
                    &[name],
                ),
            ),
            126 => (
                "CommandNotExecutable",
                say("{0}: a command may not be executed (exit code 126)", "{0}: 명령을 실행할 수 없습니다(종료 코드 126)", &[name]),
            ),
            127 => (
                "CommandNotFound",
                say("{0}: a command was not found (exit code 127)", "{0}: 명령을 찾지 못했습니다(종료 코드 127)", &[name]),
            ),
            137 => ("Killed", say("{0} was killed: SIGKILL (exit code 137)", "{0}이(가) SIGKILL로 죽었습니다(종료 코드 137)", &[name])),
            143 => (
                "Terminated",
                say("{0} was asked to end: SIGTERM (exit code 143)", "{0}이(가) SIGTERM으로 끝났습니다(종료 코드 143)", &[name]),
            ),
            code if code > SIGNALLED && code < 160 => {
                let signal = (code - SIGNALLED).to_string();
                (
                    "Signalled",
                    say(
                        "{0} was ended by signal {1} (exit code {2})",
                        "{0}이(가) 시그널 {1}(으)로 끝났습니다(종료 코드 {2})",
                        &[name, &signal, &number],
                    ),
                )
            }
            _ => (
                "ExitCode",
                say(
                    "{0} ended with exit code {1}: its program gave up",
                    "{0}이(가) 종료 코드 {1}(으)로 끝났습니다. 프로그램이 스스로 그만뒀습니다",
                    &[name, &number],
                ),
            ),
        };
        self.because(key, word, text);
        let field = match (&spec.command, &spec.args) {
            (Some(_), _) => format!("{path}.command"),
            (None, Some(_)) => format!("{path}.args"),
            _ => path.to_owned(),
        };
        if code == 0 {
            self.at(key, "spec.restartPolicy");
            self.helps(say(
                "let it run on (a server, `sleep infinity`), or set restartPolicy to OnFailure or Never, or make it a Job",
                "계속 도는 프로그램을 쓰거나, restartPolicy를 OnFailure나 Never로 바꾸거나, Job으로 만듭니다",
                &[],
            ));
        } else {
            self.at(key, &field);
        }
    }

    fn start_failed(&mut self, key: &Key, spec: &Container, ended: &ContainerStateTerminated, path: &str) {
        let message = ended.message.clone().unwrap_or_default();
        let mut status = k8s_openapi::api::core::v1::ContainerStatus::default();
        let waiting =
            k8s_openapi::api::core::v1::ContainerStateWaiting { reason: Some("RunContainerError".into()), message: Some(message) };
        status.state = Some(k8s_openapi::api::core::v1::ContainerState { waiting: Some(waiting), ..Default::default() });
        let pod = Rc::new(Pod::default());
        self.container(key, &pod, spec, Some(&status), path);
    }

    fn out_of_memory(&mut self, key: &Key, spec: &Container, path: &str) {
        let limit = spec.resources.as_ref().and_then(|resources| resources.limits.as_ref()?.get("memory")).map(|q| q.0.clone());
        let limit = limit.unwrap_or_default();
        let text = say(
            "{0} wanted more memory than its limit of {1}, and the node's kernel killed it (OOMKilled)",
            "{0}이(가) 메모리 한도 {1}보다 많이 쓰려다 노드의 커널에 죽었습니다(OOMKilled)",
            &[&spec.name, &limit],
        );
        self.because(key, "OOMKilled", text);
        self.at(key, &format!("{path}.resources.limits.memory"));
        self.helps(say(
            "raise resources.limits.memory, or let the program use less",
            "resources.limits.memory를 늘리거나 프로그램이 덜 쓰게 합니다",
            &[],
        ));
    }

    /// The kubelet kills containers whose liveness or startup probe failed too often.
    fn killed_by_probe(&mut self, key: &Key, spec: &Container, ended: &ContainerStateTerminated, path: &str) -> bool {
        let started = ended.started_at.as_ref().map_or(0, |time| time.0.as_second());
        let finished = ended.finished_at.as_ref().map_or(i64::MAX, |time| time.0.as_second());
        let mut message = String::new();
        let prefix = format!("kill {}/{} {}: ", key.namespace, key.name, spec.name);
        self.cluster.sim().trace().visit_since(0, |event| {
            let TraceKind::Note { text } = &event.kind else { return };
            let at = self.stamp(event.at).as_second();
            if let Some(said) = text.strip_prefix(&prefix).filter(|_| (started..=finished).contains(&at)) {
                message = said.to_owned();
            }
        });
        let (kind, field, code) = match &message {
            m if m.contains("failed liveness probe") => ("Liveness", "livenessProbe", "LivenessProbe"),
            m if m.contains("failed startup probe") => ("Startup", "startupProbe", "StartupProbe"),
            _ => return false,
        };
        let said = self.last_event_words(key, "Unhealthy").map(|(_, message)| message).filter(|message| message.starts_with(kind));
        let said = said.unwrap_or_default();
        let text = say(
            "the kubelet killed {0}, because its {1} failed too often: {2}",
            "{1}가 거듭 실패해서 kubelet이 {0}을(를) 죽였습니다: {2}",
            &[&spec.name, field, said.trim()],
        );
        self.because(key, code, text);
        self.at(key, &format!("{path}.{field}"));
        self.helps(say(
            "let the program answer, or ask later or less strictly (initialDelaySeconds, failureThreshold, a startupProbe)",
            "프로그램이 응답하게 하거나, 더 늦게·너그럽게 물어봅니다(initialDelaySeconds, failureThreshold, startupProbe)",
            &[],
        ));
        true
    }

    /// Two programs of one pod want the same port.
    fn port_taken(&mut self, key: &Key, pod: &Pod, spec: &Container, log: &str, path: &str) {
        let line = log.lines().rev().find(|line| is_port_taken(line)).unwrap_or_default();
        let mut numbers = line.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse::<u16>().ok());
        let open = self.open_ports(pod);
        let port = numbers.rfind(|port| open.contains(port)).map(|port| port.to_string()).unwrap_or_default();
        let others: Vec<&str> = pod.spec.iter().flat_map(|s| &s.containers).map(|c| c.name.as_str()).filter(|n| *n != spec.name).collect();
        let text = say(
            "{0} could not open the port {1}: another container of the pod ({2}) has it, and containers of a pod share its ports",
            "{0}이(가) 포트 {1}을(를) 열지 못했습니다. 같은 파드의 다른 컨테이너({2})가 쓰고 있고, 파드의 컨테이너들은 포트를 나눠 씁니다",
            &[&spec.name, &port, &others.join(", ")],
        );
        self.because(key, "PortInUse", text);
        self.at(key, path);
        self.helps(say(
            "let one of them listen on another port, or put them into two pods",
            "한쪽이 다른 포트를 쓰게 하거나 파드를 둘로 나눕니다",
            &[],
        ));
    }
}

fn is_port_taken(log: &str) -> bool {
    let log = log.to_lowercase();
    log.contains("address already in use") || log.contains("eaddrinuse") || log.contains("address in use")
}
