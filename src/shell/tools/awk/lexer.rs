/// A token of awk.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    Name(String),
    /// A name with a parenthesis right behind it: a call.
    Call(String),
    Op(&'static str),
    Newline,
    End,
}

const OPERATORS: &[&str] = &[
    "**=", "&&", "||", "==", "!=", "<=", ">=", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", ">>", "!~", "**", "+", "-", "*", "/", "%",
    "^", "!", "<", ">", "|", "?", ":", "~", "$", "=", ",", ";", "(", ")", "{", "}", "[", "]",
];

/// Tokens with their lines. `Err`: the line and the odd text.
pub(super) fn tokens(source: &str) -> Result<Vec<(Token, usize)>, (usize, String)> {
    let chars: Vec<char> = source.chars().collect();
    let mut out: Vec<(Token, usize)> = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(&c) = chars.get(at) {
        match c {
            ' ' | '\t' | '\r' => at += 1,
            '\\' if chars.get(at + 1) == Some(&'\n') => {
                at += 2;
                line += 1;
            }
            '#' => {
                while chars.get(at).is_some_and(|c| *c != '\n') {
                    at += 1;
                }
            }
            '\n' => {
                out.push((Token::Newline, line));
                at += 1;
                line += 1;
            }
            '"' => {
                let (text, end) = string(&chars, at + 1).ok_or_else(|| (line, runaway("string constant", &chars, at)))?;
                out.push((Token::Text(text), line));
                at = end;
            }
            '/' if regex_may_follow(out.last().map(|(t, _)| t)) => {
                let (text, end) = regex(&chars, at + 1).ok_or_else(|| (line, runaway("regular expression", &chars, at)))?;
                out.push((Token::Regex(text), line));
                at = end;
            }
            c if c.is_ascii_digit() || (c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit)) => {
                let start = at;
                while chars.get(at).is_some_and(|c| c.is_ascii_digit() || *c == '.') {
                    at += 1;
                }
                if matches!(chars.get(at), Some('e' | 'E')) {
                    let sign = usize::from(matches!(chars.get(at + 1), Some('+' | '-')));
                    if chars.get(at + 1 + sign).is_some_and(char::is_ascii_digit) {
                        at += 1 + sign;
                        while chars.get(at).is_some_and(char::is_ascii_digit) {
                            at += 1;
                        }
                    }
                }
                let text: String = chars.get(start..at).unwrap_or(&[]).iter().collect();
                out.push((Token::Number(text.parse().unwrap_or(0.0)), line));
            }
            c if c == '_' || c.is_ascii_alphabetic() => {
                let start = at;
                while chars.get(at).is_some_and(|c| *c == '_' || c.is_ascii_alphanumeric()) {
                    at += 1;
                }
                let name: String = chars.get(start..at).unwrap_or(&[]).iter().collect();
                let call = chars.get(at) == Some(&'(');
                out.push((if call { Token::Call(name) } else { Token::Name(name) }, line));
            }
            _ => {
                let rest: String = chars.get(at..(at + 3).min(chars.len())).unwrap_or(&[]).iter().collect();
                let Some(operator) = OPERATORS.iter().find(|op| rest.starts_with(**op)) else {
                    return Err((line, format!("unexpected character '{c}'")));
                };
                at += operator.len();
                out.push((Token::Op(if *operator == "**" { "^" } else { operator }), line));
            }
        }
    }
    out.push((Token::End, line));
    Ok(out)
}

/// Whether a slash here begins a regular expression: not behind a value.
fn regex_may_follow(last: Option<&Token>) -> bool {
    let keyword = |name: &str| matches!(name, "print" | "printf" | "return" | "in" | "else" | "do" | "exit" | "getline");
    if matches!(last, Some(Token::Name(name)) if keyword(name)) {
        return true;
    }
    !matches!(last, Some(Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Op(")" | "]" | "$" | "++" | "--")))
}

fn string(chars: &[char], mut at: usize) -> Option<(String, usize)> {
    let mut out = String::new();
    loop {
        match chars.get(at)? {
            '"' => return Some((out, at + 1)),
            '\n' => return None,
            '\\' => {
                at += 1;
                match chars.get(at)? {
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    'r' => out.push('\r'),
                    '"' => out.push('"'),
                    '\\' => out.push('\\'),
                    '/' => out.push('/'),
                    'a' => out.push('\u{7}'),
                    'b' => out.push('\u{8}'),
                    'f' => out.push('\u{c}'),
                    'v' => out.push('\u{b}'),
                    '\n' => {}
                    d @ '0'..='7' => {
                        let mut value = *d as u32 - 48;
                        while let Some(digit) = chars.get(at + 1).and_then(|c| c.to_digit(8)).filter(|_| value < 32) {
                            value = value * 8 + digit;
                            at += 1;
                        }
                        out.extend(char::from_u32(value));
                    }
                    other => out.extend(['\\', *other]),
                }
            }
            c => out.push(*c),
        }
        at += 1;
    }
}

fn regex(chars: &[char], mut at: usize) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut bracket = false;
    loop {
        match chars.get(at)? {
            '/' if !bracket => return Some((out, at + 1)),
            '\n' => return None,
            '\\' => {
                at += 1;
                match chars.get(at)? {
                    '/' => out.push('/'),
                    c => out.extend(['\\', *c]),
                }
            }
            c => {
                match c {
                    '[' => bracket = true,
                    ']' if !out.ends_with('[') => bracket = false,
                    _ => {}
                }
                out.push(*c);
            }
        }
        at += 1;
    }
}

/// What mawk says of a constant without an end: its first characters.
fn runaway(what: &str, chars: &[char], at: usize) -> String {
    let shown: String = chars.iter().skip(at).take_while(|c| **c != '\n').take(11).collect();
    format!("runaway {what} {shown} ...")
}
