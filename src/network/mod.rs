//! The simulated network: namespaces with addresses and port spaces, TCP between them, services, DNS, faults.
//!
//! A connection goes from a namespace through the pure router ([`router`]) to a namespace; there is no packet below it.
//! Invariants: two listeners never share a port of one namespace; two namespaces never share an address; nothing is
//! delivered before its time, and nothing waits by polling.
//!
//! Not simulated: UDP sockets, IPv6 between namespaces (loopback and mapped addresses work), network policies.

pub mod dns;
mod error;
mod fault;
pub mod http;
mod listener;
mod namespace;
mod pipe;
pub mod router;
pub mod service;
mod stream;
mod world;

#[cfg(test)]
mod tests;

pub use dns::{DnsError, Resolver};
pub use error::NetError;
pub use fault::Faults;
pub use listener::Listener;
pub use namespace::{ConnectionInfo, ListenerInfo, NetNamespace};
pub use service::ServiceAddress;
pub use stream::{ReadHalf, TcpStream, WriteHalf};
pub use world::Network;

/// Addresses and ports, as the standard library has them.
pub use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
