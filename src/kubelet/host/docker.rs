//! `docker` on a node whose runtime is Docker Engine behind cri-dockerd. Models docker/cli.

use std::time::Duration;

use super::Seat;
use super::args::{Given, Opt, parse};
use super::crictl;
use super::docker_inspect;
use super::docker_list::{self, COLUMN, Thing, find, short};
use super::table::{row, table};
use crate::cri::LogQuery;
use crate::images::Reference;
use crate::process::Signal;
use crate::sim::LocalBoxFuture;

async fn missing(seat: &Seat, name: &str) -> i32 {
    seat.fail(&format!("Error response from daemon: No such container: {name}")).await
}

type Run = for<'a> fn(&'a Seat, Given) -> LocalBoxFuture<'a, i32>;

const LIST: &[Opt] = &[
    Opt("all", "a", false),
    Opt("quiet", "q", false),
    Opt("no-trunc", "", false),
    Opt("filter", "f", true),
    Opt("format", "", true),
    Opt("last", "n", true),
    Opt("latest", "l", false),
    Opt("size", "s", false),
    Opt("digests", "", false),
];
const LOGS: &[Opt] = &[Opt("follow", "f", false), Opt("tail", "n", true), Opt("timestamps", "t", false), Opt("since", "", true)];
const EXEC: &[Opt] = &[
    Opt("interactive", "i", false),
    Opt("tty", "t", false),
    Opt("detach", "d", false),
    Opt("env", "e", true),
    Opt("user", "u", true),
    Opt("workdir", "w", true),
];
const OTHER: &[Opt] = &[
    Opt("force", "f", false),
    Opt("volumes", "v", false),
    Opt("time", "t", true),
    Opt("timeout", "", true),
    Opt("signal", "s", true),
    Opt("quiet", "q", false),
];
const INSPECT: &[Opt] = &[Opt("format", "f", true), Opt("size", "s", false), Opt("type", "", true)];

/// Every command: names, options, whether options may stand behind operands, code.
const COMMANDS: &[(&str, &[Opt], bool, Run)] = &[
    ("exec", EXEC, false, |seat, given| Box::pin(exec(seat, given))),
    ("images", LIST, true, |seat, given| Box::pin(docker_list::images(seat, given))),
    ("inspect", INSPECT, true, |seat, given| Box::pin(docker_inspect::run(seat, given))),
    ("kill", OTHER, true, |seat, given| Box::pin(kill(seat, given))),
    ("logs", LOGS, true, |seat, given| Box::pin(logs(seat, given))),
    ("ps", LIST, true, |seat, given| Box::pin(docker_list::ps(seat, given))),
    ("pull", OTHER, true, |seat, given| Box::pin(pull(seat, given))),
    ("rm", OTHER, true, |seat, given| Box::pin(rm(seat, given))),
    ("rmi", OTHER, true, |seat, given| Box::pin(rmi(seat, given))),
    ("stop", OTHER, true, |seat, given| Box::pin(stop(seat, given))),
    ("top", OTHER, false, |seat, given| Box::pin(top(seat, given))),
    ("version", LIST, true, |seat, given| Box::pin(version(seat, given))),
];

/// What docker knows and Podground does not.
const REFUSED: &[&str] = &[
    "attach",
    "build",
    "commit",
    "compose",
    "container",
    "context",
    "cp",
    "create",
    "diff",
    "events",
    "export",
    "history",
    "image",
    "import",
    "info",
    "load",
    "login",
    "logout",
    "network",
    "pause",
    "port",
    "push",
    "rename",
    "restart",
    "run",
    "save",
    "search",
    "start",
    "stats",
    "swarm",
    "system",
    "tag",
    "unpause",
    "update",
    "volume",
    "wait",
];

pub(super) async fn run(seat: Seat) -> i32 {
    let mut words: Vec<String> = seat.args.iter().skip(1).cloned().collect();
    // `docker container ls` is `docker ps`, `docker image ls` is `docker images`.
    match words.iter().map(String::as_str).take(2).collect::<Vec<_>>().as_slice() {
        ["container", "ls" | "list" | "ps"] => drop(words.splice(..2, ["ps".to_owned()])),
        ["image", "ls" | "list"] => drop(words.splice(..2, ["images".to_owned()])),
        ["container", _] => drop(words.remove(0)),
        _ => {}
    }
    let verb = words.first().cloned().unwrap_or_default();
    if matches!(verb.as_str(), "" | "help" | "--help" | "-h") {
        let names: String = COMMANDS.iter().map(|(name, ..)| format!("  {name}\n")).collect();
        seat.print(&format!("\nUsage:  docker [OPTIONS] COMMAND\n\nA self-sufficient runtime for containers\n\nCommands:\n{names}")).await;
        return 0;
    }
    if matches!(verb.as_str(), "--version" | "-v") {
        seat.print(&format!("Docker version {}, build 1234567\n", seat.runtime().flavour().version)).await;
        return 0;
    }
    if REFUSED.contains(&verb.as_str()) {
        return seat.fail(&format!("docker: {verb} is not simulated in Podground")).await;
    }
    let Some((_, options, mixed, run)) = COMMANDS.iter().find(|(name, ..)| *name == verb) else {
        return seat.fail(&format!("docker: '{verb}' is not a docker command.\nSee 'docker --help'")).await;
    };
    if seat.machine().running("docker").is_none() {
        return seat.fail("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?").await;
    }
    match parse(words.get(1..).unwrap_or_default(), options, *mixed) {
        Ok(given) => run(&seat, given).await,
        Err(why) => {
            let option = why.trim_start_matches("flag provided but not defined: -");
            seat.fail(&format!("unknown flag: --{option}\nSee 'docker {verb} --help'.")).await;
            125
        }
    }
}

