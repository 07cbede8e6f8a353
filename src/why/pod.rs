//! Why a pod is as it is.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{ConfigMap, ContainerStatus, Event, Node, Pod, PodSpec, Secret, Volume};

use super::{Inquiry, say};
use crate::api::pod::{is_ready, is_sidecar, node_name};
use crate::api::{Key, Kind};
use crate::apiserver::pod_ready_and_status;

pub(super) fn key_of(pod: &Pod) -> Key {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Key::new(Kind::Pod, &text(&pod.metadata.namespace), &text(&pod.metadata.name))
}

/// The status and message of a condition.
pub(super) fn condition<'p>(pod: &'p Pod, type_: &str) -> Option<(&'p str, &'p str)> {
    let found = crate::api::pod::condition(pod, type_)?;
    Some((&found.status, found.message.as_deref().unwrap_or_default()))
}

fn status_of<'p>(list: &'p Option<Vec<ContainerStatus>>, name: &str) -> Option<&'p ContainerStatus> {
    list.iter().flatten().find(|status| status.name == name)
}

/// The field that a kubelet's refusal rests on.
fn rejected_field(spec: &PodSpec, reason: &str) -> String {
    let requests = |name: &str| {
        spec.containers.iter().position(|c| c.resources.as_ref().and_then(|r| r.requests.as_ref()).is_some_and(|r| r.contains_key(name)))
    };
    let ports = || spec.containers.iter().position(|c| c.ports.iter().flatten().any(|port| port.host_port.is_some()));
    match reason {
        "NodeAffinity" if spec.node_selector.is_some() => "spec.nodeSelector".to_owned(),
        "NodeAffinity" => "spec.affinity.nodeAffinity".to_owned(),
        "NodePorts" => format!("spec.containers[{}].ports", ports().unwrap_or(0)),
        "TaintToleration" => "spec.tolerations".to_owned(),
        _ => match reason.strip_prefix("OutOf").and_then(|name| Some((name, requests(name)?))) {
            Some((name, index)) => format!("spec.containers[{index}].resources.requests.{name}"),
            None => "spec.nodeName".to_owned(),
        },
    }
}

