//! `select`: a menu to choose from.

use brush_parser::ast;

use super::super::state::{Flow, Ran, Shell};
use super::compound::{Turn, written};
use crate::sim::LocalBoxFuture;

/// The width that menus are laid out for.
const COLUMNS: usize = 80;

impl Shell {
    /// Runs a `select` loop, which the parser was given as a `for` loop over `name`.
    pub(super) fn run_select<'a>(&'a mut self, name: &'a str, clause: &'a ast::ForClauseCommand) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            self.debug(|| written("select", name, clause)).await?;
            self.trace_compound(|| written("select", name, clause)).await;
            let values = match &clause.values {
                Some(words) => self.expand_words(words.iter().map(|w| w.value.as_str())).await?,
                None => self.positional.clone(),
            };
            if values.is_empty() {
                return Ok(0);
            }
            let mut menu_due = true;
            loop {
                if menu_due {
                    self.ctx.eprint(&menu(&values)).await;
                }
                let prompt = self.var("PS3").unwrap_or_else(|| "#? ".into());
                self.ctx.eprint(&prompt).await;
                let line = self.ctx.read_line(0).await.unwrap_or_default();
                if line.is_empty() {
                    self.ctx.print("\n").await;
                    return Ok(1);
                }
                let reply = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
                menu_due = reply.is_empty();
                if menu_due {
                    continue;
                }
                let chosen = reply.trim().parse::<usize>().ok().and_then(|n| values.get(n.checked_sub(1)?)).cloned().unwrap_or_default();
                let set = self.set_var("REPLY", None, &reply).and_then(|()| self.set_var(name, None, &chosen));
                if let Err(message) = set {
                    return Err(self.abandon(&message, 1).await);
                }
                let (turn, status) = self.turn(&clause.body.list).await?;
                if matches!(turn, Turn::Leave) {
                    return Ok::<i32, Flow>(status);
                }
            }
        })
    }
}

/// The numbered list, in columns if it is long.
fn menu(values: &[String]) -> String {
    let digits = values.len().to_string().len();
    let widest = values.iter().map(|v| v.chars().count()).max().unwrap_or(0) + digits + 4;
    let columns = (COLUMNS / widest).max(1);
    let mut rows = values.len().div_ceil(columns);
    if rows == 1 {
        rows = values.len();
    }
    let mut out = String::new();
    for row in 0..rows {
        let mut at = row;
        let mut column = 0;
        while let Some(value) = values.get(at) {
            out.push_str(&format!("{:>digits$}) {value}", at + 1));
            if at + rows < values.len() {
                let (mut from, to) = (column + digits + 2 + value.chars().count(), column + widest);
                while from < to {
                    let tab = to / 8 > from / 8;
                    out.push(if tab { '\t' } else { ' ' });
                    from += if tab { 8 - from % 8 } else { 1 };
                }
            }
            column += widest;
            at += rows;
        }
        out.push('\n');
    }
    out
}
