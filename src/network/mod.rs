//! The simulated network.
use crate::sim::Sim;
use std::net::IpAddr;

/// The network.
#[derive(Clone)]
pub struct Network;
/// A network namespace.
#[derive(Clone)]
pub struct NetNamespace;
impl Network {
    /// A network.
    pub fn new(_sim: Sim) -> Network {
        Network
    }
    /// A namespace.
    pub fn namespace(&self, _name: &str, _ip: Option<IpAddr>, _node: Option<&str>) -> NetNamespace {
        NetNamespace
    }
}
