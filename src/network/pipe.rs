//! One direction of a connection: chunks with the time at which each arrives.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::NetError;
use crate::sim::Time;
use crate::sim::channel::Notify;

/// How many bytes a sender may have under way before it has to wait; Linux' default send buffer is of this order.
pub(super) const LIMIT_IN_FLIGHT_BYTES: usize = 256 * 1024;

#[derive(Default)]
struct State {
    chunks: VecDeque<(Time, Vec<u8>)>,
    bytes: usize,
    last_arrival: Time,
    fin_at: Option<Time>,
    reader_gone: bool,
    reset: bool,
}

/// What the front of a pipe offers at some moment.
pub(super) enum Front {
    Chunk(Vec<u8>),
    End,
    /// Something arrives at this time.
    At(Time),
    Nothing,
}

/// A clone is the same pipe.
#[derive(Clone, Default)]
pub(super) struct Pipe {
    state: Rc<RefCell<State>>,
    changed: Notify,
}

impl Pipe {
    /// Sends `bytes` at `now`; they arrive `latency` later, never before earlier ones.
    pub fn write(&self, now: Time, latency: Duration, bytes: &[u8]) -> Result<(), NetError> {
        {
            let mut state = self.state.borrow_mut();
            if state.reader_gone || state.reset || state.fin_at.is_some() {
                return Err(NetError::Reset);
            }
            if bytes.is_empty() {
                return Ok(());
            }
            let at = state.last_arrival.max(now + latency);
            state.last_arrival = at;
            state.bytes += bytes.len();
            state.chunks.push_back((at, bytes.to_vec()));
        }
        self.changed.notify();
        Ok(())
    }

    /// No more bytes will follow. Twice is once.
    pub fn finish(&self, now: Time, latency: Duration) {
        {
            let mut state = self.state.borrow_mut();
            if state.fin_at.is_some() {
                return;
            }
            state.fin_at = Some(state.last_arrival.max(now + latency));
        }
        self.changed.notify();
    }

    /// The connection is gone; what was not yet read is lost.
    pub fn reset(&self) {
        {
            let mut state = self.state.borrow_mut();
            state.reset = true;
            state.chunks.clear();
            state.bytes = 0;
        }
        self.changed.notify();
    }

    /// Nobody will read any more.
    pub fn close_reader(&self) {
        {
            let mut state = self.state.borrow_mut();
            state.reader_gone = true;
            state.chunks.clear();
            state.bytes = 0;
        }
        self.changed.notify();
    }

    /// What a reader gets at `now`.
    pub fn front(&self, now: Time) -> Front {
        let front = {
            let mut state = self.state.borrow_mut();
            if state.reset {
                return Front::End;
            }
            match state.chunks.front() {
                Some((at, _)) if *at > now => return Front::At(*at),
                Some(_) => state.chunks.pop_front().map(|(_, chunk)| {
                    state.bytes -= chunk.len();
                    chunk
                }),
                None => match state.fin_at {
                    Some(at) if at > now => return Front::At(at),
                    Some(_) => return Front::End,
                    None => return Front::Nothing,
                },
            }
        };
        match front {
            Some(chunk) => {
                self.changed.notify();
                Front::Chunk(chunk)
            }
            None => Front::Nothing,
        }
    }

    /// Whether a sender may send now, or would only be told that the other side is gone.
    pub fn is_writable(&self) -> bool {
        let state = self.state.borrow();
        state.bytes < LIMIT_IN_FLIGHT_BYTES || state.reader_gone || state.reset
    }

    /// Whether the connection was reset rather than ended.
    pub fn was_reset(&self) -> bool {
        self.state.borrow().reset
    }

    /// Whether the sender has ended its direction.
    pub fn is_finished(&self) -> bool {
        let state = self.state.borrow();
        state.fin_at.is_some() || state.reset
    }

    /// Bytes sent and not yet read.
    pub fn queued_bytes(&self) -> usize {
        self.state.borrow().bytes
    }

    /// Completes at the next change after this call.
    pub fn changed(&self) -> impl Future<Output = ()> + use<> {
        self.changed.notified()
    }
}
