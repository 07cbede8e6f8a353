//! Filters that compute one value from values.

use super::eval::{Stop, fail};
use super::formats::text_of;
use super::json;
use super::ops::{self, shown};
use super::value::Value;
use super::{formats, paths, regex, time};

pub(super) type Function = fn(&Value, &[Value]) -> Result<Value, Stop>;

/// The function of this name and number of arguments.
pub(super) fn find(name: &str, arity: usize) -> Option<Function> {
    FUNCTIONS.iter().find(|f| f.0 == name && f.1 == arity).map(|f| f.2)
}

const FUNCTIONS: &[(&str, usize, Function)] = &[
    ("true", 0, |_, _| Ok(Value::Bool(true))),
    ("false", 0, |_, _| Ok(Value::Bool(false))),
    ("null", 0, |_, _| Ok(Value::Null)),
    ("infinite", 0, |_, _| Ok(Value::Number(f64::INFINITY))),
    ("nan", 0, |_, _| Ok(Value::Number(f64::NAN))),
    ("length", 0, |v, _| length(v)),
    ("utf8bytelength", 0, |v, _| match v {
        Value::Text(text) => Ok(Value::number(text.len())),
        _ => fail(format!("{} only strings have UTF-8 byte length", shown(v))),
    }),
    ("type", 0, |v, _| Ok(Value::text(v.kind()))),
    ("keys", 0, |v, _| keys(v, true)),
    ("keys_unsorted", 0, |v, _| keys(v, false)),
    ("has", 1, |v, a| has(v, arg(a, 0))),
    ("contains", 1, |v, a| Ok(Value::Bool(ops::contains(v, arg(a, 0))?))),
    ("add", 0, |v, _| add(v)),
    ("tostring", 0, |v, _| Ok(Value::text(text_of(v)))),
    ("tojson", 0, |v, _| Ok(Value::text(json::compact(v)))),
    ("fromjson", 0, |v, _| from_json(v)),
    ("tonumber", 0, |v, _| to_number(v)),
    ("sort", 0, |v, _| Ok(Value::array(sorted(v)?))),
    ("unique", 0, |v, _| {
        let mut items = sorted(v)?;
        items.dedup_by(|a, b| a.equals(b));
        Ok(Value::array(items))
    }),
    ("min", 0, |v, _| Ok(items_of(v)?.iter().cloned().reduce(|a, b| if b.order(&a).is_lt() { b } else { a }).unwrap_or(Value::Null))),
    ("max", 0, |v, _| Ok(items_of(v)?.iter().cloned().reduce(|a, b| if b.order(&a).is_ge() { b } else { a }).unwrap_or(Value::Null))),
    ("reverse", 0, |v, _| match v {
        Value::Null => Ok(Value::array(Vec::new())),
        Value::Array(items) => Ok(Value::array(items.iter().rev().cloned().collect())),
        Value::Number(_) | Value::Bool(_) => ops::index(v, &Value::Number(0.0)),
        _ => fail(format!("Cannot index {} with number", v.kind())),
    }),
    ("flatten", 0, |v, _| Ok(Value::array(flat(v, f64::MAX)?))),
    ("flatten", 1, |v, a| match arg(a, 0).as_number() {
        Some(depth) if depth < 0.0 => fail("flatten depth must not be negative"),
        depth => Ok(Value::array(flat(v, depth.unwrap_or(f64::MAX))?)),
    }),
    ("transpose", 0, |v, _| transpose(v)),
    ("indices", 1, |v, a| ops::find(v, arg(a, 0))),
    ("setpath", 2, |v, a| match arg(a, 0) {
        Value::Array(path) => paths::set(v.clone(), path, arg(a, 1).clone()),
        _ => fail("Path must be specified as an array"),
    }),
    ("delpaths", 1, |v, a| {
        let Value::Array(all) = arg(a, 0) else { return fail("Paths must be specified as an array") };
        let paths: Option<Vec<Vec<Value>>> =
            all.iter().map(|p| if let Value::Array(p) = p { Some(p.as_ref().clone()) } else { None }).collect();
        match paths {
            Some(paths) => paths::delete(v.clone(), &paths),
            None => fail("Path must be specified as an array"),
        }
    }),
    ("to_array", 0, |v, _| Ok(Value::array(vec![v.clone()]))),
    ("startswith", 1, |v, a| texts(v, arg(a, 0), "startswith() requires string inputs", |v, a| Value::Bool(v.starts_with(a)))),
    ("endswith", 1, |v, a| texts(v, arg(a, 0), "endswith() requires string inputs", |v, a| Value::Bool(v.ends_with(a)))),
    ("ltrimstr", 1, |v, a| Ok(trim(v, arg(a, 0), |v, a| v.strip_prefix(a)))),
    ("rtrimstr", 1, |v, a| Ok(trim(v, arg(a, 0), |v, a| v.strip_suffix(a)))),
    ("split", 1, |v, a| texts(v, arg(a, 0), "split input and separator must be strings", ops::split)),
    ("join", 1, |v, a| join(v, arg(a, 0))),
    ("ascii_downcase", 0, |v, _| match v {
        Value::Text(text) => Ok(Value::text(text.to_ascii_lowercase())),
        _ => fail("explode input must be a string"),
    }),
    ("ascii_upcase", 0, |v, _| match v {
        Value::Text(text) => Ok(Value::text(text.to_ascii_uppercase())),
        _ => fail("explode input must be a string"),
    }),
    ("explode", 0, |v, _| match v {
        Value::Text(text) => Ok(Value::array(text.chars().map(|c| Value::Number(f64::from(u32::from(c)))).collect())),
        _ => fail("explode input must be a string"),
    }),
    ("implode", 0, |v, _| {
        let Value::Array(items) = v else { return fail("implode input must be an array") };
        let letter = |item: &Value| item.as_number().and_then(|n| char::from_u32(n as u32)).unwrap_or('\u{fffd}');
        Ok(Value::text(items.iter().map(letter).collect::<String>()))
    }),
    ("_match", 3, |v, a| regex::matches(v, arg(a, 0), arg(a, 1), arg(a, 2).truthy())),
    ("format", 1, |v, a| match arg(a, 0) {
        Value::Text(name) => Ok(Value::text(formats::format(&format!("@{name}"), v)?)),
        other => fail(format!("{} is not a valid format", shown(other))),
    }),
    ("strftime", 1, |v, a| time::strftime(v, arg(a, 0))),
    ("strflocaltime", 1, |v, a| time::strftime(v, arg(a, 0))),
    ("strptime", 1, |v, a| time::strptime(v, arg(a, 0))),
    ("mktime", 0, |v, _| time::mktime(v)),
    ("gmtime", 0, |v, _| time::gmtime(v)),
    ("localtime", 0, |v, _| time::gmtime(v)),
    ("isnan", 0, |v, _| Ok(Value::Bool(numeric(v, "number required")?.is_nan()))),
    ("isinfinite", 0, |v, _| Ok(Value::Bool(numeric(v, "number required")?.is_infinite()))),
    ("isnormal", 0, |v, _| Ok(Value::Bool(numeric(v, "number required")?.is_normal()))),
    ("floor", 0, |v, _| math(v, f64::floor)),
    ("ceil", 0, |v, _| math(v, f64::ceil)),
    ("round", 0, |v, _| math(v, f64::round)),
    ("trunc", 0, |v, _| math(v, f64::trunc)),
    ("fabs", 0, |v, _| math(v, f64::abs)),
    ("sqrt", 0, |v, _| math(v, f64::sqrt)),
    ("exp", 0, |v, _| math(v, f64::exp)),
    ("exp2", 0, |v, _| math(v, f64::exp2)),
    ("exp10", 0, |v, _| math(v, |n| 10_f64.powf(n))),
    ("log", 0, |v, _| math(v, f64::ln)),
    ("log2", 0, |v, _| math(v, f64::log2)),
    ("log10", 0, |v, _| math(v, f64::log10)),
    ("sin", 0, |v, _| math(v, f64::sin)),
    ("cos", 0, |v, _| math(v, f64::cos)),
    ("atan", 0, |v, _| math(v, f64::atan)),
    ("pow", 2, |_, a| Ok(Value::Number(numeric(arg(a, 0), "number required")?.powf(numeric(arg(a, 1), "number required")?)))),
    ("fmin", 2, |_, a| Ok(Value::Number(numeric(arg(a, 0), "number required")?.min(numeric(arg(a, 1), "number required")?)))),
    ("fmax", 2, |_, a| Ok(Value::Number(numeric(arg(a, 0), "number required")?.max(numeric(arg(a, 1), "number required")?)))),
];

