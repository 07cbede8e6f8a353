use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::{Namespace, Node, ReplicationController, Service};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;

use super::{NodeInfo, PodInfo};

/// Objects of one kind by namespace and name.
pub type ByName<T> = BTreeMap<String, BTreeMap<String, Rc<T>>>;

/// The cluster as the scheduler sees it, pods that it is about to bind included.
/// Models `pkg/scheduler/backend/cache`; one task owns it, so that no copy is needed.
#[derive(Default)]
pub struct Snapshot {
    nodes: Vec<NodeInfo>,
    index: BTreeMap<Rc<str>, usize>,
    /// Pods on nodes that are not known (yet).
    homeless: BTreeMap<String, Vec<Rc<PodInfo>>>,
    /// Each pod's node.
    places: BTreeMap<String, Rc<str>>,
    /// How many nodes have each image.
    image_nodes: BTreeMap<String, usize>,
    pods_with_affinity: usize,
    pods_with_required_anti_affinity: usize,
    unordered: bool,
    /// Pods that preemption made room for, by node.
    pub nominated: BTreeMap<String, Vec<Rc<PodInfo>>>,
    /// Namespaces, for the selectors of pod affinity.
    pub namespaces: BTreeMap<String, Rc<Namespace>>,
    /// Services, for default spreading.
    pub services: ByName<Service>,
    /// Replication controllers, for default spreading.
    pub replication_controllers: ByName<ReplicationController>,
    /// Replica sets, for default spreading.
    pub replica_sets: ByName<ReplicaSet>,
    /// Disruption budgets, for the choice of victims.
    pub disruption_budgets: Vec<Rc<PodDisruptionBudget>>,
}

impl Snapshot {
    /// The nodes, zone by zone in turn. Call [`Snapshot::order`] after changes.
    pub fn nodes(&self) -> &[NodeInfo] {
        &self.nodes
    }

    /// The node called `name`.
    pub fn node(&self, name: &str) -> Option<&NodeInfo> {
        self.nodes.get(*self.index.get(name)?)
    }

    /// How many pods on nodes have pod affinity or anti-affinity.
    pub fn pods_with_affinity(&self) -> usize {
        self.pods_with_affinity
    }

    /// How many pods on nodes have required anti-affinity.
    pub fn pods_with_required_anti_affinity(&self) -> usize {
        self.pods_with_required_anti_affinity
    }

    /// How many nodes have the image of this name.
    pub fn nodes_with_image(&self, name: &str) -> usize {
        self.image_nodes.get(name).copied().unwrap_or(0)
    }

    /// The labels of a namespace.
    pub fn namespace_labels(&self, namespace: &str) -> Option<&BTreeMap<String, String>> {
        self.namespaces.get(namespace)?.metadata.labels.as_ref()
    }

    /// Adds a node or takes its newer state.
    pub fn set_node(&mut self, node: Rc<Node>) {
        let name = node.metadata.name.clone().unwrap_or_default();
        if let Some(index) = self.index.get(name.as_str()) {
            let info = &mut self.nodes[*index];
            self.unordered |= zone_of(info) != zone_of(&NodeInfo::new(node.clone()));
            forget_images(&mut self.image_nodes, info);
            info.set_node(node);
            note_images(&mut self.image_nodes, info);
            return;
        }
        let mut info = NodeInfo::new(node);
        note_images(&mut self.image_nodes, &info);
        for pod in self.homeless.remove(&name).unwrap_or_default() {
            info.add_pod(pod);
        }
        self.index.insert(info.name.clone(), self.nodes.len());
        self.nodes.push(info);
        self.unordered = true;
    }

    /// Removes a node; its pods stay known.
    pub fn remove_node(&mut self, name: &str) {
        let Some(index) = self.index.remove(name) else { return };
        let info = self.nodes.remove(index);
        forget_images(&mut self.image_nodes, &info);
        if !info.pods.is_empty() {
            self.homeless.insert(name.to_owned(), info.pods);
        }
        self.unordered = true;
        self.reindex();
    }

