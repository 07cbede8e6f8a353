//! Back-off limits per index: each index of a Job has its own count of failures. Models `backoff_utils.go` and
//! `indexed_job_utils.go` of `pkg/controller/job`.
//!
//! A pod knows how often its index had failed before. The last one that failed stays until its successor is made, so that
//! the count is not lost.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use super::finish::JobFailure;
use super::indexes::{format, index_of, parse};
use super::policy::Verdict;
use super::{FIRST_BACKOFF, Look, MAX_BACKOFF, is_held};
use crate::controllers::pods::{condition, is_active, phase, uid};

/// How often the pod's index had failed before it. Models `JobIndexFailureCountAnnotation`.
const FAILURES: &str = "batch.kubernetes.io/job-index-failure-count";
/// How often it had failed in a way that the pod failure policy ignores.
const IGNORED_FAILURES: &str = "batch.kubernetes.io/job-index-ignored-failure-count";

fn count(pod: &Pod, key: &str) -> i32 {
    pod.metadata.annotations.as_ref().and_then(|all| all.get(key)).and_then(|count| count.parse().ok()).unwrap_or(0)
}

fn failures(pod: &Pod) -> i32 {
    count(pod, FAILURES).saturating_add(count(pod, IGNORED_FAILURES))
}

/// When the pod ended: when its last container did. Models `getFinishedTime`.
fn finished_at(pod: &Pod) -> Option<Timestamp> {
    let status = pod.status.as_ref();
    let statuses = status.into_iter().flat_map(|status| status.container_statuses.iter().flatten());
    let ends = statuses.map(|status| Some(status.state.as_ref()?.terminated.as_ref()?.finished_at.as_ref()?.0));
    let last = ends.collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max());
    let unready = condition(pod, "Ready").filter(|ready| ready.status == "False").and_then(|ready| ready.last_transition_time.as_ref());
    let meta = &pod.metadata;
    last.or_else(|| unready.or(meta.deletion_timestamp.as_ref()).or(meta.creation_timestamp.as_ref()).map(|time| time.0))
}

