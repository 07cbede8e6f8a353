//! Making room for a more important pod by evicting others. Models `pkg/scheduler/framework/preemption` and
//! `plugins/defaultpreemption`. Pure: says who would have to go; the scheduler evicts.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::framework::{Cycle, Diagnosis, NodeInfo, PodInfo, Rejection, priority_of};
use crate::api::selector::from_label_selector;

/// The plugin's name.
pub const NAME: &str = "DefaultPreemption";
/// At least so many hundredths of the nodes are tried. Models `minCandidateNodesPercentage`.
const MIN_CANDIDATE_NODES_PERCENT: usize = 10;
/// At least so many nodes are tried. Models `minCandidateNodesAbsolute`.
const MIN_CANDIDATE_NODES: usize = 100;
const NOT_HELPFUL: &str = "Preemption is not helpful for scheduling";
const NO_VICTIMS: &str = "No preemption victims found for incoming pod";

/// A node, and the pods that would have to leave it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The node.
    pub node: Rc<str>,
    /// The pods to evict, the most important first.
    pub victims: Vec<Rc<PodInfo>>,
    /// How many of them a disruption budget protects.
    pub violations: usize,
}

/// Why no room is made.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The reason, in the scheduler's words.
    pub message: String,
    /// Whether making room helps nowhere, so that what was nominated before no longer counts.
    pub hopeless: bool,
}

impl Refusal {
    fn later(message: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), hopeless: false }
    }
}

/// The best node to make room on, or why there is none. `offset` says at which node to begin to look.
/// Models `Evaluator.Preempt`.
pub fn preempt(cycle: &Cycle<'_>, diagnosis: &Diagnosis, offset: usize) -> Result<Candidate, Refusal> {
    let (candidates, rejections) = candidates(cycle, diagnosis, offset)?;
    if candidates.is_empty() {
        let absent = Some(Rejection::unresolvable(NAME, NOT_HELPFUL));
        let nodes = cycle.snapshot().nodes().len();
        let message = Diagnosis { nodes, rejections, absent, ..Diagnosis::default() }.message();
        return Err(Refusal { message, hopeless: true });
    }
    best(candidates).ok_or_else(|| Refusal::later("no candidate node for preemption"))
}

/// The nodes on which room can be made, and why it cannot on the others. Models `Evaluator.DryRunPreemption`.
pub fn candidates(cycle: &Cycle<'_>, diagnosis: &Diagnosis, offset: usize) -> Result<(Vec<Candidate>, Rejections), Refusal> {
    eligible(cycle, diagnosis).map_err(Refusal::later)?;
    let nodes = cycle.snapshot().nodes();
    let potential: Vec<&NodeInfo> = nodes.iter().filter(|node| diagnosis.may_be_resolved(&node.name)).collect();
    let wanted = (potential.len() * MIN_CANDIDATE_NODES_PERCENT / 100).max(MIN_CANDIDATE_NODES).min(potential.len());
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut rejections = BTreeMap::new();
    for at in 0..potential.len() {
        if candidates.len() >= wanted && candidates.iter().any(|candidate| candidate.violations == 0) {
            break;
        }
        let node = potential[(offset + at) % potential.len()];
        match select_victims(cycle, node) {
            Ok(candidate) => candidates.push(candidate),
            Err(rejection) => {
                rejections.insert(node.name.clone(), rejection);
            }
        }
    }
    Ok((candidates, rejections))
}

