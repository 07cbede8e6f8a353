//! `kubectl events`. Models kubectl/pkg/cmd/events.

use super::common::ALL_NAMESPACES;
use crate::api::Kind;
use crate::client::Body;
use crate::kubectl::builder::split_tuple;
use crate::kubectl::command::{Cmd, int, items, list_path, text};
use crate::kubectl::describe::Writer;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::mapping;
use crate::kubectl::output::Printer;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use serde_json::{Value, json};

const FLAGS: &[Flag] = &[
    flag("for", FlagKind::Text, "", "Filter events to only those pertaining to the specified resource."),
    flag("types", FlagKind::Slice, "", "Output only events of given types."),
    flag("no-headers", FlagKind::Bool, "false", "When using the default output format, don't print headers."),
    short("watch", 'w', FlagKind::Bool, "false", "After listing the requested events, watch for more events."),
    flag("chunk-size", FlagKind::Int, "500", "Return large lists in chunks rather than all at once. Pass 0 to disable."),
];

/// The verb.
pub const VERB: Verb = Verb {
    name: "events",
    usage: "[(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
    short: "List events",
    examples: "# The events of the namespace\nkubectl events\n\n# Those about one pod\nkubectl events --for pod/kubia\n\n# Only the warnings\nkubectl events --types=Warning",
    flags: &[FLAGS, ALL_NAMESPACES, super::common::OUTPUT],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let (namespace, _) = cmd.namespace();
    let namespace = if cmd.flags.on("all-namespaces") { String::new() } else { namespace };
    let fields = match cmd.flags.text("for") {
        "" => String::new(),
        tuple => about(tuple)?,
    };
    let printer = Printer::from_flags(cmd, false).await?;
    let mut types: Vec<String> = Vec::new();
    for wanted in cmd.flags.list("types") {
        match wanted.to_lowercase().as_str() {
            "normal" | "warning" => types.push(wanted.to_lowercase()),
            _ => return Err(Fail::Text("valid --types are Normal or Warning".into())),
        }
    }
    if cmd.flags.on("watch") {
        return watch(cmd, &namespace, &fields, &types, printer).await;
    }
    let mut events = cmd.list(Kind::Event, &namespace, "", &fields).await?;
    events.retain(|e| is_wanted(&types, e));
    if events.is_empty() {
        let line = if namespace.is_empty() { "No events found.\n".into() } else { format!("No events found in {namespace} namespace.\n") };
        cmd.eprint(&line).await;
        return Ok(());
    }
    events.sort_by_key(last_time);
    if let Some(printer) = printer {
        let list = json!({ "apiVersion": "v1", "kind": "EventList", "metadata": {}, "items": events });
        // Nobody looks at the error of a printer; that of names prints no list of structs.
        if cmd.flags.text("output") != "name" {
            cmd.print(&printer.typed().print(&list, "").0).await;
        }
        return Ok(());
    }
    let mut table = Table::new(cmd, namespace.is_empty());
    cmd.print(&table.rows(&events)).await;
    Ok(())
}

fn is_wanted(types: &[String], event: &Value) -> bool {
    types.is_empty() || types.contains(&text(event, &["type"]).to_lowercase())
}

/// The field selector for events about `TYPE/NAME`.
fn about(tuple: &str) -> Result<String, Fail> {
    if !tuple.contains('/') {
        return Err("--for must be in resource/name form".into());
    }
    let (word, name) = split_tuple(tuple)?;
    let info = mapping::resolve(&word).map_err(|e| Fail::Raw(e.message(), 1))?.info();
    Ok(format!("involvedObject.kind={},involvedObject.apiVersion={},involvedObject.name={name}", info.kind, info.api_version()))
}

