//! Pods are near to or away from other pods. Models `plugins/interpodaffinity`.

use std::collections::BTreeMap;

use super::super::framework::{
    AffinityTerm, ClusterEvent, MAX_NODE_SCORE, NodeFilter, NodeInfo, Plugin, PodInfo, PreFilter, Rejection, Scorer, Snapshot,
};

/// See the module.
pub struct InterPodAffinity;

const NAME: &str = "InterPodAffinity";
/// What an existing pod's required affinity to the new pod counts in scores. Models `HardPodAffinityWeight`.
const HARD_POD_AFFINITY_WEIGHT: i64 = 1;

impl Plugin for InterPodAffinity {
    fn name(&self) -> &'static str {
        NAME
    }

    fn weight(&self) -> i64 {
        2
    }

    fn pre_filter<'a>(&self, pod: &'a PodInfo, snapshot: &'a Snapshot) -> PreFilter<'a> {
        let filter = Filter::new(pod, snapshot);
        let own = !(pod.required_affinity.is_empty() && pod.required_anti_affinity.is_empty());
        if !own && filter.existing_anti.0.is_empty() { PreFilter::Skip } else { PreFilter::Filter(Box::new(filter)) }
    }

    fn pre_score<'a>(&self, pod: &'a PodInfo, snapshot: &'a Snapshot, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Scorer + 'a>> {
        let score = Score::new(pod, snapshot);
        if score.0.0.is_empty() { None } else { Some(Box::new(score)) }
    }

    fn may_help(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let own_terms = || pod.required_affinity.iter().chain(&pod.required_anti_affinity);
        // The namespaces' labels are not at hand here: a selector of namespaces counts as matching.
        let anywhere = BTreeMap::new();
        let about = |other: &PodInfo| {
            own_terms().any(|term| term.matches(&other.pod, Some(&anywhere)))
                || other.required_anti_affinity.iter().any(|term| term.matches(&pod.pod, Some(&anywhere)))
        };
        match event {
            ClusterEvent::NodeAdded(_) | ClusterEvent::OwnUpdate(_) | ClusterEvent::NamespaceUpdated => true,
            ClusterEvent::NodeUpdated(old, new) => old.metadata.labels != new.metadata.labels,
            ClusterEvent::PodAssigned(other) => pod.required_affinity.iter().any(|term| term.matches(&other.pod, Some(&anywhere))),
            ClusterEvent::AssignedPodDeleted(other) => about(other),
            ClusterEvent::AssignedPodUpdated(old, new) => old.pod.metadata.labels != new.pod.metadata.labels,
            ClusterEvent::NodeDeleted => false,
        }
    }
}

/// Sums by topology key and value. Models `topologyToMatchedTermCount` and `scoreMap`.
#[derive(Clone, Default)]
struct Sums(BTreeMap<String, BTreeMap<String, i64>>);

impl Sums {
    fn add(&mut self, key: &str, node: &NodeInfo, by: i64) {
        let Some(value) = node.label(key) else { return };
        if let Some(values) = self.0.get_mut(key) {
            *values.entry(value.to_owned()).or_default() += by;
        } else {
            self.0.insert(key.to_owned(), BTreeMap::from([(value.to_owned(), by)]));
        }
    }

    fn get(&self, key: &str, value: &str) -> i64 {
        self.0.get(key).and_then(|values| values.get(value)).copied().unwrap_or(0)
    }

    fn is_all_zero(&self) -> bool {
        self.0.values().flat_map(BTreeMap::values).all(|count| *count == 0)
    }
}

#[derive(Clone)]
struct Filter<'a> {
    pod: &'a PodInfo,
    snapshot: &'a Snapshot,
    /// Where existing pods want the new pod away.
    existing_anti: Sums,
    /// Where pods are that the new pod must be near; each counts only if it meets every term.
    affinity: Sums,
    /// Where pods are that the new pod must be away from.
    anti: Sums,
}

