//! What a step that is nearly done still lacks: another name, another namespace, another value, another container.
//!
//! A lesson's own mistakes are worded by its author. This says the same for every check that no author thought of, and only of
//! what the learner touched or looked at during the step.

use std::collections::BTreeSet;

use serde_json::Value;

use super::check::{counting, holds, includes, kind_of, listed};
use super::facts::{Called, Facts, Looked};
use super::model::{Check, Did, RequestCheck, Step};
use crate::api::glob::glob;
use crate::api::{Kind, Object};
use crate::sim::TraceKind;

/// One thing that is nearly right. Names are as kubectl writes them: `pod/kubia`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nearly {
    /// It was made (or taken away) under another name.
    Name { found: String, wanted: String, deleted: bool },
    /// It was made in another namespace.
    Namespace { object: String, found: String, wanted: String },
    /// Something of that name was made, of another kind.
    Kind { found: String, wanted: String },
    /// A field has another value, or none.
    Field { object: String, path: String, found: Option<String>, wanted: Option<String> },
    /// It is as asked but does not start.
    Stuck { object: String, reason: String },
    /// So many there are, so many there should be. `check` names the check.
    Count { check: String, found: usize, wanted: usize },
    /// Another object was looked at; no name: the whole list.
    LookedAt { found: String, wanted: String },
    /// Another namespace was looked into.
    LookedIn { found: String, wanted: String },
    /// Another container.
    Container { found: String, wanted: String },
    /// Another output form.
    Output { wanted: String },
    /// A request went elsewhere, or ended otherwise.
    Request { found: String, outcome: String, wanted: String, ending: String },
}

/// What the learner changed during a step.
struct Touched {
    deleted: bool,
    kind: &'static str,
    namespace: String,
    name: String,
}

/// What the checks of `step` that are not `met` nearly have.
pub fn nearly(step: &Step, met: &[bool], facts: &Facts<'_>) -> Vec<Nearly> {
    let looked = facts.looked();
    if looked.is_empty() {
        return Vec::new();
    }
    let named: BTreeSet<&str> = step.check.iter().flat_map(Check::parts).filter_map(name_in).collect();
    let eye = Eye { facts, touched: touched(facts), looked, named };
    let mut found = Vec::new();
    for (one, _) in step.check.iter().zip(met).filter(|(_, met)| !**met) {
        let parts = if one.all.is_empty() { vec![one] } else { one.all.iter().filter(|part| !holds(part, facts)).collect() };
        for part in parts {
            if let Some(new) = eye.see(part, &one.id).filter(|new| !found.contains(new)) {
                found.push(new);
            }
        }
    }
    found
}

fn name_in(check: &Check) -> Option<&str> {
    let partial = check.assert.as_ref().or(check.absent.as_ref());
    partial.and_then(|partial| partial.pointer("/metadata/name")).and_then(Value::as_str)
}

/// What was changed by those who speak to the API server over the network: the learner's programs.
fn touched(facts: &Facts<'_>) -> Vec<Touched> {
    let (mut actors, mut found) = (BTreeSet::new(), Vec::new());
    facts.client.sim().trace().visit_since(facts.since, |event| match &event.kind {
        TraceKind::ApiRequest { .. } => {
            actors.insert(event.actor.to_string());
        }
        TraceKind::Write { verb, kind, namespace, name, .. } => {
            let touched = Touched { deleted: *verb == "deleted", kind, namespace: namespace.to_string(), name: name.to_string() };
            found.push((event.actor.to_string(), touched));
        }
        _ => {}
    });
    found.into_iter().filter(|(actor, _)| actors.contains(actor)).map(|(_, touched)| touched).collect()
}

struct Eye<'a> {
    facts: &'a Facts<'a>,
    touched: Vec<Touched>,
    looked: Vec<Looked>,
    /// Names that the step's checks speak of.
    named: BTreeSet<&'a str>,
}

