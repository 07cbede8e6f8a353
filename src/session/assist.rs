//! Help while a manifest is written: what may stand here, what a field means, what the server added.
//!
//! A manifest that is being written is seldom whole YAML, so the place of the cursor is read from the lines' indentation.

use serde_json::{Map, Value};

use super::playground::Session;
use super::view::{Completion, FieldView, Ghost, Proposal};
use crate::api::schema::{Field, Schema, Shape, TypeInfo};
use crate::api::yaml::{Spans, parse_documents, utf16_offset};
use crate::api::{Key, Kind};
use crate::kubectl::printers;

/// Larger texts get no help.
const LIMIT_BYTES: usize = 256 * 1024;
/// Metadata that only the server writes, and that tells a learner nothing about the manifest.
const SERVERS_OWN: &[&str] = &["managedFields", "uid", "resourceVersion", "creationTimestamp", "generation", "selfLink"];

/// Where the cursor is.
struct Place {
    start: &'static TypeInfo,
    kind: &'static str,
    /// Field names from the object down to the map that the cursor is in.
    path: Vec<String>,
    /// Keys that the map has already.
    siblings: Vec<String>,
    /// The key of the cursor's line, if it has one.
    key: Option<String>,
    /// The cursor stands behind the key's colon.
    in_value: bool,
}

impl Session {
    /// What may stand at an offset of a manifest.
    pub fn complete(text: &str, utf16: usize) -> Completion {
        let byte = byte_offset(text, utf16);
        let Some(line) = Line::at(text, byte).filter(|_| text.len() <= LIMIT_BYTES) else { return Completion::default() };
        let none = Completion::default();
        let proposals = match Place::find(text, byte) {
            Some(place) if place.in_value => place.values(),
            Some(place) => place.keys(),
            None if line.indent == 0 => beginnings(line.key().unwrap_or_default(), text),
            None => return none,
        };
        let from = word_start(text, byte);
        Completion { from_utf16: utf16_offset(text, from), proposals }
    }

    /// The field at an offset of a manifest, for its description.
    pub fn field_at(text: &str, utf16: usize) -> Option<FieldView> {
        let byte = byte_offset(text, utf16);
        let line = Line::at(text, byte).filter(|_| text.len() <= LIMIT_BYTES)?;
        let name = line.key()?;
        let start = line.start + line.key_at;
        let place = Place::find(text, start)?;
        let (owner, field) = place.owner().and_then(|owner| Some((owner, owner.field(name)?)))?;
        let mut path = vec![place.kind.to_lowercase()];
        path.extend(place.path.iter().cloned());
        path.push(name.to_owned());
        Some(FieldView {
            from_utf16: utf16_offset(text, start),
            to_utf16: utf16_offset(text, start + name.len()),
            path: path.join("."),
            type_name: type_name(&field.go_type.shape),
            required: field.required,
            docs: (owner.name.clone(), name.to_owned()),
            values: enum_values(field),
        })
    }

    /// What the server has beside what a manifest says, as lines behind the manifest's own; status apart.
    pub fn added_by_server(&self, text: &str) -> Vec<Ghost> {
        let mut ghosts = Vec::new();
        for document in parse_documents(text).into_iter().flatten() {
            let Some(mut live) = self.live(&document.value) else { continue };
            if let Some(object) = live.as_object_mut() {
                object.remove("status");
            }
            if let Some(meta) = live.get_mut("metadata").and_then(Value::as_object_mut) {
                SERVERS_OWN.iter().for_each(|name| drop(meta.remove(*name)));
                if let Some(notes) = meta.get_mut("annotations").and_then(Value::as_object_mut) {
                    notes.remove("kubectl.kubernetes.io/last-applied-configuration");
                }
                if meta.get("annotations").and_then(Value::as_object).is_some_and(Map::is_empty) {
                    meta.remove("annotations");
                }
            }
            added("", &document.value, &live, &document.spans, text, &mut ghosts);
        }
        ghosts.sort_by_key(|ghost| ghost.at_utf16);
        ghosts
    }

