//! Valid objects with a few things wrong: the server accepts or refuses, and never falls over.
//!
//! `MUTATIONS=1000000 cargo test --release --test mutations` makes the long run.

mod corpus;
use corpus::cluster::{ask, recorded};
use corpus::{cases, text};
use podground::api::{Kind, Object};
use podground::apiserver::{ApiServer, Method, Origin};
use podground::sim::Rng;
use serde_json::{Value, json};

/// What a field is replaced with.
fn oddities() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!("x"),
        json!("한글 \u{0} \n"),
        json!("../../etc"),
        json!("99999999999999999999"),
        json!("-0.0000001Ki"),
        json!("é".repeat(300)),
        json!([]),
        json!({}),
        json!([null]),
        json!([{}, {}]),
        json!({"": ""}),
        json!({"matchLabels": {"a": null}}),
        json!([["a"], 1, {"name": 1}]),
    ]
}

fn pick<'a, T>(rng: &Rng, all: &'a [T]) -> &'a T {
    &all[rng.below(all.len() as u64) as usize]
}

/// The pointers of all values of a document.
fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_string());
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                pointers(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), out);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), out);
            }
        }
        _ => {}
    }
}

fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else { return };
    match document.pointer_mut(parent) {
        Some(Value::Object(entries)) => drop(entries.remove(&last.replace("~1", "/").replace("~0", "~"))),
        Some(Value::Array(items)) => drop(last.parse::<usize>().ok().filter(|at| *at < items.len()).map(|at| items.remove(at))),
        _ => {}
    }
}

fn mutate(rng: &Rng, document: &mut Value, donor: &Value) {
    let mut all = Vec::new();
    pointers(document, "", &mut all);
    let chosen = pick(rng, &all).clone();
    let odd = pick(rng, &oddities()).clone();
    match rng.below(5) {
        0 => remove(document, &chosen),
        // What stands elsewhere, or in another object.
        1 => {
            let mut others = Vec::new();
            pointers(donor, "", &mut others);
            let value = donor.pointer(pick(rng, others.as_slice()).as_str()).cloned().unwrap_or_default();
            document.pointer_mut(&chosen).map(|place| *place = value).unwrap_or_default();
        }
        2 => match document.pointer_mut(&chosen) {
            Some(Value::Array(items)) if !items.is_empty() => items.push(items[0].clone()),
            Some(Value::Object(entries)) => drop(entries.insert(format!("x{}", rng.below(9)), odd)),
            Some(place) => *place = odd,
            None => {}
        },
        _ => document.pointer_mut(&chosen).map(|place| *place = odd).unwrap_or_default(),
    }
}

#[test]
fn no_object_breaks_the_server() {
    let rounds = std::env::var("MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000);
    let server = recorded();
    let rng = Rng::new(11);
    let seeds: Vec<(String, Value)> = cases("validation.open.jsonl")
        .iter()
        .filter(|case| case["status_code"] == 201 && case["macros"] != true)
        .filter_map(|case| Some((text(case, "path").to_string(), serde_json::from_str(text(case, "body")).ok()?)))
        .collect();
    let mut codes = std::collections::BTreeMap::new();
    for round in 0..rounds {
        let (path, mut body) = pick(&rng, &seeds).clone();
        let donor = pick(&rng, &seeds).1.clone();
        for _ in 0..=rng.below(3) {
            mutate(&rng, &mut body, &donor);
        }
        let path = if round % 2 == 0 { path } else { path.replace("Strict", "Ignore") };
        let answer = ask(&server, Method::Post, &path, Some(("application/json", &body.to_string())), &[]);
        *codes.entry(answer.code).or_insert(0) += 1;
        assert!(matches!(answer.code, 201 | 400 | 403 | 404 | 409 | 422), "{}: {} {body}", answer.code, answer.text);
        if answer.code == 201 && round % 4 == 0 {
            change(&rng, &server, &answer.text);
        }
    }
    println!("{codes:?}");
    assert!(codes.contains_key(&201) && codes.contains_key(&422));
}

/// An accepted object, changed at random, is a body to put and to patch with; whatever comes of it, the server answers.
fn change(rng: &Rng, server: &ApiServer, accepted: &str) {
    let before: Value = serde_json::from_str(accepted).expect("an object");
    let Some(kind) = Kind::ALL.iter().copied().find(|kind| before["kind"] == kind.info().kind && kind.info().namespaced) else { return };
    let Ok(stored) = Object::from_json(kind, before.clone()) else { return };
    let mut after = before.clone();
    mutate(rng, &mut after, &before);
    if let Some(meta) = after.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.remove("resourceVersion");
    }
    let info = kind.info();
    let root = if info.group.is_empty() { "/api/v1".to_string() } else { format!("/apis/{}/v1", info.group) };
    let one = format!("{root}/namespaces/{}/{}/{}", stored.namespace(), info.plural, stored.name());
    let by = Origin::new("mutations");
    let Ok(stored) = server.store().create(&by, stored) else { return };
    let spec = json!([{"op": "replace", "path": "/spec", "value": after["spec"]}]).to_string();
    let whole = after.to_string();
    for (method, content_type, body) in [
        (Method::Put, "application/json", &whole),
        (Method::Patch, "application/merge-patch+json", &whole),
        (Method::Patch, "application/strategic-merge-patch+json", &whole),
        (Method::Patch, "application/apply-patch+yaml", &whole),
        (Method::Patch, "application/json-patch+json", &spec),
    ] {
        let answer = ask(server, method, &format!("{one}?dryRun=All&fieldManager=m"), Some((content_type, body)), &[]);
        assert!((200..600).contains(&answer.code), "{content_type} {}", answer.text);
    }
    for status in ["status", "resize", "ephemeralcontainers", "scale"].iter().filter(|sub| info.subresources.contains(sub)) {
        ask(server, Method::Put, &format!("{one}/{status}?dryRun=All"), Some(("application/json", &whole)), &[]);
    }
    let _ = server.store().delete(&by, &stored.key(), None);
}
