use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{Change, ChangeKind, Compacted, Origin, Store, StoreError};
use crate::api::{Key, Kind, Object};
use crate::sim::channel::Receiver;
use crate::sim::{Rng, Sim, TraceKind};

fn metadata(namespace: &str, name: &str) -> ObjectMeta {
    ObjectMeta { namespace: Some(namespace.into()), name: Some(name.into()), ..ObjectMeta::default() }
}

fn config_map(namespace: &str, name: &str, value: &str) -> Object {
    let data = BTreeMap::from([("key".to_owned(), value.to_owned())]);
    ConfigMap { metadata: metadata(namespace, name), data: Some(data), ..ConfigMap::default() }.into()
}

fn secret(namespace: &str, name: &str) -> Object {
    Secret { metadata: metadata(namespace, name), ..Secret::default() }.into()
}

fn store() -> (Sim, Store, Origin) {
    let sim = Sim::new(1, 0);
    let store = Store::new(sim.clone());
    (sim, store, Origin::new("test"))
}

#[test]
fn a_write_takes_the_next_revision_and_checks_the_expected_one() {
    let (_, store, by) = store();
    let first = store.create(&by, config_map("a", "x", "1")).unwrap();
    assert_eq!(first.revision(), 1);
    assert_eq!(store.create(&by, config_map("a", "x", "2")), Err(StoreError::AlreadyExists));
    assert_eq!(store.update(&by, config_map("a", "y", "2"), None), Err(StoreError::NotFound));
    assert_eq!(store.update(&by, config_map("a", "x", "2"), Some(7)), Err(StoreError::Conflict));
    let second = store.update(&by, config_map("a", "x", "2"), Some(1)).unwrap();
    assert_eq!(second.revision(), 2);
    assert_eq!(store.delete(&by, &second.key(), Some(1)), Err(StoreError::Conflict));
    assert_eq!(store.delete(&by, &second.key(), Some(2)).unwrap().revision(), 3);
    assert_eq!(store.revision(), 3);
}

#[test]
fn a_write_without_a_change_is_not_seen() {
    let (sim, store, by) = store();
    store.create(&by, config_map("a", "x", "1")).unwrap();
    let mut watch = store.watch(Kind::ConfigMap, 1).unwrap();
    let traced = sim.trace().last_seq();
    assert_eq!(store.update(&by, config_map("a", "x", "1"), None).unwrap().revision(), 1);
    assert_eq!((store.revision(), sim.trace().last_seq()), (1, traced));
    assert!(watch.try_recv().is_none());
}

#[test]
fn the_trace_names_actor_and_cause() {
    let (sim, store, _) = store();
    let by = Origin { actor: "kube-scheduler".into(), cause: Some(41) };
    store.create(&by, config_map("a", "x", "1")).unwrap();
    let event = sim.trace().since(0).pop().unwrap();
    assert_eq!((&*event.actor, event.cause), ("kube-scheduler", Some(41)));
    let write = TraceKind::Write { verb: "created", kind: "ConfigMap", namespace: "a".into(), name: "x".into(), revision: 1 };
    assert_eq!(event.kind, write);
}

#[test]
fn a_slow_watcher_is_cut_off_and_others_are_not() {
    let (_, store, by) = store();
    let mut slow = store.watch(Kind::ConfigMap, 0).unwrap();
    let mut fast = store.watch(Kind::ConfigMap, 0).unwrap();
    store.create(&by, config_map("a", "x", "0")).unwrap();
    let total = super::LIMIT_WATCH_BUFFER_CHANGES + 10;
    for n in 1..total {
        store.update(&by, config_map("a", "x", &n.to_string()), None).unwrap();
        assert!(fast.try_recv().is_some());
    }
    let seen = std::iter::from_fn(|| slow.try_recv()).count();
    assert_eq!(seen, super::LIMIT_WATCH_BUFFER_CHANGES);
}

type Model = BTreeMap<(String, String), String>;

fn value_of(object: &Object) -> String {
    match object {
        Object::ConfigMap(map) => map.data.as_ref().unwrap()["key"].clone(),
        other => panic!("a watch of ConfigMaps delivered {other:?}"),
    }
}

