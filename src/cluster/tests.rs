//! Faults, from the breaking to the healing.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use serde_json::json;

use super::{Cluster, Topology};
use crate::apiserver::{Method, Request};
use crate::client::DeleteOptions;
use crate::sim::{Sim, TraceKind};
use crate::store::Origin;

fn cluster() -> Cluster {
    Cluster::start(&Sim::new(1, 1_795_219_200), &Topology::built_in("reference").unwrap())
}

fn wait(cluster: &Cluster, seconds: u64) {
    let sim = cluster.sim();
    sim.run_until(sim.now() + Duration::from_secs(seconds), 50_000_000);
}

fn ready(cluster: &Cluster, node: &str) -> String {
    let node = cluster.client("test").get::<Node>("", node).unwrap();
    let conditions = node.status.as_ref().unwrap().conditions.clone().unwrap();
    conditions.into_iter().find(|c| c.type_ == "Ready").unwrap().status
}

fn pod(cluster: &Cluster, name: &str, node: &str) {
    let spec = json!({"nodeName": node, "containers": [{"name": "main", "image": "nginx"}]});
    let pod: Pod = serde_json::from_value(json!({"metadata": {"name": name, "namespace": "default"}, "spec": spec})).unwrap();
    cluster.client("test").create(pod).unwrap();
    wait(cluster, 30);
}

fn restarts(cluster: &Cluster, name: &str) -> i32 {
    let pod = cluster.client("test").get::<Pod>("default", name).unwrap();
    pod.status.as_ref().unwrap().container_statuses.as_ref().unwrap()[0].restart_count
}

#[test]
fn nodes_break_and_heal() {
    let cluster = cluster();
    for fault in ["kubelet node-1", "power node-1", "network node-1"] {
        cluster.order(fault).unwrap();
        wait(&cluster, 70);
        assert_eq!(ready(&cluster, "node-1"), "Unknown", "{fault}");
        assert_eq!(cluster.faults().iter().map(ToString::to_string).collect::<Vec<_>>(), [fault]);
        cluster.order(&format!("heal {fault}")).unwrap();
        wait(&cluster, 30);
        assert_eq!(ready(&cluster, "node-1"), "True", "{fault}");
    }
    let mut told = Vec::new();
    cluster.sim().trace().visit_since(0, |event| {
        if let TraceKind::Fault { what, broken } = &event.kind {
            told.push(format!("{what} {broken}"));
        }
    });
    assert_eq!(told.len(), 6);
    assert_eq!(told[0], "kubelet node-1 true");
}

#[test]
fn a_kubelet_that_starts_as_its_link_returns_gives_logs_again() {
    let cluster = cluster();
    pod(&cluster, "web", "node-1");
    for fault in ["kubelet node-1", "network node-1"] {
        cluster.order(fault).unwrap();
        wait(&cluster, 5);
    }
    // The kubelet is started while its node is cut off, and nothing of it has run when the link comes back.
    cluster.order("heal").unwrap();
    wait(&cluster, 5);
    let request = Request::new(Method::Get, "/api/v1/namespaces/default/pods/web/log", Origin::new("test"));
    assert_eq!(cluster.server().handle(request).status, 200);
}

#[test]
fn a_node_without_power_starts_its_pods_again() {
    let cluster = cluster();
    pod(&cluster, "web", "node-2");
    assert_eq!(restarts(&cluster, "web"), 0);
    cluster.order("power node-2").unwrap();
    wait(&cluster, 20);
    // Nobody is there to tell of it.
    assert_eq!(restarts(&cluster, "web"), 0);
    cluster.order("heal").unwrap();
    wait(&cluster, 30);
    assert_eq!(restarts(&cluster, "web"), 1);
}

