//! The functions a template may call. Models text/template/funcs.go and kubectl's `exists` and `base64decode`.

use super::exec::{Val, truth};
use crate::api::base64;
use crate::kubectl::printers::gofmt;
use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

/// Why a call failed.
pub enum Error {
    /// The function was called and refused.
    Call(String),
    /// It could not be called so.
    Usage(String),
}

const NAMES: &[&str] = &[
    "and",
    "or",
    "not",
    "len",
    "index",
    "slice",
    "print",
    "printf",
    "println",
    "html",
    "js",
    "urlquery",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "call",
    "exists",
    "base64decode",
];

/// Whether there is such a function.
pub fn exists(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Calls it.
pub fn call<'a>(name: &str, args: &[Val<'a>]) -> Result<Val<'a>, Error> {
    let (least, most) = match name {
        "and" | "or" | "eq" | "index" | "slice" | "printf" | "call" | "exists" => (1, usize::MAX),
        "not" | "len" | "base64decode" => (1, 1),
        "ne" | "lt" | "le" | "gt" | "ge" => (2, 2),
        _ => (0, usize::MAX),
    };
    if args.len() < least || args.len() > most {
        let want = if most == usize::MAX { format!("at least {least}") } else { least.to_string() };
        return Err(Error::Usage(format!("wrong number of args for {name}: want {want} got {}", args.len())));
    }
    let text = |s: String| Ok(Cow::Owned(Value::String(s)));
    let boolean = |b: bool| Ok(Cow::Owned(Value::Bool(b)));
    match name {
        "and" | "or" => Ok(args.last().cloned().unwrap_or(Cow::Owned(Value::Null))),
        "not" => boolean(!truth(&args[0])),
        "len" => length(&args[0]),
        "index" => index(args),
        "slice" => slice(args),
        "print" => text(print(args)),
        "println" => text(args.iter().map(|v| gofmt::v(v)).collect::<Vec<_>>().join(" ") + "\n"),
        "printf" => text(sprintf(args)),
        "html" => text(html(&print(args))),
        "js" => text(js(&print(args))),
        "urlquery" => text(url_query(&print(args))),
        "eq" => {
            if args.len() < 2 {
                return Err(Error::Call("missing argument for comparison".into()));
            }
            for other in &args[1..] {
                if compare(&args[0], other, false)? == Some(Ordering::Equal) {
                    return boolean(true);
                }
            }
            boolean(false)
        }
        "ne" => boolean(compare(&args[0], &args[1], false)? != Some(Ordering::Equal)),
        "lt" => boolean(compare(&args[0], &args[1], true)? == Some(Ordering::Less)),
        "le" => boolean(matches!(compare(&args[0], &args[1], true)?, Some(Ordering::Less | Ordering::Equal))),
        "gt" => boolean(compare(&args[0], &args[1], true)? == Some(Ordering::Greater)),
        "ge" => boolean(matches!(compare(&args[0], &args[1], true)?, Some(Ordering::Greater | Ordering::Equal))),
        "exists" => boolean(has_path(&args[0], &args[1..])),
        "base64decode" => base64_decode(args[0].as_str().unwrap_or_default()).map(|s| Cow::Owned(Value::String(s))),
        _ => Err(Error::Call("call of nil".into())),
    }
}

/// A value's Go type: whole numbers of objects are `int64`, those of the template itself `int`.
pub fn type_name(value: &Val<'_>) -> &'static str {
    match value {
        Cow::Owned(Value::Number(n)) if !n.is_f64() => "int",
        value => gofmt::type_name(value),
    }
}

fn length<'a>(value: &Val<'_>) -> Result<Val<'a>, Error> {
    let length = match value.as_ref() {
        Value::String(s) => s.len(),
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        Value::Null => return Err(Error::Call("len of nil pointer".into())),
        _ => return Err(Error::Call(format!("len of type {}", type_name(value)))),
    };
    Ok(Cow::Owned(Value::from(length)))
}

