//! The window of past changes that watches can start from.

use std::collections::VecDeque;
use std::rc::Rc;

use super::{Change, Compacted};

/// How many changes are kept. A client lists and watches within an instant; the window is for those that come back
/// with a revision they got before (etcd keeps five minutes, the API server's watch cache 100 to 102,400 events).
const LIMIT_HISTORY_CHANGES: usize = 10_000;

/// The last changes, one a revision, without gaps.
#[derive(Default)]
pub(super) struct History {
    changes: VecDeque<Rc<Change>>,
    compacted: u64,
}

impl History {
    pub(super) fn push(&mut self, change: Rc<Change>) {
        if self.changes.len() >= LIMIT_HISTORY_CHANGES
            && let Some(oldest) = self.changes.pop_front()
        {
            self.compacted = oldest.revision;
        }
        self.changes.push_back(change);
    }

    /// The changes above revision `from`, oldest first.
    pub(super) fn after(&self, from: u64) -> Result<impl Iterator<Item = &Rc<Change>>, Compacted> {
        if from < self.compacted {
            return Err(Compacted { oldest: self.compacted });
        }
        let start = self.changes.partition_point(|change| change.revision <= from);
        Ok(self.changes.range(start..))
    }

    /// Every change that is kept, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Rc<Change>> {
        self.changes.iter()
    }

    pub(super) fn compact(&mut self, to: u64) {
        let kept = self.changes.partition_point(|change| change.revision <= to);
        self.changes.drain(..kept);
        self.compacted = self.compacted.max(to);
    }
}
