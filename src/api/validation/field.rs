//! Paths of fields and what is wrong with them. Models apimachinery `pkg/util/validation/field`.

use std::fmt;

use super::go_json;
use crate::api::go;
use crate::api::object::Kind;
use crate::api::status::{Cause, Details, Status};

/// The path of a field: `spec.containers[0].name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(String);

impl Path {
    /// A path of one name. The empty name is the whole object, which Kubernetes writes `[]`.
    pub fn new(name: &str) -> Path {
        Path(if name.is_empty() { "[]".to_owned() } else { name.to_owned() })
    }

    /// No path yet: the first child stands alone.
    pub fn none() -> Path {
        Path(String::new())
    }

    /// Whether nothing has been named yet.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// `path.name`
    pub fn child(&self, name: &str) -> Path {
        Path(if self.0.is_empty() { name.to_owned() } else { format!("{}.{name}", self.0) })
    }

    /// `path[3]`
    pub fn index(&self, index: usize) -> Path {
        Path(format!("{}[{index}]", self.0))
    }

    /// `path[key]`
    pub fn key(&self, key: &str) -> Path {
        Path(format!("{}[{key}]", self.0))
    }

    /// The path's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of fault a field has. Models field.ErrorType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorType {
    /// A name that stands for nothing.
    NotFound,
    /// Nothing where something must be.
    Required,
    /// The same twice.
    Duplicate,
    /// A malformed value.
    Invalid,
    /// None of the listed values.
    NotSupported,
    /// Not allowed here.
    Forbidden,
    /// Too many bytes.
    TooLong,
    /// Too many items.
    TooMany,
    /// The server's own fault.
    Internal,
    /// A value of the wrong type.
    TypeInvalid,
}

impl ErrorType {
    /// The machine's word in `details.causes[*].reason`.
    pub fn reason(self) -> &'static str {
        match self {
            ErrorType::NotFound => "FieldValueNotFound",
            ErrorType::Required => "FieldValueRequired",
            ErrorType::Duplicate => "FieldValueDuplicate",
            ErrorType::Invalid => "FieldValueInvalid",
            ErrorType::NotSupported => "FieldValueNotSupported",
            ErrorType::Forbidden => "FieldValueForbidden",
            ErrorType::TooLong => "FieldValueTooLong",
            ErrorType::TooMany => "FieldValueTooMany",
            ErrorType::Internal => "InternalError",
            ErrorType::TypeInvalid => "FieldValueTypeInvalid",
        }
    }

    fn words(self) -> &'static str {
        match self {
            ErrorType::NotFound => "Not found",
            ErrorType::Required => "Required value",
            ErrorType::Duplicate => "Duplicate value",
            ErrorType::Invalid | ErrorType::TypeInvalid => "Invalid value",
            ErrorType::NotSupported => "Unsupported value",
            ErrorType::Forbidden => "Forbidden",
            ErrorType::TooLong => "Too long",
            ErrorType::TooMany => "Too many",
            ErrorType::Internal => "Internal error",
        }
    }
}

/// The value that an error shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadValue {
    /// The error shows no value.
    Hidden,
    /// A Go `string`: shown as `%q`.
    Text(String),
    /// Anything else, as Go's JSON shows it.
    Json(String),
}

impl BadValue {
    /// A value of a named string type (`core.PullPolicy`), which Go shows as JSON.
    pub fn word(value: &str) -> BadValue {
        BadValue::Json(go_json::string(value))
    }

    /// A list of strings.
    pub fn strings<'a>(values: impl IntoIterator<Item = &'a String>) -> BadValue {
        let values: Vec<String> = values.into_iter().map(|v| go_json::string(v)).collect();
        BadValue::Json(format!("[{}]", values.join(",")))
    }

    /// Go's nil.
    pub fn null() -> BadValue {
        BadValue::Json("null".to_owned())
    }
}

impl From<&str> for BadValue {
    fn from(value: &str) -> BadValue {
        BadValue::Text(value.to_owned())
    }
}

impl From<&String> for BadValue {
    fn from(value: &String) -> BadValue {
        BadValue::Text(value.clone())
    }
}

impl From<String> for BadValue {
    fn from(value: String) -> BadValue {
        BadValue::Text(value)
    }
}

impl From<i32> for BadValue {
    fn from(value: i32) -> BadValue {
        BadValue::Json(value.to_string())
    }
}

impl From<i64> for BadValue {
    fn from(value: i64) -> BadValue {
        BadValue::Json(value.to_string())
    }
}

impl From<bool> for BadValue {
    fn from(value: bool) -> BadValue {
        BadValue::Json(value.to_string())
    }
}

