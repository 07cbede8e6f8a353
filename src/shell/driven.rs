use std::cell::RefCell;

use super::dialect::Dialect;
use super::exec::Typed;
use super::state::{Origin, Shell};
use crate::process::{Program, program};
use crate::sim::channel;

/// What a driven shell answers to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The command is not whole; the next line continues it.
    More,
    /// It ran; its exit status.
    Ran(i32),
    /// The shell ended with this status.
    Exited(i32),
}

/// An interactive shell without a line editor: each line of `lines` is typed at its prompt, each answer
/// says what became of it. For transcripts and lessons. The program can be started once.
pub fn driven(dialect: Dialect, lines: channel::Receiver<String>, replies: channel::Sender<Reply>) -> Program {
    let ends = RefCell::new(Some((lines, replies)));
    program(move |ctx| {
        let ends = ends.borrow_mut().take();
        async move {
            let Some((mut lines, replies)) = ends else { return 1 };
            let mut shell = Shell::new(ctx, dialect);
            shell.become_interactive();
            // Nobody sees the line that an expanded `!word` would become, and what was recorded was recorded without.
            shell.options.histexpand = false;
            let mut text = String::new();
            while let Some(line) = lines.recv().await {
                let Some(line) = shell.expand_history(line).await else {
                    let _ = replies.send(Reply::Ran(shell.status));
                    continue;
                };
                text.push_str(&line);
                text.push('\n');
                // bash writes a line down before it runs it.
                let known = shell.history.len();
                shell.remember(&text);
                let reply = match shell.run_typed(&text, false).await {
                    Typed::More => Reply::More,
                    Typed::Ran => Reply::Ran(shell.status),
                    Typed::Exited(status) => Reply::Exited(status),
                };
                if reply == Reply::More {
                    shell.history.truncate(known);
                } else {
                    text.clear();
                    shell.report_jobs().await;
                }
                let _ = replies.send(reply);
                if let Reply::Exited(status) = reply {
                    return status;
                }
            }
            0
        }
    })
}

impl Shell {
    /// Makes this a shell that somebody types at: job control, signals that do not end it.
    pub(super) fn become_interactive(&mut self) {
        use crate::process::Signal;
        self.origin = Origin::Interactive;
        self.options.monitor = true;
        self.options.expand_aliases = true;
        self.options.histexpand = true;
        for signal in [Signal::INT, Signal::TERM, Signal::TSTP, Signal::TTIN, Signal::TTOU, Signal::QUIT] {
            let disposition = self.own_disposition(signal);
            self.ctx.set_disposition(signal, disposition);
        }
    }
}
