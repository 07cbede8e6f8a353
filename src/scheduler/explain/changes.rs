//! Changes of a manifest or of a node that might let a pod fit.

use std::collections::BTreeSet;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, Taint, Toleration};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::scheduler::framework::{NodeInfo, Rejection, Resource, Snapshot, find_untolerated};

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The field of the manifest, `spec.nodeSelector.disktype`; for a node, `node/node-1`.
    pub field: String,
    /// What is to be done there.
    pub what: What,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Set the field to a value.
    Set { to: String },
    /// Remove the field.
    Remove,
    /// Add a toleration of this taint: key, value, effect.
    Tolerate { key: String, value: String, effect: String },
    /// Soften a spread constraint: `whenUnsatisfiable: ScheduleAnyway`.
    Soften,
    /// `kubectl uncordon`.
    Uncordon,
    /// Remove the taint from the node.
    Untaint { key: String, value: String, effect: String },
    /// Give the node a label.
    Label { key: String, value: String },
}

impl Change {
    fn new(field: impl Into<String>, what: What) -> Change {
        Change { field: field.into(), what }
    }

    /// Whether the change is one of a node.
    pub fn is_of_a_node(&self) -> bool {
        matches!(self.what, What::Uncordon | What::Untaint { .. } | What::Label { .. })
    }

    /// Whether the change is one of this node.
    pub fn concerns(&self, node: &str) -> bool {
        self.is_of_a_node() && self.field.strip_prefix("node/") == Some(node)
    }

    /// Makes the change in the pod.
    pub fn apply_to_pod(&self, pod: &mut Pod) {
        let Some(spec) = &mut pod.spec else { return };
        let path: Vec<&str> = self.field.split('.').collect();
        match (&self.what, path.as_slice()) {
            (What::Tolerate { key, value, effect }, _) => {
                let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
                let operator = Some(if value.is_empty() { "Exists" } else { "Equal" }.to_owned());
                let toleration = Toleration { key: some(key), value: some(value), effect: some(effect), operator, ..Toleration::default() };
                spec.tolerations.get_or_insert_default().push(toleration);
            }
            (What::Soften, ["spec", constraint]) => {
                let at = index_in(constraint);
                if let Some(constraint) = spec.topology_spread_constraints.iter_mut().flatten().nth(at) {
                    constraint.when_unsatisfiable = "ScheduleAnyway".to_owned();
                }
            }
            (what, ["spec", "nodeSelector", ..]) => {
                let key = self.field.trim_start_matches("spec.nodeSelector.");
                let selector = spec.node_selector.get_or_insert_default();
                match what {
                    What::Set { to } => selector.insert(key.to_owned(), to.clone()),
                    _ => selector.remove(key),
                };
            }
            (_, ["spec", "affinity", which, ..]) => remove_affinity(spec, which),
            (What::Set { to }, ["spec", container, "resources", "requests", ..]) => {
                let name = self.field.split(".requests.").nth(1).unwrap_or_default();
                if let Some(container) = container_mut(spec, container) {
                    let requests = container.resources.get_or_insert_default().requests.get_or_insert_default();
                    requests.insert(name.to_owned(), Quantity(to.clone()));
                }
            }
            (What::Remove, ["spec", container, port, "hostPort"]) => {
                let at = index_in(port);
                if let Some(port) = container_mut(spec, container).and_then(|container| container.ports.iter_mut().flatten().nth(at)) {
                    port.host_port = None;
                }
            }
            _ => {}
        }
    }

