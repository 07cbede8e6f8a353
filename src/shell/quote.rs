//! Writing text so that the shell would read it back.

fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '=' | '@' | '%' | '+' | ',')
}

/// In single quotes, always: `it'\''s`.
pub(crate) fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// As `${x@Q}` and `alias` write it.
pub(crate) fn quoted(text: &str) -> String {
    if text.chars().any(|c| c.is_control()) { ansi(text) } else { single(text) }
}

/// As bash's trace writes a word: quoted only where it must be.
pub(crate) fn traced(text: &str) -> String {
    if text.is_empty() {
        return "''".into();
    }
    if text.chars().any(|c| c.is_control()) {
        return ansi(text);
    }
    let special = |c: char| " \t\n'\"\\|&;()<>$`*?[]!{}^~#".contains(c);
    if text.chars().enumerate().any(|(i, c)| special(c) && !(i > 0 && matches!(c, '#' | '~'))) { single(text) } else { text.into() }
}

/// As `printf %q` writes it: backslashes.
pub(crate) fn backslashed(text: &str) -> String {
    if text.is_empty() {
        return "''".into();
    }
    if text.chars().any(|c| c.is_control()) {
        return ansi(text);
    }
    let mut out = String::new();
    for c in text.chars() {
        if !is_plain(c) || (c == '~' && out.is_empty()) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// `$'…'`.
pub(crate) fn ansi(text: &str) -> String {
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\u{1b}' => out.push_str("\\E"),
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\{:03o}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// As `declare -p` and `set` write a value: in double quotes.
pub(crate) fn double(text: &str) -> String {
    if text.chars().any(|c| c.is_control()) {
        return ansi(text);
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
