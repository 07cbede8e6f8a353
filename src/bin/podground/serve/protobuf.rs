//! Kubernetes' protobuf, read only: the typed clients of kubectl 1.32 and later send it without asking.
//!
//! `wire.json` holds the numbers, names and types of the fields of each message that a client may send, as the API's
//! `generated.proto` files fix them. Types: `s` text, `y` bytes, `b` truth value, `i` whole number; `[]` list, `{}` map from text.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use podground::api::schema::Schema;
use serde_json::{Map, Value, json};

/// What stands before every message.
const MAGIC: &[u8] = b"k8s\0";
/// How deep messages may lie within each other.
const LIMIT_DEPTH: usize = 32;

type Message = BTreeMap<String, (String, String)>;

fn table() -> &'static BTreeMap<String, Message> {
    static TABLE: OnceLock<BTreeMap<String, Message>> = OnceLock::new();
    // The file is part of the program; a test proves that it reads.
    TABLE.get_or_init(|| serde_json::from_str(include_str!("wire.json")).unwrap_or_default())
}

/// A body as JSON; `None`: it is not of this format, or of a kind that is not known here.
pub fn to_json(body: &[u8]) -> Option<Value> {
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), Vec::new());
    for field in Fields(body.strip_prefix(MAGIC)?) {
        match field? {
            (1, Wire::Bytes(meta)) => {
                for field in Fields(meta) {
                    match field? {
                        (1, Wire::Bytes(text)) => api_version = text_of(text)?,
                        (2, Wire::Bytes(text)) => kind = text_of(text)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(bytes)) => raw = bytes.to_vec(),
            _ => {}
        }
    }
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
    if version != "v1" {
        return None;
    }
    let package = match (group, kind.as_str()) {
        (_, "DeleteOptions") => "meta",
        ("", _) => "core",
        (group, _) => group.split('.').next().unwrap_or(group),
    };
    let mut object = message(&format!("{package}.{kind}"), &raw, 0)?;
    object.insert("apiVersion".into(), json!(api_version));
    object.insert("kind".into(), json!(kind));
    Some(Value::Object(object))
}

/// A field's content.
enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message: number and content. `None` is a fault, and the last.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let tag = self.varint()?;
        let wire = match tag & 7 {
            0 => Wire::Number(self.varint()?),
            1 => Wire::Bytes(self.take(8)?),
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Bytes(self.take(4)?),
            _ => return None,
        };
        Some((tag >> 3, wire))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Wire<'a>)>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

fn text_of(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

/// A message as the JSON object that Go would write.
fn message(name: &str, bytes: &[u8], depth: usize) -> Option<Map<String, Value>> {
    let fields = table().get(name).filter(|_| depth < LIMIT_DEPTH)?;
    let schema = Schema::get().find(name);
    let mut object = Map::new();
    for found in Fields(bytes) {
        let (number, wire) = found?;
        // A field that is newer than this server is ignored, as protobuf has it.
        let Some((field, kind)) = fields.get(&number.to_string()) else { continue };
        let info = schema.and_then(|schema| schema.field(field));
        if let Some(kind) = kind.strip_prefix("[]") {
            let item = value(kind, wire, depth)?;
            let list = object.entry(field.as_str()).or_insert_with(|| json!([]));
            list.as_array_mut()?.push(item);
            continue;
        }
        if let Some(kind) = kind.strip_prefix("{}") {
            let (key, item) = entry(kind, wire, depth)?;
            let map = object.entry(field.as_str()).or_insert_with(|| json!({}));
            map.as_object_mut()?.insert(key, item);
            continue;
        }
        let content = value(kind, wire, depth)?;
        if schema.is_some() && info.is_none() {
            // A struct that Go embeds: its fields are the message's own.
            object.extend(content.as_object()?.clone());
            continue;
        }
        // Go writes fields that are no pointers even where they are empty; in JSON they are left out.
        let pointer = info.map_or(!content.is_string(), |info| info.go_type.pointer);
        if !content.is_null() && (pointer || !is_zero(&content)) {
            object.insert(field.clone(), content);
        }
    }
    Some(object)
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

fn entry(kind: &str, wire: Wire<'_>, depth: usize) -> Option<(String, Value)> {
    let Wire::Bytes(bytes) = wire else { return None };
    let (mut key, mut item) = (String::new(), None);
    for field in Fields(bytes) {
        match field? {
            (1, Wire::Bytes(text)) => key = text_of(text)?,
            (2, wire) => item = Some(value(kind, wire, depth)?),
            _ => {}
        }
    }
    let empty = || value(kind, Wire::Bytes(&[]), depth);
    Some((key, item.or_else(empty)?))
}

fn value(kind: &str, wire: Wire<'_>, depth: usize) -> Option<Value> {
    match (kind, wire) {
        ("s", Wire::Bytes(bytes)) => Some(json!(text_of(bytes)?)),
        ("y", Wire::Bytes(bytes)) => Some(json!(STANDARD.encode(bytes))),
        ("b", Wire::Number(number)) => Some(json!(number != 0)),
        // Negative numbers are written as their 64-bit complement.
        ("i", Wire::Number(number)) => Some(json!(number.cast_signed())),
        ("meta.Time" | "meta.MicroTime", Wire::Bytes(bytes)) => time(bytes),
        ("resource.Quantity", Wire::Bytes(bytes)) => text_field(bytes, 1).map(Value::String),
        ("intstr.IntOrString", Wire::Bytes(bytes)) => int_or_string(bytes),
        ("meta.FieldsV1" | "runtime.RawExtension", Wire::Bytes(bytes)) => serde_json::from_str(&text_field(bytes, 1)?).ok(),
        (kind, Wire::Bytes(bytes)) => message(kind, bytes, depth + 1).map(Value::Object),
        _ => None,
    }
}

fn text_field(bytes: &[u8], number: u64) -> Option<String> {
    let mut found = String::new();
    for field in Fields(bytes) {
        if let (n, Wire::Bytes(text)) = field?
            && n == number
        {
            found = text_of(text)?;
        }
    }
    Some(found)
}

fn numbers(bytes: &[u8]) -> Option<BTreeMap<u64, i64>> {
    let mut numbers = BTreeMap::new();
    for field in Fields(bytes) {
        if let (n, Wire::Number(number)) = field? {
            numbers.insert(n, number.cast_signed());
        }
    }
    Some(numbers)
}

/// Seconds and nanoseconds; an empty message is Go's zero time, which JSON has as null.
fn time(bytes: &[u8]) -> Option<Value> {
    let numbers = numbers(bytes)?;
    let Some(seconds) = numbers.get(&1) else { return Some(Value::Null) };
    let nanos = i32::try_from(numbers.get(&2).copied().unwrap_or(0)).ok()?;
    Some(json!(jiff::Timestamp::new(*seconds, nanos).ok()?.to_string()))
}

fn int_or_string(bytes: &[u8]) -> Option<Value> {
    let numbers = numbers(bytes)?;
    if numbers.get(&1) == Some(&1) { Some(json!(text_field(bytes, 3)?)) } else { Some(json!(numbers.get(&2).copied().unwrap_or(0))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(content.len()).expect("short")], content].concat()
    }

    #[test]
    fn the_table_names_the_kinds() {
        for name in ["core.Pod", "apps.Deployment", "meta.ObjectMeta", "policy.Eviction"] {
            assert!(table().contains_key(name), "{name}");
        }
    }

    #[test]
    fn a_message_is_read() {
        let meta = [bytes(1, b"a"), bytes(2, b""), bytes(8, b""), bytes(11, &[bytes(1, b"k"), bytes(2, b"v")].concat())].concat();
        let port = [bytes(1, b"http"), vec![2 << 3, 0], vec![3 << 3, 80]].concat();
        let probe = bytes(1, &bytes(2, &bytes(2, &[1 << 3, 0, 2 << 3, 80])));
        let container = [bytes(1, b"c"), bytes(6, &port), bytes(10, &probe)].concat();
        let volume = [bytes(1, b"v"), bytes(2, &bytes(2, b""))].concat();
        let spec = [bytes(1, &volume), bytes(2, &container), vec![4 << 3, 0], vec![11 << 3, 0]].concat();
        let raw = [bytes(1, &meta), bytes(2, &spec), bytes(3, b"")].concat();
        let body = [MAGIC.to_vec(), bytes(1, &[bytes(1, b"v1"), bytes(2, b"Pod")].concat()), bytes(2, &raw)].concat();
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "a", "labels": { "k": "v" } },
            "spec": {
                "volumes": [{ "name": "v", "emptyDir": {} }],
                "containers": [{ "name": "c", "ports": [{ "name": "http", "containerPort": 80 }], "livenessProbe": { "httpGet": { "port": 80 } } }],
                "terminationGracePeriodSeconds": 0,
            },
        });
        assert_eq!(to_json(&body), Some(pod));
        assert_eq!(to_json(b"k8s\0\xff"), None);
        assert_eq!(to_json(b"{}"), None);
    }
}
