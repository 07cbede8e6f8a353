//! Where in a text each field stands, for an editor's marks.
use super::cursor::Mark;
use std::collections::BTreeMap;

/// Start and end of a node.
pub type Range = (Mark, Mark);

/// Where a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The key; items of lists have none.
    pub key: Option<Range>,
    /// The value.
    pub value: Range,
}

/// Spans by path, written as decoding errors write it: `spec.containers[0].image`.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    by_path: BTreeMap<String, Span>,
    /// Added to every mark: the document's place in its text.
    offset: Mark,
}

impl Spans {
    pub(super) fn starting_at(offset: Mark) -> Self {
        Self { by_path: BTreeMap::new(), offset }
    }

    pub(super) fn insert(&mut self, path: &str, span: Span) {
        let offset = self.offset;
        let range = |(start, end): Range| (start.moved(offset), end.moved(offset));
        let span = Span { key: span.key.map(range), value: range(span.value) };
        self.by_path.insert(path.to_string(), span);
    }

    /// The span of exactly this path.
    pub fn get(&self, path: &str) -> Option<&Span> {
        self.by_path.get(path)
    }

    /// The span of the path, or of the nearest field around it: a missing field is shown at its parent.
    pub fn nearest(&self, path: &str) -> Option<&Span> {
        let mut current = path;
        loop {
            if let Some(span) = self.by_path.get(current) {
                return Some(span);
            }
            let at = current.rfind(['.', '['])?;
            current = current.get(..at)?;
        }
    }

    /// All paths and their spans.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Span)> {
        self.by_path.iter().map(|(path, span)| (path.as_str(), span))
    }

    /// The innermost path at a byte of the text.
    pub fn path_at(&self, byte: usize) -> Option<&str> {
        let holds = |span: &Span| span.key.map_or(span.value.0.byte, |key| key.0.byte) <= byte && byte <= span.value.1.byte;
        let inner = self.by_path.iter().filter(|(_, span)| holds(span));
        inner.max_by_key(|(path, span)| (span.value.0.byte, path.len())).map(|(path, _)| path.as_str())
    }
}

impl Mark {
    /// The mark in a text that this one's text is part of, starting at a line's start.
    fn moved(self, offset: Mark) -> Mark {
        Mark { index: self.index + offset.index, byte: self.byte + offset.byte, line: self.line + offset.line, column: self.column }
    }
}

/// UTF-16 code units before a byte of a text: an editor's position.
pub fn utf16_offset(text: &str, byte: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < byte).map(|(_, character)| character.len_utf16()).sum()
}
