//! What jq says of a filter that it cannot read. Models the bison grammar of jq 1.6, src/parser.y.

use jaq_core::load::lex::{self, Tok, Token};
use jaq_core::load::parse::Expect;

use super::parse;

/// What a string goes on with.
const IN_STRING: &str = "QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END";
pub(super) const KEYWORDS: &[&str] = &[
    "as", "import", "include", "module", "def", "if", "then", "else", "elif", "and", "or", "end", "reduce", "foreach", "try", "catch",
    "label", "__loc__",
];

/// A mistake: what, and at which byte.
pub(super) struct Fault {
    pub what: String,
    pub at: usize,
}

/// `what` is `if` or `try`.
pub(super) fn unterminated(what: &str, at: usize) -> Fault {
    Fault { what: format!("Possibly unterminated '{what}' statement"), at }
}

pub(super) fn report(code: &str, faults: &[Fault]) -> String {
    let mut out = String::new();
    for fault in faults {
        let before = code.get(..fault.at).unwrap_or(code);
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let text = code.split('\n').nth(line - 1).unwrap_or_default();
        out.push_str(&format!("jq: error: {} at <top-level>, line {line}:\n{text}{}\n", fault.what, " ".repeat(column)));
    }
    let many = if faults.len() == 1 { "" } else { "s" };
    out + &format!("jq: {} compile error{many}\n", faults.len())
}

/// Where a piece of the code stands in it.
pub(super) fn offset(code: &str, piece: &str) -> usize {
    (piece.as_ptr() as usize).saturating_sub(code.as_ptr() as usize).min(code.len())
}

pub(super) fn unexpected(token: &str, expecting: &str, at: usize) -> Fault {
    let expecting = if expecting.is_empty() { String::new() } else { format!(", expecting {expecting}") };
    Fault { what: format!("syntax error, unexpected {token}{expecting} (Unix shell quoting issues?)"), at }
}

pub(super) fn lexical(code: &str, errors: &[lex::Error<&str>]) -> Vec<Fault> {
    if code.ends_with('\\') && errors.iter().any(|(expected, _)| matches!(expected, lex::Expect::Delim("\""))) {
        return vec![unexpected("INVALID_CHARACTER", IN_STRING, code.len() - 1)];
    }
    let mut faults: Vec<Fault> = errors.iter().filter_map(|(expected, rest)| escape(code, expected, offset(code, rest))).collect();
    let others = errors.iter().filter(|(expected, _)| !matches!(expected, lex::Expect::Escape | lex::Expect::Unicode));
    if let Some((expected, rest)) = others.min_by_key(|error| offset(code, error.1)) {
        faults.extend(unreadable(code, expected, offset(code, rest)));
    }
    faults
}

/// What a backslash in a string may not stand before.
fn escape(code: &str, expected: &lex::Expect<&str>, at: usize) -> Option<Fault> {
    let start = code.get(..at)?.rfind('\\')?;
    let rest = code.get(start..)?;
    let (what, text) = match expected {
        lex::Expect::Escape => ("Invalid escape", rest.chars().take(2).collect::<String>()),
        lex::Expect::Unicode => {
            let digits = rest.chars().skip(2).take_while(char::is_ascii_hexdigit).take(4).count();
            let what = if digits == 4 { "Invalid \\uXXXX\\uXXXX surrogate pair escape" } else { "Invalid \\uXXXX escape" };
            (what, rest.chars().take(2 + digits).collect())
        }
        _ => return None,
    };
    Some(Fault { what: format!("{what} at line 1, column {} (while parsing '\"{text}\"')", text.chars().count() + 2), at: start })
}

/// `$end` may come behind whole code.
fn after(head: &str) -> &'static str {
    if parse(head).is_ok() { "$end" } else { "" }
}

/// `'.' error`: nothing that jq takes stands behind a `.`.
fn unusual_field(head: &str) -> Option<Fault> {
    let trimmed = head.trim_end();
    let bare = trimmed.ends_with('.') && !trimmed.ends_with("..");
    let joined = trimmed.trim_end_matches('.').ends_with(|c: char| c.is_ascii_alphanumeric() || "_])}?\"".contains(c));
    (bare && !joined).then(|| Fault { what: "try .[\"field\"] instead of .field for unusually named fields".into(), at: trimmed.len() - 1 })
}

