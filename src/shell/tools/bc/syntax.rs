/// A piece of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Number(String),
    Name(String),
    Text(String),
    Op(&'static str),
    /// A new line or `;`.
    End,
}

#[derive(Clone, Debug)]
pub(super) enum Expr {
    Number(String),
    Var(String),
    Call(String, Vec<Expr>),
    Unary(&'static str, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// Operator (empty for `=`), variable, value.
    Assign(&'static str, String, Box<Expr>),
    /// Variable, by how much, and whether the old value counts.
    Step(String, i64, bool),
}

#[derive(Clone, Debug)]
pub(super) enum Statement {
    /// Printed unless it assigns.
    Expr(Expr),
    Text(String),
    Print(Vec<Statement>),
    If(Expr, Vec<Statement>, Vec<Statement>),
    While(Expr, Option<Expr>, Vec<Statement>),
    Block(Vec<Statement>),
    Define(String, Vec<String>, Vec<Statement>),
    Auto(Vec<String>),
    Return(Option<Expr>),
    Break,
    Continue,
    Quit,
}

/// Statements nest this deep at most.
const DEPTH_LIMIT: usize = 60;

/// Whether braces, a comment or a quote wait for their end.
pub(super) fn is_open(text: &str) -> bool {
    let (mut depth, mut quoted) = (0_i32, false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => depth -= 1,
            _ => {}
        }
    }
    depth > 0 || quoted || text.ends_with("\\\n") || text.rfind("/*").is_some_and(|at| !text.get(at..).unwrap_or_default().contains("*/"))
}

const OPERATORS: [&str; 31] = [
    "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "==", "<=", ">=", "!=", "&&", "||", "+", "-", "*", "/", "%", "^", "=", "<", ">", "!",
    "(", ")", "{", "}", ",", "[", "]",
];

/// The pieces, or `None` for a character that bc does not know.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("/*") {
            rest = after.split_once("*/").map_or("", |(_, after)| after);
        } else if c == '#' {
            rest = rest.find('\n').and_then(|at| rest.get(at..)).unwrap_or("");
        } else if let Some(after) = rest.strip_prefix("\\\n") {
            rest = after;
        } else if c == '\n' || c == ';' {
            out.push(Token::End);
            rest = rest.get(1..)?;
        } else if c.is_whitespace() {
            rest = rest.get(c.len_utf8()..)?;
        } else if c.is_ascii_digit() || c == '.' || c.is_ascii_uppercase() {
            let len = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && !c.is_ascii_uppercase()).unwrap_or(rest.len());
            let (number, after) = rest.split_at_checked(len)?;
            out.push(Token::Number(number.to_owned()));
            rest = after;
        } else if c.is_ascii_lowercase() {
            let len = rest.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_').unwrap_or(rest.len());
            let (name, after) = rest.split_at_checked(len)?;
            out.push(Token::Name(name.to_owned()));
            rest = after;
        } else if c == '"' {
            let (text, after) = rest.get(1..)?.split_once('"')?;
            out.push(Token::Text(text.to_owned()));
            rest = after;
        } else {
            let op = OPERATORS.into_iter().find(|op| rest.starts_with(op))?;
            out.push(Token::Op(op));
            rest = rest.get(op.len()..)?;
        }
    }
    Some(out)
}

