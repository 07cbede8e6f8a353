//! What the scheduler's filters say of single nodes, by facts of Kubernetes' own unit tests (`tests/facts/scheduler.yaml`).

#[path = "scheduler_facts/placement.rs"]
mod placement;
#[path = "scheduler_facts/preemption.rs"]
mod preemption;

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use podground::scheduler::framework::{Cycle, PodInfo, Snapshot};
use podground::scheduler::plugins;
use serde::Deserialize;
use serde_json::{Value, json};

/// Cases about one plugin.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    plugin: String,
    /// What is said of a node that does not fit, where a case does not say anything else.
    #[serde(default)]
    reason: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Nodes by name: labels, taints, `unschedulable`, `allocatable`.
    nodes: BTreeMap<String, Value>,
    /// Pods on nodes.
    #[serde(default)]
    existing: Vec<Value>,
    #[serde(default)]
    labels: Value,
    /// The pod's spec.
    #[serde(default)]
    spec: Value,
    /// The nodes that fit.
    fits: Vec<String>,
    /// What is said of the others, if it is not the group's reason.
    reason: Option<String>,
}

fn pod(name: &str, labels: &Value, spec: &Value) -> Rc<PodInfo> {
    let mut spec = spec.clone();
    if spec.is_null() {
        spec = json!({});
    }
    spec.as_object_mut().unwrap().entry("containers").or_insert(json!([{"name": "c"}]));
    let pod: Pod = serde_json::from_value(json!({"metadata": {"name": name, "namespace": "default", "uid": name, "labels": labels},
        "spec": spec}))
    .unwrap_or_else(|error| panic!("{error}"));
    Rc::new(PodInfo::new(Rc::new(pod)))
}

fn snapshot(case: &Case) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": "default"}})).unwrap();
    snapshot.namespaces.insert("default".to_owned(), Rc::new(namespace));
    for (name, node) in &case.nodes {
        let mut allocatable = json!({"cpu": "4", "memory": "8Gi", "pods": "110"});
        if !node["allocatable"].is_null() {
            allocatable = node["allocatable"].clone();
        }
        let spec = json!({"taints": node["taints"], "unschedulable": node["unschedulable"]});
        let node = json!({"metadata": {"name": name, "labels": node["labels"]}, "spec": spec, "status": {"allocatable": allocatable}});
        snapshot.set_node(Rc::new(serde_json::from_value::<Node>(node).unwrap()));
    }
    for (at, existing) in case.existing.iter().enumerate() {
        snapshot.set_pod(pod(&format!("p{at}"), &existing["labels"], &existing["spec"]));
    }
    snapshot.order();
    snapshot
}

/// What is said of each node; nothing of one that fits.
fn verdicts(case: &Case) -> BTreeMap<String, String> {
    let (snapshot, pod) = (snapshot(case), pod("new", &case.labels, &case.spec));
    let all = |message: &str| case.nodes.keys().map(|node| (node.clone(), message.to_owned())).collect();
    let cycle = match Cycle::new(plugins::DEFAULT, &snapshot, &pod) {
        Ok(cycle) => cycle,
        Err(diagnosis) => return all(diagnosis.pre_filter_message.as_deref().unwrap_or_default()),
    };
    let outcome = cycle.find(0);
    let absent = outcome.diagnosis.absent.as_ref().map(|rejection| rejection.reasons.join(", "));
    let said = |node: &String| {
        let rejection = outcome.diagnosis.rejections.get(node.as_str()).map(|rejection| rejection.reasons.join(", "));
        let fits = outcome.feasible.iter().any(|feasible| *feasible.name == **node);
        if fits { String::new() } else { rejection.or_else(|| absent.clone()).unwrap_or_default() }
    };
    case.nodes.keys().map(|node| (node.clone(), said(node))).collect()
}

#[test]
fn filters_say_what_the_real_ones_say() {
    let groups: Vec<Group> = serde_yaml::from_str(include_str!("facts/scheduler.yaml")).unwrap();
    let (mut cases, mut wrong) = (0, Vec::new());
    for group in &groups {
        for case in &group.cases {
            cases += 1;
            let reason = case.reason.as_ref().unwrap_or(&group.reason);
            let expected = case.nodes.keys().map(|node| (node.clone(), if case.fits.contains(node) { "" } else { reason }.to_owned()));
            let (expected, found) = (expected.collect::<BTreeMap<_, _>>(), verdicts(case));
            if found != expected {
                wrong.push(format!("{}: {}\n  says     {found:?}\n  expected {expected:?}", group.plugin, case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{cases} cases");
}
