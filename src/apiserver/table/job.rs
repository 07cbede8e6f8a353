//! Models `printJob` and `printCronJob` of `pkg/printers/internalversion`.

use jiff::Timestamp;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use serde_json::{Value, json};

use super::workload::containers;
use super::{AGE, Column, NAME, column, since};
use crate::api::selector::format_label_selector;

pub(super) const JOB: &[Column] = &[
    NAME,
    column("Status", "string", 0),
    column("Completions", "string", 0),
    column("Duration", "string", 0),
    AGE,
    column("Containers", "string", 1),
    column("Images", "string", 1),
    column("Selector", "string", 1),
];

pub(super) const CRON_JOB: &[Column] = &[
    NAME,
    column("Schedule", "string", 0),
    column("Timezone", "string", 0),
    column("Suspend", "boolean", 0),
    column("Active", "integer", 0),
    column("Last Schedule", "string", 0),
    AGE,
    column("Containers", "string", 1),
    column("Images", "string", 1),
    column("Selector", "string", 1),
];

pub(super) fn job(object: &Job, now: Timestamp) -> Vec<Value> {
    let spec = object.spec.clone().unwrap_or_default();
    let status = object.status.clone().unwrap_or_default();
    let succeeded = status.succeeded.unwrap_or(0);
    let completions = match (spec.completions, spec.parallelism.unwrap_or(0)) {
        (Some(completions), _) => format!("{succeeded}/{completions}"),
        (None, parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    };
    let start = status.start_time.as_ref().map(|t| t.0);
    let end = status.completion_time.as_ref().map_or(now, |t| t.0);
    let duration = start.map_or_else(String::new, |start| since(Some(start), end));
    let (names, images) = containers(spec.template.spec.as_ref());
    vec![
        json!(object.metadata.name),
        json!(status_word(object)),
        json!(completions),
        json!(duration),
        json!(since(object.metadata.creation_timestamp.as_ref().map(|t| t.0), now)),
        json!(names),
        json!(images),
        json!(format_label_selector(spec.selector.as_ref())),
    ]
}

fn status_word(job: &Job) -> &'static str {
    let has = |type_: &str| {
        let mut conditions = job.status.iter().flat_map(|s| s.conditions.iter().flatten());
        conditions.any(|c| c.type_ == type_ && c.status == "True")
    };
    if has("Complete") {
        "Complete"
    } else if has("Failed") {
        "Failed"
    } else if job.metadata.deletion_timestamp.is_some() {
        "Terminating"
    } else if has("Suspended") {
        "Suspended"
    } else if has("FailureTarget") {
        "FailureTarget"
    } else if has("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

pub(super) fn cron_job(object: &CronJob, now: Timestamp) -> Vec<Value> {
    let spec = object.spec.clone();
    let status = object.status.clone().unwrap_or_default();
    let last = status.last_schedule_time.as_ref().map_or_else(|| "<none>".to_owned(), |t| since(Some(t.0), now));
    let template = spec.job_template.spec.clone().unwrap_or_default();
    let (names, images) = containers(template.template.spec.as_ref());
    vec![
        json!(object.metadata.name),
        json!(spec.schedule),
        json!(spec.time_zone.filter(|zone| !zone.is_empty()).unwrap_or_else(|| "<none>".into())),
        // A boolean that is printed as Go prints one.
        json!(if spec.suspend.unwrap_or(false) { "True" } else { "False" }),
        json!(status.active.map_or(0, |active| active.len())),
        json!(last),
        json!(since(object.metadata.creation_timestamp.as_ref().map(|t| t.0), now)),
        json!(names),
        json!(images),
        json!(format_label_selector(template.selector.as_ref())),
    ]
}
