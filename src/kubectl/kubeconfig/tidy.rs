//! A kubeconfig with the fields that kubectl knows, and no others. Models client-go/tools/clientcmd/api/v1.

use serde_json::{Map, Value, json};

/// What a field of an entry takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Text,
    Bool,
    /// Bytes in base64.
    Bytes,
    List,
    /// A structure, whatever is in it.
    Tree,
}

const CLUSTER: &[(&str, Field)] = &[
    ("server", Field::Text),
    ("tls-server-name", Field::Text),
    ("insecure-skip-tls-verify", Field::Bool),
    ("certificate-authority", Field::Text),
    ("certificate-authority-data", Field::Bytes),
    ("proxy-url", Field::Text),
    ("disable-compression", Field::Bool),
    ("extensions", Field::List),
];

const CONTEXT: &[(&str, Field)] =
    &[("cluster", Field::Text), ("user", Field::Text), ("namespace", Field::Text), ("extensions", Field::List)];

const USER: &[(&str, Field)] = &[
    ("client-certificate", Field::Text),
    ("client-certificate-data", Field::Bytes),
    ("client-key", Field::Text),
    ("client-key-data", Field::Bytes),
    ("token", Field::Text),
    ("tokenFile", Field::Text),
    ("as", Field::Text),
    ("as-uid", Field::Text),
    ("as-groups", Field::List),
    ("as-user-extra", Field::Tree),
    ("username", Field::Text),
    ("password", Field::Text),
    ("auth-provider", Field::Tree),
    ("exec", Field::Tree),
    ("extensions", Field::List),
];

/// The key that holds an entry of the list.
pub fn key(list: &str) -> &'static str {
    match list {
        "clusters" => "cluster",
        "contexts" => "context",
        _ => "user",
    }
}

/// The fields of the entries of a list.
pub fn fields(list: &str) -> &'static [(&'static str, Field)] {
    match list {
        "clusters" => CLUSTER,
        "contexts" => CONTEXT,
        _ => USER,
    }
}

fn is_set(value: &Value, field: Field) -> bool {
    match (field, value) {
        (Field::Text | Field::Bytes, Value::String(text)) => !text.is_empty(),
        (Field::Bool, Value::Bool(on)) => *on,
        (Field::Tree, Value::Object(_)) => true,
        (Field::List, Value::Array(all)) => !all.is_empty(),
        _ => false,
    }
}

fn entry(list: &str, value: Option<&Value>) -> Value {
    let mut out = Map::new();
    for (name, field) in fields(list) {
        if let Some(found) = value.and_then(|v| v.get(*name)).filter(|found| is_set(found, *field)) {
            out.insert((*name).into(), found.clone());
        }
    }
    // These are written even where they are empty.
    let always: &[&str] = match list {
        "clusters" => &["server"],
        "contexts" => &["cluster", "user"],
        _ => &[],
    };
    for name in always {
        out.entry(*name).or_insert_with(|| json!(""));
    }
    if let Some(Value::Object(exec)) = out.get_mut("exec") {
        for (name, empty) in [("args", Value::Null), ("env", Value::Null), ("command", json!("")), ("provideClusterInfo", json!(false))] {
            exec.entry(name).or_insert(empty);
        }
    }
    Value::Object(out)
}

/// The whole of it.
pub fn config(value: &Value) -> Value {
    let current = value.get("current-context").and_then(Value::as_str).unwrap_or_default();
    let mut out = json!({ "apiVersion": "v1", "kind": "Config", "current-context": current });
    for list in super::LISTS {
        let key = key(list);
        let mut all: Vec<Value> = Vec::new();
        for item in super::items(value, list) {
            let name = item.get("name").and_then(Value::as_str).unwrap_or_default();
            if !all.iter().any(|known| known["name"] == name) {
                all.push(json!({ "name": name, key: entry(list, item.get(key)) }));
            }
        }
        all.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
        out[list] = Value::Array(all);
    }
    let colors = value.get("preferences").and_then(|p| p.get("colors")).and_then(Value::as_bool).unwrap_or(false);
    if colors {
        out["preferences"] = json!({ "colors": true });
    }
    out
}

/// With `null` for a list that is empty.
pub fn written(value: &Value) -> Value {
    let mut out = value.clone();
    for list in super::LISTS {
        if super::items(value, list).is_empty() {
            out[list] = Value::Null;
        }
    }
    out
}
