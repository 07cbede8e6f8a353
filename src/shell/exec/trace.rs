use brush_parser::ast;

use super::super::builtins::{Argument, Assigned};
use super::super::expand::Place;
use super::super::quote;
use super::super::state::Shell;
use crate::sim::LocalBoxFuture;

/// The trace shows this depth at most, as bash's does.
const DEPTH_LIMIT: usize = 98;

impl Shell {
    /// `set -x`: shows a simple command before it runs.
    pub(super) async fn trace_words(&mut self, words: &[String]) {
        if self.options.xtrace {
            let shown: Vec<String> =
                words.iter().map(|word| if self.dialect.is_dash() { word.clone() } else { quote::traced(word) }).collect();
            self.trace(&shown.join(" ")).await;
        }
    }

    /// `set -x`: shows what bash shows of a compound command, if this is bash.
    pub(super) async fn trace_compound(&mut self, text: impl FnOnce() -> String) {
        if self.options.xtrace && self.dialect.is_bash() {
            self.trace(&text()).await;
        }
    }

    /// `set -x`: shows an assignment: a value is quoted where it must be, an array stands as it was written.
    pub(super) async fn trace_assignment(&mut self, written: &ast::Assignment, argument: &Argument) {
        let Argument::Assignment { value, .. } = argument else { return };
        if !self.options.xtrace {
            return;
        }
        let shown = match value {
            Assigned::Array(_) => written.value.to_string(),
            Assigned::Text(text) if self.dialect.is_dash() || text.is_empty() => text.clone(),
            Assigned::Text(text) => quote::traced(text),
        };
        self.trace(&format!("{}{}={shown}", written.name, if written.append { "+" } else { "" })).await;
    }

    /// A line of the trace, behind what `PS4` expands to; bash repeats its first letter for each text inside another.
    fn trace<'a>(&'a mut self, text: &'a str) -> LocalBoxFuture<'a, ()> {
        Box::pin(async move {
            let mut first = String::new();
            let mut ps4 = self.var("PS4").unwrap_or_else(|| "+ ".into());
            if ps4.contains(['$', '`']) {
                let (status, substituted) = (self.status, self.substitution_status);
                self.options.xtrace = false;
                ps4 = self.expand_text(&ps4, Place::Quoted).await.unwrap_or(ps4);
                self.options.xtrace = true;
                (self.status, self.substitution_status) = (status, substituted);
            }
            if self.dialect.is_bash() {
                first = ps4.chars().take(1).collect::<String>().repeat(self.texts.saturating_sub(1).min(DEPTH_LIMIT));
            }
            self.ctx.eprint(&format!("{first}{ps4}{text}\n")).await;
        })
    }
}

/// A command's text on one line, as `jobs` shows it.
pub(super) fn one_line(text: &str) -> String {
    let mut out = String::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if i > 0 {
            let joins = out.ends_with(['{', '(']) || out.ends_with("do") || out.ends_with("then") || out.ends_with([';', '&']);
            out.push_str(if joins || out.ends_with(' ') { " " } else { "; " });
        }
        out.push_str(line);
    }
    out.replace("{  ", "{ ").replace(">& ", ">&")
}
