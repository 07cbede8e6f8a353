//! Builds a template's tree. Models text/template/parse/parse.go; positions are those its errors name.

mod define;

pub use define::Templates;

use super::funcs;
use super::lex::{Tok, Token, lex};
use crate::kubectl::printers::gofmt;

#[derive(Clone, Debug)]
pub enum Node {
    Text(String),
    Action(Pipe),
    If { pipe: Pipe, then: Vec<Node>, otherwise: Vec<Node> },
    With { pipe: Pipe, then: Vec<Node>, otherwise: Vec<Node> },
    Range { pipe: Pipe, then: Vec<Node>, otherwise: Vec<Node> },
    Template { name: String, pos: usize, pipe: Option<Pipe> },
    Break,
    Continue,
}

/// `$x := a | b`.
#[derive(Clone, Debug)]
pub struct Pipe {
    pub variables: Vec<String>,
    /// `=` rather than `:=`.
    pub assign: bool,
    pub commands: Vec<Command>,
}

/// A word and its arguments.
#[derive(Clone, Debug)]
pub struct Command {
    pub pos: usize,
    pub args: Vec<Arg>,
}

#[derive(Clone, Debug)]
pub struct Arg {
    pub pos: usize,
    pub kind: ArgKind,
}

#[derive(Clone, Debug)]
pub enum ArgKind {
    Dot,
    Nil,
    Bool(bool),
    Int(i64, String),
    Float(f64, String),
    Str(String, String),
    Field(Vec<String>),
    Variable(String, Vec<String>),
    Ident(String),
    Pipe(Box<Pipe>, Vec<String>),
}

impl Pipe {
    /// The pipeline as it was written, for error texts.
    pub fn source(&self) -> String {
        self.commands.iter().map(Command::source).collect::<Vec<_>>().join(" | ")
    }
}

impl Command {
    /// The command as it was written, for error texts.
    pub fn source(&self) -> String {
        self.args.iter().map(Arg::source).collect::<Vec<_>>().join(" ")
    }
}

impl Arg {
    /// The argument as it was written.
    pub fn source(&self) -> String {
        let dotted = |fields: &[String]| fields.iter().map(|f| format!(".{f}")).collect::<String>();
        match &self.kind {
            ArgKind::Dot => ".".into(),
            ArgKind::Nil => "nil".into(),
            ArgKind::Bool(b) => b.to_string(),
            ArgKind::Int(_, source) | ArgKind::Float(_, source) | ArgKind::Str(_, source) => source.clone(),
            ArgKind::Field(fields) => dotted(fields),
            ArgKind::Variable(name, fields) => format!("{name}{}", dotted(fields)),
            ArgKind::Ident(name) => name.clone(),
            ArgKind::Pipe(pipe, fields) => format!("({}){}", pipe.source(), dotted(fields)),
        }
    }
}

/// What the outermost template is called.
pub const MAIN: &str = "output";

/// Parses `text`; the error is `template: output:LINE: …`.
pub fn parse(text: &str) -> Result<Templates, String> {
    let mut parser = Parser { text, tokens: lex(text), at: 0, variables: vec!["$".into()], loops: 0, templates: Templates::new() };
    let mut nodes = Vec::new();
    loop {
        if parser.passes_define() {
            parser.definition()?;
            continue;
        }
        match parser.item()? {
            Item::Node(node) => nodes.push(node),
            Item::End(word) => return parser.fail(&format!("unexpected {{{{{word}}}}}")),
            Item::Eof => break,
        }
    }
    parser.add(MAIN.into(), nodes)?;
    Ok(parser.templates)
}

