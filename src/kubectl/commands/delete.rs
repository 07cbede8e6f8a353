//! `kubectl delete`. Models kubectl/pkg/cmd/delete/delete.go.

use super::common::{ALL, ALL_NAMESPACES, DRY_RUN, FIELD_SELECTOR, FILES, SELECTOR};
use super::{create, get, wait};
use crate::api::Kind;
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, check_name, object_path, qualified, resource_name, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::output::{DryRun, dry_run};
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("cascade", FlagKind::Optional("background"), "background", "Must be \"background\", \"orphan\", or \"foreground\"."),
    flag("force", FlagKind::Bool, "false", "If true, immediately remove resources from API and bypass graceful deletion."),
    flag("grace-period", FlagKind::Int, "-1", "Period of time in seconds given to the resource to terminate gracefully."),
    flag("ignore-not-found", FlagKind::Bool, "false", "Treat \"resource not found\" as a successful delete."),
    flag("now", FlagKind::Bool, "false", "If true, resources are signaled for immediate shutdown (same as --grace-period=1)."),
    flag(
        "timeout",
        FlagKind::Duration,
        "0s",
        "The length of time to wait before giving up on a delete, zero means determine a timeout from the size of the object",
    ),
    flag("wait", FlagKind::Bool, "true", "If true, wait for resources to be gone before returning. This waits for finalizers."),
    short("interactive", 'i', FlagKind::Bool, "false", "If true, delete resource only when user confirms."),
    short("output", 'o', FlagKind::Text, "", "Output mode. Use \"-o name\" for shorter output (resource/name)."),
    flag("raw", FlagKind::Text, "", "Raw URI to DELETE to the server."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "delete",
    usage: "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
    short: "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    examples: "# A pod\nkubectl delete pod kubia\n\n# What a manifest describes\nkubectl delete -f kubia-manual.yaml\n\n# Every pod with a label\nkubectl delete pods -l app=kubia\n\n# Every pod of the namespace, at once\nkubectl delete pods --all --now",
    flags: &[FLAGS, FILES, SELECTOR, FIELD_SELECTOR, ALL, ALL_NAMESPACES, DRY_RUN],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// How the deletions are to be done.
struct Plan {
    grace: i64,
    force: bool,
    wait: bool,
    ignore_missing: bool,
    dry: DryRun,
}

fn plan(cmd: &Cmd) -> Result<Plan, Fail> {
    let mut grace = cmd.flags.int("grace-period");
    let force = cmd.flags.on("force");
    if cmd.flags.on("now") {
        if grace != -1 {
            return Err("--now and --grace-period cannot be specified together".into());
        }
        grace = 1;
    }
    if grace == 0 && !force {
        // Kept for old scripts: the shortest grace, waited for.
        grace = 1;
    } else if force && grace < 0 {
        grace = 0;
    }
    if force && grace > 0 {
        return Err("--force and --grace-period greater than 0 cannot be specified together".into());
    }
    let output = cmd.flags.text("output");
    if !output.is_empty() && output != "name" {
        return Err(Fail::Text(format!("unexpected -o output mode: {output}. We only support '-o name'")));
    }
    check_cascade(cmd)?;
    let ignore_missing = if cmd.flags.changed("ignore-not-found") { cmd.flags.on("ignore-not-found") } else { cmd.flags.on("all") };
    Ok(Plan { grace, force, wait: cmd.flags.on("wait"), ignore_missing, dry: dry_run(cmd)? })
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if cmd.flags.changed("raw") {
        let with_file = !cmd.flags.list("filename").is_empty();
        return if with_file { create::raw(cmd, "DELETE").await } else { get::raw_answer(cmd, "DELETE", None).await };
    }
    let plan = plan(cmd)?;
    let request = Request { select_all: cmd.flags.on("all"), ..Request::from(cmd) };
    if matches!(cmd.flags.text("cascade"), "true" | "false") {
        let (given, instead) = if cmd.flags.on("cascade") { ("true", "background") } else { ("false", "orphan") };
        let words = format!("--cascade={given} is deprecated (boolean value) and can be replaced with --cascade={instead}.");
        cmd.eprint(&format!("warning: {words}\n")).await;
    }
    let targets = request.clone().targets(cmd).await?.list;
    if cmd.flags.on("interactive") && plan.dry == DryRun::None && !confirmed(cmd, &targets, &request).await? {
        cmd.print("deletion is cancelled\n").await;
        return Ok(());
    }
    if plan.force {
        cmd.eprint("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n").await;
    }
    let mut deleted = Vec::new();
    let mut errors = Vec::new();
    let mut found = 0;
    for target in targets {
        let outcome = match &target {
            Target::Listed { kind, .. } => listed(cmd, *kind, &target, &request, &plan, &mut deleted).await,
            Target::Named { kind, namespace, name } => remove(cmd, &plan, *kind, namespace, name, &mut deleted).await.map(|()| 1),
            Target::File(file) => {
                let removed = remove(cmd, &plan, file.kind, &file.namespace, &file.name, &mut deleted).await;
                removed.map(|()| 1).map_err(|e| e.with_source("deleting", &file.source))
            }
            Target::Broken(fail) => Err(fail.clone()),
        };
        match outcome {
            Ok(count) => found += count,
            Err(e) if plan.ignore_missing && e.is("NotFound") => found += 1,
            Err(e) => errors.push(e),
        }
    }
    if found == 0 && errors.is_empty() {
        cmd.print("No resources found\n").await;
        return Ok(());
    }
    if plan.wait && plan.dry == DryRun::None {
        let timeout = match cmd.flags.duration("timeout") {
            0 => i64::MAX / 4,
            given => given,
        };
        for (kind, namespace, name, uid) in &deleted {
            if let Err(e) = wait::until_gone(cmd, *kind, namespace, name, uid, timeout).await {
                errors.push(e);
            }
        }
    }
    Fail::join(errors)
}

/// `--interactive`: what would be deleted, and whether the learner wants it.
async fn confirmed(cmd: &Cmd, targets: &[Target], request: &Request) -> Result<bool, Fail> {
    let mut names = Vec::new();
    for target in targets {
        match target {
            Target::Listed { kind, .. } => {
                let objects = get::objects(cmd, target, request).await?;
                names.extend(objects.iter().map(|object| resource_name(*kind, &text(object, &["metadata", "name"]))));
            }
            Target::Named { kind, name, .. } => names.push(resource_name(*kind, name)),
            Target::File(file) => names.push(resource_name(file.kind, &file.name)),
            Target::Broken(fail) => return Err(fail.clone()),
        }
    }
    let lines: String = names.iter().map(|name| format!("{name}\n")).collect();
    cmd.print(&format!("You are about to delete the following {} resource(s):\n{lines}Do you want to continue? (y/N): ", names.len()))
        .await;
    let answer = cmd.ctx.read_line(0).await.unwrap_or_default();
    Ok(String::from_utf8_lossy(&answer).trim().eq_ignore_ascii_case("y"))
}

type Deleted = (Kind, String, String, String);

async fn listed(cmd: &Cmd, kind: Kind, target: &Target, request: &Request, plan: &Plan, deleted: &mut Vec<Deleted>) -> Result<usize, Fail> {
    let objects = get::objects(cmd, target, request).await?;
    let mut errors = Vec::new();
    for object in &objects {
        let (namespace, name) = (text(object, &["metadata", "namespace"]), text(object, &["metadata", "name"]));
        if let Err(e) = remove(cmd, plan, kind, &namespace, &name, deleted).await
            && !e.is("NotFound")
        {
            errors.push(e);
        }
    }
    Fail::join(errors).map(|()| objects.len())
}

async fn remove(cmd: &Cmd, plan: &Plan, kind: Kind, namespace: &str, name: &str, deleted: &mut Vec<Deleted>) -> Result<(), Fail> {
    check_name(name)?;
    let mut uid = String::new();
    if plan.dry != DryRun::Client {
        let mut options = json!({ "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation(cmd) });
        if plan.grace >= 0 {
            options["gracePeriodSeconds"] = json!(plan.grace);
        }
        if plan.dry == DryRun::Server {
            options["dryRun"] = json!(["All"]);
        }
        let answer = cmd.json(Call::new("DELETE", object_path(kind, namespace, name)).json(&options)).await?;
        uid = match text(&answer, &["metadata", "uid"]) {
            none if none.is_empty() => text(&answer, &["details", "uid"]),
            uid => uid,
        };
    }
    let suffix = plan.dry.suffix();
    let line = if cmd.flags.text("output") == "name" {
        format!("{}\n", resource_name(kind, name))
    } else {
        let line = sentence(kind, namespace, name, if plan.force { "force deleted" } else { "deleted" });
        format!("{}{suffix}\n", line.trim_end())
    };
    cmd.print(&line).await;
    deleted.push((kind, namespace.to_owned(), name.to_owned(), uid));
    Ok(())
}

/// Refuses a `--cascade` that is none.
pub fn check_cascade(cmd: &Cmd) -> Result<(), Fail> {
    match cmd.flags.text("cascade") {
        "background" | "foreground" | "orphan" | "true" | "false" => Ok(()),
        other => Err(Fail::Text(format!("invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""))),
    }
}

fn propagation(cmd: &Cmd) -> &'static str {
    match cmd.flags.text("cascade") {
        "orphan" | "false" => "Orphan",
        "foreground" => "Foreground",
        _ => "Background",
    }
}

/// `pod "web" deleted from default namespace`.
pub fn sentence(kind: Kind, namespace: &str, name: &str, what: &str) -> String {
    let place = if namespace.is_empty() { String::new() } else { format!(" from {namespace} namespace") };
    format!("{} \"{name}\" {what}{place}\n", qualified(kind))
}

/// Deletes one object without a word.
pub async fn one(cmd: &Cmd, kind: Kind, namespace: &str, name: &str, grace: Option<i64>) -> Result<Value, Fail> {
    let mut options = json!({ "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background" });
    if let Some(grace) = grace {
        options["gracePeriodSeconds"] = json!(grace);
    }
    cmd.json(Call::new("DELETE", object_path(kind, namespace, name)).json(&options)).await
}
