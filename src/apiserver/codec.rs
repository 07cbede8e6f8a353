//! Between the wire and typed objects: strict decoding, defaulting, validation, each by its own part of `api`.

use serde_json::Value;

use crate::api::{Kind, Object, Status};

/// What to do about fields that the schema does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FieldValidation {
    /// Drop them silently.
    Ignore,
    /// Drop them with a warning; the server's default.
    #[default]
    Warn,
    /// Refuse the object.
    Strict,
}

/// Reads a request's body, with the warnings of the reading.
pub(super) fn decode_body(
    kind: Kind,
    body: &[u8],
    _content_type: &str,
    validation: FieldValidation,
) -> Result<(Object, Vec<String>), Status> {
    let value: Value = serde_json::from_slice(body).map_err(|error| Status::bad_request(error.to_string()))?;
    decode(kind, value, validation)
}

/// Reads an object of `kind`, with the warnings of the reading.
pub(super) fn decode(kind: Kind, value: Value, _validation: FieldValidation) -> Result<(Object, Vec<String>), Status> {
    let object = Object::from_json(kind, value).map_err(|error| Status::bad_request(error.to_string()))?;
    Ok((object, Vec::new()))
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
pub(super) fn set_defaults(_object: &mut Object) {}

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
