//! Faults of a manifest, at their exact place and in the words of those who would refuse it: YAML's reader, kubectl, the API
//! server's strict decoding and its validation.
//!
//! Architecture invariant: this is a function of the text alone. Looking at a manifest leaves no mark on the cluster.

use std::rc::Rc;

use serde_json::Value;

use super::fixes::{self, Change};
use super::suggest::nearest;
use super::type_errors::{TypeError, type_errors};
use super::view::{Diagnostic, Fix, Severity};
use crate::api::decode::decode_value;
use crate::api::defaults::{prepare_pod, set_defaults};
use crate::api::schema::Schema;
use crate::api::validation::validate_create;
use crate::api::yaml::{Document, Mark, Range, SyntaxError, parse_documents, utf16_offset};
use crate::api::{Kind, Object, Status};

/// Larger texts are not examined.
const LIMIT_BYTES: usize = 256 * 1024;

/// The faults of a file's text, in the order of their places. Files that hold no manifests have none. A document without a
/// fault of its own is shown to `server`, which tries it out.
pub fn diagnose(path: &str, text: &str, server: &dyn Fn(Kind, &Document) -> Option<Status>) -> Vec<Diagnostic> {
    let manifest = [".yaml", ".yml", ".json"].iter().any(|end| path.ends_with(end));
    if !manifest || text.len() > LIMIT_BYTES {
        return Vec::new();
    }
    let mut found = Found { text, list: Vec::new() };
    for document in parse_documents(text) {
        match document {
            Ok(document) => {
                let before = found.list.len();
                let kind = examine(&document, &mut found);
                if let Some(status) = kind.filter(|_| found.list.len() == before).and_then(|kind| server(kind, &document)) {
                    refused(&document, &status, &mut found);
                }
            }
            Err(error) => found.syntax(&error),
        }
    }
    found.list.sort_by_key(|fault| fault.from_utf16);
    found.list
}

/// What the server said, at the fields that it named.
fn refused(document: &Document, status: &Status, found: &mut Found<'_>) {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let named: Vec<_> = causes.filter(|cause| !cause.field.is_empty()).collect();
    for cause in &named {
        found.add_refused(document, &cause.field, &cause.message);
    }
    if named.is_empty() {
        let about = if status.message.starts_with("namespaces ") { "metadata.namespace" } else { "metadata.name" };
        found.add(place(document, about), status.message.clone(), None);
    }
}

/// Kinds whose validation asks nothing of the server that the manifest does not say (a service's address, a job's selector).
const VALIDATED: &[Kind] =
    &[Kind::Pod, Kind::Namespace, Kind::ConfigMap, Kind::Secret, Kind::Deployment, Kind::ReplicaSet, Kind::DaemonSet];

/// The faults found so far.
struct Found<'a> {
    text: &'a str,
    list: Vec<Diagnostic>,
}

impl Found<'_> {
    /// What validation says of a field.
    fn add_refused(&mut self, document: &Document, field: &str, message: &str) {
        let change = fixes::for_refused(document, self.text, field, message);
        self.add(place(document, field), format!("{field}: {message}"), change);
    }

    /// A word that was mistaken for another.
    fn add_word(&mut self, range: Range, message: impl Into<String>, did_you_mean: Option<String>) {
        let change = did_you_mean.as_ref().map(|word| Change::of(range, word.as_str()));
        self.add(range, message, change);
        if let Some(last) = self.list.last_mut() {
            last.did_you_mean = did_you_mean;
        }
    }

    fn add(&mut self, (start, end): Range, message: impl Into<String>, change: Option<Change>) {
        self.list.push(Diagnostic {
            from_utf16: utf16_offset(self.text, start.byte),
            to_utf16: utf16_offset(self.text, end.byte),
            line: start.line + 1,
            column: self.column(start),
            severity: Severity::Error,
            message: message.into(),
            did_you_mean: None,
            fix: change.map(|Change { from, to, text }| Fix {
                from_utf16: utf16_offset(self.text, from),
                to_utf16: utf16_offset(self.text, to),
                text,
            }),
        });
    }

    /// From 1, in UTF-16 code units.
    fn column(&self, mark: Mark) -> usize {
        let before = self.text.get(..mark.byte).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        line.encode_utf16().count() + 1
    }

    /// The rest of the line at which the reader stood.
    fn syntax(&mut self, error: &SyntaxError) {
        let rest = self.text.get(error.mark.byte..).unwrap_or_default();
        let length = rest.find('\n').unwrap_or(rest.len());
        let end = Mark { byte: error.mark.byte + length, ..error.mark };
        let change = fixes::for_tab(self.text, error.mark.byte);
        self.add((error.mark, end), error.message.clone(), change);
    }
}

