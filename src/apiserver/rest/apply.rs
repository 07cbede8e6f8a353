//! Server-side apply. Models the applyPatcher of `pkg/endpoints/handlers/patch.go`.

use serde_json::Value;

use super::patch::check_place;
use super::write::{answer as answer_of, field_validation, options};
use super::{ApiServer, Request, Response, managers};
use crate::api::json::Node;
use crate::api::{Key, Kind, Status, apply, decode, yaml};
use crate::apiserver::{FieldValidation, Subresource};

/// The media type of an applied configuration.
pub(super) const CONTENT_TYPE: &str = "application/apply-patch+yaml";

/// Applies the body's configuration; makes the object if there is none.
pub(super) fn answer(server: &ApiServer, request: &Request, key: &Key, part: Subresource) -> Result<Response, Status> {
    let options = options(request, "PatchOptions")?;
    let (config, duplicates) = read(request, key)?;
    let old = match server.get(key) {
        Ok(old) => Some(old),
        Err(status) if status.code == 404 && part == Subresource::None => None,
        Err(status) => return Err(status),
    };
    let Some(manager) = managers::manager(server, request, key.kind, part, true) else {
        return Err(Status::internal("a checked request has a manager"));
    };
    let live = old.as_ref().map_or(Value::Null, |old| old.to_json());
    let applied = apply::apply(key.kind, &live, &config, &manager, request.flag("force"))?;
    if let (Some(duplicates), FieldValidation::Strict) = (duplicates, field_validation(request)) {
        return Err(Status::bad_request(format!("error strict decoding patch: error converting YAML to JSON: {duplicates}")));
    }
    let uid = config["metadata"]["uid"].as_str().unwrap_or_default();
    if old.is_none() && !uid.is_empty() {
        let why = format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found");
        return Err(Status::conflict(key.kind, &key.name, &why));
    }
    let mut decoded = decode::decode_value(key.kind, &applied.value).map_err(Status::bad_request)?;
    if !key.namespace.is_empty() && decoded.object.namespace().is_empty() {
        decoded.object.meta_mut().namespace = Some(key.namespace.to_string());
    }
    check_place(&decoded.object, key)?;
    let mut warnings = Vec::new();
    let (code, done) = match old {
        None => (201, server.create_warned(&request.origin, decoded.object, options, &mut warnings)),
        Some(_) => (200, server.update_warned(&request.origin, decoded.object, part, options, &mut warnings)),
    };
    Ok(answer_of(server, request, code, done, warnings))
}

/// The configuration, with the name of the URL, and what is said of keys that it has twice.
fn read(request: &Request, key: &Key) -> Result<(Value, Option<String>), Status> {
    let refuse = |fault: String| Status::bad_request(format!("error decoding patch: {fault}"));
    let converted = yaml::to_json(&request.body).map_err(|error| refuse(format!("error converting YAML to JSON: {error}")))?;
    let mut config = match &converted.node {
        Node::Object(_) | Node::Null => converted.node.to_value(),
        other => {
            let fault = other.not_an_object();
            return Err(refuse(format!("error unmarshaling JSON: while decoding JSON: {fault}")));
        }
    };
    check_type(&config, key.kind)?;
    if !config["metadata"]["managedFields"].is_null() {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    let Some(object) = config.as_object_mut() else {
        return Err(Status::internal("a configuration with a kind is an object"));
    };
    let metadata = object.entry("metadata").or_insert_with(|| Value::Object(serde_json::Map::new()));
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.remove("managedFields");
        metadata.entry("name").or_insert_with(|| Value::from(key.name.to_string()));
    }
    let name = config["metadata"]["name"].as_str().unwrap_or_default();
    if name != key.name.as_ref() {
        return Err(Status::bad_request(format!("the name of the object ({name}) does not match the name on the URL ({})", key.name)));
    }
    Ok((config, converted.duplicates))
}

fn check_type(config: &Value, kind: Kind) -> Result<(), Status> {
    let info = kind.info();
    let api_version = config["apiVersion"].as_str().unwrap_or_default();
    let name = config["kind"].as_str().unwrap_or_default();
    if api_version == info.api_version() && name == info.kind {
        return Ok(());
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    Err(Status::bad_request(format!("invalid object type: {group}/{version}, Kind={name}")))
}
