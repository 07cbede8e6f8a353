//! `kubectl rollout history` and `kubectl rollout undo`.

use super::chosen;
use crate::api::Kind;
use crate::kubectl::command::{Cmd, at, items, object_path, qualified, text};
use crate::kubectl::commands::pods::pod_selector;
use crate::kubectl::commands::wait::kind_of;
use crate::kubectl::describe::{Writer, workload};
use crate::kubectl::error::Fail;
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::printers::tabwriter::TabWriter;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const REVISION: &str = "deployment.kubernetes.io/revision";
const NO_REVISION: &str = "unable to find the specified revision";
const CAUSE: &str = "kubernetes.io/change-cause";

/// A deployment's replica sets, or a daemon set's controller revisions, by revision.
async fn revisions(cmd: &Cmd, object: &Value) -> Result<BTreeMap<i64, Value>, Fail> {
    let of_daemons = kind_of(object) == Some(Kind::DaemonSet);
    let namespace = text(object, &["metadata", "namespace"]);
    let uid = text(object, &["metadata", "uid"]);
    let Some(selector) = pod_selector(object) else { return Ok(BTreeMap::new()) };
    let sets = cmd.list(if of_daemons { Kind::ControllerRevision } else { Kind::ReplicaSet }, &namespace, &selector, "").await?;
    let mut all = BTreeMap::new();
    for set in sets {
        let owned = items(&set, &["metadata", "ownerReferences"]).iter().any(|o| text(o, &["uid"]) == uid);
        let revision = match at(&set, &["revision"]) {
            Some(revision) => revision.as_i64(),
            None => text(&set, &["metadata", "annotations", REVISION]).parse().ok(),
        };
        if let Some(revision) = revision.filter(|_| owned) {
            all.insert(revision, set);
        }
    }
    Ok(all)
}

/// `worker` names what kinds without revisions lack.
fn versioned(object: &Value, worker: &str) -> Result<Kind, Fail> {
    match kind_of(object) {
        Some(kind @ (Kind::Deployment | Kind::DaemonSet)) => Ok(kind),
        Some(kind) => Err(Fail::Text(format!("no {worker} has been implemented for \"{}\"", kind.info().kind))),
        None => Err("the server could not find the requested resource".into()),
    }
}

/// `rollout history`.
pub async fn run(cmd: &Cmd) -> Result<(), Fail> {
    super::positive(cmd)?;
    let (objects, mut errors) = chosen(cmd).await?;
    let whole = cmd.flags.changed("output") || cmd.flags.changed("template");
    let mut printer = Printer::for_change(cmd).await?;
    for object in objects {
        let shown = if whole { as_objects(cmd, &object, &mut printer).await } else { in_words(cmd, &object).await };
        errors.extend(shown.err());
    }
    Fail::join(errors)
}

async fn in_words(cmd: &Cmd, object: &Value) -> Result<(), Fail> {
    let name = format!("{}/{}", qualified(versioned(object, "history viewer")?), text(object, &["metadata", "name"]));
    let all = revisions(cmd, object).await?;
    let wanted = cmd.flags.int("revision");
    if wanted > 0 {
        let Some(set) = all.get(&wanted) else { return Err(NO_REVISION.into()) };
        cmd.print(&format!("{name} with revision #{wanted}\n{}\n", details(set))).await;
        return Ok(());
    }
    let mut table = String::from("REVISION\tCHANGE-CAUSE\n");
    for (revision, set) in &all {
        let cause = text(set, &["metadata", "annotations", CAUSE]);
        table += &format!("{revision}\t{}\n", if cause.is_empty() { "<none>" } else { &cause });
    }
    cmd.print(&format!("{name} \n{}\n", TabWriter::new(0, 2).align(&table))).await;
    Ok(())
}

/// With `-o` the replica sets themselves are shown, or the daemon set as it was.
async fn as_objects(cmd: &Cmd, object: &Value, printer: &mut Printer) -> Result<(), Fail> {
    let kind = versioned(object, "history viewer")?;
    let all = revisions(cmd, object).await?;
    let wanted = cmd.flags.int("revision");
    if wanted > 0 && !all.contains_key(&wanted) {
        return Err(NO_REVISION.into());
    }
    for (_, set) in all.iter().filter(|(revision, _)| wanted <= 0 || **revision == wanted) {
        let mut shown = set.clone();
        if kind == Kind::DaemonSet {
            shown = object.clone();
            shown["spec"]["template"] = template_of(set);
        } else {
            (shown["apiVersion"], shown["kind"]) = ("apps/v1".into(), "ReplicaSet".into());
        }
        printer.show(cmd, &shown, "").await?;
    }
    Ok(())
}

/// The template as kubectl prints it here: with its tabs.
fn details(set: &Value) -> String {
    let mut template = template_of(set);
    let cause = text(set, &["metadata", "annotations", CAUSE]);
    if !cause.is_empty() && at(set, &["revision"]).is_none() {
        template["metadata"]["annotations"] = json!({ CAUSE: cause });
    }
    let mut w = Writer::new(0);
    workload::template(&mut w, Some(&template));
    w.raw()
}

