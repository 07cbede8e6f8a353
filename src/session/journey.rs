//! One command's journey: kubectl, API server, store, controllers, scheduler, kubelet, runtime, read from the trace.
//!
//! What belongs to a command is told by causes: what it asked of the API server, what that changed, who reacted to the change,
//! and so on. Of several pods only the first is followed to its node.

use std::collections::{BTreeMap, BTreeSet};

use super::playground::Session;
use super::view::{JourneyStep, JourneyView, Lane, Phase};
use crate::api::{Key, Kind, Object};
use crate::sim::{TraceEvent, TraceKind};

/// What is followed after the command, in milliseconds of virtual time.
const LIMIT_MILLIS: u64 = 90_000;
/// Messages that are drawn.
const LIMIT_STEPS: usize = 48;

impl Session {
    /// The journey of a command, by its place in the timeline; none if the trace has forgotten it.
    pub fn journey(&self, index: usize) -> Option<JourneyView> {
        let mark = self.timeline().commands.get(index)?.clone();
        let start = self.0.start.as_millis() + mark.at_ms;
        let events = self.0.sim.trace().since(0);
        let is_it = |event: &&TraceEvent| match &event.kind {
            TraceKind::Command { line, .. } => event.at.as_millis() == start && **line == *mark.line,
            TraceKind::Fault { .. } => event.at.as_millis() == start,
            _ => false,
        };
        let first = events.iter().find(is_it)?.seq;
        let mut walk = Walk::new(self, first, start);
        for event in events.iter().filter(|event| event.seq > first) {
            if event.at.as_millis() > start + LIMIT_MILLIS || walk.steps.len() >= LIMIT_STEPS {
                break;
            }
            walk.see(event, &events);
        }
        let lasts_ms = walk.steps.last().map_or(0, |step| step.at_ms);
        Some(JourneyView {
            line: mark.line,
            at_ms: mark.at_ms,
            lasts_ms,
            node: walk.node,
            more_pods: walk.pods.len().saturating_sub(1),
            steps: walk.steps,
        })
    }
}

struct Walk<'a> {
    session: &'a Session,
    start: u64,
    /// Events that belong to the command.
    ours: BTreeSet<u64>,
    /// The next command has begun: what kubectl does now is not ours.
    over: bool,
    /// Writes of kubectl whose request has not been seen yet.
    pending: Vec<JourneyStep>,
    /// Who was told of which change.
    told: BTreeSet<(u64, String)>,
    /// Who has updated what.
    updated: BTreeSet<String>,
    pods: Vec<String>,
    node: Option<String>,
    scores: BTreeMap<String, i64>,
    refusals: BTreeMap<String, String>,
    steps: Vec<JourneyStep>,
}

