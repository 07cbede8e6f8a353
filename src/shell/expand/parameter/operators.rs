//! The operators of `${name…}`.

use super::super::super::pattern::Pattern;
use super::super::super::quote::{double, quoted};
use super::super::super::state::{Flow, Shell};
use super::super::{Dialect, Part, Place, dollar, skip_quoted};
use super::text::{Replacement, recase, replace, trim};
use super::{Braced, Held};
use crate::sim::LocalBoxFuture;

impl Shell {
    /// `${name…}` with an operator; `whole` is all that stands in the braces.
    pub(super) fn operated<'a>(&'a mut self, b: Braced<'a>, whole: &'a str, place: Place) -> LocalBoxFuture<'a, Result<Vec<Part>, Flow>> {
        Box::pin(async move {
            let held = self.held(b.name, b.index).await?;
            let (colon, operator) = match b.rest.strip_prefix(':') {
                Some(rest) if rest.starts_with(['-', '=', '?', '+']) => (true, rest),
                _ => (false, b.rest),
            };
            let mut chars = operator.chars();
            let (kind, word) = (chars.next(), chars.as_str());
            let held = match kind {
                Some(kind @ ('-' | '+' | '=' | '?')) => {
                    let absent = if colon { held.is_null() } else { held.is_unset() };
                    return match (absent, kind) {
                        (true, '-') | (false, '+') => self.operand(word, place).await,
                        (true, '+') => Ok(self.emit(Held::One(String::new()), place)),
                        (true, '=') => self.set_absent(b, word, place).await,
                        (true, _) => Err(self.refuse_absent(b.name, word, colon).await),
                        (false, _) => Ok(self.emit(held, place)),
                    };
                }
                Some(kind @ ('#' | '%')) => {
                    let (longest, raw) = word.strip_prefix(kind).map_or((false, word), |rest| (true, rest));
                    let pattern = Pattern::new(&self.expand_pattern(raw).await?, self.options.extglob);
                    held.map(|text| trim(text, &pattern, kind == '#', longest))
                }
                Some(':') if !(self.dialect.is_dash() || word.is_empty() && self.dialect.is_bash()) => {
                    self.substring(b.name, held, word).await?
                }
                Some('/') if !self.dialect.is_dash() => self.replaced(held, word).await?,
                Some(kind @ ('^' | ',' | '~')) if self.dialect.is_bash() => {
                    let (all, raw) = word.strip_prefix(kind).map_or((false, word), |rest| (true, rest));
                    let raw = if raw.is_empty() { "?".to_owned() } else { self.expand_pattern(raw).await? };
                    let pattern = Pattern::new(&raw, self.options.extglob);
                    held.map(|text| recase(text, kind, all, &pattern))
                }
                Some('@') if self.dialect.is_bash() && word.len() == 1 => self.transformed(&b, held, word).await?,
                _ => return Err(self.bad_substitution(whole).await),
            };
            Ok(self.emit(held, place))
        })
    }

    /// `${name=word}` where there is nothing.
    async fn set_absent(&mut self, b: Braced<'_>, word: &str, place: Place) -> Result<Vec<Part>, Flow> {
        let text = self.expand_text(word, if place.is_quoted() { place } else { Place::Assignment }).await?;
        if self.dialect.is_bash() && !b.name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()) {
            return Err(self.abandon(&format!("${}: cannot assign in this way", b.name), 1).await);
        }
        if let Err(message) = self.set_var(b.name, b.index, &text) {
            return Err(self.abandon(&message, 1).await);
        }
        Ok(self.emit(Held::One(text), place))
    }

    /// `${name?word}` where there is nothing.
    async fn refuse_absent(&mut self, name: &str, word: &str, colon: bool) -> Flow {
        let text = match self.expand_text(word, Place::Assignment).await {
            Ok(text) => text,
            Err(flow) => return flow,
        };
        let text = match (text.as_str(), colon) {
            ("", true) if self.dialect.is_bash() => "parameter null or not set",
            ("", true) => "parameter not set or null",
            ("", false) => "parameter not set",
            (text, _) => text,
        };
        self.give_up(&format!("{name}: {text}")).await
    }

    fn substring<'a>(&'a mut self, name: &'a str, held: Held, word: &'a str) -> LocalBoxFuture<'a, Result<Held, Flow>> {
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
            Ok(match held {
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
                    if matches!(name, "@" | "*") {
                        items.insert(0, self.zero.clone());
                    }
                    let (start, end) = range(items.len()).unwrap_or((0, 0));
                    Held::Many { items: items.get(start..end).unwrap_or(&[]).to_vec(), joined }
                }
            })
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
            let parts = self.parts(replacement, Place::Operand).await?;
            let replacement = Replacement::new(parts, self.dialect.is_bash());
            let empty = pattern_text.is_empty() && anchor.is_none();
            Ok(held.map(|text| if empty { text.to_owned() } else { replace(text, &pattern, &replacement, all, anchor) }))
        })
    }

    fn transformed<'a>(&'a mut self, b: &'a Braced<'a>, held: Held, kind: &'a str) -> LocalBoxFuture<'a, Result<Held, Flow>> {
        Box::pin(async move {
            let (name, whole) = (b.name, matches!(b.index, Some("@" | "*")));
            Ok(match kind {
                "Q" => held.map(quoted),
                "U" => held.map(|t| t.to_uppercase()),
                "L" => held.map(|t| t.to_lowercase()),
                "u" => held.map(|t| recase(t, '^', false, &Pattern::new("?", false))),
                "E" => held.map(dollar::ansi_c),
                "a" => self.vars.get(name).map_or(Held::Nothing, |v| Held::One(v.flags())),
                "A" => match self.vars.get(name) {
                    Some(var) if whole => {
                        let line = super::super::super::builtins::declaration(name, var);
                        Held::One(line.trim_end().to_owned())
                    }
                    Some(var) => {
                        let flags = var.flags();
                        let head = if flags.is_empty() { String::new() } else { format!("declare -{flags} ") };
                        match (&held, flags.is_empty()) {
                            (Held::One(text), _) => Held::One(format!("{head}{name}={}", quoted(text))),
                            (_, true) => Held::Nothing,
                            (_, false) => Held::One(format!("{head}{name}")),
                        }
                    }
                    None => held,
                },
                "K" | "k" if whole => {
                    let pairs = self.vars.get(name).map_or(Vec::new(), |v| v.keys().into_iter().zip(v.elements()).collect());
                    match kind {
                        "K" => {
                            let pairs: Vec<String> = pairs.iter().map(|(k, v)| format!("{k} {}", double(v))).collect();
                            Held::One(pairs.join(" "))
                        }
                        _ => Held::Many { items: pairs.into_iter().flat_map(|(k, v)| [k, v]).collect(), joined: b.index == Some("*") },
                    }
                }
                "K" | "k" => held.map(quoted),
                "P" => held.map(|t| t.to_owned()),
                _ => return Err(self.bad_substitution(&format!("{name}@{kind}")).await),
            })
        })
    }
}

fn find_slash(text: &str, dialect: Dialect) -> usize {
    let mut i = 0;
    while i < text.len() {
        if text.as_bytes().get(i) == Some(&b'/') {
            return i;
        }
        i = skip_quoted(text, i, dialect, 0).unwrap_or(text.len()).max(i + 1);
    }
    text.len()
}
