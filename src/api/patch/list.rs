//! Merging lists by their items' keys. Models mergeSlice and the ordering of strategicpatch.
use super::Object;
use super::meta::Lookup;
use super::print::{go_kind, go_value};
use super::strategic::{BAD_SET_ORDER, DIRECTIVE, Options, SET_ORDER, bad_patch_type, merge_map, remove_directives};
use serde_json::Value;

pub(super) type List = Vec<Value>;

pub(super) fn no_merge_key(item: &Object, merge_key: &str) -> String {
    format!("map: {} does not contain declared merge key: {merge_key}", go_value(&Value::Object(item.clone())))
}

pub(super) fn expected_map(found: &Value) -> String {
    format!("expected a map, but received a {}", go_kind(found))
}

/// Whether the items are objects; an error when they differ in kind. Models sliceElementType.
pub(super) fn items_are_maps(lists: &[&List]) -> Result<bool, String> {
    let mut kind = None;
    for item in lists.iter().flat_map(|list| list.iter()) {
        let current = go_kind(item);
        match kind {
            None if current == "slice" => return Err("lists of lists are not supported".to_string()),
            None => kind = Some(current),
            Some(known) if known != current => {
                let shown = lists.iter().map(|list| Value::Array((*list).clone())).collect();
                return Err(format!("list element types are not identical: {}", go_value(&Value::Array(shown))));
            }
            Some(_) => {}
        }
    }
    kind.map(|kind| kind == "map").ok_or_else(|| "no elements in any of the given slices".to_string())
}

pub(super) fn key_of<'a>(item: &'a Value, merge_key: &str) -> Option<&'a Value> {
    item.as_object().and_then(|item| item.get(merge_key))
}

pub(super) fn merge(
    original: List,
    patch: List,
    lookup: Lookup,
    merge_key: &str,
    is_delete_list: bool,
    options: Options,
) -> Result<List, String> {
    if original.is_empty() && patch.is_empty() {
        return Ok(original);
    }
    let maps = items_are_maps(&[&original, &patch])?;
    if !maps {
        if options.merge_parallel_lists && is_delete_list {
            return Ok(original.into_iter().filter(|item| !patch.contains(item)).collect());
        }
        let both = original.iter().chain(&patch).cloned().collect();
        return order(deduplicate(both), &patch, &original, "");
    }
    if merge_key.is_empty() {
        return Err(format!("cannot merge lists without merge key for {}", lookup.name()));
    }
    let (original, patch) = special_items(original, patch, merge_key)?;
    let merged = plain_items(original.clone(), &patch, merge_key, lookup, options)?;
    order(merged, &patch, &original, merge_key)
}

/// Carries out `$patch: delete` and `$patch: replace`. Models mergeSliceWithSpecialElements.
fn special_items(mut original: List, patch: List, merge_key: &str) -> Result<(List, List), String> {
    let (mut plain, mut replace) = (Vec::new(), false);
    for item in patch {
        let Value::Object(entries) = item else {
            return Err(expected_map(&item));
        };
        match entries.get(DIRECTIVE) {
            None => plain.push(Value::Object(entries)),
            Some(directive) => match directive.as_str() {
                Some("delete") => {
                    let key = entries.get(merge_key).ok_or_else(|| no_merge_key(&entries, merge_key))?;
                    original.retain(|item| key_of(item, merge_key) != Some(key));
                }
                Some("replace") => replace = true,
                Some("merge") => return Err("merging lists cannot yet be specified in the patch".to_string()),
                _ => return Err(bad_patch_type(directive, &entries)),
            },
        }
    }
    Ok(if replace { (plain, Vec::new()) } else { (original, plain) })
}

fn plain_items(mut merged: List, patch: &List, merge_key: &str, lookup: Lookup, options: Options) -> Result<List, String> {
    for item in patch {
        let Value::Object(entries) = item else {
            return Err(expected_map(item));
        };
        let key = entries.get(merge_key).ok_or_else(|| no_merge_key(entries, merge_key))?;
        let there = merged.iter_mut().find(|item| key_of(item, merge_key) == Some(key));
        match there {
            Some(Value::Object(there)) => {
                let original = std::mem::take(there);
                *there = merge_map(original, entries.clone(), lookup, options)?;
            }
            _ => merged.push(item.clone()),
        }
    }
    Ok(merged)
}

/// Keeps the first of equal items, closing gaps from the end. Models deduplicateScalars.
pub(super) fn deduplicate(mut items: List) -> List {
    let mut index = 0;
    while index < items.len() {
        let mut other = index + 1;
        while other < items.len() {
            if items.get(index) == items.get(other) {
                items.swap_remove(other);
            } else {
                other += 1;
            }
        }
        index += 1;
    }
    items
}

fn same(left: &Value, right: &Value, merge_key: &str) -> bool {
    if merge_key.is_empty() { left == right } else { key_of(left, merge_key) == key_of(right, merge_key) }
}

