//! `kubectl apply view-last-applied` and its siblings.

use super::super::common::{DRY_RUN, FIELD_MANAGER, FILENAME, FILES, OUTPUT, VALIDATE};
use super::super::create::{LAST_APPLIED, last_applied};
use super::super::edit;
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, object_path};
use crate::kubectl::commands::get::objects;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::printers::{json as go_json, yaml};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[short("output", 'o', FlagKind::Text, "yaml", "Output format. Must be one of (yaml, json)")];

/// `apply view-last-applied`.
pub const VIEW: Verb = Verb {
    name: "view-last-applied",
    usage: "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
    short: "View the latest last-applied-configuration annotations of a resource/object",
    examples: "# What was last applied to the pod\nkubectl apply view-last-applied pod/kubia-manual",
    flags: &[FLAGS, FILES, super::SELECTOR, super::ALL],
    run: |cmd| Box::pin(view(cmd)),
    ..BASE
};

/// `apply edit-last-applied`.
pub const EDIT: Verb = Verb {
    name: "edit-last-applied",
    usage: "(RESOURCE/NAME | -f FILENAME)",
    short: "Edit latest last-applied-configuration annotations of a resource/object",
    examples: "# What was last applied to the pod, in the editor\nkubectl apply edit-last-applied pod/kubia-manual",
    flags: &[EDIT_FLAGS, FILES, OUTPUT, VALIDATE, FIELD_MANAGER],
    run: |cmd| Box::pin(edit::last_applied(cmd)),
    ..BASE
};

/// `apply set-last-applied`.
pub const SET: Verb = Verb {
    name: "set-last-applied",
    usage: "-f FILENAME",
    short: "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    examples: "# As if the file had been applied, without changing the pod\nkubectl apply set-last-applied -f kubia-manual.yaml --create-annotation",
    flags: &[SET_FLAGS, FILENAME, OUTPUT, DRY_RUN],
    run: |cmd| Box::pin(set(cmd)),
    ..BASE
};

const EDIT_FLAGS: &[Flag] =
    &[flag("windows-line-endings", FlagKind::Bool, "false", "Defaults to the line ending native to your platform.")];

const SET_FLAGS: &[Flag] = &[flag(
    "create-annotation",
    FlagKind::Bool,
    "false",
    "Will create 'last-applied-configuration' annotations if current objects doesn't have one",
)];

async fn set(cmd: &Cmd) -> Result<(), Fail> {
    let dry = dry_run(cmd)?;
    let mut printer = Printer::for_change(cmd).await?;
    let mut changes = Vec::new();
    for target in Request::from(cmd).targets(cmd).await?.list {
        let file = match target {
            Target::File(file) => file,
            Target::Broken(fail) => return Err(fail),
            _ => continue,
        };
        let current = cmd.get(file.kind, &file.namespace, &file.name).await?;
        let last = last_applied(&current);
        if last.is_none() && !cmd.flags.on("create-annotation") {
            return Err(Fail::Text(format!(
                "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command with --create-annotation",
                file.name
            )));
        }
        let wanted = go_json::compact(&file.object);
        let same = last.and_then(|text| serde_json::from_str::<Value>(text).ok()).is_some_and(|value| value == file.object);
        if same {
            cmd.print(&format!("set-last-applied {}: no changes required.\n", file.name)).await;
        } else {
            changes.push((file, current, wanted + "\n"));
        }
    }
    for (file, current, wanted) in changes {
        let patch = json!({ "metadata": { "annotations": { LAST_APPLIED: wanted } } });
        let path = object_path(file.kind, &file.namespace, &file.name);
        let query = [("dryRun", dry.query())];
        let object = if dry == DryRun::Client { current } else { cmd.patch(&path, "merge-patch+json", &patch, &query).await? };
        printer.show(cmd, &object, "configured").await?;
    }
    Ok(())
}

async fn view(cmd: &Cmd) -> Result<(), Fail> {
    let format = cmd.flags.text("output");
    if !matches!(format, "yaml" | "json") {
        return Err(cmd.usage_error(&format!("Unexpected -o output mode: {format}, the flag 'output' must be one of yaml|json")));
    }
    let request = Request::from(cmd);
    for target in request.clone().targets(cmd).await?.list {
        for object in objects(cmd, &target, &request).await? {
            // kubectl means to complain where there is none, and says nothing.
            let Some(last) = last_applied(&object) else { continue };
            let value: Value = serde_json::from_str(last).map_err(|e| Fail::Text(e.to_string()))?;
            let shown = if format == "json" { go_json::indented(&value, "  ") + "\n" } else { yaml::to_yaml(&value) };
            cmd.print(&shown).await;
        }
    }
    Ok(())
}
