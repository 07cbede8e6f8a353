//! Prints the server's `meta.k8s.io/v1 Table`. Models k8s.io/cli-runtime/pkg/printers/tableprinter.go.

use super::gofmt;
use super::tabwriter::TabWriter;
use serde_json::Value;

/// What is wished of a table.
#[derive(Clone, Debug, Default)]
pub struct TableOptions {
    pub no_headers: bool,
    pub wide: bool,
    pub with_namespace: bool,
    pub with_kind: bool,
    pub show_labels: bool,
    pub column_labels: Vec<String>,
}

/// A printer that keeps its columns' widths between events of a watch.
pub struct TablePrinter {
    options: TableOptions,
    writer: TabWriter,
    header_done: bool,
}

impl TablePrinter {
    /// A printer; its header is still to come.
    pub fn new(options: TableOptions) -> TablePrinter {
        TablePrinter { options, writer: TabWriter::table(), header_done: false }
    }

    /// The rows as aligned lines, after the header if it has not been printed. `kind` is the prefix (`pod`) for `with_kind`.
    pub fn print(&mut self, columns: &[Value], rows: &[&Value], kind: &str) -> String {
        let mut text = String::new();
        if !self.header_done && !self.options.no_headers {
            text.push_str(&self.header(columns));
        }
        self.header_done = true;
        for row in rows {
            text.push_str(&self.row(columns, row, kind));
        }
        self.writer.align(&text)
    }

    fn shown(&self, column: &Value) -> bool {
        self.options.wide || column.get("priority").and_then(Value::as_i64).unwrap_or(0) == 0
    }

    fn header(&self, columns: &[Value]) -> String {
        let mut cells = Vec::new();
        if self.options.with_namespace {
            cells.push("NAMESPACE".to_owned());
        }
        for column in columns.iter().filter(|c| self.shown(c)) {
            cells.push(column.get("name").and_then(Value::as_str).unwrap_or_default().to_uppercase());
        }
        for label in &self.options.column_labels {
            cells.push(label.rsplit('/').next().unwrap_or_default().to_uppercase());
        }
        if self.options.show_labels {
            cells.push("LABELS".into());
        }
        cells.join("\t") + "\n"
    }

    fn row(&self, columns: &[Value], row: &Value, kind: &str) -> String {
        let metadata = row.get("object").and_then(|o| o.get("metadata"));
        let mut cells = Vec::new();
        if self.options.with_namespace {
            cells.push(metadata.and_then(|m| m.get("namespace")).and_then(Value::as_str).unwrap_or_default().to_owned());
        }
        let named = |column: &Value| column.get("format").is_some_and(|f| f == "name") && column.get("type").is_some_and(|t| t == "string");
        let name = columns.iter().position(named).filter(|_| self.options.with_kind && !kind.is_empty());
        let values = row.get("cells").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (i, value) in values.iter().enumerate() {
            let Some(column) = columns.get(i) else { break };
            if !self.shown(column) {
                continue;
            }
            let mut text = match value {
                Value::Null => String::new(),
                value => gofmt::v(value),
            };
            // A cell is one line: what follows a break is cut off.
            if let Some(at) = text.find(['\n', '\r', '\u{c}']) {
                text.truncate(at);
                text.push_str("...");
            }
            if name == Some(i) {
                text = format!("{kind}/{text}");
            }
            cells.push(escaped(&text));
        }
        let labels = metadata.and_then(|m| m.get("labels")).and_then(Value::as_object);
        for name in &self.options.column_labels {
            let value = labels.and_then(|l| l.get(name)).and_then(Value::as_str);
            cells.push(value.unwrap_or_default().to_owned());
        }
        if self.options.show_labels {
            cells.push(labels_text(labels));
        }
        cells.join("\t") + "\n"
    }
}

/// The text without what a terminal would obey. Models cli-runtime's WriteEscaped.
pub fn escaped(text: &str) -> String {
    text.replace('\u{1b}', "^[").replace('\r', "\\r")
}

/// `a=b,c=d`, or `<none>`.
pub fn labels_text(labels: Option<&serde_json::Map<String, Value>>) -> String {
    match labels {
        Some(labels) if !labels.is_empty() => {
            let pairs: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
            pairs.join(",")
        }
        _ => "<none>".into(),
    }
}
