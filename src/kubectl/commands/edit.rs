//! `kubectl edit`, `create --edit` and `apply edit-last-applied`. Models kubectl/pkg/cmd/util/editor.

mod launch;

use super::common::{FIELD_MANAGER, FILES, OUTPUT, SAVE_CONFIG, VALIDATE};
use super::create::{LAST_APPLIED, annotate_last_applied, field_validation};
use super::get::objects;
use crate::api::Kind;
use crate::kubectl::builder::{Request, objects_of};
use crate::kubectl::command::{Cmd, object_path, text};
use crate::kubectl::commands::apply::three_way;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::manifest::parse_yaml;
use crate::kubectl::mapping;
use crate::kubectl::output::Printer;
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::printers::{json as go_json, yaml};
use crate::kubectl::verb::{BASE, Verb};
use launch::{Edited, launch};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("output-patch", FlagKind::Bool, "false", "Output the patch if the resource is edited."),
    flag("windows-line-endings", FlagKind::Bool, "false", "Defaults to the line ending native to your platform."),
    flag("subresource", FlagKind::Text, "", "If specified, edit will operate on the subresource of the requested object."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "edit",
    usage: "(RESOURCE/NAME | -f FILENAME)",
    short: "Edit a resource on the server",
    examples: "# A pod, in the editor\nkubectl edit pod kubia\n\n# Without opening one: let sed change the text\nKUBE_EDITOR=\"sed -i s/prod/dev/\" kubectl edit pod kubia",
    flags: &[FLAGS, FILES, OUTPUT, SAVE_CONFIG, VALIDATE, FIELD_MANAGER],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// What is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The object as it is on the server.
    Normal,
    /// What was last applied.
    LastApplied,
    /// An object before it is created.
    BeforeCreate,
}

const HEADER: &str = "\
# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";
const HEADER_LAST_APPLIED: &str = "\
# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
";
/// How often a file is opened again; people stop earlier, programs may not.
const LIMIT_ROUNDS: usize = 100;

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let found = live(cmd).await?;
    if found.is_empty() {
        return Err("edit cancelled, no objects found".into());
    }
    session(cmd, Mode::Normal, found).await
}

/// The objects that the command line names, from the server.
async fn live(cmd: &Cmd) -> Result<Vec<Value>, Fail> {
    let request = Request { allow_empty_selector: true, ..Request::from(cmd) };
    let mut found = Vec::new();
    for target in request.clone().targets(cmd).await?.list {
        found.extend(objects(cmd, &target, &request).await?);
    }
    Ok(found)
}

/// `apply edit-last-applied`.
pub async fn last_applied(cmd: &Cmd) -> Result<(), Fail> {
    let mut found = Vec::new();
    for object in live(cmd).await? {
        if let Some(value) = super::create::last_applied(&object).and_then(|text| serde_json::from_str(text).ok()) {
            found.push(value);
        }
    }
    if found.is_empty() {
        return Err("no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply set-last-applied --create-annotation`".into());
    }
    session(cmd, Mode::LastApplied, found).await
}

/// Why the file is opened again.
struct Reason {
    head: String,
    more: Vec<String>,
}

/// What became of one round.
#[derive(Default)]
struct Round {
    reasons: Vec<Reason>,
    retryable: bool,
    not_found: bool,
}

impl Round {
    /// Notes what the server refused; the line for stderr.
    fn refused(&mut self, fail: &Fail, resource: &str, name: &str) -> String {
        let subject = format!("{resource} {}", quote(name));
        match fail {
            Fail::Status(status) if status.reason == "Invalid" => {
                let more = status.causes.iter().map(|(field, message)| format!("{field}: {message}")).collect();
                self.reasons.push(Reason { head: format!("{subject} was not valid"), more });
                format!("error: {subject} is invalid\n")
            }
            fail if fail.is("NotFound") => {
                self.not_found = true;
                format!("error: {subject} could not be found on the server\n")
            }
            fail => {
                self.retryable = true;
                format!("error: {subject} could not be patched: {}\n", fail.message())
            }
        }
    }

    fn header(&self, mode: Mode) -> String {
        let mut out = if mode == Mode::LastApplied { HEADER_LAST_APPLIED } else { HEADER }.to_owned();
        let hashed = |text: &str| text.replace('\n', "\n# ");
        for reason in &self.reasons {
            out += &format!("# {}{}\n", hashed(&reason.head), if reason.more.is_empty() { "" } else { ":" });
            for line in &reason.more {
                out += &format!("# * {}\n", hashed(line));
            }
            out += "#\n";
        }
        out
    }
}

