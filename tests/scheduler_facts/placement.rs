//! How pods are spread and drawn to one another, and how nodes score: facts written in words (`tests/facts/placement.yaml`).

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Namespace, Node, Pod, Service};
use podground::api::selector::parse_to_label_selector;
use podground::scheduler::framework::{Cycle, NodeInfo, Plugin, PodInfo, Snapshot};
use podground::scheduler::plugins;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    /// Nobody else is asked.
    plugin: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// `a zone=1 !tainted`: a name, labels, and `!` where pods must not go. `cpu:4` and the like is what it can hold.
    nodes: Vec<String>,
    /// Pods on nodes: `a foo bar=x; near region: foo`. See [`pod`].
    #[serde(default)]
    pods: Vec<String>,
    /// The new pod, without a node.
    #[serde(default)]
    pod: String,
    /// More of its spec.
    #[serde(default)]
    spec: Value,
    /// The selector of a service.
    service: Option<BTreeMap<String, String>>,
    /// Which nodes fit; the others give their reasons under `says`.
    fits: Option<String>,
    /// What is said of nodes that do not fit.
    #[serde(default)]
    says: BTreeMap<String, String>,
    /// The scores of the nodes that were found to fit; without them, all score alike.
    scores: Option<BTreeMap<String, i64>>,
}

const REASONS: [(&str, &str); 6] = [
    ("skew", "node(s) didn't match pod topology spread constraints"),
    ("label", "node(s) didn't match pod topology spread constraints (missing required label)"),
    ("near", "node(s) didn't match pod affinity rules"),
    ("away", "node(s) didn't match pod anti-affinity rules"),
    ("unwelcome", "node(s) didn't satisfy existing pods anti-affinity rules"),
    ("taint", "node(s) had untolerated taint(s)"),
];

