//! `kubectl apply`. Models kubectl/pkg/cmd/apply.

pub mod three_way;
mod view;

use super::common::{ALL, DRY_RUN, FIELD_MANAGER, FILES, OUTPUT, RECORD, SELECTOR, VALIDATE, record};
use super::create::{annotate_last_applied, field_validation, last_applied, require_files};
use crate::kubectl::builder::{FileObject, Request, Target};
use crate::kubectl::command::{Cmd, object_path};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::printers::{gofmt::quote, json as go_json};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("server-side", FlagKind::Bool, "false", "If true, apply runs in the server instead of the client."),
    flag("force-conflicts", FlagKind::Bool, "false", "If true, server-side apply will force the changes against conflicts."),
    flag("overwrite", FlagKind::Bool, "true", "Automatically resolve conflicts between the modified and live configuration."),
    flag("prune", FlagKind::Bool, "false", "Automatically delete resource objects that do not appear in the configs."),
    flag("prune-allowlist", FlagKind::Array, "", "Overwrite the default allowlist with <group/version/kind> for --prune"),
    flag("force", FlagKind::Bool, "false", "If true, immediately remove resources from API and bypass graceful deletion."),
    flag("grace-period", FlagKind::Int, "-1", "Period of time in seconds given to the resource to terminate gracefully."),
    flag("cascade", FlagKind::Optional("background"), "background", "Must be \"background\", \"orphan\", or \"foreground\"."),
    flag("timeout", FlagKind::Duration, "0s", "The length of time to wait before giving up on a delete."),
    flag("wait", FlagKind::Bool, "false", "If true, wait for resources to be gone before returning."),
    flag("openapi-patch", FlagKind::Bool, "true", "If true, use openapi to calculate diff when the openapi presents."),
    flag("subresource", FlagKind::Text, "", "If specified, apply will operate on the subresource of the requested object."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "apply",
    usage: "(-f FILENAME | -k DIRECTORY)",
    short: "Apply a configuration to a resource by file name or stdin",
    examples: "# Make the pod be as the manifest says\nkubectl apply -f kubia-manual.yaml\n\n# Every manifest of a folder\nkubectl apply -f manifests/\n\n# See what the server would make of it\nkubectl apply -f kubia-manual.yaml --dry-run=server -o yaml",
    flags: &[FLAGS, RECORD, FILES, OUTPUT, DRY_RUN, VALIDATE, SELECTOR, FIELD_MANAGER, ALL],
    subcommands: &[&view::VIEW, &view::EDIT, &view::SET],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

const MISSING_ANNOTATION: &str = "is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.";

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if cmd.flags.changed("filename") && cmd.flags.changed("kustomize") {
        return Err("only one of -f or -k can be specified".into());
    }
    require_files(cmd)?;
    let validation = field_validation(cmd)?;
    let dry = dry_run(cmd)?;
    if cmd.flags.on("prune") {
        let (all, labels) = (cmd.flags.on("all"), !cmd.flags.text("selector").is_empty());
        if all && labels {
            return Err("cannot set --all and --selector at the same time".into());
        }
        if !all && !labels {
            return Err("all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector".into());
        }
        return Err("--prune is not simulated in Podground".into());
    }
    if dry == DryRun::Client && cmd.flags.on("server-side") {
        return Err("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)".into());
    }
    if !cmd.flags.on("overwrite") {
        return Err("--overwrite=false is not simulated in Podground".into());
    }
    if cmd.flags.on("force-conflicts") && !cmd.flags.on("server-side") {
        return Err("--force-conflicts only works with --server-side".into());
    }
    if cmd.flags.on("force") && cmd.flags.on("server-side") {
        return Err("--force cannot be used with --server-side".into());
    }
    if dry == DryRun::Server && cmd.flags.on("force") {
        return Err("--dry-run=server cannot be used with --force".into());
    }
    if cmd.flags.changed("subresource") && !cmd.flags.on("server-side") {
        return Err("--subresource can only be specified for --server-side".into());
    }
    super::delete::check_cascade(cmd)?;
    let mut printer = Printer::for_change(cmd).await?;
    let request = Request { validate: validation != "Ignore", ..Request::from(cmd) };
    let targets = request.targets(cmd).await?;
    let (mut errors, mut count) = (Vec::new(), 0);
    // Whole objects are shown at the end, several as a list.
    let whole = !matches!(cmd.flags.text("output"), "" | "name") || !cmd.flags.text("template").is_empty();
    let mut shown = Vec::new();
    // What cannot be read is told before what was read is applied.
    let (broken, readable): (Vec<Target>, Vec<Target>) = targets.list.into_iter().partition(|target| matches!(target, Target::Broken(_)));
    for target in broken.into_iter().chain(readable) {
        match target {
            Target::File(file) => {
                count += 1;
                let applied = if cmd.flags.on("server-side") {
                    server_side(cmd, &file, validation, dry).await
                } else {
                    one(cmd, &file, validation, dry).await
                };
                match applied {
                    Ok((object, _)) if whole => shown.push(object),
                    Ok((object, operation)) => printer.show(cmd, &object, operation).await?,
                    Err(fail) => errors.push(fail),
                }
            }
            Target::Broken(fail) => errors.push(fail),
            _ => {}
        }
    }
    if shown.len() > 1 {
        shown = vec![json!({ "kind": "List", "apiVersion": "v1", "metadata": {}, "items": shown })];
        printer = printer.typed();
    }
    for object in &shown {
        printer.show(cmd, object, "").await?;
    }
    if errors.is_empty() && count == 0 {
        return Err("no objects passed to apply".into());
    }
    Fail::join(errors)
}

