//! The runtime of one node.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::time::Duration;

use super::container::{Container, ContainerConfig, StartError};
use super::image_service::ImageService;
use super::machine::Machine;
use super::sandbox::{Sandbox, SandboxConfig};
use crate::images::{Reference, Registry};
use crate::network::{NetNamespace, Network};
use crate::process::vfs::Credentials;
use crate::process::{Cgroup, Child, FileSystem, Namespaces, Signal, Uts, Vfs};
use crate::sim::channel::Notify;
use crate::sim::{Rng, Sim};

/// The image that holds a sandbox's namespaces.
const PAUSE: &str = "registry.k8s.io/pause:3.10";

/// Which runtime a node has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flavour {
    /// `containerd`, `docker`: the scheme of container IDs.
    pub scheme: String,
    /// `1.6.20`.
    pub version: String,
}

impl Flavour {
    /// Whether it is Docker Engine behind cri-dockerd.
    pub fn is_docker(&self) -> bool {
        self.scheme == "docker"
    }
}

/// A node's runtime. A cheap handle.
#[derive(Clone)]
pub struct Runtime(Rc<Inner>);

struct Inner {
    sim: Sim,
    rng: Rng,
    network: Network,
    node: Rc<str>,
    machine: Machine,
    flavour: Flavour,
    /// Whether its daemon runs.
    up: Cell<bool>,
    up_changed: Notify,
    images: ImageService,
    addresses: RefCell<Addresses>,
    sandboxes: RefCell<BTreeMap<String, Rc<Sandbox>>>,
    containers: RefCell<BTreeMap<String, Rc<Container>>>,
    next_ipc: Cell<u64>,
}

/// The addresses of a node's pods. Models the `host-local` IPAM plugin: the next free one after the last given.
struct Addresses {
    base: u32,
    size: u32,
    last: u32,
    used: BTreeSet<u32>,
}

impl Addresses {
    fn new(cidr: &str) -> Addresses {
        let (ip, bits) = cidr.split_once('/').unwrap_or((cidr, "24"));
        let base = ip.parse::<Ipv4Addr>().map_or(0, u32::from);
        let size = 1u32.checked_shl(32 - bits.parse::<u32>().unwrap_or(24).clamp(8, 30)).unwrap_or(256);
        // .0 is the network, .1 the bridge.
        Addresses { base, size, last: 1, used: BTreeSet::new() }
    }

    fn take(&mut self) -> Option<IpAddr> {
        let usable = self.size.saturating_sub(3);
        let offsets = (0..usable).map(|n| 2 + (self.last - 1 + n) % usable);
        let offset = offsets.into_iter().find(|offset| !self.used.contains(offset))?;
        self.used.insert(offset);
        self.last = offset;
        Some(IpAddr::V4(Ipv4Addr::from(self.base + offset)))
    }

    fn release(&mut self, ip: IpAddr) {
        if let IpAddr::V4(ip) = ip {
            self.used.remove(&u32::from(ip).wrapping_sub(self.base));
        }
    }
}

impl Runtime {
    /// The runtime of `node`, whose own namespace is `host`, with addresses from `pod_cidr`.
    pub fn new(
        sim: &Sim,
        network: &Network,
        registry: &Registry,
        node: &str,
        host: NetNamespace,
        pod_cidr: &str,
        flavour: Flavour,
    ) -> Runtime {
        if let Some(ip) = host.ip() {
            network.set_pod_network(node, pod_cidr, ip);
        }
        Runtime(Rc::new(Inner {
            sim: sim.clone(),
            rng: sim.rng().fork(&format!("cri/{node}")),
            network: network.clone(),
            node: node.into(),
            machine: Machine::new(sim, node, host, registry),
            flavour,
            up: Cell::new(true),
            up_changed: Notify::new(),
            images: ImageService::new(sim, registry),
            addresses: RefCell::new(Addresses::new(pod_cidr)),
            sandboxes: RefCell::default(),
            containers: RefCell::default(),
            next_ipc: Cell::new(1),
        }))
    }

