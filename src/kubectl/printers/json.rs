//! JSON as Go's encoder writes it.

use crate::api::go_order;
use serde_json::Value;

/// One line, no spaces, the keys sorted: `json.Marshal` of a map.
pub fn compact(value: &Value) -> String {
    text(go_order::to_vec_sorted(value))
}

/// `json.MarshalIndent(value, "", indent)` of a map, without a newline at the end.
pub fn indented(value: &Value, indent: &str) -> String {
    text(go_order::indented(&go_order::to_vec_sorted(value), indent))
}

/// The same with the fields in the order of Go's structs, as a typed object is encoded.
pub fn typed(value: &Value, indent: &str) -> String {
    text(go_order::indented(&go_order::to_vec(value), indent))
}

/// The same in one line, without spaces.
pub fn typed_line(value: &Value) -> String {
    text(go_order::to_vec(value))
}

fn text(written: Vec<u8>) -> String {
    String::from_utf8(written).unwrap_or_default()
}
