//! `-o kyaml`: YAML in flow style with every string quoted. Models sigs.k8s.io/yaml/kyaml.

use super::json;
use super::yaml::compare_keys;
use super::yaml_scalar::resolves_to_other;
use crate::api::go_order::quoted;
use serde_json::Value;

/// The object as a KYAML document.
pub fn to_kyaml(value: &Value) -> String {
    let mut out = String::from("---\n");
    write(&mut out, value, 0);
    out.push('\n');
    out
}

/// A key stands bare where YAML could read it as nothing but a string.
fn key(text: &str) -> String {
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !resolves_to_other(text);
    if bare { text.to_owned() } else { string(text) }
}

fn string(text: &str) -> String {
    quoted(text).replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&")
}

/// A text of several lines: each on its own, a blank before it, or a backslash where it begins with one itself.
fn folded(text: &str, pad: &str) -> String {
    let mut out = String::from("\"\\\n");
    for line in text.split_inclusive('\n') {
        let start = if line.starts_with([' ', '\t']) { '\\' } else { ' ' };
        let quoted = string(line).replace("\\t", "\t");
        out.push_str(&format!("{pad}{start}{}\\\n", quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default()));
    }
    out + pad + "\""
}

fn write(out: &mut String, value: &Value, depth: usize) {
    let pad = "  ".repeat(depth + 1);
    let end = "  ".repeat(depth);
    match value {
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            out.push_str("{\n");
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_by(|a, b| compare_keys(a, b));
            for name in keys {
                out.push_str(&format!("{pad}{}: ", key(name)));
                write(out, &map[name], depth + 1);
                out.push_str(",\n");
            }
            out.push_str(&format!("{end}}}"));
        }
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        // Brackets of lists of objects or lists stand beside those of their items.
        Value::Array(items)
            if items.iter().all(|i| i.as_object().is_some_and(|m| !m.is_empty()) || i.as_array().is_some_and(|a| !a.is_empty())) =>
        {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write(out, item, depth);
            }
            out.push(']');
        }
        Value::Array(items) => {
            out.push_str("[\n");
            for item in items {
                out.push_str(&pad);
                write(out, item, depth + 1);
                out.push_str(",\n");
            }
            out.push_str(&format!("{end}]"));
        }
        Value::String(text) if text.contains('\n') => out.push_str(&folded(text, &pad)),
        Value::String(text) => out.push_str(&string(text)),
        other => out.push_str(&json::compact(other)),
    }
}