impl<'a> Walk<'a> {
    fn new(session: &'a Session, first: u64, start: u64) -> Walk<'a> {
        Walk {
            session,
            start,
            ours: BTreeSet::from([first]),
            over: false,
            pending: Vec::new(),
            told: BTreeSet::new(),
            updated: BTreeSet::new(),
            pods: Vec::new(),
            node: None,
            scores: BTreeMap::new(),
            refusals: BTreeMap::new(),
            steps: Vec::new(),
        }
    }

    fn step(&self, event: &TraceEvent, phase: Phase, from: Lane, to: Lane, text: String) -> JourneyStep {
        JourneyStep { at_ms: event.at.as_millis().saturating_sub(self.start), phase, from, to, text, ..JourneyStep::default() }
    }

    fn see(&mut self, event: &TraceEvent, all: &[TraceEvent]) {
        let caused = event.cause.is_some_and(|cause| self.ours.contains(&cause));
        match &event.kind {
            TraceKind::Command { .. } => self.over = true,
            TraceKind::ApiRequest { method, resource, name, code, .. } if &*event.actor == "kubectl" && !self.over => {
                self.ours.insert(event.seq);
                let object = if name.is_empty() { resource.to_string() } else { format!("{resource}/{name}") };
                let mut ask = self.step(event, Phase::Ask, Lane::Kubectl, Lane::Server, format!("{method} {object}"));
                ask.answer = Some(code_words(*code));
                ask.failed = *code >= 400;
                self.steps.push(ask);
                self.steps.append(&mut self.pending);
            }
            TraceKind::Write { verb, kind, namespace, name, revision } => {
                let from_kubectl = &*event.actor == "kubectl" && !self.over;
                if !from_kubectl && !caused {
                    return;
                }
                self.ours.insert(event.seq);
                match *kind {
                    "Event" => self.kubelet_tells(event, namespace, name),
                    _ if from_kubectl => {
                        let text = format!("{verb} {kind} {name}");
                        let mut write = self.step(event, Phase::Keep, Lane::Server, Lane::Store, text);
                        write.note = format!("rev {revision}");
                        self.pending.push(write);
                        self.note_pod(verb, kind, namespace, name);
                    }
                    _ => self.component_writes(event, all, (verb, kind, namespace, name, *revision)),
                }
            }
            TraceKind::Score { node, total, .. } if caused => {
                self.ours.insert(event.seq);
                self.scores.insert(node.to_string(), *total);
            }
            TraceKind::Verdict { node, plugin, reason, .. } if caused => {
                self.ours.insert(event.seq);
                if !reason.is_empty() {
                    self.refusals.insert(node.to_string(), format!("{plugin}: {reason}"));
                }
            }
            TraceKind::Process { place, pid: 1, what } => self.process(event, place, what),
            _ => {}
        }
    }

    fn note_pod(&mut self, verb: &str, kind: &str, namespace: &str, name: &str) {
        let pod = format!("{namespace}/{name}");
        if kind == "Pod" && verb != "deleted" && !self.pods.contains(&pod) {
            self.pods.push(pod);
        }
    }

    /// Whether this is about a pod that is not the first one.
    fn is_another_pod(&self, pod: &str) -> bool {
        self.pods.first().is_some_and(|first| first != pod)
    }

    fn component_writes(&mut self, event: &TraceEvent, all: &[TraceEvent], write: (&str, &str, &str, &str, u64)) {
        let (verb, kind, namespace, name, revision) = write;
        let (lane, mut phase) = lane_of(&event.actor);
        if lane == Lane::Controllers && verb == "updated" && !self.updated.insert(format!("{} {kind} {name}", event.actor)) {
            return; // it counts on and on
        }
        // Before anything runs the kubelet prepares; after that, all others only take note.
        match (lane, self.steps.iter().any(|step| step.text.starts_with("StartContainer"))) {
            (Lane::Controllers, _) if self.steps.iter().any(|step| step.phase == Phase::Start) => phase = Phase::Tell,
            (Lane::Kubelet, true) => phase = Phase::Tell,
            _ => {}
        }
        self.note_pod(verb, kind, namespace, name);
        if kind == "Pod" && self.is_another_pod(&format!("{namespace}/{name}")) {
            return;
        }
        self.watch(event, all, lane, phase);
        let text = match lane {
            Lane::Scheduler if self.scores.is_empty() => format!("{name}: PodScheduled=False"),
            Lane::Scheduler => format!("bind {name}"),
            Lane::Kubelet if verb == "updated" => format!("status of {name}"),
            _ => format!("{} {kind} {name}", imperative(verb)),
        };
        if let Some(node) = event.actor.strip_prefix("kubelet/") {
            self.node.get_or_insert_with(|| node.to_owned());
        }
        let mut step = self.step(event, phase, lane, Lane::Server, text);
        step.actor = event.actor.to_string();
        step.note = format!("rev {revision}");
        if lane == Lane::Scheduler {
            step.detail = self.verdict();
        }
        self.steps.push(step);
    }

    /// What made a component act: the change that it watched.
    fn watch(&mut self, event: &TraceEvent, all: &[TraceEvent], lane: Lane, phase: Phase) {
        let mut cause = event.cause;
        while let Some(seq) = cause {
            let Ok(found) = all.binary_search_by_key(&seq, |event| event.seq) else { return };
            let Some(seen) = all.get(found) else { return };
            let TraceKind::Write { verb, kind, name, .. } = &seen.kind else {
                cause = seen.cause;
                continue;
            };
            if self.told.insert((seq, event.actor.to_string())) {
                let word = match *verb {
                    "created" => "ADDED",
                    "deleted" => "DELETED",
                    _ => "MODIFIED",
                };
                let mut step = self.step(event, phase, Lane::Server, lane, format!("{word} {kind} {name}"));
                (step.watch, step.actor) = (true, event.actor.to_string());
                self.steps.push(step);
            }
            return;
        }
    }

    fn verdict(&mut self) -> Vec<String> {
        let refusals = std::mem::take(&mut self.refusals);
        let scores = std::mem::take(&mut self.scores);
        let refused = refusals.into_iter().map(|(node, why)| format!("{node} ✗ {why}"));
        refused.chain(scores.into_iter().map(|(node, total)| format!("{node} ✓ {total}"))).collect()
    }

    /// The kubelet's events tell what it asked of the runtime.
    fn kubelet_tells(&mut self, event: &TraceEvent, namespace: &str, name: &str) {
        if !event.actor.starts_with("kubelet/") {
            return;
        }
        let key = Key::new(Kind::Event, namespace, name);
        let Some(Object::Event(about)) = self.session.0.cluster.server().store().get(&key) else { return };
        let pod = format!("{namespace}/{}", about.involved_object.name.clone().unwrap_or_default());
        if self.is_another_pod(&pod) {
            return;
        }
        let message = about.message.clone().unwrap_or_default();
        let (text, answer) = match about.reason.as_deref().unwrap_or_default() {
            "Pulling" => ("PullImage".to_owned(), None),
            "Pulled" => (String::new(), Some(message)),
            "Killing" => ("StopContainer".to_owned(), Some(message)),
            "Failed" | "BackOff" | "Unhealthy" | "FailedCreatePodSandBox" => (about.reason.clone().unwrap_or_default(), Some(message)),
            _ => return,
        };
        let failed = about.type_.as_deref() == Some("Warning");
        if let (true, Some(last)) = (text.is_empty(), self.steps.iter_mut().rev().find(|step| step.text == "PullImage")) {
            last.answer = answer;
            return;
        }
        let text = if text.is_empty() { "PullImage".to_owned() } else { text };
        let mut step = self.step(event, Phase::Start, Lane::Kubelet, Lane::Runtime, text);
        (step.answer, step.failed, step.actor) = (answer, failed, event.actor.to_string());
        self.steps.push(step);
    }

    fn process(&mut self, event: &TraceEvent, place: &str, what: &str) {
        let mut parts = place.splitn(3, '/');
        let (Some(namespace), Some(pod), Some(container)) = (parts.next(), parts.next(), parts.next()) else { return };
        if self.pods.first().is_none_or(|first| *first != format!("{namespace}/{pod}")) {
            return;
        }
        let text = match (what.strip_prefix("started "), container) {
            (Some(_), "pause") => "RunPodSandbox".to_owned(),
            (Some(_), _) => format!("StartContainer {container}"),
            (None, _) => format!("{container} {what}"),
        };
        let mut step = self.step(event, Phase::Start, Lane::Kubelet, Lane::Runtime, text);
        step.detail = what.strip_prefix("started ").map(str::to_owned).into_iter().collect();
        self.steps.push(step);
    }
}

fn lane_of(actor: &str) -> (Lane, Phase) {
    match actor {
        "kube-scheduler" => (Lane::Scheduler, Phase::Place),
        "kubectl" => (Lane::Kubectl, Phase::Ask),
        actor if actor.starts_with("kubelet/") => (Lane::Kubelet, Phase::Start),
        _ => (Lane::Controllers, Phase::Control),
    }
}

fn imperative(verb: &str) -> &str {
    match verb {
        "created" => "create",
        "deleted" => "delete",
        _ => "update",
    }
}

fn code_words(code: u16) -> String {
    let word = match code {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        422 => "Unprocessable Entity",
        _ => "",
    };
    format!("{code} {word}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::view::Options;
    use super::*;

    fn journey(line: &str) -> JourneyView {
        let session = Session::new(Options { seed: 7, topology: "classroom".into(), lesson: None, unix_time_at_start: 1_700_000_000 });
        let terminal = session.open_terminal();
        session.advance(500, usize::MAX);
        session.type_command(terminal, line);
        session.advance(20_000, usize::MAX);
        session.journey(0).expect("it is in the trace")
    }

    #[test]
    fn a_deployment_is_followed_to_its_first_container() {
        let view = journey("kubectl create deployment web --image=nginx --replicas=2");
        let phases: Vec<Phase> = view.steps.iter().map(|step| step.phase).collect();
        for phase in [Phase::Ask, Phase::Keep, Phase::Control, Phase::Place, Phase::Start, Phase::Tell] {
            assert!(phases.contains(&phase), "{phase:?}: {:#?}", view.steps);
        }
        let first = &view.steps[0];
        assert_eq!((first.text.as_str(), first.answer.as_deref()), ("POST deployments", Some("201 Created")));
        let bind = view.steps.iter().find(|step| step.text.starts_with("bind web-")).expect("bound");
        assert_eq!(bind.detail.len(), 3, "{bind:?}");
        let pull = view.steps.iter().find(|step| step.text == "PullImage").expect("pulled");
        assert!(pull.answer.as_deref().is_some_and(|answer| answer.contains("Successfully pulled")), "{pull:?}");
        assert!(view.steps.iter().any(|step| step.text == "StartContainer nginx"));
        assert_eq!(view.more_pods, 1);
    }

    #[test]
    fn a_refused_request_ends_at_the_server() {
        let view = journey("kubectl delete pod nobody");
        assert!(view.steps.iter().all(|step| matches!(step.phase, Phase::Ask)), "{:#?}", view.steps);
        assert!(view.steps.last().is_some_and(|step| step.failed));
    }
}
