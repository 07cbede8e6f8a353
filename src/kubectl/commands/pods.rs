//! Finding a pod and a container for logs, exec, attach and port-forward. Models kubectl/pkg/polymorphichelpers.

use super::get::missing_namespace;
use crate::api::Kind;
use crate::api::selector::format_label_selector;
use crate::kubectl::builder::split_tuple;
use crate::kubectl::command::{Cmd, at, items, text};
use crate::kubectl::error::Fail;
use crate::kubectl::mapping;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Value, json};

/// The selector of a workload or service, as a query parameter; none where it would choose everything.
pub fn pod_selector(object: &Value) -> Option<String> {
    let selector = at(object, &["spec", "selector"])?;
    let labels_alone = selector.as_object().is_some_and(|map| map.values().all(Value::is_string));
    let selector = if labels_alone { json!({ "matchLabels": selector }) } else { selector.clone() };
    let selector: LabelSelector = serde_json::from_value(selector).ok()?;
    let chooses =
        selector.match_labels.as_ref().is_some_and(|m| !m.is_empty()) || selector.match_expressions.as_ref().is_some_and(|m| !m.is_empty());
    chooses.then(|| format_label_selector(Some(&selector)))
}

/// The kinds behind which pods are looked for. Models polymorphichelpers.SelectorsForObject.
const SELECTING: &[Kind] = &[Kind::ReplicaSet, Kind::ReplicationController, Kind::DaemonSet, Kind::Deployment, Kind::Job, Kind::Service];

/// The object that `POD` or `TYPE/NAME` names: its kind and itself.
pub async fn named(cmd: &Cmd, argument: &str) -> Result<(Kind, Value), Fail> {
    let (namespace, _) = cmd.namespace();
    let (kind, name) = match argument.contains('/') {
        true => {
            let (kind, name) = split_tuple(argument)?;
            (mapping::resolve(&kind)?, name)
        }
        false => (Kind::Pod, argument.to_owned()),
    };
    let place = if kind.info().namespaced { namespace.as_str() } else { "" };
    Ok((kind, object(cmd, kind, place, &name).await?))
}

/// An object of which the kind and the place are known.
pub async fn object(cmd: &Cmd, kind: Kind, namespace: &str, name: &str) -> Result<Value, Fail> {
    match cmd.get(kind, namespace, name).await {
        Ok(mut object) => {
            object["kind"] = kind.info().kind.into();
            Ok(object)
        }
        Err(e) => Err(missing_namespace(cmd, e, namespace).await),
    }
}

/// The pods behind an object, the one to use first. Ready and older pods come before others.
pub async fn behind(cmd: &Cmd, kind: Kind, object: &Value) -> Result<Vec<Value>, Fail> {
    if kind == Kind::Pod {
        return Ok(vec![object.clone()]);
    }
    let (namespace, name) = (text(object, &["metadata", "namespace"]), text(object, &["metadata", "name"]));
    let Some(selector) = pod_selector(object).filter(|_| SELECTING.contains(&kind)) else {
        let info = kind.info();
        let go = format!("*{}.{}", info.version, info.kind);
        let why = if kind == Kind::Service {
            format!("invalid service '{name}': Service is defined without a selector")
        } else {
            format!("selector for {go} not implemented")
        };
        let what = if cmd.verb.name == "logs" { "get the logs from" } else { "attach to" };
        return Err(Fail::Text(format!("cannot {what} {go}: {why}")));
    };
    let mut pods = cmd.list(Kind::Pod, &namespace, &selector, "").await?;
    if pods.is_empty() {
        return Err(Fail::Text(format!("timed out waiting for the condition on {}/{name}", kind.info().plural)));
    }
    pods.sort_by_key(|pod| {
        let ready = items(pod, &["status", "conditions"]).iter().any(|c| text(c, &["type"]) == "Ready" && text(c, &["status"]) == "True");
        let scheduled = !text(pod, &["spec", "nodeName"]).is_empty();
        (!scheduled, !ready, text(pod, &["metadata", "creationTimestamp"]))
    });
    Ok(pods)
}

/// Names of the pod's containers of one of the three lists.
fn list(pod: &Value, key: &str) -> Vec<String> {
    items(pod, &["spec", key]).iter().map(|c| text(c, &["name"])).collect()
}

/// Every container's name in the order of `logs --all-containers`.
pub fn all_containers(pod: &Value) -> Vec<String> {
    [list(pod, "initContainers"), list(pod, "containers"), list(pod, "ephemeralContainers")].concat()
}

/// `main, side, setup (init)`.
fn listed(pod: &Value) -> String {
    let mut names = list(pod, "containers");
    names.extend(list(pod, "initContainers").into_iter().map(|n| n + " (init)"));
    names.extend(list(pod, "ephemeralContainers").into_iter().map(|n| n + " (ephem)"));
    names.join(", ")
}

/// What is said where a pod has several containers and none was named.
pub fn defaulted(pod: &Value) -> Option<String> {
    let annotated = text(pod, &["metadata", "annotations", "kubectl.kubernetes.io/default-container"]);
    let containers = list(pod, "containers");
    let first = containers.first().filter(|_| all_containers(pod).len() > 1 && !containers.contains(&annotated))?;
    Some(format!("Defaulted container \"{first}\" out of: {}\n", listed(pod)))
}

/// The container to use; says on stderr which one, where it was not named and there are several.
pub async fn container(cmd: &Cmd, pod: &Value, asked: &str, quiet: bool) -> Result<String, Fail> {
    let name = text(pod, &["metadata", "name"]);
    if !asked.is_empty() {
        if all_containers(pod).iter().any(|c| c == asked) {
            return Ok(asked.to_owned());
        }
        return Err(Fail::Text(format!("container {asked} is not valid for pod {name} out of: {}", listed(pod))));
    }
    let annotated = text(pod, &["metadata", "annotations", "kubectl.kubernetes.io/default-container"]);
    let containers = list(pod, "containers");
    if !annotated.is_empty() && containers.contains(&annotated) {
        return Ok(annotated);
    }
    let Some(first) = containers.first() else { return Err(Fail::Text(format!("pod {name} does not have any containers"))) };
    if let Some(line) = defaulted(pod).filter(|_| !quiet) {
        cmd.eprint(&line).await;
    }
    Ok(first.clone())
}
