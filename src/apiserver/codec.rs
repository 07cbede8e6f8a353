//! Between the wire and typed objects: strict decoding, defaulting, validation, each by its own part of `api`.

use std::rc::Rc;

use k8s_openapi::api::core::v1::Service;
use serde_json::Value;

use super::Subresource;
use crate::api::decode::{self, Language};
use crate::api::patch::PatchType;
use crate::api::{Kind, Object, Status, validation};

pub use crate::api::decode::FieldValidation;

const NO_PROTOBUF: &str = "protobuf is not simulated in Podground";

/// Reads a request's body, with the warnings of the reading.
pub(super) fn decode_body(kind: Kind, body: &[u8], content_type: &str, fields: FieldValidation) -> Result<(Object, Vec<String>), Status> {
    let language = language(content_type, || no_protobuf(kind, body))?;
    let decoded = decode::decode(kind, body, language, fields).map_err(Status::bad_request)?;
    let (object, mut warnings) = (decoded.object, decoded.warnings);
    warnings.extend(validation::early_warnings(&object));
    Ok((object, warnings))
}

/// The language of a body of this type; `protobuf` says why that one is not read.
fn language(content_type: &str, protobuf: impl FnOnce() -> String) -> Result<Language, Status> {
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/yaml" => Ok(Language::Yaml),
        "" | "application/json" => Ok(Language::Json),
        "application/vnd.kubernetes.protobuf" => Err(Status::bad_request(protobuf())),
        _ => {
            let message = "the body of the request was in an unknown format - accepted media types include: application/json, \
                           application/yaml, application/vnd.kubernetes.protobuf";
            Err(Status::new(415, "UnsupportedMediaType", message))
        }
    }
}

/// Reads a body as what is no stored kind, with the warnings of the reading.
pub(super) fn decode_unstored(
    kind: (&str, &str),
    body: &[u8],
    content_type: &str,
    fields: FieldValidation,
) -> Result<(Value, Vec<String>), Status> {
    let language = language(content_type, || NO_PROTOBUF.to_owned())?;
    decode::decode_unstored(kind, body, language, fields).map_err(Status::bad_request)
}

/// Reads the body of a deletion.
pub(super) fn decode_delete_options(body: &[u8], content_type: &str) -> Result<Value, Status> {
    let language = language(content_type, || NO_PROTOBUF.to_owned())?;
    decode::decode_delete_options(body, language).map_err(Status::bad_request)
}

/// A patch of a type that the server does not know.
pub(super) fn unsupported_patch() -> Status {
    let mut status = Status::new(415, "UnsupportedMediaType", "415: Unsupported Media Type");
    status.details = Some(Box::default());
    status
}

/// Podground reads no protobuf: what does not begin like it is refused as Kubernetes does, the rest in words of its own.
fn no_protobuf(kind: Kind, body: &[u8]) -> String {
    const PREFIX: &[u8] = b"k8s\0";
    let subject = format!("the object provided is unrecognized (must be of type {})", kind.info().kind);
    if body.starts_with(PREFIX) {
        return format!("{subject}: {NO_PROTOBUF}");
    }
    format!(
        "{subject}: provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({})",
        decode::summarize(body)
    )
}

/// Applies a patch of this content type to an object, and reads the result.
pub(super) fn patch(
    kind: Kind,
    object: Value,
    content_type: &str,
    body: &[u8],
    fields: FieldValidation,
) -> Result<(Object, Vec<String>), Status> {
    let Some(patch_type) = PatchType::from_content_type(content_type) else {
        return Err(unsupported_patch());
    };
    let patched = crate::api::patch::apply(kind, object, patch_type, body, fields)?;
    let mut warnings = patched.warnings;
    warnings.extend(validation::early_warnings(&patched.object));
    Ok((patched.object, warnings))
}

/// Fills in what was left out.
pub(super) fn set_defaults(object: &mut Object) {
    crate::api::defaults::set_defaults(object);
}

/// What is wrong with a new object.
pub(super) fn validate_create(object: &Object) -> Result<(), Status> {
    refuse(object, &validation::validate_create(object))?;
    validate_labels(object)
}

/// The PodSecurity admission plugin's check of a namespace that is otherwise right.
fn validate_labels(object: &Object) -> Result<(), Status> {
    match object {
        Object::Namespace(namespace) => refuse(object, &validation::validate_pod_security_labels(namespace)),
        _ => Ok(()),
    }
}

fn refuse(object: &Object, errors: &[validation::field::Error]) -> Result<(), Status> {
    validation::refusal(object.kind(), object.name(), errors).map_or(Ok(()), Err)
}

/// What is wrong with a change.
pub(super) fn validate_update(new: &Object, old: &Object, subresource: Subresource) -> Result<(), Status> {
    let errors = match (subresource, new, old) {
        (Subresource::Status, _, _) => validation::validate_status_update(new, old),
        (Subresource::EphemeralContainers, Object::Pod(new), Object::Pod(old)) => {
            validation::validate_ephemeral_containers_update(new, old)
        }
        (Subresource::Resize, Object::Pod(new), Object::Pod(old)) => validation::validate_resize(new, old),
        (Subresource::Finalize, Object::Namespace(new), Object::Namespace(old)) => validation::validate_finalize(new, old),
        _ => validation::validate_update(new, old),
    };
    refuse(new, &errors)?;
    validate_labels(new)
}

/// Settles a service's address families, which comes before its validation.
pub(super) fn prepare_service(object: &mut Object, old: Option<&Object>) -> Result<(), Status> {
    let old = old.and_then(Object::typed::<Service>);
    let errors = match object {
        Object::Service(service) => {
            let service = Rc::make_mut(service);
            validation::normalize_cluster_ips(service, old.as_deref());
            validation::init_service_families(service, old.as_deref())
        }
        _ => Vec::new(),
    };
    refuse(object, &errors)
}

/// What is allowed but unwise about a new object.
pub(super) fn warnings(object: &Object) -> Vec<String> {
    validation::warnings(object)
}

/// What is allowed but unwise about a changed object.
pub(super) fn update_warnings(new: &Object, old: &Object) -> Vec<String> {
    validation::warnings_for_update(new, old)
}
