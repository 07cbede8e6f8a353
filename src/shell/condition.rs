//! The expressions of `test` and `[`.

use super::dialect::Dialect;
use super::filetest;
use super::nesting::deeper;
use crate::process::ProcessContext;

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evaluated {
    True,
    False,
    /// The sentence after `bash: [: `.
    Wrong(String),
}

const UNARY: &[&str] = &[
    "-a", "-b", "-c", "-d", "-e", "-f", "-g", "-h", "-k", "-n", "-o", "-p", "-r", "-s", "-t", "-u", "-v", "-w", "-x", "-z", "-G", "-L",
    "-N", "-O", "-S",
];
const BINARY: &[&str] = &["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];

/// Parentheses and `!` hold each other this deep at most.
const DEPTH_LIMIT: usize = 100;

struct Test<'a> {
    words: &'a [String],
    at: usize,
    depth: usize,
    ctx: &'a ProcessContext,
    dialect: Dialect,
    is_set: &'a mut dyn FnMut(&str) -> bool,
}

/// Evaluates the arguments of `test`. `is_set` answers `-v`.
pub(crate) fn evaluate(words: &[String], ctx: &ProcessContext, dialect: Dialect, is_set: &mut dyn FnMut(&str) -> bool) -> Evaluated {
    let mut test = Test { words, at: 0, depth: 0, ctx, dialect, is_set };
    match test.all() {
        Ok(true) => Evaluated::True,
        Ok(false) => Evaluated::False,
        Err(message) => Evaluated::Wrong(message),
    }
}

type Judged = Result<bool, String>;

