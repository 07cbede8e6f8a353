//! A unified diff of lines, as Kubernetes shows it in refusals. Models go-difflib, which models Python's difflib:
//! its choice of matching lines is part of the message.

use std::collections::BTreeMap;

/// Lines of context around a change.
const CONTEXT: usize = 3;
/// In texts this long, lines that repeat too often are no anchors.
const POPULAR_FROM: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    Equal,
    Replace,
    Delete,
    Insert,
}

/// `old[i1..i2]` became `new[j1..j2]`.
#[derive(Clone, Copy, Debug)]
struct Change {
    tag: Tag,
    i1: usize,
    i2: usize,
    j1: usize,
    j2: usize,
}

/// The hunks that turn `old` into `new`; no file names.
pub fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let mut out = String::new();
    for group in group(changes(&old, &new)) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        out.push_str(&format!("@@ -{} +{} @@\n", range(first.i1, last.i2), range(first.j1, last.j2)));
        for change in &group {
            let (before, after) = (slice(&old, change.i1, change.i2), slice(&new, change.j1, change.j2));
            match change.tag {
                Tag::Equal => push_lines(&mut out, ' ', before),
                Tag::Replace | Tag::Delete | Tag::Insert => {
                    push_lines(&mut out, '-', before);
                    push_lines(&mut out, '+', after);
                }
            }
        }
    }
    out
}

fn slice<'a, 'b>(lines: &'a [&'b str], from: usize, to: usize) -> &'a [&'b str] {
    lines.get(from..to).unwrap_or_default()
}

fn push_lines(out: &mut String, mark: char, lines: &[&str]) {
    for line in lines {
        out.push(mark);
        out.push_str(line);
        out.push('\n');
    }
}

fn range(start: usize, stop: usize) -> String {
    match stop - start {
        1 => format!("{}", start + 1),
        0 => format!("{start},0"),
        length => format!("{},{length}", start + 1),
    }
}

fn group(mut changes: Vec<Change>) -> Vec<Vec<Change>> {
    if let Some(first) = changes.first_mut().filter(|change| change.tag == Tag::Equal) {
        first.i1 = first.i1.max(first.i2.saturating_sub(CONTEXT));
        first.j1 = first.j1.max(first.j2.saturating_sub(CONTEXT));
    }
    if let Some(last) = changes.last_mut().filter(|change| change.tag == Tag::Equal) {
        last.i2 = last.i2.min(last.i1 + CONTEXT);
        last.j2 = last.j2.min(last.j1 + CONTEXT);
    }
    let mut groups = Vec::new();
    let mut group: Vec<Change> = Vec::new();
    for mut change in changes {
        if change.tag == Tag::Equal && change.i2 - change.i1 > 2 * CONTEXT {
            let (i2, j2) = (change.i2.min(change.i1 + CONTEXT), change.j2.min(change.j1 + CONTEXT));
            group.push(Change { i2, j2, ..change });
            groups.push(std::mem::take(&mut group));
            change.i1 = change.i1.max(change.i2.saturating_sub(CONTEXT));
            change.j1 = change.j1.max(change.j2.saturating_sub(CONTEXT));
        }
        group.push(change);
    }
    groups.push(group);
    groups.retain(|group| group.iter().any(|change| change.tag != Tag::Equal));
    groups
}

fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let (mut i, mut j) = (0, 0);
    let mut changes = Vec::new();
    let mut blocks = matching_blocks(old, new);
    blocks.push((old.len(), new.len(), 0));
    for (start_i, start_j, size) in blocks {
        let tag = match (i < start_i, j < start_j) {
            (true, true) => Some(Tag::Replace),
            (true, false) => Some(Tag::Delete),
            (false, true) => Some(Tag::Insert),
            (false, false) => None,
        };
        changes.extend(tag.map(|tag| Change { tag, i1: i, i2: start_i, j1: j, j2: start_j }));
        (i, j) = (start_i + size, start_j + size);
        if size > 0 {
            changes.push(Change { tag: Tag::Equal, i1: start_i, i2: i, j1: start_j, j2: j });
        }
    }
    changes
}

/// Runs of equal lines as (start in old, start in new, length), in order, touching runs joined.
fn matching_blocks(old: &[&str], new: &[&str]) -> Vec<(usize, usize, usize)> {
    let places = places(new);
    let mut blocks = Vec::new();
    let mut queue = vec![(0, old.len(), 0, new.len())];
    while let Some((alo, ahi, blo, bhi)) = queue.pop() {
        let (i, j, size) = longest_match(old, new, &places, (alo, ahi, blo, bhi));
        if size == 0 {
            continue;
        }
        blocks.push((i, j, size));
        queue.push((alo, i, blo, j));
        queue.push((i + size, ahi, j + size, bhi));
    }
    blocks.sort_unstable();
    let mut joined: Vec<(usize, usize, usize)> = Vec::new();
    for (i, j, size) in blocks {
        match joined.last_mut() {
            Some((li, lj, length)) if *li + *length == i && *lj + *length == j => *length += size,
            _ => joined.push((i, j, size)),
        }
    }
    joined
}

fn places<'a>(lines: &[&'a str]) -> BTreeMap<&'a str, Vec<usize>> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        places.entry(line).or_default().push(index);
    }
    if lines.len() >= POPULAR_FROM {
        let limit = lines.len() / 100 + 1;
        places.retain(|_, indexes| indexes.len() <= limit);
    }
    places
}

fn longest_match(
    old: &[&str],
    new: &[&str],
    places: &BTreeMap<&str, Vec<usize>>,
    (alo, ahi, blo, bhi): (usize, usize, usize, usize),
) -> (usize, usize, usize) {
    let (mut best_i, mut best_j, mut best) = (alo, blo, 0);
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for (i, line) in old.iter().enumerate().take(ahi).skip(alo) {
        let mut next = BTreeMap::new();
        for &j in places.get(line).into_iter().flatten().filter(|j| (blo..bhi).contains(*j)) {
            let length = 1 + j.checked_sub(1).and_then(|j| lengths.get(&j)).copied().unwrap_or(0);
            next.insert(j, length);
            if length > best {
                (best_i, best_j, best) = (i + 1 - length, j + 1 - length, length);
            }
        }
        lengths = next;
    }
    while best_i > alo && best_j > blo && old.get(best_i - 1) == new.get(best_j - 1) {
        (best_i, best_j, best) = (best_i - 1, best_j - 1, best + 1);
    }
    while best_i + best < ahi && best_j + best < bhi && old.get(best_i + best) == new.get(best_j + best) {
        best += 1;
    }
    (best_i, best_j, best)
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn a_changed_line_has_three_lines_around_it() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh";
        let new = "a\nb\nc\nd\nX\nf\ng\nh";
        assert_eq!(unified(old, new), "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n");
    }

    #[test]
    fn equal_texts_have_no_hunks() {
        assert_eq!(unified("a\nb", "a\nb"), "");
    }
}