    /// Takes the descriptions of fields, a large file that the page loads when the rest is there.
    pub fn take_docs(&self, docs: String, help: String) {
        super::workstation::take_docs(docs, help);
        self.0.station.install_docs();
    }

    /// The object that a manifest speaks of, as it is in the cluster.
    pub(super) fn live(&self, manifest: &Value) -> Option<Value> {
        self.stored(manifest).map(|object| object.to_json())
    }

    pub(super) fn stored(&self, manifest: &Value) -> Option<crate::api::Object> {
        let text = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str);
        let version = text("/apiVersion")?;
        let kind = Kind::find(version.split_once('/').map_or("", |(group, _)| group), text("/kind")?)?;
        let current = self.current_namespace();
        let namespace = if kind.info().namespaced { text("/metadata/namespace").unwrap_or(&current) } else { "" };
        self.0.cluster.server().store().get(&Key::new(kind, namespace, text("/metadata/name")?))
    }
}

/// Before there is a kind: what every manifest begins with.
fn beginnings(key: &str, text: &str) -> Vec<Proposal> {
    let value = |word: &str| Proposal { label: word.to_owned(), insert: word.to_owned(), ..Proposal::default() };
    match key {
        "kind" => Kind::ALL.iter().map(|kind| value(kind.info().kind)).collect(),
        "apiVersion" => {
            let mut versions: Vec<String> = Kind::ALL.iter().map(|kind| kind.info().api_version()).collect();
            versions.sort();
            versions.dedup();
            versions.iter().map(|version| value(version)).collect()
        }
        _ => {
            let missing = ["apiVersion", "kind", "metadata"].into_iter().filter(|key| !text.contains(&format!("{key}:")));
            missing
                .map(|key| Proposal { label: key.to_owned(), insert: format!("{key}: "), required: true, ..Proposal::default() })
                .collect()
        }
    }
}

impl Place {
    fn find(text: &str, byte: usize) -> Option<Place> {
        let lines: Vec<Line<'_>> = document_lines(text, byte);
        let here = lines.iter().rposition(|line| line.start <= byte)?;
        let top = |name: &str| lines.iter().find_map(|line| line.value_of(name).filter(|_| line.indent == 0));
        let (kind, version) = (top("kind")?, top("apiVersion").unwrap_or_default());
        let found = Kind::find(version.split_once('/').map_or("", |(group, _)| group), kind).or_else(|| Kind::named(kind))?;
        let start = Schema::get().kind(found.info().group, found.info().kind)?;
        let line = lines.get(here)?;
        let column = line.column_of_key(byte);
        let mut path = Vec::new();
        let mut limit = column;
        for above in lines.get(..here)?.iter().rev() {
            if above.blank() {
                continue;
            }
            if let Some(key) = above.key().filter(|_| above.key_at < limit) {
                path.push(key.to_owned());
                limit = above.key_at;
            } else if above.indent < limit && above.key().is_none() {
                limit = above.indent + 1;
            }
            if limit == 0 {
                break;
            }
        }
        path.reverse();
        let in_value = line.colon.is_some_and(|colon| byte > line.start + colon);
        Some(Place {
            start,
            kind: found.info().kind,
            path,
            siblings: siblings(&lines, here, column),
            key: line.key().map(str::to_owned),
            in_value,
        })
    }

