//! `kubectl wait`, and the waiting of other verbs. Models kubectl/pkg/cmd/wait.

use super::common::{ALL, ALL_NAMESPACES, FIELD_SELECTOR, FILENAME, OUTPUT, SELECTOR};
use super::get;
use crate::api::Kind;
use crate::client::Body;
use crate::kubectl::builder::{LOCAL_NEEDS_FILES, Request, Target};
use crate::kubectl::command::{Cmd, items, list_path, text};
use crate::kubectl::error::Fail;
use crate::kubectl::flags::{Flag, Kind as FlagKind, flag, short};
use crate::kubectl::mapping;
use crate::kubectl::output::Printer;
use crate::kubectl::printers::custom_columns::relaxed_path;
use crate::kubectl::printers::gofmt;
use crate::kubectl::printers::jsonpath::JsonPath;
use crate::kubectl::rest::Call;
use crate::kubectl::verb::{BASE, Verb};
use crate::sim::{Either, select};
use serde_json::Value;
use std::time::Duration;

const FLAGS: &[Flag] = &[
    flag(
        "for",
        FlagKind::Array,
        "",
        "The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]].",
    ),
    flag(
        "timeout",
        FlagKind::Duration,
        "30s",
        "The length of time to wait before giving up. Zero means check once and don't wait, negative means wait for a week.",
    ),
    flag("local", FlagKind::Bool, "false", "If true, annotation will NOT contact api-server but run locally."),
];

/// Folders are read with all that is in them, unless it is said otherwise.
const RECURSIVE: &[Flag] = &[short("recursive", 'R', FlagKind::Bool, "true", "")];

/// The verb.
pub const VERB: Verb = Verb {
    name: "wait",
    usage: "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
    short: "Wait for a specific condition on one or many resources",
    examples: "# Until the pod is ready\nkubectl wait --for=condition=Ready pod/kubia\n\n# Until it is gone\nkubectl wait --for=delete pod/kubia --timeout=60s\n\n# Until a field has a value\nkubectl wait --for=jsonpath='{.status.phase}'=Running pod/kubia",
    flags: &[FLAGS, FILENAME, RECURSIVE, SELECTOR, FIELD_SELECTOR, ALL, ALL_NAMESPACES, OUTPUT],
    run: |cmd| Box::pin(run(cmd)),
    ..BASE
};

/// What is waited for.
enum Condition {
    Create,
    Delete,
    Is { name: String, value: String },
    Path { path: JsonPath, value: Option<String> },
}

/// Every `--for`.
fn conditions(cmd: &Cmd) -> Result<Vec<Condition>, Fail> {
    let all = cmd.flags.list("for");
    if all.is_empty() {
        return Err("unrecognized condition: []".into());
    }
    all.iter().map(|text| condition(text)).collect()
}

fn condition(text: &str) -> Result<Condition, Fail> {
    let lower = text.to_lowercase();
    if lower == "delete" || lower == "create" {
        return Ok(if lower == "create" { Condition::Create } else { Condition::Delete });
    }
    if let Some(rest) = text.strip_prefix("condition=") {
        let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
        return Ok(Condition::Is { name: name.into(), value: value.into() });
    }
    if let Some(rest) = text.strip_prefix("jsonpath=") {
        let (path, value) = match split_path(rest).as_slice() {
            [path] => (path.clone(), None),
            [path, value] => (path.clone(), Some(value.trim_matches(['\'', '"']).to_owned())),
            _ => {
                let form = "--for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'";
                return Err(Fail::Text(format!("jsonpath wait format must be {form}")));
            }
        };
        let relaxed = relaxed_path(&path).map_err(Fail::Text)?;
        if value.as_deref() == Some("") {
            return Err("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3".into());
        }
        if relaxed.is_empty() {
            return Err("jsonpath expression cannot be empty".into());
        }
        let path = JsonPath::new(&relaxed, false).map_err(Fail::Text)?;
        return Ok(Condition::Path { path, value });
    }
    Err(Fail::Text(format!("unrecognized condition: {}", gofmt::quote(text))))
}

/// The parts between single equals signs; two of them are part of a filter. Models splitJSONPathInput.
fn split_path(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for (at, piece) in text.split("==").enumerate() {
        for (index, part) in piece.split('=').enumerate() {
            match parts.last_mut() {
                Some(last) if index == 0 && at > 0 => {
                    last.push_str("==");
                    last.push_str(part);
                }
                _ => parts.push(part.to_owned()),
            }
        }
    }
    parts
}

