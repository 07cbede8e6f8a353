//! Recorded requests through the whole API server: creates with every way of being refused, and selected lists.
mod corpus;
use corpus::cluster::{ask, difference, plain, put, recorded};
use corpus::{cases, expand, json, run, text};
use podground::apiserver::{ApiServer, Method};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn created(server: &ApiServer, case: &Value) -> Result<bool, String> {
    let body = if case["macros"] == true { expand(text(case, "body")) } else { text(case, "body").to_string() };
    let answer = ask(server, Method::Post, text(case, "path"), Some((text(case, "content_type"), &body)), &[]);
    let ours = json!({"code": answer.code, "body": serde_json::from_str::<Value>(&answer.text).unwrap_or_else(|_| answer.text.trim_end().into()), "warnings": answer.warnings});
    let alternatives = case["alternatives"].as_array().into_iter().flatten();
    let mut last = String::new();
    for result in std::iter::once(case).chain(alternatives) {
        let code = result.get("status_code").or(result.get("code")).unwrap_or(&case["status_code"]);
        let body = ["status", "object", "text"].iter().find_map(|field| result.get(*field).filter(|body| !body.is_null()));
        let mut body = body.cloned().unwrap_or_default();
        if case["macros"] == true {
            body = serde_json::from_str(&expand(&body.to_string())).unwrap_or(body);
        }
        let body = body.as_str().map_or(body.clone(), |text| text.trim_end().into());
        let theirs = json!({"code": code, "body": body, "warnings": result.get("warnings").unwrap_or(&case["warnings"])});
        match difference(&ours, &theirs, "") {
            None => return Ok(true),
            Some(what) if last.is_empty() => last = format!("{what} ({})", text(&ours["body"], "message")),
            Some(_) => {}
        }
    }
    Err(format!("{last}\n   {} {}", text(case, "path"), text(case, "body").chars().take(300).collect::<String>()))
}

#[test]
fn creates() {
    let server = recorded();
    run("creates", &cases("validation.open.jsonl"), |case| created(&server, case));
}

/// The objects among which the recorded requests select.
fn selected_among() -> ApiServer {
    let server = plain(&["sel"]);
    let fixture = json("selectors.fixture.json");
    for pod in fixture["sel-fixture"]["pods"].as_array().into_iter().flatten() {
        let mut spec = pod["spec"].clone();
        spec["containers"] = json!([{"name": "c", "image": "nginx"}]);
        for (field, value) in [("restartPolicy", "Always"), ("schedulerName", "default-scheduler"), ("serviceAccountName", "default")] {
            if spec[field].is_null() {
                spec[field] = value.into();
            }
        }
        let mut status = pod["status"].clone();
        if status["phase"].is_null() {
            status["phase"] = "Pending".into();
        }
        let metadata = json!({"name": pod["name"], "namespace": "sel", "labels": pod["labels"]});
        put(&server, json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}));
    }
    for (name, cordoned) in [("n1", false), ("n2", true)] {
        put(&server, json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": {"unschedulable": cordoned}}));
    }
    server
}

#[test]
fn selected_lists() {
    let server = selected_among();
    run("lists", &cases("selectors.open.jsonl"), |case| {
        // The other objects of the recorded cluster are only hinted at.
        let known = matches!(text(case, "resource"), "pods" | "nodes") || case["status_code"] != 200;
        if !text(case, "type").starts_with("api-") || !known {
            return Ok(false);
        }
        let answer = ask(&server, Method::Get, text(case, "path"), None, &[]);
        let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        if case["status_code"] != 200 {
            return difference(&body, &case["status"], "").map_or(Ok(true), Err);
        }
        let names: BTreeSet<&str> = body["items"].as_array().into_iter().flatten().map(|item| text(&item["metadata"], "name")).collect();
        let theirs: BTreeSet<&str> = case["names"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if names == theirs { Ok(true) } else { Err(format!("{}: {names:?} instead of {theirs:?}", text(case, "path"))) }
    });
}

/// Bodies of subresources are read as strictly as objects are: path, method, body, code, message.
#[test]
fn bodies_of_subresources() {
    let server = recorded();
    let pod = "/api/v1/namespaces/default/pods/existing";
    let scale = "/apis/apps/v1/namespaces/default/deployments/existing/scale";
    let eviction = r#"{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"existing"}}"#;
    let cases: &[(&str, Method, &str, u16, &str)] = &[
        (
            scale,
            Method::Put,
            r#"{"metadata":{"name":"existing"},"spec":{"replicas":-1}}"#,
            422,
            "Scale.autoscaling \"existing\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            scale,
            Method::Put,
            r#"{"metadata":{"name":"existing"},"spec":{"replicas":"1"}}"#,
            400,
            "Scale in version \"v1\" cannot be handled as a Scale: json: cannot unmarshal string into Go struct field \
             ScaleSpec.spec.replicas of type int32",
        ),
        (
            scale,
            Method::Put,
            r#"{"metadata":{"name":"existing"},"spec":{"replica":1}}"#,
            400,
            "Scale in version \"v1\" cannot be handled as a Scale: strict decoding error: unknown field \"spec.replica\"",
        ),
        (
            scale,
            Method::Put,
            r#"{"metadata":{"name":"other"}}"#,
            400,
            "the name of the object (other) does not match the name on the URL (existing)",
        ),
        (scale, Method::Put, "{}", 400, "the name of the object (existing based on URL) was undeterminable: name must be provided"),
        (scale, Method::Put, r#"{"metadata":{"name":"existing"},"spec":{"replicas":2}}"#, 200, ""),
        (
            pod,
            Method::Delete,
            r#"{"gracePeriodSeconds":"x"}"#,
            400,
            "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64",
        ),
        (
            "/api/v1/namespaces/default/pods/existing/eviction",
            Method::Post,
            r#"{"metadata":{"name":"other"}}"#,
            400,
            "name in URL does not match name in Eviction object",
        ),
        ("/api/v1/namespaces/default/pods/existing/eviction", Method::Post, eviction, 201, ""),
        (
            "/api/v1/namespaces/default/pods/existing/binding",
            Method::Post,
            r#"{"target":{"name":"a"}}"#,
            400,
            "name in URL does not match name in Binding object",
        ),
    ];
    for (path, method, body, code, message) in cases {
        let path = format!("{path}?fieldValidation=Strict&dryRun=All");
        let answer = ask(&server, *method, &path, Some(("application/json", body)), &[]);
        let json: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        assert_eq!((answer.code, json["message"].as_str().unwrap_or_default()), (*code, *message), "{path} {body}");
    }
}
