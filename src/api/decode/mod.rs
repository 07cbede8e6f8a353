//! Strict decoding of request bodies, with the API server's words.
//!
//! Models apimachinery `pkg/runtime/serializer` (json, versioning) and apiserver `handlers/create.go`.
mod build;
mod gvk;
mod leaf;

pub use build::StructDecoder;

use crate::api::json::Node;
use crate::api::object::{Kind, Object};
use crate::api::schema::Schema;
use crate::api::{validation, yaml};
use gvk::GroupVersionKind;
use serde_json::{Value, json};

/// What to do about unknown and duplicate fields. Models metav1 fieldValidation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// Drop them silently.
    Ignore,
    /// Drop them and warn: the default.
    #[default]
    Warn,
    /// Refuse the request.
    Strict,
}

/// The language of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `application/json`
    Json,
    /// `application/yaml`
    Yaml,
}

/// A decoded object, and a warning for each field that was dropped.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The typed object; fields that Go leaves out when empty are left out.
    pub object: Object,
    /// Texts for Warning headers.
    pub warnings: Vec<String>,
}

/// Reads a body as an object of `kind`. The error is the message of a 400 BadRequest.
pub fn decode(kind: Kind, body: &[u8], language: Language, validation: FieldValidation) -> Result<Decoded, String> {
    let (node, value, warnings) = read(&GroupVersionKind::of(kind), body, language, validation)?;
    let mut object = typed(kind, value)?;
    keep_presence(kind, &node, &mut object);
    Ok(Decoded { object, warnings })
}

/// The same for what is no stored kind, such as `autoscaling`, `Scale`: its JSON, without kind and version.
pub fn decode_unstored(
    (group, kind): (&str, &str),
    body: &[u8],
    language: Language,
    validation: FieldValidation,
) -> Result<(Value, Vec<String>), String> {
    let default = GroupVersionKind { group: group.to_string(), version: "v1".to_string(), kind: kind.to_string() };
    read(&default, body, language, validation).map(|(_, value, warnings)| (value, warnings))
}

/// The body of a deletion: `DeleteOptions` of any group. Unknown fields are let through. The error is a BadRequest's message.
pub fn decode_delete_options(body: &[u8], language: Language) -> Result<Value, String> {
    const KIND: &str = "DeleteOptions";
    let (node, _) = parse(body, language)?;
    let default = GroupVersionKind { group: String::new(), version: "v1".to_string(), kind: KIND.to_string() };
    let actual = GroupVersionKind::interpret(&node)?.with_defaults(&default);
    if actual.kind != KIND {
        return Err(actual.not_registered("pkg/apis/meta/internalversion/scheme/register.go:33"));
    }
    actual.check_registered()?;
    match Schema::get().find("meta.DeleteOptions") {
        Some(info) => StructDecoder::new().decode(info, &node),
        None => Ok(Value::Null),
    }
}

/// A body's value, and the strict reader's error about keys that stand twice.
fn parse(body: &[u8], language: Language) -> Result<(Node<'_>, Option<String>), String> {
    match language {
        Language::Json => {
            Node::parse(body).map(|node| (node, None)).map_err(|error| format!("couldn't get version/kind; json parse error: {error}"))
        }
        Language::Yaml => yaml::to_json(body).map(|converted| (converted.node, converted.duplicates)).map_err(|error| error.message),
    }
}

/// The body as it stands, as the schema has it, and the warnings.
fn read<'b>(
    default: &GroupVersionKind,
    body: &'b [u8],
    language: Language,
    validation: FieldValidation,
) -> Result<(Node<'b>, Value, Vec<String>), String> {
    let unrecognized =
        |error: String| format!("the object provided is unrecognized (must be of type {}): {error} ({})", default.kind, summarize(body));
    let (node, duplicates) = parse(body, language).map_err(&unrecognized)?;
    let actual = GroupVersionKind::interpret(&node).map_err(&unrecognized)?.with_defaults(default);
    let (value, warnings) = read_node(default, &node, &actual, duplicates, validation).map_err(|error| {
        format!("{} in version {} cannot be handled as a {}: {error}", actual.kind, crate::api::go::quote(&actual.version), default.kind)
    })?;
    actual.check_version(default)?;
    Ok((node, value, warnings))
}

