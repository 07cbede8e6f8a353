//! Processes and who may signal them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

use super::signal::DefaultAction;
use super::vfs::Credentials;
use super::{Cgroup, Child, Disposition, Errno, File, Namespaces, ProcessContext, Signal, Tty};
use crate::sim::channel::Notify;
use crate::sim::{LocalBoxFuture, Sim, Time, TraceKind};

/// Names a process within its PID namespace.
pub type Pid = u32;

/// Steps that all of a kernel's processes together may take before virtual time moves on (see [`ProcessContext::step`]).
pub(super) const STEPS_PER_MILLISECOND: u32 = 200;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// It returned this code.
    Exited(i32),
    /// This signal ended it.
    Signaled(Signal),
}

impl ExitStatus {
    /// What `$?` shows: the code, or 128 and the signal's number.
    pub fn code(self) -> i32 {
        match self {
            ExitStatus::Exited(code) => code & 0xff,
            ExitStatus::Signaled(signal) => 128 + signal.number(),
        }
    }
}

/// What a process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessState {
    /// Running or sleeping.
    Alive,
    /// Stopped by a signal.
    Stopped(Signal),
    /// Ended, and not yet waited for.
    Zombie(ExitStatus),
}

/// A PID namespace and its processes. A cheap handle.
#[derive(Clone)]
pub struct Kernel(pub(super) Rc<KernelInner>);

pub(super) struct KernelInner {
    sim: Sim,
    name: Rc<str>,
    /// The namespace around this one, in which its processes are seen too.
    parent: Option<Kernel>,
    /// The process of the namespace around this one that stands as the parent of those that have none here.
    adoptive: Cell<Pid>,
    processes: RefCell<BTreeMap<Pid, Rc<Process>>>,
    /// Processes of namespaces within this one, by their number here.
    guests: RefCell<BTreeMap<Pid, Rc<Process>>>,
    next_pid: Cell<Pid>,
    /// Steps taken at `steps_at`; see [`STEPS_PER_MILLISECOND`].
    pub(super) steps: Cell<u32>,
    pub(super) steps_at: Cell<Time>,
}

/// A process.
pub struct Process {
    /// Its number.
    pub pid: Pid,
    /// Its number in the namespace around its own; 0 where there is none.
    pub(super) outer_pid: Pid,
    /// Its parent's number; 0 where the parent is outside of the namespace.
    pub ppid: Cell<Pid>,
    /// Its process group.
    pub pgid: Cell<Pid>,
    /// Its argument list; a program may rename itself.
    pub argv: RefCell<Vec<String>>,
    /// When it started.
    pub started: Time,
    /// Its environment.
    pub env: RefCell<BTreeMap<String, String>>,
    /// Its working directory.
    pub cwd: RefCell<String>,
    /// Its user.
    pub credentials: Cell<Credentials>,
    /// Permission bits that new files do not get.
    pub umask: Cell<u32>,
    /// Its namespaces.
    pub namespaces: Namespaces,
    /// Its controlling terminal.
    pub tty: Option<Tty>,
    pub(super) kernel: Weak<KernelInner>,
    pub(super) fds: RefCell<BTreeMap<i32, File>>,
    pub(super) dispositions: RefCell<BTreeMap<Signal, Disposition>>,
    pub(super) pending: RefCell<VecDeque<Signal>>,
    pub(super) changed: Notify,
    pub(super) memory_bytes: Cell<u64>,
    pub(super) cpu_steps: Cell<u64>,
    /// Bytes written to a terminal since the last pause.
    pub(super) terminal_bytes: Cell<usize>,
    state: Cell<ProcessState>,
    killed_by: Cell<Option<Signal>>,
    /// Whether the parent is told of a stop that it has not asked about yet.
    pub(super) stop_reported: Cell<bool>,
}

/// Everything a new process starts with.
pub(super) struct Birth {
    pub ppid: Pid,
    pub pgid: Option<Pid>,
    pub argv: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub cwd: String,
    pub credentials: Credentials,
    pub umask: u32,
    pub namespaces: Namespaces,
    pub tty: Option<Tty>,
    pub fds: BTreeMap<i32, File>,
    pub dispositions: BTreeMap<Signal, Disposition>,
}

