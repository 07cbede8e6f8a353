//! `crictl`: the client of the container runtime interface. Models kubernetes-sigs/cri-tools.

use std::rc::Rc;
use std::time::Duration;

use super::Seat;
use super::args::{Given, Opt, parse};
use super::crictl_acts;
use super::inspect;
use super::table::{human, row, since, size, table};
use crate::cri::{Container, ContainerState, Sandbox};
use crate::sim::LocalBoxFuture;

/// The least width of a column.
const COLUMN: usize = 20;
/// Digits of an ID in a table.
const SHORT_ID: usize = 13;
/// How long crictl waits for a runtime that does not answer.
const CONNECT: Duration = Duration::from_secs(2);

/// A line on stderr as crictl ends with, and exit code 1.
pub(super) async fn fatal(seat: &Seat, why: &str) -> i32 {
    complain(seat, "fatal", why).await;
    1
}

pub(super) async fn complain(seat: &Seat, level: &str, why: &str) {
    let text = if seat.ctx.is_tty(2) {
        format!("\x1b[31m{:.4}\x1b[0m[0000] {why}", level.to_uppercase())
    } else {
        format!("time=\"{}\" level={level} msg={why:?}", seat.ctx.sim().timestamp().strftime("%Y-%m-%dT%H:%M:%SZ"))
    };
    seat.fail(&text).await;
}

type Run = for<'a> fn(&'a Seat, Given) -> LocalBoxFuture<'a, i32>;

const LIST: &[Opt] = &[
    Opt("all", "a", false),
    Opt("quiet", "q", false),
    Opt("name", "", true),
    Opt("namespace", "", true),
    Opt("pod", "p", true),
    Opt("state", "s", true),
    Opt("label", "", true),
    Opt("id", "", true),
    Opt("latest", "l", false),
    Opt("last", "n", true),
    Opt("no-trunc", "", false),
    Opt("output", "o", true),
    Opt("verbose", "v", false),
    Opt("digests", "", false),
    Opt("template", "", true),
];
const LOGS: &[Opt] = &[
    Opt("follow", "f", false),
    Opt("tail", "", true),
    Opt("since", "", true),
    Opt("timestamps", "t", false),
    Opt("previous", "p", false),
    Opt("limit-bytes", "", true),
];
const EXEC: &[Opt] = &[Opt("interactive", "i", false), Opt("tty", "t", false), Opt("sync", "s", false), Opt("timeout", "", true)];
const STOP: &[Opt] = &[Opt("timeout", "t", true)];
const REMOVE: &[Opt] = &[Opt("force", "f", false), Opt("all", "a", false), Opt("prune", "q", false)];

/// Every command: names, options, code.
const COMMANDS: &[(&[&str], &[Opt], Run)] = &[
    (&["exec"], EXEC, |seat, given| Box::pin(crictl_acts::exec(seat, given))),
    (&["images", "image", "img"], LIST, |seat, given| Box::pin(images(seat, given))),
    (&["info"], LIST, |seat, given| Box::pin(inspect::info(seat, given))),
    (&["inspect"], LIST, |seat, given| Box::pin(inspect::container(seat, given))),
    (&["inspecti"], LIST, |seat, given| Box::pin(inspect::image(seat, given))),
    (&["inspectp"], LIST, |seat, given| Box::pin(inspect::sandbox(seat, given))),
    (&["logs"], LOGS, |seat, given| Box::pin(crictl_acts::logs(seat, given))),
    (&["pods"], LIST, |seat, given| Box::pin(pods(seat, given))),
    (&["ps"], LIST, |seat, given| Box::pin(ps(seat, given))),
    (&["pull"], LIST, |seat, given| Box::pin(crictl_acts::pull(seat, given))),
    (&["rm"], REMOVE, |seat, given| Box::pin(crictl_acts::rm(seat, given))),
    (&["rmi"], REMOVE, |seat, given| Box::pin(crictl_acts::rmi(seat, given))),
    (&["rmp"], REMOVE, |seat, given| Box::pin(crictl_acts::rmp(seat, given))),
    (&["stop"], STOP, |seat, given| Box::pin(crictl_acts::stop(seat, given))),
    (&["stopp"], STOP, |seat, given| Box::pin(crictl_acts::stopp(seat, given))),
    (&["version"], LIST, |seat, given| Box::pin(version(seat, given))),
];

/// What crictl knows and Podground does not.
const REFUSED: &[&str] = &[
    "attach",
    "checkpoint",
    "completion",
    "config",
    "create",
    "events",
    "imagefsinfo",
    "metricdescs",
    "port-forward",
    "run",
    "runp",
    "runtime-config",
    "start",
    "stats",
    "statsp",
    "update",
    "update-runtime-config",
];

