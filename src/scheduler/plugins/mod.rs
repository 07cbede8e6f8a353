//! The plugins of the default profile, one a file.

mod default_selector;
mod image_locality;
mod inter_pod_affinity;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources_balanced_allocation;
pub mod node_resources_fit;
mod node_unschedulable;
mod pod_topology_spread;
pub mod priority_sort;
mod taint_toleration;
mod volume_binding;

use super::framework::Plugin;

/// The plugins in the order in which they run. Models `getDefaultPlugins`.
pub const DEFAULT: &[&dyn Plugin] = &[
    &node_unschedulable::NodeUnschedulable,
    &node_name::NodeName,
    &taint_toleration::TaintToleration,
    &node_affinity::NodeAffinity,
    &node_ports::NodePorts,
    &node_resources_fit::NodeResourcesFit,
    &volume_binding::VolumeBinding,
    &pod_topology_spread::PodTopologySpread,
    &inter_pod_affinity::InterPodAffinity,
    &node_resources_balanced_allocation::NodeResourcesBalancedAllocation,
    &image_locality::ImageLocality,
];
