use super::super::arith::ArithError;
use super::super::pattern::Pattern;
use super::super::state::{Flow, Shell};
use super::super::vars::Value;
use super::{Part, Place};
use crate::sim::LocalBoxFuture;

/// What a parameter holds.
enum Held {
    Nothing,
    One(String),
    /// `@` (each its own argument) or `*` (joined when quoted).
    Many {
        items: Vec<String>,
        joined: bool,
    },
}

impl Held {
    fn is_null(&self) -> bool {
        match self {
            Held::Nothing => true,
            Held::One(text) => text.is_empty(),
            Held::Many { items, .. } => items.iter().all(String::is_empty),
        }
    }

    fn is_unset(&self) -> bool {
        match self {
            Held::Nothing => true,
            Held::One(_) => false,
            Held::Many { items, .. } => items.is_empty(),
        }
    }

    fn map(self, f: impl Fn(&str) -> String) -> Held {
        match self {
            Held::Nothing => Held::Nothing,
            Held::One(text) => Held::One(f(&text)),
            Held::Many { items, joined } => Held::Many { items: items.iter().map(|i| f(i)).collect(), joined },
        }
    }
}

/// `${name[index]operator…}`, taken apart.
struct Braced<'a> {
    name: &'a str,
    index: Option<&'a str>,
    rest: &'a str,
}

fn take_apart(text: &str) -> Option<Braced<'_>> {
    let first = text.chars().next()?;
    let len = if first == '_' || first.is_ascii_alphabetic() {
        text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len())
    } else if first.is_ascii_digit() {
        text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())
    } else if "@*#?-$!".contains(first) {
        1
    } else {
        return None;
    };
    let (name, rest) = text.split_at_checked(len)?;
    if let Some(inside) = rest.strip_prefix('[') {
        let mut level = 1usize;
        let end = inside.char_indices().find_map(|(i, c)| {
            match c {
                '[' => level += 1,
                ']' => level -= 1,
                _ => {}
            }
            (level == 0).then_some(i)
        })?;
        return Some(Braced { name, index: inside.get(..end), rest: inside.get(end + 1..)? });
    }
    Some(Braced { name, index: None, rest })
}

impl Shell {
    /// `$name` or `${name}`.
    pub(super) async fn plain(&mut self, name: &str, place: Place) -> Result<Vec<Part>, Flow> {
        let held = self.held(name, None).await?;
        if matches!(held, Held::Nothing) {
            self.check_set(name).await?;
        }
        Ok(self.emit(held, place))
    }

    async fn check_set(&mut self, name: &str) -> Result<(), Flow> {
        if !self.options.nounset || matches!(name, "@" | "*") {
            return Ok(());
        }
        let dollar = if self.dialect.is_bash() && name.bytes().all(|b| b.is_ascii_digit()) { "$" } else { "" };
        let message = self.unbound(&format!("{dollar}{name}"));
        Err(self.give_up(&message).await)
    }

    fn emit(&self, held: Held, place: Place) -> Vec<Part> {
        let quoted = place.is_quoted();
        let part = |text: String| if quoted { Part::Quoted(text) } else { Part::Split(text) };
        match held {
            Held::Nothing => vec![part(String::new())],
            Held::One(text) => vec![part(text)],
            Held::Many { items, joined } if joined && (quoted || place == Place::Assignment) => {
                let ifs = self.var("IFS").unwrap_or_else(|| " ".into());
                let separator = ifs.chars().next().map_or(String::new(), String::from);
                vec![part(items.join(&separator))]
            }
            Held::Many { items, .. } => {
                let mut parts = Vec::new();
                for (i, item) in items.into_iter().enumerate() {
                    if i > 0 {
                        parts.push(Part::Break);
                    }
                    parts.push(part(item));
                }
                if !quoted {
                    // Unquoted, an empty item makes no argument.
                    parts.retain(|p| !matches!(p, Part::Split(t) if t.is_empty()));
                    return tidy_breaks(parts);
                }
                parts
            }
        }
    }