/// Models `PodEligibleToPreemptOthers`.
fn eligible(cycle: &Cycle<'_>, diagnosis: &Diagnosis) -> Result<(), &'static str> {
    let pod = cycle.pod();
    if pod.pod.spec.as_ref().and_then(|spec| spec.preemption_policy.as_deref()) == Some("Never") {
        return Err("not eligible due to preemptionPolicy=Never.");
    }
    let nominated = pod.nominated_node_name();
    let Some(node) = cycle.snapshot().node(nominated) else { return Ok(()) };
    if diagnosis.may_be_resolved(nominated) && node.pods.iter().any(|other| other.priority() < pod.priority() && is_leaving(other)) {
        return Err("not eligible due to a terminating pod on the nominated node.");
    }
    Ok(())
}

/// Whether the pod is on its way out because of preemption. Models `podTerminatingByPreemption`.
fn is_leaving(pod: &PodInfo) -> bool {
    let conditions = pod.pod.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let target = conditions.iter().find(|condition| condition.type_ == "DisruptionTarget");
    pod.pod.metadata.deletion_timestamp.is_some()
        && target.is_some_and(|target| target.status == "True" && target.reason.as_deref() == Some("PreemptionByScheduler"))
}

/// The fewest and least important pods whose leaving makes room on `node`. Models `SelectVictimsOnNode`.
fn select_victims(cycle: &Cycle<'_>, node: &NodeInfo) -> Result<Candidate, Rejection> {
    let pod = cycle.pod();
    let mut potential: Vec<Rc<PodInfo>> = node.pods.iter().filter(|other| other.priority() < pod.priority()).cloned().collect();
    if potential.is_empty() {
        return Err(Rejection::unresolvable(NAME, NO_VICTIMS));
    }
    let mut trial = cycle.trial(node);
    for victim in &potential {
        trial.remove(victim);
    }
    trial.check()?;
    sort_by_importance(&mut potential);
    let (violating, others) = split_by_budget(potential, &cycle.snapshot().disruption_budgets);
    let mixed = !violating.is_empty() && !others.is_empty();
    let count_violating = violating.len();
    let (mut victims, mut violations) = (Vec::new(), 0);
    for (index, victim) in violating.into_iter().chain(others).enumerate() {
        trial.add(victim.clone());
        if trial.check().is_err() {
            trial.remove(&victim);
            victims.push(victim);
            violations += usize::from(index < count_violating);
        }
    }
    if mixed {
        sort_by_importance(&mut victims);
    }
    Ok(Candidate { node: node.name.clone(), victims, violations })
}

/// Whether `pod` matters more than `other`: by priority, then by how long it has run. A pod without a start time
/// counts as starting when looked at, and the one looked at first starts first. Models `util.MoreImportantPod`.
fn more_important(pod: &PodInfo, other: &PodInfo) -> bool {
    if pod.priority() != other.priority() {
        return pod.priority() > other.priority();
    }
    match (start_of(pod), start_of(other)) {
        (Some(own), Some(theirs)) => own.0 < theirs.0,
        (own, None) => own.is_some() || start_of(other).is_none(),
        (None, Some(_)) => false,
    }
}

fn start_of(pod: &PodInfo) -> Option<&Time> {
    pod.pod.status.as_ref().and_then(|status| status.start_time.as_ref())
}

/// Insertion sort, as upstream's sort does for short lists: the order is not total where start times are missing.
fn sort_by_importance(pods: &mut [Rc<PodInfo>]) {
    for end in 1..pods.len() {
        let mut at = end;
        while at > 0 && more_important(&pods[at], &pods[at - 1]) {
            pods.swap(at, at - 1);
            at -= 1;
        }
    }
}

type Pods = Vec<Rc<PodInfo>>;
type Rejections = BTreeMap<Rc<str>, Rejection>;

/// Pods whose eviction would break a disruption budget, and the others. Models `filterPodsWithPDBViolation`.
fn split_by_budget(pods: Pods, budgets: &[Rc<PodDisruptionBudget>]) -> (Pods, Pods) {
    let allowed = |budget: &Rc<PodDisruptionBudget>| budget.status.as_ref().and_then(|status| status.disruptions_allowed).unwrap_or(0);
    let mut allowed: Vec<i32> = budgets.iter().map(allowed).collect();
    pods.into_iter().partition(|pod| {
        let mut violates = false;
        for (budget, allowed) in budgets.iter().zip(&mut allowed) {
            if protects(budget, pod) {
                *allowed -= 1;
                violates |= *allowed < 0;
            }
        }
        violates
    })
}

fn protects(budget: &PodDisruptionBudget, pod: &PodInfo) -> bool {
    let labels = pod.pod.metadata.labels.as_ref().filter(|labels| !labels.is_empty());
    let selector = budget.spec.as_ref().and_then(|spec| from_label_selector(spec.selector.as_ref()).ok());
    let disrupted = budget.status.as_ref().and_then(|status| status.disrupted_pods.as_ref());
    budget.metadata.namespace.as_deref() == Some(pod.namespace())
        && labels.is_some()
        && selector.is_some_and(|selector| !selector.is_empty() && selector.matches_option(labels))
        && !disrupted.is_some_and(|disrupted| disrupted.contains_key(pod.name()))
}

/// Fewest broken budgets, least important victims, smallest sum of priorities, fewest victims, youngest victims, and
/// else the first. Models `pickOneNodeForPreemption`.
fn best(candidates: Vec<Candidate>) -> Option<Candidate> {
    let priority = |pod: &Rc<PodInfo>| i64::from(priority_of(&pod.pod));
    let cost = |candidate: &Candidate| {
        let highest = candidate.victims.first().map_or(i64::MIN, priority);
        let sum: i64 = candidate.victims.iter().map(|pod| priority(pod) + i64::from(i32::MAX) + 1).sum();
        let of_highest = candidate.victims.iter().filter(|pod| priority(pod) == highest);
        // A victim that has not started counts as the youngest of all.
        let earliest = of_highest.map(|pod| start_of(pod).map_or(i128::MAX, |time| time.0.as_nanosecond())).min();
        (candidate.violations, highest, sum, candidate.victims.len(), std::cmp::Reverse(earliest))
    };
    // `min_by_key` keeps the first of equals.
    candidates.into_iter().min_by_key(cost)
}

/// Everything that is tried for a pod that fits nowhere: first DynamicResources, which has no claims to give up, then
/// preemption. `cycle` is absent where a plugin refused every node beforehand. Models `RunPostFilterPlugins`.
pub fn post_filter(cycle: Option<&Cycle<'_>>, diagnosis: &Diagnosis, offset: usize) -> Result<Candidate, Refusal> {
    // Without a cycle, DynamicResources does not find its state and gives up, with the words of that error.
    let cycle = cycle.ok_or_else(|| Refusal::later("not found"))?;
    preempt(cycle, diagnosis, offset).map_err(|refusal| {
        let message = format!("no new claims to deallocate, preemption: {}", refusal.message);
        Refusal { message, ..refusal }
    })
}
