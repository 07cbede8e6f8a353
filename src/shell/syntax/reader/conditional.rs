//! `[[ … ]]`: bash's conditional command.
use super::*;

impl<'a> Parser<'a> {
    pub(super) fn extended_test(&mut self) -> Parsed {
        self.take()?;
        self.test_list()?;
        let token = self.peek()?;
        match self.text(token) {
            "]]" => self.take().map(|_| ()),
            _ if token.kind == Kind::End => self.fail(None),
            _ => Err(self.conditional(token, "syntax error in conditional expression".into())),
        }
    }

    fn conditional(&self, token: Token, message: String) -> SyntaxError {
        SyntaxError { kind: ErrorKind::Conditional(message), expecting: None, offset: token.start, opened: token.start }
    }

    /// What a message calls a token.
    fn shown(&self, token: Token) -> &'a str {
        if token.kind == Kind::Newline { "newline" } else { self.text(token) }
    }

    fn test_list(&mut self) -> Parsed {
        loop {
            self.skip_newlines()?;
            self.test_primary()?;
            self.skip_newlines()?;
            if !self.at_operator("&&")? && !self.at_operator("||")? {
                return Ok(());
            }
            self.take()?;
        }
    }

    fn test_primary(&mut self) -> Parsed {
        self.deeper(Self::test_primary_inner)
    }

    fn test_primary_inner(&mut self) -> Parsed {
        const UNARY: &str = "abcdefghkprstuwxGLNOSoRnvz";
        let token = self.peek()?;
        let text = self.text(token);
        if self.at_operator("(")? {
            self.take()?;
            self.test_list()?;
            let close = self.peek()?;
            if !self.at_operator(")")? {
                if close.kind == Kind::End {
                    return self.fail(None);
                }
                return Err(self.conditional(close, format!("unexpected token `{}', expected `)'", self.shown(close))));
            }
            return self.take().map(|_| ());
        }
        if token.kind != Kind::Word || text == "]]" {
            return self.fail(None);
        }
        self.take()?;
        if text == "!" {
            return self.test_primary();
        }
        let next = self.peek()?;
        let operator = text.strip_prefix('-').is_some_and(|letter| letter.len() == 1 && UNARY.contains(letter));
        let binary = matches!(self.text(next), "=" | "==" | "!=" | "=~" | "<" | ">")
            || matches!(self.text(next), "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot" | "-ef");
        if operator && !binary {
            if next.kind == Kind::Word && self.text(next) != "]]" {
                return self.take().map(|_| ());
            }
            let message = format!("unexpected argument `{}' to conditional unary operator", self.shown(next));
            return if next.kind == Kind::End { self.fail(None) } else { Err(self.conditional(next, message)) };
        }
        match (next.kind, self.text(next)) {
            (Kind::End, _) => self.fail(None),
            (Kind::Word, "]]") | (Kind::Operator, "&&" | "||" | ")") => Ok(()),
            _ if binary => {
                self.take()?;
                if self.text(next) == "=~" || (matches!(self.text(next), "=" | "==" | "!=") && self.starts_pattern_list()) {
                    return self.skip_regex();
                }
                let right = self.peek()?;
                if right.kind == Kind::End {
                    return self.fail(None);
                }
                if right.kind != Kind::Word || self.text(right) == "]]" {
                    let message = format!("unexpected argument `{}' to conditional binary operator", self.shown(right));
                    return Err(self.conditional(right, message));
                }
                self.take().map(|_| ())
            }
            (Kind::Word, _) => Err(self.conditional(next, "conditional binary operator expected".into())),
            _ => {
                let message = format!("unexpected token `{}', conditional binary operator expected", self.shown(next));
                Err(self.conditional(next, message))
            }
        }
    }

    /// Whether the next word holds `@(`, `!(` and their kin, which `[[` knows whether `extglob` is set or not.
    fn starts_pattern_list(&self) -> bool {
        let at = self.token.map_or(self.lexer.at, |t| t.start);
        let rest = self.lexer.src.get(at..).unwrap_or("").trim_start_matches([' ', '\t']);
        let word = rest.split([' ', '\t', '\n', ';', '\'', '"', '$']).next().unwrap_or("");
        word.as_bytes().windows(2).any(|pair| matches!(pair, [b'?' | b'*' | b'+' | b'@' | b'!', b'(']))
    }

    /// The right side of `=~`, in which parentheses and bars are ordinary.
    fn skip_regex(&mut self) -> Parsed {
        let src = self.lexer.src;
        let mut i = self.token.map_or(self.lexer.at, |t| t.start);
        while matches!(src.as_bytes().get(i), Some(b' ' | b'\t')) {
            i += 1;
        }
        let mut level = 0usize;
        while let Some(&byte) = src.as_bytes().get(i) {
            match byte {
                b'(' => level += 1,
                b')' => level = level.saturating_sub(1),
                b' ' | b'\t' if level == 0 => break,
                b'\n' => break,
                b'\\' | b'\'' | b'"' | b'$' | b'`' => {
                    i = super::super::skip_quoted(src, i, self.lexer.dialect, self.lexer.depth + 1)?.max(i + 1);
                    continue;
                }
                _ => {}
            }
            i += 1;
        }
        self.token = None;
        self.lexer.at = i;
        Ok(())
    }
}
