//! What tests and tools ask of the simulation itself, below `/podground/`.
//!
//! | path | |
//! |---|---|
//! | `GET /podground/time` | the clock |
//! | `POST /podground/time` | `{"advance": "90s"}` lets time pass at once; `{"speed": 10}`, `{"speed": "on-demand"}` set the pace |
//! | `GET /podground/faults` | what is broken |
//! | `POST /podground/faults` | `{"order": "power node-2"}` breaks, `{"order": "heal power node-2"}` and `{"order": "heal"}` mend |
//! | `POST /podground/reset` | a fresh cluster; `{"seed": 2, "topology": "gpu", "start": "2026-01-31T12:00:00Z"}`, all optional |
//! | `GET /podground/trace?since=N&limit=M` | what happened, who did it, and because of what |

use std::rc::Rc;
use std::time::Duration;

use hyper::Response as HttpResponse;
use podground::api::Status;
use podground::apiserver::{Method, Request};
use podground::cluster::Topology;
use podground::sim::{TraceEvent, TraceKind};
use serde_json::{Value, json};

use super::body::Answer;
use super::http::{self, Bridge};
use super::options;
use super::world::{Pace, World};

/// The most that one request lets pass: 30 days.
const LIMIT_ADVANCE_SECONDS: f64 = 30.0 * 86_400.0;
/// The most events that one answer holds.
const LIMIT_EVENTS: usize = 10_000;

/// Answers a request below `/podground/`.
pub async fn answer(bridge: &Rc<Bridge>, asked: &Request) -> HttpResponse<Answer> {
    let world = &bridge.world;
    let body = match asked.body.iter().all(u8::is_ascii_whitespace) {
        true => Ok(json!({})),
        false => serde_json::from_slice::<Value>(&asked.body).map_err(|error| format!("the body is not JSON: {error}")),
    };
    let done = match (asked.method, asked.path.trim_end_matches('/'), body) {
        (_, _, Err(error)) => Err(error),
        (_, _, Ok(body)) if !body.is_object() => Err("the body must be an object".into()),
        (Method::Get, "/podground/time", _) => Ok(clock(world)),
        (Method::Post | Method::Put, "/podground/time", Ok(body)) => set_time(world, &body).await,
        (Method::Post, "/podground/reset", Ok(body)) => reset(world, &body),
        (Method::Get, "/podground/faults", _) => Ok(faults(world)),
        (Method::Post, "/podground/faults", Ok(body)) => order(world, &body),
        (Method::Get, "/podground/trace", _) => Ok(trace(world, asked)),
        (_, "/podground/time" | "/podground/faults" | "/podground/reset" | "/podground/trace", _) => {
            return http::status(&Status::method_not_allowed());
        }
        _ => return http::status(&Status::no_such_path()),
    };
    match done {
        Ok(value) => http::json(200, &value),
        Err(why) => http::status(&Status::bad_request(why)),
    }
}

fn clock(world: &World) -> Value {
    let speed = match world.pace() {
        Pace::Speed(speed) => json!(speed),
        Pace::OnDemand => json!("on-demand"),
    };
    let sim = world.sim();
    json!({ "now": sim.timestamp().to_string(), "elapsedSeconds": sim.now().as_nanos() as f64 / 1e9, "speed": speed, "waiting": world.waiters() })
}

/// Refuses names that mean nothing here.
fn only(body: &Value, known: &[&str]) -> Result<(), String> {
    let unknown = body.as_object().and_then(|map| map.keys().find(|key| !known.contains(&key.as_str())));
    unknown.map_or(Ok(()), |key| Err(format!("unknown field {key:?}; known: {}", known.join(", "))))
}

async fn set_time(world: &World, body: &Value) -> Result<Value, String> {
    only(body, &["advance", "speed"])?;
    let pace = match body.get("speed") {
        None => None,
        Some(value) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some(options::pace(&text).ok_or("speed is a number from 0 or \"on-demand\"")?)
        }
    };
    let by = match body.get("advance") {
        None => None,
        Some(value) => Some(duration(value).ok_or("advance is a duration such as \"90s\" or a number of seconds, 30 days at the most")?),
    };
    if let Some(pace) = pace {
        world.set_pace(pace);
    }
    if let Some(by) = by {
        world.advance(by).await;
    }
    Ok(clock(world))
}