/// One field's fault. Models field.Error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind of fault.
    pub error_type: ErrorType,
    /// The field's path.
    pub field: String,
    /// The value that is shown.
    pub bad_value: BadValue,
    /// What is wrong with it; may be empty.
    pub detail: String,
}

/// Faults in the order in which they were found. Models field.ErrorList.
pub type ErrorList = Vec<Error>;

impl Error {
    fn new(error_type: ErrorType, path: &Path, bad_value: BadValue, detail: impl Into<String>) -> Error {
        Error { error_type, field: path.0.clone(), bad_value, detail: detail.into() }
    }

    /// `Required value: …`
    pub fn required(path: &Path, detail: impl Into<String>) -> Error {
        Error::new(ErrorType::Required, path, BadValue::Hidden, detail)
    }

    /// `Invalid value: …: …`
    pub fn invalid(path: &Path, value: impl Into<BadValue>, detail: impl Into<String>) -> Error {
        Error::new(ErrorType::Invalid, path, value.into(), detail)
    }

    /// `Duplicate value: …`
    pub fn duplicate(path: &Path, value: impl Into<BadValue>) -> Error {
        Error::new(ErrorType::Duplicate, path, value.into(), "")
    }

    /// `Not found: …`
    pub fn not_found(path: &Path, value: impl Into<BadValue>) -> Error {
        Error::new(ErrorType::NotFound, path, value.into(), "")
    }

    /// `Forbidden: …`
    pub fn forbidden(path: &Path, detail: impl Into<String>) -> Error {
        Error::new(ErrorType::Forbidden, path, BadValue::Hidden, detail)
    }

    /// `Unsupported value: …: supported values: …`, the values in the order given.
    pub fn not_supported(path: &Path, value: impl Into<BadValue>, supported: &[&str]) -> Error {
        let quoted: Vec<String> = supported.iter().map(|v| go::quote(v)).collect();
        Error::new(ErrorType::NotSupported, path, value.into(), format!("supported values: {}", quoted.join(", ")))
    }

    /// `Too long: may not be more than N bytes`
    pub fn too_long(path: &Path, limit: usize) -> Error {
        let unit = if limit == 1 { "byte" } else { "bytes" };
        Error::new(ErrorType::TooLong, path, BadValue::Hidden, format!("may not be more than {limit} {unit}"))
    }

    /// `Too many: 21: must have at most 20 items`
    pub fn too_many(path: &Path, actual: usize, limit: usize) -> Error {
        let unit = if limit == 1 { "item" } else { "items" };
        let actual = BadValue::Json(actual.to_string());
        Error::new(ErrorType::TooMany, path, actual, format!("must have at most {limit} {unit}"))
    }

    /// `Internal error: …`
    pub fn internal(path: &Path, detail: impl Into<String>) -> Error {
        Error::new(ErrorType::Internal, path, BadValue::Hidden, detail)
    }

    /// The error without its field: what stands in `details.causes[*].message`. Models Error.ErrorBody.
    pub fn body(&self) -> String {
        let mut text = self.error_type.words().to_owned();
        match &self.bad_value {
            BadValue::Hidden => {}
            BadValue::Text(value) => text.push_str(&format!(": {}", go::quote(value))),
            BadValue::Json(value) => text.push_str(&format!(": {value}")),
        }
        if !self.detail.is_empty() {
            text.push_str(": ");
            text.push_str(&self.detail);
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}

/// The refusal that the errors amount to: `Pod "x" is invalid: [a, b]`. Models errors.NewInvalid.
pub fn invalid_status(kind: Kind, name: &str, errors: &[Error]) -> Status {
    let info = kind.info();
    invalid_status_of(info.group, info.kind, name, errors)
}

/// The same for what is no stored kind, such as `DeleteOptions.meta.k8s.io`.
pub fn invalid_status_of(group: &str, kind: &str, name: &str, errors: &[Error]) -> Status {
    let qualified = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
    let bodies: Vec<String> = errors.iter().map(Error::body).collect();
    let texts: Vec<String> = errors.iter().zip(&bodies).map(|(error, body)| format!("{}: {body}", error.field)).collect();
    let mut message = format!("{qualified} {} is invalid", go::quote(name));
    if let Some(all) = go::aggregate(&texts) {
        message.push_str(": ");
        message.push_str(&all);
    }
    let causes = errors
        .iter()
        .zip(bodies)
        .map(|(error, message)| Cause { reason: error.error_type.reason().to_owned(), message, field: error.field.clone() })
        .collect();
    let mut status = Status::new(422, "Invalid", message);
    status.details =
        Some(Box::new(Details { name: name.to_owned(), group: group.to_owned(), kind: kind.to_owned(), causes, ..Details::default() }));
    status
}
