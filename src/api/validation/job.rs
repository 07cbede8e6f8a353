//! Jobs. Models `pkg/apis/batch/validation` ValidateJob.

use k8s_openapi::api::batch::v1::{Job, JobSpec};

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{
    IMMUTABLE, selector_json, text, validate_label_selector, validate_nonnegative, validate_object_meta, validate_object_meta_update,
};
use super::names;
use super::pod::validate_template;
use super::workload::validate_match;
use crate::api::selector::from_label_selector;

/// A new Job.
pub fn validate_create(job: &Job) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&job.metadata, true, names::name_is_subdomain, &mut errors);
    let spec = job.spec.clone().unwrap_or_default();
    validate_spec_and_selector(&spec, &Path::new("spec"), &mut errors);
    errors
}

fn validate_spec_and_selector(spec: &JobSpec, path: &Path, errors: &mut ErrorList) {
    validate_spec(spec, path, errors);
    if spec.selector.is_none() {
        errors.push(Error::required(&path.child("selector"), ""));
        return;
    }
    validate_label_selector(&spec.selector, &path.child("selector"), errors);
    if let Ok(selector) = from_label_selector(spec.selector.as_ref()) {
        validate_match(&selector, &spec.template, &path.child("template"), errors);
    }
}

/// What a Job and a CronJob's template share. Models validateJobSpec.
pub fn validate_spec(spec: &JobSpec, path: &Path, errors: &mut ErrorList) {
    let numbers = [
        ("parallelism", spec.parallelism.map(i64::from)),
        ("completions", spec.completions.map(i64::from)),
        ("activeDeadlineSeconds", spec.active_deadline_seconds),
        ("backoffLimit", spec.backoff_limit.map(i64::from)),
        ("ttlSecondsAfterFinished", spec.ttl_seconds_after_finished.map(i64::from)),
        ("backoffLimitPerIndex", spec.backoff_limit_per_index.map(i64::from)),
        ("maxFailedIndexes", spec.max_failed_indexes.map(i64::from)),
    ];
    for (name, number) in numbers {
        validate_nonnegative(number.unwrap_or(0), &path.child(name), errors);
    }
    if spec.max_failed_indexes.is_some() && spec.backoff_limit_per_index.is_none() {
        let detail = "when maxFailedIndexes is specified";
        errors.push(Error::required(&path.child("backoffLimitPerIndex"), detail));
    }
    validate_completion_mode(spec, path, errors);
    validate_replacement_policy(spec, path, errors);
    let path = path.child("template");
    validate_template(&spec.template, &path, errors);
    let restart = spec.template.spec.as_ref().map(|spec| text(&spec.restart_policy)).unwrap_or_default();
    let restart_path = path.child("spec").child("restartPolicy");
    match restart {
        "" | "Always" => errors.push(Error::required(&restart_path, "valid values: \"OnFailure\", \"Never\"")),
        "Never" => {}
        "OnFailure" => {
            if spec.pod_failure_policy.is_some() {
                let detail = "only \"Never\" is supported when podFailurePolicy is specified";
                errors.push(Error::invalid(&restart_path, BadValue::word(restart), detail));
            }
        }
        other => errors.push(Error::not_supported(&restart_path, BadValue::word(other), &["OnFailure", "Never"])),
    }
}

fn validate_completion_mode(spec: &JobSpec, path: &Path, errors: &mut ErrorList) {
    let mode_path = path.child("completionMode");
    match spec.completion_mode.as_deref() {
        None | Some("NonIndexed") => {
            if let Some(limit) = spec.backoff_limit_per_index {
                let detail = "requires indexed completion mode";
                errors.push(Error::invalid(&path.child("backoffLimitPerIndex"), limit, detail));
            }
            if let Some(limit) = spec.max_failed_indexes {
                let detail = "requires indexed completion mode";
                errors.push(Error::invalid(&path.child("maxFailedIndexes"), limit, detail));
            }
        }
        Some("Indexed") => {
            if spec.completions.is_none() {
                errors.push(Error::required(&path.child("completions"), "when completion mode is Indexed"));
            }
            if let Some(parallelism) = spec.parallelism.filter(|parallelism| *parallelism > 100_000) {
                let detail = "must be less than or equal to 100000 when completion mode is Indexed";
                errors.push(Error::invalid(&path.child("parallelism"), parallelism, detail));
            }
        }
        Some(other) => {
            errors.push(Error::not_supported(&mode_path, BadValue::word(other), &["NonIndexed", "Indexed"]));
        }
    }
}

fn validate_replacement_policy(spec: &JobSpec, path: &Path, errors: &mut ErrorList) {
    let Some(policy) = spec.pod_replacement_policy.as_deref() else { return };
    let path = path.child("podReplacementPolicy");
    if spec.pod_failure_policy.is_some() && policy != "Failed" {
        errors.push(Error::not_supported(&path, BadValue::word(policy), &["Failed"]));
    } else if policy != "Failed" && policy != "TerminatingOrFailed" {
        errors.push(Error::not_supported(&path, BadValue::word(policy), &["Failed", "TerminatingOrFailed"]));
    }
}

/// A changed Job.
pub fn validate_update(new: &Job, old: &Job) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let (spec, old_spec) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    let path = Path::new("spec");
    validate_spec_and_selector(&spec, &path, &mut errors);
    if spec.completions != old_spec.completions && spec.completion_mode.as_deref() != Some("Indexed") {
        let shown = spec.completions.map_or_else(BadValue::null, BadValue::from);
        errors.push(Error::invalid(&path.child("completions"), shown, IMMUTABLE));
    }
    if spec.selector != old_spec.selector {
        let shown = spec.selector.as_ref().map_or_else(BadValue::null, selector_json);
        errors.push(Error::invalid(&path.child("selector"), shown, IMMUTABLE));
    }
    if spec.template != old_spec.template {
        let shown = serde_json::to_string(&spec.template).unwrap_or_default();
        errors.push(Error::invalid(&path.child("template"), BadValue::Json(shown), IMMUTABLE));
    }
    if spec.completion_mode != old_spec.completion_mode {
        let shown = spec.completion_mode.as_deref().map_or_else(BadValue::null, BadValue::word);
        errors.push(Error::invalid(&path.child("completionMode"), shown, IMMUTABLE));
    }
    errors
}
