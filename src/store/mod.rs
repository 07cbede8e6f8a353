//! The object store: revisions, compare-and-swap and watch. Models `k8s.io/apiserver/pkg/storage/etcd3` over etcd.
//!
//! Invariants: every write takes the next revision, and no two writes share one; a watcher sees every change after
//! the revision it named, once, in the order of revisions, or is told that it cannot; what was read is never changed
//! in place (objects are shared by reference and replaced whole).

mod history;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::api::{Key, Kind, Object};
use crate::sim::channel::{self, Notify, Receiver, Sender};
use crate::sim::{Sim, TraceKind};

use history::History;

/// How many changes may wait for one watcher. A watcher that falls further behind is cut off (its receiver ends) and has
/// to list again, as the API server's watch cache does with slow watchers; so no sleeper can hold the memory of the rest.
const LIMIT_WATCH_BUFFER_CHANGES: usize = 100_000;

/// A handle on the store. Clones are the same store.
#[derive(Clone)]
pub struct Store(Rc<Inner>);

struct Inner {
    sim: Sim,
    state: RefCell<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    revision: u64,
    objects: BTreeMap<Kind, Namespaces>,
    history: History,
    watchers: BTreeMap<Kind, Vec<Sender<Rc<Change>>>>,
}

/// The objects of a kind: namespace (empty where the kind has none), name, object.
type Namespaces = BTreeMap<Rc<str>, BTreeMap<Rc<str>, Object>>;

/// Who writes, and in reaction to what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `kubectl`, `kube-scheduler`, `kubelet/node-1`, ….
    pub actor: Rc<str>,
    /// The trace event that this is a reaction to.
    pub cause: Option<u64>,
}

impl Origin {
    /// An origin without a known cause.
    pub fn new(actor: &str) -> Origin {
        Origin { actor: actor.into(), cause: None }
    }
}

/// Why a write was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// There is no object at this key.
    NotFound,
    /// There is already an object at this key.
    AlreadyExists,
    /// The object's revision is not the expected one.
    Conflict,
}

/// A watch from a revision whose successors are no longer all kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// The oldest revision that a watch can start from.
    pub oldest: u64,
}

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The object is new.
    Added,
    /// The object was replaced.
    Modified,
    /// The object is gone.
    Deleted,
}

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// What it did.
    pub kind: ChangeKind,
    /// The object after the change; for a deletion the last state, at the revision of the deletion.
    pub object: Object,
    /// The object before the change.
    pub previous: Option<Object>,
    /// The revision of the change.
    pub revision: u64,
    /// The change's event in the trace.
    pub trace_seq: u64,
}

impl Store {
    /// An empty store at revision 0.
    pub fn new(sim: Sim) -> Store {
        Store(Rc::new(Inner { sim, state: RefCell::default(), changed: Notify::new() }))
    }

    /// The revision of the last change.
    pub fn revision(&self) -> u64 {
        self.0.state.borrow().revision
    }

    /// The object at `key`.
    pub fn get(&self, key: &Key) -> Option<Object> {
        self.0.state.borrow().get(key).cloned()
    }

    /// The objects of `kind`, in one namespace or in all, sorted by namespace and name, and the store's revision.
    pub fn list(&self, kind: Kind, namespace: Option<&str>) -> (Vec<Object>, u64) {
        let state = self.0.state.borrow();
        let namespaces = state.objects.get(&kind);
        let objects = match namespace {
            Some(namespace) => namespaces.and_then(|all| all.get(namespace)).map(|names| names.values().cloned().collect()),
            None => namespaces.map(|all| all.values().flat_map(BTreeMap::values).cloned().collect()),
        };
        (objects.unwrap_or_default(), state.revision)
    }

    /// The objects as they were at revision `at`, in one namespace or in all.
    pub fn list_at(&self, kind: Kind, namespace: Option<&str>, at: u64) -> Result<Vec<Object>, Compacted> {
        let (objects, _) = self.list(kind, namespace);
        let mut past: BTreeMap<Key, Object> = objects.into_iter().map(|object| (object.key(), object)).collect();
        let state = self.0.state.borrow();
        let undone: Vec<&Rc<Change>> = state.history.after(at)?.collect();
        for change in undone.into_iter().rev() {
            let object = &change.object;
            if object.kind() != kind || namespace.is_some_and(|namespace| namespace != object.namespace()) {
                continue;
            }
            match &change.previous {
                Some(previous) => past.insert(object.key(), previous.clone()),
                None => past.remove(&object.key()),
            };
        }
        Ok(past.into_values().collect())
    }

    /// Adds `object` and returns it with its `metadata.resourceVersion`.
    pub fn create(&self, by: &Origin, object: Object) -> Result<Object, StoreError> {
        if self.0.state.borrow().get(&object.key()).is_some() {
            return Err(StoreError::AlreadyExists);
        }
        Ok(self.commit(by, ChangeKind::Added, object, None))
    }

