use k8s_openapi::api::core::v1::Node;

use super::PodInfo;

/// A change of the cluster that may make a waiting pod schedulable. Models `framework.ClusterEvent`.
pub enum ClusterEvent<'a> {
    /// A node came.
    NodeAdded(&'a Node),
    /// A node changed.
    NodeUpdated(&'a Node, &'a Node),
    /// A node went.
    NodeDeleted,
    /// A pod is on a node that was not there before.
    PodAssigned(&'a PodInfo),
    /// A pod on a node changed.
    AssignedPodUpdated(&'a PodInfo, &'a PodInfo),
    /// A pod on a node ended or was deleted.
    AssignedPodDeleted(&'a PodInfo),
    /// The waiting pod itself changed.
    OwnUpdate(&'a PodInfo),
    /// The labels of a namespace changed.
    NamespaceUpdated,
}
