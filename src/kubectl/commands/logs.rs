//! `kubectl logs`. Models kubectl/pkg/cmd/logs.

use super::common::SELECTOR;
use super::pods::{all_containers, behind, container, named};
use crate::api::Kind;
use crate::client::Body;
use crate::kubectl::command::{Cmd, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use futures_util::future::try_join_all;
use serde_json::Value;

const FLAGS: &[Flag] = &[
    flag("all-containers", FlagKind::Bool, "false", "Get all containers' logs in the pod(s)."),
    flag("all-pods", FlagKind::Bool, "false", "Get logs from all pod(s). Sets prefix to true."),
    short("container", 'c', FlagKind::Text, "", "Print the logs of this container"),
    short("follow", 'f', FlagKind::Bool, "false", "Specify if the logs should be streamed."),
    short(
        "previous",
        'p',
        FlagKind::Bool,
        "false",
        "If true, print the logs for the previous instance of the container in a pod if it exists.",
    ),
    flag("timestamps", FlagKind::Bool, "false", "Include timestamps on each line in the log output"),
    flag("limit-bytes", FlagKind::Int, "0", "Maximum bytes of logs to return. Defaults to no limit."),
    flag(
        "tail",
        FlagKind::Int,
        "-1",
        "Lines of recent log file to display. Defaults to -1 with no selector, showing all log lines otherwise 10, if a selector is provided.",
    ),
    flag("since", FlagKind::Duration, "0s", "Only return logs newer than a relative duration like 5s, 2m, or 3h."),
    flag("since-time", FlagKind::Text, "", "Only return logs after a specific date (RFC3339)."),
    flag("prefix", FlagKind::Bool, "false", "Prefix each log line with the log source (pod name and container name)"),
    flag("ignore-errors", FlagKind::Bool, "false", "If watching / following pod logs, allow for any errors that occur to be non-fatal"),
    flag("max-log-requests", FlagKind::Int, "5", "Specify maximum number of concurrent logs to follow when using by a selector."),
    flag("pod-running-timeout", FlagKind::Duration, "20s", "The length of time to wait until at least one pod is running"),
    flag(
        "insecure-skip-tls-verify-backend",
        FlagKind::Bool,
        "false",
        "Skip verifying the identity of the kubelet that logs are requested from.",
    ),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "logs",
    usage: "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
    short: "Print the logs for a container in a pod",
    examples: "# What the pod has printed\nkubectl logs kubia\n\n# One of its containers, and what is still to come\nkubectl logs -f kubia -c main\n\n# Of the container before its last restart\nkubectl logs kubia --previous",
    flags: &[FLAGS, SELECTOR],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

const EXPECTED: &str =
    "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

/// One log to read.
struct Source {
    namespace: String,
    pod: String,
    container: String,
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let selector = cmd.flags.text("selector").to_owned();
    let mut asked = cmd.flags.text("container").to_owned();
    match cmd.args() {
        [] if selector.is_empty() => return Err(cmd.usage_error(EXPECTED)),
        [] => {}
        [_] if !selector.is_empty() => return Err(cmd.usage_error("only a selector (-l) or a POD name is allowed")),
        [_] => {}
        [_, inline] => {
            if !asked.is_empty() {
                return Err("only one of -c or an inline [CONTAINER] arg is allowed".into());
            }
            asked.clone_from(inline);
        }
        _ => return Err(cmd.usage_error(EXPECTED)),
    }
    check(cmd, &asked)?;
    let (namespace, _) = cmd.namespace();
    let pods = if selector.is_empty() {
        let argument = cmd.args().first().cloned().unwrap_or_default();
        let (kind, object) = named(cmd, &argument).await.map_err(|e| missing(e, &namespace))?;
        let pods = behind(cmd, kind, &object).await?;
        if cmd.flags.on("all-pods") { pods } else { first(cmd, kind, pods).await }
    } else {
        let pods = cmd.list(Kind::Pod, &namespace, &selector, "").await?;
        if pods.is_empty() {
            cmd.eprint(&format!("No resources found in {namespace} namespace.\n")).await;
            return Ok(());
        }
        pods
    };
    let mut sources = Vec::new();
    for pod in &pods {
        let containers = if cmd.flags.on("all-containers") {
            all_containers(pod)
        } else {
            vec![container(cmd, pod, &asked, cmd.flags.on("all-pods")).await?]
        };
        for container in containers {
            let (namespace, name) = (text(pod, &["metadata", "namespace"]), text(pod, &["metadata", "name"]));
            sources.push(Source { namespace, pod: name, container });
        }
    }
    read(cmd, sources).await
}

/// The log of one container as it is now; for verbs that fall back to it.
pub async fn of_container(cmd: &Cmd, namespace: &str, pod: &str, container: &str) -> Result<(), Fail> {
    let call = Call::new("GET", format!("{}/log", object_path(Kind::Pod, namespace, pod))).query("container", container);
    let mut response = cmd.request(call).await?;
    let bytes = crate::kubectl::command::full_body(&mut response).await;
    let _ = cmd.ctx.write(1, &bytes).await;
    Ok(())
}

fn check(cmd: &Cmd, asked: &str) -> Result<(), Fail> {
    if cmd.flags.on("all-containers") && !asked.is_empty() {
        return Err(Fail::Text(format!("--all-containers=true should not be specified with container name {asked}")));
    }
    if cmd.flags.changed("since") && cmd.flags.duration("since") <= 0 {
        return Err("--since must be greater than 0".into());
    }
    if cmd.flags.int("limit-bytes") < 0 {
        return Err("--limit-bytes must be greater than 0".into());
    }
    if cmd.flags.duration("pod-running-timeout") <= 0 {
        return Err("--pod-running-timeout must be higher than zero".into());
    }
    let time = cmd.flags.text("since-time");
    if !time.is_empty() && time.parse::<jiff::Timestamp>().is_err() {
        let (layout, time) = (quote("2006-01-02T15:04:05Z07:00"), quote(time));
        return Err(Fail::Text(format!("parsing time {time} as {layout}: cannot parse {time} as \"2006\"")));
    }
    if cmd.flags.changed("since") && cmd.flags.changed("since-time") {
        return Err("at most one of `sinceTime` or `sinceSeconds` may be specified".into());
    }
    if cmd.flags.changed("tail") && cmd.flags.int("tail") < -1 {
        return Err("--tail must be greater than or equal to -1".into());
    }
    Ok(())
}

fn missing(fail: Fail, namespace: &str) -> Fail {
    match fail {
        Fail::Status(status) if status.reason == "NotFound" => {
            Fail::Text(format!("error from server (NotFound): {} in namespace \"{namespace}\"", status.message))
        }
        other => other,
    }
}

async fn first(cmd: &Cmd, kind: Kind, mut pods: Vec<Value>) -> Vec<Value> {
    if kind != Kind::Pod && pods.len() > 1 {
        let name = text(pods.first().unwrap_or(&Value::Null), &["metadata", "name"]);
        cmd.eprint(&format!("Found {} pods, using pod/{name}\n", pods.len())).await;
    }
    pods.truncate(1);
    pods
}

fn call(cmd: &Cmd, source: &Source) -> Call {
    let path = format!("{}/log", object_path(Kind::Pod, &source.namespace, &source.pod));
    let on = |name: &str| if cmd.flags.on(name) { "true" } else { "" };
    let selector = !cmd.flags.text("selector").is_empty();
    let tail = match cmd.flags.int("tail") {
        -1 if selector && !cmd.flags.changed("tail") => "10".to_owned(),
        -1 => String::new(),
        lines => lines.to_string(),
    };
    let since = match cmd.flags.duration("since") {
        0 => String::new(),
        millis => ((millis + 999) / 1000).max(1).to_string(),
    };
    let limit = if cmd.flags.int("limit-bytes") > 0 { cmd.flags.text("limit-bytes") } else { "" };
    Call::new("GET", path)
        .query("container", &source.container)
        .query("follow", on("follow"))
        .query("previous", on("previous"))
        .query("timestamps", on("timestamps"))
        .query("tailLines", &tail)
        .query("sinceSeconds", &since)
        .query("sinceTime", cmd.flags.text("since-time"))
        .query("limitBytes", limit)
}

async fn read(cmd: &Cmd, sources: Vec<Source>) -> Result<(), Fail> {
    let follow = cmd.flags.on("follow");
    let most = cmd.flags.int("max-log-requests");
    if follow && sources.len() > 1 && i64::try_from(sources.len()).unwrap_or(i64::MAX) > most {
        return Err(Fail::Text(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests to increase the limit",
            sources.len()
        )));
    }
    if follow {
        return try_join_all(sources.iter().map(|source| one_of(cmd, source))).await.map(drop);
    }
    for source in &sources {
        one_of(cmd, source).await?;
    }
    Ok(())
}

/// One of several logs; with `--ignore-errors` its failure does not end the others.
async fn one_of(cmd: &Cmd, source: &Source) -> Result<(), Fail> {
    match one(cmd, source).await {
        Err(why) if cmd.flags.on("ignore-errors") => {
            cmd.print(&format!("error: {}\n", why.message())).await;
            Ok(())
        }
        result => result,
    }
}

async fn one(cmd: &Cmd, source: &Source) -> Result<(), Fail> {
    let mut response = cmd.request(call(cmd, source)).await?;
    let prefix = if cmd.flags.on("prefix") || cmd.flags.on("all-pods") {
        format!("[pod/{}/{}] ", source.pod, source.container)
    } else {
        String::new()
    };
    let mut line_start = true;
    match &mut response.body {
        Body::Full(bytes) => {
            let bytes = prefixed(bytes, &prefix, &mut line_start);
            let _ = cmd.ctx.write(1, &bytes).await;
        }
        Body::Stream(stream) => {
            while let Some(piece) = stream.recv().await {
                let bytes = prefixed(&piece, &prefix, &mut line_start);
                if cmd.ctx.write(1, &bytes).await.is_err() {
                    break;
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Each line with its prefix.
fn prefixed(bytes: &[u8], prefix: &str, line_start: &mut bool) -> Vec<u8> {
    if prefix.is_empty() {
        return bytes.to_vec();
    }
    let mut out = Vec::new();
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if *line_start {
            out.extend_from_slice(prefix.as_bytes());
        }
        out.extend_from_slice(line);
        *line_start = line.ends_with(b"\n");
    }
    out
}
