//! Objects in every state: the server's Table, and what kubectl prints of it.
mod corpus;
use corpus::cluster::{Desk, ask, difference, plain, put, times};
use corpus::{cases, json, run, text};
use podground::api::{Kind, Object};
use podground::apiserver::{ApiServer, DeleteOptions, Method, Origin, Subresource, WriteOptions};
use serde_json::{Value, json};

const NAMESPACE: &str = "tbl";

fn read(value: &Value, server: &ApiServer) -> Object {
    let value: Value = serde_json::from_str(&times(&value.to_string(), server)).expect("JSON");
    let api_version = text(&value, "apiVersion").to_string();
    let group = api_version.split_once('/').map(|(group, _)| group).unwrap_or_default();
    Object::from_json(Kind::find(group, text(&value, "kind")).expect("a known kind"), value).expect("an object")
}

/// Creates an object as a client does, and sets its status.
fn make(server: &ApiServer, value: &Value, status: Option<&Value>) -> Object {
    let by = Origin::new("corpora");
    let object = read(value, server);
    let fresh = server.create(&by, object, WriteOptions::default()).unwrap_or_else(|status| panic!("{}", status.message));
    let mut changed = fresh.to_json();
    if fresh.kind() == Kind::Node {
        // Its taint of a new node was taken away.
        changed["spec"]["taints"] = value["spec"]["taints"].clone();
        let object = read(&changed, server);
        server.update(&by, object, Subresource::None, WriteOptions::default()).unwrap_or_else(|status| panic!("{}", status.message));
        changed = server.get(&fresh.key()).expect("the node").to_json();
    }
    let Some(status) = status.filter(|status| !status.is_null()) else { return fresh };
    changed["status"] = status.clone();
    let changed = read(&changed, server);
    server.update(&by, changed.clone(), Subresource::Status, WriteOptions::default()).unwrap_or_else(|_| {
        // What validation would refuse, the recording cluster was given by its storage.
        server.store().update(&by, changed, None).expect("a change")
    })
}

fn event(server: &ApiServer, about: &Object, number: usize, given: &Value) {
    let mut event = given.clone();
    let mut involved = json!({"apiVersion": about.kind().info().api_version(), "kind": about.kind().info().kind, "name": about.name(),
        "namespace": about.namespace(), "uid": about.uid()});
    if let Some(path) = given.pointer("/involvedObject/fieldPath") {
        involved["fieldPath"] = path.clone();
    }
    event["involvedObject"] = involved;
    event["apiVersion"] = "v1".into();
    event["kind"] = "Event".into();
    event["metadata"] = json!({"name": format!("e{number}"), "namespace": about.namespace()});
    put(server, serde_json::from_str(&times(&event.to_string(), server)).expect("JSON"));
}

/// The case's object and those around it.
fn stage(case: &Value) -> (ApiServer, Object) {
    let server = plain(&[NAMESPACE]);
    let object = make(&server, &case["object"], case.get("status"));
    let list = |field: &str| case[field].as_array().cloned().unwrap_or_default();
    list("events").iter().enumerate().for_each(|(number, given)| event(&server, &object, number, given));
    for other in list("with_pods").iter().chain(&list("extra")) {
        make(&server, other, None);
    }
    for pair in list("owned") {
        let mut owned = pair[0].clone();
        let info = object.kind().info();
        owned["metadata"]["ownerReferences"] =
            json!([{"apiVersion": info.api_version(), "kind": info.kind, "name": object.name(), "uid": object.uid(), "controller": true}]);
        make(&server, &owned, pair.get(1));
    }
    for pair in list("rs_pods") {
        let info = object.kind().info();
        let owner =
            json!([{"apiVersion": info.api_version(), "kind": info.kind, "name": object.name(), "uid": object.uid(), "controller": true}]);
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": pair[0], "namespace": NAMESPACE,
            "labels": case["object"]["spec"]["selector"]["matchLabels"], "ownerReferences": owner},
            "spec": {"containers": [{"name": "c", "image": "nginx"}]}});
        make(&server, &pod, pair.get(1));
    }
    for triple in list("extra_ns") {
        let mut other = triple[1].clone();
        other["metadata"]["namespace"] = object.name().into();
        make(&server, &other, triple.get(2));
    }
    if case["lease"] == true {
        let spec = json!({"holderIdentity": object.name(), "leaseDurationSeconds": 40, "renewTime": "2026-11-20T10:00:00.000000Z"});
        let metadata = json!({"name": object.name(), "namespace": "kube-node-lease"});
        put(&server, json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}));
    }
    if let Some(grace) = case["delete"].as_i64() {
        let options = DeleteOptions { grace_period_seconds: Some(grace), ..DeleteOptions::default() };
        server.delete(&Origin::new("corpora"), &object.key(), &options).unwrap_or_else(|status| panic!("{}", status.message));
    }
    (server, object)
}

