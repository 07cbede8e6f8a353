//! JSON as the API server writes it: fields in the order of Go's structs, the keys of maps sorted, `<`, `>` and `&`
//! escaped as encoding/json does.

use serde_json::{Map, Value};

use super::schema::{Schema, Shape, TypeInfo};

/// Fields of structs, in their order.
type Order = (&'static [&'static str], &'static [&'static str]);

/// Fields of the structs that have no place in the schema, in their order, behind the keys that they stand under; the empty
/// one is the document. Two structs that stand under the same key share a line: they have no field in common.
#[rustfmt::skip]
const ORDERS: &[Order] = &[
    (&[""], &["type", "object", "kind", "apiVersion", "groupVersion", "metadata", "name", "rules", "aggregationRule", "subjects", "roleRef",
        "spec", "status", "message", "reason", "details", "code", "columnDefinitions", "rows", "versions", "preferredVersion",
        "serverAddressByClientCIDRs", "groups", "resources", "items", "clientVersion", "kustomizeVersion", "serverVersion",
        "preferences", "clusters", "users", "contexts", "current-context"]),
    (&["", "clientVersion", "serverVersion"], &["major", "minor", "emulationMajor", "emulationMinor", "minCompatibilityMajor",
        "minCompatibilityMinor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"]),
    (&["metadata"], &["name", "namespace", "selfLink", "uid", "resourceVersion", "continue", "remainingItemCount", "creationTimestamp",
        "labels", "annotations"]),
    (&["details"], &["name", "group", "kind", "uid", "causes", "retryAfterSeconds"]),
    (&["causes"], &["reason", "message", "field"]),
    (&["columnDefinitions"], &["name", "type", "format", "description", "priority"]),
    (&["rows"], &["cells", "conditions", "object"]),
    (&["groups"], &["name", "versions", "preferredVersion"]),
    (&["versions", "preferredVersion"], &["groupVersion", "version"]),
    (&["serverAddressByClientCIDRs"], &["clientCIDR", "serverAddress"]),
    (&["resources"], &["name", "singularName", "namespaced", "group", "version", "kind", "verbs", "shortNames", "categories"]),
    // Roles and their bindings, and the rules of an Ingress.
    (&["rules"], &["verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs", "host", "http"]),
    (&["roleRef"], &["apiGroup", "kind", "name"]),
    (&["subjects"], &["kind", "apiGroup", "name", "namespace"]),
    // Ingresses, HorizontalPodAutoscalers and TokenRequests.
    (&["spec"], &["ingressClassName", "defaultBackend", "tls", "rules", "scaleTargetRef", "minReplicas", "maxReplicas", "metrics",
        "audiences", "expirationSeconds", "boundObjectRef"]),
    (&["paths"], &["path", "pathType", "backend"]),
    (&["scaleTargetRef"], &["kind", "name", "apiVersion"]),
    (&["metrics"], &["type", "resource"]),
    (&["target"], &["type", "averageValue", "averageUtilization"]),
    (&["status"], &["desiredReplicas", "currentMetrics"]),
    (&["userInfo"], &["username", "uid", "groups", "extra"]),
    // Kubeconfigs.
    (&["clusters", "users", "contexts"], &["name"]),
    (&["cluster"], &["server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority", "certificate-authority-data",
        "proxy-url"]),
    (&["context"], &["cluster", "user", "namespace"]),
    (&["user"], &["client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "tokenFile", "as", "as-uid",
        "as-groups", "as-user-extra", "username", "password", "auth-provider", "exec"]),
    (&["auth-provider", "env"], &["name"]),
    (&["exec"], &["command", "args", "env", "apiVersion", "installHint"]),
];

/// A document, compact.
pub fn to_vec(document: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write_untyped("", document, &mut out);
    out
}

/// A document whose keys are sorted everywhere, as Go writes a map.
pub fn to_vec_sorted(document: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write_sorted(document, &mut out);
    out
}

fn write_sorted(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(entries) => write_entries(entries.iter(), out, |_, value, out| write_sorted(value, out)),
        Value::Array(items) => write_array(items, out, write_sorted),
        other => write_scalar(other, out),
    }
}