fn labels<'w>(words: impl Iterator<Item = &'w str>) -> Value {
    words.map(|word| word.split_once('=').unwrap_or((word, ""))).map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

pub fn selector(text: &str) -> Value {
    json!(parse_to_label_selector(text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

/// `near region: foo in (a,b)`, `away 5 zone: foo`; `| in other | team=x` names namespaces and selects more.
fn term(text: &str, affinity: &mut Value) {
    let mut parts = text.split(" | ");
    let (head, chosen) = parts.next().unwrap().split_once(':').unwrap_or_else(|| panic!("{text}"));
    let mut term = json!({"labelSelector": selector(chosen.trim())});
    for part in parts {
        match part.strip_prefix("in ") {
            Some(names) => term["namespaces"] = names.split(' ').collect(),
            None => term["namespaceSelector"] = selector(part),
        }
    }
    let words: Vec<&str> = head.split_whitespace().collect();
    let (direction, key, weight) = match words[..] {
        [direction, weight, key] => (direction, key, Some(weight.parse::<i32>().unwrap())),
        [direction, key] => (direction, key, None),
        _ => panic!("{text}"),
    };
    term["topologyKey"] = json!(key);
    let (list, term) = match weight {
        Some(weight) => ("preferred", json!({"weight": weight, "podAffinityTerm": term})),
        None => ("required", term),
    };
    let affinity = &mut affinity[if direction == "near" { "podAffinity" } else { "podAntiAffinity" }];
    match &mut affinity[format!("{list}DuringSchedulingIgnoredDuringExecution")] {
        Value::Array(list) => list.push(term),
        list => *list = json!([term]),
    }
}

/// `hard 1 zone: foo`, `soft 2 zone: foo | at least 3 | ignore affinity | honor taints | by baz`; `null` selects nothing.
fn spread(text: &str) -> Value {
    let mut parts = text.split(" | ");
    let (head, chosen) = parts.next().unwrap().split_once(':').unwrap_or_else(|| panic!("{text}"));
    let words: Vec<&str> = head.split_whitespace().collect();
    let when = if words[0] == "hard" { "DoNotSchedule" } else { "ScheduleAnyway" };
    let mut constraint = json!({"maxSkew": words[1].parse::<i32>().unwrap(), "topologyKey": words[2], "whenUnsatisfiable": when});
    if chosen.trim() != "null" {
        constraint["labelSelector"] = selector(chosen.trim());
    }
    for part in parts {
        let (key, value) = match part.split(' ').collect::<Vec<_>>()[..] {
            ["at", "least", number] => ("minDomains", json!(number.parse::<i32>().unwrap())),
            ["ignore", "affinity"] => ("nodeAffinityPolicy", json!("Ignore")),
            ["honor", "taints"] => ("nodeTaintsPolicy", json!("Honor")),
            ["by", key] => ("matchLabelKeys", json!([key])),
            _ => panic!("{part}"),
        };
        constraint[key] = value;
    }
    constraint
}

/// `foo bar=x`: labels; `@ns` the namespace, `~` on its way out, `cpu:1,memory:5` a container with these requests; then what
/// it wants, each behind a semicolon.
pub fn pod(name: &str, node: Option<&str>, text: &str, more: &Value) -> Rc<PodInfo> {
    let mut parts = text.split("; ");
    let words: Vec<&str> = parts.next().unwrap_or_default().split_whitespace().collect();
    let namespace = words.iter().find_map(|word| word.strip_prefix('@')).unwrap_or("default");
    let leaving = words.contains(&"~").then_some("2026-01-31T12:00:00Z");
    let (mut affinity, mut constraints) = (json!({}), Vec::new());
    for part in parts {
        if part.starts_with("near ") || part.starts_with("away ") {
            term(part, &mut affinity);
        } else {
            constraints.push(spread(part));
        }
    }
    let amounts = |word: &&str| -> Option<Value> {
        let pairs = word.split(',').map(|pair| pair.split_once(':').map(|(name, amount)| (name.to_owned(), json!(amount))));
        pairs.collect::<Option<serde_json::Map<_, _>>>().map(Value::Object)
    };
    let mut containers: Vec<Value> =
        words.iter().filter_map(amounts).map(|requests| json!({"name": "c", "resources": {"requests": requests}})).collect();
    if containers.is_empty() && !more["containers"].is_array() {
        containers.push(json!({"name": "c"}));
    }
    let labels = labels(words.iter().copied().filter(|word| !word.starts_with('@') && *word != "~" && !word.contains(':')));
    let mut spec = json!({"nodeName": node, "affinity": affinity, "topologySpreadConstraints": constraints, "containers": containers});
    for (key, value) in more.as_object().into_iter().flatten() {
        match (key.as_str(), value) {
            ("affinity", Value::Object(value)) => spec[key].as_object_mut().unwrap().extend(value.clone()),
            _ => spec[key] = value.clone(),
        }
    }
    let meta = json!({"name": name, "namespace": namespace, "uid": name, "labels": labels, "deletionTimestamp": leaving});
    let pod = json!({"metadata": meta, "spec": spec});
    let pod: Pod = serde_json::from_value(pod).unwrap_or_else(|error| panic!("{text}: {error}"));
    Rc::new(PodInfo::new(Rc::new(pod)))
}

pub fn node(text: &str) -> Node {
    let words: Vec<&str> = text.split_whitespace().collect();
    let taint = |word: &str, effect: &str| {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        json!({"key": key, "value": value, "effect": effect})
    };
    let taints: Vec<Value> = words
        .iter()
        .filter_map(|word| {
            let rather_not = word.strip_prefix("?").map(|word| taint(word, "PreferNoSchedule"));
            rather_not.or_else(|| word.strip_prefix('!').map(|word| taint(word, "NoSchedule")))
        })
        .collect();
    let mut allocatable = json!({"pods": "110"});
    for (name, amount) in words.iter().filter_map(|word| word.split_once(':')) {
        allocatable[name] = json!(amount);
    }
    let labels = labels(words.iter().skip(1).copied().filter(|word| !word.starts_with(['!', '?']) && !word.contains(':')));
    let node =
        json!({"metadata": {"name": words[0], "labels": labels}, "spec": {"taints": taints}, "status": {"allocatable": allocatable}});
    serde_json::from_value(node).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn snapshot(case: &Case) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let teams = [("default", ""), ("ns1", ""), ("ns2", "")];
    let teams = teams.into_iter().chain([("one.team1", "team1"), ("two.team1", "team1"), ("one.team2", "team2"), ("two.team2", "team2")]);
    for (name, team) in teams {
        let namespace: Namespace = serde_json::from_value(json!({"metadata": {"name": name, "labels": {"team": team}}})).unwrap();
        snapshot.namespaces.insert(name.to_owned(), Rc::new(namespace));
    }
    case.nodes.iter().for_each(|text| snapshot.set_node(Rc::new(node(text))));
    for (at, text) in case.pods.iter().enumerate() {
        let (node, rest) = text.split_at(text.find([' ', ';']).unwrap_or(text.len()));
        snapshot.set_pod(pod(&format!("p{at}"), Some(node), rest, &Value::Null));
    }
    if let Some(selector) = &case.service {
        let service: Service = serde_json::from_value(json!({"metadata": {"name": "s"}, "spec": {"selector": selector}})).unwrap();
        snapshot.services.entry("default".to_owned()).or_default().insert("s".to_owned(), Rc::new(service));
    }
    snapshot.order();
    snapshot
}

fn verdicts(cycle: &Cycle<'_>) -> BTreeMap<String, String> {
    let outcome = cycle.find(0);
    let of = |(node, rejection): (&Rc<str>, &podground::scheduler::framework::Rejection)| {
        let said = rejection.reasons.join(", ");
        let word = REASONS.iter().find(|(_, reason)| *reason == said).map_or(said.as_str(), |(word, _)| *word);
        (node.to_string(), word.to_owned())
    };
    outcome.diagnosis.rejections.iter().map(of).collect()
}

/// The scores of the nodes, which all fit; empty where the plugin has nothing to say.
fn scores(cycle: &Cycle<'_>, snapshot: &Snapshot, names: &BTreeMap<String, i64>, weight: i64) -> BTreeMap<String, i64> {
    let feasible: Vec<&NodeInfo> = snapshot.nodes().iter().filter(|node| names.is_empty() || names.contains_key(&*node.name)).collect();
    let scored = cycle.score(&feasible);
    scored.iter().filter_map(|score| Some((score.node.to_string(), score.by_plugin.first()?.1 / weight))).collect()
}

#[test]
fn pods_are_placed_as_by_the_real_scheduler() {
    let groups: Vec<Group> = serde_yaml::from_str(include_str!("../facts/placement.yaml")).unwrap();
    let (mut cases, mut wrong) = (0, Vec::new());
    for group in &groups {
        let plugin: Vec<&dyn Plugin> = plugins::DEFAULT.iter().copied().filter(|plugin| plugin.name() == group.plugin).collect();
        for case in &group.cases {
            cases += 1;
            let (snapshot, pod) = (snapshot(case), pod("new", None, &case.pod, &case.spec));
            let cycle = Cycle::new(&plugin, &snapshot, &pod).unwrap_or_else(|_| panic!("{}", case.name));
            if let Some(fits) = &case.fits {
                let expected: BTreeMap<String, String> = case
                    .says
                    .iter()
                    .flat_map(|(nodes, why)| nodes.split(' ').map(|node| (node.to_owned(), why.clone())).collect::<Vec<_>>())
                    .collect();
                let found = verdicts(&cycle);
                let all = fits.split_whitespace().map(str::to_owned).chain(expected.keys().cloned()).count();
                assert_eq!(all, case.nodes.len(), "{}", case.name);
                if found != expected {
                    wrong.push(format!("{}: {}\n  says     {found:?}\n  expected {expected:?}", group.plugin, case.name));
                }
            }
            if let Some(expected) = &case.scores {
                let found = scores(&cycle, &snapshot, expected, plugin[0].weight());
                if found != *expected {
                    wrong.push(format!("{}: {}\n  scores   {found:?}\n  expected {expected:?}", group.plugin, case.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{cases} cases");
}
