//! Whether a configuration fits the schema, in structured-merge-diff's words.
use super::sets::{ListKind, key_element, list_kind};
use crate::api::schema::{Field, Schema, Shape, TypeInfo};
use serde_json::{Map, Value};

pub(super) fn check(root: &'static TypeInfo, config: &Value) -> Result<(), String> {
    match config {
        Value::Object(entries) => structure(root, entries, ""),
        _ => Err("expected map".to_string()),
    }
}

fn structure(info: &'static TypeInfo, entries: &Map<String, Value>, path: &str) -> Result<(), String> {
    for (key, value) in entries {
        let here = format!("{path}.{key}");
        match info.field(key) {
            None => return Err(format!("{here}: field not declared in schema")),
            Some(field) => check_field(field, value, &here)?,
        }
    }
    Ok(())
}

fn check_field(field: &'static Field, value: &Value, path: &str) -> Result<(), String> {
    let got = go_name(value);
    let expected = |what: &str| Err(format!("{path}: expected {what}, got &{{{}}}", shown(value)));
    match (&field.go_type.shape, value) {
        (_, Value::Null) | (Shape::Any, _) => Ok(()),
        (Shape::Struct(id), Value::Object(entries)) => match Schema::get().info(*id) {
            Some(info) => structure(info, entries, path),
            None => Ok(()),
        },
        (Shape::Struct(_) | Shape::Map(_), other) if !other.is_object() => expected("map"),
        (Shape::Map(item), Value::Object(entries)) => {
            entries.iter().try_for_each(|(key, value)| scalar(&item.shape, value, &format!("{path}.{key}"), go_name(value)))
        }
        (Shape::List(item), Value::Array(items)) => {
            duplicates(field, items, path)?;
            let struct_info = match &item.shape {
                Shape::Struct(id) => Schema::get().info(*id),
                _ => None,
            };
            for (index, value) in items.iter().enumerate() {
                let element = match list_kind(field) {
                    ListKind::Map(keys) => shown_key(value, keys),
                    ListKind::Set => format!("[={value}]"),
                    ListKind::Atomic => format!("[{index}]"),
                };
                let here = format!("{path}{element}");
                match (struct_info, value) {
                    (Some(info), Value::Object(entries)) => structure(info, entries, &here)?,
                    (Some(_), other) => return Err(format!("{here}: expected map, got &{{{}}}", shown(other))),
                    (None, value) => scalar(&item.shape, value, &here, go_name(value))?,
                }
            }
            Ok(())
        }
        (Shape::List(_), _) => expected("list"),
        (shape, value) => scalar(shape, value, path, got),
    }
}

fn duplicates(field: &Field, items: &[Value], path: &str) -> Result<(), String> {
    let mut seen = Vec::new();
    for item in items {
        let element = match list_kind(field) {
            ListKind::Atomic => return Ok(()),
            ListKind::Set => format!("[={item}]"),
            ListKind::Map(keys) => shown_key(item, keys),
        };
        if seen.contains(&element) {
            return Err(format!("{path}: duplicate entries for key {element}"));
        }
        seen.push(element);
    }
    Ok(())
}

fn shown_key(item: &Value, keys: &[String]) -> String {
    let element = key_element(item, keys);
    let pairs: Value = element.strip_prefix("k:").and_then(|keys| serde_json::from_str(keys).ok()).unwrap_or_default();
    let pairs: Vec<String> = pairs.as_object().into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
    format!("[{}]", pairs.join(","))
}

fn scalar(shape: &Shape, value: &Value, path: &str, got: &str) -> Result<(), String> {
    let wanted = match (shape, value) {
        (_, Value::Null) | (Shape::String(_) | Shape::Bytes | Shape::Time | Shape::MicroTime, Value::String(_)) => return Ok(()),
        (Shape::Bool, Value::Bool(_)) | (Shape::Int32 | Shape::Int64, Value::Number(_)) => return Ok(()),
        (Shape::Quantity | Shape::IntOrString, Value::String(_) | Value::Number(_)) | (Shape::Any, _) => return Ok(()),
        (Shape::Bool, _) => "boolean",
        (Shape::Int32 | Shape::Int64, _) => "numeric (int or float)",
        _ => "string",
    };
    Err(format!("{path}: expected {wanted}, got {got}"))
}

fn go_name(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() => "int",
        Value::Number(_) => "float",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
        Value::Null => "null",
    }
}

fn shown(value: &Value) -> String {
    crate::api::patch::go_value(value)
}
