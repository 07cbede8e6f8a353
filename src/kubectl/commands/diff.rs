//! `kubectl diff`. Models kubectl/pkg/cmd/diff; the comparison is that of `diff -u -N`.

mod external;
mod unified;

use super::apply::three_way;
use super::common::{FIELD_MANAGER, FILES, SELECTOR};
use crate::api::Kind;
use crate::kubectl::builder::{FileObject, Request, Target};
use crate::kubectl::command::{Cmd, at_mut, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::kubeconfig::errno_text;
use crate::kubectl::printers::yaml;
use crate::kubectl::verb::{BASE, Verb};
use crate::process::Errno;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FLAGS: &[Flag] = &[
    flag("server-side", FlagKind::Bool, "false", "If true, apply runs in the server instead of the client."),
    flag("force-conflicts", FlagKind::Bool, "false", "If true, server-side apply will force the changes against conflicts."),
    flag("show-managed-fields", FlagKind::Bool, "false", "If true, include managed fields in the diff."),
    flag("concurrency", FlagKind::Int, "1", "Number of objects to process in parallel when diffing against the live version."),
    flag("prune", FlagKind::Bool, "false", "Include resources that would be deleted by pruning.").refused(),
    flag("prune-allowlist", FlagKind::Array, "", "").refused(),
    flag("show-secrets", FlagKind::Bool, "false", ""),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "diff",
    usage: "-f FILENAME",
    short: "Diff the live version against a would-be applied version",
    examples: "# What apply would change\nkubectl diff -f pod.yaml",
    flags: &[FLAGS, FILES, SELECTOR, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    // Whatever goes wrong exits with 2: 1 means that there are differences.
    match compare(cmd).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(Fail::Exit(1)),
        Err(e) => {
            let (text, code) = e.report();
            Err(Fail::Raw(text.trim_end().to_owned(), code.max(2)))
        }
    }
}

async fn compare(cmd: &Cmd) -> Result<bool, Fail> {
    let files = cmd.flags.changed("filename") || cmd.flags.changed("kustomize");
    if !cmd.args().is_empty() {
        return Err(cmd.usage_error(&format!("Unexpected args: [{}]", cmd.args().join(" "))));
    }
    if !files {
        return Err("must specify one of -f and -k".into());
    }
    let mut folders = Folders { program: external::program(cmd), paths: ["LIVE", "MERGED"].map(|side| folder(cmd, side)) };
    let request = Request::from(cmd);
    let mut differs = false;
    for target in request.targets(cmd).await?.list {
        match target {
            Target::File(file) => differs |= one(cmd, &file, &folders).await?,
            Target::Broken(fail) => return Err(fail),
            _ => {}
        }
    }
    match folders.program.take() {
        Some(program) => {
            let found = external::compare(cmd, program, folders.paths.clone()).await;
            for path in &folders.paths {
                let _ = remove_folder(cmd, path);
            }
            found
        }
        None => Ok(differs),
    }
}

/// Where both sides of the comparison lie, and what else than kubectl's own `diff` compares them.
struct Folders {
    program: Option<Vec<String>>,
    paths: [String; 2],
}

fn folder(cmd: &Cmd, side: &str) -> String {
    format!("/tmp/{side}-{}", cmd.client.sim().rng().below(1 << 31))
}

fn remove_folder(cmd: &Cmd, path: &str) -> Result<(), Errno> {
    let (vfs, now, who) = (cmd.ctx.vfs(), cmd.ctx.now(), cmd.ctx.credentials());
    for name in vfs.read_dir(path, who)? {
        vfs.remove_file(&format!("{path}/{name}"), now, who)?;
    }
    vfs.remove_dir(path, now, who)
}

async fn one(cmd: &Cmd, file: &FileObject, folders: &Folders) -> Result<bool, Fail> {
    let live = match cmd.get(file.kind, &file.namespace, &file.name).await {
        Ok(live) => Some(live),
        Err(e) if e.is("NotFound") => None,
        Err(e) => return Err(e),
    };
    let mut merged = merged(cmd, file, live.as_ref()).await?;
    let mut live = live;
    if file.kind == Kind::Secret && !cmd.flags.on("show-secrets") {
        mask(live.as_mut(), &mut merged);
    }
    let shown = |object: &Value| {
        let mut object = object.clone();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut).filter(|_| !cmd.flags.on("show-managed-fields")) {
            metadata.remove("managedFields");
        }
        yaml::to_yaml(&object)
    };
    let mut before = live.as_ref().map(shown).unwrap_or_default();
    if file.kind == Kind::Secret && before.is_empty() && !cmd.flags.on("show-secrets") {
        // What is not there goes through the mask as well.
        before = "null\n".into();
    }
    let after = shown(&merged);
    let info = file.kind.info();
    let group = if info.group.is_empty() { String::new() } else { format!("{}.", info.group) };
    let name = format!("{group}{}.{}.{}.{}", info.version, info.kind, text(&merged, &["metadata", "namespace"]), file.name);
    let [old, new] = folders.paths.each_ref().map(|folder| format!("{folder}/{name}"));
    if folders.program.is_some() {
        for ((folder, path), text) in folders.paths.iter().zip([&old, &new]).zip([&before, &after]) {
            let failed = |e: Errno| Fail::Text(format!("open {path}: {}", errno_text(e)));
            cmd.ctx.vfs().create_dir_all(folder).map_err(failed)?;
            cmd.ctx.vfs().write_file(path, text.as_bytes(), cmd.ctx.now()).map_err(failed)?;
        }
        return Ok(false);
    }
    if before == after {
        return Ok(false);
    }
    let now = cmd.client.sim().timestamp().to_string().replace('T', " ");
    let stamp = format!("{}.000000000 +0000", now.get(..19).unwrap_or_default());
    cmd.print(&format!("diff -u -N {old} {new}\n--- {old}\t{stamp}\n+++ {new}\t{stamp}\n{}", unified::hunks(&before, &after))).await;
    Ok(true)
}

