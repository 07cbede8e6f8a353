//! Tokens of a label selector. Models labels.Lexer.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Error,
    End,
    ClosedParenthesis,
    Comma,
    Not,
    DoubleEquals,
    Equals,
    GreaterThan,
    Identifier,
    In,
    LessThan,
    NotEquals,
    NotIn,
    OpenParenthesis,
}

fn keyword(text: &str) -> Option<Token> {
    Some(match text {
        ")" => Token::ClosedParenthesis,
        "," => Token::Comma,
        "!" => Token::Not,
        "==" => Token::DoubleEquals,
        "=" => Token::Equals,
        ">" => Token::GreaterThan,
        "in" => Token::In,
        "<" => Token::LessThan,
        "!=" => Token::NotEquals,
        "notin" => Token::NotIn,
        "(" => Token::OpenParenthesis,
        _ => return None,
    })
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn is_special(character: char) -> bool {
    matches!(character, '=' | '!' | '(' | ')' | ',' | '>' | '<')
}

/// All tokens with their texts; the last is `End`. A NUL character ends the text, as in Go.
pub(super) fn tokens(text: &str) -> Vec<(Token, String)> {
    let mut rest = text;
    let mut tokens = Vec::new();
    loop {
        rest = rest.trim_start_matches(is_space);
        let Some(first) = rest.chars().next() else {
            break;
        };
        if first == '\0' {
            break;
        }
        let (token, literal, consumed) = if is_special(first) { special(rest) } else { word(rest) };
        tokens.push((token, literal));
        rest = rest.get(consumed..).unwrap_or("");
    }
    tokens.push((Token::End, String::new()));
    tokens
}

/// Token, text, bytes read.
fn word(text: &str) -> (Token, String, usize) {
    let end = text.find(|character| is_special(character) || is_space(character) || character == '\0').unwrap_or(text.len());
    let word = text.get(..end).unwrap_or("");
    let skip = usize::from(text.get(end..).is_some_and(|rest| rest.starts_with('\0')));
    (keyword(word).unwrap_or(Token::Identifier), word.to_string(), end + skip)
}

/// The longest run of special characters that stays an operator; a run that never becomes one is an error.
fn special(text: &str) -> (Token, String, usize) {
    let mut found: Option<(Token, usize)> = None;
    let mut end = 0;
    for byte in text.bytes() {
        if !is_special(char::from(byte)) {
            break;
        }
        match keyword(text.get(..=end).unwrap_or("")) {
            Some(token) => found = Some((token, end + 1)),
            None if found.is_some() => break,
            None => {}
        }
        end += 1;
    }
    let run = text.get(..end).unwrap_or("");
    match found {
        Some((token, length)) => (token, text.get(..length).unwrap_or("").to_string(), end),
        None => (Token::Error, format!("error expected: keyword found '{run}'"), end),
    }
}
