//! The second generation's OpenAPI document in protobuf (`openapi.v2.Document` of gnostic): the only form of it that
//! kubectl reads.

use serde_json::{Map, Value};

/// Its media type.
pub const MEDIA_TYPE: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/// The same as older clients ask for it; it is no media type to Go's parser, so nothing is ever answered with it.
pub const OLD_MEDIA_TYPE: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/// A message that is being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn bytes(&mut self, number: u64, bytes: &[u8]) {
        self.varint(number << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }

    fn message(&mut self, number: u64, message: Message) {
        self.bytes(number, &message.0);
    }

    fn text(&mut self, number: u64, text: Option<&Value>) {
        if let Some(text) = text.and_then(Value::as_str) {
            self.bytes(number, text.as_bytes());
        }
    }

    fn truth(&mut self, number: u64, value: bool) {
        if value {
            self.varint(number << 3);
            self.varint(1);
        }
    }

    /// A message around another.
    fn around(number: u64, inner: Message) -> Message {
        let mut outer = Message::default();
        outer.message(number, inner);
        outer
    }

    /// A name and what it stands for.
    fn named(name: &str, value: Message) -> Message {
        let mut named = Message::default();
        named.bytes(1, name.as_bytes());
        named.message(2, value);
        named
    }

    /// Every `x-…` of an object.
    fn extensions(&mut self, number: u64, object: &Map<String, Value>) {
        for (name, value) in object.iter().filter(|(name, _)| name.starts_with("x-")) {
            let mut any = Message::default();
            any.bytes(2, podground::kubectl::printers::yaml::to_yaml(value).as_bytes());
            self.message(number, Message::named(name, any));
        }
    }
}

fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// The document.
pub fn document(json: &Value) -> Vec<u8> {
    let mut document = Message::default();
    document.text(1, json.get("swagger"));
    let mut info = Message::default();
    info.text(1, json.pointer("/info/title"));
    info.text(2, json.pointer("/info/version"));
    document.message(2, info);
    let mut paths = Message::default();
    for (path, item) in object(json.get("paths")) {
        paths.message(2, Message::named(path, path_item(item)));
    }
    document.message(8, paths);
    let mut definitions = Message::default();
    for (name, value) in object(json.get("definitions")) {
        definitions.message(1, Message::named(name, schema(value)));
    }
    document.message(9, definitions);
    document.0
}

fn path_item(item: &Value) -> Message {
    let mut message = Message::default();
    for (number, verb) in [(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (8, "patch")] {
        if let Some(value) = item.get(verb) {
            message.message(number, operation(value));
        }
    }
    parameters(&mut message, 9, item);
    message
}

fn parameters(message: &mut Message, number: u64, owner: &Value) {
    for value in list(owner.get("parameters")) {
        message.message(number, Message::around(1, parameter(value)));
    }
}

fn operation(value: &Value) -> Message {
    let mut message = Message::default();
    message.text(5, value.get("operationId"));
    parameters(&mut message, 8, value);
    let mut responses = Message::default();
    for (code, answer) in object(value.get("responses")) {
        let mut response = Message::default();
        response.text(1, answer.get("description"));
        if let Some(value) = answer.get("schema") {
            response.message(2, Message::around(1, schema(value)));
        }
        responses.message(1, Message::named(code, Message::around(1, response)));
    }
    message.message(9, responses);
    if let Some(object) = value.as_object() {
        message.extensions(13, object);
    }
    message
}

fn parameter(value: &Value) -> Message {
    let required = value.get("required").and_then(Value::as_bool).unwrap_or(false);
    let place = value.get("in").and_then(Value::as_str).unwrap_or_default();
    let mut inner = Message::default();
    if place == "body" {
        inner.text(2, value.get("name"));
        inner.text(3, value.get("in"));
        inner.truth(4, required);
        if let Some(value) = value.get("schema") {
            inner.message(5, schema(value));
        }
        return Message::around(1, inner);
    }
    inner.truth(1, required);
    inner.text(2, value.get("in"));
    inner.text(4, value.get("name"));
    inner.text(6 - u64::from(place == "path"), value.get("type"));
    Message::around(2, Message::around(if place == "path" { 4 } else { 3 }, inner))
}

fn schema(value: &Value) -> Message {
    let mut message = Message::default();
    for (number, name) in [(1, "$ref"), (2, "format"), (4, "description")] {
        message.text(number, value.get(name));
    }
    for name in list(value.get("required")) {
        message.text(19, Some(name));
    }
    if let Some(inner) = value.get("additionalProperties") {
        message.message(21, Message::around(1, schema(inner)));
    }
    if let Some(kind) = value.get("type") {
        let mut item = Message::default();
        item.text(1, Some(kind));
        message.message(22, item);
    }
    if let Some(inner) = value.get("items") {
        message.message(23, Message::around(1, schema(inner)));
    }
    let mut properties = Message::default();
    for (name, inner) in object(value.get("properties")) {
        properties.message(1, Message::named(name, schema(inner)));
    }
    if !properties.0.is_empty() {
        message.message(25, properties);
    }
    if let Some(object) = value.as_object() {
        message.extensions(31, object);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_written() {
        let bytes = document(&json!({
            "swagger": "2.0", "info": { "title": "t" },
            "paths": { "/a": { "get": { "parameters": [{ "name": "q", "in": "query", "type": "string" }], "x-a": { "kind": "K" } } } },
            "definitions": { "D": { "type": "object", "properties": { "p": { "$ref": "#/definitions/D" } } } },
        }));
        let text = String::from_utf8_lossy(&bytes);
        for part in ["2.0", "/a", "query", "x-a", "kind: K", "#/definitions/D"] {
            assert!(text.contains(part), "{part}");
        }
        assert_eq!(bytes.first(), Some(&0x0a));
    }
}
