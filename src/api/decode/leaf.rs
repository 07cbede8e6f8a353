//! Values of types that read themselves: quantities, times, numbers or texts, bytes.
use crate::api::json::Node;
use crate::api::quantity::Quantity;
use crate::api::time;
use serde_json::Value;

/// Why such a value cannot be read.
pub(super) enum LeafError {
    /// What was found, and the Go type it should be.
    Type(String, &'static str),
    /// Any other text.
    Text(String),
}

/// Whole numbers of 32 or 64 bits, written without point and exponent.
pub(super) fn integer(digits: &str, narrow: bool) -> Option<i64> {
    let value: i64 = digits.parse().ok()?;
    (!narrow || i32::try_from(value).is_ok()).then_some(value)
}

/// Models resource.Quantity.UnmarshalJSON: text or number; anything else has the wrong form.
pub(super) fn quantity(node: &Node<'_>) -> Result<Value, String> {
    let parsed = match node {
        Node::String(text) => Quantity::parse(text.trim())?,
        Node::Number(digits) => Quantity::parse(digits)?,
        other => Quantity::parse(other.go_name()).and_then(|_| Err(String::new()))?,
    };
    Ok(Value::String(parsed.to_string()))
}

/// Models intstr.IntOrString.UnmarshalJSON.
pub(super) fn int_or_string(node: &Node<'_>) -> Result<Value, LeafError> {
    match node {
        Node::String(text) => Ok(Value::String(text.to_string())),
        Node::Number(digits) => match integer(digits, true) {
            Some(number) => Ok(Value::from(number)),
            None => Err(LeafError::Type(format!("number {digits}"), "int32")),
        },
        other => Err(LeafError::Type(other.go_name().to_string(), "int32")),
    }
}

/// Models metav1.Time.UnmarshalJSON and metav1.MicroTime.UnmarshalJSON.
pub(super) fn time(node: &Node<'_>, micro: bool) -> Result<Value, LeafError> {
    let Node::String(text) = node else {
        return Err(LeafError::Type(node.go_name().to_string(), "string"));
    };
    let read = if micro { time::parse_micro(text).map(time::format_micro) } else { time::parse(text).map(time::format) };
    read.map(Value::String).map_err(LeafError::Text)
}
