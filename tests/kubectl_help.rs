//! `--help` of every verb against what kubectl 1.36 prints, which `kubectl_help/pages.txt` records without its examples
//! (ours are our own). `static/help.txt`, from which kubectl takes its words, is written from that recording.

use podground::cluster::Topology;
use podground::session::Player;
use podground::session::play::Workstation;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

const PAGES: &str = "tests/kubectl_help/pages.txt";
const DIFFERENCES: &str = "tests/kubectl_help/differences.txt";
const WORDS: &str = "static/help.txt";

/// The recorded command lines and what they print.
fn pages() -> Vec<(String, String)> {
    let text = fs::read_to_string(PAGES).expect("the recording");
    let mut pages: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            pages.push((command.to_owned(), String::new()));
        } else if let (Some(line), Some((_, page))) = (line.strip_prefix('|'), pages.last_mut()) {
            *page += line.strip_prefix(' ').unwrap_or(line);
            page.push('\n');
        }
    }
    pages
}

const HEADINGS: [&str; 3] = ["Options:", "Available Commands:", "Usage:"];

/// The page without its examples.
fn without_examples(page: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in page.lines() {
        inside = (inside || line == "Examples:") && !HEADINGS.contains(&line);
        if !inside {
            out += line;
            out.push('\n');
        }
    }
    out.trim_end_matches('\n').to_owned() + "\n"
}

/// `apply view-last-applied` of `kubectl apply view-last-applied --help`.
fn verb(command: &str) -> &str {
    command.trim_start_matches("kubectl").trim_end_matches("--help").trim()
}

/// What a verb is for, up to the first heading.
fn purpose(page: &str) -> String {
    let first = |line: &&str| !HEADINGS.contains(line) && *line != "Aliases:";
    page.lines().take_while(first).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// The flags of a page and their words.
fn flags(page: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in page.lines() {
        if let Some(flag) = line.strip_prefix("    ").filter(|rest| rest.starts_with('-') && rest.ends_with(':')) {
            let name = flag.split_once("--").map_or("", |(_, name)| name);
            found.push((name.split('=').next().unwrap_or_default().to_owned(), String::new()));
        } else if let Some((_, words)) = found.last_mut() {
            if HEADINGS.contains(&line) {
                break;
            }
            *words += line.trim_start_matches('\t');
            words.push('\n');
        }
    }
    for (_, words) in &mut found {
        *words = words.trim_end_matches('\n').replace('\n', "\\n");
    }
    found
}

/// `static/help.txt` as the recording has it.
fn words() -> String {
    let pages = pages();
    let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (_, page) in &pages {
        for (flag, words) in flags(page) {
            *counts.entry(flag).or_default().entry(words).or_default() += 1;
        }
    }
    let usual = |flag: &str| counts[flag].iter().max_by_key(|(_, count)| **count).map(|(words, _)| words.clone()).unwrap_or_default();
    let mut lines: Vec<String> = counts.keys().map(|flag| format!("{flag}\t{}", usual(flag))).collect();
    for (command, page) in &pages {
        let verb = verb(command);
        for (flag, words) in flags(page).into_iter().filter(|(flag, words)| *words != usual(flag)) {
            lines.push(format!("{verb} {flag}\t{words}"));
        }
        if !matches!(verb, "" | "options") {
            lines.push(format!("@{verb}\t{}", purpose(page).replace('\n', "\\n")));
        }
    }
    lines.sort();
    lines.join("\n") + "\n"
}

#[test]
fn the_words_are_those_of_the_recording() {
    let wanted = words();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(WORDS, &wanted).expect("static/help.txt");
    }
    let there = fs::read_to_string(WORDS).expect("static/help.txt");
    assert!(there == wanted, "{WORDS} is not what {PAGES} says: run UPDATE_EXPECT=1 cargo test --test kubectl_help");
}

#[test]
fn every_page_is_kubectl_s() {
    let topology = Topology::built_in("reference").expect("the reference topology");
    let mut player = Player::new(7, &topology, None);
    let known = fs::read_to_string(DIFFERENCES).unwrap_or_default();
    let (mut differing, mut report) = (Vec::new(), String::new());
    for (command, page) in pages() {
        let ours = without_examples(&player.run_aside(&command).stdout);
        if ours != without_examples(&page) {
            let lost = page.lines().filter(|line| !ours.lines().any(|other| other == *line));
            let added = ours.lines().filter(|line| !page.lines().any(|other| other == *line));
            let _ = writeln!(report, "{command}");
            for (sign, line) in lost.map(|line| ('-', line)).chain(added.map(|line| ('+', line))) {
                let _ = writeln!(report, "  {sign} {line}");
            }
            differing.push(command);
        }
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let reason = |command: &str| known.lines().find(|line| line.split('\t').next() == Some(command)).map(str::to_owned);
        let lines: String = differing.iter().map(|command| reason(command).unwrap_or(format!("{command}\t?")) + "\n").collect();
        let head = "# Pages that differ from kubectl's: command TAB reason. The list may only shrink.\n";
        fs::write(DIFFERENCES, format!("{head}{lines}")).expect("the list");
    }
    let listed = |command: &String| known.lines().any(|line| line.split('\t').next() == Some(command));
    let new: Vec<&String> = differing.iter().filter(|command| !listed(command)).collect();
    println!("{report}");
    assert!(new.is_empty(), "{new:?}\n{report}");
}
