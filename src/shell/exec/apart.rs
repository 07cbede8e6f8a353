use std::cell::Cell;
use std::rc::Rc;
use std::task::Poll;

use brush_parser::ast;

use super::super::state::{Ran, Shell};
use crate::sim::{JoinHandle, LocalBoxFuture};

/// A task that ends with its owner, which may be ended by what the task itself does.
struct Apart<T> {
    task: JoinHandle<T>,
    orphan: Rc<Cell<bool>>,
}

impl<T> Drop for Apart<T> {
    fn drop(&mut self) {
        self.orphan.set(true);
        self.task.abort();
    }
}

impl Shell {
    /// Runs a list as a task of its own, which has the whole native stack, while this one waits.
    pub(super) fn run_apart<'a>(&'a mut self, list: &'a ast::CompoundList) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let vars = std::mem::take(&mut self.vars);
            let mut shell = Shell { vars, ..self.clone() };
            let list = list.clone();
            let orphan = Rc::new(Cell::new(false));
            let ends = orphan.clone();
            let mut body: LocalBoxFuture<'static, (Shell, Ran)> = Box::pin(async move {
                let result = shell.run_items(&list).await;
                (shell, result)
            });
            let task = self.ctx.sim().spawn(std::future::poll_fn(move |context| match body.as_mut().poll(context) {
                Poll::Pending if ends.get() => Poll::Ready(None),
                polled => polled.map(Some),
            }));
            let mut apart = Apart { task, orphan };
            let Some(Some((shell, result))) = (&mut apart.task).await else { return std::future::pending().await };
            *self = shell;
            result
        })
    }
}
