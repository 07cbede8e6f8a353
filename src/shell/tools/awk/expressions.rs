//! awk's expressions, by precedence.

use super::super::super::regex::{Regex, Syntax};
use super::lexer::Token;
use super::parser::{DEPTH_LIMIT, Mistake, Parsed, Parser};
use super::syntax::{BUILTINS, Expr, Source};

impl Parser {
    /// What stands behind `>`: a concatenation, but no comparison.
    pub(super) fn concat_free(&mut self) -> Parsed<Expr> {
        self.printing = true;
        let result = self.concat();
        self.printing = false;
        result
    }

    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        let depth = self.depth;
        let result = self.ternary();
        self.depth = depth;
        result
    }

    /// One statement or expression more holds what follows: a tree so deep takes as much of the native stack.
    pub(super) fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT { self.wrong() } else { Ok(()) }
    }

    pub(super) fn ternary(&mut self) -> Parsed<Expr> {
        self.deeper()?;
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

    pub(super) fn or(&mut self) -> Parsed<Expr> {
        let mut left = self.and()?;
        while self.accept("||") {
            self.newlines();
            self.deeper()?;
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    pub(super) fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.contains()?;
        while self.accept("&&") {
            self.newlines();
            self.deeper()?;
            left = Expr::And(Box::new(left), Box::new(self.contains()?));
        }
        Ok(left)
    }

    pub(super) fn contains(&mut self) -> Parsed<Expr> {
        let mut left = self.matching()?;
        while self.is_word("in") && !self.no_in {
            self.next();
            let Token::Name(array) = self.next() else { return self.wrong() };
            self.deeper()?;
            left = match left {
                Expr::List(list) => Expr::In(list, array),
                other => Expr::In(vec![other], array),
            };
        }
        Ok(left)
    }

    pub(super) fn matching(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        loop {
            let negated = if self.accept("~") {
                false
            } else if self.accept("!~") {
                true
            } else {
                return Ok(left);
            };
            self.deeper()?;
            left = Expr::Match(negated, Box::new(left), Box::new(self.comparison()?));
        }
    }

    pub(super) fn comparison(&mut self) -> Parsed<Expr> {
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
    pub(super) fn piped(&mut self, mut left: Expr) -> Parsed<Expr> {
        while self.is("|") && matches!(self.tokens.get(self.at + 1), Some((Token::Name(n), _)) if n == "getline") {
            self.at += 2;
            let into = self.optional_lvalue()?;
            left = Expr::Getline(into, Source::Command(Box::new(left)));
        }
        Ok(left)
    }

    pub(super) fn optional_lvalue(&mut self) -> Parsed<Option<Box<Expr>>> {
        match self.peek() {
            Token::Op("$") => Ok(Some(Box::new(self.primary()?))),
            Token::Name(name) if !matches!(name.as_str(), "in") => Ok(Some(Box::new(self.primary()?))),
            _ => Ok(None),
        }
    }

    pub(super) fn concat(&mut self) -> Parsed<Expr> {
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
            self.deeper()?;
            left = Expr::Concat(Box::new(left), Box::new(self.additive()?));
        }
    }

    pub(super) fn additive(&mut self) -> Parsed<Expr> {
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
            self.deeper()?;
            left = Expr::Arithmetic(op, Box::new(left), Box::new(self.term()?));
        }
    }

    pub(super) fn term(&mut self) -> Parsed<Expr> {
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
            self.deeper()?;
            left = Expr::Arithmetic(op, Box::new(left), Box::new(self.unary()?));
        }
    }

    pub(super) fn unary(&mut self) -> Parsed<Expr> {
        let depth = self.depth;
        self.deeper()?;
        let result = if self.accept("!") {
            Expr::Not(Box::new(self.unary()?))
        } else if self.accept("-") {
            Expr::Negate(Box::new(self.unary()?))
        } else if self.accept("+") {
            Expr::Plus(Box::new(self.unary()?))
        } else {
            self.power()?
        };
        self.depth = depth;
        Ok(result)
    }

    pub(super) fn power(&mut self) -> Parsed<Expr> {
        let base = self.postfix()?;
        if self.accept("^") {
            let exponent = self.unary()?;
            return Ok(Expr::Arithmetic('^', Box::new(base), Box::new(exponent)));
        }
        Ok(base)
    }

    pub(super) fn postfix(&mut self) -> Parsed<Expr> {
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

    pub(super) fn primary(&mut self) -> Parsed<Expr> {
        match self.next() {
            Token::Number(n) => Ok(Expr::Number(n)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Regex(text) => match Regex::new(&text, Syntax::Extended, false) {
                Ok(regex) => Ok(Expr::Regex(regex)),
                Err(bad) => {
                    let line = self.tokens.get(self.at - 1).map_or(1, |(_, l)| *l);
                    Err(Mistake {
                        line,
                        message: format!(
                            "regular expression compile failed ({})\n{text}",
                            match bad.0 {
                                "Unmatched ( or \\(" => "missing ')'".to_owned(),
                                other => other.to_lowercase(),
                            }
                        ),
                    })
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
                let (least, most) = match builtin {
                    "substr" | "split" | "sub" | "gsub" => (2, 3),
                    "index" | "match" | "atan2" => (2, 2),
                    "tolower" | "toupper" | "int" | "sqrt" | "exp" | "log" | "sin" | "cos" | "system" | "close" => (1, 1),
                    "sprintf" => (1, usize::MAX),
                    "strftime" => (0, 3),
                    "rand" | "systime" => (0, 0),
                    _ => (0, 1),
                };
                if !(least..=most).contains(&arguments.len()) {
                    return self.mistake(format!("wrong number of arguments in call to {builtin}"));
                }
                Ok(Expr::Builtin(builtin, arguments))
            }
            Token::Call(name) => {
                self.expect("(")?;
                self.calls.push(name.clone());
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
