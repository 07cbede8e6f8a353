//! Reads manifests: several documents of YAML, or JSON; with the texts of Go's errors.

use crate::api::yaml;
use serde_json::Value;

/// The documents of a stream. What was read before an error is given too.
pub fn read(text: &str) -> (Vec<Value>, Option<String>) {
    if !text.trim_start().starts_with('{') {
        return read_yaml(text);
    }
    match read_json(text) {
        // What is no JSON from its first object on may be YAML all the same. Models YAMLOrJSONDecoder.
        (documents, Some(error)) if documents.is_empty() => match read_yaml(text) {
            (documents, None) if !documents.is_empty() => (documents, None),
            _ => (documents, Some(error)),
        },
        read => read,
    }
}

fn read_yaml(text: &str) -> (Vec<Value>, Option<String>) {
    let mut documents = Vec::new();
    for document in yaml::parse_documents(text) {
        match document {
            Ok(document) if document.value.is_null() => {}
            Ok(document) => documents.push(document.value),
            Err(e) if e.message.starts_with("invalid Yaml document separator") => return (documents, Some(e.message)),
            Err(e) => return (documents, Some(format!("error converting YAML to JSON: {}", e.message))),
        }
    }
    (documents, None)
}

/// One document as JSON; the error is go-yaml's.
pub fn parse_yaml(text: &str) -> Result<Value, String> {
    yaml::to_json(text.as_bytes()).map(|converted| converted.node.to_value()).map_err(|e| e.message)
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
                if rest.trim_start().starts_with('{') || documents.is_empty() {
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
    let place = if words.contains("key must be a string") || words.contains("trailing comma") {
        "looking for beginning of object key string"
    } else if words.contains("expected `:`") {
        "after object key"
    } else if words.contains("expected `,` or `}`") {
        "after object key:value pair"
    } else if words.contains("expected `,` or `]`") {
        "after array element"
    } else {
        "looking for beginning of value"
    };
    format!("json: offset {offset}: invalid character '{found}' {place}")
}
