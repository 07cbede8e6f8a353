//! The kubelet itself: one pod worker for each of the node's pods.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::Pod;

use super::backoff::Backoff;
use super::config::NodeConfig;
use super::eviction::Pressure;
use super::record::{name_of, namespace_of, spec_of, uid_of};
use super::worker::Worker;
use crate::api::pod::is_finished;
use crate::client::{Client, WatchEvent};
use crate::cri::Runtime;
use crate::images::Registry;
use crate::network::Network;
use crate::process::Vfs;
use crate::sim::channel::Notify;
use crate::sim::{Rng, Sim};

/// A computer is up for a while before pods run on it: their processes' numbers begin here.
const FIRST_POD_PID: u32 = 1200;

/// The kubelet of one node. A cheap handle.
#[derive(Clone)]
pub struct Kubelet(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub client: Client,
    pub sim: Sim,
    pub rng: Rng,
    pub config: NodeConfig,
    pub runtime: Runtime,
    /// The node's own file tree, for hostPath volumes.
    pub host_files: Vfs,
    pub image_backoff: RefCell<Backoff>,
    pub crash_backoff: RefCell<Backoff>,
    pub workers: RefCell<BTreeMap<String, Rc<Worker>>>,
    running: Cell<bool>,
    /// Whether the node is without power.
    off: Cell<bool>,
    /// Bytes of memory and of disk that something outside of pods takes.
    pub hog: Cell<(u64, u64)>,
    /// Which of memory and disk are short.
    pub pressure: Pressure,
    /// What of `pressure` was last reported.
    pub reported_pressure: Cell<(bool, bool)>,
    /// Rung when `hog` changes.
    pub hog_changed: Notify,
    /// Ends the kubelet's own tasks.
    tasks: RefCell<Vec<Rc<dyn Fn()>>>,
}

impl Kubelet {
    /// Starts the kubelet of a node: registers the node, and makes the node's pods.
    pub fn start(client: &Client, network: &Network, registry: &Registry, config: NodeConfig) -> Kubelet {
        let kubelet = Kubelet::new(client, network, registry, config);
        kubelet.run();
        kubelet
    }

    /// The node's machine and its kubelet, which does not [`run`](Kubelet::run) yet.
    pub fn new(client: &Client, network: &Network, registry: &Registry, config: NodeConfig) -> Kubelet {
        let client = client.as_actor(&format!("kubelet/{}", config.name));
        let sim = client.sim().clone();
        let host = network.host_namespace(&config.name, config.ip);
        let runtime = Runtime::new(&sim, network, registry, &config.name, host, &config.pod_cidr, config.runtime.clone());
        let host_files = runtime.machine().files().clone();
        let kubelet = Kubelet(Rc::new(Inner {
            rng: sim.rng().fork(&format!("kubelet/{}", config.name)),
            client,
            sim,
            config,
            runtime,
            host_files,
            image_backoff: RefCell::default(),
            crash_backoff: RefCell::default(),
            workers: RefCell::default(),
            running: Cell::new(false),
            off: Cell::new(false),
            hog: Cell::default(),
            pressure: Pressure::default(),
            reported_pressure: Cell::default(),
            hog_changed: Notify::new(),
            tasks: RefCell::default(),
        }));
        kubelet.furnish();
        kubelet
    }

    /// Runs for the first time: registers the node and goes to work.
    pub fn run(&self) {
        self.set_running(true);
        self.runtime().machine().kernel.skip_to(FIRST_POD_PID);
    }

    /// What the topology says of the node.
    pub fn config(&self) -> &NodeConfig {
        &self.0.config
    }

    /// The node's container runtime.
    pub fn runtime(&self) -> &Runtime {
        &self.0.runtime
    }

    /// The node's own file tree.
    pub fn host_files(&self) -> &Vfs {
        &self.0.host_files
    }

    /// Whether the kubelet runs.
    pub fn is_running(&self) -> bool {
        self.0.running.get()
    }

    /// Stops the kubelet (`systemctl stop kubelet`), or starts it again. Containers go on meanwhile.
    pub fn set_running(&self, running: bool) {
        if self.0.running.replace(running) == running {
            return;
        }
        if running && self.0.off.replace(false) {
            self.runtime().machine().boot();
            self.start_services();
        }
        self.follow_kubelet(running);
        if !running {
            for abort in self.0.tasks.borrow_mut().drain(..) {
                abort();
            }
            for worker in self.0.workers.borrow().values() {
                worker.pause();
            }
            self.0.client.server().unregister_node(&self.0.config.name);
            return;
        }
        self.heed_link();
        // A node without a link registers once it has one.
        let registered = self.is_connected();
        if registered {
            self.register();
        }
        for worker in self.0.workers.borrow().values() {
            worker.spawn();
        }
        let kubelet = self.clone();
        let watching = self.0.sim.spawn(async move { kubelet.watch_pods(registered).await });
        let kubelet = self.clone();
        let leasing = self.0.sim.spawn(async move { kubelet.renew_lease().await });
        let kubelet = self.clone();
        let reporting = self.0.sim.spawn(async move { kubelet.report_status().await });
        let kubelet = self.clone();
        let catching_up = self.0.sim.spawn(async move { kubelet.catch_up().await });
        let kubelet = self.clone();
        let evicting = self.0.sim.spawn(async move { kubelet.manage_eviction().await });
        let mut tasks = self.0.tasks.borrow_mut();
        tasks.push(Rc::new(evicting.aborter()));
        tasks.push(Rc::new(catching_up.aborter()));
        tasks.push(Rc::new(watching.aborter()));
        tasks.push(Rc::new(leasing.aborter()));
        tasks.push(Rc::new(reporting.aborter()));
    }