impl Condition {
    fn met(&self, object: Option<&Value>) -> Result<bool, Fail> {
        let Some(object) = object else { return Ok(matches!(self, Condition::Delete)) };
        match self {
            Condition::Create => Ok(true),
            Condition::Delete => Ok(false),
            Condition::Is { name, value } => Ok(condition_is(object, name, value)),
            Condition::Path { path, value } => {
                let Ok(found) = path.find(object) else { return Ok(false) };
                let Some(values) = found.first() else { return Ok(false) };
                match (values.as_slice(), value) {
                    ([], _) => Ok(false),
                    (_, None) => Ok(true),
                    ([one], Some(wanted)) => match one.as_ref() {
                        Value::Array(_) | Value::Object(_) => {
                            Err("jsonpath leads to a nested object or list which is not supported".into())
                        }
                        one => Ok(gofmt::v(one).trim() == wanted.trim()),
                    },
                    _ => Err("given jsonpath expression matches more than one value".into()),
                }
            }
        }
    }
}

fn condition_is(object: &Value, name: &str, value: &str) -> bool {
    let generation = object.get("metadata").and_then(|m| m.get("generation")).and_then(Value::as_i64).unwrap_or(0);
    items(object, &["status", "conditions"]).iter().any(|c| {
        let fresh = c.get("observedGeneration").or_else(|| object.get("status").and_then(|s| s.get("observedGeneration")));
        let stale = fresh.and_then(Value::as_i64).is_some_and(|seen| seen < generation);
        text(c, &["type"]).eq_ignore_ascii_case(name) && !stale && text(c, &["status"]).eq_ignore_ascii_case(value)
    })
}

async fn run(cmd: &Cmd) -> Result<(), Fail> {
    let request = Request::from(cmd);
    let empty = cmd.args().is_empty() && request.filenames.is_empty();
    let conditions = conditions(cmd)?;
    let creating = conditions.iter().any(|condition| matches!(condition, Condition::Create));
    let deleting = conditions.iter().any(|condition| matches!(condition, Condition::Delete));
    let timeout = match cmd.flags.duration("timeout") {
        negative if negative < 0 => 7 * 24 * 3600 * 1000,
        given => given,
    };
    if cmd.flags.on("local") && !cmd.args().is_empty() {
        return Err(LOCAL_NEEDS_FILES.into());
    }
    let targets = request.clone().targets(cmd).await?.list;
    if targets.is_empty() || empty {
        return Err("no matching resources found".into());
    }
    let mut printer = Printer::for_change(cmd).await?;
    let mut errors = Vec::new();
    let mut visited = 0;
    for target in &targets {
        for (kind, namespace, name) in named(cmd, target, &request, creating, timeout).await? {
            visited += 1;
            for condition in &conditions {
                match one(cmd, kind, &namespace, &name, condition, timeout).await {
                    Ok(Some(mut object)) => {
                        // Items of a list do not say what they are.
                        object["apiVersion"] = kind.info().api_version().into();
                        object["kind"] = kind.info().kind.into();
                        printer.show(cmd, &object, "condition met").await?;
                    }
                    Ok(None) => {}
                    Err(e) => {
                        errors.push(e);
                        break;
                    }
                }
            }
        }
    }
    if visited == 0 && !deleting {
        return Err("no matching resources found".into());
    }
    Fail::join(errors)
}

