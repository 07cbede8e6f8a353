//! Why a service leads nowhere.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Pod, Service, ServicePort};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{Inquiry, say, short};
use crate::api::pod::{is_finished, is_ready};
use crate::api::well_known::SERVICE_NAME;
use crate::api::{Key, Kind, Object};

type Labels = BTreeMap<String, String>;

fn labels(pod: &Pod) -> Labels {
    pod.metadata.labels.clone().unwrap_or_default()
}

fn written(labels: &Labels) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

impl Inquiry<'_> {
    /// Endpoints are their service's.
    pub(super) fn of_a_service(&mut self, object: &Object) {
        let label = object.meta().labels.as_ref().and_then(|labels| labels.get(SERVICE_NAME)).cloned();
        let name = label.unwrap_or_else(|| object.name().to_owned());
        let text = say("it lists the pods behind the service {0}", "서비스 {0} 뒤의 파드 목록입니다", &[&name]);
        self.head(text.clone());
        self.because(&object.key(), "OfAService", text);
        self.ask_key(&Key::new(Kind::Service, object.namespace(), &name));
    }

    pub(super) fn service(&mut self, service: &Rc<Service>) {
        let object = Object::Service(service.clone());
        let key = object.key();
        let Some(spec) = service.spec.clone() else { return };
        if service.metadata.deletion_timestamp.is_some() {
            return self.deleting(&object);
        }
        let selector = spec.selector.clone().unwrap_or_default();
        if spec.type_.as_deref() == Some("ExternalName") {
            self.head(say("ExternalName", "ExternalName", &[]));
            let text = say("it only names another host and has no endpoints", "다른 호스트의 이름일 뿐이라 엔드포인트가 없습니다", &[]);
            return self.because(&key, "ExternalName", text);
        }
        if selector.is_empty() {
            self.head(say("no selector", "셀렉터 없음", &[]));
            let text = say(
                "it has no selector: somebody else has to write its endpoints",
                "셀렉터가 없어 다른 누군가가 엔드포인트를 적어 줘야 합니다",
                &[],
            );
            self.because(&key, "NoSelector", text);
            self.at(&key, "spec.selector");
            return self.helps(say("give it a selector that matches the pods' labels", "파드의 레이블에 맞는 셀렉터를 적습니다", &[]));
        }
        let pods = self.client.list::<Pod>(Some(&key.namespace));
        let alive = |pod: &&Rc<Pod>| !is_finished(pod);
        let selected: Vec<Rc<Pod>> =
            pods.iter().filter(alive).filter(|pod| selector.iter().all(|(k, v)| labels(pod).get(k) == Some(v))).cloned().collect();
        let ready: Vec<Rc<Pod>> =
            selected.iter().filter(|pod| is_ready(pod) && pod.metadata.deletion_timestamp.is_none()).cloned().collect();
        self.head(say("{0} of {1} pods ready", "파드 {1}개 가운데 {0}개 준비됨", &[&ready.len().to_string(), &selected.len().to_string()]));
        if selected.is_empty() {
            return self.selects_nothing(&key, &selector, &pods);
        }
        if ready.is_empty() {
            let text = say(
                "its selector matches {0} pods, and none of them is ready",
                "셀렉터에 맞는 파드가 {0}개 있지만 준비된 것이 없습니다",
                &[&selected.len().to_string()],
            );
            self.because(&key, "NoReadyPods", text);
            if let Some(first) = selected.first() {
                self.ask(&Object::Pod(first.clone()));
            }
            return;
        }
        for (index, port) in spec.ports.iter().flatten().enumerate() {
            if self.wrong_port(&key, port, index, &ready) {
                return;
            }
        }
        if self.is_frozen(&key, "endpointslice-controller") || self.is_frozen(&key, "endpoint-controller") {
            return;
        }
        let text = say("{0} ready pods answer for it", "준비된 파드 {0}개가 응답합니다", &[&ready.len().to_string()]);
        self.because(&key, "Serving", text);
    }

    fn selects_nothing(&mut self, key: &Key, selector: &Labels, pods: &[Rc<Pod>]) {
        let text = say(
            "no pod in {0} has the labels of its selector: {1}",
            "네임스페이스 {0}에 셀렉터({1})에 맞는 레이블을 가진 파드가 없습니다",
            &[&key.namespace, &written(selector)],
        );
        self.because(key, "SelectorMismatch", text);
        self.at(key, "spec.selector");
        // The pod that comes nearest: same keys, or the service's own name in its labels.
        let score = |pod: &&Rc<Pod>| {
            let own = labels(pod);
            let same_keys = selector.keys().filter(|k| own.contains_key(*k)).count();
            let same_values =
                selector.values().filter(|v| own.values().any(|value| crate::api::suggest::nearest(v, [value.as_str()]).is_some())).count();
            let named =
                own.values().any(|value| **value == *key.name) || pod.metadata.name.as_deref().is_some_and(|n| n.starts_with(&*key.name));
            same_keys + same_values + usize::from(named)
        };
        let near = pods.iter().filter(|pod| score(pod) > 0 && !labels(pod).is_empty()).max_by_key(score);
        if let Some(near) = near {
            let mut own = labels(near);
            own.retain(|name, _| !matches!(name.as_str(), "pod-template-hash" | "controller-revision-hash" | "pod-template-generation"));
            let pod = short(&super::pod::key_of(near));
            self.helps(say(
                "{0} has the labels {1}: `kubectl set selector service {2} {1}`",
                "{0}의 레이블은 {1}입니다: `kubectl set selector service {2} {1}`",
                &[&pod, &written(&own), &key.name],
            ));
        } else {
            self.helps(say(
                "create pods with the labels {0}, or correct spec.selector",
                "레이블이 {0}인 파드를 만들거나 spec.selector를 고칩니다",
                &[&written(selector)],
            ));
        }
    }

    /// A port behind which nothing listens.
    fn wrong_port(&mut self, key: &Key, port: &ServicePort, index: usize, ready: &[Rc<Pod>]) -> bool {
        let field = format!("spec.ports[{index}].targetPort");
        let target = port.target_port.clone().unwrap_or(IntOrString::Int(port.port));
        if port.protocol.as_deref() == Some("UDP") {
            return false;
        }
        let mut numbers = Vec::new();
        for pod in ready {
            match &target {
                IntOrString::Int(number) => numbers.push((pod, *number)),
                IntOrString::String(name) => {
                    let ports = pod.spec.iter().flat_map(|spec| &spec.containers).flat_map(|container| container.ports.iter().flatten());
                    if let Some(found) = ports.into_iter().find(|port| port.name.as_deref() == Some(name)) {
                        numbers.push((pod, found.container_port));
                    }
                }
            }
        }
        if let (IntOrString::String(name), true) = (&target, numbers.is_empty()) {
            let text = say(
                "no container of its pods has a port called \"{0}\"",
                "파드의 컨테이너에 \"{0}\"이라는 이름의 포트가 없습니다",
                &[name],
            );
            self.because(key, "NoSuchPortName", text);
            self.at(key, &field);
            self.helps(say(
                "name the port in the pods' containers, or write its number",
                "파드의 컨테이너에서 포트에 이름을 붙이거나 번호를 적습니다",
                &[],
            ));
            return true;
        }
        let mut open: Vec<u16> = Vec::new();
        for (pod, number) in &numbers {
            let here = self.open_ports(pod);
            if here.is_empty() || here.iter().any(|open| i32::from(*open) == *number) {
                return self.loopback_only(key, pod, *number);
            }
            open.extend(here);
        }
        open.sort_unstable();
        open.dedup();
        let Some((_, number)) = numbers.first() else { return false };
        let open: Vec<String> = open.iter().map(u16::to_string).collect();
        let text = say(
            "it sends to port {0} of its pods, and they listen on {1}",
            "파드의 포트 {0}(으)로 보내는데 파드는 {1}에서 듣고 있습니다",
            &[&number.to_string(), &open.join(", ")],
        );
        self.because(key, "WrongTargetPort", text);
        self.at(key, &field);
        self.helps(say("set targetPort to {0}", "targetPort를 {0}(으)로 바꿉니다", &[&open.join(" / ")]));
        true
    }

    /// A program that listens on 127.0.0.1 only is not heard from outside of its pod.
    fn loopback_only(&mut self, key: &Key, pod: &Pod, number: i32) -> bool {
        let ip = pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()?.parse().ok());
        let namespace = ip.and_then(|ip| self.cluster.network().namespace_of(ip));
        let listeners = namespace.map(|namespace| namespace.listeners()).unwrap_or_default();
        let mut here = listeners.iter().filter(|listener| i32::from(listener.port) == number).peekable();
        if here.peek().is_none() || !here.all(|listener| listener.address.is_loopback()) {
            return false;
        }
        let text = say(
            "its pods listen on port {0} of 127.0.0.1 only, which cannot be reached from outside of the pod",
            "파드가 127.0.0.1의 포트 {0}에서만 듣고 있어 파드 밖에서는 닿지 않습니다",
            &[&number.to_string()],
        );
        self.because(key, "LoopbackOnly", text);
        self.helps(say("let the program listen on 0.0.0.0", "프로그램이 0.0.0.0에서 듣게 합니다", &[]));
        true
    }
}
