//! The recorded transcripts, replayed on the simulated cluster and compared with what the real tools printed.
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use podground::cluster::Topology;
use podground::session::transcript::{self, Item, Kind};
use podground::session::{Player, play};
use support::compare::{Comparison, compare};
use support::ledger::Ledger;

/// The cluster that was recorded.
const TOPOLOGY: &str = "reference";
const SEED: u64 = 1;
const LEDGER: &str = "known-failures.txt";
const LEDGER_HEAD: &str = "\
# Commands of the transcripts whose output is known to differ: file:line TAB reason. The list may only shrink.
# UPDATE_EXPECT=1 cargo test --test transcripts rewrites it; reasons that stand stay.
";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

/// The transcripts, by name such as `kubectl/pods-get.txt`, in order.
fn transcripts() -> Vec<(String, Vec<Item>)> {
    let mut found = Vec::new();
    for kind in ["corners", "kubectl", "shell", "debian"] {
        let entries = fs::read_dir(folder().join(kind)).expect("tests/transcripts");
        for entry in entries.flatten() {
            let name = format!("{kind}/{}", entry.file_name().to_string_lossy());
            let text = fs::read_to_string(entry.path()).expect("a transcript");
            let items = transcript::parse(&text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            found.push((name, items));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn kinds(items: &[Item]) -> Vec<&Kind> {
    items.iter().map(|item| &item.kind).collect()
}

#[test]
fn every_transcript_is_written_as_it_was_read() {
    for (name, items) in transcripts() {
        let again = transcript::parse(&transcript::write(&items)).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(kinds(&again), kinds(&items), "{name}");
    }
}

#[test]
fn every_transcript_is_identical_with_itself() {
    for (name, items) in transcripts() {
        let comparison = compare(&items, &items);
        assert!(comparison.total > 0, "{name} has no commands");
        assert!(comparison.differences.is_empty(), "{name}: {:?}", comparison.differences);
    }
}

/// Plays a transcript on a fresh cluster; what a panic (always our bug) leaves unplayed counts as different.
fn replay(name: &str, items: &[Item]) -> Comparison {
    let topology = Topology::built_in(TOPOLOGY).expect("the recorded cluster's topology");
    let played = std::panic::catch_unwind(|| play::play(items, |shell| Player::new(SEED, &topology, shell)));
    let played = match played {
        Ok(played) => played.unwrap_or_else(|fault| panic!("{name}: {fault}")),
        Err(_) => Vec::new(),
    };
    compare(&played, items)
}

/// Replays all, on every processor.
fn replay_all(transcripts: &[(String, Vec<Item>)]) -> BTreeMap<String, Comparison> {
    let queue = Mutex::new(transcripts.iter());
    let results = Mutex::new(BTreeMap::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("the queue").next();
                    let Some((name, items)) = next else { break };
                    let comparison = replay(name, items);
                    results.lock().expect("the results").insert(name.clone(), comparison);
                }
            });
        }
    });
    results.into_inner().expect("the results")
}

/// `kubectl/pods-get-wide.txt` is of the topic `kubectl/pods`, `shell/awk-3.txt` of `shell/awk`.
fn topic(name: &str) -> &str {
    let end = match name.strip_prefix("shell/") {
        Some(_) => name.rfind('-'),
        None => name.find('-'),
    };
    &name[..end.unwrap_or(name.len())]
}

/// The share of identical commands by topic.
fn report(results: &BTreeMap<String, Comparison>) -> String {
    let mut topics: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (name, comparison) in results {
        let identical = comparison.total - comparison.differences.len();
        for group in [topic(name), &name[..name.find('/').unwrap_or(0)]] {
            let (same, total) = topics.entry(group).or_default();
            *same += identical;
            *total += comparison.total;
        }
    }
    let line = |(topic, (same, total)): (&&str, &(usize, usize))| {
        let share = *same as f64 / (*total).max(1) as f64 * 100.0;
        format!("transcripts: {topic:18} {same:4} of {total:4} identical  {share:5.1}%\n")
    };
    topics.iter().map(line).collect()
}

#[test]
fn the_simulated_cluster_prints_what_the_real_one_printed() {
    let results = replay_all(&transcripts());
    // Past the test harness, which keeps what passing tests print to itself.
    let _ = std::io::stderr().write_all(report(&results).as_bytes());
    let failures: BTreeMap<(String, usize), String> = results
        .iter()
        .flat_map(|(name, comparison)| comparison.differences.iter().map(|found| ((name.clone(), found.line), found.in_short())))
        .collect();
    let list = folder().join(LEDGER);
    let ledger = Ledger::parse(&fs::read_to_string(&list).unwrap_or_default()).unwrap_or_else(|fault| panic!("{LEDGER}: {fault}"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&list, format!("{LEDGER_HEAD}{}", ledger.write(&failures))).expect("the list is written");
        return;
    }
    let faults = ledger.faults(&failures);
    assert!(faults.is_empty(), "\n{}\n(UPDATE_EXPECT=1 rewrites tests/transcripts/{LEDGER})\n", faults.join("\n"));
}
