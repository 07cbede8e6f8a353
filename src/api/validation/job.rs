//! Jobs. Models `pkg/apis/batch/validation` ValidateJob and ValidateJobUpdate.

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{Affinity, PodTemplateSpec};

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::job_policy::{self, INDEXED};
use super::meta::{
    IMMUTABLE, selector_json, text, validate_domain_prefixed_path, validate_label_selector, validate_nonnegative, validate_object_meta,
    validate_object_meta_update,
};
use super::names;
use super::pod::validate_template;
use super::pod_update::template_json;
use super::workload::{template_labels, validate_counters, validate_match};
use crate::api::selector::{Selector, from_label_selector};

/// The most pods at a time of an indexed Job, and the most indexes of it that may fail.
const MAX_INDEXED: i32 = 100_000;
/// The same for Jobs that count retries for each index and have more than [`MAX_INDEXED`] of them.
const MAX_INDEXED_HIGH: i32 = 10_000;
/// The longest `managedBy`, in bytes.
const MAX_MANAGED_BY: usize = 63;

/// A new Job.
pub fn validate_create(job: &Job) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&job.metadata, true, names::name_is_subdomain, &mut errors);
    let spec = job.spec.clone().unwrap_or_default();
    validate_generated_selector(job, &spec, &mut errors);
    validate_spec_and_selector(&spec, &Path::new("spec"), &mut errors);
    validate_hostname(job, &spec, &mut errors);
    errors
}

/// The labels that the server gives to the template, unless the manifest contradicts. Models validateGeneratedSelector.
fn validate_generated_selector(job: &Job, spec: &JobSpec, errors: &mut ErrorList) {
    if spec.manual_selector == Some(true) || spec.selector.is_none() {
        return;
    }
    let (uid, name) = (text(&job.metadata.uid), text(&job.metadata.name));
    let path = Path::new("spec").child("template").child("metadata").child("labels");
    let expected =
        [("controller-uid", uid), ("job-name", name), ("batch.kubernetes.io/controller-uid", uid), ("batch.kubernetes.io/job-name", name)];
    let labels = template_labels(&spec.template);
    for (key, value) in expected {
        let detail = format!("must be '{value}'");
        match labels.and_then(|labels| labels.get(key)) {
            None => errors.push(Error::required(&path.key(key), detail)),
            Some(given) if given != value => {
                errors.push(Error::invalid(&path.key(key), BadValue::Json(go_json::string_map(labels)), detail));
            }
            Some(_) => {}
        }
    }
    let expected = expected.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    if let (Ok(selector), Some(shown)) = (from_label_selector(spec.selector.as_ref()), &spec.selector)
        && !selector.matches(&expected)
    {
        let path = Path::new("spec").child("selector");
        errors.push(Error::invalid(&path, selector_json(shown), "`selector` not auto-generated"));
    }
}

/// An indexed Job's pods are named after it and their index.
fn validate_hostname(job: &Job, spec: &JobSpec, errors: &mut ErrorList) {
    let Some(completions) = spec.completions.filter(|count| *count > 0 && spec.completion_mode.as_deref() == Some(INDEXED)) else {
        return;
    };
    let name = text(&job.metadata.name);
    let hostname = format!("{name}-{}", completions - 1);
    if !names::dns1123_label(&hostname).is_empty() {
        let detail = format!("will not able to create pod with invalid DNS label: {hostname}");
        errors.push(Error::invalid(&Path::new("metadata").child("name"), name, detail));
    }
}

