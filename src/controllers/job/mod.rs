//! Jobs: pods that run to their end. Models `pkg/controller/job`.

mod finish;
mod indexes;
mod per_index;
mod policy;

pub use finish::is_finished;
use indexes::generate_name;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::batch::v1::{Job, JobSpec, JobStatus};
use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, ObjectFieldSelector, Pod};

use super::pod_control;
use super::pods::{self, PodsByController, is_active, is_ready, is_terminating, name_of, phase, uid};
use super::throttle::Throttle;
use super::work_queue::{Name, WorkQueue};
use crate::api::selector::{Selector, from_label_selector};
use crate::api::well_known::JOB_COMPLETION_INDEX;
use crate::client::{Client, WatchEvent, changed};
use crate::sim::Time;

const COMPONENT: &str = "job-controller";
/// Holds a pod until the Job has counted it. Models `JobTrackingFinalizer`.
const FINALIZER: &str = "batch.kubernetes.io/job-tracking";
/// Models `DefaultJobPodFailureBackOff` and `MaxJobPodFailureBackOff`.
const FIRST_BACKOFF: Duration = Duration::from_secs(10);
const MAX_BACKOFF: Duration = Duration::from_secs(600);

/// Runs every Job.
pub async fn run(client: Client) {
    let client = client.as_actor(COMPONENT);
    let sim = client.sim().clone();
    let (mut jobs, mut pods) = (client.watch::<Job>(), client.watch::<Pod>());
    let mut controller = Controller {
        client,
        pods: PodsByController::default(),
        queue: WorkQueue::default(),
        backoff: BTreeMap::new(),
        throttle: Throttle::default(),
    };
    loop {
        while let Some(event) = pods.try_next() {
            let (WatchEvent::Applied { trace_seq, .. } | WatchEvent::Deleted { trace_seq, .. }) = &event;
            for (namespace, owner) in controller.pods.apply(&event).into_iter().filter(|(_, owner)| owner.kind == "Job") {
                controller.queue.add((namespace, owner.name), sim.now(), *trace_seq);
            }
            release_orphan(&controller.client, &event);
            controller.offer_orphan(&event);
        }
        while let Some(event) = jobs.try_next() {
            match event {
                WatchEvent::Applied { object, trace_seq, .. } => controller.queue.add(name_of(&object.metadata), sim.now(), trace_seq),
                WatchEvent::Deleted { object, .. } => {
                    let name = name_of(&object.metadata);
                    controller.queue.forget(&name);
                    controller.throttle.forget(&name);
                    controller.backoff.remove(uid(&object.metadata));
                    let owned: Vec<Rc<Pod>> = controller.pods.of(uid(&object.metadata)).cloned().collect();
                    owned.iter().for_each(|pod| release(&controller.client, pod));
                }
            }
        }
        if let Some((name, cause)) = controller.queue.pop(sim.now()) {
            controller.sync(&name, cause);
            sim.yield_now().await;
            continue;
        }
        changed(&sim, &mut [&mut jobs, &mut pods], controller.queue.next_due()).await;
    }
}

/// A pod of a Job that is gone is held for nothing.
fn release_orphan(client: &Client, event: &WatchEvent<Pod>) {
    let WatchEvent::Applied { object, .. } = event else { return };
    let Some(owner) = pods::controller_of(&object.metadata).filter(|owner| owner.kind == "Job") else { return };
    let namespace = object.metadata.namespace.as_deref().unwrap_or_default();
    let exists = client.get::<Job>(namespace, &owner.name).is_some_and(|job| uid(&job.metadata) == owner.uid);
    if !exists {
        release(client, object);
    }
}

fn is_held(pod: &Pod) -> bool {
    pod.metadata.finalizers.iter().flatten().any(|finalizer| finalizer == FINALIZER)
}

