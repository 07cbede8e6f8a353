//! JSON read and written as jq 1.6 does.

use std::rc::Rc;

use super::value::{Object, Value};

/// Arrays and objects nest this deep at most; jq's own limit.
pub(super) const DEPTH_LIMIT: usize = 256;

/// An open array or object, or the key whose value comes next.
enum Open {
    Array(Vec<Value>),
    Object(Object),
    Key(Rc<str>),
}

/// Reads values from text one after the other. Models `jv_parse.c`, whose messages depend on its states.
pub(super) struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    column: usize,
    stack: Vec<Open>,
    next: Option<Value>,
    token: String,
    /// Nothing comes after this text.
    whole: bool,
    /// Up to where the text went into values.
    used: usize,
}

type Fault = &'static str;
const UNFINISHED: Fault = "Unfinished string at EOF";

impl<'t> Reader<'t> {
    /// Reads `text`, which comes after so many lines; `whole` if nothing comes after it.
    pub fn new(text: &'t str, lines: usize, whole: bool) -> Self {
        Reader { text, at: 0, line: lines + 1, column: 0, stack: Vec::new(), next: None, token: String::new(), whole, used: 0 }
    }

    /// How many bytes went into values, or into space between them.
    pub fn used(&self) -> usize {
        self.used
    }

    /// How many lines were taken up to now: jq reads whole lines.
    pub fn lines_read(&self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let here = self.at > 0 && !self.text.get(..self.at).is_some_and(|t| t.ends_with('\n'));
        self.line - 1 + usize::from(here && rest.contains('\n'))
    }

    fn fault(&self, what: &str) -> String {
        format!("{what} at line {}, column {}", self.line, self.column)
    }

    /// The next value. `Err` is the message; nothing can be read after it.
    pub fn next(&mut self) -> Option<Result<Value, String>> {
        while let Some(c) = self.text.get(self.at..).and_then(|t| t.chars().next()) {
            self.at += c.len_utf8();
            self.column += c.len_utf8();
            if c == '\n' {
                self.line += 1;
                self.column = 0;
            }
            match self.scan(c) {
                Err(fault) => return Some(Err(self.fault(fault))),
                Ok(Some(value)) => {
                    self.used = self.at;
                    return Some(Ok(value));
                }
                Ok(None) if self.stack.is_empty() && self.next.is_none() && self.token.is_empty() => self.used = self.at,
                Ok(None) => {}
            }
        }
        if self.whole { self.finish() } else { None }
    }

    fn finish(&mut self) -> Option<Result<Value, String>> {
        let at_end = |reader: &Self, what: &str| Some(Err(reader.fault(&format!("{what} at EOF"))));
        self.used = self.text.len();
        if let Err(fault) = self.literal() {
            return at_end(self, fault);
        }
        if !self.stack.is_empty() {
            return at_end(self, "Unfinished JSON term");
        }
        self.next.take().map(Ok)
    }

    /// Takes one character; gives a top-level value that is complete.
    fn scan(&mut self, c: char) -> Result<Option<Value>, Fault> {
        let structural = matches!(c, '[' | ']' | '{' | '}' | ':' | ',' | '"');
        if !structural && !matches!(c, ' ' | '\t' | '\r' | '\n') {
            self.token.push(c);
            return Ok(None);
        }
        self.literal()?;
        let mut done = None;
        if self.stack.is_empty() && self.next.is_some() {
            done = self.next.take();
        }
        if c == '"' {
            let text = match self.string() {
                Err(UNFINISHED) if !self.whole => {
                    // The string goes on in what comes next.
                    self.token.push('"');
                    return Ok(None);
                }
                text => text?,
            };
            self.value(Value::text(text))?;
        } else if structural {
            self.structure(c)?;
        }
        if done.is_none() && self.stack.is_empty() && matches!(c, ']' | '}' | '"') {
            done = self.next.take();
        }
        Ok(done)
    }

    fn value(&mut self, value: Value) -> Result<(), Fault> {
        if self.next.is_some() {
            return Err("Expected separator between values");
        }
        self.next = Some(value);
        Ok(())
    }