    /// Makes the change in the node.
    pub fn apply_to_node(&self, node: &mut NodeInfo) {
        if !self.concerns(&node.name) {
            return;
        }
        match &self.what {
            What::Uncordon => {
                node.unschedulable = false;
                node.taints.retain(|taint| taint.key != "node.kubernetes.io/unschedulable");
            }
            What::Untaint { key, effect, .. } => node.taints.retain(|taint| taint.key != *key || taint.effect != *effect),
            What::Label { key, value } => {
                let changed = Rc::make_mut(&mut node.node);
                changed.metadata.labels.get_or_insert_default().insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
}

/// The number in `containers[2]`.
fn index_in(segment: &str) -> usize {
    segment.split(['[', ']']).nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn container_mut<'s>(spec: &'s mut PodSpec, segment: &str) -> Option<&'s mut Container> {
    let at = index_in(segment);
    if segment.starts_with("initContainers") { spec.init_containers.as_mut()?.get_mut(at) } else { spec.containers.get_mut(at) }
}

fn remove_affinity(spec: &mut PodSpec, which: &str) {
    let Some(affinity) = &mut spec.affinity else { return };
    match which {
        "nodeAffinity" => {
            affinity.node_affinity.iter_mut().for_each(|affinity| affinity.required_during_scheduling_ignored_during_execution = None);
        }
        "podAffinity" => {
            affinity.pod_affinity.iter_mut().for_each(|affinity| affinity.required_during_scheduling_ignored_during_execution = None);
        }
        _ => affinity.pod_anti_affinity.iter_mut().for_each(|affinity| affinity.required_during_scheduling_ignored_during_execution = None),
    }
}

fn tolerations(pod: &Pod) -> &[Toleration] {
    pod.spec.as_ref().and_then(|spec| spec.tolerations.as_deref()).unwrap_or_default()
}

/// The fields of the manifest that a refusal rests on.
pub fn fields_of(pod: &Pod, rejection: &Rejection) -> Vec<String> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    match rejection.plugin {
        "NodeName" => vec!["spec.nodeName".to_owned()],
        "NodeAffinity" => {
            let selectors = spec.node_selector.iter().flat_map(|selector| selector.keys());
            let mut fields: Vec<String> = selectors.map(|key| format!("spec.nodeSelector.{key}")).collect();
            fields.extend(required_affinities(spec).into_iter().filter(|field| field.contains("nodeAffinity")));
            fields
        }
        "TaintToleration" | "NodeUnschedulable" => vec!["spec.tolerations".to_owned()],
        "NodePorts" => host_ports(spec),
        "NodeResourcesFit" => {
            let names = rejection.reasons.iter().filter_map(|reason| reason.strip_prefix("Insufficient "));
            names.flat_map(|name| requests(spec, name).into_iter().map(|(field, _)| field)).collect()
        }
        "InterPodAffinity" => required_affinities(spec).into_iter().filter(|field| field.contains("pod")).collect(),
        "PodTopologySpread" => hard_constraints(spec),
        "VolumeBinding" => vec!["spec.volumes".to_owned()],
        _ => Vec::new(),
    }
}

fn required_affinities(spec: &PodSpec) -> Vec<String> {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    let Some(affinity) = &spec.affinity else { return Vec::new() };
    let node = affinity.node_affinity.as_ref().is_some_and(|a| a.required_during_scheduling_ignored_during_execution.is_some());
    let near = affinity.pod_affinity.as_ref().is_some_and(|a| a.required_during_scheduling_ignored_during_execution.is_some());
    let away = affinity.pod_anti_affinity.as_ref().is_some_and(|a| a.required_during_scheduling_ignored_during_execution.is_some());
    let kinds = [("nodeAffinity", node), ("podAffinity", near), ("podAntiAffinity", away)];
    kinds.into_iter().filter(|(_, present)| *present).map(|(kind, _)| format!("spec.affinity.{kind}.{REQUIRED}")).collect()
}

fn hard_constraints(spec: &PodSpec) -> Vec<String> {
    let all = spec.topology_spread_constraints.iter().flatten().enumerate();
    let hard = all.filter(|(_, constraint)| constraint.when_unsatisfiable == "DoNotSchedule");
    hard.map(|(at, _)| format!("spec.topologySpreadConstraints[{at}]")).collect()
}

fn host_ports(spec: &PodSpec) -> Vec<String> {
    let mut fields = Vec::new();
    for (container_at, container) in spec.containers.iter().enumerate() {
        for (at, _) in container.ports.iter().flatten().enumerate().filter(|(_, port)| port.host_port.unwrap_or(0) > 0) {
            fields.push(format!("spec.containers[{container_at}].ports[{at}].hostPort"));
        }
    }
    fields
}

/// Where a resource is requested, and how much.
fn requests(spec: &PodSpec, name: &str) -> Vec<(String, i64)> {
    let mut found = Vec::new();
    let inits = spec.init_containers.iter().flatten();
    for (list, containers) in [("containers", spec.containers.iter().collect::<Vec<_>>()), ("initContainers", inits.collect())] {
        for (at, container) in containers.into_iter().enumerate() {
            let resource = Resource::from_quantities(container.resources.as_ref().and_then(|resources| resources.requests.as_ref()));
            let amount = amount_of(&resource, name);
            if amount > 0 {
                found.push((format!("spec.{list}[{at}].resources.requests.{name}"), amount));
            }
        }
    }
    found
}

fn amount_of(resource: &Resource, name: &str) -> i64 {
    match name {
        "cpu" => resource.milli_cpu,
        "memory" => resource.memory,
        "ephemeral-storage" => resource.ephemeral_storage,
        name => resource.scalars.get(name).copied().unwrap_or(0),
    }
}

/// The amount as one would write it.
fn quantity(name: &str, amount: i64) -> String {
    const MEBIBYTE: i64 = 1024 * 1024;
    match name {
        "cpu" if amount % 1000 == 0 => (amount / 1000).to_string(),
        "cpu" => format!("{amount}m"),
        "memory" | "ephemeral-storage" if amount >= MEBIBYTE => format!("{}Mi", amount / MEBIBYTE),
        _ => amount.to_string(),
    }
}

/// Everything worth trying: what changes the manifest least first, then what changes nodes.
pub fn candidates(snapshot: &Snapshot, pod: &Pod) -> Vec<Change> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let mut all = lower_requests(snapshot, pod, spec);
    all.extend(tolerations_to_add(snapshot, pod));
    all.extend(selector_values(snapshot, spec));
    all.extend(host_ports(spec).into_iter().map(|field| Change::new(field, What::Remove)));
    all.extend(hard_constraints(spec).into_iter().map(|field| Change::new(field, What::Soften)));
    all.extend(spec.node_selector.iter().flatten().map(|(key, _)| Change::new(format!("spec.nodeSelector.{key}"), What::Remove)));
    all.extend(required_affinities(spec).into_iter().map(|field| Change::new(field, What::Remove)));
    all.extend(changes_of_nodes(snapshot, pod, spec));
    all
}

