use super::super::arith::ArithError;
use super::super::state::{Flow, Shell};
use super::super::syntax::skip_quoted;
use super::{Part, Place};
use crate::sim::LocalBoxFuture;

impl Shell {
    /// What a `$` at `at` means; gives where to go on.
    pub(super) fn dollar<'a>(
        &'a mut self,
        raw: &'a str,
        at: usize,
        place: Place,
        out: &'a mut Vec<Part>,
    ) -> LocalBoxFuture<'a, Result<usize, Flow>> {
        Box::pin(async move {
            let bytes = raw.as_bytes();
            let end = skip_quoted(raw, at, self.dialect, 0).unwrap_or(raw.len());
            let part = |text: String| if place.is_quoted() { Part::Quoted(text) } else { Part::Split(text) };
            match bytes.get(at + 1) {
                Some(b'(') if raw.get(at..end).is_some_and(|s| s.starts_with("$((") && s.ends_with("))") && self.is_arithmetic(s)) => {
                    let text = raw.get(at + 3..end - 2).unwrap_or("");
                    let value = self.arithmetic(text).await?;
                    out.push(part(value.to_string()));
                    Ok(end)
                }
                Some(b'(') => {
                    let text = self.substitute(raw.get(at + 2..end - 1).unwrap_or("")).await?;
                    out.push(part(text));
                    Ok(end)
                }
                Some(b'[') if self.dialect.is_bash() => {
                    let value = self.arithmetic(raw.get(at + 2..end - 1).unwrap_or("")).await?;
                    out.push(part(value.to_string()));
                    Ok(end)
                }
                Some(b'{') => {
                    let inner = raw.get(at + 2..end - 1).unwrap_or("");
                    let parts = self.braced(inner, place).await?;
                    out.extend(parts);
                    Ok(end)
                }
                Some(b'\'') if !place.is_quoted() && !self.dialect.is_dash() => {
                    out.push(Part::Quoted(ansi_c(raw.get(at + 2..end - 1).unwrap_or(""))));
                    Ok(end)
                }
                Some(b'"') if !place.is_quoted() && self.dialect.is_bash() => {
                    let end = skip_quoted(raw, at + 1, self.dialect, 0).unwrap_or(raw.len());
                    self.double_quoted(raw.get(at + 2..end - 1).unwrap_or(""), out).await?;
                    Ok(end)
                }
                Some(b) if *b == b'_' || b.is_ascii_alphabetic() => {
                    let rest = raw.get(at + 1..).unwrap_or("");
                    let len = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                    let name = rest.get(..len).unwrap_or("");
                    let parts = self.plain(name, place).await?;
                    out.extend(parts);
                    Ok(at + 1 + len)
                }
                Some(b) if b.is_ascii_digit() || b"@*#?-$!".contains(b) => {
                    let name = raw.get(at + 1..at + 2).unwrap_or("");
                    let parts = self.plain(name, place).await?;
                    out.extend(parts);
                    Ok(at + 2)
                }
                _ => {
                    out.push(if place.is_quoted() { Part::Quoted("$".into()) } else { Part::Literal("$".into()) });
                    Ok(at + 1)
                }
            }
        })
    }

    /// Whether `$((…))` closes its two parentheses together.
    fn is_arithmetic(&self, text: &str) -> bool {
        let mut level = 0i32;
        let last = text.len() - 1;
        for (i, c) in text.char_indices() {
            match c {
                '(' => level += 1,
                ')' => level -= 1,
                _ => {}
            }
            if level == 1 && c == ')' && i + 1 != last {
                return false;
            }
        }
        true
    }

    /// The value of an arithmetic expression, expansions first.
    pub fn arithmetic<'a>(&'a mut self, raw: &'a str) -> LocalBoxFuture<'a, Result<i64, Flow>> {
        Box::pin(async move {
            let text = self.expand_text(raw, Place::Quoted).await?.replace('"', "");
            match self.evaluate(&text) {
                Ok(value) => Ok(value),
                Err(ArithError::Unset(message)) => Err(self.give_up(&message).await),
                Err(ArithError::Wrong(message)) => {
                    let status = self.error_status();
                    Err(self.abandon(&message, status).await)
                }
            }
        })
    }
}

/// The text of `$'…'`.
pub(crate) fn ansi_c(text: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let push = |c: char, out: &mut Vec<u8>| out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            push(c, &mut out);
            continue;
        }
        let Some(escape) = chars.next() else {
            out.push(b'\\');
            break;
        };
        let mut number = |radix: u32, max: usize, first: Option<char>| {
            let mut digits: String = first.into_iter().collect();
            while digits.len() < max
                && let Some(c) = chars.next_if(|c| c.is_digit(radix))
            {
                digits.push(c);
            }
            u32::from_str_radix(&digits, radix).ok()
        };
        match escape {
            'n' => out.push(b'\n'),
            't' => out.push(b'\t'),
            'r' => out.push(b'\r'),
            'a' => out.push(7),
            'b' => out.push(8),
            'e' | 'E' => out.push(27),
            'f' => out.push(12),
            'v' => out.push(11),
            'x' => out.push(number(16, 2, None).unwrap_or(0) as u8),
            'u' => push(number(16, 4, None).and_then(char::from_u32).unwrap_or('?'), &mut out),
            'U' => push(number(16, 8, None).and_then(char::from_u32).unwrap_or('?'), &mut out),
            '0'..='7' => out.push(number(8, 3, Some(escape)).unwrap_or(0) as u8),
            'c' => out.push(chars.next().map_or(0, |c| (c as u8) & 0x1f)),
            '\\' | '\'' | '"' | '?' => push(escape, &mut out),
            other => {
                out.push(b'\\');
                push(other, &mut out);
            }
        }
    }
    // A zero byte ends it.
    let end = out.iter().position(|byte| *byte == 0).unwrap_or(out.len());
    String::from_utf8_lossy(out.get(..end).unwrap_or(&[])).into_owned()
}
