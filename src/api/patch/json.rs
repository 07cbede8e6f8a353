//! JSON patches. Models evanphx/json-patch v4, with its leniencies.
use crate::api::json::Node;
use serde_json::Value;

/// One operation; what a patch leaves out is missing here.
pub(super) struct Operation {
    op: String,
    path: Option<String>,
    from: Option<String>,
    value: Option<Value>,
}

/// What an operation may say. Models jsonPatchOp.
const FIELDS: [&str; 4] = ["op", "path", "from", "value"];

/// What a strict reader says of fields that no operation has, and of fields that stand twice.
fn strict_faults(index: usize, item: &Node<'_>, faults: &mut Vec<String>) {
    let Node::Object(entries) = item else { return };
    let unknown = entries.iter().filter(|(key, _)| !FIELDS.contains(&key.as_ref()));
    let mut found: Vec<String> = unknown.map(|(key, _)| format!("unknown field \"[{index}].{key}\"")).collect();
    super::find_duplicates(item, &format!("[{index}]"), &mut found);
    faults.extend(found.into_iter().map(|fault| format!("json patch {fault}")));
}

/// The operations, and what a strict reader says of them.
pub(super) fn read(body: &[u8]) -> Result<(Vec<Operation>, Vec<String>), String> {
    let wrong = |node: &Node<'_>, what: &str| format!("error decoding patch: json: cannot unmarshal {} into Go {what}", node.go_name());
    let node = Node::parse(body).map_err(|error| format!("error decoding patch: {error}"))?;
    let items = match &node {
        Node::Array(items) => items,
        Node::Null => return Ok(Default::default()),
        other => return Err(wrong(other, "value of type []handlers.jsonPatchOp")),
    };
    let (mut operations, mut faults) = (Vec::with_capacity(items.len()), Vec::new());
    for (index, item) in items.iter().enumerate() {
        strict_faults(index, item, &mut faults);
        let text = |name: &str| match item.get(name) {
            Some(Node::String(text)) => Ok(Some(text.to_string())),
            None | Some(Node::Null) => Ok(None),
            Some(other) => Err(wrong(other, &format!("struct field jsonPatchOp.{name} of type string"))),
        };
        match item {
            Node::Object(_) | Node::Null => operations.push(Operation {
                op: text("op")?.unwrap_or_default(),
                path: text("path")?,
                from: text("from")?,
                value: item.get("value").map(Node::to_value),
            }),
            other => return Err(wrong(other, "value of type handlers.jsonPatchOp")),
        }
    }
    Ok((operations, faults))
}

/// Applies all operations; the error is of the first that does not fit.
pub(super) fn apply(mut document: Value, operations: &[Operation]) -> Result<Value, String> {
    for operation in operations {
        let path = operation.path.as_deref().ok_or("operation missing path field")?;
        let from = || operation.from.as_deref().ok_or_else(|| format!("invalid from: {}", operation.op));
        let value = || operation.value.clone().unwrap_or(Value::Null);
        match operation.op.as_str() {
            "add" => add(&mut document, path, value())?,
            "remove" => {
                remove(&mut document, path)?;
            }
            "replace" => replace(&mut document, path, value())?,
            "test" => test(&document, path, operation.value.as_ref())?,
            "copy" => {
                let copied = get(&document, from()?)?.clone();
                add(&mut document, path, copied)?;
            }
            "move" => {
                let moved = remove(&mut document, from()?)?;
                add(&mut document, path, moved)?;
            }
            other => return Err(format!("Unexpected kind: {other}")),
        }
    }
    Ok(document)
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

fn missing(path: &str) -> String {
    format!("doc is missing path: {path}: missing value")
}

/// The container that a path's last part names something in, and that part.
fn container<'d>(document: &'d mut Value, path: &str) -> Result<(&'d mut Value, String), String> {
    let mut parts = path.strip_prefix('/').ok_or_else(|| missing(path))?.split('/').map(unescape).collect::<Vec<_>>();
    let last = parts.pop().ok_or_else(|| missing(path))?;
    let mut current = document;
    for part in parts {
        let next = match current {
            Value::Object(entries) => entries.get_mut(&part),
            Value::Array(items) => part.parse::<usize>().ok().and_then(|index| items.get_mut(index)),
            _ => None,
        };
        current = next.ok_or_else(|| missing(path))?;
    }
    Ok((current, last))
}

/// An index into a list of this length; negative ones count from the end.
fn index_of(part: &str, length: usize) -> Result<usize, String> {
    let index: i64 = part.parse().map_err(|_| format!("strconv.Atoi: parsing \"{part}\": invalid syntax"))?;
    let place = if index < 0 { index + length as i64 } else { index };
    usize::try_from(place)
        .ok()
        .filter(|place| *place < length)
        .ok_or_else(|| format!("Unable to access invalid index: {index}: invalid index referenced"))
}

fn get<'d>(document: &'d Value, path: &str) -> Result<&'d Value, String> {
    if path.is_empty() {
        return Ok(document);
    }
    let mut current = document;
    for part in path.strip_prefix('/').ok_or_else(|| missing(path))?.split('/').map(unescape) {
        let next = match current {
            Value::Object(entries) => entries.get(&part),
            Value::Array(items) => items.get(index_of(&part, items.len())?),
            _ => None,
        };
        current = next.ok_or_else(|| missing(path))?;
    }
    Ok(current)
}

fn add(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    let (container, key) = container(document, path)?;
    match container {
        Value::Object(entries) => {
            entries.insert(key, value);
        }
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => items.insert(index_of(&key, items.len() + 1)?, value),
        _ => return Err(missing(path)),
    }
    Ok(())
}

fn remove(document: &mut Value, path: &str) -> Result<Value, String> {
    let (container, key) = container(document, path)?;
    match container {
        Value::Object(entries) => entries.remove(&key).ok_or_else(|| format!("Unable to remove nonexistent key: {key}: missing value")),
        Value::Array(items) => {
            let index = index_of(&key, items.len())?;
            Ok(items.remove(index))
        }
        _ => Err(missing(path)),
    }
}

/// A key that is not there is added: this library does not look.
fn replace(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    let (container, key) = container(document, path)?;
    match container {
        Value::Object(entries) => {
            entries.insert(key, value);
        }
        Value::Array(items) => {
            let index = index_of(&key, items.len())?;
            if let Some(slot) = items.get_mut(index) {
                *slot = value;
            }
        }
        _ => return Err(missing(path)),
    }
    Ok(())
}

fn test(document: &Value, path: &str, value: Option<&Value>) -> Result<(), String> {
    let found = get(document, path).unwrap_or(&Value::Null);
    if found == value.unwrap_or(&Value::Null) {
        return Ok(());
    }
    Err(format!("testing value {path} failed: test failed"))
}
