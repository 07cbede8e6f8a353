//! The scanner. Iterative, so that a bomb of brackets costs no stack. Models encoding/json scanner.go.
use super::{KEPT_DEPTH, MAX_DEPTH, Node, quote_char};
use std::borrow::Cow;

const END: &str = "unexpected end of JSON input";

enum Open<'a> {
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>, Cow<'a, str>),
}

struct Scanner<'a> {
    body: &'a [u8],
    position: usize,
    open: Vec<Open<'a>>,
    /// Brackets open beyond those kept: true for an object.
    deep: Vec<bool>,
}

pub(super) fn parse(body: &[u8]) -> Result<Node<'_>, String> {
    let mut scanner = Scanner { body, position: 0, open: Vec::new(), deep: Vec::new() };
    let node = scanner.document()?;
    scanner.skip_space();
    match scanner.peek() {
        None => Ok(node),
        Some(byte) => Err(invalid(byte, "after top-level value")),
    }
}

fn invalid(byte: u8, context: &str) -> String {
    format!("invalid character {} {context}", quote_char(byte))
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.body.get(self.position).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.position += 1;
        }
    }

    /// The next byte that is no space.
    fn next_token(&mut self) -> Result<u8, String> {
        self.skip_space();
        self.peek().ok_or_else(|| END.to_string())
    }

    fn depth(&self) -> usize {
        self.open.len() + self.deep.len()
    }

    fn document(&mut self) -> Result<Node<'a>, String> {
        loop {
            let mut value = match self.value()? {
                Some(value) => value,
                None => continue,
            };
            loop {
                if self.depth() == 0 {
                    return Ok(value);
                }
                match self.after_value(value)? {
                    Some(closed) => value = closed,
                    None => break,
                }
            }
        }
    }

    /// A value, or nothing when a bracket with content was opened.
    fn value(&mut self) -> Result<Option<Node<'a>>, String> {
        let byte = self.next_token()?;
        match byte {
            b'{' => self.open_object(),
            b'[' => self.open_array(),
            b'"' => Ok(Some(Node::String(self.string()?))),
            b't' => self.literal("true", Node::Bool(true)).map(Some),
            b'f' => self.literal("false", Node::Bool(false)).map(Some),
            b'n' => self.literal("null", Node::Null).map(Some),
            b'-' | b'0'..=b'9' => self.number().map(Some),
            _ => Err(invalid(byte, "looking for beginning of value")),
        }
    }

    fn enter(&mut self) -> Result<(), String> {
        self.position += 1;
        if self.depth() >= MAX_DEPTH {
            return Err("exceeded max depth".to_string());
        }
        Ok(())
    }

    fn open_array(&mut self) -> Result<Option<Node<'a>>, String> {
        self.enter()?;
        if self.next_token()? == b']' {
            self.position += 1;
            return Ok(Some(Node::Array(Vec::new())));
        }
        if self.open.len() < KEPT_DEPTH {
            self.open.push(Open::Array(Vec::new()));
        } else {
            self.deep.push(false);
        }
        Ok(None)
    }

    fn open_object(&mut self) -> Result<Option<Node<'a>>, String> {
        self.enter()?;
        if self.next_token()? == b'}' {
            self.position += 1;
            return Ok(Some(Node::Object(Vec::new())));
        }
        let key = self.key()?;
        if self.open.len() < KEPT_DEPTH {
            self.open.push(Open::Object(Vec::new(), key));
        } else {
            self.deep.push(true);
        }
        Ok(None)
    }

    fn key(&mut self) -> Result<Cow<'a, str>, String> {
        let byte = self.next_token()?;
        if byte != b'"' {
            return Err(invalid(byte, "looking for beginning of object key string"));
        }
        let key = self.string()?;
        let colon = self.next_token()?;
        if colon != b':' {
            return Err(invalid(colon, "after object key"));
        }
        self.position += 1;
        Ok(key)
    }

    /// Puts a value into the innermost bracket; answers that bracket's value when it closes.
    fn after_value(&mut self, value: Node<'a>) -> Result<Option<Node<'a>>, String> {
        let byte = self.next_token()?;
        let object = match self.deep.last() {
            Some(object) => *object,
            None => matches!(self.open.last(), Some(Open::Object(..))),
        };
        let (close, context) = if object { (b'}', "after object key:value pair") } else { (b']', "after array element") };
        if byte != b',' && byte != close {
            return Err(invalid(byte, context));
        }
        self.position += 1;
        let next_key = if byte == b',' && object { Some(self.key()?) } else { None };
        if !self.deep.is_empty() {
            if byte == close {
                self.deep.pop();
                return Ok(Some(Node::Null));
            }
            return Ok(None);
        }
        match self.open.last_mut() {
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Object(entries, key)) => {
                let key = std::mem::replace(key, next_key.unwrap_or_default());
                entries.push((key, value));
            }
            None => {}
        }
        if byte != close {
            return Ok(None);
        }
        Ok(self.open.pop().map(|open| match open {
            Open::Array(items) => Node::Array(items),
            Open::Object(entries, _) => Node::Object(entries),
        }))
    }

    fn literal(&mut self, word: &'static str, node: Node<'a>) -> Result<Node<'a>, String> {
        for expected in word.bytes() {
            match self.peek() {
                None => return Err(END.to_string()),
                Some(byte) if byte == expected => self.position += 1,
                Some(byte) => {
                    let context = format!("in literal {word} (expecting {})", quote_char(expected));
                    return Err(invalid(byte, &context));
                }
            }
        }
        Ok(node)
    }

    fn digits(&mut self) -> usize {
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.position += 1;
        }
        self.position - start
    }

    fn need_digits(&mut self, context: &str) -> Result<(), String> {
        if self.digits() > 0 {
            return Ok(());
        }
        Err(self.peek().map_or_else(|| END.to_string(), |byte| invalid(byte, context)))
    }

    fn number(&mut self) -> Result<Node<'a>, String> {
        let start = self.position;
        if self.peek() == Some(b'-') {
            self.position += 1;
        }
        if self.peek() == Some(b'0') {
            self.position += 1;
        } else {
            self.need_digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.position += 1;
            self.need_digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.position += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.position += 1;
            }
            self.need_digits("in exponent of numeric literal")?;
        }
        let digits = self.body.get(start..self.position).unwrap_or_default();
        Ok(Node::Number(String::from_utf8_lossy(digits)))
    }

    /// The text between the quotes; broken UTF-8 becomes U+FFFD, as in Go.
    fn string(&mut self) -> Result<Cow<'a, str>, String> {
        self.position += 1;
        let start = self.position;
        let rest = self.body.get(start..).unwrap_or_default();
        let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len());
        self.position += plain;
        match self.peek() {
            Some(b'"') => {
                self.position += 1;
                Ok(String::from_utf8_lossy(rest.get(..plain).unwrap_or_default()))
            }
            Some(b'\\') => self.escaped_string(start),
            Some(byte) => Err(invalid(byte, "in string literal")),
            None => Err(END.to_string()),
        }
    }

    fn escaped_string(&mut self, start: usize) -> Result<Cow<'a, str>, String> {
        let mut bytes = self.body.get(start..self.position).unwrap_or_default().to_vec();
        while let Some(byte) = self.peek() {
            self.position += 1;
            match byte {
                b'"' => return Ok(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())),
                b'\\' => {
                    let character = self.escape()?;
                    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                0..=0x1f => return Err(invalid(byte, "in string literal")),
                _ => bytes.push(byte),
            }
        }
        Err(END.to_string())
    }

    fn escape(&mut self) -> Result<char, String> {
        let byte = self.peek().ok_or_else(|| END.to_string())?;
        self.position += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex4()?;
                if !(0xd800..0xdc00).contains(&first) || !self.body.get(self.position..).is_some_and(|rest| rest.starts_with(b"\\u")) {
                    return Ok(char::from_u32(first).unwrap_or('\u{fffd}'));
                }
                let back = self.position;
                self.position += 2;
                let second = self.hex4()?;
                if (0xdc00..0xe000).contains(&second) {
                    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                }
                self.position = back;
                '\u{fffd}'
            }
            _ => return Err(invalid(byte, "in string escape code")),
        })
    }

    fn hex4(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.peek().ok_or_else(|| END.to_string())?;
            let digit = char::from(byte).to_digit(16);
            code = code * 16 + digit.ok_or_else(|| invalid(byte, "in \\u hexadecimal character escape"))?;
            self.position += 1;
        }
        Ok(code)
    }
}
