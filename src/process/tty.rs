//! A pseudo-terminal: what a keyboard sends, what a screen shows, and the line discipline between.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use super::kernel::KernelInner;
use super::{Errno, FileOps, FileType, Kernel, Pid, Signal};
use crate::sim::channel::Notify;

/// Bytes of output that wait for the screen; where nobody looks, the oldest are lost.
const OUTPUT_LIMIT_BYTES: usize = 1024 * 1024;
/// Bytes that one write takes. A process writes so much a millisecond (see `ProcessContext::write`): the flow depends on
/// virtual time alone, never on how fast a screen draws.
pub(super) const WRITE_BYTES: usize = 4096;
/// Bytes of input that may wait for a reader; more are dropped, as Linux does.
const INPUT_LIMIT_BYTES: usize = 1024 * 1024;

/// The size of a terminal in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Characters a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

impl Default for Window {
    fn default() -> Self {
        Window { columns: 80, rows: 24 }
    }
}

/// A terminal. A cheap handle: both ends use it.
#[derive(Clone)]
pub struct Tty(Rc<RefCell<State>>);

struct State {
    /// Whether bytes go to the reader as they come, without echo, editing or signals.
    raw: bool,
    echo: bool,
    /// Whether a newline that is written becomes carriage return and newline (`OPOST`).
    post_process: bool,
    window: Window,
    /// What the reader may take.
    ready: VecDeque<u8>,
    /// The line being edited, in cooked mode.
    line: Vec<u8>,
    /// Ends of file typed (Ctrl-D on an empty line) that readers have not seen yet.
    eofs: usize,
    output: VecDeque<u8>,
    /// The part of the output that processes wrote: no echo, no line that is being edited.
    printed: Vec<u8>,
    foreground: Option<(Weak<KernelInner>, Pid)>,
    hung_up: bool,
    wakers: Vec<Waker>,
    output_changed: Notify,
}

impl Default for Tty {
    fn default() -> Self {
        Tty::new(Window::default())
    }
}

impl Tty {
    /// A cooked terminal with echo.
    pub fn new(window: Window) -> Tty {
        Tty(Rc::new(RefCell::new(State {
            raw: false,
            echo: true,
            post_process: true,
            window,
            ready: VecDeque::new(),
            line: Vec::new(),
            eofs: 0,
            output: VecDeque::new(),
            printed: Vec::new(),
            foreground: None,
            hung_up: false,
            wakers: Vec::new(),
            output_changed: Notify::new(),
        })))
    }

    /// Whether the other handle is the same terminal.
    pub fn same(&self, other: &Tty) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    // ---- the keyboard's and screen's end ----

    /// Bytes from the keyboard.
    pub fn input(&self, bytes: &[u8]) {
        for &byte in bytes {
            self.input_byte(byte);
        }
        self.wake();
    }

    /// What the screen has not shown yet.
    pub fn take_output(&self) -> Vec<u8> {
        self.take_output_and_printed().0
    }

    /// What the screen has not shown yet; and the part of it that processes wrote, without what was typed and a shell's prompts.
    pub fn take_output_and_printed(&self) -> (Vec<u8>, Vec<u8>) {
        let mut state = self.0.borrow_mut();
        let printed = std::mem::take(&mut state.printed);
        (state.output.drain(..).collect(), printed)
    }

    /// Notified when there is output to take.
    pub fn output_changed(&self) -> Notify {
        self.0.borrow().output_changed.clone()
    }

    /// The screen's new size; the foreground processes get SIGWINCH.
    pub fn resize(&self, window: Window) {
        if std::mem::replace(&mut self.0.borrow_mut().window, window) != window {
            self.signal_foreground(Signal::WINCH);
        }
    }

    /// The terminal is gone: readers see the end, the foreground gets SIGHUP.
    pub fn hang_up(&self) {
        self.0.borrow_mut().hung_up = true;
        self.signal_foreground(Signal::HUP);
        self.wake();
    }

    // ---- the processes' end ----

    /// The size.
    pub fn window(&self) -> Window {
        self.0.borrow().window
    }

    /// Raw or cooked. Going raw hands an unfinished line to the reader.
    pub fn set_raw(&self, raw: bool) {
        let mut state = self.0.borrow_mut();
        state.raw = raw;
        if raw {
            let line = std::mem::take(&mut state.line);
            state.ready.extend(line);
        }
    }

    /// Whether it is raw.
    pub fn is_raw(&self) -> bool {
        self.0.borrow().raw
    }

    /// Whether cooked input is shown as it is typed.
    pub fn set_echo(&self, echo: bool) {
        self.0.borrow_mut().echo = echo;
    }

    /// Whether written newlines become carriage return and newline; off while another terminal's output is relayed.
    pub fn set_post_process(&self, on: bool) {
        self.0.borrow_mut().post_process = on;
    }

    /// Makes `group` the one that Ctrl-C and Ctrl-Z reach.
    pub fn set_foreground(&self, kernel: &Kernel, group: Pid) {
        self.0.borrow_mut().foreground = Some((Rc::downgrade(&kernel.0), group));
    }

    /// The foreground process group.
    pub fn foreground(&self) -> Option<Pid> {
        self.0.borrow().foreground.as_ref().map(|(_, group)| *group)
    }

