//! Which waiting pod comes first. Models `plugins/queuesort.PrioritySort`.

use std::cmp::Reverse;

use crate::scheduler::framework::PodInfo;
use crate::sim::Time;

/// Sorts pods as they are to be tried: the higher priority first, then the one that has waited longer. `seq` is the
/// order of arrival within one instant.
pub type SortKey = (Reverse<i32>, Time, u64);

/// The place of a pod that has waited since `queued`.
pub fn key(pod: &PodInfo, queued: Time, seq: u64) -> SortKey {
    (Reverse(pod.priority()), queued, seq)
}
