//! `kubectl patch`. Models kubectl/pkg/cmd/patch.

use super::common::{DRY_RUN, FIELD_MANAGER, FILES, LOCAL, OUTPUT};
use super::get::objects;
use super::wait::kind_of;
use crate::kubectl::builder::Request;
use crate::kubectl::command::{Cmd, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::kubeconfig::read_text;
use crate::kubectl::manifest::parse_yaml;
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Map, Value};

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
    long: "Update fields of a resource using strategic merge patch, a JSON merge patch, or a JSON patch.",
    examples: "# Another image for a container\nkubectl patch pod kubia -p '{\"spec\":{\"containers\":[{\"name\":\"kubia\",\"image\":\"luksa/kubia:v2\"}]}}'\n\n# A JSON patch\nkubectl patch pod kubia --type=json -p '[{\"op\":\"remove\",\"path\":\"/metadata/labels/env\"}]'",
    flags: &[FLAGS, FILES, DRY_RUN, OUTPUT, FIELD_MANAGER, LOCAL],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// RFC 7386.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let inline = cmd.flags.text("patch");
    let file = cmd.flags.text("patch-file");
    if !inline.is_empty() && !file.is_empty() {
        return Err("cannot specify --patch and --patch-file together".into());
    }
    if inline.is_empty() && file.is_empty() {
        return Err("must specify --patch or --patch-file containing the contents of the patch".into());
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
        read_text(&cmd.ctx, file, 1 << 20).await.map_err(|e| Fail::Text(format!("unable to read patch file: {}", e.message())))?
    };
    let patch = parse_yaml(&source).map_err(|e| Fail::Text(format!("unable to parse {}: {e}", quote(&source))))?;
    let dry = dry_run(cmd)?;
    // The dry run of the client does not say that it is one.
    let mut printer = Printer::for_change(cmd).await?;
    if dry == DryRun::Client {
        printer = printer.without_suffix();
    }
    let request = Request::from(cmd);
    let targets = request.clone().targets(cmd).await?.list;
    let mut errors = Vec::new();
    for target in targets {
        match one(cmd, &target, &request, &patch, content_type, dry).await {
            Ok((object, changed)) => {
                let operation = if changed { "patched" } else { "patched (no change)" };
                printer.show(cmd, &object, operation).await?;
            }
            Err(e) => errors.push(e),
        }
    }
    Fail::join(errors)
}

async fn one(
    cmd: &Cmd,
    target: &crate::kubectl::builder::Target,
    request: &Request,
    patch: &Value,
    content_type: &str,
    dry: DryRun,
) -> Result<(Value, bool), Fail> {
    let before = objects(cmd, target, request).await?.into_iter().next().unwrap_or(Value::Null);
    let Some(kind) = kind_of(&before) else { return Err("the server could not find the requested resource".into()) };
    let mut path = object_path(kind, &text(&before, &["metadata", "namespace"]), &text(&before, &["metadata", "name"]));
    let subresource = cmd.flags.text("subresource");
    if !subresource.is_empty() {
        path = format!("{path}/{subresource}");
    }
    let server_dry = if dry == DryRun::None { "" } else { "All" };
    let manager = match cmd.flags.text("field-manager") {
        "" => "kubectl-patch",
        named => named,
    };
    let after = cmd.patch(&path, content_type, patch, &[("dryRun", server_dry), ("fieldManager", manager)]).await?;
    let changed = without_version(&before) != without_version(&after);
    Ok((after, changed))
}

fn without_version(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        metadata.remove("resourceVersion");
    }
    object
}