    fn owner(&self) -> Option<&'static TypeInfo> {
        let names: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match names.is_empty() {
            true => Some(self.start),
            false => {
                let (owner, field) = Schema::get().walk(self.start, &names)?;
                matches!(field?.go_type.shape.innermost(), Shape::Struct(_)).then_some(owner)
            }
        }
    }

    fn keys(&self) -> Vec<Proposal> {
        let Some(owner) = self.owner() else { return Vec::new() };
        let free = |field: &&Field| field.name != "status" || !self.path.is_empty();
        let mut fields: Vec<&Field> = owner.fields.iter().filter(free).collect();
        fields.retain(|field| !self.siblings.contains(&field.name) || self.key.as_ref() == Some(&field.name));
        fields.sort_by_key(|field| !field.required);
        let has_colon = self.key.is_some();
        let propose = |field: &&Field| Proposal {
            label: field.name.clone(),
            type_name: type_name(&field.go_type.shape),
            required: field.required,
            insert: if has_colon { field.name.clone() } else { format!("{}{}", field.name, opening(field)) },
            docs: (owner.name.clone(), field.name.clone()),
        };
        fields.iter().map(propose).collect()
    }

    fn values(&self) -> Vec<Proposal> {
        let Some(name) = &self.key else { return Vec::new() };
        let value = |word: String| Proposal { label: word.clone(), insert: word, ..Proposal::default() };
        if self.path.is_empty() && (name == "kind" || name == "apiVersion") {
            return beginnings(name, "");
        }
        let Some(field) = self.owner().and_then(|owner| owner.field(name)) else { return Vec::new() };
        match field.go_type.shape {
            Shape::Bool => ["true", "false"].map(|word| value(word.to_owned())).into(),
            _ => enum_values(field).into_iter().map(value).collect(),
        }
    }
}

/// What follows a key: a blank before a value, a new line before a map, a dash before a list.
fn opening(field: &Field) -> &'static str {
    match field.go_type.shape {
        Shape::Struct(_) | Shape::Map(_) => ":\n  ",
        Shape::List(_) => ":\n- ",
        _ => ": ",
    }
}

/// The keys beside the cursor's line in its map.
fn siblings(lines: &[Line<'_>], here: usize, column: usize) -> Vec<String> {
    let ends = |line: &Line<'_>| !line.blank() && (line.key_at < column || line.dash && line.key_at == column);
    let mut found = Vec::new();
    let mut take = |line: &Line<'_>| {
        if line.key_at == column
            && let Some(key) = line.key()
        {
            found.push(key.to_owned());
        }
    };
    if !lines.get(here).is_some_and(|line| line.dash) {
        for line in lines.iter().take(here).rev() {
            take(line);
            if ends(line) {
                break;
            }
        }
    }
    lines.iter().skip(here + 1).take_while(|line| !ends(line)).for_each(&mut take);
    found
}

/// One line, as far as its indentation and its key go.
#[derive(Clone, Copy)]
struct Line<'a> {
    /// Byte offset in the text.
    start: usize,
    text: &'a str,
    indent: usize,
    /// Column of the key, behind the dashes.
    key_at: usize,
    /// Begins with a dash.
    dash: bool,
    colon: Option<usize>,
}

impl<'a> Line<'a> {
    fn new(start: usize, text: &'a str) -> Line<'a> {
        let indent = text.len() - text.trim_start_matches(' ').len();
        let mut key_at = indent;
        let mut rest = text.get(indent..).unwrap_or_default();
        let dash = rest.starts_with("- ") || rest == "-";
        while let Some(behind) = rest.strip_prefix("- ") {
            let inner = behind.trim_start_matches(' ');
            key_at += rest.len() - inner.len();
            rest = inner;
        }
        if rest == "-" {
            key_at += 2;
        }
        let colon = rest.find(": ").or_else(|| rest.ends_with(':').then(|| rest.len() - 1)).map(|at| at + key_at);
        let comment = rest.starts_with('#');
        Line { start, text, indent, key_at, dash, colon: colon.filter(|_| !comment) }
    }

    fn at(text: &'a str, byte: usize) -> Option<Line<'a>> {
        let start = text.get(..byte)?.rfind('\n').map_or(0, |at| at + 1);
        let end = text.get(byte..)?.find('\n').map_or(text.len(), |at| at + byte);
        Some(Line::new(start, text.get(start..end)?))
    }

    fn blank(&self) -> bool {
        let rest = self.text.trim();
        rest.is_empty() || rest.starts_with('#')
    }

    fn key(&self) -> Option<&'a str> {
        let key = self.text.get(self.key_at..self.colon?)?;
        (!key.is_empty()).then(|| key.trim_matches(['"', '\'']))
    }

    /// The value of a key, if this is its line.
    fn value_of(&self, name: &str) -> Option<&'a str> {
        let value = self.text.get(self.colon? + 1..)?.split(" #").next()?.trim().trim_matches(['"', '\'']);
        (self.key() == Some(name) && !value.is_empty()).then_some(value)
    }

