//! Sets the volatile values of recorded output aside, so that two runs can be compared to the byte.
//!
//! Set aside: uids; times; resource versions; ages; pod addresses; service addresses other than 10.96.0.1 and
//! 10.96.0.10; node ports; container IDs and digests; hashes of replica sets (numbered through the file); random suffixes
//! (numbered within one command; not numbered in tables of events); names of events; pull durations; and under
//! `@ any-node` nodes and their addresses. Runs of spaces count as one only where a volatile value stood, or in its table.
use std::collections::BTreeMap;

use podground::session::transcript::{Item, Kind, Outcome};

use super::rules::{self, Patterns, Rule, substitute};

const NO_NEWLINE: &str = "\\ no newline at the end";

/// How a file is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Kubectl { any_node: bool },
    Shell,
}

impl Mode {
    /// As the directives of a transcript say.
    pub fn of(items: &[Item]) -> Mode {
        let says = |what: &dyn Fn(&str) -> bool| items.iter().any(|item| matches!(&item.kind, Kind::Directive(text) if what(text)));
        if says(&|text| text.starts_with("shell ")) {
            return Mode::Shell;
        }
        Mode::Kubectl { any_node: says(&|text| text == "any-node") }
    }
}

/// Normalises the commands of one side of one file, in order.
pub struct Normaliser {
    mode: Mode,
    rules: Vec<Rule>,
    patterns: Patterns,
    hashes: BTreeMap<String, String>,
    suffixes: BTreeMap<String, String>,
    in_events: bool,
}

impl Normaliser {
    pub fn new(mode: Mode) -> Normaliser {
        Normaliser {
            mode,
            rules: if mode == Mode::Shell { rules::shell() } else { rules::kubectl() },
            patterns: Patterns::new(),
            hashes: BTreeMap::new(),
            suffixes: BTreeMap::new(),
            in_events: false,
        }
    }

    /// The lines to compare of one command: stdout, stderr, status.
    pub fn command(&mut self, result: &Outcome) -> Vec<String> {
        self.suffixes.clear();
        let mut lines: Vec<String> = self.stream(&result.stdout).into_iter().map(|line| format!("| {line}")).collect();
        lines.extend(self.stream(&result.stderr).into_iter().map(|line| format!("! {line}")));
        if result.status != 0 {
            lines.push(format!("? {}", result.status));
        }
        lines
    }

    fn stream(&mut self, text: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        let whole = text.strip_suffix('\n');
        let raw: Vec<&str> = whole.unwrap_or(text).split('\n').collect();
        let mut lines = match self.mode {
            Mode::Shell => raw.iter().map(|line| self.rules.iter().fold((*line).to_owned(), |line, rule| rule.apply(&line))).collect(),
            Mode::Kubectl { .. } => self.kubectl_lines(&raw),
        };
        if whole.is_none() {
            lines.push(NO_NEWLINE.to_owned());
        }
        lines
    }

    /// Normalises lines that may hold tables; a table in which a value changed loses its alignment.
    fn kubectl_lines(&mut self, raw: &[&str]) -> Vec<String> {
        self.in_events = false;
        let (mut table, mut tables, mut indented, mut dump) = (0, 0, false, false);
        let mut lines = Vec::with_capacity(raw.len());
        for line in raw {
            let blank = line.trim().is_empty();
            if blank || (table != 0 && indented && !line.starts_with(' ')) {
                table = 0;
                self.in_events = false;
            }
            if table == 0 && !blank {
                let events = self.patterns.events_header.is_match(line);
                indented = events || self.patterns.pods_header.is_match(line);
                if indented || self.patterns.header.is_match(line) {
                    tables += 1;
                    table = tables;
                    self.in_events = events || line.starts_with("LAST SEEN");
                }
            }
            let (mut normalised, mut changed) = self.line(line);
            if dump && !blank {
                // The whole object, managedFields and all, in Go's notation.
                (normalised, changed) = ("\t<OBJECT>".to_owned(), true);
            }
            let opens = ["given to jsonpath engine was:", "given to template engine was:"];
            dump = opens.iter().any(|end| line.trim_end().ends_with(end)) || (dump && blank);
            lines.push((normalised, changed, table));
        }
        let volatile: Vec<usize> = lines.iter().filter(|(_, changed, table)| *changed && *table != 0).map(|(_, _, table)| *table).collect();
        lines
            .into_iter()
            .map(|(line, changed, table)| if changed || volatile.contains(&table) { self.squeeze(&line) } else { line })
            .collect()
    }

    /// One space for a run of them, the indentation kept.
    fn squeeze(&self, line: &str) -> String {
        let (indentation, rest) = line.split_at(line.len() - line.trim_start().len());
        let rest = substitute(&self.patterns.spaces, rest, |_, _| Some(" ".to_owned()));
        format!("{indentation}{}", rest.trim_end())
    }

    /// A line with its volatile values replaced, and whether there were any.
    fn line(&mut self, original: &str) -> (String, bool) {
        let line = self.rules.iter().fold(original.to_owned(), |line, rule| rule.apply(&line));
        let patterns = &self.patterns;
        let (hashes, suffixes, in_events) = (&mut self.hashes, &mut self.suffixes, self.in_events);
        let mut suffix = |text: &str| if in_events { "<S>".to_owned() } else { numbered(suffixes, text, 'S') };
        let line = substitute(&patterns.pod, &line, |_, captures| {
            let (hash, end) = captures[1].split_once('-')?;
            Some(format!("{}-{}", numbered(hashes, hash, 'H'), suffix(end)))
        });
        let line = substitute(&patterns.hash, &line, |_, captures| Some(numbered(hashes, &captures[1], 'H')));
        let line = substitute(&patterns.hash_cell, &line, |_, captures| hashes.get(&captures[1]).cloned());
        let mut line = substitute(&patterns.suffix, &line, |_, captures| Some(suffix(&captures[1])));
        if self.mode == (Mode::Kubectl { any_node: true }) {
            let is_apart = |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
            line = substitute(&patterns.node, &line, |before, _| is_apart(before).then(|| "<NODE>".to_owned()));
            line = substitute(&patterns.node_ip, &line, |_, _| Some("<NODEIP>".to_owned()));
        }
        let changed = line != original;
        (line, changed)
    }

    /// Rows that are sorted by a generated name stand in random order: when several generated names occur, the lines as a
    /// multiset with their numbers dropped. So too for commands that print in a random order. None: order counts.
    pub fn unordered(&self, lines: &[String], command: &str) -> Option<Vec<String>> {
        let patterns = &self.patterns;
        let distinct = |pattern: &regex_lite::Regex| {
            let mut found: Vec<&str> = lines.iter().flat_map(|line| pattern.find_iter(line)).map(|found| found.as_str()).collect();
            found.sort_unstable();
            found.dedup();
            found.len()
        };
        let several = distinct(&patterns.numbered_suffix) >= 2 || distinct(&patterns.numbered_hash) >= 2;
        if !several && !patterns.random_order.is_match(command) {
            return None;
        }
        let unnumbered = |line: &String| {
            let line = patterns.numbered_suffix.replace_all(line, "<S>");
            patterns.numbered_hash.replace_all(&line, "<H>").into_owned()
        };
        let mut lines: Vec<String> = lines.iter().map(unnumbered).collect();
        lines.sort();
        Some(lines)
    }
}

/// The placeholder of a value: the same for the same value, numbered in order of appearance.
fn numbered(seen: &mut BTreeMap<String, String>, value: &str, kind: char) -> String {
    let next = format!("<{kind}{}>", seen.len() + 1);
    seen.entry(value.to_owned()).or_insert(next).clone()
}