impl Kernel {
    /// An empty PID namespace. `name` tells where it is in the trace: `workstation`, `default/kubia/kubia`.
    pub fn new(sim: &Sim, name: &str) -> Kernel {
        Kernel::make(sim, name, None)
    }

    /// An empty PID namespace within this one, where its processes have numbers too. Their parents, where they have
    /// none of their own, are `adoptive`.
    pub fn nested(&self, name: &str, adoptive: Pid) -> Kernel {
        let kernel = Kernel::make(&self.0.sim, name, Some(self.clone()));
        kernel.0.adoptive.set(adoptive);
        kernel
    }

    fn make(sim: &Sim, name: &str, parent: Option<Kernel>) -> Kernel {
        Kernel(Rc::new(KernelInner {
            sim: sim.clone(),
            name: name.into(),
            parent,
            adoptive: Cell::new(0),
            processes: RefCell::default(),
            guests: RefCell::default(),
            next_pid: Cell::new(1),
            steps: Cell::new(0),
            steps_at: Cell::new(Time::ZERO),
        }))
    }

    /// The simulation.
    pub fn sim(&self) -> &Sim {
        &self.0.sim
    }

    /// Where this is.
    pub fn name(&self) -> &Rc<str> {
        &self.0.name
    }

    /// Every process, by number.
    pub fn processes(&self) -> Vec<Rc<Process>> {
        self.0.processes.borrow().values().cloned().collect()
    }

    /// The process with this number.
    pub fn process(&self, pid: Pid) -> Option<Rc<Process>> {
        self.0.processes.borrow().get(&pid).cloned()
    }

    /// Whether the other handle is the same namespace.
    pub fn same(&self, other: &Kernel) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The outermost namespace: the machine's own.
    pub fn machine(&self) -> &Kernel {
        self.0.parent.as_ref().map_or(self, Kernel::machine)
    }

    /// Numbers before this one are taken, as on a machine that has been up for a while.
    pub fn skip_to(&self, pid: Pid) {
        self.0.next_pid.set(self.0.next_pid.get().max(pid));
    }

    /// Counts processes from 1 again, where none is left, as after a reboot.
    pub fn restart_numbers(&self) {
        if self.0.processes.borrow().is_empty() && self.0.guests.borrow().is_empty() {
            self.0.next_pid.set(1);
        }
    }

    /// Every process that is seen from here, those of inner namespaces too, by its number here.
    pub fn seen(&self) -> BTreeMap<Pid, Rc<Process>> {
        let mut all = self.0.processes.borrow().clone();
        all.extend(self.0.guests.borrow().iter().map(|(pid, process)| (*pid, process.clone())));
        all
    }

    /// The process that has this number here, be it of an inner namespace.
    pub fn seen_as(&self, pid: Pid) -> Option<Rc<Process>> {
        self.process(pid).or_else(|| self.0.guests.borrow().get(&pid).cloned())
    }

    /// The number here of the process and of its parent; 0 where it cannot be seen.
    pub fn numbers_of(&self, process: &Process) -> (Pid, Pid) {
        let own = process.kernel.upgrade().map(Kernel);
        match own {
            Some(own) if own.same(self) => (process.pid, process.ppid.get()),
            Some(own) if own.0.parent.as_ref().is_some_and(|parent| parent.same(self)) => {
                let parent = own.process(process.ppid.get()).map_or(own.0.adoptive.get(), |parent| parent.outer_pid);
                (process.outer_pid, parent)
            }
            _ => (0, 0),
        }
    }

    pub(super) fn forget(&self, process: &Process) {
        self.0.processes.borrow_mut().remove(&process.pid);
        if let Some(parent) = &self.0.parent {
            parent.0.guests.borrow_mut().remove(&process.outer_pid);
        }
    }

    fn next_pid(&self) -> Pid {
        let pid = self.0.next_pid.get();
        self.0.next_pid.set(pid + 1);
        pid
    }

