//! Who has to go for a more important pod: facts written in words (`tests/facts/preemption.yaml`).

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use podground::scheduler::framework::{Code, Cycle, Diagnosis, PodInfo, Rejection, Snapshot};
use podground::scheduler::{plugins, preemption};
use serde::Deserialize;
use serde_json::{Value, json};

use super::placement;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Labels and amounts of nodes by name. Those that are not told of hold a pod that is `huge`.
    #[serde(default)]
    nodes: BTreeMap<String, String>,
    /// The pods on each node; they are called `a1`, `a2`, …
    pods: BTreeMap<String, Vec<String>>,
    pod: String,
    /// Nodes that nobody's leaving makes fit.
    #[serde(default)]
    hopeless: Vec<String>,
    /// Where room was made before.
    nominated: Option<String>,
    #[serde(default)]
    budgets: Vec<Budget>,
    /// Which pods would have to leave each node.
    from: Option<BTreeMap<String, String>>,
    /// How many of them a budget protects.
    #[serde(default)]
    violations: BTreeMap<String, usize>,
    /// The node that is chosen.
    best: Option<String>,
    /// Why none is.
    says: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    of: String,
    #[serde(default)]
    allowed: i32,
    #[serde(default)]
    disrupted: Vec<String>,
}

const PRIORITIES: [(&str, i32); 5] = [("neg", -100), ("low", 0), ("mid", 100), ("high", 1000), ("top", 10000)];
const SIZES: [(&str, u32); 4] = [("small", 100), ("medium", 200), ("large", 300), ("huge", 500)];

/// `mid large 3 app=foo; away zone: foo`: priority, size, seconds at which it started, and the rest as for placement.
fn pod(name: &str, node: Option<&str>, text: &str, nominated: Option<&str>) -> Rc<PodInfo> {
    let (head, rest) = text.split_at(text.find(';').unwrap_or(text.len()));
    let (mut spec, mut status, mut words) = (json!({}), json!({"nominatedNodeName": nominated}), String::new());
    for word in head.split_whitespace() {
        if let Some((_, priority)) = PRIORITIES.iter().find(|(name, _)| *name == word) {
            spec["priority"] = json!(priority);
        } else if let Some((_, size)) = SIZES.iter().find(|(name, _)| *name == word) {
            words.push_str(&format!(" cpu:{size}m,memory:{size}"));
        } else if let Ok(second) = word.parse::<u32>() {
            status["startTime"] = json!(format!("2026-01-31T12:00:{second:02}Z"));
        } else {
            match word {
                "never" => spec["preemptionPolicy"] = json!("Never"),
                "leaving" => words.push_str(" ~"),
                "evicted" => {
                    let reason = "PreemptionByScheduler";
                    status["conditions"] = json!([{"type": "DisruptionTarget", "status": "True", "reason": reason}]);
                }
                _ => words.push_str(&format!(" {word}")),
            }
        }
    }
    let mut pod: Pod = (*placement::pod(name, node, &format!("{words}{rest}"), &spec).pod).clone();
    pod.status = Some(serde_json::from_value(status).unwrap());
    Rc::new(PodInfo::new(Rc::new(pod)))
}

fn snapshot(case: &Case) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (name, pods) in &case.pods {
        if !case.nodes.contains_key(name) {
            snapshot.set_node(Rc::new(placement::node(&format!("{name} cpu:500m memory:500"))));
        }
        for (at, text) in pods.iter().enumerate() {
            snapshot.set_pod(pod(&format!("{name}{}", at + 1), Some(name), text, None));
        }
    }
    for (name, words) in &case.nodes {
        let amounts = if words.contains("cpu:") { "" } else { " cpu:500m memory:500" };
        snapshot.set_node(Rc::new(placement::node(&format!("{name} {words}{amounts}"))));
    }
    for budget in &case.budgets {
        let disrupted: BTreeMap<&String, &str> = budget.disrupted.iter().map(|name| (name, "2026-01-31T12:00:00Z")).collect();
        let (spec, status) = (
            json!({"selector": placement::selector(&budget.of)}),
            json!({"disruptionsAllowed": budget.allowed,
            "disruptedPods": disrupted, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}),
        );
        let budget: Value = json!({"metadata": {"name": "b", "namespace": "default"}, "spec": spec, "status": status});
        snapshot.disruption_budgets.push(Rc::new(serde_json::from_value::<PodDisruptionBudget>(budget).unwrap()));
    }
    snapshot.order();
    snapshot
}

/// What differs from what the case expects.
fn differences(case: &Case) -> Vec<String> {
    let (snapshot, pod) = (snapshot(case), pod("new", None, &case.pod, case.nominated.as_deref()));
    let mut diagnosis = Diagnosis { nodes: snapshot.nodes().len(), ..Diagnosis::default() };
    for node in snapshot.nodes() {
        let code =
            if case.hopeless.iter().any(|name| **name == *node.name) { Code::UnschedulableAndUnresolvable } else { Code::Unschedulable };
        diagnosis.rejections.insert(node.name.clone(), Rejection { plugin: "Test", code, reasons: vec!["no".into()] });
    }
    let cycle = Cycle::new(plugins::DEFAULT, &snapshot, &pod).unwrap_or_else(|_| panic!("{}", case.name));
    let mut wrong = Vec::new();
    let mut compare = |what: &str, found: String, expected: String| {
        if found != expected {
            wrong.push(format!("{}: {what} {found}, expected {expected}", case.name));
        }
    };
    if let Some(expected) = &case.from {
        let candidates = preemption::candidates(&cycle, &diagnosis, 0).map(|(candidates, _)| candidates).unwrap_or_default();
        let victims = |candidate: &preemption::Candidate| {
            let node = candidate.node.to_string();
            let mut numbers: Vec<&str> = candidate.victims.iter().map(|pod| pod.name().trim_start_matches(node.as_str())).collect();
            numbers.sort_unstable();
            (node.clone(), numbers.join(" "))
        };
        let found: BTreeMap<String, String> = candidates.iter().map(victims).collect();
        compare("evicts", format!("{found:?}"), format!("{expected:?}"));
        let violations = candidates.iter().map(|candidate| (candidate.node.to_string(), candidate.violations));
        let found: BTreeMap<String, usize> = violations.filter(|(_, number)| *number > 0).collect();
        compare("breaks budgets", format!("{found:?}"), format!("{:?}", case.violations));
    }
    let outcome = preemption::preempt(&cycle, &diagnosis, 0);
    if let Some(expected) = &case.best {
        compare("chooses", outcome.as_ref().map(|candidate| candidate.node.to_string()).unwrap_or_default(), expected.clone());
    }
    if let Some(expected) = &case.says {
        compare("says", outcome.err().map(|refusal| refusal.message).unwrap_or_default(), expected.clone());
    }
    wrong
}

#[test]
fn room_is_made_as_by_the_real_scheduler() {
    let cases: Vec<Case> = serde_yaml::from_str(include_str!("../facts/preemption.yaml")).unwrap();
    let wrong: Vec<String> = cases.iter().flat_map(differences).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    println!("{} cases", cases.len());
}