/// A watcher, and the state that its changes have built up so far.
struct Follower {
    watch: Receiver<Rc<Change>>,
    state: Model,
    revision: u64,
}

impl Follower {
    fn drain(&mut self) {
        while let Some(change) = self.watch.try_recv() {
            assert!(change.revision > self.revision, "revisions grow");
            assert_eq!(change.object.revision(), change.revision);
            self.revision = change.revision;
            let place = (change.object.namespace().to_owned(), change.object.name().to_owned());
            let before = change.previous.as_ref().map(value_of);
            let old = match change.kind {
                ChangeKind::Deleted => self.state.remove(&place),
                _ => self.state.insert(place, value_of(&change.object)),
            };
            assert_eq!(old, before, "a change names what it replaced");
            assert_eq!(before.is_none(), change.kind == ChangeKind::Added);
        }
    }
}

/// The model: every state that ever was, by revision.
struct Past {
    states: Vec<Model>,
    compacted: u64,
}

fn random_write(rng: &Rng, store: &Store, by: &Origin, past: &mut Past) {
    let namespace = ["a", "b"][rng.below(2) as usize];
    let name = format!("n{}", rng.below(6));
    let value = rng.below(3).to_string();
    let mut now = past.states.last().unwrap().clone();
    let place = (namespace.to_owned(), name.clone());
    let known = now.get(&place).cloned();
    let key = Key::new(Kind::ConfigMap, namespace, &name);
    let changed = match rng.below(4) {
        0 => {
            assert_eq!(store.create(by, config_map(namespace, &name, &value)).is_ok(), known.is_none());
            now.insert(place, known.clone().unwrap_or(value));
            known.is_none()
        }
        1 => {
            assert_eq!(store.delete(by, &key, None).is_ok(), known.is_some());
            now.remove(&place).is_some()
        }
        2 => {
            let expected = store.get(&key).map(|object| object.revision());
            let result = store.update(by, config_map(namespace, &name, &value), expected);
            assert_eq!(result.is_ok(), known.is_some());
            known.is_some_and(|old| now.insert(place, value.clone()).is_some() && old != value)
        }
        _ => {
            let _ = store.create(by, secret(namespace, &format!("s{}", past.states.len())));
            true
        }
    };
    if changed {
        past.states.push(now);
    }
    assert_eq!(store.revision() as usize, past.states.len() - 1);
}

#[test]
fn random_writes_and_watchers_agree_with_a_model() {
    for seed in 0..40 {
        let rng = Rng::new(seed);
        let (_, store, by) = store();
        let mut past = Past { states: vec![Model::new()], compacted: 0 };
        let mut followers: Vec<Follower> = Vec::new();
        for _ in 0..300 {
            match rng.below(12) {
                0 => {
                    let from = rng.below(store.revision() + 1);
                    match store.watch(Kind::ConfigMap, from) {
                        Ok(watch) => {
                            assert!(from >= past.compacted);
                            let state = past.states[from as usize].clone();
                            followers.push(Follower { watch, state, revision: from });
                        }
                        Err(compacted) => {
                            assert!(from < past.compacted);
                            assert_eq!(compacted, Compacted { oldest: past.compacted });
                        }
                    }
                }
                1 if rng.below(5) == 0 => {
                    past.compacted = past.compacted.max(rng.below(store.revision() + 1));
                    store.compact(past.compacted);
                }
                2 if !followers.is_empty() => {
                    let index = rng.below(followers.len() as u64) as usize;
                    followers[index].drain();
                }
                _ => random_write(&rng, &store, &by, &mut past),
            }
        }
        let now = past.states.last().unwrap();
        let (listed, revision) = store.list(Kind::ConfigMap, None);
        assert_eq!(revision, store.revision());
        let listed: Vec<_> = listed.iter().map(|o| ((o.namespace().to_owned(), o.name().to_owned()), value_of(o))).collect();
        assert_eq!(listed, now.clone().into_iter().collect::<Vec<_>>());
        assert_eq!(store.list(Kind::ConfigMap, Some("a")).0.len(), now.keys().filter(|(ns, _)| ns == "a").count());
        for follower in &mut followers {
            follower.drain();
            assert_eq!(&follower.state, now, "a watcher that saw everything holds what is stored");
        }
    }
}