fn unreadable(code: &str, expected: &lex::Expect<&str>, at: usize) -> Vec<Fault> {
    let head = code.get(..at).unwrap_or_default();
    match expected {
        lex::Expect::Delim("\"") => vec![unexpected("$end", IN_STRING, last_of_string(code))],
        lex::Expect::Delim(bracket) => vec![unclosed(code, bracket)],
        // `$`, `@`
        lex::Expect::Ident if head.ends_with('$') => {
            let before = head.trim_end_matches('$').trim_end();
            let expecting = if before.ends_with(" as") { "IDENT" } else { "IDENT or __loc__" };
            let number = code.get(at..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            vec![if number { unexpected("LITERAL", expecting, at) } else { unexpected("$end", expecting, last_lexeme(code)) }]
        }
        lex::Expect::Ident => {
            let at = at.saturating_sub(1);
            vec![unexpected("INVALID_CHARACTER", after(code.get(..at).unwrap_or_default()), at)]
        }
        // `1e`, `1e+`
        lex::Expect::Digit => {
            let at = head.trim_end_matches(['+', '-']).len().saturating_sub(1);
            vec![unexpected("IDENT", after(code.get(..at).unwrap_or_default()), at)]
        }
        _ if head.len() == code.len() => vec![unexpected("INVALID_CHARACTER", "", at)],
        _ => match unusual_field(head) {
            Some(fault) => vec![unexpected("INVALID_CHARACTER", "", at), fault],
            None => vec![unexpected("INVALID_CHARACTER", after(head), at)],
        },
    }
}

/// Where the last piece of a string without an end begins: its text, or an escape.
fn last_of_string(code: &str) -> usize {
    let (mut piece, mut quoted) = (0, false);
    let mut chars = code.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                piece = if at + 1 < code.len() { at + 1 } else { at };
            }
            '\\' if quoted => {
                let end = chars.next().map_or(code.len(), |(at, c)| at + c.len_utf8());
                piece = if end < code.len() { end } else { at };
            }
            _ => {}
        }
    }
    piece
}

/// A bracket that is not closed, or not by its own kind.
fn unclosed(code: &str, bracket: &str) -> Fault {
    let at = open_bracket(code).unwrap_or_default();
    let head = code.get(..at).unwrap_or_default();
    let name = head.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    let called = bracket == "(" && !name.is_empty() && !KEYWORDS.contains(&name);
    let inside = code.get(at + 1..).unwrap_or_default();
    if let Some(close) = wrong_close(code, at) {
        return unexpected("INVALID_CHARACTER", "", close);
    }
    let last = last_lexeme(code);
    let variable = inside.trim().strip_prefix('$').unwrap_or(inside.trim());
    let is_name = !variable.is_empty() && variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match bracket {
        "[" if head.trim_end().ends_with(" as") && is_name => unexpected("$end", "',' or ']'", last),
        "{" if head.trim_end().ends_with(" as") && is_name => unexpected("$end", "':'", last),
        "{" if whole_entries(inside) => unexpected("$end", "'}'", last),
        "(" if called && !inside.trim().is_empty() && inside.split(';').all(|part| !part.trim().is_empty() && parse(part).is_ok()) => {
            unexpected("$end", "';' or ')'", last)
        }
        _ => unexpected("$end", "", last),
    }
}

/// The innermost bracket that is not closed.
fn open_bracket(code: &str) -> Option<usize> {
    let (mut open, mut quoted, mut escaped) = (Vec::new(), false, false);
    for (at, c) in code.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => open.push(at),
            ')' | ']' | '}' if !quoted => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

/// Whether the text after `{` is complete entries.
fn whole_entries(inside: &str) -> bool {
    let tokens = format!("{{{inside}}}");
    inside.trim_end().ends_with(|c: char| c != ',' && c != ':') && parse(&tokens).is_ok()
}

/// The first bracket after the open one that closes another kind.
fn wrong_close(code: &str, open: usize) -> Option<usize> {
    let mut stack = Vec::new();
    for (at, c) in code.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '(' => stack.push(')'),
            '[' => stack.push(']'),
            '{' => stack.push('}'),
            ')' | ']' | '}' if stack.pop() != Some(c) => return Some(at),
            _ => {}
        }
    }
    None
}

/// Where the last piece of the code begins, space counted.
pub(super) fn last_lexeme(code: &str) -> usize {
    let trimmed = code.trim_end();
    if trimmed.len() < code.len() {
        return trimmed.len();
    }
    let word = code.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if word.len() < code.len() {
        return word.len() - usize::from(word.ends_with(['.', '@']) && !word.ends_with(".."));
    }
    let two = ["//", "==", "!=", "<=", ">=", "|=", "+=", "-=", "*=", "/=", "%=", ".."];
    code.len() - if two.iter().any(|op| code.ends_with(op)) { 2 } else { usize::from(!code.is_empty()) }
}

