//! The loop: watches the cluster, takes the next pod, finds it a node and binds it. Models `pkg/scheduler/schedule_one.go`
//! and `eventhandlers.go`.

use std::borrow::Cow;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Pod, PodCondition};

use super::framework::{Cycle, Diagnosis, NO_NODES_AVAILABLE, NodeScore, PodInfo, Snapshot};
use super::preemption::{self, Candidate, Refusal};
use super::queue::{Queue, Waiting};
use super::{COMPONENT, plugins};
use crate::api::pod::update_condition;
use crate::client::{Client, DeleteOptions, reference_to};
use crate::sim::{Rng, TraceKind};

/// Above this size only the chosen node's verdict goes into the trace: nobody reads thousands of lines, and each costs.
const LIMIT_TRACED_NODES: usize = 100;

/// The longest note of an event, in bytes. Models `validation.NoteLengthLimit`.
const LIMIT_NOTE: usize = 1024;

/// The scheduler's state.
pub struct Scheduler {
    pub(super) client: Client,
    pub(super) snapshot: Snapshot,
    pub(super) queue: Queue,
    rng: Rng,
    /// Where the next search begins, so that large clusters are used evenly.
    next_start: usize,
}

/// What one attempt decided.
enum Decision {
    Place { node: Rc<str>, cause: Option<u64> },
    Refuse { diagnosis: Box<Diagnosis>, room: Result<Candidate, Refusal>, cause: Option<u64> },
}

impl Scheduler {
    /// A scheduler that knows nothing yet.
    pub fn new(client: Client) -> Scheduler {
        let rng = client.sim().rng().fork(COMPONENT);
        Scheduler { client, snapshot: Snapshot::default(), queue: Queue::default(), rng, next_start: 0 }
    }

    /// Tries the next pod. `false` when none waits.
    pub fn schedule_one(&mut self) -> bool {
        let now = self.client.sim().now();
        let Some(waiting) = self.queue.pop(now) else { return false };
        if waiting.pod.pod.metadata.deletion_timestamp.is_some() {
            self.queue.remove(waiting.pod.uid());
            return true;
        }
        self.snapshot.order();
        match self.decide(&waiting) {
            Decision::Place { node, cause } => self.bind(&waiting, &node, cause),
            Decision::Refuse { diagnosis, room, cause } => self.refuse(&waiting, *diagnosis, room, cause),
        }
        true
    }

    fn decide(&mut self, waiting: &Waiting) -> Decision {
        let pod = &waiting.pod;
        let cause = (waiting.cause > 0).then_some(waiting.cause);
        let (offset, nodes) = (self.rng.below(self.snapshot.nodes().len() as u64) as usize, self.snapshot.nodes().len());
        self.snapshot.disruption_budgets = self.client.list(None);
        let diagnosis = match Cycle::new(plugins::DEFAULT, &self.snapshot, pod) {
            Err(diagnosis) => diagnosis,
            Ok(cycle) => {
                let outcome = cycle.find(self.next_start);
                self.next_start = (self.next_start + outcome.evaluated) % nodes.max(1);
                if outcome.feasible.is_empty() {
                    let diagnosis = outcome.diagnosis;
                    let cause = self.trace_rejections(pod, &diagnosis, cause);
                    let room = preemption::post_filter(Some(&cycle), &diagnosis, offset);
                    return Decision::Refuse { diagnosis: Box::new(diagnosis), room, cause };
                }
                let cause = self.trace_rejections(pod, &outcome.diagnosis, cause);
                // One feasible node needs no comparison.
                let scores = if outcome.feasible.len() > 1 { cycle.score(&outcome.feasible) } else { Vec::new() };
                let node = self.choose(&scores).unwrap_or_else(|| outcome.feasible[0].name.clone());
                let cause = self.trace_scores(pod, &scores, &node, cause);
                return Decision::Place { node, cause };
            }
        };
        let cause = self.trace_rejections(pod, &diagnosis, cause);
        let room = preemption::post_filter(None, &diagnosis, offset);
        Decision::Refuse { diagnosis, room, cause }
    }

    /// One of the best, at random. Models `selectHost`.
    fn choose(&self, scores: &[NodeScore]) -> Option<Rc<str>> {
        let best = scores.iter().map(|score| score.total).max()?;
        let top: Vec<&NodeScore> = scores.iter().filter(|score| score.total == best).collect();
        let index = if top.len() > 1 { self.rng.below(top.len() as u64) as usize } else { 0 };
        top.get(index).map(|score| score.node.clone())
    }

