use super::super::dialect::Dialect;
use super::error::{ErrorKind, SyntaxError, TokenClass};
use super::reader::Parser;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Operator,
    Newline,
    End,
}

/// A token: its kind and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// A here-document that was announced and not read yet.
struct HereDocument {
    delimiter: String,
    strip_tabs: bool,
    /// Where its announcement ends.
    announced: usize,
}

/// Cuts source into tokens.
pub(super) struct Lexer<'a> {
    pub src: &'a str,
    pub at: usize,
    pub dialect: Dialect,
    here: Vec<HereDocument>,
    /// Nesting of substitutions; bounded so that no input overflows the stack.
    pub depth: usize,
    /// `shopt -s extglob`: `@(`, `!(` and their kin begin no subshell.
    extglob: bool,
}

/// Substitutions nest this deep at most.
const DEPTH_LIMIT: usize = 40;

const OPERATORS: &[&str] = &[
    "&>>", "<<<", "<<-", ";;&", "&&", "||", ";;", ";&", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "|&", "&", "|", ";", "<", ">", "(", ")",
];

impl<'a> Lexer<'a> {
    pub fn new(src: &'a str, at: usize, dialect: Dialect, extglob: bool) -> Self {
        Lexer { src, at, dialect, here: Vec::new(), depth: 0, extglob }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.src.as_bytes().get(at).copied()
    }

