use std::rc::Rc;

use brush_parser::ast;
use brush_parser::ast::SourceLocation as _;

use super::super::arith::ArithError;
use super::super::builtins::{self, Argument, Assigned, Kind};
use super::super::expand::Place;
use super::super::state::{Flow, Ran, Shell};
use super::super::vars::Value;
use crate::sim::LocalBoxFuture;

/// A simple command, sorted.
struct Sorted<'a> {
    assignments: Vec<&'a ast::Assignment>,
    redirects: Vec<&'a ast::IoRedirect>,
    words: Vec<Piece<'a>>,
}

enum Piece<'a> {
    Word(&'a str),
    Assignment(&'a ast::Assignment, &'a str),
    Substitution(&'a ast::ProcessSubstitutionKind, &'a ast::SubshellCommand),
}

fn sort(command: &ast::SimpleCommand) -> Sorted<'_> {
    let mut sorted = Sorted { assignments: Vec::new(), redirects: Vec::new(), words: Vec::new() };
    for item in command.prefix.iter().flat_map(|p| &p.0) {
        match item {
            ast::CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => sorted.assignments.push(assignment),
            ast::CommandPrefixOrSuffixItem::IoRedirect(redirect) => sorted.redirects.push(redirect),
            ast::CommandPrefixOrSuffixItem::Word(word) => sorted.words.push(Piece::Word(&word.value)),
            ast::CommandPrefixOrSuffixItem::ProcessSubstitution(kind, command) => sorted.words.push(Piece::Substitution(kind, command)),
        }
    }
    sorted.words.extend(command.word_or_name.iter().map(|w| Piece::Word(&w.value)));
    for item in command.suffix.iter().flat_map(|s| &s.0) {
        match item {
            ast::CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
                sorted.words.push(Piece::Assignment(assignment, &word.value));
            }
            ast::CommandPrefixOrSuffixItem::IoRedirect(redirect) => sorted.redirects.push(redirect),
            ast::CommandPrefixOrSuffixItem::Word(word) => sorted.words.push(Piece::Word(&word.value)),
            ast::CommandPrefixOrSuffixItem::ProcessSubstitution(kind, command) => sorted.words.push(Piece::Substitution(kind, command)),
        }
    }
    sorted
}

