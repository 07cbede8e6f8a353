//! Whose pods are whose.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Node, Pod, Taint};
use serde_json::json;

use super::Fixture;

#[test]
fn a_job_with_a_selector_of_its_own_takes_in_pods_and_lets_go_of_others() {
    let fixture = Fixture::new(1);
    let spec = json!({"containers": [{"name": "main", "image": "nginx"}]});
    let labels = json!({"app": "batch"});
    fixture.apply::<Pod>(json!({"metadata": {"name": "stray", "namespace": "default", "labels": labels}, "spec": spec}));
    fixture.wait(1000);
    let template = json!({"metadata": {"labels": labels}, "spec": {"restartPolicy": "Never", "containers": spec["containers"]}});
    fixture.apply::<Job>(json!({"metadata": {"name": "batch", "namespace": "default"}, "spec": {"parallelism": 1, "completions": 1,
        "backoffLimit": 6, "manualSelector": true, "selector": {"matchLabels": labels}, "template": template}}));
    fixture.wait(2000);
    let stray = || fixture.client.get::<Pod>("default", "stray").unwrap();
    assert_eq!(fixture.pods().len(), 1, "the pod that was there is the Job's");
    assert_eq!(stray().metadata.owner_references.as_ref().unwrap()[0].name, "batch");
    assert_eq!(stray().metadata.finalizers.as_deref().unwrap(), ["batch.kubernetes.io/job-tracking"]);
    let mut other = (*stray()).clone();
    other.metadata.labels = None;
    fixture.client.update(other).unwrap();
    fixture.wait(50);
    assert_eq!((&stray().metadata.owner_references, &stray().metadata.finalizers), (&None, &None), "it is let go");
    assert_eq!(fixture.pods().len(), 2, "and replaced");
}

#[test]
fn pods_on_their_way_out_leave_a_node_that_is_out_of_service() {
    let fixture = Fixture::new(1);
    let spec = json!({"nodeName": "node-1", "containers": [{"name": "main", "image": "nginx"}]});
    fixture.apply::<Pod>(json!({"metadata": {"name": "held", "namespace": "default"}, "spec": spec}));
    fixture.wait(1000);
    let change = |change: fn(&mut Node)| {
        let mut node = (*fixture.client.get::<Node>("", "node-1").unwrap()).clone();
        change(&mut node);
        fixture.client.update(node).unwrap();
    };
    // A cut-off node: the fixture's kubelet leaves its pods alone.
    change(|node| node.metadata.annotations = Some([("cut".to_owned(), "off".to_owned())].into()));
    fixture.client.delete::<Pod>("default", "held", Default::default()).unwrap();
    fixture.wait(60_000);
    assert_eq!(fixture.pods().len(), 1);
    change(|node| {
        let taint = Taint { key: "node.kubernetes.io/out-of-service".into(), effect: "NoExecute".into(), ..Taint::default() };
        node.spec.get_or_insert_default().taints.get_or_insert_default().push(taint);
    });
    fixture.wait(1000);
    assert_eq!(fixture.pods().len(), 0);
}
