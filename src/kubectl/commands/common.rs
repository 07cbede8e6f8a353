//! Flags and arguments that several verbs share. Models kubectl/pkg/cmd/util/helpers.go.

use crate::api::Kind as Object;
use crate::api::decode::StructDecoder;
use crate::api::encode::complete;
use crate::api::json::Node;
use crate::api::quantity::Quantity;
use crate::api::schema::Schema;
use crate::kubectl::command::{Cmd, at_mut, object_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind, flag, short};
use serde_json::{Value, json};

/// `-o` and its templates.
pub const OUTPUT: &[Flag] = &[
    short(
        "output",
        'o',
        Kind::Text,
        "",
        "Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).",
    ),
    flag("template", Kind::Text, "", "Template string or path to template file to use when -o=go-template, -o=go-template-file."),
    flag(
        "allow-missing-template-keys",
        Kind::Bool,
        "true",
        "If true, ignore any errors in templates when a field or map key is missing in the template.",
    ),
    flag("show-managed-fields", Kind::Bool, "false", "If true, keep the managedFields when printing objects in JSON or YAML format."),
];

/// `-f` alone.
pub const FILENAME: &[Flag] = &[short("filename", 'f', Kind::Slice, "", "")];

/// `-f` and its like.
pub const FILES: &[Flag] = &[
    short("filename", 'f', Kind::Slice, "", "Filename, directory, or URL to files identifying the resource."),
    short("kustomize", 'k', Kind::Text, "", "Process the kustomization directory."),
    short("recursive", 'R', Kind::Bool, "false", "Process the directory used in -f, --filename recursively."),
];

/// `--dry-run`.
pub const DRY_RUN: &[Flag] = &[flag(
    "dry-run",
    Kind::Optional("unchanged"),
    "none",
    "Must be \"none\", \"server\", or \"client\". If client strategy, only print the object that would be sent.",
)];

/// `--validate`.
pub const VALIDATE: &[Flag] =
    &[flag("validate", Kind::Optional("strict"), "strict", "Must be one of: strict (or true), warn, ignore (or false).")];

/// `-l`.
pub const SELECTOR: &[Flag] =
    &[short("selector", 'l', Kind::Text, "", "Selector (label query) to filter on, supports '=', '==', '!=', 'in', 'notin'.")];

/// `--field-selector`.
pub const FIELD_SELECTOR: &[Flag] =
    &[flag("field-selector", Kind::Text, "", "Selector (field query) to filter on, supports '=', '==', and '!='.")];

/// `--field-manager`.
pub const FIELD_MANAGER: &[Flag] = &[flag("field-manager", Kind::Text, "", "Name of the manager used to track field ownership.")];

/// `--record`.
pub const RECORD: &[Flag] = &[flag("record", Kind::Bool, "false", "Record current kubectl command in the resource annotation.")
    .deprecated("--record will be removed in the future")];

const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// The command line as `--record` notes it: flags last, by their long names. Models genericclioptions.RecordFlags.
fn change_cause(cmd: &Cmd) -> Option<String> {
    if !cmd.flags.on("record") {
        return None;
    }
    let mut line = cmd.path.clone();
    for word in cmd.args() {
        line += &format!(" {word}");
    }
    for (name, value) in &cmd.flags.given {
        line += &format!(" --{name}={value}");
    }
    Some(line)
}

/// Notes the command in the object, with `--record`.
pub fn record(cmd: &Cmd, object: &mut Value) {
    let Some(cause) = change_cause(cmd) else { return };
    let annotations = at_mut(object, &["metadata", "annotations"]);
    if !annotations.is_object() {
        *annotations = json!({});
    }
    annotations[CHANGE_CAUSE] = json!(cause);
}

/// The same in the object that the server holds; what is there then.
pub async fn record_there(cmd: &Cmd, kind: Object, object: Value) -> Result<Value, Fail> {
    let Some(cause) = change_cause(cmd) else { return Ok(object) };
    let path = object_path(kind, &text(&object, &["metadata", "namespace"]), &text(&object, &["metadata", "name"]));
    let patch = json!({ "metadata": { "annotations": { CHANGE_CAUSE: cause } } });
    cmd.patch(&path, "merge-patch+json", &patch, &[]).await
}

/// `--save-config`.
pub const SAVE_CONFIG: &[Flag] =
    &[flag("save-config", Kind::Bool, "false", "If true, the configuration of current object will be saved in its annotation.")];

/// `--all`.
pub const ALL: &[Flag] = &[flag("all", Kind::Bool, "false", "Select all resources, in the namespace of the specified resource types")];

/// `-A`.
pub const ALL_NAMESPACES: &[Flag] =
    &[short("all-namespaces", 'A', Kind::Bool, "false", "If present, list the requested object(s) across all namespaces.")];

/// `--local` and what goes with it.
pub const LOCAL: &[Flag] = &[flag("local", Kind::Bool, "false", "If true, the command does not contact the API server but runs locally.")];

/// `RESOURCE=QUANTITY,…`. Models PopulateResourceListV1.
pub fn resource_list(text: &str) -> Result<Vec<(String, Value)>, Fail> {
    let read = |pair: &str| {
        let Some((name, amount)) = pair.split_once('=').filter(|(_, amount)| !amount.contains('=')) else {
            return Err(Fail::Text(format!("Invalid argument syntax {pair}, expected <resource>=<value>")));
        };
        let amount = Quantity::parse(amount).map_err(Fail::Text)?;
        Ok((name.to_owned(), json!(amount.to_string())))
    };
    if text.is_empty() { Ok(Vec::new()) } else { text.split(',').map(read).collect() }
}

/// The object as Go's structs hold it: without what they do not know, with what they always write. The error is Go's decoder's.
pub fn typed(kind: Object, object: &Value) -> Result<Value, String> {
    let kind = kind.info();
    let Some(info) = Schema::get().kind(kind.group, kind.kind) else { return Ok(object.clone()) };
    let mut typed = StructDecoder::new().decode(info, &Node::from_value(object))?;
    if let Some(fields) = typed.as_object_mut() {
        complete(info, fields);
        fields.insert("apiVersion".into(), json!(kind.api_version()));
        fields.insert("kind".into(), json!(kind.kind));
    }
    Ok(typed)
}

/// Divides arguments into what is named and what is to change: `KEY=VALUE` and `KEY-`. Models cmdutil.GetResourcesAndPairs.
pub fn split_pairs<'a>(args: &'a [String], what: &str) -> Result<(&'a [String], &'a [String]), Fail> {
    let (resources, pairs) = args.split_at(args.iter().position(|word| is_pair(word)).unwrap_or(args.len()));
    match pairs.iter().find(|word| !is_pair(word)) {
        // SplitEnvironmentFromResources names them all.
        Some(_) if what == "environment" => Err(misplaced(what, &args.join(" "))),
        Some(word) => Err(misplaced(what, word)),
        None => Ok((resources, pairs)),
    }
}

fn misplaced(what: &str, words: &str) -> Fail {
    Fail::Text(format!("all resources must be specified before {what} changes: {words}"))
}

fn is_pair(word: &str) -> bool {
    (word.contains('=') && !word.starts_with('=')) || (word.ends_with('-') && word.len() > 1)
}
