//! What happened, who did it, and because of what.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::Time;

/// How many events are kept; older ones are forgotten, but still count in the digest.
const LIMIT_EVENTS: usize = 100_000;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEvent {
    /// Position in the trace, from 1.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// Who: `kubectl`, `kube-scheduler`, `kubelet/node-1`, ….
    pub actor: Rc<str>,
    /// The event this was a reaction to, if that is known.
    pub cause: Option<u64>,
    /// What.
    pub kind: TraceKind,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceKind {
    /// The store changed: `verb` is created, updated or deleted.
    Write { verb: &'static str, kind: &'static str, namespace: Rc<str>, name: Rc<str>, revision: u64 },
    /// A node's verdict on a pod by one scheduler plugin. `reason` is empty where the node passed.
    Verdict { pod: Rc<str>, node: Rc<str>, plugin: &'static str, reason: Rc<str> },
    /// A feasible node's scores for a pod, in all and by scheduler plugin (weights included).
    Score { pod: Rc<str>, node: Rc<str>, total: i64, by_plugin: Rc<[(&'static str, i64)]> },
    /// A request over the simulated network, when it was answered or failed: `source_port` is the caller's own port, `took`
    /// the time since it was sent.
    Request { from: Rc<str>, to: Rc<str>, port: u16, source_port: u16, label: Rc<str>, outcome: Rc<str>, took: Duration },
    /// A request that the API server answered at its REST edge. `command` is the kubectl command that made it, or the verb.
    ApiRequest {
        command: Rc<str>,
        method: &'static str,
        resource: Rc<str>,
        namespace: Rc<str>,
        name: Rc<str>,
        output: Rc<str>,
        container: Rc<str>,
        code: u16,
    },
    /// A process started or ended.
    Process { place: Rc<str>, pid: u32, what: Rc<str> },
    /// A command line that the learner entered.
    Command { terminal: u32, line: Rc<str> },
    /// Something was broken, or healed again. `what` is the fault in its own words: `network node-1`.
    Fault { what: Rc<str>, broken: bool },
    /// Anything else worth telling.
    Note { text: Rc<str> },
}

/// The record. Append-only, bounded.
#[derive(Default)]
pub struct Trace {
    events: RefCell<VecDeque<TraceEvent>>,
    next: Cell<u64>,
    digest: Cell<u64>,
}

impl Trace {
    /// Appends an event and returns its sequence number.
    pub fn record(&self, at: Time, actor: &Rc<str>, cause: Option<u64>, kind: TraceKind) -> u64 {
        let seq = self.next.get() + 1;
        self.next.set(seq);
        let event = TraceEvent { seq, at, actor: actor.clone(), cause, kind };
        self.digest.set(fold(self.digest.get(), &event));
        let mut events = self.events.borrow_mut();
        if events.len() >= LIMIT_EVENTS {
            events.pop_front();
        }
        events.push_back(event);
        seq
    }

    /// The events after `seq`, oldest first.
    pub fn since(&self, seq: u64) -> Vec<TraceEvent> {
        let events = self.events.borrow();
        let from = events.partition_point(|event| event.seq <= seq);
        events.range(from..).cloned().collect()
    }

    /// The event of this number, if it is still kept.
    pub fn get(&self, seq: u64) -> Option<TraceEvent> {
        let events = self.events.borrow();
        let first = events.front()?.seq;
        events.get(usize::try_from(seq.checked_sub(first)?).ok()?).cloned()
    }

    /// Shows each event after `seq`, oldest first, without copying it. The trace must not be written to meanwhile.
    pub fn visit_since(&self, seq: u64, mut see: impl FnMut(&TraceEvent)) {
        let events = self.events.borrow();
        let from = events.partition_point(|event| event.seq <= seq);
        events.range(from..).for_each(&mut see);
    }

    /// The last sequence number given.
    pub fn last_seq(&self) -> u64 {
        self.next.get()
    }

    /// A hash of every event so far: equal digests mean equal histories.
    pub fn digest(&self) -> u64 {
        self.digest.get()
    }
}

/// FNV-1a over the event's debug text; the text has no addresses and no floats, so it is the same on every target.
fn fold(digest: u64, event: &TraceEvent) -> u64 {
    let mut hash = if digest == 0 { 0xcbf2_9ce4_8422_2325 } else { digest };
    for byte in format!("{event:?}").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}