#[test]
fn containers_and_processes_are_killed_once() {
    let cluster = cluster();
    pod(&cluster, "web", "node-1");
    cluster.order("kill web").unwrap();
    wait(&cluster, 5);
    assert_eq!(restarts(&cluster, "web"), 1);
    cluster.order("kill-process web main 1").unwrap();
    wait(&cluster, 30);
    assert_eq!(restarts(&cluster, "web"), 2);
    assert!(cluster.faults().is_empty());
    assert!(cluster.order("kill-process web main emacs").unwrap_err().starts_with("no process \"emacs\""));
    assert!(cluster.order("kill nobody").unwrap_err().starts_with("no container runs in the pod \"default/nobody\""));
    assert!(cluster.order("heal kill web").is_err());
}

#[test]
fn a_frozen_scheduler_places_nothing_until_it_is_thawed() {
    let cluster = cluster();
    cluster.order("freeze kube-scheduler").unwrap();
    let spec = json!({"containers": [{"name": "main", "image": "nginx"}]});
    let object: Pod = serde_json::from_value(json!({"metadata": {"name": "a", "namespace": "default"}, "spec": spec})).unwrap();
    cluster.client("test").create(object).unwrap();
    wait(&cluster, 60);
    let node = || cluster.client("test").get::<Pod>("default", "a").unwrap().spec.as_ref().unwrap().node_name.clone();
    assert_eq!(node(), None);
    cluster.order("heal freeze kube-scheduler").unwrap();
    wait(&cluster, 5);
    assert!(node().is_some());
    assert!(cluster.order("freeze nobody").unwrap_err().starts_with("there is no component \"nobody\""));
    assert!(cluster.order("power node-9").unwrap_err().starts_with("there is no node \"node-9\""));
}

#[test]
fn a_node_without_memory_evicts_and_recovers() {
    let cluster = cluster();
    pod(&cluster, "web", "node-1");
    cluster.order("memory node-1").unwrap();
    wait(&cluster, 15);
    let web = cluster.client("test").get::<Pod>("default", "web").unwrap();
    let status = web.status.clone().unwrap();
    assert_eq!((status.phase.as_deref(), status.reason.as_deref()), (Some("Failed"), Some("Evicted")));
    assert!(
        status.conditions.unwrap().iter().any(|c| c.type_ == "DisruptionTarget" && c.reason.as_deref() == Some("TerminationByKubelet"))
    );
    let node = cluster.client("test").get::<Node>("", "node-1").unwrap();
    let taints = node.spec.as_ref().unwrap().taints.clone().unwrap_or_default();
    assert!(taints.iter().any(|taint| taint.key == "node.kubernetes.io/memory-pressure"));
    cluster.order("heal").unwrap();
    wait(&cluster, 330);
    let node = cluster.client("test").get::<Node>("", "node-1").unwrap();
    assert_eq!(node.spec.as_ref().unwrap().taints, None);
}

#[test]
fn without_nodes_nobody_but_clients_writes_to_a_pod() {
    let cluster = Cluster::start(&Sim::new(1, 1_795_219_200), &Topology::built_in("no-nodes").unwrap());
    let spec = json!({"containers": [{"name": "main", "image": "nginx"}]});
    let pod: Pod = serde_json::from_value(json!({"metadata": {"name": "web", "namespace": "default"}, "spec": spec})).unwrap();
    cluster.client("test").create(pod).unwrap();
    wait(&cluster, 30);
    let pod = cluster.client("test").get::<Pod>("default", "web").unwrap();
    let status = pod.status.as_ref().unwrap();
    assert_eq!(status.phase.as_deref(), Some("Pending"));
    assert_eq!(status.conditions.as_ref().unwrap()[0].message.as_deref(), Some("no nodes available to schedule pods"));
}

#[test]
fn the_service_of_the_api_server_comes_back() {
    let cluster = cluster();
    let client = cluster.client("test");
    client.delete::<Service>("default", "kubernetes", DeleteOptions::default()).unwrap();
    assert!(client.get::<Service>("default", "kubernetes").is_none());
    wait(&cluster, 10);
    let service = client.get::<Service>("default", "kubernetes").unwrap();
    assert_eq!(service.spec.as_ref().unwrap().cluster_ip.as_deref(), Some("10.96.0.1"));
    assert!(client.get::<EndpointSlice>("default", "kubernetes").is_some());
}
