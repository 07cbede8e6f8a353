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
    match patch_type {
        PatchType::Strategic => apply_strategic(kind, current, body, validation),
        PatchType::Json => {
            let operations = json::read(body).map_err(Status::bad_request)?;
            let patched = json::apply(current, &operations).map_err(|_| unprocessable())?;
            read_patched(kind, &patched, Vec::new(), validation)
        }
        PatchType::Merge => {
            let (patch, duplicates) = read_object(body).map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
            let Some(patch) = patch else {
                return Err(Status::bad_request("Invalid JSON Patch"));
            };
            let mut patched = current;
            merge::apply(&mut patched, Value::Object(patch));
            read_patched(kind, &patched, duplicates, validation)
        }
    }
}

/// Applies a patch to what is no stored kind, such as `autoscaling`, `Scale`. Nothing there merges by keys, so a strategic
/// patch is a merge patch.
pub fn apply_unstored(
    kind: (&str, &str),
    mut current: Value,
    patch_type: PatchType,
    body: &[u8],
    validation: FieldValidation,
) -> Result<(Value, Vec<String>), Status> {
    if patch_type == PatchType::Json {
        let operations = json::read(body).map_err(Status::bad_request)?;
        current = json::apply(current, &operations).map_err(|_| unprocessable())?;
    } else {
        let (patch, _) = read_object(body).map_err(|error| Status::bad_request(format!("error decoding patch: {error}")))?;
        merge::apply(&mut current, Value::Object(patch.unwrap_or_default()));
    }
    let text = current.to_string();
    decode_unstored(kind, text.as_bytes(), Language::Json, validation).map_err(|error| invalid_patch(&text, &decoding_words(error)))
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
    json::apply(target, &json::read(patch)?)
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

/// Reads a patched document as an object; what is wrong with it is said with the whole document.
fn read_patched(kind: Kind, patched: &Value, duplicates: Vec<String>, validation: FieldValidation) -> Result<Decoded, Status> {
    let text = patched.to_string();
    let body = decode(kind, text.as_bytes(), Language::Json, FieldValidation::Warn);
    let mut decoded = body.map_err(|error| invalid_patch(&text, &decoding_words(error)))?;
    decoded.warnings.splice(0..0, duplicates);
    match validation {
        FieldValidation::Strict if !decoded.warnings.is_empty() => {
            Err(invalid_patch(&text, &format!("strict decoding error: {}", decoded.warnings.join(", "))))
        }
        FieldValidation::Ignore => Ok(Decoded { warnings: Vec::new(), ..decoded }),
        _ => Ok(decoded),
    }
}

/// A patch that must be an object: nothing for null; duplicate keys beside it.
fn read_object(body: &[u8]) -> Result<(Option<Object>, Vec<String>), String> {
    let node = Node::parse(body)?;
    let mut duplicates = Vec::new();
    match &node {
        Node::Null => return Ok((None, duplicates)),
        Node::Object(_) => find_duplicates(&node, "", &mut duplicates),
        other => return Err(format!("json: cannot unmarshal {} into Go value of type map[string]interface {{}}", other.go_name())),
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
