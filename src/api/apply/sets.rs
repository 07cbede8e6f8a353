//! The fields that an object sets. Models toFieldSet and Compare of structured-merge-diff `typed`.
use super::field_set::FieldSet;
use crate::api::schema::{Field, Schema, Shape, TypeInfo};
use serde_json::{Map, Value};

/// Paths nobody owns. Models fieldmanager's stripMeta.
const OWNERLESS: &[&[&str]] = &[
    &["f:apiVersion"],
    &["f:kind"],
    &["f:metadata", "f:name"],
    &["f:metadata", "f:namespace"],
    &["f:metadata", "f:creationTimestamp"],
    &["f:metadata", "f:selfLink"],
    &["f:metadata", "f:uid"],
    &["f:metadata", "f:generation"],
    &["f:metadata", "f:managedFields"],
    &["f:metadata", "f:resourceVersion"],
];

/// How a list's items are told apart.
pub(super) enum ListKind<'f> {
    /// One value.
    Atomic,
    /// By some of their fields.
    Map(&'f [String]),
    /// By themselves.
    Set,
}

pub(super) fn list_kind(field: &Field) -> ListKind<'_> {
    match field.list_type.as_str() {
        "map" if !field.list_map_keys.is_empty() => ListKind::Map(&field.list_map_keys),
        "set" => ListKind::Set,
        _ => ListKind::Atomic,
    }
}

/// A map or a struct that is owned as a whole.
pub(super) fn is_atomic(field: &Field) -> bool {
    let atomic_struct = match &field.go_type.shape {
        Shape::Struct(id) => Schema::get().info(*id).is_some_and(|info| info.atomic),
        _ => false,
    };
    atomic_struct || field.list_type == "atomic"
}

/// `k:{"containerPort":80,"protocol":"TCP"}`; a missing protocol is TCP, as the schema's default says.
pub(super) fn key_element(item: &Value, keys: &[String]) -> String {
    let mut found = Map::new();
    for key in keys {
        match item.get(key) {
            Some(value) => {
                found.insert(key.clone(), value.clone());
            }
            None if key == "protocol" => {
                found.insert(key.clone(), Value::from("TCP"));
            }
            None => {}
        }
    }
    format!("k:{}", Value::Object(found))
}

/// Which paths count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Paths {
    /// What an applied configuration owns: leaves and items.
    Leaves,
    /// Every path, the objects in between as well.
    All,
}

/// What a configuration sets.
pub(super) fn of_config(root: &'static TypeInfo, config: &Value) -> FieldSet {
    collect(root, config, Paths::Leaves)
}

/// What is set in an object that somebody wrote as a whole. Models what an Update that creates it owns: what Go
/// always writes (structs that are no pointers) is not counted.
pub(super) fn of_object(root: &'static TypeInfo, value: &Value) -> FieldSet {
    let mut zero = Map::new();
    crate::api::encode::complete(root, &mut zero);
    let base = collect(root, &Value::Object(zero), Paths::All);
    collect(root, value, Paths::All).difference(&base)
}

fn collect(root: &'static TypeInfo, value: &Value, paths: Paths) -> FieldSet {
    let mut walker = Walker { set: FieldSet::default(), path: Vec::new(), paths };
    if let Some(entries) = value.as_object() {
        walker.structure(root, entries);
    }
    OWNERLESS.iter().fold(walker.set, |set, path| set.without(path))
}

struct Walker {
    set: FieldSet,
    path: Vec<String>,
    paths: Paths,
}

impl Walker {
    fn within(&mut self, element: String, walk: impl FnOnce(&mut Self)) {
        self.path.push(element);
        walk(self);
        self.path.pop();
    }

    fn insert(&mut self) {
        self.set.insert(&self.path);
    }

    fn structure(&mut self, info: &'static TypeInfo, entries: &Map<String, Value>) {
        for (key, value) in entries {
            let Some(field) = info.field(key) else { continue };
            self.within(format!("f:{key}"), |walker| walker.field(field, value));
        }
    }

