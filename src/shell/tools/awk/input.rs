use super::super::super::regex::{Regex, Syntax};
use super::super::tool::Tool;
use crate::process::{Child, File};

/// A record is no longer than this.
pub(super) const RECORD_LIMIT_BYTES: usize = 16 << 20;

/// A file or pipe that records are read from.
pub(super) struct Reader {
    file: File,
    buffer: Vec<u8>,
    ended: bool,
    pub child: Option<Child>,
}

impl Reader {
    pub fn new(file: File, child: Option<Child>) -> Reader {
        Reader { file, buffer: Vec::new(), ended: false, child }
    }

    async fn more(&mut self, t: &Tool) {
        match t.chunk(&self.file).await {
            Ok(bytes) if !bytes.is_empty() && self.buffer.len() < RECORD_LIMIT_BYTES => self.buffer.extend(bytes),
            _ => self.ended = true,
        }
    }

    /// The next record by the separator `rs`.
    pub async fn record(&mut self, t: &Tool, rs: &str) -> Option<String> {
        if rs.is_empty() {
            return self.paragraph(t).await;
        }
        let mut searched = 0;
        loop {
            let found = match rs.as_bytes() {
                [one] => self.buffer.iter().skip(searched).position(|b| b == one).map(|at| (searched + at, 1)),
                _ => self.find_regex(rs),
            };
            // A regular expression might match more once more is read.
            if let Some((at, len)) = found.filter(|(at, len)| rs.len() == 1 || self.ended || at + len < self.buffer.len()) {
                let rest = self.buffer.split_off(at + len);
                let mut record = std::mem::replace(&mut self.buffer, rest);
                record.truncate(at);
                return Some(String::from_utf8_lossy(&record).into_owned());
            }
            if self.ended {
                if self.buffer.is_empty() {
                    return None;
                }
                let record = std::mem::take(&mut self.buffer);
                let mut text = String::from_utf8_lossy(&record).into_owned();
                if rs.len() > 1 && text.ends_with('\n') {
                    text.pop();
                }
                return Some(text);
            }
            searched = self.buffer.len();
            self.more(t).await;
        }
    }

    fn find_regex(&self, rs: &str) -> Option<(usize, usize)> {
        let regex = Regex::new(rs, Syntax::Extended, false).ok()?;
        let text = String::from_utf8_lossy(&self.buffer);
        let chars: Vec<char> = text.chars().collect();
        let found = regex.find_at(&chars, 0).filter(|f| f.end > f.start)?;
        let bytes = |n: usize| chars.iter().take(n).map(|c| c.len_utf8()).sum::<usize>();
        Some((bytes(found.start), bytes(found.end) - bytes(found.start)))
    }

    async fn paragraph(&mut self, t: &Tool) -> Option<String> {
        while !self.ended {
            self.more(t).await;
        }
        let start = self.buffer.iter().position(|b| *b != b'\n')?;
        self.buffer.drain(..start);
        let end = self.buffer.windows(2).position(|w| w == b"\n\n").unwrap_or(self.buffer.len());
        let rest = self.buffer.split_off(end);
        let record = std::mem::replace(&mut self.buffer, rest);
        Some(String::from_utf8_lossy(&record).trim_end_matches('\n').to_owned())
    }
}