    /// The node loses power: kubelet and containers end at once.
    pub fn crash(&self) {
        self.set_running(false);
        self.0.off.set(true);
        self.0.runtime.crash();
        self.runtime().machine().power_off();
    }

    /// Whether the node has lost power and was not started again.
    pub fn is_off(&self) -> bool {
        self.0.off.get()
    }

    /// Lets something outside of pods take so many bytes of the node's memory and disk.
    pub fn set_hog(&self, memory_bytes: u64, disk_bytes: u64) {
        if self.0.hog.replace((memory_bytes, disk_bytes)) != (memory_bytes, disk_bytes) {
            self.0.hog_changed.notify();
        }
    }

    /// What the kubelet writes about this pod next is a reaction to event `seq` of the trace.
    pub fn blame(&self, uid: &str, seq: u64) {
        if let Some(worker) = self.0.workers.borrow().get(uid) {
            worker.blame(seq);
        }
    }

    async fn watch_pods(&self, registered: bool) {
        self.connected().await;
        if !registered {
            self.register();
        }
        let mut watch = self.0.client.watch::<Pod>();
        let is_ours = |pod: &Pod| spec_of(pod).node_name.as_deref() == Some(&self.0.config.name);
        let mut seen = Vec::new();
        // What was deleted while the kubelet was down comes as an absence.
        while let Some(event) = watch.try_next() {
            if let WatchEvent::Applied { object, .. } = &event {
                seen.push(uid_of(object).to_owned());
            }
            self.take(event, &is_ours);
        }
        let gone: Vec<Rc<Worker>> =
            self.0.workers.borrow().iter().filter(|(uid, _)| !seen.contains(uid)).map(|(_, worker)| worker.clone()).collect();
        gone.iter().for_each(|worker| worker.remove());
        loop {
            let event = watch.next().await;
            // A node that is cut off hears of nothing until it is joined again.
            self.connected().await;
            self.take(event, &is_ours);
        }
    }

    /// Reports what could not be reported while the node was cut off.
    async fn catch_up(&self) {
        // The link may have returned since the kubelet was started, before anything of it ran.
        self.heed_link();
        loop {
            self.0.runtime.network().faults_changed().await;
            self.heed_link();
            if self.is_connected() {
                let workers: Vec<Rc<Worker>> = self.0.workers.borrow().values().cloned().collect();
                workers.iter().for_each(|worker| worker.updated.notify());
            }
        }
    }

    /// Logs and exec reach the kubelet as long as its node has a link.
    fn heed_link(&self) {
        let server = self.0.client.server();
        if self.is_connected() {
            server.register_node(&self.0.config.name, Rc::new(self.clone()));
        } else {
            server.unregister_node(&self.0.config.name);
        }
    }

    fn take(&self, event: WatchEvent<Pod>, is_ours: &dyn Fn(&Pod) -> bool) {
        let note = |verb: &str, pod: &Pod| {
            let (namespace, name) = (namespace_of(pod), name_of(pod));
            self.log('I', "kubelet.go:2569", format!("\"SyncLoop {verb}\" source=\"api\" pods=[\"{namespace}/{name}\"]"));
        };
        match event {
            WatchEvent::Applied { object, trace_seq, .. } if is_ours(&object) => {
                match self.worker(&object) {
                    None => note("ADD", &object),
                    Some(worker) if !worker.is_deleting() && object.metadata.deletion_timestamp.is_some() => note("DELETE", &object),
                    Some(_) => {}
                }
                self.pod_applied(object, trace_seq);
            }
            WatchEvent::Deleted { object, .. } if is_ours(&object) => {
                note("REMOVE", &object);
                let worker = self.worker(&object);
                if let Some(worker) = worker {
                    worker.remove();
                }
            }
            _ => {}
        }
    }

    fn pod_applied(&self, pod: Rc<Pod>, trace_seq: u64) {
        if let Some(worker) = self.worker(&pod) {
            worker.update(pod, trace_seq);
            return;
        }
        if is_finished(&pod) {
            return;
        }
        let uid = uid_of(&pod).to_owned();
        let worker = Worker::new(self, pod, trace_seq);
        self.0.workers.borrow_mut().insert(uid, worker.clone());
        worker.spawn();
    }

    /// The worker of a pod.
    pub(super) fn worker(&self, pod: &Pod) -> Option<Rc<Worker>> {
        self.0.workers.borrow().get(uid_of(pod)).cloned()
    }

    /// Forgets a pod that is gone.
    pub(super) fn forget(&self, uid: &str) {
        self.0.workers.borrow_mut().remove(uid);
        self.0.crash_backoff.borrow_mut().forget(uid);
        self.0.image_backoff.borrow_mut().forget(uid);
    }
}
