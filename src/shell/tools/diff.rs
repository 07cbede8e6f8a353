use std::collections::BTreeMap;

use super::options::Options;
use super::tool::{Tool, lines, text};

/// A stretch of the two files: equal, or changed (from, to in each).
#[derive(Clone, Copy, Debug)]
struct Hunk {
    a: (usize, usize),
    b: (usize, usize),
}

/// Pairs of lines that are compared one by one; for more, comparing would take long, and memory.
const MOST_PAIRS: usize = 20_000_000;

/// The changes that make `b` of `a`, by the longest common subsequence.
fn changes(a: &[String], b: &[String]) -> Vec<Hunk> {
    let start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let rest = a.len().min(b.len()) - start;
    let end = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(x, y)| x == y).count();
    let (x, y) = (a.get(start..a.len() - end).unwrap_or(&[]), b.get(start..b.len() - end).unwrap_or(&[]));
    let kept = if x.len().saturating_mul(y.len()) > MOST_PAIRS { some_common(x, y) } else { common(x, y) };
    let mut out = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (p, q) in kept.into_iter().chain([(x.len(), y.len())]) {
        if i < p || j < q {
            out.push(Hunk { a: (start + i, start + p), b: (start + j, start + q) });
        }
        (i, j) = (p + 1, q + 1);
    }
    out
}

/// Pairs of equal lines in order: each with the next that there is. Not the most that can be, but soon found.
fn some_common(a: &[String], b: &[String]) -> Vec<(usize, usize)> {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (j, line) in b.iter().enumerate() {
        places.entry(line).or_default().push(j);
    }
    let (mut next, mut out) = (0, Vec::new());
    for (i, line) in a.iter().enumerate() {
        let known = places.get(line.as_str()).map_or(&[][..], Vec::as_slice);
        if let Some(j) = known.get(known.partition_point(|j| *j < next)) {
            out.push((i, *j));
            next = j + 1;
        }
    }
    out
}

