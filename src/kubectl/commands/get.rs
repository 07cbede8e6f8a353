//! `kubectl get`. Models kubectl/pkg/cmd/get/get.go.

mod human;
mod watch;

use super::common::{ALL_NAMESPACES, FIELD_SELECTOR, FILES, SELECTOR};
use crate::kubectl::builder::{Request, Target, Targets};
use crate::kubectl::command::{Cmd, full_body};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind, flag, short};
use crate::kubectl::output::Printer;
use crate::kubectl::printers::gofmt::quote;
use crate::kubectl::printers::sorter::{SortError, order};
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

/// Flags of `get` itself.
pub const FLAGS: &[Flag] = &[
    short(
        "output",
        'o',
        Kind::Text,
        "",
        "Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file, wide).",
    ),
    flag("template", Kind::Text, "", "Template string or path to template file to use when -o=go-template, -o=go-template-file."),
    flag(
        "allow-missing-template-keys",
        Kind::Bool,
        "true",
        "If true, ignore any errors in templates when a field or map key is missing in the template.",
    ),
    flag("show-managed-fields", Kind::Bool, "false", "If true, keep the managedFields when printing objects in JSON or YAML format."),
    short("watch", 'w', Kind::Bool, "false", "After listing/getting the requested object, watch for changes."),
    flag("watch-only", Kind::Bool, "false", "Watch for changes to the requested object(s), without listing/getting first."),
    flag("output-watch-events", Kind::Bool, "false", "Output watch event objects when --watch or --watch-only is used."),
    flag("no-headers", Kind::Bool, "false", "When using the default or custom-column output format, don't print headers."),
    flag("show-labels", Kind::Bool, "false", "When printing, show all labels as the last column."),
    flag("show-kind", Kind::Bool, "false", "If present, list the resource type for the requested object(s)."),
    short("label-columns", 'L', Kind::Slice, "", "Accepts a comma separated list of labels that are going to be presented as columns."),
    flag("sort-by", Kind::Text, "", "If non-empty, sort list types using this field specification."),
    flag("ignore-not-found", Kind::Bool, "false", "If set to true, suppresses NotFound error for specific objects that do not exist."),
    flag("chunk-size", Kind::Int, "500", "Return large lists in chunks rather than all at once. Pass 0 to disable."),
    flag("server-print", Kind::Bool, "true", "If true, have the server return the appropriate table output."),
    flag("subresource", Kind::Text, "", "If specified, gets the subresource of the requested object."),
    flag("raw", Kind::Text, "", "Raw URI to request from the server."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "get",
    usage: "[(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file|custom-columns|custom-columns-file|wide] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
    short: "Display one or many resources",
    examples: "# Every pod of the namespace\nkubectl get pods\n\n# Every pod, with its node and IP\nkubectl get pods -o wide\n\n# One pod as YAML\nkubectl get pod kubia -o yaml\n\n# The pods with a label, and another label as a column\nkubectl get pods -l app=kubia -L env\n\n# Only the pods' addresses\nkubectl get pods -o jsonpath='{.items[*].status.podIP}'\n\n# Go on watching\nkubectl get pods --watch",
    flags: &[FLAGS, FILES, SELECTOR, FIELD_SELECTOR, ALL_NAMESPACES],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if !cmd.flags.text("raw").is_empty() {
        return raw(cmd).await;
    }
    check(cmd)?;
    if cmd.args().is_empty() && cmd.flags.list("filename").is_empty() && cmd.flags.text("kustomize").is_empty() {
        cmd.eprint(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\n",
        )
        .await;
        let advice = "error: Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).";
        return Err(cmd.usage_error(advice));
    }
    let printer = Printer::from_flags(cmd, true).await?;
    let request = Request { allow_empty_selector: true, ..Request::from(cmd) };
    let targets = request.clone().targets(cmd).await?;
    if !cmd.flags.text("subresource").is_empty() && targets.list.iter().any(|target| matches!(target, Target::Listed { .. })) {
        return Err("subresource cannot be used when bulk resources are specified".into());
    }
    if cmd.flags.on("watch") || cmd.flags.on("watch-only") {
        return watch::run(cmd, targets, &request, printer).await;
    }
    match printer {
        Some(printer) => generic(cmd, targets, &request, printer).await,
        None => human::run(cmd, targets, &request).await,
    }
}

fn check(cmd: &Cmd) -> Result<(), Fail> {
    let output = cmd.flags.text("output");
    if cmd.flags.on("show-labels") && !output.is_empty() && output != "wide" {
        return Err(Fail::Text(format!("--show-labels option cannot be used with {output} printer")));
    }
    if cmd.flags.on("output-watch-events") && !(cmd.flags.on("watch") || cmd.flags.on("watch-only")) {
        return Err("--output-watch-events option can only be used with --watch or --watch-only".into());
    }
    Ok(())
}

/// `--raw`: sends a request, with a body if there is one, and prints the server's answer as it is.
pub async fn raw_answer(cmd: &Cmd, method: &'static str, body: Option<String>) -> Result<(), Fail> {
    if !cmd.flags.text("output").is_empty() {
        return Err("--raw and --output are mutually exclusive".into());
    }
    let url = cmd.flags.text("raw").to_owned();
    if !url.starts_with('/') && !url.contains("://") {
        return Err(Fail::Text(format!("--raw must be a valid URL path: parse {}: invalid URI for request", quote(&url))));
    }
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    let mut call = Call::new(method, path);
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        call.query.push((name.to_owned(), value.to_owned()));
    }
    if let Some(body) = body {
        call = call.body("application/json", body.into_bytes());
    }
    let mut response = cmd.request(call).await?;
    let answer = full_body(&mut response).await;
    cmd.print(&String::from_utf8_lossy(&answer)).await;
    Ok(())
}