    /// Which runtime it is.
    pub fn flavour(&self) -> &Flavour {
        &self.0.flavour
    }

    /// The node's images.
    pub fn images(&self) -> &ImageService {
        &self.0.images
    }

    /// The node's own network namespace.
    pub fn host(&self) -> &NetNamespace {
        &self.0.machine.namespaces.net
    }

    /// The node as a computer.
    pub fn machine(&self) -> &Machine {
        &self.0.machine
    }

    /// Whether its daemon runs.
    pub fn is_up(&self) -> bool {
        self.0.up.get()
    }

    /// Stops or starts its daemon. Containers go on without it.
    pub fn set_up(&self, up: bool) {
        self.0.up.set(up);
        self.0.up_changed.notify();
    }

    /// Waits until its daemon runs.
    async fn up(&self) {
        loop {
            let changed = self.0.up_changed.notified();
            if self.is_up() {
                return;
            }
            changed.await;
        }
    }

    /// The sandbox with this ID.
    pub fn sandbox(&self, id: &str) -> Option<Rc<Sandbox>> {
        self.0.sandboxes.borrow().get(id).cloned()
    }

    /// The container with this ID.
    pub fn container(&self, id: &str) -> Option<Rc<Container>> {
        self.0.containers.borrow().get(id).cloned()
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.0.network
    }

    /// Every sandbox, by ID.
    pub fn sandboxes(&self) -> Vec<Rc<Sandbox>> {
        self.0.sandboxes.borrow().values().cloned().collect()
    }

    /// Every container, by ID.
    pub fn containers(&self) -> Vec<Rc<Container>> {
        self.0.containers.borrow().values().cloned().collect()
    }

    fn id(&self) -> String {
        self.0.rng.hex(64)
    }

    /// What a step of the runtime takes.
    async fn work(&self, millis: std::ops::Range<u64>) {
        self.up().await;
        let took = self.0.rng.duration(Duration::from_millis(millis.start)..Duration::from_millis(millis.end));
        self.0.sim.sleep(took).await;
    }

    /// Makes a sandbox: an address, namespaces, and the pause process that holds them.
    pub async fn run_sandbox(&self, config: SandboxConfig) -> Result<Rc<Sandbox>, String> {
        self.work(120..280).await;
        let inner = &self.0;
        let name = format!("{}/{}", config.namespace, config.name);
        let (ip, net) = if config.host_network {
            (self.host().ip(), self.host().clone())
        } else {
            let ip = inner.addresses.borrow_mut().take();
            let ip = ip.ok_or("failed to setup network for sandbox: no IP addresses available in range set")?;
            (Some(ip), inner.network.namespace(&name, Some(ip), Some(&inner.node)))
        };
        if !config.host_network {
            net.set_resolver(config.resolver.clone());
        }
        let ipc = inner.next_ipc.get();
        inner.next_ipc.set(ipc + 1);
        let id = self.id();
        let shim = inner.machine.shim(&inner.flavour, &id);
        let machine = inner.machine.kernel.clone();
        let kernel = match config.host_pid {
            true => machine.clone(),
            false => machine.nested(&format!("{name}/pause"), shim.as_ref().map_or(1, Child::pid)),
        };
        let sandbox = Rc::new(Sandbox {
            id,
            created: inner.sim.timestamp(),
            ip,
            net,
            uts: if config.host_network { inner.machine.namespaces.uts.clone() } else { Uts::new(&config.hostname) },
            ipc: if config.host_ipc { inner.machine.namespaces.ipc } else { ipc },
            kernel,
            shim,
            machine,
            memory_kib: inner.machine.hardware.get().0,
            cpus: inner.machine.hardware.get().1,
            pause: RefCell::default(),
            ready: Cell::new(true),
            changed: Default::default(),
            config,
        });
        self.start_pause(&sandbox);
        inner.sandboxes.borrow_mut().insert(sandbox.id.clone(), sandbox.clone());
        Ok(sandbox)
    }

