//! The recorded transcripts, compared with what the simulated cluster prints.
#[allow(dead_code)] // the replay uses the rest
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use podground::session::transcript::{self, Item, Kind};
use support::compare::compare;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

/// The transcripts, by name such as `kubectl/pods-get.txt`, in order.
fn transcripts() -> Vec<(String, Vec<Item>)> {
    let mut found = Vec::new();
    for kind in ["kubectl", "shell"] {
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
