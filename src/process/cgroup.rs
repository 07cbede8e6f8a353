use std::cell::Cell;
use std::rc::Rc;

/// Memory and process limits of a group of processes. Models a container's control group.
#[derive(Clone, Default)]
pub struct Cgroup(Rc<State>);

#[derive(Default)]
struct State {
    memory_limit_bytes: Cell<Option<u64>>,
    memory_used_bytes: Cell<u64>,
    process_limit: Cell<Option<usize>>,
    processes: Cell<usize>,
    oom_killed: Cell<bool>,
    /// Whether all of its processes are killed when one wants too much. cgroup v2's `memory.oom.group`.
    killed_together: Cell<bool>,
}

impl Cgroup {
    /// A group with these limits; `None` is no limit.
    pub fn new(memory_limit_bytes: Option<u64>, process_limit: Option<usize>) -> Cgroup {
        let group = Cgroup::default();
        group.0.memory_limit_bytes.set(memory_limit_bytes);
        group.0.process_limit.set(process_limit);
        group
    }

    /// The group with `memory.oom.group` set, as the kubelet sets it for containers: who wants too much takes the others along.
    pub fn killed_together(self) -> Cgroup {
        self.0.killed_together.set(true);
        self
    }

    /// Whether a process that wants too much takes `other`'s processes along.
    pub(super) fn takes_along(&self, other: &Cgroup) -> bool {
        self.0.killed_together.get() && Rc::ptr_eq(&self.0, &other.0)
    }

    /// Whether the other handle is the same group.
    pub fn same(&self, other: &Cgroup) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Bytes in use.
    pub fn memory_used(&self) -> u64 {
        self.0.memory_used_bytes.get()
    }

    /// The most bytes that may be in use.
    pub fn memory_limit(&self) -> Option<u64> {
        self.0.memory_limit_bytes.get()
    }

    /// Whether a process of the group was killed for want of memory.
    pub fn oom_killed(&self) -> bool {
        self.0.oom_killed.get()
    }

    /// Takes `bytes`; `false` (and nothing taken) when the limit would be passed.
    pub(super) fn charge(&self, bytes: u64) -> bool {
        let used = self.memory_used().saturating_add(bytes);
        if self.memory_limit().is_some_and(|limit| used > limit) {
            self.0.oom_killed.set(true);
            return false;
        }
        self.0.memory_used_bytes.set(used);
        true
    }

    pub(super) fn release(&self, bytes: u64) {
        self.0.memory_used_bytes.set(self.memory_used().saturating_sub(bytes));
    }

    pub(super) fn enter(&self) -> bool {
        let processes = self.0.processes.get();
        if self.0.process_limit.get().is_some_and(|limit| processes >= limit) {
            return false;
        }
        self.0.processes.set(processes + 1);
        true
    }

    pub(super) fn leave(&self) {
        self.0.processes.set(self.0.processes.get().saturating_sub(1));
    }
}
