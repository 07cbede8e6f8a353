//! When a Job's pods count as failed, and when the Job as done. Models validatePodFailurePolicy and validateSuccessPolicy.

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::{
    JobSpec, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule, SuccessPolicyRule,
};

use super::container::validate_word;
use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::meta::{items, push_invalid, text, validate_nonnegative};
use super::names;
use crate::api::go::quote;

/// The completion mode that numbers its pods.
pub const INDEXED: &str = "Indexed";

const MAX_RULES: usize = 20;
const MAX_EXIT_CODES: usize = 255;
/// The longest list of indexes, in bytes.
const MAX_INDEXES: usize = 64 * 1024;
const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];
const STATES: [&str; 3] = ["False", "True", "Unknown"];

/// A word out of a list; one that is missing is told the list as Go's `%q` prints it.
fn validate_listed_word(word: &str, supported: &[&str], path: &Path, errors: &mut ErrorList) {
    if word.is_empty() {
        let all: Vec<String> = supported.iter().map(|word| quote(word)).collect();
        return errors.push(Error::required(path, format!("valid values: [{}]", all.join(" "))));
    }
    validate_word(word, supported, path, errors);
}

/// `spec.podFailurePolicy`.
pub fn validate_failure_policy(spec: &JobSpec, path: &Path, errors: &mut ErrorList) {
    let Some(policy) = &spec.pod_failure_policy else { return };
    let path = path.child("rules");
    if policy.rules.len() > MAX_RULES {
        errors.push(Error::too_many(&path, policy.rules.len(), MAX_RULES));
    }
    let template = spec.template.spec.as_ref();
    let containers = template.iter().flat_map(|spec| spec.containers.iter().chain(items(&spec.init_containers)));
    let names: BTreeSet<&str> = containers.map(|container| container.name.as_str()).collect();
    for (index, rule) in policy.rules.iter().enumerate() {
        validate_failure_rule(spec, rule, &names, &path.index(index), errors);
    }
}

fn validate_failure_rule(spec: &JobSpec, rule: &PodFailurePolicyRule, names: &BTreeSet<&str>, path: &Path, errors: &mut ErrorList) {
    let action_path = path.child("action");
    if rule.action != "FailIndex" {
        validate_listed_word(&rule.action, &ACTIONS, &action_path, errors);
    } else if spec.backoff_limit_per_index.is_none() {
        let detail = "requires the backoffLimitPerIndex to be set";
        errors.push(Error::invalid(&action_path, BadValue::word(&rule.action), detail));
    }
    if let Some(codes) = &rule.on_exit_codes {
        validate_exit_codes(codes, names, &path.child("onExitCodes"), errors);
    }
    let conditions = items(&rule.on_pod_conditions);
    validate_conditions(conditions, &path.child("onPodConditions"), errors);
    let detail = match (rule.on_exit_codes.is_some(), conditions.is_empty()) {
        (true, false) => "specifying both OnExitCodes and OnPodConditions is not supported",
        (false, true) => "specifying one of OnExitCodes and OnPodConditions is required",
        _ => return,
    };
    errors.push(Error::invalid(path, BadValue::Hidden, detail));
}

fn validate_conditions(patterns: &[PodFailurePolicyOnPodConditionsPattern], path: &Path, errors: &mut ErrorList) {
    if patterns.len() > MAX_RULES {
        errors.push(Error::too_many(path, patterns.len(), MAX_RULES));
    }
    for (index, pattern) in patterns.iter().enumerate() {
        let path = path.index(index);
        push_invalid(names::qualified_name(&pattern.type_), &pattern.type_, &path.child("type"), errors);
        validate_listed_word(text(&pattern.status), &STATES, &path.child("status"), errors);
    }
}

fn validate_exit_codes(codes: &PodFailurePolicyOnExitCodesRequirement, names: &BTreeSet<&str>, path: &Path, errors: &mut ErrorList) {
    validate_listed_word(&codes.operator, &["In", "NotIn"], &path.child("operator"), errors);
    if let Some(name) = codes.container_name.as_deref().filter(|name| !names.contains(name)) {
        let detail = "must be one of the container or initContainer names in the pod template";
        errors.push(Error::invalid(&path.child("containerName"), name, detail));
    }
    let path = path.child("values");
    let values = &codes.values;
    // Absent and empty are one to us; Go shows what is absent as null.
    let shown = || {
        if values.is_empty() {
            return BadValue::null();
        }
        let all: Vec<String> = values.iter().map(i32::to_string).collect();
        BadValue::Json(format!("[{}]", all.join(",")))
    };
    if values.is_empty() {
        errors.push(Error::invalid(&path, shown(), "at least one value is required"));
    } else if values.len() > MAX_EXIT_CODES {
        errors.push(Error::too_many(&path, values.len(), MAX_EXIT_CODES));
    }
    let mut seen = BTreeSet::new();
    for (index, value) in values.iter().enumerate() {
        let path = path.index(index);
        if codes.operator == "In" && *value == 0 {
            errors.push(Error::invalid(&path, *value, "must not be 0 for the In operator"));
        }
        if !seen.insert(*value) {
            errors.push(Error::duplicate(&path, *value));
        }
    }
    if values.windows(2).any(|pair| matches!(pair, [before, after] if before > after)) {
        errors.push(Error::invalid(&path, shown(), "must be ordered"));
    }
}

