//! Reads a template into nodes. Models client-go/util/jsonpath/parser.go, error texts included.

use crate::kubectl::printers::gofmt::{Unquoted, unquote_char};

/// One step of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// What stood between `{` and `}`.
    List(Vec<Node>),
    Text(String),
    Field(String),
    Array([Param; 3]),
    Filter {
        left: Vec<Node>,
        right: Vec<Node>,
        operator: String,
    },
    Int(i64),
    Float(f64),
    Bool(bool),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    Identifier(String),
}

/// Start, end or step of an array selection.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Param {
    pub value: i64,
    pub known: bool,
    /// The end was made from the start: `[2]`.
    pub derived: bool,
}

type Result<T> = std::result::Result<T, String>;

/// Parses a whole template.
pub fn parse(text: &str) -> Result<Vec<Node>> {
    let mut parser = Parser { input: text, pos: 0, start: 0 };
    parser.text()
}

fn parse_action(text: &str) -> Result<Vec<Node>> {
    match parse(&format!("{{{text}}}"))?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

struct Parser<'a> {
    input: &'a str,
    pos: usize,
    start: usize,
}

fn is_terminator(c: Option<char>) -> bool {
    matches!(c, None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}'))
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphabetic() || c.is_numeric()
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.input.get(self.pos..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    fn consume(&mut self) -> &'a str {
        let text = self.input.get(self.start..self.pos).unwrap_or_default();
        self.start = self.pos;
        text
    }

    /// Whether the character before the last one read is a backslash.
    fn escaped(&self) -> bool {
        self.pos >= 2 && self.input.as_bytes().get(self.pos - 2) == Some(&b'\\')
    }

    fn text(&mut self) -> Result<Vec<Node>> {
        let mut root = Vec::new();
        loop {
            if self.rest().starts_with('{') {
                if self.pos > self.start {
                    root.push(Node::Text(self.consume().to_owned()));
                }
                self.pos += 1;
                self.consume();
                root.push(Node::List(self.action()?));
                continue;
            }
            if self.next().is_none() {
                break;
            }
        }
        if self.pos > self.start {
            root.push(Node::Text(self.consume().to_owned()));
        }
        Ok(root)
    }

    /// The inside of an action, its closing brace included.
    fn action(&mut self) -> Result<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            let rest = self.rest();
            if rest.starts_with('}') {
                self.pos += 1;
                self.consume();
                return Ok(nodes);
            }
            if rest.starts_with("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if rest.starts_with("..") {
                self.recursive(&mut nodes)?;
                continue;
            }
            match self.next() {
                None | Some('\r' | '\n') => return Err("unclosed action".into()),
                Some(' ' | '@' | '$') => {
                    self.consume();
                }
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote)?),
                Some('.') => nodes.push(self.field()),
                Some(c) if c == '+' || c == '-' || c.is_numeric() => {
                    self.pos -= c.len_utf8();
                    nodes.push(self.number()?);
                }
                Some(c) if is_alphanumeric(c) => {
                    self.pos -= c.len_utf8();
                    nodes.push(self.identifier());
                }
                Some(c) => return Err(format!("unrecognized character in action: U+{:04X} '{c}'", c as u32)),
            }
        }
    }

    fn identifier(&mut self) -> Node {
        while !is_terminator(self.peek()) {
            self.next();
        }
        match self.consume() {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            name => Node::Identifier(name.to_owned()),
        }
    }

    fn recursive(&mut self, nodes: &mut Vec<Node>) -> Result<()> {
        if nodes.last() == Some(&Node::Recursive) {
            return Err("invalid multiple recursive descent".into());
        }
        self.pos += 2;
        self.consume();
        nodes.push(Node::Recursive);
        if self.peek().is_some_and(is_alphanumeric) {
            nodes.push(self.field());
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Node> {
        if matches!(self.peek(), Some('+' | '-')) {
            self.next();
        }
        while self.peek().is_some_and(|c| c == '.' || c.is_numeric()) {
            self.next();
        }
        let text = self.consume();
        if let Ok(int) = text.parse::<i64>() {
            return Ok(Node::Int(int));
        }
        match text.parse::<f64>() {
            Ok(float) if text.contains(|c: char| c.is_ascii_digit()) => Ok(Node::Float(float)),
            _ => Err(format!("cannot parse number {text}")),
        }
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<()> {
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated array".into()),
                Some(']') => break,
                _ => {}
            }
        }
        let text = self.consume();
        let text = text.get(1..text.len() - 1).unwrap_or_default();
        let text = if text == "*" { ":" } else { text };
        if text.contains(',') {
            let parts = text.split(',').map(|part| parse_action(&format!("[{}]", part.trim_matches(' '))));
            nodes.push(Node::Union(parts.collect::<Result<_>>()?));
            return Ok(());
        }
        if let Some(key) = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''))
            && !key.contains('\'')
        {
            nodes.extend(parse_action(&format!(".{key}"))?);
            return Ok(());
        }
        nodes.push(Node::Array(array_params(text)?));
        Ok(())
    }

    fn filter(&mut self) -> Result<Node> {
        self.pos += 3;
        self.consume();
        let mut pair = None;
        let mut end = false;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".into()),
                Some(quote @ ('"' | '\'')) => match pair {
                    None => pair = Some(quote),
                    Some(open) if open == quote && !self.escaped() => end = true,
                    _ => {}
                },
                Some(')') if pair.is_some() == end => break,
                _ => {}
            }
        }
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".into());
        }
        let text = self.consume();
        let text = text.get(..text.len() - 2).unwrap_or_default();
        match split_comparison(text) {
            None => Ok(Node::Filter { left: parse_action(text)?, right: Vec::new(), operator: "exists".into() }),
            Some((left, operator, right)) => {
                Ok(Node::Filter { left: parse_action(left)?, right: parse_action(right)?, operator: operator.into() })
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Node> {
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".into()),
                Some(c) if c == quote && !self.escaped() => break,
                _ => {}
            }
        }
        let text = self.consume();
        match unquote(text, quote) {
            Some(text) => Ok(Node::Text(text)),
            None => Err(format!("unquote string {text} error invalid syntax")),
        }
    }

    fn field(&mut self) -> Node {
        self.consume();
        loop {
            match self.peek() {
                Some('\\') => {
                    self.next();
                    self.next();
                }
                c if is_terminator(c) => break,
                _ => {
                    self.next();
                }
            }
        }
        match self.consume() {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }
}