impl Look<'_> {
    /// Whether the Job's indexes fail one by one.
    pub(super) fn counts_per_index(&self) -> bool {
        self.spec.backoff_limit_per_index.is_some() && self.is_indexed()
    }

    /// The indexes that are given up.
    pub(super) fn failed_indexes(&self) -> BTreeSet<i32> {
        self.job
            .status
            .as_ref()
            .and_then(|status| status.failed_indexes.as_deref())
            .map(|text| parse(text, self.completions()))
            .unwrap_or_default()
    }

    fn is_failed(&self, pod: &Pod) -> bool {
        let leaving = pod.metadata.deletion_timestamp.is_some() && phase(pod) != "Succeeded";
        phase(pod) == "Failed" || (leaving && self.spec.pod_replacement_policy.as_deref() != Some("Failed"))
    }

    /// Whether the pod's failure is one too many for its index. Models `isIndexFailed`.
    fn fails_index(&self, pod: &Pod, limit: i32) -> bool {
        self.is_failed(pod)
            && match self.verdict(pod) {
                Verdict::FailIndex => true,
                Verdict::Ignore => false,
                Verdict::Count | Verdict::FailJob(_) => count(pod, FAILURES) >= limit,
            }
    }

    /// Notes the indexes whose pods failed once too often, and which pods are to stay as their indexes are tried again.
    /// Models `calculateFailedIndexes` and `getPodsWithDelayedDeletionPerIndex`.
    pub(super) fn note_failed_indexes(&mut self) {
        let Some(limit) = self.spec.backoff_limit_per_index.filter(|_| self.counts_per_index()) else { return };
        let all = 0..self.completions();
        let indexed = self.pods.iter().filter_map(|pod| Some((index_of(pod).filter(|index| all.contains(index))?, pod.clone())));
        let indexed: Vec<(i32, Rc<Pod>)> = indexed.collect();
        let held: Vec<&(i32, Rc<Pod>)> = indexed.iter().filter(|(_, pod)| is_held(pod)).collect();
        let mut failed = self.failed_indexes();
        failed.extend(held.iter().filter(|(_, pod)| self.fails_index(pod, limit)).map(|(index, _)| index));
        let mut settled = self.completed_indexes();
        settled.extend(indexed.iter().filter(|(_, pod)| is_active(pod) || phase(pod) == "Succeeded").map(|(index, _)| index));
        settled.extend(&failed);
        let mut last: BTreeMap<i32, Rc<Pod>> = BTreeMap::new();
        for (index, pod) in held.into_iter().filter(|(index, pod)| !settled.contains(index) && self.is_failed(pod)) {
            let rank = |pod: &Pod| (failures(pod), finished_at(pod));
            if last.get(index).is_none_or(|known| rank(known) <= rank(pod)) {
                last.insert(*index, pod.clone());
            }
        }
        self.last_failed = last;
        let text = format(&failed);
        self.status().failed_indexes = Some(text);
    }

    /// Whether the pod stays uncounted until its index has a new one.
    pub(super) fn awaits_successor(&self, pod: &Pod) -> bool {
        self.last_failed.values().any(|last| uid(&last.metadata) == uid(&pod.metadata))
    }

    /// Why the indexes fail the Job, if they do.
    pub(super) fn failed_by_indexes(&self) -> Option<JobFailure> {
        let failed = self.failed_indexes().len();
        let number = |limit: i32| usize::try_from(limit).unwrap_or(0);
        if failed == 0 || !self.counts_per_index() {
            return None;
        }
        if self.spec.max_failed_indexes.is_some_and(|most| failed > number(most)) {
            let message = "Job has exceeded the specified maximal number of failed indexes";
            return Some(JobFailure::new("MaxFailedIndexesExceeded", message));
        }
        let all_done = failed + self.completed_indexes().len() >= number(self.completions());
        all_done.then(|| JobFailure::new("FailedIndexes", "Job has failed indexes"))
    }

    /// Which of the indexes may be tried now, and how long the first of the others has to wait.
    /// Models `getPodCreationInfoForIndependentIndexes`.
    pub(super) fn ready_indexes(&self, indexes: Vec<i32>) -> (Vec<i32>, Option<Duration>) {
        let now = self.client.sim().timestamp();
        let left = |index: &i32| -> Duration {
            let Some(last) = self.last_failed.get(index) else { return Duration::ZERO };
            let doubled = 1 << failures(last).clamp(0, 10);
            let passed = finished_at(last).and_then(|at| Duration::try_from(now.duration_since(at)).ok()).unwrap_or_default();
            FIRST_BACKOFF.saturating_mul(doubled).min(MAX_BACKOFF).saturating_sub(passed)
        };
        let (ready, waiting): (Vec<i32>, Vec<i32>) = indexes.into_iter().partition(|index| left(index).is_zero());
        (ready, waiting.iter().map(left).min())
    }

    /// Tells a new pod how often its index has failed. Models `addIndexFailureCountAnnotation`.
    pub(super) fn tell_failures(&self, pod: &mut Pod, index: i32) {
        if !self.counts_per_index() {
            return;
        }
        let (mut counted, mut ignored) = (0, 0);
        if let Some(last) = self.last_failed.get(&index) {
            (counted, ignored) = (count(last, FAILURES), count(last, IGNORED_FAILURES));
            let more = if matches!(self.verdict(last), Verdict::Ignore) { &mut ignored } else { &mut counted };
            *more = more.saturating_add(1);
        }
        let annotations = pod.metadata.annotations.get_or_insert_default();
        annotations.insert(FAILURES.to_owned(), counted.to_string());
        if ignored > 0 {
            annotations.insert(IGNORED_FAILURES.to_owned(), ignored.to_string());
        }
    }
}
