use serde_json::{Value, json};

use super::apply::CONTENT_TYPE as APPLY;
use super::path::Resource;
use super::{ApiServer, Request, Response, managers, render};
use crate::api::{Key, Kind, Object, Status, validation};
use crate::apiserver::{FieldValidation, Subresource, WriteOptions, codec};

/// How a write asks to be done, from its query. `kind` is of the options: `CreateOptions`, `UpdateOptions`, `PatchOptions`.
pub(super) fn options(request: &Request, kind: &str) -> Result<WriteOptions, Status> {
    let dry_run: Vec<String> =
        request.query.iter().filter(|(name, value)| name == "dryRun" && !value.is_empty()).map(|(_, value)| value.clone()).collect();
    let manager = request.query("fieldManager").unwrap_or_default();
    let field_validation = request.query("fieldValidation").unwrap_or_default();
    let errors = match kind {
        "PatchOptions" => {
            let content_type = request.header("Content-Type").unwrap_or_default();
            let force = request.query("force").map(|_| request.flag("force"));
            validation::validate_patch_options(manager, force, content_type.starts_with(APPLY), &dry_run, field_validation)
        }
        _ => validation::validate_create_options(manager, &dry_run, field_validation),
    };
    if errors.is_empty() {
        return Ok(WriteOptions { dry_run: !dry_run.is_empty() });
    }
    Err(validation::invalid_status_of("meta.k8s.io", kind, "", &errors))
}

/// The answer to a write, with all that is to be warned of.
pub(super) fn answer(server: &ApiServer, request: &Request, code: u16, done: Result<Object, Status>, warnings: Vec<String>) -> Response {
    match done {
        Ok(object) => render::object(server, request, code, &object),
        Err(status) => Response::refusal(&status),
    }
    .with_warnings(warnings)
}

pub(super) fn field_validation(request: &Request) -> FieldValidation {
    match request.query("fieldValidation") {
        Some("Ignore") => FieldValidation::Ignore,
        Some("Strict") => FieldValidation::Strict,
        _ => FieldValidation::Warn,
    }
}

/// Reads the body as an object of `kind`, with the reading's warnings.
pub(super) fn body(request: &Request, kind: Kind) -> Result<(Object, Vec<String>), Status> {
    let content_type = request.header("Content-Type").unwrap_or("application/json");
    codec::decode_body(kind, &request.body, content_type, field_validation(request))
}

/// Adds an object.
pub(super) fn create(server: &ApiServer, request: &Request, resource: &Resource) -> Result<Response, Status> {
    let options = options(request, "CreateOptions")?;
    let (mut object, mut warnings) = body(request, resource.kind)?;
    place(&mut object, resource)?;
    managers::made(server, request, &mut object);
    let created = server.create_warned(&request.origin, object, options, &mut warnings);
    Ok(answer(server, request, 201, created, warnings))
}

/// Puts the object in the namespace of the URL, or says that it names another.
fn place(object: &mut Object, resource: &Resource) -> Result<(), Status> {
    if !resource.kind.info().namespaced {
        object.meta_mut().namespace = None;
        return Ok(());
    }
    if object.namespace().is_empty() {
        object.meta_mut().namespace = Some(resource.namespace.clone());
    } else if object.namespace() != resource.namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Status::bad_request(message));
    }
    Ok(())
}

/// Replaces an object or a part of it.
pub(super) fn update(server: &ApiServer, request: &Request, key: &Key, part: Subresource) -> Result<Response, Status> {
    let options = options(request, "UpdateOptions")?;
    let (mut object, mut warnings) = body(request, key.kind)?;
    if object.name() != &*key.name {
        let message = format!("the name of the object ({}) does not match the name on the URL ({})", object.name(), key.name);
        return Err(Status::bad_request(message));
    }
    let resource = Resource {
        kind: key.kind,
        namespace: key.namespace.to_string(),
        name: Some(key.name.to_string()),
        subresource: None,
        watch: false,
    };
    place(&mut object, &resource)?;
    let before = match server.get(key) {
        Err(missing) if missing.code == 404 && part == Subresource::None && is_made_by_put(key.kind) && object.revision() == 0 => {
            managers::made(server, request, &mut object);
            let created = server.create_warned(&request.origin, object, options, &mut warnings);
            return Ok(answer(server, request, 201, created, warnings));
        }
        found => found?,
    };
    managers::changed(server, request, &mut object, &before, part);
    let updated = server.update_warned(&request.origin, object, part, options, &mut warnings);
    Ok(answer(server, request, 200, updated, warnings))
}

