//! `kubectl replace`. Models kubectl/pkg/cmd/replace.

use super::common::{DRY_RUN, FIELD_MANAGER, FILES, OUTPUT, SAVE_CONFIG, VALIDATE};
use super::create::{annotate_last_applied, field_validation};
use super::{delete, wait};
use crate::kubectl::builder::{FileObject, Request, Target};
use crate::kubectl::command::{Cmd, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::Value;

const FLAGS: &[Flag] = &[
    flag("force", FlagKind::Bool, "false", "If true, immediately remove resources from API and bypass graceful deletion."),
    flag("grace-period", FlagKind::Int, "-1", "Period of time in seconds given to the resource to terminate gracefully."),
    flag("cascade", FlagKind::Optional("background"), "background", "Must be \"background\", \"orphan\", or \"foreground\"."),
    flag("timeout", FlagKind::Duration, "0s", "The length of time to wait before giving up on a delete."),
    flag("wait", FlagKind::Bool, "false", "If true, wait for resources to be gone before returning."),
    flag("subresource", FlagKind::Text, "", "If specified, replace will operate on the subresource of the requested object."),
    flag("raw", FlagKind::Text, "", "Raw URI to PUT to the server."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "replace",
    usage: "-f FILENAME",
    short: "Replace a resource by file name or stdin",
    examples: "# The object as the file says, whole\nkubectl replace -f pod.yaml\n\n# Delete it and create it again\nkubectl replace --force -f pod.yaml",
    flags: &[FLAGS, FILES, DRY_RUN, OUTPUT, SAVE_CONFIG, VALIDATE, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if cmd.flags.changed("raw") {
        return super::create::raw(cmd, "PUT").await;
    }
    if !cmd.flags.changed("filename") && !cmd.flags.changed("kustomize") {
        return Err("must specify one of -f and -k".into());
    }
    let force = cmd.flags.on("force");
    if cmd.flags.int("grace-period") >= 0 && !force {
        return Err("--grace-period must have --force specified".into());
    }
    if cmd.flags.duration("timeout") != 0 && !force {
        return Err("--timeout must have --force specified".into());
    }
    delete::check_cascade(cmd)?;
    let dry = dry_run(cmd)?;
    if force && dry != DryRun::None {
        return Err("--dry-run can not be used when --force is set".into());
    }
    let validation = field_validation(cmd)?;
    let mut printer = Printer::for_change(cmd).await?;
    let request = Request { validate: validation != "Ignore", ..Request::from(cmd) };
    let (mut errors, mut files) = (Vec::new(), Vec::new());
    for target in (Request { args: Vec::new(), ..request }).targets(cmd).await?.list {
        match target {
            Target::File(file) => files.push(file),
            Target::Broken(fail) => errors.push(fail),
            _ => {}
        }
    }
    if force {
        for file in &files {
            remove(cmd, file).await?;
        }
    }
    let count = files.len();
    for file in files {
        let replaced = if force { create(cmd, &file, validation).await } else { one(cmd, &file, validation, dry).await };
        match replaced {
            Ok(object) => printer.show(cmd, &object, "replaced").await?,
            Err(e) => errors.push(e),
        }
    }
    if force && count == 0 && errors.is_empty() {
        return Err("no objects passed to replace".into());
    }
    Fail::join(errors)
}

async fn remove(cmd: &Cmd, file: &FileObject) -> Result<(), Fail> {
    let grace = match cmd.flags.int("grace-period") {
        given if given >= 0 => given,
        _ => 0,
    };
    match delete::one(cmd, file.kind, &file.namespace, &file.name, Some(grace)).await {
        Ok(old) => {
            cmd.print(&delete::sentence(file.kind, &file.namespace, &file.name, "deleted")).await;
            let uid = match text(&old, &["metadata", "uid"]) {
                none if none.is_empty() => text(&old, &["details", "uid"]),
                uid => uid,
            };
            wait::until_gone(cmd, file.kind, &file.namespace, &file.name, &uid, 5 * 60 * 1000).await
        }
        Err(e) if e.is("NotFound") => Ok(()),
        Err(e) => Err(e),
    }
}

async fn create(cmd: &Cmd, file: &FileObject, validation: &str) -> Result<Value, Fail> {
    let query = [("fieldManager", cmd.manager()), ("fieldValidation", validation)];
    let mut object = file.object.clone();
    if cmd.flags.on("save-config") {
        annotate_last_applied(&mut object);
    }
    let created = cmd.create(file.kind, &file.namespace, &object, &query).await;
    created.map_err(|e| e.with_source("creating", &file.source))
}

async fn one(cmd: &Cmd, file: &FileObject, validation: &str, dry: DryRun) -> Result<Value, Fail> {
    let mut object = file.object.clone();
    if cmd.flags.on("save-config") {
        annotate_last_applied(&mut object);
    }
    if dry == DryRun::Client {
        return Ok(object);
    }
    if file.name.is_empty() {
        return Err(Fail::Text("resource name may not be empty".into()).with_source("replacing", &file.source));
    }
    let query = [("dryRun", dry.query()), ("fieldManager", cmd.manager()), ("fieldValidation", validation)];
    let subresource = cmd.flags.text("subresource");
    cmd.update(file.kind, subresource, &object, &query).await.map_err(|e| e.with_source("replacing", &file.source))
}
