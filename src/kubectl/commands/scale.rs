//! `kubectl scale`. Models kubectl/pkg/cmd/scale.

use super::common::{ALL, DRY_RUN, FILES, OUTPUT, RECORD, SELECTOR, record_there};
use super::get::objects;
use super::wait::kind_of;
use crate::kubectl::builder::Request;
use crate::kubectl::command::{Cmd, at, int, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("replicas", FlagKind::Int, "0", "The new desired number of replicas. Required."),
    flag(
        "current-replicas",
        FlagKind::Int,
        "-1",
        "Precondition for current size. Requires that the current size of the resource match this value in order to scale.",
    ),
    flag("resource-version", FlagKind::Text, "", "Precondition for resource version."),
    flag("timeout", FlagKind::Duration, "0s", "The length of time to wait before giving up on a scale operation, zero means don't wait."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "scale",
    usage: "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
    short: "Set a new size for a deployment, replica set, or replication controller",
    examples: "# Three pods\nkubectl scale deployment web --replicas=3",
    flags: &[FLAGS, RECORD, FILES, SELECTOR, ALL, DRY_RUN, OUTPUT],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    cmd.require(&["replicas"])?;
    let replicas = cmd.flags.int("replicas");
    if replicas < 0 {
        return Err("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0".into());
    }
    if cmd.flags.int("current-replicas") < -1 {
        return Err("The --current-replicas must specify an integer of -1 or greater".into());
    }
    let dry = dry_run(cmd)?;
    let mut printer = Printer::for_change(cmd).await?;
    let request = Request::from(cmd);
    let targets = request.clone().targets(cmd).await?.list;
    let (mut errors, mut count) = (Vec::new(), 0);
    for target in &targets {
        match objects(cmd, target, &request).await {
            Ok(found) => {
                for object in found {
                    count += 1;
                    match one(cmd, &object, replicas, dry).await {
                        Ok(object) => printer.show(cmd, &object, "scaled").await?,
                        Err(e) => errors.push(e),
                    }
                }
            }
            Err(e) => errors.push(e),
        }
    }
    if count == 0 && errors.is_empty() {
        return Err("no objects passed to scale".into());
    }
    Fail::join(errors)
}

async fn one(cmd: &Cmd, object: &Value, replicas: i64, dry: DryRun) -> Result<Value, Fail> {
    let Some(kind) = kind_of(object) else { return Err("the server could not find the requested resource".into()) };
    let name = text(object, &["metadata", "name"]);
    if !kind.info().subresources.contains(&"scale") {
        return Err(crate::kubectl::rest::refusal(404, b""));
    }
    let current = int(object, &["spec", "replicas"]);
    let wanted = cmd.flags.int("current-replicas");
    if wanted != -1 && wanted != current {
        return Err(Fail::Text(format!("Expected replicas to be {wanted}, was {current}")));
    }
    let version = cmd.flags.text("resource-version");
    let now = text(object, &["metadata", "resourceVersion"]);
    if !version.is_empty() && version != now {
        return Err(Fail::Text(format!("Expected resource version to be {version}, was {now}")));
    }
    if dry == DryRun::Client {
        return Ok(object.clone());
    }
    let path = format!("{}/scale", object_path(kind, &text(object, &["metadata", "namespace"]), &name));
    cmd.patch(&path, "merge-patch+json", &json!({ "spec": { "replicas": replicas } }), &[("dryRun", dry.query())]).await?;
    let mut result = object.clone();
    if dry == DryRun::None {
        result = record_there(cmd, kind, result).await?;
    }
    if at(&result, &["spec"]).is_some() {
        result["spec"]["replicas"] = json!(replicas);
    }
    Ok(result)
}
