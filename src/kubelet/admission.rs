//! What a kubelet refuses although the pod is bound to its node. Models `pkg/kubelet/lifecycle/predicate.go`, which asks the
//! scheduler's own rules once more.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{Node, Pod};

use super::main_loop::Kubelet;
use super::record::uid_of;
use crate::scheduler::framework::{NodeInfo, PodInfo, RequiredNodeAffinity, Resource, find_untolerated};
use crate::scheduler::plugins::node_resources_fit::lacking;

/// Reason and message of a refusal.
type Refusal = (String, String);

/// `Err` with the reason and message of the refusal. Where there are several, the first counts.
pub(super) fn admit(kubelet: &Kubelet, pod: &Rc<Pod>) -> Result<(), Refusal> {
    if let Some(message) = kubelet.refuses_under_pressure(pod) {
        return Err(("Evicted".into(), message));
    }
    let registered = kubelet.0.client.get::<Node>("", &kubelet.0.config.name);
    let is_registered = registered.is_some();
    let mut node = NodeInfo::new(registered.unwrap_or_default());
    node.allocatable = Resource::from_quantities(Some(&kubelet.allocatable()));
    let pod = PodInfo::new(pod.clone());
    for worker in kubelet.0.workers.borrow().values() {
        let (other, record) = (worker.pod(), worker.record.borrow());
        // Pods that were refused, or have ended, take nothing.
        if uid_of(&other) != pod.uid() && !record.terminated && !record.rejected {
            node.add_pod(Rc::new(PodInfo::new(other)));
        }
    }
    fits(&pod, &node)?;
    if is_registered && !RequiredNodeAffinity::of(&pod.pod).matches(&node) {
        return Err(predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector"));
    }
    if pod.host_ports.iter().any(|port| node.used_ports.iter().any(|used| used.conflicts(port))) {
        return Err(predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports"));
    }
    // The kubelet is only interested in taints that drive pods off.
    if find_untolerated(&node.taints, pod.tolerations(), &["NoExecute"]).is_some() {
        return Err(predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate"));
    }
    Ok(())
}

fn predicate(name: &str, why: &str) -> Refusal {
    (name.to_owned(), format!("Predicate {name} failed: {why}"))
}

/// Whether the node has room. Models `noderesources.Fits`; resources that the node does not have at all are left to others.
fn fits(pod: &PodInfo, node: &NodeInfo) -> Result<(), Refusal> {
    let refuse = |resource: &str, requested: i64, used: i64, capacity: i64| {
        let message = format!("Node didn't have enough resource: {resource}, requested: {requested}, used: {used}, capacity: {capacity}");
        Err((format!("OutOf{resource}"), message))
    };
    let (count, most) = (node.pods.len() as i64, node.allocatable.allowed_pods);
    if count >= most {
        return refuse("pods", 1, count, most);
    }
    let mut request = pod.request.clone();
    request.scalars.retain(|name, _| node.allocatable.scalars.contains_key(name));
    match lacking(&request, &node.requested, &node.allocatable).first() {
        Some(lack) => refuse(lack.resource, lack.requested, lack.used, lack.capacity),
        None => Ok(()),
    }
}