/// Kinds whose objects a PUT may make. Models AllowCreateOnUpdate.
fn is_made_by_put(kind: Kind) -> bool {
    matches!(kind, Kind::Service | Kind::Endpoints | Kind::Event | Kind::LimitRange | Kind::Lease)
}

/// `POST …/pods/x/binding`
pub(super) fn bind(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    let (object, _) = body(request, Kind::Binding)?;
    let Object::Binding(binding) = object else { return Err(Status::bad_request("not a Binding")) };
    let name = binding.metadata.name.as_deref().unwrap_or_default();
    if !name.is_empty() && name != &*key.name {
        return Err(Status::bad_request("name in URL does not match name in Binding object"));
    }
    let errors = crate::api::validation::validate_binding(&binding);
    if let Some(message) = crate::api::go::aggregate(&errors.iter().map(ToString::to_string).collect::<Vec<_>>()) {
        return Err(Status::new(500, "", message));
    }
    let node = binding.target.name.clone().unwrap_or_default();
    server.bind(&request.origin, &key.namespace, &key.name, &node, options(request, "CreateOptions")?)?;
    Ok(Response::json(201, &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201 })))
}

/// The `scale` subresource of the kinds that have replicas. Models `autoscaling/v1 Scale`.
pub(super) fn scale(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    use super::Method;
    let current = server.get(key)?;
    let mut scale = scale_of(&current);
    match request.method {
        Method::Get => return Ok(Response::json(200, &scale)),
        Method::Put => scale = parse(&request.body)?,
        Method::Patch => crate::api::patch::merge_patch(&mut scale, parse(&request.body)?),
        _ => return Err(Status::method_not_allowed()),
    }
    let replicas = scale.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(0);
    let replicas = i32::try_from(replicas).map_err(|_| Status::bad_request("replicas is out of range"))?;
    if replicas < 0 {
        return Err(negative_replicas(key, replicas));
    }
    let mut object = current;
    if let Some(wanted) = scale.pointer("/metadata/resourceVersion").and_then(Value::as_str).filter(|rv| !rv.is_empty()) {
        object.meta_mut().resource_version = Some(wanted.to_owned());
    }
    set_replicas(&mut object, replicas);
    let kind = if request.method == Method::Patch { "PatchOptions" } else { "UpdateOptions" };
    let options = options(request, kind)?;
    managers::changed(server, request, &mut object, &server.get(key)?, Subresource::None);
    let updated = server.update(&request.origin, object, Subresource::None, options)?;
    Ok(Response::json(200, &scale_of(&updated)))
}

fn negative_replicas(key: &Key, replicas: i32) -> Status {
    use crate::api::status::{Cause, Details};
    let detail = format!("Invalid value: {replicas}: must be greater than or equal to 0");
    let message = format!("Scale.autoscaling \"{}\" is invalid: spec.replicas: {detail}", key.name);
    let mut status = Status::new(422, "Invalid", message);
    let cause = Cause { reason: "FieldValueInvalid".into(), message: detail, field: "spec.replicas".into() };
    status.details = Some(Box::new(Details {
        name: key.name.to_string(),
        group: "autoscaling".into(),
        kind: "Scale".into(),
        causes: vec![cause],
        ..Details::default()
    }));
    status
}

fn parse(body: &[u8]) -> Result<Value, Status> {
    serde_json::from_slice(body).map_err(|error| Status::bad_request(format!("the object provided is unrecognized: {error}")))
}

fn scale_of(object: &Object) -> Value {
    let json = object.to_json();
    let meta = object.meta();
    let selector = match object {
        Object::ReplicationController(rc) => {
            let labels = rc.spec.as_ref().and_then(|spec| spec.selector.clone()).unwrap_or_default();
            labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(",")
        }
        _ => {
            let labels = json.pointer("/spec/selector/matchLabels").and_then(Value::as_object).cloned().unwrap_or_default();
            labels.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect::<Vec<_>>().join(",")
        }
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
    use std::rc::Rc;
    match object {
        Object::Deployment(o) => Rc::make_mut(o).spec.get_or_insert_default().replicas = Some(replicas),
        Object::ReplicaSet(o) => Rc::make_mut(o).spec.get_or_insert_default().replicas = Some(replicas),
        Object::ReplicationController(o) => Rc::make_mut(o).spec.get_or_insert_default().replicas = Some(replicas),
        _ => {}
    }
}