impl Eye<'_> {
    fn see(&self, check: &Check, id: &str) -> Option<Nearly> {
        if let Some(partial) = &check.assert {
            return self.assert(partial);
        }
        if let Some(partial) = &check.absent {
            return self.absent(partial);
        }
        if let Some(count) = &check.count {
            let wanted = count.equals.or(count.at_least)?;
            let found = counting(count, self.facts)?;
            let about = self.touched.iter().any(|touched| touched.kind == count.kind);
            return about.then(|| Nearly::Count { check: id.to_owned(), found, wanted });
        }
        if let Some(did) = &check.did {
            return self.did(did);
        }
        if let Some(request) = &check.request {
            return self.request(request);
        }
        // The first of several ways is the one that the prose shows.
        check.any.iter().find_map(|way| self.see(way, id))
    }

    fn assert(&self, partial: &Value) -> Option<Nearly> {
        let kind = kind_of(partial)?;
        let name = partial.pointer("/metadata/name")?.as_str()?;
        let info = kind.info();
        let namespace = partial.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or("default");
        let object = listed(kind, namespace, self.facts).into_iter().find(|object| object.name() == name);
        match object {
            Some(object) => {
                let is_it = |touched: &Touched| touched.kind == info.kind && touched.name == name;
                if self.touched.iter().any(is_it) { differs(&object, partial) } else { None }
            }
            None => self.made_otherwise(kind, namespace, name),
        }
    }

    /// What was made instead.
    fn made_otherwise(&self, kind: Kind, namespace: &str, name: &str) -> Option<Nearly> {
        let info = kind.info();
        let wanted = format!("{}/{name}", info.singular);
        let made = || self.touched.iter().filter(|touched| !touched.deleted && lives(touched, self.facts));
        if let Some(elsewhere) = made().find(|touched| touched.kind == info.kind && touched.name == name) {
            let (found, namespace) = (elsewhere.namespace.clone(), namespace.to_owned());
            return Some(Nearly::Namespace { object: wanted, found, wanted: namespace });
        }
        if let Some(other) = made().find(|touched| touched.name == name && touched.kind != "Event") {
            return Some(Nearly::Kind { found: other.kind.to_owned(), wanted: info.kind.to_owned() });
        }
        let other = made().rfind(|touched| touched.kind == info.kind && !self.named.contains(touched.name.as_str()))?;
        Some(Nearly::Name { found: format!("{}/{}", info.singular, other.name), wanted, deleted: false })
    }

    /// Another one was deleted.
    fn absent(&self, partial: &Value) -> Option<Nearly> {
        let info = kind_of(partial)?.info();
        let name = partial.pointer("/metadata/name")?.as_str()?;
        let of_kind = |touched: &&Touched| touched.kind == info.kind && !lives(touched, self.facts);
        if self.touched.iter().any(|touched| touched.kind == info.kind && touched.name == name) {
            return None;
        }
        let other = self.touched.iter().filter(of_kind).find(|touched| !self.named.contains(touched.name.as_str()))?;
        let named = |name: &str| format!("{}/{name}", info.singular);
        Some(Nearly::Name { found: named(&other.name), wanted: named(name), deleted: true })
    }

    fn did(&self, did: &Did) -> Option<Nearly> {
        let about = |looked: &&Looked| {
            did.verb.split('|').any(|verb| verb == looked.command) && (did.resource.is_empty() || did.resource == looked.resource)
        };
        let looked = self.looked.iter().rev().find(about)?;
        let differs = |wanted: &str, found: &str| !wanted.is_empty() && wanted != found;
        if differs(&did.name, &looked.name) {
            return Some(Nearly::LookedAt { found: looked.name.clone(), wanted: did.name.clone() });
        }
        if differs(&did.namespace, &looked.namespace) {
            return Some(Nearly::LookedIn { found: looked.namespace.clone(), wanted: did.namespace.clone() });
        }
        if differs(&did.container, &looked.container) {
            return Some(Nearly::Container { found: looked.container.clone(), wanted: did.container.clone() });
        }
        let form = !did.output.is_empty() && !did.output.split('|').any(|one| glob(one, &looked.output));
        let plain = did.output.split('|').filter(|one| !one.contains('*'));
        form.then(|| Nearly::Output { wanted: plain.collect::<Vec<_>>().join("|") })
    }

    fn request(&self, wanted: &RequestCheck) -> Option<Nearly> {
        let place = |whom: &str, port: Option<u16>| port.map_or(whom.to_owned(), |port| format!("{whom}:{port}"));
        let calls = self.facts.called();
        let alike = |called: &&Called| {
            let same = |pattern: &str, found: &str| !pattern.is_empty() && glob(pattern, found);
            same(&wanted.from, &called.from) || same(&wanted.to, &called.to)
        };
        let called = calls.iter().rev().find(alike)?;
        let wanted_from = if wanted.from.is_empty() || wanted.from == wanted.to { String::new() } else { format!("{} → ", wanted.from) };
        Some(Nearly::Request {
            found: format!("{} → {}", called.from, place(&called.to, Some(called.port))),
            outcome: called.outcome.clone(),
            wanted: format!("{wanted_from}{}", place(&wanted.to, wanted.port)),
            ending: wanted.outcome.trim_matches('*').to_owned(),
        })
    }
}

