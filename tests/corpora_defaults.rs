//! Defaults against recorded creates: what a real server stored, without what only a cluster can add.
mod corpus;
use corpus::{cases, run, text};
use podground::api::decode::{FieldValidation, Language, decode};
use podground::api::{Kind, Object, defaults, encode};
use serde_json::{Map, Value};
use std::rc::Rc;

/// Paths (of both sides) that admission, allocation and the strategies of the registry write.
const CLUSTER: &[(&str, &str)] = &[
    ("", "metadata.namespace"),
    ("", "metadata.generation"),
    ("", "metadata.name"),
    ("", "metadata.uid"),
    ("", "metadata.creationTimestamp"),
    ("", "metadata.resourceVersion"),
    ("", "metadata.managedFields"),
    ("", "metadata.selfLink"),
    ("", "metadata.deletionGracePeriodSeconds"),
    ("", "metadata.deletionTimestamp"),
    ("", "status"),
    ("Namespace", "spec"),
    ("Pod", "metadata.annotations"),
    ("Pod", "spec.nodeName"),
    ("Pod", "spec.priority"),
    ("Pod", "spec.preemptionPolicy"),
    ("Pod", "spec.serviceAccount"),
    ("Pod", "spec.serviceAccountName"),
    ("Pod", "spec.tolerations"),
    ("Pod", "spec.imagePullSecrets"),
    ("Pod", "spec.nodeSelector"),
    ("Node", "spec.taints"),
    ("Service", "spec.clusterIP"),
    ("Service", "spec.clusterIPs"),
    ("Service", "spec.ipFamilies"),
    ("Service", "spec.ipFamilyPolicy"),
    ("Service", "spec.healthCheckNodePort"),
    ("DaemonSet", "metadata.annotations"),
    ("Job", "metadata.labels"),
    ("Job", "spec.selector"),
    ("Job", "spec.template.metadata"),
    ("PriorityClass", "metadata.generation"),
];

fn remove(value: &mut Value, path: &str) {
    match path.split_once('.') {
        Some((first, rest)) => {
            if let Some(inner) = value.get_mut(first) {
                remove(inner, rest);
            }
        }
        None => {
            if let Some(object) = value.as_object_mut() {
                object.remove(path);
            }
        }
    }
}

/// The mounted token, and resources that LimitRanger fills in.
fn remove_admitted(pod: &mut Value) {
    let is_token = |name: &Value| name.as_str().is_some_and(|name| name.starts_with("kube-api-access-"));
    let Some(spec) = pod.get_mut("spec").and_then(Value::as_object_mut) else { return };
    let strip = |object: &mut Map<String, Value>, field: &str| {
        if let Some(list) = object.get_mut(field).and_then(Value::as_array_mut) {
            list.retain(|item| !is_token(&item["name"]));
            if list.is_empty() {
                object.remove(field);
            }
        }
    };
    strip(spec, "volumes");
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(container) = container.as_object_mut() {
                strip(container, "volumeMounts");
            }
        }
    }
}

fn strip(kind: &str, value: &mut Value) {
    for (_, path) in CLUSTER.iter().filter(|(only, _)| only.is_empty() || *only == kind) {
        remove(value, path);
    }
    if kind == "Pod" {
        remove_admitted(value);
    }
    // A generated name becomes the label after defaulting.
    if kind == "Namespace"
        && value["metadata"]["labels"]["kubernetes.io/metadata.name"].as_str().is_some_and(|name| name.ends_with("xxxxx"))
    {
        remove(value, "metadata.labels");
    }
    for port in value["spec"]["ports"].as_array_mut().into_iter().flatten() {
        if port["nodePort"] == "<allocated>" {
            remove(port, "nodePort");
        }
    }
}

fn difference(ours: &Value, theirs: &Value, path: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(left), Value::Object(right)) => {
            let keys = left.keys().chain(right.keys());
            let mut found = keys.filter_map(|key| {
                let empty = Value::String("<absent>".into());
                difference(left.get(key).unwrap_or(&empty), right.get(key).unwrap_or(&empty), &format!("{path}.{key}"))
            });
            found.next()
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let mut found = left
                .iter()
                .zip(right)
                .enumerate()
                .filter_map(|(index, (left, right))| difference(left, right, &format!("{path}[{index}]")));
            found.next()
        }
        _ => (ours != theirs).then(|| format!("{path}: {ours} instead of {theirs}")),
    }
}

#[test]
fn defaults_as_stored() {
    run("defaults", &cases("defaults.open.jsonl"), |case| {
        let name = text(case, "kind");
        let Some(kind) = Kind::ALL.iter().copied().find(|kind| kind.info().kind == name) else { return Ok(false) };
        // LimitRanger is admission.
        if text(case, "path").contains("/limits/") {
            return Ok(false);
        }
        let (body, language) = match case.get("sent_text").and_then(Value::as_str) {
            Some(body) => (body.to_string(), if serde_json::from_str::<Value>(body).is_ok() { Language::Json } else { Language::Yaml }),
            None => (case["sent"].to_string(), Language::Json),
        };
        let decoded = decode(kind, body.as_bytes(), language, FieldValidation::Warn)?;
        let mut object = decoded.object;
        defaults::set_defaults(&mut object);
        if let Object::Pod(pod) = &mut object {
            defaults::prepare_pod(Rc::make_mut(pod));
        }
        let mut ours = encode::to_json(&object);
        let mut theirs = case["stored"].clone();
        strip(name, &mut ours);
        strip(name, &mut theirs);
        match difference(&ours, &theirs, "") {
            None => Ok(true),
            Some(difference) => Err(format!("{difference} of {}", body.chars().take(300).collect::<String>())),
        }
    });
}