impl Inquiry<'_> {
    pub(super) fn pod(&mut self, pod: &Rc<Pod>) {
        let key = key_of(pod);
        let (ready, total, word) = pod_ready_and_status(pod);
        let numbers = format!("{word} {ready}/{total}");
        self.head(say("{0}", "{0}", &[&numbers]));
        let Some(spec) = pod.spec.clone() else { return };
        let status = pod.status.clone().unwrap_or_default();
        if pod.metadata.deletion_timestamp.is_some() {
            return self.terminating(&key, pod);
        }
        match status.phase.as_deref() {
            Some("Failed") => return self.failed(&key, pod, &spec),
            Some("Succeeded") => {
                let text = say(
                    "every container ended well (exit code 0) and its restartPolicy lets them rest",
                    "모든 컨테이너가 잘 끝났고(종료 코드 0), restartPolicy가 다시 시작하지 않게 합니다",
                    &[],
                );
                self.because(&key, "Completed", text);
                return self.at(&key, "spec.restartPolicy");
            }
            _ => {}
        }
        if node_name(pod).is_empty() {
            return self.unscheduled(&key, pod);
        }
        if self.node_is_lost(&key, node_name(pod)) || self.volumes_fail(&key, pod, &spec) {
            return;
        }
        if self.init_holds(&key, pod, &spec) || self.containers_fail(&key, pod, &spec) {
            return;
        }
        if is_ready(pod) {
            return self.healthy(&key, pod, &spec);
        }
        self.gates(&key, pod, &spec);
        if self.causes.is_empty() {
            let text = say("its kubelet is still working on it", "kubelet이 아직 준비하고 있습니다", &[]);
            self.because(&key, "Starting", text);
        }
    }

    /// A pod whose node says nothing cannot be better than what was last heard.
    pub(super) fn node_is_lost(&mut self, key: &Key, name: &str) -> bool {
        let node_key = Key::new(Kind::Node, "", name);
        let Some(node) = self.client.get::<Node>("", name) else {
            let text = say("its node {0} does not exist", "이 파드의 노드 {0}은(는) 없는 노드입니다", &[name]);
            self.because(key, "NoSuchNode", text);
            self.at(key, "spec.nodeName");
            self.helps(say(
                "remove spec.nodeName, so that the scheduler finds a node",
                "spec.nodeName을 지우면 스케줄러가 노드를 찾습니다",
                &[],
            ));
            return true;
        };
        let broken = self.faults.iter().any(|fault| {
            use crate::cluster::Fault;
            fault.node() == Some(name) && matches!(fault, Fault::Kubelet { .. } | Fault::Power { .. } | Fault::Network { .. })
        });
        let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
        let unready = conditions.into_iter().any(|c| c.type_ == "Ready" && c.status != "True");
        if !unready && !broken {
            return false;
        }
        let text = say(
            "nothing is heard of its node {0}: what stands in its status may be out of date",
            "노드 {0}에서 소식이 없습니다. 상태에 적힌 것이 옛것일 수 있습니다",
            &[name],
        );
        self.because(key, "NodeLost", text);
        self.ask_key(&node_key);
        true
    }

    /// Volumes that cannot be mounted hold every container.
    fn volumes_fail(&mut self, key: &Key, pod: &Pod, spec: &PodSpec) -> bool {
        let started = pod.status.iter().flat_map(|s| s.container_statuses.iter().flatten()).any(|s| s.container_id.is_some());
        let failed = self.last_event(key, "FailedMount");
        if started || failed.is_none() {
            return false;
        }
        let message = failed.and_then(|event| event.message.clone()).unwrap_or_default();
        let text = say("a volume cannot be mounted: {0}", "볼륨을 마운트하지 못합니다: {0}", &[&message]);
        self.because(key, "FailedMount", text);
        for (index, volume) in spec.volumes.iter().flatten().enumerate() {
            self.volume(key, volume, index);
        }
        true
    }

    fn volume(&mut self, key: &Key, volume: &Volume, index: usize) {
        let namespace = key.namespace.to_string();
        let path = format!("spec.volumes[{index}]");
        if let Some(source) = volume.config_map.as_ref().filter(|source| source.optional != Some(true)) {
            let items: Vec<&str> = source.items.iter().flatten().map(|item| item.key.as_str()).collect();
            let known = self.client.get::<ConfigMap>(&namespace, &source.name);
            let keys = known.map(|map| map.data.iter().flat_map(|d| d.keys()).cloned().collect::<Vec<_>>());
            self.missing(key, Kind::ConfigMap, &source.name, &items, keys, &format!("{path}.configMap"));
        }
        if let Some(source) = volume.secret.as_ref().filter(|source| source.optional != Some(true)) {
            let name = source.secret_name.clone().unwrap_or_default();
            let items: Vec<&str> = source.items.iter().flatten().map(|item| item.key.as_str()).collect();
            let known = self.client.get::<Secret>(&namespace, &name);
            let keys = known.map(|secret| secret.data.iter().flat_map(|d| d.keys()).cloned().collect::<Vec<_>>());
            self.missing(key, Kind::Secret, &name, &items, keys, &format!("{path}.secret"));
        }
        if let Some(host) = &volume.host_path
            && let Some((_, message)) = self.last_event_words(key, "FailedMount").filter(|(_, m)| m.contains("hostPath type check failed"))
        {
            let text = say(
                "the node's {0} is not what the volume's type asks for: {1}",
                "노드의 {0}이(가) 볼륨의 type과 다릅니다: {1}",
                &[&host.path, &message],
            );
            self.because(key, "HostPathType", text);
            self.at(key, &format!("{path}.hostPath"));
            self.helps(say(
                "set type to DirectoryOrCreate (or FileOrCreate), or remove it",
                "type을 DirectoryOrCreate(또는 FileOrCreate)로 바꾸거나 지웁니다",
                &[],
            ));
        }
    }

    /// Says of a ConfigMap or Secret that it, or a key of it, does not exist; `keys` are those that it has.
    pub(super) fn missing(&mut self, key: &Key, kind: Kind, name: &str, wanted: &[&str], keys: Option<Vec<String>>, path: &str) -> bool {
        let singular = kind.info().singular;
        let Some(keys) = keys else {
            let code = if kind == Kind::Secret { "MissingSecret" } else { "MissingConfigMap" };
            let text = say(
                "there is no {0} \"{1}\" in the namespace {2}",
                "네임스페이스 {2}에 {0} \"{1}\"이(가) 없습니다",
                &[singular, name, &key.namespace],
            );
            self.because(key, code, text);
            self.at(key, path);
            self.like(kind, key, name);
            let generic = if kind == Kind::Secret { "secret generic" } else { "configmap" };
            let literal = wanted.first().copied().unwrap_or("KEY");
            let command = format!("kubectl create {generic} {name} -n {} --from-literal={literal}=VALUE", key.namespace);
            self.helps(say("`{0}`", "`{0}`", &[&command]));
            return true;
        };
        let Some(absent) = wanted.iter().find(|wanted| !keys.iter().any(|key| key == *wanted)) else { return false };
        let text = say("the {0} \"{1}\" has no key \"{2}\"", "{0} \"{1}\"에 \"{2}\" 키가 없습니다", &[singular, name, absent]);
        self.because(key, "MissingKey", text);
        self.at(key, path);
        self.helps(say("use one of its keys: {0}", "있는 키 중에서 고릅니다: {0}", &[&keys.join(", ")]));
        true
    }

    /// Names an object whose name is nearly the one wanted.
    fn like(&mut self, kind: Kind, key: &Key, name: &str) {
        let all = self.client.list_kind(kind, Some(&key.namespace));
        if let Some(near) = crate::api::suggest::nearest(name, all.iter().map(|object| object.name())) {
            self.helps(say("did you mean \"{0}\"?", "혹시 \"{0}\"인가요?", &[near]));
        }
    }

    /// The first init container that is not done holds the others.
    fn init_holds(&mut self, key: &Key, pod: &Rc<Pod>, spec: &PodSpec) -> bool {
        let status = pod.status.clone().unwrap_or_default();
        for (index, container) in spec.init_containers.iter().flatten().enumerate() {
            let sidecar = is_sidecar(container);
            let own = status_of(&status.init_container_statuses, &container.name);
            let done = own.is_some_and(|own| if sidecar { own.started == Some(true) } else { own.ready });
            if done {
                continue;
            }
            let text = say(
                "its init container {0} is not done, and the containers after it wait",
                "초기화 컨테이너 {0}이(가) 끝나지 않아 뒤의 컨테이너들이 기다립니다",
                &[&container.name],
            );
            self.because(key, "InitContainer", text);
            let path = format!("spec.initContainers[{index}]");
            self.at(key, &path);
            let running = own.and_then(|own| own.state.as_ref()?.running.as_ref()).is_some();
            if running && !sidecar {
                let words = self.last_words(pod, &container.name, None);
                let text = match words.is_empty() {
                    true => say("{0} is still running", "{0}이(가) 아직 돌고 있습니다", &[&container.name]),
                    false => say(
                        "{0} is still running; it last said: {1}",
                        "{0}이(가) 아직 돌고 있습니다. 마지막 출력: {1}",
                        &[&container.name, &words],
                    ),
                };
                self.because(key, "InitRunning", text);
                self.at(key, &format!("{path}.command"));
                self.helps(say("`kubectl logs {0} -c {1}`", "`kubectl logs {0} -c {1}`을 봅니다", &[&key.name, &container.name]));
                self.init_waits_for_a_service(key, &container.command.iter().chain(&container.args).flatten().cloned().collect::<Vec<_>>());
            } else {
                self.container(key, pod, container, own, &path);
            }
            return true;
        }
        false
    }

    /// An init container that names a service which does not exist waits for it.
    fn init_waits_for_a_service(&mut self, key: &Key, words: &[String]) {
        let text = words.join(" ");
        let looks_up = ["nslookup ", "nc ", "wget ", "curl "].iter().any(|tool| text.contains(tool));
        let names = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.').filter(|word| word.len() > 2);
        for name in names.filter(|_| looks_up) {
            let first = name.split('.').next().unwrap_or_default();
            let is_name =
                text.contains(&format!("nslookup {name}")) || text.contains(&format!("//{name}")) || text.contains(&format!(" {name} "));
            let plain = first.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            let known =
                ["until", "do", "done", "sleep", "echo", "nslookup", "wget", "curl", "waiting", "for", "while", "true"].contains(&first);
            let service = Key::new(Kind::Service, &key.namespace, first);
            if is_name && plain && !known && first.starts_with(|c: char| c.is_ascii_lowercase()) {
                if self.ask_key(&service) {
                    return;
                }
                let text =
                    say("it asks for {0}, and there is no service of that name", "{0}을(를) 찾는데 그런 이름의 서비스가 없습니다", &[name]);
                self.because(key, "MissingService", text);
                self.helps(say("create the service {0}", "서비스 {0}을(를) 만듭니다", &[first]));
                return;
            }
        }
    }

    fn containers_fail(&mut self, key: &Key, pod: &Rc<Pod>, spec: &PodSpec) -> bool {
        let status = pod.status.clone().unwrap_or_default();
        let before = self.causes.len();
        for (index, container) in spec.containers.iter().enumerate() {
            let own = status_of(&status.container_statuses, &container.name);
            if own.is_some_and(|own| own.ready) {
                continue;
            }
            self.container(key, pod, container, own, &format!("spec.containers[{index}]"));
        }
        for (index, container) in spec.init_containers.iter().flatten().enumerate() {
            let own = status_of(&status.init_container_statuses, &container.name);
            if is_sidecar(container) && own.is_some_and(|own| !own.ready) {
                self.container(key, pod, container, own, &format!("spec.initContainers[{index}]"));
            }
        }
        self.causes.len() > before
    }

    fn gates(&mut self, key: &Key, pod: &Pod, spec: &PodSpec) {
        for (index, gate) in spec.readiness_gates.iter().flatten().enumerate() {
            if condition(pod, &gate.condition_type).is_some_and(|(status, _)| status == "True") {
                continue;
            }
            let text = say(
                "its containers are ready, but the readiness gate {0} is not: nobody has set that condition to True",
                "컨테이너는 준비됐지만 readiness gate {0}이(가) 열리지 않았습니다. 그 조건을 True로 만든 이가 없습니다",
                &[&gate.condition_type],
            );
            self.because(key, "ReadinessGate", text);
            self.at(key, &format!("spec.readinessGates[{index}]"));
            self.helps(say(
                "let a controller set the condition {0}, or remove the gate",
                "컨트롤러가 조건 {0}을(를) 설정하게 하거나 gate를 지웁니다",
                &[&gate.condition_type],
            ));
        }
    }

    /// A pod that runs as it should: what is worth telling is its last restart.
    fn healthy(&mut self, key: &Key, pod: &Rc<Pod>, spec: &PodSpec) {
        let text = say("all of its containers run and are ready", "모든 컨테이너가 돌고 있고 준비됐습니다", &[]);
        self.because(key, "Running", text);
        let status = pod.status.clone().unwrap_or_default();
        for (index, container) in spec.containers.iter().enumerate() {
            let Some(own) = status_of(&status.container_statuses, &container.name).filter(|own| own.restart_count > 0) else { continue };
            let times = own.restart_count.to_string();
            let text = say(
                "{0} was restarted {1} times; the last time:",
                "{0}이(가) {1}번 다시 시작됐습니다. 마지막 이유:",
                &[&container.name, &times],
            );
            self.because(key, "Restarted", text);
            if let Some(ended) = own.last_state.as_ref().and_then(|state| state.terminated.clone()) {
                self.ended(key, pod, container, &ended, &format!("spec.containers[{index}]"));
            }
        }
    }

    /// A pod that failed as a whole.
    fn failed(&mut self, key: &Key, pod: &Rc<Pod>, spec: &PodSpec) {
        let status = pod.status.clone().unwrap_or_default();
        let message = status.message.clone().unwrap_or_default();
        match status.reason.as_deref().unwrap_or_default() {
            "Evicted" => return self.evicted(key, pod, &message),
            "DeadlineExceeded" => {
                let text = say("it ran for longer than its activeDeadlineSeconds", "activeDeadlineSeconds보다 오래 돌았습니다", &[]);
                self.because(key, "DeadlineExceeded", text);
                self.at(key, "spec.activeDeadlineSeconds");
                return self.helps(say("raise activeDeadlineSeconds, or do less", "activeDeadlineSeconds를 늘리거나 일을 줄입니다", &[]));
            }
            "" => {}
            reason => {
                let text = say("its kubelet refused it ({0}): {1}", "kubelet이 받아들이지 않았습니다({0}): {1}", &[reason, &message]);
                self.because(key, "Rejected", text);
                self.at(key, &rejected_field(spec, reason));
                return self.helps(say(
                    "delete it and let the scheduler choose: a manifest without spec.nodeName",
                    "지운 뒤 spec.nodeName 없이 만들어 스케줄러가 고르게 합니다",
                    &[],
                ));
            }
        }
        let all = spec.init_containers.iter().flatten().enumerate().map(|(i, c)| (c, format!("spec.initContainers[{i}]")));
        let all: Vec<_> = all.chain(spec.containers.iter().enumerate().map(|(i, c)| (c, format!("spec.containers[{i}]")))).collect();
        let text = say(
            "a container ended badly, and its restartPolicy {0} lets it rest",
            "컨테이너가 나쁘게 끝났고 restartPolicy {0}이(가) 다시 시작하지 않습니다",
            &[spec.restart_policy.as_deref().unwrap_or("Always")],
        );
        self.because(key, "Failed", text);
        self.at(key, "spec.restartPolicy");
        for (container, path) in all {
            let list = if path.starts_with("spec.init") { &status.init_container_statuses } else { &status.container_statuses };
            let ended = status_of(list, &container.name).and_then(|own| own.state.as_ref()?.terminated.clone());
            if let Some(ended) = ended.filter(|ended| ended.exit_code != 0) {
                self.ended(key, pod, container, &ended, &path);
            }
        }
    }

    fn evicted(&mut self, key: &Key, pod: &Pod, message: &str) {
        let text = say("its kubelet evicted it, to save the node: {0}", "노드를 지키려고 kubelet이 축출했습니다: {0}", &[message]);
        self.because(key, "Evicted", text);
        let resource = if message.contains("memory") { "memory" } else { "ephemeral-storage" };
        self.at(key, &format!("spec.containers[0].resources.requests.{resource}"));
        self.helps(say(
            "request as much {0} as it uses: those that use more than they request go first",
            "쓰는 만큼 {0}을(를) 요청합니다. 요청보다 많이 쓰는 파드가 먼저 축출됩니다",
            &[resource],
        ));
        let node = Key::new(Kind::Node, "", node_name(pod));
        self.ask_key(&node);
    }

    /// The newest event of a reason about an object.
    pub(super) fn last_event(&self, key: &Key, reason: &str) -> Option<Rc<Event>> {
        let uid = self.cluster.server().store().get(key).map(|object| object.uid().to_owned());
        let all = self.client.list::<Event>(Some(&key.namespace));
        let about = |event: &Rc<Event>| {
            let of = &event.involved_object;
            of.name.as_deref() == Some(&key.name) && (uid.is_none() || of.uid == uid) && event.reason.as_deref() == Some(reason)
        };
        all.into_iter().filter(about).max_by_key(|event| event.last_timestamp.clone().map(|time| time.0))
    }

    pub(super) fn last_event_words(&self, key: &Key, reason: &str) -> Option<(Rc<Event>, String)> {
        let event = self.last_event(key, reason)?;
        let message = event.message.clone().unwrap_or_default();
        Some((event, message))
    }
}
