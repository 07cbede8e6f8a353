//! `nodeSelector` and node affinity. Models `plugins/nodeaffinity`.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{NodeSelectorTerm, Pod, PreferredSchedulingTerm};

use crate::scheduler::framework::{
    ClusterEvent, NodeFilter, NodeInfo, Plugin, PodInfo, PreFilter, Rejection, RequiredNodeAffinity, Scorer, Snapshot, default_normalize,
    matches_term,
};

/// See the module.
pub struct NodeAffinity;

const NAME: &str = "NodeAffinity";

impl Plugin for NodeAffinity {
    fn name(&self) -> &'static str {
        NAME
    }

    fn weight(&self) -> i64 {
        2
    }

    fn pre_filter<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot) -> PreFilter<'a> {
        let required = RequiredNodeAffinity::of(&pod.pod);
        if required.is_empty() {
            return PreFilter::Skip;
        }
        let filter = Box::new(Filter(required));
        match required.terms().and_then(named_nodes) {
            None => PreFilter::Filter(filter),
            Some(names) if names.is_empty() => PreFilter::Reject(Rejection::unresolvable(NAME, "pod affinity terms conflict")),
            Some(names) => PreFilter::Restrict(filter, names),
        }
    }

    fn pre_score<'a>(&self, pod: &'a PodInfo, _snapshot: &'a Snapshot, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Scorer + 'a>> {
        let preferred = preferred_terms(&pod.pod);
        if preferred.is_empty() { None } else { Some(Box::new(Score(preferred))) }
    }

    fn may_help(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let required = RequiredNodeAffinity::of(&pod.pod);
        let matches = |node: &k8s_openapi::api::core::v1::Node| required.matches(&NodeInfo::new(std::rc::Rc::new(node.clone())));
        match event {
            ClusterEvent::NodeAdded(node) => matches(node),
            ClusterEvent::NodeUpdated(old, new) => !matches(old) && matches(new),
            ClusterEvent::OwnUpdate(_) => true,
            _ => false,
        }
    }
}

/// The nodes that come into question, if every alternative names some.
fn named_nodes(terms: &[NodeSelectorTerm]) -> Option<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for term in terms {
        let mut of_term: Option<BTreeSet<String>> = None;
        for field in term.match_fields.iter().flatten() {
            if field.key != "metadata.name" || field.operator != "In" {
                continue;
            }
            let names: BTreeSet<String> = field.values.iter().flatten().cloned().collect();
            of_term = Some(match of_term {
                Some(before) => before.intersection(&names).cloned().collect(),
                None => names,
            });
        }
        all.extend(of_term?);
    }
    (!terms.is_empty()).then_some(all)
}

fn preferred_terms(pod: &Pod) -> &[PreferredSchedulingTerm] {
    let affinity = pod.spec.as_ref().and_then(|spec| spec.affinity.as_ref()).and_then(|affinity| affinity.node_affinity.as_ref());
    affinity.and_then(|node| node.preferred_during_scheduling_ignored_during_execution.as_deref()).unwrap_or_default()
}

#[derive(Clone)]
struct Filter<'a>(RequiredNodeAffinity<'a>);

impl NodeFilter for Filter<'_> {
    fn filter(&self, node: &NodeInfo) -> Result<(), Rejection> {
        if self.0.matches(node) {
            return Ok(());
        }
        Err(Rejection::unresolvable(NAME, "node(s) didn't match Pod's node affinity/selector"))
    }

    fn fork(&self) -> Box<dyn NodeFilter + '_> {
        Box::new(self.clone())
    }
}

struct Score<'a>(&'a [PreferredSchedulingTerm]);

impl Scorer for Score<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        let matching = self.0.iter().filter(|preferred| matches_term(&preferred.preference, node));
        matching.map(|preferred| i64::from(preferred.weight)).sum()
    }

    fn normalize(&self, _nodes: &[&NodeInfo], scores: &mut [i64]) {
        default_normalize(scores, false);
    }
}
