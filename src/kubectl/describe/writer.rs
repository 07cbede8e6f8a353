//! What all descriptions are written with. Models describe.go's PrefixWriter and its small printers.

use crate::api::duration::human_duration;
use crate::kubectl::command::{at, int, items, text};
use crate::kubectl::printers::gofmt;
use crate::kubectl::printers::table::escaped;
use crate::kubectl::printers::tabwriter::TabWriter;
use serde_json::{Map, Value};

/// Text in levels of two spaces, cells ended by tabs.
pub struct Writer {
    done: String,
    pending: String,
    /// Now, in milliseconds since 1970: ages count from it.
    pub now: i64,
}

impl Writer {
    /// An empty description.
    pub fn new(now: i64) -> Writer {
        Writer { done: String::new(), pending: String::new(), now }
    }

    /// A line at a level.
    pub fn line(&mut self, level: usize, text: &str) {
        self.part(level, text);
        self.pending.push('\n');
    }

    /// Text without a newline.
    pub fn part(&mut self, level: usize, text: &str) {
        self.pending.push_str(&"  ".repeat(level));
        self.pending.push_str(&escaped(text));
    }

    /// `Label:   value`.
    pub fn field(&mut self, level: usize, label: &str, value: &str) {
        self.line(level, &format!("{label}:\t{value}"));
    }

    /// Ends the columns so far.
    pub fn flush(&mut self) {
        let text = std::mem::take(&mut self.pending);
        self.done.push_str(&TabWriter::describe().align(&text));
    }

    /// The aligned text.
    pub fn finish(mut self) -> String {
        self.flush();
        self.done
    }

    /// The text with its tabs, as `rollout history` prints it.
    pub fn raw(self) -> String {
        self.done + &self.pending
    }

    /// `3m20s` since a timestamp, `<unknown>` for none.
    pub fn since(&self, timestamp: &str) -> String {
        match timestamp.parse::<jiff::Timestamp>() {
            Ok(time) => human_duration(self.now - time.as_millisecond()),
            Err(_) => "<unknown>".into(),
        }
    }

    /// Labels, one a line.
    pub fn labels(&mut self, title: &str, map: Option<&Value>) {
        let map = map.and_then(Value::as_object).filter(|m| !m.is_empty());
        let Some(map) = map else {
            self.line(0, &format!("{title}:\t<none>"));
            return;
        };
        for (i, (key, value)) in map.iter().enumerate() {
            let head = if i == 0 { format!("{title}:") } else { String::new() };
            self.line(0, &format!("{head}\t{key}={}", value.as_str().unwrap_or_default()));
        }
    }

    /// Annotations: long ones and those of several lines below their key.
    pub fn annotations(&mut self, title: &str, map: Option<&Value>) {
        const SKIPPED: &str = "kubectl.kubernetes.io/last-applied-configuration";
        const LONGEST: usize = 140;
        let empty = Map::new();
        let map = map.and_then(Value::as_object).unwrap_or(&empty);
        let shown: Vec<(&String, &Value)> = map.iter().filter(|(key, _)| *key != SKIPPED).collect();
        if shown.is_empty() {
            self.line(0, &format!("{title}:\t<none>"));
            return;
        }
        for (i, (key, value)) in shown.into_iter().enumerate() {
            let head = if i == 0 { format!("{title}:\t") } else { "\t".to_owned() };
            let value = value.as_str().unwrap_or_default();
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 > LONGEST || value.contains('\n') {
                self.line(0, &format!("{head}{key}:"));
                for line in value.split('\n') {
                    self.line(0, &format!("\t  {}", shorten(line, LONGEST - 2)));
                }
            } else {
                self.line(0, &format!("{head}{key}: {value}"));
            }
        }
    }

    /// Tolerations, one a line.
    pub fn tolerations(&mut self, title: &str, tolerations: &[Value]) {
        if tolerations.is_empty() {
            self.line(0, &format!("{title}:\t<none>"));
            return;
        }
        let mut sorted: Vec<&Value> = tolerations.iter().collect();
        sorted.sort_by_key(|t| text(t, &["key"]));
        for (i, toleration) in sorted.into_iter().enumerate() {
            let head = if i == 0 { format!("{title}:\t") } else { "\t".to_owned() };
            self.line(0, &format!("{head}{}", toleration_text(toleration)));
        }
    }