/// Hides what secrets hold, and shows where it changes. Models diff.Masker.
fn mask(before: Option<&mut Value>, after: &mut Value) {
    const HIDDEN: &str = "***";
    let mut old = before.and_then(|object| object.get_mut("data")).and_then(Value::as_object_mut);
    let mut new = after.get_mut("data").and_then(Value::as_object_mut);
    let keys: BTreeSet<String> = [&old, &new].into_iter().flatten().flat_map(|data| data.keys().cloned()).collect();
    for key in keys {
        let [a, b] = [&mut old, &mut new].map(|data| data.as_mut().and_then(|data| data.get_mut(&key)));
        match (a, b) {
            (Some(a), Some(b)) if a != b => (*a, *b) = (json!(format!("{HIDDEN} (before)")), json!(format!("{HIDDEN} (after)"))),
            (a, b) => a.into_iter().chain(b).for_each(|value| *value = json!(HIDDEN)),
        }
    }
}

/// The object as the server would have it after an apply, which does not note here what was applied.
async fn merged(cmd: &Cmd, file: &FileObject, live: Option<&Value>) -> Result<Value, Fail> {
    let path = object_path(file.kind, &file.namespace, &file.name);
    let mut query = vec![("dryRun", "All")];
    let mut merged = if cmd.flags.on("server-side") {
        let force = if cmd.flags.on("force-conflicts") { "true" } else { "false" };
        query.extend([("fieldManager", cmd.apply_manager()), ("force", force)]);
        let applied = cmd.patch(&path, "apply-patch+yaml", &file.object, &query).await;
        if applied.as_ref().is_err_and(|e| e.is("Conflict")) {
            let info = file.kind.info();
            let what = format!(
                "({}, Kind={}: {})",
                if info.group.is_empty() { format!("/{}", info.version) } else { info.api_version() },
                info.kind,
                file.name
            );
            cmd.klog('W', "diff.go:723", &format!("Object {what} keeps changing, diffing without lock")).await;
        }
        applied?
    } else {
        query.push(("fieldManager", cmd.manager()));
        let Some(live) = live else { return cmd.create(file.kind, &file.namespace, &file.object, &query).await };
        let mut modified = file.object.clone();
        let annotations = at_mut(&mut modified, &["metadata", "annotations"]);
        if !annotations.is_object() {
            *annotations = json!({});
        }
        let patch = three_way::since_last_applied(file.kind, &modified, live);
        cmd.patch(&path, "strategic-merge-patch+json", &patch, &query).await?
    };
    if let Some(live) = live {
        merged["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
    }
    Ok(merged)
}
