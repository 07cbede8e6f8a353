//! Objects as Go writes them: structs that are no pointers and times that were never set are there, empty or null.
use crate::api::schema::{Field, Schema, Shape, TypeInfo};
use crate::api::{Object, apply};
use serde_json::{Map, Value};

/// The JSON the API server answers.
pub fn to_json(object: &Object) -> Value {
    let info = object.kind().info();
    let mut value = object.to_json();
    if let (Some(entries), Some(struct_info)) = (value.as_object_mut(), Schema::get().kind(info.group, info.kind)) {
        complete(struct_info, entries);
    }
    if object.meta().managed_fields.is_some() {
        apply::expand(object.kind(), &mut value);
    }
    value
}

/// Adds to an object of this type what Go would write besides.
pub fn complete(info: &'static TypeInfo, entries: &mut Map<String, Value>) {
    for field in &info.fields {
        if field.omit_empty && !field.go_type.pointer && entries.get(&field.name).is_some_and(|value| is_zero(&field.go_type.shape, value))
        {
            entries.remove(&field.name);
            continue;
        }
        match entries.get_mut(&field.name) {
            Some(value) => complete_value(&field.go_type.shape, value),
            None => {
                if let Some(value) = missing(field) {
                    entries.insert(field.name.clone(), value);
                }
            }
        }
    }
}

fn complete_value(shape: &'static Shape, value: &mut Value) {
    match (shape, value) {
        (Shape::Struct(id), Value::Object(entries)) => {
            if let Some(info) = Schema::get().info(*id) {
                complete(info, entries);
            }
        }
        (Shape::List(item), Value::Array(values)) if is_structured(&item.shape) => {
            values.iter_mut().for_each(|value| complete_value(&item.shape, value));
        }
        (Shape::Map(item), Value::Object(entries)) if is_structured(&item.shape) => {
            entries.values_mut().for_each(|value| complete_value(&item.shape, value));
        }
        _ => {}
    }
}

/// Whether Go leaves a value out of a field that is marked `omitempty`.
fn is_zero(shape: &Shape, value: &Value) -> bool {
    match (shape, value) {
        (Shape::String(_) | Shape::Bytes, Value::String(text)) => text.is_empty(),
        (Shape::Bool, Value::Bool(set)) => !set,
        (Shape::Int32 | Shape::Int64, Value::Number(number)) => number.as_i64() == Some(0),
        (Shape::List(_), Value::Array(items)) => items.is_empty(),
        (Shape::Map(_), Value::Object(entries)) => entries.is_empty(),
        _ => false,
    }
}

fn is_structured(shape: &Shape) -> bool {
    matches!(shape.innermost(), Shape::Struct(_))
}

/// What Go writes for a field that is not set; nothing where it writes nothing.
fn missing(field: &'static Field) -> Option<Value> {
    if field.go_type.pointer {
        return (!field.omit_empty).then_some(Value::Null);
    }
    if field.omit_zero {
        return None;
    }
    match &field.go_type.shape {
        Shape::Struct(id) => {
            let mut entries = Map::new();
            complete(Schema::get().info(*id)?, &mut entries);
            Some(Value::Object(entries))
        }
        Shape::Time | Shape::MicroTime => Some(Value::Null),
        Shape::Quantity => Some(Value::from("0")),
        Shape::IntOrString => Some(Value::from(0)),
        _ if field.omit_empty => None,
        Shape::String(_) => Some(Value::from("")),
        Shape::Bool => Some(Value::Bool(false)),
        Shape::Int32 | Shape::Int64 => Some(Value::from(0)),
        _ => Some(Value::Null),
    }
}
