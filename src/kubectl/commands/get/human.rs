//! Tables: the server's, grouped by kind.

use super::{missing_namespace, selected, sort_failure};
use crate::api::Kind;
use crate::api::duration::human_duration;
use crate::kubectl::builder::{Request, Target, Targets};
use crate::kubectl::command::{Cmd, check_name, list_path, object_path, qualified, unlisted};
use crate::kubectl::error::Fail;
use crate::kubectl::printers::sorter::{SortError, order};
use crate::kubectl::printers::table::{TableOptions, TablePrinter};
use crate::kubectl::rest::Call;
use serde_json::{Value, json};

/// What a client of tables accepts.
pub const ACCEPT: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

/// One answer, and the kind it is of.
pub struct Answer {
    pub kind: Kind,
    pub table: Value,
}

/// The options that the flags ask for.
pub fn options(cmd: &Cmd, kind: Kind, with_kind: bool) -> TableOptions {
    TableOptions {
        no_headers: cmd.flags.on("no-headers"),
        wide: cmd.flags.text("output") == "wide",
        with_namespace: cmd.flags.on("all-namespaces") && kind.info().namespaced,
        with_kind: with_kind || cmd.flags.on("show-kind"),
        show_labels: cmd.flags.on("show-labels"),
        column_labels: cmd.flags.list("label-columns"),
    }
}

/// The request for a target's table.
pub fn call(cmd: &Cmd, target: &Target, request: &Request) -> Result<(Kind, Call), Fail> {
    let include = if cmd.flags.text("sort-by").is_empty() { "" } else { "Object" };
    let subresource = cmd.flags.text("subresource");
    let one = |kind: Kind, namespace: &str, name: &str| {
        let path = object_path(kind, namespace, name);
        Call::new("GET", if subresource.is_empty() { path } else { format!("{path}/{subresource}") })
    };
    let (kind, call) = match target {
        Target::Named { kind, namespace, name } => {
            check_name(name)?;
            (*kind, one(*kind, namespace, name))
        }
        Target::File(file) => (file.kind, one(file.kind, &file.namespace, &file.name)),
        Target::Listed { kind, namespace } => {
            let call = selected(Call::new("GET", list_path(*kind, namespace)), request);
            let chunk = cmd.flags.int("chunk-size");
            (*kind, if chunk > 0 { call.query("limit", &chunk.to_string()) } else { call })
        }
        Target::Broken(fail @ Fail::Status(_)) => return Err(fail.clone()),
        Target::Broken(fail) => return Err(Fail::Many(vec![fail.clone()])),
    };
    Ok((kind, call.query("includeObject", include).header("Accept", ACCEPT)))
}

/// What is told of every object: its name and age. Models printers.NewTablePrinter's default.
fn plain_columns() -> Vec<Value> {
    [("Name", "name"), ("Age", "")].map(|(name, format)| json!({ "name": name, "type": "string", "format": format })).into()
}

fn plain_row(cmd: &Cmd, object: &Value) -> Value {
    let now = cmd.client.sim().timestamp().as_millisecond();
    let metadata = |key: &str| crate::kubectl::command::text(object, &["metadata", key]);
    let created = metadata("creationTimestamp").parse::<jiff::Timestamp>();
    let age = created.map_or_else(|_| "<unknown>".into(), |time| human_duration(now - time.as_millisecond()));
    json!({ "cells": [metadata("name"), age], "object": object })
}

/// A target's table, all of its chunks.
async fn fetch(cmd: &Cmd, target: &Target, request: &Request) -> Result<Answer, Fail> {
    if let Target::File(file) = target
        && file.name.is_empty()
    {
        let rows = [plain_row(cmd, &file.object)];
        return Ok(Answer { kind: file.kind, table: json!({ "kind": "Table", "columnDefinitions": plain_columns(), "rows": rows }) });
    }
    let (kind, first) = call(cmd, target, request)?;
    let mut table = match (cmd.json(first.clone()).await, target) {
        (Ok(table), _) => table,
        (Err(e), Target::Listed { .. }) => {
            let selectors = (request.labels.as_deref().unwrap_or_default(), request.fields.as_deref().unwrap_or_default());
            return Err(unlisted(e, kind, selectors.0, selectors.1));
        }
        (Err(e), Target::Named { namespace, .. }) => return Err(missing_namespace(cmd, e, namespace).await),
        (Err(e), Target::File(file)) => return Err(missing_namespace(cmd, e, &file.namespace).await),
        (Err(e), _) => return Err(e),
    };
    if table.get("kind").is_none_or(|kind| kind != "Table") {
        // The server has none of it.
        table = json!({ "kind": "Table", "columnDefinitions": plain_columns(), "rows": [plain_row(cmd, &table)] });
    }
    loop {
        let token = table.get("metadata").and_then(|m| m.get("continue")).and_then(Value::as_str).unwrap_or_default().to_owned();
        if token.is_empty() {
            return Ok(Answer { kind, table });
        }
        let mut next = cmd.json(first.clone().query("continue", &token)).await?;
        let more = next.get_mut("rows").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
        if let Some(rows) = table.get_mut("rows").and_then(Value::as_array_mut) {
            rows.extend(more);
        }
        table["metadata"] = next["metadata"].take();
    }
}

