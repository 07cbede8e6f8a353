//! Objects that a controller has to look at. Models `k8s.io/client-go/util/workqueue`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::sim::Time;

/// Namespace and name; the namespace is empty where the kind has none.
pub type Name = (String, String);

/// How soon a controller looks at the same object again. A real worker takes about as long for its calls, and what
/// happens meanwhile is looked at together.
const WORK_TIME: Duration = Duration::from_millis(2);

struct Entry {
    due: (Time, u64),
    cause: u64,
}

/// Names, each at most once, in the order in which they are due.
#[derive(Default)]
pub struct WorkQueue {
    due: BTreeMap<(Time, u64), Name>,
    entries: BTreeMap<Name, Entry>,
    done: BTreeMap<Name, Time>,
    next_seq: u64,
}

impl WorkQueue {
    /// Looks at `name` as soon as possible, because of trace event `cause` (0 where none is known).
    pub fn add(&mut self, name: Name, now: Time, cause: u64) {
        let earliest = self.done.get(&name).map_or(now, |done| (*done + WORK_TIME).max(now));
        self.add_at(name, earliest, cause);
    }

    /// Looks at `name` at the latest at `at`.
    pub fn add_at(&mut self, name: Name, at: Time, cause: u64) {
        self.next_seq += 1;
        let mut due = (at, self.next_seq);
        let mut cause = cause;
        if let Some(known) = self.entries.remove(&name) {
            self.due.remove(&known.due);
            due = due.min(known.due);
            cause = if cause == 0 { known.cause } else { cause };
        }
        self.due.insert(due, name.clone());
        self.entries.insert(name, Entry { due, cause });
    }

    /// The next name that is due, and why.
    pub fn pop(&mut self, now: Time) -> Option<(Name, u64)> {
        let (due, _) = self.due.first_key_value().filter(|((at, _), _)| *at <= now)?;
        let due = *due;
        let name = self.due.remove(&due)?;
        let entry = self.entries.remove(&name)?;
        self.done.insert(name.clone(), now);
        Some((name, entry.cause))
    }

    /// Forgets an object that is gone.
    pub fn forget(&mut self, name: &Name) {
        self.done.remove(name);
    }

    /// When the next name is due.
    pub fn next_due(&self) -> Option<Time> {
        self.due.keys().next().map(|(at, _)| *at)
    }
}
