//! `kubectl describe` of objects in states that a cluster of one's own seldom reaches, against what kubectl 1.36.3 printed.
mod corpus;
use corpus::cluster::{Desk, plain, put, times};
use corpus::{read, run, text};
use serde_json::{Value, json};

/// What was printed of each case: `=== NAME STATUS`, then the lines.
fn printed() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for line in read("describe-states.txt").split_inclusive('\n') {
        match (line.strip_prefix("=== "), all.last_mut()) {
            (Some(head), _) => all.push((head.trim_end().to_string(), String::new())),
            (None, Some((_, text))) => text.push_str(line),
            (None, None) => panic!("a line before the first case"),
        }
    }
    all
}

fn described(case: &Value) -> (String, String) {
    let server = plain(&[]);
    for object in case["objects"].as_array().into_iter().flatten() {
        let mut object: Value = serde_json::from_str(&times(&object.to_string(), &server)).expect("JSON");
        if object.get("apiVersion").is_none() {
            object["apiVersion"] = "v1".into();
        }
        if object["metadata"].get("uid").is_none() {
            object["metadata"]["uid"] = format!("{}-uid", text(&object["metadata"], "name")).into();
        }
        put(&server, object);
    }
    let words: Vec<&str> = text(case, "run").split(' ').collect();
    let ran = Desk::new(&server).kubectl(&words);
    let mut all = ran.stdout + &ran.stderr;
    if !all.ends_with('\n') {
        all.push('\n');
    }
    (format!("{} {}", text(case, "name"), ran.code), all)
}

#[test]
fn states() {
    let cases: Vec<Value> = serde_yaml::from_str(&read("describe-states.yaml")).expect("cases");
    let printed = printed();
    assert_eq!(cases.len(), printed.len());
    let both: Vec<Value> = cases
        .into_iter()
        .zip(printed)
        .map(|(case, (head, text))| json!({"id": case["name"], "category": "describe", "case": case, "head": head, "text": text}))
        .collect();
    run("describe-states", &both, |both| {
        let (head, ours) = described(&both["case"]);
        let theirs = text(both, "text");
        if (head.as_str(), ours.as_str()) == (text(both, "head"), theirs) {
            return Ok(true);
        }
        let differing: Vec<String> = differences(&ours, theirs);
        Err(format!("{head}\n{}", differing.join("\n")))
    });
}

/// Lines that only one of them has.
fn differences(ours: &str, theirs: &str) -> Vec<String> {
    let only = |sign: &'static str, these: &str, those: &str| {
        let those: Vec<String> = those.lines().map(str::to_string).collect();
        these.lines().filter(|line| !those.iter().any(|other| other == line)).map(|line| format!("{sign} {line}")).collect::<Vec<_>>()
    };
    let mut all = only("-", theirs, ours);
    all.extend(only("+", ours, theirs));
    all
}