/// The type of an object that says what it is, or the type of a list's items.
fn type_of(object: &Map<String, Value>) -> Option<&'static TypeInfo> {
    let text = |field: &str| object.get(field).and_then(Value::as_str);
    let (kind, api_version) = (text("kind")?, text("apiVersion")?);
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    Schema::get().kind(group, kind)
}

fn write_untyped(place: &str, value: &Value, out: &mut Vec<u8>) {
    match value {
        // A reference to an object says what that is, not what it is itself.
        Value::Object(entries) => match type_of(entries).filter(|_| matches!(place, "" | "-")) {
            Some(type_) => write_struct(type_, entries, out),
            None => write_document(place, entries, out),
        },
        Value::Array(items) => write_array(items, out, |item, out| write_untyped(place, item, out)),
        other => write_scalar(other, out),
    }
}

fn write_document(place: &str, entries: &Map<String, Value>, out: &mut Vec<u8>) {
    let metadata_only = entries.get("kind").is_some_and(|kind| kind == "PartialObjectMetadata");
    // The items of a list do not say what they are.
    let item = entries.get("kind").and_then(Value::as_str).and_then(|kind| kind.strip_suffix("List")).and_then(|kind| {
        let api_version = entries.get("apiVersion").and_then(Value::as_str)?;
        Schema::get().kind(api_version.split_once('/').map_or("", |(group, _)| group), kind)
    });
    let order: Vec<&str> = ORDERS.iter().filter(|(places, _)| places.contains(&place)).flat_map(|(_, order)| *order).copied().collect();
    // Whatever a List holds has been written before: a map, its keys sorted.
    let any = entries.get("kind").is_some_and(|kind| kind == "List");
    let known = order.iter().filter_map(|key| entries.get_key_value(*key));
    let others = entries.iter().filter(|(key, _)| !order.contains(&key.as_str()));
    write_entries(known.chain(others), out, |key, value, out| match (key, item, value) {
        ("metadata", _, Value::Object(meta)) if metadata_only => write_meta(meta, out),
        ("items", Some(item), Value::Array(items)) => write_array(items, out, |value, out| match value {
            Value::Object(entries) => write_struct(item, entries, out),
            other => write_untyped("", other, out),
        }),
        ("items", ..) if any => write_sorted(value, out),
        // An event's object, and a row's, say what they are.
        ("object" | "items", ..) => write_untyped("", value, out),
        _ => write_untyped(key, value, out),
    });
}

fn write_meta(entries: &Map<String, Value>, out: &mut Vec<u8>) {
    match Schema::get().find("meta.ObjectMeta") {
        Some(type_) => write_struct(type_, entries, out),
        None => write_document("metadata", entries, out),
    }
}

fn write_struct(type_: &'static TypeInfo, entries: &Map<String, Value>, out: &mut Vec<u8>) {
    let own = |key: &str| matches!(key, "kind" | "apiVersion") && type_.field(key).is_none();
    let kind = ["kind", "apiVersion"].into_iter().filter(|key| own(key)).filter_map(|key| entries.get_key_value(key));
    let known = type_.fields.iter().filter_map(|field| entries.get_key_value(&field.name));
    let others = entries.iter().filter(|(key, _)| type_.field(key).is_none() && !own(key));
    write_entries(kind.chain(known).chain(others), out, |key, value, out| match type_.field(key) {
        Some(field) => write_shaped(&field.go_type.shape, value, out),
        None => write_untyped("-", value, out),
    });
}

fn write_shaped(shape: &'static Shape, value: &Value, out: &mut Vec<u8>) {
    match (shape, value) {
        (Shape::Struct(id), Value::Object(entries)) => match Schema::get().info(*id) {
            Some(type_) => write_struct(type_, entries, out),
            None => write_untyped("-", value, out),
        },
        (Shape::List(item), Value::Array(items)) => write_array(items, out, |value, out| write_shaped(&item.shape, value, out)),
        (Shape::Map(item), Value::Object(entries)) => {
            write_entries(entries.iter(), out, |_, value, out| write_shaped(&item.shape, value, out));
        }
        _ => write_untyped("-", value, out),
    }
}

