//! The right side of sed's `s`.

#[derive(Clone, Copy, PartialEq)]
enum Case {
    Keep,
    Upper,
    Lower,
}

enum Part {
    Text(String),
    Group(usize),
    Case(Case),
    /// `\u`, `\l`: the next character only.
    Next(Case),
}

/// The right side of `s`.
pub(super) struct Replacement(Vec<Part>);

impl Replacement {
    /// Reads it.
    pub fn read(text: &str) -> Replacement {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let part = match c {
                '&' => Part::Group(0),
                '\\' => match chars.next() {
                    Some(d @ '0'..='9') => Part::Group(d as usize - '0' as usize),
                    Some('U') => Part::Case(Case::Upper),
                    Some('L') => Part::Case(Case::Lower),
                    Some('E') => Part::Case(Case::Keep),
                    Some('u') => Part::Next(Case::Upper),
                    Some('l') => Part::Next(Case::Lower),
                    Some('n') => {
                        plain.push('\n');
                        continue;
                    }
                    Some('t') => {
                        plain.push('\t');
                        continue;
                    }
                    Some(other) => {
                        plain.push(other);
                        continue;
                    }
                    None => continue,
                },
                c => {
                    plain.push(c);
                    continue;
                }
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(part);
        }
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Replacement(parts)
    }

    /// The highest group that it refers to.
    pub fn highest_group(&self) -> usize {
        self.0.iter().map(|part| if let Part::Group(n) = part { *n } else { 0 }).max().unwrap_or(0)
    }

    /// Appends what it makes of a match.
    pub fn expand(&self, text: &[char], groups: &[Option<(usize, usize)>], out: &mut String) {
        let (mut case, mut next) = (Case::Keep, Case::Keep);
        for part in &self.0 {
            let piece: String = match part {
                Part::Case(new) => {
                    case = *new;
                    continue;
                }
                Part::Next(new) => {
                    next = *new;
                    continue;
                }
                Part::Text(text) => text.clone(),
                Part::Group(n) => {
                    let range = groups.get(*n).copied().flatten();
                    range.and_then(|(s, e)| text.get(s..e)).unwrap_or(&[]).iter().collect()
                }
            };
            let mut piece = match case {
                Case::Upper => piece.to_uppercase(),
                Case::Lower => piece.to_lowercase(),
                Case::Keep => piece,
            };
            if next != Case::Keep
                && let Some(first) = piece.chars().next()
            {
                let rest = piece.get(first.len_utf8()..).unwrap_or("").to_owned();
                let first = if next == Case::Upper { first.to_uppercase().to_string() } else { first.to_lowercase().to_string() };
                piece = first + &rest;
                next = Case::Keep;
            }
            out.push_str(&piece);
        }
    }
}
