//! Jobs and cron jobs. Models `pkg/apis/batch/v1/defaults.go`.
use super::{each, pod_spec, text};
use k8s_openapi::api::batch::v1::{CronJob, Job, JobSpec};

const BACKOFF_LIMIT: i32 = 6;
const SUCCESSFUL_HISTORY: i32 = 3;
const FAILED_HISTORY: i32 = 1;

pub(super) fn set_job(job: &mut Job) {
    job.status.get_or_insert_default();
    let spec = job.spec.get_or_insert_default();
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
    }
    spec.parallelism.get_or_insert(1);
    let per_index = spec.backoff_limit_per_index.is_some();
    spec.backoff_limit.get_or_insert(if per_index { i32::MAX } else { BACKOFF_LIMIT });
    let labels = spec.template.metadata.as_ref().and_then(|meta| meta.labels.clone());
    if job.metadata.labels.as_ref().is_none_or(|labels| labels.is_empty()) {
        job.metadata.labels = labels.filter(|labels| !labels.is_empty());
    }
    text(&mut spec.completion_mode, "NonIndexed");
    spec.suspend.get_or_insert(false);
    spec.manual_selector.get_or_insert(false);
    let replacement = if spec.pod_failure_policy.is_some() { "Failed" } else { "TerminatingOrFailed" };
    spec.pod_replacement_policy.get_or_insert_with(|| replacement.to_string());
    set_spec(spec);
}

/// What holds for a cron job's template as well.
fn set_spec(spec: &mut JobSpec) {
    for rule in spec.pod_failure_policy.iter_mut().flat_map(|policy| policy.rules.iter_mut()) {
        for pattern in each(&mut rule.on_pod_conditions) {
            text(&mut pattern.status, "True");
        }
    }
    pod_spec::set_template(&mut spec.template);
}

pub(super) fn set_cron_job(job: &mut CronJob) {
    job.status.get_or_insert_default();
    let spec = &mut job.spec;
    text(&mut spec.concurrency_policy, "Allow");
    spec.suspend.get_or_insert(false);
    spec.successful_jobs_history_limit.get_or_insert(SUCCESSFUL_HISTORY);
    spec.failed_jobs_history_limit.get_or_insert(FAILED_HISTORY);
    spec.job_template.metadata.get_or_insert_default();
    set_spec(spec.job_template.spec.get_or_insert_default());
}
