//! `@csv`, `@base64`, … and `tostring`.

use super::eval::{Stop, fail};
use super::json::{compact, number_text};
use super::ops::shown;
use super::value::Value;

/// What `tostring` gives.
pub(super) fn text_of(value: &Value) -> String {
    value.as_text().map_or_else(|| compact(value), str::to_owned)
}

/// A value in a format, named with its `@`.
pub(super) fn format(name: &str, value: &Value) -> Result<String, Stop> {
    let text = || text_of(value);
    match name {
        "@text" => Ok(text()),
        "@json" => Ok(compact(value)),
        "@csv" | "@tsv" => row(name.trim_start_matches('@'), value),
        "@html" => Ok(text().chars().fold(String::new(), |out, c| match c {
            '<' => out + "&lt;",
            '>' => out + "&gt;",
            '&' => out + "&amp;",
            '\'' => out + "&#39;",
            '"' => out + "&quot;",
            c => out + c.encode_utf8(&mut [0; 4]),
        })),
        "@uri" => Ok(text().bytes().fold(String::new(), |out, b| {
            let plain = b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
            if plain { out + char::from(b).encode_utf8(&mut [0; 4]) } else { out + &format!("%{b:02X}") }
        })),
        "@sh" => shell(value),
        "@base64" => Ok(super::super::base64::encode(text().as_bytes())),
        "@base64d" => {
            let text = text();
            let kept: Vec<u8> = text.trim_end_matches('=').bytes().collect();
            let bytes = super::super::base64::decode(&kept).unwrap_or_else(|start| start);
            if bytes.is_empty() && !kept.is_empty() {
                return fail(format!("{} trailing base64 byte found", shown(&Value::text(text))));
            }
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        }
        "@base32" => Ok(base32(text().as_bytes())),
        other => fail(format!("{} is not a valid format", other.trim_start_matches('@'))),
    }
}

fn row(format: &str, value: &Value) -> Result<String, Stop> {
    let Value::Array(items) = value else {
        return fail(format!("{} cannot be {format}-formatted, only array", shown(value)));
    };
    let mut cells = Vec::new();
    for item in items.iter() {
        cells.push(match item {
            Value::Null => String::new(),
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number_text(*number),
            Value::Text(text) if format == "csv" => format!("\"{}\"", text.replace('"', "\"\"")),
            Value::Text(text) => text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r"),
            other => return fail(format!("{} is not valid in a {format} row", shown(other))),
        });
    }
    Ok(cells.join(if format == "csv" { "," } else { "\t" }))
}

fn shell(value: &Value) -> Result<String, Stop> {
    let one = |value: &Value| match value {
        Value::Text(text) => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
        Value::Array(_) | Value::Object(_) => fail(format!("{} can not be escaped for shell", shown(value))),
        other => Ok(compact(other)),
    };
    match value {
        Value::Array(items) => Ok(items.iter().map(one).collect::<Result<Vec<_>, _>>()?.join(" ")),
        other => one(other),
    }
}

fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::new();
    for chunk in bytes.chunks(5) {
        let bits = (0..5).fold(0_u64, |bits, at| bits << 8 | u64::from(chunk.get(at).copied().unwrap_or(0)));
        let letters = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let letter = LETTERS.get(((bits >> (35 - at * 5)) & 31) as usize).copied().unwrap_or(b'=');
            out.push(if at < letters { char::from(letter) } else { '=' });
        }
    }
    out
}