/// Whether it is still there, and not about to go.
fn lives(touched: &Touched, facts: &Facts<'_>) -> bool {
    let Some(kind) = Kind::named(touched.kind) else { return false };
    listed(kind, &touched.namespace, facts).iter().any(|object| object.name() == touched.name && object.meta().deletion_timestamp.is_none())
}

/// How an object of the right name is not as asked.
fn differs(object: &Object, partial: &Value) -> Option<Nearly> {
    let info = object.kind().info();
    let (name, actual) = (format!("{}/{}", info.singular, object.name()), object.to_json());
    let mut wanted = partial.clone();
    let status = wanted.as_object_mut().and_then(|fields| fields.remove("status"));
    if let Some((path, found, wanted)) = difference(&actual, &wanted, "") {
        return Some(Nearly::Field { object: name, path, found, wanted });
    }
    // A pod that is to run and can not.
    let status = status.filter(|status| {
        let runs = status.get("phase").and_then(Value::as_str) == Some("Running");
        let list = status.get("containerStatuses").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        runs || list.iter().any(|container| container.get("ready") == Some(&Value::Bool(true)))
    })?;
    if includes(actual.get("status").unwrap_or(&Value::Null), &status) {
        return None;
    }
    let statuses = actual.pointer("/status/containerStatuses").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut reasons = statuses.iter().filter_map(|container| container.pointer("/state/waiting/reason").and_then(Value::as_str));
    let reason = reasons.find(|reason| !matches!(*reason, "ContainerCreating" | "PodInitializing"))?;
    Some(Nearly::Stuck { object: name, reason: reason.to_owned() })
}

/// The first field that is not as wanted: its path, what it holds, what it should hold.
fn difference(actual: &Value, wanted: &Value, path: &str) -> Option<(String, Option<String>, Option<String>)> {
    if includes(actual, wanted) {
        return None;
    }
    match (actual, wanted) {
        (Value::Object(actual), Value::Object(wanted)) => wanted.iter().find_map(|(key, value)| {
            let key_path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match (actual.get(key), value) {
                (None, Value::Null) => None,
                (Some(found), Value::Null) => Some((key_path, Some(short(found)), None)),
                (None, _) => Some((key_path, None, Some(short(value)))),
                (Some(found), value) => difference(found, value, &key_path),
            }
        }),
        (Value::Array(actual), Value::Array(wanted)) => wanted.iter().enumerate().find_map(|(index, value)| {
            let name = value.get("name").filter(|name| name.as_str().is_some_and(|name| !name.contains('*')));
            let at = match name {
                Some(name) => actual.iter().position(|found| found.get("name") == Some(name)),
                None => Some(index).filter(|index| *index < actual.len()),
            };
            match at.and_then(|at| Some((at, actual.get(at)?))) {
                Some((at, found)) => difference(found, value, &format!("{path}[{at}]")),
                None => Some((path.to_owned(), Some(names(actual)), Some(name.map_or_else(|| short(value), short)))),
            }
        }),
        (found, wanted) => Some((path.to_owned(), Some(short(found)), Some(short(wanted)))),
    }
}

/// What a list holds, by name.
fn names(list: &[Value]) -> String {
    list.iter().map(|item| item.get("name").map_or_else(|| short(item), short)).collect::<Vec<_>>().join(", ")
}