    fn skip_blanks(&mut self) {
        loop {
            match self.byte(self.at) {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\\') if self.byte(self.at + 1) == Some(b'\n') => self.at += 2,
                Some(b'#') => {
                    while self.byte(self.at).is_some_and(|b| b != b'\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn operator_at(&self, at: usize) -> Option<&'static str> {
        let rest = self.src.get(at..)?;
        OPERATORS
            .iter()
            .copied()
            .filter(|op| self.dialect.is_bash() || !matches!(*op, "&>>" | "<<<" | ";;&" | ";&" | "|&"))
            .filter(|op| !self.dialect.is_dash() || *op != "&>")
            .find(|op| rest.starts_with(op))
    }

    /// The next token.
    pub fn next(&mut self) -> Result<Token, SyntaxError> {
        self.skip_blanks();
        let start = self.at;
        let Some(byte) = self.byte(start) else {
            return Ok(Token { kind: Kind::End, start, end: start });
        };
        if byte == b'\n' {
            self.at += 1;
            self.read_here_documents();
            return Ok(Token { kind: Kind::Newline, start, end: start + 1 });
        }
        let substitutes = matches!(byte, b'<' | b'>') && self.byte(start + 1) == Some(b'(') && !self.dialect.is_dash();
        if !substitutes && let Some(operator) = self.operator_at(start) {
            self.at += operator.len();
            return Ok(Token { kind: Kind::Operator, start, end: self.at });
        }
        self.at = scan_word(self.src, start, self.dialect, self.depth, self.extglob)?;
        Ok(Token { kind: Kind::Word, start, end: self.at })
    }

    /// Announces a here-document whose delimiter was just read.
    pub fn announce(&mut self, delimiter: &str, strip_tabs: bool) {
        let delimiter = delimiter.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect();
        self.here.push(HereDocument { delimiter, strip_tabs, announced: self.at });
    }

    fn read_here_documents(&mut self) {
        for here in std::mem::take(&mut self.here) {
            loop {
                let rest = self.src.get(self.at..).unwrap_or("");
                if rest.is_empty() {
                    // The text ends inside the document: the caller learns it from `open_here`.
                    self.here.push(here);
                    return;
                }
                let line = rest.split('\n').next().unwrap_or("");
                let whole = (self.at + line.len() + 1).min(self.src.len());
                self.at = whole;
                let shown = if here.strip_tabs { line.trim_start_matches('\t') } else { line };
                if shown == here.delimiter {
                    break;
                }
            }
        }
    }

    /// The delimiter of the first here-document whose end has not come, and where it was announced.
    pub fn open_here(&self) -> Option<(String, usize)> {
        self.here.first().map(|here| (here.delimiter.clone(), here.announced))
    }
}

fn unterminated(close: &'static str, opened: usize, offset: usize) -> SyntaxError {
    SyntaxError { kind: ErrorKind::Unterminated(close), expecting: None, offset, opened }
}

/// The end of the word that starts at `at`.
pub fn scan_word(src: &str, at: usize, dialect: Dialect, depth: usize, extglob: bool) -> Result<usize, SyntaxError> {
    let bytes = src.as_bytes();
    let mut i = at;
    while let Some(&byte) = bytes.get(i) {
        match byte {
            b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b')' => break,
            b'<' | b'>' if i == at && bytes.get(i + 1) == Some(&b'(') => i = skip_quoted(src, i + 1, dialect, depth)?,
            b'(' if dialect.is_bash() && assigns_array(src, at, i) => i = skip_quoted(src, i, dialect, depth)?,
            b'(' if extglob && i > at && matches!(bytes.get(i - 1), Some(b'?' | b'*' | b'+' | b'@' | b'!')) => {
                i = skip_quoted(src, i, dialect, depth)?;
            }
            b'<' | b'>' | b'(' => break,
            _ => i = skip_quoted(src, i, dialect, depth)?,
        }
    }
    Ok(i)
}

fn assigns_array(src: &str, start: usize, at: usize) -> bool {
    let head = src.get(start..at).unwrap_or("");
    let Some(name) = head.strip_suffix('=') else { return false };
    let name = name.strip_suffix('+').unwrap_or(name);
    is_name(name.split('[').next().unwrap_or(""))
}

/// Whether `text` can name a variable.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic()) && chars.all(|c| c == '_' || c.is_ascii_alphanumeric())
}

/// One step of a word: past a quoted part, an expansion, a bracketed group, or one character.
pub fn skip_quoted(src: &str, at: usize, dialect: Dialect, depth: usize) -> Result<usize, SyntaxError> {
    let bytes = src.as_bytes();
    if depth > DEPTH_LIMIT {
        let kind = ErrorKind::Unexpected { token: "(".into(), class: TokenClass::Exact };
        return Err(SyntaxError { kind, expecting: None, offset: at, opened: at });
    }
    match bytes.get(at) {
        None => Ok(at),
        Some(b'\\') => Ok((at + 1 + next_len(src, at + 1)).min(src.len())),
        Some(b'\'') => match src.get(at + 1..).and_then(|s| s.find('\'')) {
            Some(n) => Ok(at + n + 2),
            None => Err(unterminated("'", at, src.len())),
        },
        Some(b'"') => skip_double(src, at, dialect, depth),
        Some(b'`') => skip_backquote(src, at),
        Some(b'$') => skip_dollar(src, at, dialect, depth),
        Some(b'(') => skip_group(src, at, dialect, depth),
        Some(_) => Ok(at + next_len(src, at)),
    }
}

fn next_len(src: &str, at: usize) -> usize {
    src.get(at..).and_then(|s| s.chars().next()).map_or(1, char::len_utf8)
}

fn skip_double(src: &str, at: usize, dialect: Dialect, depth: usize) -> Result<usize, SyntaxError> {
    let bytes = src.as_bytes();
    let mut i = at + 1;
    loop {
        match bytes.get(i) {
            None => return Err(unterminated("\"", at, src.len())),
            Some(b'"') => return Ok(i + 1),
            Some(b'\\') => i = (i + 1 + next_len(src, i + 1)).min(src.len()),
            Some(b'`') => i = skip_backquote(src, i)?,
            Some(b'$') if matches!(bytes.get(i + 1), Some(b'\'' | b'"')) => i += 1,
            Some(b'$') => i = skip_dollar(src, i, dialect, depth + 1)?,
            Some(_) => i += next_len(src, i),
        }
    }
}

fn skip_backquote(src: &str, at: usize) -> Result<usize, SyntaxError> {
    let bytes = src.as_bytes();
    let mut i = at + 1;
    loop {
        match bytes.get(i) {
            None => return Err(unterminated("`", at, src.len())),
            Some(b'`') => return Ok(i + 1),
            Some(b'\\') => i += 2,
            Some(_) => i += 1,
        }
    }
}

fn skip_dollar(src: &str, at: usize, dialect: Dialect, depth: usize) -> Result<usize, SyntaxError> {
    let bytes = src.as_bytes();
    match bytes.get(at + 1) {
        Some(b'(') if bytes.get(at + 2) == Some(&b'(') => match skip_arithmetic(src, at, dialect, depth) {
            Some(result) => result,
            None => skip_substitution(src, at + 1, dialect, depth),
        },
        Some(b'(') => skip_substitution(src, at + 1, dialect, depth),
        Some(b'{') => skip_braced(src, at, dialect, depth),
        Some(b'[') if dialect.is_bash() => Ok(src.get(at..).and_then(|s| s.find(']')).map_or(at + 2, |n| at + n + 1)),
        Some(b'\'') if !dialect.is_dash() => {
            let mut i = at + 2;
            loop {
                match bytes.get(i) {
                    None => return Err(unterminated("'", at, src.len())),
                    Some(b'\'') => return Ok(i + 1),
                    Some(b'\\') => i += 2,
                    Some(_) => i += 1,
                }
            }
        }
        Some(b'"') if dialect.is_bash() => skip_double(src, at + 1, dialect, depth),
        _ => Ok(at + 1),
    }
}

/// `$((…))`: `None` when it turns out to be a substitution that starts with a subshell.
fn skip_arithmetic(src: &str, at: usize, dialect: Dialect, depth: usize) -> Option<Result<usize, SyntaxError>> {
    let bytes = src.as_bytes();
    let mut level = 0usize;
    let mut i = at + 1;
    loop {
        match bytes.get(i) {
            None => {
                let close = if dialect.is_bash() { ")" } else { "))" };
                return Some(Err(unterminated(close, at, src.len())));
            }
            Some(b'(') => level += 1,
            Some(b')') => {
                level -= 1;
                if level == 1 {
                    return match bytes.get(i + 1) {
                        Some(b')') => Some(Ok(i + 2)),
                        Some(_) => None,
                        None => Some(Err(unterminated(if dialect.is_bash() { ")" } else { "))" }, at, src.len()))),
                    };
                }
            }
            Some(b'\\' | b'\'' | b'"' | b'`' | b'$') => {
                match skip_quoted(src, i, dialect, depth + 1) {
                    Ok(next) => i = next.max(i + 1),
                    Err(e) => return Some(Err(e)),
                }
                continue;
            }
            Some(_) => {}
        }
        i += next_len(src, i);
    }
}

/// `(…)` of a command or process substitution; `at` is the parenthesis.
fn skip_substitution(src: &str, at: usize, dialect: Dialect, depth: usize) -> Result<usize, SyntaxError> {
    let mut parser = Parser::new(src, at + 1, dialect, dialect.is_bash());
    parser.lexer.depth = depth + 1;
    parser.substitution(at)
}

/// `(…)` in a word: an array's values, or a process substitution.
fn skip_group(src: &str, at: usize, dialect: Dialect, depth: usize) -> Result<usize, SyntaxError> {
    if at > 0 && matches!(src.as_bytes().get(at - 1), Some(b'<' | b'>')) {
        return skip_substitution(src, at, dialect, depth);
    }
    let mut i = at + 1;
    loop {
        match src.as_bytes().get(i) {
            None => return Err(unterminated(")", at, src.len())),
            Some(b')') => return Ok(i + 1),
            Some(_) => i = skip_quoted(src, i, dialect, depth + 1)?.max(i + 1),
        }
    }
}

fn skip_braced(src: &str, at: usize, dialect: Dialect, depth: usize) -> Result<usize, SyntaxError> {
    let mut i = at + 2;
    loop {
        match src.as_bytes().get(i) {
            None => return Err(unterminated("}", at, src.len())),
            Some(b'}') => return Ok(i + 1),
            Some(b'(') => i += 1,
            Some(_) => i = skip_quoted(src, i, dialect, depth + 1)?.max(i + 1),
        }
    }
}