/// Lets a counted pod go.
fn release(client: &Client, pod: &Pod) {
    let (namespace, name) = name_of(&pod.metadata);
    let Some(current) = client.get::<Pod>(&namespace, &name).filter(|current| is_held(current)) else { return };
    let mut released = (*current).clone();
    let finalizers = released.metadata.finalizers.take().unwrap_or_default();
    let left: Vec<String> = finalizers.into_iter().filter(|finalizer| finalizer != FINALIZER).collect();
    released.metadata.finalizers = Some(left).filter(|left| !left.is_empty());
    let _ = client.update(released);
}

fn selector_of(job: &Job) -> Selector {
    from_label_selector(job.spec.as_ref().and_then(|spec| spec.selector.as_ref())).unwrap_or_else(|_| Selector::nothing())
}

struct Controller {
    client: Client,
    pods: PodsByController,
    queue: WorkQueue,
    /// By Job: when a pod last failed, and how many in a row.
    backoff: BTreeMap<String, (Time, u32)>,
    throttle: Throttle,
}

/// One look at one Job.
struct Look<'a> {
    client: &'a Client,
    job: Job,
    spec: JobSpec,
    pods: Vec<Rc<Pod>>,
    /// What the pod failure policy says of a pod that fails the Job.
    failed_by_policy: Option<String>,
    /// By index that is to be tried again: the pod that failed last. Empty where failures are not counted per index.
    last_failed: BTreeMap<i32, Rc<Pod>>,
    throttle: &'a mut Throttle,
}

impl Controller {
    /// A pod without a controller: whoever selects it may want to adopt it.
    fn offer_orphan(&mut self, event: &WatchEvent<Pod>) {
        let WatchEvent::Applied { object, trace_seq, .. } = event else { return };
        if pods::controller_of(&object.metadata).is_some() || object.metadata.deletion_timestamp.is_some() {
            return;
        }
        for job in self.client.list::<Job>(object.metadata.namespace.as_deref()) {
            if selector_of(&job).matches_option(object.metadata.labels.as_ref()) {
                self.queue.add(name_of(&job.metadata), self.client.sim().now(), *trace_seq);
            }
        }
    }

    fn sync(&mut self, name: &Name, cause: u64) {
        let client = if cause > 0 { self.client.because(cause) } else { self.client.clone() };
        let Some(job) = client.get::<Job>(&name.0, &name.1) else { return };
        let Some(spec) = job.spec.clone() else { return };
        if finish::is_finished(&job) {
            let held: Vec<Rc<Pod>> = self.pods.of(uid(&job.metadata)).filter(|pod| is_held(pod)).cloned().collect();
            held.iter().for_each(|pod| release(&client, pod));
            self.backoff.remove(uid(&job.metadata));
            return;
        }
        let (pods, changed) = pods::claim(&client, &self.pods, &*job, &selector_of(&job), |_| true, Some(FINALIZER));
        if changed {
            // The watch will tell of the changed pods.
            self.queue.add(name.clone(), client.sim().now(), cause);
            return;
        }
        let mut look = Look {
            client: &client,
            job: (*job).clone(),
            spec,
            pods,
            failed_by_policy: None,
            last_failed: BTreeMap::new(),
            throttle: &mut self.throttle,
        };
        if let Some(wait) = look.run(&mut self.backoff) {
            let at = client.sim().now() + wait;
            self.queue.add_at(name.clone(), at, cause);
        }
    }
}