    /// Shows `bytes` as they are, without newline translation.
    pub fn write_raw(&self, bytes: &[u8]) {
        let mut state = self.0.borrow_mut();
        state.output.extend(bytes);
        let notify = state.output_changed.clone();
        drop(state);
        notify.notify();
    }

    fn input_byte(&self, byte: u8) {
        let (raw, echo) = {
            let state = self.0.borrow();
            (state.raw, state.echo)
        };
        if raw {
            let mut state = self.0.borrow_mut();
            if state.ready.len() < INPUT_LIMIT_BYTES {
                state.ready.push_back(byte);
            }
            return;
        }
        match byte {
            0x03 => self.interrupt(Signal::INT, "^C"),
            0x1c => self.interrupt(Signal::QUIT, "^\\"),
            0x1a => self.interrupt(Signal::TSTP, "^Z"),
            0x04 => {
                let mut state = self.0.borrow_mut();
                if state.line.is_empty() {
                    state.eofs += 1;
                } else {
                    let line = std::mem::take(&mut state.line);
                    state.ready.extend(line);
                }
            }
            b'\r' | b'\n' => {
                let mut state = self.0.borrow_mut();
                let mut line = std::mem::take(&mut state.line);
                line.push(b'\n');
                state.ready.extend(line);
                drop(state);
                if echo {
                    self.write_raw(b"\r\n");
                }
            }
            0x7f | 0x08 => self.erase(echo),
            0x15 => {
                while !self.0.borrow().line.is_empty() {
                    self.erase(echo);
                }
            }
            _ => {
                let mut state = self.0.borrow_mut();
                if state.line.len() < INPUT_LIMIT_BYTES {
                    state.line.push(byte);
                }
                drop(state);
                if echo {
                    match byte {
                        b'\t' | 0x20..=0x7e | 0x80.. => self.write_raw(&[byte]),
                        control => self.write_raw(&[b'^', control ^ 0x40]),
                    }
                }
            }
        }
    }

    fn interrupt(&self, signal: Signal, shown: &str) {
        let echo = {
            let mut state = self.0.borrow_mut();
            state.line.clear();
            state.ready.clear();
            state.echo
        };
        if echo {
            self.write_raw(shown.as_bytes());
        }
        self.signal_foreground(signal);
    }

    /// Takes back the last character of the line, as wide as it was shown.
    fn erase(&self, echo: bool) {
        let taken: Vec<u8> = {
            let mut state = self.0.borrow_mut();
            let start = state.line.iter().rposition(|b| b & 0xc0 != 0x80);
            start.map_or(Vec::new(), |at| state.line.split_off(at))
        };
        if taken.is_empty() || !echo {
            return;
        }
        let width = std::str::from_utf8(&taken).map_or(1, unicode_width::UnicodeWidthStr::width).max(1);
        self.write_raw("\u{8} \u{8}".repeat(width).as_bytes());
    }

    fn signal_foreground(&self, signal: Signal) {
        let foreground = self.0.borrow().foreground.clone();
        if let Some((kernel, group)) = foreground
            && let Some(kernel) = kernel.upgrade()
        {
            Kernel(kernel).signal_group(group, signal);
        }
    }

    fn wake(&self) {
        let wakers = std::mem::take(&mut self.0.borrow_mut().wakers);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl FileOps for Tty {
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        let mut state = self.0.borrow_mut();
        if !state.ready.is_empty() {
            let limit = max.min(state.ready.len());
            // A cooked read returns one line at the most.
            let line_end = if state.raw { None } else { state.ready.iter().take(limit).position(|b| *b == b'\n') };
            let n = line_end.map_or(limit, |at| at + 1);
            return Poll::Ready(Ok(state.ready.drain(..n).collect()));
        }
        if state.eofs > 0 {
            state.eofs -= 1;
            return Poll::Ready(Ok(Vec::new()));
        }
        if state.hung_up {
            return Poll::Ready(Ok(Vec::new()));
        }
        state.wakers.push(cx.waker().clone());
        Poll::Pending
    }

    fn poll_write(&self, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        let mut state = self.0.borrow_mut();
        if state.hung_up {
            return Poll::Ready(Err(Errno::EIO));
        }
        let n = bytes.len().min(WRITE_BYTES);
        let surplus = state.output.len().saturating_sub(OUTPUT_LIMIT_BYTES);
        state.output.drain(..surplus);
        let surplus = state.printed.len().saturating_sub(OUTPUT_LIMIT_BYTES);
        state.printed.drain(..surplus);
        state.printed.extend(&bytes[..n]);
        for &byte in &bytes[..n] {
            if byte == b'\n' && state.post_process {
                state.output.push_back(b'\r');
            }
            state.output.push_back(byte);
        }
        let notify = state.output_changed.clone();
        drop(state);
        notify.notify();
        Poll::Ready(Ok(n))
    }

    fn file_type(&self) -> FileType {
        FileType::Device
    }

    fn tty(&self) -> Option<Tty> {
        Some(self.clone())
    }

    fn path(&self) -> Option<String> {
        Some("/dev/pts/0".into())
    }
}