fn validate_spec_and_selector(spec: &JobSpec, path: &Path, errors: &mut ErrorList) {
    validate_spec(spec, path, errors);
    let Some(given) = &spec.selector else {
        errors.push(Error::required(&path.child("selector"), ""));
        validate_match(&Selector::nothing(), &spec.template, &path.child("template"), errors);
        return;
    };
    validate_label_selector(&spec.selector, &path.child("selector"), errors);
    if let Ok(selector) = from_label_selector(Some(given)) {
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
    if let Some(manager) = &spec.managed_by {
        let path = path.child("managedBy");
        validate_domain_prefixed_path(manager, &path, errors);
        if manager.len() > MAX_MANAGED_BY {
            errors.push(Error::too_long(&path, MAX_MANAGED_BY));
        }
    }
    validate_completion_mode(spec, path, errors);
    job_policy::validate_failure_policy(spec, &path.child("podFailurePolicy"), errors);
    job_policy::validate_success_policy(spec, &path.child("successPolicy"), errors);
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
            let detail = "requires indexed completion mode";
            if let Some(limit) = spec.backoff_limit_per_index {
                errors.push(Error::invalid(&path.child("backoffLimitPerIndex"), limit, detail));
            }
            if let Some(limit) = spec.max_failed_indexes {
                errors.push(Error::invalid(&path.child("maxFailedIndexes"), limit, detail));
            }
        }
        Some(INDEXED) => validate_indexed(spec, path, errors),
        Some(other) => {
            errors.push(Error::not_supported(&mode_path, BadValue::word(other), &["NonIndexed", "Indexed"]));
        }
    }
}