    fn field(&mut self, field: &'static Field, value: &Value) {
        if self.paths == Paths::All {
            self.insert();
        }
        match (&field.go_type.shape, value) {
            (Shape::Struct(id), Value::Object(entries)) if !is_atomic(field) && !entries.is_empty() => {
                if let Some(info) = Schema::get().info(*id) {
                    self.structure(info, entries);
                }
            }
            (Shape::Map(_), Value::Object(entries)) if !is_atomic(field) && !entries.is_empty() => {
                for key in entries.keys() {
                    self.within(format!("f:{key}"), Self::insert);
                }
            }
            (Shape::List(item), Value::Array(items)) if !items.is_empty() => self.list(field, &item.shape, items),
            _ => self.insert(),
        }
    }

    fn list(&mut self, field: &'static Field, item_shape: &'static Shape, items: &[Value]) {
        match list_kind(field) {
            ListKind::Atomic => self.insert(),
            ListKind::Set => {
                for item in items {
                    self.within(format!("v:{item}"), Self::insert);
                }
            }
            ListKind::Map(keys) => {
                for item in items {
                    self.within(key_element(item, keys), |walker| {
                        walker.insert();
                        if let (Shape::Struct(id), Value::Object(entries)) = (item_shape, item)
                            && let Some(info) = Schema::get().info(*id)
                        {
                            walker.structure(info, entries);
                        }
                    });
                }
            }
        }
    }
}

/// Paths whose values differ or that only `after` has.
pub(super) fn changed(root: &'static TypeInfo, before: &Value, after: &Value) -> FieldSet {
    let set = collect(root, after, Paths::All);
    let mut changed = FieldSet::default();
    let mut path = Vec::new();
    if let Some(entries) = after.as_object() {
        compare_structure(root, before, entries, &mut path, &mut changed);
    }
    OWNERLESS.iter().fold(changed.intersection(&set), |set, path| set.without(path))
}

fn compare_structure(info: &'static TypeInfo, before: &Value, after: &Map<String, Value>, path: &mut Vec<String>, changed: &mut FieldSet) {
    for (key, value) in after {
        let Some(field) = info.field(key) else { continue };
        path.push(format!("f:{key}"));
        compare_field(field, before.get(key), value, path, changed);
        path.pop();
    }
}

fn compare_field(field: &'static Field, before: Option<&Value>, after: &Value, path: &mut Vec<String>, changed: &mut FieldSet) {
    if before == Some(after) {
        return;
    }
    if before.is_none() {
        changed.insert(path);
    }
    let before = before.unwrap_or(&Value::Null);
    match (&field.go_type.shape, after) {
        (Shape::Struct(id), Value::Object(entries)) if !is_atomic(field) => {
            if let Some(info) = Schema::get().info(*id) {
                compare_structure(info, before, entries, path, changed);
            }
        }
        (Shape::Map(_), Value::Object(entries)) if !is_atomic(field) => {
            for (key, value) in entries.iter().filter(|(key, value)| before.get(*key) != Some(*value)) {
                let _ = value;
                path.push(format!("f:{key}"));
                changed.insert(path);
                path.pop();
            }
        }
        (Shape::List(item), Value::Array(items)) => compare_list(field, &item.shape, before, items, path, changed),
        _ => changed.insert(path),
    }
}

fn compare_list(
    field: &'static Field,
    shape: &'static Shape,
    before: &Value,
    after: &[Value],
    path: &mut Vec<String>,
    changed: &mut FieldSet,
) {
    let old = before.as_array().map_or(&[][..], Vec::as_slice);
    match list_kind(field) {
        ListKind::Atomic => changed.insert(path),
        ListKind::Set => {
            for item in after.iter().filter(|item| !old.contains(item)) {
                path.push(format!("v:{item}"));
                changed.insert(path);
                path.pop();
            }
        }
        ListKind::Map(keys) => {
            for item in after {
                let element = key_element(item, keys);
                let there = old.iter().find(|other| key_element(other, keys) == element);
                path.push(element);
                if there.is_none() {
                    changed.insert(path);
                }
                if let (Shape::Struct(id), Value::Object(entries)) = (shape, item)
                    && let Some(info) = Schema::get().info(*id)
                {
                    compare_structure(info, there.unwrap_or(&Value::Null), entries, path, changed);
                }
                path.pop();
            }
        }
    }
}
