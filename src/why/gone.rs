//! Why an object is going, or is gone.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Event, Pod};

use super::place::controller_of;
use super::{Inquiry, say, short};
use crate::api::pod::node_name;
use crate::api::{Key, Kind, Object};
use crate::sim::{TraceEvent, TraceKind};
use crate::store::ChangeKind;

impl Inquiry<'_> {
    /// A pod that was asked to go.
    pub(super) fn terminating(&mut self, key: &Key, pod: &Rc<Pod>) {
        let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0).to_string();
        self.deleter(key);
        let node = node_name(pod).to_owned();
        let running = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
        let running: Vec<&str> = running
            .filter(|status| status.state.as_ref().is_some_and(|state| state.running.is_some()))
            .map(|status| status.name.as_str())
            .collect();
        let really = self.cluster.kubelet(&node).map(|kubelet| kubelet.runtime().containers()).unwrap_or_default();
        let uid = pod.metadata.uid.clone().unwrap_or_default();
        let lives = really.iter().any(|container| container.sandbox.config.uid == uid && container.is_running());
        if !node.is_empty() && self.node_is_lost(key, &node) {
            let text = say(
                "only its kubelet can say that its containers have ended, so that it stays",
                "컨테이너가 끝났다고 말할 수 있는 것은 그 노드의 kubelet뿐이라서 남아 있습니다",
                &[],
            );
            self.because(key, "WaitsForKubelet", text);
            let command = format!("kubectl delete pod {} -n {} --grace-period=0 --force", key.name, key.namespace);
            return self.helps(say(
                "bring the node back, or take its word for it: `{0}`",
                "노드를 되살리거나, 끝났다고 치고 지웁니다: `{0}`",
                &[&command],
            ));
        }
        if lives || !running.is_empty() {
            self.grace(key, pod, &grace);
        }
        self.finalizers(key, &Object::Pod(pod.clone()));
        if self.causes.is_empty() {
            let text = say("it was asked to go and is being cleaned up", "삭제를 부탁받아 정리하는 중입니다", &[]);
            self.because(key, "Terminating", text);
        }
    }

    /// Its containers still have time to end.
    fn grace(&mut self, key: &Key, pod: &Pod, grace: &str) {
        let Some(spec) = &pod.spec else { return };
        let hooked = spec.containers.iter().position(|c| c.lifecycle.as_ref().is_some_and(|lifecycle| lifecycle.pre_stop.is_some()));
        if let Some(index) = hooked {
            let name = spec.containers.get(index).map(|c| c.name.as_str()).unwrap_or_default();
            let text = say(
                "the preStop hook of {0} runs before it is asked to end (all of it within {1} s of grace)",
                "{0}에게 끝내 달라고 하기 전에 preStop 훅이 먼저 돕니다(유예 시간 {1}초 안에서)",
                &[name, grace],
            );
            self.because(key, "PreStopHook", text);
            self.at(key, &format!("spec.containers[{index}].lifecycle.preStop"));
        }
        let names: Vec<&str> = spec.containers.iter().map(|c| c.name.as_str()).collect();
        let text = say(
            "{0} got SIGTERM and has not ended; after {1} s of grace it gets SIGKILL",
            "{0}이(가) SIGTERM을 받고도 끝나지 않았습니다. 유예 시간 {1}초가 지나면 SIGKILL을 받습니다",
            &[&names.join(", "), grace],
        );
        self.because(key, "GracePeriod", text);
        self.at(key, "spec.terminationGracePeriodSeconds");
        self.helps(say(
            "let the program end on SIGTERM, or shorten terminationGracePeriodSeconds",
            "프로그램이 SIGTERM에 끝나게 하거나 terminationGracePeriodSeconds를 줄입니다",
            &[],
        ));
    }

    /// Finalizers keep an object in the store.
    fn finalizers(&mut self, key: &Key, object: &Object) {
        let names: Vec<String> = object.meta().finalizers.clone().unwrap_or_default();
        if names.is_empty() {
            return;
        }
        let text = say(
            "its finalizers keep it until those who set them have done their work and take them away: {0}",
            "finalizer를 단 쪽이 일을 마치고 떼어 줄 때까지 남아 있습니다: {0}",
            &[&names.join(", ")],
        );
        self.because(key, "Finalizer", text);
        self.at(key, "metadata.finalizers");
        let owner = names.iter().find_map(|name| match name.as_str() {
            "foregroundDeletion" | "orphan" => Some("generic-garbage-collector"),
            "batch.kubernetes.io/job-tracking" => Some("job-controller"),
            "kubernetes" => Some("namespace-controller"),
            _ => None,
        });
        match owner {
            Some(component) => drop(self.is_frozen(key, component)),
            None => {
                let info = key.kind.info();
                let namespace = if key.namespace.is_empty() { String::new() } else { format!(" -n {}", key.namespace) };
                let patch = format!(
                    "kubectl patch {} {}{namespace} --type=merge -p '{{\"metadata\":{{\"finalizers\":null}}}}'",
                    info.singular, key.name
                );
                self.helps(say("if nobody will take it away: `{0}`", "떼어 줄 이가 없다면: `{0}`", &[&patch]));
            }
        }
    }

    /// Any other object that was asked to go.
    pub(super) fn deleting(&mut self, object: &Object) {
        let key = object.key();
        self.head(say("Terminating", "Terminating", &[]));
        self.deleter(&key);
        self.finalizers(&key, object);
        let dependents: Vec<Key> = Kind::ALL
            .iter()
            .flat_map(|kind| self.client.list_kind(*kind, Some(object.namespace())))
            .collect::<Vec<_>>()
            .iter()
            .filter(|other| other.meta().owner_references.iter().flatten().any(|owner| owner.uid == object.uid()))
            .map(Object::key)
            .collect();
        if let Some(first) = dependents.first() {
            let text = say(
                "what it owns goes first: {0} is still there",
                "거느린 것이 먼저 사라져야 합니다. 아직 {0}이(가) 있습니다",
                &[&short(first)],
            );
            self.because(&key, "DependentsRemain", text);
            self.ask_key(first);
        }
        if self.causes.is_empty() {
            self.because(&key, "Terminating", say("it was asked to go", "삭제를 부탁받았습니다", &[]));
        }
    }

    pub(super) fn namespace(&mut self, object: &Object) {
        let key = object.key();
        self.head(say("Terminating", "Terminating", &[]));
        self.deleter(&key);
        if self.is_frozen(&key, "namespace-controller") {
            return;
        }
        let inside: Vec<Object> = Kind::ALL
            .iter()
            .filter(|kind| !matches!(kind, Kind::Event))
            .flat_map(|kind| self.client.list_kind(*kind, Some(&key.name)))
            .collect();
        let held = inside.iter().find(|object| object.meta().finalizers.as_ref().is_some_and(|list| !list.is_empty()));
        let rest = held.or_else(|| inside.iter().find(|object| object.kind() == Kind::Pod)).or_else(|| inside.first());
        match rest {
            Some(rest) => {
                let number = inside.len().to_string();
                let text = say(
                    "it goes when everything in it is gone, and {0} objects are left, {1} among them",
                    "안에 있는 것이 모두 사라져야 없어지는데, {1}을(를) 비롯해 {0}개가 남았습니다",
                    &[&number, &short(&rest.key())],
                );
                self.because(&key, "NamespaceContentRemaining", text);
                self.ask(rest);
            }
            None => self.finalizers(&key, object),
        }
    }

    /// An object that is no more. `None` where nothing is known of it.
    pub(super) fn gone(&mut self, key: &Key) -> Option<()> {
        let history = self.cluster.server().store().changes_of(key);
        history.iter().rev().find(|change| change.kind == ChangeKind::Deleted)?;
        self.head(say("gone", "없어졌습니다", &[]));
        self.deleter(key);
        Some(())
    }

    /// Who asked for the object's end, and because of what.
    fn deleter(&mut self, key: &Key) {
        let history = self.cluster.server().store().changes_of(key);
        let born = history.iter().rposition(|change| change.kind == ChangeKind::Added).unwrap_or(0);
        let life = history.get(born..).unwrap_or_default();
        let asked = life.iter().find(|change| change.kind == ChangeKind::Deleted || change.object.meta().deletion_timestamp.is_some());
        let Some(change) = asked else { return };
        let Some(event) = self.cluster.sim().trace().get(change.trace_seq) else { return };
        let actor = event.actor.to_string();
        let object = change.object.clone();
        match actor.as_str() {
            "taint-eviction-controller" => self.driven_off(key, &object),
            "kube-scheduler" => self.preempted(key),
            "namespace-controller" => {
                let namespace = Key::new(Kind::Namespace, "", &key.namespace);
                let text = say("its namespace {0} is being deleted", "네임스페이스 {0}이(가) 삭제되고 있습니다", &[&key.namespace]);
                self.because(key, "NamespaceTerminating", text);
                if self.asked.first() == Some(key) {
                    self.deleter(&namespace);
                }
            }
            "generic-garbage-collector" => {
                let owner = object.meta().owner_references.iter().flatten().next();
                let name = owner.map(|owner| format!("{}/{}", owner.kind.to_lowercase(), owner.name)).unwrap_or_default();
                let text =
                    say("its owner {0} is gone, and what it owned goes with it", "주인인 {0}이(가) 사라져서 함께 사라집니다", &[&name]);
                self.because(key, "OwnerDeleted", text);
                if let Some(owner) = controller_of(&object) {
                    self.deleter(&owner);
                }
            }
            "pod-garbage-collector" => {
                let text = say(
                    "it was cleaned up: its node is gone, or it had ended and there were too many",
                    "정리됐습니다. 노드가 없어졌거나, 끝난 파드가 너무 많았습니다",
                    &[],
                );
                self.because(key, "GarbageCollected", text);
            }
            actor if actor.ends_with("-controller") => self.scaled_down(key, actor, &object),
            actor => self.deleted_by_hand(key, actor, &event),
        }
    }

    fn driven_off(&mut self, key: &Key, object: &Object) {
        let Object::Pod(pod) = object else { return };
        let node = node_name(pod).to_owned();
        let text = say(
            "the taint-eviction-controller drove it off: its node {0} got a taint NoExecute that it does not tolerate (any longer)",
            "노드 {0}에 이 파드가 (더는) 견디지 못하는 NoExecute 테인트가 생겨 taint-eviction-controller가 내보냈습니다",
            &[&node],
        );
        self.because(key, "TaintEviction", text);
        self.at(key, "spec.tolerations");
        self.ask_key(&Key::new(Kind::Node, "", &node));
    }

    fn preempted(&mut self, key: &Key) {
        let all = self.client.list::<Event>(Some(&key.namespace));
        let told =
            |event: &Rc<Event>| event.involved_object.name.as_deref() == Some(&key.name) && event.reason.as_deref() == Some("Preempted");
        let note = all.into_iter().find(told).and_then(|event| event.message.clone()).unwrap_or_default();
        let text = say(
            "the scheduler removed it to make room for a pod of higher priority: {0}",
            "우선순위가 더 높은 파드에게 자리를 내주려고 스케줄러가 내보냈습니다: {0}",
            &[&note],
        );
        self.because(key, "Preempted", text);
        self.at(key, "spec.priorityClassName");
        self.helps(say("give it a higher priority, or the node more room", "우선순위를 높이거나 노드에 자리를 더 만듭니다", &[]));
    }

    fn scaled_down(&mut self, key: &Key, actor: &str, object: &Object) {
        let owner = controller_of(object);
        let name = owner.as_ref().map(short).unwrap_or_default();
        let text =
            say("{0} removed it: {1} wants fewer pods now", "{0}이(가) 지웠습니다. {1}이(가) 바라는 파드 수가 줄었습니다", &[actor, &name]);
        self.because(key, "ScaledDown", text);
        let Some(owner) = owner else { return };
        let above = self.cluster.server().store().get(&owner).as_ref().and_then(controller_of);
        if let Some(above) = above {
            let text = say(
                "{0} replaces its pods by those of a newer version, or was scaled",
                "{0}이(가) 새 버전의 파드로 바꾸고 있거나, 크기가 줄었습니다",
                &[&short(&above)],
            );
            self.because(&above, "RolledOut", text);
        }
    }

    fn deleted_by_hand(&mut self, key: &Key, actor: &str, event: &TraceEvent) {
        let mut command = String::new();
        self.cluster.sim().trace().visit_since(event.seq, |later| {
            if let TraceKind::ApiRequest { command: by, name, method, .. } = &later.kind
                && command.is_empty()
                && **name == *key.name
                && matches!(*method, "DELETE" | "POST")
            {
                command = by.to_string();
            }
        });
        let command = if command.is_empty() { actor.to_owned() } else { format!("kubectl {}", command.trim_start_matches("kubectl ")) };
        let (code, text) = if command.contains("drain") {
            ("Drained", say("`{0}` evicted it: its node is being emptied", "`{0}`이(가) 축출했습니다. 노드를 비우는 중입니다", &[&command]))
        } else {
            ("DeletedByUser", say("`{0}` asked for its deletion", "`{0}`이(가) 삭제를 부탁했습니다", &[&command]))
        };
        self.because(key, code, text);
    }
}
