//! Validation of recorded creates: every refusal with its causes in order, and every warning, to the letter.
mod corpus;
use std::rc::Rc;

use corpus::{cases, run, text};
use podground::api::decode::{FieldValidation, Language, decode};
use podground::api::validation::{self, invalid_status};
use podground::api::{Kind, Object, Status, defaults};
use serde_json::Value;

/// Refusals that are made of a cluster's state: allocation of addresses and ports, limit ranges.
fn is_of_cluster(message: &str, path: &str) -> bool {
    message.contains("provided port is") || message.contains("failed to allocate IP") || path.contains("/namespaces/limits/")
}

/// `${repeat:x:N}` stands for N times `x`.
fn body(case: &Value) -> String {
    let body = text(case, "body");
    if case["macros"] != true {
        return body.to_string();
    }
    let mut out = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("${repeat:") {
        let (inside, behind) = after.split_once('}').expect("a macro's end");
        let (piece, count) = inside.rsplit_once(':').expect("a macro's count");
        out.push_str(before);
        out.push_str(&piece.repeat(count.parse().expect("a number")));
        rest = behind;
    }
    out + rest
}

/// The kind and the namespace that a path names.
fn target(path: &str) -> Option<(Kind, Option<String>)> {
    let parts: Vec<&str> = path.split('?').next()?.trim_matches('/').split('/').collect();
    let (group, rest) = match parts.as_slice() {
        ["api", "v1", rest @ ..] => ("", rest),
        ["apis", group, "v1", rest @ ..] => (*group, rest),
        _ => return None,
    };
    match rest {
        ["namespaces", namespace, plural] => Some((Kind::by_plural(group, plural)?, Some((*namespace).to_string()))),
        [plural] => Some((Kind::by_plural(group, plural)?, None)),
        _ => None,
    }
}

fn query<'a>(path: &'a str, name: &str) -> Vec<&'a str> {
    let query = path.split_once('?').map(|(_, query)| query).unwrap_or_default();
    query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(key, _)| *key == name).map(|(_, value)| value).collect()
}

/// What the API server does between decoding and validation, as far as it bears on validation.
fn prepare(object: &mut Object, namespace: Option<String>) {
    let meta = object.meta_mut();
    meta.namespace = namespace;
    meta.generation = meta.generation.map(|_| 1);
    if meta.name.is_none()
        && let Some(prefix) = meta.generate_name.clone()
    {
        meta.name = Some(prefix.chars().take(58).collect::<String>() + "xxxxx");
    }
    defaults::set_defaults(object);
    match object {
        Object::Pod(pod) => {
            let pod = Rc::make_mut(pod);
            defaults::prepare_pod(pod);
            let spec = pod.spec.get_or_insert_default();
            spec.service_account_name.get_or_insert_with(|| "default".to_string());
        }
        Object::Service(service) => {
            let spec = Rc::make_mut(service).spec.get_or_insert_default();
            // A port that the server would give.
            if spec.external_traffic_policy.as_deref() == Some("Local") && spec.type_.as_deref() == Some("LoadBalancer") {
                spec.health_check_node_port.get_or_insert(32000);
            }
        }
        Object::Job(job) => {
            let job = Rc::make_mut(job);
            job.metadata.uid = Some("u".to_string());
            let name = job.metadata.name.clone().unwrap_or_default();
            let spec = job.spec.get_or_insert_default();
            let labels = spec.template.metadata.get_or_insert_default().labels.get_or_insert_default();
            for (key, value) in [("controller-uid", "u"), ("job-name", name.as_str())] {
                labels.insert(key.to_string(), value.to_string());
                labels.insert(format!("batch.kubernetes.io/{key}"), value.to_string());
            }
            let selected = spec.selector.get_or_insert_default().match_labels.get_or_insert_default();
            selected.insert("batch.kubernetes.io/controller-uid".to_string(), "u".to_string());
        }
        Object::Namespace(namespace) => {
            let namespace = Rc::make_mut(namespace);
            let finalizers = namespace.spec.get_or_insert_default().finalizers.get_or_insert_default();
            if !finalizers.iter().any(|finalizer| finalizer == "kubernetes") {
                finalizers.push("kubernetes".to_string());
            }
        }
        _ => {}
    }
}