const NULL: &Value = &Value::Null;

fn arg(args: &[Value], at: usize) -> &Value {
    args.get(at).unwrap_or(NULL)
}

fn numeric(value: &Value, what: &str) -> Result<f64, Stop> {
    value.as_number().map_or_else(|| fail(format!("{} {what}", shown(value))), Ok)
}

fn math(value: &Value, f: fn(f64) -> f64) -> Result<Value, Stop> {
    Ok(Value::Number(f(numeric(value, "number required")?)))
}

fn length(value: &Value) -> Result<Value, Stop> {
    Ok(match value {
        Value::Null => Value::Number(0.0),
        Value::Bool(_) => return fail(format!("{} has no length", shown(value))),
        Value::Number(number) => Value::Number(number.abs()),
        Value::Text(text) => Value::number(text.chars().count()),
        Value::Array(items) => Value::number(items.len()),
        Value::Object(object) => Value::number(object.len()),
    })
}

fn keys(value: &Value, sorted: bool) -> Result<Value, Stop> {
    let text = |key: &std::rc::Rc<str>| Value::Text(key.clone());
    Ok(match value {
        Value::Array(items) => Value::array((0..items.len()).map(Value::number).collect()),
        Value::Object(object) if sorted => Value::array(object.sorted().map(|(key, _)| text(key)).collect()),
        Value::Object(object) => Value::array(object.entries().iter().map(|entry| text(&entry.0)).collect()),
        _ => return fail(format!("{} has no keys", shown(value))),
    })
}