/// `90`, `"90s"`, `"500ms"`, `"2m"`, `"1h"`.
fn duration(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => {
            let (unit, factor) =
                [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)].into_iter().find(|(unit, _)| text.ends_with(unit))?;
            text.strip_suffix(unit)?.parse::<f64>().ok()? * factor
        }
        _ => return None,
    };
    (0.0..=LIMIT_ADVANCE_SECONDS).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

fn reset(world: &World, body: &Value) -> Result<Value, String> {
    only(body, &["seed", "topology", "start"])?;
    let mut recipe = world.recipe();
    if let Some(seed) = body.get("seed") {
        recipe.seed = seed.as_u64().ok_or("seed is a whole number")?;
    }
    if let Some(name) = body.get("topology") {
        let name = name.as_str().ok_or("topology is a name")?;
        recipe.topology = Topology::built_in(name).ok_or_else(|| format!("there is no topology {name:?}"))?;
    }
    if let Some(start) = body.get("start") {
        let time: Option<jiff::Timestamp> = start.as_str().and_then(|text| text.parse().ok());
        recipe.start = Some(time.ok_or("start is a time such as 2026-01-31T12:00:00Z")?.as_second());
    }
    world.reset(recipe);
    Ok(clock(world))
}

fn faults(world: &World) -> Value {
    let faults: Vec<String> = world.cluster().faults().iter().map(ToString::to_string).collect();
    json!({ "faults": faults })
}

fn order(world: &World, body: &Value) -> Result<Value, String> {
    only(body, &["order"])?;
    let words = body.get("order").and_then(Value::as_str).ok_or("order is a text such as \"power node-2\" or \"heal\"")?;
    world.cluster().order(words)?;
    world.poke();
    Ok(faults(world))
}

fn trace(world: &World, asked: &Request) -> Value {
    let number = |name: &str| asked.query(name).and_then(|text| text.parse::<u64>().ok());
    let limit = number("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(LIMIT_EVENTS).min(LIMIT_EVENTS);
    let sim = world.sim();
    let mut events = Vec::new();
    sim.trace().visit_since(number("since").unwrap_or(0), |event| {
        if events.len() < limit {
            events.push(event_json(event));
        }
    });
    json!({ "last": sim.trace().last_seq(), "digest": format!("{:016x}", sim.trace().digest()), "events": events })
}

fn event_json(event: &TraceEvent) -> Value {
    let what = match &event.kind {
        TraceKind::Write { verb, kind, namespace, name, revision } => {
            json!({ "type": "write", "verb": verb, "kind": kind, "namespace": &**namespace, "name": &**name, "revision": revision })
        }
        TraceKind::Verdict { pod, node, plugin, reason } => {
            json!({ "type": "verdict", "pod": &**pod, "node": &**node, "plugin": plugin, "reason": &**reason })
        }
        TraceKind::Score { pod, node, total, by_plugin } => {
            json!({ "type": "score", "pod": &**pod, "node": &**node, "total": total, "byPlugin": by_plugin.to_vec() })
        }
        TraceKind::Request { from, to, port, source_port, label, outcome, took } => {
            json!({ "type": "request", "from": &**from, "to": &**to, "port": port, "sourcePort": source_port, "tookSeconds": took.as_secs_f64(), "label": &**label, "outcome": &**outcome })
        }
        TraceKind::ApiRequest { command, method, resource, namespace, name, code, .. } => json!({
            "type": "apiRequest", "command": &**command, "method": method, "resource": &**resource, "namespace": &**namespace,
            "name": &**name, "code": code,
        }),
        TraceKind::Process { place, pid, what } => json!({ "type": "process", "place": &**place, "pid": pid, "what": &**what }),
        other => json!({ "type": "other", "text": format!("{other:?}") }),
    };
    json!({ "seq": event.seq, "atSeconds": event.at.as_nanos() as f64 / 1e9, "actor": &*event.actor, "cause": event.cause, "what": what })
}