/// `kubectl get` without `-o`, or with `-o wide`.
pub async fn run(cmd: &Cmd, targets: Targets, request: &Request) -> Result<(), Fail> {
    let mut answers = Vec::new();
    let mut errors = Vec::new();
    for target in &targets.list {
        match fetch(cmd, target, request).await {
            Ok(answer) => answers.push(answer),
            Err(e) if e.is("NotFound") && cmd.flags.on("ignore-not-found") => {}
            Err(e) => errors.push(e),
        }
    }
    if cmd.args().first().is_some_and(|word| word.split(',').any(|w| w == "ev")) {
        cmd.eprint("Warning: short name \"ev\" could also match lower priority resource events.events.k8s.io\n").await;
    }
    let answers = in_order(cmd, answers)?;
    let text = print(cmd, &answers)?;
    if text.is_empty() && errors.is_empty() && !cmd.flags.on("ignore-not-found") {
        let namespaced = !request.all_namespaces && !targets.none_cluster_wide && answers.iter().all(|a| a.kind.info().namespaced);
        let line =
            if namespaced { format!("No resources found in {} namespace.\n", request.namespace) } else { "No resources found\n".into() };
        cmd.eprint(&line).await;
    }
    cmd.print(&text).await;
    // One bad manifest is told with its prefix, several without.
    match errors.len() {
        1 => Err(errors.remove(0)),
        _ => Fail::join(errors),
    }
}

/// Several tables in the order of `--sort-by`, which looks for its field in the tables themselves: most have none such.
/// Models RuntimeSorter.
fn in_order(cmd: &Cmd, answers: Vec<Answer>) -> Result<Vec<Answer>, Fail> {
    let path = cmd.flags.text("sort-by");
    if path.is_empty() || answers.len() < 2 || !cmd.flags.on("server-print") {
        return Ok(answers);
    }
    let tables: Vec<&Value> = answers.iter().map(|answer| &answer.table).collect();
    let places = order(&tables, path).map_err(|e| sort_failure(e, 329, "*unstructured.Unstructured"))?;
    let mut answers: Vec<Option<Answer>> = answers.into_iter().map(Some).collect();
    Ok(places.into_iter().filter_map(|place| answers.get_mut(place).and_then(Option::take)).collect())
}

fn print(cmd: &Cmd, answers: &[Answer]) -> Result<String, Fail> {
    let with_kind = answers.windows(2).any(|pair| pair[0].kind != pair[1].kind);
    let mut text = String::new();
    let mut at = 0;
    while let Some(first) = answers.get(at) {
        let count = answers[at..].iter().take_while(|a| a.kind == first.kind).count();
        let group = &answers[at..at + count];
        at += count;
        let rows = group.iter().flat_map(|a| a.table.get("rows").and_then(Value::as_array).into_iter().flatten());
        let plain: Vec<Value>;
        let (columns, rows) = if cmd.flags.on("server-print") {
            (first.table.get("columnDefinitions").and_then(Value::as_array).cloned().unwrap_or_default(), rows.collect())
        } else {
            plain = rows.map(|row| plain_row(cmd, &row["object"])).collect();
            (plain_columns(), plain.iter().collect())
        };
        let rows = sorted(cmd, rows)?;
        if rows.is_empty() {
            continue;
        }
        if !text.is_empty() && !cmd.flags.on("no-headers") {
            text.push('\n');
        }
        let mut printer = TablePrinter::new(options(cmd, first.kind, with_kind));
        text.push_str(&printer.print(&columns, &rows, &qualified(first.kind)));
    }
    Ok(text)
}

fn sorted<'a>(cmd: &Cmd, rows: Vec<&'a Value>) -> Result<Vec<&'a Value>, Fail> {
    let path = cmd.flags.text("sort-by");
    if path.is_empty() || rows.len() < 2 {
        return Ok(rows);
    }
    let objects: Vec<&Value> = rows.iter().map(|row| row.get("object").unwrap_or(&Value::Null)).collect();
    match order(&objects, path) {
        Ok(positions) => Ok(positions.into_iter().filter_map(|i| rows.get(i).copied()).collect()),
        // The table's printer drops the rows of a field it cannot find.
        Err(SortError::Refused(_)) => Ok(Vec::new()),
        Err(fatal) => Err(sort_failure(fatal, 375, "[][][]reflect.Value")),
    }
}
