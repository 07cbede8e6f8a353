//! Directives, anchors and tags.
use super::cursor::Mark;
use super::scanner::{Scan, Scanner, TokenKind};

impl Scanner<'_> {
    fn read_word(&mut self) -> String {
        let mut word = Vec::new();
        while self.cursor.is_word() {
            self.cursor.read(&mut word);
        }
        String::from_utf8_lossy(&word).into_owned()
    }

    /// The name of an anchor or alias.
    pub(super) fn scan_anchor(&mut self) -> Scan<String> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let name = self.read_word();
        if name.is_empty() || !(self.cursor.is_blankz(0) || b"?:,]}%@`".contains(&self.cursor.byte(0))) {
            return self.error(start, "did not find expected alphabetic or numeric character");
        }
        Ok(name)
    }

    pub(super) fn scan_tag(&mut self) -> Scan<TokenKind> {
        let start = self.cursor.mark;
        let (mut handle, mut suffix);
        if self.cursor.byte(1) == b'<' {
            self.cursor.skip();
            self.cursor.skip();
            handle = String::new();
            suffix = self.scan_tag_uri("", start)?;
            if self.cursor.byte(0) != b'>' {
                return self.error(start, "did not find the expected '>'");
            }
            self.cursor.skip();
        } else {
            handle = self.scan_tag_handle(false, start)?;
            if handle.len() > 1 && handle.ends_with('!') {
                suffix = self.scan_tag_uri("", start)?;
            } else {
                suffix = self.scan_tag_uri(&handle, start)?;
                handle = "!".to_string();
                if suffix.is_empty() {
                    std::mem::swap(&mut handle, &mut suffix);
                }
            }
        }
        if !self.cursor.is_blankz(0) {
            return self.error(start, "did not find expected whitespace or line break");
        }
        Ok(TokenKind::Tag { handle, suffix })
    }

    fn scan_tag_handle(&mut self, directive: bool, start: Mark) -> Scan<String> {
        if self.cursor.byte(0) != b'!' {
            return self.error(start, "did not find expected '!'");
        }
        self.cursor.skip();
        let mut handle = format!("!{}", self.read_word());
        if self.cursor.byte(0) == b'!' {
            self.cursor.skip();
            handle.push('!');
        } else if directive && handle != "!" {
            return self.error(start, "did not find expected '!'");
        }
        Ok(handle)
    }

    fn scan_tag_uri(&mut self, head: &str, start: Mark) -> Scan<String> {
        let mut uri: Vec<u8> = head.bytes().skip(1).collect();
        let mut found = !head.is_empty();
        while self.cursor.is_word() || b";/?:@&=+$,.!~*'()[]%".contains(&self.cursor.byte(0)) {
            if self.cursor.byte(0) == b'%' {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let Some((high, low)) = digit(self.cursor.byte(1)).zip(digit(self.cursor.byte(2))) else {
                    return self.error(start, "did not find URI escaped octet");
                };
                uri.push((high * 16 + low) as u8);
                for _ in 0..3 {
                    self.cursor.skip();
                }
            } else {
                self.cursor.read(&mut uri);
            }
            found = true;
        }
        if !found {
            return self.error(start, "did not find expected tag URI");
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    pub(super) fn scan_directive(&mut self) -> Scan<TokenKind> {
        let start = self.cursor.mark;
        self.cursor.skip();
        let name = self.read_word();
        if name.is_empty() {
            return self.error(start, "could not find expected directive name");
        }
        if !self.cursor.is_blankz(0) {
            return self.error(start, "found unexpected non-alphabetical character");
        }
        let token = match name.as_str() {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return self.error(start, "found unknown directive name"),
        };
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.is_breakz(0) {
            return self.error(start, "did not find expected comment or line break");
        }
        self.cursor.skip_line();
        Ok(token)
    }

    fn scan_version(&mut self, start: Mark) -> Scan<TokenKind> {
        self.cursor.skip_blanks();
        let major = self.scan_version_number(start)?;
        if self.cursor.byte(0) != b'.' {
            return self.error(start, "did not find expected digit or '.' character");
        }
        self.cursor.skip();
        let minor = self.scan_version_number(start)?;
        Ok(TokenKind::Version(major, minor))
    }

    fn scan_version_number(&mut self, start: Mark) -> Scan<u8> {
        let (mut value, mut length) = (0, 0);
        while self.cursor.byte(0).is_ascii_digit() {
            length += 1;
            if length > 2 {
                return self.error(start, "found extremely long version number");
            }
            value = value * 10 + (self.cursor.byte(0) - b'0');
            self.cursor.skip();
        }
        if length == 0 {
            return self.error(start, "did not find expected version number");
        }
        Ok(value)
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Scan<TokenKind> {
        self.cursor.skip_blanks();
        let handle = self.scan_tag_handle(true, start)?;
        if !self.cursor.is_blank(0) {
            return self.error(start, "did not find expected whitespace");
        }
        self.cursor.skip_blanks();
        let prefix = self.scan_tag_uri("", start)?;
        if !self.cursor.is_blankz(0) {
            return self.error(start, "did not find expected whitespace or line break");
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }
}
