//! `kubectl label` and, in the same way, `kubectl annotate`. Models kubectl/pkg/cmd/label and annotate.

use super::common::{
    ALL, ALL_NAMESPACES, DRY_RUN, FIELD_MANAGER, FIELD_SELECTOR, FILES, LOCAL, OUTPUT, RECORD, SELECTOR, record_there, split_pairs,
};
use super::get::objects;
use crate::api::validation::names::label_value;
use crate::kubectl::builder::{Request, Target};
use crate::kubectl::command::{Cmd, at, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag};
use crate::kubectl::mapping;
use crate::kubectl::output::{DryRun, Printer, dry_run};
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Map, Value, json};

const FLAGS: &[Flag] = &[
    flag(
        "overwrite",
        FlagKind::Bool,
        "false",
        "If true, allow labels to be overwritten, otherwise reject label updates that overwrite existing labels.",
    ),
    flag("list", FlagKind::Bool, "false", "If true, display the labels for a given resource."),
    flag(
        "resource-version",
        FlagKind::Text,
        "",
        "If non-empty, the labels update will only succeed if this is the current resource-version for the object.",
    ),
];

/// `label`.
pub const VERB: Verb = Verb {
    name: "label",
    usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    short: "Update the labels on a resource",
    examples: "# Add a label\nkubectl label pod kubia creation_method=manual\n\n# Change it\nkubectl label pod kubia env=debug --overwrite\n\n# Take it away\nkubectl label pod kubia env-",
    flags: &[FLAGS, RECORD, FILES, SELECTOR, FIELD_SELECTOR, ALL, ALL_NAMESPACES, DRY_RUN, OUTPUT, FIELD_MANAGER, LOCAL],
    run: |cmd| Box::pin(run(cmd, &LABELS)),
    ..BASE
};

/// What tells the two verbs apart.
pub struct Words {
    /// The key in `metadata`.
    pub field: &'static str,
    pub one: &'static str,
    /// Files that `--local` could be told, in YAML and JSON.
    pub files: [&'static str; 2],
    pub done: &'static str,
}

const LABELS: Words = Words { field: "labels", one: "label", files: ["pod.yaml", "pod.json"], done: "labeled" };

/// What is to change.
struct Changes {
    set: Vec<(String, String)>,
    remove: Vec<String>,
}

fn changes(words: &[String], kind: &Words) -> Result<Changes, Fail> {
    let mut all = Changes { set: Vec::new(), remove: Vec::new() };
    for word in words {
        if let Some((key, value)) = word.split_once('=') {
            if kind.one == "label" && value.contains('=') {
                return Err(Fail::Text(format!("invalid label spec: {word}")));
            }
            all.set.retain(|(known, _)| known != key);
            all.set.push((key.into(), value.into()));
        } else if let Some(key) = word.strip_suffix('-') {
            all.remove.push(key.into());
        }
    }
    let both: Vec<&str> = all.set.iter().map(|(key, _)| key.as_str()).filter(|key| all.remove.iter().any(|gone| gone == key)).collect();
    if !both.is_empty() && kind.one == "label" {
        return Err("can not both modify and remove a label in the same command".into());
    }
    if !both.is_empty() {
        let both = both.join(", ");
        return Err(Fail::Text(format!("can not both modify and remove the following annotation(s) in the same command: {both}")));
    }
    Ok(all)
}

/// Runs either verb.
pub async fn run(cmd: &Cmd, kind: &Words) -> Result<(), Fail> {
    let (resources, pairs) = split_pairs(cmd.args(), kind.one)?;
    let (list, local) = (cmd.flags.on("list"), cmd.flags.on("local"));
    let request = Request { args: resources.to_vec(), unplaced: local, ..Request::from(cmd) };
    if request.all && request.labels.is_some() {
        return Err("cannot set --all and --selector at the same time".into());
    }
    if request.all && !cmd.flags.text("field-selector").is_empty() {
        return Err("cannot set --all and --field-selector at the same time".into());
    }
    if local && !resources.is_empty() {
        let [yaml, json] = kind.files;
        return Err(Fail::Text(format!("can only use local files by -f {yaml} or --filename={json} when --local=true is set")));
    }
    let changes = changes(pairs, kind)?;
    if resources.is_empty() && request.filenames.is_empty() {
        return Err("one or more resources must be specified as <resource> <name> or <resource>/<name>".into());
    }
    if pairs.is_empty() && !list {
        return Err(Fail::Text(format!("at least one {} update is required", kind.one)));
    }
    if kind.one == "label" {
        check_labels(&changes)?;
    }
    let dry = dry_run(cmd)?;
    let printer = Printer::from_flags(cmd, false).await?;
    let found = request.clone().targets(cmd).await?;
    let (targets, single) = (found.list, found.single);
    if !single && !cmd.flags.text("resource-version").is_empty() {
        return Err("--resource-version may only be used with a single resource".into());
    }
    let mut errors = Vec::new();
    let mut worker = Worker { cmd, kind, changes, dry, list, single, printer };
    for target in targets {
        let found = match &target {
            Target::File(file) if local => Ok(vec![file.object.clone()]),
            _ => objects(cmd, &target, &request).await,
        };
        match found {
            Ok(found) => {
                for object in found {
                    if let Err(e) = worker.one(object).await {
                        errors.push(e);
                    }
                }
            }
            Err(e) => errors.push(e),
        }
    }
    Fail::join(errors)
}

fn check_labels(changes: &Changes) -> Result<(), Fail> {
    for (key, value) in &changes.set {
        let why = label_value(value);
        if !why.is_empty() {
            return Err(Fail::Text(format!("invalid label value: \"{key}={value}\": {}", why.join("; "))));
        }
    }
    Ok(())
}

struct Worker<'a> {
    cmd: &'a Cmd,
    kind: &'a Words,
    changes: Changes,
    dry: DryRun,
    list: bool,
    /// One object by its nature: its list needs no heading.
    single: bool,
    printer: Option<Printer>,
}

