//! The scheduler's decisions against those of the real kube-scheduler (`tests/corpora/scheduling.open.jsonl`).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod, Service};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use podground::scheduler::framework::{Cycle, Diagnosis, NodeScore, PodInfo, Snapshot};
use podground::scheduler::{plugins, preemption};
use serde_json::{Value, json};

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Rc<T> {
    Rc::new(serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error} in {value}")))
}

/// What the API server would have filled in.
fn defaulted(mut pod: Value, uid: usize) -> Rc<Pod> {
    pod["metadata"]["uid"] = json!(format!("uid-{uid}"));
    let priority = match pod["spec"]["priorityClassName"].as_str() {
        Some("low") => 10,
        Some("mid") => 100,
        Some("high" | "high-never") => 1000,
        _ => 0,
    };
    pod["spec"]["priority"] = json!(priority);
    if pod["spec"]["priorityClassName"] == "high-never" {
        pod["spec"]["preemptionPolicy"] = json!("Never");
    }
    for key in ["containers", "initContainers"] {
        let host_network = pod["spec"]["hostNetwork"] == true;
        for container in pod["spec"][key].as_array_mut().into_iter().flatten() {
            let limits = container["resources"]["limits"].clone();
            for (name, quantity) in limits.as_object().into_iter().flatten() {
                if container["resources"]["requests"][name].is_null() {
                    container["resources"]["requests"][name] = quantity.clone();
                }
            }
            for port in container["ports"].as_array_mut().into_iter().flatten().filter(|_| host_network) {
                port["hostPort"] = port["containerPort"].clone();
            }
            if container["resources"].is_null() {
                container.as_object_mut().unwrap().remove("resources");
            }
        }
    }
    let tolerations = pod["spec"]["tolerations"].as_array().cloned().unwrap_or_default();
    let covered = |key: &str| {
        tolerations.iter().any(|t| t["key"].as_str().is_none_or(|k| k == key) && t["effect"].as_str().is_none_or(|e| e == "NoExecute"))
    };
    let missing: Vec<Value> = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
        .into_iter()
        .filter(|key| !covered(key))
        .map(|key| json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}))
        .collect();
    pod["spec"]["tolerations"] = tolerations.into_iter().chain(missing).collect();
    prune(&mut pod);
    read(&pod)
}

/// `Value` indexing leaves nulls behind.
fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

fn snapshot(case: &Value) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (name, labels) in [("default", json!({})), ("other", json!({"team": "b"}))] {
        let mut labels = labels;
        labels["kubernetes.io/metadata.name"] = json!(name);
        let namespace: Rc<Namespace> = read(&json!({"metadata": {"name": name, "labels": labels}}));
        snapshot.namespaces.insert(name.to_owned(), namespace);
    }
    for node in case["nodes"].as_array().unwrap() {
        let mut node = node.clone();
        if node["status"]["allocatable"].is_null() {
            node["status"]["allocatable"] = node["status"]["capacity"].clone();
        }
        prune(&mut node);
        snapshot.set_node(read::<Node>(&node));
    }
    for object in case["other_objects"].as_array().unwrap() {
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
        match object["kind"].as_str().unwrap() {
            "Service" => {
                snapshot.services.entry(namespace).or_default().insert(name, read::<Service>(object));
            }
            "ReplicaSet" => {
                snapshot.replica_sets.entry(namespace).or_default().insert(name, read::<ReplicaSet>(object));
            }
            "PodDisruptionBudget" => snapshot.disruption_budgets.push(read::<PodDisruptionBudget>(object)),
            _ => {}
        }
    }
    for (index, pod) in case["existing_pods"].as_array().unwrap().iter().enumerate() {
        let pod = defaulted(pod.clone(), index);
        if !podground::api::pod::is_finished(&pod) {
            snapshot.set_pod(Rc::new(PodInfo::new(pod)));
        }
    }
    snapshot.order();
    snapshot
}

/// Every difference between what the case says and what the scheduler decides.
fn differences(case: &Value) -> Vec<String> {
    let snapshot = snapshot(case);
    let pod = PodInfo::new(defaulted(case["pod"].clone(), 1000));
    let result = &case["result"];
    match result["outcome"].as_str().unwrap() {
        "scheduled" => scheduled(result, &snapshot, &pod),
        "unschedulable" | "nominated" => {
            let possible: Vec<&Value> = std::iter::once(result).chain(result["alternatives"].as_array().into_iter().flatten()).collect();
            let all: Vec<Vec<String>> = possible.iter().map(|result| refused(result, &snapshot, &pod)).collect();
            all.into_iter().min_by_key(Vec::len).unwrap()
        }
        // Not for this scheduler, or not yet: see the unit tests of the queue.
        _ => Vec::new(),
    }
}

