//! The `scale` subresource of the kinds that have replicas. Models ScaleREST of `pkg/registry/apps/deployment/storage`.

use std::rc::Rc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use super::write::{check_name, field_validation, options};
use super::{ApiServer, Method, Request, Response, managers};
use crate::api::patch::PatchType;
use crate::api::selector::from_label_selector;
use crate::api::{Key, Object, Status, patch, validation};
use crate::apiserver::{Subresource, codec};

const KIND: (&str, &str) = ("autoscaling", "Scale");

/// Reads or writes how many replicas an object wants.
pub(super) fn answer(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    let (scale, warnings) = match request.method {
        Method::Get => return Ok(Response::json(200, &scale_of(&server.get(key)?))),
        Method::Put => {
            options(request, "UpdateOptions")?;
            let content_type = request.header("Content-Type").unwrap_or_default();
            codec::decode_unstored(KIND, &request.body, content_type, field_validation(request))?
        }
        Method::Patch => {
            options(request, "PatchOptions")?;
            let content_type = request.header("Content-Type").unwrap_or_default();
            let current = scale_of(&server.get(key)?);
            let patch_type = PatchType::from_content_type(content_type).ok_or_else(codec::unsupported_patch)?;
            patch::apply_unstored(KIND, current, patch_type, &request.body, field_validation(request))?
        }
        Method::Post | Method::Delete => return Err(Status::method_not_allowed()),
    };
    let meta: ObjectMeta = serde_json::from_value(scale["metadata"].clone()).unwrap_or_default();
    check_name(meta.name.as_deref().unwrap_or_default(), &key.name)?;
    let namespace = meta.namespace.clone().unwrap_or_else(|| key.namespace.to_string());
    if namespace != *key.namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    let before = server.get(key)?;
    let replicas = scale.pointer("/spec/replicas").and_then(Value::as_i64).and_then(|count| i32::try_from(count).ok()).unwrap_or(0);
    let errors = validation::validate_scale(&ObjectMeta { namespace: Some(namespace), ..meta.clone() }, replicas);
    if !errors.is_empty() {
        return Err(validation::invalid_status_of(KIND.0, KIND.1, &key.name, &errors));
    }
    if let Some(uid) = meta.uid.filter(|uid| !uid.is_empty() && uid != before.uid()) {
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", before.uid());
        return Err(Status::conflict(key.kind, &key.name, &why));
    }
    let mut object = before.clone();
    if let Some(wanted) = meta.resource_version.filter(|revision| !revision.is_empty()) {
        object.meta_mut().resource_version = Some(wanted);
    }
    set_replicas(&mut object, replicas);
    managers::changed(server, request, &mut object, &before, Subresource::None);
    let kind = if request.method == Method::Patch { "PatchOptions" } else { "UpdateOptions" };
    let updated = server.update(&request.origin, object, Subresource::None, options(request, kind)?)?;
    Ok(Response::json(200, &scale_of(&updated)).with_warnings(warnings))
}

fn scale_of(object: &Object) -> Value {
    let json = object.to_json();
    let meta = object.meta();
    let labels_of = |selector: Option<&k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector>| {
        from_label_selector(selector).map(|selector| selector.to_string()).unwrap_or_default()
    };
    let selector = match object {
        Object::ReplicationController(rc) => {
            let labels = rc.spec.as_ref().and_then(|spec| spec.selector.clone()).unwrap_or_default();
            labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",")
        }
        Object::Deployment(deployment) => labels_of(deployment.spec.as_ref().map(|spec| &spec.selector)),
        Object::ReplicaSet(set) => labels_of(set.spec.as_ref().map(|spec| &spec.selector)),
        _ => String::new(),
    };
    // Go leaves nought out.
    let replicas = json.pointer("/spec/replicas").and_then(Value::as_i64).filter(|replicas| *replicas != 0);
    let spec = replicas.map_or_else(|| json!({}), |replicas| json!({ "replicas": replicas }));
    json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": { "name": meta.name, "namespace": meta.namespace, "uid": meta.uid, "resourceVersion": meta.resource_version, "creationTimestamp": meta.creation_timestamp },
        "spec": spec,
        "status": { "replicas": json.pointer("/status/replicas").and_then(Value::as_i64).unwrap_or(0), "selector": selector },
    })
}

fn set_replicas(object: &mut Object, replicas: i32) {
    match object {
        Object::Deployment(o) => Rc::make_mut(o).spec.get_or_insert_default().replicas = Some(replicas),
        Object::ReplicaSet(o) => Rc::make_mut(o).spec.get_or_insert_default().replicas = Some(replicas),
        Object::ReplicationController(o) => Rc::make_mut(o).spec.get_or_insert_default().replicas = Some(replicas),
        _ => {}
    }
}
