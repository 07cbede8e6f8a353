//! What the server says to new objects, one field at a time: values and answers after the rules of Kubernetes' own validation
//! (`tests/facts/creation.yaml`).
mod corpus;
use corpus::cluster::{ask, recorded};
use podground::apiserver::{ApiServer, Method};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    /// Where the objects are sent.
    to: String,
    base: Value,
    /// The field that each row sets: a JSON pointer.
    at: String,
    /// A value, and how each thing begins that is said of it; only the value where it is accepted.
    rows: Vec<Vec<Value>>,
}

fn set(object: &mut Value, at: &str, value: &Value) {
    let (parent, last) = at.rsplit_once('/').expect("a pointer");
    match object.pointer_mut(parent).unwrap_or_else(|| panic!("{at}")) {
        Value::Array(items) => match items.get_mut(last.parse::<usize>().expect("a position")) {
            Some(item) => *item = value.clone(),
            None => items.push(value.clone()),
        },
        parent => parent[last] = value.clone(),
    }
}

/// Every cause, or the message where there are none, or nothing of what is accepted.
fn said(server: &ApiServer, group: &Group, value: &Value) -> Vec<String> {
    let mut body = group.base.clone();
    set(&mut body, &group.at, value);
    let path = format!("{}?dryRun=All&fieldValidation=Strict", group.to);
    let answer = ask(server, Method::Post, &path, Some(("application/json", &body.to_string())), &[]);
    if answer.code == 201 {
        return Vec::new();
    }
    let status: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    match status["details"]["causes"].as_array() {
        Some(causes) if answer.code == 422 => {
            causes.iter().map(|cause| format!("{}: {}", text(&cause["field"]), text(&cause["message"]))).collect()
        }
        _ => vec![text(&status["message"])],
    }
}

#[test]
fn new_objects_are_refused_as_by_the_real_server() {
    let groups: Vec<Group> = serde_yaml::from_str(include_str!("facts/creation.yaml")).unwrap();
    let server = recorded();
    let (mut rows, mut wrong) = (0, Vec::new());
    for group in &groups {
        for row in &group.rows {
            let (value, expected) = row.split_first().expect("a value");
            let said = said(&server, group, value);
            rows += 1;
            let begins = |(said, expected): (&String, &Value)| said.starts_with(expected.as_str().expect("a text"));
            if said.len() != expected.len() || !said.iter().zip(expected).all(begins) {
                wrong.push(format!("{} {} {value}\n  says     {said:#?}\n  expected {expected:#?}", group.base["kind"], group.at));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{rows} rows");
}
