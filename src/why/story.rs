//! What happened to an object, in order: its own changes, what was reported of it, and the faults that bear on it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Inquiry, Step, Text, say, short};
use crate::api::pod::node_name;
use crate::api::{Key, Kind, Object};
use crate::apiserver::pod_ready_and_status;
use crate::cluster::Fault;
use crate::sim::{TraceEvent, TraceKind};
use crate::store::{Change, ChangeKind};

/// The newest steps that are told.
const LIMIT_STEPS: usize = 60;

impl Inquiry<'_> {
    pub(super) fn story(&self, key: &Key) -> Vec<Step> {
        let store = self.cluster.server().store();
        let mut told: Vec<(u64, Text)> = Vec::new();
        let mut nodes = BTreeSet::new();
        let mut first = u64::MAX;
        for change in store.changes_of(key) {
            first = first.min(change.trace_seq);
            if let Object::Pod(pod) = &change.object {
                nodes.insert(node_name(pod).to_owned());
            }
            told.extend(describe(&change).map(|text| (change.trace_seq, text)));
        }
        for change in store.changes_of_kind(Kind::Event) {
            told.extend(reported(&change, key).map(|text| (change.trace_seq, text)));
        }
        if key.kind == Kind::Node {
            nodes.insert(key.name.to_string());
        }
        self.cluster.sim().trace().visit_since(first.saturating_sub(1), |event| {
            if let TraceKind::Fault { what, broken } = &event.kind
                && Fault::parse(what).is_ok_and(|fault| bears_on(&fault, key, &nodes))
            {
                let text = if *broken { say("broke: {0}", "고장: {0}", &[what]) } else { say("healed: {0}", "고침: {0}", &[what]) };
                told.push((event.seq, text));
            }
        });
        told.sort_by_key(|(seq, _)| *seq);
        let newest = told.len().saturating_sub(LIMIT_STEPS);
        told.into_iter().skip(newest).filter_map(|(seq, text)| self.step(seq, text, key)).collect()
    }

    fn step(&self, seq: u64, text: Text, about: &Key) -> Option<Step> {
        let trace = self.cluster.sim().trace();
        let event = trace.get(seq)?;
        let cause = event.cause.and_then(|cause| trace.get(cause));
        let because = cause.and_then(|cause| cause_words(&cause, about));
        Some(Step { at: self.stamp(event.at), actor: event.actor.to_string(), text, because })
    }
}

/// What a step was a reaction to, unless that is the object's own last change, which the story has already told.
fn cause_words(cause: &TraceEvent, about: &Key) -> Option<Text> {
    match &cause.kind {
        TraceKind::Write { verb, kind, namespace, name, .. } => {
            let kind = Kind::named(kind)?;
            let key = Key { kind, namespace: namespace.clone(), name: name.clone() };
            if key == *about {
                return None;
            }
            let verb_ko = match *verb {
                "created" => "만들어",
                "deleted" => "지워",
                _ => "바꿔",
            };
            let object = short(&key);
            Some(Text {
                en: format!("because {} {verb} {object}", cause.actor),
                ko: format!("{}이(가) {object}을(를) {verb_ko}서", cause.actor),
            })
        }
        TraceKind::Fault { what, .. } => Some(say("because of the fault {0}", "고장 때문에: {0}", &[what])),
        _ => None,
    }
}

fn bears_on(fault: &Fault, key: &Key, nodes: &BTreeSet<String>) -> bool {
    match fault {
        Fault::Registry | Fault::SlowRegistry { .. } => key.kind == Kind::Pod,
        Fault::Freeze { component } => match key.kind.info().kind {
            "Pod" => component == "kube-scheduler",
            "Node" => component == "node-lifecycle-controller",
            "Namespace" => component == "namespace-controller",
            "Service" => component.starts_with("endpoint"),
            kind => component.starts_with(&kind.to_lowercase()),
        },
        Fault::Kill { namespace, pod, .. } | Fault::KillProcess { namespace, pod, .. } => {
            key.kind == Kind::Pod && *namespace == *key.namespace && *pod == *key.name
        }
        _ => fault.node().is_some_and(|node| nodes.contains(node)),
    }
}

