//! `kubectl events`. Models kubectl/pkg/cmd/events.

use super::common::ALL_NAMESPACES;
use crate::api::Kind;
use crate::kubectl::builder::split_tuple;
use crate::kubectl::command::{Cmd, int, text};
use crate::kubectl::describe::Writer;
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::mapping;
use crate::kubectl::output::Printer;
use crate::kubectl::printers::tabwriter::TabWriter;
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
    usage: "[(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
    short: "List events",
    long: "Display events.\n\n Prints a table of the most important information about events. You can request events for a namespace, for all namespace, or filtered to only those pertaining to a specified resource.",
    examples: "# The events of the namespace\nkubectl events\n\n# Those about one pod\nkubectl events --for pod/kubia\n\n# Only the warnings\nkubectl events --types=Warning",
    flags: &[FLAGS, ALL_NAMESPACES, super::common::OUTPUT],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    if cmd.flags.on("watch") {
        return Err("events --watch is not simulated in Podground; use get events --watch".into());
    }
    let (namespace, _) = cmd.namespace();
    let namespace = if cmd.flags.on("all-namespaces") { String::new() } else { namespace };
    let mut types: Vec<String> = Vec::new();
    for wanted in cmd.flags.list("types") {
        match wanted.to_lowercase().as_str() {
            "normal" | "warning" => types.push(wanted.to_lowercase()),
            _ => return Err(Fail::Text("valid --types are Normal or Warning".into())),
        }
    }
    let about = match cmd.flags.text("for") {
        "" => None,
        tuple => {
            let (kind, name) = split_tuple(tuple).map_err(|_| Fail::Text("--for must be in resource/name form".into()))?;
            Some((mapping::resolve(&kind)?.info().kind, name))
        }
    };
    let fields = about.map(|(kind, name)| format!("involvedObject.kind={kind},involvedObject.name={name}")).unwrap_or_default();
    let mut events = cmd.list(Kind::Event, &namespace, "", &fields).await?;
    events.retain(|e| types.is_empty() || types.contains(&text(e, &["type"]).to_lowercase()));
    if let Some(mut printer) = Printer::from_flags(cmd, false).await? {
        let list = json!({ "apiVersion": "v1", "kind": "List", "metadata": {}, "items": events });
        return printer.show(cmd, &list, "").await;
    }
    if events.is_empty() {
        let line = if namespace.is_empty() { "No events found.\n".into() } else { format!("No events found in {namespace} namespace.\n") };
        cmd.eprint(&line).await;
        return Ok(());
    }
    events.sort_by_key(last_time);
    cmd.print(&table(cmd, &events, namespace.is_empty())).await;
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

fn table(cmd: &Cmd, events: &[Value], with_namespace: bool) -> String {
    let w = Writer::new(cmd.client.sim().timestamp().as_millisecond());
    let mut out = String::new();
    if !cmd.flags.on("no-headers") {
        out += if with_namespace { "NAMESPACE\t" } else { "" };
        out += "LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n";
    }
    for event in events {
        let first = match text(event, &["eventTime"]) {
            none if none.is_empty() => text(event, &["firstTimestamp"]),
            time => time,
        };
        let first = w.since(&first);
        let count = int(event, &["count"]);
        let age = if event.get("series").is_some_and(Value::is_object) {
            let last = w.since(&text(event, &["series", "lastObservedTime"]));
            format!("{last} (x{} over {first})", int(event, &["series", "count"]))
        } else if count > 1 {
            format!("{} (x{count} over {first})", w.since(&text(event, &["lastTimestamp"])))
        } else {
            first
        };
        if with_namespace {
            out += &format!("{}\t", text(event, &["metadata", "namespace"]));
        }
        let object = format!("{}/{}", text(event, &["involvedObject", "kind"]), text(event, &["involvedObject", "name"]));
        let (kind, reason) = (text(event, &["type"]), text(event, &["reason"]));
        out += &format!("{age}\t{kind}\t{reason}\t{object}\t{}\n", text(event, &["message"]).trim());
    }
    TabWriter::table().align(&out)
}
