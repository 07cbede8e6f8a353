//! Indexed Jobs: each completion has its number. Models `job/indexed_job_utils.go`.

use std::collections::BTreeSet;
use std::rc::Rc;

use k8s_openapi::api::core::v1::Pod;

use super::Look;
use crate::api::well_known::JOB_COMPLETION_INDEX;
use crate::controllers::pods::is_terminating;

/// The most indexes that are read from a status: anybody may write one with two billion. A Job with more has to have
/// few pods at once, and does not get there in a simulation.
const LIMIT_INDEXES: usize = 100_000;

/// The pod's number. Anybody may change the annotation: no Job has negative ones, or one that another could not follow.
pub(super) fn index_of(pod: &Pod) -> Option<i32> {
    pod.metadata.annotations.as_ref()?.get(JOB_COMPLETION_INDEX)?.parse().ok().filter(|index| (0..i32::MAX).contains(index))
}

/// Reads `0,2-4`.
pub(super) fn parse(text: &str) -> BTreeSet<i32> {
    let range = |part: &str| -> Option<(i32, i32)> {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    let all = text.split(',').filter_map(range).flat_map(|(first, last)| first.max(0)..last.saturating_add(1));
    all.take(LIMIT_INDEXES).collect()
}

/// Writes `0,2-4`.
pub(super) fn format(indexes: &BTreeSet<i32>) -> String {
    let mut ranges: Vec<(i32, i32)> = Vec::new();
    for index in indexes {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*index) => *last = *index,
            _ => ranges.push((*index, *index)),
        }
    }
    let text = |(first, last): &(i32, i32)| match last.saturating_sub(*first) {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

impl Look<'_> {
    pub(super) fn is_indexed(&self) -> bool {
        self.spec.completion_mode.as_deref() == Some("Indexed")
    }

    pub(super) fn completed_indexes(&self) -> BTreeSet<i32> {
        self.job.status.as_ref().and_then(|status| status.completed_indexes.as_deref()).map(parse).unwrap_or_default()
    }

    /// Notes that the pod's index is done.
    pub(super) fn complete_index(&mut self, pod: &Pod) {
        let Some(index) = index_of(pod).filter(|_| self.is_indexed()) else { return };
        let mut done = self.completed_indexes();
        done.insert(index);
        let (text, number) = (format(&done), i32::try_from(done.len()).unwrap_or(i32::MAX));
        let status = self.status();
        status.completed_indexes = Some(text);
        status.succeeded = Some(number);
    }

    /// The first `number` indexes that are neither done, nor given up, nor being worked on; `None` where the Job is not indexed.
    pub(super) fn free_indexes(&self, active: &[Rc<Pod>], number: usize) -> Option<Vec<i32>> {
        if !self.is_indexed() {
            return None;
        }
        let mut taken = self.completed_indexes();
        taken.extend(self.failed_indexes());
        taken.extend(active.iter().filter_map(|pod| index_of(pod)));
        if self.replaces_failed_only() {
            taken.extend(self.pods.iter().filter(|pod| is_terminating(pod)).filter_map(|pod| index_of(pod)));
        }
        Some((0..self.spec.completions.unwrap_or(0)).filter(|index| !taken.contains(index)).take(number).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_written_as_ranges() {
        let indexes = parse("0,2-4,6,7");
        assert_eq!(format(&indexes), "0,2-4,6,7");
        assert_eq!(indexes.len(), 6);
        assert_eq!(parse("0,2-4"), [0, 2, 3, 4].into());
        assert_eq!(parse(""), BTreeSet::new());
        assert_eq!(parse("0-2147483647").len(), LIMIT_INDEXES);
        assert_eq!(format(&parse("2147483646-2147483647")), "2147483646");
    }
}