fn index<'a>(args: &[Val<'a>]) -> Result<Val<'a>, Error> {
    let mut item = args[0].clone();
    for key in &args[1..] {
        let below: Option<Val<'a>> = match (&item, key.as_ref()) {
            (Cow::Borrowed(Value::Object(map)), Value::String(key)) => map.get(key).map(Cow::Borrowed),
            (Cow::Borrowed(Value::Array(items)), Value::Number(n)) => {
                let at = n.as_u64().and_then(|i| usize::try_from(i).ok());
                match at.and_then(|i| items.get(i)) {
                    Some(found) => Some(Cow::Borrowed(found)),
                    None => return Err(Error::Call(format!("index out of range: {n}"))),
                }
            }
            (value, _) if value.is_null() => return Err(Error::Call("index of untyped nil".into())),
            (Cow::Borrowed(Value::Array(_)), key) => {
                return Err(Error::Call(format!("cannot index slice/array with type {}", gofmt::type_name(key))));
            }
            (Cow::Borrowed(Value::Object(_)), key) => {
                return Err(Error::Call(format!("value has type {}; should be string", gofmt::type_name(key))));
            }
            (Cow::Borrowed(Value::String(text)) | Cow::Owned(Value::String(text)), Value::Number(n)) => {
                match n.as_u64().and_then(|i| text.as_bytes().get(usize::try_from(i).ok()?)) {
                    Some(byte) => Some(Cow::Owned(Value::from(*byte))),
                    None => return Err(Error::Call(format!("index out of range: {n}"))),
                }
            }
            (value, _) => return Err(Error::Call(format!("can't index item of type {}", type_name(value)))),
        };
        item = below.unwrap_or(Cow::Owned(Value::Null));
    }
    Ok(item)
}

fn slice<'a>(args: &[Val<'a>]) -> Result<Val<'a>, Error> {
    let bound = |i: usize, default: usize| args.get(i).map_or(Some(default), |v| v.as_u64().and_then(|n| usize::try_from(n).ok()));
    let size = match args[0].as_ref() {
        Value::String(s) => s.len(),
        Value::Array(items) => items.len(),
        other => return Err(Error::Call(format!("can't slice item of type {}", gofmt::type_name(other)))),
    };
    let (Some(from), Some(to)) = (bound(1, 0), bound(2, size)) else { return Err(Error::Call("index out of range".into())) };
    if to > size || from > to {
        return Err(Error::Call(format!("index out of range: {}", to.max(from))));
    }
    Ok(Cow::Owned(match args[0].as_ref() {
        Value::Array(items) => Value::Array(items.iter().take(to).skip(from).cloned().collect()),
        other => Value::from(other.as_str().and_then(|s| s.get(from..to)).unwrap_or_default()),
    }))
}

