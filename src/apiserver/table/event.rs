//! Models `printEvent` of `pkg/printers/internalversion`.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use serde_json::{Value, json};

use super::{Column, NAME, column, since};

pub(super) const COLUMNS: &[Column] = &[
    column("Last Seen", "string", 0),
    column("Type", "string", 0),
    column("Reason", "string", 0),
    column("Object", "string", 0),
    column("Subobject", "string", 1),
    column("Source", "string", 1),
    column("Message", "string", 0),
    column("First Seen", "string", 1),
    column("Count", "string", 1),
    Column { priority: 1, ..NAME },
];

pub(super) fn cells(event: &Event, now: Timestamp) -> Vec<Value> {
    let event_time = event.event_time.as_ref().map(|t| t.0);
    let first = event.first_timestamp.as_ref().map(|t| t.0).or(event_time);
    let series = event.series.as_ref();
    let last = series.and_then(|s| s.last_observed_time.as_ref()).map(|t| t.0);
    let last = last.or(event.last_timestamp.as_ref().map(|t| t.0)).or(first);
    let count = series.and_then(|s| s.count).or(event.count.filter(|count| *count > 0)).unwrap_or(1);
    let about = &event.involved_object;
    let kind = about.kind.as_deref().unwrap_or_default().to_lowercase();
    let object = match about.name.as_deref().unwrap_or_default() {
        "" => kind,
        name => format!("{kind}/{name}"),
    };
    vec![
        json!(since(last, now)),
        json!(event.type_),
        json!(event.reason),
        json!(object),
        json!(about.field_path.clone().unwrap_or_default()),
        json!(source(event)),
        json!(event.message.as_deref().unwrap_or_default().trim()),
        json!(since(first, now)),
        json!(count),
        json!(event.metadata.name),
    ]
}

fn source(event: &Event) -> String {
    let source = event.source.clone().unwrap_or_default();
    let or = |text: Option<String>, other: &Option<String>| text.filter(|t| !t.is_empty()).or_else(|| other.clone()).unwrap_or_default();
    let component = or(source.component, &event.reporting_component);
    match or(source.host, &event.reporting_instance).as_str() {
        "" => component,
        host => format!("{component}, {host}"),
    }
}
