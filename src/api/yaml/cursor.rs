//! A position in a text that knows its line and column.

/// A place; everything counts from nought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Characters before it.
    pub index: usize,
    /// Bytes before it.
    pub byte: usize,
    /// Lines before it.
    pub line: usize,
    /// Characters before it in its line.
    pub column: usize,
}

pub(super) struct Cursor<'a> {
    text: &'a [u8],
    pub mark: Mark,
}

/// Bytes of the character that starts with this one.
fn width(byte: u8) -> usize {
    match byte {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, mark: Mark::default() }
    }

    /// The byte so far ahead; nought behind the end.
    pub fn byte(&self, ahead: usize) -> u8 {
        self.text.get(self.mark.byte + ahead).copied().unwrap_or(0)
    }

    pub fn at_end(&self) -> bool {
        self.byte(0) == 0
    }

    pub fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// Length of the line break there: CR, LF, NEL, LS, PS.
    fn break_length(&self, ahead: usize) -> usize {
        match (self.byte(ahead), self.byte(ahead + 1), self.byte(ahead + 2)) {
            (b'\r', b'\n', _) | (0xc2, 0x85, _) => 2,
            (b'\r' | b'\n', _, _) => 1,
            (0xe2, 0x80, 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    pub fn is_break(&self, ahead: usize) -> bool {
        self.break_length(ahead) > 0
    }

    pub fn is_breakz(&self, ahead: usize) -> bool {
        self.byte(ahead) == 0 || self.is_break(ahead)
    }

    pub fn is_blankz(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_breakz(ahead)
    }

    /// Letters, digits, `_` and `-`.
    pub fn is_word(&self) -> bool {
        let byte = self.byte(0);
        byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
    }

    pub fn starts_document(&self, indicator: &[u8]) -> bool {
        self.text.get(self.mark.byte..).is_some_and(|rest| rest.starts_with(indicator)) && self.is_blankz(3)
    }

    /// At the start of a line, `---` or `...` with nothing directly behind it.
    pub fn at_document_indicator(&self) -> bool {
        self.mark.column == 0 && (self.starts_document(b"---") || self.starts_document(b"..."))
    }

    /// One character on.
    pub fn skip(&mut self) {
        self.mark.byte = (self.mark.byte + width(self.byte(0))).min(self.text.len());
        self.mark.index += 1;
        self.mark.column += 1;
    }

    pub fn skip_bom(&mut self) {
        if self.text.get(self.mark.byte..).is_some_and(|rest| rest.starts_with(b"\xef\xbb\xbf")) {
            self.skip();
            self.mark.column = 0;
        }
    }

    pub fn skip_blanks(&mut self) {
        while self.is_blank(0) {
            self.skip();
        }
    }

    pub fn skip_comment(&mut self) {
        if self.byte(0) == b'#' {
            while !self.is_breakz(0) {
                self.skip();
            }
        }
    }

    /// Over a line break, if there is one.
    pub fn skip_line(&mut self) {
        let length = self.break_length(0);
        if length > 0 {
            self.mark.index += if self.byte(0) == b'\r' { length } else { 1 };
            self.mark.byte += length;
            self.mark.line += 1;
            self.mark.column = 0;
        }
    }

    /// Copies one character.
    pub fn read(&mut self, out: &mut Vec<u8>) {
        let end = (self.mark.byte + width(self.byte(0))).min(self.text.len());
        out.extend_from_slice(self.text.get(self.mark.byte..end).unwrap_or_default());
        self.skip();
    }

    /// Copies letters, digits and dots as far as they go, which mean nothing to YAML behind the first character of a scalar.
    pub fn read_run(&mut self, out: &mut Vec<u8>) {
        let rest = self.text.get(self.mark.byte..).unwrap_or_default();
        let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'.').unwrap_or(rest.len());
        out.extend_from_slice(rest.get(..length).unwrap_or_default());
        self.mark.byte += length;
        self.mark.index += length;
        self.mark.column += length;
    }

    /// Copies a line break: LS and PS as they are, all others as a line feed.
    pub fn read_line(&mut self, out: &mut Vec<u8>) {
        match self.break_length(0) {
            0 => return,
            3 => out.extend_from_slice(self.text.get(self.mark.byte..self.mark.byte + 3).unwrap_or_default()),
            _ => out.push(b'\n'),
        }
        self.skip_line();
    }

    /// The end of the text counts as the end of its line.
    pub fn finish_line(&mut self) {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
    }
}
