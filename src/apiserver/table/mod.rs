//! Server-side tables: the columns and cells that `kubectl get` prints. Models `pkg/printers/internalversion`.

mod pod;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::duration::human_duration;
use crate::api::{Kind, Object};

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub name: &'static str,
    pub type_: &'static str,
    pub format: &'static str,
    pub description: &'static str,
    /// 0 is always shown, 1 only in wide output.
    pub priority: u8,
}

const fn column(name: &'static str, type_: &'static str, priority: u8) -> Column {
    Column { name, type_, format: "", description: "", priority }
}

const NAME: Column = Column { name: "Name", type_: "string", format: "name", description: "", priority: 0 };
const AGE: Column = column("Age", "string", 0);

const BY_DEFAULT: &[Column] = &[NAME, AGE];

/// The columns of a kind.
pub(super) fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Pod => pod::COLUMNS,
        _ => BY_DEFAULT,
    }
}

/// The cells of an object's row.
pub(super) fn cells(object: &Object, now: Timestamp) -> Vec<Value> {
    match object {
        Object::Pod(p) => pod::cells(p, now),
        _ => vec![json!(object.name()), json!(age(object, now))],
    }
}

/// How long ago the object was created.
fn age(object: &Object, now: Timestamp) -> String {
    since(object.meta().creation_timestamp.as_ref().map(|time| time.0), now)
}

/// How long ago `then` was, as `kubectl` shows it.
fn since(then: Option<Timestamp>, now: Timestamp) -> String {
    then.map_or_else(|| "<unknown>".into(), |then| human_duration(now.duration_since(then).as_millis() as i64))
}
