//! Requests over the simulated network, as the picture draws them, read from the trace.
//!
//! The trace knows pods. Which of a pod's containers answered is told by who listens on the port; which one called, by whose
//! process is the youngest.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::picture::listening_ports;
use super::view::{Endpoint, Outcome, RequestView};
use crate::cri::{Container, Runtime};
use crate::sim::{Time, Trace, TraceKind};

/// What the learner's own computer is called in the network.
pub const WORKSTATION: &str = "workstation";

/// The requests after a place in the trace, oldest first.
pub fn requests_since(trace: &Trace, seq: u64, runtimes: &BTreeMap<String, Runtime>) -> Vec<RequestView> {
    let mut requests = Vec::new();
    trace.visit_since(seq, |event| {
        if let TraceKind::Request { from, to, port, source_port, label, outcome, took } = &event.kind {
            let answering = listener(&containers_of(to, runtimes), *port);
            let calling = caller(&containers_of(from, runtimes), if from == to { answering.as_deref() } else { None });
            requests.push(RequestView {
                seq: event.seq,
                at_ms: event.at.as_millis(),
                from: endpoint(from, calling),
                to: endpoint(to, answering),
                port: *port,
                source_port: *source_port,
                took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                loopback: from == to,
                label: label.to_string(),
                outcome: outcome_of(outcome),
            });
        }
    });
    requests
}

/// A place by the name of its network namespace.
fn endpoint(name: &str, container: Option<String>) -> Endpoint {
    match name.split_once('/') {
        Some((namespace, pod)) => Endpoint::Pod { namespace: namespace.to_owned(), name: pod.to_owned(), container },
        None if name == WORKSTATION => Endpoint::Workstation,
        None => Endpoint::Node(name.to_owned()),
    }
}

/// The running containers of a pod, by the name of its network namespace.
fn containers_of(name: &str, runtimes: &BTreeMap<String, Runtime>) -> Vec<Rc<Container>> {
    let Some((namespace, pod)) = name.split_once('/') else { return Vec::new() };
    let all = runtimes.values().flat_map(|runtime| runtime.containers());
    let ours = all.filter(|c| c.is_running() && c.sandbox.config.namespace == namespace && c.sandbox.config.name == pod);
    ours.collect()
}

fn listener(containers: &[Rc<Container>], port: u16) -> Option<String> {
    let found = containers.iter().find(|container| listening_ports(container).contains(&port));
    found.map(|container| container.config.name.clone())
}

/// The container with the youngest process; a server that is called over loopback is not its own caller if there is another.
fn caller(containers: &[Rc<Container>], server: Option<&str>) -> Option<String> {
    let youngest = |container: &&Rc<Container>| {
        let started = container.kernel.processes().iter().map(|process| process.started).max();
        (Some(container.config.name.as_str()) != server, started.unwrap_or(Time::ZERO))
    };
    containers.iter().max_by_key(youngest).map(|container| container.config.name.clone())
}

fn outcome_of(word: &str) -> Outcome {
    match word {
        "refused" | "reset" => Outcome::Refused,
        "timed out" | "unreachable" | "no port" => Outcome::Unreachable,
        answer => Outcome::Answered(answer.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_from_the_trace() {
        let trace = Trace::default();
        let kind = |from: &str, to: &str, outcome: &str| TraceKind::Request {
            from: from.into(),
            to: to.into(),
            port: 80,
            source_port: 40_000,
            took: std::time::Duration::from_millis(2),
            label: "GET /".into(),
            outcome: outcome.into(),
        };
        let actor = Rc::from("test");
        let first = trace.record(Time::from_millis(5), &actor, None, kind("workstation", "default/a", "200"));
        trace.record(Time::from_millis(6), &actor, None, kind("default/a", "default/a", "refused"));
        let seen = requests_since(&trace, 0, &BTreeMap::new());
        assert_eq!(seen.len(), 2);
        assert_eq!((&seen[0].from, seen[0].at_ms, seen[0].loopback), (&Endpoint::Workstation, 5, false));
        assert_eq!((seen[0].source_port, seen[0].took_ms), (40_000, 2));
        assert_eq!(seen[0].outcome, Outcome::Answered("200".into()));
        assert!(seen[1].loopback && seen[1].outcome == Outcome::Refused);
        assert_eq!(requests_since(&trace, first, &BTreeMap::new()).len(), 1);
    }
}