impl Shell {
    pub(super) fn run_command<'a>(&'a mut self, command: &'a ast::Command) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            self.ctx.step().await;
            self.check_signals().await?;
            self.stand_at(command);
            match command {
                ast::Command::Simple(simple) => {
                    self.debug(|| simple.to_string()).await?;
                    self.run_simple(simple, false).await
                }
                ast::Command::Function(definition) => {
                    let name = &definition.fname.value;
                    self.functions.insert(name.clone(), Rc::new(definition.clone()));
                    self.function_lines.insert(name.clone(), self.base_line);
                    Ok(0)
                }
                ast::Command::Compound(compound, redirects) => {
                    let redirects: Vec<_> = redirects.iter().flat_map(|r| &r.0).collect();
                    self.run_redirected(&redirects, compound).await
                }
                ast::Command::ExtendedTest(test, redirects) => {
                    self.debug(|| format!("[[ {} ]]", test.expr)).await?;
                    let saved = self.save();
                    let list: Vec<_> = redirects.iter().flat_map(|r| &r.0).collect();
                    let applied = self.redirect(list).await?;
                    let result = if applied.is_ok() { self.run_test(&test.expr).await } else { Ok(1) };
                    self.restore(saved);
                    result
                }
            }
        })
    }

    /// The line of `LINENO` and messages is this command's.
    pub(super) fn stand_at(&mut self, command: &ast::Command) {
        if let Some(span) = command.location() {
            self.line = self.base_line + span.start.line;
        }
    }

    fn run_redirected<'a>(
        &'a mut self,
        redirects: &'a [&'a ast::IoRedirect],
        compound: &'a ast::CompoundCommand,
    ) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            if redirects.is_empty() {
                return self.run_compound(compound).await;
            }
            let saved = self.save();
            let result = match self.redirect(redirects.iter().copied()).await {
                Ok(Ok(())) => self.run_compound(compound).await,
                Ok(Err(_)) => Ok(self.refused_status()),
                Err(flow) => Err(flow),
            };
            self.restore(saved);
            result
        })
    }

    /// Runs a command as all that this process still does: a program takes its place.
    pub(super) fn run_as_process<'a>(&'a mut self, command: &'a ast::Command) -> LocalBoxFuture<'a, i32> {
        Box::pin(async move {
            let result = match command {
                // Its DEBUG trap has run where it was started.
                ast::Command::Simple(simple) => {
                    self.stand_at(command);
                    self.run_simple(simple, self.traps.is_empty()).await
                }
                ast::Command::Compound(ast::CompoundCommand::Subshell(subshell), None) => self.run_list(&subshell.list).await,
                _ => self.run_command(command).await,
            };
            self.end_subshell(result).await
        })
    }

    fn run_simple<'a>(&'a mut self, command: &'a ast::SimpleCommand, replace: bool) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let sorted = sort(command);
            self.substitution_status = None;
            let fds_before: Vec<i32> = self.ctx.files().keys().copied().collect();
            let arguments = self.arguments(&sorted.words).await?;
            let words: Vec<String> = arguments.iter().map(Argument::text).collect();
            let saved = self.save();
            let result =
                if words.is_empty() { self.run_bare(&sorted).await } else { self.run_words(&sorted, words, arguments, replace).await };
            // `exec` without a command keeps what it redirected.
            if !self.keeps_redirects(&result) {
                self.restore(saved);
            }
            if sorted.words.iter().any(|w| matches!(w, Piece::Substitution(..))) {
                for fd in self.ctx.files().into_keys().filter(|fd| !fds_before.contains(fd)) {
                    let _ = self.ctx.close(fd);
                }
            }
            result.map(|status| if status == KEEP { 0 } else { status })
        })
    }

    fn keeps_redirects(&self, result: &Ran) -> bool {
        *result == Ok(KEEP)
    }

    fn arguments<'a>(&'a mut self, words: &'a [Piece<'a>]) -> LocalBoxFuture<'a, Result<Vec<Argument>, Flow>> {
        Box::pin(async move {
            let mut out: Vec<Argument> = Vec::new();
            for piece in words {
                match piece {
                    Piece::Word(word) => out.extend(self.expand_words([*word]).await?.into_iter().map(Argument::Text)),
                    Piece::Assignment(assignment, raw) => {
                        let declares = out.first().is_some_and(|first| builtins::is_declaration(&first.text(), self.dialect));
                        if declares {
                            let value = self.assigned(assignment).await?;
                            out.push(value);
                        } else {
                            out.extend(self.expand_words([*raw]).await?.into_iter().map(Argument::Text));
                        }
                    }
                    Piece::Substitution(kind, command) => {
                        let fd = self.process_substitution(kind, command).await?;
                        out.push(Argument::Text(format!("/dev/fd/{fd}")));
                    }
                }
            }
            Ok(out)
        })
    }

    /// An assignment with its value expanded.
    fn assigned<'a>(&'a mut self, assignment: &'a ast::Assignment) -> LocalBoxFuture<'a, Result<Argument, Flow>> {
        Box::pin(async move {
            let (name, index) = match &assignment.name {
                ast::AssignmentName::VariableName(name) => (name.clone(), None),
                ast::AssignmentName::ArrayElementName(name, index) => (name.clone(), Some(self.expand_index(index).await?)),
            };
            let value = match &assignment.value {
                ast::AssignmentValue::Scalar(word) => Assigned::Text(self.expand_text(&word.value, Place::Assignment).await?),
                ast::AssignmentValue::Array(items) => {
                    let mut out = Vec::new();
                    for (key, word) in items {
                        match key {
                            Some(key) => {
                                let key = self.expand_index(&key.value).await?;
                                out.push((Some(key), self.expand_text(&word.value, Place::Assignment).await?));
                            }
                            None => out.extend(self.expand_words([word.value.as_str()]).await?.into_iter().map(|text| (None, text))),
                        }
                    }
                    Assigned::Array(out)
                }
            };
            Ok(Argument::Assignment { name, index, append: assignment.append, value })
        })
    }

    /// Assignments and redirections without a command.
    fn run_bare<'a>(&'a mut self, sorted: &'a Sorted<'a>) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            for assignment in &sorted.assignments {
                let argument = self.assigned(assignment).await?;
                self.trace_assignment(assignment, &argument).await;
                if let Err(message) = self.assign(&argument) {
                    let status = self.error_status();
                    return Err(self.abandon(&message, status).await);
                }
            }
            match self.redirect(sorted.redirects.iter().copied()).await? {
                Ok(()) => Ok(self.substitution_status.unwrap_or(0)),
                Err(_) => Ok(self.refused_status()),
            }
        })
    }

    /// Carries an assignment out. The error is the sentence after `bash: `.
    pub fn assign(&mut self, argument: &Argument) -> Result<(), String> {
        let Argument::Assignment { name, index, append, value } = argument else { return Ok(()) };
        match value {
            Assigned::Text(text) => {
                let text = if *append { self.appended(name, index.as_deref(), text)? } else { text.clone() };
                self.set_var(name, index.as_deref(), &text)
            }
            Assigned::Array(items) => {
                let name = self.referent(name);
                if self.vars.get(&name).is_some_and(|v| v.readonly) {
                    return Err(self.readonly_error(&name));
                }
                if matches!(self.vars.get(&name).map(|v| &v.value), Some(Value::Associative(_))) {
                    return self.assign_associative(&name, items, *append);
                }
                if !append {
                    self.vars.get_mut(&name).value = Value::Indexed(Default::default());
                } else if let Some(Value::Scalar(text)) = self.vars.get(&name).map(|v| v.value.clone()) {
                    self.vars.get_mut(&name).value = Value::Indexed([(0, text)].into());
                }
                let mut next = match self.vars.get(&name).map(|v| &v.value) {
                    Some(Value::Indexed(old)) => old.keys().next_back().map_or(0, |last| last.wrapping_add(1)),
                    _ => {
                        self.vars.get_mut(&name).value = Value::Indexed(Default::default());
                        0
                    }
                };
                for (key, text) in items {
                    let at = match key {
                        Some(key) => self.evaluate(key).map_err(ArithError::message)?,
                        None => next,
                    };
                    self.set_var(&name, Some(&at.to_string()), text)?;
                    next = at.wrapping_add(1);
                }
                Ok(())
            }
        }
    }

    fn assign_associative(&mut self, name: &str, items: &[(Option<String>, String)], append: bool) -> Result<(), String> {
        if !append {
            self.vars.get_mut(name).value = Value::Associative(Default::default());
        }
        let keyless: Vec<&String> = items.iter().filter(|(k, _)| k.is_none()).map(|(_, v)| v).collect();
        for pair in keyless.chunks(2) {
            let value = pair.get(1).map_or("", |v| v.as_str());
            self.set_var(name, Some(pair.first().map_or("", |k| k.as_str())), value)?;
        }
        for (key, text) in items {
            if let Some(key) = key {
                self.set_var(name, Some(key), text)?;
            }
        }
        Ok(())
    }

    fn appended(&mut self, name: &str, index: Option<&str>, text: &str) -> Result<String, String> {
        let old = match index {
            Some(index) => self.element(name, index).map_err(ArithError::message)?,
            None => self.vars.get(&self.referent(name)).and_then(|v| v.text().map(str::to_owned)),
        };
        let old = old.unwrap_or_default();
        if self.vars.get(name).is_some_and(|v| v.integer) {
            return Ok(format!("{old}+{text}"));
        }
        Ok(old + text)
    }

    fn run_words<'a>(
        &'a mut self,
        sorted: &'a Sorted<'a>,
        words: Vec<String>,
        arguments: Vec<Argument>,
        replace: bool,
    ) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let name = words.first().cloned().unwrap_or_default();
            let mut temporary = Vec::new();
            for assignment in &sorted.assignments {
                let argument = self.assigned(assignment).await?;
                self.trace_assignment(assignment, &argument).await;
                if let Argument::Assignment { name, value: Assigned::Text(_), .. } = &argument {
                    temporary.push((name.clone(), self.vars.get(name).cloned()));
                }
                if let Err(message) = self.assign(&argument) {
                    self.complain(None, &message).await;
                }
                if let Argument::Assignment { name, .. } = &argument {
                    self.vars.get_mut(name).exported = true;
                }
            }
            self.trace_words(&words).await;
            let last = words.last().cloned();
            let result = match self.redirect(sorted.redirects.iter().copied()).await {
                Ok(Ok(())) => {
                    // A program has its redirections in its own process.
                    if builtins::find(&name, self.dialect).is_none() && !self.functions.contains_key(&name) {
                        self.named_fds.clear();
                    }
                    self.dispatch(&name, words, arguments, replace).await
                }
                Ok(Err(_)) if !self.dialect.is_bash() && builtins::SPECIAL.contains(&name.as_str()) => Err(Flow::Abandon(2)),
                Ok(Err(_)) => Ok(self.refused_status()),
                Err(flow) => Err(flow),
            };
            if self.dialect.is_bash()
                && let Some(last) = last
            {
                self.vars.set_text("_", &last);
            }
            for (name, old) in temporary.into_iter().rev() {
                match old {
                    Some(var) => self.vars.insert(&name, var),
                    None => drop(self.vars.remove(&name)),
                }
            }
            result
        })
    }

    fn dispatch<'a>(&'a mut self, name: &'a str, words: Vec<String>, arguments: Vec<Argument>, replace: bool) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            if let Some(function) = self.functions.get(name).cloned() {
                return self.call(&function, words).await;
            }
            let builtin = builtins::find(name, self.dialect);
            if builtin.is_some()
                && let Some(status) = self.check_options(&words).await?
            {
                return Ok(status);
            }
            match builtin {
                Some(Kind::Plain(run)) => run(self, words).await,
                Some(Kind::Declaration(run)) => run(self, arguments).await,
                None if replace => self.become_program(words).await,
                None => self.run_external(words).await,
            }
        })
    }

    /// Runs a builtin or a program, not a function (`command`, `builtin`, `exec`).
    pub fn run_without_functions<'a>(&'a mut self, words: Vec<String>) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let name = words.first().cloned().unwrap_or_default();
            match builtins::find(&name, self.dialect) {
                Some(Kind::Plain(run)) => run(self, words).await,
                Some(Kind::Declaration(run)) => run(self, words.into_iter().map(Argument::Text).collect()).await,
                None => self.run_external(words).await,
            }
        })
    }

    /// Calls a function.
    pub fn call<'a>(&'a mut self, function: &'a ast::FunctionDefinition, words: Vec<String>) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let name = words.first().cloned().unwrap_or_default();
            let running = self.functions_running.len();
            let wanted = if self.dialect.is_bash() { self.var("FUNCNEST").and_then(|most| most.parse().ok()) } else { None };
            let enough = wanted.is_some_and(|most: usize| most > 0 && running >= most);
            if enough || self.is_deep() {
                let message = format!("{name}: maximum function nesting level exceeded ({running})");
                return Err(self.abandon(&message, 1).await);
            }
            let positional = std::mem::replace(&mut self.positional, words.into_iter().skip(1).collect());
            let loops = std::mem::take(&mut self.loops);
            let (line, base) = (self.line, self.base_line);
            if self.dialect.is_bash() {
                self.base_line = self.function_lines.get(&name).copied().unwrap_or(base);
                self.line = function.body.0.location().map_or(self.line, |span| self.base_line + span.start.line);
            }
            self.vars.enter();
            self.functions_running.push(name);
            self.call_lines.push(line);
            let untraced = self.take_untraced_traps();
            let redirects: Vec<_> = function.body.1.iter().flat_map(|r| &r.0).collect();
            let mut result = self.run_trap("DEBUG").await.map(|()| 0);
            if result.is_ok() {
                result = self.run_redirected(&redirects, &function.body.0).await;
            }
            if let Ok(status) | Err(Flow::Return(status)) = result {
                self.status = status;
                result = self.run_trap("RETURN").await.map(|()| status);
            }
            self.put_back_traps(untraced);
            self.functions_running.pop();
            self.call_lines.pop();
            self.vars.leave();
            self.loops = loops;
            self.positional = positional;
            (self.line, self.base_line) = (line, base);
            result
        })
    }
}

/// What the `exec` builtin gives when its redirections shall stay.
pub(crate) const KEEP: i32 = i32::MIN;
