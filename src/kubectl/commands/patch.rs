//! `kubectl patch`. Models kubectl/pkg/cmd/patch.

use super::common::{DRY_RUN, FIELD_MANAGER, FILES, LOCAL, OUTPUT, RECORD, record_there};
use super::get::objects;
use super::wait::kind_of;
use crate::api::{Kind, patch as api_patch};
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::kubeconfig::read_text;
use crate::kubectl::manifest::parse_yaml;
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::Value;

const FLAGS: &[Flag] = &[
    short("patch", 'p', FlagKind::Text, "", "The patch to be applied to the resource JSON file."),
    flag("patch-file", FlagKind::Text, "", "A file containing a patch to be applied to the resource."),
    flag("type", FlagKind::Text, "strategic", "The type of patch being provided; one of [json merge strategic]"),
    flag("subresource", FlagKind::Text, "", "If specified, patch will operate on the subresource of the requested object."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "patch",
    usage: "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
    short: "Update fields of a resource",
    examples: "# Another image for a container\nkubectl patch pod kubia -p '{\"spec\":{\"containers\":[{\"name\":\"kubia\",\"image\":\"luksa/kubia:v2\"}]}}'\n\n# A JSON patch\nkubectl patch pod kubia --type=json -p '[{\"op\":\"remove\",\"path\":\"/metadata/labels/env\"}]'",
    flags: &[FLAGS, RECORD, FILES, DRY_RUN, OUTPUT, FIELD_MANAGER, LOCAL],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let inline = cmd.flags.text("patch");
    let file = cmd.flags.text("patch-file");
    if !inline.is_empty() && !file.is_empty() {
        return Err("cannot specify --patch and --patch-file together".into());
    }
    if inline.is_empty() && file.is_empty() {
        return Err("must specify --patch or --patch-file containing the contents of the patch".into());
    }
    if cmd.flags.on("local") && !cmd.args().is_empty() {
        return Err("cannot specify --local and server resources".into());
    }
    let content_type = match cmd.flags.text("type").to_lowercase().as_str() {
        "json" => "json-patch+json",
        "merge" => "merge-patch+json",
        "strategic" => "strategic-merge-patch+json",
        _ => return Err(Fail::Text(format!("--type must be one of [json merge strategic], not {}", quote(cmd.flags.text("type"))))),
    };
    let source = if file.is_empty() {
        inline.to_owned()
    } else {
        read_text(&cmd.ctx, file).await.map_err(|e| Fail::Text(format!("unable to read patch file: {}", e.message())))?
    };
    // What begins as JSON is sent as it is.
    let body = if source.trim_start().starts_with('{') {
        source.clone().into_bytes()
    } else {
        let patch = parse_yaml(&source).map_err(|e| Fail::Text(format!("unable to parse {}: {e}", quote(&source))))?;
        crate::api::go_order::to_vec_sorted(&patch)
    };
    let dry = dry_run(cmd)?;
    // A dry run does not say that it is one.
    let mut printer = Printer::for_change(cmd).await?.without_suffix();
    let local = cmd.flags.on("local");
    let request = Request { unplaced: local, ..Request::from(cmd) };
    let targets = request.clone().targets(cmd).await?.list;
    let mut errors = Vec::new();
    for target in targets {
        match one(cmd, &target, &request, body.clone(), content_type, dry).await {
            Ok((object, changed)) => {
                let operation = if changed { "patched" } else { "patched (no change)" };
                printer.show(cmd, &object, operation).await?;
            }
            Err(e) => errors.push(e),
        }
    }
    Fail::join(errors)
}

async fn one(cmd: &Cmd, target: &Target, request: &Request, body: Vec<u8>, content_type: &str, dry: DryRun) -> Result<(Value, bool), Fail> {
    if let (true, Target::File(file)) = (cmd.flags.on("local"), target) {
        return locally(file.kind, file.object.clone(), content_type, &body).map(|object| (object, true));
    }
    let before = objects(cmd, target, request).await?.into_iter().next().unwrap_or(Value::Null);
    let kind = match target {
        Target::Named { kind, .. } => Some(*kind),
        _ => kind_of(&before),
    };
    let Some(kind) = kind else { return Err("the server could not find the requested resource".into()) };
    let mut path = object_path(kind, &text(&before, &["metadata", "namespace"]), &text(&before, &["metadata", "name"]));
    let subresource = cmd.flags.text("subresource");
    if !subresource.is_empty() {
        path = format!("{path}/{subresource}");
    }
    let server_dry = if dry == DryRun::None { "" } else { "All" };
    let call = Call::new("PATCH", path).query("dryRun", server_dry).query("fieldManager", cmd.manager());
    let after = cmd.json(call.body(&format!("application/{content_type}"), body)).await?;
    let after = if dry == DryRun::None { record_there(cmd, kind, after).await? } else { after };
    let changed = dry == DryRun::Client || without_version(&before) != without_version(&after);
    Ok((after, changed))
}

/// Applies a patch here, without the server.
pub fn locally(kind: Kind, object: Value, content_type: &str, body: &[u8]) -> Result<Value, Fail> {
    let read = || serde_json::from_slice(body).map_err(|_| Fail::Text("Invalid JSON Patch".into()));
    match content_type {
        "json-patch+json" => api_patch::json_patch(object, body).map_err(Fail::Text),
        "merge-patch+json" => {
            let (mut object, patch) = (object, read()?);
            api_patch::merge_patch(&mut object, patch);
            Ok(object)
        }
        _ => api_patch::strategic_merge_patch(kind, object, read()?).map_err(Fail::Text),
    }
}

fn without_version(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        metadata.remove("resourceVersion");
    }
    object
}
