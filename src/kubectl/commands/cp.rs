//! `kubectl cp`: tar on both sides of an exec. Models kubectl/pkg/cmd/cp.

mod tar;

use super::exec::{Captured, capture};
use super::pods::{container, defaulted};
use crate::api::Kind;
use crate::kubectl::command::{Cmd, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::kubeconfig::errno_text;
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::verb::{BASE, Verb};
use crate::process::vfs::normalize;
use serde_json::Value;
use tar::{Content, Entry};

const FLAGS: &[Flag] = &[
    short(
        "container",
        'c',
        FlagKind::Text,
        "",
        "Container name. If omitted, use the kubectl.kubernetes.io/default-container annotation for selecting the container to be attached or the first container in the pod will be chosen",
    ),
    flag(
        "no-preserve",
        FlagKind::Bool,
        "false",
        "The copied file/directory's ownership and permissions will not be preserved in the container",
    ),
    flag(
        "retries",
        FlagKind::Int,
        "0",
        "Set number of retries to complete a copy operation from a container. Specify 0 to disable or any negative value for infinite retrying. The default is 0 (no retry).",
    ),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "cp",
    usage: "<file-spec-src> <file-spec-dest>",
    short: "Copy files and directories to and from containers",
    examples: "# A file into a pod\nkubectl cp index.html web:/usr/share/nginx/html/index.html\n\n# A folder out of one container of a pod\nkubectl cp web:/etc/nginx ./nginx -c main",
    flags: &[FLAGS],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// How deep folders may be nested.
const DEPTH_LIMIT: usize = 64;

/// `[[namespace/]pod:]path`.
struct Spec {
    namespace: String,
    pod: String,
    path: String,
}

fn spec(argument: &str) -> Result<Spec, Fail> {
    let malformed = || Fail::from("filespec must match the canonical format: [[namespace/]pod:]file/path");
    let trimmed = |path: &str| if path.len() > 1 { path.strip_suffix('/').unwrap_or(path).to_owned() } else { path.to_owned() };
    let Some((pod, path)) = argument.split_once(':') else {
        return Ok(Spec { namespace: String::new(), pod: String::new(), path: trimmed(argument) });
    };
    if pod.is_empty() {
        return Err(malformed());
    }
    let (namespace, pod) = pod.split_once('/').unwrap_or(("", pod));
    if pod.contains('/') {
        return Err(malformed());
    }
    Ok(Spec { namespace: namespace.to_owned(), pod: pod.to_owned(), path: trimmed(path) })
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let [source, target] = cmd.args() else { return Err("source and destination are required".into()) };
    let (source, target) = (spec(source)?, spec(target)?);
    if !source.pod.is_empty() && !target.pod.is_empty() {
        return Err("one of src or dest must be a local file specification".into());
    }
    if source.path.is_empty() || target.path.is_empty() {
        return Err("filepath can not be empty".into());
    }
    if !source.pod.is_empty() {
        return from_pod(cmd, &source, &target.path).await;
    }
    if !target.pod.is_empty() {
        return to_pod(cmd, &source.path, &target).await;
    }
    Err("one of src or dest must be a remote file specification".into())
}

/// The pod of a specification, if commands can run in it.
async fn pod_of(cmd: &Cmd, spec: &Spec) -> Result<Value, Fail> {
    let namespace = if spec.namespace.is_empty() { cmd.namespace().0 } else { spec.namespace.clone() };
    let pod = cmd.get(Kind::Pod, &namespace, &spec.pod).await?;
    let phase = text(&pod, &["status", "phase"]);
    if phase == "Succeeded" || phase == "Failed" {
        return Err(Fail::Text(format!("cannot exec into a container in a completed pod; current phase is {phase}")));
    }
    Ok(pod)
}

fn ended(captured: &Captured) -> Result<(), Fail> {
    match captured.code {
        0 => Ok(()),
        code => Err(Fail::Raw(format!("command terminated with exit code {code}"), code)),
    }
}

/// The last part of a path, and what stands before it; as Go's path.Dir and path.Base have them.
fn split(path: &str) -> (String, String) {
    let clean = clean(path);
    match clean.rsplit_once('/') {
        Some(("", "")) => ("/".into(), "/".into()),
        Some(("", base)) => ("/".into(), base.to_owned()),
        Some((folder, base)) => (folder.to_owned(), base.to_owned()),
        None => (".".into(), clean),
    }
}

/// The path without `.`, `..` and doubled slashes, relative if it was so.
fn clean(path: &str) -> String {
    if path.starts_with('/') {
        return normalize("/", path);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            (part, _) => parts.push(part),
        }
    }
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

async fn to_pod(cmd: &Cmd, source: &str, target: &Spec) -> Result<(), Fail> {
    let who = cmd.ctx.credentials();
    if cmd.ctx.vfs().metadata(&cmd.ctx.resolve(source), true, who).is_err() {
        return Err(Fail::Text(format!("{source} doesn't exist in local filesystem")));
    }
    let pod = pod_of(cmd, target).await?;
    let quiet = container(cmd, &pod, cmd.flags.text("container"), true).await?;
    let is_folder = capture(cmd, &pod, &quiet, &["test", "-d", &target.path], None).await.is_ok_and(|test| test.code == 0);
    let container = container(cmd, &pod, cmd.flags.text("container"), false).await?;
    let place = if is_folder { clean(&format!("{}/{}", target.path, split(source).1)) } else { target.path.clone() };
    let (folder, base) = split(&place);
    let mut entries = Vec::new();
    gather(cmd, &clean(source), &base, 0, &mut entries)?;
    let archive = tar::write(&entries);
    let mut command = vec!["tar", "-xmf", "-"];
    if cmd.flags.on("no-preserve") {
        command = vec!["tar", "--no-same-permissions", "--no-same-owner", "-xmf", "-"];
    }
    command.extend(["-C", &folder]);
    let captured = capture(cmd, &pod, &container, &command, Some(archive)).await?;
    let _ = cmd.ctx.write(1, &captured.stdout).await;
    let _ = cmd.ctx.write(2, &captured.stderr).await;
    ended(&captured)
}

/// The files of a local path, under `name`. Folders that hold something are known by what they hold.
fn gather(cmd: &Cmd, path: &str, name: &str, depth: usize, entries: &mut Vec<Entry>) -> Result<(), Fail> {
    let (vfs, who, full) = (cmd.ctx.vfs(), cmd.ctx.credentials(), cmd.ctx.resolve(path));
    let failed = |e: crate::process::Errno| Fail::Text(format!("open {path}: {}", errno_text(e)));
    let metadata = vfs.metadata(&full, false, who).map_err(failed)?;
    let entry = |content| Entry { name: name.to_owned(), mode: metadata.mode & 0o7777, content };
    if metadata.is_dir() {
        let mut names = vfs.read_dir(&full, who).map_err(failed)?;
        names.retain(|n| n != "." && n != "..");
        names.sort();
        if names.is_empty() {
            entries.push(entry(Content::Folder));
        }
        for inner in names.iter().filter(|_| depth < DEPTH_LIMIT) {
            gather(cmd, &format!("{path}/{inner}"), &format!("{name}/{inner}"), depth + 1, entries)?;
        }
    } else if metadata.is_symlink() {
        entries.push(entry(Content::Link(vfs.read_link(&full, who).map_err(failed)?)));
    } else {
        vfs.access(&full, 4, who).map_err(failed)?;
        entries.push(entry(Content::File(vfs.read_file(&full).map_err(failed)?)));
    }
    Ok(())
}

async fn from_pod(cmd: &Cmd, source: &Spec, target: &str) -> Result<(), Fail> {
    let pod = pod_of(cmd, source).await?;
    // What the other side says on stderr comes on stdout here.
    let asked = cmd.flags.text("container");
    // Reading from a pod, what is said goes where the output goes.
    let container = container(cmd, &pod, asked, true).await?;
    if asked.is_empty()
        && let Some(line) = defaulted(&pod)
    {
        cmd.print(&line).await;
    }
    let captured = capture(cmd, &pod, &container, &["tar", "cf", "-", &source.path], None).await?;
    let _ = cmd.ctx.write(1, &captured.stderr).await;
    let path = clean(source.path.trim_start_matches(['/', '\\']));
    let mut prefix = path.as_str();
    while let Some(rest) = prefix.strip_prefix("../") {
        prefix = rest;
    }
    let prefix = if prefix == "." || prefix == ".." { "" } else { prefix };
    let mut warned = false;
    for entry in tar::read(&captured.stdout)? {
        let Some(rest) = entry.name.strip_prefix(prefix) else { return Err("tar contents corrupted".into()) };
        let place = clean(&format!("{target}/{rest}"));
        let inside = clean(rest.trim_start_matches('/'));
        if inside == ".." || inside.starts_with("../") {
            cmd.eprint(&format!("warning: file {} is outside target destination, skipping\n", quote(&place))).await;
            continue;
        }
        if let Content::Link(link) = &entry.content {
            let mut line = format!("warning: skipping symlink: {} -> {}", quote(&place), quote(link));
            if !std::mem::replace(&mut warned, true) {
                let (namespace, pod, path) = (quote(&source.namespace), quote(&source.pod), quote(&source.path));
                line += &format!(" (consider using \"kubectl exec -n {namespace} {pod} -- tar cf - {path} | tar xf -\")");
            }
            cmd.eprint(&(line + "\n")).await;
            continue;
        }
        place_entry(cmd, &place, entry).await?;
    }
    ended(&captured)
}

async fn place_entry(cmd: &Cmd, place: &str, entry: Entry) -> Result<(), Fail> {
    let full = cmd.ctx.resolve(place);
    match entry.content {
        Content::Folder => folders(cmd, &full),
        Content::File(bytes) => {
            folders(cmd, full.rsplit_once('/').map_or("/", |(folder, _)| folder))?;
            let failed = |e: crate::process::Errno| Fail::Text(format!("open {place}: {}", errno_text(e)));
            let file = cmd.ctx.open_file(place, crate::process::OpenOptions::WRITE).map_err(failed)?;
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let n = std::future::poll_fn(|cx| file.poll_write(cx, rest)).await.map_err(failed)?;
                rest = rest.get(n..).unwrap_or_default();
            }
            Ok(())
        }
        Content::Link(_) => Ok(()),
    }
}

/// `mkdir -p`, as the user.
fn folders(cmd: &Cmd, path: &str) -> Result<(), Fail> {
    let (vfs, who) = (cmd.ctx.vfs(), cmd.ctx.credentials());
    if path.is_empty() || vfs.metadata(path, true, who).is_ok_and(|m| m.is_dir()) {
        return Ok(());
    }
    if let Some((above, _)) = path.rsplit_once('/') {
        folders(cmd, above)?;
    }
    vfs.create_dir(path, 0o755, cmd.ctx.now(), who).map_err(|e| Fail::Text(format!("mkdir {path}: {}", errno_text(e))))
}
