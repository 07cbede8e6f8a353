//! A whole cluster, wired: API server, scheduler, controllers, nodes, network.

mod bootstrap;
mod fault;
mod faults;
mod kubectl_image;
pub mod ssh;
#[cfg(test)]
mod tests;
pub mod topology;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

pub use fault::{Fault, GRAMMAR as FAULT_GRAMMAR};
pub use topology::Topology;

use crate::apiserver::ApiServer;
use crate::client::Client;
use crate::controllers;
use crate::cri::Runtime;
pub use crate::images::Declared as DeclaredImage;
use crate::images::{Image, Registry};
use crate::kubelet::{Kubelet, ServiceProxy};
use crate::network::Network;
use crate::scheduler;
use crate::sim::{AtOnce, JoinHandle, Pace, Sim, Time, at_once};

/// How long a new cluster runs by itself before anybody uses it, so that its nodes are ready and its DNS answers.
const SETTLING: Duration = Duration::from_secs(120);

/// How long the first node is alone.
const FIRST_NODE: Duration = Duration::from_secs(30);

/// A running cluster. A cheap handle.
#[derive(Clone)]
pub struct Cluster(Rc<Inner>);

struct Inner {
    sim: Sim,
    server: ApiServer,
    network: Network,
    registry: Registry,
    kubelets: BTreeMap<String, Kubelet>,
    /// Kept so that services go on being routed.
    _proxy: Option<ServiceProxy>,
    /// The control plane's tasks by name, so that faults can stop and start them.
    tasks: RefCell<BTreeMap<&'static str, JoinHandle<()>>>,
    /// The faults in force.
    faults: RefCell<BTreeSet<Fault>>,
}

impl Cluster {
    /// Builds a cluster and lets it settle.
    pub fn start(sim: &Sim, topology: &Topology) -> Cluster {
        at_once(Cluster::start_at(sim, topology, &AtOnce))
    }

    /// The same in pieces, as `pace` has it.
    pub async fn start_at(sim: &Sim, topology: &Topology, pace: &dyn Pace) -> Cluster {
        let server = ApiServer::new(sim);
        let network = Network::new(sim.clone());
        let registry = Registry::new(sim.clone());
        registry.add(Rc::new(kubectl_image::KubectlImage::new(&server)));
        for image in &topology.images {
            registry.add(Rc::new(image.clone()));
        }
        pace.breath().await;
        bootstrap::bootstrap(&Client::new(&server, "kube-apiserver"), pace).await;
        let mut tasks = BTreeMap::new();
        for (name, handle) in controllers::start(&Client::new(&server, "kube-controller-manager")) {
            tasks.insert(name, handle);
        }
        pace.breath().await;
        tasks.insert("kube-scheduler", sim.spawn(scheduler::run(Client::new(&server, "kube-scheduler"))));
        tasks.insert("kubernetes-service", sim.spawn(bootstrap::keep_api_service(Client::new(&server, "kube-apiserver"))));
        let proxy = bootstrap::dns_address().map(|dns| ServiceProxy::start(&Client::new(&server, "kube-proxy"), &network, dns));
        let mut kubelets = BTreeMap::new();
        for config in topology.node_configs() {
            let name = config.name.clone();
            let first = kubelets.is_empty();
            pace.breath().await;
            let kubelet = Kubelet::new(&Client::new(&server, "kubelet"), &network, &registry, config);
            pace.breath().await;
            kubelet.run();
            kubelets.insert(name, kubelet);
            if first {
                // DNS starts with the first node, before others join, as kubeadm has it.
                pace.breath().await;
                bootstrap::dns(&Client::new(&server, "kubeadm"), pace).await;
                sim.run_until_at(Time::ZERO + FIRST_NODE, pace).await;
            }
        }
        sim.run_until_at(Time::ZERO + SETTLING, pace).await;
        forget_events(&Client::new(&server, "kube-apiserver"));
        let (sim, tasks) = (sim.clone(), RefCell::new(tasks));
        Cluster(Rc::new(Inner { sim, server, network, registry, kubelets, _proxy: proxy, tasks, faults: RefCell::default() }))
    }

    /// The simulation.
    pub fn sim(&self) -> &Sim {
        &self.0.sim
    }

    /// `actor`'s access to the API.
    pub fn client(&self, actor: &str) -> Client {
        Client::new(&self.0.server, actor)
    }

    /// The API server.
    pub fn server(&self) -> &ApiServer {
        &self.0.server
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.0.network
    }

    /// The image registry.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// The kubelet of a node.
    pub fn kubelet(&self, node: &str) -> Option<&Kubelet> {
        self.0.kubelets.get(node)
    }

    /// Puts an image into the registries; gives its names.
    pub fn add_image(&self, image: DeclaredImage) -> Vec<String> {
        let tags = image.tags().iter().map(|tag| format!("{}:{}", image.name(), tag.name)).collect();
        self.0.registry.add(Rc::new(image));
        tags
    }

    /// Every node's kubelet, by the node's name.
    pub fn kubelets(&self) -> &BTreeMap<String, Kubelet> {
        &self.0.kubelets
    }

    /// Every node's container runtime.
    pub fn runtimes(&self) -> BTreeMap<String, Runtime> {
        self.0.kubelets.iter().map(|(name, kubelet)| (name.clone(), kubelet.runtime().clone())).collect()
    }

    /// Stops or starts a part of the control plane: `kube-scheduler`, `replicaset-controller`, ….
    pub fn set_running(&self, component: &str, running: bool) {
        let mut tasks = self.0.tasks.borrow_mut();
        let Some(name) = tasks.keys().copied().find(|name| *name == component) else { return };
        let Some(task) = tasks.remove(name) else { return };
        task.abort();
        if !running {
            tasks.insert(name, task);
            return;
        }
        let fresh = match name {
            "kube-scheduler" => Some(self.0.sim.spawn(scheduler::run(self.client("kube-scheduler")))),
            name => controllers::start_one(&self.client("kube-controller-manager"), name),
        };
        tasks.insert(name, fresh.unwrap_or(task));
    }
}

/// The cluster has run for longer than events are kept (an hour): nothing of its beginning is told any more.
fn forget_events(client: &Client) {
    for event in client.list::<k8s_openapi::api::core::v1::Event>(None) {
        let key = crate::api::Object::from((*event).clone()).key();
        // Nobody else deletes events: it is still there.
        let _ = client.delete_key(&key, crate::client::DeleteOptions::default());
    }
}
