//! Docker's containers and images, and the tables of them.

use std::rc::Rc;

use super::Seat;
use super::args::Given;
use super::crictl;
use super::table::{human, row, since, size, table};
use crate::cri::{Container, ContainerState, Sandbox};

/// The least width of a column.
pub(super) const COLUMN: usize = 10;
/// Digits of an ID in a table.
const SHORT_ID: usize = 12;
/// Letters of a command in a table.
const SHORT_COMMAND: usize = 20;
/// What an image weighs unpacked, which is what Docker shows, as a fraction of what was pulled.
const UNPACKED: (u64, u64) = (8, 3);

/// A container of Docker's: a pod's own, or the one that holds the pod's namespaces.
pub(super) enum Thing {
    Container(Rc<Container>),
    Pause(Rc<Sandbox>),
}

impl Thing {
    pub fn sandbox(&self) -> &Rc<Sandbox> {
        match self {
            Thing::Container(container) => &container.sandbox,
            Thing::Pause(sandbox) => sandbox,
        }
    }

    pub fn id(&self) -> &str {
        match self {
            Thing::Container(container) => &container.id,
            Thing::Pause(sandbox) => &sandbox.id,
        }
    }

    /// `k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT`, as cri-dockerd names them.
    pub fn name(&self) -> String {
        let pod = &self.sandbox().config;
        let (name, attempt) = match self {
            Thing::Container(container) => (container.config.name.as_str(), container.config.attempt),
            Thing::Pause(_) => ("POD", pod.attempt),
        };
        format!("k8s_{name}_{}_{}_{}_{attempt}", pod.name, pod.namespace, pod.uid)
    }

    pub fn is_running(&self) -> bool {
        match self {
            Thing::Container(container) => container.is_running(),
            Thing::Pause(sandbox) => sandbox.is_ready(),
        }
    }

    pub fn created(&self) -> jiff::Timestamp {
        match self {
            Thing::Container(container) => container.created,
            Thing::Pause(sandbox) => sandbox.created,
        }
    }

    fn argv(&self) -> Vec<String> {
        match self {
            Thing::Container(container) => container.argv(),
            Thing::Pause(_) => vec!["/pause".into()],
        }
    }

    fn image(&self) -> String {
        match self {
            Thing::Container(container) => short(container.config.image.id.trim_start_matches("sha256:")).to_owned(),
            Thing::Pause(_) => "registry.k8s.io/pause:3.10".into(),
        }
    }

    fn status(&self, now: jiff::Timestamp) -> String {
        let ago = |then| human(since(now, then));
        match self {
            Thing::Pause(sandbox) if sandbox.is_ready() => format!("Up {}", ago(sandbox.created)),
            Thing::Pause(_) => "Exited (0)".into(),
            Thing::Container(container) => match container.state() {
                ContainerState::Created => "Created".into(),
                ContainerState::Running { started } => format!("Up {}", ago(started)),
                ContainerState::Exited { finished, exit_code, .. } => format!("Exited ({exit_code}) {} ago", ago(finished)),
            },
        }
    }
}

pub(super) fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

/// Everything that Docker knows, the newest first.
fn things(seat: &Seat) -> Vec<Thing> {
    let mut all: Vec<Thing> = crictl::containers(seat).into_iter().map(Thing::Container).collect();
    all.extend(crictl::sandboxes(seat).into_iter().map(Thing::Pause));
    all.sort_by(|a, b| b.created().cmp(&a.created()).then_with(|| a.id().cmp(b.id())));
    all
}

pub(super) fn find(seat: &Seat, wanted: &str) -> Option<Thing> {
    let name = wanted.trim_start_matches('/');
    let mut found = things(seat).into_iter().filter(|thing| thing.name() == name || !name.is_empty() && thing.id().starts_with(name));
    found.next().filter(|_| found.next().is_none())
}

fn wanted(given: &Given, thing: &Thing) -> bool {
    given.options.iter().filter(|(name, _)| *name == "filter").all(|(_, filter)| match filter.split_once('=') {
        Some(("name", part)) => thing.name().contains(part.trim_matches(['^', '$'])),
        Some(("id", part)) => thing.id().starts_with(part),
        Some(("status", "running")) => thing.is_running(),
        Some(("status", "exited")) => !thing.is_running(),
        _ => true,
    })
}

