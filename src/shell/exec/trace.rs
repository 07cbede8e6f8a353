use super::super::dialect::Dialect;
use super::super::quote;
use super::super::state::Shell;

impl Shell {
    /// `set -x`: shows a command before it runs.
    pub(super) async fn trace(&self, words: &[String]) {
        if !self.options.xtrace {
            return;
        }
        let depth = if self.dialect.is_bash() { self.subshell.min(8) } else { 0 };
        let ps4 = self.var("PS4").unwrap_or_else(|| "+ ".into());
        let first = ps4.chars().next().map_or(String::new(), |c| c.to_string().repeat(depth));
        let shown: Vec<String> = words
            .iter()
            .map(|word| match self.dialect {
                Dialect::Dash => word.clone(),
                _ => quote::traced(word),
            })
            .collect();
        self.ctx.eprint(&format!("{first}{ps4}{}\n", shown.join(" "))).await;
    }

    /// The trace of what is no simple command.
    pub(super) async fn trace_text(&self, text: &str) {
        let ps4 = self.var("PS4").unwrap_or_else(|| "+ ".into());
        let first = ps4.chars().next().map_or(String::new(), |c| c.to_string().repeat(self.subshell.min(8)));
        self.ctx.eprint(&format!("{first}{ps4}{text}\n")).await;
    }

    /// The trace of an assignment: the value is quoted where it must be.
    pub(super) async fn trace_assignment(&self, name: &str, value: &str) {
        if !self.options.xtrace {
            return;
        }
        let shown = if self.dialect.is_dash() || value.is_empty() { value.to_owned() } else { quote::traced(value) };
        let depth = if self.dialect.is_bash() { self.subshell.min(8) } else { 0 };
        self.ctx.eprint(&format!("{}+ {name}={shown}\n", "+".repeat(depth))).await;
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
