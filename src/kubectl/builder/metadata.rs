//! What Go's decoder says of metadata of the wrong types. Models cli-runtime's metadataValidatingDecoder.

use crate::kubectl::printers::gofmt::json_name;
use serde_json::Value;

fn refuse(value: &Value, owner: &str, path: &str, wanted: &str) -> Option<String> {
    Some(format!("json: cannot unmarshal {} into Go struct field {owner}.{path} of type {wanted}", json_name(value)))
}

/// The decoder's words, if the metadata cannot be decoded.
pub fn metadata_error(document: &Value) -> Option<String> {
    let metadata = document.get("metadata")?;
    if metadata.is_null() {
        return None;
    }
    let Some(map) = metadata.as_object() else { return refuse(metadata, "metadataOnlyObject", "metadata", "v1.ObjectMeta") };
    for (key, value) in map {
        if value.is_null() {
            continue;
        }
        let path = format!("metadata.{key}");
        let wrong = match key.as_str() {
            "name" | "generateName" | "namespace" | "selfLink" | "resourceVersion" if !value.is_string() => {
                refuse(value, "ObjectMeta", &path, "string")
            }
            "uid" if !value.is_string() => refuse(value, "ObjectMeta", &path, "types.UID"),
            "generation" | "deletionGracePeriodSeconds" if !value.is_number() => refuse(value, "ObjectMeta", &path, "int64"),
            "labels" | "annotations" => strings(value, &path),
            "finalizers" => match value.as_array() {
                None => refuse(value, "ObjectMeta", &path, "[]string"),
                Some(items) => items.iter().find(|i| !i.is_string()).and_then(|i| refuse(i, "ObjectMeta", &path, "string")),
            },
            "ownerReferences" if !value.is_array() => refuse(value, "ObjectMeta", &path, "[]v1.OwnerReference"),
            "managedFields" if !value.is_array() => refuse(value, "ObjectMeta", &path, "[]v1.ManagedFieldsEntry"),
            "creationTimestamp" | "deletionTimestamp" => time(value),
            _ => None,
        };
        if wrong.is_some() {
            return wrong;
        }
    }
    None
}

fn strings(value: &Value, path: &str) -> Option<String> {
    let Some(map) = value.as_object() else { return refuse(value, "ObjectMeta", path, "map[string]string") };
    map.values().find(|v| !v.is_string() && !v.is_null()).and_then(|v| refuse(v, "ObjectMeta", path, "string"))
}

fn time(value: &Value) -> Option<String> {
    let Some(text) = value.as_str() else {
        return Some(format!("json: cannot unmarshal {} into Go value of type string", json_name(value)));
    };
    if text.is_empty() || text.parse::<jiff::Timestamp>().is_ok() {
        return None;
    }
    let layout = "2006-01-02T15:04:05Z07:00";
    let quoted = crate::kubectl::printers::gofmt::quote(text);
    Some(format!("parsing time {quoted} as \"{layout}\": cannot parse {quoted} as \"2006\""))
}
