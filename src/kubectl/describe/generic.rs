//! Kinds without a description of their own: every field, by its name. Models describe.go's genericDescriber.

use super::writer::Writer;
use crate::kubectl::command::{at, text};
use crate::kubectl::printers::gofmt;
use serde_json::{Map, Value};

/// The description.
pub fn describe(w: &mut Writer, object: &Value, events: Option<&[Value]>) {
    w.field(0, "Name", &text(object, &["metadata", "name"]));
    w.field(0, "Namespace", &text(object, &["metadata", "namespace"]));
    w.labels("Labels", at(object, &["metadata", "labels"]));
    w.annotations("Annotations", at(object, &["metadata", "annotations"]));
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in ["name", "namespace", "labels", "annotations", "managedFields"] {
            metadata.remove(key);
        }
    }
    if let Some(map) = object.as_object() {
        fields(w, map, 0);
    }
    if let Some(events) = events {
        w.events(events);
    }
}

/// `apiVersion` as `API Version`, `clusterIP` as `Cluster IP`. Models smartLabelFor.
fn label(field: &str) -> String {
    const ACRONYMS: [&str; 8] = ["API", "URL", "UID", "OSB", "GUID", "TLS", "IP", "ID"];
    let mut parts: Vec<String> = Vec::new();
    let mut previous: Option<char> = None;
    for c in field.chars() {
        let new_word = c.is_uppercase() && previous.is_some_and(|p| !p.is_uppercase());
        match parts.last_mut() {
            Some(last) if !new_word => last.push(c),
            _ => parts.push(c.to_string()),
        }
        previous = Some(c);
    }
    let words = parts.iter().filter(|p| *p != "_").map(|part| {
        let upper = part.to_uppercase();
        if ACRONYMS.contains(&upper.as_str()) {
            return upper;
        }
        let mut chars = part.chars();
        chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn fields(w: &mut Writer, map: &Map<String, Value>, level: usize) {
    for (key, value) in map {
        match value {
            Value::Object(inner) => {
                w.line(level, &format!("{}:", label(key)));
                fields(w, inner, level + 1);
            }
            Value::Array(items) => {
                w.line(level, &format!("{}:", label(key)));
                for item in items {
                    match item {
                        Value::Object(inner) => fields(w, inner, level + 1),
                        other => w.line(level + 1, &gofmt::v(other)),
                    }
                }
            }
            other => w.field(level, &label(key), &gofmt::v(other)),
        }
    }
}