pub(super) async fn run(seat: Seat) -> i32 {
    let mut words: Vec<String> = seat.args.iter().skip(1).cloned().collect();
    while words
        .first()
        .is_some_and(|word| matches!(word.as_str(), "-r" | "-i" | "-t" | "--runtime-endpoint" | "--image-endpoint" | "--timeout"))
    {
        words.drain(..2.min(words.len()));
    }
    words.drain(..words.iter().take_while(|word| word.starts_with("--runtime-endpoint=") || *word == "-D").count());
    let Some(verb) = words.first().cloned() else { return help(&seat).await };
    if matches!(verb.as_str(), "help" | "-h" | "--help") {
        return help(&seat).await;
    }
    if matches!(verb.as_str(), "--version" | "-v") {
        seat.print("crictl version v1.36.0\n").await;
        return 0;
    }
    if REFUSED.contains(&verb.as_str()) {
        return fatal(&seat, &format!("crictl {verb} is not simulated in Podground")).await;
    }
    let Some((_, options, run)) = COMMANDS.iter().find(|(names, ..)| names.contains(&verb.as_str())) else {
        seat.print(&format!("No help topic for '{verb}'\n")).await;
        return 3;
    };
    let mixed = verb != "exec";
    match parse(words.get(1..).unwrap_or_default(), options, mixed) {
        Err(why) => {
            seat.print(&format!("Incorrect Usage: {why}\n\n")).await;
            fatal(&seat, &why).await
        }
        Ok(_) if !seat.runtime().is_up() => {
            seat.ctx.sleep(CONNECT).await;
            let endpoint = seat.kubelet.endpoint();
            let path = endpoint.trim_start_matches("unix://");
            let why = format!(
                "validate service connection: validate CRI v1 runtime API for endpoint \"{endpoint}\": rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial unix {path}: connect: no such file or directory\""
            );
            fatal(&seat, &why).await
        }
        Ok(given) => run(&seat, given).await,
    }
}

async fn help(seat: &Seat) -> i32 {
    let mut names: Vec<String> = COMMANDS.iter().map(|(names, ..)| names.join(", ")).collect();
    names.sort();
    let list: String = names.iter().map(|name| format!("   {name}\n")).collect();
    seat.print(&format!("NAME:\n   crictl - client for CRI\n\nUSAGE:\n   crictl [global options] command [command options] [arguments...]\n\nVERSION:\n   v1.36.0\n\nCOMMANDS:\n{list}")).await;
    0
}

pub(super) fn state_of(container: &Container) -> &'static str {
    match container.state() {
        ContainerState::Created => "Created",
        ContainerState::Running { .. } => "Running",
        ContainerState::Exited { .. } => "Exited",
    }
}

/// Every container, the newest first.
pub(super) fn containers(seat: &Seat) -> Vec<Rc<Container>> {
    let mut all = seat.runtime().containers();
    all.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    all
}

/// Every sandbox, the newest first.
pub(super) fn sandboxes(seat: &Seat) -> Vec<Rc<Sandbox>> {
    let mut all = seat.runtime().sandboxes();
    all.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    all
}

fn ago(seat: &Seat, then: jiff::Timestamp) -> String {
    format!("{} ago", human(since(seat.ctx.sim().timestamp(), then)))
}

fn cut<'a>(given: &Given, id: &'a str) -> &'a str {
    if given.on("no-trunc") { id } else { id.get(..SHORT_ID).unwrap_or(id) }
}

fn limit<T>(given: &Given, list: &mut Vec<T>) {
    let last = if given.on("latest") { Some(1) } else { given.value("last").and_then(|n| n.parse().ok()) };
    if let Some(last) = last.filter(|last| *last > 0) {
        list.truncate(last);
    }
}

/// `--name` is a pattern; a plain part of the name is what people give.
fn matches(given: &Given, option: &str, text: &str) -> bool {
    given.value(option).is_none_or(|wanted| text.contains(wanted.trim_matches(['^', '$'])))
}

fn labelled(given: &Given, labels: &std::collections::BTreeMap<String, String>) -> bool {
    given.value("label").is_none_or(|wanted| {
        let (key, value) = wanted.split_once('=').unwrap_or((wanted, ""));
        labels.get(key).is_some_and(|found| value.is_empty() || found == value)
    })
}

async fn pods(seat: &Seat, given: Given) -> i32 {
    let mut list = sandboxes(seat);
    let state = given.value("state").map(str::to_lowercase);
    list.retain(|sandbox| {
        let config = &sandbox.config;
        matches(&given, "name", &config.name)
            && matches(&given, "namespace", &config.namespace)
            && given.value("id").is_none_or(|id| sandbox.id.starts_with(id))
            && state.as_deref().is_none_or(|state| (state == "ready") == sandbox.is_ready())
            && labelled(&given, &config.labels)
    });
    limit(&given, &mut list);
    if let Some(format) = given.value("output").filter(|format| *format != "table") {
        let items: Vec<_> = list.iter().map(|sandbox| inspect::sandbox_item(sandbox)).collect();
        return inspect::output(seat, format, &serde_json::json!({ "items": items })).await;
    }
    if given.on("quiet") {
        seat.print(&list.iter().map(|sandbox| format!("{}\n", sandbox.id)).collect::<String>()).await;
        return 0;
    }
    let mut rows = vec![row(["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"])];
    rows.extend(list.iter().map(|sandbox| {
        let state = if sandbox.is_ready() { "Ready" } else { "NotReady" };
        let config = &sandbox.config;
        let attempt = config.attempt.to_string();
        row([cut(&given, &sandbox.id), &ago(seat, sandbox.created), state, &config.name, &config.namespace, &attempt, "(default)"])
    }));
    seat.print(&table(&rows, COLUMN)).await;
    0
}

