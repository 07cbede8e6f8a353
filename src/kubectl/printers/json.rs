//! JSON as Go's encoder writes it: HTML characters escaped, numbers in Go's form.

use crate::api::schema::{Schema, Shape};
use serde_json::Value;

/// One line, no spaces: `json.Marshal`.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, None, 0, None);
    out
}

/// `json.MarshalIndent(value, "", indent)`, without a newline at the end.
pub fn indented(value: &Value, indent: &str) -> String {
    let mut out = String::new();
    write_value(&mut out, value, Some(indent), 0, None);
    out
}

/// A whole object with its fields in the order of Go's structs, as a typed object is encoded.
pub fn typed(value: &Value, indent: Option<&str>) -> String {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    let info = Schema::get().kind(group, text("kind"));
    let shape = info.and_then(|info| Schema::get().id(&info.name)).map(Shape::Struct);
    let mut out = String::new();
    match shape {
        Some(_) => write_value(&mut out, value, indent, 0, shape.as_ref()),
        None => write_value(&mut out, value, indent, 0, Some(&Shape::Any)),
    }
    out
}

/// The entries of an object in the order of the struct's fields; kind and version first, unknown ones last.
fn in_order<'a>(map: &'a serde_json::Map<String, Value>, shape: Option<&Shape>) -> Vec<(&'a String, &'a Value, Option<&'static Shape>)> {
    let info = match shape {
        Some(Shape::Struct(id)) => Schema::get().info(*id),
        _ => None,
    };
    let mut all: Vec<(usize, &String, &Value, Option<&'static Shape>)> = map
        .iter()
        .map(|(key, item)| {
            let found = info.and_then(|info| info.fields.iter().enumerate().find(|(_, field)| field.name == *key));
            let place = match key.as_str() {
                _ if matches!(shape, Some(Shape::Any)) => place_without_schema(map, key),
                "kind" if info.is_some() => 0,
                "apiVersion" if info.is_some() => 1,
                _ => found.map_or(usize::MAX, |(at, _)| at + 2),
            };
            (place, key, item, found.map(|(_, field)| &field.go_type.shape).or_else(|| below(map, shape)))
        })
        .collect();
    all.sort_by_key(|(place, ..)| *place);
    all.into_iter().map(|(_, key, item, shape)| (key, item, shape)).collect()
}

/// Fields of structs that have no schema here (those of kubeconfigs, roles, ingresses, autoscalers) in an order that suits all.
const FIELDS: &[&str] = &[
    "kind",
    "apiGroup",
    "name",
    "command",
    "args",
    "env",
    "apiVersion",
    "groupVersion",
    "metadata",
    "preferences",
    "clusters",
    "users",
    "contexts",
    "current-context",
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority",
    "certificate-authority-data",
    "proxy-url",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "username",
    "uid",
    "groups",
    "password",
    "cluster",
    "user",
    "namespace",
    "auth-provider",
    "verbs",
    "apiGroups",
    "resources",
    "resourceNames",
    "nonResourceURLs",
    "ingressClassName",
    "defaultBackend",
    "tls",
    "hosts",
    "host",
    "path",
    "pathType",
    "type",
    "resource",
    "target",
    "averageValue",
    "scaleTargetRef",
    "minReplicas",
    "maxReplicas",
    "desiredReplicas",
    "currentMetrics",
    "subjects",
    "labels",
    "annotations",
];

/// Where there is no schema, a list's items are as they came: their keys are sorted.
fn below(map: &serde_json::Map<String, Value>, shape: Option<&Shape>) -> Option<&'static Shape> {
    let list = map.get("kind").is_some_and(|kind| kind == "List");
    (matches!(shape, Some(Shape::Any)) && !list).then_some(&Shape::Any)
}

/// Those of discovery's resources.
const RESOURCE: &[&str] = &["name", "singularName", "namespaced", "group", "version", "kind", "verbs", "shortNames", "categories"];

fn place_without_schema(map: &serde_json::Map<String, Value>, key: &str) -> usize {
    // A reference to a role says the group first.
    let reference = map.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("Role"));
    match key {
        "apiGroup" if reference => 0,
        _ if map.contains_key("singularName") => RESOURCE.iter().position(|field| *field == key).unwrap_or(usize::MAX),
        _ => FIELDS.iter().position(|field| *field == key).map_or(usize::MAX, |at| at + 1),
    }
}

fn newline(out: &mut String, indent: Option<&str>, depth: usize) {
    if let Some(unit) = indent {
        out.push('\n');
        for _ in 0..depth {
            out.push_str(unit);
        }
    }
}

fn write_value(out: &mut String, value: &Value, indent: Option<&str>, depth: usize, shape: Option<&Shape>) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(&number(n)),
        Value::String(s) => write_string(out, s),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) => {
            out.push('[');
            let inner = match shape {
                Some(Shape::List(inner)) => Some(&inner.shape),
                Some(Shape::Any) => shape,
                _ => None,
            };
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                newline(out, indent, depth + 1);
                write_value(out, item, indent, depth + 1, inner);
            }
            newline(out, indent, depth);
            out.push(']');
        }
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            out.push('{');
            let values = match shape {
                Some(Shape::Map(inner)) => Some(&inner.shape),
                _ => None,
            };
            for (i, (key, item, inner)) in in_order(map, shape).into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                newline(out, indent, depth + 1);
                write_string(out, key);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write_value(out, item, indent, depth + 1, inner.or(values));
            }
            newline(out, indent, depth);
            out.push('}');
        }
    }
}

/// A JSON string with Go's escapes (`<`, `>` and `&` as `\u00XX`).
pub fn write_string(out: &mut String, s: &str) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A number as Go's JSON encoder prints it.
pub fn number(n: &serde_json::Number) -> String {
    if n.is_i64() || n.is_u64() {
        return n.to_string();
    }
    let f = n.as_f64().unwrap_or_default();
    let magnitude = f.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) { super::gofmt::exponent(f) } else { format!("{f}") }
}