/// Its kind, if it is known.
fn examine(document: &Document, found: &mut Found<'_>) -> Option<Kind> {
    if document.value.is_null() {
        return None;
    }
    if let Some(duplicates) = &document.duplicates {
        found.add(place(document, ""), duplicates.clone(), None);
    }
    let text = |field: &str| document.value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (api_version, kind_name) = (text("apiVersion"), text("kind"));
    let missing: Vec<&str> = [(&api_version, "apiVersion not set"), (&kind_name, "kind not set")]
        .iter()
        .filter(|(value, _)| value.is_empty())
        .map(|(_, words)| *words)
        .collect();
    if !missing.is_empty() {
        let change = fixes::for_missing_kind(document, &api_version, &kind_name).filter(|_| missing.len() == 1);
        found.add(place(document, ""), format!("error validating data: [{}]", missing.join(", ")), change);
        return None;
    }
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    let kind = Kind::find(group, &kind_name).filter(|kind| kind.info().api_version() == api_version);
    match kind {
        Some(kind) => examine_object(kind, document, found),
        None => unknown_kind(document, &api_version, &kind_name, found),
    }
    kind
}

/// kubectl finds no such kind: `kind: pod`, `apiVersion: v1beta1`.
fn unknown_kind(document: &Document, api_version: &str, name: &str, found: &mut Found<'_>) {
    let message = format!("no matches for kind \"{name}\" in version \"{api_version}\"");
    if let Some(kind) = Kind::named(name) {
        found.add_word(place(document, "apiVersion"), message, Some(kind.info().api_version()));
        return;
    }
    let kinds = Kind::ALL.iter().map(|kind| kind.info().kind);
    found.add_word(place(document, "kind"), message, nearest(name, kinds).map(str::to_owned));
}

fn examine_object(kind: Kind, document: &Document, found: &mut Found<'_>) {
    let (wrong, rest) = type_errors(kind, &document.value);
    for TypeError { path, message } in &wrong {
        let range = document.spans.get(path).map_or_else(|| place(document, path), |span| span.value);
        let change = fixes::for_wrong_type(found.text, range, message);
        found.add(range, message.as_str(), change);
    }
    let Ok(decoded) = decode_value(kind, &rest) else { return };
    for fault in &decoded.warnings {
        strict_fault(kind, document, fault, found);
    }
    if wrong.is_empty() && decoded.warnings.is_empty() && VALIDATED.contains(&kind) {
        validate(decoded.object, document, found);
    }
}

/// `unknown field "spec.containers[0].images"`
fn strict_fault(kind: Kind, document: &Document, fault: &str, found: &mut Found<'_>) {
    let path = fault.split('"').nth(1).unwrap_or_default();
    let unknown = fault.starts_with("unknown field").then(|| did_you_mean(kind, path)).flatten();
    let key = document.spans.get(path).and_then(|span| span.key);
    found.add_word(key.unwrap_or_else(|| place(document, path)), fault, unknown);
}

/// The field of the same struct that is written most like the last part of a path.
fn did_you_mean(kind: Kind, path: &str) -> Option<String> {
    let schema = Schema::get();
    let start = schema.kind(kind.info().group, kind.info().kind)?;
    let plain = without_indices(path);
    let mut parts: Vec<&str> = plain.split('.').collect();
    let last = parts.pop()?;
    let owner = if parts.is_empty() { start } else { schema.walk(start, &parts)?.0 };
    nearest(last, owner.fields.iter().map(|field| field.name.as_str())).map(str::to_owned)
}

/// `spec.containers[0].images` is `spec.containers.images`.
fn without_indices(path: &str) -> String {
    path.split('.').map(|part| part.split('[').next().unwrap_or(part)).collect::<Vec<_>>().join(".")
}

/// Where a field stands, or what is around it; the document's first key for what stands nowhere.
fn place(document: &Document, path: &str) -> Range {
    let spans = &document.spans;
    let whole = |span: &crate::api::yaml::Span| match span.key {
        Some(key) if is_long(span.value) => key,
        _ => span.value,
    };
    let first = || spans.iter().map(|(_, span)| span.key.unwrap_or(span.value)).min_by_key(|(start, _)| start.byte);
    spans.nearest(path).map(whole).or_else(first).unwrap_or((Mark::default(), Mark::default()))
}

