//! Models `plugin/pkg/admission/limitranger`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Container, LimitRange, LimitRangeItem, Pod, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

use super::{ApiServer, forbidden};
use crate::api::pod_resources::{Amounts, pod_limits, pod_requests, read};
use crate::api::quantity::Quantity;
use crate::api::{Kind, Object, Status, go};

const ANNOTATION: &str = "kubernetes.io/limit-ranger";

type Written1 = BTreeMap<String, Written>;

fn ranges(server: &ApiServer, object: &Object) -> Vec<Rc<LimitRange>> {
    match object {
        Object::Pod(_) => server.store().list(Kind::LimitRange, Some(object.namespace())).0.iter().filter_map(Object::typed).collect(),
        _ => Vec::new(),
    }
}

fn items(range: &LimitRange) -> &[LimitRangeItem] {
    range.spec.as_ref().map_or(&[], |spec| &spec.limits)
}

/// Gives a new pod's containers the defaults of the namespace's limit ranges.
pub(super) fn mutate(server: &ApiServer, object: &mut Object) {
    for range in ranges(server, object) {
        let Object::Pod(pod) = object else { return };
        let (mut requests, mut limits) = (Written1::new(), Written1::new());
        for item in items(&range).iter().filter(|item| item.type_ == "Container") {
            requests.extend(item.default_request.clone().unwrap_or_default());
            limits.extend(item.default.clone().unwrap_or_default());
        }
        if !requests.is_empty() || !limits.is_empty() {
            fill_in(Rc::make_mut(pod), &requests, &limits);
        }
    }
}

fn fill_in(pod: &mut Pod, requests: &Written1, limits: &Written1) {
    let Some(spec) = &mut pod.spec else { return };
    let mut notes = Vec::new();
    for container in &mut spec.containers {
        fill_container(container, "container", requests, limits, &mut notes);
    }
    for container in spec.init_containers.iter_mut().flatten() {
        fill_container(container, "init container", requests, limits, &mut notes);
    }
    if !notes.is_empty() {
        let note = format!("LimitRanger plugin set: {}", notes.join("; "));
        pod.metadata.annotations.get_or_insert_default().insert(ANNOTATION.into(), note);
    }
}

fn fill_container(container: &mut Container, what: &str, requests: &Written1, limits: &Written1, notes: &mut Vec<String>) {
    let name = container.name.clone();
    let resources: &mut ResourceRequirements = container.resources.get_or_insert_default();
    let mut fill = |list: &mut Option<Written1>, defaults: &Written1, word: &str| {
        let given = list.get_or_insert_default();
        let missing: Vec<&str> = defaults.keys().filter(|name| !given.contains_key(*name)).map(String::as_str).collect();
        if !missing.is_empty() {
            notes.push(format!("{} {word} for {what} {name}", missing.join(", ")));
        }
        for (name, value) in defaults {
            given.entry(name.clone()).or_insert_with(|| value.clone());
        }
        *list = list.take().filter(|list| !list.is_empty());
    };
    fill(&mut resources.requests, requests, "request");
    fill(&mut resources.limits, limits, "limit");
}

/// Refuses a pod that is outside of a limit range.
pub(super) fn validate(server: &ApiServer, object: &Object) -> Result<(), Status> {
    for range in ranges(server, object) {
        let Object::Pod(pod) = object else { continue };
        let Some(spec) = &pod.spec else { continue };
        let mut faults = Vec::new();
        for item in items(&range) {
            match item.type_.as_str() {
                "Container" => {
                    for container in spec.containers.iter().chain(spec.init_containers.iter().flatten()) {
                        let resources = container.resources.as_ref();
                        let requests = read(resources.and_then(|r| r.requests.as_ref()));
                        check(item, &requests, &read(resources.and_then(|r| r.limits.as_ref())), &mut faults);
                    }
                }
                "Pod" => check(item, &pod_requests(Some(spec)), &pod_limits(Some(spec)), &mut faults),
                _ => {}
            }
        }
        if let Some(message) = go::aggregate(&faults) {
            return Err(forbidden(object, &message));
        }
    }
    Ok(())
}

fn check(item: &LimitRangeItem, requests: &Amounts, limits: &Amounts, faults: &mut Vec<String>) {
    let type_ = &item.type_;
    let above = |left: &Quantity, right: &Quantity| left.compare(right) == Ordering::Greater;
    for (name, bound) in read(item.min.as_ref()) {
        let start = format!("minimum {name} usage per {type_} is {bound}");
        match (requests.get(&name), limits.get(&name)) {
            (None, _) => faults.push(format!("{start}.  No request is specified")),
            (Some(request), _) if above(&bound, request) => faults.push(format!("{start}, but request is {request}")),
            (_, Some(limit)) if above(&bound, limit) => faults.push(format!("{start}, but limit is {limit}")),
            _ => {}
        }
    }
    for (name, bound) in read(item.max.as_ref()) {
        let start = format!("maximum {name} usage per {type_} is {bound}");
        match (requests.get(&name), limits.get(&name)) {
            (_, None) => faults.push(format!("{start}.  No limit is specified")),
            (_, Some(limit)) if above(limit, &bound) => faults.push(format!("{start}, but limit is {limit}")),
            (Some(request), _) if above(request, &bound) => faults.push(format!("{start}, but request is {request}")),
            _ => {}
        }
    }
    for (name, bound) in read(item.max_limit_request_ratio.as_ref()) {
        let start = format!("{name} max limit to request ratio per {type_} is {bound}");
        let some = |amounts: &Amounts| amounts.get(&name).map(Quantity::as_approximate_float64).filter(|value| *value != 0.0);
        match (some(requests), some(limits)) {
            (None, _) => faults.push(format!("{start}, but no request is specified or request is 0")),
            (_, None) => faults.push(format!("{start}, but no limit is specified or limit is 0")),
            (Some(request), Some(limit)) if limit / request > bound.as_approximate_float64() => {
                faults.push(format!("{start}, but provided ratio is {:.6}", limit / request));
            }
            _ => {}
        }
    }
}
