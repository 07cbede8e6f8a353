use super::super::super::regex::{Regex, Syntax};
use super::lexer::{Token, tokens};
use super::syntax::{BUILTINS, Expr, Function, Pattern, Program, Source, Stmt, Target};

/// What is wrong with a program: the line, and mawk's words.
pub(super) struct Mistake {
    pub line: usize,
    pub message: String,
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    /// `>` redirects here, instead of comparing.
    printing: bool,
    /// `in` belongs to `for (… in …)`.
    no_in: bool,
    depth: usize,
}

type Parsed<T> = Result<T, Mistake>;

/// Expressions nest this deep at most.
const DEPTH_LIMIT: usize = 150;

/// Reads a program.
pub(super) fn parse(source: &str) -> Parsed<Program> {
    let tokens = tokens(source).map_err(|(line, text)| Mistake { line, message: format!("syntax error at or near {text}") })?;
    let mut parser = Parser { tokens, at: 0, printing: false, no_in: false, depth: 0 };
    let mut program = Program::default();
    loop {
        parser.skip(&[Token::Newline, Token::Op(";")]);
        match parser.peek().clone() {
            Token::End => return Ok(program),
            Token::Name(name) if name == "function" || name == "func" => {
                parser.next();
                let (Token::Name(name) | Token::Call(name)) = parser.next() else { return parser.wrong() };
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
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(t, _)| t)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn skip(&mut self, set: &[Token]) {
        while set.contains(self.peek()) {
            self.at += 1;
        }
    }

    fn newlines(&mut self) {
        self.skip(&[Token::Newline]);
    }

    fn is(&self, op: &'static str) -> bool {
        *self.peek() == Token::Op(op)
    }

    fn accept(&mut self, op: &'static str) -> bool {
        let found = self.is(op);
        self.at += usize::from(found);
        found
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(name) | Token::Call(name) if name == word)
    }

    fn wrong<T>(&self) -> Parsed<T> {
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

    fn expect(&mut self, op: &'static str) -> Parsed<()> {
        if self.accept(op) {
            return Ok(());
        }
        if op == "}" && *self.peek() == Token::End {
            let line = self.tokens.last().map_or(1, |(_, l)| *l) + 1;
            return Err(Mistake { line, message: "missing } near end of file".into() });
        }
        self.wrong()
    }

    fn function(&mut self) -> Parsed<Function> {
        self.expect("(")?;
        let mut parameters = Vec::new();
        while let Token::Name(name) = self.peek().clone() {
            self.next();
            parameters.push(name);
            self.accept(",");
            self.newlines();
        }
        self.expect(")")?;
        self.newlines();
        Ok(Function { parameters, body: self.block()? })
    }

    fn rule(&mut self) -> Parsed<(Pattern, Option<Stmt>)> {
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

    fn block(&mut self) -> Parsed<Stmt> {
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

    fn end_of_statement(&mut self) -> Parsed<()> {
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

    fn body(&mut self) -> Parsed<Box<Stmt>> {
        self.newlines();
        if self.accept(";") {
            return Ok(Box::new(Stmt::Block(Vec::new())));
        }
        Ok(Box::new(self.statement()?))
    }

    fn statement(&mut self) -> Parsed<Stmt> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return self.wrong();
        }
        let result = self.statement_inner();
        self.depth -= 1;
        result
    }

    fn statement_inner(&mut self) -> Parsed<Stmt> {
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
                return Ok(Stmt::While(condition, self.body()?));
            }
            "for" => return self.for_statement(),
            "do" => {
                self.next();
                let body = self.body()?;
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
                match word.as_str() {
                    "next" => Stmt::Next,
                    "nextfile" => Stmt::NextFile,
                    "break" => Stmt::Break,
                    _ => Stmt::Continue,
                }
            }
            "exit" | "return" => {
                self.next();
                let ends = matches!(self.peek(), Token::Newline | Token::Op(";" | "}") | Token::End);
                let value = if ends { None } else { Some(self.expr()?) };
                if word == "exit" { Stmt::Exit(value) } else { Stmt::Return(value) }
            }
            _ => self.simple()?,
        };
        self.end_of_statement()?;
        Ok(statement)
    }

    fn if_statement(&mut self) -> Parsed<Stmt> {
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

    fn for_statement(&mut self) -> Parsed<Stmt> {
        self.next();
        self.expect("(")?;
        if let (Token::Name(var), Some((Token::Name(word), _)), Some((Token::Name(array), _)), Some((Token::Op(")"), _))) =
            (self.peek().clone(), self.tokens.get(self.at + 1), self.tokens.get(self.at + 2), self.tokens.get(self.at + 3))
            && word == "in"
        {
            let array = array.clone();
            self.at += 4;
            return Ok(Stmt::ForIn(var, array, self.body()?));
        }
        let first = if self.is(";") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(";")?;
        self.newlines();
        let condition = if self.is(";") { None } else { Some(self.expr()?) };
        self.expect(";")?;
        self.newlines();
        let step = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(")")?;
        Ok(Stmt::For(first, condition, step, self.body()?))
    }

    fn simple(&mut self) -> Parsed<Stmt> {
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

    fn list(&mut self, close: &'static str) -> Parsed<Vec<Expr>> {
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
        self.expect(close)?;
        (self.printing, self.no_in) = (printing, no_in);
        Ok(all)
    }

    fn print(&mut self, formatted: bool) -> Parsed<Stmt> {
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

    /// What stands behind `>`: a concatenation, but no comparison.
    fn concat_free(&mut self) -> Parsed<Expr> {
        self.printing = true;
        let result = self.concat();
        self.printing = false;
        result
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return self.wrong();
        }
        let result = self.ternary();
        self.depth -= 1;
        result
    }

    fn ternary(&mut self) -> Parsed<Expr> {
        let left = self.or()?;
        if self.accept("?") {
            self.newlines();
            let yes = self.ternary()?;
            self.newlines();
            self.expect(":")?;
            self.newlines();
            let no = self.ternary()?;
            return Ok(Expr::Cond(Box::new(left), Box::new(yes), Box::new(no)));
        }
        for (text, operator) in [
            ("=", None),
            ("+=", Some('+')),
            ("-=", Some('-')),
            ("*=", Some('*')),
            ("/=", Some('/')),
            ("%=", Some('%')),
            ("^=", Some('^')),
            ("**=", Some('^')),
        ] {
            if self.is(text) && is_lvalue(&left) {
                self.next();
                self.newlines();
                let right = self.ternary()?;
                return Ok(Expr::Assign(operator, Box::new(left), Box::new(right)));
            }
        }
        Ok(left)
    }

    fn or(&mut self) -> Parsed<Expr> {
        let mut left = self.and()?;
        while self.accept("||") {
            self.newlines();
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.contains()?;
        while self.accept("&&") {
            self.newlines();
            left = Expr::And(Box::new(left), Box::new(self.contains()?));
        }
        Ok(left)
    }

    fn contains(&mut self) -> Parsed<Expr> {
        let mut left = self.matching()?;
        while self.is_word("in") && !self.no_in {
            self.next();
            let Token::Name(array) = self.next() else { return self.wrong() };
            left = match left {
                Expr::List(list) => Expr::In(list, array),
                other => Expr::In(vec![other], array),
            };
        }
        Ok(left)
    }

    fn matching(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        loop {
            let negated = if self.accept("~") {
                false
            } else if self.accept("!~") {
                true
            } else {
                return Ok(left);
            };
            left = Expr::Match(negated, Box::new(left), Box::new(self.comparison()?));
        }
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.concat()?;
        for op in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.is(op) && !(op == ">" && self.printing) {
                self.next();
                let right = self.concat()?;
                return Ok(Expr::Compare(op, Box::new(left), Box::new(right)));
            }
        }
        if self.is("|") && matches!(self.tokens.get(self.at + 1), Some((Token::Name(n), _)) if n == "getline") {
            return self.piped(left);
        }
        Ok(left)
    }

    /// `command | getline [var]`
    fn piped(&mut self, mut left: Expr) -> Parsed<Expr> {
        while self.is("|") && matches!(self.tokens.get(self.at + 1), Some((Token::Name(n), _)) if n == "getline") {
            self.at += 2;
            let into = self.optional_lvalue()?;
            left = Expr::Getline(into, Source::Command(Box::new(left)));
        }
        Ok(left)
    }

    fn optional_lvalue(&mut self) -> Parsed<Option<Box<Expr>>> {
        match self.peek() {
            Token::Op("$") => Ok(Some(Box::new(self.primary()?))),
            Token::Name(name) if !matches!(name.as_str(), "in") => Ok(Some(Box::new(self.primary()?))),
            _ => Ok(None),
        }
    }

    fn concat(&mut self) -> Parsed<Expr> {
        let mut left = self.additive()?;
        loop {
            let more = match self.peek() {
                Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Call(_) => true,
                Token::Name(name) => !matches!(name.as_str(), "in" | "getline"),
                Token::Op(op) => matches!(*op, "$" | "!" | "(" | "-" | "+" | "++" | "--"),
                _ => false,
            };
            // `a !~ b` and `a != b` are other tokens; a plain `!` may begin an operand only of its own.
            if !more || self.is("!") {
                return Ok(left);
            }
            left = Expr::Concat(Box::new(left), Box::new(self.additive()?));
        }
    }

    fn additive(&mut self) -> Parsed<Expr> {
        let mut left = self.term()?;
        loop {
            let op = if self.is("+") {
                '+'
            } else if self.is("-") {
                '-'
            } else {
                return Ok(left);
            };
            self.next();
            left = Expr::Arithmetic(op, Box::new(left), Box::new(self.term()?));
        }
    }

    fn term(&mut self) -> Parsed<Expr> {
        let mut left = self.unary()?;
        loop {
            let op = if self.is("*") {
                '*'
            } else if self.is("/") {
                '/'
            } else if self.is("%") {
                '%'
            } else {
                return Ok(left);
            };
            self.next();
            left = Expr::Arithmetic(op, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return self.wrong();
        }
        let result = if self.accept("!") {
            Expr::Not(Box::new(self.unary()?))
        } else if self.accept("-") {
            Expr::Negate(Box::new(self.unary()?))
        } else if self.accept("+") {
            Expr::Plus(Box::new(self.unary()?))
        } else {
            self.power()?
        };
        self.depth -= 1;
        Ok(result)
    }

    fn power(&mut self) -> Parsed<Expr> {
        let base = self.postfix()?;
        if self.accept("^") {
            let exponent = self.unary()?;
            return Ok(Expr::Arithmetic('^', Box::new(base), Box::new(exponent)));
        }
        Ok(base)
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let value = self.primary()?;
        if is_lvalue(&value) {
            for (op, by) in [("++", 1.0), ("--", -1.0)] {
                if self.accept(op) {
                    return Ok(Expr::Step(false, by, Box::new(value)));
                }
            }
        }
        Ok(value)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        match self.next() {
            Token::Number(n) => Ok(Expr::Number(n)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Regex(text) => match Regex::new(&text, Syntax::Extended, false) {
                Ok(regex) => Ok(Expr::Regex(regex)),
                Err(bad) => {
                    let line = self.tokens.get(self.at - 1).map_or(1, |(_, l)| *l);
                    Err(Mistake { line, message: format!("regular expression compile failed ({})\n{text}", bad.0.to_lowercase()) })
                }
            },
            Token::Op("$") => {
                let inner = if self.is("++") || self.is("--") {
                    self.primary()?
                } else if self.is("-") {
                    self.unary()?
                } else {
                    self.primary()?
                };
                Ok(Expr::Field(Box::new(inner)))
            }
            Token::Op("++") => Ok(Expr::Step(true, 1.0, Box::new(self.primary()?))),
            Token::Op("--") => Ok(Expr::Step(true, -1.0, Box::new(self.primary()?))),
            Token::Op("(") => {
                let mut list = self.list(")")?;
                Ok(match (list.len(), list.pop()) {
                    (1, Some(only)) => Expr::Group(Box::new(only)),
                    (_, Some(last)) => {
                        list.push(last);
                        Expr::List(list)
                    }
                    _ => {
                        self.at -= 1;
                        return self.wrong();
                    }
                })
            }
            Token::Name(name) | Token::Call(name) if name == "getline" => {
                let into = self.optional_lvalue()?;
                if self.accept("<") {
                    let file = self.primary()?;
                    return Ok(Expr::Getline(into, Source::File(Box::new(file))));
                }
                Ok(Expr::Getline(into, Source::Main))
            }
            Token::Name(name) | Token::Call(name) if BUILTINS.contains(&name.as_str()) => {
                let builtin = BUILTINS.iter().copied().find(|b| *b == name).unwrap_or("length");
                let arguments = if self.accept("(") { self.list(")")? } else { Vec::new() };
                Ok(Expr::Builtin(builtin, arguments))
            }
            Token::Call(name) => {
                self.expect("(")?;
                Ok(Expr::Call(name, self.list(")")?))
            }
            Token::Name(name) => {
                if self.accept("[") {
                    return Ok(Expr::Index(name, self.list("]")?));
                }
                Ok(Expr::Var(name))
            }
            _ => {
                self.at -= 1;
                if *self.peek() == Token::End {
                    let line = self.tokens.last().map_or(1, |(_, l)| *l);
                    return Err(Mistake { line, message: "syntax error at or near end of file".into() });
                }
                self.wrong()
            }
        }
    }
}

fn is_lvalue(expr: &Expr) -> bool {
    matches!(expr, Expr::Var(_) | Expr::Field(_) | Expr::Index(..))
}
