//! The table that kube-proxy keeps on every node: service addresses and the endpoints behind them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// An address at which a service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceAddress {
    /// A cluster IP and port.
    Cluster(SocketAddr),
    /// A port of every node.
    NodePort(u16),
}

/// What kube-proxy would have programmed. Models `pkg/proxy/iptables`: a random endpoint for each new connection;
/// a service without ready endpoints refuses.
#[derive(Clone, Debug, Default)]
pub struct ServiceTable {
    entries: BTreeMap<ServiceAddress, Entry>,
    /// Services with `sessionAffinity: ClientIP`: who was sent where.
    sticky: BTreeMap<String, RefCell<BTreeMap<IpAddr, SocketAddr>>>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// `default/web`: whose address it is.
    owner: String,
    endpoints: Vec<SocketAddr>,
}

/// What the table says of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// Not a service's address.
    NotAService,
    /// A service's address and port: its endpoints, perhaps none.
    Endpoints(&'a [SocketAddr]),
    /// A service's address, but not one of its ports.
    NoSuchPort,
}

impl ServiceTable {
    /// Sets the endpoints behind `address`, which belongs to the service `owner`.
    pub fn set(&mut self, owner: &str, address: ServiceAddress, endpoints: Vec<SocketAddr>) {
        self.entries.insert(address, Entry { owner: owner.to_owned(), endpoints });
    }

    /// Says whether the service sends a client to the same endpoint again.
    pub fn set_affinity(&mut self, owner: &str, on: bool) {
        if on {
            self.sticky.entry(owner.to_owned()).or_default();
        } else {
            self.sticky.remove(owner);
        }
    }

    /// The endpoint that `client` gets: that of the last time where the service remembers it and it is still there.
    pub fn choose(&self, to: SocketAddr, on_node: bool, client: IpAddr, endpoints: &[SocketAddr], drawn: usize) -> Option<SocketAddr> {
        let key = if on_node { ServiceAddress::NodePort(to.port()) } else { ServiceAddress::Cluster(to) };
        let memory = self.entries.get(&key).and_then(|entry| self.sticky.get(&entry.owner));
        let known = memory.and_then(|memory| memory.borrow().get(&client).copied()).filter(|known| endpoints.contains(known));
        let chosen = known.or_else(|| endpoints.get(drawn % endpoints.len().max(1)).copied())?;
        if let Some(memory) = memory {
            memory.borrow_mut().insert(client, chosen);
        }
        Some(chosen)
    }

    /// Forgets every address of the service `owner`.
    pub fn remove(&mut self, owner: &str) {
        self.entries.retain(|_, entry| entry.owner != owner);
    }

    /// What `to` means. Node ports are looked up only where `on_node` says that the address is a node's.
    pub fn lookup(&self, to: SocketAddr, on_node: bool) -> Lookup<'_> {
        let key = if on_node { ServiceAddress::NodePort(to.port()) } else { ServiceAddress::Cluster(to) };
        if let Some(entry) = self.entries.get(&key) {
            return Lookup::Endpoints(&entry.endpoints);
        }
        if !on_node && self.is_cluster_ip(to.ip()) { Lookup::NoSuchPort } else { Lookup::NotAService }
    }

    /// Every address with its service and endpoints.
    pub fn entries(&self) -> impl Iterator<Item = (ServiceAddress, &str, &[SocketAddr])> {
        self.entries.iter().map(|(address, entry)| (*address, entry.owner.as_str(), entry.endpoints.as_slice()))
    }

    fn is_cluster_ip(&self, ip: IpAddr) -> bool {
        let from = ServiceAddress::Cluster(SocketAddr::new(ip, 0));
        let to = ServiceAddress::Cluster(SocketAddr::new(ip, u16::MAX));
        self.entries.range(from..=to).next().is_some()
    }
}