impl<'a> Filter<'a> {
    fn new(pod: &'a PodInfo, snapshot: &'a Snapshot) -> Filter<'a> {
        let mut filter = Filter { pod, snapshot, existing_anti: Sums::default(), affinity: Sums::default(), anti: Sums::default() };
        let own = !(pod.required_affinity.is_empty() && pod.required_anti_affinity.is_empty());
        if !own && snapshot.pods_with_required_anti_affinity() == 0 {
            return filter;
        }
        for node in snapshot.nodes() {
            if !own && node.pods_with_required_anti_affinity == 0 {
                continue;
            }
            for other in &node.pods {
                filter.change(other, node, 1);
            }
        }
        filter
    }

    fn change(&mut self, other: &PodInfo, node: &NodeInfo, by: i64) {
        let own_labels = self.snapshot.namespace_labels(self.pod.namespace());
        for term in &other.required_anti_affinity {
            if term.matches(&self.pod.pod, own_labels) {
                self.existing_anti.add(&term.topology_key, node, by);
            }
        }
        let labels = self.snapshot.namespace_labels(other.namespace());
        let terms = &self.pod.required_affinity;
        if !terms.is_empty() && terms.iter().all(|term| term.matches(&other.pod, labels)) {
            for term in terms {
                self.affinity.add(&term.topology_key, node, by);
            }
        }
        for term in &self.pod.required_anti_affinity {
            if term.matches(&other.pod, labels) {
                self.anti.add(&term.topology_key, node, by);
            }
        }
    }

    /// Models `satisfyPodAffinity`: the first of a group that wants to be near itself may go anywhere.
    fn is_near(&self, node: &NodeInfo) -> bool {
        let mut near = true;
        for term in &self.pod.required_affinity {
            let Some(value) = node.label(&term.topology_key) else { return false };
            near &= self.affinity.get(&term.topology_key, value) > 0;
        }
        near || (self.affinity.is_all_zero() && self.meets_own_terms())
    }

    fn meets_own_terms(&self) -> bool {
        let labels = self.snapshot.namespace_labels(self.pod.namespace());
        self.pod.required_affinity.iter().all(|term| term.matches(&self.pod.pod, labels))
    }

    fn is_away(&self, node: &NodeInfo) -> bool {
        let clashes =
            |term: &AffinityTerm| node.label(&term.topology_key).is_some_and(|value| self.anti.get(&term.topology_key, value) > 0);
        !self.pod.required_anti_affinity.iter().any(clashes)
    }

    fn is_welcome(&self, node: &NodeInfo) -> bool {
        let unwelcome = |(key, values): (&String, &BTreeMap<String, i64>)| {
            node.label(key).and_then(|value| values.get(value)).is_some_and(|count| *count > 0)
        };
        !self.existing_anti.0.iter().any(unwelcome)
    }
}

impl NodeFilter for Filter<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Rejection> {
        if !self.is_near(node) {
            return Err(Rejection::unresolvable(NAME, "node(s) didn't match pod affinity rules"));
        }
        if !self.is_away(node) {
            return Err(Rejection::unschedulable(NAME, "node(s) didn't match pod anti-affinity rules"));
        }
        if !self.is_welcome(node) {
            return Err(Rejection::unschedulable(NAME, "node(s) didn't satisfy existing pods anti-affinity rules"));
        }
        Ok(())
    }

    fn add_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        self.change(pod, node, 1);
    }

    fn remove_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        self.change(pod, node, -1);
    }

    fn fork(&self) -> Box<dyn NodeFilter + '_> {
        Box::new(self.clone())
    }
}

/// Points by place, of the new pod's preferences and of the existing pods'.
struct Score(Sums);

impl Score {
    fn new(pod: &PodInfo, snapshot: &Snapshot) -> Score {
        let mut score = Score(Sums::default());
        let prefers = !(pod.preferred_affinity.is_empty() && pod.preferred_anti_affinity.is_empty());
        if !prefers && snapshot.pods_with_affinity() == 0 {
            return score;
        }
        let own_labels = snapshot.namespace_labels(pod.namespace());
        for node in snapshot.nodes() {
            if !prefers && node.pods_with_affinity == 0 {
                continue;
            }
            for other in &node.pods {
                score.add_own_wishes(pod, other, node, snapshot);
                score.add_wishes_of(other, pod, node, own_labels);
            }
        }
        score
    }

    fn add_own_wishes(&mut self, pod: &PodInfo, other: &PodInfo, node: &NodeInfo, snapshot: &Snapshot) {
        let labels = snapshot.namespace_labels(other.namespace());
        let wishes = pod.preferred_affinity.iter().map(|wish| (wish, 1));
        for (wish, sign) in wishes.chain(pod.preferred_anti_affinity.iter().map(|wish| (wish, -1))) {
            if wish.term.matches(&other.pod, labels) {
                self.0.add(&wish.term.topology_key, node, sign * wish.weight);
            }
        }
    }

    fn add_wishes_of(&mut self, other: &PodInfo, pod: &PodInfo, node: &NodeInfo, labels: Option<&BTreeMap<String, String>>) {
        for term in &other.required_affinity {
            if term.matches(&pod.pod, labels) {
                self.0.add(&term.topology_key, node, HARD_POD_AFFINITY_WEIGHT);
            }
        }
        let wishes = other.preferred_affinity.iter().map(|wish| (wish, 1));
        for (wish, sign) in wishes.chain(other.preferred_anti_affinity.iter().map(|wish| (wish, -1))) {
            if wish.term.matches(&pod.pod, labels) {
                self.0.add(&wish.term.topology_key, node, sign * wish.weight);
            }
        }
    }
}

impl Scorer for Score {
    fn score(&self, node: &NodeInfo) -> i64 {
        let points = |(key, values): (&String, &BTreeMap<String, i64>)| values.get(node.label(key)?).copied();
        self.0.0.iter().filter_map(points).sum()
    }

    fn normalize(&self, _nodes: &[&NodeInfo], scores: &mut [i64]) {
        let lowest = scores.iter().copied().min().unwrap_or(0);
        let span = scores.iter().copied().max().unwrap_or(0) - lowest;
        for score in scores {
            let share = if span > 0 { MAX_NODE_SCORE as f64 * ((*score - lowest) as f64 / span as f64) } else { 0.0 };
            *score = share as i64;
        }
    }
}
