use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Diagnosis, NodeFilter, NodeInfo, Plugin, PodInfo, PreFilter, Rejection, Snapshot};

/// Clusters up to this size are always looked at whole. Models `minFeasibleNodesToFind`.
const MIN_FEASIBLE_NODES: usize = 100;
/// At least so many hundredths of the nodes are wanted. Models `minFeasibleNodesPercentageToFind`.
const MIN_FEASIBLE_PERCENT: usize = 5;
/// What large clusters start from. Models `config.DefaultPercentageOfNodesToScore` = 0, adaptive.
const BASE_PERCENT: usize = 50;

/// How many feasible nodes are enough in a cluster of `nodes`. Models `Scheduler.numFeasibleNodesToFind`.
pub fn nodes_to_find(nodes: usize) -> usize {
    if nodes < MIN_FEASIBLE_NODES {
        return nodes;
    }
    let percent = BASE_PERCENT.saturating_sub(nodes / 125).max(MIN_FEASIBLE_PERCENT);
    (nodes * percent / 100).max(MIN_FEASIBLE_NODES)
}

/// A plugin's filter in a cycle.
type Active<'f> = (&'static str, Box<dyn NodeFilter + 'f>);

/// One attempt to find a node for one pod.
pub struct Cycle<'a> {
    plugins: &'a [&'a dyn Plugin],
    snapshot: &'a Snapshot,
    pod: &'a PodInfo,
    filters: Vec<Active<'a>>,
    restriction: Option<Restriction>,
}

struct Restriction {
    nodes: BTreeSet<String>,
    plugins: Vec<&'static str>,
}

/// What looking at the nodes gave.
pub struct Outcome<'a> {
    /// The nodes that fit, in the order tried.
    pub feasible: Vec<&'a NodeInfo>,
    /// Why the others do not.
    pub diagnosis: Diagnosis,
    /// How many nodes were looked at.
    pub evaluated: usize,
}

/// A feasible node's score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeScore {
    /// The node.
    pub node: Rc<str>,
    /// The sum.
    pub total: i64,
    /// Each plugin's part, its weight included.
    pub by_plugin: Vec<(&'static str, i64)>,
}

