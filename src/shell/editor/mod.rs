//! Reading a line at a prompt: keys, editing, history, completion. Models the part of readline that people use.

mod complete;
mod keys;
mod line;
mod prompt;

use super::state::Shell;
use crate::process::Tty;
use keys::{Key, Keys};
use line::Line;

/// What became of a prompt.
pub(crate) enum Edited {
    /// A line, without its newline.
    Line(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D on an empty line, or the terminal is gone.
    End,
}

/// Reads one line at the terminal `tty`. `continued` says that the line continues a command.
pub(crate) async fn read_line(shell: &mut Shell, tty: &Tty, continued: bool) -> Edited {
    let prompt = prompt::text(shell, continued);
    tty.set_raw(true);
    let edited =
        Editor { tty, keys: Keys, line: Line::new(tty.clone(), &prompt), at: shell.history.len(), draft: String::new() }.run(shell).await;
    tty.set_raw(false);
    edited
}

struct Editor<'a> {
    tty: &'a Tty,
    keys: Keys,
    line: Line,
    /// Which line of the history is shown; its length for the one being written.
    at: usize,
    /// The line being written, while the history is looked at.
    draft: String,
}

impl Editor<'_> {
    async fn run(mut self, shell: &mut Shell) -> Edited {
        self.line.draw();
        let mut tabbed = false;
        loop {
            let Some(key) = self.keys.next(shell).await else { return Edited::End };
            let again = std::mem::replace(&mut tabbed, key == Key::Tab);
            match key {
                Key::Enter => {
                    self.line.finish();
                    return Edited::Line(self.line.text());
                }
                Key::Control('c') => {
                    self.tty.write_raw(b"^C");
                    self.line.finish();
                    return Edited::Interrupted;
                }
                Key::Control('d') if self.line.is_empty() => {
                    self.line.finish();
                    return Edited::End;
                }
                Key::Control('r') => {
                    if let Some(edited) = self.search(shell).await {
                        return edited;
                    }
                }
                Key::Tab => complete::complete(shell, &mut self.line, again).await,
                Key::Up | Key::Control('p') => self.older(shell),
                Key::Down | Key::Control('n') => self.newer(shell),
                key => self.line.edit(key),
            }
        }
    }

    fn older(&mut self, shell: &Shell) {
        if self.at == 0 {
            return;
        }
        if self.at == shell.history.len() {
            self.draft = self.line.text();
        }
        self.at -= 1;
        self.line.set(shell.history.get(self.at).map(String::as_str).unwrap_or_default());
    }

    fn newer(&mut self, shell: &Shell) {
        if self.at >= shell.history.len() {
            return;
        }
        self.at += 1;
        let text = shell.history.get(self.at).unwrap_or(&self.draft).clone();
        self.line.set(&text);
    }

    /// Ctrl-R: searches the history backwards. `Some` when Enter ran what was found.
    async fn search(&mut self, shell: &mut Shell) -> Option<Edited> {
        let saved = self.line.text();
        let mut wanted = String::new();
        let mut skip = 0;
        loop {
            let hits: Vec<&String> = shell.history.iter().rev().filter(|line| !wanted.is_empty() && line.contains(&wanted)).collect();
            let found = hits.get(skip).map(|hit| (*hit).clone());
            let failed = if found.is_none() && !wanted.is_empty() { "failed " } else { "" };
            let shown = found.clone().unwrap_or_default();
            self.line.draw_as(&format!("({failed}reverse-i-search)`{wanted}': "), &shown);
            let key = self.keys.next(shell).await?;
            match key {
                Key::Control('r') => skip = if skip + 1 < hits_of(shell, &wanted) { skip + 1 } else { skip },
                Key::Text(letter) => {
                    wanted.push(letter);
                    skip = 0;
                }
                Key::Backspace => {
                    wanted.pop();
                    skip = 0;
                }
                Key::Control('c' | 'g') => {
                    self.line.restore(&saved);
                    return None;
                }
                Key::Enter => {
                    self.line.restore(&shown);
                    self.line.finish();
                    return Some(Edited::Line(shown));
                }
                key => {
                    self.line.restore(if shown.is_empty() { &saved } else { &shown });
                    self.line.edit(key);
                    return None;
                }
            }
        }
    }
}

fn hits_of(shell: &Shell, wanted: &str) -> usize {
    shell.history.iter().filter(|line| !wanted.is_empty() && line.contains(wanted)).count()
}
