//! The container runtime of a node: sandboxes, containers, images, logs, exec.
//!
//! Models the Container Runtime Interface (`k8s.io/cri-api`) as containerd implements it. A sandbox is a pod's shared
//! part: the pause process holds its network, UTS and IPC namespaces. Each container adds its own mount and (unless
//! shared) PID namespace.

mod container;
mod exec;
mod image_service;
mod log;
mod machine;
mod rootfs;
mod runtime;
mod sandbox;

#[cfg(test)]
mod tests;

pub use container::{Container, ContainerConfig, ContainerState, StartError};
pub use exec::{ExecError, Place, Session};
pub use image_service::{ImageService, PullTimes};
pub use log::{Log, LogQuery, Output};
pub use machine::{Entry, Journal, Machine};
pub use rootfs::{Mount, file_source};
pub use runtime::{Flavour, Runtime};
pub use sandbox::{Sandbox, SandboxConfig};
