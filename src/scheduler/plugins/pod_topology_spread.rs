//! Pods are spread over zones, nodes or other places. Models `plugins/podtopologyspread`.

use std::cell::Cell;
use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, TopologySpreadConstraint};

use super::super::framework::{
    ClusterEvent, MAX_NODE_SCORE, NodeFilter, NodeInfo, Plugin, PodInfo, PreFilter, Rejection, RequiredNodeAffinity, Scorer, Snapshot,
    find_untolerated,
};
use super::default_selector::default_selector;
use crate::api::selector::{Operator, Requirement, Selector, from_label_selector};

/// See the module.
pub struct PodTopologySpread;

const NAME: &str = "PodTopologySpread";
const HOSTNAME: &str = "kubernetes.io/hostname";
/// What pods without constraints are given. Models `systemDefaultConstraints`.
const SYSTEM_DEFAULTS: [(&str, i32); 2] = [(HOSTNAME, 3), ("topology.kubernetes.io/zone", 5)];

impl Plugin for PodTopologySpread {
    fn name(&self) -> &'static str {
        NAME
    }

    fn weight(&self) -> i64 {
        2
    }

    fn pre_filter<'a>(&self, pod: &'a PodInfo, snapshot: &'a Snapshot) -> PreFilter<'a> {
        let constraints = own_constraints(pod, "DoNotSchedule");
        if constraints.is_empty() {
            return PreFilter::Skip;
        }
        PreFilter::Filter(Box::new(Filter::new(pod, snapshot, constraints)))
    }

    fn pre_score<'a>(&self, pod: &'a PodInfo, snapshot: &'a Snapshot, feasible: &[&'a NodeInfo]) -> Option<Box<dyn Scorer + 'a>> {
        let has_own = pod.pod.spec.as_ref().is_some_and(|spec| spec.topology_spread_constraints.iter().flatten().next().is_some());
        let constraints = if has_own { own_constraints(pod, "ScheduleAnyway") } else { system_defaults(pod, snapshot) };
        if constraints.is_empty() { None } else { Some(Box::new(Score::new(pod, snapshot, feasible, constraints, has_own))) }
    }

    fn may_help(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let constraints = own_constraints(pod, "DoNotSchedule");
        let about = |other: &PodInfo| other.namespace() == pod.namespace() && constraints.iter().any(|c| c.counts(other));
        let keys = |node: &Node| -> Vec<Option<String>> {
            let labels = node.metadata.labels.as_ref();
            constraints.iter().map(|constraint| labels.and_then(|labels| labels.get(&constraint.topology_key)).cloned()).collect()
        };
        match event {
            ClusterEvent::NodeAdded(node) => keys(node).iter().all(Option::is_some),
            ClusterEvent::NodeUpdated(old, new) => keys(old) != keys(new) || old.spec != new.spec,
            ClusterEvent::NodeDeleted | ClusterEvent::OwnUpdate(_) => true,
            ClusterEvent::PodAssigned(other) | ClusterEvent::AssignedPodDeleted(other) => about(other),
            ClusterEvent::AssignedPodUpdated(old, new) => about(old) != about(new),
            ClusterEvent::NamespaceUpdated => false,
        }
    }
}

/// A constraint, ready to be counted.
#[derive(Clone)]
struct Constraint {
    topology_key: String,
    max_skew: i64,
    min_domains: i64,
    selector: Selector,
    honor_affinity: bool,
    honor_taints: bool,
}

impl Constraint {
    fn new(pod: &PodInfo, spec: &TopologySpreadConstraint) -> Constraint {
        let selector = from_label_selector(spec.label_selector.as_ref()).unwrap_or_else(|_| Selector::nothing());
        let own = |key: &String| pod.pod.metadata.labels.as_ref().and_then(|labels| labels.get(key)).cloned();
        let keys = spec.match_label_keys.iter().flatten();
        let more: Vec<Requirement> = keys.filter_map(|key| Requirement::new(key, Operator::In, vec![own(key)?]).ok()).collect();
        Constraint {
            topology_key: spec.topology_key.clone(),
            max_skew: i64::from(spec.max_skew),
            min_domains: i64::from(spec.min_domains.unwrap_or(1)),
            selector: with(selector, more),
            honor_affinity: spec.node_affinity_policy.as_deref() != Some("Ignore"),
            honor_taints: spec.node_taints_policy.as_deref() == Some("Honor"),
        }
    }

