//! Where a connection goes. A pure function of the world's tables: no clock, no side effect but the draw of
//! an endpoint and, where the service asks for it, the memory of whom it was given to.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::service::Lookup;
use super::world::{NamespaceId, Tables};

/// Where a connection attempt ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// At a socket of a namespace, seen by it as coming from `source`.
    To {
        /// The namespace that owns the address.
        namespace: NamespaceId,
        /// The address and port within it, after any translation.
        address: SocketAddr,
        /// The address the other side sees.
        source: IpAddr,
    },
    /// Answered with a reset or a rejection.
    Refused,
    /// Swallowed without an answer.
    Dropped,
    /// On a known network, but nobody has the address.
    HostUnreachable,
    /// On no network that Podground knows.
    NetworkUnreachable,
}

/// `::ffff:a.b.c.d` is `a.b.c.d`; the unspecified address as a destination means the host itself.
pub fn canonical(ip: IpAddr) -> IpAddr {
    let ip = ip.to_canonical();
    if ip.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { ip }
}

/// Routes a connection from `from` to `to`; `draw` picks one of n endpoints.
pub(super) fn route(tables: &Tables, from: NamespaceId, to: SocketAddr, draw: &dyn Fn(usize) -> usize) -> Route {
    let to = SocketAddr::new(canonical(to.ip()), to.port());
    let Some(source) = tables.namespaces.get(&from) else { return Route::NetworkUnreachable };
    if to.ip().is_loopback() {
        return Route::To { namespace: from, address: to, source: to.ip() };
    }
    let Some(own) = source.ip else { return Route::NetworkUnreachable };
    let owner = tables.by_ip.get(&to.ip()).copied();
    let on_node = owner.and_then(|id| tables.namespaces.get(&id)).is_some_and(|target| target.is_host);
    let outside = source.node.is_none();
    // Only nodes have kube-proxy's rules; from outside they are met at a node's own address.
    if !outside || on_node {
        match tables.services.lookup(to, on_node) {
            Lookup::Endpoints([]) => return Route::Refused,
            Lookup::Endpoints(endpoints) => {
                let drawn = draw(endpoints.len());
                let Some(chosen) = tables.services.choose(to, on_node, own, endpoints, drawn) else { return Route::Refused };
                // A connection from outside is masqueraded: the endpoint sees the node.
                let seen = if outside { to.ip() } else { own };
                return deliver(tables, chosen, seen);
            }
            Lookup::NoSuchPort => return Route::Dropped,
            Lookup::NotAService => {}
        }
    }
    if let Some(target) = owner.and_then(|id| tables.host_ports.get(&(id, to.port()))) {
        return deliver(tables, target.1, own);
    }
    match owner {
        Some(id) if id != from && outside && !on_node && tables.namespaces.get(&id).is_some_and(|t| t.node.is_some()) => Route::Dropped,
        Some(namespace) => Route::To { namespace, address: to, source: own },
        None if outside && is_private(to.ip()) => Route::Dropped,
        None if is_private(to.ip()) => Route::HostUnreachable,
        None => Route::NetworkUnreachable,
    }
}

fn deliver(tables: &Tables, to: SocketAddr, source: IpAddr) -> Route {
    match tables.by_ip.get(&to.ip()) {
        Some(namespace) => Route::To { namespace: *namespace, address: to, source },
        None => Route::HostUnreachable,
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local(),
        IpAddr::V6(_) => false,
    }
}