/// A value of several lines is shown at its key.
fn is_long((start, end): Range) -> bool {
    end.line > start.line
}

/// What the API server's validation says of a new object, field by field.
fn validate(mut object: Object, document: &Document, found: &mut Found<'_>) {
    let meta = object.meta_mut();
    if meta.name.is_none() && meta.generate_name.is_some() {
        meta.name.clone_from(&meta.generate_name); // the server adds five letters
    }
    if object.kind().info().namespaced {
        object.meta_mut().namespace.get_or_insert_with(|| "default".to_owned());
    }
    set_defaults(&mut object);
    if let Object::Pod(pod) = &mut object {
        prepare_pod(Rc::make_mut(pod));
    }
    for fault in validate_create(&object) {
        found.add_refused(document, &fault.field, &fault.body());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: main\n    image: nginx\n";

    fn one(text: &str) -> Diagnostic {
        let mut found = diagnose("a.yaml", text, &|_, _| None);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    fn marked<'a>(text: &'a str, fault: &Diagnostic) -> &'a str {
        &text[fault.from_utf16..fault.to_utf16]
    }

    #[test]
    fn a_sound_manifest_has_no_faults() {
        assert_eq!(diagnose("a.yaml", POD, &|_, _| None), []);
        assert_eq!(diagnose("a.yaml", "", &|_, _| None), []);
        assert_eq!(diagnose("a.yaml", &format!("# two\n---\n{POD}---\n{POD}"), &|_, _| None), []);
        assert_eq!(diagnose("notes.txt", "a: [b", &|_, _| None), []);
    }

    #[test]
    fn an_unknown_field_is_marked_and_answered() {
        let text = POD.replace("image:", "images:");
        let fault = one(&text);
        assert_eq!(fault.message, "unknown field \"spec.containers[0].images\"");
        assert_eq!(fault.did_you_mean.as_deref(), Some("image"));
        assert_eq!((marked(&text, &fault), fault.line, fault.column), ("images", 8, 5));
    }

    #[test]
    fn an_unknown_kind_is_marked_and_answered() {
        let text = POD.replace("Pod", "pod");
        let fault = one(&text);
        assert_eq!(fault.message, "no matches for kind \"pod\" in version \"v1\"");
        assert_eq!((fault.did_you_mean.as_deref(), marked(&text, &fault)), (Some("Pod"), "pod"));
    }

    #[test]
    fn a_tab_is_marked_where_it_stands() {
        let fault = one(&POD.replace("  name: a", "\tname: a"));
        assert!(fault.message.starts_with("yaml: line 4"), "{fault:?}");
        assert_eq!(fault.line, 4);
    }

    #[test]
    fn what_validation_refuses_is_marked_at_its_field() {
        let text = POD.replace("name: main", "name: Main");
        let fault = one(&text);
        assert!(fault.message.starts_with("spec.containers[0].name: Invalid value: \"Main\""), "{fault:?}");
        assert_eq!(marked(&text, &fault), "Main");
        let text = POD.replace("    image: nginx\n", "");
        let fault = one(&text);
        assert_eq!((fault.message.as_str(), fault.line), ("spec.containers[0].image: Required value", 7));
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels: {app: web}\n  \
                    template:\n    metadata:\n      labels: {app: web}\n    spec:\n      containers:\n      - {name: a, image: nginx}\n";
        assert_eq!(diagnose("d.yaml", text, &|_, _| None), []);
    }

    #[test]
    fn a_wrong_type_is_marked_at_its_value() {
        let text = POD.replace("image: nginx", "image: [nginx]");
        let fault = one(&text);
        assert!(fault.message.contains("cannot unmarshal"), "{fault:?}");
        assert_eq!(fault.line, 8);
    }

    #[test]
    fn each_wrong_type_is_marked_in_its_own_item_beside_unknown_fields() {
        let more = "  - name: more\n    image: nginx\n    img: x\n    command: [a, 1]\n    ports:\n    - containerPort: \"80\"\n";
        let text = format!("{POD}    ports:\n    - containerPort: 80\n{more}")
            .replace("  name: a\n", "  name: a\n  labels: {tier: 1, app: b, rel: true}\n");
        let found = diagnose("a.yaml", &text, &|_, _| None);
        let told: Vec<_> = found.iter().map(|fault| (fault.line, marked(&text, fault))).collect();
        assert_eq!(told, [(5, "1"), (5, "true"), (14, "img"), (15, "1"), (17, "\"80\"")], "{found:?}");
    }
}
