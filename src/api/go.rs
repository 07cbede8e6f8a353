//! Spellings of Go's standard library that show in Kubernetes' texts.

/// A string as `%q` prints it. Models strconv.Quote.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text;
    // Most characters at once: a refused name may be a megabyte long.
    while let Some(at) = rest.bytes().position(|byte| !matches!(byte, b' '..=b'~') || byte == b'"' || byte == b'\\') {
        let (plain, odd) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        let mut characters = odd.chars();
        characters.next().into_iter().for_each(|character| quote_char(&mut out, character));
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
    out
}

fn quote_char(out: &mut String, character: char) {
    let short = match character {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        _ => "",
    };
    let code = u32::from(character);
    if !short.is_empty() {
        out.push_str(short);
    } else if is_print(character) {
        out.push(character);
    } else if code < 0x80 {
        out.push_str(&format!("\\x{code:02x}"));
    } else if code < 0x10000 {
        out.push_str(&format!("\\u{code:04x}"));
    } else {
        out.push_str(&format!("\\U{code:08x}"));
    }
}

/// Whether Go prints the character as itself. Models strconv.IsPrint.
fn is_print(character: char) -> bool {
    // Combining marks are printable to Go, but escaped by Rust at a text's start only.
    character == '\'' || character.escape_debug().count() == 1 || is_combining(character)
}

fn is_combining(character: char) -> bool {
    let code = u32::from(character);
    matches!(code, 0x300..=0x36f | 0x483..=0x487 | 0x591..=0x5bd | 0x1ab0..=0x1aff | 0x20d0..=0x20f0 | 0x3099..=0x309a | 0xfe00..=0xfe0f | 0xfe20..=0xfe2f)
}

/// How encoding/json calls what it found.
pub fn json_name(value: &serde_json::Value) -> &'static str {
    use serde_json::Value;
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What strconv's `function` (`ParseInt`, `ParseUint`, `Atoi`) says of a text that it cannot read.
pub fn number_error(function: &str, text: &str) -> String {
    let signs: &[char] = if function == "ParseUint" { &[] } else { &['-', '+'] };
    let digits = text.strip_prefix(signs).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let why = if is_number { "value out of range" } else { "invalid syntax" };
    format!("strconv.{function}: parsing {}: {why}", quote(text))
}

/// Several errors in one line, equal ones once. Models field.ErrorList.ToAggregate.
pub fn aggregate(errors: &[String]) -> Option<String> {
    let mut known: std::collections::BTreeSet<&str> = std::collections::BTreeSet::new();
    let seen: Vec<&str> = errors.iter().map(String::as_str).filter(|error| known.insert(error)).collect();
    match seen.as_slice() {
        [] => None,
        [only] => Some((*only).to_string()),
        many => Some(format!("[{}]", many.join(", "))),
    }
}

/// A float as encoding/json writes it.
pub fn format_float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
            _ => text,
        };
    }
    format!("{value}")
}