    fn trace(&self, kind: TraceKind, cause: Option<u64>) -> Option<u64> {
        let sim = self.client.sim();
        Some(sim.trace().record(sim.now(), &self.client.origin().actor, cause, kind))
    }

    /// Keeps each refusing node's verdict; returns what further events are caused by.
    fn trace_rejections(&self, pod: &PodInfo, diagnosis: &Diagnosis, cause: Option<u64>) -> Option<u64> {
        let name: Rc<str> = format!("{}/{}", pod.namespace(), pod.name()).into();
        let mut last = cause;
        if diagnosis.rejections.len() <= LIMIT_TRACED_NODES {
            for (node, rejection) in &diagnosis.rejections {
                let (plugin, reason) = (rejection.plugin, joined(&rejection.reasons));
                last = self.trace(TraceKind::Verdict { pod: name.clone(), node: node.clone(), plugin, reason }, cause);
            }
        }
        if let Some(rejection) = &diagnosis.absent {
            let (plugin, reason) = (rejection.plugin, joined(&rejection.reasons));
            last = self.trace(TraceKind::Verdict { pod: name, node: "*".into(), plugin, reason }, cause);
        }
        last
    }

    /// Keeps the scores, or only the chosen node's in large clusters.
    fn trace_scores(&self, pod: &PodInfo, scores: &[NodeScore], chosen: &Rc<str>, cause: Option<u64>) -> Option<u64> {
        let name: Rc<str> = format!("{}/{}", pod.namespace(), pod.name()).into();
        let mut last = cause;
        let (few, chosen_only) = (scores.len() <= LIMIT_TRACED_NODES, |score: &&NodeScore| score.node == *chosen);
        for score in scores.iter().filter(|score| few || chosen_only(score)) {
            let (node, by_plugin) = (score.node.clone(), score.by_plugin.as_slice().into());
            last = self.trace(TraceKind::Score { pod: name.clone(), node, total: score.total, by_plugin }, cause);
        }
        last
    }

    fn because(&self, cause: Option<u64>) -> Client {
        cause.map_or_else(|| self.client.clone(), |seq| self.client.because(seq))
    }

    fn bind(&mut self, waiting: &Waiting, node: &str, cause: Option<u64>) {
        let pod = &waiting.pod;
        let client = self.because(cause);
        // The pod counts on its node at once, before the watch tells of it. Models `Scheduler.assume`.
        self.snapshot.put_pod(pod.clone(), node);
        self.snapshot.forget_nomination(pod.uid());
        match client.bind(pod.namespace(), pod.name(), node) {
            Ok(()) => {
                self.queue.remove(pod.uid());
                let note = format!("Successfully assigned {}/{} to {node}", pod.namespace(), pod.name());
                client.record_action(&reference_to(&*pod.pod), COMPONENT, "Binding", "Normal", "Scheduled", &note);
            }
            Err(_) => {
                self.snapshot.remove_pod(pod.uid());
                self.queue.failed(pod.uid(), self.client.sim().now());
            }
        }
    }

    fn refuse(&mut self, waiting: &Waiting, mut diagnosis: Diagnosis, room: Result<Candidate, Refusal>, cause: Option<u64>) {
        let pod = &waiting.pod;
        let client = self.because(cause);
        let mut rejecting = diagnosis.plugins();
        let message = if diagnosis.nodes == 0 {
            rejecting.extend(plugins::DEFAULT.iter().map(|plugin| plugin.name()));
            NO_NODES_AVAILABLE.to_owned()
        } else {
            diagnosis.post_filter_message = room.as_ref().map_or_else(|refusal| refusal.message.clone(), |_| String::new());
            diagnosis.message()
        };
        self.queue.unschedulable(pod.uid(), rejecting, client.sim().now());
        client.record_action(&reference_to(&*pod.pod), COMPONENT, "Scheduling", "Warning", "FailedScheduling", &truncate(&message));
        let nominated = match &room {
            Ok(candidate) => Some(&*candidate.node),
            Err(refusal) if refusal.hopeless && diagnosis.nodes > 0 => Some(""),
            Err(_) => None,
        };
        match nominated {
            Some("") => self.snapshot.forget_nomination(pod.uid()),
            Some(node) => self.snapshot.nominate(pod.clone(), node),
            None => {}
        }
        self.report_unschedulable(&client, pod, &message, nominated);
        if let Ok(candidate) = &room {
            self.withdraw_nominations(&client, pod, &candidate.node);
            for victim in &candidate.victims {
                evict(&client, pod, victim, &candidate.node);
            }
        }
    }

