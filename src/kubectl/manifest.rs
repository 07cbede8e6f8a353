//! Reads manifests: several documents, YAML as go-yaml v2 understands it, or JSON; with its errors' texts and lines.

use super::printers::gofmt;
use super::printers::yaml_scalar::resolves_to_other;
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// No document may expand to more values than this (aliases of aliases).
const VALUE_LIMIT: usize = 200_000;

/// The documents of a stream. What was read before an error is given too.
pub fn read(text: &str) -> (Vec<Value>, Option<String>) {
    if text.trim_start().starts_with('{') {
        return read_json(text);
    }
    let mut documents = Vec::new();
    for part in split(text) {
        match parse_yaml(&part) {
            Ok(Value::Null) => {}
            Ok(value) => documents.push(value),
            Err(e) => return (documents, Some(format!("error converting YAML to JSON: {e}"))),
        }
    }
    (documents, None)
}

fn read_json(text: &str) -> (Vec<Value>, Option<String>) {
    let mut documents = Vec::new();
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    loop {
        let offset = stream.byte_offset();
        match stream.next() {
            None => return (documents, None),
            Some(Ok(value)) => documents.push(value),
            Some(Err(e)) if e.is_eof() => return (documents, Some("unexpected EOF".into())),
            Some(Err(e)) => {
                let rest = text.get(offset..).unwrap_or_default();
                if rest.trim_start().starts_with('{') {
                    return (documents, Some(json_error(text, &e)));
                }
                // After a JSON document the rest may be YAML.
                let (more, error) = read(rest.trim_start().trim_start_matches("---"));
                documents.extend(more);
                return (documents, error);
            }
        }
    }
}

/// Go's words for a syntax error.
fn json_error(text: &str, e: &serde_json::Error) -> String {
    let line_start: usize = text.split_inclusive('\n').take(e.line().saturating_sub(1)).map(str::len).sum();
    let offset = (line_start + e.column()).max(1);
    let found = text.get(offset - 1..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
    let words = e.to_string();
    let place = if words.contains("key must be a string") {
        "looking for beginning of object key string"
    } else if words.contains("expected `:`") {
        "after object key"
    } else if words.contains("expected `,` or `}`") {
        "after object key:value pair"
    } else if words.contains("expected `,` or `]`") {
        "after array element"
    } else if words.contains("trailing comma") {
        "looking for beginning of object key string"
    } else {
        "looking for beginning of value"
    };
    format!("json: offset {offset}: invalid character '{found}' {place}")
}

/// Documents end at a line that begins with `---`.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let is_separator = line.starts_with("---") && line[3..].chars().next().is_none_or(char::is_whitespace);
        let fresh = parts.last().is_none_or(|p| p.lines().all(|l| l.starts_with('%')) && !p.is_empty());
        if is_separator && !fresh {
            parts.push(String::new());
        }
        if let Some(last) = parts.last_mut() {
            if is_separator && line.trim_end() == "---" && last.is_empty() {
                continue;
            }
            last.push_str(line);
        }
    }
    parts
}

/// One document as JSON.
pub fn parse_yaml(text: &str) -> Result<Value, String> {
    let mut builder = Builder { parser: Parser::new_from_str(text), anchors: BTreeMap::new(), budget: VALUE_LIMIT };
    loop {
        match builder.next()? {
            Event::StreamEnd => return Ok(Value::Null),
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing | Event::DocumentEnd => {}
            event => {
                let value = builder.value(event)?;
                // A scanner's error may come after the last value.
                while !matches!(builder.next()?, Event::StreamEnd) {}
                return Ok(value);
            }
        }
    }
}

