//! Why a pod has no node: the scheduler's own filters, asked again.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Node, Pod, Taint};

use super::{Inquiry, NodeVerdict, Text, say};
use crate::api::{Key, Kind};
use crate::scheduler::explain::{Change, Explanation, Verdict, What, explain};
use crate::scheduler::framework::find_untolerated;

impl Inquiry<'_> {
    pub(super) fn unscheduled(&mut self, key: &Key, pod: &Rc<Pod>) {
        match explain(&self.client, &key.namespace, &key.name) {
            None => {}
            Some(Explanation::OtherScheduler(other)) => {
                let text = say(
                    "it asks for the scheduler \"{0}\", and none of that name runs",
                    "스케줄러 \"{0}\"에게 맡겨졌는데 그런 스케줄러가 돌고 있지 않습니다",
                    &[&other],
                );
                self.because(key, "NoSuchScheduler", text);
                self.at(key, "spec.schedulerName");
                self.helps(say(
                    "remove spec.schedulerName (the default is default-scheduler)",
                    "spec.schedulerName을 지웁니다(기본값은 default-scheduler)",
                    &[],
                ));
            }
            Some(Explanation::Gated(gates)) => {
                let text = say("scheduling gates hold it: {0}", "스케줄링 게이트가 붙잡고 있습니다: {0}", &[&gates.join(", ")]);
                self.because(key, "SchedulingGated", text);
                self.at(key, "spec.schedulingGates");
                let patch = format!(
                    "kubectl patch pod {} -n {} --type=json -p '[{{\"op\":\"remove\",\"path\":\"/spec/schedulingGates\"}}]'",
                    key.name, key.namespace
                );
                self.helps(say("remove the gates: `{0}`", "게이트를 뗍니다: `{0}`", &[&patch]));
            }
            Some(Explanation::NoNodes) => self.because(key, "NoNodes", say("the cluster has no node", "클러스터에 노드가 없습니다", &[])),
            Some(_) if self.is_frozen(key, "kube-scheduler") => {}
            Some(Explanation::Fits(node)) => {
                let text = say(
                    "it fits on {0}: the scheduler is about to place it",
                    "{0}에 들어갈 수 있습니다. 스케줄러가 곧 자리를 정합니다",
                    &[&node],
                );
                self.because(key, "AboutToBeScheduled", text);
            }
            Some(Explanation::Refused { verdicts, remedies }) => {
                if let Some(node) = pod.status.as_ref().and_then(|status| status.nominated_node_name.clone()) {
                    let text = say(
                        "room is being made for it on {0}: pods of lower priority have to end first",
                        "{0}에 자리를 만드는 중입니다. 우선순위가 낮은 파드들이 먼저 끝나야 합니다",
                        &[&node],
                    );
                    return self.because(key, "Preempting", text);
                }
                self.refused(key, pod, &verdicts);
                for remedy in &remedies {
                    let changes: Vec<Text> = remedy.changes.iter().map(words).collect();
                    let join =
                        |of: fn(&Text) -> &String, and: &str| changes.iter().map(|text| of(text).as_str()).collect::<Vec<_>>().join(and);
                    let (en, ko) = (join(|text| &text.en, ", and "), join(|text| &text.ko, ", 그리고 "));
                    let text = Text {
                        en: format!("{en}: then it fits on {}", remedy.node),
                        ko: format!("{ko}: 그러면 {}에 들어갑니다", remedy.node),
                    };
                    self.helps(text);
                }
            }
        }
    }

    /// What a verdict rests on: for taints, those of the node that the pod does not tolerate.
    fn reasons(&self, pod: &Pod, verdict: &Verdict) -> String {
        let node = self.client.get::<Node>("", &verdict.node);
        let taints = node.and_then(|node| node.spec.as_ref()?.taints.clone()).unwrap_or_default();
        let tolerations = pod.spec.as_ref().and_then(|spec| spec.tolerations.clone()).unwrap_or_default();
        let bothers = |taint: &&Taint| find_untolerated(std::slice::from_ref(*taint), &tolerations, &["NoSchedule", "NoExecute"]).is_some();
        match verdict.plugin {
            "TaintToleration" => taints.iter().filter(bothers).map(super::node::taint_words).collect::<Vec<_>>().join(", "),
            _ => verdict.reasons.join(", "),
        }
    }

    fn refused(&mut self, key: &Key, pod: &Pod, verdicts: &[Verdict]) {
        let number = verdicts.len().to_string();
        let text = say("none of the {0} nodes fits it", "노드 {0}개 가운데 맞는 것이 없습니다", &[&number]);
        self.because(key, "Unschedulable", text);
        let mut by_plugin: BTreeMap<&'static str, Vec<&Verdict>> = BTreeMap::new();
        for verdict in verdicts {
            by_plugin.entry(verdict.plugin).or_default().push(verdict);
            let reasons = self.reasons(pod, verdict);
            self.nodes.push(NodeVerdict {
                node: verdict.node.clone(),
                plugin: verdict.plugin,
                text: reason_words(verdict.plugin, &reasons),
            });
        }
        let mut groups: Vec<_> = by_plugin.into_iter().collect();
        groups.sort_by_key(|(_, list)| std::cmp::Reverse(list.len()));
        let mut lost = Vec::new();
        for (plugin, list) in groups {
            let names: Vec<&str> = list.iter().map(|verdict| verdict.node.as_str()).collect();
            let first = list.first();
            let reasons = first.map(|verdict| self.reasons(pod, verdict)).unwrap_or_default();
            if plugin == "VolumeBinding" && reasons.contains("persistentvolumeclaim") {
                self.because(
                    key,
                    "MissingPersistentVolumeClaim",
                    say("a volume names a claim that does not exist: {0}", "볼륨이 없는 클레임을 가리킵니다: {0}", &[&reasons]),
                );
            } else {
                let words = reason_words(plugin, &reasons);
                let text = Text { en: format!("{}: {}", names.join(", "), words.en), ko: format!("{}: {}", names.join(", "), words.ko) };
                self.because(key, plugin, text);
            }
            if let Some(field) = first.and_then(|verdict| verdict.fields.first()) {
                self.at(key, &claim_field(pod, field));
            }
            if reasons.contains("node.kubernetes.io/") {
                lost.extend(names.iter().map(|name| (*name).to_owned()));
            }
        }
        // A taint that the cluster itself set has a cause on its node.
        if let Some(name) = lost.first() {
            self.ask_key(&Key::new(Kind::Node, "", name));
        }
    }
}

