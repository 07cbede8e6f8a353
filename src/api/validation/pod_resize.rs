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
use crate::api::pod::is_sidecar;
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
    for (name, new, old) in lists.into_iter().rev() {
        for (index, (new, old)) in new.iter().zip(old).enumerate() {
            if name == "containers" || is_sidecar(old) {
                let path = path.child(name).index(index).child("resources");
                validate_not_removed(new.resources.as_ref(), old.resources.as_ref(), &path, &mut errors);
            }
        }
    }
    validate_not_removed(spec.resources.as_ref(), old_spec.resources.as_ref(), &path.child("resources"), &mut errors);
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

fn validate_not_removed(new: Option<&ResourceRequirements>, old: Option<&ResourceRequirements>, path: &Path, errors: &mut ErrorList) {
    let none = ResourceRequirements::default();
    let (new, old) = (new.unwrap_or(&none), old.unwrap_or(&none));
    for (name, new, old) in [("requests", &new.requests, &old.requests), ("limits", &new.limits, &old.limits)] {
        let empty = ResourceList::new();
        let (new, old) = (new.as_ref().unwrap_or(&empty), old.as_ref().unwrap_or(&empty));
        if old.keys().any(|key| !new.contains_key(key)) {
            errors.push(Error::forbidden(&path.child(name), format!("resource {name} cannot be removed")));
        }
    }
}

/// Where there was no list before, Kubernetes looks at nothing of the new one.
fn mask_list(new: Option<&ResourceList>, old: Option<&ResourceList>) -> Option<ResourceList> {
    let old = old?;
    let mut list = new.cloned().unwrap_or_default();
    for name in ["cpu", "memory"] {
        match old.get(name) {
            Some(before) => list.insert(name.to_owned(), before.clone()),
            None => list.remove(name),
        };
    }
    Some(list).filter(|list| !list.is_empty())
}

fn mask_requirements(new: Option<&ResourceRequirements>, old: Option<&ResourceRequirements>) -> ResourceRequirements {
    let none = ResourceRequirements::default();
    let (given, before) = (new.unwrap_or(&none), old.unwrap_or(&none));
    ResourceRequirements {
        limits: mask_list(given.limits.as_ref(), before.limits.as_ref()),
        requests: mask_list(given.requests.as_ref(), before.requests.as_ref()),
        claims: None,
    }
}

fn mask_container(new: &Container, old: &Container) -> Container {
    Container { resources: Some(mask_requirements(new.resources.as_ref(), old.resources.as_ref())), ..new.clone() }
}

/// The new spec with the old processor and memory shares: what must be equal to the old spec.
fn mask(spec: &PodSpec, old: &PodSpec) -> PodSpec {
    let mut masked = spec.clone();
    if spec.resources.is_some() && old.resources.is_some() {
        masked.resources = Some(mask_requirements(spec.resources.as_ref(), old.resources.as_ref()));
    }
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
    for ((new, masked), old) in new.iter().zip(masked).zip(old) {
        if !is_sidecar(new) {
            if !same(new, old) {
                errors.push(Error::forbidden(path, "resources for non-sidecar init containers are immutable"));
            }
        } else if !same(masked, old) {
            errors.push(Error::forbidden(path, "only cpu and memory resources for sidecar containers are mutable"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn container(name: &str, resources: Value) -> Value {
        json!({"name": name, "image": "a", "imagePullPolicy": "Always", "terminationMessagePolicy": "File", "resources": resources})
    }

    fn faults(before: Value, after: Value) -> Vec<String> {
        let pod = |mut spec: Value| -> Pod {
            spec["restartPolicy"] = "Always".into();
            spec["dnsPolicy"] = "Default".into();
            spec["terminationGracePeriodSeconds"] = 30.into();
            let meta = json!({"name": "p", "namespace": "n", "resourceVersion": "1"});
            serde_json::from_value(json!({"metadata": meta, "spec": spec})).unwrap()
        };
        validate_resize(&pod(after), &pod(before)).iter().map(Error::to_string).collect()
    }

    #[test]
    fn containers_stay() {
        let (a, b) = (container("a", json!({})), container("b", json!({})));
        assert_eq!(
            faults(json!({"containers": [a, b]}), json!({"containers": [b, a]})),
            [
                "spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize",
                "spec.containers[1].name: Forbidden: containers may not be renamed or reordered on resize",
            ]
        );
        assert_eq!(
            faults(json!({"containers": [a, b]}), json!({"containers": [a]})),
            ["spec.containers: Forbidden: containers may not be added or removed on resize"]
        );
        assert_eq!(
            faults(json!({"containers": [a]}), json!({"containers": [a], "initContainers": [b]})),
            ["spec.initContainers: Forbidden: initContainers may not be added or removed on resize"]
        );
    }

    #[test]
    fn only_processor_and_memory() {
        let a = |resources: Value| json!({"containers": [container("a", resources)]});
        let small = json!({"requests": {"cpu": "100m"}});
        assert_eq!(faults(a(small.clone()), a(json!({"requests": {"cpu": "200m", "memory": "1Mi"}}))), [""; 0]);
        assert_eq!(
            faults(a(small.clone()), a(json!({"requests": {"memory": "1Mi"}}))),
            ["spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"]
        );
        assert_eq!(
            faults(a(small.clone()), a(json!({"requests": {"cpu": "100m", "ephemeral-storage": "1Mi"}}))),
            ["spec: Forbidden: only cpu and memory resources are mutable"]
        );
        assert_eq!(faults(a(json!({})), a(small)), ["spec: Invalid value: \"\": Pod QOS Class may not change as a result of resizing"]);
    }

    #[test]
    fn init_containers() {
        let spec = |init: Value| json!({"containers": [container("a", json!({"requests": {"cpu": "1"}}))], "initContainers": [init]});
        let (small, big) = (json!({"requests": {"cpu": "1m"}}), json!({"requests": {"cpu": "2m"}}));
        assert_eq!(
            faults(spec(container("i", small.clone())), spec(container("i", big.clone()))),
            ["spec: Forbidden: resources for non-sidecar init containers are immutable"]
        );
        let sidecar = |resources: Value| {
            let mut sidecar = container("i", resources);
            sidecar["restartPolicy"] = "Always".into();
            spec(sidecar)
        };
        assert_eq!(faults(sidecar(small), sidecar(big)), [""; 0]);
    }
}
