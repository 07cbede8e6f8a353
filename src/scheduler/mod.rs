//! Assigns pods to nodes. Models `pkg/scheduler`.
//!
//! `framework` and `plugins` are pure functions over a snapshot of the cluster; `preemption` says who would have to
//! go for a more important pod; `queue` holds who waits; `scheduler` and `events` tie these to the API.

mod events;
pub mod explain;
pub mod framework;
pub mod plugins;
pub mod preemption;
mod queue;
#[allow(clippy::module_inception)]
mod scheduler;

use crate::client::{Client, Source, changed};
use scheduler::Scheduler;

/// The component's name: in events, in the trace and as the default `schedulerName`.
pub const COMPONENT: &str = "default-scheduler";

/// Schedules until the task is aborted. A new run knows the cluster from scratch, as a restarted scheduler does.
pub async fn run(client: Client) {
    let sim = client.sim().clone();
    let mut scheduler = Scheduler::new(client.as_actor("kube-scheduler"));
    let (mut pods, mut nodes, mut namespaces) = (client.watch(), client.watch(), client.watch());
    let (mut services, mut controllers, mut replica_sets) = (client.watch(), client.watch(), client.watch());
    loop {
        // Everything known first, so that each decision is made on the newest state.
        while let Some(event) = nodes.try_next() {
            scheduler.on_node(event);
        }
        while let Some(event) = namespaces.try_next() {
            scheduler.on_namespace(event);
        }
        while let Some(event) = services.try_next() {
            scheduler.on_service(event);
        }
        while let Some(event) = controllers.try_next() {
            scheduler.on_replication_controller(event);
        }
        while let Some(event) = replica_sets.try_next() {
            scheduler.on_replica_set(event);
        }
        while let Some(event) = pods.try_next() {
            scheduler.on_pod(event);
        }
        scheduler.queue.tick(sim.now());
        if scheduler.schedule_one() {
            sim.yield_now().await;
            continue;
        }
        let sources: &mut [&mut dyn Source] =
            &mut [&mut pods, &mut nodes, &mut namespaces, &mut services, &mut controllers, &mut replica_sets];
        changed(&sim, sources, scheduler.queue.next_tick()).await;
    }
}
