//! The Node object and the lease. Models `pkg/kubelet/kubelet_node_status.go` and `pkg/kubelet/nodestatus`.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::api::core::v1::{
    ContainerImage, DaemonEndpoint, Node, NodeAddress, NodeCondition, NodeDaemonEndpoints, NodeSpec, NodeStatus, NodeSystemInfo,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use super::main_loop::Kubelet;
use crate::api::well_known::NODE_LEASES;
use crate::client::reference_to;

/// `nodeStatusUpdateFrequency`, and how often a node without changes is reported all the same.
const UPDATE_PERIOD: Duration = Duration::from_secs(10);
const REPORT_PERIOD: Duration = Duration::from_secs(300);
/// A quarter of `nodeLeaseDurationSeconds`.
const RENEW_PERIOD: Duration = Duration::from_secs(10);
const LEASE_SECONDS: i32 = 40;
/// What the eviction threshold keeps back: `memory.available<100Mi`.
const RESERVED_MEMORY_KIB: u64 = 100 * 1024;
/// The node's status names no more images than this.
const LIMIT_IMAGES: usize = 50;

impl Kubelet {
    /// Whether the kubelet can tell the control plane anything: it runs, and the node's link is up.
    pub(super) fn is_connected(&self) -> bool {
        self.is_running() && !self.0.runtime.network().faults().cut_off.contains(&self.0.config.name)
    }

    /// Waits until the node's link is up.
    pub(super) async fn connected(&self) {
        loop {
            let changed = self.0.runtime.network().faults_changed();
            if self.is_connected() {
                return;
            }
            changed.await;
        }
    }

    /// Makes the Node object, or brings it up to date after a restart.
    pub(super) fn register(&self) {
        let inner = &self.0;
        let name = inner.config.name.clone();
        if let Some(node) = inner.client.get::<Node>("", &name) {
            inner.client.record_event(&reference_to(&*node), "kubelet", Some(&name), "Normal", "Starting", "Starting kubelet.");
            self.update_status(true);
            return;
        }
        let mut labels = BTreeMap::from([
            ("beta.kubernetes.io/arch".to_owned(), "amd64".to_owned()),
            ("beta.kubernetes.io/os".to_owned(), "linux".to_owned()),
            ("kubernetes.io/arch".to_owned(), "amd64".to_owned()),
            ("kubernetes.io/hostname".to_owned(), name.clone()),
            ("kubernetes.io/os".to_owned(), "linux".to_owned()),
        ]);
        labels.extend(inner.config.labels.clone());
        let annotations = BTreeMap::from([
            ("node.alpha.kubernetes.io/ttl".to_owned(), "0".to_owned()),
            ("volumes.kubernetes.io/controller-managed-attach-detach".to_owned(), "true".to_owned()),
        ]);
        let taints = inner.config.taints.clone();
        let node = Node {
            metadata: ObjectMeta { name: Some(name), labels: Some(labels), annotations: Some(annotations), ..ObjectMeta::default() },
            spec: Some(NodeSpec {
                pod_cidr: Some(inner.config.pod_cidr.clone()),
                pod_cidrs: Some(vec![inner.config.pod_cidr.clone()]),
                taints: (!taints.is_empty()).then_some(taints),
                ..NodeSpec::default()
            }),
            status: Some(self.node_status(None)),
        };
        let _ = inner.client.create(node);
        self.update_status(true);
    }

    fn update_status(&self, always: bool) {
        let inner = &self.0;
        let Some(node) = inner.client.get::<Node>("", &inner.config.name) else { return };
        let status = self.node_status(node.status.as_ref());
        let without_times = |status: &NodeStatus| {
            let mut status = status.clone();
            for condition in status.conditions.iter_mut().flatten() {
                condition.last_heartbeat_time = None;
            }
            status
        };
        if !always && node.status.as_ref().map(without_times) == Some(without_times(&status)) {
            return;
        }
        let mut node = (*node).clone();
        node.status = Some(status);
        let _ = inner.client.update_status(node);
    }

    /// Reports the node's status at once, if it has changed.
    pub(super) fn report_now(&self) {
        if self.is_connected() {
            self.update_status(false);
        }
    }

    /// Reports the node's status: every five minutes, and when it has changed.
    pub(super) async fn report_status(self) {
        let mut reported = self.0.sim.now();
        loop {
            self.0.sim.sleep(UPDATE_PERIOD).await;
            self.connected().await;
            if self.0.client.get::<Node>("", &self.0.config.name).is_none() {
                // Somebody deleted the Node object; the kubelet registers again only when it is restarted.
                continue;
            }
            let due = self.0.sim.now().since(reported) >= REPORT_PERIOD;
            if due {
                reported = self.0.sim.now();
            }
            self.update_status(due);
        }
    }

    /// Renews the node's lease every ten seconds.
    pub(super) async fn renew_lease(self) {
        loop {
            self.connected().await;
            self.renew_once();
            self.0.sim.sleep(RENEW_PERIOD).await;
        }
    }