    async fn held(&mut self, name: &str, index: Option<&str>) -> Result<Held, Flow> {
        Ok(match (name, index) {
            ("@" | "*", _) => Held::Many { items: self.positional.clone(), joined: name == "*" },
            (_, Some(i @ ("@" | "*"))) => Held::Many { items: self.elements(name), joined: i == "*" },
            (name, Some(index)) => {
                let index = self.expand_text(index, Place::Quoted).await?;
                match self.element(name, &index) {
                    Ok(value) => value.map_or(Held::Nothing, Held::One),
                    Err(error) => return Err(self.abandon(&error.message(), 1).await),
                }
            }
            (name, None) => self.special(name).map_or(Held::Nothing, Held::One),
        })
    }

    fn special(&self, name: &str) -> Option<String> {
        match name {
            "#" => Some(self.positional.len().to_string()),
            "?" => Some(self.status.to_string()),
            "$" => Some(self.shell_pid.to_string()),
            "!" => self.last_background.map(|pid| pid.to_string()),
            "-" => Some(self.flags()),
            "0" => Some(self.zero.clone()),
            _ => match name.parse::<usize>() {
                Ok(n) => self.positional.get(n.checked_sub(1)?).cloned(),
                Err(_) => self.var(name),
            },
        }
    }

    /// `$-`.
    pub fn flags(&self) -> String {
        let o = &self.options;
        let mut flags = String::new();
        for (set, letter) in [
            (o.errexit, 'e'),
            (o.noglob, 'f'),
            (self.dialect.is_bash(), 'h'),
            (self.origin == super::super::state::Origin::Interactive, 'i'),
            (o.monitor, 'm'),
            (o.nounset, 'u'),
            (o.xtrace, 'x'),
            (self.dialect.is_bash(), 'B'),
            (o.noclobber, 'C'),
            (self.dialect.is_bash() && self.interactive(), 'H'),
            (self.origin == super::super::state::Origin::Argument && self.dialect.is_bash(), 'c'),
        ] {
            if set {
                flags.push(letter);
            }
        }
        flags
    }

    async fn bad_substitution(&mut self, text: &str) -> Flow {
        let message = match self.dialect {
            super::Dialect::Bash => format!("${{{text}}}: bad substitution"),
            super::Dialect::Dash => "Bad substitution".into(),
            super::Dialect::Ash => "syntax error: bad substitution".into(),
        };
        let status = self.error_status();
        self.abandon(&message, status).await
    }

    /// `${text}`.
    pub(super) fn braced<'a>(&'a mut self, text: &'a str, place: Place) -> LocalBoxFuture<'a, Result<Vec<Part>, Flow>> {
        Box::pin(async move {
            if let Some(rest) = text.strip_prefix('#')
                && !rest.is_empty()
                && let Some(b) = take_apart(rest)
                && b.rest.is_empty()
            {
                let length = match self.held(b.name, b.index).await? {
                    Held::Nothing => {
                        self.check_set(b.name).await?;
                        0
                    }
                    Held::One(text) => text.chars().count(),
                    Held::Many { items, .. } => items.len(),
                };
                return Ok(self.emit(Held::One(length.to_string()), place));
            }
            if let Some(rest) = text.strip_prefix('!')
                && !rest.is_empty()
                && self.dialect.is_bash()
                && let Some(b) = take_apart(rest)
            {
                return self.indirect(b, place).await;
            }
            let Some(b) = take_apart(text) else { return Err(self.bad_substitution(text).await) };
            if b.index.is_some() && !self.dialect.is_bash() {
                return Err(self.bad_substitution(text).await);
            }
            if b.rest.is_empty() {
                let held = self.held(b.name, b.index).await?;
                if matches!(held, Held::Nothing) {
                    self.check_set(b.name).await?;
                }
                return Ok(self.emit(held, place));
            }
            self.operated(b, text, place).await
        })
    }

