//! What a check may look at.

use crate::client::Client;
use crate::sim::TraceKind;

/// A request that somebody at the workstation made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// `get`, `describe`, `logs`, `exec`, ….
    pub command: String,
    /// The plural resource.
    pub resource: String,
    /// The namespace; empty for cluster-wide requests.
    pub namespace: String,
    /// The object; empty for lists.
    pub name: String,
    /// `-o`.
    pub output: String,
    /// The container.
    pub container: String,
    /// Whether the API server refused it.
    pub failed: bool,
}

/// A request that went over the simulated network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// `workstation`, a node, or `namespace/pod`.
    pub from: String,
    /// The same of who was called.
    pub to: String,
    /// The port.
    pub port: u16,
    /// `GET /`.
    pub label: String,
    /// `200`, `refused`, ….
    pub outcome: String,
}

/// The state of the world as a step sees it.
pub struct Facts<'a> {
    /// The cluster.
    pub client: &'a Client,
    /// The trace's last event before the step began.
    pub since: u64,
    /// What was printed in the terminals during the step.
    pub printed: &'a str,
    /// Reads a file of the home directory.
    pub read_file: &'a dyn Fn(&str) -> Option<String>,
}

impl Facts<'_> {
    /// The requests to the API of the step.
    pub fn looked(&self) -> Vec<Looked> {
        let mut found = Vec::new();
        self.client.sim().trace().visit_since(self.since, |event| {
            if let TraceKind::ApiRequest { command, resource, namespace, name, output, container, code, .. } = &event.kind {
                found.push(Looked {
                    command: command.to_string(),
                    resource: resource.to_string(),
                    namespace: namespace.to_string(),
                    name: name.to_string(),
                    output: output.to_string(),
                    container: container.to_string(),
                    failed: *code >= 400,
                });
            }
        });
        found
    }

    /// The requests over the network of the step.
    pub fn called(&self) -> Vec<Called> {
        let mut found = Vec::new();
        self.client.sim().trace().visit_since(self.since, |event| {
            if let TraceKind::Request { from, to, port, label, outcome, .. } = &event.kind {
                let text = |part: &std::rc::Rc<str>| part.to_string();
                found.push(Called { from: text(from), to: text(to), port: *port, label: text(label), outcome: text(outcome) });
            }
        });
        found
    }
}
