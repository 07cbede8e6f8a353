//! Splits a template into tokens. Models text/template/parse/lex.go.

use crate::kubectl::printers::gofmt::{self, Unquoted, unquote_char};

#[derive(Clone, Debug, PartialEq)]
pub enum Tok {
    Text(String),
    Open,
    Close,
    Field(String),
    Variable(String),
    Ident(String),
    Number(String),
    Str(String, String),
    Char(char, String),
    Dot,
    Space,
    Pipe,
    Comma,
    Assign,
    Declare,
    LeftParen,
    RightParen,
    Error(String),
    Eof,
}

#[derive(Clone, Debug)]
pub struct Token {
    pub tok: Tok,
    pub pos: usize,
}

/// The tokens of `text`; an error ends the list.
pub fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, pos: 0, out: Vec::new(), parens: 0 };
    lexer.run();
    lexer.out
}

struct Lexer<'a> {
    text: &'a str,
    pos: usize,
    out: Vec<Token>,
    parens: usize,
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn push(&mut self, tok: Tok, pos: usize) {
        self.out.push(Token { tok, pos });
    }

    fn error(&mut self, message: String, pos: usize) -> bool {
        self.push(Tok::Error(message), pos);
        false
    }

    fn run(&mut self) {
        let mut trim_next = false;
        loop {
            let start = self.pos;
            let open = self.rest().find("{{");
            let end = open.map_or(self.text.len(), |i| start + i);
            let mut body = self.text.get(start..end).unwrap_or_default();
            if std::mem::take(&mut trim_next) {
                body = body.trim_start_matches(is_space);
            }
            let after = self.text.get(end + 2..).unwrap_or_default();
            let trim_left = open.is_some() && after.starts_with('-') && after[1..].starts_with(is_space);
            if trim_left {
                body = body.trim_end_matches(is_space);
            }
            if !body.is_empty() {
                let body = body.to_owned();
                self.push(Tok::Text(body), start);
            }
            if open.is_none() {
                self.push(Tok::Eof, end);
                return;
            }
            self.pos = end + 2 + if trim_left { 2 } else { 0 };
            if self.rest().starts_with("/*") {
                match self.comment() {
                    Some(trim) => trim_next = trim,
                    None => return,
                }
                continue;
            }
            self.push(Tok::Open, end);
            match self.action() {
                Some(trim) => trim_next = trim,
                None => return,
            }
        }
    }

    fn comment(&mut self) -> Option<bool> {
        let start = self.pos;
        let Some(length) = self.rest().find("*/") else {
            self.error("unclosed comment".into(), start);
            return None;
        };
        self.pos += length + 2;
        match self.close() {
            Some(trim) => Some(trim),
            None => {
                self.error("comment ends before closing delimiter".into(), start);
                None
            }
        }
    }

    /// Takes the right delimiter, if it stands here; tells whether it trims.
    fn close(&mut self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with("}}") {
            self.pos += 2;
            return Some(false);
        }
        let trimmed = rest.trim_start_matches(is_space);
        if trimmed.len() < rest.len() && trimmed.starts_with("-}}") {
            self.pos += rest.len() - trimmed.len() + 3;
            return Some(true);
        }
        None
    }

    fn action(&mut self) -> Option<bool> {
        self.parens = 0;
        loop {
            let start = self.pos;
            if let Some(trim) = self.close() {
                if self.parens > 0 {
                    self.error("unclosed left paren".into(), start);
                    return None;
                }
                self.push(Tok::Close, start);
                return Some(trim);
            }
            if !self.inside(start) {
                return None;
            }
        }
    }

    /// One token inside an action.
    fn inside(&mut self, start: usize) -> bool {
        let Some(c) = self.rest().chars().next() else { return self.error("unclosed action".into(), start) };
        self.pos += c.len_utf8();
        let next = self.rest().chars().next();
        match c {
            c if is_space(c) => {
                while self.rest().starts_with(is_space) && !self.rest().trim_start_matches(is_space).starts_with("-}}") {
                    self.pos += 1;
                }
                self.push(Tok::Space, start);
            }
            '=' => self.push(Tok::Assign, start),
            ':' if next == Some('=') => {
                self.pos += 1;
                self.push(Tok::Declare, start);
            }
            ':' => return self.error("expected :=".into(), start),
            '|' => self.push(Tok::Pipe, start),
            ',' => self.push(Tok::Comma, start),
            '"' => return self.string(start, '"'),
            '`' => return self.raw(start),
            '\'' => return self.string(start, '\''),
            '$' => self.word(start, Tok::Variable),
            '.' if next.is_some_and(|n| !n.is_ascii_digit()) => {
                if next.is_some_and(is_alphanumeric) {
                    self.word(start, Tok::Field)
                } else {
                    self.push(Tok::Dot, start)
                }
            }
            c if c == '.' || c == '+' || c == '-' || c.is_ascii_digit() => return self.number(start),
            c if is_alphanumeric(c) => self.word(start, Tok::Ident),
            '(' => {
                self.parens += 1;
                self.push(Tok::LeftParen, start);
            }
            ')' if self.parens == 0 => return self.error("unexpected right paren".into(), start),
            ')' => {
                self.parens -= 1;
                self.push(Tok::RightParen, start);
            }
            c => return self.error(format!("unrecognized character in action: U+{:04X} '{c}'", c as u32), start),
        }
        true
    }

    fn word(&mut self, start: usize, make: fn(String) -> Tok) {
        while self.rest().starts_with(is_alphanumeric) {
            self.pos += self.rest().chars().next().map_or(1, char::len_utf8);
        }
        let word = self.text.get(start..self.pos).unwrap_or_default().to_owned();
        let rest = self.rest();
        let ends = rest.is_empty() || rest.starts_with("}}") || rest.starts_with([' ', '\t', '\r', '\n', '.', ',', '|', ':', ')', '(']);
        match rest.chars().next() {
            Some(c) if !ends => self.push(Tok::Error(format!("bad character U+{:04X} '{c}'", c as u32)), start),
            _ => self.push(make(word), start),
        }
    }

    fn number(&mut self, start: usize) -> bool {
        while self.rest().starts_with(|c: char| is_alphanumeric(c) || c == '.') {
            self.pos += self.rest().chars().next().map_or(1, char::len_utf8);
        }
        let text = self.text.get(start..self.pos).unwrap_or_default().to_owned();
        if text.contains(|c: char| c.is_alphabetic() && !"xXabcdefABCDEFoOpPi_".contains(c)) {
            return self.error(format!("bad number syntax: {}", gofmt::quote(&text)), start);
        }
        self.push(Tok::Number(text), start);
        true
    }

    fn raw(&mut self, start: usize) -> bool {
        let Some(length) = self.rest().find('`') else { return self.error("unterminated raw quoted string".into(), start) };
        let inner = self.rest().get(..length).unwrap_or_default().to_owned();
        self.pos += length + 1;
        let source = self.text.get(start..self.pos).unwrap_or_default().to_owned();
        self.push(Tok::Str(inner, source), start);
        true
    }

    fn string(&mut self, start: usize, quote: char) -> bool {
        let mut value = String::new();
        loop {
            let rest = self.rest();
            if rest.starts_with(quote) {
                self.pos += 1;
                break;
            }
            if rest.is_empty() || rest.starts_with('\n') {
                let what = if quote == '"' { "unterminated quoted string" } else { "unterminated character constant" };
                return self.error(what.into(), start);
            }
            match unquote_char(rest, quote) {
                Unquoted::Char(c, used) => {
                    value.push(c);
                    self.pos += used;
                }
                Unquoted::Invalid => return self.error("invalid syntax".into(), start),
            }
        }
        let source = self.text.get(start..self.pos).unwrap_or_default().to_owned();
        let mut chars = value.chars();
        let tok = match (quote, chars.next(), chars.next()) {
            ('"', ..) => Tok::Str(value, source),
            (_, Some(c), None) => Tok::Char(c, source),
            _ => return self.error(format!("malformed character constant: {source}"), start),
        };
        self.push(tok, start);
        true
    }
}
