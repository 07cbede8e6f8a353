//! Watches against an independent model: random writes, and watchers that come from any revision, with and without a
//! selector. Each sees every change once and in order, or is told that its revision is gone.
//!
//! `HISTORIES=1000000 cargo test --release --test watch_model` makes the long run.

use std::collections::BTreeMap;

use podground::api::{Kind, Object};
use podground::apiserver::{ApiServer, Body, Method, Origin, Request};
use podground::sim::channel::Receiver;
use podground::sim::{Rng, Sim};
use serde_json::{Value, json};

const STEPS: usize = 40;

/// What the model knows of one object: its value, whether the selector takes it, and its last revision.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    value: String,
    chosen: bool,
    revision: u64,
}

type State = BTreeMap<(String, String), Known>;

/// Every state that ever was, by revision.
struct Model {
    states: Vec<State>,
    compacted: u64,
}

struct Watcher {
    lines: Receiver<Vec<u8>>,
    namespace: Option<&'static str>,
    selected: bool,
    /// Where it began.
    from: u64,
    events: Vec<Value>,
}

const NAMESPACES: [&str; 2] = ["a", "b"];

fn server(seed: u64) -> ApiServer {
    let server = ApiServer::new(&Sim::new(seed, 1_700_000_000));
    let by = Origin::new("model");
    for name in NAMESPACES {
        let namespace = json!({"metadata": {"name": name}, "status": {"phase": "Active"}});
        let namespace = Object::from_json(Kind::Namespace, namespace).expect("a namespace");
        server.store().create(&by, namespace).expect("a new namespace");
    }
    server
}

fn send(server: &ApiServer, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
    let mut request = Request::new(method, path, Origin::new("model"));
    if let Some(body) = body {
        request = request.with_body("application/json", body.to_string().into_bytes());
    }
    let response = server.handle(request);
    match response.body {
        Body::Full(bytes) => (response.status, serde_json::from_slice(&bytes).unwrap_or_default()),
        _ => (response.status, Value::Null),
    }
}

fn write(rng: &Rng, server: &ApiServer, model: &mut Model) {
    let namespace = NAMESPACES[rng.below(2) as usize];
    let name = format!("n{}", rng.below(4));
    let value = rng.below(3).to_string();
    let chosen = rng.below(2) == 0;
    let labels = if chosen { json!({"pick": "me"}) } else { json!({}) };
    let mut now = model.states.last().expect("a state").clone();
    let key = (namespace.to_string(), name.clone());
    let known = now.get(&key).cloned();
    let all = format!("/api/v1/namespaces/{namespace}/configmaps");
    let one = format!("{all}/{name}");
    let metadata = json!({"name": name, "namespace": namespace, "labels": labels});
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": value}});
    let revision = model.states.len() as u64;
    let fresh = Known { value, chosen, revision };
    let same = known.as_ref().is_some_and(|known| known.value == fresh.value && known.chosen == fresh.chosen);
    let changed = match rng.below(4) {
        0 => {
            let (code, _) = send(server, Method::Post, &all, Some(body));
            assert_eq!(code, if known.is_some() { 409 } else { 201 });
            known.is_none() && now.insert(key, fresh).is_none()
        }
        1 => {
            let (code, _) = send(server, Method::Delete, &one, None);
            assert_eq!(code, if known.is_some() { 200 } else { 404 });
            now.remove(&key).is_some()
        }
        2 => {
            let (code, _) = send(server, Method::Put, &one, Some(body));
            assert_eq!(code, if known.is_some() { 200 } else { 404 });
            known.is_some() && !same && now.insert(key, fresh).is_some()
        }
        _ => {
            // A write of another kind takes a revision too, and no watcher of this kind sees it.
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": format!("s{revision}")}});
            assert_eq!(send(server, Method::Post, &format!("/api/v1/namespaces/{namespace}/secrets"), Some(secret)).0, 201);
            true
        }
    };
    if changed {
        model.states.push(now);
    }
    assert_eq!(server.store().revision() as usize, model.states.len() - 1);
}

fn path(namespace: Option<&str>, selected: bool, query: &str) -> String {
    let root = namespace.map_or_else(|| "/api/v1/configmaps".to_string(), |name| format!("/api/v1/namespaces/{name}/configmaps"));
    format!("{root}?{query}{}", if selected { "&labelSelector=pick%3Dme" } else { "" })
}

/// What a watcher of this scope sees of a state.
fn seen(state: &State, namespace: Option<&str>, selected: bool) -> State {
    let inside = |(key, known): &(&(String, String), &Known)| namespace.is_none_or(|name| name == key.0) && (known.chosen || !selected);
    state.iter().filter(inside).map(|(key, known)| (key.clone(), known.clone())).collect()
}

