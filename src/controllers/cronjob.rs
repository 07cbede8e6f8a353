//! CronJobs: a Job now and then. Models `pkg/controller/cronjob`.

use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time as ApiTime};

use super::job::is_finished;
use super::pods::{controller_of, name_of, uid};
use super::work_queue::{Name, WorkQueue};
use crate::api::cron::Schedule;
use crate::api::go::quote;
use crate::api::time_zone;
use crate::client::{Client, DeleteOptions, WatchEvent, changed, controller_reference, reference_to};

const COMPONENT: &str = "cronjob-controller";
const SCHEDULED_AT: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";
/// More missed times than this are not made up for one by one. Models `getNextScheduleTime`'s warning.
const LIMIT_MISSED: usize = 100;

/// Starts the Jobs of every CronJob.
pub async fn run(client: Client) {
    let client = client.as_actor(COMPONENT);
    let sim = client.sim().clone();
    let (mut cron_jobs, mut jobs) = (client.watch::<CronJob>(), client.watch::<Job>());
    let mut queue = WorkQueue::default();
    loop {
        while let Some(event) = cron_jobs.try_next() {
            match event {
                WatchEvent::Applied { object, trace_seq, .. } => queue.add(name_of(&object.metadata), sim.now(), trace_seq),
                WatchEvent::Deleted { object, .. } => queue.forget(&name_of(&object.metadata)),
            }
        }
        while let Some(event) = jobs.try_next() {
            let (WatchEvent::Applied { object, trace_seq, .. } | WatchEvent::Deleted { object, trace_seq }) = event;
            if let Some(owner) = controller_of(&object.metadata).filter(|owner| owner.kind == "CronJob") {
                queue.add((object.metadata.namespace.clone().unwrap_or_default(), owner.name.clone()), sim.now(), trace_seq);
            }
        }
        if let Some((name, cause)) = queue.pop(sim.now()) {
            let acting = if cause > 0 { client.because(cause) } else { client.clone() };
            if let Some(wait) = sync(&acting, &name) {
                queue.add_at(name, sim.now() + wait, cause);
            }
            sim.yield_now().await;
            continue;
        }
        changed(&sim, &mut [&mut cron_jobs, &mut jobs], queue.next_due()).await;
    }
}

/// Models `syncCronJob`. Returns when the next Job is due.
fn sync(client: &Client, name: &Name) -> Option<Duration> {
    let cron_job = client.get::<CronJob>(&name.0, &name.1)?;
    let own = uid(&cron_job.metadata);
    let mut jobs = client.list::<Job>(Some(&name.0));
    jobs.retain(|job| controller_of(&job.metadata).is_some_and(|owner| owner.uid == own));
    let mut updated = (*cron_job).clone();
    note_finished(client, &mut updated, &jobs);
    clean_up(client, &cron_job, &jobs);
    let wait = if cron_job.metadata.deletion_timestamp.is_none() { start_due(client, &mut updated, &jobs) } else { None };
    if updated.status != cron_job.status {
        let _ = client.update_status(updated);
    }
    wait
}

/// Takes Jobs that ended off the list of active ones, and wonders about those that it did not start.
fn note_finished(client: &Client, cron_job: &mut CronJob, jobs: &[Rc<Job>]) {
    let about = reference_to(cron_job);
    let tell = |type_: &str, reason: &str, message: &str| client.record_event(&about, COMPONENT, None, type_, reason, message);
    let status = cron_job.status.get_or_insert_default();
    let mut active = status.active.take().unwrap_or_default();
    for job in jobs {
        let name = job.metadata.name.as_deref().unwrap_or_default();
        let listed = active.iter().position(|reference| reference.uid == job.metadata.uid);
        if !is_finished(job) {
            if listed.is_none() {
                tell("Warning", "UnexpectedJob", &format!("Saw a job that the controller did not create or forgot: {name}"));
            }
            continue;
        }
        let complete = is_complete(job);
        if let Some(at) = listed {
            active.remove(at);
            let how = if complete { "Complete" } else { "Failed" };
            tell("Normal", "SawCompletedJob", &format!("Saw completed job: {name}, condition: {how}"));
        }
        // Whoever started it.
        let end = job.status.as_ref().and_then(|status| status.completion_time.clone());
        if complete && end.as_ref().map(|time| time.0) > status.last_successful_time.as_ref().map(|time| time.0) {
            status.last_successful_time = end;
        }
    }
    active.retain(|reference| {
        let exists = jobs.iter().any(|job| job.metadata.uid == reference.uid);
        if !exists {
            tell("Normal", "MissingJob", &format!("Active job went missing: {}", reference.name.as_deref().unwrap_or_default()));
        }
        exists
    });
    status.active = Some(active).filter(|active| !active.is_empty());
}

fn is_complete(job: &Job) -> bool {
    let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == "Complete" && condition.status == "True")
}

/// Deletes the oldest finished Jobs beyond the limits. Models `cleanupFinishedJobs`.
fn clean_up(client: &Client, cron_job: &CronJob, jobs: &[Rc<Job>]) {
    let spec = &cron_job.spec;
    for (success, limit) in [(true, spec.successful_jobs_history_limit), (false, spec.failed_jobs_history_limit)] {
        let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else { continue };
        let mut ended: Vec<&Rc<Job>> = jobs.iter().filter(|job| is_finished(job) && is_complete(job) == success).collect();
        ended.sort_by_key(|job| job.metadata.creation_timestamp.as_ref().map(|time| time.0));
        let surplus = ended.len().saturating_sub(limit);
        for job in ended.into_iter().take(surplus) {
            delete(client, cron_job, job);
        }
    }
}

