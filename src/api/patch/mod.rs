//! Patches: JSON, merge, strategic merge; and the patch kubectl apply makes. Models apiserver `handlers/patch.go`,
//! apimachinery `pkg/util/strategicpatch` and evanphx/json-patch.
mod diff;
mod json;
mod list;
mod merge;
mod meta;
mod print;
mod strategic;
mod unstructured;

pub use diff::create_three_way_patch;
pub use print::go_value;

use crate::api::decode::{Decoded, FieldValidation, Language, decode, decode_unstored, decode_value};
use crate::api::json::Node;
use crate::api::status::{Cause, Details};
use crate::api::{Kind, Status, go};
use serde_json::{Map, Value};

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// The most operations that one JSON patch may have.
const MAX_JSON_PATCH_OPERATIONS: usize = 10_000;

/// The language of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchType {
    /// `application/json-patch+json`, RFC 6902.
    Json,
    /// `application/merge-patch+json`, RFC 7386.
    Merge,
    /// `application/strategic-merge-patch+json`.
    Strategic,
}

impl PatchType {
    /// By media type.
    pub fn from_content_type(content_type: &str) -> Option<Self> {
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/json-patch+json" => Some(Self::Json),
            "application/merge-patch+json" => Some(Self::Merge),
            "application/strategic-merge-patch+json" => Some(Self::Strategic),
            _ => None,
        }
    }
}

/// Applies a patch to an object in its JSON form and reads the result. Neither defaults nor checks it.
pub fn apply(kind: Kind, current: Value, patch_type: PatchType, body: &[u8], validation: FieldValidation) -> Result<Decoded, Status> {
    if patch_type == PatchType::Strategic {
        return apply_strategic(kind, current, body, validation);
    }
    let (object, warnings) = read_patched(current, patch_type, body, validation, |text, fields| {
        decode(kind, text, Language::Json, fields).map(|decoded| (decoded.object, decoded.warnings))
    })?;
    Ok(Decoded { object, warnings })
}

/// Applies a patch to what is no stored kind, such as `autoscaling`, `Scale`. Nothing there merges by keys, so a strategic
/// patch is a merge patch.
pub fn apply_unstored(
    kind: (&str, &str),
    current: Value,
    patch_type: PatchType,
    body: &[u8],
    validation: FieldValidation,
) -> Result<(Value, Vec<String>), Status> {
    read_patched(current, patch_type, body, validation, |text, fields| decode_unstored(kind, text, Language::Json, fields))
}

/// Applies a JSON or merge patch and reads the result; what is wrong with it is said with the whole document.
fn read_patched<T>(
    mut document: Value,
    patch_type: PatchType,
    body: &[u8],
    validation: FieldValidation,
    decode: impl FnOnce(&[u8], FieldValidation) -> Result<(T, Vec<String>), String>,
) -> Result<(T, Vec<String>), Status> {
    let mut warnings;
    if patch_type == PatchType::Json {
        let (operations, faults) = json::read(body).map_err(Status::bad_request)?;
        if operations.len() > MAX_JSON_PATCH_OPERATIONS {
            let (allowed, got) = (MAX_JSON_PATCH_OPERATIONS, operations.len());
            let why = format!("The allowed maximum operations in a JSON patch is {allowed}, got {got}");
            return Err(Status::new(413, "RequestEntityTooLarge", format!("Request entity is too large: {why}")));
        }
        warnings = faults;
        document = json::apply(document, &operations).map_err(|_| unprocessable())?;
    } else {
        let (patch, duplicates) = read_object(body).map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
        let patch = patch.ok_or_else(|| Status::bad_request("Invalid JSON Patch"))?;
        merge::apply(&mut document, Value::Object(patch));
        warnings = duplicates;
    }
    let text = document.to_string();
    let decoded = decode(text.as_bytes(), FieldValidation::Warn);
    let (object, unknown) = decoded.map_err(|error| invalid_patch(&text, &decoding_words(error)))?;
    warnings.extend(unknown);
    match validation {
        FieldValidation::Strict if !warnings.is_empty() => {
            Err(invalid_patch(&text, &format!("strict decoding error: {}", warnings.join(", "))))
        }
        FieldValidation::Ignore => Ok((object, Vec::new())),
        _ => Ok((object, warnings)),
    }
}