    /// Replaces the object of the same key. `expected` is the revision that it must have now. A write that changes
    /// nothing keeps the revision and is seen by nobody, as in Kubernetes' etcd3 store.
    pub fn update(&self, by: &Origin, mut object: Object, expected: Option<u64>) -> Result<Object, StoreError> {
        let previous = self.current(&object.key(), expected)?;
        // The stored version is not part of what the writer means to say.
        if object.revision() != previous.revision() {
            object.meta_mut().resource_version = previous.meta().resource_version.clone();
        }
        if object == previous {
            return Ok(previous);
        }
        Ok(self.commit(by, ChangeKind::Modified, object, Some(previous)))
    }

    /// Removes the object at `key` and returns its last state, at the revision of the deletion.
    pub fn delete(&self, by: &Origin, key: &Key, expected: Option<u64>) -> Result<Object, StoreError> {
        let previous = self.current(key, expected)?;
        Ok(self.commit(by, ChangeKind::Deleted, previous.clone(), Some(previous)))
    }

    /// The changes to objects of `kind` with a revision above `from`: those that the history holds first, then those
    /// to come. The receiver ends when the watcher fell too far behind; it then has to list again.
    pub fn watch(&self, kind: Kind, from: u64) -> Result<Receiver<Rc<Change>>, Compacted> {
        let mut state = self.0.state.borrow_mut();
        let (sender, receiver) = channel::unbounded();
        for change in state.history.after(from)? {
            if change.object.kind() == kind && sender.send(change.clone()).is_err() {
                break;
            }
        }
        state.watchers.entry(kind).or_default().push(sender);
        Ok(receiver)
    }

    /// The changes of one object that the history still holds, oldest first.
    pub fn changes_of(&self, key: &Key) -> Vec<Rc<Change>> {
        self.0.state.borrow().history.all().filter(|change| change.object.key() == *key).cloned().collect()
    }

    /// The changes of all objects of a kind that the history still holds, oldest first.
    pub fn changes_of_kind(&self, kind: Kind) -> Vec<Rc<Change>> {
        self.0.state.borrow().history.all().filter(|change| change.object.kind() == kind).cloned().collect()
    }

    /// Forgets the history up to revision `to`. Watches can no longer start before it.
    pub fn compact(&self, to: u64) {
        let mut state = self.0.state.borrow_mut();
        let to = to.min(state.revision);
        state.history.compact(to);
    }

    /// Notifies at every change.
    pub fn on_change(&self) -> Notify {
        self.0.changed.clone()
    }

    fn current(&self, key: &Key, expected: Option<u64>) -> Result<Object, StoreError> {
        let current = self.get(key).ok_or(StoreError::NotFound)?;
        match expected {
            Some(revision) if revision != current.revision() => Err(StoreError::Conflict),
            _ => Ok(current),
        }
    }

    /// Makes the change: takes the revision, tells the trace, the history and the watchers.
    fn commit(&self, by: &Origin, kind: ChangeKind, mut object: Object, previous: Option<Object>) -> Object {
        let mut state = self.0.state.borrow_mut();
        state.revision += 1;
        let revision = state.revision;
        object.meta_mut().resource_version = Some(revision.to_string());
        let key = object.key();
        let trace_seq = self.trace(by, kind, &key, revision);
        match kind {
            ChangeKind::Deleted => state.remove(&key),
            ChangeKind::Added | ChangeKind::Modified => state.put(key, object.clone()),
        }
        let change = Rc::new(Change { kind, object: object.clone(), previous, revision, trace_seq });
        state.history.push(change.clone());
        state.publish(&change);
        drop(state);
        self.0.changed.notify();
        object
    }

    fn trace(&self, by: &Origin, kind: ChangeKind, key: &Key, revision: u64) -> u64 {
        let sim = &self.0.sim;
        let verb = match kind {
            ChangeKind::Added => "created",
            ChangeKind::Modified => "updated",
            ChangeKind::Deleted => "deleted",
        };
        let (namespace, name) = (key.namespace.clone(), key.name.clone());
        let write = TraceKind::Write { verb, kind: key.kind.info().kind, namespace, name, revision };
        sim.trace().record(sim.now(), &by.actor, by.cause, write)
    }
}

impl State {
    fn get(&self, key: &Key) -> Option<&Object> {
        self.objects.get(&key.kind)?.get(&key.namespace)?.get(&key.name)
    }

    fn put(&mut self, key: Key, object: Object) {
        self.objects.entry(key.kind).or_default().entry(key.namespace).or_default().insert(key.name, object);
    }

    fn remove(&mut self, key: &Key) {
        let Some(namespaces) = self.objects.get_mut(&key.kind) else { return };
        let Some(names) = namespaces.get_mut(&key.namespace) else { return };
        names.remove(&key.name);
        if names.is_empty() {
            namespaces.remove(&key.namespace);
        }
    }

    fn publish(&mut self, change: &Rc<Change>) {
        let Some(watchers) = self.watchers.get_mut(&change.object.kind()) else { return };
        watchers.retain(|watcher| watcher.len() < LIMIT_WATCH_BUFFER_CHANGES && watcher.send(change.clone()).is_ok());
    }
}
