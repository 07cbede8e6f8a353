//! What a pod's containers ask for together. Models component-helpers' `resource`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

use super::pod::is_sidecar;
use super::quantity::Quantity;

/// Amounts by the names of resources.
pub type Amounts = BTreeMap<String, Quantity>;

/// Reads a list of amounts; zero where one cannot be read, which strict decoding has refused already.
pub fn read(list: Option<&BTreeMap<String, Written>>) -> Amounts {
    list.into_iter().flatten().map(|(name, written)| (name.clone(), Quantity::parse(&written.0).unwrap_or_default())).collect()
}

/// `sum` becomes the sum of both.
pub fn add(sum: &mut Amounts, more: &Amounts) {
    for (name, quantity) in more {
        let total = sum.get(name).map_or_else(|| quantity.clone(), |already| already.add(quantity));
        sum.insert(name.clone(), total);
    }
}

/// What a container requests.
pub fn container_requests(container: &Container) -> Amounts {
    read(container.resources.as_ref().and_then(|resources| resources.requests.as_ref()))
}

/// What a container may use at most.
pub fn container_limits(container: &Container) -> Amounts {
    read(container.resources.as_ref().and_then(|resources| resources.limits.as_ref()))
}

/// What the containers need at once, if each needs what `of` says: those that run together, or the neediest step on the way
/// there. Models AggregateContainerRequests and AggregateContainerLimits.
pub fn aggregate(spec: &PodSpec, of: impl Fn(&Container) -> Amounts) -> Amounts {
    let mut sum = Amounts::new();
    for container in &spec.containers {
        add(&mut sum, &of(container));
    }
    let (mut sidecars, mut peak) = (Amounts::new(), Amounts::new());
    for container in spec.init_containers.iter().flatten() {
        let mut step = of(container);
        if is_sidecar(container) {
            add(&mut sum, &step);
            add(&mut sidecars, &step);
            step.clone_from(&sidecars);
        } else {
            add(&mut step, &sidecars);
        }
        raise(&mut peak, step);
    }
    raise(&mut sum, peak);
    sum
}

fn raise(total: &mut Amounts, other: Amounts) {
    for (name, quantity) in other {
        if total.get(&name).is_none_or(|current| quantity.compare(current).is_gt()) {
            total.insert(name, quantity);
        }
    }
}

/// What the pod requests in all, if each container requests what `of` says: the pod's own word counts for what it names,
/// its overhead comes on top. Models PodRequests.
pub fn pod_requests_by(spec: &PodSpec, of: impl Fn(&Container) -> Amounts) -> Amounts {
    let mut sum = aggregate(spec, of);
    sum.extend(read(spec.resources.as_ref().and_then(|resources| resources.requests.as_ref())));
    add(&mut sum, &read(spec.overhead.as_ref()));
    sum
}

/// What the pod requests in all. Models PodRequests.
pub fn pod_requests(spec: Option<&PodSpec>) -> Amounts {
    spec.map(|spec| pod_requests_by(spec, container_requests)).unwrap_or_default()
}

/// What the pod may use in all. Models PodLimits.
pub fn pod_limits(spec: Option<&PodSpec>) -> Amounts {
    let Some(spec) = spec else { return Amounts::new() };
    let mut sum = aggregate(spec, container_limits);
    sum.extend(read(spec.resources.as_ref().and_then(|resources| resources.limits.as_ref())));
    for (name, more) in read(spec.overhead.as_ref()) {
        if let Some(limit) = sum.get_mut(&name).filter(|limit| !limit.is_zero()) {
            *limit = limit.add(&more);
        }
    }
    sum
}
