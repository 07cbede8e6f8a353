//! What a scalar is: YAML 1.1 as go.yaml.in/yaml/v2 reads it. Models resolve.go.
use crate::api::{base64, go};

/// What `!!` stands for.
pub(super) const TAG_PREFIX: &str = "tag:yaml.org,2002:";

/// A scalar's value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(String),
}

impl Resolved {
    /// The short name of its tag, for errors.
    fn tag(&self) -> &'static str {
        match self {
            Self::Null => "!!null",
            Self::Bool(_) => "!!bool",
            Self::Int(_) | Self::Uint(_) => "!!int",
            Self::Float(_) => "!!float",
            Self::Text(_) => "!!str",
        }
    }

    /// As `%#v` prints it.
    pub fn go_syntax(&self) -> String {
        match self {
            Self::Null => "<nil>".to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Uint(value) => format!("{value:#x}"),
            Self::Float(value) => go::format_float(*value),
            Self::Text(text) => go::quote(text),
        }
    }
}

/// The value of a scalar; the error lacks its `yaml: `.
pub(super) fn resolve(tag: &str, text: &str, implicit: bool) -> Result<Resolved, String> {
    if tag.is_empty() && !implicit {
        return Ok(Resolved::Text(text.to_string()));
    }
    let short = tag.strip_prefix(TAG_PREFIX);
    match short {
        Some("binary") => return binary(text),
        Some("str") => return Ok(Resolved::Text(text.to_string())),
        Some("bool" | "int" | "float" | "null" | "timestamp") => {}
        _ if tag.is_empty() => return Ok(plain(text, true)),
        _ => return Ok(Resolved::Text(text.to_string())),
    }
    let wanted = format!("!!{}", short.unwrap_or(""));
    if wanted == "!!timestamp" {
        return if is_timestamp(text) { Ok(Resolved::Text(text.to_string())) } else { mismatch(&plain(text, false), text, &wanted) };
    }
    let value = plain(text, false);
    match &value {
        Resolved::Int(number) if wanted == "!!float" => Ok(Resolved::Float(*number as f64)),
        _ if value.tag() == wanted => Ok(value),
        _ => mismatch(&value, text, &wanted),
    }
}

fn mismatch(value: &Resolved, text: &str, wanted: &str) -> Result<Resolved, String> {
    Err(format!("cannot decode {} `{text}` as a {wanted}", value.tag()))
}

fn plain(text: &str, timestamps: bool) -> Resolved {
    let as_text = || Resolved::Text(text.to_string());
    let Some(first) = text.bytes().next() else {
        return Resolved::Null;
    };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text).unwrap_or_else(as_text),
        b'.' => word(text).or_else(|| float(text)).unwrap_or_else(as_text),
        b'+' | b'-' | b'0'..=b'9' => {
            if timestamps && is_timestamp(text) {
                return as_text();
            }
            word(text).or_else(|| number(&text.replace('_', ""))).unwrap_or_else(as_text)
        }
        _ => as_text(),
    }
}

fn word(text: &str) -> Option<Resolved> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Resolved::Bool(false),
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn float(text: &str) -> Option<Resolved> {
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Resolved::Float)
}

/// Models strconv.ParseInt with base 0, then ParseUint, then a float.
fn number(text: &str) -> Option<Resolved> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..).unwrap_or("")),
        Some("0b") => (2, lower.get(2..).unwrap_or("")),
        Some("0o") => (8, lower.get(2..).unwrap_or("")),
        Some(octal) if octal.starts_with('0') => (8, lower.get(1..).unwrap_or("")),
        _ => (10, lower.as_str()),
    };
    // What does not fit is found out first: a number may have a million digits.
    if let Ok(size) = i128::from_str_radix(digits, base)
        && digits.bytes().all(|byte| char::from(byte).is_digit(base))
    {
        let value = if negative { -size } else { size };
        if let Ok(value) = i64::try_from(value) {
            return Some(Resolved::Int(value));
        }
        if let (Ok(value), false) = (u64::try_from(value), text.starts_with(['+', '-'])) {
            return Some(Resolved::Uint(value));
        }
    }
    is_yaml_float(text).then(|| float(text)).flatten()
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_yaml_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.bytes().position(|byte| byte == b'e' || byte == b'E') {
        Some(at) => (unsigned.get(..at).unwrap_or(""), unsigned.get(at + 1..)),
        None => (unsigned, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, places) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    let mantissa_fits = digits(whole) && digits(places) && !(whole.is_empty() && places.is_empty());
    mantissa_fits && exponent_fits
}

/// A date, or a date and a time. Models parseTimestamp.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let year = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if year != 4 || bytes.get(4) != Some(&b'-') {
        return false;
    }
    let mut parts = text.splitn(3, '-').skip(1);
    let (Some(month), Some(rest)) = (parts.next(), parts.next()) else { return false };
    let day: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let fits =
        |part: &str, limit: u32| (1..=2).contains(&part.len()) && part.parse::<u32>().is_ok_and(|value| (1..=limit).contains(&value));
    let behind = rest.get(day.len()..).unwrap_or("");
    fits(month, 12) && fits(&day, 31) && (behind.is_empty() || is_clock(behind))
}

/// `T15:04:05.999Z`, ` 15:04:05`
fn is_clock(text: &str) -> bool {
    let Some(clock) = text.strip_prefix(['T', 't', ' ']) else { return false };
    let mut pieces = clock.splitn(3, ':');
    let (Some(hour), Some(minute), Some(second)) = (pieces.next(), pieces.next(), pieces.next()) else { return false };
    let two = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: String = second.chars().take_while(char::is_ascii_digit).collect();
    let zone_ok = second.get(seconds.len()..).is_some_and(|rest| {
        let rest =
            rest.strip_prefix('.').map_or(rest, |fraction| fraction.trim_start_matches(|character: char| character.is_ascii_digit()));
        rest.is_empty() || rest == "Z" || rest.starts_with(['+', '-'])
    });
    two(hour) && two(minute) && two(&seconds) && zone_ok
}

fn binary(text: &str) -> Result<Resolved, String> {
    let bytes = base64::decode(text).map_err(|_| "!!binary value contains invalid base64 data".to_string())?;
    Ok(Resolved::Text(String::from_utf8_lossy(&bytes).into_owned()))
}
