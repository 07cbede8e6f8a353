//! The line under the cursor: its text, and how it stands on the screen.

use unicode_width::UnicodeWidthChar;

use super::keys::Key;
use crate::process::Tty;

/// A line that is longer takes no more.
const LIMIT_CHARS: usize = 64 * 1024;

/// A line being edited.
pub(super) struct Line {
    tty: Tty,
    prompt: String,
    text: Vec<char>,
    cursor: usize,
    /// What Ctrl-K, Ctrl-U and Ctrl-W cut last.
    cut: Vec<char>,
    /// How many rows below the prompt's the cursor stands.
    row: usize,
    /// Nothing is drawn yet: the prompt goes behind what a program left on the line, as bash's does.
    fresh: bool,
}

impl Line {
    pub fn new(tty: Tty, prompt: &str) -> Line {
        Line { tty, prompt: prompt.to_owned(), text: Vec::new(), cursor: 0, cut: Vec::new(), row: 0, fresh: true }
    }

    /// The text.
    pub fn text(&self) -> String {
        self.text.iter().collect()
    }

    /// The text before the cursor.
    pub fn before(&self) -> String {
        self.text.iter().take(self.cursor).collect()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Replaces the text; the cursor goes to its end.
    pub fn set(&mut self, text: &str) {
        self.text = text.chars().collect();
        self.cursor = self.text.len();
        self.draw();
    }

    /// The same, after something else stood in the line's place.
    pub fn restore(&mut self, text: &str) {
        self.set(text);
    }

    /// Puts text in at the cursor.
    pub fn insert(&mut self, text: &str) {
        for letter in text.chars().take(LIMIT_CHARS.saturating_sub(self.text.len())) {
            self.text.insert(self.cursor, letter);
            self.cursor += 1;
        }
        self.draw();
    }

    /// Replaces the last `count` characters before the cursor.
    pub fn replace_before(&mut self, count: usize, text: &str) {
        let start = self.cursor.saturating_sub(count);
        self.text.drain(start..self.cursor);
        self.cursor = start;
        self.insert(text);
    }

    /// Acts on a key that edits.
    pub fn edit(&mut self, key: Key) {
        let end = self.text.len();
        match key {
            Key::Text(letter) => {
                // At the end of a short line the letter alone is enough.
                if self.cursor == end && self.text.len() < LIMIT_CHARS && self.fits(letter) {
                    self.text.push(letter);
                    self.cursor += 1;
                    self.tty.write_raw(letter.encode_utf8(&mut [0; 4]).as_bytes());
                    return;
                }
                return self.insert(letter.encode_utf8(&mut [0; 4]));
            }
            Key::Backspace | Key::Control('h') if self.cursor > 0 => {
                self.cursor -= 1;
                self.text.remove(self.cursor);
            }
            Key::Delete | Key::Control('d') if self.cursor < end => drop(self.text.remove(self.cursor)),
            Key::Left | Key::Control('b') => self.cursor = self.cursor.saturating_sub(1),
            Key::Right | Key::Control('f') => self.cursor = (self.cursor + 1).min(end),
            Key::Home | Key::Control('a') => self.cursor = 0,
            Key::End | Key::Control('e') => self.cursor = end,
            Key::WordLeft | Key::Alt('b') => self.cursor = self.word_left(char::is_alphanumeric),
            Key::WordRight | Key::Alt('f') => self.cursor = self.word_right(),
            Key::Control('u') => self.cut(0, self.cursor),
            Key::Control('k') => self.cut(self.cursor, end),
            Key::Control('w') => self.cut(self.word_left(|c| !c.is_whitespace()), self.cursor),
            Key::Alt('\u{7f}') => self.cut(self.word_left(char::is_alphanumeric), self.cursor),
            Key::Alt('d') => self.cut(self.cursor, self.word_right()),
            Key::Control('y') => {
                let cut: String = self.cut.iter().collect();
                return self.insert(&cut);
            }
            Key::Control('t') if self.cursor > 0 && end > 1 => {
                let right = self.cursor.min(end - 1);
                self.text.swap(right - 1, right);
                self.cursor = right + 1;
            }
            Key::Control('l') => {
                self.tty.write_raw(b"\x1b[H\x1b[2J");
                self.row = 0;
            }
            _ => return,
        }
        self.draw();
    }

    fn cut(&mut self, from: usize, to: usize) {
        if from < to {
            self.cut = self.text.drain(from..to).collect();
            self.cursor = from;
        }
    }

    fn word_left(&self, of_word: impl Fn(char) -> bool) -> usize {
        let mut at = self.cursor;
        while at > 0 && !of_word(self.text[at - 1]) {
            at -= 1;
        }
        while at > 0 && of_word(self.text[at - 1]) {
            at -= 1;
        }
        at
    }

    fn word_right(&self) -> usize {
        let mut at = self.cursor;
        while at < self.text.len() && !self.text[at].is_alphanumeric() {
            at += 1;
        }
        while at < self.text.len() && self.text[at].is_alphanumeric() {
            at += 1;
        }
        at
    }

    // ---- the screen ----

    fn columns(&self) -> usize {
        usize::from(self.tty.window().columns).max(2)
    }

    /// Row and column after `prompt` and the first `count` characters of `text`.
    fn place(&self, prompt: &str, text: &[char]) -> (usize, usize) {
        let columns = self.columns();
        let (mut row, mut column) = (0, 0);
        for letter in visible(prompt).chain(text.iter().copied()) {
            if letter == '\n' {
                (row, column) = (row + 1, 0);
                continue;
            }
            let width = letter.width().unwrap_or(0);
            if column + width > columns {
                (row, column) = (row + 1, 0);
            }
            column += width;
            if column == columns {
                (row, column) = (row + 1, 0);
            }
        }
        (row, column)
    }

    fn fits(&self, letter: char) -> bool {
        let (_, column) = self.place(&self.prompt, &self.text);
        column + letter.width().unwrap_or(0) < self.columns()
    }

    /// Draws the prompt and the line anew.
    pub fn draw(&mut self) {
        let (prompt, text, cursor) = (self.prompt.clone(), self.text.clone(), self.cursor);
        self.paint(&prompt, &text, cursor);
    }

    /// Draws something else in the line's place.
    pub fn draw_as(&mut self, prompt: &str, text: &str) {
        let text: Vec<char> = text.chars().collect();
        let end = text.len();
        self.paint(prompt, &text, end);
    }

    fn paint(&mut self, prompt: &str, text: &[char], cursor: usize) {
        let mut out = String::new();
        if self.row > 0 {
            out.push_str(&format!("\x1b[{}A", self.row));
        }
        let fresh = std::mem::replace(&mut self.fresh, false);
        if !fresh {
            out.push_str("\r\x1b[J");
        }
        out.push_str(&prompt.replace('\n', "\r\n"));
        out.extend(text.iter());
        let (end_row, end_column) = self.place(prompt, text);
        if end_column == 0 && end_row > 0 {
            // The terminal wraps only with the next letter; the cursor goes to the new row now.
            out.push_str("\r\n");
        }
        let (row, column) = self.place(prompt, text.get(..cursor).unwrap_or(text));
        if end_row > row {
            out.push_str(&format!("\x1b[{}A", end_row - row));
        }
        if !fresh {
            out.push('\r');
            if column > 0 {
                out.push_str(&format!("\x1b[{column}C"));
            }
        }
        self.row = row;
        self.tty.write_raw(out.as_bytes());
    }

    /// Leaves the line: the cursor goes below it.
    pub fn finish(&mut self) {
        let (end_row, end_column) = self.place(&self.prompt, &self.text);
        let down = end_row.saturating_sub(self.row);
        let mut out = String::new();
        if down > 0 {
            out.push_str(&format!("\x1b[{down}B"));
        }
        out.push_str(if end_column == 0 && end_row > 0 { "\r" } else { "\r\n" });
        self.row = 0;
        self.tty.write_raw(out.as_bytes());
    }

    /// Shows `text` below the line (completions), then the line again.
    pub fn show_below(&mut self, text: &str) {
        self.finish();
        self.tty.write_raw(text.replace('\n', "\r\n").as_bytes());
        self.draw();
    }

    /// Beeps.
    pub fn bell(&self) {
        self.tty.write_raw(b"\x07");
    }

    /// The terminal's width.
    pub fn width(&self) -> usize {
        self.columns()
    }
}

/// The characters of a prompt that take room: escape sequences do not.
fn visible(prompt: &str) -> impl Iterator<Item = char> + '_ {
    let mut escape = false;
    prompt.chars().filter(move |letter| {
        if *letter == '\x1b' {
            escape = true;
        }
        let shown = !escape;
        if escape && letter.is_ascii_alphabetic() {
            escape = false;
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Window;

    fn line() -> Line {
        Line::new(Tty::new(Window { columns: 10, rows: 5 }), "\x1b[32m$\x1b[0m ")
    }

    #[test]
    fn keys_edit_the_text() {
        let mut line = line();
        for letter in "abc def".chars() {
            line.edit(Key::Text(letter));
        }
        line.edit(Key::Control('w'));
        line.edit(Key::Home);
        line.edit(Key::Text('가'));
        line.edit(Key::End);
        line.edit(Key::Backspace);
        line.edit(Key::Control('y'));
        assert_eq!(line.text(), "가abcdef");
        line.edit(Key::WordLeft);
        line.edit(Key::Control('k'));
        assert_eq!(line.text(), "");
    }

    #[test]
    fn wide_letters_and_the_edge_of_the_screen_are_counted() {
        let line = line();
        let text: Vec<char> = "가나다라".chars().collect();
        assert_eq!(line.place(&line.prompt, &text), (1, 0));
        let text: Vec<char> = "a가나다라".chars().collect();
        assert_eq!(line.place(&line.prompt, &text), (1, 2));
    }
}
