use serde_json::json;

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
    if resource.kind == Kind::Binding {
        return bind(server, request, &Key::new(Kind::Binding, &resource.namespace, ""));
    }
    let options = options(request, "CreateOptions")?;
    let (mut object, mut warnings) = body(request, resource.kind)?;
    place(&mut object, &resource.namespace)?;
    managers::made(server, request, &mut object);
    let created = server.create_warned(&request.origin, object, options, &mut warnings);
    Ok(answer(server, request, 201, created, warnings))
}

/// Puts the object in the namespace of the URL, or says that it names another.
fn place(object: &mut Object, namespace: &str) -> Result<(), Status> {
    let namespaced = object.kind().info().namespaced;
    if namespaced {
        check_namespace(object.namespace(), namespace)?;
    }
    object.meta_mut().namespace = namespaced.then(|| namespace.to_owned());
    Ok(())
}

/// Replaces an object or a part of it.
pub(super) fn update(server: &ApiServer, request: &Request, key: &Key, part: Subresource) -> Result<Response, Status> {
    let options = options(request, "UpdateOptions")?;
    let (mut object, mut warnings) = body(request, key.kind)?;
    check_name(object.name(), &key.name)?;
    place(&mut object, &key.namespace)?;
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

/// A body names the object of its URL. Models checkName.
pub(super) fn check_name(name: &str, wanted: &str) -> Result<(), Status> {
    if name.is_empty() {
        let message = format!("the name of the object ({wanted} based on URL) was undeterminable: name must be provided");
        return Err(Status::bad_request(message));
    }
    if name != wanted {
        return Err(Status::bad_request(format!("the name of the object ({name}) does not match the name on the URL ({wanted})")));
    }
    Ok(())
}

/// A body names no other namespace than its URL. Models EnsureObjectNamespaceMatchesRequestNamespace.
pub(super) fn check_namespace(namespace: &str, wanted: &str) -> Result<(), Status> {
    if namespace.is_empty() || namespace == wanted {
        return Ok(());
    }
    Err(Status::bad_request("the namespace of the provided object does not match the namespace sent on the request"))
}

/// Kinds whose objects a PUT may make. Models AllowCreateOnUpdate.
fn is_made_by_put(kind: Kind) -> bool {
    matches!(kind, Kind::Service | Kind::Endpoints | Kind::Event | Kind::LimitRange | Kind::Lease)
}

/// A bare `Success`.
pub(super) fn success(code: u16) -> Response {
    Response::json(code, &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": code }))
}

/// `POST …/pods/x/binding`
pub(super) fn bind(server: &ApiServer, request: &Request, key: &Key) -> Result<Response, Status> {
    let options = options(request, "CreateOptions")?;
    let (mut object, warnings) = body(request, Kind::Binding)?;
    place(&mut object, &key.namespace)?;
    let Object::Binding(binding) = object else { return Err(Status::bad_request("not a Binding")) };
    // `POST …/bindings` names the pod in the body only.
    let name = binding.metadata.name.as_deref().unwrap_or_default();
    if !key.name.is_empty() && name != &*key.name {
        return Err(Status::bad_request("name in URL does not match name in Binding object"));
    }
    let errors = crate::api::validation::validate_binding(&binding);
    if let Some(message) = crate::api::go::aggregate(&errors.iter().map(ToString::to_string).collect::<Vec<_>>()) {
        return Err(Status::new(500, "", message));
    }
    let node = binding.target.name.clone().unwrap_or_default();
    server.bind(&request.origin, &key.namespace, name, &node, options)?;
    Ok(success(201).with_warnings(warnings))
}
