//! Patches of recorded objects: what they make of it, and what is said of those that cannot be applied.
//! What only the registry can say (validation, conflicts, subresources) is tested where the API server answers.
mod corpus;
use corpus::{cases, run, text};
use podground::api::decode::FieldValidation;
use podground::api::patch::{PatchType, apply};
use podground::api::{Kind, defaults, encode};
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
        if code != 200 && !by_patch && !(code == 400 && !message.contains("the name")) {
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
