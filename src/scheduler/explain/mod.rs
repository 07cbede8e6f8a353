//! Why a pod waits, and the smallest change that would help. Every answer is tried out on the real filters; nothing
//! is guessed from messages.

mod changes;
mod snapshot;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use k8s_openapi::api::core::v1::Pod;

use super::framework::{Cycle, PodInfo, Snapshot};
use super::{COMPONENT, plugins};
use crate::client::Client;

pub use changes::{Change, What};

/// So many pairs of changes are tried where no single one helps.
const LIMIT_PAIRS: usize = 400;
/// So many helpful changes are named.
const LIMIT_CHANGES: usize = 4;

/// What is to be said of a waiting pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// The pod asks for a scheduler that does not run.
    OtherScheduler(String),
    /// Scheduling gates hold the pod.
    Gated(Vec<String>),
    /// There is no node.
    NoNodes,
    /// No node fits.
    Refused {
        /// Each node's verdict, in words of the plugin.
        verdicts: Vec<Verdict>,
        /// Changes that would help, each by itself (or all of one entry together), the smallest first.
        remedies: Vec<Remedy>,
    },
    /// A node fits: the pod is about to be placed.
    Fits(String),
}

/// One node's verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The node.
    pub node: String,
    /// The plugin that refused.
    pub plugin: &'static str,
    /// Why.
    pub reasons: Vec<String>,
    /// The fields of the manifest that decided, as far as one can be named.
    pub fields: Vec<String>,
}

/// Changes that together make the pod fit on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The changes.
    pub changes: Vec<Change>,
    /// The node on which the pod would fit then.
    pub node: String,
}

/// Why the pod waits; `None` where there is no such pod, or it has a node.
pub fn explain(client: &Client, namespace: &str, name: &str) -> Option<Explanation> {
    let pod = client.get::<Pod>(namespace, name)?;
    let spec = pod.spec.as_ref()?;
    if spec.node_name.as_deref().is_some_and(|node| !node.is_empty()) {
        return None;
    }
    if let Some(other) = spec.scheduler_name.as_deref().filter(|name| *name != COMPONENT) {
        return Some(Explanation::OtherScheduler(other.to_owned()));
    }
    let gates: Vec<String> = spec.scheduling_gates.iter().flatten().map(|gate| gate.name.clone()).collect();
    if !gates.is_empty() {
        return Some(Explanation::Gated(gates));
    }
    Some(explain_in(&snapshot::of(client), &pod))
}

/// The same over a snapshot.
pub fn explain_in(snapshot: &Snapshot, pod: &Rc<Pod>) -> Explanation {
    if snapshot.nodes().is_empty() {
        return Explanation::NoNodes;
    }
    let info = PodInfo::new(pod.clone());
    let diagnosis = match Cycle::new(plugins::DEFAULT, snapshot, &info) {
        Err(diagnosis) => diagnosis,
        Ok(cycle) => {
            let outcome = cycle.find(0);
            if let Some(node) = outcome.feasible.first() {
                return Explanation::Fits(node.name.to_string());
            }
            Box::new(outcome.diagnosis)
        }
    };
    let verdict = |node: &Rc<str>| {
        let rejection = diagnosis.rejections.get(node).or(diagnosis.absent.as_ref())?;
        Some(Verdict {
            node: node.to_string(),
            plugin: rejection.plugin,
            reasons: rejection.reasons.iter().map(|reason| reason.to_string()).collect(),
            fields: changes::fields_of(pod, rejection),
        })
    };
    let verdicts = snapshot.nodes().iter().filter_map(|node| verdict(&node.name)).collect();
    Explanation::Refused { verdicts, remedies: remedies(snapshot, pod) }
}

/// Where the pod would fit if this were done.
fn fits_with(snapshot: &Snapshot, pod: &Rc<Pod>, tried: &[&Change]) -> Option<String> {
    let mut pod = (**pod).clone();
    tried.iter().for_each(|change| change.apply_to_pod(&mut pod));
    let info = PodInfo::new(Rc::new(pod));
    let cycle = Cycle::new(plugins::DEFAULT, snapshot, &info).ok()?;
    let changed_nodes: Vec<_> = snapshot.nodes().iter().filter(|node| tried.iter().any(|change| change.concerns(&node.name))).collect();
    for node in changed_nodes {
        let mut changed = node.clone();
        tried.iter().for_each(|change| change.apply_to_node(&mut changed));
        if cycle.check(&changed).is_ok() {
            return Some(node.name.to_string());
        }
    }
    // Where a node has to change, only that node is meant.
    if tried.iter().any(|change| change.is_of_a_node()) {
        return None;
    }
    cycle.find(0).feasible.first().map(|node| node.name.to_string())
}

fn remedies(snapshot: &Snapshot, pod: &Rc<Pod>) -> Vec<Remedy> {
    let candidates = changes::candidates(snapshot, pod);
    let mut found: Vec<Remedy> = Vec::new();
    for change in &candidates {
        if found.len() >= LIMIT_CHANGES {
            return found;
        }
        if let Some(node) = fits_with(snapshot, pod, &[change]) {
            found.push(Remedy { changes: vec![change.clone()], node });
        }
    }
    if !found.is_empty() {
        return found;
    }
    let pairs = candidates.iter().enumerate().flat_map(|(at, first)| candidates[at + 1..].iter().map(move |second| (first, second)));
    for (first, second) in pairs.take(LIMIT_PAIRS) {
        if found.len() >= LIMIT_CHANGES {
            break;
        }
        if let Some(node) = fits_with(snapshot, pod, &[first, second]) {
            found.push(Remedy { changes: vec![first.clone(), second.clone()], node });
        }
    }
    found
}