/// Prints what there is, then what comes, until Ctrl-C.
async fn watch(cmd: &Cmd, namespace: &str, fields: &str, types: &[String], mut printer: Option<Printer>) -> Result<(), Fail> {
    let call = Call::new("GET", list_path(Kind::Event, namespace)).query("fieldSelector", fields);
    let list = cmd.json(call.clone()).await?;
    let mut table = Table::new(cmd, namespace.is_empty());
    for event in items(&list, &["items"]) {
        show(cmd, event, types, &mut printer, &mut table).await?;
    }
    let revision = text(&list, &["metadata", "resourceVersion"]);
    let mut response = cmd.request(call.query("watch", "true").query("resourceVersion", &revision)).await?;
    let Body::Stream(stream) = &mut response.body else { return Ok(()) };
    let mut pending = Vec::new();
    while let Some(piece) = stream.recv().await {
        pending.extend(piece);
        while let Some(end) = pending.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            let Ok(change) = serde_json::from_slice::<Value>(&line) else { continue };
            // Events go after an hour; that is no news.
            if matches!(text(&change, &["type"]).as_str(), "ADDED" | "MODIFIED")
                && let Some(event) = change.get("object")
            {
                show(cmd, event, types, &mut printer, &mut table).await?;
            }
        }
    }
    Ok(())
}

async fn show(cmd: &Cmd, event: &Value, types: &[String], printer: &mut Option<Printer>, table: &mut Table) -> Result<(), Fail> {
    if !is_wanted(types, event) {
        return Ok(());
    }
    if let Some(printer) = printer {
        let mut event = event.clone();
        event["kind"] = json!("Event");
        event["apiVersion"] = json!("v1");
        return printer.show(cmd, &event, "").await;
    }
    table.writer.now = cmd.client.sim().timestamp().as_millisecond();
    let text = table.rows(std::slice::from_ref(event));
    cmd.print(&text).await;
    Ok(())
}

/// When an event was last seen; times of whole seconds come before those of the same second with a fraction.
fn last_time(event: &Value) -> i64 {
    let parse = |t: String| t.parse::<jiff::Timestamp>().ok().map(|t| t.as_microsecond());
    parse(text(event, &["series", "lastObservedTime"]))
        .or_else(|| parse(text(event, &["lastTimestamp"])))
        .or_else(|| parse(text(event, &["eventTime"])))
        .unwrap_or(0)
}

/// The table, its header once and its widths kept.
struct Table {
    writer: Writer,
    columns: TabWriter,
    header: bool,
    with_namespace: bool,
}

impl Table {
    fn new(cmd: &Cmd, with_namespace: bool) -> Table {
        let writer = Writer::new(cmd.client.sim().timestamp().as_millisecond());
        Table { writer, columns: TabWriter::table(), header: !cmd.flags.on("no-headers"), with_namespace }
    }

    fn rows(&mut self, events: &[Value]) -> String {
        let mut out = String::new();
        if std::mem::take(&mut self.header) {
            out += if self.with_namespace { "NAMESPACE\t" } else { "" };
            out += "LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n";
        }
        for event in events {
            if self.with_namespace {
                out += &format!("{}\t", text(event, &["metadata", "namespace"]));
            }
            let object = format!("{}/{}", text(event, &["involvedObject", "kind"]), text(event, &["involvedObject", "name"]));
            let (kind, reason) = (text(event, &["type"]), text(event, &["reason"]));
            out += &format!("{}\t{kind}\t{reason}\t{object}\t{}\n", self.age(event), text(event, &["message"]).trim());
        }
        self.columns.align(&out)
    }

    fn age(&self, event: &Value) -> String {
        let first = match text(event, &["eventTime"]) {
            none if none.is_empty() => text(event, &["firstTimestamp"]),
            time => time,
        };
        let first = self.writer.since(&first);
        let count = int(event, &["count"]);
        if event.get("series").is_some_and(Value::is_object) {
            let last = self.writer.since(&text(event, &["series", "lastObservedTime"]));
            format!("{last} (x{} over {first})", int(event, &["series", "count"]))
        } else if count > 1 {
            format!("{} (x{count} over {first})", self.writer.since(&text(event, &["lastTimestamp"])))
        } else {
            first
        }
    }
}