/// Reads a program. `None`: it is none.
pub(super) fn parse(text: &str) -> Option<Vec<Statement>> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let mut out = Vec::new();
    while parser.at < parser.tokens.len() {
        if parser.take_end() {
            continue;
        }
        out.push(parser.statement()?);
        let block = matches!(out.last(), Some(Statement::Define(..) | Statement::Block(_) | Statement::If(..) | Statement::While(..)));
        if parser.at < parser.tokens.len() && !parser.take_end() && !block {
            return None;
        }
    }
    Some(out)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take_end(&mut self) -> bool {
        let end = self.peek() == Some(&Token::End);
        self.at += usize::from(end);
        end
    }

    fn accept(&mut self, op: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Op(there)) if *there == op);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, op: &str) -> Option<()> {
        self.accept(op).then_some(())
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(there)) if there == word);
        self.at += usize::from(found);
        found
    }

    fn name(&mut self) -> Option<String> {
        let Some(Token::Name(name)) = self.peek() else { return None };
        let name = name.clone();
        self.at += 1;
        Some(name)
    }

    fn statement(&mut self) -> Option<Statement> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return None;
        }
        let statement = self.any_statement();
        self.depth -= 1;
        statement
    }

    fn any_statement(&mut self) -> Option<Statement> {
        if let Some(Token::Text(text)) = self.peek() {
            let text = text.clone();
            self.at += 1;
            return Some(Statement::Text(text));
        }
        if self.accept("{") {
            return self.block().map(Statement::Block);
        }
        match self.peek() {
            Some(Token::Name(name)) => match name.as_str() {
                "if" => self.condition(),
                "while" => {
                    self.at += 1;
                    self.expect("(")?;
                    let condition = self.expr()?;
                    self.expect(")")?;
                    Some(Statement::While(condition, None, vec![self.body()?]))
                }
                "for" => self.counting(),
                "print" => {
                    self.at += 1;
                    let mut parts = vec![self.printed()?];
                    while self.accept(",") {
                        parts.push(self.printed()?);
                    }
                    Some(Statement::Print(parts))
                }
                "define" => self.define(),
                "auto" => {
                    self.at += 1;
                    self.names().map(Statement::Auto)
                }
                "return" => {
                    self.at += 1;
                    let bare = matches!(self.peek(), None | Some(Token::End | Token::Op("}")));
                    Some(Statement::Return(if bare { None } else { Some(self.expr()?) }))
                }
                "break" | "continue" | "quit" | "halt" => {
                    let word = self.name()?;
                    Some(match word.as_str() {
                        "break" => Statement::Break,
                        "continue" => Statement::Continue,
                        _ => Statement::Quit,
                    })
                }
                _ => self.expr().map(Statement::Expr),
            },
            _ => self.expr().map(Statement::Expr),
        }
    }

    fn printed(&mut self) -> Option<Statement> {
        match self.peek() {
            Some(Token::Text(_)) => self.statement(),
            _ => self.expr().map(Statement::Expr),
        }
    }

    /// What an `if` or a loop governs; it may stand on the next line.
    fn body(&mut self) -> Option<Statement> {
        while self.take_end() {}
        self.statement()
    }

    fn block(&mut self) -> Option<Vec<Statement>> {
        let mut out = Vec::new();
        loop {
            while self.take_end() {}
            if self.accept("}") {
                return Some(out);
            }
            self.peek()?;
            out.push(self.statement()?);
        }
    }

    fn condition(&mut self) -> Option<Statement> {
        self.at += 1;
        self.expect("(")?;
        let condition = self.expr()?;
        self.expect(")")?;
        let then = self.body()?;
        let back = self.at;
        while self.take_end() {}
        let otherwise = if self.word("else") {
            vec![self.body()?]
        } else {
            self.at = back;
            Vec::new()
        };
        Some(Statement::If(condition, vec![then], otherwise))
    }

    fn counting(&mut self) -> Option<Statement> {
        self.at += 1;
        self.expect("(")?;
        let start = self.expr()?;
        self.take_end().then_some(())?;
        let condition = self.expr()?;
        self.take_end().then_some(())?;
        let step = self.expr()?;
        self.expect(")")?;
        let body = self.body()?;
        // The start is no result that is shown.
        let quiet = match start {
            expr @ (Expr::Assign(..) | Expr::Step(..)) => Statement::Expr(expr),
            _ => Statement::Block(Vec::new()),
        };
        Some(Statement::Block(vec![quiet, Statement::While(condition, Some(step), vec![body])]))
    }

    fn define(&mut self) -> Option<Statement> {
        self.at += 1;
        let name = self.name()?;
        self.expect("(")?;
        let parameters = if self.accept(")") {
            Vec::new()
        } else {
            let names = self.names()?;
            self.expect(")")?;
            names
        };
        while self.take_end() {}
        self.expect("{")?;
        Some(Statement::Define(name, parameters, self.block()?))
    }

    fn names(&mut self) -> Option<Vec<String>> {
        let mut names = vec![self.name()?];
        while self.accept(",") {
            names.push(self.name()?);
        }
        Some(names)
    }

    fn expr(&mut self) -> Option<Expr> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return None;
        }
        let expr = self.binary(0);
        self.depth -= 1;
        expr
    }

    /// Operators from weak to strong; bc's `!` is weaker than comparisons.
    fn binary(&mut self, level: usize) -> Option<Expr> {
        const LEVELS: [&[&str]; 5] = [&["||"], &["&&"], &["==", "<=", ">=", "!=", "<", ">"], &["+", "-"], &["*", "/", "%"]];
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        if level == 2 && self.accept("!") {
            return Some(Expr::Unary("!", Box::new(self.binary(2)?)));
        }
        let mut left = self.binary(level + 1)?;
        while let Some(op) = operators.iter().find(|op| self.accept(op)) {
            left = Expr::Binary(op, Box::new(left), Box::new(self.binary(level + 1)?));
        }
        Some(left)
    }

    fn power(&mut self) -> Option<Expr> {
        let base = self.unary()?;
        if self.accept("^") { Some(Expr::Binary("^", Box::new(base), Box::new(self.power()?))) } else { Some(base) }
    }

    fn unary(&mut self) -> Option<Expr> {
        if self.accept("-") {
            return Some(Expr::Unary("-", Box::new(self.unary()?)));
        }
        for (op, by) in [("++", 1), ("--", -1)] {
            if self.accept(op) {
                return Some(Expr::Step(self.name()?, by, false));
            }
        }
        if self.accept("(") {
            let inner = self.expr()?;
            self.expect(")")?;
            // In parentheses an assignment shows its value.
            return Some(Expr::Unary("(", Box::new(inner)));
        }
        if let Some(Token::Number(number)) = self.peek() {
            let number = number.clone();
            self.at += 1;
            return Some(Expr::Number(number));
        }
        let name = self.name()?;
        if self.accept("(") {
            let mut args = Vec::new();
            if !self.accept(")") {
                args.push(self.expr()?);
                while self.accept(",") {
                    args.push(self.expr()?);
                }
                self.expect(")")?;
            }
            return Some(Expr::Call(name, args));
        }
        for (op, plain) in [("=", ""), ("+=", "+"), ("-=", "-"), ("*=", "*"), ("/=", "/"), ("%=", "%"), ("^=", "^")] {
            if self.accept(op) {
                return Some(Expr::Assign(plain, name, Box::new(self.expr()?)));
            }
        }
        for (op, by) in [("++", 1), ("--", -1)] {
            if self.accept(op) {
                return Some(Expr::Step(name, by, true));
            }
        }
        Some(Expr::Var(name))
    }
}
