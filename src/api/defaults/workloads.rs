//! Deployments, replica sets, daemon sets. Models `pkg/apis/apps/v1/defaults.go`.
use super::{pod_spec, text};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

const HISTORY: i32 = 10;
const PROGRESS_SECONDS: i32 = 600;

pub(super) fn set_deployment(deployment: &mut Deployment) {
    deployment.status.get_or_insert_default();
    let spec = deployment.spec.get_or_insert_default();
    spec.replicas.get_or_insert(1);
    let strategy = spec.strategy.get_or_insert_default();
    text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let quarter = || IntOrString::String("25%".to_string());
        let rolling = strategy.rolling_update.get_or_insert_default();
        rolling.max_unavailable.get_or_insert_with(quarter);
        rolling.max_surge.get_or_insert_with(quarter);
    }
    spec.revision_history_limit.get_or_insert(HISTORY);
    spec.progress_deadline_seconds.get_or_insert(PROGRESS_SECONDS);
    pod_spec::set_template(&mut spec.template);
}

pub(super) fn set_replica_set(set: &mut ReplicaSet) {
    set.status.get_or_insert_default();
    let spec = set.spec.get_or_insert_default();
    spec.replicas.get_or_insert(1);
    pod_spec::set_template(spec.template.get_or_insert_default());
}

pub(super) fn set_daemon_set(set: &mut DaemonSet) {
    set.status.get_or_insert_default();
    let spec = set.spec.get_or_insert_default();
    let strategy = spec.update_strategy.get_or_insert_default();
    text(&mut strategy.type_, "RollingUpdate");
    if strategy.type_.as_deref() == Some("RollingUpdate") {
        let rolling = strategy.rolling_update.get_or_insert_default();
        rolling.max_unavailable.get_or_insert(IntOrString::Int(1));
        rolling.max_surge.get_or_insert(IntOrString::Int(0));
    }
    spec.revision_history_limit.get_or_insert(HISTORY);
    pod_spec::set_template(&mut spec.template);
}
