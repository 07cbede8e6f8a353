//! Whether a check holds.

use std::collections::BTreeSet;

use serde_json::Value;

use super::facts::{Called, Facts, Looked};
use super::model::{Answer, Check, Count, Did, RequestCheck};
use crate::api::glob::glob;
use crate::api::selector::LabelSelector;
use crate::api::{Kind, Object};

/// Whether `check` holds.
pub fn holds(check: &Check, facts: &Facts<'_>) -> bool {
    if let Some(partial) = &check.assert {
        return exists(partial, facts);
    }
    if let Some(partial) = &check.absent {
        return !exists(partial, facts);
    }
    if let Some(count) = &check.count {
        return counted(count, facts);
    }
    if let Some(did) = &check.did {
        let looked = facts.looked();
        let names: BTreeSet<&str> = looked.iter().filter(|looked| did_matches(did, looked)).map(|looked| looked.name.as_str()).collect();
        return names.len() >= did.at_least.unwrap_or(1);
    }
    if let Some(output) = &check.output {
        return facts.printed.contains(&output.contains)
            && (output.line.is_empty() || facts.printed.lines().any(|line| glob(&output.line, line.trim())))
            && output.value.as_ref().is_none_or(|field| right_answer(field, facts).is_some_and(|value| shows(facts.printed, &value)));
    }
    if let Some(request) = &check.request {
        return facts.called().iter().any(|called| called_matches(request, called));
    }
    if let Some(not) = &check.not {
        return !holds(not, facts);
    }
    if !check.all.is_empty() {
        return check.all.iter().all(|one| holds(one, facts));
    }
    if let Some(file) = &check.file {
        return (facts.read_file)(&file.path).is_some_and(|text| text.contains(&file.contains));
    }
    check.any.iter().any(|one| holds(one, facts))
}

fn exists(partial: &Value, facts: &Facts<'_>) -> bool {
    let Some(kind) = kind_of(partial) else { return false };
    let namespace = partial.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or("default");
    listed(kind, namespace, facts).iter().any(|object| {
        let mut wanted = partial.clone();
        if let Some(meta) = wanted.get_mut("metadata").and_then(Value::as_object_mut)
            && namespace == "*"
        {
            meta.remove("namespace");
        }
        includes(&object.to_json(), &wanted)
    })
}

/// The objects of a kind in a namespace; `*` stands for all of them.
pub fn listed(kind: Kind, namespace: &str, facts: &Facts<'_>) -> Vec<Object> {
    let scope = (kind.info().namespaced && namespace != "*").then_some(namespace);
    facts.client.list_kind(kind, scope)
}

/// The kind that a partial object names. The API version may be left out.
pub fn kind_of(partial: &Value) -> Option<Kind> {
    let name = partial.get("kind")?.as_str()?;
    let group = partial.get("apiVersion").and_then(Value::as_str).map(|v| v.rsplit_once('/').map_or("", |(group, _)| group));
    Kind::ALL.iter().copied().find(|kind| kind.info().kind == name && group.is_none_or(|group| group == kind.info().group))
}

/// Whether `actual` has everything that `wanted` names. Lists of objects match by position or, with names, by name; `null` is
/// a field that is not there, `*` in a text anything, and `>=1` (also `>`, `<`, `<=`) a number.
pub fn includes(actual: &Value, wanted: &Value) -> bool {
    match (actual, wanted) {
        (Value::Object(actual), Value::Object(wanted)) => wanted.iter().all(|(key, value)| match value {
            Value::Null => actual.get(key).is_none_or(Value::is_null),
            value => actual.get(key).is_some_and(|found| includes(found, value)),
        }),
        (Value::String(actual), Value::String(wanted)) => glob(wanted, actual),
        (Value::Number(actual), Value::String(wanted)) => compares(actual.as_i64().unwrap_or(0), wanted),
        (Value::Array(actual), Value::Array(wanted)) => wanted.iter().enumerate().all(|(index, value)| {
            let named = value.get("name").or_else(|| value.get("type"));
            match named {
                Some(_) => actual.iter().any(|found| includes(found, value)),
                None => actual.get(index).is_some_and(|found| includes(found, value)),
            }
        }),
        (actual, wanted) => actual == wanted,
    }
}

/// `>=3` and its like.
fn compares(actual: i64, wanted: &str) -> bool {
    let end = wanted.find(|c: char| !matches!(c, '<' | '>' | '=')).unwrap_or(wanted.len());
    let (sign, number) = wanted.split_at(end);
    let Ok(number) = number.trim().parse::<i64>() else { return false };
    match sign {
        ">" => actual > number,
        ">=" => actual >= number,
        "<" => actual < number,
        "<=" => actual <= number,
        _ => false,
    }
}