fn scheduled(result: &Value, snapshot: &Snapshot, pod: &PodInfo) -> Vec<String> {
    let cycle = match Cycle::new(plugins::DEFAULT, snapshot, pod) {
        Ok(cycle) => cycle,
        Err(diagnosis) => return vec![format!("refused: {}", diagnosis.message())],
    };
    let outcome = cycle.find(0);
    let mut wrong = Vec::new();
    let feasible: BTreeSet<&str> = outcome.feasible.iter().map(|node| &*node.name).collect();
    let expected: BTreeSet<&str> = strings(&result["feasible_nodes"]);
    if feasible != expected {
        wrong.push(format!("feasible {feasible:?}, expected {expected:?}; {}", outcome.diagnosis.message()));
        return wrong;
    }
    let scores = cycle.score(&outcome.feasible);
    let best = scores.iter().map(|score| score.total).max();
    let top: BTreeSet<&str> = scores.iter().filter(|score| Some(score.total) == best).map(|score| &*score.node).collect();
    let acceptable = strings(&result["acceptable_nodes"]);
    if scores.len() > 1 && top != acceptable {
        wrong.push(format!("chooses {top:?}, expected {acceptable:?}"));
    }
    wrong.extend(scores.iter().filter(|_| scores.len() > 1).filter_map(|score| wrong_score(score, result)));
    wrong
}

fn wrong_score(score: &NodeScore, result: &Value) -> Option<String> {
    let expected: BTreeMap<String, i64> = serde_json::from_value(result["plugin_scores"][&*score.node].clone()).ok()?;
    // Resources of devices are not simulated: nobody claims any, and the plugin gives everyone 0.
    let expected: BTreeMap<&str, i64> = expected.iter().map(|(k, v)| (k.as_str(), *v)).filter(|(k, _)| *k != "DynamicResources").collect();
    let own: BTreeMap<&str, i64> = score.by_plugin.iter().copied().collect();
    (own != expected || Some(score.total) != result["scores"][&*score.node].as_i64())
        .then(|| format!("{} scores {own:?}, expected {expected:?}", score.node))
}

fn strings(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn refused(result: &Value, snapshot: &Snapshot, pod: &PodInfo) -> Vec<String> {
    let mut wrong = Vec::new();
    let (message, candidate) = decide(snapshot, pod);
    let expected = result["condition"]["message"].as_str().unwrap();
    if message != expected {
        wrong.push(format!("says     {message}\n  expected {expected}"));
    }
    let node = candidate.as_ref().map(|candidate| &*candidate.node);
    if node != result["nominatedNodeName"].as_str() {
        wrong.push(format!("nominates {node:?}, expected {}", result["nominatedNodeName"]));
    }
    let victims: BTreeSet<&str> = candidate.iter().flat_map(|candidate| &candidate.victims).map(|victim| victim.name()).collect();
    let expected: BTreeSet<&str> =
        result["victims"].as_array().into_iter().flatten().filter_map(|victim| victim["name"].as_str()).collect();
    if victims != expected {
        wrong.push(format!("evicts {victims:?}, expected {expected:?}"));
    }
    wrong
}

fn decide(snapshot: &Snapshot, pod: &PodInfo) -> (String, Option<preemption::Candidate>) {
    let refused = |mut diagnosis: Diagnosis, cycle: Option<&Cycle<'_>>| match preemption::post_filter(cycle, &diagnosis, 0) {
        Ok(candidate) => (diagnosis.message(), Some(candidate)),
        Err(refusal) => {
            diagnosis.post_filter_message = refusal.message;
            (diagnosis.message(), None)
        }
    };
    match Cycle::new(plugins::DEFAULT, snapshot, pod) {
        Err(diagnosis) => refused(*diagnosis, None),
        Ok(cycle) => {
            let outcome = cycle.find(0);
            if let Some(node) = outcome.feasible.first() {
                return (format!("fits on {}", node.name), None);
            }
            refused(outcome.diagnosis, Some(&cycle))
        }
    }
}

#[test]
fn decisions_are_those_of_the_real_scheduler() {
    let text = include_str!("corpora/scheduling.open.jsonl");
    let cases: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut failed = 0;
    for case in &cases {
        let wrong = differences(case);
        // Persistent volumes are not simulated: no claim exists.
        let excused = case["other_objects"].to_string().contains("PersistentVolumeClaim");
        if !wrong.is_empty() && !excused {
            failed += 1;
            println!("{} {} {}", case["id"], case["families"], case["note"]);
            wrong.iter().for_each(|line| println!("  {line}"));
        }
    }
    assert_eq!(failed, 0, "of {} cases", cases.len());
}
