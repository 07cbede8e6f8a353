//! `kubectl attach`. Models kubectl/pkg/cmd/attach.

use super::exec::Streams;
use super::pods::{behind, container, named};
use crate::kubectl::command::{Cmd, items, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::Value;

const FLAGS: &[Flag] = &[
    flag("detach-keys", FlagKind::Text, "ctrl-p,ctrl-q", "").refused(),
    short("container", 'c', FlagKind::Text, "", "Container name."),
    short("stdin", 'i', FlagKind::Bool, "false", "Pass stdin to the container"),
    short("tty", 't', FlagKind::Bool, "false", "Stdin is a TTY"),
    short("quiet", 'q', FlagKind::Bool, "false", "Only print output from the remote session"),
    flag("pod-running-timeout", FlagKind::Duration, "1m0s", "The length of time to wait until at least one pod is running"),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "attach",
    usage: "(POD | TYPE/NAME) -c CONTAINER",
    short: "Attach to a running container",
    examples: "# See what the pod prints from now on\nkubectl attach kubia",
    flags: &[FLAGS],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// The name of a pod's first container.
pub fn first_container(pod: &Value) -> String {
    items(pod, &["spec", "containers"]).first().map(|c| text(c, &["name"])).unwrap_or_default()
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let argument = match cmd.args() {
        [] => return Err("at least 1 argument is required for attach".into()),
        [one] => one.clone(),
        [kind, name] => format!("{kind}/{name}"),
        more => {
            return Err(Fail::Text(format!(
                "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                more.len(),
                more.join(" ")
            )));
        }
    };
    let (kind, object) = named(cmd, &argument).await?;
    let pods = behind(cmd, kind, &object).await?;
    let Some(pod) = pods.first() else { return Ok(()) };
    let phase = text(pod, &["status", "phase"]);
    if phase == "Succeeded" || phase == "Failed" {
        return Err(Fail::Text(format!("cannot attach a container in a completed pod; current phase is {phase}")));
    }
    let container = container(cmd, pod, cmd.flags.text("container"), cmd.flags.on("quiet")).await;
    let container = container.map_err(|e| Fail::Text(format!("cannot attach to the container: {}", e.message())))?;
    to_pod(cmd, pod, &container, cmd.flags.on("stdin"), cmd.flags.on("tty")).await
}

/// Joins a container's first process.
pub async fn to_pod(cmd: &Cmd, pod: &Value, container: &str, stdin: bool, tty: bool) -> Result<(), Fail> {
    let streams = Streams::new(cmd, stdin, tty).await;
    if !cmd.flags.on("quiet") {
        cmd.eprint("All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\nIf you don't see a command prompt, try pressing enter.\n").await;
    }
    let call = streams.call(pod, "attach", container);
    streams.run(cmd, call).await
}
