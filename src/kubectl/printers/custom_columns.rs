//! `-o custom-columns`. Models kubectl/pkg/cmd/get/customcolumn.go.

use super::gofmt;
use super::jsonpath::JsonPath;
use super::tabwriter::TabWriter;
use serde_json::Value;

/// The columns, and whether the header stands already.
pub struct CustomColumns {
    columns: Vec<(String, String)>,
    headers: bool,
    writer: TabWriter,
}

/// `metadata.name`, `.metadata.name`, `{metadata.name}` and `{.metadata.name}` all as the last.
pub fn relaxed_path(path: &str) -> Result<String, String> {
    let refuse =
        || Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'".to_owned());
    if path.is_empty() {
        return Ok(String::new());
    }
    let bare = |text: &str| !text.is_empty() && !text.contains(['{', '}']);
    let dotless = |text: &str| {
        let rest = text.strip_prefix('.').unwrap_or(text);
        if bare(rest) {
            Some(rest.to_owned())
        } else if bare(text) {
            Some(text.to_owned())
        } else {
            None
        }
    };
    let inner = path.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    match dotless(inner.unwrap_or(path)) {
        Some(path) => Ok(format!("{{.{path}}}")),
        None => refuse(),
    }
}

impl CustomColumns {
    /// Reads `HEADER:path,HEADER:path`.
    pub fn new(spec: &str, no_headers: bool) -> Result<CustomColumns, String> {
        if spec.is_empty() {
            return Err("custom-columns format specified but no custom columns given".into());
        }
        let mut columns = Vec::new();
        for part in spec.split(',') {
            let Some((header, path)) = part.split_once(':') else {
                return Err(format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"));
            };
            columns.push((header.to_owned(), relaxed_path(path)?));
        }
        Ok(CustomColumns { columns, headers: !no_headers, writer: TabWriter::table() })
    }

    /// Reads a file of two lines: headers, paths.
    pub fn from_file(text: &str) -> Result<CustomColumns, String> {
        let expected = "Expected format is one line of space separated headers, one line of space separated column specs.";
        let mut lines = text.lines();
        let Some(headers) = lines.next() else { return Err(format!("invalid template, missing header line. {expected}")) };
        let Some(specs) = lines.next() else { return Err(format!("invalid template, missing spec line. {expected}")) };
        let headers: Vec<&str> = headers.split_whitespace().collect();
        let specs: Vec<&str> = specs.split_whitespace().collect();
        if headers.len() != specs.len() {
            return Err(format!("number of headers ({}) and field specifications ({}) don't match", headers.len(), specs.len()));
        }
        let mut columns = Vec::new();
        for (header, spec) in headers.iter().zip(specs) {
            columns.push(((*header).to_owned(), relaxed_path(spec)?));
        }
        Ok(CustomColumns { columns, headers: true, writer: TabWriter::table() })
    }

    /// Prints an object or a list's items; the header once. On an error, what stood before it is given too.
    pub fn print(&mut self, object: &Value) -> (String, Result<(), String>) {
        let mut text = String::new();
        if std::mem::take(&mut self.headers) {
            let headers: Vec<&str> = self.columns.iter().map(|(header, _)| header.as_str()).collect();
            text.push_str(&headers.join("\t"));
            text.push('\n');
        }
        let result = self.rows(object, &mut text);
        (self.writer.align(&text), result)
    }

    fn rows(&self, object: &Value, text: &mut String) -> Result<(), String> {
        let paths = self.columns.iter().map(|(_, path)| JsonPath::new(path, true)).collect::<Result<Vec<_>, _>>()?;
        let single = std::slice::from_ref(object);
        let items = object.get("items").and_then(Value::as_array).map_or(single, Vec::as_slice);
        for item in items {
            let mut cells = Vec::new();
            for path in &paths {
                let found = path.find(item)?;
                let values: Vec<String> = if found.first().is_none_or(Vec::is_empty) {
                    vec!["<none>".into()]
                } else {
                    found.iter().flatten().map(|value| gofmt::v(value)).collect()
                };
                cells.push(values.join(","));
            }
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        Ok(())
    }
}
