//! Applying, conflicts, forcing, giving up.
use super::{Manager, apply};
use crate::api::Kind;
use jiff::Timestamp;
use serde_json::{Value, json};

fn manager(name: &str) -> Manager {
    Manager { name: name.into(), apply: true, api_version: "apps/v1".into(), subresource: String::new(), time: Timestamp::UNIX_EPOCH }
}

fn config(spec: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
}

fn live() -> Value {
    let mut live =
        config(json!({"replicas": 2, "template": {"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}]}}}));
    live["metadata"]["managedFields"] = json!([{"manager": "kubectl-create", "operation": "Update", "apiVersion": "apps/v1", "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1"}]);
    live
}

#[test]
fn another_value_is_a_conflict() {
    let wanted = config(json!({"replicas": 5}));
    let refused = apply(Kind::Deployment, &live(), &wanted, &manager("me"), false).expect_err("a conflict");
    assert_eq!(refused.message, "Apply failed with 1 conflict: conflict with \"kubectl-create\" using apps/v1: .spec.replicas");
    let forced = apply(Kind::Deployment, &live(), &wanted, &manager("me"), true).expect("an object").value;
    assert_eq!(forced["spec"]["replicas"], 5);
    let mine = &forced["metadata"]["managedFields"][0];
    assert_eq!((mine["manager"].as_str(), &mine["fieldsV1"]), (Some("me"), &json!({"f:spec": {"f:replicas": {}}})));
}

#[test]
fn the_same_value_is_shared_and_lists_merge_by_key() {
    let wanted =
        config(json!({"replicas": 2, "template": {"spec": {"containers": [{"name": "b", "image": "2"}, {"name": "c", "image": "3"}]}}}));
    let applied = apply(Kind::Deployment, &live(), &wanted, &manager("me"), false).expect("an object").value;
    let names: Vec<&str> =
        applied["spec"]["template"]["spec"]["containers"].as_array().expect("a list").iter().filter_map(|c| c["name"].as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let without = config(json!({"replicas": 2}));
    let again = apply(Kind::Deployment, &applied, &without, &manager("me"), false).expect("an object").value;
    let names = again["spec"]["template"]["spec"]["containers"].as_array().expect("a list").len();
    assert_eq!(names, 2, "what only the applier owned is gone: {again}");
}

#[test]
fn what_does_not_fit_is_said() {
    let error = |spec: Value| apply(Kind::Deployment, &live(), &config(spec), &manager("me"), false).expect_err("an error").message;
    let prefix = "failed to create typed patch object (/web; apps/v1, Kind=Deployment): ";
    assert_eq!(error(json!({"foo": 1})), format!("{prefix}.spec.foo: field not declared in schema"));
    let twice = json!({"template": {"spec": {"containers": [{"name": "q"}, {"name": "q"}]}}});
    assert_eq!(error(twice), format!("{prefix}.spec.template.spec.containers: duplicate entries for key [name=\"q\"]"));
}
