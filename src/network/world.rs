//! The network's tables and the handle on them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::rc::{Rc, Weak};
use std::time::Duration;

use super::dns::DnsTable;
use super::listener::ListenerState;
use super::namespace::{NamespaceState, NetNamespace};
use super::pipe::Pipe;
use super::service::{ServiceAddress, ServiceTable};
use super::{Faults, ListenerInfo};
use crate::sim::channel::Notify;
use crate::sim::{Rng, Sim, Time, TraceKind};

/// Names a namespace for as long as the network lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamespaceId(pub(super) u64);

/// One way within a namespace, within a node, and between nodes.
const LATENCY_LOCAL: Duration = Duration::from_micros(30);
const LATENCY_NODE: Duration = Duration::from_micros(90);
const LATENCY_BETWEEN: Duration = Duration::from_micros(350);
/// TCP's first retransmission of data, doubled each time; Linux' `TCP_RTO_MIN`.
const RETRANSMIT: Duration = Duration::from_millis(200);
/// A packet is sent again this often before luck is assumed.
const LIMIT_RETRANSMITS: u32 = 8;

/// What the trace is told of a request.
pub(super) struct Told {
    pub from: Rc<str>,
    pub to: Rc<str>,
    pub port: u16,
    pub source_port: u16,
    pub label: Rc<str>,
    pub sent: Time,
}

/// The whole network of one simulation. A cheap handle; clones are the same network.
#[derive(Clone)]
pub struct Network(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub sim: Sim,
    pub rng: Rng,
    pub tables: RefCell<Tables>,
    /// Rung when faults change, for those whom a cut holds up.
    pub faults_changed: Notify,
    next_id: Cell<u64>,
}

/// What the router reads.
#[derive(Default)]
pub(super) struct Tables {
    pub namespaces: BTreeMap<NamespaceId, NamespaceState>,
    pub by_ip: BTreeMap<IpAddr, NamespaceId>,
    pub services: ServiceTable,
    /// A port of a node's namespace that leads to a pod: the pod's name and address.
    pub host_ports: BTreeMap<(NamespaceId, u16), (String, SocketAddr)>,
    pub dns: DnsTable,
    pub faults: Faults,
    pub listeners: BTreeMap<(NamespaceId, u16, IpAddr), Rc<ListenerState>>,
    pub connections: BTreeMap<u64, ConnectionState>,
    /// The addresses of each node's pods, and the node's own address: every node has routes to all of them.
    pub pod_networks: BTreeMap<String, (String, IpAddr)>,
}

/// One end of a connection, for `netstat` and for tearing it down.
pub(super) struct ConnectionState {
    pub namespace: NamespaceId,
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub owner: Rc<str>,
    pub incoming: Pipe,
    pub outgoing: Pipe,
}

impl Network {
    /// An empty network.
    pub fn new(sim: Sim) -> Network {
        let rng = sim.rng().fork("network");
        Network(Rc::new(Inner { sim, rng, tables: RefCell::default(), faults_changed: Notify::new(), next_id: Cell::new(1) }))
    }

    /// A new namespace: loopback, and `ip` where it has one. `node` is the node it is on, `None` outside of the cluster
    /// (the learner's workstation). Should `ip` be taken, the newer namespace owns it, as with a stolen address.
    pub fn namespace(&self, name: &str, ip: Option<IpAddr>, node: Option<&str>) -> NetNamespace {
        self.add_namespace(name, ip, node, false)
    }

    /// A node's own namespace: it has the node's address, and node ports and host ports answer there.
    pub fn host_namespace(&self, node: &str, ip: IpAddr) -> NetNamespace {
        self.add_namespace(node, Some(ip), Some(node), true)
    }

    fn add_namespace(&self, name: &str, ip: Option<IpAddr>, node: Option<&str>, is_host: bool) -> NetNamespace {
        let id = NamespaceId(self.next_id());
        let state = NamespaceState { name: name.into(), ip, node: node.map(Into::into), is_host, resolver: Default::default() };
        let mut tables = self.0.tables.borrow_mut();
        tables.namespaces.insert(id, state);
        if let Some(ip) = ip {
            tables.by_ip.insert(ip, id);
        }
        NetNamespace { network: self.clone(), id }
    }

    /// Says that the pods of `node` have the addresses of `cidr`, behind the node's own.
    pub fn set_pod_network(&self, node: &str, cidr: &str, ip: IpAddr) {
        self.0.tables.borrow_mut().pod_networks.insert(node.to_owned(), (cidr.to_owned(), ip));
    }

    /// The addresses of pods and the node that they are behind, by node.
    pub fn pod_networks(&self) -> Vec<(String, String, IpAddr)> {
        let tables = self.0.tables.borrow();
        tables.pod_networks.iter().map(|(node, (cidr, ip))| (node.clone(), cidr.clone(), *ip)).collect()
    }

    /// The namespaces of a node's pods.
    pub fn pods_of(&self, node: &str) -> Vec<NetNamespace> {
        let tables = self.0.tables.borrow();
        let here = tables.namespaces.iter().filter(|(_, state)| !state.is_host && state.node.as_deref() == Some(node));
        here.map(|(id, _)| NetNamespace { network: self.clone(), id: *id }).collect()
    }

    /// The namespace that owns `ip`.
    pub fn namespace_of(&self, ip: IpAddr) -> Option<NetNamespace> {
        let id = self.0.tables.borrow().by_ip.get(&ip).copied()?;
        Some(NetNamespace { network: self.clone(), id })
    }

