//! Counts what the objects of a namespace use of its quotas. Models `pkg/controller/resourcequota`.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, ReplicationController, ResourceQuota, Secret, Service};

use super::pods::{is_finished, name_of};
use super::work_queue::{Name, WorkQueue};
use crate::api::Kind;
use crate::api::object::Typed;
use crate::api::pod_resources::{Amounts, add};
use crate::api::quota;
use crate::client::{Client, Source, Watch, WatchEvent, changed};

/// What is counted. Watched from the first quota on: a cluster without quotas pays nothing.
struct Counted {
    pods: Watch<Pod>,
    services: Watch<Service>,
    config_maps: Watch<ConfigMap>,
    secrets: Watch<Secret>,
    controllers: Watch<ReplicationController>,
    replica_sets: Watch<ReplicaSet>,
    deployments: Watch<Deployment>,
    daemon_sets: Watch<DaemonSet>,
    jobs: Watch<Job>,
    cron_jobs: Watch<CronJob>,
}

impl Counted {
    fn start(client: &Client) -> Counted {
        Counted {
            pods: client.watch(),
            services: client.watch(),
            config_maps: client.watch(),
            secrets: client.watch(),
            controllers: client.watch(),
            replica_sets: client.watch(),
            deployments: client.watch(),
            daemon_sets: client.watch(),
            jobs: client.watch(),
            cron_jobs: client.watch(),
        }
    }

    fn sources(&mut self) -> [&mut dyn Source; 10] {
        [
            &mut self.pods,
            &mut self.services,
            &mut self.config_maps,
            &mut self.secrets,
            &mut self.controllers,
            &mut self.replica_sets,
            &mut self.deployments,
            &mut self.daemon_sets,
            &mut self.jobs,
            &mut self.cron_jobs,
        ]
    }

    /// The namespaces in which something came, went or uses another amount since last time, and why.
    fn touched(&mut self) -> Vec<(String, u64)> {
        let mut all = Vec::new();
        drain(&mut self.pods, &mut all, |new, old| is_finished(new) != is_finished(old) || new.spec != old.spec);
        drain(&mut self.services, &mut all, |new, old| new.spec != old.spec);
        drain(&mut self.config_maps, &mut all, |_, _| false);
        drain(&mut self.secrets, &mut all, |_, _| false);
        drain(&mut self.controllers, &mut all, |_, _| false);
        drain(&mut self.replica_sets, &mut all, |_, _| false);
        drain(&mut self.deployments, &mut all, |_, _| false);
        drain(&mut self.daemon_sets, &mut all, |_, _| false);
        drain(&mut self.jobs, &mut all, |_, _| false);
        drain(&mut self.cron_jobs, &mut all, |_, _| false);
        all
    }
}

fn drain<T: Typed>(watch: &mut Watch<T>, touched: &mut Vec<(String, u64)>, matters: fn(&T, &T) -> bool) {
    while let Some(event) = watch.try_next() {
        let (object, cause) = match event {
            WatchEvent::Applied { object, previous: Some(previous), trace_seq } if matters(&object, &previous) => (object, trace_seq),
            WatchEvent::Applied { previous: Some(_), .. } => continue,
            WatchEvent::Applied { object, trace_seq, .. } | WatchEvent::Deleted { object, trace_seq } => (object, trace_seq),
        };
        touched.push((object.meta().namespace.clone().unwrap_or_default(), cause));
    }
}

/// Counts until the task is aborted.
pub async fn run(client: Client) {
    let client = client.as_actor("resourcequota-controller");
    let sim = client.sim().clone();
    let mut quotas = client.watch::<ResourceQuota>();
    let mut known: BTreeSet<Name> = BTreeSet::new();
    let mut counted: Option<Counted> = None;
    let mut queue = WorkQueue::default();
    loop {
        while let Some(event) = quotas.try_next() {
            match event {
                WatchEvent::Applied { object, trace_seq, .. } => {
                    let name = name_of(&object.metadata);
                    known.insert(name.clone());
                    queue.add(name, sim.now(), trace_seq);
                }
                WatchEvent::Deleted { object, .. } => {
                    known.remove(&name_of(&object.metadata));
                    queue.forget(&name_of(&object.metadata));
                }
            }
        }
        if !known.is_empty() {
            let counted = counted.get_or_insert_with(|| Counted::start(&client));
            for (namespace, cause) in counted.touched() {
                for name in known.iter().filter(|name| name.0 == namespace) {
                    queue.add(name.clone(), sim.now(), cause);
                }
            }
        } else {
            counted = None;
        }
        if let Some((name, cause)) = queue.pop(sim.now()) {
            let acting = if cause > 0 { client.because(cause) } else { client.clone() };
            sync(&acting, &name);
            continue;
        }
        let mut sources: Vec<&mut dyn Source> = vec![&mut quotas];
        if let Some(counted) = &mut counted {
            sources.extend(counted.sources());
        }
        changed(&sim, &mut sources, queue.next_due()).await;
    }
}

fn sync(client: &Client, name: &Name) {
    let Some(found) = client.get::<ResourceQuota>(&name.0, &name.1) else { return };
    let hard = found.spec.as_ref().and_then(|spec| spec.hard.clone()).unwrap_or_default();
    let mut used: Amounts = hard.keys().map(|resource| (resource.clone(), Default::default())).collect();
    let now = client.now().0;
    for kind in Kind::ALL.iter().copied().filter(|kind| kind.info().namespaced && hard.keys().any(|name| quota::concerns(*kind, name))) {
        for object in client.list_kind(kind, Some(&name.0)).iter().filter(|object| quota::matches(&found, object)) {
            let mut amounts = quota::usage(object, now);
            amounts.retain(|resource, _| hard.contains_key(resource));
            add(&mut used, &amounts);
        }
    }
    let mut counted = (*found).clone();
    let status = counted.status.get_or_insert_default();
    status.hard = Some(hard);
    status.used = Some(quota::write(&used));
    if counted.status != found.status {
        // A conflict is seen as the next event.
        let _ = client.update_status(counted);
    }
}