    fn start_pause(&self, sandbox: &Rc<Sandbox>) {
        let image = Reference::parse(PAUSE).ok().and_then(|reference| self.0.images.preload(&reference).ok());
        let files = match &image {
            Some(image) => FileSystem::from_layer(&image.layer),
            None => FileSystem::new(),
        };
        let namespaces = Namespaces {
            mount: Vfs::new(files),
            net: sandbox.net.clone(),
            uts: sandbox.uts.clone(),
            ipc: sandbox.ipc,
            cgroup: Cgroup::default(),
        };
        let who = Credentials { uid: 65535, gid: 65535 };
        let argv = vec!["/pause".to_owned()];
        let Ok(child) = sandbox.kernel.spawn(namespaces, argv, BTreeMap::new(), "/", who, BTreeMap::new(), None) else { return };
        sandbox.adopt(&child);
        *sandbox.pause.borrow_mut() = Some(child.clone());
        let (runtime, sandbox) = (self.clone(), sandbox.clone());
        self.0.sim.spawn(async move {
            child.wait().await;
            runtime.tear_down(&sandbox);
        });
    }

    fn tear_down(&self, sandbox: &Rc<Sandbox>) {
        if !sandbox.ready.replace(false) {
            return;
        }
        if !sandbox.config.host_network {
            sandbox.net.close();
            if let Some(ip) = sandbox.ip {
                self.0.addresses.borrow_mut().release(ip);
            }
        }
        if let Some(shim) = &sandbox.shim {
            let _ = sandbox.machine.signal_from_outside(shim.pid(), Signal::KILL);
        }
        sandbox.changed.notify();
    }

    /// Stops a sandbox and what still runs in it.
    pub async fn stop_sandbox(&self, sandbox: &Rc<Sandbox>) {
        for container in self.containers().iter().filter(|container| container.sandbox.id == sandbox.id) {
            container.stop(Duration::ZERO).await;
        }
        let pause = sandbox.pause.borrow().clone();
        match pause {
            Some(pause) => {
                let _ = sandbox.kernel.signal_from_outside(pause.pid(), Signal::KILL);
                while sandbox.is_ready() {
                    let changed = sandbox.changed.notified();
                    if sandbox.is_ready() {
                        changed.await;
                    }
                }
            }
            None => self.tear_down(sandbox),
        }
    }

    /// Forgets a stopped sandbox and its containers.
    pub fn remove_sandbox(&self, sandbox: &Sandbox) {
        self.0.containers.borrow_mut().retain(|_, container| container.sandbox.id != sandbox.id);
        self.0.sandboxes.borrow_mut().remove(&sandbox.id);
    }

    /// Makes a container in a sandbox.
    pub async fn create_container(&self, sandbox: &Rc<Sandbox>, config: ContainerConfig) -> Rc<Container> {
        self.work(30..90).await;
        let container = Container::new(&self.0.sim, self.id(), sandbox, config);
        self.0.containers.borrow_mut().insert(container.id.clone(), container.clone());
        container
    }

    /// Starts a container's first process.
    pub async fn start_container(&self, container: &Rc<Container>) -> Result<(), StartError> {
        self.work(60..160).await;
        container.start()
    }

    /// Asks a container to stop, and kills it when `grace` is over.
    pub async fn stop_container(&self, container: &Container, grace: Duration) {
        container.stop(grace).await;
    }

    /// Forgets a container that does not run.
    pub fn remove_container(&self, id: &str) {
        self.0.containers.borrow_mut().remove(id);
    }

    /// A fresh ID for an exec.
    pub fn exec_id(&self) -> String {
        self.id()
    }

    /// Ends everything at once, as when the node's power fails.
    pub fn crash(&self) {
        for container in self.containers() {
            container.signal(Signal::KILL);
        }
        for sandbox in self.sandboxes() {
            if let Some(pause) = &*sandbox.pause.borrow() {
                let _ = sandbox.kernel.signal_from_outside(pause.pid(), Signal::KILL);
            }
        }
    }
}
