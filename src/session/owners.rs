//! Who owns what: Deployment → ReplicaSet → Pod, for the picture.

use std::collections::BTreeSet;

use serde_json::Value;

use super::playground::Session;
use super::view::OwnedView;
use crate::api::{Kind, Object};
use crate::apiserver::pod_ready_and_status;

/// Kinds that own, and what they own.
const KINDS: &[Kind] =
    &[Kind::Deployment, Kind::ReplicaSet, Kind::DaemonSet, Kind::Job, Kind::ReplicationController, Kind::Service, Kind::Pod];

impl Session {
    /// Everything that owns, is owned, or selects, of the namespaces that are not the system's; owners before what they own.
    pub fn owners(&self) -> Vec<OwnedView> {
        let store = self.0.cluster.server().store();
        let all = KINDS.iter().flat_map(|kind| store.list(*kind, None).0);
        let views: Vec<OwnedView> = all.filter(|object| !object.namespace().starts_with("kube-")).map(|object| view(&object)).collect();
        let related: BTreeSet<&str> = views.iter().filter_map(|view| view.owner.as_deref()).collect();
        let counts = |view: &&OwnedView| {
            view.kind == "Pod" || !view.selector.is_empty() || view.owner.is_some() || related.contains(view.uid.as_str())
        };
        views.iter().filter(counts).cloned().collect()
    }
}

fn view(object: &Object) -> OwnedView {
    let json = object.to_json();
    let meta = object.meta();
    let owners = meta.owner_references.iter().flatten();
    OwnedView {
        uid: object.uid().to_owned(),
        kind: object.kind().info().kind.to_owned(),
        namespace: object.namespace().to_owned(),
        name: object.name().to_owned(),
        owner: owners.filter(|owner| owner.controller == Some(true)).map(|owner| owner.uid.clone()).next(),
        word: word(object, &json),
        selector: selector(&json),
    }
}

fn word(object: &Object, json: &Value) -> String {
    if let Object::Pod(pod) = object {
        return pod_ready_and_status(pod).2;
    }
    let number = |pointer: &str| json.pointer(pointer).and_then(Value::as_i64);
    match (number("/spec/replicas").or_else(|| number("/status/desiredNumberScheduled")), number("/spec/completions")) {
        (Some(wanted), _) => {
            let ready = number("/status/readyReplicas").or_else(|| number("/status/numberReady")).unwrap_or(0);
            format!("{ready}/{wanted}")
        }
        (None, Some(wanted)) => format!("{}/{wanted}", number("/status/succeeded").unwrap_or(0)),
        _ => String::new(),
    }
}

/// `spec.selector` as a label selector on one line.
fn selector(json: &Value) -> String {
    let Some(selector) = json.pointer("/spec/selector").and_then(Value::as_object) else { return String::new() };
    let nested = selector.contains_key("matchLabels") || selector.contains_key("matchExpressions");
    let labels = if nested { selector.get("matchLabels").and_then(Value::as_object) } else { Some(selector) };
    let equal = labels.into_iter().flatten().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    let expressions = selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
    equal.chain(expressions.filter_map(expression)).collect::<Vec<_>>().join(",")
}

fn expression(value: &Value) -> Option<String> {
    let key = value.get("key")?.as_str()?;
    let values: Vec<&str> = value.get("values").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    Some(match value.get("operator")?.as_str()? {
        "In" => format!("{key} in ({})", values.join(",")),
        "NotIn" => format!("{key} notin ({})", values.join(",")),
        "Exists" => key.to_owned(),
        _ => format!("!{key}"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::view::Options;
    use super::*;

    #[test]
    fn a_deployment_owns_its_pods_by_way_of_a_replica_set() {
        let session = Session::new(Options { seed: 7, topology: "classroom".into(), lesson: None, unix_time_at_start: 1_700_000_000 });
        let terminal = session.open_terminal();
        session.type_command(terminal, "kubectl create deployment web --image=nginx --replicas=2; kubectl run alone --image=nginx");
        session.advance(20_000, usize::MAX);
        let all = session.owners();
        let of = |kind: &str| all.iter().filter(|view| view.kind == kind).collect::<Vec<_>>();
        let (deployment, set) = (of("Deployment")[0], of("ReplicaSet")[0]);
        assert_eq!((deployment.word.as_str(), deployment.selector.as_str()), ("2/2", "app=web"));
        assert_eq!(set.owner.as_deref(), Some(deployment.uid.as_str()));
        assert_eq!(of("Pod").iter().filter(|pod| pod.owner.as_deref() == Some(set.uid.as_str())).count(), 2);
        assert_eq!(of("Pod").iter().filter(|pod| pod.owner.is_none()).count(), 1);
    }
}