fn position(list: &List, item: &Value, merge_key: &str) -> Option<usize> {
    list.iter().position(|other| same(other, item, merge_key))
}

/// The patch's items in its order among the server's in theirs. Models normalizeElementOrder after partitioning.
fn order(merged: List, patch_order: &List, server_order: &List, merge_key: &str) -> Result<List, String> {
    let (in_patch, server_only): (List, List) = merged.into_iter().partition(|item| position(patch_order, item, merge_key).is_some());
    let in_patch = sort_as(in_patch, patch_order, merge_key)?;
    let server_only = sort_as(server_only, server_order, merge_key)?;
    let mut all = Vec::with_capacity(in_patch.len() + server_only.len());
    let (mut left, mut right) = (server_only.into_iter().peekable(), in_patch.into_iter().peekable());
    loop {
        let take_left = match (left.peek(), right.peek()) {
            (None, None) => return Ok(all),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(server), Some(patched)) => {
                let places = position(server_order, server, merge_key).zip(position(server_order, patched, merge_key));
                places.is_some_and(|(server, patched)| server < patched)
            }
        };
        all.extend(if take_left { left.next() } else { right.next() });
    }
}

/// Items in the order of a list; deletions last. Models normalizeSliceOrder.
pub(super) fn sort_as(items: List, order: &List, merge_key: &str) -> Result<List, String> {
    if !merge_key.is_empty() {
        for item in items.iter().chain(order) {
            let Value::Object(entries) = item else {
                return Err(expected_map(item));
            };
            if !entries.contains_key(merge_key) {
                return Err(no_merge_key(entries, merge_key));
            }
        }
    }
    let deletes = |item: &Value| key_of(item, DIRECTIVE).is_some_and(|directive| directive == "delete");
    let (deleted, mut kept): (List, List) = items.into_iter().partition(|item| !merge_key.is_empty() && deletes(item));
    kept.sort_by_key(|item| position(order, item, merge_key).map_or(usize::MAX, |place| place));
    kept.extend(deleted);
    Ok(kept)
}

/// `$setElementOrder/…`: the order of a merged list. Models mergePatchIntoOriginal.
pub(super) fn set_element_order(original: &mut Object, patch: &mut Object, lookup: Lookup, options: Options) -> Result<(), String> {
    let directives: Vec<String> = patch.keys().filter(|key| key.starts_with(SET_ORDER)).cloned().collect();
    for directive in directives {
        let Some(wanted) = patch.remove(&directive) else { continue };
        if !options.merge_parallel_lists {
            match original.get(&directive) {
                Some(there) if *there != wanted => return Err(BAD_SET_ORDER.to_string()),
                Some(_) => {}
                None => {
                    original.insert(directive.clone(), wanted.clone());
                }
            }
        }
        let Value::Array(wanted) = wanted else {
            return Err(format!("expected a slice, but received a {}", go_kind(&wanted)));
        };
        let name = directive.split_once('/').filter(|(prefix, _)| *prefix == SET_ORDER).map(|(_, name)| name.to_string());
        let name = name.ok_or(BAD_SET_ORDER)?;
        let there = take_list(original, &name)?;
        let patched = take_list(patch, &name)?;
        let (inner, meta) = lookup.for_list(&name)?;
        check_order(patched.as_ref(), &wanted, meta.merge_key)?;
        let server = there.clone().unwrap_or_default();
        let merged = match (there, patched) {
            (None, None) => continue,
            (Some(there), None) => there,
            (None, Some(patched)) => match remove_directives(Value::Array(patched)) {
                Some(Value::Array(items)) => items,
                _ => continue,
            },
            (Some(there), Some(patched)) if meta.merge => merge(there, patched, inner, meta.merge_key, false, options)?,
            (Some(_), Some(patched)) => patched,
        };
        let ordered = order(merged, &wanted, &server, meta.merge_key)?;
        original.insert(name, Value::Array(ordered));
    }
    Ok(())
}

fn take_list(object: &mut Object, name: &str) -> Result<Option<List>, String> {
    match object.remove(name) {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(other) => Err(format!("expected a slice, but received a {}", go_kind(&other))),
    }
}

/// The patch's items must stand in the order that the directive says. Models validatePatchWithSetOrderList.
fn check_order(patch: Option<&List>, wanted: &List, merge_key: &str) -> Result<(), String> {
    let Some(patch) = patch.filter(|patch| !patch.is_empty() && !wanted.is_empty()) else {
        return Ok(());
    };
    let mut items = patch.iter().filter(|item| key_of(item, DIRECTIVE).is_none()).peekable();
    for slot in wanted {
        if items.peek().is_some_and(|item| same(item, slot, merge_key)) {
            items.next();
        }
    }
    if items.peek().is_none() {
        return Ok(());
    }
    Err(format!(
        "The order in patch list:\n{}\n doesn't match {SET_ORDER} list:\n{}\n",
        go_value(&Value::Array(patch.clone())),
        go_value(&Value::Array(wanted.clone()))
    ))
}
