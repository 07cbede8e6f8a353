//! Indexed Jobs: each completion has its number. Models `job/indexed_job_utils.go`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;

use super::Look;
use crate::api::well_known::JOB_COMPLETION_INDEX;
use crate::controllers::pods::{is_terminating, phase};
use crate::controllers::replicas::ranking::to_delete;

/// The most indexes that are read from a status: anybody may write one with two billion. A Job with more has to have
/// few pods at once, and does not get there in a simulation.
const LIMIT_INDEXES: usize = 100_000;
/// How much of a generated name is not chance. Models `MaxGeneratedNameLength`.
const MAX_GENERATED_NAME: usize = 58;

/// The pod's number. Anybody may change the annotation: no Job has negative ones, or one that another could not follow.
pub(super) fn index_of(pod: &Pod) -> Option<i32> {
    pod.metadata.annotations.as_ref()?.get(JOB_COMPLETION_INDEX)?.parse().ok().filter(|index| (0..i32::MAX).contains(index))
}

/// Reads `0,2-4` as far as it is well-formed, and no index from `completions` on.
pub(super) fn parse(text: &str, completions: i32) -> BTreeSet<i32> {
    let range = |part: &str| -> Option<(i32, i32)> {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    let ranges = text.split(',').map_while(range);
    let all = ranges.flat_map(|(first, last)| first.max(0)..last.saturating_add(1).min(completions));
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

    pub(super) fn completions(&self) -> i32 {
        self.spec.completions.unwrap_or(0)
    }

    pub(super) fn completed_indexes(&self) -> BTreeSet<i32> {
        let text = self.job.status.as_ref().and_then(|status| status.completed_indexes.as_deref());
        parse(text.unwrap_or_default(), self.completions())
    }

    /// Notes that the pods' indexes are done. The status tells of no index beyond the last one: there may be fewer than
    /// there were.
    pub(super) fn complete_indexes(&mut self, pods: &[Rc<Pod>]) {
        if !self.is_indexed() {
            return;
        }
        let mut done = self.completed_indexes();
        let succeeded = pods.iter().filter(|pod| phase(pod) == "Succeeded").filter_map(|pod| index_of(pod));
        done.extend(succeeded.filter(|index| *index < self.completions()));
        let number = i32::try_from(done.len()).unwrap_or(i32::MAX);
        let status = self.status();
        status.completed_indexes = Some(format(&done)).filter(|text| !text.is_empty());
        status.succeeded = Some(number).filter(|number| *number > 0);
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
        Some(first_free(&taken, number, self.completions()))
    }

    /// The active pods that are too many, or in the wrong place. Models `activePodsForRemoval`.
    pub(super) fn surplus(&self, active: &[Rc<Pod>], wanted: usize) -> Vec<Rc<Pod>> {
        let now = self.client.sim().timestamp();
        let (mut go, stay) = if self.is_indexed() { sort_out(active, self.completions(), now) } else { (Vec::new(), active.to_vec()) };
        let more = active.len().saturating_sub(wanted).saturating_sub(go.len());
        go.extend(to_delete(&stay, &[], more, now));
        go
    }
}

fn first_free(taken: &BTreeSet<i32>, number: usize, completions: i32) -> Vec<i32> {
    (0..completions).filter(|index| !taken.contains(index)).take(number).collect()
}

/// Pods that go (without an index, beyond the last one, all but one of an index), and pods that stay.
/// Models `appendDuplicatedIndexPodsForRemoval`.
fn sort_out(active: &[Rc<Pod>], completions: i32, now: Timestamp) -> (Vec<Rc<Pod>>, Vec<Rc<Pod>>) {
    let mut by_index: BTreeMap<Option<i32>, Vec<Rc<Pod>>> = BTreeMap::new();
    for pod in active {
        by_index.entry(index_of(pod)).or_default().push(pod.clone());
    }
    let (mut go, mut stay) = (Vec::new(), Vec::new());
    for (index, pods) in by_index {
        if index.is_none_or(|index| index >= completions) {
            go.extend(pods);
            continue;
        }
        let mut pods = to_delete(&pods, &[], pods.len(), now);
        stay.extend(pods.pop());
        go.extend(pods);
    }
    (go, stay)
}

/// What the names of an index's pods begin with. Models `podGenerateNameWithIndex`.
pub(super) fn generate_name(job: &str, index: i32) -> String {
    let tail = format!("-{index}-");
    let head: String = job.chars().take(MAX_GENERATED_NAME.saturating_sub(tail.len())).collect();
    head + &tail
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::batch::v1::SuccessPolicyRule;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::controllers::job::policy::is_met;

    #[test]
    fn indexes_are_written_as_ranges() {
        let parse = |text: &str| parse(text, i32::MAX);
        let indexes = parse("0,2-4,6,7");
        assert_eq!(format(&indexes), "0,2-4,6,7");
        assert_eq!(indexes.len(), 6);
        assert_eq!(parse("0,2-4"), [0, 2, 3, 4].into());
        assert_eq!(parse(""), BTreeSet::new());
        assert_eq!(parse("0-2147483647").len(), LIMIT_INDEXES);
        assert_eq!(format(&parse("2147483646-2147483647")), "2147483646");
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Facts {
        read: Vec<String>,
        next: Vec<String>,
        go: Vec<String>,
        enough: Vec<String>,
        names: Vec<String>,
    }

    fn pods(words: &str) -> Vec<Rc<Pod>> {
        let pod = |word: &str| {
            let (index, state) = word.split_once(':').unwrap_or((word, "R"));
            let annotations = (index != "none").then(|| json!({JOB_COMPLETION_INDEX: index}));
            let phase = if state == "R" { "Running" } else { "Pending" };
            let pod = json!({"metadata": {"name": word, "annotations": annotations}, "status": {"phase": phase}});
            Rc::new(serde_json::from_value(pod).unwrap())
        };
        words.split_whitespace().map(pod).collect()
    }

    fn sides(row: &str) -> [&str; 3] {
        let (given, expected) = row.split_once("->").unwrap();
        let (given, completions) = given.rsplit_once('/').unwrap();
        [given, completions, expected].map(str::trim)
    }

    fn rule(text: &str) -> SuccessPolicyRule {
        let words: Vec<&str> = text.split_whitespace().collect();
        let count = words.iter().find_map(|word| word.strip_prefix('x')).map(|count| count.parse().unwrap());
        let indexes = words.iter().find(|word| !word.starts_with('x')).map(|word| word.trim_matches('\'').to_owned());
        SuccessPolicyRule { succeeded_count: count, succeeded_indexes: indexes }
    }

    #[test]
    fn indexes_are_as_the_real_controller_has_them() {
        let facts: Facts = serde_yaml::from_str(include_str!("../../../tests/facts/job-indexes.yaml")).unwrap();
        for row in &facts.read {
            let [text, completions, expected] = sides(row);
            assert_eq!(format(&parse(text, completions.parse().unwrap())), expected, "{row}");
        }
        for row in &facts.next {
            let [given, completions, expected] = sides(row);
            let [done, active, number] = given.split(';').collect::<Vec<_>>()[..] else { panic!("{row}") };
            let completions = completions.parse().unwrap();
            let mut taken = parse(done.trim(), completions);
            taken.extend(pods(active).iter().filter_map(|pod| index_of(pod)));
            let found = first_free(&taken, number.trim().parse().unwrap(), completions);
            assert_eq!(found.iter().map(i32::to_string).collect::<Vec<_>>().join(" "), expected, "{row}");
        }
        for row in &facts.go {
            let [given, completions, expected] = sides(row);
            let (go, stay) = sort_out(&pods(given), completions.parse().unwrap(), Timestamp::UNIX_EPOCH);
            let text = |pods: &[Rc<Pod>]| pods.iter().filter_map(|pod| pod.metadata.name.clone()).collect::<Vec<_>>().join(" ");
            assert_eq!(format!("{} | {}", text(&go), text(&stay)), expected, "{row}");
        }
        for row in &facts.enough {
            let (given, expected) = row.split_once(" -> ").unwrap();
            let (done, rules) = given.split_once('|').unwrap();
            let done = parse(done.trim(), 10);
            let found = rules.split(';').position(|text| is_met(&rule(text), &done, 10));
            assert_eq!(found.map_or("no".to_owned(), |found| found.to_string()), expected, "{row}");
        }
        for row in &facts.names {
            let [job, index, expected] = sides(row);
            assert_eq!(generate_name(job, index.parse().unwrap()), expected, "{row}");
        }
    }
}