/// A value in a few letters. The stars of a pattern are not part of the value.
fn short(value: &Value) -> String {
    const MOST: usize = 60;
    let text = match value {
        Value::String(text) => text.trim_matches('*').to_owned(),
        Value::Object(fields) => fields.keys().cloned().collect::<Vec<_>>().join(", "),
        Value::Array(list) => names(list),
        other => other.to_string(),
    };
    if text.chars().count() > MOST { text.chars().take(MOST).chain(['…']).collect() } else { text }
}

impl Nearly {
    /// In words, as Markdown. `check` gives the words of a check.
    pub fn words(&self, korean: bool, check: &dyn Fn(&str) -> String) -> String {
        if korean { self.korean(check) } else { self.english(check) }
    }

    fn korean(&self, check: &dyn Fn(&str) -> String) -> String {
        match self {
            Nearly::Name { found, wanted, deleted: false } => {
                format!("만들어진 것은 `{found}`인데, 이 단계가 찾는 이름은 `{wanted}`입니다. 이름을 다시 보세요.")
            }
            Nearly::Name { found, wanted, deleted: true } => format!("지운 것은 `{found}`입니다. 이 단계에서 지울 것은 `{wanted}`입니다."),
            Nearly::Namespace { object, found, wanted } => {
                format!("`{object}`의 네임스페이스가 `{found}`입니다. 이 단계는 `{wanted}`에서 찾습니다(`-n {wanted}`).")
            }
            Nearly::Kind { found, wanted } => format!("이름은 맞지만 종류가 `{found}`입니다. 이 단계가 찾는 것은 `{wanted}`입니다."),
            Nearly::Field { object, path, found: Some(found), wanted: Some(wanted) } => {
                format!("거의 다 됐습니다. `{object}`에서 `{path}` 값이 지금은 `{found}`인데, 여기서 필요한 것은 `{wanted}`입니다.")
            }
            Nearly::Field { object, path, wanted: Some(wanted), .. } if wanted.is_empty() => {
                format!("거의 다 됐습니다. `{object}`에 `{path}` 값이 있어야 하는데 없습니다.")
            }
            Nearly::Field { object, path, wanted: Some(wanted), .. } => {
                format!("거의 다 됐습니다. `{object}`에 `{path}` 값이 아직 없습니다. 필요한 값은 `{wanted}`입니다.")
            }
            Nearly::Field { object, path, .. } => format!("거의 다 됐습니다. `{object}`에 `{path}` 값이 아직 남아 있습니다."),
            Nearly::Stuck { object, reason } => {
                format!(
                    "`{object}`의 상태가 `{reason}`입니다. 이대로는 시작하지 못합니다. 까닭은 `kubectl describe {object}`의 맨 아래 이벤트에 있습니다."
                )
            }
            Nearly::Count { check: id, found, wanted } => {
                format!("“{}”: 지금 조건에 맞는 것은 {found}개이고, {wanted}개여야 합니다.", check(id))
            }
            Nearly::LookedAt { found, wanted } if found.is_empty() => format!("목록 전체가 아니라 `{wanted}` 하나를 이름으로 골라 보세요."),
            Nearly::LookedAt { found, wanted } => format!("방금 본 것은 `{found}`입니다. 이 단계에서 볼 것은 `{wanted}`입니다."),
            Nearly::LookedIn { found, wanted } => format!("방금 본 네임스페이스는 `{found}`입니다. `-n {wanted}`를 붙여 보세요."),
            Nearly::Container { found, wanted } if found.is_empty() => {
                format!("컨테이너를 고르지 않았습니다. `-c {wanted}`를 붙여 보세요.")
            }
            Nearly::Container { found, wanted } => format!("방금 고른 컨테이너는 `{found}`입니다. `-c {wanted}`로 해 보세요."),
            Nearly::Output { wanted } => format!("대상은 맞습니다. 출력 모양을 `-o {}`로 바꿔 보세요.", wanted.replace('|', "`, `-o ")),
            Nearly::Request { found, outcome, wanted, ending } if ending.is_empty() => {
                format!("방금 보낸 요청은 `{found}`, 결과는 `{outcome}`입니다. 이 단계에서 바라는 것은 `{wanted}`입니다.")
            }
            Nearly::Request { found, outcome, wanted, ending } => {
                format!(
                    "방금 보낸 요청은 `{found}`, 결과는 `{outcome}`입니다. 이 단계에서 바라는 것은 `{wanted}`, 결과는 `{ending}`입니다."
                )
            }
        }
    }

