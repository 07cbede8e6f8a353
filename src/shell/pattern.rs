//! Shell patterns: `*`, `?`, `[…]` and, where asked for, `@(…)` and its kin.

/// A pattern ready to match. Quoted characters stand in it as [`Piece::Char`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Char(char),
    Any,
    Star,
    Set { negated: bool, items: Vec<Item> },
    Group { kind: char, options: Vec<Vec<Piece>> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Range(char, char),
    Class(String),
}

/// Groups nest this deep at most.
const DEPTH_LIMIT: usize = 8;
/// Matching gives up after this many steps, so that no pattern holds up the world.
const STEP_LIMIT: u32 = 1_000_000;

impl Pattern {
    /// Reads `text`, in which a backslash quotes the next character.
    pub fn new(text: &str, extended: bool) -> Pattern {
        let chars: Vec<char> = text.chars().collect();
        Pattern(parse(&chars, &mut 0, &mut { extended }, 0))
    }

    /// Whether all of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        self.matches_chars(&chars)
    }

    /// Whether all of `chars` match.
    pub fn matches_chars(&self, chars: &[char]) -> bool {
        matches(&self.0, chars, &mut STEP_LIMIT.clone())
    }

    /// Whether a name that starts with a dot may match: only if the pattern says the dot.
    pub fn starts_with_dot(&self) -> bool {
        matches!(self.0.first(), Some(Piece::Char('.')))
    }
}

/// Whether `text` (with backslash quoting) has anything that a pattern would treat specially.
pub fn has_magic(text: &str, extended: bool) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '+' | '@' | '!' if extended && chars.as_str().starts_with('(') => return true,
            '\\' => {
                chars.next();
            }
            '*' | '?' => return true,
            '[' if chars.as_str().contains(']') => return true,
            _ => {}
        }
    }
    false
}

/// Takes the quoting backslashes out.
pub fn unquote(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

/// Puts a backslash before each character that a pattern would treat specially.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '(' | ')' | '|' | '!' | '@' | '+' | '-' | '^') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn parse(chars: &[char], at: &mut usize, extended: &mut bool, depth: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while let Some(&c) = chars.get(*at) {
        if depth > 0 && matches!(c, '|' | ')') {
            break;
        }
        *at += 1;
        if *extended && depth < DEPTH_LIMIT && matches!(c, '?' | '*' | '+' | '@' | '!') && chars.get(*at) == Some(&'(') {
            let start = *at;
            if let Some(options) = parse_group(chars, at, extended, depth + 1) {
                pieces.push(Piece::Group { kind: c, options });
                continue;
            }
            *at = start;
            // Read no other group again and again.
            *extended = false;
        }
        pieces.push(match c {
            '\\' => match chars.get(*at) {
                Some(&quoted) => {
                    *at += 1;
                    Piece::Char(quoted)
                }
                None => Piece::Char('\\'),
            },
            '?' => Piece::Any,
            '*' => Piece::Star,
            '[' => parse_set(chars, at).unwrap_or(Piece::Char('[')),
            c => Piece::Char(c),
        });
    }
    pieces
}

fn parse_group(chars: &[char], at: &mut usize, extended: &mut bool, depth: usize) -> Option<Vec<Vec<Piece>>> {
    *at += 1;
    let mut options = Vec::new();
    loop {
        options.push(parse(chars, at, extended, depth));
        let end = *chars.get(*at)?;
        *at += 1;
        if end == ')' {
            return Some(options);
        }
    }
}

fn parse_set(chars: &[char], at: &mut usize) -> Option<Piece> {
    let mut i = *at;
    let negated = matches!(chars.get(i), Some('!' | '^'));
    if negated {
        i += 1;
    }
    let first = i;
    let mut items = Vec::new();
    loop {
        let mut c = *chars.get(i)?;
        if c == ']' && i > first {
            *at = i + 1;
            return Some(Piece::Set { negated, items });
        }
        if c == '[' && chars.get(i + 1) == Some(&':') {
            let rest: String = chars.get(i + 2..)?.iter().collect();
            if let Some((class, _)) = rest.split_once(":]") {
                i += class.chars().count() + 4;
                items.push(Item::Class(class.to_owned()));
                continue;
            }
        }
        if c == '\\' {
            i += 1;
            c = *chars.get(i)?;
        }
        i += 1;
        if chars.get(i) == Some(&'-') && chars.get(i + 1).is_some_and(|c| *c != ']') {
            let mut high = *chars.get(i + 1)?;
            i += 2;
            if high == '\\' {
                high = *chars.get(i)?;
                i += 1;
            }
            items.push(Item::Range(c, high));
        } else {
            items.push(Item::Range(c, c));
        }
    }
}

