//! The real kubectl against `podground serve`: it plays every transcript, and prints what our own kubectl prints.
#![cfg(unix)]
mod bridge;
#[path = "bridge/real_kubectl.rs"]
mod real_kubectl;
mod support;
#[path = "bridge/versions.rs"]
mod versions;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use podground::cluster::Topology;
use podground::session::transcript::{self, Item};
use podground::session::{Player, play};
use real_kubectl::Real;
use support::compare::{Difference, compare};
use support::ledger::Ledger;

const LEDGER: &str = "bridge-differences.txt";
const LEDGER_HEAD: &str = "\
# Commands of the transcripts at which the real kubectl, driving podground serve, prints something else than our own:
# file:line TAB reason. UPDATE_EXPECT=1 cargo test --test bridge_kubectl rewrites it; reasons that stand stay.
";
/// The share of commands that must be identical.
const BAR: f64 = 0.99;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

fn transcripts() -> Vec<(String, Vec<Item>)> {
    let only = std::env::var("PODGROUND_ONLY").unwrap_or_default();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder().join("kubectl")).expect("tests/transcripts").flatten() {
        let name = format!("kubectl/{}", entry.file_name().to_string_lossy());
        let text = fs::read_to_string(entry.path()).expect("a transcript");
        if name.contains(&only) {
            found.push((name.clone(), transcript::parse(&text).unwrap_or_else(|fault| panic!("{name}: {fault}"))));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// What both printed, where it differs, and what was recorded.
struct Played {
    total: usize,
    differences: Vec<Difference>,
    /// Lines at which the real one's output is not the recorded one.
    real_differs: Vec<usize>,
    ours_differs: Vec<usize>,
    /// What the real one printed, as a transcript.
    real: String,
}

fn replay((kubectl, minor): (&Path, u32), name: &str, items: &[Item]) -> Played {
    let scratch = std::env::temp_dir().join(format!("podground-bridge-{}-{}", std::process::id(), name.replace('/', "-")));
    let topology = Topology::built_in("reference").expect("the recorded cluster's topology");
    let ours = play::play(items, |shell| Player::new(1, &topology, shell)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    let real = play::play(items, |_| Real::new(kubectl, &scratch)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    let lines = |played: &[Item]| compare(played, items).differences.iter().map(|found| found.line).collect();
    let mut both = compare(&real, &ours);
    both.differences.retain(|found| !versions::same(&found.recorded, &found.played, minor));
    let (real_differs, ours_differs) = (lines(&real), lines(&ours));
    Played { total: both.total, differences: both.differences, real_differs, ours_differs, real: transcript::write(&real) }
}

fn replay_all(kubectl: (&Path, u32), transcripts: &[(String, Vec<Item>)]) -> BTreeMap<String, Played> {
    let queue = Mutex::new(transcripts.iter());
    let results = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("the queue").next();
                    let Some((name, items)) = next else { break };
                    let played = replay(kubectl, name, items);
                    results.lock().expect("the results").insert(name.clone(), played);
                }
            });
        }
    });
    results.into_inner().expect("the results")
}

/// Every difference in full, with whose output was recorded.
fn details(results: &BTreeMap<String, Played>) -> String {
    let mut text = String::new();
    for (name, played) in results {
        for found in &played.differences {
            let whose = match (played.real_differs.contains(&found.line), played.ours_differs.contains(&found.line)) {
                (false, true) => "the real one prints what was recorded",
                (true, false) => "ours prints what was recorded",
                (true, true) => "neither prints what was recorded",
                (false, false) => "both print what was recorded",
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "== {name}:{} {whose}", found.line);
            for (side, lines) in [("ours", &found.recorded), ("real", &found.played)] {
                for line in lines {
                    let _ = writeln!(text, "{side} {line}");
                }
            }
        }
    }
    text
}