pub(super) fn grammatical(code: &str, expected: &Expect<&str>, found: Option<&Token<&str>>) -> Vec<Fault> {
    let first = code.len() - code.trim_start().len();
    let Some(Token(text, kind)) = found else {
        let expecting = match expected {
            Expect::Key => "FORMAT or QQSTRING_START",
            Expect::Var => "'$'",
            Expect::Pattern => "'$' or '[' or '{'",
            _ => after_variable(code),
        };
        return vec![unexpected("$end", expecting, last_lexeme(code))];
    };
    let at = offset(code, text);
    if matches!(kind, Tok::Sym)
        && let Some(fault) = strange_operator(text, at, at == first)
    {
        return vec![fault];
    }
    let head = code.get(..at).unwrap_or_default();
    let name = match kind {
        Tok::Word if KEYWORDS.contains(text) => (*text).to_owned(),
        Tok::Word => "IDENT".into(),
        Tok::Var => "'$'".into(),
        Tok::Fmt => "FORMAT".into(),
        Tok::Num => "LITERAL".into(),
        Tok::Str(_) => "QQSTRING_START".into(),
        Tok::Block(_) => format!("'{}'", text.chars().next().unwrap_or('(')),
        Tok::Sym if text.starts_with('.') && text.len() > 1 && *text != ".." => "FIELD".into(),
        Tok::Sym if text.len() > 1 => (*text).to_owned(),
        Tok::Sym => format!("'{text}'"),
    };
    let expecting = match expected {
        Expect::Nothing => match unusual_field(head) {
            Some(fault) if matches!(kind, Tok::Word) => return vec![unexpected("$end", "", last_lexeme(code)), fault],
            Some(fault) => return vec![unexpected(&name, "", at), fault],
            None => "$end",
        },
        Expect::CommaOrRBrace => "'}'",
        Expect::SemicolonOrRParen => "';' or ')'",
        Expect::Key if head.trim_end().ends_with('.') => "FORMAT or QQSTRING_START",
        Expect::Var => "'$'",
        Expect::Pattern => "'$' or '[' or '{'",
        Expect::Term if at == first => "$end",
        _ => "",
    };
    let mut faults = vec![unexpected(&name, expecting, at)];
    // `{a.b: 1}`
    if matches!((expected, kind), (Expect::CommaOrRBrace, Tok::Sym)) && text.starts_with('.') {
        let rest = code.get(at..).unwrap_or_default();
        let entry = rest.split([',', '}']).next().unwrap_or_default();
        let key = head.rfind(['{', ',']).map_or(0, |open| open + 1);
        if entry.contains(':') {
            let blanks = head.get(key..).map_or(0, |key| key.len() - key.trim_start().len());
            faults.push(Fault { what: "May need parentheses around object key expression".into(), at: key + blanks });
        }
    }
    if matches!((expected, kind), (Expect::Key, Tok::Num)) {
        faults.push(Fault { what: "May need parentheses around object key expression".into(), at });
    }
    faults
}

/// What may stand behind `… as $x` and `label $x`, where the code ends with that.
fn after_variable(code: &str) -> &'static str {
    let trimmed = code.trim_end();
    if matches!(trimmed.split_whitespace().rev().nth(1), Some("def")) {
        return "'(' or ':'";
    }
    let variable = trimmed.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let Some(before) = variable.strip_suffix('$').filter(|_| variable.len() < trimmed.len()).map(str::trim_end) else { return "" };
    if before.ends_with("label") {
        return "'|'";
    }
    let Some(source) = before.strip_suffix(" as") else { return "" };
    let folds = source.rsplit('|').next().is_some_and(|term| term.split_whitespace().any(|w| w == "reduce" || w == "foreach"));
    if folds { "'('" } else { "'|'" }
}

/// jq's operators; other signs side by side are several to it.
const OPERATORS: &[&str] =
    &["?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "//", "<=", ">=", "<", ">", "=", "|", "+", "-", "*", "/", "%"];

/// A run of signs that is no operator: what stands behind the one that it begins with.
fn strange_operator(text: &str, at: usize, first: bool) -> Option<Fault> {
    if !text.starts_with(|c| "|=!<>+-*/%".contains(c)) || OPERATORS.contains(&text) {
        return None;
    }
    let known = OPERATORS.iter().find(|op| text.starts_with(**op)).map_or(0, |op| op.len());
    let rest = text.get(known..)?;
    let name = match OPERATORS.iter().find(|op| rest.starts_with(**op)) {
        None => "INVALID_CHARACTER".to_owned(),
        Some(op) if op.len() == 1 => format!("'{op}'"),
        Some(op) => (*op).to_owned(),
    };
    Some(unexpected(&name, if known == 0 && first { "$end" } else { "" }, at + known))
}