    fn indirect<'a>(&'a mut self, b: Braced<'a>, place: Place) -> LocalBoxFuture<'a, Result<Vec<Part>, Flow>> {
        Box::pin(async move {
            if let Some(i @ ("@" | "*")) = b.index {
                let items = self.vars.get(b.name).map_or(Vec::new(), |v| v.keys());
                return Ok(self.emit(Held::Many { items, joined: i == "*" }, place));
            }
            if matches!(b.rest, "*" | "@") {
                let items = self.vars.iter().map(|(name, _)| name.clone()).filter(|name| name.starts_with(b.name)).collect();
                return Ok(self.emit(Held::Many { items, joined: b.rest == "*" }, place));
            }
            let Held::One(target) = self.held(b.name, b.index).await? else {
                let message = format!("{}: invalid indirect expansion", b.name);
                return Err(self.abandon(&message, 1).await);
            };
            let text = format!("{target}{}", b.rest);
            self.braced(&text, place).await
        })
    }

    fn operand<'a>(&'a mut self, raw: &'a str, place: Place) -> LocalBoxFuture<'a, Result<Vec<Part>, Flow>> {
        Box::pin(async move {
            let inner = match place {
                Place::Quoted | Place::Here => place,
                _ => Place::Word,
            };
            let mut parts = self.parts(raw, inner).await?;
            if inner == Place::Word {
                // An unquoted operand is split like any expansion.
                for part in &mut parts {
                    if let Part::Literal(text) = part {
                        *part = Part::Split(std::mem::take(text));
                    }
                }
            }
            if parts.is_empty() && place.is_quoted() {
                parts.push(Part::Quoted(String::new()));
            }
            Ok(parts)
        })
    }