impl Test<'_> {
    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", String::as_str)
    }

    fn is_binary(&self, word: &str) -> bool {
        BINARY.contains(&word) && !(self.dialect.is_dash() && word == "==")
    }

    /// The rules for few words come first, as POSIX says.
    fn all(&mut self) -> Judged {
        let n = self.words.len();
        match n {
            0 => return Ok(false),
            1 => return Ok(!self.word(0).is_empty()),
            2 => {
                if self.word(0) == "!" {
                    return Ok(self.word(1).is_empty());
                }
                if !self.dialect.is_bash() && !UNARY.contains(&self.word(0)) {
                    return Err(self.odd_operand());
                }
                return self.unary_of_two();
            }
            3 => {
                let operator = self.word(1).to_owned();
                if self.is_binary(&operator) {
                    return self.binary(0);
                }
                if matches!(operator.as_str(), "-a" | "-o") {
                    let (a, b) = (!self.word(0).is_empty(), !self.word(2).is_empty());
                    return Ok(if operator == "-a" { a && b } else { a || b });
                }
                if self.word(0) == "!" {
                    self.at = 1;
                    return self.rest().map(|v| !v);
                }
                if self.word(0) == "(" && self.word(2) == ")" {
                    return Ok(!self.word(1).is_empty());
                }
                return Err(match self.dialect {
                    Dialect::Bash => format!("{operator}: binary operator expected"),
                    _ => self.odd_operand(),
                });
            }
            _ => {}
        }
        self.rest()
    }

    fn odd_operand(&self) -> String {
        let word = if self.words.len() > 2 || self.is_binary(self.word(1)) { self.word(1) } else { self.word(0) };
        match self.dialect {
            Dialect::Dash if self.words.len() == 2 && self.is_binary(self.word(1)) => format!("{}: argument expected", self.word(1)),
            Dialect::Dash => {
                format!("{}: unexpected operator", self.word(0))
            }
            _ => format!("{word}: unknown operand"),
        }
    }

    fn unary_of_two(&mut self) -> Judged {
        let operator = self.word(0).to_owned();
        if !UNARY.contains(&operator.as_str()) {
            return Err(format!("{operator}: unary operator expected"));
        }
        self.unary(0)
    }

    fn rest(&mut self) -> Judged {
        let value = self.or()?;
        if self.at < self.words.len() {
            let word = self.word(self.at).to_owned();
            return Err(match self.dialect {
                Dialect::Bash if word.starts_with('-') => format!("syntax error: `{word}' unexpected"),
                Dialect::Bash => "too many arguments".into(),
                Dialect::Dash => format!("{}: unexpected operator", self.word(self.at - 1)),
                Dialect::Ash => format!("{word}: unknown operand"),
            });
        }
        Ok(value)
    }

    fn deeper(&mut self, inner: fn(&mut Self) -> Judged) -> Judged {
        deeper(self, |parser| &mut parser.depth, DEPTH_LIMIT, inner).unwrap_or_else(|| Err("too many arguments".into()))
    }

    fn or(&mut self) -> Judged {
        let mut value = self.and()?;
        while self.word(self.at) == "-o" {
            self.at += 1;
            let right = self.and()?;
            value = value || right;
        }
        Ok(value)
    }

    fn and(&mut self) -> Judged {
        let mut value = self.not()?;
        while self.word(self.at) == "-a" {
            self.at += 1;
            let right = self.not()?;
            value = value && right;
        }
        Ok(value)
    }

    fn not(&mut self) -> Judged {
        if self.word(self.at) == "!" && self.at + 1 < self.words.len() {
            self.at += 1;
            return self.deeper(Self::not).map(|v| !v);
        }
        self.primary()
    }

    fn primary(&mut self) -> Judged {
        let left = self.words.len() - self.at;
        if left == 0 && self.dialect.is_dash() {
            return Ok(false);
        }
        if left == 0 {
            return Err("argument expected".into());
        }
        if left >= 3 && self.is_binary(self.word(self.at + 1)) {
            let value = self.binary(self.at)?;
            self.at += 3;
            return Ok(value);
        }
        let word = self.word(self.at).to_owned();
        if word == "(" {
            self.at += 1;
            let value = self.deeper(Self::or)?;
            if self.word(self.at) != ")" {
                return Err(if self.dialect.is_bash() { "`)' expected".into() } else { "closing paren expected".into() });
            }
            self.at += 1;
            return Ok(value);
        }
        if left >= 2 && UNARY.contains(&word.as_str()) {
            let value = self.unary(self.at)?;
            self.at += 2;
            return Ok(value);
        }
        if left >= 2 && word.starts_with('-') && word.len() == 2 && self.dialect.is_bash() {
            return Err(format!("{word}: unary operator expected"));
        }
        self.at += 1;
        Ok(!word.is_empty())
    }

    fn unary(&mut self, at: usize) -> Judged {
        let operator = self.word(at).to_owned();
        let operand = self.word(at + 1).to_owned();
        Ok(match operator.as_str() {
            "-n" => !operand.is_empty(),
            "-z" => operand.is_empty(),
            "-v" => (self.is_set)(&operand),
            "-o" => false,
            "-t" if operand.parse::<i32>().is_err() => return Err(self.not_integer(&operand)),
            op => filetest::holds(self.ctx, op.trim_start_matches('-'), &operand),
        })
    }

    fn not_integer(&self, text: &str) -> String {
        match self.dialect {
            Dialect::Bash => format!("{text}: integer expression expected"),
            Dialect::Dash => format!("Illegal number: {text}"),
            Dialect::Ash => format!("{text}: bad number"),
        }
    }

    fn number(&self, text: &str) -> Result<i64, String> {
        text.trim().parse::<i64>().map_err(|_| self.not_integer(text))
    }

    fn binary(&mut self, at: usize) -> Judged {
        let (a, operator, b) = (self.word(at), self.word(at + 1), self.word(at + 2));
        Ok(match operator {
            "=" | "==" => a == b,
            "!=" => a != b,
            "<" => a < b,
            ">" => a > b,
            "-nt" | "-ot" if self.dialect.is_dash() && !(filetest::holds(self.ctx, "e", a) && filetest::holds(self.ctx, "e", b)) => false,
            "-nt" | "-ot" | "-ef" => filetest::compares(self.ctx, a, operator, b),
            _ => {
                let (a, b) = (self.number(a)?, self.number(b)?);
                match operator {
                    "-eq" => a == b,
                    "-ne" => a != b,
                    "-lt" => a < b,
                    "-le" => a <= b,
                    "-gt" => a > b,
                    _ => a >= b,
                }
            }
        })
    }
}