    fn english(&self, check: &dyn Fn(&str) -> String) -> String {
        match self {
            Nearly::Name { found, wanted, deleted: false } => {
                format!("You made `{found}`, and that works; but this step looks for `{wanted}`. Have another look at the name.")
            }
            Nearly::Name { found, wanted, deleted: true } => {
                format!("You deleted `{found}`. The one to delete in this step is `{wanted}`.")
            }
            Nearly::Namespace { object, found, wanted } => {
                format!("`{object}` is in the namespace `{found}`. This step looks in `{wanted}` (`-n {wanted}`).")
            }
            Nearly::Kind { found, wanted } => format!("The name is right, but it is a `{found}`. This step looks for a `{wanted}`."),
            Nearly::Field { object, path, found: Some(found), wanted: Some(wanted) } => {
                format!("Nearly there. In `{object}`, `{path}` now has `{found}`; this step needs `{wanted}`.")
            }
            Nearly::Field { object, path, wanted: Some(wanted), .. } if wanted.is_empty() => {
                format!("Nearly there. `{object}` should have `{path}`, and has not.")
            }
            Nearly::Field { object, path, wanted: Some(wanted), .. } => {
                format!("Nearly there. `{object}` has no `{path}` yet; this step needs `{wanted}` there.")
            }
            Nearly::Field { object, path, .. } => format!("Nearly there. `{object}` still has `{path}`."),
            Nearly::Stuck { object, reason } => {
                format!("`{object}` cannot start: `{reason}`. The events at the end of `kubectl describe {object}` say why.")
            }
            Nearly::Count { check: id, found, wanted } => {
                format!("“{}”: {found} are so now, and it should be {wanted}.", check(id))
            }
            Nearly::LookedAt { found, wanted } if found.is_empty() => {
                format!("That was the whole list. Pick `{wanted}` out of it by name.")
            }
            Nearly::LookedAt { found, wanted } => format!("What you looked at was `{found}`. In this step it is `{wanted}`."),
            Nearly::LookedIn { found, wanted } => format!("That was the namespace `{found}`. Add `-n {wanted}`."),
            Nearly::Container { found, wanted } if found.is_empty() => format!("You picked no container. Add `-c {wanted}`."),
            Nearly::Container { found, wanted } => format!("That was the container `{found}`. Try it with `-c {wanted}`."),
            Nearly::Output { wanted } => format!("The right object; now in another form: `-o {}`.", wanted.replace('|', "`, `-o ")),
            Nearly::Request { found, outcome, wanted, ending } if ending.is_empty() => {
                format!("Your request went `{found}` and ended with `{outcome}`. This step wants `{wanted}`.")
            }
            Nearly::Request { found, outcome, wanted, ending } => {
                format!("Your request went `{found}` and ended with `{outcome}`. This step wants `{wanted}`, ending with `{ending}`.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(actual: Value, wanted: Value) -> (String, Option<String>, Option<String>) {
        difference(&actual, &wanted, "").expect("a difference")
    }

    #[test]
    fn the_first_field_that_differs_is_named() {
        let pod = json!({ "metadata": { "labels": { "env": "prod" } }, "spec": { "containers": [{ "name": "a", "image": "nginx" }] } });
        let some = |text: &str| Some(text.to_owned());
        let image = json!({ "spec": { "containers": [{ "image": "luksa/kubia*" }] } });
        assert_eq!(found(pod.clone(), image), ("spec.containers[0].image".into(), some("nginx"), some("luksa/kubia")));
        let second = json!({ "spec": { "containers": [{ "name": "a" }, { "name": "b" }] } });
        assert_eq!(found(pod.clone(), second), ("spec.containers".into(), some("a"), some("b")));
        let none = json!({ "metadata": { "labels": { "env": null } } });
        assert_eq!(found(pod.clone(), none), ("metadata.labels.env".into(), some("prod"), None));
        let tier = json!({ "metadata": { "labels": { "tier": "x" } } });
        assert_eq!(found(pod, tier), ("metadata.labels.tier".into(), None, some("x")));
    }
}
