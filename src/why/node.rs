//! Why a node is as it is.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Node, Taint};

use super::{Inquiry, say};
use crate::api::{Key, Kind};
use crate::cluster::Fault;

/// `key=value:NoSchedule`
pub(super) fn taint_words(taint: &Taint) -> String {
    let value = taint.value.as_ref().filter(|value| !value.is_empty()).map(|value| format!("={value}")).unwrap_or_default();
    format!("{}{value}:{}", taint.key, taint.effect)
}

impl Inquiry<'_> {
    pub(super) fn node(&mut self, node: &Rc<Node>) {
        let name = node.metadata.name.clone().unwrap_or_default();
        let key = Key::new(Kind::Node, "", &name);
        let conditions = node.status.as_ref().and_then(|status| status.conditions.clone()).unwrap_or_default();
        let ready = conditions.iter().find(|c| c.type_ == "Ready");
        let is_ready = ready.is_some_and(|c| c.status == "True");
        let cordoned = node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true);
        let word = match (is_ready, cordoned) {
            (true, false) => "Ready",
            (true, true) => "Ready,SchedulingDisabled",
            (false, false) => "NotReady",
            (false, true) => "NotReady,SchedulingDisabled",
        };
        self.head(say("{0}", "{0}", &[word]));
        let before = self.causes.len();
        let faults: Vec<Fault> = self.faults.iter().filter(|fault| fault.node() == Some(&name)).cloned().collect();
        if !is_ready {
            let message = ready.and_then(|c| c.message.clone()).unwrap_or_default();
            let text = say(
                "its kubelet has not renewed its lease for so long that the node-lifecycle-controller calls it NotReady: {0}",
                "kubelet이 오랫동안 lease를 갱신하지 않아 node-lifecycle-controller가 NotReady로 표시했습니다: {0}",
                &[&message],
            );
            self.because(&key, "NodeNotReady", text);
        }
        faults.iter().for_each(|fault| self.node_fault(&key, fault));
        self.pressure(&key, &conditions.iter().filter(|c| c.status == "True").map(|c| c.type_.clone()).collect::<Vec<_>>());
        if cordoned {
            let text = say("it is cordoned: no new pods are placed on it", "막아 두었습니다(cordon). 새 파드를 놓지 않습니다", &[]);
            self.because(&key, "Cordoned", text);
            self.at(&key, "spec.unschedulable");
            self.helps(say("`kubectl uncordon {0}`", "`kubectl uncordon {0}`", &[&name]));
        }
        for taint in node.spec.iter().flat_map(|spec| spec.taints.iter().flatten()) {
            if !taint.key.starts_with("node.kubernetes.io/") {
                let words = taint_words(taint);
                let text = say(
                    "it carries the taint {0}: only pods that tolerate it come",
                    "테인트 {0}이(가) 있어 그것을 견디는 파드만 옵니다",
                    &[&words],
                );
                self.because(&key, "Tainted", text);
            }
        }
        if self.causes.len() == before {
            let text = say("its kubelet reports that all is well", "kubelet이 모두 괜찮다고 보고합니다", &[]);
            self.because(&key, "NodeReady", text);
        }
    }

    fn node_fault(&mut self, key: &Key, fault: &Fault) {
        let (code, text) = match fault {
            Fault::Kubelet { .. } => (
                "KubeletStopped",
                say(
                    "its kubelet is stopped, by a fault; the containers go on",
                    "고장(fault)으로 kubelet이 멈췄습니다. 컨테이너는 계속 돕니다",
                    &[],
                ),
            ),
            Fault::Power { .. } => ("NodeOff", say("it has no power, by a fault", "고장(fault)으로 전원이 꺼졌습니다", &[])),
            Fault::Network { .. } => (
                "NodeCutOff",
                say(
                    "it is cut off from the network, by a fault; what runs on it goes on unheard",
                    "고장(fault)으로 네트워크가 끊겼습니다. 그 위의 것은 소식 없이 계속 돕니다",
                    &[],
                ),
            ),
            Fault::Memory { .. } => (
                "MemoryFilled",
                say(
                    "something outside of pods fills its memory, by a fault",
                    "고장(fault)으로 파드가 아닌 무언가가 메모리를 채웠습니다",
                    &[],
                ),
            ),
            Fault::Disk { .. } => (
                "DiskFilled",
                say(
                    "something outside of pods fills its disk, by a fault",
                    "고장(fault)으로 파드가 아닌 무언가가 디스크를 채웠습니다",
                    &[],
                ),
            ),
            _ => return,
        };
        self.because(key, code, text);
        self.heal(&fault.to_string());
    }

    fn pressure(&mut self, key: &Key, types: &[String]) {
        for (type_, code, what_en, what_ko) in
            [("MemoryPressure", "MemoryPressure", "memory", "메모리"), ("DiskPressure", "DiskPressure", "disk", "디스크")]
        {
            if types.iter().any(|t| t == type_) {
                let text = say(
                    &format!("so little {what_en} is left that its kubelet evicts pods and takes no new ones"),
                    &format!("남은 {what_ko}가 거의 없어 kubelet이 파드를 축출하고 새 파드를 받지 않습니다"),
                    &[],
                );
                self.because(key, code, text);
            }
        }
    }
}