/// The pairs of equal lines of a longest common subsequence.
fn common(a: &[String], b: &[String]) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    let mut table = vec![0u32; (a.len() + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            let value = if a.get(i) == b.get(j) {
                table.get(at(i + 1, j + 1)).copied().unwrap_or(0) + 1
            } else {
                let (down, right) = (table.get(at(i + 1, j)), table.get(at(i, j + 1)));
                down.max(right).copied().unwrap_or(0)
            };
            if let Some(slot) = table.get_mut(at(i, j)) {
                *slot = value;
            }
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a.get(i) == b.get(j) {
            out.push((i, j));
            i += 1;
            j += 1;
        } else if table.get(at(i + 1, j)) >= table.get(at(i, j + 1)) {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("unified", 'u'),
        ("brief", 'q'),
        ("ignore-case", 'i'),
        ("ignore-space-change", 'b'),
        ("ignore-all-space", 'w'),
        ("recursive", 'r'),
        ("side-by-side", 'y'),
        ("width", 'W'),
        ("report-identical-files", 's'),
        ("new-file", 'N'),
        ("color", 'K'),
        ("label", 'L'),
        ("ignore-blank-lines", 'B'),
        ("context", 'C'),
        ("ed", 'e'),
        ("rcs", 'n'),
        ("suppress-common-lines", 'S'),
    ];
    let options = match t.options("uU:qibwryW:sNaBdcC:enL:|K::S", &long, 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let [a, b] = options.operands.as_slice() else {
        let message = match options.operands.last() {
            None => "missing operand after 'diff'".to_owned(),
            Some(last) if options.operands.len() < 2 => format!("missing operand after {}", t.name_of(last)),
            Some(last) => format!("extra operand {}", t.name_of(last)),
        };
        t.complain(&message).await;
        t.complain("Try 'diff --help' for more information.").await;
        return 2;
    };
    let (mut a, mut b) = (a.clone(), b.clone());
    match (t.is_dir(&a), t.is_dir(&b)) {
        (true, true) => return folders(&t, &options, &a, &b).await,
        (true, false) => a = format!("{a}/{}", b.rsplit('/').next().unwrap_or("")),
        (false, true) => b = format!("{b}/{}", a.rsplit('/').next().unwrap_or("")),
        _ => {}
    }
    compare(&t, &options, &a, &b, "").await
}

fn folders<'a>(t: &'a Tool, options: &'a Options, a: &'a str, b: &'a str) -> crate::sim::LocalBoxFuture<'a, i32> {
    Box::pin(async move {
        let list = |path: &str| t.vfs().read_dir(&t.path(path), t.who()).unwrap_or_default();
        let (left, right) = (list(a), list(b));
        let mut names: Vec<&String> = left.iter().chain(&right).collect();
        names.sort();
        names.dedup();
        let mut status = 0;
        for name in names {
            let (x, y) = (format!("{}/{name}", a.trim_end_matches('/')), format!("{}/{name}", b.trim_end_matches('/')));
            let only = if !right.contains(name) {
                Some(a)
            } else if !left.contains(name) {
                Some(b)
            } else {
                None
            };
            status = status.max(match only {
                Some(place) if !options.has('N') => {
                    t.out(format!("Only in {place}: {name}\n")).await;
                    1
                }
                _ => match (t.is_dir(&x), t.is_dir(&y)) {
                    (true, true) if options.has('r') => folders(t, options, &x, &y).await,
                    (true, true) => {
                        t.out(format!("Common subdirectories: {x} and {y}\n")).await;
                        0
                    }
                    _ => compare_within(t, options, &x, &y).await,
                },
            });
        }
        status
    })
}

/// A file of two folders: what differs stands below the command that would show it.
async fn compare_within(t: &Tool, options: &Options, a: &str, b: &str) -> i32 {
    if options.has('q') || t.busybox() {
        return compare(t, options, a, b, "").await;
    }
    let given: Vec<&str> = t.args.iter().skip(1).filter(|word| word.starts_with('-') && word.len() > 1).map(String::as_str).collect();
    let blank = if given.is_empty() { "" } else { " " };
    compare(t, options, a, b, &format!("diff{blank}{} {a} {b}\n", given.join(" "))).await
}

/// `head` stands before what differs.
async fn compare(t: &Tool, options: &Options, a: &str, b: &str, head: &str) -> i32 {
    let mut sides: Vec<(Vec<String>, bool)> = Vec::new();
    let mut failed = false;
    for name in [a, b] {
        match t.read(name).await {
            Ok(bytes) => sides.push((lines(&bytes).into_iter().map(text).collect(), bytes.is_empty() || bytes.ends_with(b"\n"))),
            Err(_) if options.has('N') => sides.push((Vec::new(), true)),
            Err(errno) => {
                let message = if t.busybox() { format!("can't stat '{name}': {errno}") } else { format!("{name}: {errno}") };
                t.complain(&message).await;
                failed = true;
            }
        }
    }
    if failed {
        return 2;
    }
    if let Some(bad) = options.value('W').filter(|w| w.parse::<usize>().is_err()) {
        return t.misuse(&format!("invalid width '{bad}'"), 2).await;
    }
    let Ok(width) = t.columns(options.value('W'), 130, "invalid width").await else { return 2 };
    let [(left, left_end), (right, right_end)] = sides.as_slice() else { return 2 };
    let key = |line: &String| key(options, line);
    let mut x: Vec<String> = left.iter().map(key).collect();
    let mut y: Vec<String> = right.iter().map(key).collect();
    // A last line without its newline differs from one with it.
    for (keys, end) in [(&mut x, *left_end), (&mut y, *right_end)] {
        if !end && let Some(last) = keys.last_mut() {
            last.push('\u{0}');
        }
    }
    let mut hunks = changes(&x, &y);
    if options.has('B') {
        let blank =
            |lines: &[String], (from, to): (usize, usize)| lines.get(from..to).is_some_and(|part| part.iter().all(String::is_empty));
        hunks.retain(|hunk| !(blank(left, hunk.a) && blank(right, hunk.b)));
    }
    if hunks.is_empty() {
        if options.has('s') {
            t.out(format!("Files {a} and {b} are identical\n")).await;
        }
        if options.has('y') {
            t.out(side_by_side(left, right, &hunks, options, width)).await;
        }
        return 0;
    }
    if options.has('q') {
        t.out(format!("Files {a} and {b} differ\n")).await;
        return 1;
    }
    let files = Files { a: left, b: right, a_end: *left_end, b_end: *right_end };
    let text = if options.has('n') {
        files.script(&hunks, true)
    } else if options.has('e') {
        files.script(&hunks, false)
    } else if options.has('y') {
        side_by_side(left, right, &hunks, options, width)
    } else if options.has('u') || options.has('U') || options.has('c') || options.has('C') || t.busybox() {
        let copied = options.has('c') || options.has('C');
        let context = options.value('U').or(options.value('C')).and_then(|v| v.parse().ok()).unwrap_or(3);
        let mut labels = options.values('L').map(str::to_owned);
        let mut head = |mark: &str, name: &str| match labels.next() {
            Some(label) => format!("{mark} {label}\n"),
            None if t.busybox() => format!("{mark} {name}\n"),
            None => {
                let at = t.meta(name, true).map_or_else(|_| t.ctx.sim().timestamp(), |m| super::clock::moment(t, m.modified));
                format!("{mark} {name}\t{}\n", super::clock::format("%Y-%m-%d %H:%M:%S.%N %z", at))
            }
        };
        let (old, new) = if copied { ("***", "---") } else { ("---", "+++") };
        let heads = head(old, a) + &head(new, b);
        heads + &if copied { files.copied(&hunks, context) } else { files.unified(&hunks, context) }
    } else {
        files.normal(&hunks)
    };
    let colour = match options.value('K') {
        Some("always") => true,
        Some("" | "auto") => t.ctx.is_tty(1),
        _ => false,
    };
    t.out(head).await;
    t.out(if colour { coloured(&text) } else { text }).await;
    1
}

/// What of a line is compared.
fn key(options: &Options, line: &str) -> String {
    let mut line = line.to_owned();
    if options.has('w') {
        line.retain(|c| !c.is_whitespace());
    } else if options.has('b') {
        let joined = line.split_whitespace().collect::<Vec<_>>().join(" ");
        line = if line.starts_with([' ', '\t']) { format!(" {joined}") } else { joined };
    }
    if options.has('i') { line.to_lowercase() } else { line }
}

/// `--color`: what is taken away red, what comes green, where it is cyan.
fn coloured(text: &str) -> String {
    let paint = |line: &str| {
        let code = match line.chars().next() {
            _ if line.starts_with("--- ") || line.starts_with("+++ ") => "1",
            Some('@' | '0'..='9') => "36",
            Some('-' | '<') if line != "---" => "31",
            Some('+' | '>') => "32",
            _ => return format!("{line}\n"),
        };
        format!("\u{1b}[{code}m{line}\u{1b}[0m\n")
    };
    text.lines().map(paint).collect()
}

struct Files<'a> {
    a: &'a [String],
    b: &'a [String],
    a_end: bool,
    b_end: bool,
}

const NO_NEWLINE: &str = "\\ No newline at end of file\n";

impl Files<'_> {
    fn show(&self, out: &mut String, mark: &str, right: bool, range: (usize, usize)) {
        let (all, end) = if right { (self.b, self.b_end) } else { (self.a, self.a_end) };
        for (i, line) in all.iter().enumerate().take(range.1).skip(range.0) {
            out.push_str(&format!("{mark}{line}\n"));
            if i + 1 == all.len() && !end {
                out.push_str(NO_NEWLINE);
            }
        }
    }

    fn normal(&self, hunks: &[Hunk]) -> String {
        let range = |(from, to): (usize, usize)| match to - from {
            0 => from.to_string(),
            1 => to.to_string(),
            _ => format!("{},{to}", from + 1),
        };
        let mut out = String::new();
        for hunk in hunks {
            let letter = match (hunk.a.1 > hunk.a.0, hunk.b.1 > hunk.b.0) {
                (true, true) => 'c',
                (true, false) => 'd',
                _ => 'a',
            };
            out.push_str(&format!("{}{letter}{}\n", range(hunk.a), range(hunk.b)));
            self.show(&mut out, "< ", false, hunk.a);
            if letter == 'c' {
                out.push_str("---\n");
            }
            self.show(&mut out, "> ", true, hunk.b);
        }
        out
    }

    /// `-n`, and `-e`, whose changes stand from the last to the first.
    fn script(&self, hunks: &[Hunk], rcs: bool) -> String {
        let mut pieces = Vec::new();
        for hunk in hunks {
            let mut out = String::new();
            let (gone, come) = (hunk.a.1 - hunk.a.0, hunk.b.1 - hunk.b.0);
            let range = if gone > 1 { format!("{},{}", hunk.a.0 + 1, hunk.a.1) } else { hunk.a.1.to_string() };
            match (rcs, gone, come) {
                (true, ..) => {
                    if gone > 0 {
                        out.push_str(&format!("d{} {gone}\n", hunk.a.0 + 1));
                    }
                    if come > 0 {
                        out.push_str(&format!("a{} {come}\n", hunk.a.1));
                    }
                }
                (false, 0, _) => out.push_str(&format!("{range}a\n")),
                (false, _, 0) => out.push_str(&format!("{range}d\n")),
                _ => out.push_str(&format!("{range}c\n")),
            }
            self.show(&mut out, "", true, hunk.b);
            if !rcs && come > 0 {
                out.push_str(".\n");
            }
            pieces.push(out);
        }
        if !rcs {
            pieces.reverse();
        }
        pieces.concat()
    }

    /// `-c`
    fn copied(&self, hunks: &[Hunk], context: usize) -> String {
        let mut out = String::new();
        for group in grouped(hunks, context) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            let before = context.min(first.a.0);
            let after = context.min(self.a.len() - last.a.1);
            let range = |from: usize, to: usize| if to - from > 1 { format!("{},{to}", from + 1) } else { to.to_string() };
            out.push_str("***************\n");
            for right in [false, true] {
                let side = |hunk: &Hunk| if right { hunk.b } else { hunk.a };
                let (from, to) = (side(first).0 - before, side(last).1 + after);
                let (head, tail) = if right { ("---", "----") } else { ("***", "****") };
                out.push_str(&format!("{head} {} {tail}\n", range(from, to)));
                if group.iter().all(|hunk| side(hunk).0 == side(hunk).1) {
                    continue;
                }
                let mut at = from;
                for hunk in &group {
                    let (start, end) = side(hunk);
                    self.show(&mut out, "  ", right, (at, start));
                    let both = hunk.a.0 < hunk.a.1 && hunk.b.0 < hunk.b.1;
                    let mark = if both {
                        "! "
                    } else if right {
                        "+ "
                    } else {
                        "- "
                    };
                    self.show(&mut out, mark, right, (start, end));
                    at = end;
                }
                self.show(&mut out, "  ", right, (at, to));
            }
        }
        out
    }

    fn unified(&self, hunks: &[Hunk], context: usize) -> String {
        let mut out = String::new();
        for group in grouped(hunks, context) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            let before = context.min(first.a.0);
            let after = context.min(self.a.len() - last.a.1);
            let (a, b) = ((first.a.0 - before, last.a.1 + after), (first.b.0 - before, last.b.1 + after));
            let range = |(from, to): (usize, usize)| match to - from {
                0 => format!("{from},0"),
                1 => to.to_string(),
                n => format!("{},{n}", from + 1),
            };
            out.push_str(&format!("@@ -{} +{} @@\n", range(a), range(b)));
            let mut at = a.0;
            for hunk in &group {
                self.show(&mut out, " ", false, (at, hunk.a.0));
                self.show(&mut out, "-", false, hunk.a);
                self.show(&mut out, "+", true, hunk.b);
                at = hunk.a.1;
            }
            self.show(&mut out, " ", false, (at, a.1));
        }
        out
    }
}

