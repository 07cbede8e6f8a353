mod compound;
mod conditional;

use std::borrow::Cow;

use super::super::dialect::Dialect;
use super::super::nesting::deeper;
use super::error::{ErrorKind, SyntaxError, TokenClass};
use super::lexer::{Kind, Lexer, Token, is_name};

/// What stands next in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A whole command, up to byte `end`; `text` is what [`super::parse`] makes a tree of.
    Complete { end: usize, text: String },
    /// Nothing but blanks and comments, up to this byte.
    Nothing(usize),
    /// A command whose here-document has no end: what would end it, and the byte where it was announced.
    OpenHere { delimiter: String, announced: usize },
    /// A mistake, or a command whose end is not there ([`SyntaxError::is_incomplete`]).
    Wrong(SyntaxError),
}

/// Reads the command that starts at byte `at`: all of its lines, here-documents included.
pub fn read_command(src: &str, at: usize, dialect: Dialect, extglob: bool) -> Reading {
    let mut parser = Parser::new(src, at, dialect, extglob && dialect.is_bash());
    match parser.complete_command() {
        Ok(true) => match parser.lexer.open_here() {
            None => Reading::Complete { end: parser.lexer.at, text: parser.as_brush_knows(at) },
            // No line ends it, ever.
            Some((delimiter, _)) if delimiter.contains('\n') => {
                Reading::Wrong(SyntaxError { kind: ErrorKind::EndOfFile, expecting: None, offset: src.len(), opened: at })
            }
            Some((delimiter, announced)) => Reading::OpenHere { delimiter, announced },
        },
        Ok(false) => Reading::Nothing(parser.lexer.at),
        Err(error) => Reading::Wrong(error),
    }
}

/// Recognises the grammar without building a tree.
pub(super) struct Parser<'a> {
    pub lexer: Lexer<'a>,
    token: Option<Token>,
    /// Where command words stand, for alias expansion.
    pub command_words: Vec<(usize, usize)>,
    /// What brush-parser does not know, and what it is to read there: `start..end` and the text.
    rewrites: Vec<(usize, usize, Cow<'static, str>)>,
    nesting: usize,
}

type Parsed = Result<(), SyntaxError>;

/// Compound commands, and conditions inside `[[ … ]]`, nest this deep at most.
const NESTING_LIMIT: usize = 60;

impl<'a> Parser<'a> {
    pub fn new(src: &'a str, at: usize, dialect: Dialect, extglob: bool) -> Self {
        Parser { lexer: Lexer::new(src, at, dialect, extglob), token: None, command_words: Vec::new(), rewrites: Vec::new(), nesting: 0 }
    }

    /// What was read since `at`, with what brush-parser does not know written in words that it does: `select NAME` as a
    /// marked `for NAME`, a loop's `{ … }` as `do … done`, `((;;))` with a blank.
    fn as_brush_knows(&mut self, at: usize) -> String {
        let mut text = self.lexer.src.get(at..self.lexer.at).unwrap_or("").to_owned();
        self.rewrites.sort_unstable();
        for (start, end, new) in self.rewrites.iter().rev() {
            text.replace_range(start - at..end - at, new.as_ref());
        }
        text
    }

    fn peek(&mut self) -> Result<Token, SyntaxError> {
        match self.token {
            Some(token) => Ok(token),
            None => {
                let token = self.lexer.next()?;
                self.token = Some(token);
                Ok(token)
            }
        }
    }

    fn take(&mut self) -> Result<Token, SyntaxError> {
        let token = self.peek()?;
        self.token = None;
        Ok(token)
    }