/// What stands next.
enum Item {
    Node(Node),
    /// `{{end}}` or `{{else`.
    End(String),
    Eof,
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    variables: Vec<String>,
    loops: usize,
    templates: Templates,
}

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn peek(&self) -> Token {
        self.tokens.get(self.at).or(self.tokens.last()).cloned().unwrap_or(Token { tok: Tok::Eof, pos: 0 })
    }

    fn next(&mut self) -> Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn next_non_space(&mut self) -> Token {
        self.skip_space();
        self.next()
    }

    fn skip_space(&mut self) {
        while self.peek().tok == Tok::Space {
            self.at += 1;
        }
    }

    fn fail<T>(&self, message: &str) -> Parsed<T> {
        let pos = self.tokens.get(self.at.saturating_sub(1)).map_or(0, |t| t.pos);
        let line = 1 + self.text.get(..pos).unwrap_or_default().matches('\n').count();
        Err(format!("template: output:{line}: {message}"))
    }

    fn unexpected<T>(&self, token: &Token, context: &str) -> Parsed<T> {
        match &token.tok {
            Tok::Error(message) => self.fail(message),
            Tok::Eof => self.fail("unexpected EOF"),
            tok => self.fail(&format!("unexpected {} in {context}", shown(tok))),
        }
    }

    /// Nodes up to `{{end}}` or `{{else}}`, or to the end of the text (`None`).
    fn list(&mut self) -> Parsed<(Vec<Node>, Option<String>)> {
        let mut nodes = Vec::new();
        loop {
            match self.item()? {
                Item::Node(node) => nodes.push(node),
                Item::End(word) => return Ok((nodes, Some(word))),
                Item::Eof => return Ok((nodes, None)),
            }
        }
    }

    fn item(&mut self) -> Parsed<Item> {
        let token = self.next();
        match token.tok {
            Tok::Eof => Ok(Item::Eof),
            Tok::Text(text) => Ok(Item::Node(Node::Text(text))),
            Tok::Open => {
                self.skip_space();
                match self.peek().tok {
                    Tok::Ident(word) if word == "end" || word == "else" => {
                        self.at += 1;
                        if word == "end" {
                            self.expect_close("end")?;
                        }
                        Ok(Item::End(word))
                    }
                    _ => Ok(Item::Node(self.action()?)),
                }
            }
            _ => self.unexpected(&token, "input"),
        }
    }

    fn expect_close(&mut self, context: &str) -> Parsed<()> {
        let token = self.next_non_space();
        if token.tok == Tok::Close { Ok(()) } else { self.unexpected(&token, context) }
    }

    fn action(&mut self) -> Parsed<Node> {
        if let Tok::Ident(word) = self.peek().tok {
            match word.as_str() {
                "if" | "with" | "range" => {
                    self.at += 1;
                    return self.control(&word);
                }
                "template" => {
                    self.at += 1;
                    return self.template();
                }
                "break" | "continue" => {
                    self.at += 1;
                    self.expect_close(&word)?;
                    if self.loops == 0 {
                        return self.fail(&format!("{{{{{word}}}}} outside {{{{range}}}}"));
                    }
                    return Ok(if word == "break" { Node::Break } else { Node::Continue });
                }
                "block" => {
                    self.at += 1;
                    return self.block();
                }
                _ => {}
            }
        }
        Ok(Node::Action(self.pipeline("command", &Tok::Close)?))
    }

    fn control(&mut self, word: &str) -> Parsed<Node> {
        let known = self.variables.len();
        let pipe = self.pipeline(word, &Tok::Close)?;
        self.loops += usize::from(word == "range");
        let (then, mut end) = self.list()?;
        self.loops -= usize::from(word == "range");
        let mut otherwise = Vec::new();
        if end.as_deref() == Some("else") {
            self.skip_space();
            match self.peek().tok {
                Tok::Ident(next) if next == word && word != "range" => {
                    self.at += 1;
                    otherwise.push(self.control(word)?);
                    end = Some("end".into());
                }
                _ => {
                    self.expect_close("else")?;
                    (otherwise, end) = self.list()?;
                }
            }
        }
        match end.as_deref() {
            None => return self.fail("unexpected EOF"),
            Some("else") => return self.fail("expected end; found {{else}}"),
            _ => {}
        }
        self.variables.truncate(known);
        Ok(match word {
            "if" => Node::If { pipe, then, otherwise },
            "with" => Node::With { pipe, then, otherwise },
            _ => Node::Range { pipe, then, otherwise },
        })
    }

    fn pipeline(&mut self, context: &str, end: &Tok) -> Parsed<Pipe> {
        let mut pipe = Pipe { variables: Vec::new(), assign: false, commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_non_space();
            match &token.tok {
                tok if tok == end => {
                    if pipe.commands.is_empty() {
                        return self.fail(&format!("missing value for {context}"));
                    }
                    let runs = |command: &Command| {
                        !command.args.first().is_some_and(|first| {
                            matches!(
                                first.kind,
                                ArgKind::Dot | ArgKind::Nil | ArgKind::Bool(_) | ArgKind::Int(..) | ArgKind::Float(..) | ArgKind::Str(..)
                            )
                        })
                    };
                    if let Some(at) = pipe.commands.iter().skip(1).position(|command| !runs(command)) {
                        return self.fail(&format!("non executable command in pipeline stage {}", at + 2));
                    }
                    self.variables.extend(pipe.variables.iter().cloned());
                    return Ok(pipe);
                }
                Tok::Ident(word) if is_keyword(word) => return self.unexpected(&token, context),
                Tok::Ident(_)
                | Tok::Field(_)
                | Tok::Variable(_)
                | Tok::Number(_)
                | Tok::Str(..)
                | Tok::Char(..)
                | Tok::Dot
                | Tok::LeftParen => {
                    self.at -= 1;
                    pipe.commands.push(self.command()?);
                }
                _ => return self.unexpected(&token, context),
            }
        }
    }

    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Parsed<()> {
        let mark = self.at;
        loop {
            self.skip_space();
            let Tok::Variable(name) = self.peek().tok else { break };
            self.at += 1;
            pipe.variables.push(name);
            self.skip_space();
            match self.peek().tok {
                Tok::Declare | Tok::Assign => {
                    pipe.assign = self.peek().tok == Tok::Assign;
                    self.at += 1;
                    return Ok(());
                }
                Tok::Comma if context == "range" && pipe.variables.len() < 2 => self.at += 1,
                _ => break,
            }
        }
        self.at = mark;
        pipe.variables.clear();
        Ok(())
    }

    fn command(&mut self) -> Parsed<Command> {
        let mut command = Command { pos: self.peek().pos, args: Vec::new() };
        loop {
            self.skip_space();
            if let Some(arg) = self.operand()? {
                command.args.push(arg);
            }
            let token = self.next();
            match token.tok {
                Tok::Space => {}
                Tok::Close | Tok::RightParen => {
                    self.at -= 1;
                    break;
                }
                Tok::Pipe => break,
                _ => return self.unexpected(&token, "operand"),
            }
            if command.args.is_empty() {
                return self.fail("empty command");
            }
        }
        if command.args.is_empty() {
            return self.fail("empty command");
        }
        Ok(command)
    }

    fn operand(&mut self) -> Parsed<Option<Arg>> {
        let Some(mut arg) = self.term()? else { return Ok(None) };
        let Tok::Field(_) = self.peek().tok else { return Ok(Some(arg)) };
        let chain_pos = self.peek().pos;
        let mut chain = Vec::new();
        while let Tok::Field(name) = self.peek().tok {
            self.at += 1;
            chain.push(name.trim_start_matches('.').to_owned());
        }
        match &mut arg.kind {
            ArgKind::Field(fields) | ArgKind::Variable(_, fields) | ArgKind::Pipe(_, fields) => fields.extend(chain),
            ArgKind::Dot | ArgKind::Nil | ArgKind::Bool(_) | ArgKind::Int(..) | ArgKind::Float(..) | ArgKind::Str(..) => {
                let source = format!("{}.{}", arg.source(), chain.join("."));
                return self.fail(&format!("unexpected . after term {}", gofmt::quote(&source)));
            }
            ArgKind::Ident(_) => {
                let pipe = Pipe { variables: Vec::new(), assign: false, commands: vec![Command { pos: arg.pos, args: vec![arg.clone()] }] };
                arg.kind = ArgKind::Pipe(Box::new(pipe), chain);
            }
        }
        arg.pos = chain_pos;
        Ok(Some(arg))
    }

    fn term(&mut self) -> Parsed<Option<Arg>> {
        let token = self.next();
        let kind = match token.tok {
            Tok::Ident(word) if is_keyword(&word) => {
                self.at -= 1;
                return Ok(None);
            }
            Tok::Ident(word) => match word.as_str() {
                "true" | "false" => ArgKind::Bool(word == "true"),
                "nil" => ArgKind::Nil,
                _ if funcs::exists(&word) => ArgKind::Ident(word),
                _ => return self.fail(&format!("function {} not defined", gofmt::quote(&word))),
            },
            Tok::Dot => ArgKind::Dot,
            Tok::Field(name) => ArgKind::Field(vec![name.trim_start_matches('.').to_owned()]),
            Tok::Variable(name) => {
                if !self.variables.contains(&name) {
                    return self.fail(&format!("undefined variable {}", gofmt::quote(&name)));
                }
                ArgKind::Variable(name, Vec::new())
            }
            Tok::Number(text) => match number(&text) {
                Some(kind) => kind,
                None => return self.fail(&format!("illegal number syntax: {}", gofmt::quote(&text))),
            },
            Tok::Str(value, source) => ArgKind::Str(value, source),
            Tok::Char(c, source) => ArgKind::Int(i64::from(c as u32), source),
            Tok::LeftParen => ArgKind::Pipe(Box::new(self.pipeline("parenthesized pipeline", &Tok::RightParen)?), Vec::new()),
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Arg { pos: token.pos, kind }))
    }
}

