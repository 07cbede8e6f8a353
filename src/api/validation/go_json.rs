//! JSON as Go's `encoding/json` writes it, with the fields in the order of the Go struct.

use serde_json::Value;

pub(super) use crate::api::go_order::quoted as string;
use crate::api::quantity::Quantity;

/// The type of a field of a Go struct.
pub(super) enum Type {
    /// `string`: absent is `""`.
    Text,
    /// A number: absent is `0`.
    Number,
    /// `bool`: absent is `false`.
    Bool,
    /// A pointer to anything: absent is `null`.
    Pointer(&'static Type),
    /// A slice: absent is `null`.
    List(&'static Type),
    /// A map: absent is `null`.
    Map(&'static Type),
    /// A struct held by value: absent is all its zero values.
    Struct(&'static Struct),
    /// `resource.Quantity`, written canonically; absent is `"0"`.
    Quantity,
    /// Written as it stands; absent is `null`.
    Raw,
}

/// A Go struct: its fields in order.
pub(super) struct Struct {
    /// The fields.
    pub fields: &'static [Field],
}

/// A field of a Go struct.
pub(super) struct Field {
    /// The name that Go's JSON writes.
    pub go: &'static str,
    /// The name in the versioned API.
    pub json: &'static str,
    /// The type.
    pub ty: Type,
    /// `,omitempty`.
    pub omit_empty: bool,
}

/// Writes `value` as a Go value of type `ty`, on one line. Models json.Marshal.
pub(super) fn compact(value: Option<&Value>, ty: &Type) -> String {
    let mut writer = Writer { out: String::new(), indent: None };
    writer.value(value, ty, 0);
    writer.out
}

/// The same over several lines, one space a level. Models json.MarshalIndent(…, "", " ").
pub(super) fn pretty(value: Option<&Value>, ty: &Type) -> String {
    let mut writer = Writer { out: String::new(), indent: Some(" ") };
    writer.value(value, ty, 0);
    writer.out
}

/// A string map, keys sorted; nil is `null`.
pub(super) fn string_map(map: Option<&std::collections::BTreeMap<String, String>>) -> String {
    let Some(map) = map else { return "null".to_owned() };
    let entries: Vec<String> = map.iter().map(|(k, v)| format!("{}:{}", string(k), string(v))).collect();
    format!("{{{}}}", entries.join(","))
}

struct Writer {
    out: String,
    indent: Option<&'static str>,
}

impl Writer {
    fn value(&mut self, value: Option<&Value>, ty: &Type, depth: usize) {
        let value = value.filter(|v| !v.is_null());
        match (ty, value) {
            (Type::Text, Some(Value::String(text))) => self.out.push_str(&string(text)),
            (Type::Text, None) => self.out.push_str("\"\""),
            (Type::Number, None) => self.out.push('0'),
            (Type::Bool, None) => self.out.push_str("false"),
            (Type::Pointer(inner), Some(value)) => self.value(Some(value), inner, depth),
            (Type::List(inner), Some(Value::Array(items))) => self.list(items, inner, depth),
            (Type::Map(inner), Some(Value::Object(entries))) => {
                let entries: Vec<(&str, Option<&Value>, &Type)> = entries.iter().map(|(k, v)| (k.as_str(), Some(v), *inner)).collect();
                self.object(&entries, depth);
            }
            (Type::Struct(of), value) => self.fields(value, of, depth),
            (Type::Quantity, Some(Value::String(text))) => {
                let canonical = Quantity::parse(text).map_or_else(|_| text.clone(), |quantity| quantity.to_string());
                self.out.push_str(&string(&canonical));
            }
            (Type::Quantity, None) => self.out.push_str("\"0\""),
            (_, Some(Value::String(text))) => self.out.push_str(&string(text)),
            (_, Some(value)) => self.out.push_str(&value.to_string()),
            (_, None) => self.out.push_str("null"),
        }
    }

    fn fields(&mut self, value: Option<&Value>, of: &Struct, depth: usize) {
        let entries: Vec<(&str, Option<&Value>, &Type)> = of
            .fields
            .iter()
            .map(|field| (field, value.and_then(|v| v.get(field.json))))
            .filter(|(field, value)| !field.omit_empty || !value.is_none_or(is_empty))
            .map(|(field, value)| (field.go, value, &field.ty))
            .collect();
        self.object(&entries, depth);
    }

    fn object(&mut self, entries: &[(&str, Option<&Value>, &Type)], depth: usize) {
        if entries.is_empty() {
            self.out.push_str("{}");
            return;
        }
        self.out.push('{');
        for (position, (name, value, ty)) in entries.iter().enumerate() {
            self.separate(position, depth + 1);
            self.out.push_str(&string(name));
            self.out.push_str(if self.indent.is_some() { ": " } else { ":" });
            self.value(*value, ty, depth + 1);
        }
        self.line(depth);
        self.out.push('}');
    }

    fn list(&mut self, items: &[Value], ty: &Type, depth: usize) {
        if items.is_empty() {
            self.out.push_str("[]");
            return;
        }
        self.out.push('[');
        for (position, item) in items.iter().enumerate() {
            self.separate(position, depth + 1);
            self.value(Some(item), ty, depth + 1);
        }
        self.line(depth);
        self.out.push(']');
    }

    fn separate(&mut self, position: usize, depth: usize) {
        if position > 0 {
            self.out.push(',');
        }
        self.line(depth);
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.push_str(&indent.repeat(depth));
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
    }
}