    /// Puts `pod` on the node that its spec names, instead of wherever it was.
    pub fn set_pod(&mut self, pod: Rc<PodInfo>) {
        let node = pod.node_name().to_owned();
        self.put_pod(pod, &node);
    }

    /// Puts `pod` on `node`, instead of wherever it was.
    pub fn put_pod(&mut self, pod: Rc<PodInfo>, node: &str) {
        self.remove_pod(pod.uid());
        self.pods_with_affinity += usize::from(pod.has_affinity());
        self.pods_with_required_anti_affinity += usize::from(!pod.required_anti_affinity.is_empty());
        self.places.insert(pod.uid().to_owned(), node.into());
        match self.index.get(node).and_then(|index| self.nodes.get_mut(*index)) {
            Some(info) => info.add_pod(pod),
            None => self.homeless.entry(node.to_owned()).or_default().push(pod),
        }
    }

    /// Takes the pod with this uid off its node.
    pub fn remove_pod(&mut self, uid: &str) -> Option<Rc<PodInfo>> {
        let node = self.places.remove(uid)?;
        let pod = match self.index.get(&node).and_then(|index| self.nodes.get_mut(*index)) {
            Some(info) => info.remove_pod(uid)?,
            None => {
                let pods = self.homeless.get_mut(&*node)?;
                pods.remove(pods.iter().position(|pod| pod.uid() == uid)?)
            }
        };
        self.pods_with_affinity -= usize::from(pod.has_affinity());
        self.pods_with_required_anti_affinity -= usize::from(!pod.required_anti_affinity.is_empty());
        Some(pod)
    }

    /// Whether the pod with this uid is on a node.
    pub fn has_pod(&self, uid: &str) -> bool {
        self.places.contains_key(uid)
    }

    /// Takes note that preemption made room for `pod` on `node`.
    pub fn nominate(&mut self, pod: Rc<PodInfo>, node: &str) {
        self.forget_nomination(pod.uid());
        self.nominated.entry(node.to_owned()).or_default().push(pod);
    }

    /// Forgets where room was made for the pod with this uid.
    pub fn forget_nomination(&mut self, uid: &str) {
        self.nominated.retain(|_, pods| {
            pods.retain(|pod| pod.uid() != uid);
            !pods.is_empty()
        });
    }

    /// Brings the nodes into the order in which they are tried: one of each zone in turn. Models `nodeTree.list`.
    pub fn order(&mut self) {
        if !std::mem::take(&mut self.unordered) {
            return;
        }
        let mut zones: Vec<(String, VecDeque<NodeInfo>)> = Vec::new();
        let mut place_of_zone: BTreeMap<String, usize> = BTreeMap::new();
        for info in std::mem::take(&mut self.nodes) {
            let zone = zone_of(&info);
            let place = *place_of_zone.entry(zone.clone()).or_insert_with(|| {
                zones.push((zone, VecDeque::new()));
                zones.len() - 1
            });
            zones[place].1.push_back(info);
        }
        loop {
            let taken = zones.iter_mut().filter_map(|(_, infos)| infos.pop_front());
            let before = self.nodes.len();
            self.nodes.extend(taken);
            if self.nodes.len() == before {
                break;
            }
        }
        self.reindex();
    }

    fn reindex(&mut self) {
        self.index = self.nodes.iter().enumerate().map(|(index, info)| (info.name.clone(), index)).collect();
    }
}

fn note_images(counts: &mut BTreeMap<String, usize>, info: &NodeInfo) {
    for name in info.images.keys() {
        *counts.entry(name.clone()).or_default() += 1;
    }
}

fn forget_images(counts: &mut BTreeMap<String, usize>, info: &NodeInfo) {
    for name in info.images.keys() {
        if let Some(count) = counts.get_mut(name) {
            *count -= 1;
        }
    }
}

/// Region and zone, as one word. Models `node.GetZoneKey`.
fn zone_of(info: &NodeInfo) -> String {
    let region = info.label("topology.kubernetes.io/region").unwrap_or_default();
    let zone = info.label("topology.kubernetes.io/zone").unwrap_or_default();
    format!("{region}:{zone}")
}
