//! Keeping a number of pods: what ReplicaSets and ReplicationControllers have in common. Models `pkg/controller/replicaset`.

pub mod ranking;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};

use super::pod_control::{self, Failure};
use super::pods::{self, PodsByController, available_in, is_active, is_ready, is_terminating, name_of, uid};
use super::throttle::Throttle;
use super::work_queue::{Name, WorkQueue};
use crate::api::object::Typed;
use crate::api::selector::Selector;
use crate::client::{Client, WatchEvent, changed};
use crate::sim::Time;

/// A kind whose objects keep a number of pods.
pub trait Replicated: Typed {
    /// The controller's name in events.
    const COMPONENT: &'static str;
    /// `spec.replicas`.
    fn desired(&self) -> i32;
    /// Which pods are its own.
    fn selector(&self) -> Selector;
    /// What its pods are made from.
    fn template(&self) -> Option<&PodTemplateSpec>;
    /// `spec.minReadySeconds`.
    fn min_ready_seconds(&self) -> i32;
    /// The object with this status; the same object where nothing changes.
    fn with_counts(&self, counts: &Counts, failure: Option<&Failure>, client: &Client) -> Self;
}

/// The numbers of a status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pods that exist.
    pub replicas: i32,
    /// Pods that carry all labels of the template.
    pub fully_labeled: i32,
    /// Ready pods.
    pub ready: i32,
    /// Pods ready for long enough.
    pub available: i32,
    /// Pods on their way out.
    pub terminating: i32,
}

struct Controller {
    client: Client,
    pods: PodsByController,
    queue: WorkQueue,
    /// How often creating failed in a row, for the back-off.
    failures: BTreeMap<Name, u32>,
    throttle: Throttle,
}

/// Keeps the pods of all objects of `T`'s kind until the task is aborted.
pub async fn run<T: Replicated + PartialEq>(client: Client) {
    let client = client.as_actor(T::COMPONENT);
    let sim = client.sim().clone();
    let (mut sets, mut pods) = (client.watch::<T>(), client.watch::<Pod>());
    let mut controller = Controller {
        client,
        pods: PodsByController::default(),
        queue: WorkQueue::default(),
        failures: BTreeMap::new(),
        throttle: Throttle::default(),
    };
    loop {
        while let Some(event) = pods.try_next() {
            controller.on_pod::<T>(&event, sim.now());
        }
        while let Some(event) = sets.try_next() {
            controller.on_set(event, sim.now());
        }
        if let Some((name, cause)) = controller.queue.pop(sim.now()) {
            controller.sync::<T>(&name, cause);
            sim.yield_now().await;
            continue;
        }
        changed(&sim, &mut [&mut sets, &mut pods], controller.queue.next_due()).await;
    }
}

impl Controller {
    fn on_set<T: Replicated>(&mut self, event: WatchEvent<T>, now: Time) {
        match event {
            WatchEvent::Applied { object, trace_seq, .. } => self.queue.add(name_of(object.meta()), now, trace_seq),
            WatchEvent::Deleted { object, .. } => {
                let name = name_of(object.meta());
                self.queue.forget(&name);
                self.failures.remove(&name);
                self.throttle.forget(&name);
            }
        }
    }

    fn on_pod<T: Replicated>(&mut self, event: &WatchEvent<Pod>, now: Time) {
        let touched = self.pods.apply(event);
        let (object, cause) = match event {
            WatchEvent::Applied { object, trace_seq, .. } | WatchEvent::Deleted { object, trace_seq } => (object, *trace_seq),
        };
        for (namespace, owner) in touched.iter().filter(|(_, owner)| owner.kind == T::KIND.info().kind) {
            self.queue.add((namespace.clone(), owner.name.clone()), now, cause);
        }
        let namespace = object.metadata.namespace.clone().unwrap_or_default();
        if pods::controller_of(&object.metadata).is_none() && is_active(object) {
            // An orphan: whoever selects it may want to adopt it.
            for set in self.client.list::<T>(Some(&namespace)) {
                if set.selector().matches_option(object.metadata.labels.as_ref()) {
                    self.queue.add(name_of(set.meta()), now, cause);
                }
            }
        }
    }

