/// Which shell a process is: the language is nearly one, the messages are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// bash 5.2.
    Bash,
    /// dash 0.5.12, `/bin/sh` of Debian.
    Dash,
    /// busybox 1.36 ash.
    Ash,
}

impl Dialect {
    /// Whether this is bash.
    pub fn is_bash(self) -> bool {
        self == Dialect::Bash
    }

    /// Whether this is dash.
    pub fn is_dash(self) -> bool {
        self == Dialect::Dash
    }

    /// Whether this is busybox's shell.
    pub fn is_ash(self) -> bool {
        self == Dialect::Ash
    }

    /// The reserved words that open, divide or close a compound command.
    pub fn reserved(self) -> &'static [&'static str] {
        const BASH: &[&str] = &[
            "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}", "!", "in", "function",
            "select", "time", "[[", "]]", "coproc",
        ];
        const ASH: &[&str] =
            &["if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "{", "}", "!", "in", "function"];
        match self {
            Dialect::Bash => BASH,
            Dialect::Ash => ASH,
            Dialect::Dash => &ASH[..16],
        }
    }
}