    /// The simulation it lives in.
    pub fn sim(&self) -> &Sim {
        &self.0.sim
    }

    /// Sets the endpoints behind one address of the service `owner` (`default/web`).
    pub fn set_service(&self, owner: &str, address: ServiceAddress, endpoints: Vec<SocketAddr>) {
        self.0.tables.borrow_mut().services.set(owner, address, endpoints);
    }

    /// Says whether the service `owner` sends a client to the same endpoint again (`sessionAffinity: ClientIP`).
    pub fn set_affinity(&self, owner: &str, on: bool) {
        self.0.tables.borrow_mut().services.set_affinity(owner, on);
    }

    /// The name that stands for `name` (an `ExternalName` service's CNAME).
    pub fn dns_alias(&self, name: &str) -> Option<String> {
        self.0.tables.borrow().dns.alias(name)
    }

    /// Forgets every address of the service `owner`.
    pub fn remove_service(&self, owner: &str) {
        self.0.tables.borrow_mut().services.remove(owner);
    }

    /// Every service address with its service and endpoints.
    pub fn services(&self) -> Vec<(ServiceAddress, String, Vec<SocketAddr>)> {
        let tables = self.0.tables.borrow();
        tables.services.entries().map(|(address, owner, endpoints)| (address, owner.to_owned(), endpoints.to_vec())).collect()
    }

    /// Makes `port` of `node` lead to `to`, for the pod `owner` (a container's `hostPort`).
    pub fn set_host_port(&self, node: &NetNamespace, port: u16, owner: &str, to: SocketAddr) {
        self.0.tables.borrow_mut().host_ports.insert((node.id, port), (owner.to_owned(), to));
    }

    /// Forgets the host ports of the pod `owner`.
    pub fn remove_host_ports(&self, owner: &str) {
        self.0.tables.borrow_mut().host_ports.retain(|_, (name, _)| name != owner);
    }

    /// Changes the cluster's DNS records.
    pub fn update_dns(&self, change: impl FnOnce(&mut DnsTable)) {
        change(&mut self.0.tables.borrow_mut().dns);
    }

    /// The faults in force.
    pub fn faults(&self) -> Faults {
        self.0.tables.borrow().faults.clone()
    }

    /// Changes the faults in force; whoever was held up goes on.
    pub fn update_faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.0.tables.borrow_mut().faults);
        self.0.faults_changed.notify();
    }

    /// Completes at the next change of the faults after this call.
    pub fn faults_changed(&self) -> impl Future<Output = ()> + use<> {
        self.0.faults_changed.notified()
    }

    /// Cuts `node` off from everything else, or joins it again.
    pub fn cut_off(&self, node: &str, cut: bool) {
        self.update_faults(|faults| {
            if cut {
                faults.cut_off.insert(node.to_owned());
            } else {
                faults.cut_off.remove(node);
            }
        });
    }

    /// Every listener of every namespace, for invariants and the picture.
    pub fn listeners(&self) -> Vec<(Rc<str>, ListenerInfo)> {
        let tables = self.0.tables.borrow();
        let name = |id| tables.namespaces.get(id).map(|state| state.name.clone());
        let infos = tables.listeners.iter();
        infos.filter_map(|((id, _, _), listener)| Some((name(id)?, listener.info()))).collect()
    }

    pub(super) fn next_id(&self) -> u64 {
        let id = self.0.next_id.get();
        self.0.next_id.set(id + 1);
        id
    }

    /// What one trip between two namespaces takes now, retransmissions of lost packets included.
    pub(super) fn trip(&self, from: NamespaceId, to: NamespaceId) -> Duration {
        let tables = self.0.tables.borrow();
        if from == to {
            return LATENCY_LOCAL;
        }
        let node = |id| tables.namespaces.get(&id).and_then(|state| state.node.as_deref());
        let (here, there) = (node(from), node(to));
        let base = if here == there { LATENCY_NODE } else { LATENCY_BETWEEN };
        let mut trip = base + tables.faults.delay(here, there);
        let loss = tables.faults.loss_percent(here, there);
        let mut tries = 0;
        while loss > 0 && tries < LIMIT_RETRANSMITS && self.0.rng.below(100) < u64::from(loss) {
            trip += RETRANSMIT * 2u32.pow(tries);
            tries += 1;
        }
        trip
    }

    /// Whether nothing passes between two namespaces now.
    pub(super) fn is_cut(&self, from: NamespaceId, to: NamespaceId) -> bool {
        let tables = self.0.tables.borrow();
        let node = |id| tables.namespaces.get(&id).and_then(|state| state.node.as_deref());
        tables.faults.is_cut(node(from), node(to))
    }

    pub(super) fn name_of(&self, id: NamespaceId) -> Rc<str> {
        let tables = self.0.tables.borrow();
        tables.namespaces.get(&id).map_or_else(|| "?".into(), |state| state.name.clone())
    }

    pub(super) fn downgrade(&self) -> Weak<Inner> {
        Rc::downgrade(&self.0)
    }

    /// Records a request in the trace; whoever asked is the actor.
    pub(super) fn record(&self, told: Told, outcome: &str) {
        let now = self.0.sim.now();
        let Told { from, to, port, source_port, label, sent } = told;
        let took = now.since(sent);
        let kind = TraceKind::Request { from: from.clone(), to, port, source_port, label, outcome: outcome.into(), took };
        self.0.sim.trace().record(now, &from, None, kind);
    }
}
