//! The kubelet: makes the pods of its node real, and reports how they are. And kube-proxy, its neighbour.
//!
//! Models `pkg/kubelet`. One task a pod (the pod worker) brings the pod towards its spec; everything that could matter
//! to it (a change of the pod, a container's end, a probe's result, a back-off's end) wakes it. Nothing polls.
//! Invariant: only the kubelet of a pod's node writes the pod's status.

mod admission;
mod atomic_writer;
mod backoff;
mod conditions;
mod config;
mod containers;
mod downward;
mod env;
mod eviction;
mod files;
mod hooks;
mod host;
mod images;
mod kill;
mod main_loop;
mod node_api;
mod node_status;
mod phase;
mod probe_action;
mod probes;
mod proxy;
mod record;
mod sandbox;
mod status;
mod volumes;
mod worker;

#[cfg(test)]
mod tests;

pub use config::NodeConfig;
pub use main_loop::Kubelet;
pub use proxy::ServiceProxy;