    fn structure(&mut self, c: char) -> Result<(), Fault> {
        match c {
            '[' | '{' => {
                if self.stack.len() >= DEPTH_LIMIT {
                    return Err("Exceeds depth limit for parsing");
                }
                if self.next.is_some() {
                    return Err("Expected separator between values");
                }
                self.stack.push(if c == '[' { Open::Array(Vec::new()) } else { Open::Object(Object::default()) });
            }
            ':' => match (self.stack.last(), self.next.take()) {
                (_, None) => return Err("Expected string key before ':'"),
                (Some(Open::Object(_)), Some(Value::Text(key))) => self.stack.push(Open::Key(key)),
                (Some(Open::Object(_)), Some(_)) => return Err("Object keys must be strings"),
                _ => return Err("':' not as part of an object"),
            },
            ',' => {
                let Some(value) = self.next.take() else { return Err("Expected value before ','") };
                match self.stack.last_mut() {
                    None => return Err("',' should separate object elements"),
                    Some(Open::Array(items)) => items.push(value),
                    Some(Open::Key(_)) => self.pair(value),
                    Some(Open::Object(_)) => return Err("Objects must consist of key:value pairs"),
                }
            }
            ']' => {
                let next = self.next.take();
                let Some(Open::Array(items)) = self.stack.last_mut() else { return Err("Unmatched ']'") };
                match next {
                    Some(value) => items.push(value),
                    None if items.is_empty() => {}
                    None => return Err("Expected another array element"),
                }
                let items = std::mem::take(items);
                self.stack.pop();
                self.next = Some(Value::array(items));
            }
            _ => {
                if self.stack.is_empty() {
                    return Err("Unmatched '}'");
                }
                match self.next.take() {
                    Some(value) if matches!(self.stack.last(), Some(Open::Key(_))) => self.pair(value),
                    Some(_) => return Err("Objects must consist of key:value pairs"),
                    None => match self.stack.last() {
                        Some(Open::Object(object)) if object.len() == 0 => {}
                        Some(Open::Object(_)) => return Err("Expected another key-value pair"),
                        _ => return Err("Unmatched '}'"),
                    },
                }
                if let Some(Open::Object(object)) = self.stack.pop() {
                    self.next = Some(Value::Object(Rc::new(object)));
                }
            }
        }
        Ok(())
    }

    /// Closes the open key with its value.
    fn pair(&mut self, value: Value) {
        if let Some(Open::Key(key)) = self.stack.pop()
            && let Some(Open::Object(object)) = self.stack.last_mut()
        {
            object.insert(key, value);
        }
    }

    /// The word before here is a number or one of the constants.
    fn literal(&mut self) -> Result<(), Fault> {
        if self.token.is_empty() {
            return Ok(());
        }
        let token = std::mem::take(&mut self.token);
        let value = match token.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            "nan" => Value::Number(f64::NAN),
            word if word.starts_with(['t', 'f', 'n']) => return Err("Invalid literal"),
            word => Value::Number(number(word).ok_or("Invalid numeric literal")?),
        };
        self.value(value)
    }

    /// The rest of a string. Its faults are found at its end.
    fn string(&mut self) -> Result<String, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut escaped = false;
        let end = rest.find(|c| {
            let quote = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            quote
        });
        let taken = rest.get(..end.map_or(rest.len(), |end| end + 1)).unwrap_or_default();
        self.at += taken.len();
        match taken.rfind('\n') {
            Some(newline) => {
                self.line += taken.matches('\n').count();
                self.column = taken.len() - newline - 1;
            }
            None => self.column += taken.len(),
        }
        let end = end.ok_or(UNFINISHED)?;
        unescape(rest.get(..end).unwrap_or_default())
    }
}

fn unescape(text: &str) -> Result<String, Fault> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((_, c)) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next().map(|(_, c)| c) {
            Some('u') => out.push(unicode(&mut chars).ok_or("Invalid \\uXXXX escape")?),
            Some(c) => {
                let meant = "\"\\/bfnrt".find(c).and_then(|i| "\"\\/\u{8}\u{c}\n\r\t".chars().nth(i));
                out.push(meant.ok_or("Invalid escape")?);
            }
            None => return Err("Expected escape character at end of string"),
        }
    }
    Ok(out)
}

/// What follows `\u`: one escape, or a pair of surrogates.
fn unicode(chars: &mut std::str::CharIndices) -> Option<char> {
    let four = |chars: &mut std::str::CharIndices| {
        let mut code = 0;
        for _ in 0..4 {
            code = code * 16 + chars.next()?.1.to_digit(16)?;
        }
        Some(code)
    };
    let code = four(chars)?;
    if (0xd800..0xdc00).contains(&code) {
        let mut ahead = chars.clone();
        if ahead.next()?.1 == '\\' && ahead.next()?.1 == 'u' {
            let low = four(&mut ahead)?;
            if (0xdc00..0xe000).contains(&low) {
                *chars = ahead;
                return char::from_u32(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
            }
        }
    }
    Some(char::from_u32(code).unwrap_or('\u{fffd}'))
}

/// A number as strtod(3) reads it, without its hexadecimal forms and names.
pub(super) fn number(word: &str) -> Option<f64> {
    let plain = word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    let number: f64 = if plain { word.parse().ok()? } else { return None };
    Some(if number.is_infinite() { f64::MAX.copysign(number) } else { number })
}

/// The one value of `text`. The error is the message of `fromjson`.
pub(super) fn parse(text: &str) -> Result<Value, String> {
    let mut reader = Reader::new(text, 0, true);
    let value = match reader.next() {
        None => return Ok(Value::Null),
        Some(value) => value?,
    };
    match reader.next() {
        None => Ok(value),
        Some(Ok(_)) => Err("Unexpected extra JSON values".into()),
        Some(Err(fault)) => Err(fault),
    }
}

/// How values are written.
#[derive(Clone, Copy, Default)]
pub(super) struct Style {
    /// Spaces per level, `None` for one line.
    pub indent: Option<usize>,
    pub tab: bool,
    pub sort: bool,
    pub ascii: bool,
    pub color: bool,
}

const COMPACT: Style = Style { indent: None, tab: false, sort: false, ascii: false, color: false };

/// The value on one line.
pub(super) fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, &COMPACT, 0);
    out
}

