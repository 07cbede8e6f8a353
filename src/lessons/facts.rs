//! What a check may look at.

use std::collections::BTreeMap;

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
}

/// The state of the world as a step sees it.
pub struct Facts<'a> {
    /// The cluster.
    pub client: &'a Client,
    /// The trace's last event before the step began.
    pub since: u64,
    /// What was printed in the terminals during the step.
    pub printed: &'a str,
    /// Answers given to questions.
    pub answers: &'a BTreeMap<String, String>,
    /// Reads a file of the home directory.
    pub read_file: &'a dyn Fn(&str) -> Option<String>,
}

impl Facts<'_> {
    /// The requests of the step.
    pub fn looked(&self) -> Vec<Looked> {
        let events = self.client.sim().trace().since(self.since);
        let requests = events.iter().filter_map(|event| match &event.kind {
            TraceKind::ApiRequest { command, resource, namespace, name, output, container, code, .. } if *code < 400 => Some(Looked {
                command: command.to_string(),
                resource: resource.to_string(),
                namespace: namespace.to_string(),
                name: name.to_string(),
                output: output.to_string(),
                container: container.to_string(),
            }),
            _ => None,
        });
        requests.collect()
    }
}
