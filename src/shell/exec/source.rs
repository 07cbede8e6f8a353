use brush_parser::ast;

use super::super::state::{Flow, Origin, Ran, Shell};
use super::super::syntax::{Reading, SyntaxError, expand_aliases, parse, read_command};
use crate::sim::LocalBoxFuture;

/// What became of typed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// The command is not whole: ask for the next line.
    More,
    /// It ran.
    Ran,
    /// The shell ended with this status.
    Exited(i32),
}

impl Shell {
    /// Runs typed lines. `end`: no more will come, so an unfinished command is a mistake.
    pub async fn run_typed(&mut self, text: &str, end: bool) -> Typed {
        let mut raw = text;
        let mut expanded = self.with_aliases(raw);
        let mut known = (self.aliases.clone(), self.options.expand_aliases);
        let mut at = 0;
        let mut first = self.base_line;
        loop {
            // A new alias counts from the next line on.
            let line_ended = expanded.get(..at).is_some_and(|done| done.ends_with('\n'));
            if line_ended && known != (self.aliases.clone(), self.options.expand_aliases) {
                known = (self.aliases.clone(), self.options.expand_aliases);
                let lines = expanded.get(..at).unwrap_or("").matches('\n').count();
                let cut: usize = raw.split_inclusive('\n').take(lines).map(str::len).sum();
                raw = raw.get(cut..).unwrap_or("");
                expanded = self.with_aliases(raw);
                (at, first) = (0, self.base_line);
            }
            let (stop, command) = match read_command(&expanded, at, self.dialect, self.options.extglob) {
                Reading::Nothing(_) => {
                    self.base_line += expanded.get(at..).unwrap_or("").matches('\n').count();
                    return Typed::Ran;
                }
                Reading::Complete { end, text } => (end, text),
                Reading::OpenHere { .. } if !end => return Typed::More,
                Reading::OpenHere { delimiter, announced } => {
                    self.end_here_document(&mut expanded, at, announced, &delimiter).await;
                    continue;
                }
                Reading::Wrong(error) if error.is_incomplete() && !end => return Typed::More,
                Reading::Wrong(error) => {
                    self.syntax_error(&expanded, first, &error).await;
                    self.count_lines_of_error(&expanded, at, &error);
                    return if self.ends_on_error() { Typed::Exited(self.status) } else { Typed::Ran };
                }
            };
            let chunk = expanded.get(at..stop).unwrap_or("");
            if self.options.verbose {
                self.ctx.eprint(&format!("{}\n", chunk.trim_end_matches('\n'))).await;
            }
            let result = self.run_chunk(&command).await;
            self.base_line += chunk.matches('\n').count();
            at = stop;
            match result {
                Ok(status) => self.status = status,
                Err(Flow::Exit(status)) => return Typed::Exited(self.finish(status).await),
                Err(Flow::Return(status)) => {
                    self.status = status;
                    if !self.dialect.is_bash() || self.ends_on_error() {
                        return Typed::Exited(self.finish(status).await);
                    }
                }
                Err(Flow::Abandon(status)) => {
                    self.status = status;
                    // bash goes on with a file's next line after a failed assignment or expansion.
                    let goes_on = self.dialect.is_bash() && self.origin == Origin::Script && status == 1;
                    if !goes_on {
                        return if self.ends_on_error() { Typed::Exited(self.finish(status).await) } else { Typed::Ran };
                    }
                }
                Err(Flow::Break(_) | Flow::Continue(_)) => {}
            }
        }
    }

    /// `text` with its aliases expanded, where this shell does that.
    fn with_aliases(&self, text: &str) -> String {
        let expands = !self.dialect.is_bash() || self.origin == Origin::Interactive || self.options.expand_aliases;
        if expands { expand_aliases(text, &self.aliases, self.dialect) } else { text.to_owned() }
    }

