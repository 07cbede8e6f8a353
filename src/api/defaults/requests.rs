//! Pod-level resources. Models defaultPodRequests and defaultHugePagePodLimits of `pkg/apis/core/v1/defaults.go`.
use crate::api::pod::is_sidecar;
use crate::api::quantity::Quantity;
use k8s_openapi::api::core::v1::{Container, PodSpec, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as QuantityText;
use std::collections::BTreeMap;

type ResourceList = BTreeMap<String, QuantityText>;

/// Resources that may be set on a pod as a whole. Models IsSupportedPodLevelResource.
fn is_pod_level(name: &str) -> bool {
    name == "cpu" || name == "memory" || name.starts_with("hugepages-")
}

pub(super) fn set(spec: &mut PodSpec) {
    let totals = aggregate(spec, |resources| resources.requests.as_ref());
    let limit_totals = aggregate(spec, |resources| resources.limits.as_ref());
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
fn huge_page_limits(resources: &mut ResourceRequirements, totals: &BTreeMap<String, Quantity>) {
    if resources.limits.is_none() && resources.requests.is_none() {
        return;
    }
    for (name, total) in totals.iter().filter(|(name, _)| name.starts_with("hugepages-")) {
        let limits = resources.limits.get_or_insert_default();
        limits.entry(name.clone()).or_insert_with(|| QuantityText(total.to_string()));
    }
}

/// A request that the pod lacks is the sum of its containers'.
fn fill_from_containers(resources: &mut ResourceRequirements, totals: &BTreeMap<String, Quantity>) {
    if resources.limits.as_ref().is_none_or(BTreeMap::is_empty) && resources.requests.as_ref().is_none_or(BTreeMap::is_empty) {
        return;
    }
    for (name, total) in totals.iter().filter(|(name, _)| is_pod_level(name)) {
        let requests = resources.requests.get_or_insert_default();
        requests.entry(name.clone()).or_insert_with(|| QuantityText(total.to_string()));
    }
}

/// What all containers need at once: the larger of the running ones together and of the neediest init container.
/// Models resourcehelper.AggregateContainerRequests.
fn aggregate(spec: &PodSpec, of: impl Fn(&ResourceRequirements) -> Option<&ResourceList>) -> BTreeMap<String, Quantity> {
    let list = |container: &Container| {
        let parsed = container.resources.as_ref().and_then(&of).into_iter().flatten();
        parsed.filter_map(|(name, text)| Some((name.clone(), Quantity::parse(&text.0).ok()?))).collect::<Vec<_>>()
    };
    let mut running: BTreeMap<String, Quantity> = BTreeMap::new();
    let add = |total: &mut BTreeMap<String, Quantity>, items: Vec<(String, Quantity)>| {
        for (name, value) in items {
            let sum = total.get(&name).map_or_else(|| value.clone(), |sum| sum.add(&value));
            total.insert(name, sum);
        }
    };
    for container in &spec.containers {
        add(&mut running, list(container));
    }
    let (mut peak, mut sidecars): (BTreeMap<String, Quantity>, BTreeMap<String, Quantity>) = Default::default();
    for container in spec.init_containers.iter().flatten() {
        let mut now = sidecars.clone();
        add(&mut now, list(container));
        if is_sidecar(container) {
            add(&mut running, list(container));
            sidecars.clone_from(&now);
        }
        raise(&mut peak, now);
    }
    raise(&mut running, peak);
    running
}

fn raise(total: &mut BTreeMap<String, Quantity>, other: BTreeMap<String, Quantity>) {
    for (name, value) in other {
        let higher = total.get(&name).is_none_or(|current| value.compare(current).is_gt());
        if higher {
            total.insert(name, value);
        }
    }
}
