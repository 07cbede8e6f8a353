//! Tokens of YAML 1.1, found where and refused as Kubernetes' reader does it. Models go.yaml.in/yaml/v2 scannerc.go.
//!
//! Own code because the texts and line numbers of errors are what a learner sees, and because YAML 1.2 parsers read
//! tabs, `?` and directives differently.
use super::cursor::{Cursor, Mark};
use super::{Stage, SyntaxError};
use std::collections::{BTreeMap, VecDeque};

/// Deepest nesting of flow collections and of indentation. Models max_flow_level, max_indents.
const MAX_DEPTH: usize = 10_000;
/// How far ahead of its `:` a key may start.
const SIMPLE_KEY_LENGTH: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Quoted,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    StreamEnd,
    Version(u8, u8),
    TagDirective { handle: String, prefix: String },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag { handle: String, suffix: String },
    Scalar { value: String, style: Style },
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub start: Mark,
    pub end: Mark,
}

#[derive(Clone, Copy, Debug, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token_number: usize,
    mark: Mark,
}

pub(super) struct Scanner<'a> {
    pub(super) cursor: Cursor<'a>,
    tokens: VecDeque<Token>,
    tokens_parsed: usize,
    stream_ended: bool,
    pub(super) indent: i64,
    indents: Vec<i64>,
    pub(super) simple_key_allowed: bool,
    simple_keys: Vec<SimpleKey>,
    simple_keys_by_token: BTreeMap<usize, usize>,
    pub(super) flow_level: usize,
}

pub(super) type Scan<T> = Result<T, SyntaxError>;

