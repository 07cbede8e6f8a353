//! Bodies that are made to break a server: each is refused at once, and with little memory.
//!
//! The time is printed, and held to its limit in an optimised build only (`cargo test --release --test bombs`).
#![allow(clippy::disallowed_types, reason = "this measures wall time; the engine never does")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

mod corpus;
use corpus::cluster::{ask, plain};
use podground::apiserver::Method;

/// Counts what is allocated, and the most that it was.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What a refusal may take where the code is optimised.
const LIMIT: Duration = Duration::from_millis(50);
const LIMIT_BYTES: usize = 64 * 1024 * 1024;

fn alias_bomb() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    text + "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
}

fn merge_bomb() -> String {
    let mut text = "a0: &a0 {k: v}\n".to_string();
    for level in 1..400 {
        text.push_str(&format!("a{level}: &a{level} {{<<: [*a{p}, *a{p}], k{level}: v}}\n", p = level - 1));
    }
    text + "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
}

fn pod(container: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"x"}},"spec":{{"containers":[{{"name":"c","image":"i",{container}}}]}}}}"#
    )
}

fn config_map(rest: &str) -> String {
    format!(r#"{{"apiVersion":"v1","kind":"ConfigMap",{rest}}}"#)
}

fn bombs() -> Vec<(&'static str, &'static str, String)> {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let digits = "9".repeat(1_000_000);
    let (json, yaml) = ("application/json", "application/yaml");
    let many = |count: usize, of: fn(usize) -> String| (0..count).map(of).collect::<Vec<_>>().join(",");
    vec![
        ("alias bomb", yaml, alias_bomb()),
        ("merge bomb", yaml, merge_bomb()),
        ("deep JSON lists", json, deep("[", "]")),
        ("deep JSON objects", json, r#"{"a":"#.repeat(100_000) + "1" + &"}".repeat(100_000)),
        ("deep JSON in a known object", json, pod(&format!(r#""x":{}"#, deep("[", "]")))),
        ("deep JSON, never closed", json, "[".repeat(100_000)),
        ("deep YAML flow", yaml, deep("[", "]")),
        ("deep YAML flow maps", yaml, "{a: ".repeat(100_000)),
        ("deep YAML block", yaml, (0..1_500).map(|n| format!("{}a:\n", " ".repeat(n))).collect()),
        ("deep YAML sequence", yaml, "- ".repeat(100_000)),
        ("a number of a million digits", json, pod(&format!(r#""ports":[{{"containerPort":{digits}}}]"#))),
        ("a float of a million digits", json, pod(&format!(r#""ports":[{{"containerPort":0.{digits}}}]"#))),
        ("a quantity of a million digits", json, pod(&format!(r#""resources":{{"limits":{{"cpu":"{digits}"}}}}"#))),
        ("a bare quantity of a million digits", json, pod(&format!(r#""resources":{{"limits":{{"cpu":{digits}}}}}"#))),
        ("a fraction of a million digits", json, pod(&format!(r#""resources":{{"limits":{{"cpu":"0.{digits}x"}}}}"#))),
        ("a YAML number of a million digits", yaml, format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: x, generation: {digits}}}\n")),
        ("three megabytes and one", json, config_map(&format!(r#""data":{{"a":"{}"}}"#, "x".repeat(3 << 20)))),
        ("a million braces", yaml, "{".repeat(1_000_000)),
        ("a name of a megabyte", json, config_map(&format!(r#""metadata":{{"name":"{}"}}"#, "-".repeat(1 << 20)))),
        ("a hundred thousand unknown fields", json, config_map(&many(100_000, |n| format!("\"f{n}\":1")))),
        (
            "many bad labels",
            json,
            config_map(&format!(r#""metadata":{{"name":"x","labels":{{{}}}}}"#, many(2_000, |n| format!("\"-{n}\":\"-\"")))),
        ),
        ("only backslashes", json, format!("\"{}\"", "\\\\".repeat(700_000))),
    ]
}

#[test]
fn bombs_are_refused_at_once() {
    let server = plain(&[]);
    let mut slow = Vec::new();
    for (name, content_type, body) in bombs() {
        let plural = if body.contains("ConfigMap") { "configmaps" } else { "pods" };
        let path = format!("/api/v1/namespaces/default/{plural}?fieldValidation=Strict");
        let before = NOW.load(Relaxed);
        PEAK.store(before, Relaxed);
        let start = Instant::now();
        let answer = ask(&server, Method::Post, &path, Some((content_type, &body)), &[]);
        let (took, used) = (start.elapsed(), PEAK.load(Relaxed) - before);
        println!("{name}: {} in {took:?} with {} KiB", answer.code, used / 1024);
        assert!((400..500).contains(&answer.code), "{name}: {} {}", answer.code, answer.text.chars().take(200).collect::<String>());
        if used > LIMIT_BYTES || (took > LIMIT && !cfg!(debug_assertions)) {
            slow.push(format!("{name}: {took:?}, {} KiB", used / 1024));
        }
    }
    assert!(slow.is_empty(), "{slow:#?}");
}
