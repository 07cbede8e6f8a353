//! JSON as Go reads it: order and duplicates of keys kept, numbers as written, Go's error texts.
mod scanner;

use crate::api::go;
use std::borrow::Cow;

/// Deepest nesting Go accepts. Models encoding/json maxNestingDepth.
pub const MAX_DEPTH: usize = 10_000;
/// Below this depth content is checked but not kept: no kind has fields there, and walking it would cost stack.
const KEPT_DEPTH: usize = 128;

/// A JSON value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<'a> {
    /// `null`, and whatever lies deeper than any field.
    Null,
    /// `true`, `false`
    Bool(bool),
    /// The digits as written.
    Number(Cow<'a, str>),
    /// The text, unescaped.
    String(Cow<'a, str>),
    /// `[…]`
    Array(Vec<Node<'a>>),
    /// `{…}`, in the order written, duplicates included.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// Reads a whole text; the error is Go's.
    pub fn parse(body: &'a [u8]) -> Result<Self, String> {
        scanner::parse(body)
    }

    /// How Go names the value in a type error: `string`, `number`, `array`, ….
    pub fn go_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// What Go says where it wanted an object of any keys.
    pub fn not_an_object(&self) -> String {
        format!("json: cannot unmarshal {} into Go value of type map[string]interface {{}}", self.go_name())
    }

    /// The last value of a key.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        match self {
            Self::Object(entries) => entries.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The value without order: of duplicate keys the last stays.
    pub fn to_value(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(digits) => number(digits),
            Self::String(text) => Value::String(text.to_string()),
            Self::Array(items) => Value::Array(items.iter().map(Node::to_value).collect()),
            Self::Object(entries) => Value::Object(entries.iter().map(|(key, value)| (key.to_string(), value.to_value())).collect()),
        }
    }

    /// The node of a value; keys in order of their bytes, as Go writes maps.
    pub fn from_value(value: &'a serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(Cow::Owned(number.to_string())),
            Value::String(text) => Self::String(Cow::Borrowed(text)),
            Value::Array(items) => Self::Array(items.iter().map(Node::from_value).collect()),
            Value::Object(entries) => {
                Self::Object(entries.iter().map(|(key, value)| (Cow::Borrowed(key.as_str()), Node::from_value(value))).collect())
            }
        }
    }
}

/// Whole numbers stay whole, all others become floats.
pub fn number(digits: &str) -> serde_json::Value {
    if let Ok(value) = digits.parse::<i64>() {
        return value.into();
    }
    let float = digits.parse::<f64>().unwrap_or(f64::MAX);
    serde_json::Number::from_f64(float).map_or(serde_json::Value::Null, serde_json::Value::Number)
}

/// A byte as Go's syntax errors show it. Models encoding/json quoteChar.
fn quote_char(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_string(),
        b'"' => "'\"'".to_string(),
        _ => {
            let quoted = go::quote(&char::from(byte).to_string());
            format!("'{}'", quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or(""))
        }
    }
}