/// What an Event says about the object, when it is first told.
fn reported(change: &Change, key: &Key) -> Option<Text> {
    let Object::Event(event) = &change.object else { return None };
    let of = &event.involved_object;
    let about = of.kind.as_deref() == Some(key.kind.info().kind)
        && of.name.as_deref() == Some(&key.name)
        && (key.namespace.is_empty() || of.namespace.as_deref() == Some(&key.namespace));
    let reason = event.reason.as_deref().unwrap_or_default();
    // What the object's own change tells already.
    if !about || change.kind != ChangeKind::Added || matches!(reason, "Scheduled") {
        return None;
    }
    Some(say("{0}: {1}", "{0}: {1}", &[reason, event.message.as_deref().unwrap_or_default().trim()]))
}

/// What a change did, if that is worth telling.
fn describe(change: &Change) -> Option<Text> {
    let object = &change.object;
    let previous = match (change.kind, &change.previous) {
        (ChangeKind::Added, _) => {
            let owner = super::place::controller_of(object).map(|owner| short(&owner));
            return Some(match owner {
                Some(owner) => say("created it for {0}", "{0}을(를) 위해 만들었습니다", &[&owner]),
                None => say("created it", "만들었습니다", &[]),
            });
        }
        (ChangeKind::Deleted, _) => return Some(say("removed it", "없앴습니다", &[])),
        (ChangeKind::Modified, Some(previous)) => previous,
        _ => return None,
    };
    if object.meta().deletion_timestamp.is_some() && previous.meta().deletion_timestamp.is_none() {
        let grace = object.meta().deletion_grace_period_seconds.unwrap_or(0).to_string();
        return Some(say("asked it to go, with {0} s of grace", "유예 시간 {0}초를 주고 삭제를 부탁했습니다", &[&grace]));
    }
    if let (Object::Pod(before), Object::Pod(after)) = (previous, object) {
        let node = node_name(after);
        if node_name(before).is_empty() && !node.is_empty() {
            return Some(say("placed it on {0}", "{0} 노드에 놓았습니다", &[node]));
        }
        let word = |pod: &k8s_openapi::api::core::v1::Pod| {
            let (ready, total, word) = pod_ready_and_status(pod);
            format!("{word} {ready}/{total}")
        };
        let (old, new) = (word(before), word(after));
        if old != new {
            return Some(say("{0} → {1}", "{0} → {1}", &[&old, &new]));
        }
    }
    changed_fields(&previous.to_json(), &object.to_json())
}

/// The fields of the manifest that changed, and the counts of a status.
fn changed_fields(before: &Value, after: &Value) -> Option<Text> {
    let value = |of: &Value, pointer: &str| of.pointer(pointer).map_or_else(|| "0".to_owned(), Value::to_string);
    let mut parts: Vec<String> = Vec::new();
    for pointer in
        ["/spec/replicas", "/status/readyReplicas", "/status/succeeded", "/status/failed", "/status/phase", "/spec/unschedulable"]
    {
        let (old, new) = (value(before, pointer), value(after, pointer));
        if old != new {
            let name = pointer.trim_start_matches('/').replace('/', ".");
            parts.push(format!("{name} {old} → {new}"));
        }
    }
    for (pointer, name) in [("/metadata/labels", "metadata.labels"), ("/spec/template", "spec.template"), ("/spec/taints", "spec.taints")] {
        if before.pointer(pointer) != after.pointer(pointer) {
            parts.push(name.to_owned());
        }
    }
    let conditions = |of: &Value| {
        let all = of.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |c: &Value, field: &str| c.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        all.iter().map(|c| (text(c, "type"), text(c, "status"))).collect::<Vec<_>>()
    };
    let old = conditions(before);
    parts.extend(conditions(after).into_iter().filter(|c| !old.contains(c)).map(|(type_, status)| format!("{type_}={status}")));
    if parts.is_empty() && before.get("spec") != after.get("spec") {
        parts.push("spec".to_owned());
    }
    if parts.is_empty() && before.get("data") != after.get("data") {
        parts.push("data".to_owned());
    }
    let parts = parts.join(", ");
    (!parts.is_empty()).then(|| say("changed {0}", "바꿈: {0}", &[&parts]))
}
