use std::rc::Rc;

use k8s_openapi::api::core::v1::{Pod, Toleration};

use super::affinity_term::{terms_of, weighted_terms_of};
use super::{AffinityTerm, Resource, WeightedTerm};
use crate::api::pod::{is_sidecar, node_name};

/// A port that a pod wants on its node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// `0.0.0.0` where the pod wants every address.
    pub ip: String,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// The port's number.
    pub port: i32,
}

impl HostPort {
    /// Whether both cannot be had on one node. Models `HostPortInfo.CheckConflict`.
    pub fn conflicts(&self, other: &HostPort) -> bool {
        let same_ip = self.ip == other.ip || self.ip == "0.0.0.0" || other.ip == "0.0.0.0";
        same_ip && self.port == other.port && self.protocol == other.protocol
    }
}

/// A pod with what the scheduler needs of it worked out once. Models `framework.PodInfo`.
#[derive(Clone, Debug)]
pub struct PodInfo {
    /// The pod.
    pub pod: Rc<Pod>,
    /// What it requests.
    pub request: Resource,
    /// What it counts for in scores.
    pub non_zero: Resource,
    /// The ports it wants on its node.
    pub host_ports: Vec<HostPort>,
    /// Pods it must be near.
    pub required_affinity: Vec<AffinityTerm>,
    /// Pods it must be away from.
    pub required_anti_affinity: Vec<AffinityTerm>,
    /// Pods it would rather be near.
    pub preferred_affinity: Vec<WeightedTerm>,
    /// Pods it would rather be away from.
    pub preferred_anti_affinity: Vec<WeightedTerm>,
}

impl PodInfo {
    /// Works out what is needed of `pod`.
    pub fn new(pod: Rc<Pod>) -> PodInfo {
        let affinity = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref());
        let near = affinity.and_then(|affinity| affinity.pod_affinity.as_ref());
        let away = affinity.and_then(|affinity| affinity.pod_anti_affinity.as_ref());
        let required = |terms| terms_of(&pod, terms);
        let preferred = |terms| weighted_terms_of(&pod, terms);
        PodInfo {
            request: Resource::of_pod(&pod),
            non_zero: Resource::non_zero_of_pod(&pod),
            host_ports: host_ports_of(&pod),
            required_affinity: required(near.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref())),
            required_anti_affinity: required(away.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref())),
            preferred_affinity: preferred(near.and_then(|a| a.preferred_during_scheduling_ignored_during_execution.as_ref())),
            preferred_anti_affinity: preferred(away.and_then(|a| a.preferred_during_scheduling_ignored_during_execution.as_ref())),
            pod,
        }
    }

    /// The pod's name.
    pub fn name(&self) -> &str {
        self.pod.metadata.name.as_deref().unwrap_or_default()
    }

    /// The pod's namespace.
    pub fn namespace(&self) -> &str {
        self.pod.metadata.namespace.as_deref().unwrap_or_default()
    }

    /// The pod's uid.
    pub fn uid(&self) -> &str {
        self.pod.metadata.uid.as_deref().unwrap_or_default()
    }

    /// The node that the pod is bound to; empty where it is not.
    pub fn node_name(&self) -> &str {
        node_name(&self.pod)
    }

    /// The node that preemption has in mind for the pod; empty where there is none.
    pub fn nominated_node_name(&self) -> &str {
        self.pod.status.as_ref().and_then(|status| status.nominated_node_name.as_deref()).unwrap_or_default()
    }

    /// The pod's priority.
    pub fn priority(&self) -> i32 {
        priority_of(&self.pod)
    }

    /// The pod's tolerations.
    pub fn tolerations(&self) -> &[Toleration] {
        self.pod.spec.as_ref().and_then(|spec| spec.tolerations.as_deref()).unwrap_or_default()
    }

    /// Whether the pod has any pod affinity or anti-affinity.
    pub fn has_affinity(&self) -> bool {
        !(self.required_affinity.is_empty()
            && self.required_anti_affinity.is_empty()
            && self.preferred_affinity.is_empty()
            && self.preferred_anti_affinity.is_empty())
    }
}

/// `spec.priority`, 0 where there is none. Models `corev1helpers.PodPriority`.
pub fn priority_of(pod: &Pod) -> i32 {
    pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or(0)
}

/// Models `util.GetHostPorts`: containers and sidecars, `hostPort` above 0.
fn host_ports_of(pod: &Pod) -> Vec<HostPort> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let sidecars = spec.init_containers.iter().flatten().filter(|container| is_sidecar(container));
    let ports = sidecars.chain(&spec.containers).flat_map(|container| container.ports.iter().flatten());
    let read = |port: &k8s_openapi::api::core::v1::ContainerPort| {
        let number = port.host_port.filter(|number| *number > 0)?;
        let or = |text: &Option<String>, default: &str| text.clone().filter(|t| !t.is_empty()).unwrap_or_else(|| default.to_owned());
        Some(HostPort { ip: or(&port.host_ip, "0.0.0.0"), protocol: or(&port.protocol, "TCP"), port: number })
    };
    ports.filter_map(read).collect()
}
