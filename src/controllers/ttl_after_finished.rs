//! Finished Jobs go when their time to live is over. Models `pkg/controller/ttlafterfinished`.

use std::time::Duration;

use k8s_openapi::api::batch::v1::Job;

use super::pods::{name_of, uid};
use super::work_queue::{Name, WorkQueue};
use crate::client::{Client, DeleteOptions, Propagation, WatchEvent, changed};

/// Deletes Jobs until the task is aborted.
pub async fn run(client: Client) {
    let client = client.as_actor("ttl-after-finished-controller");
    let sim = client.sim().clone();
    let mut jobs = client.watch::<Job>();
    let mut queue = WorkQueue::default();
    loop {
        while let Some(event) = jobs.try_next() {
            match event {
                WatchEvent::Applied { object, trace_seq, .. } => {
                    if let Some(left) = time_left(&client, &object) {
                        queue.add_at(name_of(&object.metadata), sim.now() + left, trace_seq);
                    }
                }
                WatchEvent::Deleted { object, .. } => queue.forget(&name_of(&object.metadata)),
            }
        }
        if let Some((name, cause)) = queue.pop(sim.now()) {
            let acting = if cause > 0 { client.because(cause) } else { client.clone() };
            if let Some(left) = sync(&acting, &name) {
                queue.add_at(name, sim.now() + left, cause);
            }
            continue;
        }
        changed(&sim, &mut [&mut jobs], queue.next_due()).await;
    }
}

/// How long a finished Job with a time to live has left.
fn time_left(client: &Client, job: &Job) -> Option<Duration> {
    let ttl = Duration::from_secs(u64::try_from(job.spec.as_ref()?.ttl_seconds_after_finished?).ok()?);
    let mut conditions = job.status.as_ref()?.conditions.iter().flatten();
    let end = conditions.find(|condition| matches!(condition.type_.as_str(), "Complete" | "Failed") && condition.status == "True")?;
    let passed = client.sim().timestamp().duration_since(end.last_transition_time.as_ref()?.0);
    Some(ttl.saturating_sub(Duration::try_from(passed).unwrap_or_default()))
}

fn sync(client: &Client, name: &Name) -> Option<Duration> {
    let job = client.get::<Job>(&name.0, &name.1)?;
    let left = time_left(client, &job)?;
    if !left.is_zero() {
        return Some(left);
    }
    let options =
        DeleteOptions { uid: Some(uid(&job.metadata).to_owned()), propagation: Propagation::Foreground, ..DeleteOptions::default() };
    // Gone already is as good.
    let _ = client.delete::<Job>(&name.0, &name.1, options);
    None
}
