//! Applying a strategic merge patch. Models mergeMap of strategicpatch.
use super::Object;
use super::list;
use super::meta::Lookup;
use super::print::go_value;
use serde_json::Value;

pub(super) const DIRECTIVE: &str = "$patch";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
pub(super) const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList";
pub(super) const SET_ORDER: &str = "$setElementOrder";

pub(super) const BAD_RETAIN_KEYS: &str = "invalid patch format of retainKeys";
pub(super) const BAD_SET_ORDER: &str = "invalid patch format of setElementOrder list";
const BAD_DELETE_LIST: &str = "invalid patch format of primitive list";

/// Models MergeOptions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// Carry out the directives about lists, rather than keep them.
    pub merge_parallel_lists: bool,
    /// A null for what is not there changes nothing.
    pub ignore_unmatched_nulls: bool,
}

impl Options {
    /// A patch meets an object.
    pub const APPLY: Self = Self { merge_parallel_lists: true, ignore_unmatched_nulls: true };
    /// A patch meets a patch.
    pub const COMBINE: Self = Self { merge_parallel_lists: false, ignore_unmatched_nulls: false };
}

pub(super) fn merge_map(mut original: Object, mut patch: Object, lookup: Lookup, options: Options) -> Result<Object, String> {
    if let Some(directive) = patch.get(DIRECTIVE).cloned() {
        return match directive.as_str() {
            Some("replace") => {
                patch.remove(DIRECTIVE);
                Ok(patch)
            }
            Some("delete") => Ok(Object::new()),
            _ => Err(bad_patch_type(&directive, &patch)),
        };
    }
    retain_keys(&mut original, &mut patch, options)?;
    list::set_element_order(&mut original, &mut patch, lookup, options)?;
    for (key, value) in patch {
        merge_field(&mut original, key, value, lookup, options)?;
    }
    Ok(original)
}

pub(super) fn bad_patch_type(directive: &Value, patch: &Object) -> String {
    format!("unknown patch type: {} in map: {}", go_value(directive), go_value(&Value::Object(patch.clone())))
}

/// `$retainKeys`: all other keys go. Models applyRetainKeysDirective.
fn retain_keys(original: &mut Object, patch: &mut Object, options: Options) -> Result<(), String> {
    let Some(directive) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    if !options.merge_parallel_lists {
        return match original.get(RETAIN_KEYS) {
            Some(there) if *there != directive => Err(format!(
                "{} and {} are not deep equal: this may happen when calculating the 3-way diff patch",
                go_value(there),
                go_value(&directive)
            )),
            Some(_) => Ok(()),
            None => {
                original.insert(RETAIN_KEYS.to_string(), directive);
                Ok(())
            }
        };
    }
    let Value::Array(kept) = &directive else {
        return Err(BAD_RETAIN_KEYS.to_string());
    };
    let keeps = |key: &String| kept.iter().any(|name| name.as_str() == Some(key));
    let directives = |key: &String| key.starts_with(DELETE_FROM_LIST) || key.starts_with(SET_ORDER);
    if patch.iter().any(|(key, value)| !value.is_null() && !directives(key) && !keeps(key)) {
        return Err(BAD_RETAIN_KEYS.to_string());
    }
    original.retain(|key, _| keeps(key));
    Ok(())
}

fn merge_field(original: &mut Object, key: String, value: Value, lookup: Lookup, options: Options) -> Result<(), String> {
    let (mut key, mut is_delete_list) = (key, false);
    if key.starts_with(DELETE_FROM_LIST) {
        if !options.merge_parallel_lists {
            original.insert(key, value);
            return Ok(());
        }
        let name = key.split_once('/').filter(|(prefix, _)| *prefix == DELETE_FROM_LIST).map(|(_, name)| name.to_string());
        key = name.ok_or(BAD_DELETE_LIST)?;
        is_delete_list = true;
    }
    if value.is_null() {
        original.remove(&key);
        if options.ignore_unmatched_nulls {
            return Ok(());
        }
    }
    let there = original.remove(&key);
    let same_type = there.as_ref().is_some_and(|there| std::mem::discriminant(there) == std::mem::discriminant(&value));
    let merged = match (there, value) {
        (Some(there), _) if is_delete_list && !same_type => Some(there),
        (None, _) if is_delete_list => None,
        (Some(Value::Object(there)), Value::Object(patch)) => {
            let (inner, meta) = lookup.for_struct(&key)?;
            Some(Value::Object(if meta.replace { patch } else { merge_map(there, patch, inner, options)? }))
        }
        (Some(Value::Array(there)), Value::Array(patch)) => {
            let (inner, meta) = lookup.for_list(&key)?;
            let merged = if meta.merge || is_delete_list {
                list::merge(there, patch, inner, meta.merge_key, is_delete_list, options)?
            } else {
                patch
            };
            Some(Value::Array(merged))
        }
        (Some(_), value) if same_type => remove_directives(value),
        (_, mut value) => {
            if options.ignore_unmatched_nulls {
                discard_nulls(&mut value);
            }
            remove_directives(value)
        }
    };
    if let Some(merged) = merged {
        original.insert(key, merged);
    }
    Ok(())
}

/// A new value without the patch's instructions; nothing if it is one itself. Models removeDirectives.
pub(super) fn remove_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(entries) if entries.contains_key(DIRECTIVE) => None,
        Value::Object(entries) => {
            let kept = entries.into_iter().filter_map(|(key, value)| Some((key, remove_directives(value)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(remove_directives).collect())),
        other => Some(other),
    }
}

/// Models discardNullValuesFromPatch.
fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|_, value| !value.is_null());
            entries.values_mut().for_each(discard_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}
