//! What is owned goes with its owner. Models `pkg/controller/garbagecollector`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::task::{Context, Poll};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use crate::api::{Key, Kind, Object};
use crate::client::{Client, DeleteOptions, Propagation, Source, changed};
use crate::sim::channel::Receiver;
use crate::store::{Change, ChangeKind};

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Deletes what lost its owners, until the task is aborted.
pub async fn run(client: Client) {
    let client = client.as_actor("generic-garbage-collector");
    let sim = client.sim().clone();
    let mut collector = Collector::new(client.clone());
    let mut watches: Vec<KindWatch> = Vec::new();
    for kind in Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Event) {
        watches.push(KindWatch::new(&client, kind, &mut collector));
    }
    collector.look_at_all();
    loop {
        // All changes first, in the order in which they were made.
        let mut changes: Vec<Rc<Change>> = watches.iter_mut().flat_map(KindWatch::drain).collect();
        changes.sort_by_key(|change| change.revision);
        for change in &changes {
            collector.note(change);
        }
        if collector.work() {
            sim.yield_now().await;
            continue;
        }
        let mut sources: Vec<&mut dyn Source> = watches.iter_mut().map(|watch| watch as &mut dyn Source).collect();
        changed(&sim, &mut sources, None).await;
    }
}

/// A watch of one kind, whatever its type.
struct KindWatch {
    changes: Receiver<Rc<Change>>,
    peeked: Option<Rc<Change>>,
}

impl KindWatch {
    fn new(client: &Client, kind: Kind, collector: &mut Collector) -> KindWatch {
        let (objects, revision) = client.server().store().list(kind, None);
        for object in &objects {
            collector.insert(object);
        }
        // The revision is the store's present one: never compacted.
        let changes = client.server().store().watch(kind, revision).unwrap_or_else(|_| crate::sim::channel::unbounded().1);
        KindWatch { changes, peeked: None }
    }

    fn drain(&mut self) -> Vec<Rc<Change>> {
        let mut all: Vec<Rc<Change>> = self.peeked.take().into_iter().collect();
        all.extend(std::iter::from_fn(|| self.changes.try_recv()));
        all
    }
}

impl Source for KindWatch {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> bool {
        if self.peeked.is_none()
            && let Poll::Ready(Some(change)) = self.changes.poll_recv(cx)
        {
            self.peeked = Some(change);
        }
        self.peeked.is_some()
    }
}

/// An object in the graph of owners.
struct Node {
    key: Key,
    owners: Vec<OwnerReference>,
}

struct Collector {
    client: Client,
    nodes: BTreeMap<String, Node>,
    dependents: BTreeMap<String, BTreeSet<String>>,
    /// Objects to look at, and because of what.
    queue: VecDeque<(String, u64)>,
}

impl Collector {
    fn new(client: Client) -> Collector {
        Collector { client, nodes: BTreeMap::new(), dependents: BTreeMap::new(), queue: VecDeque::new() }
    }

    fn insert(&mut self, object: &Object) {
        let uid = object.uid().to_owned();
        self.remove(&uid);
        let owners = object.meta().owner_references.clone().unwrap_or_default();
        for owner in &owners {
            self.dependents.entry(owner.uid.clone()).or_default().insert(uid.clone());
        }
        self.nodes.insert(uid, Node { key: object.key(), owners });
    }

    fn remove(&mut self, uid: &str) -> Vec<OwnerReference> {
        let Some(node) = self.nodes.remove(uid) else { return Vec::new() };
        for owner in &node.owners {
            if let Some(dependents) = self.dependents.get_mut(&owner.uid) {
                dependents.remove(uid);
                if dependents.is_empty() {
                    self.dependents.remove(&owner.uid);
                }
            }
        }
        node.owners
    }

    fn look_at_all(&mut self) {
        let uids: Vec<String> = self.nodes.keys().cloned().collect();
        self.queue.extend(uids.into_iter().map(|uid| (uid, 0)));
    }

    /// Takes note of a change.
    fn note(&mut self, change: &Change) {
        let uid = change.object.uid().to_owned();
        let cause = change.trace_seq;
        if change.kind == ChangeKind::Deleted {
            let owners = self.remove(&uid);
            let dependents = self.dependents.get(&uid).cloned().unwrap_or_default();
            // Dependents may go now; an owner that waits for this one may be free.
            self.queue.extend(dependents.into_iter().chain(owners.into_iter().map(|owner| owner.uid)).map(|uid| (uid, cause)));
            return;
        }
        let before = change.previous.as_ref().map(Object::meta);
        let meta = change.object.meta();
        let relevant = before.is_none_or(|before| {
            before.owner_references != meta.owner_references
                || before.finalizers != meta.finalizers
                || before.deletion_timestamp.is_some() != meta.deletion_timestamp.is_some()
        });
        if relevant {
            self.insert(&change.object);
            self.queue.push_back((uid, cause));
        }
    }

