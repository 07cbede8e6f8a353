//! A session's terminals: opened, typed into, read, closed.

use super::playground::Session;
use super::recording::Input;
use super::view::{TerminalId, WantedEdit};
use crate::process::{Child, ProcessState, Tty, Window};

/// How much of what a terminal printed is kept for drawing it anew, in bytes.
const LIMIT_TAKEN_BYTES: usize = 256 * 1024;

pub(super) struct Terminal {
    pub tty: Tty,
    pub child: Option<Child>,
    /// Output that the page has not taken.
    pub pending: Vec<u8>,
    /// Output that it has: a terminal that is drawn anew shows it again.
    taken: Vec<u8>,
}

impl Session {
    /// A terminal whose shell has ended gets a new one: a window would close, but here it stays useful.
    pub(super) fn restart_ended_shells(&self) {
        if self.0.replaying.get() {
            return;
        }
        let ended = |terminal: &Terminal| {
            let child = terminal.child.as_ref();
            child.is_some_and(|child| matches!(child.process().state(), ProcessState::Zombie(_)))
        };
        let ids: Vec<u32> = self.0.terminals.borrow().iter().filter(|(_, terminal)| ended(terminal)).map(|(id, _)| *id).collect();
        for id in ids {
            self.input(Input::LogIn(id));
        }
    }

    /// Opens a terminal of this size, with a shell; its number.
    pub(super) fn open(&self, window: Window) -> u32 {
        let id = self.0.next_terminal.get();
        self.0.next_terminal.set(id + 1);
        let tty = Tty::new(window);
        let child = self.0.station.log_in(&tty).ok();
        self.0.terminals.borrow_mut().insert(id, Terminal { tty, child, pending: Vec::new(), taken: Vec::new() });
        id
    }

    /// Opens a terminal with a shell of the learner's.
    pub fn open_terminal(&self) -> TerminalId {
        TerminalId(self.input(Input::Open(80, 24)))
    }

    /// Bytes from a terminal's keyboard.
    pub fn terminal_input(&self, id: TerminalId, bytes: &[u8]) {
        self.input(Input::Keys(id.0, String::from_utf8_lossy(bytes).into_owned()));
    }

    /// A terminal's new size.
    pub fn terminal_resize(&self, id: TerminalId, columns: u16, rows: u16) {
        self.input(Input::Resize(id.0, columns, rows));
    }

    /// What a terminal printed since the last call.
    pub fn take_terminal_output(&self, id: TerminalId) -> Vec<u8> {
        let mut terminals = self.0.terminals.borrow_mut();
        let Some(terminal) = terminals.get_mut(&id.0) else { return Vec::new() };
        let output = std::mem::take(&mut terminal.pending);
        terminal.taken.extend_from_slice(&output);
        if terminal.taken.len() > LIMIT_TAKEN_BYTES * 2 {
            let cut = terminal.taken.len() - LIMIT_TAKEN_BYTES;
            terminal.taken.drain(..cut);
        }
        output
    }

    /// The next take gives everything again, for a terminal that is drawn anew.
    pub fn rewind_terminal_output(&self, id: TerminalId) {
        if let Some(terminal) = self.0.terminals.borrow_mut().get_mut(&id.0) {
            let pending = std::mem::take(&mut terminal.pending);
            terminal.pending = std::mem::take(&mut terminal.taken);
            terminal.pending.extend(pending);
        }
    }

    /// The open terminals.
    pub fn terminals(&self) -> Vec<TerminalId> {
        self.0.terminals.borrow().keys().map(|id| TerminalId(*id)).collect()
    }

    /// What runs in the foreground of a terminal: `bash`, `kubectl exec -it …`.
    pub fn terminal_title(&self, id: TerminalId) -> String {
        let terminals = self.0.terminals.borrow();
        let Some(terminal) = terminals.get(&id.0) else { return String::new() };
        let group = terminal.tty.foreground();
        let mut processes = self.0.station.kernel().processes().into_iter();
        let found = processes.find(|process| Some(process.pgid.get()) == group);
        found.map(|process| process.argv.borrow().join(" ")).unwrap_or_default()
    }

    /// The files that programs (`vi`, `kubectl edit`) in terminals wait for, oldest first; Enter in that terminal says that
    /// the file is edited.
    pub fn wanted_edits(&self) -> Vec<WantedEdit> {
        let terminals = self.0.terminals.borrow();
        let asked = self.0.station.wanted_edits().into_iter().filter_map(|edit| {
            let (id, _) = terminals.iter().find(|(_, terminal)| terminal.tty.same(&edit.tty))?;
            Some(WantedEdit { terminal: TerminalId(*id), path: edit.path.clone() })
        });
        asked.collect()
    }

    /// Closes a terminal; its processes get SIGHUP.
    pub fn close_terminal(&self, id: TerminalId) {
        self.input(Input::Close(id.0));
    }

    /// Types a line at a terminal's prompt and presses Enter.
    pub fn type_command(&self, id: TerminalId, line: &str) {
        // A half-typed line is taken back first, as Ctrl-U does.
        self.input(Input::Keys(id.0, format!("\u{15}{line}\r")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Options;

    #[test]
    fn each_terminal_waits_for_its_own_file_until_enter_or_an_interrupt() {
        let session = Session::new(Options::default());
        let settle = || {
            for _ in 0..20 {
                while session.advance(100, 100_000).busy {}
            }
        };
        let (first, second) = (session.open_terminal(), session.open_terminal());
        session.type_command(first, "vi a.txt");
        settle();
        session.type_command(second, "vi b.txt");
        settle();
        let edit = |terminal, path: &str| WantedEdit { terminal, path: path.to_owned() };
        assert_eq!(session.wanted_edits(), [edit(first, "a.txt"), edit(second, "b.txt")]);
        session.terminal_input(first, b"\r");
        settle();
        assert_eq!(session.wanted_edits(), [edit(second, "b.txt")]);
        session.terminal_input(second, b"\x03");
        settle();
        assert_eq!(session.wanted_edits(), []);
    }
}