/// Opens the editor on the objects until what it saves is taken, or nothing more is changed.
pub async fn session(cmd: &Cmd, mode: Mode, mut originals: Vec<Value>) -> Result<(), Fail> {
    let mut printer = Printer::for_change(cmd).await?;
    let as_json = cmd.flags.text("output") == "json";
    originals.iter_mut().for_each(forget_managed_fields);
    let shown = match originals.as_slice() {
        [one] => one.clone(),
        many => json!({ "apiVersion": "v1", "kind": "List", "metadata": {}, "items": many }),
    };
    let original = if as_json { go_json::indented(&shown, "    ") + "\n" } else { yaml::to_yaml(&shown) };
    let mut round = Round::default();
    let mut before: Option<Edited> = None;
    for _ in 0..LIMIT_ROUNDS {
        let body = before.as_ref().map_or_else(|| original.clone(), |edited| without_comments(&edited.text));
        let mut text = if as_json { body } else { round.header(mode) + &body };
        if cmd.flags.on("windows-line-endings") {
            text = text.replace('\n', "\r\n");
        }
        let edited = match launch(cmd, &text, if as_json { ".json" } else { ".yaml" }).await {
            Ok(edited) => edited,
            Err(e) => return Err(preserved(cmd, e, before.as_ref()).await),
        };
        if let Some(last) = &before {
            if same(&last.text, &edited.text) {
                return Err(preserved(cmd, "Edit cancelled, no valid changes were saved.".into(), Some(&edited)).await);
            }
            launch::remove(cmd, &last.path);
        }
        if same(&original, &edited.text) {
            launch::remove(cmd, &edited.path);
            cmd.eprint("Edit cancelled, no changes made.\n").await;
            return Ok(());
        }
        if edited.text.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('#')) {
            launch::remove(cmd, &edited.path);
            cmd.eprint("Edit cancelled, saved file was empty.\n").await;
            return Ok(());
        }
        round = Round::default();
        match attempt(cmd, mode, &originals, &edited, &mut round, &mut printer).await {
            Ok(()) => {}
            Err(e) => return Err(preserved(cmd, e, Some(&edited)).await),
        }
        if round.retryable {
            cmd.eprint(&format!("You can run `kubectl replace -f {}` to try this update again.\n", edited.path)).await;
            return Err(Fail::Exit(1));
        }
        if round.not_found {
            cmd.eprint(&format!("The edits you made on deleted resources have been saved to {}\n", quote(&edited.path))).await;
            return Err(Fail::Exit(1));
        }
        if round.reasons.is_empty() {
            launch::remove(cmd, &edited.path);
            return Ok(());
        }
        before = Some(edited);
    }
    Err(preserved(cmd, "Edit cancelled, no valid changes were saved.".into(), before.as_ref()).await)
}

/// Sends what was saved. What the person can mend is a reason of the round, all else an error.
async fn attempt(
    cmd: &Cmd,
    mode: Mode,
    originals: &[Value],
    edited: &Edited,
    round: &mut Round,
    printer: &mut Printer,
) -> Result<(), Fail> {
    let first = originals.first().unwrap_or(&Value::Null);
    let documents = match objects_of(&edited.text, "edited-file") {
        Ok(documents) => documents,
        Err(Fail::Raw(why, _)) => {
            // Found by kubectl's own check of the file.
            let line = format!("<nil>: Invalid value: \"The edited file failed validation\": {why}");
            let subject = format!("{} {}", resource_of(first), quote(&text(first, &["metadata", "name"])));
            round.reasons.push(Reason { head: format!("{subject} was not valid"), more: vec![line] });
            cmd.eprint(&format!("error: {subject} is invalid\n")).await;
            return Ok(());
        }
        Err(e) => {
            let head = format!("The edited file had a syntax error: {}", e.message());
            round.reasons.push(Reason { head, more: Vec::new() });
            return Ok(());
        }
    };
    let (namespace, _) = cmd.namespace();
    for file in &documents {
        let own = text(&file.object, &["metadata", "namespace"]);
        if file.kind.info().namespaced && !own.is_empty() && own != namespace && !cmd.flags.on("all-namespaces") {
            return Err(Fail::Text(format!(
                "the namespace from the provided object {} does not match the namespace {}. You must pass '--namespace={own}' to perform this operation.",
                quote(&own),
                quote(&namespace)
            )));
        }
    }
    for file in documents {
        match mode {
            Mode::BeforeCreate => {
                let query = [("fieldManager", cmd.manager()), ("fieldValidation", field_validation(cmd)?)];
                let created = cmd.create(file.kind, &namespace, &file.object, &query).await?;
                printer.show(cmd, &created, "created").await?;
            }
            Mode::LastApplied => annotate(cmd, originals, file.kind, &file.object, printer).await?,
            Mode::Normal => patch(cmd, originals, file.kind, file.object, round, printer).await?,
        }
    }
    Ok(())
}