    /// Whether the constraint counts a pod of the right namespace.
    fn counts(&self, pod: &PodInfo) -> bool {
        pod.pod.metadata.deletion_timestamp.is_none() && self.selector.matches_option(pod.pod.metadata.labels.as_ref())
    }

    /// How many pods of `namespace` on `node` count. Models `countPodsMatchSelector`.
    fn count(&self, node: &NodeInfo, namespace: &str) -> i64 {
        if self.selector.is_empty() {
            return 0;
        }
        node.pods.iter().filter(|pod| pod.namespace() == namespace && self.counts(pod)).count() as i64
    }

    /// Whether the node takes part. Models `matchNodeInclusionPolicies`.
    fn includes(&self, pod: &PodInfo, required: &RequiredNodeAffinity<'_>, node: &NodeInfo) -> bool {
        if self.honor_affinity && !required.matches(node) {
            return false;
        }
        !self.honor_taints || find_untolerated(&node.taints, pod.tolerations(), &["NoSchedule", "NoExecute"]).is_none()
    }
}

fn with(selector: Selector, more: Vec<Requirement>) -> Selector {
    if more.is_empty() || !selector.is_selectable() {
        return selector;
    }
    Selector::new(selector.requirements().iter().cloned().chain(more).collect())
}

fn own_constraints(pod: &PodInfo, action: &str) -> Vec<Constraint> {
    let all = pod.pod.spec.iter().flat_map(|spec| spec.topology_spread_constraints.iter().flatten());
    all.filter(|spec| spec.when_unsatisfiable == action).map(|spec| Constraint::new(pod, spec)).collect()
}

fn system_defaults(pod: &PodInfo, snapshot: &Snapshot) -> Vec<Constraint> {
    let selector = default_selector(pod, snapshot);
    if selector.is_empty() {
        return Vec::new();
    }
    let constraint = |(key, max_skew): (&str, i32)| Constraint {
        topology_key: key.to_owned(),
        max_skew: i64::from(max_skew),
        min_domains: 1,
        selector: selector.clone(),
        honor_affinity: true,
        honor_taints: false,
    };
    SYSTEM_DEFAULTS.map(constraint).into()
}

fn has_all_keys(node: &NodeInfo, constraints: &[Constraint]) -> bool {
    constraints.iter().all(|constraint| node.label(&constraint.topology_key).is_some())
}

/// A constraint with the pods counted in each place.
#[derive(Clone)]
struct Counted {
    constraint: Constraint,
    self_match: i64,
    by_place: BTreeMap<String, i64>,
    /// The fewest in a place; worked out when first asked for after a change.
    fewest: Cell<Option<i64>>,
}

impl Counted {
    fn global_minimum(&self) -> i64 {
        if (self.by_place.len() as i64) < self.constraint.min_domains {
            return 0;
        }
        let known = self.fewest.get();
        // Upstream starts from this when no place is eligible.
        let fewest = known.unwrap_or_else(|| self.by_place.values().copied().min().unwrap_or(i64::from(i32::MAX)));
        self.fewest.set(Some(fewest));
        fewest
    }

    fn add(&mut self, place: &str, count: i64) {
        match self.by_place.get_mut(place) {
            Some(sum) => *sum += count,
            None => {
                self.by_place.insert(place.to_owned(), count);
            }
        }
        self.fewest.set(None);
    }
}

#[derive(Clone)]
struct Filter<'a> {
    pod: &'a PodInfo,
    required: RequiredNodeAffinity<'a>,
    counted: Vec<Counted>,
}