#[test]
fn the_control_endpoints_do_what_they_say() {
    let server = bridge::Server::start(&["--speed", "0", "--start", "2026-01-31T12:00:00Z"]);
    let clock = || server.ask("GET", "/podground/time", "").1;
    assert!(clock().contains("\"now\":\"2026-01-31T12:00:00Z\""), "{}", clock());
    server.advance(90_000);
    assert!(clock().contains("\"now\":\"2026-01-31T12:01:30Z\""), "{}", clock());
    let (code, body) = server.ask("POST", "/podground/faults", r#"{"order":"power node-2"}"#);
    assert_eq!((code, body.trim()), (200, r#"{"faults":["power node-2"]}"#));
    assert_eq!(server.ask("POST", "/podground/faults", r#"{"order":"burn node-2"}"#).0, 400);
    server.advance(60_000);
    assert!(server.ask("GET", "/api/v1/nodes/node-2", "").1.contains("NodeStatusUnknown"));
    let (code, body) = server.ask("GET", "/podground/trace?limit=5", "");
    assert!(code == 200 && body.contains("\"digest\""), "{body}");
    let (code, body) = server.ask("POST", "/podground/reset", r#"{"topology":"single"}"#);
    assert!(code == 200 && body.contains("12:00:00Z"), "{body}");
    assert_eq!(server.ask("GET", "/api/v1/nodes/node-2", "").0, 404);
    assert_eq!(server.ask("POST", "/podground/time", r#"{"speed":-1}"#).0, 400);
    assert_eq!(server.ask("DELETE", "/podground/time", "").0, 405);
    // Others than this machine's own clients stay out.
    let foreign = [("Origin", "https://evil.example")];
    assert_eq!(server.ask_with("GET", "/version", &foreign, "").0, 403);
    let protobuf = [("Accept", "application/vnd.kubernetes.protobuf")];
    assert_eq!(server.ask_with("GET", "/api/v1/pods", &protobuf, "").0, 406);
}

/// Plays the scripts of a folder (`PODGROUND_SCRIPTS`): what differs goes to `differences.txt` there, and beside each
/// script what the real one printed, for tests/transcripts/corners.
#[test]
fn scripts_are_played_by_both() {
    let (Some(folder), Some(kubectl)) = (std::env::var_os("PODGROUND_SCRIPTS").map(PathBuf::from), real_kubectl::find()) else {
        return;
    };
    let only = std::env::var("PODGROUND_ONLY").unwrap_or_default();
    let mut scripts = Vec::new();
    for entry in fs::read_dir(&folder).expect("a folder of scripts").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".script") && name.contains(&only) {
            let text = fs::read_to_string(entry.path()).expect("a script");
            scripts.push((name.clone(), transcript::parse(&text).unwrap_or_else(|fault| panic!("{name}: {fault}"))));
        }
    }
    let results = replay_all((&kubectl.0, kubectl.1), &scripts);
    for (name, played) in &results {
        fs::write(folder.join(name).with_extension("real"), &played.real).expect("the real output");
        let line = format!("{name}: {} of {} differ\n", played.differences.len(), played.total);
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    fs::write(folder.join("differences.txt"), details(&results)).expect("the details are written");
}

#[test]
fn the_real_kubectl_prints_what_ours_prints() {
    let Some((kubectl, minor)) = real_kubectl::find() else {
        eprintln!("skipped: no kubectl of version 1.30 or newer is on PATH");
        return;
    };
    let results = replay_all((&kubectl, minor), &transcripts());
    let total: usize = results.values().map(|played| played.total).sum();
    let different: usize = results.values().map(|played| played.differences.len()).sum();
    let share = (total - different) as f64 / total.max(1) as f64;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bridge-differences.txt");
    fs::write(&file, details(&results)).expect("the details are written");
    // Past the test harness, which keeps what passing tests print to itself.
    let line = format!(
        "bridge: kubectl 1.{minor}: {} of {total} commands identical, {:.2}%; differences in {}\n",
        total - different,
        share * 100.0,
        file.display()
    );
    let _ = std::io::stderr().write_all(line.as_bytes());
    let failures: BTreeMap<(String, usize), String> = results
        .iter()
        .flat_map(|(name, played)| played.differences.iter().map(|found| ((name.clone(), found.line), found.in_short())))
        .collect();
    let list = folder().join(LEDGER);
    let ledger = Ledger::parse(&fs::read_to_string(&list).unwrap_or_default()).unwrap_or_else(|fault| panic!("{LEDGER}: {fault}"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&list, format!("{LEDGER_HEAD}{}", ledger.write(&failures))).expect("the list is written");
        return;
    }
    let faults = ledger.faults(&failures);
    for fault in &faults {
        let _ = std::io::stderr().write_all(format!("bridge: {fault}\n").as_bytes());
    }
    // Those that are listed, with a reason, are known.
    let unknown = faults.iter().filter(|fault| fault.contains(" fails: ")).count();
    let share = (total - unknown) as f64 / total.max(1) as f64;
    assert!(share >= BAR, "{:.2}% identical or known, less than {:.0}%", share * 100.0, BAR * 100.0);
}
