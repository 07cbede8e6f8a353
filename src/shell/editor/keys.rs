//! Bytes of a terminal as keys.

use crate::shell::state::Shell;

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Text(char),
    Control(char),
    Alt(char),
    Enter,
    Tab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    WordLeft,
    WordRight,
    Home,
    End,
    Unknown,
}

/// Reads keys, a byte at a time, so that what is typed ahead stays in the terminal for the next program.
#[derive(Default)]
pub(super) struct Keys;

impl Keys {
    /// The next key; `None` when the terminal is gone.
    pub async fn next(&mut self, shell: &Shell) -> Option<Key> {
        let byte = self.byte(shell).await?;
        Some(match byte {
            b'\r' | b'\n' => Key::Enter,
            b'\t' => Key::Tab,
            0x7f | 0x08 => Key::Backspace,
            0x1b => self.escape(shell).await?,
            0..=0x1a => Key::Control(char::from(byte + b'`')),
            0x1c..=0x1f => Key::Unknown,
            0x20..=0x7e => Key::Text(char::from(byte)),
            0x80.. => self.unicode(shell, byte).await?,
        })
    }

    async fn byte(&self, shell: &Shell) -> Option<u8> {
        shell.ctx.read(0, 1).await.ok()?.first().copied()
    }

    /// The rest of a character of several bytes.
    async fn unicode(&self, shell: &Shell, first: u8) -> Option<Key> {
        let length = match first {
            0xf0.. => 4,
            0xe0.. => 3,
            0xc0.. => 2,
            _ => return Some(Key::Unknown),
        };
        let mut bytes = vec![first];
        while bytes.len() < length {
            bytes.push(self.byte(shell).await?);
        }
        let letter = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next());
        Some(letter.map_or(Key::Unknown, Key::Text))
    }

    async fn escape(&self, shell: &Shell) -> Option<Key> {
        match self.byte(shell).await? {
            b'[' => self.sequence(shell).await,
            b'O' => Some(match self.byte(shell).await? {
                b'A' => Key::Up,
                b'B' => Key::Down,
                b'C' => Key::Right,
                b'D' => Key::Left,
                b'H' => Key::Home,
                b'F' => Key::End,
                _ => Key::Unknown,
            }),
            byte @ 0x20..=0x7e => Some(Key::Alt(char::from(byte).to_ascii_lowercase())),
            0x7f => Some(Key::Alt('\u{7f}')),
            _ => Some(Key::Unknown),
        }
    }

    async fn sequence(&self, shell: &Shell) -> Option<Key> {
        let mut parameters = String::new();
        loop {
            let byte = self.byte(shell).await?;
            if (0x30..=0x3f).contains(&byte) && parameters.len() < 16 {
                parameters.push(char::from(byte));
                continue;
            }
            let modified = parameters.contains(";5") || parameters.contains(";3");
            return Some(match (byte, parameters.as_str()) {
                (b'A', _) => Key::Up,
                (b'B', _) => Key::Down,
                (b'C', _) => {
                    if modified {
                        Key::WordRight
                    } else {
                        Key::Right
                    }
                }
                (b'D', _) => {
                    if modified {
                        Key::WordLeft
                    } else {
                        Key::Left
                    }
                }
                (b'H', _) | (b'~', "1" | "7") => Key::Home,
                (b'F', _) | (b'~', "4" | "8") => Key::End,
                (b'~', "3") => Key::Delete,
                _ => Key::Unknown,
            });
        }
    }
}