pub(super) async fn ps(seat: &Seat, given: Given) -> i32 {
    let filtered = given.options.iter().any(|(name, value)| *name == "filter" && value.starts_with("status="));
    let every = given.on("all") || given.on("latest") || filtered;
    let mut list: Vec<Thing> = things(seat).into_iter().filter(|thing| (every || thing.is_running()) && wanted(&given, thing)).collect();
    if given.on("latest") {
        list.truncate(1);
    }
    let id = |thing: &Thing| if given.on("no-trunc") { thing.id().to_owned() } else { short(thing.id()).to_owned() };
    if given.on("quiet") {
        seat.print(&list.iter().map(|thing| format!("{}\n", id(thing))).collect::<String>()).await;
        return 0;
    }
    let now = seat.ctx.sim().timestamp();
    let cells = |thing: &Thing| {
        let command = thing.argv().join(" ");
        let shown: String = match command.char_indices().nth(SHORT_COMMAND) {
            Some(_) if !given.on("no-trunc") => command.chars().take(SHORT_COMMAND - 1).chain(['…']).collect(),
            _ => command,
        };
        let created = format!("{} ago", human(since(now, thing.created())));
        [id(thing), thing.image(), format!("\"{shown}\""), created, thing.status(now), String::new(), thing.name()]
    };
    if let Some(format) = given.value("format") {
        return formatted(seat, format, list.iter().map(cells)).await;
    }
    let mut rows = vec![row(["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"])];
    rows.extend(list.iter().map(|thing| cells(thing).to_vec()));
    seat.print(&table(&rows, COLUMN)).await;
    0
}

/// `--format '{{.ID}} {{.Names}}'`, also after `table `.
async fn formatted(seat: &Seat, format: &str, rows: impl Iterator<Item = [String; 7]>) -> i32 {
    const FIELDS: [&str; 7] = ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"];
    let (tabular, format) = format.strip_prefix("table ").map_or((false, format), |format| (true, format));
    let format = format.replace("\\t", "\t");
    let mut lines = Vec::new();
    if tabular {
        let heads = [("ID", "CONTAINER ID"), ("RunningFor", "CREATED")];
        let mut head = format.clone();
        for field in FIELDS {
            let title = heads.iter().find(|(name, _)| *name == field).map_or(field.to_uppercase(), |(_, title)| (*title).to_owned());
            head = head.replace(&format!("{{{{.{field}}}}}"), &title);
        }
        lines.push(head);
    }
    for cells in rows {
        let fields = FIELDS.iter().map(|field| (*field).to_owned()).zip(cells.map(serde_json::Value::String));
        match super::table::template(&format, &serde_json::Value::Object(fields.collect())) {
            Ok(line) => lines.push(line),
            Err(why) => return seat.fail(&why).await,
        }
    }
    let rows: Vec<Vec<String>> = lines.iter().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    let text = if tabular { table(&rows, COLUMN) } else { lines.iter().map(|line| format!("{line}\n")).collect() };
    seat.print(&text).await;
    0
}

pub(super) async fn images(seat: &Seat, given: Given) -> i32 {
    let mut rows = vec![row(["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"])];
    for image in seat.runtime().images().list() {
        let name = image.reference.name();
        let name = name.strip_prefix("docker.io/library/").or_else(|| name.strip_prefix("docker.io/")).unwrap_or(&name).to_owned();
        if given.operands.first().is_some_and(|wanted| wanted.split(':').next() != Some(&name)) {
            continue;
        }
        let id = short(image.id.trim_start_matches("sha256:")).to_owned();
        let tag = image.reference.tag.clone().unwrap_or_else(|| "<none>".into());
        rows.push(row([&name, &tag, &id, "3 weeks ago", &size(image.size_bytes * UNPACKED.0 / UNPACKED.1)]));
    }
    let text = match given.on("quiet") {
        true => rows.iter().skip(1).map(|cells| format!("{}\n", cells[2])).collect(),
        false => table(&rows, COLUMN),
    };
    seat.print(&text).await;
    0
}
