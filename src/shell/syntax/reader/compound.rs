//! The compound commands: conditions, loops, `case`, functions.

use super::super::lexer::{Kind, Token, is_name};
use super::{Parsed, Parser};

/// The words that bash's compound commands begin with.
const COMPOUND: &[&str] = &["{", "if", "for", "while", "until", "case", "select", "[["];

impl Parser<'_> {
    /// The end of `((…))` that starts at `start`, if that is what it is.
    pub(super) fn arithmetic_command(&self, start: usize) -> Option<usize> {
        let bytes = self.lexer.src.as_bytes();
        if bytes.get(start + 1) != Some(&b'(') {
            return None;
        }
        let mut level = 0usize;
        for (i, byte) in bytes.iter().enumerate().skip(start) {
            match byte {
                b'(' => level += 1,
                b')' => {
                    level -= 1;
                    if level == 1 {
                        return (bytes.get(i + 1) == Some(&b')')).then_some(i + 2);
                    }
                }
                _ => {}
            }
        }
        None
    }

    pub(super) fn if_clause(&mut self) -> Parsed {
        self.take()?;
        self.list(false)?;
        self.expect_word("then")?;
        self.list(false)?;
        loop {
            if self.at_word("elif")? {
                self.take()?;
                self.list(false)?;
                self.expect_word("then")?;
                self.list(false)?;
            } else if self.at_word("else")? {
                self.take()?;
                self.list(false)?;
                return self.expect_word("fi");
            } else {
                return self.expect_word("fi");
            }
        }
    }

    pub(super) fn do_group(&mut self) -> Parsed {
        self.expect_word("do")?;
        self.list(false)?;
        self.expect_word("done")
    }

    pub(super) fn for_clause(&mut self) -> Parsed {
        self.take()?;
        let name = self.peek()?;
        if self.lexer.dialect.is_bash()
            && name.kind == Kind::Operator
            && let Some(end) = self.arithmetic_command(name.start)
        {
            self.token = None;
            self.lexer.at = end;
            // `((;;))`: two operators to brush-parser.
            let inside = self.lexer.src.get(name.start..end).unwrap_or("");
            self.rewrites.extend(inside.match_indices(";;").map(|(i, _)| (name.start + i + 1, name.start + i + 1, " ".into())));
            if self.at_operator(";")? {
                self.take()?;
            }
            self.skip_newlines()?;
            return self.group_body();
        }
        if self.lexer.dialect.is_dash() && name.kind != Kind::End && !(name.kind == Kind::Word && is_name(self.text(name))) {
            return Err(self.said(name, "Bad for loop variable"));
        }
        if name.kind != Kind::Word {
            return self.fail(None);
        }
        self.take()?;
        if !is_name(self.text(name)) && !self.lexer.dialect.is_bash() {
            return Err(self.unexpected(name, None));
        }
        self.skip_newlines()?;
        if self.at_word("in")? {
            let word = self.take()?;
            if self.lexer.dialect.is_dash() && self.peek()?.kind != Kind::Word {
                // brush-parser takes no words for no `in`.
                self.rewrites.push((word.end, word.end, " $()".into()));
            }
            while self.peek()?.kind == Kind::Word {
                self.take()?;
            }
            let token = self.peek()?;
            match (token.kind, self.text(token)) {
                (Kind::Newline, _) | (Kind::Operator, ";") => self.take().map(|_| ())?,
                (Kind::End, _) => return self.fail(Some("do")),
                _ => return self.fail(None),
            }
        } else if self.at_operator(";")? {
            self.take()?;
        }
        self.skip_newlines()?;
        self.group_body()
    }

    fn group_body(&mut self) -> Parsed {
        if self.lexer.dialect.is_bash() && self.at_word("{")? {
            let open = self.take()?;
            self.list(false)?;
            let close = self.peek()?;
            self.expect_word("}")?;
            self.rewrites.extend([(open.start, open.end, "do".into()), (close.start, close.end, "done".into())]);
            return Ok(());
        }
        self.do_group()
    }

    pub(super) fn rewrite_select(&mut self, word: Token) {
        let rest = self.lexer.src.get(word.end..).unwrap_or("");
        let name = word.end + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        self.rewrites.extend([(word.start, word.end, "for".into()), (name, name, super::super::SELECT.into())]);
    }

    pub(super) fn case_clause(&mut self) -> Parsed {
        self.take()?;
        if self.peek()?.kind != Kind::Word {
            return self.fail(None);
        }
        self.take()?;
        self.skip_newlines()?;
        self.expect_word("in")?;
        self.skip_newlines()?;
        while !self.at_word("esac")? {
            if self.at_operator("(")? {
                self.take()?;
            }
            loop {
                if self.peek()?.kind != Kind::Word {
                    // dash takes anything for the pattern, and misses its parenthesis.
                    if self.lexer.dialect.is_dash() && self.at_operator(")")? {
                        self.take()?;
                        let token = self.peek()?;
                        return if token.kind == Kind::Word { Err(self.word_for(token, ")")) } else { self.fail(Some(")")) };
                    }
                    return self.fail(None);
                }
                self.take()?;
                if !self.at_operator("|")? {
                    break;
                }
                self.take()?;
            }
            self.expect_operator(")")?;
            self.list(true)?;
            let token = self.peek()?;
            match (token.kind, self.text(token)) {
                (Kind::Operator, ";;" | ";&" | ";;&") => {
                    self.take()?;
                    self.skip_newlines()?;
                }
                (Kind::Word, "esac") => {}
                _ => return self.fail(Some(";;")),
            }
        }
        self.take().map(|_| ())
    }

    /// `coproc`, with a name where a compound command follows.
    pub(super) fn coprocess(&mut self) -> Parsed {
        self.take()?;
        let word = self.peek()?;
        if word.kind == Kind::Word && is_name(self.text(word)) && !self.starts_compound(word) {
            let rest = self.lexer.src.get(word.end..).unwrap_or("").trim_start_matches([' ', '\t']);
            let next = rest.split([' ', '\t', '\n', ';']).next().unwrap_or("");
            if next.starts_with('(') || COMPOUND.contains(&next) {
                self.take()?;
            }
        }
        self.command()
    }

    fn starts_compound(&self, token: Token) -> bool {
        COMPOUND.contains(&self.text(token))
    }

    pub(super) fn function_keyword(&mut self) -> Parsed {
        self.take()?;
        if self.peek()?.kind != Kind::Word {
            return self.fail(None);
        }
        self.take()?;
        if self.at_operator("(")? {
            self.take()?;
            self.expect_operator(")")?;
        }
        self.skip_newlines()?;
        self.function_body()
    }

    /// bash wants a compound command here; the others take any.
    pub(super) fn function_body(&mut self) -> Parsed {
        let body = self.peek()?;
        if self.lexer.dialect.is_bash() && body.kind == Kind::Word && !self.starts_compound(body) {
            return self.fail(None);
        }
        self.command()
    }
}