/// `spec.successPolicy`.
pub fn validate_success_policy(spec: &JobSpec, path: &Path, errors: &mut ErrorList) {
    let Some(policy) = &spec.success_policy else { return };
    if spec.completion_mode.as_deref() != Some(INDEXED) {
        let json = if policy.rules.is_empty() { serde_json::Value::Null } else { serde_json::to_value(policy).unwrap_or_default() };
        let shown = BadValue::Json(go_json::compact(Some(&json), &Type::Struct(&go_types::SUCCESS_POLICY)));
        errors.push(Error::invalid(path, shown, "requires indexed completion mode"));
        return;
    }
    let path = path.child("rules");
    if policy.rules.is_empty() {
        let detail = "at least one rules must be specified when the successPolicy is specified";
        errors.push(Error::required(&path, detail));
    }
    if policy.rules.len() > MAX_RULES {
        errors.push(Error::too_many(&path, policy.rules.len(), MAX_RULES));
    }
    for (index, rule) in policy.rules.iter().enumerate() {
        validate_success_rule(spec.completions.unwrap_or(0), rule, &path.index(index), errors);
    }
}

fn validate_success_rule(completions: i32, rule: &SuccessPolicyRule, path: &Path, errors: &mut ErrorList) {
    if rule.succeeded_count.is_none() && rule.succeeded_indexes.is_none() {
        let detail = "at least one of succeededCount or succeededIndexes must be specified";
        errors.push(Error::required(path, detail));
    }
    let mut total = 0;
    if let Some(indexes) = &rule.succeeded_indexes {
        let path = path.child("succeededIndexes");
        if indexes.len() > MAX_INDEXES {
            errors.push(Error::too_long(&path, MAX_INDEXES));
        }
        match count_indexes(indexes, completions) {
            Ok(count) => total = count,
            Err(why) => errors.push(Error::invalid(&path, indexes, format!("error parsing succeededIndexes: {why}"))),
        }
    }
    let Some(count) = rule.succeeded_count else { return };
    let path = path.child("succeededCount");
    validate_nonnegative(count.into(), &path, errors);
    if count > completions {
        let detail = format!("must be less than or equal to {completions} (the number of specified completions)");
        errors.push(Error::invalid(&path, count, detail));
    }
    if rule.succeeded_indexes.is_some() && count > total {
        let detail = format!("must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)");
        errors.push(Error::invalid(&path, count, detail));
    }
}

/// How many indexes a list such as `1,3-5` has. Models validateIndexesFormat.
fn count_indexes(text: &str, completions: i32) -> Result<i32, String> {
    if text.is_empty() {
        return Ok(0);
    }
    let (mut last, mut total) = (None, 0);
    for fragment in text.split(',') {
        let (first, end) = parse_interval(fragment, completions)?;
        if let Some(last) = last.filter(|last| *last >= first) {
            return Err(format!("non-increasing order, previous: {last}, current: {first}"));
        }
        total += end - first + 1;
        last = Some(end);
    }
    Ok(total)
}

fn parse_interval(fragment: &str, completions: i32) -> Result<(i32, i32), String> {
    let number = |text: &str| -> Result<i32, String> {
        let value: i64 = text.parse().map_err(|_| format!("cannot convert string to integer for index: {}", quote(text)))?;
        match i32::try_from(value) {
            Ok(value) if value < completions => Ok(value),
            _ => Err(format!("too large index: {}", quote(text))),
        }
    };
    match fragment.split('-').collect::<Vec<_>>().as_slice() {
        [only] => number(only).map(|value| (value, value)),
        [first, end] => {
            let (first, end) = (number(first)?, number(end)?);
            if first >= end {
                return Err(format!("non-increasing order, previous: {first}, current: {end}"));
            }
            Ok((first, end))
        }
        _ => Err(format!(
            "the fragment {} violates the requirement that an index interval can have at most two parts separated by '-'",
            quote(fragment)
        )),
    }
}
