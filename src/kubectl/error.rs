//! How kubectl fails: an error's text and the exit code. Models kubectl/pkg/cmd/util/helpers.go.

use super::printers::gofmt::quote;
use serde_json::Value;
use std::collections::BTreeSet;

/// Why a command did not succeed.
#[derive(Clone, Debug)]
pub enum Fail {
    /// Anything that kubectl itself found: `error: TEXT`.
    Text(String),
    /// What the server refused: a `Status`.
    Status(Box<ApiStatus>),
    /// Several, each on its own lines.
    Many(Vec<Fail>),
    /// No server answered: what is shown where nothing else says more, and the error itself.
    NoAnswer { shown: String, message: String },
    /// Printed as it is, with this exit code.
    Raw(String, i32),
    /// Everything has been said; the exit code.
    Exit(i32),
}

/// A `metav1.Status` that says Failure.
#[derive(Clone, Debug, Default)]
pub struct ApiStatus {
    pub reason: String,
    pub message: String,
    /// `details.kind` and `details.name`.
    pub kind: String,
    pub name: String,
    pub has_details: bool,
    /// The whole, as the server sent it.
    pub raw: Value,
    /// `details.causes`: field and message.
    pub causes: Vec<(String, String)>,
}

impl ApiStatus {
    /// Reads the server's JSON.
    pub fn from_json(value: &Value) -> ApiStatus {
        let text = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let details = value.get("details").cloned().unwrap_or(Value::Null);
        let causes = details.get("causes").and_then(Value::as_array).cloned().unwrap_or_default();
        ApiStatus {
            reason: text(value, "reason"),
            message: text(value, "message"),
            kind: text(&details, "kind"),
            name: text(&details, "name"),
            has_details: details.is_object(),
            raw: value.clone(),
            causes: causes.iter().map(|c| (text(c, "field"), text(c, "message"))).collect(),
        }
    }

    /// `Error from server (Reason): message`.
    pub fn standard(&self) -> String {
        if self.reason.is_empty() {
            format!("Error from server: {}", self.message)
        } else {
            format!("Error from server ({}): {}", self.reason, self.message)
        }
    }

    /// The text when it is the only error of a command.
    fn alone(&self) -> String {
        if self.reason != "Invalid" {
            return self.standard();
        }
        let mut text = "The request is invalid".to_owned();
        if !self.has_details {
            return format!("{text}: {}", self.message);
        }
        if !self.kind.is_empty() || !self.name.is_empty() {
            text = format!("The {} {} is invalid", self.kind, quote(&self.name));
        } else if !self.message.is_empty() && self.causes.is_empty() {
            text = format!("{text}: {}", self.message);
        }
        let mut seen = BTreeSet::new();
        let causes: Vec<String> =
            self.causes.iter().map(|(field, message)| format!("{field}: {message}")).filter(|cause| seen.insert(cause.clone())).collect();
        match causes.as_slice() {
            [] => text,
            [one] => format!("{text}: {one}\n"),
            many => format!("{text}: \n{}", many.iter().map(|c| format!("* {c}")).collect::<Vec<_>>().join("\n")),
        }
    }
}

impl From<String> for Fail {
    fn from(text: String) -> Fail {
        Fail::Text(text)
    }
}

impl From<&str> for Fail {
    fn from(text: &str) -> Fail {
        Fail::Text(text.to_owned())
    }
}

impl Fail {
    /// One error for several: nothing, the only one, or all.
    pub fn join(mut errors: Vec<Fail>) -> Result<(), Fail> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Fail::Many(errors)),
        }
    }

    /// `pods "x" not found`, as the server says it.
    pub fn not_found(resource: &str, name: &str) -> Fail {
        let message = format!("{resource} {} not found", quote(name));
        Fail::Status(Box::new(ApiStatus { reason: "NotFound".into(), message, ..ApiStatus::default() }))
    }

    /// Whether the server said this reason.
    pub fn is(&self, reason: &str) -> bool {
        matches!(self, Fail::Status(status) if status.reason == reason)
    }

    /// Says which file the object came from: `error when creating "x.yaml": …`.
    pub fn with_source(self, verb: &str, source: &str) -> Fail {
        if source.is_empty() {
            return self;
        }
        let prefix = format!("error when {verb} {}", quote(source));
        match self {
            Fail::Status(mut status) => {
                status.message = format!("{prefix}: {}", status.message);
                Fail::Status(status)
            }
            Fail::Text(text) => Fail::Text(format!("{prefix}: {text}")),
            other => other,
        }
    }

    /// The error's own words, without a prefix (Go's `err.Error()`).
    pub fn message(&self) -> String {
        match self {
            Fail::Text(text) | Fail::Raw(text, _) | Fail::NoAnswer { message: text, .. } => text.clone(),
            Fail::Status(status) => status.message.clone(),
            Fail::Many(all) => format!("[{}]", all.iter().map(Fail::message).collect::<Vec<_>>().join(", ")),
            Fail::Exit(_) => String::new(),
        }
    }

    /// What stands on stderr (a newline at the end), and the exit code.
    pub fn report(&self) -> (String, i32) {
        let line = |text: String| if text.ends_with('\n') { text } else { text + "\n" };
        match self {
            Fail::Exit(code) => (String::new(), *code),
            Fail::Raw(text, code) => (if text.is_empty() { String::new() } else { line(text.clone()) }, *code),
            Fail::Status(status) => (line(status.alone()), 1),
            Fail::NoAnswer { shown, .. } => (line(shown.clone()), 1),
            Fail::Text(text) if text.starts_with("error: ") => (line(text.clone()), 1),
            Fail::Text(text) => (line(format!("error: {text}")), 1),
            Fail::Many(all) => {
                let each = all.iter().map(|fail| match fail {
                    Fail::Status(status) => line(status.standard()),
                    other => line(other.message()),
                });
                (each.collect(), 1)
            }
        }
    }
}
