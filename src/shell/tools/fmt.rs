use super::tool::{Tool, lines, modern, text};

/// Words joined to lines of at most `width`, near the goal of 93 % of it. Models coreutils `fmt.c`.
fn filled(words: &[&str], indent: (usize, usize), width: usize, out: &mut String) {
    let goal = (width * 187 / 200) as i64;
    let lengths: Vec<usize> = words.iter().map(|word| word.chars().count()).collect();
    let ends = |i: usize| words.get(i).is_some_and(|w| w.trim_end_matches(['"', '\'', ')', ']']).ends_with(['.', '?', '!']));
    let space = |i: usize| 1 + usize::from(ends(i));
    let n = words.len();
    // From the last word on: the least cost of a paragraph whose line begins there, and where that line ends.
    let mut best: Vec<(i64, usize, usize)> = vec![(0, n, 0); n + 1];
    for start in (0..n).rev() {
        let mut length = if start == 0 { indent.0 } else { indent.1 };
        let mut found: Option<(i64, usize, usize)> = None;
        for end in start + 1..=n {
            length += lengths.get(end - 1).copied().unwrap_or(0);
            if end > start + 1 && length >= width {
                break;
            }
            let (rest, _, next_length) = best.get(end).copied().unwrap_or_default();
            let mut cost = rest;
            if end < n {
                let short = (goal - length as i64) * 10;
                cost += short * short;
                let ragged = (length as i64 - next_length as i64) * 10;
                cost += if best.get(end).is_some_and(|b| b.1 < n) { ragged * ragged / 2 } else { 0 };
                // Where a line begins costs, too: better after a sentence than before its last word.
                cost += 4900;
                if ends(end - 1) {
                    cost -= 2500;
                } else if end >= 2 && ends(end - 2) && end - 2 >= start {
                    cost += 40_000 / (lengths.get(end - 1).map_or(0, |l| *l as i64) + 2);
                }
            }
            if found.is_none_or(|(least, ..)| cost < least) {
                found = Some((cost, end, length));
            }
            length += space(end - 1);
        }
        if let (Some(slot), Some(found)) = (best.get_mut(start), found) {
            *slot = found;
        }
    }
    let mut at = 0;
    while at < n {
        let end = best.get(at).map_or(n, |b| b.1).max(at + 1);
        out.push_str(&" ".repeat(if at == 0 { indent.0 } else { indent.1 }));
        for i in at..end {
            out.push_str(words.get(i).unwrap_or(&""));
            if i + 1 < end {
                out.push_str(&" ".repeat(space(i)));
            }
        }
        out.push('\n');
        at = end;
    }
}

/// `fmt [-w width]`: paragraphs filled anew.
pub(super) async fn run(mut t: Tool) -> i32 {
    if let Some(word) = t.args.get_mut(1) {
        modern(word, 'w');
    }
    let options = match t.options("!ctpg!w:usctp:g:", &[("width", 'w'), ("uniform-spacing", 'u'), ("split-only", 's')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let width = match t.number(options.value('w'), 75, "invalid width").await {
        Ok(width) => width.clamp(1, 2500),
        Err(status) => return status,
    };
    let mut status = 0;
    let bytes = t.read_inputs(&options.operands, &mut status).await;
    let all: Vec<String> = lines(&bytes).into_iter().map(text).collect();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut out = String::new();
    let mut at = 0;
    while let Some(first) = all.get(at) {
        if first.trim().is_empty() {
            out.push('\n');
            at += 1;
            continue;
        }
        // A paragraph: lines of one indentation.
        let (head, body) = (indent(first), all.get(at + 1).filter(|l| !l.trim().is_empty()).map_or(indent(first), |l| indent(l)));
        let same = |line: &&String| !line.trim().is_empty() && indent(line) == head;
        let count = if options.has('s') { 1 } else { all.iter().skip(at).take_while(same).count().max(1) };
        let block = all.get(at..at + count).unwrap_or(&[]).join("\n");
        let words: Vec<&str> = block.split_whitespace().collect();
        filled(&words, (head, if count > 1 { body } else { head }), width, &mut out);
        at += count;
    }
    t.out(out).await;
    status
}
