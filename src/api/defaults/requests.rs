//! Pod-level resources. Models defaultPodRequests and defaultHugePagePodLimits of `pkg/apis/core/v1/defaults.go`.
use crate::api::pod_resources::{Amounts, aggregate, container_limits, container_requests};
use k8s_openapi::api::core::v1::{PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as QuantityText;
use std::collections::BTreeMap;

/// Resources that may be set on a pod as a whole. Models IsSupportedPodLevelResource.
fn is_pod_level(name: &str) -> bool {
    name == "cpu" || name == "memory" || name.starts_with("hugepages-")
}

pub(super) fn set(spec: &mut PodSpec) {
    let totals = aggregate(spec, container_requests);
    let limit_totals = aggregate(spec, container_limits);
    let Some(resources) = &mut spec.resources else { return };
    huge_page_limits(resources, &limit_totals);
    let Some(limits) = resources.limits.clone().filter(|limits| !limits.is_empty()) else {
        return fill_from_containers(resources, &totals);
    };
    fill_from_containers(resources, &totals);
    let requests = resources.requests.get_or_insert_default();
    for (name, value) in limits.into_iter().filter(|(name, _)| is_pod_level(name)) {
        requests.entry(name).or_insert(value);
    }
}

/// Huge pages cannot be overcommitted: what containers are limited to, the pod is.
fn huge_page_limits(resources: &mut ResourceRequirements, totals: &Amounts) {
    if resources.limits.is_none() && resources.requests.is_none() {
        return;
    }
    for (name, total) in totals.iter().filter(|(name, _)| name.starts_with("hugepages-")) {
        let limits = resources.limits.get_or_insert_default();
        limits.entry(name.clone()).or_insert_with(|| QuantityText(total.to_string()));
    }
}

/// A request that the pod lacks is the sum of its containers'.
fn fill_from_containers(resources: &mut ResourceRequirements, totals: &Amounts) {
    if resources.limits.as_ref().is_none_or(BTreeMap::is_empty) && resources.requests.as_ref().is_none_or(BTreeMap::is_empty) {
        return;
    }
    for (name, total) in totals.iter().filter(|(name, _)| is_pod_level(name)) {
        let requests = resources.requests.get_or_insert_default();
        requests.entry(name.clone()).or_insert_with(|| QuantityText(total.to_string()));
    }
}