fn validate_indexed(spec: &JobSpec, path: &Path, errors: &mut ErrorList) {
    let (completions, failed) = (spec.completions, spec.max_failed_indexes);
    let failed_path = path.child("maxFailedIndexes");
    if completions.is_none() {
        errors.push(Error::required(&path.child("completions"), "when completion mode is Indexed"));
    }
    if let Some(parallelism) = spec.parallelism.filter(|parallelism| *parallelism > MAX_INDEXED) {
        let detail = format!("must be less than or equal to {MAX_INDEXED} when completion mode is Indexed");
        errors.push(Error::invalid(&path.child("parallelism"), parallelism, detail));
    }
    if let Some(failed) = failed.filter(|failed| completions.is_some_and(|completions| *failed > completions)) {
        errors.push(Error::invalid(&failed_path, failed, "must be less than or equal to completions"));
    }
    if let Some(failed) = failed.filter(|failed| *failed > MAX_INDEXED) {
        errors.push(Error::invalid(&failed_path, failed, format!("must be less than or equal to {MAX_INDEXED}")));
    }
    if completions.is_none_or(|completions| completions <= MAX_INDEXED) || spec.backoff_limit_per_index.is_none() {
        return;
    }
    if failed.is_none() {
        let detail = format!("must be specified when completions is above {MAX_INDEXED}");
        errors.push(Error::required(&failed_path, detail));
    }
    let detail = format!(
        "must be less than or equal to {MAX_INDEXED_HIGH} when completions are above {MAX_INDEXED} and used with backoff limit per index"
    );
    for (path, number) in [(path.child("parallelism"), spec.parallelism), (failed_path, failed)] {
        if let Some(number) = number.filter(|number| *number > MAX_INDEXED_HIGH) {
            errors.push(Error::invalid(&path, number, detail.as_str()));
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

/// A changed Job. Its strategy checks it as a new one first, and so much is said twice.
pub fn validate_update(new: &Job, old: &Job) -> ErrorList {
    let mut errors = validate_create(new);
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let (spec, old_spec) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    let path = Path::new("spec");
    validate_spec_and_selector(&spec, &path, &mut errors);
    validate_completions(&spec, &old_spec, &path.child("completions"), &mut errors);
    if spec.selector != old_spec.selector {
        let shown = spec.selector.as_ref().map_or_else(BadValue::null, selector_json);
        errors.push(Error::invalid(&path.child("selector"), shown, IMMUTABLE));
    }
    let mut template = old_spec.template.clone();
    if may_move(old, &old_spec) {
        take_placement(&mut template, &spec.template);
    }
    if spec.template != template {
        errors.push(Error::invalid(&path.child("template"), BadValue::Json(template_json(&spec.template)), IMMUTABLE));
    }
    let word = |value: &Option<String>| value.as_deref().map_or_else(BadValue::null, BadValue::word);
    let shown = |json: Option<serde_json::Value>, ty: &'static go_json::Struct| match json {
        Some(json) => BadValue::Json(go_json::compact(Some(&json), &Type::Struct(ty))),
        None => BadValue::null(),
    };
    let failure = spec.pod_failure_policy.as_ref().and_then(|policy| serde_json::to_value(policy).ok());
    let success = spec.success_policy.as_ref().and_then(|policy| serde_json::to_value(policy).ok());
    let limit = spec.backoff_limit_per_index;
    let fixed = [
        ("completionMode", spec.completion_mode != old_spec.completion_mode, word(&spec.completion_mode)),
        ("podFailurePolicy", spec.pod_failure_policy != old_spec.pod_failure_policy, shown(failure, &go_types::POD_FAILURE_POLICY)),
        ("backoffLimitPerIndex", limit != old_spec.backoff_limit_per_index, limit.map_or_else(BadValue::null, BadValue::from)),
        ("managedBy", spec.managed_by != old_spec.managed_by, word(&spec.managed_by)),
        ("successPolicy", spec.success_policy != old_spec.success_policy, shown(success, &go_types::SUCCESS_POLICY)),
    ];
    for (name, _, shown) in fixed.into_iter().filter(|(_, changed, _)| *changed) {
        errors.push(Error::invalid(&path.child(name), shown, IMMUTABLE));
    }
    errors
}

/// An indexed Job may grow and shrink, together with its parallelism. Models validateCompletions.
fn validate_completions(new: &JobSpec, old: &JobSpec, path: &Path, errors: &mut ErrorList) {
    if new.completions == old.completions {
        return;
    }
    let shown = new.completions.map_or_else(BadValue::null, BadValue::from);
    if new.completion_mode.as_deref() != Some(INDEXED) {
        errors.push(Error::invalid(path, shown, IMMUTABLE));
    } else if new.completions.is_some() && new.completions != new.parallelism {
        errors.push(Error::invalid(path, shown, "can only be modified in tandem with spec.parallelism"));
    }
}

/// Whether the Job is suspended and has no pods, so that its pods may still be placed elsewhere.
fn may_move(job: &Job, spec: &JobSpec) -> bool {
    let status = job.status.as_ref();
    let suspended = || status.iter().flat_map(|s| s.conditions.iter().flatten()).any(|c| c.type_ == "Suspended" && c.status == "True");
    spec.suspend == Some(true) && (status.is_none_or(|status| status.start_time.is_none()) || suspended())
}

/// Takes over what decides where pods run.
fn take_placement(old: &mut PodTemplateSpec, new: &PodTemplateSpec) {
    let none = Default::default();
    let (spec, given) = (old.spec.get_or_insert_default(), new.spec.as_ref().unwrap_or(&none));
    let node_affinity = given.affinity.as_ref().and_then(|affinity| affinity.node_affinity.clone());
    match (&mut spec.affinity, &given.affinity) {
        (Some(affinity), Some(_)) => affinity.node_affinity = node_affinity,
        (None, Some(_)) => spec.affinity = Some(Affinity { node_affinity, ..Affinity::default() }),
        (Some(affinity), None) => {
            affinity.node_affinity = None;
            if *affinity == Affinity::default() {
                spec.affinity = None;
            }
        }
        (None, None) => {}
    }
    spec.node_selector.clone_from(&given.node_selector);
    spec.tolerations.clone_from(&given.tolerations);
    spec.scheduling_gates.clone_from(&given.scheduling_gates);
    if let Some(meta) = &new.metadata {
        let own = old.metadata.get_or_insert_default();
        own.labels.clone_from(&meta.labels);
        own.annotations.clone_from(&meta.annotations);
    }
}

/// A changed status. Models ValidateJobUpdateStatus, without its rules for what only the Job controller writes.
pub fn validate_status_update(new: &Job, old: &Job) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let status = new.status.clone().unwrap_or_default();
    let path = Path::new("status");
    let counters = [
        ("active", status.active.map(i64::from)),
        ("succeeded", status.succeeded.map(i64::from)),
        ("failed", status.failed.map(i64::from)),
        ("ready", status.ready.map(i64::from)),
        ("terminating", status.terminating.map(i64::from)),
    ];
    validate_counters(&counters, &path, &mut errors);
    let is = |name: &str| status.conditions.iter().flatten().any(|condition| condition.type_ == name && condition.status == "True");
    if is("Complete") && is("Failed") {
        let detail = "cannot set Complete=True and Failed=true conditions";
        errors.push(Error::invalid(&path.child("conditions"), BadValue::Hidden, detail));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The faults of a Job with this spec, labelled as the server would.
    fn faults(mut spec: Value) -> Vec<String> {
        let labels =
            json!({"controller-uid": "u", "job-name": "j", "batch.kubernetes.io/controller-uid": "u", "batch.kubernetes.io/job-name": "j"});
        spec["selector"] = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}});
        let container = json!({"name": "main", "image": "a", "imagePullPolicy": "Always", "terminationMessagePolicy": "File"});
        spec["template"] = json!({"metadata": {"labels": labels}, "spec": {
            "containers": [container], "restartPolicy": "Never", "dnsPolicy": "Default", "terminationGracePeriodSeconds": 30}});
        let job = json!({"metadata": {"name": "j", "namespace": "n", "uid": "u"}, "spec": spec});
        let job: Job = serde_json::from_value(job).unwrap();
        validate_create(&job).iter().map(Error::to_string).collect()
    }

    #[test]
    fn failure_policies() {
        let rule = json!({"action": "Explode", "onExitCodes": {"containerName": "x", "operator": "In", "values": [3, 0, 3]}});
        assert_eq!(
            faults(
                json!({"podFailurePolicy": {"rules": [rule, {"action": "FailIndex", "onPodConditions": [{"type": "a b", "status": ""}]}, {"action": ""}]}})
            ),
            [
                r#"spec.podFailurePolicy.rules[0].action: Unsupported value: "Explode": supported values: "Count", "FailIndex", "FailJob", "Ignore""#,
                r#"spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template"#,
                "spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator",
                "spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3",
                "spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,0,3]: must be ordered",
                r#"spec.podFailurePolicy.rules[1].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set"#,
                "spec.podFailurePolicy.rules[1].onPodConditions[0].type: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
                r#"spec.podFailurePolicy.rules[1].onPodConditions[0].status: Required value: valid values: ["False" "True" "Unknown"]"#,
                r#"spec.podFailurePolicy.rules[2].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]"#,
                "spec.podFailurePolicy.rules[2]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
            ]
        );
    }

    #[test]
    fn success_policies() {
        assert_eq!(
            faults(json!({"successPolicy": {"rules": [{"succeededCount": 1}]}})),
            [
                r#"spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: requires indexed completion mode"#
            ]
        );
        let indexed = |rule: Value| faults(json!({"completionMode": "Indexed", "completions": 5, "successPolicy": {"rules": [rule]}}));
        assert_eq!(indexed(json!({"succeededIndexes": "0-2", "succeededCount": 3})), [""; 0]);
        assert_eq!(
            indexed(json!({"succeededIndexes": "0-2", "succeededCount": 4})),
            [
                "spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of indexes in the specified succeededIndexes field)"
            ]
        );
        let parse = |text: &str| indexed(json!({"succeededIndexes": text})).join("\n");
        assert!(parse("3,1").ends_with("error parsing succeededIndexes: non-increasing order, previous: 3, current: 1"));
        assert!(parse("7").ends_with("error parsing succeededIndexes: too large index: \"7\""));
        assert!(parse("a").ends_with("error parsing succeededIndexes: cannot convert string to integer for index: \"a\""));
        assert!(parse("1-2-3").ends_with(
            "the fragment \"1-2-3\" violates the requirement that an index interval can have at most two parts separated by '-'"
        ));
    }

    #[test]
    fn indexed_jobs() {
        assert_eq!(
            faults(json!({"completionMode": "Indexed", "completions": 2, "backoffLimitPerIndex": 1, "maxFailedIndexes": 3})),
            ["spec.maxFailedIndexes: Invalid value: 3: must be less than or equal to completions"]
        );
        assert_eq!(
            faults(json!({"managedBy": "me"})),
            [r#"spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")"#]
        );
    }
}
