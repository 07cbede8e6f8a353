//! A network namespace: an address, a port space, and what is open in it.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;

use super::dns::{DnsError, Resolver};
use super::listener::{Listener, ListenerState};
use super::router::{self, Route};
use super::stream::{Ends, TcpStream};
use super::world::{NamespaceId, Network, Told};
use super::{NetError, dns};
use crate::sim::channel::Notify;

/// Linux' `net.ipv4.ip_local_port_range`.
const EPHEMERAL_PORTS: std::ops::Range<u16> = 32768..61000;
/// `net.ipv4.tcp_syn_retries` = 6: 1 + 2 + 4 + … + 64 seconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(127);
/// Three unanswered ARP requests, a second apart.
const NEIGHBOUR_TIMEOUT: Duration = Duration::from_millis(3060);

pub(super) struct NamespaceState {
    pub name: Rc<str>,
    pub ip: Option<IpAddr>,
    pub node: Option<Rc<str>>,
    pub is_host: bool,
    pub resolver: Resolver,
}

/// A network namespace. A cheap handle; clones are the same namespace.
#[derive(Clone)]
pub struct NetNamespace {
    pub(super) network: Network,
    pub(super) id: NamespaceId,
}

/// A listening socket, as `ss -l` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerInfo {
    /// The address, perhaps the unspecified one.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// Who opened it: the program's name and process, as the opener put it.
    pub owner: Rc<str>,
}

/// A connected socket, as `ss` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// This side.
    pub local: SocketAddr,
    /// The other side.
    pub remote: SocketAddr,
    /// `ESTABLISHED`, `CLOSE_WAIT`, `FIN_WAIT2` or `CLOSE`.
    pub state: &'static str,
    /// Bytes received and not yet read.
    pub receive_queue_bytes: usize,
    /// Bytes sent and not yet read by the other side.
    pub send_queue_bytes: usize,
    /// Who opened it.
    pub owner: Rc<str>,
}

impl PartialEq for NetNamespace {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && Rc::ptr_eq(&self.network.0, &other.network.0)
    }
}

impl NetNamespace {
    /// The network it is part of.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Its name: `default/web` for a pod's, the node's name for a node's.
    pub fn name(&self) -> Rc<str> {
        self.network.name_of(self.id)
    }

    /// A number that names the namespace for good, as the inode in `/proc/self/ns/net` does.
    pub fn number(&self) -> u64 {
        self.id.0
    }

