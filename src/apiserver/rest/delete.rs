use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde_json::{Value, json};

use super::list::Filter;
use super::path::Resource;
use super::{ApiServer, Request, Response, render};
use crate::api::{Key, Kind, Object, Status, validation};
use crate::apiserver::deletion::Deleted;
use crate::apiserver::{DeleteOptions, Propagation};

/// The options of a deletion. A body, where there is one, is all that counts; else the query is.
fn options(request: &Request) -> Result<DeleteOptions, Status> {
    let body: Value = if request.body.is_empty() {
        json!({
            "gracePeriodSeconds": request.query("gracePeriodSeconds").filter(|text| !text.is_empty()).map(grace_period).transpose()?,
            "propagationPolicy": request.query("propagationPolicy"),
            "dryRun": request.query("dryRun").map(|value| vec![value]),
        })
    } else {
        let text = std::str::from_utf8(&request.body).unwrap_or_default();
        serde_json::from_str(text).map_err(|error| Status::bad_request(format!("couldn't get version/kind; json parse error: {error}")))?
    };
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let dry_run: Vec<String> = body["dryRun"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let orphan = body["orphanDependents"].as_bool();
    let errors = validation::validate_delete_options(text("/propagationPolicy").as_deref(), orphan, &dry_run);
    if !errors.is_empty() {
        return Err(validation::invalid_status_of("meta.k8s.io", "DeleteOptions", "", &errors));
    }
    let propagation = match text("/propagationPolicy").as_deref() {
        None if orphan == Some(true) => Propagation::Orphan,
        Some("Foreground") => Propagation::Foreground,
        Some("Orphan") => Propagation::Orphan,
        _ => Propagation::Background,
    };
    Ok(DeleteOptions {
        grace_period_seconds: body.get("gracePeriodSeconds").and_then(Value::as_i64),
        uid: text("/preconditions/uid"),
        resource_version: text("/preconditions/resourceVersion"),
        propagation,
        dry_run: !dry_run.is_empty(),
    })
}

fn grace_period(text: &str) -> Result<i64, Status> {
    let wrong = |_| Status::bad_request(format!("strconv.ParseInt: parsing {}: invalid syntax", crate::api::go::quote(text)));
    text.parse().map_err(wrong)
}

/// Deletes one object.
pub(super) fn one(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    let deleted = server.delete(&request.origin, key, &options(request)?)?;
    Ok(answer(server, request, key.kind, deleted))
}

fn answer(server: &ApiServer, request: &Request, kind: Kind, deleted: Deleted) -> Response {
    match deleted {
        // These kinds' registries return the object that is gone.
        Deleted::Gone(object)
            if matches!(kind, Kind::Pod | Kind::Namespace | Kind::Service | Kind::ServiceAccount | Kind::ResourceQuota) =>
        {
            render::object(server, request, 200, &object)
        }
        Deleted::Gone(object) => success(&object),
        Deleted::Marked(object) => render::object(server, request, 200, &object),
    }
}

fn success(object: &Object) -> Response {
    let info = object.kind().info();
    let mut details = json!({ "name": object.name(), "kind": info.plural, "uid": object.uid() });
    if !info.group.is_empty() {
        details["group"] = json!(info.group);
    }
    Response::json(200, &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details }))
}

/// Deletes all objects that match.
pub(super) fn collection(server: &ApiServer, request: &Request, resource: &Resource) -> Result<Response, Status> {
    let filter = Filter::of(request, resource)?;
    let options = options(request)?;
    let (all, revision) = server.store().list(resource.kind, resource.scope());
    let chosen: Vec<Object> = all.into_iter().filter(|object| filter.matches(object)).collect();
    for object in &chosen {
        match server.delete(&request.origin, &object.key(), &options) {
            Err(status) if !status.is("NotFound") => return Err(status),
            _ => {}
        }
    }
    Ok(render::list(server, request, resource.kind, &chosen, json!({ "resourceVersion": revision.to_string() })))
}

/// `POST …/pods/x/eviction`: a deletion that drains ask for, as far as disruption budgets allow it.
pub(super) fn evict(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let nested = body.get("deleteOptions").cloned().unwrap_or_else(|| json!({}));
    let grace = nested.get("gracePeriodSeconds").and_then(Value::as_i64);
    let dry_run = nested.get("dryRun").is_some() || request.query("dryRun").is_some_and(|v| v == "All");
    if let Some(pod) = server.get(key)?.typed::<Pod>() {
        spend_budget(server, request, &pod, dry_run)?;
    }
    server.delete(&request.origin, key, &DeleteOptions { grace_period_seconds: grace, dry_run, ..DeleteOptions::default() })?;
    Ok(Response::json(201, &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 })))
}

/// Takes a disruption off the pod's budget, or says that there is none left. Models `checkAndDecrement` of
/// `pkg/registry/core/pod/storage/eviction.go`.
fn spend_budget(server: &ApiServer, request: &Request, pod: &Pod, dry_run: bool) -> Result<(), Status> {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
    if matches!(phase, "Succeeded" | "Failed" | "Pending") || pod.metadata.deletion_timestamp.is_some() {
        return Ok(());
    }
    let (all, _) = server.store().list(Kind::PodDisruptionBudget, pod.metadata.namespace.as_deref());
    let budgets: Vec<_> = all.iter().filter_map(Object::typed::<PodDisruptionBudget>).filter(|budget| protects(budget, pod)).collect();
    let budget = match budgets.as_slice() {
        [] => return Ok(()),
        [budget] => budget,
        _ => {
            let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(Status::new(500, "InternalError", message));
        }
    };
    let mut status = budget.status.clone().unwrap_or_default();
    let (healthy, desired) = (status.current_healthy.unwrap_or(0), status.desired_healthy.unwrap_or(0));
    let ready = crate::apiserver::pod_status_word(pod) == "Running" && is_ready(pod);
    if !ready && healthy >= desired && desired > 0 {
        // A pod that is not healthy anyway is no loss to a budget that is met.
        return Ok(());
    }
    let allowed = status.disruptions_allowed.unwrap_or(0);
    if allowed <= 0 {
        return Err(no_budget(budget.metadata.name.as_deref().unwrap_or_default(), healthy, desired));
    }
    if !dry_run {
        status.disruptions_allowed = Some(allowed - 1);
        let mut changed = (**budget).clone();
        changed.status = Some(status);
        server.update(&request.origin, changed.into(), crate::apiserver::Subresource::Status, Default::default())?;
    }
    Ok(())
}

fn protects(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    let selector = budget.spec.as_ref().and_then(|spec| spec.selector.as_ref());
    let selector = selector.and_then(|selector| crate::api::selector::from_label_selector(Some(selector)).ok());
    selector.is_some_and(|selector| selector.matches_option(pod.metadata.labels.as_ref()))
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn no_budget(name: &str, healthy: i32, desired: i32) -> Status {
    use crate::api::status::{Cause, Details};
    let mut status = Status::new(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.");
    let message = format!("The disruption budget {name} needs {desired} healthy pods and has {healthy} currently");
    let cause = Cause { reason: "DisruptionBudget".into(), message, field: String::new() };
    status.details = Some(Box::new(Details { causes: vec![cause], ..Details::default() }));
    status
}