    fn sync<T: Replicated + PartialEq>(&mut self, name: &Name, cause: u64) {
        let client = if cause > 0 { self.client.because(cause) } else { self.client.clone() };
        let Some(set) = client.get::<T>(&name.0, &name.1) else { return };
        let (claimed, changed) = pods::claim(&client, &self.pods, &*set, &set.selector(), is_active, None);
        if changed {
            // The watch will tell of the changed pods and bring the set back here.
            let now = client.sim().now();
            self.queue.add(name.clone(), now, cause);
        }
        let active: Vec<Rc<Pod>> = claimed.iter().filter(|pod| is_active(pod)).cloned().collect();
        let mut failure = None;
        let desired = usize::try_from(set.desired()).unwrap_or(0);
        if set.meta().deletion_timestamp.is_none() && !changed && active.len() != desired {
            if !self.may_ask(name, cause) {
                return;
            }
            failure = self.manage(&client, &*set, &active, desired, cause);
        }
        self.back_off(name, failure.is_some(), cause);
        let (counts, next) = count(&*set, &claimed, client.sim().timestamp());
        if let Some(next) = next {
            self.queue.add_at(name.clone(), client.sim().now() + next, cause);
        }
        let updated = set.with_counts(&counts, failure.as_ref(), &client);
        if updated != *set {
            // A conflict brings the set back by its watch.
            let _ = client.update_status(updated);
        }
    }

    /// After a failed creation the set is tried again: after 5 ms, doubling to 1,000 s. Models the queue's rate limiter.
    fn back_off(&mut self, name: &Name, failed: bool, cause: u64) {
        if !failed {
            self.failures.remove(name);
            return;
        }
        let times = self.failures.entry(name.clone()).or_default();
        let delay = Duration::from_millis(5).saturating_mul(1 << (*times).min(18)).min(Duration::from_secs(1000));
        *times += 1;
        let at = self.client.sim().now() + delay;
        self.queue.add_at(name.clone(), at, cause);
    }

    /// Creates or deletes pods, the first of them with the leave that the caller has got. Models `manageReplicas`.
    fn manage<T: Replicated>(&mut self, client: &Client, set: &T, active: &[Rc<Pod>], desired: usize, cause: u64) -> Option<Failure> {
        let name = name_of(set.meta());
        if active.len() > desired {
            let related = self.related(client, set);
            for (at, pod) in ranking::to_delete(active, &related, active.len() - desired, client.sim().timestamp()).iter().enumerate() {
                if at > 0 && !self.may_ask(&name, cause) {
                    break;
                }
                if let Err(failure) = pod_control::delete(client, T::COMPONENT, set, pod) {
                    return Some(failure);
                }
            }
        }
        for at in active.len()..desired {
            if at > active.len() && !self.may_ask(&name, cause) {
                break;
            }
            if let Err(failure) = pod_control::create(client, T::COMPONENT, set, pods::from_template(set.template()?, set)) {
                return failure;
            }
        }
        None
    }

    /// The running and waiting pods of all ReplicaSets of the same owner, this one's included; none where it has no owner.
    /// Models `getIndirectlyRelatedPods`.
    fn related<T: Replicated>(&self, client: &Client, set: &T) -> Vec<Rc<Pod>> {
        let Some(owner) = pods::controller_of(set.meta()) else { return Vec::new() };
        let siblings = client.list::<T>(set.meta().namespace.as_deref());
        let siblings = siblings.iter().filter(|other| pods::controller_of(other.meta()).is_some_and(|other| other.uid == owner.uid));
        siblings.flat_map(|sibling| self.pods.of(uid(sibling.meta()))).filter(|pod| is_active(pod)).cloned().collect()
    }

    /// Whether the API server may be asked for a pod now; if not, the set is looked at when its turn comes.
    fn may_ask(&mut self, name: &Name, cause: u64) -> bool {
        let turn = self.throttle.take(name, self.client.sim().now());
        if let Err(turn) = turn {
            self.queue.add_at(name.clone(), turn, cause);
        }
        turn.is_ok()
    }
}

/// Counts the pods; says when the next one becomes available. Models `calculateStatus`.
fn count<T: Replicated>(set: &T, claimed: &[Rc<Pod>], now: jiff::Timestamp) -> (Counts, Option<Duration>) {
    let wanted = set.template().and_then(|template| template.metadata.as_ref()).and_then(|meta| meta.labels.as_ref());
    let mut counts = Counts::default();
    let mut next: Option<Duration> = None;
    for pod in claimed {
        counts.terminating += i32::from(is_terminating(pod));
        if !is_active(pod) {
            continue;
        }
        counts.replicas += 1;
        let labels = pod.metadata.labels.as_ref();
        let fully = wanted.into_iter().flatten().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value));
        counts.fully_labeled += i32::from(fully);
        counts.ready += i32::from(is_ready(pod));
        match available_in(pod, set.min_ready_seconds(), now) {
            Some(Duration::ZERO) => counts.available += 1,
            Some(wait) => next = Some(next.map_or(wait, |next| next.min(wait))),
            None => {}
        }
    }
    (counts, next)
}