struct Builder<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: BTreeMap<usize, Value>,
    budget: usize,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.parser.next_event() {
            None => Ok(Event::StreamEnd),
            Some(Ok((event, _))) => Ok(event),
            Some(Err(e)) => Err(explain(&e)),
        }
    }

    fn value(&mut self, event: Event<'a>) -> Result<Value, String> {
        self.budget = self.budget.checked_sub(1).ok_or("yaml: document contains excessive aliasing")?;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => (scalar(&text, style, tag.as_ref())?, anchor),
            Event::Alias(id) => {
                let value = self.anchors.get(&id).cloned().ok_or("yaml: unknown anchor referenced")?;
                let size = value_size(&value);
                self.budget = self.budget.checked_sub(size).ok_or("yaml: document contains excessive aliasing")?;
                return Ok(value);
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => break,
                        event => items.push(self.value(event)?),
                    }
                }
                (Value::Array(items), anchor)
            }
            Event::MappingStart(anchor, _) => (self.mapping()?, anchor),
            _ => (Value::Null, 0),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn mapping(&mut self) -> Result<Value, String> {
        let mut map = Map::new();
        let mut merged: Vec<Value> = Vec::new();
        loop {
            let event = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let merge = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = match &event {
                Event::Scalar(text, ScalarStyle::Plain, _, None) if merge => Value::String(text.to_string()),
                _ => self.value(event)?,
            };
            let value_event = self.next()?;
            let value = self.value(value_event)?;
            if merge {
                match value {
                    Value::Array(all) => merged.extend(all),
                    one => merged.push(one),
                }
                continue;
            }
            map.insert(key_text(&key)?, value);
        }
        for source in merged {
            let Value::Object(source) = source else { return Err("yaml: map merge requires map or sequence of maps as the value".into()) };
            for (key, value) in source {
                map.entry(key).or_insert(value);
            }
        }
        Ok(Value::Object(map))
    }
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(value_size).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(value_size).sum::<usize>(),
        _ => 1,
    }
}

fn key_text(key: &Value) -> Result<String, String> {
    match key {
        Value::String(s) => Ok(s.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(gofmt::v(key)),
        Value::Null => Ok("null".into()),
        other => Err(format!("yaml: invalid map key: {}", go_yaml_syntax(other))),
    }
}

/// `%#v` of what go-yaml reads, whose maps have keys of any type.
fn go_yaml_syntax(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let parts: Vec<String> = map.iter().map(|(k, v)| format!("{}:{}", gofmt::quote(k), go_yaml_syntax(v))).collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", parts.join(", "))
        }
        Value::Array(items) => format!("[]interface {{}}{{{}}}", items.iter().map(go_yaml_syntax).collect::<Vec<_>>().join(", ")),
        other => gofmt::go_syntax(other),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Cow<'_, Tag>>) -> Result<Value, String> {
    let tagged_string = tag.is_some_and(|t| t.suffix == "str" || t.handle == "!");
    if style != ScalarStyle::Plain || tagged_string || (!text.is_empty() && !resolves_to_other(text)) {
        return Ok(Value::String(text.to_owned()));
    }
    let infinity = text.trim_start_matches(['+', '-']);
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        _ if matches!(infinity, ".inf" | ".Inf" | ".INF") => {
            let sign = if text.starts_with('-') { '-' } else { '+' };
            return Err(format!("json: unsupported value: {sign}Inf"));
        }
        ".nan" | ".NaN" | ".NAN" => return Err("json: unsupported value: NaN".into()),
        _ => match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "on" | "true" => Value::Bool(true),
            "n" | "no" | "off" | "false" => Value::Bool(false),
            _ => number(text).unwrap_or_else(|| Value::String(text.to_owned())),
        },
    })
}

/// Integers in all of Go's bases (a leading 0 is octal), then floats.
fn number(text: &str) -> Option<Value> {
    if text.contains(':') {
        return None;
    }
    let plain = text.replace('_', "");
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let lower = digits.to_ascii_lowercase();
    let integer = if let Some(hex) = lower.strip_prefix("0x") {
        i128::from_str_radix(hex, 16).ok()
    } else if let Some(binary) = lower.strip_prefix("0b") {
        i128::from_str_radix(binary, 2).ok()
    } else if let Some(octal) = lower.strip_prefix("0o") {
        i128::from_str_radix(octal, 8).ok()
    } else if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
        i128::from_str_radix(digits, 8).ok()
    } else {
        digits.parse().ok()
    };
    if let Some(i) = integer {
        let signed = if negative { -i } else { i };
        if let Ok(i) = i64::try_from(signed) {
            return Some(Value::from(i));
        }
        if let Ok(u) = u64::try_from(signed) {
            return Some(Value::from(u));
        }
    }
    let float: f64 = plain.parse().ok()?;
    // A whole float that fits is an integer in JSON: 1e3 and 2.0 are 1000 and 2.
    #[allow(clippy::cast_possible_truncation)]
    if float.fract() == 0.0 && float.abs() < 1e15 {
        return Some(Value::from(float as i64));
    }
    Number::from_f64(float).map(Value::Number)
}

