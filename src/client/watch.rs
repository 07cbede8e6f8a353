use std::collections::VecDeque;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::api::{Object, object::Typed};
use crate::apiserver::ApiServer;
use crate::sim::channel::Receiver;
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
    changes: Receiver<Rc<Change>>,
    marker: PhantomData<T>,
}

impl<T: Typed> Watch<T> {
    pub(super) fn new(server: &ApiServer) -> Watch<T> {
        let (initial, changes) = start(server, T::KIND);
        Watch { server: server.clone(), initial, changes, marker: PhantomData }
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
        event_of(&*self.changes.try_recv()?)
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
