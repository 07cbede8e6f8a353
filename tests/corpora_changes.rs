//! Recorded changes through the REST API: what is refused and in which words, what is stored, and what is warned of.
mod corpus;
use corpus::{cases, run, text};
use podground::api::Object;
use podground::api::apply::{Manager, on_create};
use podground::apiserver::{ApiServer, Body, Method, Origin, Request, Response};
use podground::sim::Sim;
use serde_json::{Value, json};

/// When the recorded objects were made.
const EPOCH: i64 = 1_795_000_000;

/// A server that has the case's object, and the objects that its namespace needs.
fn server(before: Option<&Value>) -> ApiServer {
    let sim = Sim::new(1, EPOCH);
    let server = ApiServer::new(&sim);
    let by = Origin::new("corpora");
    for name in ["default", "kube-system", "upd"] {
        let namespace = json!({"metadata": {"name": name}, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
        put(&server, &by, "Namespace", "", namespace);
    }
    put(&server, &by, "ServiceAccount", "", json!({"metadata": {"name": "default", "namespace": "upd"}}));
    if before.is_none_or(|before| before["kind"] != "Node") {
        put(&server, &by, "Node", "", json!({"metadata": {"name": "worker-a"}}));
    }
    if let Some(before) = before {
        let api_version = text(before, "apiVersion");
        let group = api_version.split_once('/').map(|(group, _)| group).unwrap_or_default();
        put(&server, &by, text(before, "kind"), group, before.clone());
    }
    server
}

fn put(server: &ApiServer, by: &Origin, kind: &str, group: &str, mut object: Value) {
    object["metadata"]["uid"] = "11111111-1111-1111-1111-111111111111".into();
    object["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
    let kind = podground::api::Kind::find(group, kind).expect("a known kind");
    let object = serde_json::from_str(&object.to_string().replace("<time>", "2026-01-01T00:00:00Z")).expect("JSON");
    let mut object = Object::from_json(kind, object).expect("an object");
    let made = Manager {
        name: "corpora".into(),
        apply: false,
        api_version: kind.info().api_version(),
        subresource: String::new(),
        time: server.api_time().0,
    };
    on_create(&mut object, &made);
    server.store().create(by, object).expect("a new object");
}

/// What the server answers, its warnings, and the revision of the object before.
fn answer(case: &Value) -> Option<(Value, Vec<String>, String)> {
    let server = server(case.get("before").filter(|before| !before.is_null()));
    let method = Method::from_name(text(case, "method"))?;
    let revision = server.store().revision().to_string();
    let body =
        text(case, "body").replace("<rv>", &revision).replace("<stale-rv>", "1").replace("<uid>", "11111111-1111-1111-1111-111111111111");
    let mut request = Request::new(method, text(case, "path"), Origin::new("corpora"));
    if case["body"].is_string() {
        request = request.with_body(text(case, "content_type"), body.into_bytes());
    }
    let response: Response = server.handle(request);
    let warnings = response.headers.iter().filter(|(name, _)| name == "Warning");
    let unquote =
        |value: &str| value.trim_start_matches("299 - \"").strip_suffix('"').unwrap_or(value).replace("\\\"", "\"").replace("\\\\", "\\");
    let warnings = warnings.map(|(_, value)| unquote(value)).collect();
    match response.body {
        Body::Full(body) => Some((serde_json::from_slice(&body).unwrap_or(Value::Null), warnings, revision)),
        _ => None,
    }
}

/// Without what differs from cluster to cluster.
fn settle(text: &str) -> Value {
    let uid = "11111111-1111-1111-1111-111111111111";
    let mut text = text.replace(uid, "<uid>").replace("<time>", "2026-01-01T00:00:00Z");
    let tokens: Vec<usize> = text.match_indices("kube-api-access-").map(|(start, token)| start + token.len()).collect();
    for start in tokens {
        text.replace_range(start..start + 5, "xxxxx");
    }
    let mut value: Value = serde_json::from_str(&text).unwrap_or_default();
    let spec = &mut value["spec"];
    for field in ["clusterIP", "healthCheckNodePort"] {
        if spec[field].is_string() {
            spec[field] = "<given>".into();
        }
    }
    for address in spec["clusterIPs"].as_array_mut().into_iter().flatten() {
        *address = "<given>".into();
    }
    for port in spec["ports"].as_array_mut().into_iter().flatten() {
        if !port["nodePort"].is_null() {
            port["nodePort"] = "<given>".into();
        }
    }
    if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        if let Some(deleted) = meta.get_mut("deletionTimestamp") {
            *deleted = "2026-01-01T00:00:00Z".into();
        }
        for volatile in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
            meta.remove(volatile);
        }
    }
    if let Some(details) = value.get_mut("details").and_then(Value::as_object_mut) {
        details.remove("uid");
    }
    value
}

#[test]
fn changes() {
    run("changes", &cases("updates.open.jsonl"), |case| {
        let message = text(&case["status"], "message");
        // Some refusals show the whole document, with all who wrote it.
        if message.contains("managedFields") {
            return Ok(false);
        }
        let Some((ours, warnings, revision)) = answer(case) else { return Err("no answer".to_string()) };
        let theirs = case.get("object").or_else(|| case.get("status")).cloned().unwrap_or(Value::Null);
        let told = theirs.to_string().replace("<stale-rv>", "1").replace("<rv>", &revision);
        let (ours, theirs) = (settle(&ours.to_string()), settle(&told));
        let warned: Vec<&str> = case["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if ours == theirs && warnings == warned {
            return Ok(true);
        }
        let show = |value: &Value| match value.get("message").and_then(Value::as_str) {
            Some(message) => message.to_string(),
            None => value.to_string(),
        };
        Err(format!("{warnings:?} {}\n   instead of {warned:?} {}", show(&ours), show(&theirs)))
    });
}
