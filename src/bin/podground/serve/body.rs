//! Bodies of answers. What a slow client has not taken is kept up to a limit; past it the client is cut off.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use podground::sim::channel::Receiver;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::world::{Waiter, World};

/// The most bytes that wait for one slow client.
pub const LIMIT_BYTES: usize = 8 << 20;

/// The body of an answer.
pub enum Answer {
    Full(Option<Bytes>),
    Stream(Stream),
}

/// A body that goes on.
pub struct Stream {
    shared: Rc<RefCell<Shared>>,
    pump: AbortHandle,
    _waiter: Waiter,
}

#[derive(Default)]
struct Shared {
    queue: VecDeque<Bytes>,
    bytes: usize,
    ended: bool,
    cut: bool,
    reader: Option<Waker>,
}

impl Answer {
    pub fn full(bytes: impl Into<Bytes>) -> Answer {
        Answer::Full(Some(bytes.into()))
    }

    /// A body that passes on what the simulation sends. `kill` ends the connection of a client that is too slow.
    pub fn stream(world: &Rc<World>, mut receiver: Receiver<Vec<u8>>, kill: Rc<Notify>) -> Answer {
        let shared = Rc::new(RefCell::new(Shared::default()));
        let (ours, told) = (shared.clone(), world.clone());
        let mut generation = world.generation();
        let pump = tokio::task::spawn_local(async move {
            loop {
                let next = tokio::select! {
                    next = told.hear(receiver.recv()) => next,
                    _ = generation.changed() => None,
                };
                let mut shared = ours.borrow_mut();
                match next {
                    Some(bytes) => {
                        shared.bytes += bytes.len();
                        shared.queue.push_back(bytes.into());
                    }
                    None => shared.ended = true,
                }
                if shared.bytes > LIMIT_BYTES {
                    shared.cut = true;
                    shared.queue = VecDeque::new();
                    kill.notify_one();
                }
                if let Some(reader) = shared.reader.take() {
                    reader.wake();
                }
                if shared.ended || shared.cut {
                    return;
                }
            }
        });
        Answer::Stream(Stream { shared, pump: pump.abort_handle(), _waiter: world.waiter() })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

/// The client did not read.
#[derive(Debug)]
pub struct TooSlow;

impl std::fmt::Display for TooSlow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the client reads too slowly")
    }
}

impl std::error::Error for TooSlow {}

impl Body for Answer {
    type Data = Bytes;
    type Error = TooSlow;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TooSlow>>> {
        match self.get_mut() {
            Answer::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Answer::Stream(stream) => {
                let mut shared = stream.shared.borrow_mut();
                if shared.cut {
                    return Poll::Ready(Some(Err(TooSlow)));
                }
                if let Some(bytes) = shared.queue.pop_front() {
                    shared.bytes -= bytes.len();
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                if shared.ended {
                    return Poll::Ready(None);
                }
                shared.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Answer::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Answer::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Answer::Stream(_) => SizeHint::default(),
        }
    }
}
