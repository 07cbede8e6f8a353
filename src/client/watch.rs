use std::collections::VecDeque;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::api::{Object, object::Typed};
use crate::apiserver::ApiServer;
use crate::sim::channel::Receiver;
use crate::sim::{Sim, Time};
use crate::store::{Change, ChangeKind};

/// What a watch tells.
#[derive(Clone, Debug)]
pub enum WatchEvent<T> {
    /// The object exists, or changed.
    Applied {
        /// The object now.
        object: Rc<T>,
        /// The object before the change; `None` for a new one and for those that existed at the start.
        previous: Option<Rc<T>>,
        /// The change in the trace; 0 for those that existed at the start.
        trace_seq: u64,
    },
    /// The object is gone.
    Deleted {
        /// Its last state.
        object: Rc<T>,
        /// The deletion in the trace.
        trace_seq: u64,
    },
}

/// A list followed by a watch of one kind. Falls back to a new list when it is cut off for slowness.
pub struct Watch<T> {
    server: ApiServer,
    initial: VecDeque<Object>,
    /// A change that [`Source::poll_ready`] took out of the channel.
    peeked: Option<Rc<Change>>,
    changes: Receiver<Rc<Change>>,
    marker: PhantomData<T>,
}

impl<T: Typed> Watch<T> {
    pub(super) fn new(server: &ApiServer) -> Watch<T> {
        let (initial, changes) = start(server, T::KIND);
        Watch { server: server.clone(), initial, peeked: None, changes, marker: PhantomData }
    }

    /// The next event.
    pub async fn next(&mut self) -> WatchEvent<T> {
        loop {
            if let Some(event) = self.try_next() {
                return event;
            }
            match self.changes.recv().await {
                Some(change) => {
                    if let Some(event) = event_of(&change) {
                        return event;
                    }
                }
                None => (self.initial, self.changes) = start(&self.server, T::KIND),
            }
        }
    }

    /// The next event, if one waits.
    pub fn try_next(&mut self) -> Option<WatchEvent<T>> {
        while let Some(object) = self.initial.pop_front() {
            if let Some(object) = object.typed() {
                return Some(WatchEvent::Applied { object, previous: None, trace_seq: 0 });
            }
        }
        let change = self.peeked.take().or_else(|| self.changes.try_recv())?;
        event_of(&change)
    }
}

fn start(server: &ApiServer, kind: crate::api::Kind) -> (VecDeque<Object>, Receiver<Rc<Change>>) {
    let (objects, revision) = server.store().list(kind, None);
    let changes = server.store().watch(kind, revision).unwrap_or_else(|_| crate::sim::channel::unbounded().1);
    (objects.into(), changes)
}

fn event_of<T: Typed>(change: &Change) -> Option<WatchEvent<T>> {
    let object = change.object.typed()?;
    let trace_seq = change.trace_seq;
    Some(match change.kind {
        ChangeKind::Deleted => WatchEvent::Deleted { object, trace_seq },
        _ => WatchEvent::Applied { object, previous: change.previous.as_ref().and_then(Object::typed), trace_seq },
    })
}

/// Something that can be waited for together with others.
pub trait Source {
    /// Whether an event waits. If not, the task is woken by the next one.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> bool;
}

impl<T: Typed> Source for Watch<T> {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> bool {
        if !self.initial.is_empty() || self.peeked.is_some() {
            return true;
        }
        match self.changes.poll_recv(cx) {
            Poll::Ready(Some(change)) => self.peeked = Some(change),
            Poll::Ready(None) => (self.initial, self.changes) = start(&self.server, T::KIND),
            Poll::Pending => return false,
        }
        true
    }
}

/// Waits until any of `sources` has an event, or until `deadline`.
pub async fn changed(sim: &Sim, sources: &mut [&mut dyn Source], deadline: Option<Time>) {
    let ready = poll_fn(|cx| {
        // Each must be asked, or the later ones would not wake the task.
        #[allow(clippy::unnecessary_fold)]
        let any = sources.iter_mut().fold(false, |any, source| source.poll_ready(cx) || any);
        if any { Poll::Ready(()) } else { Poll::Pending }
    });
    match deadline {
        Some(at) => {
            let _ = sim.timeout(at - sim.now(), ready).await;
        }
        None => ready.await,
    }
}