/// What belongs to the class that `[:name:]` means; `None`: there is none of that name.
pub fn class(name: &str) -> Option<fn(char) -> bool> {
    Some(match name {
        "alnum" => char::is_alphanumeric,
        "alpha" => char::is_alphabetic,
        "digit" => |c| c.is_ascii_digit(),
        "xdigit" => |c| c.is_ascii_hexdigit(),
        "lower" => char::is_lowercase,
        "upper" => char::is_uppercase,
        "space" => |c| c.is_whitespace() || c == '\u{b}',
        "blank" => |c| matches!(c, ' ' | '\t'),
        "punct" => |c| c.is_ascii_punctuation(),
        "cntrl" => char::is_control,
        "print" => |c| !c.is_control(),
        "graph" => |c| !c.is_control() && !c.is_whitespace(),
        // Not in the C library's expressions.
        "word" => |c| c.is_alphanumeric() || c == '_',
        _ => return None,
    })
}

/// Whether `c` belongs to the class that `[:name:]` means.
pub fn in_class(name: &str, c: char) -> bool {
    class(name).is_some_and(|has| has(c))
}

fn set_has(items: &[Item], c: char) -> bool {
    items.iter().any(|item| match item {
        Item::Range(low, high) => *low <= c && c <= *high,
        Item::Class(name) => in_class(name, c),
    })
}

fn matches(pieces: &[Piece], text: &[char], steps: &mut u32) -> bool {
    if *steps == 0 {
        return false;
    }
    *steps -= 1;
    let Some((piece, rest)) = pieces.split_first() else { return text.is_empty() };
    match piece {
        Piece::Star => {
            if rest.is_empty() {
                return true;
            }
            (0..=text.len()).any(|n| text.get(n..).is_some_and(|tail| matches(rest, tail, steps)))
        }
        Piece::Group { kind, options } => matches_group(*kind, options, pieces, rest, text, steps),
        _ => match text.split_first() {
            Some((c, tail)) => {
                let fits = match piece {
                    Piece::Char(p) => p == c,
                    Piece::Set { negated, items } => set_has(items, *c) != *negated,
                    _ => true,
                };
                fits && matches(rest, tail, steps)
            }
            None => false,
        },
    }
}

fn matches_group(kind: char, options: &[Vec<Piece>], all: &[Piece], rest: &[Piece], text: &[char], steps: &mut u32) -> bool {
    let split = |n: usize| (text.get(..n).unwrap_or(&[]), text.get(n..).unwrap_or(&[]));
    if matches!(kind, '?' | '*') && matches(rest, text, steps) {
        return true;
    }
    (0..=text.len()).any(|n| {
        let (head, tail) = split(n);
        let fits = options.iter().any(|option| matches(option, head, steps));
        match kind {
            '!' => !fits && matches(rest, tail, steps),
            '*' | '+' => fits && (matches(rest, tail, steps) || (n > 0 && matches_again(options, all, rest, tail, steps))),
            _ => fits && matches(rest, tail, steps),
        }
    })
}

fn matches_again(options: &[Vec<Piece>], all: &[Piece], rest: &[Piece], text: &[char], steps: &mut u32) -> bool {
    matches_group('+', options, all, rest, text, steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("*.yaml", "pod.yaml", true),
            ("[a-m]*", "db", true),
            ("[!a-m]*", "db", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("a?c", "abc", true),
            ("[[:digit:]]*", "1x", true),
            ("@(a|b)c", "bc", true),
            ("+(ab)", "abab", true),
            ("!(x)", "x", false),
            ("[", "[", true),
        ] {
            assert_eq!(Pattern::new(pattern, true).matches(text), expected, "{pattern} {text}");
        }
    }
}
