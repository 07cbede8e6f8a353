//! ConfigMaps. Models ValidateConfigMap.

use k8s_openapi::api::core::v1::ConfigMap;

use super::field::{Error, ErrorList, Path};
use super::meta::{push_invalid, validate_object_meta, validate_object_meta_update};
use super::names;

/// All values together, in bytes.
pub const MAX_SIZE: usize = 1024 * 1024;
/// What is said of a change to what may not change.
pub const SEALED: &str = "field is immutable when `immutable` is set";

/// A new ConfigMap.
pub fn validate_create(map: &ConfigMap) -> ErrorList {
    let mut errors = ErrorList::new();
    validate(map, &mut errors);
    errors
}

fn validate(map: &ConfigMap, errors: &mut ErrorList) {
    validate_object_meta(&map.metadata, true, names::name_is_subdomain, errors);
    let mut size = 0;
    for (key, value) in map.data.iter().flatten() {
        let path = Path::new("data").key(key);
        push_invalid(names::config_map_key(key), key, &path, errors);
        if map.binary_data.as_ref().is_some_and(|binary| binary.contains_key(key)) {
            errors.push(Error::invalid(&path, key, "duplicate of key present in binaryData"));
        }
        size += value.len();
    }
    for (key, value) in map.binary_data.iter().flatten() {
        push_invalid(names::config_map_key(key), key, &Path::new("binaryData").key(key), errors);
        size += value.0.len();
    }
    if size > MAX_SIZE {
        errors.push(Error::too_long(&Path::new(""), MAX_SIZE));
    }
}

/// A changed ConfigMap.
pub fn validate_update(new: &ConfigMap, old: &ConfigMap) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    if old.immutable == Some(true) {
        let changed = [
            ("immutable", new.immutable != Some(true)),
            ("data", new.data != old.data),
            ("binaryData", new.binary_data != old.binary_data),
        ];
        for (name, _) in changed.iter().filter(|(_, changed)| *changed) {
            errors.push(Error::forbidden(&Path::new(name), SEALED));
        }
    }
    validate(new, &mut errors);
    errors
}
