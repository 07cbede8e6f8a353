//! Field selectors (`status.phase=Running`). Models apimachinery `pkg/fields`.
use crate::api::go;
use std::fmt;

/// One term: a field equals, or does not equal, a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRequirement {
    /// The field's path.
    pub field: String,
    /// Whether it must be equal.
    pub equal: bool,
    /// The literal value, unescaped.
    pub value: String,
}

/// Terms that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    /// In the order of their texts.
    pub requirements: Vec<FieldRequirement>,
}

impl FieldSelector {
    /// Reads a selector; the error is Kubernetes' text. Models fields.ParseSelector.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::parse_and_transform(text, |field| Ok(field.to_string()))
    }

    /// Reads a selector and checks each field against those of a kind.
    pub fn parse_for_kind(text: &str, kind: &str) -> Result<Self, String> {
        Self::parse_and_transform(text, |field| field_label(kind, field))
    }

    fn parse_and_transform(text: &str, transform: impl Fn(&str) -> Result<String, String>) -> Result<Self, String> {
        let mut terms = split_terms(text);
        terms.sort_unstable();
        let mut requirements = Vec::new();
        for term in terms.into_iter().filter(|term| !term.is_empty()) {
            let (field, equal, value) = split_term(term).ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{term}'"))?;
            let value = unescape(value)?;
            requirements.push(FieldRequirement { field: field.to_string(), equal, value });
        }
        for requirement in &mut requirements {
            requirement.field = transform(&requirement.field)?;
        }
        requirements.retain(|term| !(term.field.is_empty() && term.value.is_empty()));
        Ok(Self { requirements })
    }

    /// Whether it restricts nothing.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether every term holds; a field that is not there is the empty text.
    pub fn matches(&self, value_of: impl Fn(&str) -> String) -> bool {
        self.requirements.iter().all(|term| (value_of(&term.field) == term.value) == term.equal)
    }
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.requirements.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let operator = if term.equal { "=" } else { "!=" };
            write!(out, "{comma}{}{operator}{}", term.field, escape(&term.value))?;
        }
        Ok(())
    }
}

/// Splits at commas that no backslash escapes.
fn split_terms(text: &str) -> Vec<&str> {
    if text.is_empty() {
        return Vec::new();
    }
    let mut terms = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (index, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                terms.push(text.get(start..index).unwrap_or(""));
                start = index + 1;
            }
            _ => {}
        }
    }
    terms.push(text.get(start..).unwrap_or(""));
    terms
}

fn split_term(term: &str) -> Option<(&str, bool, &str)> {
    for (index, _) in term.char_indices() {
        let (field, rest) = term.split_at(index);
        for (operator, equal) in [("!=", false), ("==", true), ("=", true)] {
            if let Some(value) = rest.strip_prefix(operator) {
                return Some((field, equal, value));
            }
        }
    }
    None
}

fn unescape(text: &str) -> Result<String, String> {
    let mut value = String::with_capacity(text.len());
    let mut escaped = false;
    for character in text.chars() {
        match (escaped, character) {
            (true, '\\' | ',' | '=') => value.push(character),
            (true, other) => {
                return Err(format!("invalid field selector: invalid escape sequence: \\{other}"));
            }
            (false, '\\') => {
                escaped = true;
                continue;
            }
            (false, ',' | '=') => {
                return Err(format!("invalid field selector: unescaped character in value: {}", u32::from(character)));
            }
            (false, other) => value.push(other),
        }
        escaped = false;
    }
    if escaped {
        return Err("invalid field selector: invalid escape sequence: \\".to_string());
    }
    Ok(value)
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=")
}

/// The fields each kind can be selected by; the others know name and namespace only.
/// Models AddFieldLabelConversionFuncs of `pkg/apis/*/v1/conversion.go`.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "Pod",
        &[
            "metadata.name",
            "metadata.namespace",
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
    ),
    ("Node", &["metadata.name", "spec.unschedulable"]),
    ("Namespace", &["metadata.name", "status.phase"]),
    ("ReplicationController", &["metadata.name", "metadata.namespace", "status.replicas"]),
    ("Secret", &["metadata.name", "metadata.namespace", "type"]),
    ("Service", &["metadata.name", "metadata.namespace", "spec.clusterIP", "spec.type"]),
    ("Job", &["metadata.name", "metadata.namespace", "status.successful"]),
    (
        "Event",
        &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
            "metadata.name",
            "metadata.namespace",
        ],
    ),
];

/// The field a kind knows under this label; the error is what the API server says of others.
pub fn field_label(kind: &str, label: &str) -> Result<String, String> {
    if kind == "Pod" && label == "spec.host" {
        return Ok("spec.nodeName".to_string());
    }
    let Some((_, fields)) = FIELDS.iter().find(|(name, _)| *name == kind) else {
        return match label {
            "metadata.name" | "metadata.namespace" => Ok(label.to_string()),
            _ => Err(format!("{} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"", go::quote(label))),
        };
    };
    match fields.contains(&label) {
        true => Ok(label.to_string()),
        false => Err(format!("field label not supported: {label}")),
    }
}