/// Says how many arguments a command needs, where they are missing.
async fn lacks(seat: &Seat, given: &Given, verb: &str, count: usize) -> bool {
    if given.operands.len() >= count {
        return false;
    }
    let (least, plural) = (if verb == "logs" { "exactly" } else { "at least" }, if count == 1 { "" } else { "s" });
    seat.fail(&format!(
        "\"docker {verb}\" requires {least} {count} argument{plural}.\nSee 'docker {verb} --help'.\n\nUsage:  docker {verb} [OPTIONS] CONTAINER"
    ))
    .await;
    true
}

async fn logs(seat: &Seat, given: Given) -> i32 {
    if lacks(seat, &given, "logs", 1).await {
        return 1;
    }
    let name = &given.operands[0];
    let container = match find(seat, name) {
        Some(Thing::Container(container)) => container,
        Some(Thing::Pause(_)) => return 0,
        None => return missing(seat, name).await,
    };
    let tail = given.value("tail").filter(|tail| *tail != "all").and_then(|tail| tail.parse().ok());
    let query = LogQuery { follow: given.on("follow"), tail_lines: tail, timestamps: given.on("timestamps"), ..LogQuery::default() };
    let mut lines = container.log.read(query);
    while let Some(bytes) = lines.recv().await {
        if seat.ctx.write(1, &bytes).await.is_err() {
            break;
        }
    }
    0
}

async fn exec(seat: &Seat, given: Given) -> i32 {
    if lacks(seat, &given, "exec", 2).await {
        return 1;
    }
    let name = &given.operands[0];
    let Some(thing) = find(seat, name) else { return missing(seat, name).await };
    if !thing.is_running() {
        return seat.fail(&format!("Error response from daemon: container {} is not running", thing.id())).await;
    }
    let command = given.operands.get(1..).unwrap_or_default().to_vec();
    let Thing::Container(container) = thing else {
        let why = format!("exec: {:?}: executable file not found in $PATH", command[0]);
        seat.fail(&format!("OCI runtime exec failed: exec failed: unable to start container process: {why}: unknown")).await;
        return 127;
    };
    let (stdin, tty) = (given.on("interactive"), given.on("tty"));
    if tty && !seat.ctx.is_tty(0) {
        return seat.fail("the input device is not a TTY").await;
    }
    match container.exec("0", command, stdin, tty) {
        Ok(session) => session.carry(&seat.ctx, stdin, tty).await,
        Err(error) => {
            let why =
                error.0.split_once("OCI runtime exec failed").map_or(error.0.clone(), |(_, rest)| format!("OCI runtime exec failed{rest}"));
            seat.fail(&why).await;
            if why.contains("not found") { 127 } else { 126 }
        }
    }
}

/// Acts on each container that is named, and prints the name.
async fn each(seat: &Seat, given: &Given, verb: &str, act: impl AsyncFn(&Thing) -> Result<(), String>) -> i32 {
    if lacks(seat, given, verb, 1).await {
        return 1;
    }
    let mut code = 0;
    for name in &given.operands {
        let Some(thing) = find(seat, name) else {
            code = missing(seat, name).await;
            continue;
        };
        match act(&thing).await {
            Ok(()) => seat.print(&format!("{name}\n")).await,
            Err(why) => code = seat.fail(&format!("Error response from daemon: {why}")).await,
        }
    }
    code
}

async fn end(seat: &Seat, thing: &Thing, grace: Duration) {
    match thing {
        Thing::Container(container) => seat.runtime().stop_container(container, grace).await,
        Thing::Pause(sandbox) => seat.runtime().stop_sandbox(sandbox).await,
    }
}