    fn text(&self, token: Token) -> &'a str {
        self.lexer.src.get(token.start..token.end).unwrap_or("")
    }

    fn at_operator(&mut self, operator: &str) -> Result<bool, SyntaxError> {
        let token = self.peek()?;
        Ok(token.kind == Kind::Operator && self.text(token) == operator)
    }

    fn at_word(&mut self, word: &str) -> Result<bool, SyntaxError> {
        let token = self.peek()?;
        Ok(token.kind == Kind::Word && self.text(token) == word)
    }

    fn unexpected(&self, token: Token, expecting: Option<&'static str>) -> SyntaxError {
        let text = self.text(token);
        let kind = match token.kind {
            Kind::End => ErrorKind::EndOfFile,
            Kind::Newline => ErrorKind::Unexpected { token: "newline".into(), class: TokenClass::Newline },
            Kind::Word if self.lexer.dialect.reserved().contains(&text) => {
                ErrorKind::Unexpected { token: text.into(), class: TokenClass::Exact }
            }
            Kind::Word => ErrorKind::Unexpected { token: text.into(), class: TokenClass::Word },
            Kind::Operator if text.starts_with(['<', '>']) => ErrorKind::Unexpected { token: text.into(), class: TokenClass::Redirection },
            Kind::Operator => ErrorKind::Unexpected { token: text.into(), class: TokenClass::Exact },
        };
        SyntaxError { kind, expecting, offset: token.start, opened: token.start }
    }

    fn fail<T>(&mut self, expecting: Option<&'static str>) -> Result<T, SyntaxError> {
        let token = self.peek()?;
        Err(self.unexpected(token, expecting))
    }

    fn expect_word(&mut self, word: &'static str) -> Parsed {
        if self.at_word(word)? { self.take().map(|_| ()) } else { self.fail(Some(word)) }
    }

    fn expect_operator(&mut self, operator: &'static str) -> Parsed {
        if self.at_operator(operator)? { self.take().map(|_| ()) } else { self.fail(Some(operator)) }
    }

    fn skip_newlines(&mut self) -> Parsed {
        while self.peek()?.kind == Kind::Newline {
            self.take()?;
        }
        Ok(())
    }

    /// A list up to its newline. False: there was none.
    pub fn complete_command(&mut self) -> Result<bool, SyntaxError> {
        self.skip_newlines()?;
        if self.peek()?.kind == Kind::End {
            return Ok(false);
        }
        loop {
            self.and_or()?;
            let token = self.peek()?;
            match (token.kind, self.text(token)) {
                (Kind::Operator, ";" | "&") => {
                    self.take()?;
                }
                (Kind::Newline | Kind::End, _) => {}
                _ => return self.fail(None),
            }
            match self.peek()?.kind {
                // The last newline was quoted: the line goes on.
                Kind::End if self.lexer.src.ends_with('\n') => return self.fail(None),
                Kind::Newline | Kind::End => {
                    self.take()?;
                    return Ok(true);
                }
                _ => {}
            }
        }
    }

    /// The inside of `$(…)`, and its parenthesis; `opened` is where it began.
    pub fn substitution(&mut self, opened: usize) -> Result<usize, SyntaxError> {
        let result = self.list(true).and_then(|()| self.peek());
        match result {
            Ok(token) if token.kind == Kind::End => {
                Err(SyntaxError { kind: ErrorKind::UnterminatedSubstitution, expecting: None, offset: token.start, opened })
            }
            Ok(token) if self.text(token) == ")" => Ok(token.end),
            Ok(token) => Err(self.unexpected(token, Some(")"))),
            Err(error) if error.kind == ErrorKind::EndOfFile && error.expecting.is_none() => {
                Err(SyntaxError { kind: ErrorKind::UnterminatedSubstitution, ..error })
            }
            Err(error) => Err(error),
        }
    }

    fn ends_list(&mut self) -> Result<bool, SyntaxError> {
        let token = self.peek()?;
        let text = self.text(token);
        Ok(match token.kind {
            Kind::End => true,
            Kind::Newline => false,
            Kind::Word => matches!(text, "then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}"),
            Kind::Operator => matches!(text, ")" | ";;" | ";&" | ";;&"),
        })
    }

    /// Commands up to a word or operator that closes the list, which is not taken.
    fn list(&mut self, may_be_empty: bool) -> Parsed {
        self.skip_newlines()?;
        if self.peek()?.kind == Kind::End || (may_be_empty && self.ends_list()?) {
            return Ok(());
        }
        loop {
            self.and_or()?;
            let token = self.peek()?;
            match (token.kind, self.text(token)) {
                (Kind::Operator, ";" | "&") => {
                    self.take()?;
                }
                (Kind::Newline, _) => {}
                _ => return Ok(()),
            }
            self.skip_newlines()?;
            if self.ends_list()? {
                return Ok(());
            }
        }
    }

    fn and_or(&mut self) -> Parsed {
        self.pipeline()?;
        while self.at_operator("&&")? || self.at_operator("||")? {
            self.take()?;
            self.skip_newlines()?;
            self.pipeline()?;
        }
        Ok(())
    }

    fn pipeline(&mut self) -> Parsed {
        while self.at_word("!")? || (self.lexer.dialect.is_bash() && self.at_word("time")?) {
            self.take()?;
            let next = self.peek()?;
            if next.kind == Kind::Newline || (next.kind == Kind::Operator && self.text(next) == ";") {
                return Ok(());
            }
        }
        self.command()?;
        while self.at_operator("|")? || self.at_operator("|&")? {
            self.take()?;
            self.skip_newlines()?;
            self.command()?;
        }
        Ok(())
    }

    /// One level of commands or conditions further in.
    fn deeper(&mut self, inner: fn(&mut Self) -> Parsed) -> Parsed {
        deeper(self, |parser| &mut parser.nesting, NESTING_LIMIT - 1, inner).unwrap_or_else(|| self.fail(None))
    }

    fn command(&mut self) -> Parsed {
        self.deeper(Self::command_inner)
    }

    fn command_inner(&mut self) -> Parsed {
        let token = self.peek()?;
        let bash = self.lexer.dialect.is_bash();
        if bash && self.at_word("coproc")? {
            return self.coprocess();
        }
        match (token.kind, self.text(token)) {
            (Kind::Word, "if") => self.if_clause()?,
            (Kind::Word, "while" | "until") => {
                self.take()?;
                self.list(false)?;
                self.do_group()?;
            }
            (Kind::Word, "for") => self.for_clause()?,
            (Kind::Word, "select") if bash => {
                self.for_clause()?;
                self.rewrite_select(token);
            }
            (Kind::Word, "case") => self.case_clause()?,
            (Kind::Word, "{") => {
                self.take()?;
                self.list(false)?;
                self.expect_word("}")?;
            }
            (Kind::Word, "[[") if bash => self.extended_test()?,
            (Kind::Word, "function") if !self.lexer.dialect.is_dash() => return self.function_keyword(),
            (Kind::Operator, "(") => {
                if bash && let Some(end) = self.arithmetic_command(token.start) {
                    self.token = None;
                    self.lexer.at = end;
                } else {
                    self.take()?;
                    self.list(false)?;
                    self.expect_operator(")")?;
                }
            }
            (Kind::Word, "then" | "else" | "elif" | "fi" | "do" | "done" | "esac" | "}") => return self.fail(None),
            _ => return self.simple(),
        }
        while self.redirection()? {}
        let next = self.peek()?;
        if next.kind == Kind::Word && !self.ends_list()? {
            return self.fail(None);
        }
        Ok(())
    }

    /// A mistake that dash has a sentence of its own for.
    fn said(&self, token: Token, message: &str) -> SyntaxError {
        SyntaxError { kind: ErrorKind::Conditional(message.into()), expecting: None, offset: token.start, opened: token.start }
    }

    /// `token` is a word where `wanted` should stand, whatever it says.
    fn word_for(&self, token: Token, wanted: &'static str) -> SyntaxError {
        let kind = ErrorKind::Unexpected { token: self.text(token).into(), class: TokenClass::Word };
        SyntaxError { kind, expecting: Some(wanted), offset: token.start, opened: token.start }
    }

    fn redirection(&mut self) -> Result<bool, SyntaxError> {
        let mut token = self.peek()?;
        let mut named = None;
        if token.kind == Kind::Word && matches!(self.lexer.src.as_bytes().get(token.end), Some(b'<' | b'>')) {
            let bash = self.lexer.dialect.is_bash();
            let name = self.text(token).strip_prefix('{').and_then(|text| text.strip_suffix('}'));
            named = name.filter(|name| bash && is_name(name)).map(|name| (token, name));
            if named.is_some() || self.text(token).bytes().all(|b| b.is_ascii_digit()) {
                self.take()?;
                token = self.peek()?;
            }
        }
        let text = self.text(token);
        if token.kind != Kind::Operator || !text.contains(['<', '>']) {
            return Ok(false);
        }
        self.take()?;
        let target = self.peek()?;
        if target.kind != Kind::Word {
            return Err(self.unexpected(target, None));
        }
        self.take()?;
        if text == "<<" || text == "<<-" {
            let delimiter = self.text(target);
            self.lexer.announce(delimiter, text == "<<-");
        } else if let Some((word, name)) = named {
            self.rewrites.push((word.start, word.end, super::NAMED_FD.to_string().into()));
            self.rewrites.push((target.start, target.start, format!("{0}{name}{0}", super::NAME_MARK).into()));
        }
        Ok(true)
    }

    fn simple(&mut self) -> Parsed {
        let mut words = 0usize;
        let mut seen = false;
        loop {
            if self.redirection()? {
                seen = true;
                continue;
            }
            let token = self.peek()?;
            match (token.kind, self.text(token)) {
                (Kind::Word, text) => {
                    self.take()?;
                    seen = true;
                    if words == 0 && is_assignment(text) {
                        continue;
                    }
                    if words == 0 {
                        self.command_words.push((token.start, token.end));
                    }
                    words += 1;
                }
                (Kind::Operator, "(") if words == 1 => {
                    self.take()?;
                    if !self.at_operator(")")? {
                        let token = self.peek()?;
                        if self.lexer.dialect.is_dash() && token.kind == Kind::Word {
                            return Err(self.word_for(token, ")"));
                        }
                        return self.fail(if self.lexer.dialect.is_bash() { None } else { Some(")") });
                    }
                    let name = self.command_words.last().and_then(|(start, end)| self.lexer.src.get(*start..*end)).unwrap_or("");
                    if self.lexer.dialect.is_dash() && !is_name(name) {
                        return Err(self.said(token, "Bad function name"));
                    }
                    self.take()?;
                    self.skip_newlines()?;
                    return self.function_body();
                }
                _ if !seen => return self.fail(None),
                (Kind::Operator, "(") => return self.fail(None),
                _ => return Ok(()),
            }
        }
    }
}

/// Whether a word assigns: `name=…`, `name+=…`, `name[…]=…`.
pub(super) fn is_assignment(text: &str) -> bool {
    let Some((name, _)) = text.split_once('=') else { return false };
    let name = name.strip_suffix('+').unwrap_or(name);
    match name.split_once('[') {
        Some((base, index)) => is_name(base) && index.ends_with(']'),
        None => is_name(name),
    }
}
