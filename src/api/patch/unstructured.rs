//! What the server says of a strategically patched object that does not fit its type. Models FromUnstructured of
//! apimachinery `pkg/runtime/converter.go`, whose words are not those of decoding.
use super::print::go_kind;
use crate::api::Kind;
use crate::api::go::json_name;
use crate::api::quantity::Quantity;
use crate::api::schema::{GoType, Schema, Shape, TypeInfo};
use crate::api::time;
use serde_json::{Map, Value};

/// Unknown fields, in order of their texts; or the first value of a wrong type.
pub(super) fn check(kind: Kind, value: &Value) -> Result<Vec<String>, String> {
    let info = kind.info();
    let mut checker = Checker { path: String::new(), unknown: Vec::new() };
    if let (Some(struct_info), Some(entries)) = (Schema::get().kind(info.group, info.kind), value.as_object()) {
        checker.structure(struct_info, entries)?;
    }
    checker.unknown.sort();
    Ok(checker.unknown)
}

struct Checker {
    path: String,
    unknown: Vec<String>,
}

impl Checker {
    fn within(&mut self, step: &str, dotted: bool, check: impl FnOnce(&mut Self) -> Result<(), String>) -> Result<(), String> {
        let length = self.path.len();
        if dotted && length > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        let result = check(self);
        self.path.truncate(length);
        result
    }

    fn structure(&mut self, info: &'static TypeInfo, entries: &Map<String, Value>) -> Result<(), String> {
        for field in &info.fields {
            if let Some(value) = entries.get(&field.name) {
                self.within(&field.name, true, |checker| checker.value(&field.go_type, value))?;
            }
        }
        for key in entries.keys().filter(|key| info.field(key).is_none()) {
            let dot = if self.path.is_empty() { "" } else { "." };
            self.unknown.push(format!("unknown field \"{}{dot}{key}\"", self.path));
        }
        Ok(())
    }

    fn value(&mut self, go_type: &'static GoType, value: &Value) -> Result<(), String> {
        let kind = go_kind(value);
        let unmarshal = |what: &str, into: &str| Err(format!("json: cannot unmarshal {what} into Go value of type {into}"));
        match (&go_type.shape, value) {
            (_, Value::Null) | (Shape::Any, _) | (Shape::String(_), Value::String(_)) | (Shape::Bool, Value::Bool(_)) => Ok(()),
            (Shape::String(_), Value::Number(number)) if number.is_i64() => Err(format!("cannot convert int64 to {}", go_type.go)),
            (Shape::String(_), _) => Err("unrecognized type: string".to_string()),
            (Shape::Bool, _) => Err("unrecognized type: bool".to_string()),
            (Shape::Int32 | Shape::Int64, Value::Number(number)) => match number.as_f64() {
                Some(float) if !number.is_i64() && float.fract() != 0.0 => Err(format!("cannot convert float64 to {}", go_type.go)),
                _ => Ok(()),
            },
            (Shape::Int32 | Shape::Int64, _) => Err(format!("unrecognized type: {}", go_type.go)),
            (Shape::Struct(id), Value::Object(entries)) => match Schema::get().info(*id) {
                Some(info) => self.structure(info, entries),
                None => Ok(()),
            },
            (Shape::Struct(_), _) => Err(format!("cannot restore struct from: {kind}")),
            (Shape::List(item), Value::Array(items)) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, value)| self.within(&format!("[{index}]"), false, |checker| checker.value(item, value))),
            (Shape::List(_), _) => Err(format!("cannot restore slice from {kind}")),
            (Shape::Map(item), Value::Object(entries)) => entries.values().try_for_each(|value| self.value(item, value)),
            (Shape::Map(_), _) => Err(format!("cannot restore map from {kind}")),
            (Shape::Bytes, Value::String(text)) => {
                crate::api::base64::decode(text).map(drop).map_err(|error| format!("error decoding from json: {error}"))
            }
            (Shape::Bytes, Value::Array(_)) => Ok(()),
            (Shape::Bytes, _) => Err(format!("cannot restore slice from {kind}")),
            (Shape::Quantity, value) => Quantity::parse_json(&value.to_string()).map(|_| ()),
            (Shape::IntOrString, Value::String(_)) => Ok(()),
            (Shape::IntOrString, Value::Number(number)) => match number.as_i64().map(i32::try_from) {
                Some(Ok(_)) => Ok(()),
                _ => unmarshal(&format!("number {number}"), "int32"),
            },
            (Shape::IntOrString, value) => unmarshal(json_name(value), "int32"),
            (Shape::Time, Value::String(text)) => time::parse(text).map(|_| ()),
            (Shape::MicroTime, Value::String(text)) => time::parse_micro(text).map(|_| ()),
            (Shape::Time | Shape::MicroTime, value) => unmarshal(json_name(value), "string"),
        }
    }
}
