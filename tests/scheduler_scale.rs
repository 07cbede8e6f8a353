//! How long a scheduling decision takes in a large cluster. Prints; run with
//! `cargo test --release --test scheduler_scale -- --ignored --nocapture`.

use std::rc::Rc;
#[allow(clippy::disallowed_types, reason = "a measurement of the host's time")]
use std::time::Instant;

use k8s_openapi::api::core::v1::{Node, Pod};
use podground::scheduler::framework::{Cycle, PodInfo, Snapshot};
use podground::scheduler::plugins;
use serde_json::json;

fn node(number: usize) -> Rc<Node> {
    let zone = format!("zone-{}", number % 5);
    let node = json!({"metadata": {"name": format!("node-{number}"), "labels": {"kubernetes.io/hostname": format!("node-{number}"),
        "topology.kubernetes.io/zone": zone}}, "spec": {},
        "status": {"allocatable": {"cpu": "4", "memory": "16Gi", "pods": "110"}, "images": [{"names": ["nginx:1.27"], "sizeBytes": 70000000}]}});
    Rc::new(serde_json::from_value(node).unwrap())
}

fn pod(number: usize) -> Rc<PodInfo> {
    let pod = json!({"metadata": {"name": format!("pod-{number}"), "namespace": "default", "uid": format!("uid-{number}"),
        "labels": {"app": format!("app-{}", number % 50)}},
        "spec": {"containers": [{"name": "main", "image": "nginx:1.27", "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}}]}});
    Rc::new(PodInfo::new(Rc::new(serde_json::from_value::<Pod>(pod).unwrap())))
}

#[test]
#[ignore = "a measurement"]
#[allow(clippy::disallowed_types)]
fn decisions_in_a_cluster_of_5000_nodes_and_10000_pods() {
    let (nodes, pods) = (5000, 10_000);
    let mut snapshot = Snapshot::default();
    (0..nodes).for_each(|number| snapshot.set_node(node(number)));
    snapshot.order();
    let begin = Instant::now();
    let mut start = 0;
    for number in 0..pods {
        let pod = pod(number);
        let cycle = Cycle::new(plugins::DEFAULT, &snapshot, &pod).unwrap_or_else(|_| panic!("refused"));
        let outcome = cycle.find(start);
        start = (start + outcome.evaluated) % nodes;
        let scores = cycle.score(&outcome.feasible);
        drop((outcome, cycle));
        let best = scores.iter().max_by_key(|score| score.total).unwrap().node.clone();
        snapshot.put_pod(pod, &best);
    }
    let each = begin.elapsed().as_secs_f64() * 1e6 / pods as f64;
    println!("{each:.1} microseconds a decision ({nodes} nodes, {pods} pods)");
}
