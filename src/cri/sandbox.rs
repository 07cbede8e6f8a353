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
    /// Whether its containers are in the node's PID namespace.
    pub host_pid: bool,
    /// Whether its containers are in the node's IPC namespace.
    pub host_ipc: bool,
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
    /// The node's process that looks after the sandbox's containers.
    pub(super) shim: Option<Child>,
    /// The node's PID namespace.
    pub(super) machine: Kernel,
    /// What the node has.
    pub(super) memory_kib: u64,
    pub(super) cpus: u32,
    pub(super) pause: RefCell<Option<Child>>,
    pub(super) ready: Cell<bool>,
    pub(super) changed: Notify,
}

impl Sandbox {
    /// Whether pause runs and the namespaces stand.
    pub fn is_ready(&self) -> bool {
        self.ready.get()
    }

    /// The PID namespace of a new container.
    pub(super) fn container_kernel(&self, name: &str) -> Kernel {
        if self.config.share_processes || self.config.host_pid {
            return self.kernel.clone();
        }
        let place = format!("{}/{}/{name}", self.config.namespace, self.config.name);
        self.machine.nested(&place, self.shim.as_ref().map_or(1, Child::pid))
    }

    /// The number on the node of the process that holds the namespaces.
    pub fn pause_pid(&self) -> Option<u32> {
        self.pause.borrow().as_ref().map(|pause| self.machine.numbers_of(pause.process()).0)
    }

    /// A process of the node as a member of this sandbox has the shim for a parent.
    pub(super) fn adopt(&self, child: &Child) {
        if let Some(shim) = self.shim.as_ref().filter(|_| self.config.host_pid) {
            child.process().ppid.set(shim.pid());
        }
    }

    /// Notified when it stops being ready.
    pub fn changed(&self) -> &Notify {
        &self.changed
    }
}
