//! Running a syntax tree.

mod command;
mod compound;
mod condition;
mod external;
mod pipeline;
mod redirect;
mod select;
mod source;
mod substitute;
mod trace;

pub(crate) use command::KEEP;
pub(crate) use redirect::descriptor_of;
pub(crate) use source::Typed;

use brush_parser::ast;

use super::state::{Flow, Ran, Shell};
use crate::sim::LocalBoxFuture;

/// Calls nest this deep at most; a deeper recursion ends the line instead of the world.
const RECURSION_LIMIT: usize = 120;

impl Shell {
    pub(super) fn run_list<'a>(&'a mut self, list: &'a ast::CompoundList) -> LocalBoxFuture<'a, Ran> {
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

    async fn run_and_or(&mut self, list: &ast::AndOrList) -> Ran {
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
    }

    /// Runs a pipeline whose failure counts, or (guarded) does not.
    async fn guarded(&mut self, guard: bool, pipeline: &ast::Pipeline) -> Ran {
        self.guard += usize::from(guard);
        let result = self.run_pipeline(pipeline).await;
        self.guard -= usize::from(guard);
        let status = result?;
        self.status = status;
        if status != 0 && !guard && !pipeline.bang {
            self.failed(status).await?;
        }
        Ok(status)
    }

    /// A command failed where it counts: the ERR trap, `set -e`.
    async fn failed(&mut self, status: i32) -> Result<(), Flow> {
        if self.guard > 0 {
            return Ok(());
        }
        if self.functions_running.is_empty() && self.subshell == 0 {
            self.run_trap("ERR").await?;
            self.status = status;
        }
        if self.options.errexit { Err(Flow::Exit(status)) } else { Ok(()) }
    }

    /// Runs a list whose status is only looked at: the condition of `if`, `while`, `until`.
    async fn run_condition(&mut self, list: &ast::CompoundList) -> Ran {
        self.guard += 1;
        let result = self.run_list(list).await;
        self.guard -= 1;
        result
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
    pub(super) async fn run_trap(&mut self, condition: &str) -> Result<(), Flow> {
        let Some(action) = self.traps.get(condition).cloned() else { return Ok(()) };
        if action.is_empty() || self.in_trap {
            return Ok(());
        }
        self.in_trap = condition == "EXIT" || condition == "ERR";
        let status = self.status;
        let result = Box::pin(self.eval(&action)).await;
        self.in_trap = false;
        match result {
            Ok(_) => {
                self.status = status;
                Ok(())
            }
            Err(flow) => Err(flow),
        }
    }

    /// The shell ends with `status`: the EXIT trap has the last word.
    pub(super) async fn finish(&mut self, status: i32) -> i32 {
        self.status = status;
        match self.run_trap("EXIT").await {
            Err(Flow::Exit(status)) => status,
            _ => status,
        }
    }
}

impl Shell {
    /// Handles signals that came while a builtin ran.
    pub(super) async fn check_own_signals(&mut self) -> Result<(), Flow> {
        Box::pin(self.check_signals()).await
    }

    /// Handles one signal that a builtin waited for.
    pub(super) async fn on_signal_of(&mut self, signal: crate::process::Signal) -> Result<(), Flow> {
        Box::pin(self.on_signal(signal)).await
    }

    /// Waits for a job that was brought to the foreground.
    pub(super) async fn wait_job(&mut self, children: Vec<crate::process::Child>, text: String) -> Ran {
        self.wait_foreground(children, text).await
    }
}