impl Look<'_> {
    /// Models `syncJob`. Returns when to look again although nothing happens.
    fn run(&mut self, backoff: &mut BTreeMap<String, (Time, u32)>) -> Option<Duration> {
        let now = self.client.sim().now();
        let before = self.job.clone();
        let suspended = self.spec.suspend == Some(true);
        let status = self.job.status.get_or_insert_default();
        let starts = status.start_time.is_none() && !suspended;
        if starts {
            status.start_time = Some(self.client.now());
        }
        self.note_failed_indexes();
        let counted = self.count_ended(backoff, now);
        let active: Vec<Rc<Pod>> = self.pods.iter().filter(|pod| is_active(pod)).cloned().collect();
        let mut wait = None;
        if let Some(failure) = self.failure() {
            wait = self.fail(&failure, &active);
        } else if suspended {
            wait = self.suspend(&active);
        } else {
            self.resume();
            if self.succeeded() {
                wait = self.complete(&active);
            } else if self.job.metadata.deletion_timestamp.is_none() {
                wait = self.manage(&active, backoff.get(uid(&self.job.metadata)).copied(), now);
            }
        }
        self.report(&active);
        if self.job.status == before.status || self.client.update_status(self.job.clone()).is_ok() {
            counted.iter().for_each(|pod| release(self.client, pod));
        }
        [wait, self.deadline_in()].into_iter().flatten().min()
    }

    fn status(&mut self) -> &mut JobStatus {
        self.job.status.get_or_insert_default()
    }

    /// Counts pods that ended and were not counted yet. Models `trackJobStatusAndRemoveFinalizers`.
    fn count_ended(&mut self, backoff: &mut BTreeMap<String, (Time, u32)>, now: Time) -> Vec<Rc<Pod>> {
        // A pod on its way out counts as failed, unless it is to be replaced only once it has failed.
        let waits_for_end = self.replaces_failed_only();
        let leaving = |pod: &Pod| pod.metadata.deletion_timestamp.is_some() && !waits_for_end;
        let ended = |pod: &&Rc<Pod>| is_held(pod) && (pods::is_finished(pod) || leaving(pod));
        let ended: Vec<Rc<Pod>> = self.pods.iter().filter(ended).cloned().collect();
        let (waiting, mut ended): (Vec<_>, Vec<_>) = ended.into_iter().partition(|pod| self.awaits_successor(pod));
        ended.iter().for_each(|pod| self.count(pod, backoff, now));
        self.complete_indexes(&ended);
        for pod in &waiting {
            self.heed_failure(pod);
        }
        if !waiting.is_empty() && (self.failure().is_some() || self.succeeded()) {
            // Nothing is tried again.
            waiting.iter().for_each(|pod| self.count(pod, backoff, now));
            ended.extend(waiting);
        }
        ended
    }

    fn count(&mut self, pod: &Pod, backoff: &mut BTreeMap<String, (Time, u32)>, now: Time) {
        let job = uid(&self.job.metadata).to_owned();
        if phase(pod) == "Succeeded" {
            let status = self.status();
            status.succeeded = Some(status.succeeded.unwrap_or(0).wrapping_add(1));
            backoff.remove(&job);
        } else if self.spec.suspend != Some(true) && self.heed_failure(pod) {
            let status = self.status();
            status.failed = Some(status.failed.unwrap_or(0).wrapping_add(1));
            let (_, times) = backoff.get(&job).copied().unwrap_or((now, 0));
            backoff.insert(job, (now, times + 1));
        }
    }

    /// Creates or deletes pods. Models `manageJob`.
    fn manage(&mut self, active: &[Rc<Pod>], backoff: Option<(Time, u32)>, now: Time) -> Option<Duration> {
        let wanted = self.wanted();
        let surplus = self.surplus(active, wanted);
        if !surplus.is_empty() {
            return self.delete(&surplus);
        }
        let terminating = self.pods.iter().filter(|pod| is_terminating(pod)).count();
        let present = active.len() + if self.replaces_failed_only() { terminating } else { 0 };
        let missing = wanted.saturating_sub(present);
        if missing == 0 {
            return None;
        }
        if let Some((since, times)) = backoff.filter(|_| !self.counts_per_index()) {
            let delay = FIRST_BACKOFF.saturating_mul(1 << times.saturating_sub(1).min(10)).min(MAX_BACKOFF);
            let left = (since + delay) - now;
            if !left.is_zero() {
                return Some(left);
            }
        }
        let (indexes, wait): (Vec<Option<i32>>, _) = match self.free_indexes(active, missing) {
            None => (vec![None; missing], None),
            Some(indexes) => {
                let (ready, wait) = self.ready_indexes(indexes);
                (ready.into_iter().map(Some).collect(), wait)
            }
        };
        for index in indexes {
            if let Some(wait) = self.turn_in() {
                return Some(wait);
            }
            if !self.create(index) {
                break;
            }
        }
        wait
    }

    /// How many pods should be active.
    fn wanted(&self) -> usize {
        let parallelism = usize::try_from(self.spec.parallelism.unwrap_or(1)).unwrap_or(0);
        let succeeded = self.job.status.as_ref().and_then(|status| status.succeeded).unwrap_or(0);
        match self.spec.completions {
            // A work queue: as soon as one succeeded, no more are started.
            None if succeeded > 0 => self.pods.iter().filter(|pod| is_active(pod)).count(),
            None => parallelism,
            Some(completions) => parallelism.min(usize::try_from(completions.saturating_sub(succeeded)).unwrap_or(0)),
        }
    }

    /// Whether a pod is replaced only once it has failed for good, not as soon as it is on its way out.
    fn replaces_failed_only(&self) -> bool {
        self.spec.pod_replacement_policy.as_deref() == Some("Failed")
    }

    fn create(&self, index: Option<i32>) -> bool {
        let mut pod = pods::from_template(&self.spec.template, &self.job);
        pod.metadata.finalizers.get_or_insert_default().push(FINALIZER.to_owned());
        if let Some(index) = index {
            set_index(&mut pod, self.job.metadata.name.as_deref().unwrap_or_default(), index);
            self.tell_failures(&mut pod, index);
        }
        pod_control::create(self.client, COMPONENT, &self.job, pod).is_ok()
    }

    /// Deletes pods as far as the API server may be asked. Returns when to go on.
    fn delete(&mut self, pods: &[Rc<Pod>]) -> Option<Duration> {
        for pod in pods {
            if let Some(wait) = self.turn_in() {
                return Some(wait);
            }
            let _ = pod_control::delete(self.client, COMPONENT, &self.job, pod);
        }
        None
    }

    /// How long until the API server may be asked for a pod, if not now.
    fn turn_in(&mut self) -> Option<Duration> {
        let now = self.client.sim().now();
        self.throttle.take(&name_of(&self.job.metadata), now).err().map(|turn| turn - now)
    }

    fn report(&mut self, active: &[Rc<Pod>]) {
        let still = if finish::is_finished(&self.job) { &[][..] } else { active };
        let (number, ready) = (still.len(), still.iter().filter(|pod| is_ready(pod)).count());
        let terminating = self.pods.iter().filter(|pod| is_terminating(pod)).count();
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let status = self.status();
        status.active = Some(count(number)).filter(|number| *number > 0);
        status.ready = Some(count(ready));
        status.terminating = Some(count(terminating));
        status.uncounted_terminated_pods.get_or_insert_default();
    }
}

/// A pod of an indexed Job knows its index by annotation, label, host name and environment.
fn set_index(pod: &mut Pod, job: &str, index: i32) {
    pod.metadata.annotations.get_or_insert_default().insert(JOB_COMPLETION_INDEX.to_owned(), index.to_string());
    pod.metadata.labels.get_or_insert_default().insert(JOB_COMPLETION_INDEX.to_owned(), index.to_string());
    pod.metadata.generate_name = Some(generate_name(job, index));
    let Some(spec) = &mut pod.spec else { return };
    spec.hostname = Some(format!("{job}-{index}"));
    let field = ObjectFieldSelector { field_path: format!("metadata.labels['{JOB_COMPLETION_INDEX}']"), ..ObjectFieldSelector::default() };
    let variable = EnvVar {
        name: "JOB_COMPLETION_INDEX".to_owned(),
        value_from: Some(EnvVarSource { field_ref: Some(field), ..EnvVarSource::default() }),
        ..EnvVar::default()
    };
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        container.env.get_or_insert_default().push(variable.clone());
    }
}
