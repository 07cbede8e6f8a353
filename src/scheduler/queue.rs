//! Pods that wait to be scheduled. Models `pkg/scheduler/backend/queue`.
//!
//! Active pods come in the order of `PrioritySort`. Pods that fitted nowhere wait for an event that one of the plugins
//! that refused them thinks helpful. They then back off, but are taken at once when nothing else waits
//! (`SchedulerPopFromBackoffQ`); only pods whose binding failed sit their back-off out.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use super::framework::{ClusterEvent, Plugin, PodInfo};
use super::plugins::priority_sort::{self, SortKey};
use crate::sim::Time;

/// Models `DefaultPodInitialBackoffDuration`.
const INITIAL_BACKOFF: Duration = Duration::from_secs(1);
/// Models `DefaultPodMaxBackoffDuration`.
const MAX_BACKOFF: Duration = Duration::from_secs(10);
/// After this long an unschedulable pod is tried again anyway. Models `DefaultPodMaxInUnschedulablePodsDuration`.
const MAX_UNSCHEDULABLE: Duration = Duration::from_secs(300);

/// A waiting pod.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The pod.
    pub pod: Rc<PodInfo>,
    /// How often it was tried.
    pub attempts: u32,
    /// The trace event that made it worth trying; 0 where none is known.
    pub cause: u64,
    seq: u64,
    since: Time,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Active,
    /// `failed` where binding failed: such a pod waits until `until` come what may.
    BackingOff {
        until: Time,
        failed: bool,
    },
    Unschedulable {
        plugins: BTreeSet<&'static str>,
        until: Time,
    },
    Gated,
    /// Taken out by [`Queue::pop`], its outcome not yet known.
    Taken,
}

/// See the module.
#[derive(Default)]
pub struct Queue {
    pods: BTreeMap<String, Waiting>,
    active: BTreeMap<SortKey, String>,
    /// Pods that wait for an event.
    unschedulable: BTreeSet<String>,
    /// Pods that something is due for, by when.
    due: BTreeSet<(Time, u64, String)>,
    next_seq: u64,
}

impl Queue {
    /// Adds a pod, or takes its newer state.
    pub fn set(&mut self, pod: Rc<PodInfo>, now: Time, cause: u64, plugins: &[&dyn Plugin]) {
        let uid = pod.uid().to_owned();
        let gated = pod.pod.spec.as_ref().is_some_and(|spec| spec.scheduling_gates.iter().flatten().next().is_some());
        let Some(known) = self.pods.get_mut(&uid) else {
            self.next_seq += 1;
            let state = if gated { State::Gated } else { State::Active };
            let waiting = Waiting { pod, attempts: 0, cause, seq: self.next_seq, since: now, state };
            self.insert(uid, waiting);
            return;
        };
        let before = std::mem::replace(&mut known.pod, pod.clone());
        let same = before.pod.spec == pod.pod.spec && before.pod.metadata.labels == pod.pod.metadata.labels;
        if same {
            return;
        }
        let next = match &known.state {
            State::Gated if !gated => Some(State::Active),
            State::Unschedulable { plugins: rejected, .. } if may_help(plugins, rejected, &before, &ClusterEvent::OwnUpdate(&pod)) => {
                Some(State::Active)
            }
            _ => None,
        };
        if let Some(state) = next {
            known.cause = cause;
            self.change(&uid, now, state);
        }
    }

    /// Forgets a pod.
    pub fn remove(&mut self, uid: &str) -> Option<Waiting> {
        let waiting = self.pods.remove(uid)?;
        self.active.remove(&key_of(&waiting));
        self.unschedulable.remove(uid);
        if let Some(until) = until(&waiting.state) {
            self.due.remove(&(until, waiting.seq, uid.to_owned()));
        }
        Some(waiting)
    }

