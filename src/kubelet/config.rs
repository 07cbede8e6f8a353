use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use k8s_openapi::api::core::v1::Taint;

use crate::cri::Flavour;

/// What a topology says of a node.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The node's name.
    pub name: String,
    /// Its address.
    pub ip: IpAddr,
    /// The addresses of its pods.
    pub pod_cidr: String,
    /// Labels besides those that every kubelet sets.
    pub labels: BTreeMap<String, String>,
    /// Taints it is registered with.
    pub taints: Vec<Taint>,
    /// Processors.
    pub cpus: u32,
    /// Memory, in KiB.
    pub memory_kib: u64,
    /// Disk, in KiB.
    pub disk_kib: u64,
    /// How many pods it takes.
    pub max_pods: u32,
    /// Other resources, such as `nvidia.com/gpu`.
    pub extended: BTreeMap<String, String>,
    /// `Debian GNU/Linux 12 (bookworm)`.
    pub os_image: String,
    /// The kernel's release.
    pub kernel_version: String,
    /// The kubelet's version.
    pub kubelet_version: String,
    /// The container runtime.
    pub runtime: Flavour,
    /// Names the machine.
    pub machine_id: String,
    /// The cluster's DNS server.
    pub cluster_dns: IpAddr,
    /// Seconds before the simulation's beginning at which the node was registered.
    pub age_seconds: i64,
}

impl NodeConfig {
    /// Node number `n` (from 1) of the recorded reference cluster.
    pub fn reference(n: u8) -> NodeConfig {
        NodeConfig {
            name: format!("node-{n}"),
            ip: IpAddr::V4(Ipv4Addr::new(172, 18, 0, 10 + n)),
            pod_cidr: format!("10.244.{}.0/24", n.saturating_sub(1)),
            labels: BTreeMap::new(),
            taints: Vec::new(),
            cpus: 2,
            memory_kib: 24 * 1024 * 1024,
            disk_kib: 60 * 1024 * 1024,
            max_pods: 110,
            extended: BTreeMap::new(),
            os_image: "Debian GNU/Linux 12 (bookworm)".into(),
            kernel_version: "6.18.44-fc-v595".into(),
            kubelet_version: "v1.36.2".into(),
            runtime: Flavour { scheme: "containerd".into(), version: "1.6.20".into() },
            machine_id: "5c4a1f9d2b7e4a0c9d3e6f8a1b2c3d4e".into(),
            cluster_dns: IpAddr::V4(Ipv4Addr::new(10, 96, 0, 10)),
            age_seconds: 0,
        }
    }
}