/// The pods' template of a revision.
fn template_of(revision: &Value) -> Value {
    let kept = at(revision, &["data", "spec", "template"]).or_else(|| at(revision, &["spec", "template"]));
    let mut template = kept.cloned().unwrap_or_default();
    if let Some(template) = template.as_object_mut() {
        template.remove("$patch");
    }
    template
}

/// `rollout undo`.
pub async fn undo(cmd: &Cmd) -> Result<(), Fail> {
    let dry = dry_run(cmd)?;
    let mut printer = Printer::for_change(cmd).await?;
    let (objects, mut errors) = chosen(cmd).await?;
    for object in objects {
        let words = match versioned(&object, "rollbacker") {
            Ok(Kind::DaemonSet) => daemons(cmd, &object, dry).await,
            Ok(_) => one(cmd, &object, dry).await,
            Err(e) => Err(e),
        };
        match words {
            Ok(words) => printer.show(cmd, &object, &words).await?,
            Err(e) => errors.push(e),
        }
    }
    Fail::join(errors)
}

/// Models DaemonSetRollbacker.
async fn daemons(cmd: &Cmd, object: &Value, dry: DryRun) -> Result<String, Fail> {
    let wanted = cmd.flags.int("to-revision");
    let all = revisions(cmd, object).await?;
    if wanted == 0 && all.len() <= 1 {
        return Err("no last revision to roll back to".into());
    }
    let found = if wanted == 0 { all.values().rev().nth(1) } else { all.get(&wanted) };
    let Some(revision) = found else { return Err(Fail::Text(format!("unable to find specified revision {wanted} in history"))) };
    let template = template_of(revision);
    if dry == DryRun::Client {
        let mut w = Writer::new(0);
        workload::template(&mut w, Some(&template));
        return Ok(w.raw());
    }
    if Some(&template) == at(object, &["spec", "template"]) {
        return Ok(format!("skipped rollback (current template already matches revision {wanted})"));
    }
    let path = object_path(Kind::DaemonSet, &text(object, &["metadata", "namespace"]), &text(object, &["metadata", "name"]));
    let query = [("dryRun", dry.query())];
    let failed = |e: Fail| Fail::Text(format!("failed restoring revision {wanted}: {}", e.message()));
    let patch = at(revision, &["data"]).cloned().unwrap_or_default();
    cmd.patch(&path, "strategic-merge-patch+json", &patch, &query).await.map_err(failed)?;
    Ok("rolled back".into())
}

async fn one(cmd: &Cmd, object: &Value, dry: DryRun) -> Result<String, Fail> {
    let name = text(object, &["metadata", "name"]);
    let wanted = cmd.flags.int("to-revision");
    let all = revisions(cmd, object).await?;
    let (revision, set) = if wanted == 0 {
        let mut newest_first = all.iter().rev();
        newest_first.next();
        let Some((revision, set)) = newest_first.next() else {
            return Err(Fail::Text(format!("no rollout history found for deployment \"{name}\"")));
        };
        (*revision, set)
    } else {
        let Some(set) = all.get(&wanted) else { return Err(Fail::Text(format!("unable to find specified revision {wanted} in history"))) };
        (wanted, set)
    };
    if dry == DryRun::Client {
        // What would come back, in the place of a word.
        let mut w = Writer::new(0);
        workload::template(&mut w, at(set, &["spec", "template"]));
        return Ok(w.raw());
    }
    if at(object, &["spec", "paused"]) == Some(&Value::Bool(true)) {
        let why = "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again";
        return Err(why.into());
    }
    let template = workload::without_hash(at(set, &["spec", "template"]).unwrap_or(&Value::Null));
    if Some(&template) == at(object, &["spec", "template"]) {
        return Ok(format!("skipped rollback (current template already matches revision {revision})"));
    }
    let path = object_path(Kind::Deployment, &text(object, &["metadata", "namespace"]), &name);
    let mut annotations = json!({});
    let keep = |key: &str| matches!(key, REVISION | "kubectl.kubernetes.io/last-applied-configuration");
    for (key, value) in at(set, &["metadata", "annotations"]).and_then(Value::as_object).into_iter().flatten() {
        if !keep(key) && !key.starts_with("deployment.kubernetes.io/") {
            annotations[key] = value.clone();
        }
    }
    for (key, value) in at(object, &["metadata", "annotations"]).and_then(Value::as_object).into_iter().flatten() {
        if keep(key) {
            annotations[key] = value.clone();
        }
    }
    let patch = json!([
        { "op": "replace", "path": "/spec/template", "value": template },
        { "op": "replace", "path": "/metadata/annotations", "value": annotations },
    ]);
    let query = [("dryRun", dry.query())];
    let failed = |e: Fail| Fail::Text(format!("failed restoring revision {revision}: {}", e.message()));
    cmd.patch(&path, "json-patch+json", &patch, &query).await.map_err(failed)?;
    Ok("rolled back".into())
}
