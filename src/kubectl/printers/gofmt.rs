//! Values as Go's `fmt` prints them: `%v`, `%#v`, `%q` and the names of dynamic types.

pub use crate::api::go::{json_name, quote};
use serde_json::Value;

/// `%v` of what `encoding/json` would have decoded.
pub fn v(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => match n.as_f64() {
            Some(f) if n.is_f64() => float(f),
            _ => n.to_string(),
        },
        Value::String(s) => s.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(v).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let parts: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", v(value))).collect();
            format!("map[{}]", parts.join(" "))
        }
    }
}

/// `%#v`: Go syntax.
pub fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::String(s) => quote(s),
        Value::Array(items) => format!("[]interface {{}}{{{}}}", items.iter().map(go_syntax).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let parts: Vec<String> = map.iter().map(|(key, value)| format!("{}:{}", quote(key), go_syntax(value))).collect();
            format!("map[string]interface {{}}{{{}}}", parts.join(", "))
        }
        other => v(other),
    }
}

/// The dynamic type's name (`%T`).
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// `%v` of a float64, which YAML writes too: shortest digits, an exponent below 1e-4 and from 1e6.
pub fn float(f: f64) -> String {
    let magnitude = f.abs();
    if f.is_nan() {
        "NaN".into()
    } else if f.is_infinite() {
        (if f > 0.0 { "+Inf" } else { "-Inf" }).into()
    } else if magnitude != 0.0 && !(1e-4..1e6).contains(&magnitude) {
        exponent(f)
    } else {
        format!("{f}")
    }
}

/// `1e+21`: Go's exponents have a sign and two digits at least.
fn exponent(f: f64) -> String {
    let text = format!("{f:e}");
    let Some((digits, exp)) = text.split_once('e') else { return text };
    let (sign, exp) = exp.strip_prefix('-').map_or(('+', exp), |rest| ('-', rest));
    format!("{digits}e{sign}{exp:0>2}")
}

/// What `strconv.Unquote` makes of one escape or character.
pub enum Unquoted {
    /// The character, and the bytes it took.
    Char(char, usize),
    /// `invalid syntax`.
    Invalid,
}

/// `strconv.UnquoteChar(s, quote)`.
pub fn unquote_char(s: &str, quote: char) -> Unquoted {
    let mut chars = s.chars();
    let Some(first) = chars.next() else { return Unquoted::Invalid };
    if first == quote && (quote == '"' || quote == '\'') {
        return Unquoted::Invalid;
    }
    if first != '\\' {
        return Unquoted::Char(first, first.len_utf8());
    }
    let Some(escape) = chars.next() else { return Unquoted::Invalid };
    let simple = |c: char| Unquoted::Char(c, 2);
    let hex = |digits: usize| {
        let end = 2 + digits;
        match s.get(2..end).and_then(|text| u32::from_str_radix(text, 16).ok()).and_then(char::from_u32) {
            Some(c) => Unquoted::Char(c, end),
            None => Unquoted::Invalid,
        }
    };
    match escape {
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        '\\' => simple('\\'),
        'x' => hex(2),
        'u' => hex(4),
        'U' => hex(8),
        '\'' | '"' if escape == quote => simple(escape),
        '0'..='7' => match s.get(1..4).and_then(|text| u32::from_str_radix(text, 8).ok()).and_then(char::from_u32) {
            Some(c) => Unquoted::Char(c, 4),
            None => Unquoted::Invalid,
        },
        _ => Unquoted::Invalid,
    }
}