fn open(rng: &Rng, server: &ApiServer, model: &Model) -> Option<Watcher> {
    // "0" stands for "from now, with what is there", which is not asked for here.
    let from = 1 + rng.below(model.states.len() as u64 - 1);
    let namespace = [None, Some("a"), Some("b")][rng.below(3) as usize];
    let selected = rng.below(2) == 0;
    let path = path(namespace, selected, &format!("watch=true&resourceVersion={from}"));
    let response = server.handle(Request::new(Method::Get, &path, Origin::new("model")));
    assert_eq!(response.status, 200);
    let Body::Stream(mut lines) = response.body else { panic!("a watch is a stream") };
    if from < model.compacted {
        let line = lines.try_recv().expect("an event");
        let event: Value = serde_json::from_slice(&line).expect("JSON");
        assert_eq!((&event["type"], &event["object"]["code"]), (&json!("ERROR"), &json!(410)));
        return None;
    }
    Some(Watcher { lines, namespace, selected, from, events: Vec::new() })
}

impl Watcher {
    fn drain(&mut self) {
        while let Some(line) = self.lines.try_recv() {
            self.events.push(serde_json::from_slice(&line).expect("JSON"));
        }
    }

    /// Its events are exactly the differences between one state and the next, in order.
    fn check(&self, model: &Model) {
        let mut expected = Vec::new();
        let states = model.states.get(self.from as usize..).expect("a state");
        for (index, pair) in states.windows(2).enumerate() {
            let revision = self.from + index as u64 + 1;
            let [before, after] = [&pair[0], &pair[1]].map(|state| seen(state, self.namespace, self.selected));
            for key in before.keys().chain(after.keys().filter(|key| !before.contains_key(*key))) {
                let event = match (before.get(key), after.get(key)) {
                    (None, Some(known)) => ("ADDED", known.value.clone()),
                    (Some(old), None) => ("DELETED", old.value.clone()),
                    (Some(old), Some(new)) if old != new => ("MODIFIED", new.value.clone()),
                    _ => continue,
                };
                expected.push((event.0.to_string(), key.1.clone(), event.1, revision.to_string()));
            }
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let one = |event: &Value| {
            let (object, meta) = (&event["object"], &event["object"]["metadata"]);
            (text(&event["type"]), text(&meta["name"]), text(&object["data"]["key"]), text(&meta["resourceVersion"]))
        };
        let got: Vec<_> = self.events.iter().map(one).collect();
        assert_eq!(got, expected, "from {} in {:?}, selected {}", self.from, self.namespace, self.selected);
    }
}

/// Lists in pieces, of the latest or of an old revision, are what the model had.
fn check_list(rng: &Rng, server: &ApiServer, model: &Model) {
    let at = 1 + rng.below(model.states.len() as u64);
    let namespace = [None, Some("a")][rng.below(2) as usize];
    let selected = rng.below(2) == 0;
    let limit = 1 + rng.below(3);
    let exact = if at < model.states.len() as u64 { format!("&resourceVersion={at}&resourceVersionMatch=Exact") } else { String::new() };
    let mut query = format!("limit={limit}{exact}");
    let mut names = Vec::new();
    loop {
        let (code, list) = send(server, Method::Get, &path(namespace, selected, &query), None);
        if !exact.is_empty() && at < model.compacted {
            assert_eq!(code, 410);
            return;
        }
        assert_eq!(code, 200, "{list}");
        for item in list["items"].as_array().expect("items") {
            let text = |field: &str| item["metadata"][field].as_str().unwrap_or_default().to_string();
            names.push((text("namespace"), text("name")));
        }
        match list["metadata"]["continue"].as_str() {
            Some(token) => query = format!("limit={limit}&continue={token}"),
            None => break,
        }
    }
    let state = if exact.is_empty() { model.states.last() } else { model.states.get(at as usize) };
    let expected: Vec<_> = seen(state.expect("a state"), namespace, selected).into_keys().collect();
    assert_eq!(names, expected);
}

fn history(seed: u64) {
    let rng = Rng::new(seed);
    let server = server(seed);
    let start = server.store().revision();
    let mut model = Model { states: vec![State::new(); start as usize + 1], compacted: 0 };
    let mut watchers = Vec::new();
    for _ in 0..STEPS {
        match rng.below(16) {
            0 | 1 => watchers.extend(open(&rng, &server, &model)),
            2 if rng.below(3) == 0 => {
                model.compacted = model.compacted.max(rng.below(server.store().revision() + 1));
                server.store().compact(model.compacted);
            }
            3 => check_list(&rng, &server, &model),
            4 => while server.sim().step(1) {},
            _ => write(&rng, &server, &mut model),
        }
    }
    while server.sim().step(1) {}
    for watcher in &mut watchers {
        watcher.drain();
        watcher.check(&model);
    }
}

#[test]
fn watchers_see_what_the_model_says() {
    let histories = std::env::var("HISTORIES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    (0..histories).for_each(history);
}
