//! Between the wire and typed objects: strict decoding, defaulting, validation, each by its own part of `api`.

use serde_json::Value;

use crate::api::decode::{self, Language};
use crate::api::{Kind, Object, Status};

pub use crate::api::decode::FieldValidation;

/// Reads a request's body, with the warnings of the reading.
pub(super) fn decode_body(
    kind: Kind,
    body: &[u8],
    content_type: &str,
    validation: FieldValidation,
) -> Result<(Object, Vec<String>), Status> {
    let media = content_type.split(';').next().unwrap_or_default().trim();
    let language = match media {
        "application/yaml" | "application/x-yaml" | "text/yaml" => Language::Yaml,
        "" | "application/json" | "*/*" => Language::Json,
        other => {
            let message = format!(
                "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, not {other}"
            );
            return Err(Status::new(415, "UnsupportedMediaType", message));
        }
    };
    let decoded = decode::decode(kind, body, language, validation).map_err(Status::bad_request)?;
    Ok((decoded.object, decoded.warnings))
}

/// Reads an object of `kind` from a patched document, with the warnings of the reading.
pub(super) fn decode(kind: Kind, value: Value, validation: FieldValidation) -> Result<(Object, Vec<String>), Status> {
    let body = serde_json::to_vec(&value).map_err(Status::internal)?;
    decode_body(kind, &body, "application/json", validation)
}

/// Applies a patch of this content type to an object.
pub(super) fn patch(_kind: Kind, mut object: Value, content_type: &str, patch: &[u8]) -> Result<Value, Status> {
    let patch: Value = serde_json::from_slice(patch).map_err(|error| Status::bad_request(error.to_string()))?;
    match content_type {
        "application/merge-patch+json" | "application/strategic-merge-patch+json" => {
            super::rest::merge_patch(&mut object, &patch);
            Ok(object)
        }
        other => Err(Status::new(
            415,
            "UnsupportedMediaType",
            format!("the body of the request was in an unknown format - accepted media types include: {other}"),
        )),
    }
}

/// Fills in what was left out.
pub(super) fn set_defaults(object: &mut Object) {
    crate::api::defaults::set_defaults(object);
}

/// What is wrong with a new object.
pub(super) fn validate_create(_object: &Object) -> Result<(), Status> {
    Ok(())
}

/// What is wrong with a change.
pub(super) fn validate_update(_new: &Object, _old: &Object) -> Result<(), Status> {
    Ok(())
}

/// What is allowed but unwise about an object.
pub(super) fn warnings(_object: &Object) -> Vec<String> {
    Vec::new()
}