async fn stop(seat: &Seat, given: Given) -> i32 {
    const GRACE_SECONDS: u64 = 10;
    let seconds = given.value("time").or(given.value("timeout")).and_then(|text| text.parse().ok()).unwrap_or(GRACE_SECONDS);
    each(seat, &given, "stop", async |thing| {
        end(seat, thing, Duration::from_secs(seconds)).await;
        Ok(())
    })
    .await
}

async fn kill(seat: &Seat, given: Given) -> i32 {
    let name = given.value("signal").unwrap_or("KILL").to_owned();
    let signal = name.parse().ok().and_then(Signal::from_number).or_else(|| Signal::from_name(&name));
    each(seat, &given, "kill", async |thing| {
        let signal = signal.ok_or_else(|| format!("Invalid signal: {name}"))?;
        if !thing.is_running() {
            return Err(format!("cannot kill container: {}: container {} is not running", thing.name(), thing.id()));
        }
        match thing {
            Thing::Container(container) => container.signal(signal),
            thing => end(seat, thing, Duration::ZERO).await,
        }
        Ok(())
    })
    .await
}

async fn rm(seat: &Seat, given: Given) -> i32 {
    let force = given.on("force");
    each(seat, &given, "rm", async |thing| {
        if thing.is_running() && !force {
            let name = thing.name();
            return Err(format!(
                "cannot remove container \"/{name}\": container is running: stop the container before removing or force remove"
            ));
        }
        end(seat, thing, Duration::ZERO).await;
        match thing {
            Thing::Container(container) => seat.runtime().remove_container(&container.id),
            Thing::Pause(sandbox) => seat.runtime().remove_sandbox(sandbox),
        }
        Ok(())
    })
    .await
}

async fn rmi(seat: &Seat, given: Given) -> i32 {
    let mut code = 0;
    for name in &given.operands {
        let Some(image) = super::inspect::image_of(seat, name) else {
            code = seat.fail(&format!("Error response from daemon: No such image: {name}")).await;
            continue;
        };
        let user = crictl::containers(seat).into_iter().find(|container| container.config.image.id == image.id);
        if let Some(user) = user.filter(|_| !given.on("force")) {
            let (id, image) = (short(&user.id), short(image.id.trim_start_matches("sha256:")));
            let state = if user.is_running() {
                "cannot be forced) - image is being used by running container"
            } else {
                "must be forced) - container"
            };
            code = seat.fail(&format!("Error response from daemon: conflict: unable to delete {image} ({state} {id}")).await;
            continue;
        }
        seat.runtime().images().remove(&image.reference);
        seat.print(&format!("Untagged: {}\nDeleted: {}\n", image.reference, image.id)).await;
    }
    code
}

async fn pull(seat: &Seat, given: Given) -> i32 {
    if lacks(seat, &given, "pull", 1).await {
        return 1;
    }
    let name = &given.operands[0];
    let Ok(reference) = Reference::parse(name) else { return seat.fail("invalid reference format").await };
    let (short, tag) = (reference.path.clone(), reference.tag.clone().unwrap_or_else(|| "latest".into()));
    match seat.runtime().images().pull(&reference).await {
        Ok((image, _)) => {
            seat.print(&format!(
                "{tag}: Pulling from {short}\nDigest: {}\nStatus: Image is up to date for {name}\n{reference}\n",
                image.digest
            ))
            .await;
            0
        }
        Err(error) => seat.fail(&format!("Error response from daemon: {}", error.0)).await,
    }
}

async fn top(seat: &Seat, given: Given) -> i32 {
    if lacks(seat, &given, "top", 1).await {
        return 1;
    }
    let name = &given.operands[0];
    let Some(thing) = find(seat, name) else { return missing(seat, name).await };
    let machine = seat.machine();
    let mut rows = vec![row(["UID", "PID", "PPID", "CMD"])];
    for process in machine.kernel.seen().into_values() {
        let ours = match &thing {
            Thing::Container(container) => process.namespaces.cgroup.same(&container.cgroup),
            Thing::Pause(sandbox) => Some(machine.kernel.numbers_of(&process).0) == sandbox.pause_pid(),
        };
        if ours {
            let (pid, parent) = machine.kernel.numbers_of(&process);
            let command = process.argv.borrow().join(" ");
            rows.push(row([&process.credentials.get().uid.to_string(), &pid.to_string(), &parent.to_string(), &command]));
        }
    }
    seat.print(&table(&rows, COLUMN * 2)).await;
    0
}

async fn version(seat: &Seat, _given: Given) -> i32 {
    let version = &seat.runtime().flavour().version;
    seat.print(&format!(
        "Client: Docker Engine - Community\n Version:           {version}\n OS/Arch:           linux/amd64\n\nServer: Docker Engine - Community\n Engine:\n  Version:          {version}\n  OS/Arch:          linux/amd64\n"
    ))
    .await;
    0
}
