//! Reading recorded cases and comparing them, one loop for all corpora.
#[allow(dead_code)]
pub mod cluster;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpora")
}

/// A file of the corpora.
pub fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).expect("corpus file")
}

/// A JSON file of the corpora.
#[allow(dead_code)]
pub fn json(name: &str) -> Value {
    serde_json::from_str(&read(name)).expect("corpus JSON")
}

/// The cases of a corpus, one a line.
#[allow(dead_code)]
pub fn cases(name: &str) -> Vec<Value> {
    read(name).lines().map(|line| serde_json::from_str(line).expect("corpus line")).collect()
}

/// Text of a field, or nothing.
#[allow(dead_code)]
pub fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case.get(field).and_then(Value::as_str).unwrap_or("")
}

/// What `tests/corpora/known-failures.NAME.txt` lists: an id and a reason a line.
#[allow(dead_code)]
fn known_failures(name: &str) -> BTreeMap<String, String> {
    let path = folder().join(format!("known-failures.{name}.txt"));
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .filter_map(|line| line.split_once(' '))
        .map(|(id, reason)| (id.to_string(), reason.to_string()))
        .collect()
}

/// Runs `check` over the cases (`Ok(false)` skips one), prints the share and fails on what is not listed as known.
#[allow(dead_code)]
pub fn run(name: &str, cases: &[Value], check: impl Fn(&Value) -> Result<bool, String>) {
    let known = known_failures(name);
    let (mut passed, mut failed) = (0, BTreeSet::new());
    let mut report = String::new();
    let show = std::env::var("SHOW").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    for case in cases {
        let id = text(case, "id").to_string();
        match check(case) {
            Ok(true) => passed += 1,
            Ok(false) => {}
            Err(difference) => {
                if !known.contains_key(&id) && report.lines().count() < show * 6 {
                    report.push_str(&format!("{id} [{}]: {difference}\n", text(case, "category")));
                }
                failed.insert(id);
            }
        }
    }
    let total = passed + failed.len();
    let share = 100.0 * passed as f64 / total.max(1) as f64;
    println!("{name}: {passed} of {total} ({share:.1}%), {} known failures", known.len());
    let fresh: Vec<_> = failed.iter().filter(|id| !known.contains_key(*id)).collect();
    let mended: Vec<_> = known.keys().filter(|id| !failed.contains(*id)).collect();
    assert!(fresh.is_empty(), "{name}: {} new failures\n{report}", fresh.len());
    assert!(mended.is_empty(), "{name}: listed as failing, but fine: {mended:?}");
}

/// `${repeat:x:N}` in a request's body stands for N times `x`.
#[allow(dead_code)]
pub fn expand(body: &str) -> String {
    let mut out = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("${repeat:") {
        let (inside, behind) = after.split_once('}').expect("a macro's end");
        let (piece, count) = inside.rsplit_once(':').expect("a macro's count");
        out.push_str(before);
        out.push_str(&piece.repeat(count.parse().expect("a number")));
        rest = behind;
    }
    out + rest
}