    /// The next pod to try. Tell its outcome by [`Queue::unschedulable`], [`Queue::failed`] or [`Queue::remove`].
    pub fn pop(&mut self, now: Time) -> Option<Waiting> {
        let uid = match self.active.pop_first() {
            Some((_, uid)) => uid,
            None => self.next_backing_off(now)?,
        };
        let mut waiting = self.remove(&uid)?;
        waiting.state = State::Taken;
        waiting.attempts += 1;
        self.insert(uid, waiting.clone());
        Some(waiting)
    }

    fn next_backing_off(&self, now: Time) -> Option<String> {
        let ready = |uid: &String| match self.pods.get(uid).map(|waiting| &waiting.state) {
            Some(State::BackingOff { until, failed }) => !failed || *until <= now,
            _ => false,
        };
        self.due.iter().map(|(_, _, uid)| uid).find(|uid| ready(uid)).cloned()
    }

    /// The pod fitted nowhere, because of these plugins.
    pub fn unschedulable(&mut self, uid: &str, plugins: BTreeSet<&'static str>, now: Time) {
        self.change(uid, now, State::Unschedulable { plugins, until: now + MAX_UNSCHEDULABLE });
    }

    /// The pod could not be bound.
    pub fn failed(&mut self, uid: &str, now: Time) {
        let Some(waiting) = self.pods.get(uid) else { return };
        let until = now + backoff(waiting.attempts);
        self.change(uid, now, State::BackingOff { until, failed: true });
    }

    /// Wakes the pods that `event` may help. Models `MoveAllToActiveOrBackoffQueue`.
    pub fn wake(&mut self, event: &ClusterEvent<'_>, now: Time, cause: u64, plugins: &[&dyn Plugin]) {
        let helped = |waiting: &Waiting| match &waiting.state {
            State::Unschedulable { plugins: rejected, .. } => may_help(plugins, rejected, &waiting.pod, event),
            _ => false,
        };
        let uids: Vec<String> = self.unschedulable.iter().filter(|uid| self.pods.get(*uid).is_some_and(helped)).cloned().collect();
        for uid in uids {
            if let Some(waiting) = self.pods.get_mut(&uid) {
                waiting.cause = cause;
                let until = waiting.since + backoff(waiting.attempts);
                let state = if until > now { State::BackingOff { until, failed: false } } else { State::Active };
                self.change(&uid, now, state);
            }
        }
    }

    /// Wakes the pods whose time has come.
    pub fn tick(&mut self, now: Time) {
        while let Some((_, _, uid)) = self.due.first().filter(|(at, _, _)| *at <= now).cloned() {
            self.change(&uid, now, State::Active);
        }
    }

    /// When [`Queue::tick`] is next of use.
    pub fn next_tick(&self) -> Option<Time> {
        self.due.first().map(|(at, _, _)| *at)
    }

    fn change(&mut self, uid: &str, now: Time, state: State) {
        let Some(mut waiting) = self.remove(uid) else { return };
        waiting.since = now;
        waiting.state = state;
        self.insert(uid.to_owned(), waiting);
    }

    fn insert(&mut self, uid: String, waiting: Waiting) {
        match waiting.state {
            State::Active => {
                self.active.insert(key_of(&waiting), uid.clone());
            }
            State::Unschedulable { .. } => {
                self.unschedulable.insert(uid.clone());
            }
            _ => {}
        }
        if let Some(until) = until(&waiting.state) {
            self.due.insert((until, waiting.seq, uid.clone()));
        }
        self.pods.insert(uid, waiting);
    }
}

fn until(state: &State) -> Option<Time> {
    match state {
        State::BackingOff { until, .. } | State::Unschedulable { until, .. } => Some(*until),
        _ => None,
    }
}

fn key_of(waiting: &Waiting) -> SortKey {
    priority_sort::key(&waiting.pod, waiting.since, waiting.seq)
}

fn may_help(plugins: &[&dyn Plugin], rejected: &BTreeSet<&'static str>, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
    plugins.iter().any(|plugin| rejected.contains(plugin.name()) && plugin.may_help(pod, event))
}

