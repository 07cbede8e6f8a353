//! Resources changed in place. Models ValidatePodResize.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, ResourceRequirements};

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{items, text, validate_object_meta_update};
use super::pod::validate_metadata_and_spec;
use super::pod_annotations;
use super::pod_update::spec_json;
use super::resources::{ResourceList, amount};
use crate::api::quantity::Quantity;

/// `Guaranteed`, `Burstable` or `BestEffort`. Models ComputePodQOS.
pub fn qos_class(spec: &PodSpec) -> &'static str {
    let (mut requests, mut limits) = (BTreeMap::new(), BTreeMap::new());
    let mut guaranteed = true;
    let add = |sum: &mut BTreeMap<String, Quantity>, list: Option<&ResourceList>| {
        let mut found = 0;
        for (name, written) in list.into_iter().flatten().filter(|(name, _)| *name == "cpu" || *name == "memory") {
            let quantity = amount(written);
            if quantity.sign() > 0 {
                found += 1;
                let total = sum.get(name).map_or_else(|| quantity.clone(), |already: &Quantity| already.add(&quantity));
                sum.insert(name.clone(), total);
            }
        }
        found
    };
    if let Some(resources) = spec.resources.as_ref().filter(|r| r.requests.is_some() || r.limits.is_some()) {
        add(&mut requests, resources.requests.as_ref());
        guaranteed = add(&mut limits, resources.limits.as_ref()) == 2;
    } else {
        for container in spec.containers.iter().chain(items(&spec.init_containers)) {
            let resources = container.resources.as_ref();
            add(&mut requests, resources.and_then(|resources| resources.requests.as_ref()));
            let limited = add(&mut limits, resources.and_then(|resources| resources.limits.as_ref()));
            guaranteed &= limited == 2;
        }
    }
    if requests.is_empty() && limits.is_empty() {
        return "BestEffort";
    }
    let equal = requests.len() == limits.len()
        && requests.iter().all(|(name, quantity)| limits.get(name).is_some_and(|l| l.compare(quantity) == Ordering::Equal));
    if guaranteed && equal { "Guaranteed" } else { "Burstable" }
}

/// A pod whose resources changed, through the `resize` subresource.
pub fn validate_resize(new: &Pod, old: &Pod) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_metadata_and_spec(new, &mut errors);
    let (spec, old_spec) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    if pod_annotations::is_mirror(&old.metadata) {
        return vec![Error::forbidden(&Path::new(""), "static pods cannot be resized")];
    }
    if old_spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        return vec![Error::forbidden(&Path::new(""), "windows pods cannot be resized")];
    }
    let path = Path::new("spec");
    let class = old.status.as_ref().map(|status| text(&status.qos_class)).filter(|class| !class.is_empty());
    if class.unwrap_or_else(|| qos_class(&old_spec)) != qos_class(&spec) {
        let shown = new.status.as_ref().map(|status| text(&status.qos_class)).unwrap_or_default();
        let detail = "Pod QOS Class may not change as a result of resizing";
        errors.push(Error::invalid(&path, BadValue::word(shown), detail));
    }
    let lists = [
        ("containers", spec.containers.as_slice(), old_spec.containers.as_slice()),
        ("initContainers", items(&spec.init_containers), items(&old_spec.init_containers)),
    ];
    let before = errors.len();
    for (name, new, old) in lists {
        validate_order(name, new, old, &path.child(name), &mut errors);
    }
    if errors.len() > before {
        return errors;
    }
    let sidecar = |container: &Container| container.restart_policy.as_deref() == Some("Always");
    for (name, new, old) in lists.into_iter().rev() {
        for (index, (new, old)) in new.iter().zip(old).enumerate() {
            if name == "containers" || sidecar(old) {
                validate_not_removed(new, old, &path.child(name).index(index).child("resources"), &mut errors);
            }
        }
    }
    let masked = mask(&spec, &old_spec);
    validate_masked(&spec, &masked, &old_spec, &path, &mut errors);
    if errors.is_empty() && spec_json(&masked) != spec_json(&old_spec) {
        errors.push(Error::forbidden(&path, "only cpu and memory resources are mutable"));
    }
    errors
}

