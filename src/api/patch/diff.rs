//! The patch from what was applied before, what is applied now and what is there. Models CreateThreeWayMergePatch.
use super::Object;
use super::list::{List, expected_map, items_are_maps, key_of, no_merge_key, sort_as};
use super::meta::Lookup;
use super::print::go_value;
use super::strategic::{DELETE_FROM_LIST, DIRECTIVE, Options, RETAIN_KEYS, SET_ORDER, merge_map};
use crate::api::Kind;
use serde_json::{Value, json};

/// Models DiffOptions.
#[derive(Clone, Copy, Debug)]
struct DiffOptions {
    ignore_changes: bool,
    ignore_deletions: bool,
    set_order: bool,
    retain_keys: bool,
}

/// A strategic merge patch that turns `current` into what `modified` says, deleting what only `original` (the last
/// applied configuration) said. An empty object when there is nothing to do.
pub fn create_three_way_patch(kind: Kind, original: &Value, modified: &Value, current: &Value) -> Result<Value, String> {
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let (original, modified, current) = (object(original), object(modified), object(current));
    let info = kind.info();
    let lookup = Lookup::of_kind(info.group, info.kind);
    let additions = DiffOptions { ignore_changes: false, ignore_deletions: true, set_order: true, retain_keys: false };
    let delta = diff_maps(&current, &modified, lookup, additions)?;
    let removals = DiffOptions { ignore_changes: true, ignore_deletions: false, set_order: true, retain_keys: false };
    let deletions = diff_maps(&original, &modified, lookup, removals)?;
    merge_map(deletions, delta, lookup, Options::COMBINE).map(Value::Object)
}

