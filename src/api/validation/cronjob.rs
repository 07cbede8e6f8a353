//! CronJobs. Models ValidateCronJobCreate.

use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec};

use super::container::validate_word;
use super::field::{Error, ErrorList, Path};
use super::job;
use super::meta::{selector_json, text, validate_nonnegative, validate_object_meta, validate_object_meta_update};
use super::names;
use crate::api::duration::parse_duration;
use crate::api::time_zone;

/// Jobs get eleven characters more than their CronJob.
const MAX_NAME: usize = 52;

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
        if let Err(why) = parse_schedule(&spec.schedule) {
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
    if zone.eq_ignore_ascii_case("Local") {
        let detail = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        errors.push(Error::invalid(&path, zone, detail));
    }
    // Go knows `Local` itself, the other spellings it does not.
    if let Err(why) = time_zone::load(zone)
        && zone != "Local"
    {
        errors.push(Error::invalid(&path, zone, why));
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Models robfig/cron's ParseStandard, for its errors.
fn parse_schedule(schedule: &str) -> Result<(), String> {
    let schedule = match schedule.strip_prefix("TZ=").or_else(|| schedule.strip_prefix("CRON_TZ=")) {
        Some(zoned) => zoned.split_once(' ').map(|(_, rest)| rest).unwrap_or_default(),
        None => schedule,
    };
    if schedule.starts_with('@') {
        let known = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
        return match schedule.strip_prefix("@every ") {
            Some(often) => parse_duration(often).map(drop).map_err(|why| format!("failed to parse duration {schedule}: {why}")),
            None if known.contains(&schedule) => Ok(()),
            None => Err(format!("unrecognized descriptor: {schedule}")),
        };
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != 5 {
        return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    let bounds: [(i64, i64, &[&str], i64); 5] = [(0, 59, &[], 0), (0, 23, &[], 0), (1, 31, &[], 0), (1, 12, &MONTHS, 1), (0, 6, &DAYS, 0)];
    for (field, (low, high, words, first)) in fields.iter().zip(bounds) {
        for part in field.split(',') {
            parse_range(part, low, high, words, first)?;
        }
    }
    Ok(())
}

fn parse_range(part: &str, low: i64, high: i64, words: &[&str], first: i64) -> Result<(), String> {
    let number = |text: &str| -> Result<i64, String> {
        let position = words.iter().position(|word| *word == text.to_lowercase());
        if let Some(position) = position.and_then(|position| i64::try_from(position).ok()) {
            return Ok(position + first);
        }
        let value: i64 = text.parse().map_err(|_| {
            format!("failed to parse int from {text}: strconv.Atoi: parsing {}: invalid syntax", crate::api::go::quote(text))
        })?;
        if value < 0 { Err(format!("negative number ({value}) not allowed: {text}")) } else { Ok(value) }
    };
    let pieces: Vec<&str> = part.split('/').collect();
    let (range, step) = match pieces.as_slice() {
        [range] => (*range, None),
        [range, step] => (*range, Some(number(step)?)),
        _ => return Err(format!("too many slashes: {part}")),
    };
    let ends: Vec<&str> = range.split('-').collect();
    let (start, end) = match ends.as_slice() {
        ["*" | "?"] => (low, high),
        [only] => {
            let start = number(only)?;
            (start, if step.is_some() { high } else { start })
        }
        [start, end] => (number(start)?, number(end)?),
        _ => return Err(format!("too many hyphens: {part}")),
    };
    if start < low {
        return Err(format!("beginning of range ({start}) below minimum ({low}): {part}"));
    }
    if end > high {
        return Err(format!("end of range ({end}) above maximum ({high}): {part}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {part}"));
    }
    if step == Some(0) {
        return Err(format!("step of range should be a positive number: {part}"));
    }
    Ok(())
}
