//! Topologies: which machines a cluster has. Small YAML files, one each; the built-in ones are listed here.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use k8s_openapi::api::core::v1::Taint;
use serde::Deserialize;

use crate::cri::Flavour;
use crate::images::Declared;
use crate::kubelet::NodeConfig;

/// The built-in topologies: name and text.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("classroom", include_str!("topologies/classroom.yaml")),
    ("docker", include_str!("topologies/docker.yaml")),
    ("gpu", include_str!("topologies/gpu.yaml")),
    ("no-nodes", include_str!("topologies/no-nodes.yaml")),
    ("reference", include_str!("topologies/reference.yaml")),
    ("single", include_str!("topologies/single.yaml")),
    ("zones", include_str!("topologies/zones.yaml")),
];

/// The machines of a cluster.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Topology {
    /// The container runtime and its version: `containerd://1.6.20`.
    #[serde(default = "runtime")]
    pub runtime: String,
    /// The nodes; with none, nothing that is created ever runs, as in Kubernetes' own tests of its API.
    pub nodes: Vec<NodeFile>,
    /// Images that its registries have besides Podground's own.
    #[serde(default)]
    pub images: Vec<Declared>,
}

/// A node of a topology.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NodeFile {
    /// Its name.
    pub name: String,
    /// Labels besides those every node has.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Taints.
    #[serde(default)]
    pub taints: Vec<Taint>,
    /// Processors.
    #[serde(default = "cpus")]
    pub cpus: u32,
    /// Memory in GiB.
    #[serde(default = "memory")]
    pub memory_gib: u64,
    /// Other resources: `nvidia.com/gpu: "1"`.
    #[serde(default)]
    pub extended: BTreeMap<String, String>,
}

fn runtime() -> String {
    "containerd://1.6.20".into()
}
fn cpus() -> u32 {
    2
}
fn memory() -> u64 {
    24
}

/// More machines than this do not fit the address plan.
const LIMIT_NODES: usize = 200;

impl Topology {
    /// The topology called `name`.
    pub fn built_in(name: &str) -> Option<Topology> {
        let name = if name.is_empty() { "classroom" } else { name };
        let (_, text) = BUILT_IN.iter().find(|(n, _)| *n == name)?;
        Topology::parse(text).ok()
    }

    /// Reads a topology file.
    pub fn parse(text: &str) -> Result<Topology, String> {
        let topology: Topology = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        for image in &topology.images {
            image.check()?;
        }
        let nodes = topology.nodes.len();
        if nodes > LIMIT_NODES {
            return Err(format!("a topology has at most {LIMIT_NODES} nodes, not {nodes}"));
        }
        Ok(topology)
    }

    /// What each node's kubelet is told.
    pub fn node_configs(&self) -> Vec<NodeConfig> {
        let (scheme, version) = self.runtime.split_once("://").unwrap_or(("containerd", "1.6.20"));
        let numbered = (0u8..).zip(&self.nodes);
        numbered
            .map(|(n, node)| NodeConfig {
                name: node.name.clone(),
                ip: IpAddr::V4(Ipv4Addr::new(172, 18, 0, n.saturating_add(11))),
                pod_cidr: format!("10.244.{n}.0/24"),
                labels: node.labels.clone(),
                taints: node.taints.clone(),
                cpus: node.cpus,
                memory_kib: node.memory_gib * 1024 * 1024,
                extended: node.extended.clone(),
                runtime: Flavour { scheme: scheme.into(), version: version.into() },
                ..NodeConfig::reference(1)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_topology_reads() {
        for (name, text) in BUILT_IN {
            let topology = Topology::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(topology.node_configs().len(), topology.nodes.len());
        }
    }
}