    pub(super) fn start(&self, birth: Birth, run: impl FnOnce(ProcessContext) -> LocalBoxFuture<'static, i32>) -> Result<Child, Errno> {
        if !birth.namespaces.cgroup.enter() {
            return Err(Errno::EAGAIN);
        }
        let pid = self.next_pid();
        let process = Rc::new(Process {
            pid,
            outer_pid: self.0.parent.as_ref().map_or(0, Kernel::next_pid),
            ppid: Cell::new(birth.ppid),
            pgid: Cell::new(birth.pgid.unwrap_or(pid)),
            argv: RefCell::new(birth.argv),
            started: self.0.sim.now(),
            env: RefCell::new(birth.env),
            cwd: RefCell::new(birth.cwd),
            credentials: Cell::new(birth.credentials),
            umask: Cell::new(birth.umask),
            namespaces: birth.namespaces,
            tty: birth.tty,
            kernel: Rc::downgrade(&self.0),
            fds: RefCell::new(birth.fds),
            dispositions: RefCell::new(birth.dispositions),
            pending: RefCell::default(),
            changed: Notify::new(),
            memory_bytes: Cell::new(0),
            cpu_steps: Cell::new(0),
            terminal_bytes: Cell::new(0),
            state: Cell::new(ProcessState::Alive),
            killed_by: Cell::new(None),
            stop_reported: Cell::new(true),
        });
        self.0.processes.borrow_mut().insert(pid, process.clone());
        if let Some(parent) = &self.0.parent {
            parent.0.guests.borrow_mut().insert(process.outer_pid, process.clone());
        }
        self.trace(pid, &format!("started {}", process.argv.borrow().join(" ")));
        let future = run(ProcessContext::new(self.clone(), process.clone()));
        let supervised = Supervised { process: process.clone(), future: Some(future), parked: None };
        let kernel = self.clone();
        let ended = process.clone();
        self.0.sim.spawn(async move {
            let status = supervised.await;
            kernel.end(&ended, status);
        });
        Ok(Child::new(self, process))
    }

    fn trace(&self, pid: Pid, what: &str) {
        let kind = TraceKind::Process { place: self.0.name.clone(), pid, what: what.into() };
        self.0.sim.trace().record(self.0.sim.now(), &self.0.name, None, kind);
    }

    fn end(&self, process: &Rc<Process>, status: ExitStatus) {
        process.fds.borrow_mut().clear();
        process.namespaces.cgroup.release(process.memory_bytes.take());
        process.namespaces.cgroup.leave();
        process.state.set(ProcessState::Zombie(status));
        self.trace(process.pid, &format!("ended {}", status.code()));
        // Orphans go to PID 1, and are forgotten as soon as they end: every init reaps.
        for child in self.processes() {
            if child.ppid.get() == process.pid {
                child.ppid.set(if process.pid == 1 { 0 } else { 1 });
                if matches!(child.state.get(), ProcessState::Zombie(_)) {
                    self.forget(&child);
                }
            }
        }
        let ppid = process.ppid.get();
        if ppid == 0 || ppid == 1 && self.process(1).is_none_or(|init| !init.reaps()) {
            self.forget(process);
        } else if let Some(parent) = self.process(ppid) {
            parent.changed.notify();
            parent.receive(Signal::CHLD, false);
        }
        process.changed.notify();
        if process.pid == 1 {
            for other in self.processes() {
                other.kill_now(Signal::KILL);
            }
        }
    }

    /// Sends `signal` to every process of the group, as a terminal does.
    pub fn signal_group(&self, group: Pid, signal: Signal) {
        for process in self.processes().into_iter().filter(|p| p.pgid.get() == group) {
            process.receive(signal, false);
        }
    }

    /// Kills every process of a control group, as the runtime does with what outlives a container's first process.
    pub fn kill_cgroup(&self, cgroup: &Cgroup) {
        for process in self.processes().iter().filter(|process| process.namespaces.cgroup.same(cgroup)) {
            process.receive(Signal::KILL, true);
        }
    }

