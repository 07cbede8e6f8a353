//! kubectl on broken command lines: every recorded one cut at its words and with a letter changed. It never panics and
//! always ends; and every verb is in a transcript or in the list of those that are not.

use podground::cluster::Topology;
use podground::kubectl;
use podground::session::Player;
use podground::session::play::Workstation;
use podground::session::transcript::{self, Kind};
use std::collections::BTreeSet;
use std::fs;

/// kubectl's recorded command lines, each once.
fn lines() -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for entry in fs::read_dir("tests/transcripts/kubectl").expect("transcripts").flatten() {
        let text = fs::read_to_string(entry.path()).expect("a transcript");
        for item in transcript::parse(&text).expect("a good transcript") {
            if let Kind::Command { text, .. } = item.kind
                && text.starts_with("kubectl ")
                && !text.contains(['|', '>', '<', '$', '`', '"', '\'', '\n', '(', ')', '&', ';', '*'])
            {
                lines.insert(text);
            }
        }
    }
    lines
}

/// The line cut after each of its words, and with one letter changed.
fn broken(line: &str, turn: usize) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let mut all: Vec<String> = (1..words.len()).map(|n| words[..n].join(" ")).collect();
    let letters: Vec<usize> = line.char_indices().filter(|(i, c)| *i > 8 && c.is_ascii_alphanumeric()).map(|(i, _)| i).collect();
    if let Some(at) = letters.get(turn % letters.len().max(1)) {
        let mut changed = line.to_owned();
        changed.replace_range(*at..=*at, "x");
        all.push(changed);
    }
    all
}

#[test]
fn broken_lines_end_with_an_exit_code() {
    let topology = Topology::built_in("reference").expect("the reference topology");
    let mut player = Player::new(7, &topology, None);
    player.run_aside("kubectl run kubia --image=nginx; kubectl create deployment web --image=nginx");
    player.sleep(5_000);
    let mut tried = BTreeSet::new();
    for (turn, line) in lines().iter().enumerate() {
        for line in broken(line, turn) {
            // These would wait for a change that never comes.
            let waits = ["port-forward", "watch", " -w", " -f", "--follow", " wait ", "drain", "delete"].iter().any(|w| line.contains(w));
            if !waits && tried.insert(line.clone()) {
                let outcome = player.run_aside(&line);
                assert!(outcome.status >= 0, "{line}");
                assert!(outcome.status == 0 || !outcome.stderr.is_empty() || outcome.status == 1, "{line}: {}", outcome.status);
            }
        }
    }
    assert!(tried.len() > 800, "only {} lines", tried.len());
}

/// Verbs that no open transcript uses.
const WITHOUT_TRANSCRIPT: &[&str] =
    &["attach", "certificate", "completion", "cp", "debug", "edit", "kuberc", "kustomize", "options", "plugin", "proxy", "version"];

#[test]
fn every_verb_is_in_a_transcript() {
    let used: BTreeSet<String> = lines_of_all().iter().filter_map(|l| l.split(' ').nth(1).map(str::to_owned)).collect();
    let verbs: BTreeSet<String> = kubectl::names().into_iter().filter(|name| !name.contains(' ')).collect();
    let missing: Vec<&String> = verbs.iter().filter(|v| !used.contains(*v)).collect();
    assert_eq!(missing, WITHOUT_TRANSCRIPT, "a verb needs a transcript, or a line in the list of those without");
}

fn lines_of_all() -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for entry in fs::read_dir("tests/transcripts/kubectl").expect("transcripts").flatten() {
        let text = fs::read_to_string(entry.path()).expect("a transcript");
        lines.extend(text.lines().filter_map(|l| l.strip_prefix("$ ")).filter(|l| l.starts_with("kubectl ")).map(str::to_owned));
    }
    lines
}
