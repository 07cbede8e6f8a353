//! Hunks of `diff -u` with three lines of context.

const CONTEXT: usize = 3;
/// Longer texts than this are compared as one hunk.
const LINE_LIMIT: usize = 4000;

/// One step from the old text to the new.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Same,
    Removed,
    Added,
}

/// The hunks, each with its head.
pub fn hunks(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let steps = script(&old, &new);
    let changes: Vec<usize> = steps.iter().enumerate().filter(|(_, s)| **s != Step::Same).map(|(i, _)| i).collect();
    let mut out = String::new();
    let mut at = 0;
    while let Some(&first) = changes.get(at) {
        let mut last = first;
        while let Some(&next) = changes.get(at) {
            if next > last + 2 * CONTEXT + 1 {
                break;
            }
            last = next;
            at += 1;
        }
        let (from, to) = (first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(steps.len()));
        hunk(&mut out, &old, &new, &steps, from, to);
    }
    out
}

fn hunk(out: &mut String, old: &[&str], new: &[&str], steps: &[Step], from: usize, to: usize) {
    let count = |range: &[Step], not: Step| range.iter().filter(|s| **s != not).count();
    let (mut i, mut j) = (count(&steps[..from], Step::Added), count(&steps[..from], Step::Removed));
    let (olds, news) = (count(&steps[from..to], Step::Added), count(&steps[from..to], Step::Removed));
    let range = |start: usize, length: usize| match length {
        0 => format!("{start},0"),
        1 => (start + 1).to_string(),
        _ => format!("{},{length}", start + 1),
    };
    out.push_str(&format!("@@ -{} +{} @@\n", range(i, olds), range(j, news)));
    for step in &steps[from..to] {
        let (mark, line) = match step {
            Step::Same => (' ', old.get(i)),
            Step::Removed => ('-', old.get(i)),
            Step::Added => ('+', new.get(j)),
        };
        i += usize::from(*step != Step::Added);
        j += usize::from(*step != Step::Removed);
        out.push_str(&format!("{mark}{}\n", line.unwrap_or(&"")));
    }
}

/// The longest common subsequence as steps; removals before additions.
fn script(old: &[&str], new: &[&str]) -> Vec<Step> {
    if old.len() > LINE_LIMIT || new.len() > LINE_LIMIT {
        return [vec![Step::Removed; old.len()], vec![Step::Added; new.len()]].concat();
    }
    let mut table = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            table[i][j] = if old[i] == new[j] { table[i + 1][j + 1] + 1 } else { table[i + 1][j].max(table[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut steps) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            steps.push(Step::Same);
            i += 1;
            j += 1;
        } else if i < old.len() && (j == new.len() || table[i + 1][j] >= table[i][j + 1]) {
            steps.push(Step::Removed);
            i += 1;
        } else {
            steps.push(Step::Added);
            j += 1;
        }
    }
    steps
}