    fn renew_once(&self) {
        let inner = &self.0;
        let name = &inner.config.name;
        let now = inner.client.micro_now();
        if let Some(lease) = inner.client.get::<Lease>(NODE_LEASES, name) {
            let mut lease = (*lease).clone();
            lease.spec.get_or_insert_default().renew_time = Some(now);
            let _ = inner.client.update(lease);
            return;
        }
        let owner = inner.client.get::<Node>("", name).map(|node| OwnerReference {
            api_version: "v1".into(),
            kind: "Node".into(),
            name: name.clone(),
            uid: node.metadata.uid.clone().unwrap_or_default(),
            ..OwnerReference::default()
        });
        let lease = Lease {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                namespace: Some(NODE_LEASES.into()),
                owner_references: owner.map(|owner| vec![owner]),
                ..ObjectMeta::default()
            },
            spec: Some(LeaseSpec {
                holder_identity: Some(name.clone()),
                lease_duration_seconds: Some(LEASE_SECONDS),
                renew_time: Some(now),
                ..LeaseSpec::default()
            }),
        };
        let _ = inner.client.create(lease);
    }

    fn node_status(&self, old: Option<&NodeStatus>) -> NodeStatus {
        let config = &self.0.config;
        let address = |type_: &str, address: String| NodeAddress { type_: type_.into(), address };
        NodeStatus {
            addresses: Some(vec![address("InternalIP", config.ip.to_string()), address("Hostname", config.name.clone())]),
            allocatable: Some(self.allocatable()),
            capacity: Some(self.resources(0)),
            conditions: Some(self.conditions(old)),
            daemon_endpoints: Some(NodeDaemonEndpoints { kubelet_endpoint: Some(DaemonEndpoint { port: 10250 }) }),
            images: Some(self.images()),
            node_info: Some(self.node_info()),
            ..NodeStatus::default()
        }
    }

    /// What the node has for pods.
    pub(super) fn allocatable(&self) -> BTreeMap<String, Quantity> {
        self.resources(RESERVED_MEMORY_KIB)
    }

    fn resources(&self, reserved_memory_kib: u64) -> BTreeMap<String, Quantity> {
        let config = &self.0.config;
        let mut resources = BTreeMap::from([
            ("cpu".to_owned(), Quantity(config.cpus.to_string())),
            ("ephemeral-storage".to_owned(), Quantity(format!("{}Ki", config.disk_kib))),
            ("hugepages-1Gi".to_owned(), Quantity("0".into())),
            ("hugepages-2Mi".to_owned(), Quantity("0".into())),
            ("memory".to_owned(), Quantity(format!("{}Ki", config.memory_kib.saturating_sub(reserved_memory_kib)))),
            ("pods".to_owned(), Quantity(config.max_pods.to_string())),
        ]);
        resources.extend(config.extended.iter().map(|(name, quantity)| (name.clone(), Quantity(quantity.clone()))));
        resources
    }

    fn conditions(&self, old: Option<&NodeStatus>) -> Vec<NodeCondition> {
        let now = self.0.client.now();
        let (memory, disk) = self.0.pressure.now(self.0.sim.now());
        let memory = if memory {
            ("MemoryPressure", "True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
        } else {
            ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available")
        };
        let disk = if disk {
            ("DiskPressure", "True", "KubeletHasDiskPressure", "kubelet has disk pressure")
        } else {
            ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure")
        };
        let list = [
            memory,
            disk,
            ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ];
        let before = |type_: &str| old.and_then(|old| old.conditions.as_ref()?.iter().find(|c| c.type_ == type_));
        list.iter()
            .map(|(type_, status, reason, message)| {
                let same = before(type_).filter(|c| c.status == *status);
                NodeCondition {
                    type_: (*type_).into(),
                    status: (*status).into(),
                    reason: Some((*reason).into()),
                    message: Some((*message).into()),
                    last_heartbeat_time: Some(now.clone()),
                    last_transition_time: same.and_then(|c| c.last_transition_time.clone()).or_else(|| Some(now.clone())),
                }
            })
            .collect()
    }

    /// The node's images, largest first.
    fn images(&self) -> Vec<ContainerImage> {
        let mut images = self.0.runtime.images().list();
        images.sort_by_key(|image| std::cmp::Reverse(image.size_bytes));
        let entry = |image: &std::rc::Rc<crate::images::PulledImage>| ContainerImage {
            names: Some(vec![image.repo_digest(), image.reference.to_string()]),
            size_bytes: i64::try_from(image.size_bytes).ok(),
        };
        images.iter().take(LIMIT_IMAGES).map(entry).collect()
    }

    fn node_info(&self) -> NodeSystemInfo {
        let config = &self.0.config;
        let uuid = |what: &str| crate::sim::Rng::new(7).fork(&format!("{}/{what}", config.name)).uuid();
        NodeSystemInfo {
            architecture: "amd64".into(),
            boot_id: uuid("boot"),
            container_runtime_version: format!("{}://{}", config.runtime.scheme, config.runtime.version),
            kernel_version: config.kernel_version.clone(),
            kube_proxy_version: String::new(),
            kubelet_version: config.kubelet_version.clone(),
            machine_id: config.machine_id.clone(),
            operating_system: "linux".into(),
            os_image: config.os_image.clone(),
            swap: None,
            system_uuid: uuid("system"),
        }
    }
}
