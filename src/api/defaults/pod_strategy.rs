//! What the registry changes in a new pod besides defaults. Models `pkg/registry/core/pod/strategy.go` and `pkg/api/pod/util.go`.
use super::each;
use crate::api::well_known::APP_ARMOR;
use k8s_openapi::api::core::v1::{
    AppArmorProfile, Container, Lifecycle, Pod, PodAffinityTerm, PodSpec, PodTemplateSpec, WeightedPodAffinityTerm,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use std::collections::BTreeMap;

/// Prepares a pod that is created; once only.
pub fn prepare_pod(pod: &mut Pod) {
    let labels = pod.metadata.labels.clone().unwrap_or_default();
    let annotations = pod.metadata.annotations.clone().unwrap_or_default();
    let Some(spec) = &mut pod.spec else { return };
    drop_disabled(spec);
    for term in affinity_terms(spec) {
        match_label_keys(term, &labels);
    }
    for constraint in each(&mut spec.topology_spread_constraints) {
        if let Some(selector) = &mut constraint.label_selector {
            require_own_labels(selector, &constraint.match_label_keys, "In", &labels);
        }
    }
    for container in spec.containers.iter_mut().chain(each(&mut spec.init_containers)) {
        app_armor(container, &annotations);
    }
}

/// Drops the fields of features that are off in a template of pods. Models DropDisabledTemplateFields.
pub fn prepare_template(template: &mut PodTemplateSpec) {
    template.spec.iter_mut().for_each(drop_disabled);
}

/// Features that are off: ContainerStopSignals, ClusterTrustBundleProjection, PodCertificateRequest, GenericWorkload.
fn drop_disabled(spec: &mut PodSpec) {
    spec.scheduling_group = None;
    for volume in each(&mut spec.volumes) {
        for source in volume.projected.iter_mut().flat_map(|projected| each(&mut projected.sources)) {
            source.cluster_trust_bundle = None;
            source.pod_certificate = None;
        }
    }
    for container in spec.containers.iter_mut().chain(each(&mut spec.init_containers)) {
        drop_stop_signal(&mut container.lifecycle);
    }
    for container in each(&mut spec.ephemeral_containers) {
        drop_stop_signal(&mut container.lifecycle);
    }
}

/// Hooks that were a stop signal only are no hooks. Models dropContainerStopSignals.
fn drop_stop_signal(lifecycle: &mut Option<Lifecycle>) {
    let dropped = lifecycle.as_mut().is_some_and(|lifecycle| lifecycle.stop_signal.take().is_some());
    if dropped && *lifecycle == Some(Lifecycle::default()) {
        *lifecycle = None;
    }
}

fn affinity_terms(spec: &mut PodSpec) -> impl Iterator<Item = &mut PodAffinityTerm> {
    spec.affinity.iter_mut().flat_map(|affinity| {
        let near = affinity.pod_affinity.iter_mut().flat_map(|near| {
            terms(
                &mut near.required_during_scheduling_ignored_during_execution,
                &mut near.preferred_during_scheduling_ignored_during_execution,
            )
        });
        let far = affinity.pod_anti_affinity.iter_mut().flat_map(|far| {
            terms(
                &mut far.required_during_scheduling_ignored_during_execution,
                &mut far.preferred_during_scheduling_ignored_during_execution,
            )
        });
        near.chain(far)
    })
}

fn terms<'a>(
    required: &'a mut Option<Vec<PodAffinityTerm>>,
    preferred: &'a mut Option<Vec<WeightedPodAffinityTerm>>,
) -> impl Iterator<Item = &'a mut PodAffinityTerm> {
    each(required).chain(each(preferred).map(|weighted| &mut weighted.pod_affinity_term))
}

/// Models applyMatchLabelKeysAndMismatchLabelKeys.
fn match_label_keys(term: &mut PodAffinityTerm, labels: &BTreeMap<String, String>) {
    let Some(selector) = &mut term.label_selector else { return };
    require_own_labels(selector, &term.match_label_keys, "In", labels);
    require_own_labels(selector, &term.mismatch_label_keys, "NotIn", labels);
}

/// Adds the pod's own values of these keys to a selector. Models applyLabelKeysToLabelSelector.
fn require_own_labels(selector: &mut LabelSelector, keys: &Option<Vec<String>>, operator: &str, labels: &BTreeMap<String, String>) {
    for key in keys.iter().flatten() {
        let Some(value) = labels.get(key) else { continue };
        let requirement = LabelSelectorRequirement { key: key.clone(), operator: operator.to_string(), values: Some(vec![value.clone()]) };
        selector.match_expressions.get_or_insert_default().push(requirement);
    }
}

/// The old annotation becomes the field. Models applyAppArmorVersionSkew.
fn app_armor(container: &mut Container, annotations: &BTreeMap<String, String>) {
    let Some(value) = annotations.get(&format!("{APP_ARMOR}{}", container.name)) else { return };
    let profile = match value.as_str() {
        "runtime/default" => AppArmorProfile { type_: "RuntimeDefault".to_string(), localhost_profile: None },
        "unconfined" => AppArmorProfile { type_: "Unconfined".to_string(), localhost_profile: None },
        other => match other.strip_prefix("localhost/").filter(|name| !name.is_empty()) {
            Some(name) => AppArmorProfile { type_: "Localhost".to_string(), localhost_profile: Some(name.to_string()) },
            None => return,
        },
    };
    let context = container.security_context.get_or_insert_default();
    context.app_armor_profile.get_or_insert(profile);
}
