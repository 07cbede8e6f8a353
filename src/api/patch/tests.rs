//! Patches as kubectl and learners send them.
use super::{PatchType, apply, create_three_way_patch, json_patch, merge_patch, strategic_merge_patch};
use crate::api::Kind;
use crate::api::decode::FieldValidation;
use serde_json::{Value, json};

fn pod(containers: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "finalizers": ["a", "b"]}, "spec": {"containers": containers}})
}

#[test]
fn containers_merge_by_name() {
    let original = pod(json!([{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "2"}]));
    let patch = json!({"spec": {"containers": [{"name": "b", "image": "3"}, {"name": "c", "image": "4"}]}});
    let patched = strategic_merge_patch(Kind::Pod, original.clone(), patch).expect("a patch");
    let expected = json!([{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "3"}, {"name": "c", "image": "4"}]);
    assert_eq!(patched["spec"]["containers"], expected);
    let delete =
        json!({"spec": {"containers": [{"name": "a", "$patch": "delete"}]}, "metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}});
    let patched = strategic_merge_patch(Kind::Pod, original, delete).expect("a patch");
    assert_eq!(patched["spec"]["containers"], json!([{"name": "b", "image": "2"}]));
    assert_eq!(patched["metadata"]["finalizers"], json!(["b"]));
}

#[test]
fn an_order_can_be_set() {
    let original = pod(json!([{"name": "a"}, {"name": "b"}, {"name": "server"}]));
    let patch = json!({"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}});
    let patched = strategic_merge_patch(Kind::Pod, original, patch).expect("a patch");
    assert_eq!(patched["spec"]["containers"], json!([{"name": "b"}, {"name": "a"}, {"name": "server"}]));
}

#[test]
fn apply_changes_what_differs_and_deletes_what_is_gone() {
    let original = pod(json!([{"name": "a", "image": "1"}, {"name": "b", "image": "2", "env": [{"name": "X", "value": "1"}]}]));
    let modified = pod(json!([{"name": "a", "image": "9"}]));
    let current = pod(json!([{"name": "a", "image": "1", "imagePullPolicy": "Always"}, {"name": "b", "image": "2"}]));
    let patch = create_three_way_patch(Kind::Pod, &original, &modified, &current).expect("a patch");
    let expected = json!({"spec": {
        "$setElementOrder/containers": [{"name": "a"}],
        "containers": [{"name": "a", "image": "9"}, {"name": "b", "$patch": "delete"}],
    }});
    assert_eq!(patch, expected);
    assert_eq!(create_three_way_patch(Kind::Pod, &modified, &modified, &modified).expect("a patch"), json!({}));
}

#[test]
fn retained_keys_replace_a_strategy() {
    let deployment = |strategy: Value| json!({"kind": "Deployment", "spec": {"strategy": strategy}});
    let rolling = deployment(json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}));
    let recreate = deployment(json!({"type": "Recreate"}));
    let patch = create_three_way_patch(Kind::Deployment, &rolling, &recreate, &rolling).expect("a patch");
    let expected = json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate", "rollingUpdate": null}}});
    assert_eq!(patch, expected);
    let patched = strategic_merge_patch(Kind::Deployment, rolling, patch).expect("a patch");
    assert_eq!(patched["spec"]["strategy"], json!({"type": "Recreate"}));
}

#[test]
fn json_and_merge_patches() {
    let document = json!({"a": [1, 2], "b": {"c": 1}});
    let patched = json_patch(
        document.clone(),
        br#"[{"op":"add","path":"/a/-","value":3},{"op":"remove","path":"/b/c"},{"op":"test","path":"/a/0","value":1}]"#,
    );
    assert_eq!(patched, Ok(json!({"a": [1, 2, 3], "b": {}})));
    assert!(json_patch(document.clone(), br#"[{"op":"remove","path":"/nope"}]"#).is_err());
    let mut target = document;
    merge_patch(&mut target, json!({"a": null, "b": {"d": {"e": null}}}));
    assert_eq!(target, json!({"b": {"c": 1, "d": {}}}));
}

#[test]
fn json_patches_are_read_strictly_and_are_not_endless() {
    let patch = |body: &str, validation| apply(Kind::Pod, pod(json!([])), PatchType::Json, body.as_bytes(), validation);
    let odd = r#"[{"op":"test","path":"/kind","value":"Pod","why":1,"op":"test"}]"#;
    let refused = patch(odd, FieldValidation::Strict).expect_err("a refusal").message;
    let said = r#"strict decoding error: json patch unknown field "[0].why", json patch duplicate field "[0].op""#;
    assert!(refused.ends_with(said), "{refused}");
    let warnings = patch(odd, FieldValidation::Warn).expect("a pod").warnings;
    assert_eq!(warnings, [r#"json patch unknown field "[0].why""#, r#"json patch duplicate field "[0].op""#]);
    let operation = r#"{"op":"test","path":"/kind","value":"Pod"}"#;
    let many = format!("[{}]", vec![operation; 10_001].join(","));
    let refused = patch(&many, FieldValidation::Strict).expect_err("a refusal");
    let said = "Request entity is too large: The allowed maximum operations in a JSON patch is 10000, got 10001";
    assert_eq!((refused.code, refused.message.as_str()), (413, said));
}
