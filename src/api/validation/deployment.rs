//! Deployments. Models `pkg/apis/apps/validation` ValidateDeployment.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::meta::{text, validate_nonnegative, validate_object_meta, validate_object_meta_update};
use super::names;
use super::workload::{
    int_or_percent, int_or_string_value, validate_at_most_all, validate_at_most_replicas, validate_collision_count, validate_counters,
    validate_int_or_percent, validate_replica_set_template, validate_selector, validate_selector_unchanged,
};

/// A new Deployment.
pub fn validate_create(deployment: &Deployment) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&deployment.metadata, true, names::name_is_subdomain, &mut errors);
    validate_spec(&deployment.spec.clone().unwrap_or_default(), &Path::new("spec"), &mut errors);
    errors
}

/// A changed Deployment.
pub fn validate_update(new: &Deployment, old: &Deployment) -> ErrorList {
    let mut errors = ErrorList::new();
    let (spec, old_spec) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_spec(&spec, &Path::new("spec"), &mut errors);
    validate_selector_unchanged(&spec.selector, &old_spec.selector, &mut errors);
    errors
}

fn validate_spec(spec: &DeploymentSpec, path: &Path, errors: &mut ErrorList) {
    validate_nonnegative(spec.replicas.unwrap_or(0).into(), &path.child("replicas"), errors);
    if let Some(selector) = validate_selector(&spec.selector, "deployment", path, errors) {
        validate_replica_set_template(&spec.template, &selector, &path.child("template"), errors);
    }
    validate_strategy(&spec.strategy.clone().unwrap_or_default(), &path.child("strategy"), errors);
    let ready = spec.min_ready_seconds.unwrap_or(0);
    validate_nonnegative(ready.into(), &path.child("minReadySeconds"), errors);
    validate_nonnegative(spec.revision_history_limit.unwrap_or(0).into(), &path.child("revisionHistoryLimit"), errors);
    if let Some(deadline) = spec.progress_deadline_seconds {
        let path = path.child("progressDeadlineSeconds");
        validate_nonnegative(deadline.into(), &path, errors);
        if deadline <= ready {
            errors.push(Error::invalid(&path, deadline, "must be greater than minReadySeconds"));
        }
    }
}

fn validate_strategy(strategy: &DeploymentStrategy, path: &Path, errors: &mut ErrorList) {
    let rolling_path = path.child("rollingUpdate");
    match (text(&strategy.type_), &strategy.rolling_update) {
        ("Recreate", None) => {}
        ("Recreate", Some(_)) => {
            let detail = "may not be specified when strategy `type` is 'Recreate'";
            errors.push(Error::forbidden(&rolling_path, detail));
        }
        ("RollingUpdate", Some(rolling)) => validate_rolling_update(rolling, &rolling_path, errors),
        ("RollingUpdate", None) => {
            errors.push(Error::required(&rolling_path, "this should be defaulted and never be nil"));
        }
        _ => {
            let json = serde_json::to_value(strategy).unwrap_or_default();
            let shown = go_json::compact(Some(&json), &Type::Struct(&go_types::DEPLOYMENT_STRATEGY));
            errors.push(Error::not_supported(path, BadValue::Json(shown), &["Recreate", "RollingUpdate"]));
        }
    }
}

fn validate_rolling_update(rolling: &RollingUpdateDeployment, path: &Path, errors: &mut ErrorList) {
    let zero = IntOrString::Int(0);
    let unavailable = rolling.max_unavailable.as_ref().unwrap_or(&zero);
    let surge = rolling.max_surge.as_ref().unwrap_or(&zero);
    let unavailable_path = path.child("maxUnavailable");
    validate_int_or_percent(unavailable, &unavailable_path, errors);
    validate_int_or_percent(surge, &path.child("maxSurge"), errors);
    if int_or_percent(unavailable) == 0 && int_or_percent(surge) == 0 {
        let shown = int_or_string_value(unavailable);
        errors.push(Error::invalid(&unavailable_path, shown, "may not be 0 when `maxSurge` is 0"));
    }
    validate_at_most_all(unavailable, &unavailable_path, errors);
}

/// A changed status.
pub fn validate_status_update(new: &Deployment, old: &Deployment) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let status = new.status.clone().unwrap_or_default();
    let path = Path::new("status");
    let mut counters = vec![
        ("observedGeneration", status.observed_generation),
        ("replicas", status.replicas.map(i64::from)),
        ("updatedReplicas", status.updated_replicas.map(i64::from)),
        ("readyReplicas", status.ready_replicas.map(i64::from)),
        ("availableReplicas", status.available_replicas.map(i64::from)),
        ("unavailableReplicas", status.unavailable_replicas.map(i64::from)),
        ("terminatingReplicas", status.terminating_replicas.map(i64::from)),
    ];
    counters.push(("collisionCount", status.collision_count.map(i64::from)));
    validate_counters(&counters, &path, &mut errors);
    let limited = [
        ("updatedReplicas", status.updated_replicas),
        ("readyReplicas", status.ready_replicas),
        ("availableReplicas", status.available_replicas),
    ];
    validate_at_most_replicas(status.replicas, &limited, &path, &mut errors);
    let before = old.status.as_ref().and_then(|status| status.collision_count);
    validate_collision_count(status.collision_count, before, &path, &mut errors);
    errors
}
