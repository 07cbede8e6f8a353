//! The `scale` subresource of the kinds that have replicas. Models ScaleREST of `pkg/registry/apps/deployment/storage`.

use std::rc::Rc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use super::write::{check_name, check_namespace, field_validation, options};
use super::{ApiServer, Method, Request, Response, managers};
use crate::api::patch::PatchType;
use crate::api::selector::{Selector, from_label_selector};
use crate::api::{Key, Object, Status, patch, validation};
use crate::apiserver::{Subresource, codec};

const KIND: (&str, &str) = ("autoscaling", "Scale");

/// Reads or writes how many replicas an object wants.
pub(super) fn answer(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    let content_type = request.header("Content-Type").unwrap_or_default();
    let (options, (scale, warnings)) = match request.method {
        Method::Get => return Ok(Response::json(200, &scale_of(&server.get(key)?))),
        Method::Put => {
            let options = options(request, "UpdateOptions")?;
            (options, codec::decode_unstored(KIND, &request.body, content_type, field_validation(request))?)
        }
        Method::Patch => {
            let options = options(request, "PatchOptions")?;
            let current = scale_of(&server.get(key)?);
            let patch_type = PatchType::from_content_type(content_type).ok_or_else(codec::unsupported_patch)?;
            (options, patch::apply_unstored(KIND, current, patch_type, &request.body, field_validation(request))?)
        }
        Method::Post | Method::Delete => return Err(Status::method_not_allowed()),
    };
    let mut meta: ObjectMeta = serde_json::from_value(scale["metadata"].clone()).unwrap_or_default();
    check_name(meta.name.as_deref().unwrap_or_default(), &key.name)?;
    check_namespace(meta.namespace.as_deref().unwrap_or_default(), &key.namespace)?;
    meta.namespace = Some(key.namespace.to_string());
    let before = server.get(key)?;
    let replicas = scale.pointer("/spec/replicas").and_then(Value::as_i64).and_then(|count| i32::try_from(count).ok()).unwrap_or(0);
    let errors = validation::validate_scale(&meta, replicas);
    if !errors.is_empty() {
        return Err(validation::invalid_status_of(KIND.0, KIND.1, &key.name, &errors));
    }
    let mut object = before.clone();
    // What the scale names of the object is a precondition.
    if meta.uid.as_ref().is_some_and(|uid| !uid.is_empty()) {
        object.meta_mut().uid = meta.uid;
    }
    if meta.resource_version.as_ref().is_some_and(|revision| !revision.is_empty()) {
        object.meta_mut().resource_version = meta.resource_version;
    }
    set_replicas(&mut object, replicas);
    managers::changed(server, request, &mut object, &before, Subresource::None);
    let updated = server.update(&request.origin, object, Subresource::None, options)?;
    Ok(Response::json(200, &scale_of(&updated)).with_warnings(warnings))
}

fn scale_of(object: &Object) -> Value {
    let json = object.to_json();
    let meta = object.meta();
    let selector = match object {
        Object::ReplicationController(rc) => rc.spec.as_ref().and_then(|spec| spec.selector.as_ref()).map(Selector::from_set),
        Object::Deployment(deployment) => deployment.spec.as_ref().and_then(|spec| from_label_selector(Some(&spec.selector)).ok()),
        Object::ReplicaSet(set) => set.spec.as_ref().and_then(|spec| from_label_selector(Some(&spec.selector)).ok()),
        _ => None,
    };
    let selector = selector.map(|selector| selector.to_string()).unwrap_or_default();
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
