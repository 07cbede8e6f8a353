//! Expansion: from a raw word to the arguments it makes.

mod brace;
mod dollar;
mod glob;
mod parameter;
mod split;

pub(crate) use brace::expand_braces;
pub(crate) use glob::expand_glob;

use super::dialect::Dialect;
use super::pattern;
use super::state::{Flow, Shell};
use super::syntax::skip_quoted;
use crate::sim::LocalBoxFuture;

/// A stretch of an expanded word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Written so: not split, but a pattern.
    Literal(String),
    /// Quoted: neither split nor a pattern.
    Quoted(String),
    /// Came from an unquoted expansion: split, and a pattern.
    Split(String),
    /// One argument ends and the next begins (`"$@"`).
    Break,
}

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An argument.
    Word,
    /// The value of an assignment: tildes after colons too.
    Assignment,
    /// Inside double quotes.
    Quoted,
    /// A here-document: like quotes, but `"` is ordinary.
    Here,
    /// A pattern or replacement inside `${…}` that stands in double quotes: quotes count again.
    Operand,
}

impl Place {
    fn is_quoted(self) -> bool {
        matches!(self, Place::Quoted | Place::Here)
    }
}

type Parts<'a> = LocalBoxFuture<'a, Result<Vec<Part>, Flow>>;

