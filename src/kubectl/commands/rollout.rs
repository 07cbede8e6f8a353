//! `kubectl rollout`. Models kubectl/pkg/cmd/rollout and polymorphichelpers.

mod history;
mod status;

use super::common::{DRY_RUN, FIELD_MANAGER, FILES, OUTPUT, SELECTOR};
use super::get::objects;
use super::wait::kind_of;
use crate::api::Kind;
use crate::kubectl::builder::Request;
use crate::kubectl::command::{Cmd, at, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

/// The verb.
pub const VERB: Verb = Verb {
    name: "rollout",
    usage: "SUBCOMMAND",
    short: "Manage the rollout of a resource",
    examples: "# Back to the revision before\nkubectl rollout undo deployment/web\n\n# Until the rollout is done\nkubectl rollout status deployment/web",
    subcommands: &[&HISTORY, &PAUSE, &RESTART, &RESUME, &STATUS, &UNDO],
    ..BASE
};

const STATUS_FLAGS: &[Flag] = &[
    short_watch(),
    flag("revision", FlagKind::Int, "0", "Pin to a specific revision for showing its status."),
    flag("timeout", FlagKind::Duration, "0s", "The length of time to wait before ending watch, zero means never."),
];

const fn short_watch() -> Flag {
    crate::kubectl::flags::short("watch", 'w', FlagKind::Bool, "true", "Watch the status of the rollout until it's done.")
}

const STATUS: Verb = Verb {
    name: "status",
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    short: "Show the status of the rollout",
    flags: &[STATUS_FLAGS, FILES, SELECTOR],
    run: |cmd| Box::pin(status::run(cmd)),
    ..BASE
};

const HISTORY_FLAGS: &[Flag] = &[flag("revision", FlagKind::Int, "0", "See the details, including podTemplate of the revision specified")];

const HISTORY: Verb = Verb {
    name: "history",
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    short: "View rollout history",
    flags: &[HISTORY_FLAGS, FILES, SELECTOR, OUTPUT],
    run: |cmd| Box::pin(history::run(cmd)),
    ..BASE
};

const UNDO_FLAGS: &[Flag] = &[flag("to-revision", FlagKind::Int, "0", "The revision to rollback to. Default to 0 (last revision).")];

const UNDO: Verb = Verb {
    name: "undo",
    usage: "(TYPE NAME | TYPE/NAME) [flags]",
    short: "Undo a previous rollout",
    flags: &[UNDO_FLAGS, FILES, SELECTOR, DRY_RUN, OUTPUT],
    run: |cmd| Box::pin(history::undo(cmd)),
    ..BASE
};

const CHANGE_FLAGS: &[&[Flag]] = &[FILES, SELECTOR, OUTPUT, FIELD_MANAGER];

const RESTART: Verb = Verb {
    name: "restart",
    usage: "RESOURCE",
    short: "Restart a resource",
    flags: CHANGE_FLAGS,
    run: |cmd| Box::pin(change(cmd, "restarted")),
    ..BASE
};

const PAUSE: Verb = Verb {
    name: "pause",
    usage: "RESOURCE",
    short: "Mark the provided resource as paused",
    flags: CHANGE_FLAGS,
    run: |cmd| Box::pin(change(cmd, "paused")),
    ..BASE
};

const RESUME: Verb = Verb {
    name: "resume",
    usage: "RESOURCE",
    short: "Resume a paused resource",
    flags: CHANGE_FLAGS,
    run: |cmd| Box::pin(change(cmd, "resumed")),
    ..BASE
};

/// The objects that the command is about, and what could not be found.
async fn chosen(cmd: &Cmd) -> Result<(Vec<Value>, Vec<Fail>), Fail> {
    let request = Request::from(cmd);
    if cmd.args().is_empty() && request.filenames.is_empty() {
        return Err("required resource not specified".into());
    }
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let request = Request { allow_empty_selector: true, ..request };
    for target in request.clone().targets(cmd).await?.list {
        match objects(cmd, &target, &request).await {
            Ok(objects) => found.extend(objects),
            Err(e) => errors.push(e),
        }
    }
    Ok((found, errors))
}

/// The same; where there are none it says so.
async fn some(cmd: &Cmd) -> Result<(Vec<Value>, Vec<Fail>), Fail> {
    let (objects, errors) = chosen(cmd).await?;
    if objects.is_empty() && errors.is_empty() {
        cmd.eprint(&format!("No resources found in {} namespace.\n", cmd.namespace().0)).await;
    }
    Ok((objects, errors))
}

/// Refuses a revision below zero.
fn positive(cmd: &Cmd) -> Result<(), Fail> {
    match cmd.flags.int("revision") {
        negative if negative < 0 => Err(Fail::Text(format!("revision must be a positive integer: {negative}"))),
        _ => Ok(()),
    }
}

async fn change(cmd: &Cmd, what: &'static str) -> Result<(), Fail> {
    let mut printer = Printer::for_change(cmd).await?;
    let dry = dry_run(cmd)?;
    let (objects, mut errors) = some(cmd).await?;
    for object in objects {
        match one(cmd, &object, what, dry).await {
            Ok(object) => printer.show(cmd, &object, what).await?,
            Err(e) => errors.push(e),
        }
    }
    Fail::join(errors)
}

async fn one(cmd: &Cmd, object: &Value, what: &str, dry: DryRun) -> Result<Value, Fail> {
    let Some(kind) = kind_of(object) else { return Err("the server could not find the requested resource".into()) };
    let name = text(object, &["metadata", "name"]);
    let shown = format!("{} \"{name}\"", kind.info().group_resource());
    let verb = match what {
        "restarted" => "restarting",
        "paused" => "pausing",
        _ => "resuming",
    };
    if !matches!(kind, Kind::Deployment) && (what != "restarted" || kind != Kind::DaemonSet) {
        return Err(Fail::Text(format!("error: {shown} {verb} is not supported")));
    }
    let paused = at(object, &["spec", "paused"]) == Some(&Value::Bool(true));
    let patch = match what {
        "restarted" if paused => {
            return Err(Fail::Text(format!("error: {shown} can't restart paused deployment (run rollout resume first)")));
        }
        "restarted" => {
            let seconds = cmd.client.now().0.to_string();
            let seconds = seconds.trim_matches('"');
            const PATH: &[&str] = &["spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"];
            if text(object, PATH) == seconds {
                return Err(Fail::Text(format!(
                    "failed to create patch for {name}: if restart has already been triggered within the past second, please wait before attempting to trigger another"
                )));
            }
            json!({ "spec": { "template": { "metadata": { "annotations": { "kubectl.kubernetes.io/restartedAt": seconds } } } } })
        }
        "paused" if paused => return Err(Fail::Text(format!("error: {shown} is already paused"))),
        "paused" => json!({ "spec": { "paused": true } }),
        _ if !paused => return Err(Fail::Text(format!("error: {shown} is not paused"))),
        _ => json!({ "spec": { "paused": null } }),
    };
    if dry == DryRun::Client {
        return Ok(object.clone());
    }
    let path = object_path(kind, &text(object, &["metadata", "namespace"]), &name);
    let query = [("dryRun", dry.query()), ("fieldManager", cmd.manager())];
    cmd.patch(&path, "strategic-merge-patch+json", &patch, &query).await
}
