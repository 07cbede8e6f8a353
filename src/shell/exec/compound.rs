use std::rc::Rc;

use brush_parser::ast;

use super::super::expand::Place;
use super::super::pattern::Pattern;
use super::super::state::{Flow, Ran, Shell};
use crate::process::Spawn;
use crate::sim::LocalBoxFuture;

/// Whether a loop goes on.
pub(super) enum Turn {
    Next,
    Leave,
}

impl Shell {
    pub(super) fn run_compound<'a>(&'a mut self, command: &'a ast::CompoundCommand) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            match command {
                ast::CompoundCommand::BraceGroup(group) => self.run_list(&group.list).await,
                ast::CompoundCommand::Subshell(subshell) => self.run_subshell(subshell).await,
                ast::CompoundCommand::IfClause(clause) => self.run_if(clause).await,
                ast::CompoundCommand::WhileClause(clause) => self.run_while(clause, true).await,
                ast::CompoundCommand::UntilClause(clause) => self.run_while(clause, false).await,
                ast::CompoundCommand::ForClause(clause) => self.run_for(clause).await,
                ast::CompoundCommand::ArithmeticForClause(clause) => self.run_arithmetic_for(clause).await,
                ast::CompoundCommand::CaseClause(clause) => self.run_case(clause).await,
                ast::CompoundCommand::Arithmetic(command) => self.run_arithmetic(&command.expr.value).await,
                ast::CompoundCommand::Coprocess(command) => self.run_coprocess(command).await,
            }
        })
    }

    fn run_subshell<'a>(&'a mut self, subshell: &'a ast::SubshellCommand) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            if !self.traps.is_empty() {
                self.command = subshell.to_string();
            }
            let list = Rc::new(subshell.list.clone());
            let spawn = Spawn { group: self.group(), ..Spawn::default() };
            let child = self
                .fork_to(spawn, move |mut shell| {
                    Box::pin(async move {
                        let result = shell.run_list(&list).await;
                        shell.end_subshell(result).await
                    })
                })
                .await?;
            self.wait_foreground(vec![child], subshell.to_string()).await
        })
    }

    fn run_if<'a>(&'a mut self, clause: &'a ast::IfClauseCommand) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            if self.run_condition(&clause.condition).await? == 0 {
                return self.run_list(&clause.then).await;
            }
            for branch in clause.elses.iter().flatten() {
                let taken = match &branch.condition {
                    Some(condition) => self.run_condition(condition).await? == 0,
                    None => true,
                };
                if taken {
                    return self.run_list(&branch.body).await;
                }
            }
            Ok(0)
        })
    }

    /// Runs a loop's body once.
    pub(super) fn turn<'a>(&'a mut self, body: &'a ast::CompoundList) -> LocalBoxFuture<'a, Result<(Turn, i32), Flow>> {
        Box::pin(async move {
            self.ctx.step().await;
            self.check_signals().await?;
            self.loops += 1;
            let result = self.run_list(body).await;
            self.loops -= 1;
            match result {
                Ok(status) => Ok((Turn::Next, status)),
                Err(Flow::Break(1)) => Ok((Turn::Leave, 0)),
                Err(Flow::Break(n)) => Err(Flow::Break(n - 1)),
                Err(Flow::Continue(1)) => Ok((Turn::Next, 0)),
                Err(Flow::Continue(n)) => Err(Flow::Continue(n - 1)),
                Err(flow) => Err(flow),
            }
        })
    }

    fn run_while<'a>(&'a mut self, clause: &'a ast::WhileOrUntilClauseCommand, wanted: bool) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let mut status = 0;
            loop {
                self.loops += 1;
                let condition = self.run_condition(&clause.0).await;
                self.loops -= 1;
                match condition {
                    Ok(code) if (code == 0) == wanted => {}
                    Ok(_) | Err(Flow::Break(1)) => return Ok(status),
                    Err(Flow::Continue(1)) => continue,
                    Err(flow) => return Err(flow),
                }
                let (turn, code) = self.turn(&clause.1.list).await?;
                status = code;
                if matches!(turn, Turn::Leave) {
                    return Ok(status);
                }
            }
        })
    }

    fn run_for<'a>(&'a mut self, clause: &'a ast::ForClauseCommand) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let name = &clause.variable_name;
            if let Some(name) = name.strip_prefix(super::super::syntax::SELECT) {
                return self.run_select(name, clause).await;
            }
            if !super::super::syntax::is_name(name) {
                self.complain(None, &format!("`{name}': not a valid identifier")).await;
                return Ok(1);
            }
            let values = match &clause.values {
                Some(words) => self.expand_words(words.iter().map(|w| w.value.as_str())).await?,
                None => self.positional.clone(),
            };
            let mut status = 0;
            for value in &values {
                self.debug(|| written("for", name, clause)).await?;
                self.trace_compound(|| written("for", name, clause)).await;
                if let Err(message) = self.set_var(name, None, value) {
                    return Err(self.abandon(&message, 1).await);
                }
                let (turn, code) = self.turn(&clause.body.list).await?;
                status = code;
                if matches!(turn, Turn::Leave) {
                    break;
                }
            }
            Ok(status)
        })
    }

    /// An expression of `((…;…;…))`; an empty one is true.
    async fn loop_expression(&mut self, expr: Option<&ast::UnexpandedArithmeticExpr>) -> Result<Option<i64>, Flow> {
        let expr = expr.map_or("", |e| e.value.trim_start());
        let expr = if expr.is_empty() { "1" } else { expr };
        self.debug(|| format!("(({expr}))")).await?;
        self.trace_compound(|| format!("(( {expr} ))")).await;
        match self.arithmetic_status(expr).await? {
            Ok(value) => Ok(Some(value)),
            Err(message) => {
                self.complain(None, &format!("((: {message}")).await;
                Ok(None)
            }
        }
    }

    fn run_arithmetic_for<'a>(&'a mut self, clause: &'a ast::ArithmeticForClauseCommand) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            if self.loop_expression(clause.initializer.as_ref()).await?.is_none() {
                return Ok(1);
            }
            let mut status = 0;
            loop {
                match self.loop_expression(clause.condition.as_ref()).await? {
                    Some(0) => return Ok(status),
                    Some(_) => {}
                    None => return Ok(1),
                }
                let (turn, code) = self.turn(&clause.body.list).await?;
                status = code;
                if matches!(turn, Turn::Leave) {
                    return Ok(status);
                }
                if self.loop_expression(clause.updater.as_ref()).await?.is_none() {
                    return Ok(1);
                }
            }
        })
    }

    fn run_arithmetic<'a>(&'a mut self, raw: &'a str) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            self.debug(|| format!("(({raw}))")).await?;
            self.trace_compound(|| format!("(( {raw} ))")).await;
            match self.arithmetic_status(raw).await? {
                Ok(value) => Ok(i32::from(value == 0)),
                Err(message) => {
                    self.complain(None, &format!("((: {message}")).await;
                    Ok(1)
                }
            }
        })
    }

    fn run_case<'a>(&'a mut self, clause: &'a ast::CaseClauseCommand) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            self.debug(|| format!("case {} in ", clause.value.value)).await?;
            self.trace_compound(|| format!("case {} in", clause.value.value)).await;
            let value = self.expand_text(&clause.value.value, Place::Word).await?;
            let value = if self.options.nocasematch { value.to_lowercase() } else { value };
            let mut status = 0;
            let mut falls_through = false;
            for case in &clause.cases {
                let mut hit = falls_through;
                for word in &case.patterns {
                    if hit {
                        break;
                    }
                    let text = self.expand_pattern(&word.value).await?;
                    let text = if self.options.nocasematch { text.to_lowercase() } else { text };
                    hit = Pattern::new(&text, true).matches(&value);
                }
                if !hit {
                    continue;
                }
                status = match &case.cmd {
                    Some(list) => self.run_list(list).await?,
                    None => 0,
                };
                match case.post_action {
                    ast::CaseItemPostAction::ExitCase => return Ok(status),
                    ast::CaseItemPostAction::UnconditionallyExecuteNextCaseItem => falls_through = true,
                    ast::CaseItemPostAction::ContinueEvaluatingCases => falls_through = false,
                }
            }
            Ok(status)
        })
    }
}

/// The head of a loop as the trace shows it: the words as they were written.
pub(super) fn written(word: &str, name: &str, clause: &ast::ForClauseCommand) -> String {
    let words = match &clause.values {
        Some(words) => words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" "),
        None => "\"$@\"".into(),
    };
    format!("{word} {name} in {words}")
}
