//! `kubectl create`: from files here, single kinds in `create/`. Models kubectl/pkg/cmd/create.

mod budget;
mod config;
mod ingress;
mod namespaced;
mod rbac;
mod secret;
pub mod unserved;
mod workload;

use super::common::{DRY_RUN, FIELD_MANAGER, FILES, OUTPUT, RECORD, SAVE_CONFIG, SELECTOR, VALIDATE, record};
use super::edit;
use super::get::raw_answer;
use crate::api::Kind;
use crate::kubectl::builder::{FileObject, Request, Target};
use crate::kubectl::command::{Cmd, at, at_mut};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::kubeconfig::read_text;
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::printers::json as go_json;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("edit", FlagKind::Bool, "false", "Edit the API resource before creating"),
    flag("raw", FlagKind::Text, "", "Raw URI to POST to the server."),
    flag("windows-line-endings", FlagKind::Bool, "false", "Only relevant if --edit=true."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "create",
    usage: "-f FILENAME",
    short: "Create a resource from a file or from stdin",
    examples: "# A pod from its manifest\nkubectl create -f kubia-manual.yaml\n\n# From what another command prints\ncat pod.json | kubectl create -f -\n\n# A namespace\nkubectl create namespace custom-namespace",
    flags: &[FLAGS, RECORD, FILES, OUTPUT, DRY_RUN, VALIDATE, SAVE_CONFIG, SELECTOR, FIELD_MANAGER],
    subcommands: &[
        &config::CONFIGMAP,
        &secret::SECRET,
        &namespaced::NAMESPACE,
        &namespaced::QUOTA,
        &namespaced::SERVICE_ACCOUNT,
        &namespaced::PRIORITY_CLASS,
        &namespaced::TOKEN,
        &workload::DEPLOYMENT,
        &workload::JOB,
        &workload::CRON_JOB,
        &workload::SERVICE,
        &rbac::CLUSTER_ROLE,
        &rbac::CLUSTER_ROLE_BINDING,
        &ingress::INGRESS,
        &budget::POD_DISRUPTION_BUDGET,
        &rbac::ROLE,
        &rbac::ROLE_BINDING,
    ],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// The annotation in which `apply` keeps what it last applied.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// `fieldValidation` of `--validate`.
pub fn field_validation(cmd: &Cmd) -> Result<&'static str, Fail> {
    match cmd.flags.text("validate") {
        "strict" | "true" | "" => Ok("Strict"),
        "warn" => Ok("Warn"),
        "ignore" | "false" => Ok("Ignore"),
        other => {
            Err(Fail::Text(format!("invalid - validate option \"{other}\"; must be one of: strict (or true), warn, ignore (or false)")))
        }
    }
}

/// `--raw`: a file's content to a path of the server, and its answer as it is.
pub async fn raw(cmd: &Cmd, method: &'static str) -> Result<(), Fail> {
    let files = cmd.flags.list("filename");
    if files.is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    let [file] = files.as_slice() else { return Err("--raw can only use a single local file or stdin".into()) };
    let path = if file == "-" { "/dev/stdin" } else { file };
    let text = read_text(&cmd.ctx, path).await?;
    raw_answer(cmd, method, Some(text)).await
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if cmd.flags.changed("raw") {
        return raw(cmd, "POST").await;
    }
    require_files(cmd)?;
    let validation = field_validation(cmd)?;
    let dry = dry_run(cmd)?;
    let mut printer = Printer::for_change(cmd).await?;
    let request = Request { validate: validation != "Ignore", ..Request::from(cmd) };
    let targets = request.targets(cmd).await?;
    let mut errors = Vec::new();
    let mut count = 0;
    for target in targets.list {
        let file = match target {
            Target::File(file) => file,
            Target::Broken(fail) => {
                errors.push(fail);
                continue;
            }
            _ => continue,
        };
        if cmd.flags.on("edit") {
            count += 1;
            edit::session(cmd, edit::Mode::BeforeCreate, vec![file.object]).await?;
            continue;
        }
        match one(cmd, &file, validation, dry).await {
            Ok(created) => {
                count += 1;
                printer.show(cmd, &created, "created").await?;
            }
            Err(fail) => errors.push(fail.with_source("creating", &file.source)),
        }
    }
    if errors.is_empty() && count == 0 {
        return Err("no objects passed to create".into());
    }
    Fail::join(errors)
}

