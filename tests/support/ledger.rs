//! The list of known failures: it may only shrink.
use std::collections::BTreeMap;

/// Known failures, by `file:line`, each with its reason.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    reasons: BTreeMap<(String, usize), String>,
}

impl Ledger {
    /// Reads lines `file:line TAB reason`; `#` starts a comment.
    pub fn parse(text: &str) -> Result<Ledger, String> {
        let mut ledger = Ledger::default();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let entry = line.split_once('\t').and_then(|(place, reason)| {
                let (file, at) = place.rsplit_once(':')?;
                Some(((file.to_owned(), at.parse().ok()?), reason.trim().to_owned()))
            });
            match entry {
                Some((place, reason)) if !reason.is_empty() => ledger.reasons.insert(place, reason),
                _ => return Err(format!("line {}: not `file:line TAB reason`: {line:?}", number + 1)),
            };
        }
        Ok(ledger)
    }

    /// What is wrong: failures that are not listed, and listed ones that are none any more.
    pub fn faults(&self, failures: &BTreeMap<(String, usize), String>) -> Vec<String> {
        let new = failures.iter().filter(|(place, _)| !self.reasons.contains_key(place));
        let new = new.map(|((file, line), what)| format!("{file}:{line} fails: {what}"));
        let mended = self.reasons.keys().filter(|place| !failures.contains_key(place));
        let mended = mended.map(|(file, line)| format!("{file}:{line} is identical now (or gone): remove it from the list"));
        new.chain(mended).collect()
    }

    /// The list for these failures; a reason that somebody wrote stays.
    pub fn write(&self, failures: &BTreeMap<(String, usize), String>) -> String {
        let line = |((file, line), what): (&(String, usize), &String)| {
            let reason = self.reasons.get(&(file.clone(), *line)).unwrap_or(what);
            format!("{file}:{line}\t{reason}\n")
        };
        failures.iter().map(line).collect()
    }
}

#[test]
fn a_list_may_only_shrink() {
    let ledger = Ledger::parse("# why\na.txt:3\tno such thing\nb.txt:10\tlater\n").expect("a good list");
    let failing = |places: &[(&str, usize)]| places.iter().map(|(file, line)| ((file.to_string(), *line), "x".to_owned())).collect();
    assert_eq!(ledger.faults(&failing(&[("a.txt", 3), ("b.txt", 10)])), [""; 0]);
    assert_eq!(ledger.faults(&failing(&[("a.txt", 3)])), ["b.txt:10 is identical now (or gone): remove it from the list"]);
    assert_eq!(ledger.faults(&failing(&[("a.txt", 3), ("a.txt", 4), ("b.txt", 10)])), ["a.txt:4 fails: x"]);
    assert_eq!(ledger.write(&failing(&[("a.txt", 3), ("a.txt", 4)])), "a.txt:3\tno such thing\na.txt:4\tx\n");
    assert!(Ledger::parse("a.txt\tno line").is_err());
    assert!(Ledger::parse("a.txt:3").is_err());
}