impl Shell {
    /// The arguments that `words` make: braces, expansions, splitting, file names.
    pub async fn expand_words<'w>(&mut self, words: impl IntoIterator<Item = &'w str>) -> Result<Vec<String>, Flow> {
        let mut out = Vec::new();
        for word in words {
            let raws = if self.dialect.is_bash() { expand_braces(word) } else { vec![word.to_owned()] };
            for raw in raws {
                let parts = self.parts(&raw, Place::Word).await?;
                let ifs = self.var("IFS").unwrap_or_else(|| " \t\n".into());
                for field in split::fields(parts, &ifs) {
                    if let Err(message) = self.push_field(field, &mut out) {
                        return Err(self.abandon(&message, 1).await);
                    }
                }
            }
        }
        Ok(out)
    }

    /// `Err`: `failglob`, and nothing has such a name.
    fn push_field(&self, field: String, out: &mut Vec<String>) -> Result<(), String> {
        if !self.options.noglob && pattern::has_magic(&field, self.options.extglob) {
            let found = expand_glob(self, &field);
            if !found.is_empty() {
                out.extend(found);
                return Ok(());
            }
            if self.options.failglob {
                return Err(format!("no match: {}", pattern::unquote(&field)));
            }
            if self.options.nullglob {
                return Ok(());
            }
        }
        out.push(pattern::unquote(&field));
        Ok(())
    }

    /// One text, without splitting or file names: assignments, redirections of one name, `case` words.
    pub fn expand_text<'a>(&'a mut self, raw: &'a str, place: Place) -> LocalBoxFuture<'a, Result<String, Flow>> {
        Box::pin(async move {
            let parts = self.parts(raw, place).await?;
            Ok(join(parts))
        })
    }

    /// A pattern, in which what was quoted has backslashes.
    pub fn expand_pattern<'a>(&'a mut self, raw: &'a str) -> LocalBoxFuture<'a, Result<String, Flow>> {
        Box::pin(async move { Ok(as_pattern(self.parts(raw, Place::Operand).await?)) })
    }

    /// A here-document's text.
    pub async fn expand_here(&mut self, raw: &str) -> Result<String, Flow> {
        self.expand_text(raw, Place::Here).await
    }

    pub(in crate::shell) fn parts<'a>(&'a mut self, raw: &'a str, place: Place) -> Parts<'a> {
        Box::pin(self.parts_inner(raw, place))
    }

    async fn parts_inner(&mut self, raw: &str, place: Place) -> Result<Vec<Part>, Flow> {
        let mut out = Vec::new();
        let mut at = 0;
        if !place.is_quoted() {
            at = self.tilde(raw, 0, place, &mut out);
        }
        while let Some(&byte) = raw.as_bytes().get(at) {
            match byte {
                b'\\' => at = self.backslash(raw, at, place, &mut out),
                b'\'' if !place.is_quoted() => {
                    let end = skip_quoted(raw, at, self.dialect, 0).unwrap_or(raw.len());
                    out.push(Part::Quoted(raw.get(at + 1..end - 1).unwrap_or("").to_owned()));
                    at = end;
                }
                b'"' if place != Place::Here && place != Place::Quoted => {
                    let end = skip_quoted(raw, at, self.dialect, 0).unwrap_or(raw.len());
                    let inner = raw.get(at + 1..end - 1).unwrap_or("");
                    self.double_quoted(inner, &mut out).await?;
                    at = end;
                }
                b'`' => {
                    let end = skip_quoted(raw, at, self.dialect, 0).unwrap_or(raw.len());
                    let inner = unescape_backquoted(raw.get(at + 1..end - 1).unwrap_or(""), place.is_quoted());
                    let text = self.substitute(&inner).await?;
                    out.push(if place.is_quoted() { Part::Quoted(text) } else { Part::Split(text) });
                    at = end;
                }
                b'$' => at = self.dollar(raw, at, place, &mut out).await?,
                _ => {
                    let rest = raw.get(at..).unwrap_or("");
                    let len = rest.find(['\\', '\'', '"', '`', '$', ':', '=']).filter(|n| *n > 0);
                    let len =
                        len.unwrap_or_else(|| if rest.find(['\\', '\'', '"', '`', '$', ':', '=']).is_none() { rest.len() } else { 1 });
                    let text = rest.get(..len).unwrap_or("").to_owned();
                    at += len;
                    // bash reads an argument that looks like an assignment as one.
                    let assigns = text == "="
                        && place == Place::Word
                        && self.dialect.is_bash()
                        && super::syntax::is_name(raw.get(..at - 1).unwrap_or(""));
                    let colon = (text == ":" && place == Place::Assignment) || assigns;
                    out.push(if place.is_quoted() { Part::Quoted(text) } else { Part::Literal(text) });
                    if colon {
                        at = self.tilde(raw, at, place, &mut out);
                    }
                }
            }
        }
        Ok(out)
    }

    fn backslash(&self, raw: &str, at: usize, place: Place, out: &mut Vec<Part>) -> usize {
        let Some(next) = raw.get(at + 1..).and_then(|s| s.chars().next()) else {
            out.push(Part::Quoted("\\".into()));
            return at + 1;
        };
        let end = at + 1 + next.len_utf8();
        if next == '\n' {
            return end;
        }
        let special = match place {
            Place::Quoted => matches!(next, '$' | '`' | '"' | '\\'),
            Place::Here => matches!(next, '$' | '`' | '\\'),
            _ => true,
        };
        out.push(Part::Quoted(if special { next.to_string() } else { format!("\\{next}") }));
        end
    }

    fn double_quoted<'a>(&'a mut self, inner: &'a str, out: &'a mut Vec<Part>) -> LocalBoxFuture<'a, Result<(), Flow>> {
        Box::pin(async move {
            if inner.is_empty() {
                out.push(Part::Quoted(String::new()));
                return Ok(());
            }
            let parts = self.parts(inner, Place::Quoted).await?;
            let lists_nothing = parts.is_empty() && (inner.contains('@') || inner.contains("[*]"));
            if parts.is_empty() && !lists_nothing {
                out.push(Part::Quoted(String::new()));
            }
            out.extend(parts);
            Ok(())
        })
    }

    /// `~`, `~user`, `~+`, `~-` at `at`; gives where to go on.
    fn tilde(&self, raw: &str, at: usize, place: Place, out: &mut Vec<Part>) -> usize {
        let rest = raw.get(at..).unwrap_or("");
        if !rest.starts_with('~') {
            return at;
        }
        let colon = place == Place::Assignment;
        let len = rest.find(|c: char| c == '/' || (colon && c == ':')).unwrap_or(rest.len());
        let user = rest.get(1..len).unwrap_or("");
        let home = match user {
            "" => self.var("HOME").or_else(|| self.home_of(None)),
            "+" if self.dialect.is_bash() => self.var("PWD"),
            "-" if self.dialect.is_bash() => self.var("OLDPWD"),
            number if self.dialect.is_bash() && number.trim_start_matches(['+', '-']).parse::<usize>().is_ok() => {
                let stack = self.directory_stack();
                let at: Option<usize> = number.trim_start_matches(['+', '-']).parse().ok();
                let at = at.and_then(|at| if number.starts_with('-') { (stack.len() - 1).checked_sub(at) } else { Some(at) });
                at.and_then(|at| stack.get(at).cloned())
            }
            user if user.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) => self.home_of(Some(user)),
            _ => None,
        };
        match home {
            Some(home) => {
                out.push(Part::Quoted(home));
                at + len
            }
            None => at,
        }
    }

    fn home_of(&self, user: Option<&str>) -> Option<String> {
        let uid = self.ctx.credentials().uid.to_string();
        let passwd = self.ctx.vfs().read_file("/etc/passwd").ok()?;
        String::from_utf8_lossy(&passwd).lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let hit = match user {
                Some(user) => fields.first() == Some(&user),
                None => fields.get(2) == Some(&uid.as_str()),
            };
            if hit { fields.get(5).map(|s| (*s).to_owned()) } else { None }
        })
    }
}

/// The pattern that `parts` make.
pub(crate) fn as_pattern(parts: Vec<Part>) -> String {
    let quoted = |part| if let Part::Quoted(text) = part { Part::Literal(pattern::quote(&text)) } else { part };
    join(parts.into_iter().map(quoted).collect())
}

/// The text of `parts`, fields apart by a blank.
pub(crate) fn join(parts: Vec<Part>) -> String {
    parts
        .into_iter()
        .map(|part| match part {
            Part::Literal(text) | Part::Quoted(text) | Part::Split(text) => text,
            Part::Break => " ".into(),
        })
        .collect()
}

fn unescape_backquoted(text: &str, in_quotes: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(next)) if matches!(next, '\\' | '`' | '$') || (in_quotes && *next == '"') => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}
