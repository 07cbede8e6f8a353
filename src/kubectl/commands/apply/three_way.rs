//! The three-way strategic merge patch. Models apimachinery/pkg/util/strategicpatch.

use crate::api::Kind;
use crate::api::schema::{Field, Schema, Shape, TypeInfo};
use crate::kubectl::commands::create::last_applied;
use serde_json::{Map, Value, json};

/// What turns `current` into `modified`, and removes what `original` had and `modified` has no more.
pub fn patch(kind: Kind, original: &Value, modified: &Value, current: &Value) -> Value {
    let info = Schema::get().kind(kind.info().group, kind.info().kind);
    let empty = Map::new();
    let map = |v: &'_ Value| v.as_object().cloned().unwrap_or_else(|| empty.clone());
    Value::Object(maps(&map(original), &map(modified), &map(current), info))
}

/// The same, with what `current` was last applied as.
pub fn since_last_applied(kind: Kind, modified: &Value, current: &Value) -> Value {
    let original = last_applied(current).and_then(|text| serde_json::from_str(text).ok()).unwrap_or(json!({}));
    patch(kind, &original, modified, current)
}

type Object = Map<String, Value>;

fn struct_of(field: Option<&'static Field>) -> Option<&'static TypeInfo> {
    match field?.go_type.shape.innermost() {
        Shape::Struct(id) => Schema::get().info(*id),
        _ => None,
    }
}

fn maps(original: &Object, modified: &Object, current: &Object, info: Option<&'static TypeInfo>) -> Object {
    let mut patch = Object::new();
    for (key, new) in modified {
        let field = info.and_then(|i| i.field(key));
        let old = original.get(key).unwrap_or(&Value::Null);
        match (new, current.get(key)) {
            (_, None) => {
                patch.insert(key.clone(), new.clone());
            }
            (Value::Object(new), Some(Value::Object(now))) => {
                if replaces(field) {
                    if new != now {
                        patch.insert(key.clone(), Value::Object(new.clone()));
                    }
                    continue;
                }
                let empty = Object::new();
                let inner = struct_of(field).filter(|_| !is_map(field));
                let mut changes = maps(old.as_object().unwrap_or(&empty), new, now, inner);
                if !changes.is_empty() {
                    if field.is_some_and(|f| f.patch_strategy.iter().any(|s| s == "retainKeys")) {
                        changes.insert("$retainKeys".into(), json!(new.keys().collect::<Vec<_>>()));
                    }
                    patch.insert(key.clone(), Value::Object(changes));
                }
            }
            (Value::Array(new), Some(Value::Array(now))) => list(&mut patch, key, old, new, now, field),
            (new, Some(now)) => {
                if !same(new, now) {
                    patch.insert(key.clone(), new.clone());
                }
            }
        }
    }
    for key in original.keys() {
        if !modified.contains_key(key) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    patch
}

/// `1` and `1.0` are the same.
fn same(a: &Value, b: &Value) -> bool {
    a == b || (a.is_number() && b.is_number() && a.as_f64() == b.as_f64())
}

fn is_map(field: Option<&Field>) -> bool {
    field.is_some_and(|f| matches!(f.go_type.shape, Shape::Map(_)))
}

fn replaces(field: Option<&Field>) -> bool {
    field.is_some_and(|f| f.patch_strategy.iter().any(|s| s == "replace"))
}

fn list(patch: &mut Object, key: &str, old: &Value, new: &[Value], now: &[Value], field: Option<&'static Field>) {
    let merges = field.is_some_and(|f| f.patch_strategy.iter().any(|s| s == "merge"));
    let merge_key = field.and_then(|f| f.patch_merge_key.as_deref()).filter(|k| !k.is_empty());
    let old = old.as_array().map_or(&[][..], Vec::as_slice);
    match (merges, merge_key) {
        (true, Some(merge_key)) => keyed(patch, key, merge_key, (old, new, now), struct_of(field)),
        (true, None) => {
            let added: Vec<&Value> = new.iter().filter(|v| !now.contains(v)).collect();
            let removed: Vec<&Value> = old.iter().filter(|v| !new.contains(v)).collect();
            if !removed.is_empty() {
                patch.insert(format!("$deleteFromPrimitiveList/{key}"), json!(removed));
            }
            if !added.is_empty() || !removed.is_empty() {
                patch.insert(format!("$setElementOrder/{key}"), json!(new));
            }
            if !added.is_empty() {
                patch.insert(key.into(), json!(added));
            }
        }
        (false, _) => {
            if new != now {
                patch.insert(key.into(), json!(new));
            }
        }
    }
}

fn keyed(patch: &mut Object, key: &str, merge_key: &str, lists: (&[Value], &[Value], &[Value]), info: Option<&'static TypeInfo>) {
    let (old, new, now) = lists;
    let find = |list: &[Value], id: &Value| list.iter().find(|item| item.get(merge_key) == Some(id)).cloned();
    let empty = Object::new();
    let mut changes = Vec::new();
    for item in new {
        let Some(id) = item.get(merge_key) else { continue };
        let Some(current) = find(now, id) else {
            changes.push(item.clone());
            continue;
        };
        let before = find(old, id).unwrap_or(Value::Null);
        let (Some(item), Some(current)) = (item.as_object(), current.as_object().cloned()) else { continue };
        let mut change = maps(before.as_object().unwrap_or(&empty), item, &current, info);
        if !change.is_empty() {
            change.insert(merge_key.into(), id.clone());
            changes.push(Value::Object(change));
        }
    }
    for item in old {
        if let Some(id) = item.get(merge_key)
            && find(new, id).is_none()
        {
            changes.push(json!({ "$patch": "delete", merge_key: id }));
        }
    }
    if !changes.is_empty() {
        let order: Vec<Value> = new.iter().filter_map(|item| item.get(merge_key)).map(|id| json!({ merge_key: id })).collect();
        patch.insert(format!("$setElementOrder/{key}"), Value::Array(order));
        patch.insert(key.into(), Value::Array(changes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_merge_by_their_keys_and_gone_labels_are_removed() {
        let original =
            json!({"metadata": {"labels": {"app": "web", "tier": "front"}}, "spec": {"containers": [{"name": "a"}, {"name": "b"}]}});
        let modified = json!({"metadata": {"labels": {"tier": "front"}}, "spec": {"containers": [{"name": "a", "image": "x:2"}]}});
        let current = json!({
            "metadata": {"labels": {"app": "web", "tier": "front"}},
            "spec": {"containers": [{"name": "a", "image": "x:1", "imagePullPolicy": "Always"}, {"name": "b", "image": "y"}]},
        });
        assert_eq!(
            patch(Kind::Pod, &original, &modified, &current),
            json!({
                "metadata": {"labels": {"app": null}},
                "spec": {
                    "$setElementOrder/containers": [{"name": "a"}],
                    "containers": [{"image": "x:2", "name": "a"}, {"$patch": "delete", "name": "b"}],
                },
            })
        );
        assert_eq!(patch(Kind::Pod, &modified, &modified, &modified), json!({}));
    }
}