/// The largest request with which the pod could fit on the node with the most to spare.
fn lower_requests(snapshot: &Snapshot, pod: &Pod, spec: &PodSpec) -> Vec<Change> {
    let wanted = Resource::of_pod(pod);
    let mut names: BTreeSet<&str> = ["cpu", "memory", "ephemeral-storage"].into();
    names.extend(wanted.scalars.keys().map(String::as_str));
    let mut changes = Vec::new();
    for name in names {
        let free = |node: &NodeInfo| amount_of(&node.allocatable, name).saturating_sub(amount_of(&node.requested, name));
        let mut offers: Vec<i64> = snapshot.nodes().iter().map(free).filter(|free| *free > 0).collect();
        offers.sort_unstable_by(|a, b| b.cmp(a));
        offers.dedup();
        for (field, amount) in requests(spec, name) {
            for offer in &offers {
                let lower = amount.saturating_sub(amount_of(&wanted, name).saturating_sub(*offer));
                if lower > 0 && lower < amount {
                    changes.push(Change::new(field.clone(), What::Set { to: quantity(name, lower) }));
                }
            }
        }
    }
    changes
}

fn value_of(taint: &Taint) -> String {
    taint.value.clone().unwrap_or_default()
}

fn tolerations_to_add(snapshot: &Snapshot, pod: &Pod) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for node in snapshot.nodes() {
        for taint in &node.taints {
            let bothers = find_untolerated(std::slice::from_ref(taint), tolerations(pod), &["NoSchedule", "NoExecute"]).is_some();
            // What the cluster itself sets is not for workloads to tolerate.
            if bothers && !taint.key.starts_with("node.kubernetes.io/") {
                let what = What::Tolerate { key: taint.key.clone(), value: value_of(taint), effect: taint.effect.clone() };
                let change = Change::new("spec.tolerations", what);
                if !changes.contains(&change) {
                    changes.push(change);
                }
            }
        }
    }
    changes
}

fn selector_values(snapshot: &Snapshot, spec: &PodSpec) -> Vec<Change> {
    let mut changes = Vec::new();
    for (key, wanted) in spec.node_selector.iter().flatten() {
        let values: BTreeSet<&str> = snapshot.nodes().iter().filter_map(|node| node.label(key)).filter(|value| value != wanted).collect();
        let set = |value: &str| Change::new(format!("spec.nodeSelector.{key}"), What::Set { to: value.to_owned() });
        changes.extend(values.into_iter().map(set));
    }
    changes
}

fn changes_of_nodes(snapshot: &Snapshot, pod: &Pod, spec: &PodSpec) -> Vec<Change> {
    let mut changes = Vec::new();
    for node in snapshot.nodes() {
        let place = format!("node/{}", node.name);
        if node.unschedulable {
            changes.push(Change::new(place.clone(), What::Uncordon));
        }
        for (key, value) in spec.node_selector.iter().flatten().filter(|(key, value)| node.label(key) != Some(value)) {
            changes.push(Change::new(place.clone(), What::Label { key: key.clone(), value: value.clone() }));
        }
        for taint in node.taints.iter().filter(|taint| !taint.key.starts_with("node.kubernetes.io/")) {
            if find_untolerated(std::slice::from_ref(taint), tolerations(pod), &["NoSchedule", "NoExecute"]).is_some() {
                let what = What::Untaint { key: taint.key.clone(), value: value_of(taint), effect: taint.effect.clone() };
                changes.push(Change::new(place.clone(), what));
            }
        }
    }
    changes
}