/// The colour of a value, as `-C` has it.
fn color_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "\x1b[1;30m",
        Value::Bool(_) | Value::Number(_) => "\x1b[0;39m",
        Value::Text(_) => "\x1b[0;32m",
        Value::Array(_) | Value::Object(_) => "\x1b[1;39m",
    }
}

const RESET: &str = "\x1b[0m";

pub(super) fn write(out: &mut String, value: &Value, style: &Style, level: usize) {
    if level > DEPTH_LIMIT {
        out.push_str("<skipped: too deep>");
        return;
    }
    let color = if style.color { color_of(value) } else { "" };
    out.push_str(color);
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number_text(*number)),
        Value::Text(text) => quote(out, text, style.ascii),
        Value::Array(items) => write_items(out, ['[', ']'], items.iter().map(|item| (None, item)), style, level),
        Value::Object(object) if style.sort => {
            write_items(out, ['{', '}'], object.sorted().map(|(key, item)| (Some(key), item)), style, level);
        }
        Value::Object(object) => {
            write_items(out, ['{', '}'], object.entries().iter().map(|entry| (Some(&entry.0), &entry.1)), style, level);
        }
    }
    if style.color {
        out.push_str(RESET);
    }
}

fn write_items<'v>(
    out: &mut String,
    brackets: [char; 2],
    items: impl Iterator<Item = (Option<&'v Rc<str>>, &'v Value)>,
    style: &Style,
    level: usize,
) {
    const BRIGHT: &str = "\x1b[1;39m";
    let newline = |out: &mut String, level: usize| {
        if style.tab {
            out.push('\n');
            out.extend(std::iter::repeat_n('\t', level));
        } else if let Some(width) = style.indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', level * width));
        }
    };
    out.push(brackets[0]);
    let mut empty = true;
    for (key, item) in items {
        if !empty {
            out.push(',');
        }
        newline(out, level + 1);
        if let Some(key) = key {
            if style.color {
                out.push_str(RESET);
                out.push_str("\x1b[34;1m");
            }
            quote(out, key, style.ascii);
            if style.color {
                out.push_str(RESET);
                out.push_str(BRIGHT);
            }
            out.push(':');
            if style.tab || style.indent.is_some() {
                out.push(' ');
            }
            if style.color {
                out.push_str(RESET);
            }
        }
        write(out, item, style, level + 1);
        if style.color {
            out.push_str(BRIGHT);
        }
        empty = false;
    }
    if !empty {
        newline(out, level);
        if style.color {
            out.push_str(BRIGHT);
        }
    }
    out.push(brackets[1]);
}

/// A string in quotes.
fn quote(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 32 || c as u32 == 127 || (ascii && !c.is_ascii()) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A number as jq 1.6 writes it: the shortest digits, exponents for the very large and small. Models `jvp_dtoa_fmt`.
pub(super) fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "null".into();
    }
    let number = if number.is_infinite() { f64::MAX.copysign(number) } else { number };
    if number == 0.0 {
        return if number.is_sign_negative() { "-0".into() } else { "0".into() };
    }
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let point = exponent.parse::<i32>().unwrap_or(0) + 1;
    let count = i32::try_from(digits.len()).unwrap_or(0);
    let text = if point <= -4 || point > count + 15 {
        let (first, rest) = digits.split_at(1);
        let sign = if point - 1 < 0 { '-' } else { '+' };
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{first}{dot}{rest}e{sign}{:02}", (point - 1).abs())
    } else if point <= 0 {
        format!("0.{}{digits}", "0".repeat(point.unsigned_abs() as usize))
    } else if point >= count {
        format!("{digits}{}", "0".repeat((point - count).unsigned_abs() as usize))
    } else {
        let (whole, fraction) = digits.split_at(point.unsigned_abs() as usize);
        format!("{whole}.{fraction}")
    };
    if number < 0.0 { format!("-{text}") } else { text }
}
