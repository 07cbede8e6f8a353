//! The table that kube-proxy keeps on every node: service addresses and the endpoints behind them.

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