    fn operated<'a>(&'a mut self, b: Braced<'a>, whole: &'a str, place: Place) -> LocalBoxFuture<'a, Result<Vec<Part>, Flow>> {
        Box::pin(async move {
            let (colon, operator) = match b.rest.strip_prefix(':') {
                Some(rest) if rest.starts_with(['-', '=', '?', '+']) => (true, rest),
                _ => (false, b.rest),
            };
            let held = self.held(b.name, b.index).await?;
            let absent = if colon { held.is_null() } else { held.is_unset() };
            let mut chars = operator.chars();
            match (chars.next(), chars.as_str()) {
                (Some('-'), word) => {
                    if absent {
                        self.operand(word, place).await
                    } else {
                        Ok(self.emit(held, place))
                    }
                }
                (Some('+'), word) => {
                    if absent {
                        Ok(self.emit(Held::One(String::new()), place))
                    } else {
                        self.operand(word, place).await
                    }
                }
                (Some('='), word) => {
                    if !absent {
                        return Ok(self.emit(held, place));
                    }
                    let text = self.expand_text(word, if place.is_quoted() { place } else { Place::Assignment }).await?;
                    if let Err(message) = self.set_var(b.name, b.index, &text) {
                        return Err(self.abandon(&message, 1).await);
                    }
                    Ok(self.emit(Held::One(text), place))
                }
                (Some('?'), word) => {
                    if !absent {
                        return Ok(self.emit(held, place));
                    }
                    let text = self.expand_text(word, Place::Assignment).await?;
                    let text = match (text.is_empty(), colon) {
                        (false, _) => text,
                        (true, true) => {
                            if self.dialect.is_bash() { "parameter null or not set" } else { "parameter not set or null" }.into()
                        }
                        (true, false) => "parameter not set".into(),
                    };
                    Err(self.give_up(&format!("{}: {text}", b.name)).await)
                }
                (Some(kind @ ('#' | '%')), word) => {
                    let (longest, raw) = word.strip_prefix(kind).map_or((false, word), |rest| (true, rest));
                    let pattern = Pattern::new(&self.expand_pattern(raw).await?, self.options.extglob);
                    Ok(self.emit(held.map(|text| trim(text, &pattern, kind == '#', longest)), place))
                }
                (Some(':'), word) if !self.dialect.is_dash() => self.substring(b, held, word, place).await,
                (Some('/'), word) if !self.dialect.is_dash() => {
                    let held = self.replaced(held, word).await?;
                    Ok(self.emit(held, place))
                }
                (Some(kind @ ('^' | ',' | '~')), word) if self.dialect.is_bash() => {
                    let (all, raw) = word.strip_prefix(kind).map_or((false, word), |rest| (true, rest));
                    let raw = if raw.is_empty() { "?".to_owned() } else { self.expand_pattern(raw).await? };
                    let pattern = Pattern::new(&raw, self.options.extglob);
                    Ok(self.emit(held.map(|text| recase(text, kind, all, &pattern)), place))
                }
                (Some('@'), word) if self.dialect.is_bash() && word.len() == 1 => {
                    let held = self.transformed(b.name, held, word).await?;
                    Ok(self.emit(held, place))
                }
                _ => Err(self.bad_substitution(whole).await),
            }
        })
    }

    fn substring<'a>(&'a mut self, b: Braced<'a>, held: Held, word: &'a str, place: Place) -> LocalBoxFuture<'a, Result<Vec<Part>, Flow>> {
        Box::pin(async move {
            let cut = word.char_indices().scan(0i32, |level, (i, c)| {
                match c {
                    '(' | '?' => *level += 1,
                    ')' => *level -= 1,
                    ':' if *level > 0 => *level -= 1,
                    ':' => return Some(Some(i)),
                    _ => {}
                }
                Some(None)
            });
            let cut = cut.flatten().next();
            let (offset, length) = match cut {
                Some(i) => (word.get(..i).unwrap_or(""), word.get(i + 1..)),
                None => (word, None),
            };
            let offset = self.arithmetic(offset).await?;
            let length = match length {
                Some(text) => Some(self.arithmetic(text).await?),
                None => None,
            };
            let range = |count: usize| -> Option<(usize, usize)> {
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                let start = if offset < 0 { count + offset } else { offset };
                if start < 0 || start > count {
                    return Some((0, 0));
                }
                let end = match length {
                    None => count,
                    Some(n) if n < 0 => count + n,
                    Some(n) => start.saturating_add(n).min(count),
                };
                (end >= start).then_some((start as usize, end as usize))
            };
            let held = match held {
                Held::Nothing => Held::Nothing,
                Held::One(text) => {
                    let chars: Vec<char> = text.chars().collect();
                    match range(chars.len()) {
                        Some((start, end)) => Held::One(chars.get(start..end).unwrap_or(&[]).iter().collect()),
                        None => {
                            let message = format!("{}: substring expression < 0", length.unwrap_or(0));
                            return Err(self.abandon(&message, 1).await);
                        }
                    }
                }
                Held::Many { mut items, joined } => {
                    if matches!(b.name, "@" | "*") {
                        items.insert(0, self.zero.clone());
                    }
                    let (start, end) = range(items.len()).unwrap_or((0, 0));
                    Held::Many { items: items.get(start..end).unwrap_or(&[]).to_vec(), joined }
                }
            };
            Ok(self.emit(held, place))
        })
    }

    fn replaced<'a>(&'a mut self, held: Held, word: &'a str) -> LocalBoxFuture<'a, Result<Held, Flow>> {
        Box::pin(async move {
            let (all, word) = word.strip_prefix('/').map_or((false, word), |rest| (true, rest));
            let (anchor, word) = match word.chars().next() {
                Some(c @ ('#' | '%')) if !all => (Some(c), word.get(1..).unwrap_or("")),
                _ => (None, word),
            };
            let cut = find_slash(word, self.dialect);
            let raw = word.get(..cut).unwrap_or("");
            let replacement = word.get(cut + 1..).unwrap_or("");
            let pattern_text = self.expand_pattern(raw).await?;
            let pattern = Pattern::new(&pattern_text, self.options.extglob);
            let replacement = self.expand_text(replacement, Place::Operand).await?;
            let empty = pattern_text.is_empty() && anchor.is_none();
            Ok(held.map(|text| if empty { text.to_owned() } else { replace(text, &pattern, &replacement, all, anchor) }))
        })
    }

    fn transformed<'a>(&'a mut self, name: &'a str, held: Held, kind: &'a str) -> LocalBoxFuture<'a, Result<Held, Flow>> {
        Box::pin(async move {
            Ok(match kind {
                "Q" => held.map(super::super::quote::quoted),
                "U" => held.map(|t| t.to_uppercase()),
                "L" => held.map(|t| t.to_lowercase()),
                "u" => held.map(|t| recase(t, '^', false, &Pattern::new("?", false))),
                "E" => held.map(super::dollar::ansi_c),
                "a" => self.vars.get(name).map_or(Held::Nothing, |v| Held::One(v.flags())),
                "A" => match self.vars.get(name).map(|v| v.value.clone()) {
                    Some(Value::Scalar(text)) => Held::One(format!("{name}={}", super::super::quote::quoted(&text))),
                    _ => held,
                },
                "P" => held.map(|t| t.to_owned()),
                _ => return Err(self.bad_substitution(&format!("{name}@{kind}")).await),
            })
        })
    }

    /// The index of an array assignment: arithmetic, or the key of an associative array.
    pub fn expand_index<'a>(&'a mut self, raw: &'a str) -> LocalBoxFuture<'a, Result<String, Flow>> {
        self.expand_text(raw, Place::Assignment)
    }

    /// Whether `text` is arithmetic that is not zero.
    pub async fn arithmetic_status(&mut self, raw: &str) -> Result<Result<i64, String>, Flow> {
        let text = self.expand_text(raw, Place::Quoted).await?.replace('"', "");
        Ok(self.evaluate(&text).map_err(ArithError::message))
    }
}