    /// Where the key of the cursor's line stands or would stand: a line of blanks is as deep as the cursor.
    fn column_of_key(&self, byte: usize) -> usize {
        if self.text.trim().is_empty() { byte - self.start } else { self.key_at }
    }
}

/// The lines of the document that a byte is in.
fn document_lines(text: &str, byte: usize) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            if start > byte {
                break;
            }
            lines.clear();
        } else {
            lines.push(Line::new(start, line.trim_end_matches(['\n', '\r'])));
        }
        start += line.len();
    }
    if text.is_empty() || text.ends_with('\n') {
        lines.push(Line::new(text.len(), ""));
    }
    lines
}

fn word_start(text: &str, byte: usize) -> usize {
    let before = text.get(..byte).unwrap_or_default();
    let word = before.chars().rev().take_while(|c| c.is_ascii_alphanumeric() || "/.-_".contains(*c)).map(char::len_utf8).sum::<usize>();
    let found = before.get(before.len() - word..).unwrap_or_default();
    // The dash of a list's item is no part of the word.
    byte - found.trim_start_matches('-').len()
}

fn byte_offset(text: &str, utf16: usize) -> usize {
    let mut units = 0;
    for (byte, letter) in text.char_indices() {
        if units >= utf16 {
            return byte;
        }
        units += letter.len_utf16();
    }
    text.len()
}

/// As `kubectl explain` writes it.
fn type_name(shape: &Shape) -> String {
    match shape {
        Shape::String(_) | Shape::Bytes | Shape::Time | Shape::MicroTime => "string".into(),
        Shape::Bool => "boolean".into(),
        Shape::Int32 | Shape::Int64 => "integer".into(),
        Shape::Quantity => "Quantity".into(),
        Shape::IntOrString => "IntOrString".into(),
        Shape::Any => "Object".into(),
        Shape::Struct(id) => Schema::get().info(*id).map_or("Object", TypeInfo::go_name).to_owned(),
        Shape::List(inner) => format!("[]{}", type_name(&inner.shape)),
        Shape::Map(inner) => format!("map[string]{}", type_name(&inner.shape)),
    }
}

fn enum_values(field: &Field) -> Vec<String> {
    match field.go_type.shape.innermost() {
        Shape::String(Some(name)) => Schema::get().enum_values(name).to_vec(),
        _ => Vec::new(),
    }
}

/// Walks manifest and live object side by side; what only the live one has becomes ghosts.
fn added(path: &str, written: &Value, live: &Value, spans: &Spans, text: &str, ghosts: &mut Vec<Ghost>) {
    match (written, live) {
        (Value::Object(mine), Value::Object(theirs)) => {
            let inner = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            for (key, value) in mine {
                if let Some(other) = theirs.get(key) {
                    added(&inner(key), value, other, spans, text, ghosts);
                }
            }
            let extra: Map<String, Value> =
                theirs.iter().filter(|(key, _)| !mine.contains_key(*key)).map(|(key, value)| (key.clone(), value.clone())).collect();
            let last = mine.keys().filter_map(|key| spans.get(&inner(key))).max_by_key(|span| span.value.1.byte);
            let first = mine.keys().filter_map(|key| spans.get(&inner(key))?.key).min_by_key(|key| key.0.byte);
            let (Some(last), Some(first)) = (last, first) else { return };
            if extra.is_empty() || is_flow(text, first.0.byte) {
                return;
            }
            let margin = " ".repeat(first.0.column);
            let lines = printers::yaml::to_yaml(&Value::Object(extra));
            let text_lines: Vec<String> = lines.trim_end().lines().map(|line| format!("{margin}{line}")).collect();
            let end = last_byte(text, last.value.0.byte, last.value.1.byte);
            ghosts.push(Ghost { at_utf16: utf16_offset(text, end), text: text_lines.join("\n") });
        }
        (Value::Array(mine), Value::Array(theirs)) => {
            for (index, value) in mine.iter().enumerate() {
                let same = |other: &&Value| value.get("name").is_some() && other.get("name") == value.get("name");
                if let Some(other) = theirs.iter().find(same).or_else(|| theirs.get(index)) {
                    added(&format!("{path}[{index}]"), value, other, spans, text, ghosts);
                }
            }
        }
        _ => {}
    }
}