fn has(value: &Value, key: &Value) -> Result<Value, Stop> {
    match (value, key) {
        (Value::Object(object), Value::Text(key)) => Ok(Value::Bool(object.get(key).is_some())),
        (Value::Array(items), Value::Number(at)) => Ok(Value::Bool(*at >= 0.0 && *at < items.len() as f64)),
        _ => fail(format!("Cannot check whether {} has a {} key", value.kind(), key.kind())),
    }
}

fn add(value: &Value) -> Result<Value, Stop> {
    if !matches!(value, Value::Array(_) | Value::Object(_)) {
        return fail(format!("Cannot iterate over {}", shown(value)));
    }
    paths::children(value).into_iter().try_fold(Value::Null, |sum, (_, item)| ops::math(jaq_core::ops::Math::Add, sum, &item))
}

fn from_json(value: &Value) -> Result<Value, Stop> {
    let Value::Text(text) = value else { return fail(format!("{} only strings can be parsed", shown(value))) };
    json::parse(text).or_else(|fault| fail(format!("{fault} (while parsing '{text}')")))
}

fn to_number(value: &Value) -> Result<Value, Stop> {
    match value {
        Value::Number(_) => Ok(value.clone()),
        Value::Text(_) => match from_json(value)? {
            Value::Number(number) => Ok(Value::Number(number)),
            other => fail(format!("{} cannot be parsed as a number", shown(&other))),
        },
        _ => fail(format!("{} cannot be parsed as a number", shown(value))),
    }
}

fn items_of(value: &Value) -> Result<&[Value], Stop> {
    match value {
        Value::Array(items) => Ok(items),
        _ => fail(format!("Cannot iterate over {}", shown(value))),
    }
}

fn sorted(value: &Value) -> Result<Vec<Value>, Stop> {
    let Value::Array(items) = value else { return fail(format!("{} cannot be sorted, as it is not an array", shown(value))) };
    let mut items = items.as_ref().clone();
    items.sort_by(Value::order);
    Ok(items)
}

fn flat(value: &Value, depth: f64) -> Result<Vec<Value>, Stop> {
    let mut out = Vec::new();
    if !matches!(value, Value::Array(_) | Value::Object(_)) {
        items_of(value)?;
    }
    for (_, item) in paths::children(value) {
        match &item {
            Value::Array(_) if depth > 0.0 => out.extend(flat(&item, depth - 1.0)?),
            _ => out.push(item),
        }
    }
    Ok(out)
}

fn transpose(value: &Value) -> Result<Value, Stop> {
    let rows = items_of(value)?;
    let mut width = 0;
    for row in rows {
        width = width.max(items_of(row)?.len());
    }
    let column = |at: usize| {
        Value::array(rows.iter().map(|row| items_of(row).ok().and_then(|r| r.get(at)).cloned().unwrap_or(Value::Null)).collect())
    };
    Ok(Value::array((0..width).map(column).collect()))
}

fn texts(value: &Value, other: &Value, wrong: &str, f: fn(&str, &str) -> Value) -> Result<Value, Stop> {
    match (value, other) {
        (Value::Text(value), Value::Text(other)) => Ok(f(value, other)),
        _ => fail(wrong),
    }
}

fn trim(value: &Value, part: &Value, f: for<'t> fn(&'t str, &str) -> Option<&'t str>) -> Value {
    match (value, part) {
        (Value::Text(text), Value::Text(part)) => f(text, part).map_or_else(|| value.clone(), Value::text),
        _ => value.clone(),
    }
}

fn join(value: &Value, separator: &Value) -> Result<Value, Stop> {
    let mut out: Option<Value> = None;
    let plus = |a: Value, b: &Value| ops::math(jaq_core::ops::Math::Add, a, b);
    if !matches!(value, Value::Array(_) | Value::Object(_)) {
        items_of(value)?;
    }
    for (_, item) in paths::children(value) {
        let piece = match item {
            Value::Null => Value::text(""),
            Value::Bool(_) | Value::Number(_) => Value::text(text_of(&item)),
            other => other,
        };
        out = Some(match out {
            None => plus(Value::text(""), &piece)?,
            Some(before) => plus(plus(before, separator)?, &piece)?,
        });
    }
    Ok(out.unwrap_or_else(|| Value::text("")))
}
