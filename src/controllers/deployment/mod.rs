//! Deployments: a ReplicaSet for each version of the template, and the way from one to the next.
//! Models `pkg/controller/deployment`.

mod cleanup;
mod hash;
mod recreate;
mod replica_sets;
mod rolling;
mod scaling;
mod status;

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::int_or_percent::scaled;
use super::pods::{PodsByController, controller_of, name_of};
use super::work_queue::{Name, WorkQueue};
use crate::client::{Client, WatchEvent, changed};
use crate::sim::Time;

pub use hash::pod_template_hash;
#[cfg(test)]
pub use replica_sets::revision as revision_of;

/// The controller's name in events.
const COMPONENT: &str = "deployment-controller";

/// Rolls out every Deployment until the task is aborted.
pub async fn run(client: Client) {
    let client = client.as_actor(COMPONENT);
    let sim = client.sim().clone();
    let (mut deployments, mut sets, mut pods) = (client.watch::<Deployment>(), client.watch::<ReplicaSet>(), client.watch::<Pod>());
    let mut controller = Controller { client, pods: PodsByController::default(), queue: WorkQueue::default() };
    loop {
        while let Some(event) = pods.try_next() {
            controller.on_pod(&event, sim.now());
        }
        while let Some(event) = sets.try_next() {
            controller.on_set(&event, sim.now());
        }
        while let Some(event) = deployments.try_next() {
            match event {
                WatchEvent::Applied { object, trace_seq, .. } => controller.queue.add(name_of(&object.metadata), sim.now(), trace_seq),
                WatchEvent::Deleted { object, .. } => controller.queue.forget(&name_of(&object.metadata)),
            }
        }
        if let Some((name, cause)) = controller.queue.pop(sim.now()) {
            controller.sync(&name, cause);
            sim.yield_now().await;
            continue;
        }
        changed(&sim, &mut [&mut deployments, &mut sets, &mut pods], controller.queue.next_due()).await;
    }
}

struct Controller {
    client: Client,
    pods: PodsByController,
    queue: WorkQueue,
}

impl Controller {
    fn on_set(&mut self, event: &WatchEvent<ReplicaSet>, now: Time) {
        let (object, previous, cause) = match event {
            WatchEvent::Applied { object, previous, trace_seq } => (object, previous.as_ref(), *trace_seq),
            WatchEvent::Deleted { object, trace_seq } => (object, None, *trace_seq),
        };
        for meta in std::iter::once(&object.metadata).chain(previous.map(|previous| &previous.metadata)) {
            if let Some(owner) = controller_of(meta).filter(|owner| owner.kind == "Deployment") {
                self.queue.add((meta.namespace.clone().unwrap_or_default(), owner.name.clone()), now, cause);
            } else {
                self.wake_adopters(object, now, cause);
            }
        }
    }

    fn wake_adopters(&mut self, set: &ReplicaSet, now: Time, cause: u64) {
        for deployment in self.client.list::<Deployment>(set.metadata.namespace.as_deref()) {
            if replica_sets::selects(&deployment, set.metadata.labels.as_ref()) {
                self.queue.add(name_of(&deployment.metadata), now, cause);
            }
        }
    }

    /// A pod that is gone may be the last that a `Recreate` waits for.
    fn on_pod(&mut self, event: &WatchEvent<Pod>, now: Time) {
        let touched = self.pods.apply(event);
        let WatchEvent::Deleted { trace_seq, .. } = event else { return };
        for (namespace, owner) in touched.into_iter().filter(|(_, owner)| owner.kind == "ReplicaSet") {
            let set = self.client.get::<ReplicaSet>(&namespace, &owner.name);
            let deployment = set.as_ref().and_then(|set| controller_of(&set.metadata)).map(|owner| owner.name.clone());
            if let Some(deployment) = deployment {
                self.queue.add((namespace, deployment), now, *trace_seq);
            }
        }
    }

    fn sync(&mut self, name: &Name, cause: u64) {
        let client = if cause > 0 { self.client.because(cause) } else { self.client.clone() };
        let Some(deployment) = client.get::<Deployment>(&name.0, &name.1) else { return };
        let mut rollout = Rollout::new(client, (*deployment).clone(), &self.pods);
        rollout.run();
        if let Some(at) = rollout.next_check {
            self.queue.add_at(name.clone(), at, cause);
        }
    }
}

/// One look at one Deployment.
struct Rollout<'a> {
    client: Client,
    deployment: Deployment,
    pods: &'a PodsByController,
    /// The ReplicaSets of the Deployment; each is replaced by what the API server answers to a write.
    sets: BTreeMap<String, Rc<ReplicaSet>>,
    /// When to look again although nothing happens.
    next_check: Option<Time>,
}

impl<'a> Rollout<'a> {
    fn new(client: Client, deployment: Deployment, pods: &'a PodsByController) -> Rollout<'a> {
        Rollout { client, deployment, pods, sets: BTreeMap::new(), next_check: None }
    }

    /// Models `syncDeployment`.
    fn run(&mut self) {
        self.claim_sets();
        if self.deployment.metadata.deletion_timestamp.is_some() {
            self.sync_status_only();
            return;
        }
        self.check_paused();
        if self.is_paused() || self.is_scaling() {
            self.sync_scale();
            return;
        }
        let strategy = self.deployment.spec.as_ref().and_then(|spec| spec.strategy.as_ref()).and_then(|s| s.type_.as_deref());
        match strategy {
            Some("Recreate") => self.recreate(),
            _ => self.roll(),
        }
    }

    fn name(&self) -> &str {
        self.deployment.metadata.name.as_deref().unwrap_or_default()
    }

    /// `spec.replicas`.
    fn desired(&self) -> i32 {
        self.deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
    }

    fn is_paused(&self) -> bool {
        self.deployment.spec.as_ref().and_then(|spec| spec.paused).unwrap_or(false)
    }

    fn is_rolling_update(&self) -> bool {
        let strategy = self.deployment.spec.as_ref().and_then(|spec| spec.strategy.as_ref()).and_then(|s| s.type_.as_deref());
        strategy != Some("Recreate")
    }

    /// How many pods more, and how many available pods less than desired there may be. Models `ResolveFenceposts`.
    fn fenceposts(&self) -> (i32, i32) {
        if !self.is_rolling_update() {
            return (0, 0);
        }
        let desired = self.desired();
        let rolling = self.deployment.spec.as_ref().and_then(|spec| spec.strategy.as_ref()).and_then(|s| s.rolling_update.as_ref());
        let resolve = |value: Option<&IntOrString>, up: bool| value.map_or(0, |value| scaled(value, desired, up));
        let surge = resolve(rolling.and_then(|rolling| rolling.max_surge.as_ref()), true);
        let unavailable = resolve(rolling.and_then(|rolling| rolling.max_unavailable.as_ref()), false);
        // Both at zero would never get anywhere.
        let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
        (surge, unavailable.min(desired))
    }
}
