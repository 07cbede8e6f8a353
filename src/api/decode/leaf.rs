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

/// Standard base64 with padding; line breaks are skipped. Models base64.StdEncoding.Decode and its CorruptInputError.
pub(crate) fn check_base64(text: &str) -> Result<(), String> {
    let error = |at: usize| Err(format!("illegal base64 data at input byte {at}"));
    let bytes: Vec<(usize, u8)> = text.bytes().enumerate().filter(|(_, byte)| !matches!(byte, b'\n' | b'\r')).collect();
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    for (quad_index, quad) in bytes.chunks(4).enumerate() {
        for (position, (at, byte)) in quad.iter().enumerate() {
            if is_digit(*byte) {
                continue;
            }
            if *byte != b'=' || position < 2 {
                return error(*at);
            }
            // Padding: `xx==` or `xxx=`, and nothing behind it.
            if position == 2 {
                match quad.get(3) {
                    None => return error(text.len()),
                    Some((_, b'=')) => {}
                    Some((next, _)) => return error(*next),
                }
            }
            return match bytes.get(quad_index * 4 + 4) {
                Some((after, _)) => error(*after),
                None => Ok(()),
            };
        }
        if quad.len() < 4 {
            return error(quad.first().map_or(0, |(at, _)| *at));
        }
    }
    Ok(())
}

/// Standard base64 with padding.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for position in 0..4 {
            let digit = DIGITS.get((bits >> (18 - 6 * position) & 63) as usize).copied().unwrap_or(b'=');
            text.push(if position > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}
