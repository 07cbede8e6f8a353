use std::rc::Rc;

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use super::{Explanation, explain_in};
use crate::scheduler::framework::{PodInfo, Snapshot};

fn cluster(nodes: &[Value], pods: &[Value]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (number, extra) in nodes.iter().enumerate() {
        let mut node = json!({"metadata": {"name": format!("node-{}", number + 1), "labels": {}}, "spec": {},
            "status": {"allocatable": {"cpu": "2", "memory": "4Gi", "pods": "10"}}});
        for (key, value) in extra.as_object().unwrap() {
            match key.as_str() {
                "labels" => node["metadata"]["labels"] = value.clone(),
                key => node["spec"][key] = value.clone(),
            }
        }
        snapshot.set_node(Rc::new(serde_json::from_value(node).unwrap()));
    }
    for (number, spec) in pods.iter().enumerate() {
        let mut pod = json!({"metadata": {"name": format!("p{number}"), "namespace": "default", "uid": format!("u{number}"), "labels": {"app": "web"}}});
        pod["spec"] = spec.clone();
        snapshot.set_pod(Rc::new(PodInfo::new(Rc::new(serde_json::from_value(pod).unwrap()))));
    }
    snapshot.order();
    snapshot
}

/// The first remedy, as text.
fn first_remedy(snapshot: &Snapshot, spec: Value) -> String {
    let mut pod = json!({"metadata": {"name": "new", "namespace": "default", "uid": "new", "labels": {"app": "web"}}});
    pod["spec"] = spec;
    if pod["spec"]["containers"].is_null() {
        pod["spec"]["containers"] = json!([{"name": "main", "image": "nginx"}]);
    }
    let pod: Pod = serde_json::from_value(pod).unwrap();
    match explain_in(snapshot, &Rc::new(pod)) {
        Explanation::Refused { remedies, .. } => remedies.first().map_or("none".to_owned(), |remedy| {
            let changes: Vec<String> = remedy.changes.iter().map(|change| format!("{} {:?}", change.field, change.what)).collect();
            format!("{} -> {}", changes.join(" + "), remedy.node)
        }),
        other => format!("{other:?}"),
    }
}

#[test]
fn the_smallest_change_is_named_and_works() {
    let plain = cluster(
        &[json!({}), json!({})],
        &[json!({"nodeName": "node-1", "containers": [{"name": "a", "resources": {"requests": {"cpu": "500m"}}}]})],
    );
    let requests = json!({"containers": [{"name": "main", "resources": {"requests": {"cpu": "8"}}}]});
    assert_eq!(first_remedy(&plain, requests), r#"spec.containers[0].resources.requests.cpu Set { to: "2" } -> node-2"#);

    let disks = cluster(&[json!({"labels": {"disktype": "hdd"}}), json!({})], &[]);
    assert_eq!(
        first_remedy(&disks, json!({"nodeSelector": {"disktype": "ssd"}})),
        r#"spec.nodeSelector.disktype Set { to: "hdd" } -> node-1"#
    );
    assert_eq!(first_remedy(&disks, json!({"nodeSelector": {"gpu": "true"}})), "spec.nodeSelector.gpu Remove -> node-1");

    let tainted = cluster(&[json!({"taints": [{"key": "team", "value": "red", "effect": "NoSchedule"}]})], &[]);
    let expected = r#"spec.tolerations Tolerate { key: "team", value: "red", effect: "NoSchedule" } -> node-1"#;
    assert_eq!(first_remedy(&tainted, json!({})), expected);

    let cordoned =
        cluster(&[json!({"unschedulable": true, "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]})], &[]);
    assert_eq!(first_remedy(&cordoned, json!({})), "node/node-1 Uncordon -> node-1");

    let port = json!({"containers": [{"name": "main", "ports": [{"containerPort": 80, "hostPort": 80}]}]});
    let mut taken = port.clone();
    taken["nodeName"] = json!("node-1");
    assert_eq!(first_remedy(&cluster(&[json!({})], &[taken]), port), "spec.containers[0].ports[0].hostPort Remove -> node-1");
}

#[test]
fn two_changes_are_named_where_one_is_not_enough() {
    let snapshot = cluster(&[json!({"unschedulable": true, "labels": {"disktype": "hdd"}})], &[]);
    let text = first_remedy(&snapshot, json!({"nodeSelector": {"disktype": "ssd"}}));
    assert_eq!(text, r#"spec.nodeSelector.disktype Set { to: "hdd" } + node/node-1 Uncordon -> node-1"#);
}

#[test]
fn a_verdict_names_the_fields_that_decided() {
    let snapshot = cluster(&[json!({})], &[]);
    let pod = json!({"metadata": {"name": "new", "namespace": "default"}, "spec": {"containers": [
        {"name": "a", "resources": {"requests": {"cpu": "1"}}}, {"name": "b", "resources": {"requests": {"cpu": "9"}}}]}});
    let Explanation::Refused { verdicts, .. } = explain_in(&snapshot, &Rc::new(serde_json::from_value(pod).unwrap())) else { panic!() };
    assert_eq!(verdicts[0].fields, ["spec.containers[0].resources.requests.cpu", "spec.containers[1].resources.requests.cpu"]);
}
