//! What pods and templates of pods share. Models SetDefaults_PodSpec and the conversion of core v1's PodSpec.
use super::{container, each, resources, text, volume};
use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};

/// `spec.terminationGracePeriodSeconds` where nothing is said.
const GRACE_PERIOD_SECONDS: i64 = 30;

pub(super) fn set_template(template: &mut PodTemplateSpec) {
    template.metadata.get_or_insert_default();
    set(template.spec.get_or_insert_default());
}

pub(super) fn set(spec: &mut PodSpec) {
    text(&mut spec.dns_policy, "ClusterFirst");
    text(&mut spec.restart_policy, "Always");
    text(&mut spec.scheduler_name, "default-scheduler");
    spec.security_context.get_or_insert_default();
    spec.termination_grace_period_seconds.get_or_insert(GRACE_PERIOD_SECONDS);
    each(&mut spec.volumes).for_each(volume::set);
    spec.containers.iter_mut().chain(each(&mut spec.init_containers)).for_each(container::set);
    each(&mut spec.ephemeral_containers).for_each(container::set_ephemeral);
    resources::round_list(&mut spec.overhead);
    if let Some(requirements) = &mut spec.resources {
        resources::round(requirements);
    }
    // The old name of the field always shows the same.
    if spec.service_account_name.as_deref().unwrap_or_default().is_empty() {
        spec.service_account_name = spec.service_account.take().filter(|name| !name.is_empty());
    }
    spec.service_account.clone_from(&spec.service_account_name);
}
