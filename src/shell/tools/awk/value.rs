use super::super::super::format;

/// A value of awk.
#[derive(Clone, Debug, Default)]
pub(super) enum Value {
    #[default]
    Unset,
    Number(f64),
    Text(String),
    /// From the input, and it looks like a number.
    Both(String, f64),
}

impl Value {
    /// Text from the input: a number too, if it looks like one.
    pub fn input(text: String) -> Value {
        let trimmed = text.trim();
        let numeric = trimmed.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'))
            && trimmed.ends_with(|c: char| c.is_ascii_digit() || c == '.');
        match trimmed.parse::<f64>() {
            Ok(number) if numeric => Value::Both(text, number),
            _ => Value::Text(text),
        }
    }

    pub fn number(&self) -> f64 {
        match self {
            Value::Unset => 0.0,
            Value::Number(n) | Value::Both(_, n) => *n,
            Value::Text(text) => prefix_number(text),
        }
    }

    pub fn text(&self, convfmt: &str) -> String {
        match self {
            Value::Unset => String::new(),
            Value::Number(n) => number_text(*n, convfmt),
            Value::Text(text) | Value::Both(text, _) => text.clone(),
        }
    }

    pub fn truth(&self) -> bool {
        match self {
            Value::Unset => false,
            Value::Number(n) | Value::Both(_, n) => *n != 0.0,
            Value::Text(text) => !text.is_empty(),
        }
    }

    pub fn is_numeric(&self) -> bool {
        !matches!(self, Value::Text(_))
    }
}

/// The number that a text begins with.
pub(super) fn prefix_number(text: &str) -> f64 {
    let text = text.trim_start();
    let bytes = text.as_bytes();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    at = digits(at);
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if bytes.get(at + 1 + sign).is_some_and(u8::is_ascii_digit) {
            at = digits(at + 1 + sign);
        }
    }
    text.get(..at).and_then(|t| t.parse().ok()).unwrap_or(0.0)
}

/// A number as text: whole ones without a point, others by `convfmt`.
pub(super) fn number_text(n: f64, convfmt: &str) -> String {
    if n.fract() == 0.0 && n.abs() < 1e16 {
        return format!("{}", n as i64);
    }
    if convfmt == "%.6g" {
        let text = format::general(n.abs(), 6, false);
        return if !n.is_finite() {
            if n.is_nan() {
                // What x86's processors make has its sign set.
                "-nan".into()
            } else if n > 0.0 {
                "inf".into()
            } else {
                "-inf".into()
            }
        } else if n < 0.0 {
            format!("-{text}")
        } else {
            text
        };
    }
    String::from_utf8_lossy(&format::printf(convfmt, &[n.to_string()], format::Flavor::Coreutils).output).into_owned()
}

/// What stands before the first directive that `given` arguments do not reach.
pub(super) fn lacking(template: &str, given: usize) -> Option<&str> {
    let mut used = 0;
    let mut chars = template.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '%' || chars.next_if(|(_, c)| *c == '%').is_some() {
            continue;
        }
        while let Some((_, c)) = chars.next_if(|(_, c)| "-+ #0123456789.*".contains(*c)) {
            used += usize::from(c == '*');
        }
        used += usize::from(chars.next().is_some());
        if used > given {
            return template.get(..at);
        }
    }
    None
}

/// `sprintf`: the arguments converted to what each directive wants.
pub(super) fn sprintf(template: &str, arguments: &[Value], convfmt: &str) -> String {
    let mut out = String::new();
    let mut next = arguments.iter();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if chars.next_if_eq(&'%').is_some() {
            out.push('%');
            continue;
        }
        let mut spec = String::from("%");
        while let Some(c) = chars.next_if(|c| "-+ #0123456789.*".contains(*c)) {
            if c == '*' {
                spec.push_str(&format!("{}", next.next().map_or(0.0, Value::number) as i64));
            } else {
                spec.push(c);
            }
        }
        let Some(kind) = chars.next() else {
            out.push_str(&spec);
            break;
        };
        spec.push(kind);
        let value = next.next().cloned().unwrap_or_default();
        let argument = match kind {
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => format!("{}", value.number() as i64),
            'c' => match &value {
                Value::Number(n) => char::from_u32(*n as u32).map_or(String::new(), String::from),
                value => value.text(convfmt).chars().take(1).collect(),
            },
            's' => value.text(convfmt),
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => format!("{}", value.number()),
            _ => {
                out.push_str(&spec);
                continue;
            }
        };
        out.push_str(&String::from_utf8_lossy(&format::printf(&spec, &[argument], format::Flavor::Coreutils).output));
    }
    out
}
