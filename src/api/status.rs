//! `Status`: what the API server answers when it refuses. Models `k8s.io/apimachinery/pkg/api/errors`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::object::{Kind, KindInfo};

/// An API error, as the API server returns it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// The HTTP status code.
    pub code: u16,
    /// The machine's word: `NotFound`, `AlreadyExists`, `Invalid`, ….
    pub reason: String,
    /// The sentence that `kubectl` prints.
    pub message: String,
    /// Where a list that was interrupted goes on.
    #[serde(skip)]
    pub next: Option<String>,
    /// Which object, and which fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<Details>>,
}

/// What a [`Status`] is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Details {
    /// The object's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The API group.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// The resource or kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The object's uid.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// Field by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// When to try again, in seconds.
    #[serde(skip_serializing_if = "is_zero")]
    pub retry_after_seconds: u32,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// One field's fault.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// `FieldValueRequired`, `FieldValueInvalid`, ….
    pub reason: String,
    /// The sentence.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The path of the field.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub field: String,
}

impl Status {
    /// A refusal without details.
    pub fn new(code: u16, reason: &str, message: impl Into<String>) -> Status {
        Status { code, reason: reason.into(), message: message.into(), ..Status::default() }
    }

    fn about(mut self, info: &KindInfo, name: &str) -> Status {
        self.details =
            Some(Box::new(Details { name: name.into(), group: info.group.into(), kind: info.plural.into(), ..Details::default() }));
        self
    }

    /// `pods "x" not found`
    pub fn not_found(kind: Kind, name: &str) -> Status {
        let info = kind.info();
        Status::new(404, "NotFound", format!("{} \"{name}\" not found", info.group_resource())).about(info, name)
    }

    /// `pods "x" already exists`
    pub fn already_exists(kind: Kind, name: &str) -> Status {
        let info = kind.info();
        Status::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", info.group_resource())).about(info, name)
    }

    /// No generated name was free. Models NewGenerateNameConflict.
    pub fn generated_name_taken(kind: Kind, name: &str) -> Status {
        let info = kind.info();
        let message = format!(
            "{} \"{name}\" already exists, the server was not able to generate a unique name for the object",
            info.group_resource()
        );
        let mut status = Status::new(409, "AlreadyExists", message).about(info, name);
        status.details.get_or_insert_default().retry_after_seconds = 1;
        status
    }

    /// `Operation cannot be fulfilled on pods "x": …`
    pub fn conflict(kind: Kind, name: &str, why: &str) -> Status {
        let info = kind.info();
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", info.group_resource());
        Status::new(409, "Conflict", message).about(info, name)
    }

    /// `pods "x" is forbidden: …`
    pub fn forbidden(kind: Kind, name: &str, why: &str) -> Status {
        let info = kind.info();
        let subject = if name.is_empty() { info.group_resource() } else { format!("{} \"{name}\"", info.group_resource()) };
        Status::new(403, "Forbidden", format!("{subject} is forbidden: {why}")).about(info, name)
    }

    /// A malformed request.
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status::new(400, "BadRequest", message)
    }

    /// A path that the server does not serve.
    pub fn no_such_path() -> Status {
        let mut status = Status::new(404, "NotFound", "the server could not find the requested resource");
        status.details = Some(Box::default());
        status
    }

    /// A verb that the resource does not take.
    pub fn method_not_supported(kind: Kind, action: &str) -> Status {
        let info = kind.info();
        let message = format!("{action} is not supported on resources of kind \"{}\"", info.group_resource());
        Status::new(405, "MethodNotAllowed", message).about(info, "")
    }

    /// A path that does not take the method.
    pub fn method_not_allowed() -> Status {
        let mut status = Status::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
        status.details = Some(Box::default());
        status
    }

    /// The watch's or list's revision is no longer kept.
    pub fn expired(message: impl Into<String>) -> Status {
        Status::new(410, "Expired", message)
    }

    /// A fault of the server itself.
    pub fn internal(message: impl std::fmt::Display) -> Status {
        let mut status = Status::new(500, "InternalError", format!("Internal error occurred: {message}"));
        let cause = Cause { message: message.to_string(), ..Cause::default() };
        status.details = Some(Box::new(Details { causes: vec![cause], ..Details::default() }));
        status
    }

    /// Whether the reason is `reason`.
    pub fn is(&self, reason: &str) -> bool {
        self.reason == reason
    }

    /// Whether one of the causes has this reason. Models `errors.HasStatusCause`.
    pub fn has_cause(&self, reason: &str) -> bool {
        self.details.iter().flat_map(|details| &details.causes).any(|cause| cause.reason == reason)
    }

    /// The whole `Status` object as JSON.
    pub fn to_json(&self) -> Value {
        let mut object = serde_json::json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        // An error that is no API error has no reason.
        if let Some(map) = object.as_object_mut().filter(|_| self.reason.is_empty()) {
            map.remove("reason");
        }
        if let Some(next) = &self.next {
            object["metadata"]["continue"] = Value::from(next.as_str());
        }
        if let (Some(details), Some(map)) = (&self.details, object.as_object_mut()) {
            map.insert("details".into(), serde_json::to_value(details).unwrap_or(Value::Null));
        }
        object
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Status {}