impl Worker<'_> {
    async fn one(&mut self, object: Value) -> Result<(), Fail> {
        let current = at(&object, &["metadata", self.kind.field]).and_then(Value::as_object).cloned().unwrap_or_default();
        self.check_overwrite(&current)?;
        let mut new = current.clone();
        let mut patch = Map::new();
        for (key, value) in &self.changes.set {
            if current.get(key).and_then(Value::as_str) != Some(value) {
                patch.insert(key.clone(), json!(value));
            }
            new.insert(key.clone(), json!(value));
        }
        for key in &self.changes.remove {
            if new.remove(key).is_some() {
                patch.insert(key.clone(), Value::Null);
            } else if self.kind.one == "label" {
                self.cmd.print(&format!("label \"{key}\" not found.\n")).await;
            }
        }
        let message = self.message(&patch);
        let mut result = object.clone();
        result["metadata"][self.kind.field] = json!(new);
        if !self.cmd.flags.on("local") && self.dry != DryRun::Client && !patch.is_empty() {
            result = self.send(&object, patch).await?;
        }
        if self.list {
            return self.print_list(&object, &result).await;
        }
        let mut printer = match self.printer.take() {
            Some(printer) => printer,
            None => Printer::for_change(self.cmd).await?,
        };
        let shown = printer.show(self.cmd, &result, message).await;
        if !self.cmd.flags.text("output").is_empty() {
            self.printer = Some(printer);
        }
        shown
    }

    fn check_overwrite(&self, current: &Map<String, Value>) -> Result<(), Fail> {
        if self.cmd.flags.on("overwrite") {
            return Ok(());
        }
        let mut clashes = Vec::new();
        for (key, value) in &self.changes.set {
            if let Some(old) = current.get(key).and_then(Value::as_str)
                && old != value
            {
                clashes.push(format!("'{key}' already has a value ({old})"));
            }
        }
        match clashes.as_slice() {
            [] => Ok(()),
            all if self.kind.one == "annotation" => {
                Err(Fail::Text(format!("--overwrite is false but found the following declared annotation(s): {}", all.join("; "))))
            }
            [one] => Err(Fail::Text(format!("{one}, and --overwrite is false"))),
            all => Err(Fail::Many(all.iter().map(|c| Fail::Text(format!("error: {c}, and --overwrite is false"))).collect())),
        }
    }

    fn message(&self, patch: &Map<String, Value>) -> &'static str {
        if self.kind.one == "annotation" {
            return self.kind.done;
        }
        let (added, removed) = (patch.values().any(|v| !v.is_null()), patch.values().any(Value::is_null));
        match (added, removed) {
            (true, true) => "modified",
            (true, false) => "labeled",
            (false, true) => "unlabeled",
            (false, false) => "not labeled",
        }
    }

    async fn send(&self, object: &Value, patch: Map<String, Value>) -> Result<Value, Fail> {
        let (version, kind) = (text(object, &["apiVersion"]), text(object, &["kind"]));
        let Some(kind) = mapping::of_object(&version, &kind) else { return Err("the server could not find the requested resource".into()) };
        let path = object_path(kind, &text(object, &["metadata", "namespace"]), &text(object, &["metadata", "name"]));
        let mut metadata = json!({ self.kind.field: patch });
        if !self.cmd.flags.text("resource-version").is_empty() {
            metadata["resourceVersion"] = json!(self.cmd.flags.text("resource-version"));
        }
        let query = [("dryRun", self.dry.query()), ("fieldManager", self.cmd.manager())];
        let labelled = self.cmd.patch(&path, "merge-patch+json", &json!({ "metadata": metadata }), &query).await?;
        if self.dry == DryRun::None { record_there(self.cmd, kind, labelled).await } else { Ok(labelled) }
    }

    async fn print_list(&self, object: &Value, result: &Value) -> Result<(), Fail> {
        let many = !self.single;
        let pairs = at(result, &["metadata", self.kind.field]).and_then(Value::as_object).cloned().unwrap_or_default();
        let mut out = String::new();
        if many {
            out +=
                &format!("Listing {} for {}.{}/{}:\n", self.kind.field, text(object, &["kind"]), "", text(object, &["metadata", "name"]));
        }
        for (key, value) in pairs {
            out += &format!("{}{key}={}\n", if many { " " } else { "" }, value.as_str().unwrap_or_default());
        }
        self.cmd.print(&out).await;
        Ok(())
    }
}