async fn raw(cmd: &Cmd) -> Result<(), Fail> {
    if !cmd.args().is_empty() {
        return Err("arguments may not be passed when --raw is specified".into());
    }
    raw_answer(cmd, "GET", None).await
}

/// The selectors of the request as query parameters.
pub(super) fn selected(call: Call, request: &Request) -> Call {
    call.query("labelSelector", request.labels.as_deref().unwrap_or_default())
        .query("fieldSelector", request.fields.as_deref().unwrap_or_default())
}

/// Whole objects, for every format but the table.
async fn generic(cmd: &Cmd, targets: Targets, request: &Request, mut printer: Printer) -> Result<(), Fail> {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for target in &targets.list {
        match objects(cmd, target, request).await {
            Ok(objects) => found.extend(objects),
            Err(e) if e.is("NotFound") && cmd.flags.on("ignore-not-found") => {}
            Err(e) if targets.single => return Err(e),
            Err(e) => errors.push(e),
        }
    }
    if found.is_empty() && cmd.flags.on("ignore-not-found") && !matches!(targets.list.first(), Some(Target::Listed { .. })) {
        return Fail::join(errors);
    }
    if cmd.flags.changed("sort-by") && !cmd.flags.text("sort-by").is_empty() && !found.is_empty() {
        found = sorted(found, cmd.flags.text("sort-by"))?;
    }
    let object = if targets.single && found.len() == 1 {
        found.remove(0)
    } else {
        json!({ "apiVersion": "v1", "kind": "List", "metadata": { "resourceVersion": "" }, "items": found })
    };
    printer.show(cmd, &object, "").await?;
    Fail::join(errors)
}

fn sorted(objects: Vec<Value>, path: &str) -> Result<Vec<Value>, Fail> {
    let refs: Vec<&Value> = objects.iter().collect();
    let positions = order(&refs, path).map_err(|e| sort_failure(e, 329, "*unstructured.Unstructured"))?;
    let mut slots: Vec<Option<Value>> = objects.into_iter().map(Some).collect();
    Ok(positions.into_iter().filter_map(|i| slots.get_mut(i).and_then(Option::take)).collect())
}

/// A sort that klog ends, or an ordinary error.
pub(super) fn sort_failure(error: SortError, line: u32, subject: &str) -> Fail {
    match error {
        SortError::Refused(text) => Fail::Text(text),
        SortError::Fatal { field, kind, reason } => {
            let text = format!(
                "F1121 00:00:00.000000       1 sorter.go:{line}] Field {field} in {subject} is an unsortable type: {kind}, err: {reason}"
            );
            Fail::Raw(text, 1)
        }
    }
}

/// An object that is not there for want of its namespace: the namespace is what is missing.
pub async fn missing_namespace(cmd: &Cmd, fail: Fail, namespace: &str) -> Fail {
    if !fail.is("NotFound") || matches!(namespace, "" | "default") {
        return fail;
    }
    match cmd.get(crate::api::Kind::Namespace, "", namespace).await {
        Err(e) if e.is("NotFound") => e,
        _ => fail,
    }
}

/// What a target stands for on the server.
pub async fn objects(cmd: &Cmd, target: &Target, request: &Request) -> Result<Vec<Value>, Fail> {
    let subresource = cmd.flags.text("subresource");
    let get = |path: String| {
        let path = if subresource.is_empty() { path } else { format!("{path}/{subresource}") };
        Call::new("GET", path)
    };
    use crate::kubectl::command::{check_name, object_path};
    match target {
        Target::Named { kind, namespace, name } => {
            check_name(name)?;
            match cmd.json(get(object_path(*kind, namespace, name))).await {
                Ok(object) => Ok(vec![object]),
                Err(e) => Err(missing_namespace(cmd, e, namespace).await),
            }
        }
        // What has no name yet cannot be looked up.
        Target::File(file) if file.name.is_empty() => Ok(vec![file.object.clone()]),
        Target::File(file) => match cmd.json(get(object_path(file.kind, &file.namespace, &file.name))).await {
            Ok(object) => Ok(vec![object]),
            Err(e) => Err(missing_namespace(cmd, e, &file.namespace).await),
        },
        Target::Listed { kind, namespace } => {
            let labels = request.labels.as_deref().unwrap_or_default();
            cmd.list(*kind, namespace, labels, request.fields.as_deref().unwrap_or_default()).await
        }
        Target::Broken(fail @ Fail::Status(_)) => Err(fail.clone()),
        Target::Broken(fail) => Err(Fail::Many(vec![fail.clone()])),
    }
}
