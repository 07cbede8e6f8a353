//! Building a value of a Go struct from JSON: type errors, unknown and duplicate fields, what Go leaves out.
//!
//! Models sigs.k8s.io/json (`internal/golang/encoding/json/decode.go` and its strictness).
use super::leaf;
use crate::api::base64;
use crate::api::json::Node;
use crate::api::schema::{Field, GoType, Schema, Shape, TypeInfo};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Strict errors beyond this many are dropped. Models saveStrictError.
const MAX_STRICT_ERRORS: usize = 100;

/// An error that ends decoding at once, as errors of custom types do in Go.
struct Abort(String);

/// A step of a strict error's path.
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// Decodes one struct.
pub struct StructDecoder<'a> {
    schema: &'static Schema,
    /// Names of fields from the root, embedded structs among them: the path of type errors.
    stack: Vec<&'a str>,
    /// The struct whose field is being read.
    in_struct: &'a str,
    path: Vec<Step<'a>>,
    /// The first type error; decoding goes on after it.
    type_error: Option<String>,
    strict: Vec<String>,
}

impl Default for StructDecoder<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> StructDecoder<'a> {
    /// A fresh decoder.
    pub fn new() -> Self {
        Self { schema: Schema::get(), stack: Vec::new(), in_struct: "", path: Vec::new(), type_error: None, strict: Vec::new() }
    }

    /// The value of `info` that `node` describes; the error is Go's first.
    pub fn decode(&mut self, info: &'static TypeInfo, node: &'a Node<'a>) -> Result<Value, String> {
        let built = match node {
            Node::Null => Some(self.zero_struct(info)),
            Node::Object(entries) => self.structure(info, entries).map(Some).map_err(|Abort(error)| error)?,
            other => {
                let name = format!("v1.{}", info.go_name());
                self.mismatch(other.go_name(), &name);
                None
            }
        };
        match self.type_error.take() {
            Some(error) => Err(error),
            None => Ok(built.unwrap_or(Value::Null)),
        }
    }

    /// Unknown and duplicate fields, in the order met.
    pub fn into_strict_errors(self) -> Vec<String> {
        self.strict
    }

    fn mismatch(&mut self, what: &str, go_type: &str) {
        if self.type_error.is_none() {
            self.type_error = Some(self.type_error_text(what, go_type));
        }
    }

    fn type_error_text(&self, what: &str, go_type: &str) -> String {
        if self.in_struct.is_empty() && self.stack.is_empty() {
            return format!("json: cannot unmarshal {what} into Go value of type {go_type}");
        }
        format!("json: cannot unmarshal {what} into Go struct field {}.{} of type {go_type}", self.in_struct, self.stack.join("."))
    }

    fn strict_error(&mut self, what: &str, key: &str) {
        if self.strict.len() >= MAX_STRICT_ERRORS {
            return;
        }
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Key(name) if path.is_empty() => path.push_str(name),
                Step::Key(name) => {
                    path.push('.');
                    path.push_str(name);
                }
                Step::Index(index) => {
                    let _ = write!(path, "[{index}]");
                }
            }
        }
        if !path.is_empty() {
            path.push('.');
        }
        let error = format!("{what} field \"{path}{key}\"");
        if !self.strict.contains(&error) {
            self.strict.push(error);
        }
    }

    fn structure(&mut self, info: &'static TypeInfo, entries: &'a [(std::borrow::Cow<'a, str>, Node<'a>)]) -> Result<Value, Abort> {
        let mut object = Map::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let (outer, depth) = (self.in_struct, self.stack.len());
        for (key, node) in entries {
            let Some(field) = info.field(key) else {
                self.strict_error("unknown", key);
                continue;
            };
            if !seen.insert(key) {
                self.strict_error("duplicate", key);
            }
            self.stack.extend(field.via.iter().map(String::as_str));
            self.stack.push(&field.name);
            self.in_struct = info.go_name();
            self.path.push(Step::Key(&field.name));
            let value = self.value(&field.go_type, node)?;
            self.path.pop();
            self.stack.truncate(depth);
            self.in_struct = outer;
            match value {
                Some(value) if !left_out(field, &value) => {
                    object.insert(field.name.clone(), value);
                }
                // A null leaves an earlier duplicate in place only where Go ignores nulls; that is not told apart.
                _ => {}
            }
        }
        self.fill(info, &mut object);
        Ok(Value::Object(object))
    }

    /// Adds what Go always writes: structs and numbers of their own type that are no pointers.
    fn fill(&self, info: &'static TypeInfo, object: &mut Map<String, Value>) {
        for field in info.fields.iter().filter(|field| !field.go_type.pointer && !field.omit_zero) {
            if object.contains_key(&field.name) {
                continue;
            }
            if let Some(zero) = self.always_written(&field.go_type) {
                object.insert(field.name.clone(), zero);
            }
        }
    }

    fn always_written(&self, go_type: &GoType) -> Option<Value> {
        match &go_type.shape {
            Shape::Struct(id) => self.schema.info(*id).map(|info| self.zero_struct(info)),
            Shape::Quantity => Some(Value::from("0")),
            Shape::IntOrString => Some(Value::from(0)),
            _ => None,
        }
    }

    fn zero_struct(&self, info: &'static TypeInfo) -> Value {
        let mut object = Map::new();
        self.fill(info, &mut object);
        Value::Object(object)
    }

    /// The value, or nothing for null and for what does not fit.
    fn value(&mut self, go_type: &'static GoType, node: &'a Node<'a>) -> Result<Option<Value>, Abort> {
        if matches!(node, Node::Null) {
            return Ok(None);
        }
        let go = go_type.go.as_str();
        match (&go_type.shape, node) {
            (Shape::String(_), Node::String(text)) => Ok(Some(Value::String(text.to_string()))),
            (Shape::Bool, Node::Bool(value)) => Ok(Some(Value::Bool(*value))),
            (Shape::Int32 | Shape::Int64, Node::Number(digits)) => {
                let number = leaf::integer(digits, go_type.shape == Shape::Int32);
                if number.is_none() {
                    self.mismatch(&format!("number {digits}"), go);
                }
                Ok(number.map(Value::from))
            }
            (Shape::Struct(id), Node::Object(entries)) => match self.schema.info(*id) {
                Some(info) => self.structure(info, entries).map(Some),
                None => Ok(None),
            },
            (Shape::List(item), Node::Array(nodes)) => self.list(item, nodes).map(Some),
            (Shape::Map(item), Node::Object(entries)) => self.map(item, entries).map(Some),
            (Shape::Bytes, Node::String(text)) => {
                if let Err(error) = base64::decode(text) {
                    self.type_error.get_or_insert(error);
                }
                Ok(Some(Value::String(text.replace(['\n', '\r'], ""))))
            }
            (Shape::Bytes, Node::Array(nodes)) => Ok(Some(Value::String(self.bytes(nodes)))),
            (Shape::Any, node) => Ok(Some(node.to_value())),
            (Shape::Quantity, node) => leaf::quantity(node).map(Some).map_err(Abort),
            (Shape::IntOrString, node) => self.custom(leaf::int_or_string(node)),
            (Shape::Time, node) => self.custom(leaf::time(node, false)),
            (Shape::MicroTime, node) => self.custom(leaf::time(node, true)),
            (_, other) => {
                self.mismatch(other.go_name(), go);
                Ok(None)
            }
        }
    }

    /// Bytes written as a list of numbers, which Go accepts as well.
    fn bytes(&mut self, nodes: &'a [Node<'a>]) -> String {
        let mut bytes = Vec::with_capacity(nodes.len());
        for node in nodes {
            let number = match node {
                Node::Number(digits) => digits.parse::<u8>().map_err(|_| format!("number {digits}")),
                Node::Null => Ok(0),
                other => Err(other.go_name().to_string()),
            };
            match number {
                Ok(byte) => bytes.push(byte),
                Err(what) => self.mismatch(&what, "uint8"),
            }
        }
        base64::encode(&bytes)
    }

    /// Errors of custom types end decoding; type errors among them name the field.
    fn custom(&self, read: Result<Value, leaf::LeafError>) -> Result<Option<Value>, Abort> {
        match read {
            Ok(value) => Ok(Some(value)),
            Err(leaf::LeafError::Type(what, go_type)) => Err(Abort(self.type_error_text(&what, go_type))),
            Err(leaf::LeafError::Text(error)) => Err(Abort(error)),
        }
    }

    fn list(&mut self, item: &'static GoType, nodes: &'a [Node<'a>]) -> Result<Value, Abort> {
        let mut values = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            self.path.push(Step::Index(index));
            let value = self.value(item, node)?;
            self.path.pop();
            values.push(value.unwrap_or_else(|| self.zero(item)));
        }
        Ok(Value::Array(values))
    }

    fn map(&mut self, item: &'static GoType, entries: &'a [(std::borrow::Cow<'a, str>, Node<'a>)]) -> Result<Value, Abort> {
        let mut object = Map::new();
        for (key, node) in entries {
            if object.contains_key(key.as_ref()) {
                self.strict_error("duplicate", key);
            }
            self.path.push(Step::Key(key));
            let value = self.value(item, node)?;
            self.path.pop();
            let value = value.unwrap_or_else(|| self.zero(item));
            object.insert(key.to_string(), value);
        }
        Ok(Value::Object(object))
    }

    /// What a null becomes as an item of a list or a map.
    fn zero(&self, go_type: &GoType) -> Value {
        match &go_type.shape {
            Shape::String(_) | Shape::Bytes => Value::from(""),
            Shape::Bool => Value::Bool(false),
            Shape::Int32 | Shape::Int64 => Value::from(0),
            Shape::List(_) => Value::Array(Vec::new()),
            Shape::Map(_) => Value::Object(Map::new()),
            _ => self.always_written(go_type).unwrap_or(Value::Null),
        }
    }
}

/// Whether Go's `omitempty` leaves the value out.
fn left_out(field: &Field, value: &Value) -> bool {
    if !field.omit_empty {
        return false;
    }
    match value {
        Value::Array(items) => items.is_empty() && !field.go_type.pointer,
        Value::Object(entries) => entries.is_empty() && matches!(field.go_type.shape, Shape::Map(_)),
        Value::String(text) => text.is_empty() && !field.go_type.pointer && !matches!(field.go_type.shape, Shape::IntOrString),
        Value::Bool(value) => !value && !field.go_type.pointer,
        Value::Number(number) => {
            let zero = number.as_i64() == Some(0);
            zero && !field.go_type.pointer && matches!(field.go_type.shape, Shape::Int32 | Shape::Int64)
        }
        Value::Null => true,
    }
}