    /// Sends `signal` from outside of the namespace, as the kubelet does: PID 1 is not spared SIGKILL.
    pub fn signal_from_outside(&self, pid: Pid, signal: Signal) -> Result<(), Errno> {
        self.process(pid).ok_or(Errno::ESRCH)?.receive(signal, true);
        Ok(())
    }
}

impl Process {
    /// Its PID namespace.
    pub fn kernel(&self) -> Option<Kernel> {
        self.kernel.upgrade().map(Kernel)
    }

    /// What it is doing.
    pub fn state(&self) -> ProcessState {
        self.state.get()
    }

    /// Notified when it stops, goes on, ends or gets a signal.
    pub fn changed(&self) -> &Notify {
        &self.changed
    }

    /// Memory it holds, in bytes.
    pub fn memory(&self) -> u64 {
        self.memory_bytes.get()
    }

    /// Steps of work it has taken.
    pub fn cpu_steps(&self) -> u64 {
        self.cpu_steps.get()
    }

    /// Whether it waits for children: a shell that is PID 1 does, other programs do not.
    fn reaps(&self) -> bool {
        self.dispositions.borrow().contains_key(&Signal::CHLD)
    }

    /// Takes a signal. `outside` says that it comes from another PID namespace.
    pub(super) fn receive(&self, signal: Signal, outside: bool) {
        if matches!(self.state.get(), ProcessState::Zombie(_)) {
            return;
        }
        if signal == Signal::CONT && matches!(self.state.get(), ProcessState::Stopped(_)) {
            self.state.set(ProcessState::Alive);
            self.stop_reported.set(true);
            self.changed.notify();
        }
        let init_is_spared = self.pid == 1 && !(outside && matches!(signal, Signal::KILL | Signal::STOP));
        let disposition = self.dispositions.borrow().get(&signal).copied().unwrap_or(Disposition::Default);
        match disposition {
            _ if signal == Signal::KILL && !init_is_spared => self.kill_now(signal),
            Disposition::Catch => {
                self.pending.borrow_mut().push_back(signal);
                self.changed.notify();
            }
            Disposition::Ignore => {}
            Disposition::Default => match signal.default_action() {
                DefaultAction::Terminate if !init_is_spared => self.kill_now(signal),
                DefaultAction::Stop if !init_is_spared => {
                    self.state.set(ProcessState::Stopped(signal));
                    self.stop_reported.set(false);
                    self.changed.notify();
                    self.tell_parent();
                }
                _ => {}
            },
        }
    }

    fn tell_parent(&self) {
        if let Some(kernel) = self.kernel.upgrade()
            && let Some(parent) = Kernel(kernel).process(self.ppid.get())
        {
            parent.changed.notify();
        }
    }

    fn kill_now(&self, signal: Signal) {
        if self.killed_by.get().is_none() {
            self.killed_by.set(Some(signal));
        }
        self.changed.notify();
    }

    pub(super) fn kill_for_memory(&self) {
        self.kill_now(Signal::KILL);
    }
}

/// Runs a program's future as long as its process may run.
struct Supervised {
    process: Rc<Process>,
    future: Option<LocalBoxFuture<'static, i32>>,
    parked: Option<crate::sim::channel::Notified>,
}

impl Future for Supervised {
    type Output = ExitStatus;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<ExitStatus> {
        // Registered before the checks, so that no change is missed between them and the wait.
        let mut parked = self.process.changed.notified();
        let _ = Pin::new(&mut parked).poll(cx);
        self.parked = Some(parked);
        if let Some(signal) = self.process.killed_by.get() {
            self.future = None;
            return Poll::Ready(ExitStatus::Signaled(signal));
        }
        if matches!(self.process.state.get(), ProcessState::Stopped(_)) {
            return Poll::Pending;
        }
        let Some(future) = self.future.as_mut() else { return Poll::Pending };
        let polled = future.as_mut().poll(cx);
        if let Some(signal) = self.process.killed_by.get() {
            self.future = None;
            return Poll::Ready(ExitStatus::Signaled(signal));
        }
        polled.map(|code| ExitStatus::Exited(code & 0xff))
    }
}
