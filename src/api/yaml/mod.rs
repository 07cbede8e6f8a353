//! YAML as Kubernetes reads it: YAML 1.1 by go.yaml.in/yaml/v2, turned into JSON by sigs.k8s.io/yaml.
mod convert;
mod cursor;
mod parser;
mod resolve;
mod scalars;
mod scanner;
mod spans;
mod tags;

pub use cursor::Mark;
pub use spans::{Range, Span, Spans, utf16_offset};

use crate::api::json::Node;
use convert::Converter;
use std::fmt;

/// Which part of the reader refused; the scanner counts lines from one, the parser from nought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Scanner,
    Parser,
}

/// Why a text is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// As Go prints it: `yaml: line 4: found character that cannot start any token`.
    pub message: String,
    /// Where the reader stood.
    pub mark: Mark,
}

impl SyntaxError {
    /// Models parser.fail of yaml/v2.
    pub(crate) fn at(stage: Stage, problem: &str, mark: Mark, context: Mark) -> Self {
        let line = match (mark.line, stage) {
            (0, _) => context.line,
            (line, Stage::Scanner) => line + 1,
            (line, Stage::Parser) => line,
        };
        let place = if line == 0 { String::new() } else { format!("line {line}: ") };
        Self { message: format!("yaml: {place}{problem}"), mark }
    }

    /// An error that names no line.
    pub(crate) fn plain(problem: &str, mark: Mark) -> Self {
        Self { message: format!("yaml: {problem}"), mark }
    }

    /// An error of the conversion to JSON.
    pub(crate) fn bare(message: &str, mark: Mark) -> Self {
        Self { message: message.to_string(), mark }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

/// A document turned into JSON.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The value; keys in order.
    pub node: Node<'static>,
    /// The strict reader's one error about keys that stand twice, or nothing.
    pub duplicates: Option<String>,
}

/// One document of a text.
#[derive(Clone, Debug)]
pub struct Document {
    /// The value; null for a document of comments.
    pub value: serde_json::Value,
    /// Where its fields stand in the whole text.
    pub spans: Spans,
    /// Keys that stand twice, as the strict reader names them.
    pub duplicates: Option<String>,
    /// The document's own text.
    pub text: String,
}

/// The first document of a body, as the API server reads it. Models yaml.YAMLToJSON.
pub fn to_json(body: &[u8]) -> Result<Converted, SyntaxError> {
    convert(body, None).map(|(converted, _)| converted)
}

fn convert(body: &[u8], spans: Option<Spans>) -> Result<(Converted, Option<Spans>), SyntaxError> {
    check_characters(body)?;
    let tree = parser::parse(body)?;
    let mut converter = Converter::new(&tree, spans);
    let node = converter.convert()?;
    let duplicates =
        (!converter.duplicates.is_empty()).then(|| format!("yaml: unmarshal errors:\n  {}", converter.duplicates.join("\n  ")));
    Ok((Converted { node, duplicates }, converter.spans))
}

/// Every document of a text, as kubectl splits it at lines that start with `---`; a broken one does not stop the next.
/// Line numbers in messages count from the document's start, as kubectl's do; marks count from the text's.
/// Models apimachinery YAMLReader.
pub fn parse_documents(text: &str) -> Vec<Result<Document, SyntaxError>> {
    let mut documents = Vec::new();
    let (mut start, mut here) = (Mark::default(), Mark::default());
    for line in text.split_inclusive('\n') {
        let next = Mark { index: here.index + line.chars().count(), byte: here.byte + line.len(), line: here.line + 1, column: 0 };
        if let Some(behind) = line.strip_prefix("---") {
            let behind = behind.trim();
            if !behind.is_empty() && !behind.starts_with('#') {
                documents.push(Err(SyntaxError::bare(&format!("invalid Yaml document separator: {behind}"), here)));
                return documents;
            }
            if here.byte > start.byte {
                documents.push(document(text, start, here.byte));
                start = next;
            }
        }
        here = next;
    }
    if here.byte > start.byte {
        documents.push(document(text, start, here.byte));
    }
    documents
}

fn document(text: &str, start: Mark, end: usize) -> Result<Document, SyntaxError> {
    let body = text.get(start.byte..end).unwrap_or("");
    let (converted, spans) = convert(body.as_bytes(), Some(Spans::starting_at(start))).map_err(|mut error| {
        error.mark.line += start.line;
        error.mark.byte += start.byte;
        error.mark.index += start.index;
        error
    })?;
    Ok(Document {
        value: converted.node.to_value(),
        spans: spans.unwrap_or_default(),
        duplicates: converted.duplicates,
        text: body.to_string(),
    })
}

/// Models the reader's checks (readerc.go): UTF-8, and no control characters.
fn check_characters(body: &[u8]) -> Result<(), SyntaxError> {
    let text = match std::str::from_utf8(body) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            let problem = match (error.error_len(), body.get(at).copied().unwrap_or(0)) {
                (None, _) => "incomplete UTF-8 octet sequence",
                (Some(_), 0x80..=0xbf | 0xf8..=0xff) => "invalid leading UTF-8 octet",
                _ => "invalid trailing UTF-8 octet",
            };
            return Err(SyntaxError::plain(problem, Mark { byte: at, ..Mark::default() }));
        }
    };
    // Most bytes at once: only what is not plain ASCII is looked at letter by letter.
    let plain = body.iter().position(|byte| !matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~')).unwrap_or(body.len());
    let odd = text.get(plain..).unwrap_or("");
    let allowed =
        |character: char| matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..);
    match odd.char_indices().find(|(_, character)| !allowed(*character)) {
        Some((at, _)) => Err(SyntaxError::plain("control characters are not allowed", Mark { byte: plain + at, ..Mark::default() })),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