/// The hunks whose context meets, together.
fn grouped(hunks: &[Hunk], context: usize) -> Vec<Vec<Hunk>> {
    let mut groups: Vec<Vec<Hunk>> = Vec::new();
    for hunk in hunks {
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|last| hunk.a.0 - last.a.1 <= 2 * context) => group.push(*hunk),
            _ => groups.push(vec![*hunk]),
        }
    }
    groups
}

/// Two columns, as GNU's `-y` lays them out with tabs.
fn side_by_side(a: &[String], b: &[String], hunks: &[Hunk], options: &Options, width: usize) -> String {
    let column = ((width + 8) / 16) * 8;
    let half = column.saturating_sub(3).min(width.saturating_sub(column)).max(1);
    let mut rows: Vec<(Option<&String>, char, Option<&String>)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for hunk in hunks.iter().copied().chain([Hunk { a: (a.len(), a.len()), b: (b.len(), b.len()) }]) {
        while i < hunk.a.0 && j < hunk.b.0 {
            rows.push((a.get(i), ' ', b.get(j)));
            i += 1;
            j += 1;
        }
        while i < hunk.a.1 || j < hunk.b.1 {
            let (left, right) = (a.get(i).filter(|_| i < hunk.a.1), b.get(j).filter(|_| j < hunk.b.1));
            let mark = match (left, right) {
                (Some(_), Some(_)) => '|',
                (Some(_), None) => '<',
                _ => '>',
            };
            rows.push((left, mark, right));
            i += usize::from(left.is_some());
            j += usize::from(right.is_some());
        }
    }
    if options.has('S') {
        rows.retain(|(_, mark, _)| *mark != ' ');
    }
    let mut out = String::new();
    for (left, mark, right) in rows {
        let cut: String = left.map_or(String::new(), |l| l.chars().take(half).collect());
        let used = cut.chars().count();
        out.push_str(&cut);
        if mark == ' ' {
            // Tabs up to the right column.
            let mut at = used;
            while at < column {
                out.push('\t');
                at = (at / 8 + 1) * 8;
            }
        } else {
            let gutter = half + 1;
            // Tabs as far as they go, then blanks.
            let mut at = used;
            while (at / 8 + 1) * 8 <= gutter {
                out.push('\t');
                at = (at / 8 + 1) * 8;
            }
            out.push_str(&" ".repeat(gutter.saturating_sub(at)));
            out.push(mark);
            let mut at = gutter + 1;
            if right.is_some() {
                while at < column {
                    out.push('\t');
                    at = (at / 8 + 1) * 8;
                }
            }
        }
        if let Some(right) = right {
            out.extend(right.chars().take(half));
        }
        out.push('\n');
    }
    out
}
