//! `kubectl diff`. Models kubectl/pkg/cmd/diff; the comparison is that of `diff -u -N`.

mod unified;

use super::apply::three_way;
use super::common::{FIELD_MANAGER, FILES, SELECTOR};
use super::create::{LAST_APPLIED, annotate_last_applied};
use crate::api::schema::Schema;
use crate::kubectl::builder::{FileObject, Request, Target};
use crate::kubectl::command::{Cmd, at, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::printers::yaml;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("server-side", FlagKind::Bool, "false", "If true, apply runs in the server instead of the client."),
    flag("force-conflicts", FlagKind::Bool, "false", "If true, server-side apply will force the changes against conflicts."),
    flag("show-managed-fields", FlagKind::Bool, "false", "If true, include managed fields in the diff."),
    flag("concurrency", FlagKind::Int, "1", "Number of objects to process in parallel when diffing against the live version."),
    flag("prune", FlagKind::Bool, "false", "Include resources that would be deleted by pruning."),
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
    let mut request = Request { validate: true, ..Request::from(cmd) };
    request.labels = None;
    let mut differs = false;
    for target in request.targets(cmd).await?.list {
        match target {
            Target::File(file) => differs |= one(cmd, &file).await?,
            Target::Broken(fail) => return Err(fail),
            _ => {}
        }
    }
    Ok(differs)
}

async fn one(cmd: &Cmd, file: &FileObject) -> Result<bool, Fail> {
    let live = match cmd.get(file.kind, &file.namespace, &file.name).await {
        Ok(live) => Some(live),
        Err(e) if e.is("NotFound") => None,
        Err(e) => return Err(e),
    };
    let mut modified = file.object.clone();
    annotate_last_applied(&mut modified);
    let query = [("dryRun", "All"), ("fieldManager", cmd.manager())];
    let merged = match &live {
        None => cmd.create(file.kind, &file.namespace, &modified, &query).await?,
        Some(live) => {
            let last = at(live, &["metadata", "annotations", LAST_APPLIED]).and_then(Value::as_str);
            let original = last.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(json!({}));
            let info = Schema::get().kind(file.kind.info().group, file.kind.info().kind);
            let patch = three_way::patch(&original, &modified, live, info);
            let path = object_path(file.kind, &file.namespace, &file.name);
            cmd.patch(&path, "strategic-merge-patch+json", &patch, &query).await?
        }
    };
    let shown = |object: &Value| {
        let mut object = object.clone();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        yaml::to_yaml(&object)
    };
    let before = live.as_ref().map(shown).unwrap_or_default();
    let mut merged = merged;
    if let Some(live) = &live {
        // What apply writes for itself is not shown as a change.
        let kept = at(live, &["metadata", "annotations", LAST_APPLIED]).cloned();
        if let Some(annotations) = merged.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
            match kept {
                Some(kept) => annotations.insert(LAST_APPLIED.into(), kept),
                None => annotations.remove(LAST_APPLIED),
            };
        }
        merged["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
    }
    let after = shown(&merged);
    if before == after {
        return Ok(false);
    }
    let info = file.kind.info();
    let group = if info.group.is_empty() { String::new() } else { format!("{}.", info.group) };
    let name = format!("{group}{}.{}.{}.{}", info.version, info.kind, text(&merged, &["metadata", "namespace"]), file.name);
    let rng = cmd.client.sim().rng();
    let (a, b) = (rng.below(1 << 31), rng.below(1 << 31));
    let now = cmd.client.sim().timestamp().to_string().replace('T', " ");
    let stamp = format!("{}.000000000 +0000", now.get(..19).unwrap_or_default());
    let (old, new) = (format!("/tmp/LIVE-{a}/{name}"), format!("/tmp/MERGED-{b}/{name}"));
    cmd.print(&format!("diff -u -N {old} {new}\n--- {old}\t{stamp}\n+++ {new}\t{stamp}\n{}", unified::hunks(&before, &after))).await;
    Ok(true)
}