/// Refuses arguments, and no file at all.
pub fn require_files(cmd: &Cmd) -> Result<(), Fail> {
    let files = cmd.flags.changed("filename") || cmd.flags.changed("kustomize");
    if !cmd.args().is_empty() && (files || matches!(cmd.verb.name, "create" | "apply")) {
        return Err(cmd.usage_error(&format!("Unexpected args: [{}]", cmd.args().join(" "))));
    }
    if !files {
        return Err("must specify one of -f and -k".into());
    }
    Ok(())
}

async fn one(cmd: &Cmd, file: &FileObject, validation: &str, dry: DryRun) -> Result<Value, Fail> {
    let mut object = file.object.clone();
    if cmd.flags.on("save-config") {
        annotate_last_applied(&mut object);
    }
    record(cmd, &mut object);
    if dry == DryRun::Client {
        return Ok(object);
    }
    let query = [("dryRun", dry.query()), ("fieldManager", cmd.manager()), ("fieldValidation", validation)];
    cmd.create(file.kind, &file.namespace, &object, &query).await
}

/// Writes the object, as it is without that annotation, into the annotation.
pub fn annotate_last_applied(object: &mut Value) {
    let annotations = at_mut(object, &["metadata", "annotations"]);
    if !annotations.is_object() {
        *annotations = json!({});
    }
    if let Some(map) = annotations.as_object_mut() {
        map.remove(LAST_APPLIED);
    }
    let text = go_json::compact(object) + "\n";
    at_mut(object, &["metadata", "annotations"])[LAST_APPLIED] = json!(text);
}

/// With `--save-config` the same of an object that kubectl made itself, which is written as Go's struct.
pub fn save_config(cmd: &Cmd, object: &mut Value) {
    if !cmd.flags.on("save-config") {
        return;
    }
    let text = go_json::typed_line(object) + "\n";
    at_mut(object, &["metadata", "annotations"])[LAST_APPLIED] = json!(text);
}

/// The text that is in that annotation.
pub fn last_applied(object: &Value) -> Option<&str> {
    at(object, &["metadata", "annotations", LAST_APPLIED]).and_then(Value::as_str)
}

/// Gives a generated object the namespace that `-n` names; the namespace to which it is sent.
fn place(cmd: &Cmd, object: &mut Value, namespaced: bool) -> String {
    let (namespace, explicit) = cmd.namespace();
    if namespaced && explicit {
        object["metadata"]["namespace"] = json!(namespace);
    }
    namespace
}

/// Creates one generated object and prints it; what the subcommands end with.
pub async fn generated(cmd: &Cmd, kind: Kind, mut object: Value) -> Result<(), Fail> {
    let dry = dry_run(cmd)?;
    let mut printer = Printer::for_change(cmd).await?.typed();
    let validation = field_validation(cmd)?;
    config::append_hash(cmd, &mut object);
    let namespace = place(cmd, &mut object, kind.info().namespaced);
    // kubectl forgets it of services.
    if kind != Kind::Service {
        save_config(cmd, &mut object);
    }
    if dry != DryRun::Client {
        let query = [("dryRun", dry.query()), ("fieldManager", cmd.manager()), ("fieldValidation", validation)];
        object = cmd.create(kind, &namespace, &object, &query).await.map_err(|e| failed(kind, &object, e))?;
    }
    printer.show(cmd, &object, "created").await
}

/// `failed to create deployment: …`; for a namespace the server's own words.
fn failed(kind: Kind, object: &Value, fail: Fail) -> Fail {
    let what = match kind {
        Kind::Namespace => return fail,
        Kind::Secret => "secret".to_owned(),
        Kind::ResourceQuota => "quota:".to_owned(),
        Kind::Service => format!("{} service:", object["spec"]["type"].as_str().unwrap_or_default()),
        other => format!("{}:", other.info().singular),
    };
    Fail::Text(format!("failed to create {what} {}", fail.message()))
}

/// The one name of `create KIND NAME`.
pub fn name_argument(cmd: &Cmd) -> Result<String, Fail> {
    let before = cmd.flags.before_dash.unwrap_or(cmd.args().len());
    match cmd.args() {
        [name] if before == 1 => Ok(name.clone()),
        _ => Err(cmd.usage_error(&format!("exactly one NAME is required, got {before}"))),
    }
}
