//! Go's `text/template`, as much of it as `-o go-template` can use. Models Go's text/template and
//! k8s.io/cli-runtime/pkg/printers/template.go.

mod exec;
mod funcs;
mod lex;
mod parse;

use super::{gofmt, json};
use serde_json::Value;

/// A parsed template.
pub struct Template {
    text: String,
    templates: parse::Templates,
    allow_missing: bool,
}

/// A template that failed while it ran.
pub struct Failure {
    /// What was printed before, and the dump that explains.
    pub stdout: String,
    /// `error executing template …`.
    pub message: String,
}

impl Template {
    /// Parses; the error is the whole text after `error: `.
    pub fn new(text: &str, allow_missing: bool) -> Result<Template, String> {
        let templates = parse::parse(text).map_err(|e| format!("error parsing template {text}, {e}"))?;
        Ok(Template { text: text.to_owned(), templates, allow_missing })
    }

    /// Runs the template on an object.
    pub fn execute(&self, object: &Value) -> Result<String, Failure> {
        let mut state = exec::State::new(&self.text, &self.templates, object, self.allow_missing);
        match state.run() {
            Ok(()) => Ok(state.out),
            Err(error) => {
                let stdout = format!(
                    "{}Error executing template: {error}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{}\n\traw data was:\n\t\t{}\n\tobject given to template engine was:\n\t\t{}\n\n",
                    state.out,
                    self.text,
                    json::compact(object),
                    gofmt::v(object),
                );
                Err(Failure { stdout, message: format!("error executing template {}: {error}", gofmt::quote(&self.text)) })
            }
        }
    }
}
