//! Merging a configuration into an object, and removing what an applier gave up. Models structured-merge-diff `typed`.
use super::field_set::FieldSet;
use super::sets::{ListKind, is_atomic, key_element, list_kind};
use crate::api::schema::{Field, Schema, Shape, TypeInfo};
use serde_json::{Map, Value};

pub(super) fn merge(root: &'static TypeInfo, live: &Value, config: &Value) -> Value {
    match (live, config) {
        (Value::Object(live), Value::Object(config)) => Value::Object(merge_structure(root, live.clone(), config)),
        _ => config.clone(),
    }
}

fn merge_structure(info: &'static TypeInfo, mut live: Map<String, Value>, config: &Map<String, Value>) -> Map<String, Value> {
    for (key, value) in config {
        let merged = match (info.field(key), live.remove(key)) {
            (Some(field), Some(there)) => merge_field(field, there, value),
            _ => value.clone(),
        };
        live.insert(key.clone(), merged);
    }
    live
}

fn merge_field(field: &'static Field, live: Value, config: &Value) -> Value {
    match (&field.go_type.shape, live, config) {
        (Shape::Struct(id), Value::Object(live), Value::Object(config)) if !is_atomic(field) => match Schema::get().info(*id) {
            Some(info) => Value::Object(merge_structure(info, live, config)),
            None => Value::Object(config.clone()),
        },
        (Shape::Map(_), Value::Object(mut live), Value::Object(config)) if !is_atomic(field) => {
            live.extend(config.clone());
            Value::Object(live)
        }
        (Shape::List(item), Value::Array(live), Value::Array(config)) => Value::Array(merge_list(field, &item.shape, live, config)),
        (_, _, config) => config.clone(),
    }
}

fn merge_list(field: &'static Field, shape: &'static Shape, mut live: Vec<Value>, config: &[Value]) -> Vec<Value> {
    match list_kind(field) {
        ListKind::Atomic => config.to_vec(),
        ListKind::Set => {
            for item in config {
                if !live.contains(item) {
                    live.push(item.clone());
                }
            }
            live
        }
        ListKind::Map(keys) => {
            for item in config {
                let element = key_element(item, keys);
                let there = live.iter_mut().find(|other| key_element(other, keys) == element);
                match (there, shape, item) {
                    (Some(there), Shape::Struct(id), Value::Object(entries)) => {
                        if let (Some(info), Value::Object(before)) = (Schema::get().info(*id), std::mem::take(there)) {
                            *there = Value::Object(merge_structure(info, before, entries));
                        }
                    }
                    _ => live.push(item.clone()),
                }
            }
            live
        }
    }
}

/// Removes the fields of a set, and lists and maps that become empty by it.
pub(super) fn remove(root: &'static TypeInfo, value: &mut Value, fields: &FieldSet) {
    if let (Value::Object(entries), false) = (value, fields.is_empty()) {
        remove_structure(root, entries, fields);
    }
}

fn remove_structure(info: &'static TypeInfo, entries: &mut Map<String, Value>, fields: &FieldSet) {
    let keys: Vec<String> = entries.keys().cloned().collect();
    for key in keys {
        let Some((below, member)) = fields.below(&format!("f:{key}")) else { continue };
        let Some(field) = info.field(&key) else { continue };
        if member && below.is_empty() {
            entries.remove(&key);
            continue;
        }
        let Some(value) = entries.get_mut(&key) else { continue };
        remove_field(field, value, below);
        let emptied = value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        if emptied {
            entries.remove(&key);
        }
    }
}

fn remove_field(field: &'static Field, value: &mut Value, below: &FieldSet) {
    match (&field.go_type.shape, value) {
        (Shape::Struct(id), Value::Object(entries)) => {
            if let Some(info) = Schema::get().info(*id) {
                remove_structure(info, entries, below);
            }
        }
        (Shape::Map(_), Value::Object(entries)) => entries.retain(|key, _| below.below(&format!("f:{key}")).is_none()),
        (Shape::List(item), Value::Array(items)) => match list_kind(field) {
            ListKind::Atomic => {}
            ListKind::Set => items.retain(|item| below.below(&format!("v:{item}")).is_none()),
            ListKind::Map(keys) => {
                // An item goes when it itself was given up; else only the fields that were.
                items.retain(|item| below.below(&key_element(item, keys)).is_none_or(|(_, member)| !member));
                for entry in items.iter_mut() {
                    let element = key_element(entry, keys);
                    if let (Some((inner, _)), Shape::Struct(id), Value::Object(entries)) = (below.below(&element), &item.shape, entry)
                        && let Some(info) = Schema::get().info(*id)
                    {
                        remove_structure(info, entries, inner);
                    }
                }
            }
        },
        _ => {}
    }
}
