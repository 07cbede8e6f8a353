//! The goal of a step as a picture: the objects that its checks, or its `goal`, speak of.

use std::collections::BTreeMap;

use serde_json::Value;

use super::lesson_view::GoalView;
use super::view::{ContainerView, PodView, State, VolumeView};
use crate::lessons::Step;

/// How the cluster looks when `step` is done.
pub fn goal_view(step: &Step) -> GoalView {
    let mut view = GoalView::default();
    let mut wanted: BTreeMap<(String, String, String), Value> = BTreeMap::new();
    let asserted = step.check.iter().filter_map(|check| check.assert.as_ref());
    let partials: Vec<&Value> = if step.goal.is_empty() { asserted.collect() } else { step.goal.iter().collect() };
    for partial in partials {
        let key = (text(partial, "/kind"), text(partial, "/metadata/namespace"), text(partial, "/metadata/name"));
        merge(wanted.entry(key).or_default(), partial);
    }
    for ((kind, _, name), object) in &wanted {
        match kind.as_str() {
            "Pod" => view.pods.push(pod_view(object)),
            _ => view.others.push(format!("{kind}/{name}")),
        }
    }
    for check in &step.check {
        if let Some(absent) = &check.absent {
            view.absent.push(format!("{}/{}", text(absent, "/kind"), text(absent, "/metadata/name")));
        }
        if let Some(count) = check.count.as_ref().filter(|_| step.goal.is_empty()) {
            let number = count.equals.or(count.at_least).unwrap_or(0);
            view.others.push(format!("{number} × {} {}", count.kind, count.selector).trim().to_owned());
        }
    }
    view
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Puts what `from` says into `into`; of lists the items with the same name become one.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => {
            for item in from {
                match into.iter_mut().find(|known| known.get("name").is_some() && known.get("name") == item.get("name")) {
                    Some(known) => merge(known, item),
                    None => into.push(item.clone()),
                }
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn pod_view(pod: &Value) -> PodView {
    let list = |pointer: &str| pod.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut containers: Vec<ContainerView> = Vec::new();
    let waiting = |status: &Value| text(status, "/state/waiting/reason");
    for part in list("/spec/containers").iter().chain(list("/status/containerStatuses")) {
        let name = text(part, "/name");
        let at = containers.iter().position(|known| known.name == name).unwrap_or_else(|| {
            containers.push(ContainerView { name, state: State::Running, ..ContainerView::default() });
            containers.len() - 1
        });
        let Some(container) = containers.get_mut(at) else { continue };
        if container.image.is_empty() {
            container.image = text(part, "/image");
        }
        let reason = waiting(part);
        if !reason.is_empty() {
            (container.state, container.word) = (State::Failed, reason);
        }
        for mount in part.get("volumeMounts").and_then(Value::as_array).into_iter().flatten() {
            container.mounts.push((text(mount, "/name"), text(mount, "/mountPath")));
        }
    }
    let volumes = list("/spec/volumes").iter().map(|volume| {
        let kind = volume.as_object().and_then(|fields| fields.keys().find(|key| *key != "name")).cloned();
        VolumeView { name: text(volume, "/name"), kind: kind.unwrap_or_default() }
    });
    let phase = text(pod, "/status/phase");
    let failed = containers.iter().find(|container| container.state == State::Failed).map(|container| container.word.clone());
    let state = match (phase.as_str(), &failed) {
        (_, Some(_)) | ("Failed", _) => State::Failed,
        ("Pending", _) => State::Waiting,
        ("Succeeded", _) => State::Done,
        _ => State::Running,
    };
    let labels = pod.pointer("/metadata/labels").and_then(Value::as_object);
    let labels = labels.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    let name = text(pod, "/metadata/name");
    PodView {
        uid: format!("goal-{name}"),
        namespace: Some(text(pod, "/metadata/namespace")).filter(|ns| !ns.is_empty()).unwrap_or_else(|| "default".into()),
        node: Some(text(pod, "/spec/nodeName")).filter(|node| !node.is_empty()),
        phase_word: failed.unwrap_or(if phase.is_empty() { "Running".into() } else { phase }),
        state,
        ready: (containers.len() as u32, containers.len() as u32),
        labels: labels.collect(),
        hostname: name.clone(),
        volumes: volumes.collect(),
        containers,
        name,
        ..PodView::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lessons::Check;
    use serde_json::json;

    #[test]
    fn what_several_checks_say_of_a_pod_is_one_pod() {
        let asserts = [
            json!({ "kind": "Pod", "metadata": { "name": "web", "labels": { "app": "web" } } }),
            json!({ "kind": "Pod", "metadata": { "name": "web" }, "spec": { "containers": [{ "name": "nginx", "image": "nginx" }] } }),
        ];
        let check = asserts.map(|assert| Check { assert: Some(assert), ..Check::default() }).to_vec();
        let view = goal_view(&Step { check, ..Step::default() });
        assert_eq!(view.pods.len(), 1);
        assert_eq!((view.pods[0].containers[0].image.as_str(), view.pods[0].labels.len()), ("nginx", 1));
    }
}