/// What became of a request, and the warnings.
type Answer = (Result<Vec<String>, Status>, Vec<String>);

/// What is wrong, as a Status; or the warnings.
fn answer(case: &Value) -> Option<Answer> {
    let path = text(case, "path");
    let (kind, namespace) = target(path)?;
    let language = if text(case, "content_type").contains("yaml") { Language::Yaml } else { Language::Json };
    let field_validation = query(path, "fieldValidation").last().copied().unwrap_or_default();
    let manager = query(path, "fieldManager").last().copied().unwrap_or_default().to_string();
    let dry_run: Vec<String> = query(path, "dryRun").into_iter().map(str::to_string).collect();
    let errors = validation::validate_create_options(&manager, &dry_run, field_validation);
    if !errors.is_empty() {
        return Some((Err(validation::invalid_status_of("meta.k8s.io", "CreateOptions", "", &errors)), Vec::new()));
    }
    let level = match field_validation {
        "Strict" => FieldValidation::Strict,
        "Ignore" => FieldValidation::Ignore,
        _ => FieldValidation::Warn,
    };
    let body = body(case);
    let decoded = decode(kind, body.as_bytes(), language, level).ok()?;
    let mut object = decoded.object;
    let given = match language {
        Language::Json => serde_json::from_str(&body).unwrap_or_default(),
        Language::Yaml => serde_yaml::from_str(&body).unwrap_or_default(),
    };
    validation::keep_presence(&given, &mut object);
    let mut early = decoded.warnings;
    early.extend(validation::early_warnings(&object));
    prepare(&mut object, namespace);
    let mut errors = Vec::new();
    if let Object::Service(service) = &mut object {
        let service = Rc::make_mut(service);
        validation::normalize_cluster_ips(service, None);
        errors = validation::init_service_families(service, None);
    }
    if errors.is_empty() {
        errors = validation::validate_create(&object);
    }
    if errors.is_empty()
        && let Object::Namespace(namespace) = &object
    {
        errors = validation::validate_pod_security_labels(namespace);
    }
    if errors.is_empty() {
        let mut warnings = early.clone();
        warnings.extend(validation::warnings(&object));
        return Some((Ok(warnings), early));
    }
    Some((Err(invalid_status(kind, object.name(), &errors)), early))
}

fn recorded_warnings(case: &Value) -> Vec<String> {
    let warnings = case["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str);
    // Admission's own warnings come from elsewhere.
    warnings.filter(|warning| !warning.contains("PodSecurity")).map(str::to_string).collect()
}

#[test]
fn validation_of_creates() {
    run("validation", &cases("validation.open.jsonl"), |case| {
        let code = case["status_code"].as_u64().unwrap_or(0);
        let message = text(&case["status"], "message");
        if !(code == 201 || code == 422) || is_of_cluster(message, text(case, "path")) {
            return Ok(false);
        }
        let Some((ours, early)) = answer(case) else { return Err("not decoded".to_string()) };
        let theirs = recorded_warnings(case);
        match (ours, code) {
            (Ok(warnings), 201) if warnings == theirs => Ok(true),
            (Ok(warnings), 201) => Err(format!("warnings {warnings:?} instead of {theirs:?}")),
            (Err(status), 201) => Err(format!("refused: {}", status.message)),
            (Ok(_), _) => Err(format!("accepted instead of: {message}")),
            (Err(status), _) if status.to_json() == case["status"] && early == theirs => Ok(true),
            (Err(status), _) => Err(format!("{} {early:?}\n   instead of {message} {theirs:?}", status.message)),
        }
    });
}