impl<'a> Scanner<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self {
            cursor: Cursor::new(text),
            tokens: VecDeque::new(),
            tokens_parsed: 0,
            stream_ended: false,
            indent: -1,
            indents: Vec::new(),
            simple_key_allowed: true,
            simple_keys: vec![SimpleKey::default()],
            simple_keys_by_token: BTreeMap::new(),
            flow_level: 0,
        }
    }

    pub(super) fn error<T>(&self, context: Mark, problem: &str) -> Scan<T> {
        Err(SyntaxError::at(Stage::Scanner, problem, self.cursor.mark, context))
    }

    /// The next token, left in place.
    pub fn peek(&mut self) -> Scan<&Token> {
        self.fetch_more()?;
        let end = self.cursor.mark;
        if self.tokens.is_empty() {
            self.tokens.push_back(Token { kind: TokenKind::StreamEnd, start: end, end });
        }
        match self.tokens.front() {
            Some(token) => Ok(token),
            None => Err(SyntaxError::at(Stage::Parser, "unknown problem parsing YAML content", end, end)),
        }
    }

    /// The next token, taken.
    pub fn next(&mut self) -> Scan<Token> {
        let token = self.peek()?.clone();
        self.tokens.pop_front();
        self.tokens_parsed += 1;
        Ok(token)
    }

    fn fetch_more(&mut self) -> Scan<()> {
        loop {
            if !self.tokens.is_empty() {
                let Some(index) = self.simple_keys_by_token.get(&self.tokens_parsed).copied() else {
                    return Ok(());
                };
                if !self.simple_key_is_valid(index)? {
                    return Ok(());
                }
            }
            if self.stream_ended {
                return Ok(());
            }
            self.fetch_next()?;
        }
    }

    fn fetch_next(&mut self) -> Scan<()> {
        self.skip_to_next_token();
        self.unroll_indent(self.cursor.mark.column as i64);
        if self.cursor.at_end() {
            return self.fetch_stream_end();
        }
        let at_line_start = self.cursor.mark.column == 0;
        let (byte, blank_next) = (self.cursor.byte(0), self.cursor.is_blankz(1));
        if at_line_start && byte == b'%' {
            return self.fetch_directive();
        }
        if at_line_start && self.cursor.starts_document(b"---") {
            return self.fetch_document_indicator(TokenKind::DocumentStart);
        }
        if at_line_start && self.cursor.starts_document(b"...") {
            return self.fetch_document_indicator(TokenKind::DocumentEnd);
        }
        let flow = self.flow_level > 0;
        match byte {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if blank_next => self.fetch_block_entry(),
            b'?' if flow || blank_next => self.fetch_key(),
            b':' if flow || blank_next => self.fetch_value(),
            b'*' | b'&' | b'!' | b'\'' | b'"' => self.fetch_node_token(byte),
            b'|' | b'>' if !flow => self.fetch_block_scalar(byte == b'|'),
            _ if self.starts_plain(byte) => self.fetch_node_token(b'a'),
            _ => self.error(self.cursor.mark, "found character that cannot start any token"),
        }
    }

    fn starts_plain(&self, byte: u8) -> bool {
        if !self.cursor.is_blankz(0) && !b"-?:,[]{}#&*!|>'\"%@`".contains(&byte) {
            return true;
        }
        (byte == b'-' && !self.cursor.is_blank(1)) || (self.flow_level == 0 && matches!(byte, b'?' | b':') && !self.cursor.is_blankz(1))
    }

    fn simple_key_is_valid(&mut self, index: usize) -> Scan<bool> {
        let now = self.cursor.mark;
        let Some(key) = self.simple_keys.get_mut(index).filter(|key| key.possible) else {
            return Ok(false);
        };
        if key.mark.line < now.line || key.mark.index + SIMPLE_KEY_LENGTH < now.index {
            if key.required {
                let mark = key.mark;
                return self.error(mark, "could not find expected ':'");
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn save_simple_key(&mut self) -> Scan<()> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let mark = self.cursor.mark;
        let required = self.flow_level == 0 && self.indent == mark.column as i64;
        let token_number = self.tokens_parsed + self.tokens.len();
        self.remove_simple_key()?;
        let last = self.simple_keys.len().saturating_sub(1);
        if let Some(slot) = self.simple_keys.get_mut(last) {
            *slot = SimpleKey { possible: true, required, token_number, mark };
        }
        self.simple_keys_by_token.insert(token_number, last);
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Scan<()> {
        let Some(key) = self.simple_keys.last_mut().filter(|key| key.possible) else {
            return Ok(());
        };
        if key.required {
            let mark = key.mark;
            return self.error(mark, "could not find expected ':'");
        }
        key.possible = false;
        let number = key.token_number;
        self.simple_keys_by_token.remove(&number);
        Ok(())
    }

    fn roll_indent(&mut self, column: usize, number: Option<usize>, kind: TokenKind, mark: Mark) -> Scan<()> {
        if self.flow_level > 0 || self.indent >= column as i64 {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column as i64;
        if self.indents.len() > MAX_DEPTH {
            return self.error(mark, &format!("exceeded max depth of {MAX_DEPTH}"));
        }
        let token = Token { kind, start: mark, end: mark };
        match number {
            Some(number) => self.insert(number, token),
            None => self.tokens.push_back(token),
        }
        Ok(())
    }

    /// Inserts before the token of this number.
    fn insert(&mut self, number: usize, token: Token) {
        let position = number.saturating_sub(self.tokens_parsed).min(self.tokens.len());
        self.tokens.insert(position, token);
    }

    fn unroll_indent(&mut self, column: i64) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.cursor.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push_back(Token { kind, start, end: self.cursor.mark });
    }

    /// A token of a few characters.
    fn push_indicator(&mut self, kind: TokenKind, length: usize) {
        let start = self.cursor.mark;
        for _ in 0..length {
            self.cursor.skip();
        }
        self.push(kind, start);
    }

    fn fetch_stream_end(&mut self) -> Scan<()> {
        self.cursor.finish_line();
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.stream_ended = true;
        self.push(TokenKind::StreamEnd, self.cursor.mark);
        Ok(())
    }

    fn fetch_directive(&mut self) -> Scan<()> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        let kind = self.scan_directive()?;
        self.push(kind, start);
        Ok(())
    }

    fn fetch_document_indicator(&mut self, kind: TokenKind) -> Scan<()> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.push_indicator(kind, 3);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Scan<()> {
        self.save_simple_key()?;
        self.simple_keys.push(SimpleKey { mark: self.cursor.mark, ..SimpleKey::default() });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return self.error(self.cursor.mark, &format!("exceeded max depth of {MAX_DEPTH}"));
        }
        self.simple_key_allowed = true;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Scan<()> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            if let Some(key) = self.simple_keys.pop() {
                self.simple_keys_by_token.remove(&key.token_number);
            }
        }
        self.simple_key_allowed = false;
        self.push_indicator(kind, 1);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Scan<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::FlowEntry, 1);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Scan<()> {
        let mark = self.cursor.mark;
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.error(mark, "block sequence entries are not allowed in this context");
            }
            self.roll_indent(mark.column, None, TokenKind::BlockSequenceStart, mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.push_indicator(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn fetch_key(&mut self) -> Scan<()> {
        let mark = self.cursor.mark;
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.error(mark, "mapping keys are not allowed in this context");
            }
            self.roll_indent(mark.column, None, TokenKind::BlockMappingStart, mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_indicator(TokenKind::Key, 1);
        Ok(())
    }

    fn fetch_value(&mut self) -> Scan<()> {
        let last = self.simple_keys.len().saturating_sub(1);
        let key = self.simple_keys.get(last).copied().unwrap_or_default();
        if self.simple_key_is_valid(last)? {
            self.insert(key.token_number, Token { kind: TokenKind::Key, start: key.mark, end: key.mark });
            self.roll_indent(key.mark.column, Some(key.token_number), TokenKind::BlockMappingStart, key.mark)?;
            if let Some(key) = self.simple_keys.get_mut(last) {
                key.possible = false;
            }
            self.simple_keys_by_token.remove(&key.token_number);
            self.simple_key_allowed = false;
        } else {
            let mark = self.cursor.mark;
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.error(mark, "mapping values are not allowed in this context");
                }
                self.roll_indent(mark.column, None, TokenKind::BlockMappingStart, mark)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_indicator(TokenKind::Value, 1);
        Ok(())
    }

    /// What can be a node of its own, and so a key: aliases, anchors, tags, flow and plain scalars.
    fn fetch_node_token(&mut self, byte: u8) -> Scan<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.cursor.mark;
        let mut end = None;
        let kind = match byte {
            b'*' => TokenKind::Alias(self.scan_anchor()?),
            b'&' => TokenKind::Anchor(self.scan_anchor()?),
            b'!' => self.scan_tag()?,
            b'\'' | b'"' => TokenKind::Scalar { value: self.scan_quoted(byte == b'\'')?, style: Style::Quoted },
            _ => {
                let (value, last) = self.scan_plain()?;
                end = Some(last);
                TokenKind::Scalar { value, style: Style::Plain }
            }
        };
        let end = end.unwrap_or(self.cursor.mark);
        self.tokens.push_back(Token { kind, start, end });
        Ok(())
    }

    fn fetch_block_scalar(&mut self, literal: bool) -> Scan<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.cursor.mark;
        let (value, end) = self.scan_block_scalar(literal)?;
        self.tokens.push_back(Token { kind: TokenKind::Scalar { value, style: Style::Quoted }, start, end });
        Ok(())
    }

    fn skip_to_next_token(&mut self) {
        loop {
            if self.cursor.mark.column == 0 {
                self.cursor.skip_bom();
            }
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.cursor.byte(0) == b' ' || (tabs && self.cursor.byte(0) == b'\t') {
                self.cursor.skip();
            }
            self.cursor.skip_comment();
            if !self.cursor.is_break(0) {
                return;
            }
            self.cursor.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }
}