/// `^([^!<>=]+)([!<>=]+)(.+?)$`.
fn split_comparison(text: &str) -> Option<(&str, &str, &str)> {
    let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
    let start = text.find(is_operator)?;
    let mut end = text[start..].find(|c| !is_operator(c)).map_or(text.len(), |i| start + i);
    if end == text.len() {
        end -= 1;
    }
    if start == 0 || end <= start || text[end..].contains('\n') {
        return None;
    }
    Some((&text[..start], &text[start..end], &text[end..]))
}

/// `^(-?[\d]*)(:-?[\d]*)?(:-?[\d]*)?$`.
fn array_params(text: &str) -> Result<[Param; 3]> {
    let parts: Vec<&str> = text.split(':').collect();
    let digits = |part: &&str| part.strip_prefix('-').unwrap_or(part).bytes().all(|b| b.is_ascii_digit());
    if parts.len() > 3 || !parts.iter().all(digits) {
        return Err(format!("invalid array index {text}"));
    }
    let mut params = [Param::default(); 3];
    for i in 0..3 {
        match parts.get(i) {
            Some(part) if !part.is_empty() => {
                let value = part.parse().map_err(|_| format!("array index {part} is not a number"))?;
                params[i] = Param { value, known: true, derived: false };
            }
            None if i == 1 => params[1] = Param { value: params[0].value + 1, known: true, derived: true },
            _ => {}
        }
    }
    Ok(params)
}

fn unquote(text: &str, quote: char) -> Option<String> {
    let mut inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut out = String::new();
    while !inner.is_empty() {
        match unquote_char(inner, quote) {
            Unquoted::Char(c, used) => {
                out.push(c);
                inner = inner.get(used..)?;
            }
            Unquoted::Invalid => return None,
        }
    }
    Some(out)
}
