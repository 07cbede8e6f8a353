use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::vfs::{Provider, ProviderNode, Source};
use crate::sim::Time;

/// What a step of work takes, as `ps` counts it.
const STEP_MICROS: u64 = 10;
/// The period of `cpu.max`, the kubelet's default.
const PERIOD_MICROS: u64 = 100_000;
const PERIOD: Duration = Duration::from_micros(PERIOD_MICROS);
const FILES: &[&str] = &[
    "cgroup.controllers",
    "cgroup.events",
    "cgroup.type",
    "cpu.max",
    "cpu.stat",
    "cpu.weight",
    "memory.current",
    "memory.events",
    "memory.max",
    "memory.oom.group",
    "pids.current",
    "pids.max",
];

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
    /// Thousandths of a processor: the most, and the share that was asked for.
    cpu_limit_millis: Cell<Option<u64>>,
    cpu_request_millis: Cell<u64>,
    cpu_steps: Cell<u64>,
    throttle: Cell<Throttle>,
    /// Whether all of its processes are killed when one wants too much. cgroup v2's `memory.oom.group`.
    killed_together: Cell<bool>,
}

/// How much of its processor time a group has used in this period, and how it fared before. Models `cpu.stat`.
#[derive(Clone, Copy, Default)]
struct Throttle {
    /// The number of the period since the beginning of time.
    period: u64,
    used_micros: u64,
    /// Periods in which the group worked, and those in which it had to wait.
    periods: u64,
    throttled: u64,
    waited: Duration,
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

    /// The group with this limit of processor time (`None` is none) and this request, in thousandths of a processor. Whoever
    /// has used up the limit waits for the next period.
    pub fn with_cpu(self, limit_millis: Option<u64>, request_millis: u64) -> Cgroup {
        self.0.cpu_limit_millis.set(limit_millis);
        self.0.cpu_request_millis.set(request_millis);
        self
    }

    /// A step of work of one of its processes. Returns how long it has to wait where the group's time is used up.
    pub(super) fn work(&self, now: Time) -> Option<Duration> {
        self.0.cpu_steps.set(self.0.cpu_steps.get() + 1);
        let quota = self.quota_micros()?;
        let mut state = self.0.throttle.get();
        let period = now.as_nanos() / PERIOD.as_nanos() as u64;
        if state.period != period || state.periods == 0 {
            state = Throttle { period, used_micros: 0, periods: state.periods + 1, ..state };
        }
        let spent = state.used_micros >= quota;
        state.used_micros += STEP_MICROS;
        let wait = (state.used_micros >= quota).then(|| PERIOD - Duration::from_nanos(now.as_nanos() % PERIOD.as_nanos() as u64));
        if let Some(wait) = wait.filter(|_| !spent) {
            state.throttled += 1;
            state.waited += wait;
        }
        self.0.throttle.set(state);
        wait
    }

    /// The limit of processor time in a period.
    fn quota_micros(&self) -> Option<u64> {
        self.0.cpu_limit_millis.get().map(|millis| (millis * PERIOD_MICROS / 1000).max(1000))
    }

    /// `/sys/fs/cgroup` as its processes see it.
    pub fn files(&self) -> Source {
        Source::Provider(Rc::new(self.clone()))
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

impl Provider for Cgroup {
    /// Models cgroup v2, Documentation/admin-guide/cgroup-v2.rst.
    fn lookup(&self, path: &str) -> Option<ProviderNode> {
        let state = &self.0;
        let or_max = |most: Option<u64>| most.map_or("max".to_owned(), |most| most.to_string());
        let text = match path {
            "" => return Some(ProviderNode::Directory(FILES.iter().map(|name| (*name).to_owned()).collect())),
            "cgroup.controllers" => "cpu memory pids".to_owned(),
            "cgroup.events" => format!("populated {}\nfrozen 0", u8::from(state.processes.get() > 0)),
            "cgroup.type" => "domain".into(),
            "cpu.max" => {
                format!("{} {PERIOD_MICROS}", or_max(self.quota_micros()))
            }
            "cpu.stat" => {
                let used = state.cpu_steps.get() * STEP_MICROS;
                let Throttle { periods, throttled, waited, .. } = state.throttle.get();
                let waited = waited.as_micros();
                format!(
                    "usage_usec {used}\nuser_usec {used}\nsystem_usec 0\nnr_periods {periods}\nnr_throttled {throttled}\nthrottled_usec {waited}\nnr_bursts 0\nburst_usec 0"
                )
            }
            "cpu.weight" => {
                // Models runc's ConvertCPUSharesToCgroupV2Value of the kubelet's MilliCPUToShares.
                let shares = (state.cpu_request_millis.get() * 1024 / 1000).clamp(2, 262_144);
                (1 + (shares - 2) * 9999 / 262_142).to_string()
            }
            "memory.current" => self.memory_used().to_string(),
            "memory.events" => {
                let killed = u8::from(self.oom_killed());
                format!("low 0\nhigh 0\nmax {killed}\noom {killed}\noom_kill {killed}\noom_group_kill {killed}")
            }
            "memory.max" => or_max(self.memory_limit()),
            "memory.oom.group" => u8::from(state.killed_together.get()).to_string(),
            "pids.current" => state.processes.get().to_string(),
            "pids.max" => or_max(state.process_limit.get().map(|most| most as u64)),
            _ => return None,
        };
        Some(ProviderNode::File((text + "\n").into_bytes()))
    }
}
