mod operators;
mod text;

use super::super::arith::ArithError;
use super::super::state::{Flow, Shell};
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
        if end == 0 {
            return None;
        }
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

    async fn check_element(&mut self, b: &Braced<'_>) -> Result<(), Flow> {
        match b.index {
            Some(index) => self.check_set(&format!("{}[{index}]", b.name)).await,
            None => self.check_set(b.name).await,
        }
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
                if let Some(text) = self.beyond(name, &index) {
                    self.complain(None, &text).await;
                    return Ok(Held::Nothing);
                }
                match self.element(name, &index) {
                    Ok(value) => value.map_or(Held::Nothing, Held::One),
                    Err(error) => return Err(self.abandon(&error.message(), 1).await),
                }
            }
            (name, None) => self.special(name).map_or(Held::Nothing, Held::One),
        })
    }

    /// A negative index before an array's first element: what bash says of it.
    fn beyond(&mut self, name: &str, index: &str) -> Option<String> {
        let target = self.referent(name);
        let last = match &self.vars.get(&target)?.value {
            super::super::vars::Value::Indexed(items) if index.starts_with('-') => {
                items.keys().next_back().map_or(0, |last| last.saturating_add(1))
            }
            _ => return None,
        };
        (self.evaluate(index).ok()?.saturating_add(last) < 0).then(|| format!("{name}: bad array subscript"))
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
        // busybox has read on to the next line when it finds this.
        let line = self.line;
        self.line += usize::from(self.dialect.is_ash() && self.origin == super::super::state::Origin::Script);
        let status = self.error_status();
        let flow = self.abandon(&message, status).await;
        self.line = line;
        flow
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
                    self.check_element(&b).await?;
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
            if b.index.is_none() && b.rest.is_empty() && self.vars.get(b.name).is_some_and(|var| var.reference) {
                return Ok(self.emit(Held::One(self.referent(b.name)), place));
            }
            if !take_apart(&target).is_some_and(|t| t.rest.is_empty()) {
                return Err(self.abandon(&format!("{target}: invalid variable name"), 1).await);
            }
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