fn write_array(items: &[Value], out: &mut Vec<u8>, mut write: impl FnMut(&Value, &mut Vec<u8>)) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

fn write_entries<'a>(
    entries: impl Iterator<Item = (&'a String, &'a Value)>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(&str, &'a Value, &mut Vec<u8>),
) {
    out.push(b'{');
    for (index, (key, value)) in entries.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_text(key, out);
        out.push(b':');
        write(key, value, out);
    }
    out.push(b'}');
}

fn write_scalar(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(text) => write_text(text, out),
        Value::Number(number) if number.is_f64() => {
            out.extend_from_slice(super::go::format_float(number.as_f64().unwrap_or(0.0)).as_bytes());
        }
        other => out.extend_from_slice(other.to_string().as_bytes()),
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    // Plain bytes at once: an answer may quote a name of a megabyte several times. U+2028 and U+2029 begin with 0xe2.
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, 0..=0x1f | b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2)) {
        let (plain, odd) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.extend_from_slice(plain.as_bytes());
        let mut letters = odd.chars();
        letters.next().into_iter().for_each(|letter| write_letter(letter, out));
        rest = letters.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

fn write_letter(letter: char, out: &mut Vec<u8>) {
    let short = match letter {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
            out.extend_from_slice(format!("\\u{:04x}", u32::from(letter)).as_bytes());
            return;
        }
        _ => {
            out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
    };
    out.extend_from_slice(short.as_bytes());
}

/// A string with its quotes.
pub fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    write_text(text, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// A compact document with its lines broken and indented by two spaces, as `?pretty=true` and curl get it.
pub fn pretty(compact: &[u8]) -> Vec<u8> {
    indented(compact, "  ")
}

/// A compact document with its lines broken and indented. Models json.Indent.
pub fn indented(compact: &[u8], indent: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(compact.len() * 2);
    let (mut depth, mut inside, mut escaped) = (0_usize, false, false);
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        (0..depth).for_each(|_| out.extend_from_slice(indent.as_bytes()));
    };
    let mut bytes = compact.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if inside {
            out.push(byte);
            (inside, escaped) = (escaped || byte != b'"', byte == b'\\' && !escaped);
            continue;
        }
        match byte {
            b'{' | b'[' => {
                out.push(byte);
                if let Some(end) = bytes.next_if(|next| matches!(next, b'}' | b']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            b'"' => {
                inside = true;
                out.push(byte);
            }
            b'\n' => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(value: &Value) -> String {
        String::from_utf8(to_vec(value)).expect("UTF-8")
    }

    #[test]
    fn fields_come_in_the_order_of_go() {
        let pod = json!({"status": {}, "spec": {"restartPolicy": "Always", "containers": [{"image": "a<b", "name": "c"}]}, "kind": "Pod",
            "apiVersion": "v1", "metadata": {"uid": "u", "labels": {"b": "2", "a": "1"}, "name": "p"}});
        let expected = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","uid":"u","labels":{"a":"1","b":"2"}},"spec":{"containers":[{"name":"c","image":"a\u003cb"}],"restartPolicy":"Always"},"status":{}}"#;
        assert_eq!(written(&pod), expected);
        let list = json!({"items": [{"spec": {"restartPolicy": "x", "containers": []}, "metadata": {"uid": "u", "name": "p"}}], "metadata": {"resourceVersion": "1"}, "kind": "PodList", "apiVersion": "v1"});
        let expected = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"p","uid":"u"},"spec":{"containers":[],"restartPolicy":"x"}}]}"#;
        assert_eq!(written(&list), expected);
        let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "m", "reason": "NotFound", "details": {"kind": "pods", "name": "x"}, "code": 404});
        let expected = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"m","reason":"NotFound","details":{"name":"x","kind":"pods"},"code":404}"#;
        assert_eq!(written(&status), expected);
    }

    #[test]
    fn pretty_breaks_lines() {
        assert_eq!(
            String::from_utf8(pretty(br#"{"a":[],"b":{"c":"{,\"}"}}"#)).expect("UTF-8"),
            "{\n  \"a\": [],\n  \"b\": {\n    \"c\": \"{,\\\"}\"\n  }\n}"
        );
    }
}
