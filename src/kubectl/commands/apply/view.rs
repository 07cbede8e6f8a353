//! `kubectl apply view-last-applied` and its siblings.

use super::super::common::FILES;
use super::LAST_APPLIED;
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, at, text};
use crate::kubectl::commands::get::objects;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, short};
use crate::kubectl::printers::{json as go_json, yaml};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::Value;

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
    run: |_| Box::pin(async { Err("apply edit-last-applied is not simulated in Podground".into()) }),
    ..BASE
};

/// `apply set-last-applied`.
pub const SET: Verb = Verb {
    name: "set-last-applied",
    usage: "-f FILENAME",
    short: "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    run: |_| Box::pin(async { Err("apply set-last-applied is not simulated in Podground".into()) }),
    ..BASE
};

async fn view(cmd: &Cmd) -> Result<(), Fail> {
    let format = cmd.flags.text("output");
    if !matches!(format, "yaml" | "json") {
        return Err(cmd.usage_error(&format!("Unexpected -o output mode: {format}, the flag 'output' must be one of yaml|json")));
    }
    let request = Request::from(cmd);
    for target in request.clone().targets(cmd).await?.list {
        let source = if let Target::File(file) = &target { file.source.clone() } else { String::new() };
        for object in objects(cmd, &target, &request).await? {
            let Some(last) = at(&object, &["metadata", "annotations", LAST_APPLIED]).and_then(Value::as_str) else {
                let missing =
                    format!("no last-applied-configuration annotation found on resource: {}", text(&object, &["metadata", "name"]));
                return Err(Fail::Text(missing).with_source("viewing", &source));
            };
            let value: Value = serde_json::from_str(last).map_err(|e| Fail::Text(e.to_string()))?;
            let shown = if format == "json" { go_json::indented(&value, "  ") + "\n" } else { yaml::to_yaml(&value) };
            cmd.print(&shown).await;
        }
    }
    Ok(())
}