/// The volume that names a claim.
fn claim_field(pod: &Pod, field: &str) -> String {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    match volumes.into_iter().position(|volume| volume.persistent_volume_claim.is_some()) {
        Some(index) if field == "spec.volumes" => format!("spec.volumes[{index}].persistentVolumeClaim.claimName"),
        _ => field.to_owned(),
    }
}

/// A plugin's refusal in words.
fn reason_words(plugin: &str, reasons: &str) -> Text {
    let (en, ko) = match plugin {
        "NodeResourcesFit" => ("it has too little to spare of what the pod requests ({0})", "파드가 요청한 만큼 남은 자원이 없습니다({0})"),
        "NodeName" => ("it is not the node that spec.nodeName names", "spec.nodeName이 말하는 노드가 아닙니다"),
        "NodeUnschedulable" => ("it is cordoned ({0})", "막아 둔 노드입니다({0})"),
        "NodeAffinity" => (
            "its labels do not match the pod's nodeSelector or node affinity",
            "노드의 레이블이 nodeSelector나 노드 어피니티에 맞지 않습니다",
        ),
        "TaintToleration" => ("it has a taint that the pod does not tolerate ({0})", "파드가 견디지 못하는 테인트가 있습니다({0})"),
        "NodePorts" => ("the host port that the pod wants is taken there", "파드가 쓰려는 호스트 포트를 이미 다른 파드가 쓰고 있습니다"),
        "InterPodAffinity" => (
            "the pods that run there break an affinity or anti-affinity rule ({0})",
            "거기서 도는 파드들이 파드 어피니티·안티어피니티 규칙에 맞지 않습니다({0})",
        ),
        "PodTopologySpread" => (
            "one more pod there would spread them too unevenly ({0})",
            "거기에 하나 더 놓으면 분산 규칙(topologySpreadConstraints)이 깨집니다({0})",
        ),
        _ => ("{0}", "{0}"),
    };
    say(en, ko, &[reasons])
}

/// A change in words.
fn words(change: &Change) -> Text {
    let field = change.field.as_str();
    let node = field.strip_prefix("node/").unwrap_or(field);
    let taint =
        |key: &str, value: &str, effect: &str| if value.is_empty() { format!("{key}:{effect}") } else { format!("{key}={value}:{effect}") };
    match &change.what {
        What::Set { to } => say("set {0} to {1}", "{0}을(를) {1}(으)로 바꿉니다", &[field, to]),
        What::Remove => say("remove {0}", "{0}을(를) 지웁니다", &[field]),
        What::Tolerate { key, value, effect } => {
            say("add a toleration of {1} to {0}", "{0}에 {1}에 대한 톨러레이션을 더합니다", &[field, &taint(key, value, effect)])
        }
        What::Soften => say("set {0}.whenUnsatisfiable to ScheduleAnyway", "{0}.whenUnsatisfiable을 ScheduleAnyway로 바꿉니다", &[field]),
        What::Uncordon => say("`kubectl uncordon {0}`", "`kubectl uncordon {0}`", &[node]),
        What::Untaint { key, value, effect } => {
            say("`kubectl taint node {0} {1}-`", "`kubectl taint node {0} {1}-`", &[node, &taint(key, value, effect)])
        }
        What::Label { key, value } => {
            say("`kubectl label node {0} {1} --overwrite`", "`kubectl label node {0} {1} --overwrite`", &[node, &format!("{key}={value}")])
        }
    }
}