fn number(text: &str) -> Option<ArgKind> {
    let digits = text.trim_start_matches(['+', '-']);
    let radix = |prefix: &str, base| {
        let rest = digits.strip_prefix(prefix)?;
        let value = i64::from_str_radix(&rest.replace('_', ""), base).ok()?;
        Some(if text.starts_with('-') { -value } else { value })
    };
    if let Some(value) = radix("0x", 16).or_else(|| radix("0b", 2)).or_else(|| radix("0o", 8)) {
        return Some(ArgKind::Int(value, text.into()));
    }
    if let Ok(value) = text.parse::<i64>() {
        return Some(ArgKind::Int(value, text.into()));
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().map(|value| ArgKind::Float(value, text.into()))
}

/// Words that begin or end something; `nil` is an operand too.
fn is_keyword(word: &str) -> bool {
    matches!(word, "block" | "break" | "continue" | "define" | "else" | "end" | "if" | "range" | "template" | "with")
}

fn shown(tok: &Tok) -> String {
    match tok {
        Tok::Close => "\"}}\"".into(),
        Tok::Open => "\"{{\"".into(),
        Tok::Pipe => "\"|\"".into(),
        Tok::Comma => "\",\"".into(),
        Tok::Assign => "\"=\"".into(),
        Tok::Declare => "\":=\"".into(),
        Tok::LeftParen => "\"(\"".into(),
        Tok::RightParen => "\")\"".into(),
        Tok::Dot => "<.>".into(),
        Tok::Ident(word) if is_keyword(word) => format!("<{word}>"),
        Tok::Ident(s) | Tok::Field(s) | Tok::Variable(s) | Tok::Number(s) | Tok::Text(s) => gofmt::quote(s),
        Tok::Str(_, source) | Tok::Char(_, source) => gofmt::quote(source),
        Tok::Space => "\" \"".into(),
        Tok::Error(s) => s.clone(),
        Tok::Eof => "EOF".into(),
    }
}