async fn ps(seat: &Seat, given: Given) -> i32 {
    let mut list = containers(seat);
    let state = given.value("state").map(str::to_lowercase);
    let every = given.on("all") || given.on("latest") || given.value("last").is_some() || given.value("id").is_some();
    list.retain(|container| {
        let is = state_of(container);
        let pod = &container.sandbox;
        (every || state.is_some() || is == "Running")
            && state.as_deref().is_none_or(|state| state == is.to_lowercase())
            && matches(&given, "name", &container.config.name)
            && matches(&given, "namespace", &pod.config.namespace)
            && given.value("pod").is_none_or(|id| pod.id.starts_with(id))
            && given.value("id").is_none_or(|id| container.id.starts_with(id))
            && given.value("label").is_none_or(|_| labelled(&given, &inspect::labels(container)))
    });
    limit(&given, &mut list);
    if let Some(format) = given.value("output").filter(|format| *format != "table") {
        let items: Vec<_> = list.iter().map(|container| inspect::container_item(container)).collect();
        return inspect::output(seat, format, &serde_json::json!({ "containers": items })).await;
    }
    if given.on("quiet") {
        seat.print(&list.iter().map(|container| format!("{}\n", container.id)).collect::<String>()).await;
        return 0;
    }
    let mut rows = vec![row(["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"])];
    rows.extend(list.iter().map(|container| {
        let (config, pod) = (&container.config, &container.sandbox);
        let image = config.image.id.trim_start_matches("sha256:");
        let image = image.get(..SHORT_ID).unwrap_or(image);
        let attempt = config.attempt.to_string();
        row([
            cut(&given, &container.id),
            image,
            &ago(seat, container.created),
            state_of(container),
            &config.name,
            &attempt,
            cut(&given, &pod.id),
            &pod.config.name,
            &pod.config.namespace,
        ])
    }));
    seat.print(&table(&rows, COLUMN)).await;
    0
}

async fn images(seat: &Seat, given: Given) -> i32 {
    let mut list = seat.runtime().images().list();
    list.retain(|image| given.operands.first().is_none_or(|wanted| image.reference.to_string().contains(wanted.as_str())));
    if let Some(format) = given.value("output").filter(|format| *format != "table") {
        let items: Vec<_> = list.iter().map(|image| inspect::image_item(image)).collect();
        return inspect::output(seat, format, &serde_json::json!({ "images": items })).await;
    }
    if given.on("quiet") {
        seat.print(&list.iter().map(|image| format!("{}\n", image.id)).collect::<String>()).await;
        return 0;
    }
    let short = |id: &str| id.trim_start_matches("sha256:").chars().take(SHORT_ID).collect::<String>();
    let mut rows = vec![row(["IMAGE", "TAG", "IMAGE ID", "SIZE"])];
    if given.on("digests") {
        rows[0].insert(2, "DIGEST".into());
    }
    rows.extend(list.iter().map(|image| {
        let tag = image.reference.tag.clone().unwrap_or_else(|| "<none>".into());
        let mut cells = row([&image.reference.name(), &tag, &short(&image.id), &size(image.size_bytes)]);
        if given.on("digests") {
            cells.insert(2, short(&image.digest));
        }
        cells
    }));
    seat.print(&table(&rows, COLUMN)).await;
    0
}

/// The container whose ID begins so; else the words of the error.
pub(super) fn container_of(seat: &Seat, id: &str) -> Result<Rc<Container>, String> {
    let mut found = seat.runtime().containers().into_iter().filter(|container| !id.is_empty() && container.id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(container), None) => Ok(container),
        _ => Err(format!("rpc error: code = NotFound desc = an error occurred when try to find container \"{id}\": not found")),
    }
}

/// The sandbox whose ID begins so; else the words of the error.
pub(super) fn sandbox_of(seat: &Seat, id: &str) -> Result<Rc<Sandbox>, String> {
    let mut found = seat.runtime().sandboxes().into_iter().filter(|sandbox| !id.is_empty() && sandbox.id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(sandbox), None) => Ok(sandbox),
        _ => Err(format!("rpc error: code = NotFound desc = an error occurred when try to find sandbox \"{id}\": not found")),
    }
}

async fn version(seat: &Seat, _given: Given) -> i32 {
    let flavour = seat.runtime().flavour();
    seat.print(&format!(
        "Version:  0.1.0\nRuntimeName:  {}\nRuntimeVersion:  {}\nRuntimeApiVersion:  v1\n",
        flavour.scheme, flavour.version
    ))
    .await;
    0
}
