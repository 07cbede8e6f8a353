use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Node, Taint};

use super::{HostPort, PodInfo, Resource};

/// A node and the pods on it, with sums kept. Models `framework.NodeInfo`.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// The node.
    pub node: Rc<Node>,
    /// The node's name.
    pub name: Rc<str>,
    /// The pods bound to it, or about to be, that have not ended.
    pub pods: Vec<Rc<PodInfo>>,
    /// How many of them have pod affinity or anti-affinity.
    pub pods_with_affinity: usize,
    /// How many of them have required anti-affinity.
    pub pods_with_required_anti_affinity: usize,
    /// What they request.
    pub requested: Resource,
    /// What they count for in scores.
    pub non_zero_requested: Resource,
    /// What the node has for pods.
    pub allocatable: Resource,
    /// Ports taken on the node.
    pub used_ports: Vec<HostPort>,
    /// The node's taints.
    pub taints: Vec<Taint>,
    /// Whether the node is cordoned.
    pub unschedulable: bool,
    /// Sizes in bytes of the images on the node, by each of their names.
    pub images: BTreeMap<String, i64>,
}

impl NodeInfo {
    /// `node` without pods.
    pub fn new(node: Rc<Node>) -> NodeInfo {
        let name = node.metadata.name.as_deref().unwrap_or_default().into();
        let mut info = NodeInfo {
            node: node.clone(),
            name,
            pods: Vec::new(),
            pods_with_affinity: 0,
            pods_with_required_anti_affinity: 0,
            requested: Resource::default(),
            non_zero_requested: Resource::default(),
            allocatable: Resource::default(),
            used_ports: Vec::new(),
            taints: Vec::new(),
            unschedulable: false,
            images: BTreeMap::new(),
        };
        info.set_node(node);
        info
    }

    /// Takes a newer state of the node.
    pub fn set_node(&mut self, node: Rc<Node>) {
        let status = node.status.as_ref();
        self.allocatable = Resource::from_quantities(status.and_then(|status| status.allocatable.as_ref()));
        self.images.clear();
        for image in status.iter().flat_map(|status| status.images.iter().flatten()) {
            for name in image.names.iter().flatten() {
                self.images.insert(name.clone(), image.size_bytes.unwrap_or(0));
            }
        }
        let spec = node.spec.as_ref();
        self.taints = spec.and_then(|spec| spec.taints.clone()).unwrap_or_default();
        self.unschedulable = spec.and_then(|spec| spec.unschedulable).unwrap_or(false);
        self.node = node;
    }

    /// Puts `pod` on the node.
    pub fn add_pod(&mut self, pod: Rc<PodInfo>) {
        self.count(&pod, 1);
        self.pods_with_affinity += usize::from(pod.has_affinity());
        self.pods_with_required_anti_affinity += usize::from(!pod.required_anti_affinity.is_empty());
        self.used_ports.extend(pod.host_ports.iter().cloned());
        self.pods.push(pod);
    }

    /// Takes the pod with this uid off the node.
    pub fn remove_pod(&mut self, uid: &str) -> Option<Rc<PodInfo>> {
        let index = self.pods.iter().position(|pod| pod.uid() == uid)?;
        let pod = self.pods.remove(index);
        self.count(&pod, -1);
        self.pods_with_affinity -= usize::from(pod.has_affinity());
        self.pods_with_required_anti_affinity -= usize::from(!pod.required_anti_affinity.is_empty());
        for port in &pod.host_ports {
            if let Some(index) = self.used_ports.iter().position(|used| used == port) {
                self.used_ports.swap_remove(index);
            }
        }
        Some(pod)
    }

    fn count(&mut self, pod: &PodInfo, times: i64) {
        self.requested.add(&pod.request, times);
        self.non_zero_requested.add(&pod.non_zero, times);
    }

    /// The value of the node's label `key`.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.node.metadata.labels.as_ref()?.get(key).map(String::as_str)
    }
}
