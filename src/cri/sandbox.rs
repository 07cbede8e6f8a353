//! A pod sandbox: what the containers of a pod share.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;

use crate::network::{NetNamespace, Resolver};
use crate::process::{Child, Kernel, Uts};
use crate::sim::channel::Notify;

/// What a sandbox is made from. Models `runtimeapi.PodSandboxConfig`.
#[derive(Clone, Debug, Default)]
pub struct SandboxConfig {
    /// The pod's name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its uid.
    pub uid: String,
    /// Counts the sandboxes of a pod, from 0.
    pub attempt: u32,
    /// The host name of its containers.
    pub hostname: String,
    /// Whether it uses the node's network (and host name).
    pub host_network: bool,
    /// Whether its containers share one PID namespace.
    pub share_processes: bool,
    /// How names are looked up.
    pub resolver: Resolver,
    /// The pod's labels.
    pub labels: BTreeMap<String, String>,
}

/// A running (or stopped) sandbox.
pub struct Sandbox {
    /// 64 hexadecimal digits.
    pub id: String,
    /// What it was made from.
    pub config: SandboxConfig,
    /// When it was made.
    pub created: Timestamp,
    /// Its address.
    pub ip: Option<IpAddr>,
    /// Its network namespace, or the node's.
    pub net: NetNamespace,
    /// Its UTS namespace, or the node's.
    pub uts: Uts,
    /// Names its IPC namespace.
    pub ipc: u64,
    /// The PID namespace in which pause runs; also its containers', where they share one.
    pub kernel: Kernel,
    pub(super) pause: RefCell<Option<Child>>,
    pub(super) ready: Cell<bool>,
    pub(super) changed: Notify,
}

impl Sandbox {
    /// Whether pause runs and the namespaces stand.
    pub fn is_ready(&self) -> bool {
        self.ready.get()
    }

    /// Notified when it stops being ready.
    pub fn changed(&self) -> &Notify {
        &self.changed
    }
}