fn validate_order(name: &str, new: &[Container], old: &[Container], path: &Path, errors: &mut ErrorList) {
    if new.len() != old.len() {
        errors.push(Error::forbidden(path, format!("{name} may not be added or removed on resize")));
        return;
    }
    for (index, _) in new.iter().zip(old).enumerate().filter(|(_, (new, old))| new.name != old.name) {
        let path = path.index(index).child("name");
        errors.push(Error::forbidden(&path, format!("{name} may not be renamed or reordered on resize")));
    }
}

fn validate_not_removed(new: &Container, old: &Container, path: &Path, errors: &mut ErrorList) {
    let none = ResourceRequirements::default();
    let (new, old) = (new.resources.as_ref().unwrap_or(&none), old.resources.as_ref().unwrap_or(&none));
    for (name, new, old) in [("requests", &new.requests, &old.requests), ("limits", &new.limits, &old.limits)] {
        let empty = ResourceList::new();
        let (new, old) = (new.as_ref().unwrap_or(&empty), old.as_ref().unwrap_or(&empty));
        if old.keys().any(|key| !new.contains_key(key)) {
            errors.push(Error::forbidden(&path.child(name), format!("resource {name} cannot be removed")));
        }
    }
}

fn mask_list(new: Option<&ResourceList>, old: Option<&ResourceList>) -> Option<ResourceList> {
    if new.is_none() && old.is_none() {
        return None;
    }
    let mut list = new.cloned().unwrap_or_default();
    for name in ["cpu", "memory"] {
        match old.and_then(|old| old.get(name)) {
            Some(before) => list.insert(name.to_owned(), before.clone()),
            None => list.remove(name),
        };
    }
    Some(list)
}

fn mask_container(new: &Container, old: &Container) -> Container {
    let none = ResourceRequirements::default();
    let (given, before) = (new.resources.as_ref().unwrap_or(&none), old.resources.as_ref().unwrap_or(&none));
    let mut masked = new.clone();
    masked.resources = Some(ResourceRequirements {
        limits: mask_list(given.limits.as_ref(), before.limits.as_ref()).filter(|list| !list.is_empty()),
        requests: mask_list(given.requests.as_ref(), before.requests.as_ref()).filter(|list| !list.is_empty()),
        claims: None,
    });
    masked
}

/// The new spec with the old processor and memory shares: what must be equal to the old spec.
fn mask(spec: &PodSpec, old: &PodSpec) -> PodSpec {
    let mut masked = spec.clone();
    masked.containers = spec.containers.iter().zip(&old.containers).map(|(new, old)| mask_container(new, old)).collect();
    if let Some(list) = &mut masked.init_containers {
        for (new, old) in list.iter_mut().zip(items(&old.init_containers)) {
            if new.restart_policy.as_deref() == Some("Always") {
                *new = mask_container(new, old);
            }
        }
    }
    masked
}

fn same(a: &Container, b: &Container) -> bool {
    let json = |container: &Container| {
        let spec = PodSpec { containers: vec![container.clone()], ..PodSpec::default() };
        spec_json(&spec)
    };
    json(a) == json(b)
}

fn validate_masked(spec: &PodSpec, masked: &PodSpec, old: &PodSpec, path: &Path, errors: &mut ErrorList) {
    for _ in masked.containers.iter().zip(&old.containers).filter(|(masked, old)| !same(masked, old)) {
        errors.push(Error::forbidden(path, "only cpu and memory resources are mutable"));
    }
    let (new, masked, old) = (items(&spec.init_containers), items(&masked.init_containers), items(&old.init_containers));
    for (index, ((new, masked), old)) in new.iter().zip(masked).zip(old).enumerate() {
        if new.restart_policy.as_deref() != Some("Always") {
            if !same(new, old) {
                errors.push(Error::forbidden(path, "resources for non-sidecar init containers are immutable"));
            }
        } else if !same(masked, old) {
            let path = path.child("initContainers").index(index);
            errors.push(Error::forbidden(&path, "only cpu and memory resources for sidecar containers are mutable"));
        }
    }
}
