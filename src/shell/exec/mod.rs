//! Running a syntax tree.

mod apart;
mod command;
mod compound;
mod condition;
mod coprocess;
mod external;
mod pipeline;
mod redirect;
mod select;
mod source;
mod substitute;
mod time;
mod trace;

pub(crate) use command::KEEP;
pub(crate) use redirect::descriptor_of;
pub(crate) use source::Typed;

use std::collections::BTreeMap;

use brush_parser::ast;

use super::state::{Flow, Ran, Shell};
use crate::sim::LocalBoxFuture;

/// Lists of commands (function bodies, `eval`, sourced files included) run inside each other this deep at most; a deeper
/// recursion ends the line instead of the world.
const RECURSION_LIMIT: usize = 1000;
/// So many of them share a native stack, of which a page has one megabyte.
const STACK_LISTS: usize = 24;
/// The traps on something other than a signal. None of them runs while one does.
const CONDITIONS: &[&str] = &["EXIT", "ERR", "DEBUG", "RETURN"];

impl Shell {
    pub(super) fn run_list<'a>(&'a mut self, list: &'a ast::CompoundList) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            self.nesting += 1;
            let result = if self.nesting.is_multiple_of(STACK_LISTS) { self.run_apart(list).await } else { self.run_items(list).await };
            self.nesting -= 1;
            result
        })
    }

    /// Whether nothing more may be called: what runs inside it has still to fit.
    pub(in crate::shell) fn is_deep(&self) -> bool {
        self.nesting >= RECURSION_LIMIT
    }

    fn run_items<'a>(&'a mut self, list: &'a ast::CompoundList) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            for item in &list.0 {
                match item.1 {
                    ast::SeparatorOperator::Async => self.run_in_background(&item.0).await?,
                    ast::SeparatorOperator::Sequence => self.run_and_or(&item.0).await?,
                };
            }
            Ok(self.status)
        })
    }

    fn run_and_or<'a>(&'a mut self, list: &'a ast::AndOrList) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let last = list.additional.len();
            let mut status = self.guarded(last > 0, &list.first).await?;
            for (i, next) in list.additional.iter().enumerate() {
                let (wanted, pipeline) = match next {
                    ast::AndOr::And(pipeline) => (status == 0, pipeline),
                    ast::AndOr::Or(pipeline) => (status != 0, pipeline),
                };
                if wanted {
                    status = self.guarded(i + 1 < last, pipeline).await?;
                }
            }
            Ok(status)
        })
    }

    /// Runs a pipeline whose failure counts, or (guarded) does not.
    fn guarded<'a>(&'a mut self, guard: bool, pipeline: &'a ast::Pipeline) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            self.guard += usize::from(guard);
            let result = self.run_pipeline(pipeline).await;
            self.guard -= usize::from(guard);
            let status = result?;
            self.status = status;
            if status != 0 && !guard && !pipeline.bang {
                self.failed(status).await?;
            }
            Ok(status)
        })
    }

    /// A command failed where it counts: the ERR trap, `set -e`.
    fn failed<'a>(&'a mut self, status: i32) -> LocalBoxFuture<'a, Result<(), Flow>> {
        Box::pin(async move {
            if self.guard > 0 {
                return Ok(());
            }
            self.run_trap("ERR").await?;
            self.status = status;
            if self.options.errexit { Err(Flow::Exit(status)) } else { Ok(()) }
        })
    }

    /// Runs a list whose status is only looked at: the condition of `if`, `while`, `until`.
    fn run_condition<'a>(&'a mut self, list: &'a ast::CompoundList) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            self.guard += 1;
            let result = self.run_list(list).await;
            self.guard -= 1;
            result
        })
    }

    /// Handles signals that came, between commands.
    pub(super) async fn check_signals(&mut self) -> Result<(), Flow> {
        while let Some(signal) = self.ctx.take_signal() {
            self.on_signal(signal).await?;
        }
        Ok(())
    }

    pub(super) async fn on_signal(&mut self, signal: crate::process::Signal) -> Result<(), Flow> {
        let name = signal.name();
        if self.traps.contains_key(name) {
            self.run_trap(name).await
        } else if signal == crate::process::Signal::INT {
            self.status = 130;
            Err(Flow::Abandon(130))
        } else {
            Ok(())
        }
    }

    /// Runs the trap on `condition`, if there is one; `$?` stays.
    pub(super) fn run_trap<'a>(&'a mut self, condition: &'a str) -> LocalBoxFuture<'a, Result<(), Flow>> {
        Box::pin(async move {
            let Some(action) = self.traps.get(condition).cloned() else { return Ok(()) };
            if action.is_empty() || self.in_trap || self.is_deep() {
                return Ok(());
            }
            let outer = std::mem::replace(&mut self.in_trap, CONDITIONS.contains(&condition));
            let status = self.status;
            let result = self.eval(&action).await;
            self.in_trap = outer;
            match result {
                Ok(_) => {
                    self.status = status;
                    Ok(())
                }
                Err(flow) => Err(flow),
            }
        })
    }

    /// A command comes, which `text` writes: the DEBUG trap.
    pub(super) async fn debug(&mut self, text: impl FnOnce() -> String) -> Result<(), Flow> {
        if self.traps.is_empty() || self.in_trap || !self.dialect.is_bash() {
            return Ok(());
        }
        self.command = text();
        self.run_trap("DEBUG").await
    }

    /// Takes away the traps that functions and subshells do not have unless `set -E` or `set -T` gives them.
    pub(super) fn take_untraced_traps(&mut self) -> BTreeMap<String, String> {
        let (errors, functions) = (self.options.errtrace, self.options.functrace);
        let untraced = |name: &str| match name {
            "ERR" => !errors,
            "DEBUG" | "RETURN" => !functions,
            _ => false,
        };
        let (taken, kept) = std::mem::take(&mut self.traps).into_iter().partition(|(name, _)| untraced(name));
        self.traps = kept;
        taken
    }

    /// Puts them back, but for those that were set anew.
    pub(super) fn put_back_traps(&mut self, taken: BTreeMap<String, String>) {
        for (name, action) in taken {
            self.traps.entry(name).or_insert(action);
        }
    }

    /// The shell ends with `status`: the EXIT trap has the last word.
    pub(super) async fn finish(&mut self, status: i32) -> i32 {
        self.status = status;
        self.texts = 0;
        if self.dialect.is_bash() {
            self.line = 1;
        }
        match self.run_trap("EXIT").await {
            Err(Flow::Exit(status)) => status,
            _ => status,
        }
    }
}