fn read_node(
    default: &GroupVersionKind,
    node: &Node<'_>,
    actual: &GroupVersionKind,
    duplicates: Option<String>,
    fields: FieldValidation,
) -> Result<(Value, Vec<String>), String> {
    actual.check_registered()?;
    let same = actual.kind == default.kind;
    // An object of another kind is read as that kind before it turns out not to convert.
    let group = if same { &default.group } else { &actual.group };
    let mut decoder = StructDecoder::new();
    let value = match Schema::get().kind(group, &actual.kind) {
        Some(info) => decoder.decode(info, node)?,
        None => Value::Null,
    };
    actual.check_convertible(default)?;
    let mut strict: Vec<String> = duplicates.into_iter().collect();
    strict.extend(decoder.into_strict_errors());
    if fields == FieldValidation::Strict && !strict.is_empty() {
        return Err(format!("strict decoding error: {}", strict.join(", ")));
    }
    if fields == FieldValidation::Ignore {
        strict.clear();
    }
    Ok((value, strict))
}

/// A value that is already JSON, such as a patched object, read as `kind`: the type error, or the object and what
/// strict decoding finds wrong with it.
pub fn decode_value(kind: Kind, value: &Value) -> Result<Decoded, String> {
    let default = GroupVersionKind::of(kind);
    let node = Node::from_value(value);
    let mut decoder = StructDecoder::new();
    let info = Schema::get().kind(&default.group, &default.kind).ok_or_else(|| format!("no schema of {}", default.kind))?;
    let built = decoder.decode(info, &node)?;
    let mut object = typed(kind, built)?;
    keep_presence(kind, &node, &mut object);
    Ok(Decoded { object, warnings: decoder.into_strict_errors() })
}

/// What the typed object cannot tell apart and validation must: `{}` and nothing.
fn keep_presence(kind: Kind, node: &Node<'_>, object: &mut Object) {
    if !matches!(kind, Kind::Pod | Kind::Deployment | Kind::ReplicaSet | Kind::DaemonSet) {
        return;
    }
    let at = |path: &[&str]| path.iter().try_fold(node, |node, name| node.get(name));
    let given = |path: &[&str]| if matches!(at(path), Some(Node::Object(_))) { json!({}) } else { Value::Null };
    let labels = given(&["spec", "template", "metadata", "labels"]);
    let shape = json!({"spec": {
        "selector": given(&["spec", "selector"]),
        "nodeSelector": given(&["spec", "nodeSelector"]),
        "overhead": given(&["spec", "overhead"]),
        "template": {"metadata": {"labels": labels}},
    }});
    validation::keep_presence(&shape, object);
}

fn typed(kind: Kind, mut value: Value) -> Result<Object, String> {
    if let Some(entries) = value.as_object_mut() {
        let info = kind.info();
        entries.insert("apiVersion".to_string(), info.api_version().into());
        entries.insert("kind".to_string(), info.kind.into());
    }
    Object::from_json(kind, value).map_err(|error| error.to_string())
}

const SUMMARY_BYTES: usize = 30;

/// The start of a body for an error message. Models handlers.summarizeData.
pub fn summarize(body: &[u8]) -> String {
    let cut = body.get(..SUMMARY_BYTES);
    let shown = cut.unwrap_or(body);
    let text = match body.first() {
        None => return "<empty>".to_string(),
        Some(b'{') => String::from_utf8_lossy(shown).into_owned(),
        Some(_) => shown.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    if body.len() > SUMMARY_BYTES { format!("{text} ...") } else { text }
}