fn called_matches(wanted: &RequestCheck, called: &Called) -> bool {
    let fits = |pattern: &str, found: &str| pattern.is_empty() || glob(pattern, found);
    fits(&wanted.from, &called.from)
        && fits(&wanted.to, &called.to)
        && fits(&wanted.label, &called.label)
        && fits(&wanted.outcome, &called.outcome)
        && wanted.port.is_none_or(|port| port == called.port)
}

fn counted(count: &Count, facts: &Facts<'_>) -> bool {
    let Some(found) = counting(count, facts) else { return false };
    count.equals.is_none_or(|wanted| found == wanted) && count.at_least.is_none_or(|wanted| found >= wanted)
}

/// How many there are; none if what is asked for makes no sense.
pub fn counting(count: &Count, facts: &Facts<'_>) -> Option<usize> {
    let kind = Kind::named(&count.kind)?;
    let selector = LabelSelector::parse(&count.selector).ok()?;
    let namespace = if count.namespace.is_empty() { "default" } else { &count.namespace };
    let alive = |object: &&Object| object.meta().deletion_timestamp.is_none();
    let objects = listed(kind, namespace, facts);
    Some(objects.iter().filter(alive).filter(|object| selector.matches_option(object.meta().labels.as_ref())).count())
}

/// Whether `value` stands in `printed` by itself: an address is not part of a longer one.
fn shows(printed: &str, value: &str) -> bool {
    let goes_on = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let apart = |(at, _): (usize, &str)| {
        let (before, after) = (printed.get(..at).unwrap_or_default(), printed.get(at + value.len()..).unwrap_or_default());
        !goes_on(before.chars().next_back()) && !goes_on(after.chars().next())
    };
    !value.is_empty() && printed.match_indices(value).any(apart)
}

fn did_matches(did: &Did, looked: &Looked) -> bool {
    let fits = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
    let output_fits = match (did.output.as_str(), looked.output.as_str()) {
        ("", _) => true,
        (wanted, found) => wanted.split('|').any(|one| glob(one, found)),
    };
    did.verb.split('|').any(|verb| verb == looked.command)
        && did.failed == looked.failed
        && fits(&did.resource, &looked.resource)
        && fits(&did.name, &looked.name)
        && fits(&did.namespace, &looked.namespace)
        && fits(&did.container, &looked.container)
        && output_fits
}

/// Which of `choices` was printed last.
pub fn printed_choice(choices: &[&str], printed: &str) -> Option<usize> {
    let seen = choices.iter().enumerate().filter_map(|(index, choice)| Some((printed.rfind(choice)?, index)));
    seen.max().map(|(_, index)| index)
}

/// The right answer as it stands in the cluster now.
pub fn right_answer(answer: &Answer, facts: &Facts<'_>) -> Option<String> {
    let (namespace, object) = answer.of.split_once(':').unwrap_or(("default", &answer.of));
    let (kind, name) = object.split_once('/')?;
    let kind = Kind::ALL.iter().copied().find(|k| k.info().singular == kind)?;
    let found = listed(kind, namespace, facts).into_iter().find(|object| object.name() == name)?;
    match found.to_json().pointer(&answer.pointer)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_partial_object_matches_by_what_it_names() {
        let actual = json!({ "spec": { "containers": [{ "name": "a", "image": "x" }, { "name": "b", "image": "y" }] } });
        assert!(includes(&actual, &json!({ "spec": { "containers": [{ "name": "b", "image": "y" }] } })));
        assert!(!includes(&actual, &json!({ "spec": { "containers": [{ "name": "b", "image": "x" }] } })));
        assert!(!includes(&actual, &json!({ "spec": { "nodeName": "n" } })));
    }

    #[test]
    fn a_value_is_shown_where_it_stands_by_itself() {
        assert!(shows("IP: 10.244.2.2\n", "10.244.2.2") && shows("'10.244.2.2:8080'", "10.244.2.2"));
        assert!(!shows("10.244.2.20 110.244.2.2", "10.244.2.2") && !shows("anything", ""));
        assert!(shows("10.244.2.20 10.244.2.2", "10.244.2.2"));
    }

    #[test]
    fn null_stars_and_signs_have_their_meaning() {
        let actual = json!({ "labels": { "env": "prod" }, "restarts": 3 });
        assert!(includes(&actual, &json!({ "labels": { "app": null, "env": "p*d" }, "restarts": ">=3" })));
        assert!(!includes(&actual, &json!({ "labels": { "env": null } })));
        assert!(!includes(&actual, &json!({ "restarts": ">3" })));
        assert!(glob("*a*c", "xabc") && !glob("*a*c", "xabcd") && glob("abc", "abc"));
    }
}