/// Patches the live object to what was saved.
async fn patch(
    cmd: &Cmd,
    originals: &[Value],
    kind: Kind,
    mut object: Value,
    round: &mut Round,
    printer: &mut Printer,
) -> Result<(), Fail> {
    let uid = object.pointer("/metadata/uid");
    let Some(original) = originals.iter().find(|o| o.pointer("/metadata/uid") == uid) else {
        return Err(Fail::Text(format!("no original object found for {}", go_json::compact(&object))));
    };
    if cmd.flags.on("save-config") {
        annotate_last_applied(&mut object);
    }
    if *original == object {
        return printer.show(cmd, &object, "skipped").await;
    }
    if ["/apiVersion", "/kind", "/metadata/name"].iter().any(|path| original.pointer(path) != object.pointer(path)) {
        return Err("At least one of apiVersion, kind and name was changed".into());
    }
    let patch = three_way::patch(kind, original, &object, original);
    if cmd.flags.on("output-patch") {
        cmd.print(&format!("Patch: {}\n", go_json::compact(&patch))).await;
    }
    let (namespace, name) = (text(original, &["metadata", "namespace"]), text(original, &["metadata", "name"]));
    let mut path = object_path(kind, &namespace, &name);
    if cmd.flags.changed("subresource") {
        path = format!("{path}/{}", cmd.flags.text("subresource"));
    }
    let query = [("fieldManager", cmd.manager()), ("fieldValidation", field_validation(cmd)?)];
    match cmd.patch(&path, "strategic-merge-patch+json", &patch, &query).await {
        Ok(patched) => printer.show(cmd, &patched, "edited").await,
        Err(fail) => {
            let line = round.refused(&fail, &kind.info().group_resource(), &name);
            cmd.eprint(&line).await;
            Ok(())
        }
    }
}

/// Writes what was saved into the annotation.
async fn annotate(cmd: &Cmd, originals: &[Value], kind: Kind, object: &Value, printer: &mut Printer) -> Result<(), Fail> {
    if originals.contains(object) {
        return printer.show(cmd, object, "skipped").await;
    }
    let (namespace, _) = cmd.namespace();
    let name = text(object, &["metadata", "name"]);
    let patch = json!({ "metadata": { "annotations": { LAST_APPLIED: go_json::compact(object) + "\n" } } });
    let place = if kind.info().namespaced { namespace.as_str() } else { "" };
    let query = [("fieldManager", cmd.manager())];
    let patched = cmd.patch(&object_path(kind, place, &name), "merge-patch+json", &patch, &query).await?;
    printer.show(cmd, &patched, "edited").await
}

fn forget_managed_fields(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
}

fn resource_of(object: &Value) -> String {
    let kind = mapping::of_object(&text(object, &["apiVersion"]), &text(object, &["kind"]));
    kind.map(|kind| kind.info().group_resource()).unwrap_or_default()
}

/// Says where the changes are kept.
async fn preserved(cmd: &Cmd, fail: Fail, edited: Option<&Edited>) -> Fail {
    if let Some(edited) = edited {
        cmd.eprint(&format!("A copy of your changes has been stored to {}\n", quote(&edited.path))).await;
    }
    fail
}

/// The text without the lines that are comments.
fn without_comments(text: &str) -> String {
    let is_comment = |line: &&str| line.trim().starts_with('#') && !line.trim().starts_with("#!");
    text.split_inclusive('\n').filter(|line| !is_comment(line)).collect()
}

/// Whether two texts are the same object, or where one is none the same text.
fn same(a: &str, b: &str) -> bool {
    match (parse_yaml(a), parse_yaml(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => without_comments(a) == without_comments(b),
    }
}
