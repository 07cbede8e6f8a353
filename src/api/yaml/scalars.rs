//! Plain, quoted and block scalars.
use super::cursor::Mark;
use super::scanner::{Scan, Scanner};

/// Line breaks met inside a scalar, folded when the next text comes.
#[derive(Default)]
struct Fold {
    leading: Vec<u8>,
    trailing: Vec<u8>,
    blanks: Vec<u8>,
    broken: bool,
}

impl Fold {
    /// Writes what separates the text before from the text to come.
    fn join(&mut self, out: &mut Vec<u8>) {
        if !self.broken {
            out.append(&mut self.blanks);
            return;
        }
        // An escaped break leaves no leading break behind, and so no space.
        if self.leading.first() == Some(&b'\n') && self.trailing.is_empty() {
            out.push(b' ');
        } else if self.leading.first() != Some(&b'\n') {
            out.append(&mut self.leading);
        }
        out.append(&mut self.trailing);
        self.leading.clear();
        self.blanks.clear();
        self.broken = false;
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Scanner<'_> {
    /// Blanks and breaks behind a piece of a scalar. `indent`: tabs before it in a new line are refused.
    fn scan_gap(&mut self, fold: &mut Fold, indent: Option<(usize, Mark)>) -> Scan<()> {
        while self.cursor.is_blank(0) || self.cursor.is_break(0) {
            if self.cursor.is_break(0) {
                if fold.broken {
                    self.cursor.read_line(&mut fold.trailing);
                } else {
                    fold.blanks.clear();
                    self.cursor.read_line(&mut fold.leading);
                    fold.broken = true;
                }
                continue;
            }
            if let Some((indent, start)) = indent
                && fold.broken
                && self.cursor.mark.column < indent
                && self.cursor.byte(0) == b'\t'
            {
                return self.error(start, "found a tab character that violates indentation");
            }
            if fold.broken {
                self.cursor.skip();
            } else {
                self.cursor.read(&mut fold.blanks);
            }
        }
        Ok(())
    }

    /// The value, and where it ends.
    pub(super) fn scan_plain(&mut self) -> Scan<(String, Mark)> {
        let start = self.cursor.mark;
        let indent = usize::try_from(self.indent + 1).unwrap_or(0);
        let (mut out, mut fold, mut end) = (Vec::new(), Fold::default(), start);
        loop {
            if self.cursor.at_document_indicator() || self.cursor.byte(0) == b'#' {
                break;
            }
            while !self.cursor.is_blankz(0) {
                let byte = self.cursor.byte(0);
                let ends_flow = self.flow_level > 0 && b",?[]{}".contains(&byte);
                if (byte == b':' && self.cursor.is_blankz(1)) || ends_flow {
                    break;
                }
                fold.join(&mut out);
                self.cursor.read(&mut out);
                self.cursor.read_run(&mut out);
                end = self.cursor.mark;
            }
            if !(self.cursor.is_blank(0) || self.cursor.is_break(0)) {
                break;
            }
            self.scan_gap(&mut fold, Some((indent, start)))?;
            if self.flow_level == 0 && self.cursor.mark.column < indent {
                break;
            }
        }
        if fold.broken {
            self.simple_key_allowed = true;
        }
        Ok((text(out), end))
    }

    pub(super) fn scan_quoted(&mut self, single: bool) -> Scan<String> {
        let start = self.cursor.mark;
        let quote = if single { b'\'' } else { b'"' };
        self.cursor.skip();
        let (mut out, mut fold) = (Vec::new(), Fold::default());
        loop {
            if self.cursor.at_document_indicator() {
                return self.error(start, "found unexpected document indicator");
            }
            if self.cursor.at_end() {
                return self.error(start, "found unexpected end of stream");
            }
            fold.broken = false;
            while !self.cursor.is_blankz(0) {
                let byte = self.cursor.byte(0);
                if single && byte == b'\'' && self.cursor.byte(1) == b'\'' {
                    out.push(b'\'');
                    self.cursor.skip();
                    self.cursor.skip();
                } else if byte == quote {
                    break;
                } else if !single && byte == b'\\' && self.cursor.is_break(1) {
                    self.cursor.skip();
                    self.cursor.skip_line();
                    fold.broken = true;
                    break;
                } else if !single && byte == b'\\' {
                    self.scan_escape(start, &mut out)?;
                } else {
                    self.cursor.read(&mut out);
                    self.cursor.read_run(&mut out);
                }
            }
            if self.cursor.byte(0) == quote {
                break;
            }
            self.scan_gap(&mut fold, None)?;
            fold.join(&mut out);
        }
        self.cursor.skip();
        Ok(text(out))
    }

    fn scan_escape(&mut self, start: Mark, out: &mut Vec<u8>) -> Scan<()> {
        let (character, digits) = match self.cursor.byte(1) {
            b'0' => ('\0', 0),
            b'a' => ('\u{7}', 0),
            b'b' => ('\u{8}', 0),
            b't' | b'\t' => ('\t', 0),
            b'n' => ('\n', 0),
            b'v' => ('\u{b}', 0),
            b'f' => ('\u{c}', 0),
            b'r' => ('\r', 0),
            b'e' => ('\u{1b}', 0),
            byte @ (b' ' | b'"' | b'\'' | b'\\') => (char::from(byte), 0),
            b'N' => ('\u{85}', 0),
            b'_' => ('\u{a0}', 0),
            b'L' => ('\u{2028}', 0),
            b'P' => ('\u{2029}', 0),
            b'x' => ('\0', 2),
            b'u' => ('\0', 4),
            b'U' => ('\0', 8),
            _ => return self.error(start, "found unknown escape character"),
        };
        self.cursor.skip();
        self.cursor.skip();
        let mut character = character;
        if digits > 0 {
            let mut code: u64 = 0;
            for ahead in 0..digits {
                let Some(digit) = char::from(self.cursor.byte(ahead)).to_digit(16) else {
                    return self.error(start, "did not find expected hexdecimal number");
                };
                code = code * 16 + u64::from(digit);
            }
            match u32::try_from(code).ok().and_then(char::from_u32) {
                Some(found) => character = found,
                None => return self.error(start, "found invalid Unicode character escape code"),
            }
            for _ in 0..digits {
                self.cursor.skip();
            }
        }
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    /// Chomping (`-` is -1, `+` is 1) and the explicit indentation.
    fn scan_block_header(&mut self, start: Mark) -> Scan<(i8, usize)> {
        let (mut chomping, mut increment) = (0, 0);
        for _ in 0..2 {
            match self.cursor.byte(0) {
                byte @ (b'+' | b'-') if chomping == 0 => chomping = if byte == b'+' { 1 } else { -1 },
                b'0' if increment == 0 => return self.error(start, "found an indentation indicator equal to 0"),
                byte @ b'1'..=b'9' if increment == 0 => increment = usize::from(byte - b'0'),
                _ => break,
            }
            self.cursor.skip();
        }
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.is_breakz(0) {
            return self.error(start, "did not find expected comment or line break");
        }
        self.cursor.skip_line();
        Ok((chomping, increment))
    }

    pub(super) fn scan_block_scalar(&mut self, literal: bool) -> Scan<(String, Mark)> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let (chomping, increment) = self.scan_block_header(start)?;
        let mut end = self.cursor.mark;
        let mut indent = match increment {
            0 => 0,
            _ => usize::try_from(self.indent).unwrap_or(0) + increment,
        };
        let (mut out, mut leading, mut trailing) = (Vec::new(), Vec::new(), Vec::new());
        self.scan_block_breaks(&mut indent, &mut trailing, start, &mut end)?;
        let mut leading_blank = false;
        while self.cursor.mark.column == indent && !self.cursor.at_end() {
            let blank = self.cursor.is_blank(0);
            if !literal && !leading_blank && !blank && leading.first() == Some(&b'\n') {
                if trailing.is_empty() {
                    out.push(b' ');
                }
            } else {
                out.append(&mut leading);
            }
            leading.clear();
            out.append(&mut trailing);
            leading_blank = blank;
            while !self.cursor.is_breakz(0) {
                self.cursor.read(&mut out);
            }
            self.cursor.read_line(&mut leading);
            self.scan_block_breaks(&mut indent, &mut trailing, start, &mut end)?;
        }
        if chomping != -1 {
            out.append(&mut leading);
        }
        if chomping == 1 {
            out.append(&mut trailing);
        }
        Ok((text(out), end))
    }

    /// Empty lines, and the indentation of the first line that is not.
    fn scan_block_breaks(&mut self, indent: &mut usize, breaks: &mut Vec<u8>, start: Mark, end: &mut Mark) -> Scan<()> {
        *end = self.cursor.mark;
        let mut deepest = 0;
        loop {
            let inside = |column: usize, indent: usize| indent == 0 || column < indent;
            while inside(self.cursor.mark.column, *indent) && self.cursor.byte(0) == b' ' {
                self.cursor.skip();
            }
            deepest = deepest.max(self.cursor.mark.column);
            if inside(self.cursor.mark.column, *indent) && self.cursor.byte(0) == b'\t' {
                return self.error(start, "found a tab character where an indentation space is expected");
            }
            if !self.cursor.is_break(0) {
                break;
            }
            self.cursor.read_line(breaks);
            *end = self.cursor.mark;
        }
        if *indent == 0 {
            let least = usize::try_from(self.indent + 1).unwrap_or(0).max(1);
            *indent = deepest.max(least);
        }
        Ok(())
    }
}
