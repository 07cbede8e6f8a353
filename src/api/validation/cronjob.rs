//! CronJobs. Models ValidateCronJobCreate.

use jiff::tz::TimeZone;
use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec};

use super::container::validate_word;
use super::field::{Error, ErrorList, Path};
use super::job;
use super::meta::{selector_json, text, validate_nonnegative, validate_object_meta, validate_object_meta_update};
use super::names;
use crate::api::cron::Schedule;
use crate::api::time_zone;

/// Jobs get eleven characters more than their CronJob.
const MAX_NAME: usize = 52;
/// The longest part of a time zone's name, in bytes.
const MAX_ZONE_PART: usize = 14;

/// A new CronJob.
pub fn validate_create(cron: &CronJob) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&cron.metadata, true, names::name_is_subdomain, &mut errors);
    validate_spec(&cron.spec, &Path::new("spec"), &mut errors);
    validate_time_zone(cron.spec.time_zone.as_deref(), &mut errors);
    let name = text(&cron.metadata.name);
    if name.len() > MAX_NAME {
        let path = Path::new("metadata").child("name");
        errors.push(Error::invalid(&path, name, names::max_len_error(MAX_NAME)));
    }
    errors
}

/// A changed CronJob.
pub fn validate_update(new: &CronJob, old: &CronJob) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_spec(&new.spec, &Path::new("spec"), &mut errors);
    if new.spec.time_zone != old.spec.time_zone {
        validate_time_zone(new.spec.time_zone.as_deref(), &mut errors);
    }
    errors
}

fn validate_spec(spec: &CronJobSpec, path: &Path, errors: &mut ErrorList) {
    let schedule_path = path.child("schedule");
    if spec.schedule.is_empty() {
        errors.push(Error::required(&schedule_path, ""));
    } else {
        if let Err(why) = Schedule::parse(&spec.schedule, TimeZone::UTC) {
            errors.push(Error::invalid(&schedule_path, &spec.schedule, why));
        }
        if spec.schedule.contains("TZ") {
            let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            errors.push(Error::invalid(&schedule_path, &spec.schedule, detail));
        }
    }
    validate_nonnegative(spec.starting_deadline_seconds.unwrap_or(0), &path.child("startingDeadlineSeconds"), errors);
    let policies = ["Allow", "Forbid", "Replace"];
    validate_word(text(&spec.concurrency_policy), &policies, &path.child("concurrencyPolicy"), errors);
    let job_path = path.child("jobTemplate").child("spec");
    let job = spec.job_template.spec.clone().unwrap_or_default();
    job::validate_spec(&job, &job_path, errors);
    if let Some(selector) = &job.selector {
        errors.push(Error::invalid(&job_path.child("selector"), selector_json(selector), "`selector` will be auto-generated"));
    }
    if job.manual_selector == Some(true) {
        errors.push(Error::not_supported(&job_path.child("manualSelector"), true, &["nil", "false"]));
    }
    let limits =
        [("successfulJobsHistoryLimit", spec.successful_jobs_history_limit), ("failedJobsHistoryLimit", spec.failed_jobs_history_limit)];
    for (name, limit) in limits {
        validate_nonnegative(limit.unwrap_or(0).into(), &path.child(name), errors);
    }
}

/// Models `validateTimeZone`.
fn validate_time_zone(zone: Option<&str>, errors: &mut ErrorList) {
    let Some(zone) = zone else { return };
    let path = Path::new("spec").child("timeZone");
    if zone.is_empty() {
        return errors.push(Error::invalid(&path, "", "timeZone must be nil or non-empty string"));
    }
    let may_be = |part: &str| {
        let letters = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte));
        letters && (1..=MAX_ZONE_PART).contains(&part.len()) && part != "." && part != ".." && !part.starts_with('-')
    };
    if !zone.split('/').all(may_be) {
        return errors.push(Error::invalid(&path, zone, format!("unknown time zone {zone}")));
    }
    if zone.eq_ignore_ascii_case("Local") {
        let detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        errors.push(Error::invalid(&path, zone, detail));
    }
    // Go knows `Local` itself: of its other spellings this is said too.
    if let Err(why) = time_zone::load(zone) {
        errors.push(Error::invalid(&path, zone, why));
    }
}