impl<'a> Cycle<'a> {
    /// Prepares every plugin's filter. An `Err` says why the pod fits nowhere at all.
    pub fn new(plugins: &'a [&'a dyn Plugin], snapshot: &'a Snapshot, pod: &'a PodInfo) -> Result<Cycle<'a>, Box<Diagnosis>> {
        let mut cycle = Cycle { plugins, snapshot, pod, filters: Vec::new(), restriction: None };
        for plugin in plugins {
            match plugin.pre_filter(pod, snapshot) {
                PreFilter::Skip => {}
                PreFilter::Filter(filter) => cycle.filters.push((plugin.name(), filter)),
                PreFilter::Restrict(filter, nodes) => {
                    cycle.filters.push((plugin.name(), filter));
                    cycle.restrict(plugin.name(), nodes);
                }
                PreFilter::Reject(rejection) => {
                    let message = rejection.reasons.join(", ");
                    let (nodes, absent) = (snapshot.nodes().len(), Some(rejection));
                    return Err(Box::new(Diagnosis { nodes, absent, pre_filter_message: Some(message), ..Diagnosis::default() }));
                }
            }
        }
        Ok(cycle)
    }

    fn restrict(&mut self, plugin: &'static str, nodes: BTreeSet<String>) {
        match &mut self.restriction {
            Some(restriction) => {
                restriction.nodes.retain(|node| nodes.contains(node));
                restriction.plugins.push(plugin);
            }
            None => self.restriction = Some(Restriction { nodes, plugins: vec![plugin] }),
        }
    }

    /// The pod.
    pub fn pod(&self) -> &'a PodInfo {
        self.pod
    }

    /// The cluster.
    pub fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// Looks at nodes from position `start` round until enough fit. Models `findNodesThatFitPod`.
    pub fn find(&self, start: usize) -> Outcome<'a> {
        let nodes = self.snapshot.nodes();
        let candidates: Vec<&'a NodeInfo> = match &self.restriction {
            Some(restriction) => nodes.iter().filter(|node| restriction.nodes.contains(&*node.name)).collect(),
            None => Vec::new(),
        };
        let total = if self.restriction.is_some() { candidates.len() } else { nodes.len() };
        let wanted = nodes_to_find(total);
        let mut outcome = Outcome { feasible: Vec::new(), diagnosis: self.blank_diagnosis(), evaluated: 0 };
        let mut rejections = BTreeMap::new();
        for offset in 0..total {
            let at = (start + offset) % total;
            let node = if self.restriction.is_some() { candidates[at] } else { &nodes[at] };
            outcome.evaluated += 1;
            match self.check(node) {
                Ok(()) => outcome.feasible.push(node),
                Err(rejection) => {
                    rejections.insert(node.name.clone(), rejection);
                }
            }
            if outcome.feasible.len() >= wanted {
                break;
            }
        }
        outcome.diagnosis.rejections = rejections;
        outcome
    }

    fn blank_diagnosis(&self) -> Diagnosis {
        let absent = self.restriction.as_ref().map(|restriction| {
            let plugin = restriction.plugins.first().copied().unwrap_or_default();
            let reason = format!("node(s) didn't satisfy plugin(s) [{}]", restriction.plugins.join(" "));
            Rejection::unresolvable(plugin, Cow::Owned(reason))
        });
        Diagnosis { nodes: self.snapshot.nodes().len(), absent, ..Diagnosis::default() }
    }

    /// Whether the pod fits on `node`, also once more important pods arrive that room was made for.
    /// Models `RunFilterPluginsWithNominatedPods`.
    pub fn check(&self, node: &NodeInfo) -> Result<(), Rejection> {
        if self.snapshot.nominated.is_empty() {
            return run(&self.filters, node);
        }
        self.check_with(&self.filters, node)
    }

    fn check_with(&self, filters: &[Active<'_>], node: &NodeInfo) -> Result<(), Rejection> {
        let expected = self.snapshot.nominated.get(&*node.name).into_iter().flatten();
        let more_important = |pod: &&Rc<PodInfo>| pod.priority() >= self.pod.priority() && pod.uid() != self.pod.uid();
        let expected: Vec<&Rc<PodInfo>> = expected.filter(more_important).collect();
        if !expected.is_empty() {
            let mut crowded = Trial { cycle: self, filters: fork(filters), node: node.clone() };
            for pod in expected {
                crowded.add(pod.clone());
            }
            run(&crowded.filters, &crowded.node)?;
        }
        run(filters, node)
    }

    /// A copy of `node` to try changes on.
    pub fn trial<'c>(&'c self, node: &NodeInfo) -> Trial<'c, 'a> {
        Trial { cycle: self, filters: fork(&self.filters), node: node.clone() }
    }

    /// The scores of the feasible nodes, in their order. Models `prioritizeNodes`.
    pub fn score(&self, feasible: &[&'a NodeInfo]) -> Vec<NodeScore> {
        let blank = |node: &&NodeInfo| NodeScore { node: node.name.clone(), total: 0, by_plugin: Vec::new() };
        let mut scores: Vec<NodeScore> = feasible.iter().map(blank).collect();
        for plugin in self.plugins {
            let Some(scorer) = plugin.pre_score(self.pod, self.snapshot, feasible) else { continue };
            let mut column: Vec<i64> = feasible.iter().map(|node| scorer.score(node)).collect();
            scorer.normalize(feasible, &mut column);
            for (score, part) in scores.iter_mut().zip(column) {
                let weighted = part.wrapping_mul(plugin.weight());
                score.total = score.total.wrapping_add(weighted);
                score.by_plugin.push((plugin.name(), weighted));
            }
        }
        scores
    }
}

fn fork<'f>(filters: &'f [Active<'_>]) -> Vec<Active<'f>> {
    filters.iter().map(|(name, filter)| (*name, filter.fork())).collect()
}

/// Runs the filters in order; the first refusal counts.
fn run(filters: &[Active<'_>], node: &NodeInfo) -> Result<(), Rejection> {
    filters.iter().try_for_each(|(_, filter)| filter.filter(node))
}

/// A node with pods thought away or added.
pub struct Trial<'c, 'a> {
    cycle: &'c Cycle<'a>,
    filters: Vec<Active<'c>>,
    /// The changed node.
    pub node: NodeInfo,
}

impl Trial<'_, '_> {
    /// Thinks `pod` onto the node.
    pub fn add(&mut self, pod: Rc<PodInfo>) {
        self.node.add_pod(pod.clone());
        for (_, filter) in &mut self.filters {
            filter.add_pod(&pod, &self.node);
        }
    }

    /// Thinks `pod` away.
    pub fn remove(&mut self, pod: &PodInfo) {
        self.node.remove_pod(pod.uid());
        for (_, filter) in &mut self.filters {
            filter.remove_pod(pod, &self.node);
        }
    }

    /// Whether the pod to be scheduled would fit now.
    pub fn check(&self) -> Result<(), Rejection> {
        self.cycle.check_with(&self.filters, &self.node)
    }
}