/// The patcher knows the kind and says only what decoding says.
fn decoding_words(error: String) -> String {
    let said = error.split_once("cannot be handled as a ").and_then(|(_, rest)| rest.split_once(": "));
    said.map(|(_, reason)| reason.to_string()).unwrap_or(error)
}

/// A merge patch applied to any document. RFC 7386, as evanphx/json-patch has it.
pub fn merge_patch(target: &mut Value, patch: Value) {
    merge::apply(target, patch);
}

/// A JSON patch applied to any document. The error says what does not fit.
pub fn json_patch(target: Value, patch: &[u8]) -> Result<Value, String> {
    json::apply(target, &json::read(patch)?.0)
}

/// A strategic merge patch applied to an object of a kind, in JSON. The error is strategicpatch's.
pub fn strategic_merge_patch(kind: Kind, original: Value, patch: Value) -> Result<Value, String> {
    let (Value::Object(original), Value::Object(patch)) = (original, patch) else {
        return Err("invalid JSON document".to_string());
    };
    let info = kind.info();
    let root = meta::Lookup::of_kind(info.group, info.kind);
    strategic::merge_map(original, patch, root, strategic::Options::APPLY).map(Value::Object)
}

fn apply_strategic(kind: Kind, current: Value, body: &[u8], validation: FieldValidation) -> Result<Decoded, Status> {
    let (patch, mut strict) = read_object(body).map_err(Status::bad_request)?;
    let patch = Value::Object(patch.unwrap_or_default());
    let shown = go_value(&patch);
    let patched = strategic_merge_patch(kind, current, patch).map_err(internal)?;
    let unknown = unstructured::check(kind, &patched).map_err(|error| invalid_patch(&shown, &error))?;
    let decoded = decode_value(kind, &patched).map_err(|error| invalid_patch(&shown, &error))?;
    strict.extend(unknown);
    match validation {
        FieldValidation::Strict if !strict.is_empty() => {
            Err(invalid_patch(&shown, &format!("strict decoding error: {}", strict.join(", "))))
        }
        FieldValidation::Warn => Ok(Decoded { object: decoded.object, warnings: strict }),
        _ => Ok(Decoded { object: decoded.object, warnings: Vec::new() }),
    }
}

/// A patch that must be an object: nothing for null; duplicate keys beside it.
fn read_object(body: &[u8]) -> Result<(Option<Object>, Vec<String>), String> {
    let node = Node::parse(body)?;
    let mut duplicates = Vec::new();
    match &node {
        Node::Null => return Ok((None, duplicates)),
        Node::Object(_) => find_duplicates(&node, "", &mut duplicates),
        other => return Err(other.not_an_object()),
    }
    match node.to_value() {
        Value::Object(object) => Ok((Some(object), duplicates)),
        _ => Ok((None, duplicates)),
    }
}

fn find_duplicates(node: &Node<'_>, path: &str, found: &mut Vec<String>) {
    match node {
        Node::Object(entries) => {
            let mut seen: Vec<&str> = Vec::new();
            for (key, value) in entries {
                let here = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
                if seen.contains(&key.as_ref()) {
                    found.push(format!("duplicate field \"{here}\""));
                }
                seen.push(key);
                find_duplicates(value, &here, found);
            }
        }
        Node::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_duplicates(item, &format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
}

/// A 500 that has no reason: what the server says of an error it did not foresee.
fn internal(message: String) -> Status {
    Status::new(500, "", message)
}

fn unprocessable() -> Status {
    let message = "the server rejected our request due to an error in our request";
    Status { details: Some(Box::default()), ..Status::new(422, "Invalid", message) }
}

/// Models the Invalid error of `patch` in `handlers/patch.go`: no kind, no name.
fn invalid_patch(patch: &str, detail: &str) -> Status {
    let message = format!("Invalid value: {}: {detail}", go::quote(patch));
    let cause = Cause { reason: "FieldValueInvalid".to_string(), message: message.clone(), field: "patch".to_string() };
    let details = Details { causes: vec![cause], ..Details::default() };
    Status { details: Some(Box::new(details)), ..Status::new(422, "Invalid", format!(" \"\" is invalid: patch: {message}")) }
}

#[cfg(test)]
mod tests;
