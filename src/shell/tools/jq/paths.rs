//! Values by their paths.

use std::rc::Rc;

use super::eval::{Stop, fail};
use super::ops;
use super::value::Value;

/// An array is no longer than this.
const ARRAY_LIMIT: f64 = 1_000_000.0;

/// Keys and values of an array or object.
pub(super) fn children(value: &Value) -> Vec<(Value, Value)> {
    match value {
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (Value::number(at), item.clone())).collect(),
        Value::Object(object) => object.entries().iter().map(|entry| (Value::Text(entry.0.clone()), entry.1.clone())).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn get(value: &Value, path: &[Value]) -> Result<Value, Stop> {
    let mut here = value.clone();
    for key in path {
        if matches!(here, Value::Null) {
            return Ok(Value::Null);
        }
        here = ops::index(&here, key)?;
    }
    Ok(here)
}

pub(super) fn set(value: Value, path: &[Value], new: Value) -> Result<Value, Stop> {
    let Some((key, rest)) = path.split_first() else { return Ok(new) };
    match (value, key) {
        (value @ (Value::Object(_) | Value::Null), Value::Text(key)) => {
            let mut object = ops::into_object(value);
            let child = set(object.take(key), rest, new)?;
            object.insert(key.clone(), child);
            Ok(Value::Object(Rc::new(object)))
        }
        (value @ (Value::Array(_) | Value::Null), Value::Number(at)) => {
            let mut items = ops::into_items(value);
            let at = if *at < 0.0 { at + items.len() as f64 } else { *at };
            if at < 0.0 {
                return fail("Out of bounds negative array index");
            }
            if at >= ARRAY_LIMIT {
                return fail("Array index too large");
            }
            let at = at as usize;
            if items.len() <= at {
                items.resize(at + 1, Value::Null);
            }
            let Some(slot) = items.get_mut(at) else { return Ok(Value::array(items)) };
            *slot = set(std::mem::replace(slot, Value::Null), rest, new)?;
            Ok(Value::array(items))
        }
        (value @ (Value::Array(_) | Value::Null), Value::Object(range)) => {
            let mut items = ops::into_items(value);
            let (from, to) = ops::bounds(range, items.len())?;
            let old = Value::array(items.get(from..to).unwrap_or_default().to_vec());
            let Value::Array(new) = set(old, rest, new)? else {
                return fail("A slice of an array can only be assigned another array");
            };
            items.splice(from..to, new.iter().cloned());
            Ok(Value::array(items))
        }
        (Value::Object(_), Value::Object(_)) => fail("Cannot update field at object index of object"),
        (value, key) => {
            // The message of the lookup that fails first.
            ops::index(&value, key)?;
            fail(format!("Cannot update field at {} index of {}", key.kind(), value.kind()))
        }
    }
}

/// Takes away what stands at the paths, the last ones first.
pub(super) fn delete(value: Value, paths: &[Vec<Value>]) -> Result<Value, Stop> {
    let mut paths = paths.to_vec();
    paths.sort_by(|a, b| Value::array(b.clone()).order(&Value::array(a.clone())));
    paths.iter().try_fold(value, |value, path| delete_one(value, path))
}

fn delete_one(value: Value, path: &[Value]) -> Result<Value, Stop> {
    let Some((key, rest)) = path.split_first() else { return Ok(Value::Null) };
    if matches!(value, Value::Null) {
        return Ok(Value::Null);
    }
    if !rest.is_empty() {
        let child = ops::index(&value, key)?;
        if matches!(child, Value::Null) {
            return Ok(value);
        }
        let child = delete_one(child, rest)?;
        return set(value, std::slice::from_ref(key), child);
    }
    match (value, key) {
        (value @ Value::Object(_), Value::Text(key)) => {
            let mut object = ops::into_object(value);
            object.remove(key);
            Ok(Value::Object(Rc::new(object)))
        }
        (value @ Value::Array(_), Value::Number(at)) => {
            let mut items = ops::into_items(value);
            if let Some(at) = ops::place(*at, items.len()) {
                items.remove(at);
            }
            Ok(Value::array(items))
        }
        (value @ Value::Array(_), Value::Object(range)) => {
            let mut items = ops::into_items(value);
            let (from, to) = ops::bounds(range, items.len())?;
            items.drain(from..to);
            Ok(Value::array(items))
        }
        (value, Value::Text(_)) => fail(format!("Cannot delete field at object index of {}", value.kind())),
        (value, Value::Number(_)) => fail(format!("Cannot delete field at array index of {}", value.kind())),
        (value, key) => fail(format!("Cannot delete field at {} index of {}", key.kind(), value.kind())),
    }
}

/// A value in pieces, as `--stream` reads it: `[path, leaf]`, and `[path]` where an array or object ends.
pub(super) fn events(value: &Value) -> Vec<Value> {
    fn walk(value: &Value, path: &mut Vec<Value>, out: &mut Vec<Value>) {
        let children = children(value);
        let Some((last, _)) = children.last().cloned() else {
            out.push(Value::array(vec![Value::array(path.clone()), value.clone()]));
            return;
        };
        for (key, child) in children {
            path.push(key);
            walk(&child, path, out);
            path.pop();
        }
        path.push(last);
        out.push(Value::array(vec![Value::array(path.clone())]));
        path.pop();
    }
    let mut out = Vec::new();
    walk(value, &mut Vec::new(), &mut out);
    out
}