/// libyaml's text for the parser's, and go-yaml's line.
fn explain(error: &ScanError) -> String {
    let info = error.info();
    // Errors of the scanner name the line, errors of the grammar the one before.
    let (text, scanner) = match info {
        "simple key expected" | "simple key expect ':'" => ("could not find expected ':'", true),
        "while parsing a flow sequence, expected ',' or ']'" => ("did not find expected ',' or ']'", false),
        "while parsing a flow mapping, did not find expected ',' or '}'" => ("did not find expected ',' or '}'", false),
        "while parsing a block mapping, did not find expected key" => ("did not find expected key", false),
        "while parsing a block collection, did not find expected '-' indicator" => ("did not find expected '-' indicator", false),
        "while parsing a node, did not find expected node content" => ("did not find expected node content", false),
        "did not find expected <document start>" | "did not find expected <document-start>" => {
            ("did not find expected <document start>", false)
        }
        "found incompatible YAML document" => return "yaml: found incompatible YAML document".into(),
        "while parsing node, found unknown anchor" => return "yaml: unknown anchor referenced".into(),
        "while scanning a quoted scalar, found unexpected end of stream" | "unexpected eof" => ("found unexpected end of stream", true),
        "tabs disallowed within this context (block indentation)" | "tab cannot be used as indentation" | "tabs disallowed in this context"
        | "while scanning a plain scalar, found a tab" => ("found character that cannot start any token", true),
        _ if info.starts_with("unexpected character") => ("found character that cannot start any token", true),
        "block sequence entries are not allowed in this context" | "mapping keys are not allowed in this context"
        | "mapping values are not allowed in this context" => (info, true),
        "':' must be followed by a valid YAML whitespace" | "illegal placement of ':' indicator" => {
            ("mapping values are not allowed in this context", true)
        }
        other => (other.rsplit(", ").next().unwrap_or(other), true),
    };
    let line = if scanner { error.marker().line() } else { error.marker().line().saturating_sub(1) };
    if line == 0 { format!("yaml: {text}") } else { format!("yaml: line {line}: {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read(text).1.unwrap_or_default().replace("error converting YAML to JSON: ", "")
    }

    #[test]
    fn errors_name_libyaml_s_lines() {
        let head = "apiVersion: v1\nkind: Pod\nmetadata:\n";
        let tail = "spec:\n  containers:\n  - name: main\n    image: nginx\n";
        let cases = [
            (format!("{head}\tname: tabbed\n{tail}"), "yaml: line 4: found character that cannot start any token"),
            (format!("{head}  name: x\n   labels:\n    app: x\n{tail}"), "yaml: line 5: mapping values are not allowed in this context"),
            (format!("{head}  name: x\nspec:\n  containers:\n  - name: main\n    image nginx\n"), "yaml: line 9: could not find expected ':'"),
            (format!("{head}  name: \"unclosed\n{tail}"), "yaml: line 9: found unexpected end of stream"),
            ("apiVersion:v1\nkind:Pod\nmetadata:\n  name: x\n".into(), "yaml: line 3: mapping values are not allowed in this context"),
            (
                "apiVersion: v1\nkind: Pod\nmetadata: {name: bracket\nspec:\n  containers: []\n".into(),
                "yaml: line 3: did not find expected ',' or '}'",
            ),
            (format!("{head}  name: nginx\nspec:\n  containers:\n  - name: nginx\n   image: nginx\n"), "yaml: line 7: did not find expected key"),
            (
                format!("{head}  name: nginx\nspec:\n  containers:\n  - name: nginx\n      image: nginx\n"),
                "yaml: line 8: mapping values are not allowed in this context",
            ),
            (
                format!("{head}  name: y\nspec:\n  containers:\n  - name: c\n    image: nginx\n    args: [a, b\n"),
                "yaml: line 9: did not find expected ',' or ']'",
            ),
            (
                format!("{head}  name: y\nspec:\n  containers:\n  - name: c\n    image: nginx\n    args: [*.txt]\n"),
                "yaml: line 9: did not find expected alphabetic or numeric character",
            ),
            (format!("{head}  name: y\nspec:\n  containers:\n  - name: c\n    image: @x\n"), "yaml: line 8: found character that cannot start any token"),
        ];
        let mut wrong = String::new();
        for (text, want) in cases {
            let got = error(&text);
            if got != want {
                wrong += &format!("\nwant {want}\ngot  {got}\n{text}");
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[test]
    fn scalars_read_as_go_yaml() {
        let value = parse_yaml("a: 0644\nb: yes\nc: 1e3\nd: 2026-11-21\ne: 0x10\nf: ~\ng: 1.5\nh: '5'\ni: 10:20\n").unwrap();
        assert_eq!(
            value,
            serde_json::json!({"a": 420, "b": true, "c": 1000, "d": "2026-11-21", "e": 16, "f": null, "g": 1.5, "h": "5", "i": "10:20"})
        );
    }
}