fn find_slash(text: &str, dialect: super::Dialect) -> usize {
    let mut i = 0;
    while i < text.len() {
        if text.as_bytes().get(i) == Some(&b'/') {
            return i;
        }
        i = super::skip_quoted(text, i, dialect, 0).unwrap_or(text.len()).max(i + 1);
    }
    text.len()
}

fn tidy_breaks(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for part in parts {
        if part == Part::Break && matches!(out.last(), None | Some(Part::Break)) {
            continue;
        }
        out.push(part);
    }
    if out.last() == Some(&Part::Break) {
        out.pop();
    }
    out
}

/// `#`, `##`, `%`, `%%`.
fn trim(text: &str, pattern: &Pattern, front: bool, longest: bool) -> String {
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

/// `/`, `//`, `/#`, `/%`.
fn replace(text: &str, pattern: &Pattern, with: &str, all: bool, anchor: Option<char>) -> String {
    let chars: Vec<char> = text.chars().collect();
    let n = chars.len();
    let longest_from = |start: usize| (start..=n).rev().find(|end| chars.get(start..*end).is_some_and(|p| pattern.matches_chars(p)));
    match anchor {
        Some('#') => {
            return match longest_from(0) {
                Some(end) => with.to_owned() + &chars.get(end..).unwrap_or(&[]).iter().collect::<String>(),
                None => text.to_owned(),
            };
        }
        Some(_) => {
            let start = (0..=n).find(|start| chars.get(*start..).is_some_and(|p| pattern.matches_chars(p)));
            return match start {
                Some(start) => chars.get(..start).unwrap_or(&[]).iter().collect::<String>() + with,
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
                out.push_str(with);
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
fn recase(text: &str, kind: char, all: bool, pattern: &Pattern) -> String {
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