    /// Looks at the next object. `false` when there is none.
    fn work(&mut self) -> bool {
        let Some((uid, cause)) = self.queue.pop_front() else { return false };
        let client = if cause > 0 { self.client.because(cause) } else { self.client.clone() };
        let Some(object) = self.object(&uid) else { return true };
        let meta = object.meta();
        if meta.deletion_timestamp.is_some() {
            if has_finalizer(&object, ORPHAN) {
                self.orphan_dependents(&client, &object);
            } else if has_finalizer(&object, FOREGROUND) {
                self.delete_dependents_first(&client, &object);
            }
        } else if meta.owner_references.iter().flatten().next().is_some() {
            self.delete_if_unowned(&client, &object);
        }
        true
    }

    fn object(&self, uid: &str) -> Option<Object> {
        let node = self.nodes.get(uid)?;
        self.client.server().store().get(&node.key).filter(|object| object.uid() == uid)
    }

    /// Models `processDeletingDependentsItem`.
    fn delete_dependents_first(&self, client: &Client, object: &Object) {
        let uid = object.uid();
        let dependents: Vec<String> = self.dependents.get(uid).into_iter().flatten().cloned().collect();
        let blocks = |dependent: &&String| {
            let owners = self.nodes.get(*dependent).map(|node| node.owners.as_slice()).unwrap_or_default();
            owners.iter().any(|owner| owner.uid == uid && owner.block_owner_deletion == Some(true))
        };
        if dependents.iter().filter(blocks).count() == 0 {
            remove_finalizer(client, object, FOREGROUND);
            return;
        }
        for dependent in dependents {
            // Those already on their way will bring the owner back here by their end.
            if let Some(object) = self.object(&dependent).filter(|object| object.meta().deletion_timestamp.is_none()) {
                self.delete_if_unowned(client, &object);
            }
        }
    }

    /// Models `orphanDependents`.
    fn orphan_dependents(&self, client: &Client, object: &Object) {
        let uid = object.uid();
        for dependent in self.dependents.get(uid).into_iter().flatten() {
            let Some(mut orphan) = self.object(dependent) else { continue };
            drop_owners(&mut orphan, &|owner| owner.uid == uid);
            let _ = client.update_object(orphan);
        }
        remove_finalizer(client, object, ORPHAN);
    }

    /// Models `attemptToDeleteItem`: owners that are gone, or wait for this object to go, do not hold it.
    fn delete_if_unowned(&self, client: &Client, object: &Object) {
        let owners = object.meta().owner_references.clone().unwrap_or_default();
        let (mut solid, mut lost, mut waited_for) = (0, BTreeSet::new(), false);
        for owner in &owners {
            match self.owner(object, owner) {
                None => {
                    lost.insert(owner.uid.clone());
                }
                Some(found) if found.meta().deletion_timestamp.is_some() && has_finalizer(&found, FOREGROUND) => {
                    waited_for = true;
                    lost.insert(owner.uid.clone());
                }
                Some(_) => solid += 1,
            }
        }
        if solid > 0 {
            if !lost.is_empty() {
                let mut kept = object.clone();
                drop_owners(&mut kept, &|owner| lost.contains(&owner.uid));
                let _ = client.update_object(kept);
            }
            return;
        }
        let has_dependents = self.dependents.contains_key(object.uid());
        let propagation = match () {
            () if waited_for && has_dependents => Propagation::Foreground,
            () if has_finalizer(object, ORPHAN) => Propagation::Orphan,
            () if has_finalizer(object, FOREGROUND) => Propagation::Foreground,
            () => Propagation::Background,
        };
        let options = DeleteOptions { uid: Some(object.uid().to_owned()), propagation, ..DeleteOptions::default() };
        // Refused only where it is gone already.
        let _ = client.delete_key(&object.key(), options);
    }

    /// The owner, if it exists.
    fn owner(&self, object: &Object, owner: &OwnerReference) -> Option<Object> {
        let group = owner.api_version.rsplit_once('/').map_or("", |(group, _)| group);
        let kind = Kind::find(group, &owner.kind)?;
        let namespace = if kind.info().namespaced { object.namespace() } else { "" };
        let found = self.client.server().store().get(&Key::new(kind, namespace, &owner.name))?;
        (found.uid() == owner.uid).then_some(found)
    }
}

fn has_finalizer(object: &Object, name: &str) -> bool {
    object.meta().finalizers.iter().flatten().any(|finalizer| finalizer == name)
}

fn remove_finalizer(client: &Client, object: &Object, name: &str) {
    let mut freed = object.clone();
    let meta = freed.meta_mut();
    meta.finalizers.iter_mut().for_each(|finalizers| finalizers.retain(|finalizer| finalizer != name));
    meta.finalizers = meta.finalizers.take().filter(|finalizers| !finalizers.is_empty());
    // A conflict means a newer state, which the watch brings here.
    let _ = client.update_object(freed);
}

fn drop_owners(object: &mut Object, which: &dyn Fn(&OwnerReference) -> bool) {
    let meta = object.meta_mut();
    meta.owner_references.iter_mut().for_each(|owners| owners.retain(|owner| !which(owner)));
    meta.owner_references = meta.owner_references.take().filter(|owners| !owners.is_empty());
}
