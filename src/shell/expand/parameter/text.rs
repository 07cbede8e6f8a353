//! What the operators of `${…}` do to one text.

use super::super::super::pattern::Pattern;
use super::super::Part;

/// `#`, `##`, `%`, `%%`.
pub(super) fn trim(text: &str, pattern: &Pattern, front: bool, longest: bool) -> String {
    let chars: Vec<char> = text.chars().collect();
    let n = chars.len();
    let fits = |cut: usize| {
        let part = if front { chars.get(..cut) } else { chars.get(n - cut..) };
        part.is_some_and(|p| pattern.matches_chars(p))
    };
    let cut = if longest { (0..=n).rev().find(|c| fits(*c)) } else { (0..=n).find(|c| fits(*c)) };
    let cut = cut.unwrap_or(0);
    let rest = if front { chars.get(cut..) } else { chars.get(..n - cut) };
    rest.unwrap_or(&[]).iter().collect()
}

/// What `/` puts in: texts, between each two of which stands what was found (`&`, of bash's `patsub_replacement`).
pub(super) struct Replacement(Vec<String>);

impl Replacement {
    pub fn new(parts: Vec<Part>, ampersand: bool) -> Replacement {
        let mut texts = vec![String::new()];
        for part in parts {
            let (text, live) = match part {
                Part::Literal(text) | Part::Split(text) => (text, ampersand),
                Part::Quoted(text) => (text, false),
                Part::Break => (" ".into(), false),
            };
            for (i, piece) in text.split(|c| live && c == '&').enumerate() {
                if i > 0 {
                    texts.push(String::new());
                }
                if let Some(last) = texts.last_mut() {
                    last.push_str(piece);
                }
            }
        }
        Replacement(texts)
    }

    fn around(&self, found: &[char]) -> String {
        self.0.join(&found.iter().collect::<String>())
    }
}

/// `/`, `//`, `/#`, `/%`.
pub(super) fn replace(text: &str, pattern: &Pattern, with: &Replacement, all: bool, anchor: Option<char>) -> String {
    let chars: Vec<char> = text.chars().collect();
    let n = chars.len();
    let longest_from = |start: usize| (start..=n).rev().find(|end| chars.get(start..*end).is_some_and(|p| pattern.matches_chars(p)));
    match anchor {
        Some('#') => {
            return match longest_from(0) {
                Some(end) => with.around(chars.get(..end).unwrap_or(&[])) + &chars.get(end..).unwrap_or(&[]).iter().collect::<String>(),
                None => text.to_owned(),
            };
        }
        Some(_) => {
            let start = (0..=n).find(|start| chars.get(*start..).is_some_and(|p| pattern.matches_chars(p)));
            return match start {
                Some(start) => {
                    chars.get(..start).unwrap_or(&[]).iter().collect::<String>() + &with.around(chars.get(start..).unwrap_or(&[]))
                }
                None => text.to_owned(),
            };
        }
        None => {}
    }
    let mut out = String::new();
    let mut at = 0;
    while at < n {
        match longest_from(at).filter(|end| *end > at) {
            Some(end) => {
                out.push_str(&with.around(chars.get(at..end).unwrap_or(&[])));
                at = end;
                if !all {
                    break;
                }
            }
            None => {
                out.extend(chars.get(at));
                at += 1;
            }
        }
    }
    out.extend(chars.get(at..).unwrap_or(&[]));
    out
}

/// `^`, `^^`, `,`, `,,`.
pub(super) fn recase(text: &str, kind: char, all: bool, pattern: &Pattern) -> String {
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        if (i == 0 || all) && pattern.matches_chars(&[c]) {
            match kind {
                '^' => out.extend(c.to_uppercase()),
                ',' => out.extend(c.to_lowercase()),
                _ if c.is_uppercase() => out.extend(c.to_lowercase()),
                _ => out.extend(c.to_uppercase()),
            }
        } else {
            out.push(c);
        }
    }
    out
}
