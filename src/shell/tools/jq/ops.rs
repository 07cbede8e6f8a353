//! Arithmetic, comparison and indexing, with jq's messages.

use std::rc::Rc;

use jaq_core::ops::{Cmp, Math};

use super::eval::{Stop, fail};
use super::json;
use super::value::{Object, Value};

/// A string that repetition makes is no longer than this.
const TEXT_LIMIT_BYTES: usize = 16 << 20;

/// A value in a message: at most so many bytes, dots at the end of what was cut.
pub(super) fn cut(value: &Value) -> String {
    cut_to(value, 14)
}

fn cut_to(value: &Value, most: usize) -> String {
    let text = json::compact(value);
    if text.len() <= most {
        return text;
    }
    let end = (0..=most - 3).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}...", text.get(..end).unwrap_or_default())
}

/// `number (5)`: how messages name a value.
pub(super) fn shown(value: &Value) -> String {
    format!("{} ({})", value.kind(), cut(value))
}

pub(super) fn compare(op: Cmp, left: &Value, right: &Value) -> bool {
    let order = left.order(right);
    match op {
        Cmp::Lt => order.is_lt(),
        Cmp::Le => order.is_le(),
        Cmp::Gt => order.is_gt(),
        Cmp::Ge => order.is_ge(),
        Cmp::Eq => order.is_eq(),
        Cmp::Ne => order.is_ne(),
    }
}

pub(super) fn math(op: Math, left: Value, right: &Value) -> Result<Value, Stop> {
    use Value::{Array, Null, Number, Object, Text};
    let made = match (op, &left, right) {
        (Math::Add, Null, other) => other.clone(),
        (Math::Add, _, Null) => left,
        (Math::Add, Number(a), Number(b)) => Number(a + b),
        (Math::Add, Text(a), Text(b)) => Value::text(format!("{a}{b}")),
        (Math::Add, Array(_), Array(b)) => {
            let mut items = into_items(left);
            items.extend(b.iter().cloned());
            Value::array(items)
        }
        (Math::Add, Object(_), Object(b)) => {
            let mut object = into_object(left);
            for (key, value) in b.entries() {
                object.insert(key.clone(), value.clone());
            }
            Object(Rc::new(object))
        }
        (Math::Sub, Number(a), Number(b)) => Number(a - b),
        (Math::Sub, Array(a), Array(b)) => {
            Value::array(a.iter().filter(|item| !b.iter().any(|other| item.equals(other))).cloned().collect())
        }
        (Math::Mul, Number(a), Number(b)) => Number(a * b),
        (Math::Mul, Text(text), Number(count)) | (Math::Mul, Number(count), Text(text)) => return repeat(text, *count),
        (Math::Mul, Object(a), Object(b)) => merge(a, b),
        (Math::Div, Number(_), Number(0.0)) => {
            return fail(format!("{} and {} cannot be divided because the divisor is zero", shown(&left), shown(right)));
        }
        (Math::Div, Number(a), Number(b)) => Number(a / b),
        (Math::Div, Text(text), Text(separator)) => split(text, separator),
        (Math::Rem, Number(a), Number(b)) => {
            let (a, b) = (*a as i64, *b as i64);
            if b == 0 {
                return fail(format!("{} and {} cannot be divided (remainder) because the divisor is zero", shown(&left), shown(right)));
            }
            let rest = (a.unsigned_abs() % b.unsigned_abs()) as f64;
            Number(if a < 0 { -rest } else { rest })
        }
        _ => {
            let done = match op {
                Math::Add => "added",
                Math::Sub => "subtracted",
                Math::Mul => "multiplied",
                Math::Div | Math::Rem => "divided",
            };
            return fail(format!("{} and {} cannot be {done}", shown(&left), shown(right)));
        }
    };
    Ok(made)
}

pub(super) fn into_items(value: Value) -> Vec<Value> {
    if let Value::Array(items) = value { Rc::try_unwrap(items).unwrap_or_else(|shared| shared.as_ref().clone()) } else { Vec::new() }
}

pub(super) fn into_object(value: Value) -> Object {
    match value {
        Value::Object(object) => Rc::try_unwrap(object).unwrap_or_else(|shared| shared.as_ref().clone()),
        _ => Object::default(),
    }
}

fn repeat(text: &str, count: f64) -> Result<Value, Stop> {
    if count <= 0.0 {
        return Ok(Value::Null);
    }
    let count = count.max(1.0) as usize;
    if text.len().saturating_mul(count) > TEXT_LIMIT_BYTES {
        return fail("Repeat string result too long");
    }
    Ok(Value::text(text.repeat(count)))
}

/// Objects are merged level by level.
fn merge(left: &Object, right: &Object) -> Value {
    let mut merged = left.clone();
    for (key, value) in right.entries() {
        let value = match (merged.get(key), value) {
            (Some(Value::Object(a)), Value::Object(b)) => merge(a, b),
            _ => value.clone(),
        };
        merged.insert(key.clone(), value);
    }
    Value::Object(Rc::new(merged))
}

