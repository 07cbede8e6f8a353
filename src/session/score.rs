//! The score: the learner's commands, and the states that each pod went through, written down as they happen.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Event, Pod};

use super::picture::pod_state;
use super::view::{CommandMark, EventMark, PodTrack, Span, State, TerminalId, TimelineView};
use crate::client::{Client, WatchEvent};
use crate::sim::{Sim, TraceKind};

/// Pods whose past is kept; the oldest deleted ones go first.
const LIMIT_PODS: usize = 2_000;
/// Commands that are kept.
const LIMIT_COMMANDS: usize = 5_000;
/// Events that are kept.
const LIMIT_EVENTS: usize = 1_000;

/// What has been played so far. A cheap handle.
#[derive(Clone)]
pub struct Score(Rc<Inner>);

struct Inner {
    sim: Sim,
    pods: RefCell<Vec<PodTrack>>,
    /// Where each living pod stands in `pods`, by uid.
    rows: RefCell<BTreeMap<String, usize>>,
    commands: RefCell<Vec<CommandMark>>,
    /// The trace up to here has been read for commands.
    read: RefCell<u64>,
    /// Grows with every change of a pod that is not the system's.
    changes: Cell<u64>,
    events: RefCell<Vec<EventMark>>,
}

impl Score {
    /// Begins to write down what happens to pods.
    pub fn follow(client: &Client) -> Score {
        let sim = client.sim().clone();
        let score = Score(Rc::new(Inner {
            sim: sim.clone(),
            pods: RefCell::default(),
            rows: RefCell::default(),
            commands: RefCell::default(),
            read: RefCell::default(),
            changes: Cell::default(),
            events: RefCell::default(),
        }));
        let (mut watch, scribe) = (client.watch::<Pod>(), score.clone());
        sim.spawn(async move {
            loop {
                match watch.next().await {
                    WatchEvent::Applied { object, .. } => scribe.applied(&object),
                    WatchEvent::Deleted { object, .. } => scribe.deleted(&object),
                }
            }
        });
        let (mut watch, scribe) = (client.watch::<Event>(), score.clone());
        sim.spawn(async move {
            loop {
                if let WatchEvent::Applied { object, .. } = watch.next().await {
                    scribe.told(&object);
                }
            }
        });
        score
    }

    fn told(&self, event: &Event) {
        let about = &event.involved_object;
        if about.namespace.as_deref() == Some("kube-system") {
            return;
        }
        let mut events = self.0.events.borrow_mut();
        events.push(EventMark {
            at_ms: self.0.sim.now().as_millis(),
            reason: event.reason.clone().unwrap_or_default(),
            about: format!("{}/{}", about.kind.as_deref().unwrap_or_default(), about.name.as_deref().unwrap_or_default()),
            warning: event.type_.as_deref() == Some("Warning"),
        });
        let surplus = events.len().saturating_sub(LIMIT_EVENTS);
        events.drain(..surplus);
    }

    /// Grows with every change of a pod that is not the system's.
    pub fn changes(&self) -> u64 {
        self.0.changes.get()
    }

    fn count_change(&self, pod: &Pod) {
        if pod.metadata.namespace.as_deref() != Some("kube-system") {
            self.0.changes.set(self.0.changes.get() + 1);
        }
    }

    fn applied(&self, pod: &Pod) {
        self.count_change(pod);
        let meta = &pod.metadata;
        let uid = meta.uid.clone().unwrap_or_default();
        let (state, now) = (pod_state(pod), self.0.sim.now().as_millis());
        let known = self.0.rows.borrow().get(&uid).copied();
        let mut pods = self.0.pods.borrow_mut();
        let row = known.unwrap_or_else(|| {
            pods.push(PodTrack {
                uid: uid.clone(),
                namespace: meta.namespace.clone().unwrap_or_default(),
                name: meta.name.clone().unwrap_or_default(),
                spans: Vec::new(),
            });
            self.0.rows.borrow_mut().insert(uid, pods.len() - 1);
            pods.len() - 1
        });
        if let Some(track) = pods.get_mut(row) {
            turn(track, state, now);
        }
        drop(pods);
        self.forget_oldest();
    }

    fn deleted(&self, pod: &Pod) {
        self.count_change(pod);
        let uid = pod.metadata.uid.clone().unwrap_or_default();
        let Some(row) = self.0.rows.borrow_mut().remove(&uid) else { return };
        let now = self.0.sim.now().as_millis();
        if let Some(last) = self.0.pods.borrow_mut().get_mut(row).and_then(|track| track.spans.last_mut()) {
            last.to_ms = Some(now);
        }
    }

    fn forget_oldest(&self) {
        let mut pods = self.0.pods.borrow_mut();
        if pods.len() <= LIMIT_PODS {
            return;
        }
        let mut rows = self.0.rows.borrow_mut();
        if let Some(gone) = pods.iter().position(|track| !rows.contains_key(&track.uid)) {
            pods.remove(gone);
            rows.values_mut().filter(|row| **row > gone).for_each(|row| *row -= 1);
        }
    }

    /// All of it, up to now.
    pub fn view(&self) -> TimelineView {
        self.read_commands();
        TimelineView {
            now_ms: self.0.sim.now().as_millis(),
            commands: self.0.commands.borrow().clone(),
            pods: self.0.pods.borrow().clone(),
            events: self.0.events.borrow().clone(),
        }
    }

    fn read_commands(&self) {
        let mut read = self.0.read.borrow_mut();
        let mut commands = self.0.commands.borrow_mut();
        let from = *read;
        self.0.sim.trace().visit_since(from, |event| {
            *read = event.seq;
            let (terminal, line) = match &event.kind {
                TraceKind::Command { terminal, line } if !line.trim().is_empty() => (*terminal, line.to_string()),
                TraceKind::Fault { what, broken } => (0, format!("fault {}{what}", if *broken { "" } else { "heal " })),
                _ => return,
            };
            // A fault that was typed is told by its line.
            if commands.last().is_some_and(|last| last.line == line && line.starts_with("fault ")) {
                return;
            }
            commands.push(CommandMark { at_ms: event.at.as_millis(), line, terminal: TerminalId(terminal) });
        });
        let surplus = commands.len().saturating_sub(LIMIT_COMMANDS);
        commands.drain(..surplus);
    }
}

/// A pod's state is `state` from now on.
fn turn(track: &mut PodTrack, state: State, now: u64) {
    if let Some(last) = track.spans.last_mut() {
        if last.state == state {
            return;
        }
        last.to_ms = Some(now);
    }
    track.spans.push(Span { state, from_ms: now, to_ms: None });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_states_make_one_span() {
        let mut track = PodTrack::default();
        turn(&mut track, State::Making, 10);
        turn(&mut track, State::Making, 20);
        turn(&mut track, State::Running, 30);
        let span = |state, from_ms, to_ms| Span { state, from_ms, to_ms };
        assert_eq!(track.spans, [span(State::Making, 10, Some(30)), span(State::Running, 30, None)]);
    }
}