fn path(object: &Object) -> String {
    let info = object.kind().info();
    let root = if info.group.is_empty() { "/api".to_string() } else { format!("/apis/{}", info.group) };
    let scope = if info.namespaced { format!("/namespaces/{}", object.namespace()) } else { String::new() };
    format!("{root}/{}{scope}/{}/{}", info.version, info.plural, object.name())
}

#[test]
fn tables() {
    let definitions = json("tables.columns.json");
    run("tables", &cases("tables.open.jsonl"), |case| {
        let (server, object) = stage(case);
        let accept = ("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        let answer = ask(&server, Method::Get, &path(&object), None, &[accept]);
        let table: Value = serde_json::from_str(&answer.text).map_err(|_| answer.text)?;
        let columns = &table["columnDefinitions"];
        if *columns != definitions[text(case, "kind")] {
            let pairs = columns.as_array().into_iter().flatten().zip(definitions[text(case, "kind")].as_array().into_iter().flatten());
            let first = pairs.into_iter().find(|(left, right)| left != right);
            return Err(format!("columns {first:?}"));
        }
        let mut cells = table["rows"][0]["cells"].clone();
        for (cell, column) in cells.as_array_mut().into_iter().flatten().zip(columns.as_array().into_iter().flatten()) {
            if column["name"] == "Age" {
                *cell = "<age>".into();
            }
        }
        let theirs = &case["table"]["cells"];
        if difference(&cells, theirs, "").is_none() { Ok(true) } else { Err(format!("{cells} instead of {theirs}")) }
    });
}

fn printed(case: &Value, extra: &[&str]) -> String {
    let (server, object) = stage(case);
    let desk = Desk::new(&server);
    let resource = object.kind().info().plural;
    let namespace = if object.namespace().is_empty() { "default" } else { object.namespace() };
    let mut words = extra.to_vec();
    words.splice(1..1, [resource, object.name(), "-n", namespace]);
    let ran = desk.kubectl(&words);
    ran.stdout + &ran.stderr
}

#[test]
fn kubectl_get() {
    run("tables-get", &cases("tables.open.jsonl"), |case| {
        for (words, field) in [(&["get"][..], "kubectl_get"), (&["get", "-o", "wide"], "kubectl_get_wide")] {
            let mut ours = printed(case, words);
            if text(case, field).contains("<uid>") {
                ours = settle(&ours, case);
            }
            if ours != text(case, field) {
                return Err(format!("{field}\n{ours}instead of\n{}", text(case, field)));
            }
        }
        Ok(true)
    });
}

/// Without what differs from cluster to cluster.
fn settle(described: &str, case: &Value) -> String {
    let mut out = String::new();
    for line in described.lines() {
        let mut line = line.to_string();
        if let Some(at) = line.find("(lasts ") {
            line.replace_range(at.., "(lasts <age>)");
        }
        for (field, value) in [("CreationTimestamp:", "<created>"), ("Creation Timestamp:", "<created>"), ("Resource Version:", "<rv>")] {
            if let Some(rest) = line.trim_start().strip_prefix(field) {
                let start = line.len() - rest.trim_start().len();
                line.replace_range(start.., value);
            }
        }
        // The object's own uid; those that the case names stay.
        let words: Vec<String> = line.split([' ', '=', ',']).map(str::to_string).collect();
        for word in words.iter().filter(|word| word.len() == 36 && word.bytes().filter(|b| *b == b'-').count() == 4) {
            if !case.to_string().contains(word.as_str()) {
                line = line.replace(word.as_str(), "<uid>");
            }
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[test]
fn kubectl_describe() {
    run("tables-describe", &cases("tables.open.jsonl"), |case| {
        let ours = settle(&printed(case, &["describe"]), case);
        let (server, _) = stage(case);
        let theirs = times(text(case, "describe"), &server);
        if ours == theirs {
            return Ok(true);
        }
        let mut lines = ours.lines().zip(theirs.lines());
        let first = lines.find(|(left, right)| left != right);
        Err(format!("{}: {first:?} ({} lines instead of {})", text(case, "note"), ours.lines().count(), theirs.lines().count()))
    });
}