fn delete(client: &Client, cron_job: &CronJob, job: &Job) {
    let (namespace, name) = name_of(&job.metadata);
    if client.delete::<Job>(&namespace, &name, DeleteOptions::default()).is_ok() {
        let message = format!("Deleted job {name}");
        client.record_event(&reference_to(cron_job), COMPONENT, None, "Normal", "SuccessfulDelete", &message);
    }
}

/// Starts the Job that is due. Returns when the next one is.
fn start_due(client: &Client, cron_job: &mut CronJob, jobs: &[Rc<Job>]) -> Option<Duration> {
    let spec = cron_job.spec.clone();
    let about = reference_to(cron_job);
    let zone = match spec.time_zone.as_deref().map(time_zone::load) {
        None => TimeZone::UTC,
        Some(Ok(zone)) => zone,
        Some(Err(why)) => {
            let message = format!("invalid timeZone: {}: {why}", quote(&spec.time_zone.unwrap_or_default()));
            client.record_event(&about, COMPONENT, None, "Warning", "UnknownTimeZone", &message);
            return None;
        }
    };
    if spec.suspend == Some(true) {
        return None;
    }
    let schedule = match Schedule::parse(&spec.schedule, zone) {
        Ok(schedule) => schedule,
        Err(why) => {
            let message = format!("unparseable schedule: {} : {why}", quote(&spec.schedule));
            client.record_event(&about, COMPONENT, None, "Warning", "UnparseableSchedule", &message);
            return None;
        }
    };
    let now = client.sim().timestamp();
    let until = |next: Option<Timestamp>| next.and_then(|next| Duration::try_from(next.duration_since(now)).ok());
    let last = cron_job.status.as_ref().and_then(|status| status.last_schedule_time.as_ref()).map(|time| time.0);
    let mut after = last.or(cron_job.metadata.creation_timestamp.as_ref().map(|time| time.0))?;
    if let Some(seconds) = spec.starting_deadline_seconds {
        after = after.max(now.checked_sub(jiff::SignedDuration::from_secs(seconds)).unwrap_or(after));
    }
    let Some(due) = last_due(client, &about, &schedule, after, now) else { return until(schedule.next(now)) };
    let active = cron_job.status.as_ref().and_then(|status| status.active.clone()).unwrap_or_default();
    match spec.concurrency_policy.as_deref() {
        Some("Forbid") if !active.is_empty() => {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            client.record_event(&about, COMPONENT, None, "Normal", "JobAlreadyActive", message);
            return until(schedule.next(now));
        }
        Some("Replace") => {
            let running = jobs.iter().filter(|job| active.iter().any(|reference| reference.uid == job.metadata.uid));
            running.for_each(|job| delete(client, cron_job, job));
            cron_job.status.get_or_insert_default().active = None;
        }
        _ => {}
    }
    start(client, cron_job, &schedule, due);
    until(schedule.next(now))
}

/// The latest time that is due. Models `mostRecentScheduleTime`.
fn last_due(client: &Client, about: &ObjectReference, schedule: &Schedule, after: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let mut missed = std::iter::successors(schedule.next(after), |due| schedule.next(*due)).take_while(|due| *due <= now);
    let mut last = None;
    for (number, due) in missed.by_ref().enumerate() {
        last = Some(due);
        if number == LIMIT_MISSED {
            let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
            client.record_event(about, COMPONENT, None, "Warning", "TooManyMissedTimes", message);
        }
    }
    last
}

fn start(client: &Client, cron_job: &mut CronJob, schedule: &Schedule, due: Timestamp) {
    let template = cron_job.spec.job_template.clone();
    let meta = template.metadata.unwrap_or_default();
    let mut annotations = meta.annotations.unwrap_or_default();
    annotations.insert(SCHEDULED_AT.to_owned(), schedule.stamp(due));
    let job = Job {
        metadata: ObjectMeta {
            name: Some(format!("{}-{}", cron_job.metadata.name.as_deref().unwrap_or_default(), due.as_second() / 60)),
            namespace: cron_job.metadata.namespace.clone(),
            labels: meta.labels,
            annotations: Some(annotations),
            creation_timestamp: Some(ApiTime(due)),
            owner_references: Some(vec![controller_reference(cron_job)]),
            ..ObjectMeta::default()
        },
        spec: template.spec,
        ..Job::default()
    };
    let about = reference_to(cron_job);
    let (namespace, name) = name_of(&job.metadata);
    let started = match client.create(job) {
        Ok(job) => {
            client.record_event(&about, COMPONENT, None, "Normal", "SuccessfulCreate", &format!("Created job {name}"));
            Some(job)
        }
        // Where it is our own, only the note of it got lost.
        Err(status) if status.is("AlreadyExists") => client.get::<Job>(&namespace, &name).filter(|job| {
            let known = cron_job.status.iter().flat_map(|status| status.active.iter().flatten());
            let own = controller_of(&job.metadata).is_some_and(|owner| owner.uid == uid(&cron_job.metadata));
            own && !known.into_iter().any(|reference| reference.uid == job.metadata.uid)
        }),
        Err(status) if status.has_cause("NamespaceTerminating") => None,
        Err(status) => {
            let message = format!("Error creating job: {}", status.message);
            client.record_event(&about, COMPONENT, None, "Warning", "FailedCreate", &message);
            None
        }
    };
    if let Some(job) = started {
        let status = cron_job.status.get_or_insert_default();
        status.active.get_or_insert_default().push(reference_to(&*job));
        status.last_schedule_time = Some(ApiTime(due));
    }
}
