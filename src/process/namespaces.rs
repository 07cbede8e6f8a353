//! What processes share: the namespaces that are not the PID namespace, and what all of them are called.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Cgroup, Kernel, Process, Vfs};
use crate::network::NetNamespace;

/// A host name that a group of processes shares (a UTS namespace). A cheap handle.
#[derive(Clone)]
pub struct Uts(Rc<RefCell<String>>);

impl Uts {
    /// A namespace in which the host is called `hostname`.
    pub fn new(hostname: &str) -> Uts {
        Uts(Rc::new(RefCell::new(hostname.to_owned())))
    }
    /// Whether the other handle is the same namespace.
    pub fn same(&self, other: &Uts) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
    /// The host's name.
    pub fn hostname(&self) -> String {
        self.0.borrow().clone()
    }
    /// Renames the host.
    pub fn set_hostname(&self, hostname: &str) {
        *self.0.borrow_mut() = hostname.to_owned();
    }
}

/// The namespaces and limits that a process lives in; children inherit them.
#[derive(Clone)]
pub struct Namespaces {
    /// Files.
    pub mount: Vfs,
    /// Addresses and ports.
    pub net: NetNamespace,
    /// Host name.
    pub uts: Uts,
    /// Identifies the IPC namespace.
    pub ipc: u64,
    /// Limits.
    pub cgroup: Cgroup,
}

/// A kind of namespace. Models namespaces(7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NamespaceKind {
    /// Control groups.
    Cgroup,
    /// Shared memory and message queues.
    Ipc,
    /// Files.
    Mnt,
    /// Addresses and ports.
    Net,
    /// Process numbers.
    Pid,
    /// Clocks. There is one.
    Time,
    /// User IDs. There is one.
    User,
    /// Host name.
    Uts,
}

impl NamespaceKind {
    /// Every kind, in the order of `/proc/PID/ns`.
    pub const ALL: [NamespaceKind; 8] = {
        use NamespaceKind::*;
        [Cgroup, Ipc, Mnt, Net, Pid, Time, User, Uts]
    };

    /// `net`.
    pub fn name(self) -> &'static str {
        match self {
            NamespaceKind::Cgroup => "cgroup",
            NamespaceKind::Ipc => "ipc",
            NamespaceKind::Mnt => "mnt",
            NamespaceKind::Net => "net",
            NamespaceKind::Pid => "pid",
            NamespaceKind::Time => "time",
            NamespaceKind::User => "user",
            NamespaceKind::Uts => "uts",
        }
    }

    /// The number of the machine's own namespace of this kind. Models `include/uapi/linux/nsfs.h`.
    fn first(self) -> u64 {
        match self {
            NamespaceKind::Time => 4_026_531_834,
            NamespaceKind::Cgroup => 4_026_531_835,
            NamespaceKind::Pid => 4_026_531_836,
            NamespaceKind::User => 4_026_531_837,
            NamespaceKind::Uts => 4_026_531_838,
            NamespaceKind::Ipc => 4_026_531_839,
            NamespaceKind::Net => 4_026_531_840,
            NamespaceKind::Mnt => 4_026_531_841,
        }
    }

    /// Whether two processes share a namespace of this kind.
    pub fn shared(self, a: &Process, b: &Process) -> bool {
        let (left, right) = (&a.namespaces, &b.namespaces);
        match self {
            NamespaceKind::Cgroup => left.cgroup.same(&right.cgroup),
            NamespaceKind::Ipc => left.ipc == right.ipc,
            NamespaceKind::Mnt => left.mount.same(&right.mount),
            NamespaceKind::Net => left.net == right.net,
            NamespaceKind::Pid => a.kernel.ptr_eq(&b.kernel),
            NamespaceKind::Time | NamespaceKind::User => true,
            NamespaceKind::Uts => left.uts.same(&right.uts),
        }
    }
}

/// Where the numbers of namespaces begin that were made after the machine's own.
const FIRST_MADE: u64 = 4_026_532_200;

impl Kernel {
    /// The number of a process's namespace, as in `/proc/PID/ns`. A namespace is named after the first process in it,
    /// which lives as long as the namespace does.
    pub fn namespace_number(&self, process: &Process, kind: NamespaceKind) -> u64 {
        let everything = self.machine().seen();
        let mut first = everything.iter().filter(|(_, other)| kind.shared(process, other)).map(|(pid, _)| *pid);
        let lowest = everything.keys().next().copied();
        match first.next() {
            Some(pid) if Some(pid) != lowest => FIRST_MADE + u64::from(pid) * 8 + kind as u64,
            _ => kind.first(),
        }
    }
}