    /// Ends a here-document of the command at `at` that only the end of `text` ends, after bash's warning.
    async fn end_here_document(&mut self, text: &mut String, at: usize, announced: usize, delimiter: &str) {
        if self.dialect.is_bash() {
            let line_of = |end: usize| self.base_line + text.get(at..end).map_or(0, |lines| lines.lines().count());
            let (first, last) = (line_of(announced), line_of(text.len()));
            let line = std::mem::replace(&mut self.line, last);
            let warning = format!("warning: here-document at line {first} delimited by end-of-file (wanted `{delimiter}')");
            self.complain(None, &warning).await;
            self.line = line;
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(delimiter);
        text.push('\n');
    }

    /// dash counts the line of a syntax error only when it has read its newline.
    fn count_lines_of_error(&mut self, text: &str, at: usize, error: &SyntaxError) {
        let to_newline = text.get(at..).and_then(|s| s.get(..(error.offset + 1).saturating_sub(at)));
        self.base_line += to_newline.unwrap_or("").matches('\n').count();
    }

    fn ends_on_error(&self) -> bool {
        self.origin != Origin::Interactive
    }

    /// Says what is wrong with the text, before which `first` lines were read. Sets `$?`.
    pub(super) fn syntax_error<'a>(&'a mut self, text: &'a str, first: usize, error: &'a SyntaxError) -> LocalBoxFuture<'a, ()> {
        Box::pin(async move {
            self.status = 2;
            let message = error.message(self.dialect);
            let line_of = |offset: usize| first + 1 + text.get(..offset.min(text.len())).unwrap_or("").matches('\n').count();
            let whole_lines = text.len() - usize::from(text.ends_with('\n'));
            let at_end = first + 2 + text.get(..whole_lines).unwrap_or("").matches('\n').count();
            let quotes = matches!(error.kind, super::super::syntax::ErrorKind::Unterminated(_));
            let line = match (error.is_incomplete(), quotes) {
                (true, true) => line_of(error.opened),
                (true, false) => at_end,
                (false, _) => line_of(error.offset),
            };
            let name = self.name.clone();
            let out = match (self.dialect, self.origin) {
                (super::super::dialect::Dialect::Bash, Origin::Interactive) => format!("{name}: {message}\n"),
                (super::super::dialect::Dialect::Bash, origin) => {
                    let name = if self.at_prompt { format!("{}: {name}", self.zero) } else { name };
                    let of =
                        if origin == Origin::Argument { format!("{name}: -c: line {line}: ") } else { format!("{name}: line {line}: ") };
                    let mut out = format!("{of}{message}\n");
                    if !error.is_incomplete() && !matches!(error.kind, super::super::syntax::ErrorKind::Conditional(_)) {
                        let shown = text.lines().nth(line.saturating_sub(first + 1)).unwrap_or("");
                        out.push_str(&format!("{of}`{shown}'\n"));
                    }
                    out
                }
                (super::super::dialect::Dialect::Dash, _) => {
                    let newline = text.as_bytes().get(error.offset) == Some(&b'\n') && !error.is_incomplete();
                    let line = if error.is_incomplete() { line_of(text.len()) } else { line + usize::from(newline) };
                    let of = if self.in_eval { "eval: " } else { "" };
                    format!("{name}: {line}: {of}{message}\n")
                }
                (super::super::dialect::Dialect::Ash, Origin::Script) => {
                    let line = if error.is_incomplete() { line_of(text.len()) } else { line };
                    format!("{name}: line {line}: {message}\n")
                }
                (super::super::dialect::Dialect::Ash, _) => format!("{name}: {message}\n"),
            };
            self.ctx.eprint(&out).await;
        })
    }

    fn run_chunk<'a>(&'a mut self, text: &'a str) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let Some(program) = parse(text, self.dialect) else {
                self.line = self.base_line + 1;
                self.complain(None, "syntax error: this construct is not simulated in Podground").await;
                return Err(Flow::Abandon(2));
            };
            if self.options.noexec && !self.interactive() {
                return Ok(0);
            }
            self.run_program(&program).await
        })
    }

    fn run_program<'a>(&'a mut self, program: &'a ast::Program) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            for list in &program.complete_commands {
                self.status = self.run_list(list).await?;
            }
            Ok(self.status)
        })
    }

    /// Runs `text` in this shell, as `eval`, traps and sourced files do.
    pub fn eval<'a>(&'a mut self, text: &'a str) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let (line, base) = (self.line, self.base_line);
            self.base_line = if self.in_eval { 0 } else { line.saturating_sub(1) };
            self.texts += 1;
            let result = self.eval_inner(text).await;
            self.texts -= 1;
            self.line = line;
            self.base_line = base;
            result
        })
    }

    fn eval_inner<'a>(&'a mut self, text: &'a str) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let mut expanded = self.with_aliases(text);
            let mut at = 0;
            let mut status = 0;
            let first = self.base_line;
            loop {
                match read_command(&expanded, at, self.dialect, self.options.extglob) {
                    Reading::Nothing(_) => return Ok(status),
                    Reading::Complete { end, text } => {
                        status = self.run_chunk(&text).await?;
                        self.base_line += text.matches('\n').count();
                        at = end;
                    }
                    Reading::OpenHere { delimiter, announced } => {
                        self.end_here_document(&mut expanded, at, announced, &delimiter).await;
                    }
                    Reading::Wrong(error) => {
                        self.syntax_error(&expanded, first, &error).await;
                        return if self.dialect.is_bash() { Ok(2) } else { Err(Flow::Abandon(2)) };
                    }
                }
            }
        })
    }

    /// Runs a whole script, and gives the shell's exit status.
    pub async fn run_script(&mut self, text: &str) -> i32 {
        match self.run_typed(text, true).await {
            Typed::Exited(status) => status,
            _ => {
                let status = self.status;
                self.finish(status).await
            }
        }
    }

    /// Runs a file in this shell (`source`, `.`).
    pub fn source<'a>(&'a mut self, name: &'a str, text: &'a str) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let (old_name, old_origin) = (self.name.clone(), self.origin);
            let (line, base) = (self.line, self.base_line);
            let old_prompt = self.at_prompt;
            if self.dialect.is_bash() {
                self.at_prompt |= self.origin == Origin::Interactive;
                self.name = name.to_owned();
                self.origin = Origin::Script;
            }
            self.base_line = 0;
            self.sourcing += 1;
            self.texts += 1;
            // A sourced file has the other traps.
            let debug = if self.options.functrace { None } else { self.traps.remove("DEBUG") };
            let mut result = self.eval_inner(text).await;
            (self.line, self.base_line) = (line, base);
            if let Ok(status) | Err(Flow::Return(status)) = result {
                self.status = status;
                result = self.run_trap("RETURN").await.map(|()| status);
            }
            self.put_back_traps(debug.map(|action| ("DEBUG".to_owned(), action)).into_iter().collect());
            self.texts -= 1;
            self.sourcing -= 1;
            self.name = old_name;
            self.origin = old_origin;
            self.at_prompt = old_prompt;
            result
        })
    }
}
