//! A node as a computer: its own file tree, process table, name, and the journal of its services.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use jiff::Timestamp;

use super::exec::{ExecError, Place, Session};
use super::runtime::Flavour;
use crate::images::Registry;
use crate::network::NetNamespace;
use crate::process::vfs::Credentials;
use crate::process::{Cgroup, Child, FileSystem, Kernel, Namespaces, Pid, Signal, Uts, Vfs, procfs, program};
use crate::sim::Sim;
use crate::sim::channel::{Notified, Notify};

/// The kernel's own threads have the numbers before this.
const FIRST_DAEMON_PID: Pid = 287;
/// The IPC namespace of a node itself; those of pods are numbered from 1.
const HOST_IPC: u64 = 0;
/// How many lines a journal keeps.
const LIMIT_LINES: usize = 4000;

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// The unit without `.service`.
    pub unit: &'static str,
    /// Who wrote it: `kubelet`, `systemd`.
    pub by: &'static str,
    /// The writer's process.
    pub pid: Pid,
    /// What was written.
    pub text: String,
}

/// What a node's services wrote. Models systemd's journal. A cheap handle.
#[derive(Clone, Default)]
pub struct Journal(Rc<Lines>);

#[derive(Default)]
struct Lines {
    entries: RefCell<VecDeque<Entry>>,
    /// How many were written, those forgotten included.
    written: Cell<usize>,
    changed: Notify,
}

impl Journal {
    /// Takes a line.
    pub fn write(&self, entry: Entry) {
        let mut entries = self.0.entries.borrow_mut();
        if entries.len() >= LIMIT_LINES {
            entries.pop_front();
        }
        entries.push_back(entry);
        self.0.written.set(self.0.written.get() + 1);
        self.0.changed.notify();
    }

    /// How many lines were ever written.
    pub fn written(&self) -> usize {
        self.0.written.get()
    }

    /// The lines of all units that came after the first `seen`.
    pub fn after(&self, seen: usize) -> Vec<Entry> {
        let entries = self.0.entries.borrow();
        let fresh = self.written().saturating_sub(seen).min(entries.len());
        entries.iter().skip(entries.len() - fresh).cloned().collect()
    }

    /// The lines of a unit, or all, oldest first.
    pub fn read(&self, unit: Option<&str>) -> Vec<Entry> {
        self.0.entries.borrow().iter().filter(|entry| unit.is_none_or(|unit| unit == entry.unit)).cloned().collect()
    }

    /// Completes when another line is written.
    pub fn changed(&self) -> Notified {
        self.0.changed.notified()
    }
}

/// A node as a computer.
pub struct Machine {
    /// Its PID namespace, in which the processes of all containers are seen.
    pub kernel: Kernel,
    /// Its other namespaces.
    pub namespaces: Namespaces,
    /// What its services wrote.
    pub journal: Journal,
    /// Memory in KiB, and processors.
    pub(super) hardware: Cell<(u64, u32)>,
    daemons: RefCell<BTreeMap<&'static str, Child>>,
}

impl Machine {
    pub(super) fn new(sim: &Sim, node: &str, net: NetNamespace, registry: &Registry) -> Machine {
        let files = Vfs::new(FileSystem::from_layer(&registry.machine_layer()));
        let _ = files.write_file("/etc/hostname", format!("{node}\n").as_bytes(), sim.now());
        let machine = Machine {
            kernel: Kernel::new(sim, node),
            namespaces: Namespaces { mount: files, net, uts: Uts::new(node), ipc: HOST_IPC, cgroup: Cgroup::default() },
            journal: Journal::default(),
            hardware: Cell::new((8 << 20, 2)),
            daemons: RefCell::default(),
        };
        machine.boot();
        machine
    }

    /// Starts the first process of all.
    pub fn boot(&self) {
        self.kernel.restart_numbers();
        self.daemon("systemd", &["/sbin/init"]);
        self.kernel.skip_to(FIRST_DAEMON_PID);
    }

    /// Ends every process of the computer at once.
    pub fn power_off(&self) {
        let _ = self.kernel.signal_from_outside(1, Signal::KILL);
    }

    /// Writes a line about a unit into the journal.
    pub fn log(&self, unit: &'static str, by: &'static str, text: String) {
        let pid = if by == "systemd" { 1 } else { self.running(by).map_or(0, |child| child.pid()) };
        self.journal.write(Entry { at: self.kernel.sim().timestamp(), unit, by, pid, text });
    }

    /// Says what it has: memory in KiB, and processors.
    pub fn set_hardware(&self, memory_kib: u64, cpus: u32) {
        self.hardware.set((memory_kib, cpus));
        self.files().mount("/proc", procfs(&self.kernel, memory_kib, cpus), false);
    }

    /// Its file tree.
    pub fn files(&self) -> &Vfs {
        &self.namespaces.mount
    }

    /// Starts a daemon: a process that is there and does nothing by itself, a child of the first process.
    pub fn daemon(&self, name: &'static str, argv: &[&str]) -> Option<Child> {
        let child = self.idle(argv)?;
        self.daemons.borrow_mut().insert(name, child.clone());
        Some(child)
    }

    /// The running daemon of this name.
    pub fn running(&self, name: &str) -> Option<Child> {
        let daemons = self.daemons.borrow();
        daemons.get(name).filter(|child| self.kernel.process(child.pid()).is_some()).cloned()
    }

    fn idle(&self, argv: &[&str]) -> Option<Child> {
        let path = *argv.first()?;
        if self.files().metadata(path, true, Credentials::ROOT).is_err() {
            self.files().install(path, program(|_| std::future::pending()), 30_000_000);
        }
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        let spawned = self.kernel.spawn(self.namespaces.clone(), argv, BTreeMap::new(), "/", Credentials::ROOT, BTreeMap::new(), None);
        let child = spawned.ok()?;
        if child.pid() != 1 {
            child.process().ppid.set(1);
        }
        Some(child)
    }

    /// The process that looks after a sandbox's containers and is their parent on the node.
    pub(super) fn shim(&self, flavour: &Flavour, sandbox: &str) -> Option<Child> {
        let space = if flavour.is_docker() { "moby" } else { "k8s.io" };
        let socket = "/run/containerd/containerd.sock";
        self.idle(&["/usr/bin/containerd-shim-runc-v2", "-namespace", space, "-id", sandbox, "-address", socket])
    }

    /// Runs a command as root in the node's namespaces; a login shell where `argv` is empty.
    pub fn log_in(&self, sim: &Sim, argv: Vec<String>, tty: bool) -> Result<Session, ExecError> {
        let env = [("HOME", "/root"), ("USER", "root"), ("LOGNAME", "root"), ("SHELL", "/bin/bash"), ("PATH", PATH), ("LANG", "C.UTF-8")];
        let mut env: BTreeMap<String, String> = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        if tty {
            env.insert("TERM".into(), "xterm-256color".into());
        }
        let place = Place {
            kernel: self.kernel.clone(),
            namespaces: self.namespaces.clone(),
            env,
            cwd: "/root".into(),
            credentials: Credentials::ROOT,
        };
        let is_login = argv.is_empty();
        let argv = if is_login { vec!["/bin/bash".to_owned()] } else { argv };
        let (session, child) = place.start(sim, argv, true, tty).map_err(|errno| ExecError(errno.to_string()))?;
        if is_login {
            *child.process().argv.borrow_mut() = vec!["-bash".to_owned()];
        }
        if let Some(daemon) = self.running("ssh") {
            child.process().ppid.set(daemon.pid());
        }
        Ok(session)
    }
}

const PATH: &str = crate::images::PATH;
