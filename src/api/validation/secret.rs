//! Secrets. Models ValidateSecret.

use k8s_openapi::api::core::v1::Secret;

use super::configmap::{MAX_SIZE, SEALED};
use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{IMMUTABLE, push_invalid, text, validate_object_meta, validate_object_meta_update};
use super::names;

const ACCOUNT_NAME: &str = "kubernetes.io/service-account.name";

/// A new Secret.
pub fn validate_create(secret: &Secret) -> ErrorList {
    let mut errors = ErrorList::new();
    validate(secret, &mut errors);
    errors
}

fn validate(secret: &Secret, errors: &mut ErrorList) {
    validate_object_meta(&secret.metadata, true, names::name_is_subdomain, errors);
    let path = Path::new("data");
    let mut size = 0;
    for (key, value) in secret.data.iter().flatten() {
        push_invalid(names::config_map_key(key), key, &path.key(key), errors);
        size += value.0.len();
    }
    if size > MAX_SIZE {
        errors.push(Error::too_long(&path, MAX_SIZE));
    }
    validate_type(secret, &path, errors);
}

fn validate_type(secret: &Secret, path: &Path, errors: &mut ErrorList) {
    let value = |key: &str| secret.data.as_ref().and_then(|data| data.get(key));
    let mut require = |key: &str, missing: bool| {
        if missing {
            errors.push(Error::required(&path.key(key), ""));
        }
    };
    match text(&secret.type_) {
        "kubernetes.io/service-account-token" => {
            let annotations = secret.metadata.annotations.as_ref();
            if annotations.and_then(|annotations| annotations.get(ACCOUNT_NAME)).is_none_or(String::is_empty) {
                let path = Path::new("metadata").child("annotations").key(ACCOUNT_NAME);
                errors.push(Error::required(&path, ""));
            }
        }
        "kubernetes.io/dockercfg" => validate_json(secret, ".dockercfg", path, errors),
        "kubernetes.io/dockerconfigjson" => validate_json(secret, ".dockerconfigjson", path, errors),
        "kubernetes.io/basic-auth" => {
            let missing = value("username").is_none() && value("password").is_none();
            require("username", missing);
            require("password", missing);
        }
        "kubernetes.io/ssh-auth" => require("ssh-privatekey", value("ssh-privatekey").is_none_or(|key| key.0.is_empty())),
        "kubernetes.io/tls" => {
            require("tls.crt", value("tls.crt").is_none());
            require("tls.key", value("tls.key").is_none());
        }
        _ => {}
    }
}

fn validate_json(secret: &Secret, key: &str, path: &Path, errors: &mut ErrorList) {
    let path = path.key(key);
    let Some(value) = secret.data.as_ref().and_then(|data| data.get(key)) else {
        errors.push(Error::required(&path, ""));
        return;
    };
    if let Some(fault) = go_json_fault(&value.0) {
        errors.push(Error::invalid(&path, "<secret contents redacted>", fault));
    }
}

/// What Go says of bytes that are no JSON object.
fn go_json_fault(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let start = text.trim_start();
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(serde_json::Value::Object(_) | serde_json::Value::Null) => None,
        Ok(other) => {
            let kind = match other {
                serde_json::Value::String(_) => "string",
                serde_json::Value::Number(_) => "number",
                serde_json::Value::Bool(_) => "bool",
                _ => "array",
            };
            Some(format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"))
        }
        Err(error) if error.is_eof() => Some("unexpected end of JSON input".to_owned()),
        Err(error) => {
            let offset = error.column().saturating_sub(1);
            let found = text.chars().nth(offset).or(start.chars().next()).unwrap_or(' ');
            let place = if start.starts_with(['{', '[', '"']) {
                "looking for beginning of object key string"
            } else {
                "looking for beginning of value"
            };
            Some(format!("invalid character '{found}' {place}"))
        }
    }
}

/// A changed Secret.
pub fn validate_update(new: &Secret, old: &Secret) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    if text(&new.type_) != text(&old.type_) {
        errors.push(Error::invalid(&Path::new("type"), BadValue::word(text(&new.type_)), IMMUTABLE));
    }
    if old.immutable == Some(true) {
        let changed = [("immutable", new.immutable != Some(true)), ("data", new.data != old.data)];
        for (name, _) in changed.iter().filter(|(_, changed)| *changed) {
            errors.push(Error::forbidden(&Path::new(name), SEALED));
        }
    }
    validate(new, &mut errors);
    errors
}