/// A value's end without the blanks and line breaks behind it.
fn last_byte(text: &str, start: usize, end: usize) -> usize {
    let value = text.get(start..end).unwrap_or_default();
    start + value.trim_end().len()
}

/// Within `{…}` there is no room for lines.
fn is_flow(text: &str, byte: usize) -> bool {
    let before = text.get(..byte).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.contains('{')
}

#[cfg(test)]
mod tests {
    use super::super::view::Options;
    use super::*;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: main\n    image: nginx\n";

    /// Completes at the `|` of a text.
    fn labels(text: &str) -> Vec<String> {
        let at = text.find('|').expect("a cursor");
        Session::complete(&text.replace('|', ""), at).proposals.into_iter().map(|proposal| proposal.label).collect()
    }

    #[test]
    fn keys_are_those_of_the_struct_around_the_cursor() {
        let container = labels(&format!("{POD}    po|"));
        assert!(container.contains(&"ports".to_owned()) && !container.contains(&"image".to_owned()), "{container:?}");
        let spec = labels(&format!("{POD}  |"));
        assert!(spec.contains(&"restartPolicy".to_owned()) && !spec.contains(&"containers".to_owned()), "{spec:?}");
        assert!(labels(&POD.replace("  name: a", "  name: a\n  la|")).contains(&"labels".to_owned()));
        assert_eq!(labels(&POD.replace("  - name: main", "  - na|me: main"))[0], "name");
        assert!(labels("apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      |").contains(&"containers".to_owned()));
    }

    #[test]
    fn values_are_those_of_the_field() {
        assert_eq!(labels(&format!("{POD}  restartPolicy: |")), ["Always", "OnFailure", "Never"]);
        assert_eq!(labels(&format!("{POD}    tty: |")), ["true", "false"]);
        assert!(labels("apiVersion: v1\nkind: P|").contains(&"Pod".to_owned()));
        assert_eq!(labels("|"), ["apiVersion", "kind", "metadata"]);
    }

    #[test]
    fn a_field_is_described_where_it_stands() {
        let field = Session::field_at(POD, POD.find("image").expect("there") + 2).expect("known");
        assert_eq!(field.path, "pod.spec.containers.image");
        assert_eq!((field.docs.0.as_str(), field.type_name.as_str()), ("core.Container", "string"));
        assert_eq!(&POD[field.from_utf16..field.to_utf16], "image");
        assert_eq!(Session::field_at(POD, 0).map(|field| field.path).as_deref(), Some("pod.apiVersion"));
    }

    #[test]
    fn what_the_server_added_stands_behind_the_map_it_belongs_to() {
        let session = Session::new(Options { seed: 7, topology: "classroom".into(), lesson: None, unix_time_at_start: 1_700_000_000 });
        assert_eq!(session.added_by_server(POD), []);
        let terminal = session.open_terminal();
        session.write_file("a.yaml", POD);
        session.type_command(terminal, "kubectl apply -f a.yaml");
        session.advance(5_000, usize::MAX);
        let ghosts = session.added_by_server(POD);
        let container = ghosts.iter().find(|ghost| ghost.text.contains("imagePullPolicy")).expect("a default");
        assert!(container.text.starts_with("    imagePullPolicy: Always"), "{container:?}");
        assert_eq!(&POD[..container.at_utf16], POD.trim_end());
        assert!(ghosts.iter().any(|ghost| ghost.text.contains("  restartPolicy: Always") && ghost.text.contains("  nodeName: ")));
        assert!(!ghosts.iter().any(|ghost| ghost.text.contains("managedFields") || ghost.text.contains("status")));
    }
}
