use super::super::pattern::{class, in_class};
use super::tool::Tool;

/// The characters of a set: `a-z`, `[:upper:]`, `\n`, `[x*3]`.
fn expand(set: &str) -> Vec<char> {
    let chars: Vec<char> = set.chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    let unescape = |i: &mut usize| -> Option<char> {
        let c = *chars.get(*i)?;
        *i += 1;
        if c != '\\' {
            return Some(c);
        }
        let Some(e) = chars.get(*i).copied() else { return Some('\\') };
        *i += 1;
        Some(match e {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '0'..='7' => {
                let mut value = e as u32 - 48;
                for _ in 0..2 {
                    match chars.get(*i).and_then(|c| c.to_digit(8)) {
                        Some(digit) => {
                            value = value * 8 + digit;
                            *i += 1;
                        }
                        None => break,
                    }
                }
                char::from_u32(value).unwrap_or('\0')
            }
            other => other,
        })
    };
    while i < chars.len() {
        if chars.get(i) == Some(&'[') && chars.get(i + 1) == Some(&':') {
            let rest: String = chars.get(i + 2..).unwrap_or(&[]).iter().collect();
            if let Some((name, _)) = rest.split_once(":]") {
                out.extend((0..=255u8).map(char::from).filter(|c| c.is_ascii() && in_class(name, *c)));
                i += name.chars().count() + 4;
                continue;
            }
        }
        let Some(low) = unescape(&mut i) else { break };
        if chars.get(i) == Some(&'-') && i + 1 < chars.len() {
            i += 1;
            if let Some(high) = unescape(&mut i) {
                out.extend(low..=high);
            }
        } else {
            out.push(low);
        }
    }
    out
}

/// `[x*3]` written out; `[x*]` is as long as the other set.
fn repeated(set: &str, most: usize) -> String {
    let Some((before, rest)) = set.split_once('[') else { return set.to_owned() };
    let Some((inside, after)) = rest.split_once(']') else { return set.to_owned() };
    let mut chars = inside.chars();
    let (Some(c), Some('*')) = (chars.next(), chars.next()) else { return set.to_owned() };
    let count = match chars.as_str() {
        "" => most,
        digits => digits.parse().unwrap_or(0).min(65_536),
    };
    format!("{before}{}{after}", c.to_string().repeat(count))
}

/// What GNU finds wrong with a set.
fn mistake(t: &Tool, set: &str) -> Option<String> {
    if t.busybox() {
        return None;
    }
    let name = set.split_once("[:").and_then(|(_, rest)| rest.split_once(":]")).map(|(name, _)| name);
    if let Some(name) = name.filter(|name| *name == "word" || class(name).is_none()) {
        return Some(format!("invalid character class {}", t.quote(name)));
    }
    let equal = set.split_once("[=").and_then(|(_, rest)| rest.split_once("=]")).map(|(class, _)| class);
    if let Some(equal) = equal.filter(|class| class.chars().count() != 1) {
        return Some(format!("{equal}: equivalence class operand must be a single character"));
    }
    let chars: Vec<char> = set.chars().collect();
    chars.windows(3).find_map(|part| match part {
        [low, '-', high] if low > high && *low != '\\' => {
            Some(format!("range-endpoints of '{low}-{high}' are in reverse collating sequence order"))
        }
        _ => None,
    })
}

pub(super) async fn run(t: Tool) -> i32 {
    let long = [("delete", 'd'), ("squeeze-repeats", 's'), ("complement", 'c'), ("truncate-set1", 't')];
    let options = match t.options("+dscCt", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let (delete, squeeze) = (options.has('d'), options.has('s'));
    let complement = options.has('c') || options.has('C');
    let mut sets = options.operands.iter();
    let Some(first) = sets.next() else { return t.misuse("missing operand", 1).await };
    let second = sets.next();
    if second.is_none() && !delete && !squeeze {
        if t.busybox() {
            return t.hint(1).await;
        }
        t.complain(&format!("missing operand after {}", t.quote(first))).await;
        return t.misuse_after("Two strings must be given when translating.").await;
    }
    if let Some(extra) = sets.next().or(second.filter(|_| delete && !squeeze)) {
        t.complain(&format!("extra operand {}", t.quote(extra))).await;
        if delete && !squeeze {
            return t.misuse_after("Only one string may be given when deleting without squeezing repeats.").await;
        }
        return t.hint(1).await;
    }
    if let Some(message) = mistake(&t, first).or_else(|| second.and_then(|set| mistake(&t, set))) {
        t.complain(&message).await;
        return 1;
    }
    if second.is_some_and(|set| set.is_empty()) && !delete {
        t.complain(if t.busybox() { "STRING2 cannot be empty" } else { "when not truncating set1, string2 must be non-empty" }).await;
        return 1;
    }
    let from = expand(first);
    let to = second.map(|s| expand(&repeated(s, from.len()))).unwrap_or_default();
    let in_first = |c: char| from.contains(&c) != complement;
    let squeezed = |c: char| if second.is_some() { to.contains(&c) } else { in_first(c) };
    let Ok(file) = t.ctx.file(0) else { return 1 };
    let mut last = None;
    let mut pending: Vec<u8> = Vec::new();
    loop {
        let bytes = t.chunk(&file).await.unwrap_or_default();
        let end = bytes.is_empty();
        pending.extend(bytes);
        let valid = match std::str::from_utf8(&pending) {
            Ok(_) => pending.len(),
            Err(error) if error.error_len().is_none() && !end => error.valid_up_to(),
            Err(_) => pending.len(),
        };
        let text = String::from_utf8_lossy(pending.get(..valid).unwrap_or(&[])).into_owned();
        pending.drain(..valid);
        let mut out = String::new();
        for c in text.chars() {
            if delete && in_first(c) {
                continue;
            }
            let new = match from.iter().take(if options.has('t') { to.len() } else { usize::MAX }).position(|f| *f == c) {
                _ if delete || second.is_none() => c,
                Some(at) if !complement => to.get(at).or(to.last()).copied().unwrap_or(c),
                None if complement => to.last().copied().unwrap_or(c),
                _ => c,
            };
            if squeeze && last == Some(new) && squeezed(new) {
                continue;
            }
            last = Some(new);
            out.push(new);
        }
        if !t.out(out).await {
            return 1;
        }
        if end {
            return 0;
        }
    }
}

impl Tool {
    /// A second line of explanation, and the pointer to `--help`.
    async fn misuse_after(&self, line: &str) -> i32 {
        self.ctx.eprint(&format!("{line}\n")).await;
        self.hint(1).await
    }
}
