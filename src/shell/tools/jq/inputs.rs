use std::collections::VecDeque;

use super::json::Reader;
use super::paths;
use super::value::Value;
use crate::process::File;

/// Stdin's name in messages.
const STDIN: &str = "<stdin>";

/// What is read as what.
#[derive(Clone, Copy, Default)]
pub(super) struct Manner {
    /// Lines are strings.
    pub raw: bool,
    /// All of it is one value.
    pub slurp: bool,
    /// Values come in pieces (`--stream`).
    pub stream: bool,
}

/// A value that was read, the file it is from, and how many lines had been read.
struct Ready {
    value: Result<Value, String>,
    name: String,
    lines: usize,
}

/// The values that a run reads, as far as they have come.
#[derive(Default)]
pub(super) struct Inputs {
    ready: VecDeque<Ready>,
    name: Option<String>,
    lines: usize,
    /// Lines of all files that were read before the one in hand.
    lines_before: usize,
    slurped: Vec<Value>,
    slurped_text: String,
}

impl Inputs {
    /// The file of the value in hand; stdin has no name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref().filter(|name| *name != STDIN)
    }

    /// Where messages say the input was.
    pub fn place(&self) -> String {
        self.name.as_ref().map_or_else(|| "<unknown>".into(), |name| format!("{name}:{}", self.lines))
    }

    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    pub fn next(&mut self) -> Option<Result<Value, String>> {
        let ready = self.ready.pop_front()?;
        self.name = Some(ready.name);
        self.lines = ready.lines;
        Some(ready.value)
    }

    /// Everything was read: what was gathered for `-s` is the only input.
    pub fn finish(&mut self, manner: Manner) {
        if !manner.slurp || self.ready.iter().any(|ready| ready.value.is_err()) {
            return;
        }
        let value = if manner.raw { Value::text(&self.slurped_text) } else { Value::array(std::mem::take(&mut self.slurped)) };
        let (name, lines) = (self.name.clone().unwrap_or_else(|| STDIN.into()), self.lines);
        self.ready.push_back(Ready { value: Ok(value), name, lines });
    }

    fn push(&mut self, value: Result<Value, String>, name: &str, lines: usize, manner: Manner) {
        self.lines = lines;
        self.name = Some(name.to_owned());
        let mut ready = |value| self.ready.push_back(Ready { value, name: name.to_owned(), lines });
        match value {
            Ok(value) if manner.slurp => self.slurped.push(value),
            Ok(value) if manner.stream => paths::events(&value).into_iter().for_each(|event| ready(Ok(event))),
            value => ready(value),
        }
    }
}

/// An input file: what came and was not used up yet.
pub(super) struct Source {
    pub name: String,
    pub file: File,
    pending: Vec<u8>,
    lines: usize,
}

impl Source {
    pub fn new(name: &str, file: File) -> Source {
        let name = if name == "-" { STDIN } else { name };
        Source { name: name.to_owned(), file, pending: Vec::new(), lines: 0 }
    }

    /// Takes in what was read (nothing at the end). False: no more can be read.
    pub fn feed(&mut self, chunk: &[u8], manner: Manner, inputs: &mut Inputs) -> bool {
        let end = chunk.is_empty();
        self.pending.extend_from_slice(chunk);
        // jq reads whole lines.
        if !end && !chunk.contains(&b'\n') {
            return true;
        }
        let whole = if end { self.pending.len() } else { self.pending.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1) };
        let text = String::from_utf8_lossy(self.pending.get(..whole).unwrap_or_default()).into_owned();
        if manner.raw {
            return self.feed_lines(&text, end, manner, inputs);
        }
        // Parse errors count the lines of all files, other messages those of their own.
        let before = inputs.lines_before;
        let mut reader = Reader::new(&text, before + self.lines, end);
        while let Some(value) = reader.next() {
            let failed = value.is_err();
            inputs.push(value, &self.name, reader.lines_read() - before, manner);
            if failed {
                return false;
            }
        }
        let used = reader.used();
        self.lines += text.get(..used).unwrap_or_default().matches('\n').count();
        if end {
            inputs.lines_before += self.lines;
        }
        inputs.lines = self.lines;
        inputs.name = Some(self.name.clone());
        if used > 0 {
            let rest = text.get(used..).unwrap_or_default().as_bytes().iter().chain(self.pending.iter().skip(whole)).copied().collect();
            self.pending = rest;
        }
        !end
    }

    fn feed_lines(&mut self, text: &str, end: bool, manner: Manner, inputs: &mut Inputs) -> bool {
        if manner.slurp {
            inputs.slurped_text.push_str(text);
        } else {
            for line in text.split_inclusive('\n') {
                self.lines += 1;
                inputs.push(Ok(Value::text(line.trim_end_matches('\n'))), &self.name, self.lines, manner);
            }
        }
        inputs.name = Some(self.name.clone());
        let whole = if end { self.pending.len() } else { self.pending.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1) };
        self.pending.drain(..whole);
        !end
    }
}
