use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut newline = true;
    let mut escapes = shell.dialect.is_dash();
    let mut rest = words.get(1..).unwrap_or(&[]);
    while let Some((word, tail)) = rest.split_first() {
        let letters = word.strip_prefix('-').unwrap_or("");
        let allowed = if shell.dialect.is_dash() { "n" } else { "neE" };
        if letters.is_empty() || !letters.chars().all(|c| allowed.contains(c)) || (shell.dialect.is_dash() && letters != "n") {
            break;
        }
        for letter in letters.chars() {
            match letter {
                'n' => newline = false,
                'e' => escapes = true,
                _ => escapes = false,
            }
        }
        rest = tail;
    }
    let text = rest.join(" ");
    let (mut text, stop) = match escapes {
        true if shell.dialect.is_dash() => interpret_in_dash(&text),
        true => interpret(&text),
        false => (text, false),
    };
    if newline && !stop {
        text.push('\n');
    }
    Ok(shell.out("echo", &text).await)
}

/// Backslash escapes of `echo -e`; true: `\c` ends the output.
pub(crate) fn interpret(text: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('a') => out.push('\u{7}'),
            Some('b') => out.push('\u{8}'),
            Some('e' | 'E') => out.push('\u{1b}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some('\\') => out.push('\\'),
            Some('c') => return (out, true),
            Some('0') => out.extend(number(&mut chars, 8, 3).or(Some('\0'))),
            Some('x') => out.extend(number(&mut chars, 16, 2)),
            Some('u') => out.extend(number(&mut chars, 16, 4)),
            Some('U') => out.extend(number(&mut chars, 16, 8)),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    (out, false)
}

/// dash's echo knows octal numbers without their 0, and no hexadecimal ones.
fn interpret_in_dash(text: &str) -> (String, bool) {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        plain.push(c);
        match chars.peek() {
            Some('1'..='7') if c == '\\' => plain.push('0'),
            Some('x' | 'e' | 'E' | 'u' | 'U') if c == '\\' => plain.push('\\'),
            Some('\\') if c == '\\' => plain.extend(chars.next()),
            _ => {}
        }
    }
    interpret(&plain)
}

fn number(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, radix: u32, max: usize) -> Option<char> {
    let mut digits = String::new();
    while digits.len() < max
        && let Some(c) = chars.next_if(|c| c.is_digit(radix))
    {
        digits.push(c);
    }
    char::from_u32(u32::from_str_radix(&digits, radix).ok()?)
}