/// What is added to conflicts of a server-side apply.
const CONFLICTS: &str = "\
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

async fn server_side(cmd: &Cmd, file: &FileObject, validation: &str, dry: DryRun) -> Result<(Value, &'static str), Fail> {
    let path = object_path(file.kind, &file.namespace, &file.name);
    let force = if cmd.flags.on("force-conflicts") { "true" } else { "false" };
    let query = [("dryRun", dry.query()), ("fieldManager", cmd.apply_manager()), ("fieldValidation", validation), ("force", force)];
    let applied = cmd.patch(&path, "apply-patch+yaml", &file.object, &query).await;
    match applied {
        Ok(object) => Ok((object, "serverside-applied")),
        Err(e) if e.is("Conflict") => Err(Fail::Text(format!("{}\n{CONFLICTS}", e.message()))),
        Err(e) => Err(e),
    }
}

/// Leaves out the fields that are null. Models pruneNullsFromMap.
fn prune_nulls(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|_, value| !value.is_null());
            entries.values_mut().for_each(prune_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(prune_nulls),
        _ => {}
    }
}

async fn one(cmd: &Cmd, file: &FileObject, validation: &str, dry: DryRun) -> Result<(Value, &'static str), Fail> {
    let prefix = crate::kubectl::command::text(&file.object, &["metadata", "generateName"]);
    if file.name.is_empty() && !prefix.is_empty() {
        return Err(Fail::Text(format!("from {prefix}: cannot use generate name with apply")));
    }
    let mut modified = file.object.clone();
    record(cmd, &mut modified);
    annotate_last_applied(&mut modified);
    let query = [("dryRun", dry.query()), ("fieldManager", cmd.manager()), ("fieldValidation", validation)];
    let current = match cmd.get(file.kind, &file.namespace, &file.name).await {
        Ok(current) => current,
        Err(e) if e.is("NotFound") => {
            if dry == DryRun::Client {
                return Ok((modified, "created"));
            }
            prune_nulls(&mut modified);
            let created = cmd.create(file.kind, &file.namespace, &modified, &query).await;
            return created.map(|object| (object, "created")).map_err(|e| e.with_source("creating", &file.source));
        }
        Err(e) => return Err(e.with_source(&retrieving(file), &file.source)),
    };
    if last_applied(&current).is_none() {
        let warning = format!("Warning: resource {}/{} {MISSING_ANNOTATION}\n", file.kind.info().plural, file.name);
        cmd.eprint(&warning).await;
    }
    let patch = three_way::since_last_applied(file.kind, &modified, &current);
    if patch == json!({}) {
        return Ok((current, "unchanged"));
    }
    if dry == DryRun::Client {
        return Ok((modified, "configured"));
    }
    let path = object_path(file.kind, &file.namespace, &file.name);
    let applied = cmd.patch(&path, "strategic-merge-patch+json", &patch, &query).await;
    let applied = match applied {
        Err(e) if cmd.flags.on("force") && (e.is("Conflict") || e.is("Invalid")) => again(cmd, file, &modified).await,
        Err(e) => Err(e.with_source("patching", &file.source)),
        done => done,
    };
    let applied = applied.map_err(|e| e.with_source(&applying(file, &patch), &file.source))?;
    Ok((applied, "configured"))
}

/// Deletes the object and creates it anew. Models Patcher.deleteAndCreate.
async fn again(cmd: &Cmd, file: &FileObject, modified: &Value) -> Result<Value, Fail> {
    let grace = Some(cmd.flags.int("grace-period").max(0));
    super::delete::one(cmd, file.kind, &file.namespace, &file.name, grace).await?;
    let timeout = match cmd.flags.duration("timeout") {
        0 => i64::MAX / 4,
        given => given,
    };
    super::wait::until_gone(cmd, file.kind, &file.namespace, &file.name, "", timeout).await?;
    cmd.create(file.kind, &file.namespace, modified, &[("fieldManager", cmd.manager())]).await
}

fn described(file: &FileObject) -> String {
    let info = file.kind.info();
    let resource = quote(&format!("{}/{}, Resource={}", info.group, info.version, info.plural));
    let kind = quote(&format!("{}/{}, Kind={}", info.group, info.version, info.kind));
    format!("Resource: {resource}, GroupVersionKind: {kind}\nName: {}, Namespace: {}", quote(&file.name), quote(&file.namespace))
}

fn retrieving(file: &FileObject) -> String {
    format!("retrieving current configuration of:\n{}\nfrom server for:", described(file))
}

fn applying(file: &FileObject, patch: &Value) -> String {
    format!("applying patch:\n{}\nto:\n{}\nfor:", go_json::compact(patch), described(file))
}