    /// The address of its `eth0`, where it has one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.network.0.tables.borrow().namespaces.get(&self.id)?.ip
    }

    /// Whether it is a node's own.
    pub fn is_host(&self) -> bool {
        self.network.0.tables.borrow().namespaces.get(&self.id).is_some_and(|state| state.is_host)
    }

    /// The number of the node's end of the cable that leads to it, and the name of that end.
    pub fn cable(&self) -> (u64, String) {
        (self.id.0 + 3, format!("veth{:08x}", self.id.0.wrapping_mul(0x9e37_79b1) & 0xffff_ffff))
    }

    /// The node it is on.
    pub fn node(&self) -> Option<Rc<str>> {
        self.network.0.tables.borrow().namespaces.get(&self.id)?.node.clone()
    }

    /// Listens on `port` of `address`; the unspecified address is every address of the namespace, port 0 any free one.
    pub fn listen(&self, address: IpAddr, port: u16, owner: &str) -> Result<Listener, NetError> {
        let address = address.to_canonical();
        let own = self.ip();
        if !address.is_unspecified() && !address.is_loopback() && Some(address) != own {
            return Err(NetError::AddrNotAvailable);
        }
        let port = if port == 0 { self.ephemeral_port()? } else { port };
        let mut tables = self.network.0.tables.borrow_mut();
        if !tables.namespaces.contains_key(&self.id) {
            return Err(NetError::AddrNotAvailable);
        }
        let taken = tables.listeners.iter().filter(|((id, p, _), _)| *id == self.id && *p == port);
        if taken.map(|((_, _, a), _)| *a).any(|a| a == address || a.is_unspecified() || address.is_unspecified()) {
            return Err(NetError::AddrInUse);
        }
        let state = Rc::new(ListenerState {
            address: SocketAddr::new(address, port),
            owner: owner.into(),
            waiting: RefCell::default(),
            closed: Cell::new(false),
            changed: Notify::new(),
        });
        tables.listeners.insert((self.id, port, address), state.clone());
        Ok(Listener { network: self.network.clone(), namespace: self.id, state })
    }

    /// Connects to `to`. A failure stands in the trace at once.
    pub async fn connect(&self, to: SocketAddr) -> Result<TcpStream, NetError> {
        self.connect_as(to, "").await
    }

    /// [`NetNamespace::connect`], with the name of who connects.
    pub async fn connect_as(&self, to: SocketAddr, owner: &str) -> Result<TcpStream, NetError> {
        let sent = self.network.0.sim.now();
        let result = self.try_connect(to, owner).await;
        if let Err(error) = &result {
            let to_name = self.network.namespace_of(router::canonical(to.ip())).map_or_else(|| to.ip().to_string().into(), |ns| ns.name());
            let (start, count) = (EPHEMERAL_PORTS.start, u64::from(EPHEMERAL_PORTS.end - EPHEMERAL_PORTS.start));
            // The port that the attempt used is free again, so that any will do.
            let source_port = start + (sent.as_nanos() / 1000 % count) as u16;
            let told = Told { from: self.name(), to: to_name, port: to.port(), source_port, label: "connect".into(), sent };
            self.network.record(told, error.word());
        }
        result
    }

    async fn try_connect(&self, to: SocketAddr, owner: &str) -> Result<TcpStream, NetError> {
        let sim = self.network.0.sim.clone();
        let draw = |n: usize| self.network.0.rng.below(n as u64) as usize;
        let route = router::route(&self.network.0.tables.borrow(), self.id, to, &draw);
        let (namespace, address, source) = match route {
            Route::To { namespace, address, source } => (namespace, address, source),
            Route::Refused => {
                sim.sleep(self.network.trip(self.id, self.id)).await;
                return Err(NetError::Refused);
            }
            Route::Dropped => {
                sim.sleep(CONNECT_TIMEOUT).await;
                return Err(NetError::TimedOut);
            }
            Route::HostUnreachable => {
                sim.sleep(NEIGHBOUR_TIMEOUT).await;
                return Err(NetError::Unreachable);
            }
            Route::NetworkUnreachable => return Err(NetError::NetworkUnreachable),
        };
        self.pass_cut(namespace).await?;
        let round_trip = self.network.trip(self.id, namespace) + self.network.trip(namespace, self.id);
        sim.sleep(round_trip).await;
        let listener = self.network.0.tables.borrow().listener_at(namespace, address).ok_or(NetError::Refused)?;
        let port = self.ephemeral_port()?;
        let client_ip = if to.ip().is_loopback() || to.ip().is_unspecified() { source } else { self.ip().unwrap_or(source) };
        let ends = Ends {
            from: self.id,
            to: namespace,
            client: SocketAddr::new(client_ip, port),
            client_seen: SocketAddr::new(source, port),
            dialled: to,
            server: address,
            client_owner: owner.into(),
            server_owner: listener.owner.clone(),
        };
        let (client, server) = TcpStream::pair(&self.network, ends);
        match listener.offer(server) {
            Ok(()) => Ok(client),
            Err(refused) => {
                refused.reset();
                Err(NetError::Refused)
            }
        }
    }

    /// Waits for a cut between here and `namespace` to be mended, as long as a SYN is sent again.
    async fn pass_cut(&self, namespace: NamespaceId) -> Result<(), NetError> {
        let sim = &self.network.0.sim;
        let deadline = sim.now() + CONNECT_TIMEOUT;
        loop {
            let changed = self.network.0.faults_changed.notified();
            if !self.network.is_cut(self.id, namespace) {
                return Ok(());
            }
            let left = deadline.since(sim.now());
            sim.timeout(left, changed).await.map_err(|_| NetError::TimedOut)?;
        }
    }

    /// How long an echo request to `ip` and its answer take.
    pub async fn ping(&self, ip: IpAddr) -> Result<Duration, NetError> {
        let sim = &self.network.0.sim;
        let route = router::route(&self.network.0.tables.borrow(), self.id, SocketAddr::new(ip, 0), &|_| 0);
        let namespace = match route {
            Route::To { namespace, .. } => namespace,
            Route::HostUnreachable => {
                sim.sleep(NEIGHBOUR_TIMEOUT).await;
                return Err(NetError::Unreachable);
            }
            Route::NetworkUnreachable => return Err(NetError::NetworkUnreachable),
            // A cluster IP answers no echo request.
            Route::Refused | Route::Dropped => return Err(NetError::TimedOut),
        };
        if self.network.is_cut(self.id, namespace) {
            return Err(NetError::TimedOut);
        }
        let took = self.network.trip(self.id, namespace) + self.network.trip(namespace, self.id);
        sim.sleep(took).await;
        Ok(took)
    }

    /// How this namespace's programs look names up where they do not say it themselves.
    pub fn resolver(&self) -> Resolver {
        self.network.0.tables.borrow().namespaces.get(&self.id).map(|state| state.resolver.clone()).unwrap_or_default()
    }

    /// Sets what [`NetNamespace::resolver`] gives: what `/etc/resolv.conf` and `/etc/hosts` say.
    pub fn set_resolver(&self, resolver: Resolver) {
        if let Some(state) = self.network.0.tables.borrow_mut().namespaces.get_mut(&self.id) {
            state.resolver = resolver;
        }
    }

    /// The addresses of `host`, by the namespace's own resolver.
    pub async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        self.resolve_with(&self.resolver(), host).await
    }

    /// The addresses of `host`, by `resolver` (as a container's own files have it).
    pub async fn resolve_with(&self, resolver: &Resolver, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        dns::resolve(self, resolver, host).await
    }

    /// The listening sockets, by port.
    pub fn listeners(&self) -> Vec<ListenerInfo> {
        let tables = self.network.0.tables.borrow();
        tables.listeners.iter().filter(|((id, _, _), _)| *id == self.id).map(|(_, state)| state.info()).collect()
    }

    /// The connected sockets, oldest first.
    pub fn connections(&self) -> Vec<ConnectionInfo> {
        let tables = self.network.0.tables.borrow();
        let own = tables.connections.values().filter(|connection| connection.namespace == self.id);
        own.map(|connection| ConnectionInfo {
            local: connection.local,
            remote: connection.remote,
            state: match (connection.incoming.is_finished(), connection.outgoing.is_finished()) {
                (false, false) => "ESTABLISHED",
                (true, false) => "CLOSE_WAIT",
                (false, true) => "FIN_WAIT2",
                (true, true) => "CLOSE",
            },
            receive_queue_bytes: connection.incoming.queued_bytes(),
            send_queue_bytes: connection.outgoing.queued_bytes(),
            owner: connection.owner.clone(),
        })
        .collect()
    }

    /// Ends the namespace: its listeners close, its connections break, its address is free.
    pub fn close(&self) {
        let (listeners, pipes) = {
            let mut tables = self.network.0.tables.borrow_mut();
            let id = self.id;
            tables.namespaces.remove(&id);
            tables.by_ip.retain(|_, owner| *owner != id);
            tables.host_ports.retain(|(owner, _), _| *owner != id);
            let listeners: Vec<_> = tables.listeners.iter().filter(|((owner, _, _), _)| *owner == id).map(|(_, l)| l.clone()).collect();
            tables.listeners.retain(|(owner, _, _), _| *owner != id);
            let own = tables.connections.values().filter(|connection| connection.namespace == id);
            let pipes: Vec<_> = own.flat_map(|c| [c.incoming.clone(), c.outgoing.clone()]).collect();
            (listeners, pipes)
        };
        listeners.iter().for_each(|listener| listener.close());
        pipes.iter().for_each(|pipe| pipe.reset());
    }

    /// Whether the cluster's own addresses are reached from here.
    pub(super) fn is_inside(&self, tables: &super::world::Tables) -> bool {
        tables.namespaces.get(&self.id).is_some_and(|state| state.node.is_some())
    }

    fn ephemeral_port(&self) -> Result<u16, NetError> {
        let tables = self.network.0.tables.borrow();
        let count = EPHEMERAL_PORTS.end - EPHEMERAL_PORTS.start;
        let start = self.network.0.rng.below(u64::from(count)) as u16;
        let listeners = tables.listeners.keys().filter(|(id, _, _)| *id == self.id).map(|(_, port, _)| *port);
        let connections = tables.connections.values().filter(|c| c.namespace == self.id).map(|c| c.local.port());
        let used: std::collections::BTreeSet<u16> = listeners.chain(connections).collect();
        let candidates = (0..count).map(|i| EPHEMERAL_PORTS.start + (start + i) % count);
        candidates.into_iter().find(|port| !used.contains(port)).ok_or(NetError::AddrNotAvailable)
    }
}

impl super::world::Tables {
    /// Who listens at an address of a namespace.
    pub(super) fn listener_at(&self, namespace: NamespaceId, address: SocketAddr) -> Option<Rc<ListenerState>> {
        let any = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(std::net::Ipv6Addr::UNSPECIFIED)];
        let mut candidates = std::iter::once(address.ip()).chain(any);
        candidates.find_map(|ip| self.listeners.get(&(namespace, address.port(), ip)).cloned())
    }
}