fn diff_maps(original: &Object, modified: &Object, lookup: Lookup, options: DiffOptions) -> Result<Object, String> {
    let mut patch = Object::new();
    for (key, value) in modified {
        let Some(before) = original.get(key) else {
            if !options.ignore_changes {
                patch.insert(key.clone(), value.clone());
            }
            continue;
        };
        if key == DIRECTIVE {
            if before != value {
                patch.insert(key.clone(), value.clone());
            }
            continue;
        }
        match (before, value) {
            (Value::Object(before), Value::Object(value)) => diff_map(key, before, value, &mut patch, lookup, options)?,
            (Value::Array(before), Value::Array(value)) => diff_list(key, before, value, &mut patch, lookup, options)?,
            _ if before != value && !options.ignore_changes => {
                patch.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
    if !options.ignore_deletions {
        for key in original.keys().filter(|key| !modified.contains_key(*key)) {
            patch.insert(key.clone(), Value::Null);
        }
    }
    if options.retain_keys {
        let kept: Vec<&String> = modified.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key).collect();
        let dropped = original.iter().any(|(key, value)| !value.is_null() && !modified.contains_key(key));
        if !kept.is_empty() && (!patch.is_empty() || dropped) {
            patch.insert(RETAIN_KEYS.to_string(), json!(kept));
        }
    }
    Ok(patch)
}

fn diff_map(key: &str, before: &Object, value: &Object, patch: &mut Object, lookup: Lookup, options: DiffOptions) -> Result<(), String> {
    let (inner, meta) = match lookup.for_struct(key) {
        Ok(found) => found,
        Err(_) if before == value => return Ok(()),
        Err(error) => return Err(error),
    };
    if meta.replace {
        if !options.ignore_changes {
            patch.insert(key.to_string(), Value::Object(value.clone()));
        }
        return Ok(());
    }
    let changes = diff_maps(before, value, inner, DiffOptions { retain_keys: meta.retain_keys, ..options })?;
    if !changes.is_empty() {
        patch.insert(key.to_string(), Value::Object(changes));
    }
    Ok(())
}

fn diff_list(key: &str, before: &List, value: &List, patch: &mut Object, lookup: Lookup, options: DiffOptions) -> Result<(), String> {
    let (inner, meta) = match lookup.for_list(key) {
        Ok(found) => found,
        Err(_) if before == value => return Ok(()),
        Err(error) => return Err(error),
    };
    if !meta.merge {
        if !options.ignore_changes && before != value {
            patch.insert(key.to_string(), Value::Array(value.clone()));
        }
        return Ok(());
    }
    if before.is_empty() {
        if !value.is_empty() && !options.ignore_changes {
            patch.insert(key.to_string(), Value::Array(value.clone()));
        }
        return Ok(());
    }
    let options = DiffOptions { retain_keys: meta.retain_keys, ..options };
    if items_are_maps(&[before, value])? {
        diff_list_of_maps(key, before, value, patch, inner, meta.merge_key, options)
    } else {
        diff_list_of_scalars(key, before, value, patch, options)
    }
}

fn diff_list_of_scalars(key: &str, before: &List, value: &List, patch: &mut Object, options: DiffOptions) -> Result<(), String> {
    let mut added = Vec::new();
    if !options.ignore_changes {
        // Counted, so that a second equal item is an addition.
        let mut rest = before.clone();
        for item in value {
            match rest.iter().position(|other| other == item) {
                Some(at) => {
                    rest.remove(at);
                }
                None => added.push(item.clone()),
            }
        }
    }
    let mut deleted: List = Vec::new();
    if !options.ignore_deletions {
        for item in before.iter().filter(|item| !value.contains(item)) {
            if !deleted.contains(item) {
                deleted.push(item.clone());
            }
        }
        deleted.sort_by_key(go_value);
    }
    let order = options.set_order && (!deleted.is_empty() || (!options.ignore_changes && before != value));
    if !added.is_empty() {
        patch.insert(key.to_string(), Value::Array(sort_as(added, value, "")?));
    }
    if !deleted.is_empty() {
        patch.insert(format!("{DELETE_FROM_LIST}/{key}"), Value::Array(deleted));
    }
    if order && !value.is_empty() {
        patch.insert(format!("{SET_ORDER}/{key}"), Value::Array(value.clone()));
    }
    Ok(())
}

fn diff_list_of_maps(
    key: &str,
    before: &List,
    value: &List,
    patch: &mut Object,
    lookup: Lookup,
    merge_key: &str,
    options: DiffOptions,
) -> Result<(), String> {
    let mut changes = Vec::new();
    for item in before.iter().chain(value) {
        let Value::Object(entries) = item else {
            return Err(expected_map(item));
        };
        if !entries.contains_key(merge_key) {
            return Err(no_merge_key(entries, merge_key));
        }
    }
    for item in value {
        let name = key_of(item, merge_key);
        let there = before.iter().find(|other| key_of(other, merge_key) == name);
        match (there, item) {
            (Some(Value::Object(there)), Value::Object(entries)) => {
                let mut inner = diff_maps(there, entries, lookup, options)?;
                if !inner.is_empty() {
                    inner.insert(merge_key.to_string(), name.cloned().unwrap_or_default());
                    changes.push(Value::Object(inner));
                }
            }
            _ if !options.ignore_changes => changes.push(item.clone()),
            _ => {}
        }
    }
    let mut changes = sort_as(changes, value, merge_key)?;
    if !options.ignore_deletions {
        let gone = before
            .iter()
            .filter_map(|item| key_of(item, merge_key))
            .filter(|name| !value.iter().any(|item| key_of(item, merge_key) == Some(name)));
        let mut gone: Vec<&Value> = gone.collect();
        gone.sort_by_key(|name| go_value(name));
        changes.extend(gone.into_iter().map(|name| json!({merge_key: name, DIRECTIVE: "delete"})));
    }
    let keys = |list: &List| list.iter().map(|item| key_of(item, merge_key).cloned()).collect::<Vec<_>>();
    let moved = keys(before) != keys(value);
    let changed = !options.ignore_changes && (!changes.is_empty() || moved);
    if options.set_order && (changed || (!options.ignore_deletions && !changes.is_empty())) && !value.is_empty() {
        let order = value.iter().map(|item| json!({merge_key: key_of(item, merge_key)})).collect();
        patch.insert(format!("{SET_ORDER}/{key}"), Value::Array(order));
    }
    if !changes.is_empty() {
        patch.insert(key.to_string(), Value::Array(changes));
    }
    Ok(())
}