/// `fmt.Sprint`: spaces only between operands neither of which is a string.
fn print(args: &[Val<'_>]) -> String {
    let mut out = String::new();
    for (i, arg) in args.iter().enumerate() {
        if i > 0 && !arg.is_string() && !args[i - 1].is_string() {
            out.push(' ');
        }
        out.push_str(&gofmt::v(arg));
    }
    out
}

/// `fmt.Sprintf` with the verbs that templates use.
fn sprintf(args: &[Val<'_>]) -> String {
    let format = args[0].as_str().unwrap_or_default();
    let mut values = args[1..].iter();
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(f) = chars.next_if(|c| "+-# 0".contains(*c)) {
            flags.push(f);
        }
        let mut spec = String::new();
        while let Some(d) = chars.next_if(|c| c.is_ascii_digit() || *c == '.') {
            spec.push(d);
        }
        match chars.next() {
            None => out.push_str("%!(NOVERB)"),
            Some('%') => out.push('%'),
            Some(verb) => match values.next() {
                None => out.push_str(&format!("%!{verb}(MISSING)")),
                Some(value) => out.push_str(&padded(&one_verb(verb, value, &spec, &flags), &spec, &flags)),
            },
        }
    }
    let extra: Vec<String> = values.map(|v| format!("{}={}", type_name(v), gofmt::v(v))).collect();
    if !extra.is_empty() {
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    out
}

fn one_verb(verb: char, value: &Value, spec: &str, flags: &str) -> String {
    let precision = spec.split_once('.').map(|(_, digits)| digits.parse::<usize>().unwrap_or(0));
    match (verb, value) {
        ('v', v) if flags.contains('#') => gofmt::go_syntax(v),
        ('T', v) => gofmt::type_name(v).to_owned(),
        ('s' | 'v', Value::String(s)) => match precision {
            Some(length) => s.chars().take(length).collect(),
            None => s.clone(),
        },
        ('v', v) => gofmt::v(v),
        ('s', Value::Array(_) | Value::Object(_)) => gofmt::v(value),
        ('q', Value::String(s)) => gofmt::quote(s),
        ('d', Value::Number(n)) if !n.is_f64() => n.to_string(),
        ('x', Value::Number(n)) if !n.is_f64() => format!("{:x}", n.as_i64().unwrap_or_default()),
        ('x', Value::String(s)) => s.bytes().map(|b| format!("{b:02x}")).collect(),
        ('f' | 'g' | 'e', Value::Number(n)) if n.is_f64() => {
            let f = n.as_f64().unwrap_or_default();
            if verb == 'f' { format!("{f:.*}", precision.unwrap_or(6)) } else { gofmt::float(f) }
        }
        ('t', Value::Bool(b)) => b.to_string(),
        ('c', Value::Number(n)) => {
            n.as_u64().and_then(|n| u32::try_from(n).ok()).and_then(char::from_u32).map(String::from).unwrap_or_default()
        }
        (verb, Value::Null) => format!("%!{verb}(<nil>)"),
        (verb, v) => format!("%!{verb}({}={})", gofmt::type_name(v), gofmt::v(v)),
    }
}

fn padded(text: &str, spec: &str, flags: &str) -> String {
    let width = spec.split('.').next().and_then(|w| w.parse::<usize>().ok()).unwrap_or(0).min(10_000);
    let missing = width.saturating_sub(text.chars().count());
    if flags.contains('-') {
        format!("{text}{}", " ".repeat(missing))
    } else if flags.contains('0') {
        format!("{}{text}", "0".repeat(missing))
    } else {
        format!("{}{text}", " ".repeat(missing))
    }
}

fn kind(value: &Value) -> Result<&'static str, Error> {
    match value {
        Value::Bool(_) => Ok("bool"),
        Value::Number(n) if n.is_f64() => Ok("float64"),
        Value::Number(_) => Ok("int"),
        Value::String(_) => Ok("string"),
        Value::Null => Ok("nil"),
        Value::Array(_) | Value::Object(_) => Err(Error::Call("non-comparable type".into())),
    }
}

fn compare(a: &Value, b: &Value, ordered: bool) -> Result<Option<Ordering>, Error> {
    let (left, right) = (kind(a)?, kind(b)?);
    if left == "nil" || right == "nil" {
        if ordered {
            return Err(Error::Call("invalid type for comparison".into()));
        }
        return Ok((left == right).then_some(Ordering::Equal));
    }
    if left != right {
        return Err(Error::Call(format!("incompatible types for comparison: {left} and {right}")));
    }
    Ok(match (a, b) {
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(_), Value::Bool(_)) if ordered => return Err(Error::Call("invalid type for comparison".into())),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (a, b) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.as_f64().partial_cmp(&b.as_f64()),
        },
    })
}

fn has_path(value: &Value, keys: &[Val<'_>]) -> bool {
    let Some((key, rest)) = keys.split_first() else { return true };
    let below = match (value, key.as_ref()) {
        (Value::Object(map), Value::String(key)) => map.get(key),
        (Value::Array(items), Value::Number(n)) => n.as_u64().and_then(|i| usize::try_from(i).ok()).and_then(|i| items.get(i)),
        _ => None,
    };
    below.is_some_and(|value| has_path(value, rest))
}

fn base64_decode(text: &str) -> Result<String, Error> {
    let failed = |why: String| Error::Call(format!("base64 decode failed: {why}"));
    base64::decode(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(failed)
}

fn html(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

fn js(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' => out.push_str(&format!("\\u{:04X}", c as u32)),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

fn url_query(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(b)),
            b' ' => out.push('+'),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}
