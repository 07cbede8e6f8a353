//! `explain -o plaintext-openapiv2`: the older rendering. Models kubectl/pkg/explain.

use super::inner;
use crate::api::Kind;
use crate::api::schema::{Docs, Field, Shape, TypeInfo};
use crate::kubectl::error::Fail;

const WIDTH: usize = 80;
const DESCRIPTION_INDENT: usize = 5;
const FIELD_INDENT: usize = 3;

/// `string`, `[]Object`: structs have no names here.
fn type_name(shape: &Shape) -> String {
    match shape {
        Shape::Bool => "boolean".into(),
        Shape::Int32 | Shape::Int64 => "integer".into(),
        Shape::Any => "Object".into(),
        Shape::Struct(_) => "Object".into(),
        Shape::List(inner) => format!("[]{}", type_name(&inner.shape)),
        Shape::Map(inner) => format!("map[string]{}", type_name(&inner.shape)),
        _ => "string".into(),
    }
}

fn doc<'a>(docs: &'a Docs, info: &TypeInfo, field: &str) -> &'a str {
    docs.get(&info.name).and_then(|fields| fields.get(field)).map_or("", String::as_str)
}

/// The whole text about a path of fields.
pub fn describe(docs: &Docs, kind: Kind, root: &'static TypeInfo, path: &[&str], recursive: bool) -> Result<String, Fail> {
    let mut info = root;
    let mut found: Option<(&'static TypeInfo, &'static Field)> = None;
    let mut leaf = false;
    for name in path {
        let missing = || Fail::Text(format!("field \"{name}\" does not exist"));
        if leaf {
            return Err(missing());
        }
        let field = info.field(name).ok_or_else(missing)?;
        found = Some((info, field));
        match inner(field) {
            Some(next) => info = next,
            None => leaf = true,
        }
    }
    let mut out = format!("KIND:     {}\nVERSION:  {}\n\n", kind.info().kind, kind.info().api_version());
    let mut descriptions = Vec::new();
    if let Some((owner, field)) = found {
        let head = if leaf { "FIELD:   " } else { "RESOURCE:" };
        out += &format!("{head} {} <{}>\n\n", field.name, type_name(&field.go_type.shape));
        descriptions.push(doc(docs, owner, &field.name));
    }
    if !leaf {
        descriptions.push(doc(docs, info, ""));
    }
    descriptions.retain(|text| !text.is_empty());
    if descriptions.is_empty() {
        descriptions.push("<empty>");
    }
    out += "DESCRIPTION:\n";
    for (index, text) in descriptions.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        wrapped(&mut out, text, DESCRIPTION_INDENT);
    }
    if !leaf {
        out += "\nFIELDS:\n";
        if recursive {
            names(&mut out, info, FIELD_INDENT, &mut Vec::new());
        } else {
            fields(&mut out, docs, info);
        }
    }
    Ok(out)
}

fn sorted(info: &'static TypeInfo) -> Vec<&'static Field> {
    let mut fields: Vec<&'static Field> = info.fields.iter().collect();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    fields
}

fn fields(out: &mut String, docs: &Docs, info: &'static TypeInfo) {
    for field in sorted(info) {
        let required = if field.required && !field.omit_empty { " -required-" } else { "" };
        *out += &format!("   {}\t<{}>{required}\n", field.name, type_name(&field.go_type.shape));
        wrapped(out, doc(docs, info, &field.name), FIELD_INDENT + 2);
        out.push('\n');
    }
}

fn names(out: &mut String, info: &'static TypeInfo, indent: usize, above: &mut Vec<String>) {
    for field in sorted(info) {
        *out += &format!("{}{}\t<{}>\n", " ".repeat(indent), field.name, type_name(&field.go_type.shape));
        if let Some(inner) = inner(field)
            && !above.contains(&inner.name)
            && above.len() < 24
        {
            above.push(inner.name.clone());
            names(out, inner, indent + FIELD_INDENT, above);
            above.pop();
        }
    }
}

/// Whether a line begins anew instead of going on with the one before.
fn begins(last: &str, line: &str) -> bool {
    let text = line.trim();
    let bullet = |text: &str| {
        let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let after = if digits > 0 {
            text[digits..].strip_prefix('.').unwrap_or(&text[digits..])
        } else {
            text.strip_prefix(['-', '*']).unwrap_or("")
        };
        after.starts_with(char::is_whitespace)
    };
    last.ends_with(':') || text.is_empty() || bullet(text)
}

fn wrapped(out: &mut String, text: &str, indent: usize) {
    let width = WIDTH - indent;
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut last = String::new();
    for line in text.split('\n') {
        if line.starts_with("    ") || (line.trim().is_empty() && !(lines.is_empty() && current.is_empty())) {
            flush(&mut lines, &mut current, &mut last);
            lines.push(if line.trim().is_empty() { String::new() } else { line.to_owned() });
            continue;
        }
        if begins(&last, line) {
            flush(&mut lines, &mut current, &mut last);
        }
        for word in line.split_whitespace() {
            if !current.is_empty() && current.len() + 1 + word.len() > width {
                flush(&mut lines, &mut current, &mut last);
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current += word;
            last = word.to_owned();
        }
    }
    flush(&mut lines, &mut current, &mut last);
    for line in lines {
        *out += &if line.is_empty() { "\n".to_owned() } else { format!("{}{line}\n", " ".repeat(indent)) };
    }
}

fn flush(lines: &mut Vec<String>, current: &mut String, last: &mut String) {
    if !current.is_empty() {
        lines.push(std::mem::take(current));
        last.clear();
    }
}
