//! Compares a played transcript with the recorded one.
use podground::session::transcript::{Item, Kind, Outcome};

use super::normalise::{Mode, Normaliser};

/// The commands that were compared.
#[derive(Debug, Default)]
pub struct Comparison {
    pub total: usize,
    pub differences: Vec<Difference>,
}

/// A command whose result differs.
#[derive(Debug)]
pub struct Difference {
    /// Of the command, in the recorded file.
    pub line: usize,
    pub recorded: Vec<String>,
    pub played: Vec<String>,
}

impl Difference {
    /// The first line that differs, of both sides, on one line.
    pub fn in_short(&self) -> String {
        let at = self.recorded.iter().zip(&self.played).take_while(|(recorded, played)| recorded == played).count();
        let side = |lines: &[String]| lines.get(at).map_or("(nothing)".to_owned(), |line| shortened(line));
        format!("recorded {}  got {}", side(&self.recorded), side(&self.played))
    }
}

fn shortened(line: &str) -> String {
    const LONGEST: usize = 90;
    let line = line.replace('\t', " ");
    if line.chars().count() <= LONGEST { line } else { line.chars().take(LONGEST).chain(['…']).collect() }
}

/// The commands of a transcript with their lines; those under `@ loose` marked.
fn commands(items: &[Item]) -> Vec<(usize, &str, &Outcome, bool)> {
    let mut found = Vec::new();
    let mut loose = false;
    for item in items {
        match &item.kind {
            Kind::Directive(text) if text == "loose" => loose = true,
            Kind::Command { text, result } => found.push((item.line, text.as_str(), result, std::mem::take(&mut loose))),
            _ => {}
        }
    }
    found
}

/// Compares command by command; what counts is the commands of `recorded`.
pub fn compare(played: &[Item], recorded: &[Item]) -> Comparison {
    let mode = Mode::of(recorded);
    let (mut ours, mut theirs) = (Normaliser::new(mode), Normaliser::new(mode));
    let played = commands(played);
    let mut comparison = Comparison::default();
    for (index, (line, command, result, loose)) in commands(recorded).into_iter().enumerate() {
        let expected = theirs.command(result);
        let got = played.get(index).map(|(_, _, result, _)| ours.command(result)).unwrap_or_default();
        if loose {
            continue;
        }
        comparison.total += 1;
        let same =
            expected == got || theirs.unordered(&expected, command).is_some_and(|expected| Some(expected) == ours.unordered(&got, command));
        if !same {
            comparison.differences.push(Difference { line, recorded: expected, played: got });
        }
    }
    comparison
}

#[cfg(test)]
mod tests {
    use super::*;
    use podground::session::transcript::parse;

    /// Whether the outputs of one command are the same to the comparer.
    fn same(ours: &str, theirs: &str) -> bool {
        let items = |output: &str| parse(&format!("$ kubectl get x\n{output}")).expect("a transcript");
        compare(&items(ours), &items(theirs)).differences.is_empty()
    }

    #[test]
    fn what_differs_is_seen() {
        assert!(same("| pod/a created\n", "| pod/a created\n"));
        assert!(!same("| pod/a created\n", "| pod/b created\n"));
        assert!(!same("| pod/a created\n", "! pod/a created\n"));
        assert!(!same("| pod/a created\n", "| pod/a created\n? 1\n"));
        assert!(!same("| pod/a created\n", "| pod/a created\n\\ |\n"));
        assert!(!same("| two  spaces\n", "| two spaces\n"));
        assert!(!same("", "| pod/a created\n"));
    }

    #[test]
    fn volatile_values_are_set_aside_and_nothing_else() {
        assert!(same("| NAME   AGE\n| a      5s\n", "| NAME   AGE\n| a      2m10s\n"));
        assert!(same("| NAME   A     B\n| a      5s    6s\n", "| NAME   A     B\n| a      2m10s   7s\n"));
        assert!(!same("| NAME   AGE\n| a      5s\n", "| NAME   AGE\n| b      5s\n"));
        assert!(same("| IP: 10.244.0.3\n", "| IP: 10.244.2.17\n"));
        assert!(!same("| IP: 10.96.0.1\n", "| IP: 10.96.0.10\n"));
        assert!(same("| IP: 10.96.0.13\n", "| IP: 10.103.7.1\n"));
        assert!(same("| a-7d4b9c6f5-x2vbn a-7d4b9c6f5-x2vbn\n", "| a-58f4c7d96-qqz7p a-58f4c7d96-qqz7p\n"));
        assert!(!same("| a-7d4b9c6f5-x2vbn a-7d4b9c6f5-x2vbn\n", "| a-7d4b9c6f5-x2vbn a-7d4b9c6f5-qqz7p\n"));
        assert!(!same("| node node-1\n", "| node node-2\n"));
        let any_node = |text: &str| parse(&format!("@ any-node\n$ x\n| on {text}\n")).expect("a transcript");
        assert!(compare(&any_node("node-1"), &any_node("node-2")).differences.is_empty());
        assert!(!compare(&any_node("node-1"), &any_node("node-10")).differences.is_empty());
    }

    #[test]
    fn lines_ordered_by_random_names_may_stand_in_any_order() {
        let rows = ["| a-7d4b9c6f5-x2vbn   1\n| a-7d4b9c6f5-zzz7p   0\n", "| a-7d4b9c6f5-bbb7p   0\n| a-7d4b9c6f5-vvv7p   1\n"];
        assert!(same(rows[0], rows[1]));
        assert!(!same(rows[0], "| a-7d4b9c6f5-bbb7p   0\n| a-7d4b9c6f5-vvv7p   0\n"));
        assert!(!same("| b\n| a\n", "| a\n| b\n"));
    }
}
