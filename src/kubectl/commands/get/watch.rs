//! `--watch`: the list, then every change until Ctrl-C or the server ends it.

use super::human::{ACCEPT, options};
use super::selected;
use crate::api::Kind;
use crate::client::Body;
use crate::kubectl::builder::{Request, Target, Targets};
use crate::kubectl::command::{Cmd, list_path, qualified, text};
use crate::kubectl::error::Fail;
use crate::kubectl::output::Printer;
use crate::kubectl::printers::table::TablePrinter;
use crate::kubectl::rest::Call;
use crate::sim::{Either, select};
use serde_json::{Value, json};

/// Lists and watches.
pub async fn run(cmd: &Cmd, targets: Targets, request: &Request, printer: Option<Printer>) -> Result<(), Fail> {
    if targets.list.len() > 1 && targets.list.iter().all(|target| matches!(target, Target::Named { .. })) {
        super::human::run(cmd, targets, request).await?;
        return Err("you may only watch a single resource or type of resource at a time".into());
    }
    if targets.list.len() > 1 {
        return Err("you may only specify a single resource type".into());
    }
    let (kind, call) = match targets.list.first() {
        Some(Target::Named { kind, namespace, name }) => {
            // The object must exist now.
            cmd.get(*kind, namespace, name).await?;
            (*kind, Call::new("GET", list_path(*kind, namespace)).query("fieldSelector", &format!("metadata.name={name}")))
        }
        Some(Target::File(file)) => (
            file.kind,
            Call::new("GET", list_path(file.kind, &file.namespace)).query("fieldSelector", &format!("metadata.name={}", file.name)),
        ),
        Some(Target::Listed { kind, namespace }) => (*kind, selected(Call::new("GET", list_path(*kind, namespace)), request)),
        Some(Target::Broken(fail)) => return Err(fail.clone()),
        None => return Ok(()),
    };
    let call = if printer.is_none() { call.header("Accept", ACCEPT) } else { call };
    let list = cmd.json(call.clone()).await?;
    let mut watcher = Watcher { cmd, kind, printer, table: TablePrinter::new(options(cmd, kind, false)), columns: Vec::new() };
    if !cmd.flags.on("watch-only") {
        watcher.list(&list).await?;
    }
    let revision = text(&list, &["metadata", "resourceVersion"]);
    let mut response = cmd.request(call.query("watch", "true").query("resourceVersion", &revision)).await?;
    let Body::Stream(stream) = &mut response.body else { return Ok(()) };
    let mut pending = Vec::new();
    let over = async {
        match cmd.request_timeout() {
            Some(timeout) => cmd.client.sim().sleep(timeout).await,
            None => std::future::pending().await,
        }
    };
    let mut over = Box::pin(over);
    while let Either::Left((Some(piece), rest)) = select(Box::pin(stream.recv()), over).await {
        over = rest;
        pending.extend(piece);
        while let Some(end) = pending.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            if let Ok(event) = serde_json::from_slice::<Value>(&line) {
                watcher.event(&event).await?;
            }
        }
    }
    Ok(())
}

struct Watcher<'a> {
    cmd: &'a Cmd,
    kind: Kind,
    printer: Option<Printer>,
    table: TablePrinter,
    columns: Vec<Value>,
}

impl Watcher<'_> {
    async fn list(&mut self, list: &Value) -> Result<(), Fail> {
        if self.printer.is_none() {
            self.rows(list, "ADDED").await;
            return Ok(());
        }
        let info = self.kind.info();
        for item in list.get("items").and_then(Value::as_array).into_iter().flatten() {
            let mut item = item.clone();
            if let Some(map) = item.as_object_mut() {
                map.insert("apiVersion".into(), json!(info.api_version()));
                map.insert("kind".into(), json!(info.kind));
            }
            self.object(&item, "ADDED").await?;
        }
        Ok(())
    }

    async fn event(&mut self, event: &Value) -> Result<(), Fail> {
        let kind = text(event, &["type"]);
        let object = event.get("object").unwrap_or(&Value::Null);
        match kind.as_str() {
            "BOOKMARK" => Ok(()),
            "ERROR" => Err(crate::kubectl::rest::refusal(410, &serde_json::to_vec(object).unwrap_or_default())),
            _ if self.printer.is_none() => {
                self.rows(object, &kind).await;
                Ok(())
            }
            _ => self.object(object, &kind).await,
        }
    }

    async fn object(&mut self, object: &Value, kind: &str) -> Result<(), Fail> {
        let Some(printer) = &mut self.printer else { return Ok(()) };
        if self.cmd.flags.on("output-watch-events") {
            return printer.show(self.cmd, &json!({ "type": kind, "object": object }), "").await;
        }
        printer.show(self.cmd, object, "").await
    }

    async fn rows(&mut self, table: &Value, event: &str) {
        if let Some(columns) = table.get("columnDefinitions").and_then(Value::as_array)
            && !columns.is_empty()
        {
            self.columns.clone_from(columns);
        }
        let mut columns = self.columns.clone();
        let mut rows: Vec<Value> = table.get("rows").and_then(Value::as_array).cloned().unwrap_or_default();
        if rows.is_empty() {
            return;
        }
        if self.cmd.flags.on("output-watch-events") {
            columns.insert(0, json!({ "name": "Event", "priority": 0 }));
            for row in &mut rows {
                if let Some(cells) = row.get_mut("cells").and_then(Value::as_array_mut) {
                    cells.insert(0, json!(event));
                }
            }
        }
        let rows: Vec<&Value> = rows.iter().collect();
        let text = self.table.print(&columns, &rows, &qualified(self.kind));
        self.cmd.print(&text).await;
    }
}