    /// Less important pods that room was made for on `node` may no longer fit there: they look for another place.
    /// Models `getLowerPriorityNominatedPods` and `clearNominatedNodeName`.
    fn withdraw_nominations(&mut self, client: &Client, pod: &PodInfo, node: &str) {
        let expected = self.snapshot.nominated.get(node).into_iter().flatten();
        let losing: Vec<Rc<PodInfo>> = expected.filter(|other| other.priority() < pod.priority()).cloned().collect();
        for loser in losing {
            self.snapshot.forget_nomination(loser.uid());
            let Some(current) = current(client, &loser) else { continue };
            let mut pod = (*current).clone();
            pod.status.get_or_insert_default().nominated_node_name = None;
            let _ = client.update_status(pod);
        }
    }

    fn report_unschedulable(&self, client: &Client, pod: &PodInfo, message: &str, nominated: Option<&str>) {
        let Some(current) = current(client, pod) else { return };
        let mut pod = (*current).clone();
        let generation = pod.metadata.generation;
        let status = pod.status.get_or_insert_default();
        let condition = PodCondition {
            type_: "PodScheduled".to_owned(),
            status: "False".to_owned(),
            reason: Some("Unschedulable".to_owned()),
            message: Some(message.to_owned()),
            observed_generation: generation,
            ..PodCondition::default()
        };
        let changed = update_condition(status.conditions.get_or_insert_default(), condition, client.now());
        let moved = nominated.is_some_and(|node| status.nominated_node_name.as_deref().unwrap_or_default() != node);
        if moved {
            status.nominated_node_name = nominated.filter(|node| !node.is_empty()).map(str::to_owned);
        }
        if changed || moved {
            // A conflict means that the pod changed meanwhile, and its watch event will bring it back here.
            let _ = client.update_status(pod);
        }
    }
}

/// Asks `victim` to leave in favour of `pod`. Models `preemption.Evaluator.PreemptPod`.
fn evict(client: &Client, pod: &PodInfo, victim: &PodInfo, node: &str) {
    let Some(current) = current(client, victim).filter(|current| current.metadata.deletion_timestamp.is_none()) else { return };
    let mut leaving = (*current).clone();
    let scheduler = pod.pod.spec.as_ref().and_then(|spec| spec.scheduler_name.as_deref()).unwrap_or(COMPONENT);
    let condition = PodCondition {
        type_: "DisruptionTarget".to_owned(),
        status: "True".to_owned(),
        reason: Some("PreemptionByScheduler".to_owned()),
        message: Some(format!("{scheduler}: preempting to accommodate a higher priority pod")),
        observed_generation: leaving.metadata.generation,
        ..PodCondition::default()
    };
    update_condition(leaving.status.get_or_insert_default().conditions.get_or_insert_default(), condition, client.now());
    let _ = client.update_status(leaving);
    let _ = client.delete::<Pod>(victim.namespace(), victim.name(), DeleteOptions::default());
    let note = format!("Preempted by pod {} on node {node}", pod.uid());
    client.record_action(&reference_to(&*current), COMPONENT, "Preempting", "Normal", "Preempted", &note);
}

/// The pod as it is now, if it is still the same.
fn current(client: &Client, pod: &PodInfo) -> Option<Rc<Pod>> {
    client.get::<Pod>(pod.namespace(), pod.name()).filter(|current| current.metadata.uid == pod.pod.metadata.uid)
}

/// An event's note holds so many bytes; the condition keeps all of the message. Models `truncateMessage`.
fn truncate(message: &str) -> Cow<'_, str> {
    match message.char_indices().find(|(at, letter)| at + letter.len_utf8() > LIMIT_NOTE - 4) {
        Some((end, _)) if message.len() > LIMIT_NOTE => format!("{} ...", &message[..end]).into(),
        _ => message.into(),
    }
}

fn joined(reasons: &[Cow<'static, str>]) -> Rc<str> {
    reasons.join(", ").into()
}