/// 1 s, 2 s, 4 s, 8 s, 10 s. Models `calculateBackoffDuration`.
fn backoff(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(4);
    (INITIAL_BACKOFF * (1 << doublings)).min(MAX_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::super::plugins::DEFAULT;
    use super::*;
    use k8s_openapi::api::core::v1::{Pod, PodSchedulingGate, PodSpec};

    fn pod(name: &str, priority: i32, gated: bool) -> Rc<PodInfo> {
        let mut pod = Pod::default();
        pod.metadata.name = Some(name.into());
        pod.metadata.uid = Some(name.into());
        let gates = gated.then(|| vec![PodSchedulingGate { name: "wait".into() }]);
        pod.spec = Some(PodSpec { priority: Some(priority), scheduling_gates: gates, ..PodSpec::default() });
        Rc::new(PodInfo::new(Rc::new(pod)))
    }

    fn popped(queue: &mut Queue, now: Time) -> Option<String> {
        queue.pop(now).map(|waiting| waiting.pod.name().to_owned())
    }

    #[test]
    fn the_higher_priority_comes_first_then_the_older() {
        let mut queue = Queue::default();
        for (name, priority) in [("a", 0), ("b", 0), ("c", 10)] {
            queue.set(pod(name, priority, false), Time::ZERO, 0, DEFAULT);
        }
        let order: Vec<_> = std::iter::from_fn(|| popped(&mut queue, Time::ZERO)).collect();
        assert_eq!(order, ["c", "a", "b"]);
    }

    #[test]
    fn an_unschedulable_pod_waits_for_an_event_that_helps() {
        let mut queue = Queue::default();
        queue.set(pod("a", 0, false), Time::ZERO, 0, DEFAULT);
        queue.pop(Time::ZERO);
        queue.unschedulable("a", BTreeSet::from(["NodeResourcesFit"]), Time::ZERO);
        assert_eq!(popped(&mut queue, Time::ZERO), None);
        queue.wake(&ClusterEvent::NodeDeleted, Time::ZERO, 0, DEFAULT);
        assert_eq!(popped(&mut queue, Time::ZERO), None);
        queue.wake(&ClusterEvent::AssignedPodDeleted(&pod("b", 0, false)), Time::ZERO, 7, DEFAULT);
        let waiting = queue.pop(Time::ZERO).unwrap();
        assert_eq!((waiting.pod.name(), waiting.cause, waiting.attempts), ("a", 7, 2));
    }

    #[test]
    fn an_unschedulable_pod_is_tried_again_after_five_minutes() {
        let mut queue = Queue::default();
        queue.set(pod("a", 0, false), Time::ZERO, 0, DEFAULT);
        queue.pop(Time::ZERO);
        queue.unschedulable("a", BTreeSet::from(["NodeName"]), Time::ZERO);
        let at = queue.next_tick().unwrap();
        assert_eq!(at.as_millis(), 300_000);
        queue.tick(at);
        assert_eq!(popped(&mut queue, at).as_deref(), Some("a"));
    }

    #[test]
    fn a_pod_that_could_not_be_bound_sits_its_back_off_out() {
        let mut queue = Queue::default();
        queue.set(pod("a", 0, false), Time::ZERO, 0, DEFAULT);
        queue.pop(Time::ZERO);
        queue.failed("a", Time::ZERO);
        assert_eq!(popped(&mut queue, Time::from_millis(999)), None);
        queue.tick(Time::from_millis(1000));
        assert_eq!(popped(&mut queue, Time::from_millis(1000)).as_deref(), Some("a"));
    }

    #[test]
    fn a_gated_pod_waits_until_its_gates_are_gone() {
        let mut queue = Queue::default();
        queue.set(pod("a", 0, true), Time::ZERO, 0, DEFAULT);
        assert_eq!(popped(&mut queue, Time::ZERO), None);
        queue.set(pod("a", 0, false), Time::ZERO, 3, DEFAULT);
        assert_eq!(popped(&mut queue, Time::ZERO).as_deref(), Some("a"));
    }
}
