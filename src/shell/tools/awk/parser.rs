use super::lexer::{Token, tokens};
use super::syntax::{Expr, Function, Pattern, Program, Stmt, Target};

/// What is wrong with a program: the line, and mawk's words.
pub(super) struct Mistake {
    pub line: usize,
    pub message: String,
}

pub(super) struct Parser {
    pub(super) tokens: Vec<(Token, usize)>,
    pub(super) at: usize,
    /// `>` redirects here, instead of comparing.
    pub(super) printing: bool,
    /// `in` belongs to `for (… in …)`.
    pub(super) no_in: bool,
    pub(super) depth: usize,
    /// How many loops stand around.
    loops: usize,
    /// Where a statement stands.
    within: Within,
    /// The functions that are called.
    pub(super) calls: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Within {
    Rule,
    /// `BEGIN`, `END`
    Special,
    Function,
}

pub(super) type Parsed<T> = Result<T, Mistake>;

/// Expressions nest this deep at most.
pub(super) const DEPTH_LIMIT: usize = 150;

/// The functions that busybox's awk has beside the language's.
pub(super) const BUSYBOX: &[&str] = &["and", "or", "xor", "lshift", "rshift"];

/// Reads a program.
pub(super) fn parse(source: &str, busybox: bool) -> Parsed<Program> {
    let tokens = tokens(source).map_err(|(line, message)| Mistake { line, message })?;
    let mut parser = Parser { tokens, at: 0, printing: false, no_in: false, depth: 0, loops: 0, within: Within::Rule, calls: Vec::new() };
    let mut program = Program::default();
    loop {
        parser.skip(&[Token::Newline, Token::Op(";")]);
        match parser.peek().clone() {
            Token::End => {
                let missing = |name: &&String| !program.functions.contains_key(name.as_str());
                let unknown = |name: &&String| missing(name) && !(busybox && BUSYBOX.contains(&name.as_str()));
                if let Some(name) = parser.calls.iter().find(unknown) {
                    let line = parser.tokens.last().map_or(1, |(_, l)| *l) + 1;
                    return Err(Mistake { line, message: format!("function {name} never defined") });
                }
                return Ok(program);
            }
            Token::Name(name) if name == "function" || name == "func" => {
                parser.next();
                let (Token::Name(name) | Token::Call(name)) = parser.next() else { return parser.wrong() };
                if program.functions.contains_key(&name) {
                    return parser.mistake(format!("redefinition of {name}"));
                }
                parser.within = Within::Function;
                let function = parser.function()?;
                program.functions.insert(name, function);
            }
            _ => {
                let rule = parser.rule()?;
                program.rules.push(rule);
            }
        }
    }
}

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(t, _)| t)
    }

    pub(super) fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    pub(super) fn skip(&mut self, set: &[Token]) {
        while set.contains(self.peek()) {
            self.at += 1;
        }
    }

    pub(super) fn newlines(&mut self) {
        self.skip(&[Token::Newline]);
    }

    pub(super) fn is(&self, op: &'static str) -> bool {
        *self.peek() == Token::Op(op)
    }

    pub(super) fn accept(&mut self, op: &'static str) -> bool {
        let found = self.is(op);
        self.at += usize::from(found);
        found
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(name) | Token::Call(name) if name == word)
    }

    /// A mistake in `message`'s words, on the line of the token before.
    pub(super) fn mistake<T>(&self, message: String) -> Parsed<T> {
        let line = self.tokens.get(self.at.saturating_sub(1)).map_or(1, |(_, l)| *l);
        Err(Mistake { line, message })
    }

    /// What a loop does again.
    fn looped(&mut self) -> Parsed<Box<Stmt>> {
        self.loops += 1;
        let body = self.body();
        self.loops -= 1;
        body
    }

    pub(super) fn wrong<T>(&self) -> Parsed<T> {
        let line = self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(_, l)| *l);
        let near = match self.peek() {
            Token::End => "end of file".into(),
            Token::Newline => "end of line".into(),
            Token::Number(n) => n.to_string(),
            Token::Text(t) => format!("\"{t}\""),
            Token::Regex(r) => format!("/{r}/"),
            Token::Name(n) | Token::Call(n) => n.clone(),
            Token::Op(op) => (*op).to_owned(),
        };
        Err(Mistake { line, message: format!("syntax error at or near {near}") })
    }

    pub(super) fn expect(&mut self, op: &'static str) -> Parsed<()> {
        if self.accept(op) {
            return Ok(());
        }
        if op == "}" && *self.peek() == Token::End {
            let line = self.tokens.last().map_or(1, |(_, l)| *l) + 1;
            return Err(Mistake { line, message: "missing } near end of file".into() });
        }
        self.wrong()
    }

    pub(super) fn function(&mut self) -> Parsed<Function> {
        self.expect("(")?;
        let mut parameters = Vec::new();
        while let Token::Name(name) = self.peek().clone() {
            self.next();
            if parameters.contains(&name) {
                return self.mistake(format!("{name} is duplicated in argument list"));
            }
            parameters.push(name);
            self.accept(",");
            self.newlines();
        }
        self.expect(")")?;
        self.newlines();
        Ok(Function { parameters, body: self.block()? })
    }

    pub(super) fn rule(&mut self) -> Parsed<(Pattern, Option<Stmt>)> {
        self.within = if self.is_word("BEGIN") || self.is_word("END") { Within::Special } else { Within::Rule };
        let pattern = if self.is_word("BEGIN") {
            self.next();
            Pattern::Begin
        } else if self.is_word("END") {
            self.next();
            Pattern::End
        } else if self.is("{") {
            Pattern::Always
        } else {
            let first = self.expr()?;
            if self.accept(",") {
                self.newlines();
                Pattern::Range(first, self.expr()?)
            } else {
                Pattern::Expr(first)
            }
        };
        if !self.is("{") {
            if matches!(pattern, Pattern::Begin | Pattern::End) {
                return self.wrong();
            }
            return Ok((pattern, None));
        }
        Ok((pattern, Some(self.block()?)))
    }

    pub(super) fn block(&mut self) -> Parsed<Stmt> {
        self.expect("{")?;
        let mut all = Vec::new();
        loop {
            self.skip(&[Token::Newline, Token::Op(";")]);
            if self.is("}") || *self.peek() == Token::End {
                self.expect("}")?;
                return Ok(Stmt::Block(all));
            }
            all.push(self.statement()?);
        }
    }

    pub(super) fn end_of_statement(&mut self) -> Parsed<()> {
        match self.peek() {
            Token::Newline | Token::Op(";") => {
                self.next();
                Ok(())
            }
            Token::Op("}") => Ok(()),
            Token::End => self.expect("}"),
            _ => self.wrong(),
        }
    }

    pub(super) fn body(&mut self) -> Parsed<Box<Stmt>> {
        self.newlines();
        if self.accept(";") {
            return Ok(Box::new(Stmt::Block(Vec::new())));
        }
        if self.is_word("else") {
            return self.wrong();
        }
        Ok(Box::new(self.statement()?))
    }

    pub(super) fn statement(&mut self) -> Parsed<Stmt> {
        let depth = self.depth;
        self.deeper()?;
        let result = self.statement_inner();
        self.depth = depth;
        result
    }

    pub(super) fn statement_inner(&mut self) -> Parsed<Stmt> {
        if self.is("{") {
            return self.block();
        }
        let word = match self.peek() {
            Token::Name(name) | Token::Call(name) => name.clone(),
            _ => String::new(),
        };
        let statement = match word.as_str() {
            "if" => return self.if_statement(),
            "while" => {
                self.next();
                self.expect("(")?;
                let condition = self.expr()?;
                self.expect(")")?;
                return Ok(Stmt::While(condition, self.looped()?));
            }
            "for" => return self.for_statement(),
            "do" => {
                self.next();
                let body = self.looped()?;
                self.skip(&[Token::Newline, Token::Op(";")]);
                if !self.is_word("while") {
                    return self.wrong();
                }
                self.next();
                self.expect("(")?;
                let condition = self.expr()?;
                self.expect(")")?;
                Stmt::Do(body, condition)
            }
            "next" | "nextfile" | "break" | "continue" => {
                self.next();
                match (word.as_str(), self.within) {
                    ("next" | "nextfile", Within::Special) => return self.mistake(format!("improper use of {word}")),
                    ("break" | "continue", _) if self.loops == 0 => return self.mistake(format!("{word} statement outside of loop")),
                    _ => {}
                }
                match word.as_str() {
                    "next" => Stmt::Next,
                    "nextfile" => Stmt::NextFile,
                    "break" => Stmt::Break,
                    _ => Stmt::Continue,
                }
            }
            "exit" | "return" => {
                self.next();
                if word == "return" && self.within != Within::Function {
                    return self.mistake("return outside function body".into());
                }
                let ends = matches!(self.peek(), Token::Newline | Token::Op(";" | "}") | Token::End);
                let value = if ends { None } else { Some(self.expr()?) };
                if word == "exit" { Stmt::Exit(value) } else { Stmt::Return(value) }
            }
            _ => self.simple()?,
        };
        self.end_of_statement()?;
        Ok(statement)
    }

    pub(super) fn if_statement(&mut self) -> Parsed<Stmt> {
        self.next();
        self.expect("(")?;
        let condition = self.expr()?;
        self.expect(")")?;
        let yes = self.body()?;
        let before = self.at;
        self.skip(&[Token::Newline, Token::Op(";")]);
        if self.is_word("else") {
            self.next();
            return Ok(Stmt::If(condition, yes, Some(self.body()?)));
        }
        self.at = before;
        Ok(Stmt::If(condition, yes, None))
    }

    pub(super) fn for_statement(&mut self) -> Parsed<Stmt> {
        self.next();
        self.expect("(")?;
        if let (Token::Name(var), Some((Token::Name(word), _)), Some((Token::Name(array), _)), Some((Token::Op(")"), _))) =
            (self.peek().clone(), self.tokens.get(self.at + 1), self.tokens.get(self.at + 2), self.tokens.get(self.at + 3))
            && word == "in"
        {
            let array = array.clone();
            self.at += 4;
            return Ok(Stmt::ForIn(var, array, self.looped()?));
        }
        let first = if self.is(";") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(";")?;
        self.newlines();
        let condition = if self.is(";") { None } else { Some(self.expr()?) };
        self.expect(";")?;
        self.newlines();
        let step = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(")")?;
        Ok(Stmt::For(first, condition, step, self.looped()?))
    }

    pub(super) fn simple(&mut self) -> Parsed<Stmt> {
        if self.is_word("print") || self.is_word("printf") {
            let formatted = self.is_word("printf");
            self.next();
            return self.print(formatted);
        }
        if self.is_word("delete") {
            self.next();
            let (Token::Name(name) | Token::Call(name)) = self.next() else { return self.wrong() };
            if !self.accept("[") {
                return Ok(Stmt::Delete(name, None));
            }
            let index = self.list("]")?;
            return Ok(Stmt::Delete(name, Some(index)));
        }
        Ok(Stmt::Expr(self.expr()?))
    }

    pub(super) fn list(&mut self, close: &'static str) -> Parsed<Vec<Expr>> {
        let (printing, no_in) = (std::mem::replace(&mut self.printing, false), std::mem::replace(&mut self.no_in, false));
        let mut all = Vec::new();
        self.newlines();
        while !self.is(close) {
            all.push(self.expr()?);
            self.newlines();
            if !self.accept(",") {
                break;
            }
            self.newlines();
        }
        if close == ")" && self.is("}") {
            return self.mistake("missing ) near }".into());
        }
        self.expect(close)?;
        (self.printing, self.no_in) = (printing, no_in);
        Ok(all)
    }

    pub(super) fn print(&mut self, formatted: bool) -> Parsed<Stmt> {
        self.printing = true;
        let mut all = Vec::new();
        while !matches!(self.peek(), Token::Newline | Token::End | Token::Op(";" | "}" | ">" | ">>" | "|")) {
            all.push(self.expr()?);
            if !self.accept(",") {
                break;
            }
            self.newlines();
        }
        // `print (a, b) > "file"`: the parentheses hold the list.
        if let [Expr::List(_)] = all.as_slice()
            && let Some(Expr::List(list)) = all.pop()
        {
            all = list;
        }
        self.printing = false;
        let target = if self.accept(">") {
            Target::File(self.concat_free()?)
        } else if self.accept(">>") {
            Target::Append(self.concat_free()?)
        } else if self.accept("|") {
            Target::Pipe(self.concat_free()?)
        } else {
            Target::Stdout
        };
        Ok(if formatted { Stmt::Printf(all, target) } else { Stmt::Print(all, target) })
    }
}