async fn named(cmd: &Cmd, target: &Target, request: &Request, creating: bool, timeout: i64) -> Result<Vec<(Kind, String, String)>, Fail> {
    match target {
        Target::Named { kind, namespace, name } => Ok(vec![(*kind, namespace.clone(), name.clone())]),
        Target::File(file) => Ok(vec![(file.kind, file.namespace.clone(), file.name.clone())]),
        Target::Broken(fail) => Err(fail.clone()),
        Target::Listed { kind, .. } => {
            let deadline = now(cmd).saturating_add(timeout);
            loop {
                let found = get::objects(cmd, target, request).await?;
                if creating && found.is_empty() && now(cmd) >= deadline {
                    return Err("timed out waiting for the condition".into());
                }
                if !found.is_empty() || !creating {
                    let names = found.iter().map(|o| (*kind, text(o, &["metadata", "namespace"]), text(o, &["metadata", "name"])));
                    return Ok(names.collect());
                }
                cmd.ctx.sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

/// Milliseconds of virtual time.
fn now(cmd: &Cmd) -> i64 {
    cmd.client.sim().timestamp().as_millisecond()
}

async fn one(cmd: &Cmd, kind: Kind, namespace: &str, name: &str, condition: &Condition, timeout: i64) -> Result<Option<Value>, Fail> {
    let first = match cmd.get(kind, namespace, name).await {
        Ok(object) => Some(object),
        Err(e) if e.is("NotFound") => match condition {
            Condition::Delete => return Ok(None),
            Condition::Create => None,
            _ => return Err(e),
        },
        Err(e) => return Err(e),
    };
    let uid = first.as_ref().map(|o| text(o, &["metadata", "uid"])).unwrap_or_default();
    let mut last = first.clone();
    let mut check = |object: Option<&Value>| {
        // Another object of the same name is not the one that was to go.
        let replaced = object.is_some_and(|o| !uid.is_empty() && text(o, &["metadata", "uid"]) != uid);
        let object = if replaced && matches!(condition, Condition::Delete) { None } else { object };
        if let Some(object) = object {
            last = Some(object.clone());
        }
        condition.met(object)
    };
    if check(first.as_ref())? {
        return Ok(last);
    }
    if timeout == 0 {
        return Err(Fail::Text(format!("condition not met for {}/{name}", kind.info().plural)));
    }
    match watch(cmd, kind, namespace, name, timeout, &mut check).await {
        Ok(true) => Ok(last),
        Ok(false) if matches!(condition, Condition::Create) => Err("timed out waiting for the condition".into()),
        Ok(false) => {
            let what = format!("{}/{name}", kind.info().plural);
            Err(Fail::Text(format!("timed out waiting for the condition on {what}")))
        }
        Err(e) => Err(e),
    }
}

/// Watches one object until `check` is content; false when the time is over.
pub async fn watch(
    cmd: &Cmd,
    kind: Kind,
    namespace: &str,
    name: &str,
    timeout: i64,
    check: &mut dyn FnMut(Option<&Value>) -> Result<bool, Fail>,
) -> Result<bool, Fail> {
    let deadline = now(cmd).saturating_add(timeout);
    loop {
        let call = Call::new("GET", list_path(kind, namespace)).query("fieldSelector", &format!("metadata.name={name}"));
        let list = cmd.json(call.clone()).await?;
        if check(items(&list, &["items"]).first())? {
            return Ok(true);
        }
        let revision = text(&list, &["metadata", "resourceVersion"]);
        let mut response = cmd.request(call.query("watch", "true").query("resourceVersion", &revision)).await?;
        let Body::Stream(stream) = &mut response.body else { return Ok(false) };
        let mut pending = Vec::new();
        loop {
            let left = deadline.saturating_sub(now(cmd));
            if left <= 0 {
                return Ok(false);
            }
            let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
            let sleep = Box::pin(cmd.client.sim().sleep(left));
            let piece = match select(Box::pin(stream.recv()), sleep).await {
                Either::Left((Some(piece), _)) => piece,
                Either::Left((None, _)) => break,
                Either::Right(_) => return Ok(false),
            };
            pending.extend(piece);
            while let Some(end) = pending.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = pending.drain(..=end).collect();
                let Ok(event) = serde_json::from_slice::<Value>(&line) else { continue };
                let object = event.get("object");
                let done = match text(&event, &["type"]).as_str() {
                    "BOOKMARK" | "ERROR" => false,
                    "DELETED" => check(None)?,
                    _ => check(object)?,
                };
                if done {
                    return Ok(true);
                }
            }
        }
    }
}

/// Waits until an object is gone (or another has its name).
pub async fn until_gone(cmd: &Cmd, kind: Kind, namespace: &str, name: &str, uid: &str, timeout: i64) -> Result<(), Fail> {
    let mut gone = |object: Option<&Value>| Ok(object.is_none_or(|o| !uid.is_empty() && text(o, &["metadata", "uid"]) != uid));
    if watch(cmd, kind, namespace, name, timeout, &mut gone).await? {
        return Ok(());
    }
    Err(Fail::Text(format!("timed out waiting for the condition on {}/{name}", kind.info().plural)))
}

/// Waits until a pod runs or has ended.
pub async fn until_running(cmd: &Cmd, namespace: &str, name: &str, timeout: i64) -> Result<Value, Fail> {
    until_phase(cmd, namespace, name, timeout, &["Running", "Succeeded", "Failed"]).await
}

/// Waits until a pod has come to its end; the pod.
pub async fn until_ended(cmd: &Cmd, namespace: &str, name: &str, timeout: i64) -> Result<Value, Fail> {
    until_phase(cmd, namespace, name, timeout, &["Succeeded", "Failed"]).await
}

async fn until_phase(cmd: &Cmd, namespace: &str, name: &str, timeout: i64, phases: &[&str]) -> Result<Value, Fail> {
    let mut found = None;
    let mut check = |object: Option<&Value>| match object {
        None => Err(Fail::Text("watch closed before UntilWithoutRetry timeout".into())),
        Some(pod) => {
            let phase = text(pod, &["status", "phase"]);
            if phases.contains(&phase.as_str()) {
                found = Some(pod.clone());
            }
            Ok(found.is_some())
        }
    };
    watch(cmd, Kind::Pod, namespace, name, timeout, &mut check).await?;
    let mut pod = found.ok_or_else(|| Fail::Text("timed out waiting for the condition".into()))?;
    pod["kind"] = "Pod".into();
    pod["apiVersion"] = "v1".into();
    Ok(pod)
}

/// The kind of a whole object.
pub fn kind_of(object: &Value) -> Option<Kind> {
    mapping::of_object(&text(object, &["apiVersion"]), &text(object, &["kind"]))
}
