//! Secrets. Models ValidateSecret.

use k8s_openapi::api::core::v1::Secret;

use super::configmap::{MAX_SIZE, SEALED};
use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{IMMUTABLE, push_invalid, text, validate_object_meta, validate_object_meta_update};
use super::names;
use crate::api::json::Node;

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
    match Node::parse(bytes) {
        Ok(Node::Object(_) | Node::Null) => None,
        Ok(other) => Some(other.not_an_object()),
        Err(fault) => Some(fault),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_docker_config() {
        let fault = |text: &str| go_json_fault(text.as_bytes()).unwrap_or_default();
        assert_eq!(fault("{\"auths\": {}}"), "");
        assert_eq!(fault(""), "unexpected end of JSON input");
        assert_eq!(fault("auths"), "invalid character 'a' looking for beginning of value");
        assert_eq!(fault("{a: 1}"), "invalid character 'a' looking for beginning of object key string");
        assert_eq!(fault("{\"a\" 1}"), "invalid character '1' after object key");
        assert_eq!(fault("{\"a\": 1 2}"), "invalid character '2' after object key:value pair");
        assert_eq!(fault("{} x"), "invalid character 'x' after top-level value");
        assert_eq!(fault("[1]"), "json: cannot unmarshal array into Go value of type map[string]interface {}");
    }
}
