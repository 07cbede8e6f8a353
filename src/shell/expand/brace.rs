use super::super::dialect::Dialect;
use super::super::syntax::skip_quoted;

/// A brace expansion makes this many words at most.
const WORD_LIMIT: usize = 100_000;

/// The words that the braces of a raw word make; quoting stays as it is.
pub fn expand_braces(word: &str) -> Vec<String> {
    if !word.contains('{') {
        return vec![word.to_owned()];
    }
    let mut out = Vec::new();
    expand_into(word, &mut out, 0);
    out
}

fn expand_into(word: &str, out: &mut Vec<String>, depth: usize) {
    let Some((start, end, parts)) = (if depth < 20 { find_group(word) } else { None }) else {
        out.push(word.to_owned());
        return;
    };
    let (head, tail) = (word.get(..start).unwrap_or(""), word.get(end..).unwrap_or(""));
    let mut tails = Vec::new();
    expand_into(tail, &mut tails, depth + 1);
    for part in parts {
        let mut middles = Vec::new();
        expand_into(&part, &mut middles, depth + 1);
        for middle in middles {
            for tail in &tails {
                if out.len() >= WORD_LIMIT {
                    return;
                }
                out.push(format!("{head}{middle}{tail}"));
            }
        }
    }
}

/// The first group that expands: where it starts and ends, and its alternatives.
fn find_group(word: &str) -> Option<(usize, usize, Vec<String>)> {
    let bytes = word.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if bytes.get(i) == Some(&b'{') {
            if let Some((end, parts)) = read_group(word, i) {
                return Some((i, end, parts));
            }
            i += 1;
        } else {
            i = skip_quoted(word, i, Dialect::Bash, 0).ok()?.max(i + 1);
        }
    }
    None
}

fn read_group(word: &str, start: usize) -> Option<(usize, Vec<String>)> {
    let bytes = word.as_bytes();
    let mut level = 0usize;
    let mut cuts = vec![start + 1];
    let mut i = start;
    let end = loop {
        match bytes.get(i)? {
            b'{' => level += 1,
            b'}' => {
                level -= 1;
                if level == 0 {
                    break i;
                }
            }
            b',' if level == 1 => cuts.push(i + 1),
            _ => {
                i = skip_quoted(word, i, Dialect::Bash, 0).ok()?.max(i + 1);
                continue;
            }
        }
        i += 1;
    };
    if cuts.len() == 1 {
        let parts = sequence(word.get(start + 1..end)?)?;
        return Some((end + 1, parts));
    }
    cuts.push(end + 1);
    let parts = cuts.windows(2).filter_map(|w| word.get(*w.first()?..w.get(1)? - 1).map(str::to_owned)).collect();
    Some((end + 1, parts))
}

/// `1..5`, `a..e`, `01..10..2`.
fn sequence(text: &str) -> Option<Vec<String>> {
    let mut parts = text.split("..");
    let (first, last, step) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let step = match step {
        Some(step) => step.parse::<i64>().ok()?.checked_abs()?.max(1),
        None => 1,
    };
    if let (Ok(a), Ok(b)) = (first.parse::<i64>(), last.parse::<i64>()) {
        let padded = |s: &str| s.trim_start_matches('-').starts_with('0') && s.trim_start_matches('-').len() > 1;
        let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
        return Some(walk(a, b, step).map(|n| format!("{n:0width$}")).collect());
    }
    let single = |s: &str| {
        let mut chars = s.chars();
        chars.next().filter(|c| c.is_ascii_alphabetic() && chars.next().is_none())
    };
    let (a, b) = (single(first)?, single(last)?);
    Some(walk(a as i64, b as i64, step).filter_map(|n| u8::try_from(n).ok()).map(|b| char::from(b).to_string()).collect())
}

fn walk(a: i64, b: i64, step: i64) -> impl Iterator<Item = i64> {
    let count = (a.abs_diff(b) / step.unsigned_abs()).min(WORD_LIMIT as u64) as i64;
    (0..=count).map(move |i| if a <= b { a + i * step } else { a - i * step })
}

#[cfg(test)]
mod tests {
    use super::expand_braces;

    #[test]
    fn braces() {
        for (word, expected) in [
            ("{a,b,c}", "a b c"),
            ("web-{0..3}", "web-0 web-1 web-2 web-3"),
            ("app/{base,overlays/{dev,prod}}", "app/base app/overlays/dev app/overlays/prod"),
            ("{\"spec\":{\"replicas\":$N}}", "{\"spec\":{\"replicas\":$N}}"),
            ("${x}", "${x}"),
            ("'{a,b}'", "'{a,b}'"),
            ("{}", "{}"),
            ("{01..3}", "01 02 03"),
        ] {
            assert_eq!(expand_braces(word).join(" "), expected);
        }
    }
}