impl<'a> Filter<'a> {
    fn new(pod: &'a PodInfo, snapshot: &Snapshot, constraints: Vec<Constraint>) -> Filter<'a> {
        let required = RequiredNodeAffinity::of(&pod.pod);
        let nodes: Vec<&NodeInfo> = snapshot.nodes().iter().filter(|node| has_all_keys(node, &constraints)).collect();
        let count = |constraint: Constraint| {
            let self_match = i64::from(constraint.selector.matches_option(pod.pod.metadata.labels.as_ref()));
            let mut counted = Counted { constraint, self_match, by_place: BTreeMap::new(), fewest: Cell::new(None) };
            for node in &nodes {
                if counted.constraint.includes(pod, &required, node)
                    && let Some(place) = node.label(&counted.constraint.topology_key)
                {
                    let count = counted.constraint.count(node, pod.namespace());
                    counted.add(place, count);
                }
            }
            counted
        };
        Filter { pod, required, counted: constraints.into_iter().map(count).collect() }
    }

    fn change(&mut self, other: &PodInfo, node: &NodeInfo, by: i64) {
        let all_keys = self.counted.iter().all(|counted| node.label(&counted.constraint.topology_key).is_some());
        if other.namespace() != self.pod.namespace() || !all_keys {
            return;
        }
        for counted in &mut self.counted {
            let counts = counted.constraint.selector.matches_option(other.pod.metadata.labels.as_ref());
            if counts
                && counted.constraint.includes(self.pod, &self.required, node)
                && let Some(place) = node.label(&counted.constraint.topology_key)
            {
                counted.add(place, by);
            }
        }
    }
}

impl NodeFilter for Filter<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Rejection> {
        for counted in &self.counted {
            let Some(place) = node.label(&counted.constraint.topology_key) else {
                let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
                return Err(Rejection::unresolvable(NAME, reason));
            };
            let here = counted.by_place.get(place).copied().unwrap_or(0);
            if here + counted.self_match - counted.global_minimum() > counted.constraint.max_skew {
                return Err(Rejection::unschedulable(NAME, "node(s) didn't match pod topology spread constraints"));
            }
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

/// A soft constraint with the pods counted in each place of a feasible node.
struct Weighed {
    constraint: Constraint,
    by_place: BTreeMap<String, i64>,
    /// Evens out that constraints have few or many places.
    weight: f64,
}

struct Score<'a> {
    pod: &'a PodInfo,
    /// Nodes without all the labels score nothing; default constraints take every node.
    require_all_keys: bool,
    weighed: Vec<Weighed>,
}

impl<'a> Score<'a> {
    fn new(pod: &'a PodInfo, snapshot: &Snapshot, feasible: &[&NodeInfo], constraints: Vec<Constraint>, require_all_keys: bool) -> Self {
        let takes_part = |node: &NodeInfo| !require_all_keys || has_all_keys(node, &constraints);
        let scored: Vec<&&NodeInfo> = feasible.iter().filter(|node| takes_part(node)).collect();
        let counted: Vec<&NodeInfo> = snapshot.nodes().iter().filter(|node| takes_part(node)).collect();
        let required = RequiredNodeAffinity::of(&pod.pod);
        let weigh = |constraint: &Constraint| {
            let mut by_place: BTreeMap<String, i64> = BTreeMap::new();
            let mut places = scored.len();
            if constraint.topology_key != HOSTNAME {
                let place = |node: &NodeInfo| node.label(&constraint.topology_key).unwrap_or_default().to_owned();
                by_place = scored.iter().map(|node| (place(node), 0)).collect();
                places = by_place.len();
                for node in counted.iter().filter(|node| constraint.includes(pod, &required, node)) {
                    if let Some(sum) = by_place.get_mut(node.label(&constraint.topology_key).unwrap_or_default()) {
                        *sum += constraint.count(node, pod.namespace());
                    }
                }
            }
            Weighed { constraint: constraint.clone(), by_place, weight: ((places + 2) as f64).ln() }
        };
        Score { pod, require_all_keys, weighed: constraints.iter().map(weigh).collect() }
    }

    fn ignores(&self, node: &NodeInfo) -> bool {
        self.require_all_keys && !self.weighed.iter().all(|weighed| node.label(&weighed.constraint.topology_key).is_some())
    }
}

impl Scorer for Score<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        if self.ignores(node) {
            return 0;
        }
        let of = |weighed: &Weighed| {
            let place = node.label(&weighed.constraint.topology_key)?;
            let count = match weighed.by_place.get(place) {
                Some(count) if weighed.constraint.topology_key != HOSTNAME => *count,
                _ => weighed.constraint.count(node, self.pod.namespace()),
            };
            Some(count as f64 * weighed.weight + (weighed.constraint.max_skew - 1) as f64)
        };
        self.weighed.iter().filter_map(of).sum::<f64>().round() as i64
    }

    fn normalize(&self, nodes: &[&NodeInfo], scores: &mut [i64]) {
        let ignored: Vec<bool> = nodes.iter().map(|node| self.ignores(node)).collect();
        let valid = || scores.iter().zip(&ignored).filter(|(_, ignored)| !**ignored).map(|(score, _)| *score);
        let (lowest, highest) = (valid().min().unwrap_or(0), valid().max().unwrap_or(0));
        for (score, ignored) in scores.iter_mut().zip(ignored) {
            *score = match (ignored, highest) {
                (true, _) => 0,
                (false, 0) => MAX_NODE_SCORE,
                (false, _) => MAX_NODE_SCORE * (highest + lowest - *score) / highest,
            };
        }
    }
}
