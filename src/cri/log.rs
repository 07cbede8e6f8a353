//! A container's log: lines with their times. Models the CRI log format and `pkg/kubelet/kuberuntime/logs`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use jiff::Timestamp;

use crate::sim::Sim;
use crate::sim::channel::{self, Notify, Receiver};

/// What the kubelet keeps of a log before it rotates it (`containerLogMaxSize`). Only the newest file is read.
const LIMIT_BYTES: usize = 10 * 1024 * 1024;
/// What the log's file has of each line besides its text: `2026-01-31T12:00:00.000000000Z stdout F `.
const PREFIX_BYTES: usize = 40;
/// Longer lines are cut, as containerd does.
const LIMIT_LINE_BYTES: usize = 16 * 1024;

/// Where a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

struct Line {
    at: Timestamp,
    output: Output,
    /// With its newline, unless it was cut.
    bytes: Vec<u8>,
}

#[derive(Default)]
struct State {
    lines: VecDeque<Line>,
    /// The number of the first line kept.
    first: u64,
    bytes: usize,
    /// Lines begun on stdout and stderr.
    pending: [Vec<u8>; 2],
    closed: bool,
}

/// Which part of a log is wanted. Models `v1.PodLogOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Goes on with what is still to come.
    pub follow: bool,
    /// Only so many lines from the end.
    pub tail_lines: Option<usize>,
    /// Only lines written at or after this moment.
    pub since: Option<Timestamp>,
    /// Each line begins with its time.
    pub timestamps: bool,
    /// No more than so many bytes.
    pub limit_bytes: Option<usize>,
}

/// A log. A cheap handle.
#[derive(Clone)]
pub struct Log {
    sim: Sim,
    state: Rc<RefCell<State>>,
    changed: Notify,
}

impl Log {
    /// An empty log.
    pub fn new(sim: &Sim) -> Log {
        Log { sim: sim.clone(), state: Rc::default(), changed: Notify::new() }
    }

    /// Takes what a process wrote.
    pub fn write(&self, output: Output, bytes: &[u8]) {
        let at = self.sim.timestamp();
        {
            let mut state = self.state.borrow_mut();
            let mut pending = std::mem::take(&mut state.pending[output as usize]);
            for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
                pending.extend_from_slice(piece);
                while pending.len() > LIMIT_LINE_BYTES {
                    let rest = pending.split_off(LIMIT_LINE_BYTES);
                    state.push(at, output, std::mem::replace(&mut pending, rest));
                }
                if pending.last() == Some(&b'\n') {
                    state.push(at, output, std::mem::take(&mut pending));
                }
            }
            state.pending[output as usize] = pending;
        }
        self.changed.notify();
    }

    /// Ends the log: a line without a newline gets one.
    pub fn close(&self) {
        let at = self.sim.timestamp();
        {
            let mut state = self.state.borrow_mut();
            for output in [Output::Stdout, Output::Stderr] {
                let mut rest = std::mem::take(&mut state.pending[output as usize]);
                if !rest.is_empty() {
                    rest.push(b'\n');
                    state.push(at, output, rest);
                }
            }
            state.closed = true;
        }
        self.changed.notify();
    }

    /// Everything kept, as text.
    pub fn text(&self) -> String {
        let state = self.state.borrow();
        state.lines.iter().map(|line| String::from_utf8_lossy(&line.bytes)).collect()
    }

    /// Everything kept, as the CRI's log files have it: time, stream, whole or part, text.
    pub fn cri_text(&self) -> String {
        let state = self.state.borrow();
        let mut out = String::new();
        for line in &state.lines {
            let stream = if line.output == Output::Stdout { "stdout" } else { "stderr" };
            let (tag, end) = if line.bytes.last() == Some(&b'\n') { ('F', "") } else { ('P', "\n") };
            let at = line.at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ");
            out.push_str(&format!("{at} {stream} {tag} {}{end}", String::from_utf8_lossy(&line.bytes)));
        }
        out
    }

    /// The last lines, within both limits: what ends up as a termination message.
    pub fn tail(&self, max_lines: usize, max_bytes: usize) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let tail: String = lines[lines.len().saturating_sub(max_lines)..].concat();
        let mut start = tail.len().saturating_sub(max_bytes);
        while !tail.is_char_boundary(start) {
            start += 1;
        }
        tail[start..].to_owned()
    }

    /// Streams the part of the log that is wanted.
    pub fn read(&self, query: LogQuery) -> Receiver<Vec<u8>> {
        let (sender, receiver) = channel::unbounded();
        let log = self.clone();
        let mut next = self.start(&query);
        let mut left = query.limit_bytes.unwrap_or(usize::MAX);
        self.sim.spawn(async move {
            loop {
                let changed = log.changed.notified();
                let (chunk, closed) = log.chunk(&mut next, &query, &mut left);
                let sent = chunk.is_empty() || sender.send(chunk).is_ok();
                if !sent || left == 0 || closed || !query.follow {
                    return;
                }
                changed.await;
                if sender.is_closed() {
                    return;
                }
            }
        });
        receiver
    }

    /// The number of the first line that `query` wants.
    fn start(&self, query: &LogQuery) -> u64 {
        let state = self.state.borrow();
        let count = state.lines.len();
        let by_tail = count - query.tail_lines.unwrap_or(count).min(count);
        let by_time = query.since.map_or(0, |since| state.lines.partition_point(|line| line.at < since));
        state.first + by_tail.max(by_time) as u64
    }

    fn chunk(&self, next: &mut u64, query: &LogQuery, left: &mut usize) -> (Vec<u8>, bool) {
        let state = self.state.borrow();
        let mut chunk = Vec::new();
        let skip = usize::try_from(next.saturating_sub(state.first)).unwrap_or(usize::MAX);
        for line in state.lines.iter().skip(skip) {
            if query.timestamps {
                chunk.extend_from_slice(line.at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string().as_bytes());
            }
            chunk.extend_from_slice(&line.bytes);
            if chunk.len() >= *left {
                break;
            }
        }
        *next = state.first + state.lines.len() as u64;
        chunk.truncate(*left);
        *left -= chunk.len();
        (chunk, state.closed)
    }
}

impl State {
    fn push(&mut self, at: Timestamp, output: Output, bytes: Vec<u8>) {
        let size = PREFIX_BYTES + bytes.len();
        if self.bytes + size > LIMIT_BYTES {
            self.first += self.lines.len() as u64;
            self.lines.clear();
            self.bytes = 0;
        }
        self.bytes += size;
        self.lines.push_back(Line { at, output, bytes });
    }
}
