//! Patches of recorded objects: what they make of it, and what is said of those that cannot be applied.
//! What only the registry can say (validation, conflicts, subresources) is tested where the API server answers.
mod corpus;
use corpus::{cases, run, text};
use podground::api::apply::{Manager, apply as apply_configuration};
use podground::api::decode::FieldValidation;
use podground::api::patch::{PatchType, apply};
use podground::api::{Kind, decode, defaults, encode};
use serde_json::Value;

fn kind(path: &str) -> Option<Kind> {
    let path = path.split('?').next()?;
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let (group, rest) = match parts.as_slice() {
        ["api", "v1", rest @ ..] => ("", rest),
        ["apis", group, "v1", rest @ ..] => (*group, rest),
        _ => return None,
    };
    match rest {
        ["namespaces", _, plural, _] | [plural, _] => Kind::by_plural(group, plural),
        _ => None,
    }
}

/// What the registry and admission write: counters, addresses and ports of services, finalizers of namespaces,
/// tolerations for absent nodes.
const REGISTRY: &[(&str, &str)] = &[
    ("metadata", "generation"),
    ("metadata", "resourceVersion"),
    ("metadata", "uid"),
    ("spec", "clusterIP"),
    ("spec", "clusterIPs"),
    ("spec", "ipFamilies"),
    ("spec", "ipFamilyPolicy"),
    ("spec", "internalTrafficPolicy"),
    ("spec", "finalizers"),
];

fn strip(value: &mut Value) {
    for (section, field) in REGISTRY {
        if let Some(object) = value.get_mut(section).and_then(Value::as_object_mut) {
            object.remove(*field);
        }
    }
    for port in value["spec"]["ports"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        if port.get("nodePort").is_some_and(|port| port == "<allocated>") {
            port.remove("nodePort");
        }
    }
    for toleration in value["spec"]["tolerations"].as_array_mut().into_iter() {
        toleration.retain(|toleration| toleration["tolerationSeconds"] != 300);
    }
    if let Some(object) = value.as_object_mut() {
        object.remove("status");
    }
}

/// Recorded objects with a real time where the recording has none.
fn timed(value: &Value) -> Value {
    serde_json::from_str(&value.to_string().replace("<time>", "2026-01-01T00:00:00Z")).expect("JSON")
}

/// The document in the text of such a refusal has another order of keys; what is said of it is compared.
fn without_document(message: &str) -> String {
    match (message.split_once("\"{"), message.rsplit_once("}\": ")) {
        (Some((before, _)), Some((_, after))) => format!("{before}…{after}"),
        _ => message.to_string(),
    }
}

#[test]
fn patches() {
    run("patches", &cases("updates.open.jsonl"), |case| {
        let Some(patch_type) = PatchType::from_content_type(text(case, "content_type")) else { return Ok(false) };
        let Some(kind) = kind(text(case, "path")).filter(|_| case["method"] == "PATCH") else { return Ok(false) };
        if case["before"].is_null() || text(case, "body").contains("-rv>") {
            return Ok(false);
        }
        let code = case["status_code"].as_u64().unwrap_or(0);
        let message = text(&case["status"], "message");
        let by_patch = message.contains("patch: Invalid value") || message.contains("rejected our request") || code == 500;
        let refused_body = code == 400 && !message.contains("the name");
        if code != 200 && !by_patch && !refused_body {
            return Ok(false);
        }
        let strict = if text(case, "path").contains("Strict") { FieldValidation::Strict } else { FieldValidation::Warn };
        let patched = apply(kind, timed(&case["before"]), patch_type, text(case, "body").as_bytes(), strict);
        match patched {
            Ok(mut decoded) if code == 200 => {
                defaults::set_defaults(&mut decoded.object);
                let mut ours = encode::to_json(&decoded.object);
                let mut theirs = timed(&case["object"]);
                strip(&mut ours);
                strip(&mut theirs);
                // What the registry decides about services is its own.
                if ours == theirs { Ok(true) } else { Err(format!("{}\n {ours}\n {theirs}", text(case, "body"))) }
            }
            Err(status) if without_document(&status.message) == without_document(message) && u64::from(status.code) == code => Ok(true),
            Ok(_) => Err(format!("accepted, instead of {code} {message} for {}", text(case, "body"))),
            Err(status) => Err(format!("{} {}\n instead of {code} {message}\n for {}", status.code, status.message, text(case, "body"))),
        }
    });
}

fn manager(name: &str, kind: Kind, apply: bool) -> Manager {
    let time = "2026-01-01T00:00:00Z".parse().expect("a time");
    Manager { name: name.into(), apply, api_version: kind.info().api_version(), subresource: String::new(), time }
}

/// What the handler adds to a configuration and to the recorded object.
fn prepared(case: &Value, kind: Kind) -> (Value, Value) {
    let mut config: Value = serde_json::from_str(text(case, "body")).expect("JSON");
    let mut live = timed(&case["before"]);
    let name = text(case, "path").split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_string();
    if config["metadata"].is_null() {
        config["metadata"] = serde_json::json!({});
    }
    config["metadata"]["name"] = Value::from(name.as_str());
    if live["metadata"]["name"] != name.as_str() {
        live = Value::Null;
    } else {
        let maker = manager("corpora", kind, false);
        live["metadata"]["managedFields"] = serde_json::json!([{"manager": maker.name, "operation": "Update", "apiVersion": maker.api_version,
            "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1"}]);
    }
    (config, live)
}

#[test]
fn server_side_apply() {
    run("applies", &cases("updates.open.jsonl"), |case| {
        let Some(kind) = kind(text(case, "path")).filter(|_| text(case, "content_type").contains("apply")) else { return Ok(false) };
        let (code, message) = (case["status_code"].as_u64().unwrap_or(0), text(&case["status"], "message"));
        // What the handler, validation and the object's name say is tested where they answer.
        if code == 400 || code == 422 {
            return Ok(false);
        }
        let (config, live) = prepared(case, kind);
        let force = text(case, "path").contains("force=true");
        match apply_configuration(kind, &live, &config, &manager("tester", kind, true), force) {
            Err(status) if status.message == message && u64::from(status.code) == code => Ok(true),
            Err(status) => Err(format!("{} {}\n instead of {code} {message}", status.code, status.message)),
            Ok(_) if code > 201 => Err(format!("accepted, instead of {code} {message}")),
            Ok(_) if code == 201 => Ok(true),
            Ok(applied) => {
                let mut object = decode::decode_value(kind, &applied.value)?.object;
                defaults::set_defaults(&mut object);
                let mut ours = encode::to_json(&object);
                let mut theirs = timed(&case["object"]);
                strip(&mut ours);
                strip(&mut theirs);
                for side in [&mut ours, &mut theirs] {
                    if let Some(metadata) = side["metadata"].as_object_mut() {
                        metadata.remove("managedFields");
                    }
                }
                if ours == theirs { Ok(true) } else { Err(format!("{}\n {ours}\n {theirs}", text(case, "body"))) }
            }
        }
    });
}
