//! What a kubelet refuses although the pod is bound to its node. Models `pkg/kubelet/lifecycle/predicate.go`.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Node, NodeSelectorRequirement, NodeSelectorTerm, Pod, Taint, Toleration};

use super::main_loop::Kubelet;
use super::record::{is_sidecar, spec_of, uid_of};
use crate::api::quantity::Quantity;
use crate::api::validation::pod_requests;

/// Reason and message of a refusal.
type Refusal = (String, String);

/// `Err` with the reason and message of the refusal. Where there are several, the first counts.
pub(super) fn admit(kubelet: &Kubelet, pod: &Pod) -> Result<(), Refusal> {
    if let Some(message) = kubelet.refuses_under_pressure(pod) {
        return Err(("Evicted".into(), message));
    }
    let inner = &kubelet.0;
    let workers = inner.workers.borrow();
    // Pods that were refused, or have ended, take nothing.
    let counts = |worker: &&Rc<super::worker::Worker>| {
        let record = worker.record.borrow();
        uid_of(&worker.pod()) != uid_of(pod) && !record.terminated && !record.rejected
    };
    let others: Vec<Rc<Pod>> = workers.values().filter(counts).map(|worker| worker.pod()).collect();
    fits(kubelet, pod, &others)?;
    let spec = spec_of(pod);
    let node = inner.client.get::<Node>("", &inner.config.name);
    if node.as_ref().is_some_and(|node| !is_selected(node, pod)) {
        return Err(predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector"));
    }
    let wanted = host_ports(pod);
    if others.iter().flat_map(|other| host_ports(other)).any(|taken| wanted.iter().any(|port| conflict(port, &taken))) {
        return Err(predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports"));
    }
    let taints = node.as_ref().and_then(|node| node.spec.as_ref()?.taints.as_deref()).unwrap_or_default();
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    // The kubelet is only interested in taints that drive pods off.
    if taints.iter().any(|taint| taint.effect == "NoExecute" && !tolerations.iter().any(|toleration| tolerates(toleration, taint))) {
        return Err(predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate"));
    }
    Ok(())
}

fn predicate(name: &str, why: &str) -> Refusal {
    (name.to_owned(), format!("Predicate {name} failed: {why}"))
}

/// Whether the node has room. Models `noderesources.Fits`; resources that the node does not have at all are left to others.
fn fits(kubelet: &Kubelet, pod: &Pod, others: &[Rc<Pod>]) -> Result<(), Refusal> {
    let refuse = |resource: &str, requested: i64, used: i64, capacity: i64| {
        let message = format!("Node didn't have enough resource: {resource}, requested: {requested}, used: {used}, capacity: {capacity}");
        (format!("OutOf{resource}"), message)
    };
    let max_pods = i64::from(kubelet.0.config.max_pods);
    let count = i64::try_from(others.len()).unwrap_or(i64::MAX);
    if count >= max_pods {
        return Err(refuse("pods", 1, count, max_pods));
    }
    let amount = |resource: &str, quantity: &Quantity| if resource == "cpu" { quantity.milli_value() } else { quantity.value() };
    let requests = pod_requests(Some(&spec_of(pod)));
    let taken: Vec<BTreeMap<String, Quantity>> = others.iter().map(|other| pod_requests(Some(&spec_of(other)))).collect();
    let allocatable = kubelet.allocatable();
    let first = ["cpu", "memory", "ephemeral-storage"];
    let rest = requests.keys().map(String::as_str).filter(|name| !first.contains(name));
    for resource in first.into_iter().chain(rest) {
        let (Some(requested), Some(capacity)) = (requests.get(resource), allocatable.get(resource)) else { continue };
        let requested = amount(resource, requested);
        let capacity = Quantity::parse(&capacity.0).map_or(0, |capacity| amount(resource, &capacity));
        let used: i64 = taken.iter().filter_map(|requests| requests.get(resource)).map(|quantity| amount(resource, quantity)).sum();
        if requested > 0 && requested > capacity.saturating_sub(used) {
            return Err(refuse(resource, requested, used, capacity));
        }
    }
    Ok(())
}

/// Whether the node is one of those on which the pod insists.
fn is_selected(node: &Node, pod: &Pod) -> bool {
    let spec = spec_of(pod);
    let labels = node.metadata.labels.clone().unwrap_or_default();
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required = affinity.and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref());
    let name = node.metadata.name.as_ref();
    let matches = |term: &NodeSelectorTerm| {
        let (expressions, fields) = (term.match_expressions.iter().flatten(), term.match_fields.iter().flatten());
        let mut all = expressions.map(|r| meets(r, labels.get(&r.key))).chain(fields.map(|r| meets(r, name))).peekable();
        all.peek().is_some() && all.all(|met| met)
    };
    spec.node_selector.iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
        && required.is_none_or(|required| required.node_selector_terms.iter().any(matches))
}

fn meets(requirement: &NodeSelectorRequirement, value: Option<&String>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let numbers = || Some((value?.parse::<i64>().ok()?, values.first()?.parse::<i64>().ok()?));
    let listed = value.is_some_and(|value| values.contains(value));
    match requirement.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => numbers().is_some_and(|(own, bound)| own > bound),
        "Lt" => numbers().is_some_and(|(own, bound)| own < bound),
        _ => false,
    }
}

/// Address, protocol and number of each port that the pod wants on its node.
fn host_ports(pod: &Pod) -> Vec<(String, String, i32)> {
    let spec = spec_of(pod);
    let containers = spec.init_containers.iter().flatten().filter(|container| is_sidecar(container)).chain(&spec.containers);
    let or = |text: &Option<String>, default: &str| text.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| default.to_owned());
    containers
        .flat_map(|container| container.ports.iter().flatten())
        .filter_map(|port| Some((or(&port.host_ip, "0.0.0.0"), or(&port.protocol, "TCP"), port.host_port.filter(|port| *port > 0)?)))
        .collect()
}

fn conflict(one: &(String, String, i32), other: &(String, String, i32)) -> bool {
    let any = "0.0.0.0";
    (one.0 == other.0 || one.0 == any || other.0 == any) && one.1 == other.1 && one.2 == other.2
}

/// Models `Toleration.ToleratesTaint`.
fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let open = |own: &Option<String>, other: &str| own.as_deref().is_none_or(|own| own.is_empty() || own == other);
    open(&toleration.effect, &taint.effect)
        && open(&toleration.key, &taint.key)
        && match toleration.operator.as_deref().unwrap_or_default() {
            "" | "Equal" => toleration.value.as_deref().unwrap_or_default() == taint.value.as_deref().unwrap_or_default(),
            operator => operator == "Exists",
        }
}
