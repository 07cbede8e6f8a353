use std::rc::Rc;

use k8s_openapi::api::core::v1::{Pod, PodCondition};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde_json::{Value, json};

use super::list::Filter;
use super::path::Resource;
use super::{ApiServer, Request, Response, render, write};
use crate::api::pod::{is_ready, phase, update_condition};
use crate::api::selector::selects;
use crate::api::{Key, Kind, Object, Status, validation};
use crate::apiserver::deletion::Deleted;
use crate::apiserver::{DeleteOptions, Propagation, Subresource, codec};

/// The options of a deletion. A body, where there is one, is all that counts; else the query is.
fn options(request: &Request) -> Result<DeleteOptions, Status> {
    let body: Value = if request.body.is_empty() {
        json!({
            "gracePeriodSeconds": request.query("gracePeriodSeconds").filter(|text| !text.is_empty()).map(grace_period).transpose()?,
            "propagationPolicy": request.query("propagationPolicy"),
            "orphanDependents": request.query("orphanDependents").filter(|text| !text.is_empty()).map(|_| request.flag("orphanDependents")),
            "dryRun": request.query("dryRun").filter(|text| !text.is_empty()).map(|value| vec![value]),
        })
    } else {
        codec::decode_delete_options(&request.body, request.header("Content-Type").unwrap_or_default())?
    };
    checked(&body)
}

/// The options that a `DeleteOptions` means.
fn checked(body: &Value) -> Result<DeleteOptions, Status> {
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
    text.parse().map_err(|_| Status::bad_request(crate::api::go::number_error("ParseInt", text)))
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
    let asked = write::options(request, "CreateOptions")?;
    let content_type = request.header("Content-Type").unwrap_or_default();
    let kind = ("policy", "Eviction");
    let (body, warnings) = codec::decode_unstored(kind, &request.body, content_type, write::field_validation(request))?;
    write::check_namespace(body.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default(), &key.namespace)?;
    if body.pointer("/metadata/name").and_then(Value::as_str) != Some(&key.name) {
        return Err(Status::bad_request("name in URL does not match name in Eviction object"));
    }
    let mut options = checked(&body["deleteOptions"])?;
    options.dry_run |= asked.dry_run;
    if let Some(pod) = server.get(key)?.typed::<Pod>() {
        spend_budget(server, request, &pod, options.dry_run)?;
        if !options.dry_run && options.resource_version.is_none() {
            tell_disruption(server, request, (*pod).clone())?;
        }
    }
    server.delete(&request.origin, key, &options)?;
    Ok(write::success(201).with_warnings(warnings))
}

/// Notes on the pod why it goes. Models addConditionAndDeletePod.
fn tell_disruption(server: &ApiServer, request: &Request, mut pod: Pod) -> Result<(), Status> {
    let condition = PodCondition {
        type_: "DisruptionTarget".into(),
        status: "True".into(),
        reason: Some("EvictionByEvictionAPI".into()),
        message: Some("Eviction API: evicting".into()),
        ..PodCondition::default()
    };
    let conditions = pod.status.get_or_insert_default().conditions.get_or_insert_default();
    update_condition(conditions, condition, server.api_time());
    server.update(&request.origin, pod.into(), Subresource::Status, Default::default()).map(|_| ())
}

/// Takes a disruption off the pod's budget, or says that there is none left. Models `checkAndDecrement` of
/// `pkg/registry/core/pod/storage/eviction.go`.
fn spend_budget(server: &ApiServer, request: &Request, pod: &Pod, dry_run: bool) -> Result<(), Status> {
    if matches!(phase(pod), "Succeeded" | "Failed" | "Pending") || pod.metadata.deletion_timestamp.is_some() {
        return Ok(());
    }
    let (all, _) = server.store().list(Kind::PodDisruptionBudget, pod.metadata.namespace.as_deref());
    let protects = |budget: &Rc<PodDisruptionBudget>| {
        selects(budget.spec.as_ref().and_then(|spec| spec.selector.as_ref()), pod.metadata.labels.as_ref())
    };
    let budgets: Vec<_> = all.iter().filter_map(Object::typed::<PodDisruptionBudget>).filter(protects).collect();
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
    let always = budget.spec.as_ref().and_then(|spec| spec.unhealthy_pod_eviction_policy.as_deref()) == Some("AlwaysAllow");
    if !is_ready(pod) && (always || (healthy >= desired && desired > 0)) {
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
        server.update(&request.origin, changed.into(), Subresource::Status, Default::default())?;
    }
    Ok(())
}

fn no_budget(name: &str, healthy: i32, desired: i32) -> Status {
    use crate::api::status::{Cause, Details};
    let mut status = Status::new(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.");
    let message = format!("The disruption budget {name} needs {desired} healthy pods and has {healthy} currently");
    let cause = Cause { reason: "DisruptionBudget".into(), message, field: String::new() };
    status.details = Some(Box::new(Details { causes: vec![cause], ..Details::default() }));
    status
}