pub(super) fn split(text: &str, separator: &str) -> Value {
    let parts: Vec<Value> = match (text.is_empty(), separator.is_empty()) {
        (true, _) => Vec::new(),
        (_, true) => text.chars().map(|c| Value::text(c.to_string())).collect(),
        _ => text.split(separator).map(Value::text).collect(),
    };
    Value::array(parts)
}

/// The place of an index in something so long; negative ones count from the end.
pub(super) fn place(index: f64, len: usize) -> Option<usize> {
    let index = index.floor();
    let index = if index < 0.0 { index + len as f64 } else { index };
    (index >= 0.0 && index < len as f64).then_some(index as usize)
}

/// The bounds of a slice `{"start": …, "end": …}` of something so long.
pub(super) fn bounds(key: &Object, len: usize) -> Result<(usize, usize), Stop> {
    let bound = |name: &str, default: f64| match key.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(Value::Number(number)) => Ok(if *number < 0.0 { number + len as f64 } else { *number }),
        Some(_) => fail("Start and end indices of an array slice must be numbers"),
    };
    let from = bound("start", 0.0)?.floor().clamp(0.0, len as f64) as usize;
    let to = bound("end", len as f64)?.ceil().clamp(0.0, len as f64) as usize;
    Ok((from, to.max(from)))
}

/// `value[key]`
pub(super) fn index(value: &Value, key: &Value) -> Result<Value, Stop> {
    match (value, key) {
        (Value::Object(object), Value::Text(key)) => Ok(object.get(key).cloned().unwrap_or(Value::Null)),
        (Value::Array(items), Value::Number(at)) => {
            Ok(place(*at, items.len()).and_then(|at| items.get(at)).cloned().unwrap_or(Value::Null))
        }
        (Value::Array(items), Value::Array(wanted)) => Ok(indices(items, wanted)),
        (Value::Array(items), Value::Object(range)) => {
            let (from, to) = bounds(range, items.len())?;
            Ok(Value::array(items.get(from..to).unwrap_or_default().to_vec()))
        }
        (Value::Text(text), Value::Object(range)) => {
            let (from, to) = bounds(range, text.chars().count())?;
            Ok(Value::text(text.chars().skip(from).take(to - from).collect::<String>()))
        }
        (Value::Null, Value::Text(_) | Value::Number(_) | Value::Null | Value::Object(_)) => Ok(Value::Null),
        (_, Value::Text(key)) => fail(format!("Cannot index {} with string \"{key}\"", value.kind())),
        _ => fail(format!("Cannot index {} with {}", value.kind(), key.kind())),
    }
}

/// Where `wanted` begins in `items`.
fn indices(items: &[Value], wanted: &[Value]) -> Value {
    if wanted.is_empty() {
        return Value::Null;
    }
    let begins =
        |at: &usize| items.get(*at..).is_some_and(|rest| rest.len() >= wanted.len() && rest.iter().zip(wanted).all(|(a, b)| a.equals(b)));
    Value::array((0..items.len()).filter(begins).map(Value::number).collect())
}

/// `indices`, of strings or arrays.
pub(super) fn find(value: &Value, wanted: &Value) -> Result<Value, Stop> {
    match (value, wanted) {
        (Value::Null, _) => Ok(Value::Null),
        (Value::Text(text), Value::Text(wanted)) => {
            if wanted.is_empty() {
                return Ok(Value::Null);
            }
            let begins = |at: &usize| text.get(*at..).is_some_and(|rest| rest.starts_with(wanted.as_ref()));
            let at = |byte: usize| text.get(..byte).map_or(0, |t| t.chars().count());
            Ok(Value::array((0..text.len()).filter(begins).map(|byte| Value::number(at(byte))).collect()))
        }
        (Value::Array(_), Value::Array(_)) => index(value, wanted),
        (Value::Array(items), _) => Ok(indices(items, std::slice::from_ref(wanted))),
        _ => index(value, wanted),
    }
}

pub(super) fn contains(value: &Value, part: &Value) -> Result<bool, Stop> {
    match (value, part) {
        (Value::Object(value), Value::Object(part)) => {
            for (key, part) in part.entries() {
                match value.get(key) {
                    Some(value) if contains(value, part)? => {}
                    _ => return Ok(false),
                }
            }
            Ok(true)
        }
        (Value::Array(value), Value::Array(part)) => {
            for part in part.iter() {
                let mut found = false;
                for item in value.iter() {
                    found = found || (item.kind() == part.kind() && contains(item, part)?);
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Text(value), Value::Text(part)) => Ok(value.contains(part.as_ref())),
        _ if value.kind() == part.kind() => Ok(value.equals(part)),
        _ => fail(format!("{} and {} cannot have their containment checked", shown(value), shown(part))),
    }
}