    /// The table of events, or `<none>`.
    pub fn events(&mut self, events: &[Value]) {
        if events.is_empty() {
            self.line(0, "Events:\t<none>");
            return;
        }
        self.flush();
        self.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
        self.line(1, "----\t------\t----\t----\t-------");
        let mut sorted: Vec<&Value> = events.iter().collect();
        sorted.sort_by_key(|e| text(e, &["lastTimestamp"]));
        for event in sorted {
            let first = match text(event, &["eventTime"]) {
                none if none.is_empty() => text(event, &["firstTimestamp"]),
                time => time,
            };
            let first = self.since(&first);
            let count = int(event, &["count"]);
            let age = if event.get("series").is_some_and(Value::is_object) {
                let last = self.since(&text(event, &["series", "lastObservedTime"]));
                format!("{last} (x{} over {first})", int(event, &["series", "count"]))
            } else if count > 1 {
                format!("{} (x{count} over {first})", self.since(&text(event, &["lastTimestamp"])))
            } else {
                first
            };
            let from = match text(event, &["source", "component"]) {
                none if none.is_empty() => text(event, &["reportingComponent"]),
                from => from,
            };
            let message = text(event, &["message"]);
            let path = text(event, &["involvedObject", "fieldPath"]);
            let message = if path.is_empty() { message.trim().to_owned() } else { format!("{path}: {}", message.trim()) };
            self.line(1, &format!("{}\t{}\t{age}\t{from}\t{message}", text(event, &["type"]), text(event, &["reason"])));
        }
    }

    /// Name, namespace, labels and annotations, as most descriptions begin.
    pub fn head(&mut self, object: &Value) {
        self.field(0, "Name", &text(object, &["metadata", "name"]));
        self.field(0, "Namespace", &text(object, &["metadata", "namespace"]));
        self.labels("Labels", at(object, &["metadata", "labels"]));
        self.annotations("Annotations", at(object, &["metadata", "annotations"]));
    }
}

fn shorten(text: &str, length: usize) -> String {
    if text.len() <= length { text.to_owned() } else { format!("{}...", text.chars().take(length).collect::<String>()) }
}

/// `key=value:Effect for 300s`, `key:Effect op=Exists`.
pub fn toleration_text(toleration: &Value) -> String {
    let (key, value, effect) = (text(toleration, &["key"]), text(toleration, &["value"]), text(toleration, &["effect"]));
    let operator = text(toleration, &["operator"]);
    let mut out = key.clone();
    if !value.is_empty() {
        out += &format!("={value}");
    }
    if !effect.is_empty() {
        out += &format!(":{effect}");
    }
    if operator == "Exists" && value.is_empty() {
        if key.is_empty() && effect.is_empty() {
            out += "op=Exists";
        } else {
            out += " op=Exists";
        }
    }
    if let Some(seconds) = toleration.get("tolerationSeconds").and_then(Value::as_i64) {
        out += &format!(" for {seconds}s");
    }
    out
}

/// `Fri, 20 Nov 2026 10:00:00 +0000`.
pub fn rfc1123(timestamp: &str) -> String {
    match timestamp.parse::<jiff::Timestamp>() {
        Ok(time) => {
            let zoned = time.to_zoned(jiff::tz::TimeZone::UTC);
            const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
            const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
            let day = usize::try_from(zoned.weekday().to_monday_zero_offset()).ok().and_then(|i| DAYS.get(i)).unwrap_or(&"");
            let month = usize::try_from(zoned.month() - 1).ok().and_then(|i| MONTHS.get(i)).unwrap_or(&"");
            format!(
                "{day}, {:02} {month} {} {:02}:{:02}:{:02} +0000",
                zoned.day(),
                zoned.year(),
                zoned.hour(),
                zoned.minute(),
                zoned.second()
            )
        }
        Err(_) => "Mon, 01 Jan 0001 00:00:00 +0000".into(),
    }
}

/// The text or `<none>`.
pub fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}

/// `ReplicaSet/web-6d4cf56db6`.
pub fn controller(object: &Value) -> String {
    let owner = items(object, &["metadata", "ownerReferences"]).iter().find(|o| o.get("controller") == Some(&Value::Bool(true)));
    owner.map(|o| format!("{}/{}", text(o, &["kind"]), text(o, &["name"]))).unwrap_or_default()
}

/// `True`, `False`.
pub fn capital(value: Option<&Value>) -> &'static str {
    if value.and_then(Value::as_bool).unwrap_or(false) { "True" } else { "False" }
}

/// A value's text as `%v`, empty for none.
pub fn shown(value: Option<&Value>) -> String {
    value.filter(|v| !v.is_null()).map(gofmt::v).unwrap_or_default()
}

/// `a=b,c in (d,e)` of a label selector.
pub fn selector(value: Option<&Value>) -> String {
    let parsed = value.cloned().and_then(|v| serde_json::from_value(v).ok());
    crate::api::selector::format_label_selector(parsed.as_ref())
}
