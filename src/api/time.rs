//! Times as the API writes and reads them. Models metav1.Time and metav1.MicroTime.
use crate::api::go;
use jiff::Timestamp;

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
const MICRO_LAYOUT: &str = "2006-01-02T15:04:05.000000Z07:00";

/// `2026-07-01T10:00:00Z`: seconds, UTC.
pub fn format(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2026-07-01T10:00:00.000000Z`: microseconds, UTC.
pub fn format_micro(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Reads a time; the error is Go's. Models time.Parse with time.RFC3339.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    parse_layout(text, LAYOUT)
}

/// Reads a time with microseconds. Models time.Parse with metav1.RFC3339Micro.
pub fn parse_micro(text: &str) -> Result<Timestamp, String> {
    parse_layout(text, MICRO_LAYOUT)
}

fn parse_layout(text: &str, layout: &str) -> Result<Timestamp, String> {
    let cannot = |rest: &str, element: &str| {
        format!("parsing time {} as {}: cannot parse {} as {}", go::quote(text), go::quote(layout), go::quote(rest), go::quote(element))
    };
    let range = |what: &str| format!("parsing time {}: {what} out of range", go::quote(text));
    let mut rest = text;
    let mut numbers = Vec::new();
    let elements = [("2006", 4), ("-", 0), ("01", 2), ("-", 0), ("02", 2), ("T", 0), ("15", 2), (":", 0), ("04", 2), (":", 0), ("05", 2)];
    for (element, digits) in elements {
        if digits == 0 {
            rest = rest.strip_prefix(element).ok_or_else(|| cannot(rest, element))?;
            continue;
        }
        let piece = rest.get(..digits).filter(|piece| piece.bytes().all(|byte| byte.is_ascii_digit()));
        let number: u32 = piece.and_then(|piece| piece.parse().ok()).ok_or_else(|| cannot(rest, element))?;
        let limit = match (element, numbers.len()) {
            ("01", _) => (1..=12, "month"),
            ("02", _) => (0..=31, "day"),
            ("15", _) => (0..=23, "hour"),
            ("04", _) => (0..=59, "minute"),
            ("05", _) => (0..=59, "second"),
            _ => (0..=9999, "year"),
        };
        if !limit.0.contains(&number) {
            return Err(range(limit.1));
        }
        numbers.push(number);
        rest = rest.get(digits..).unwrap_or("");
    }
    let after_fraction = rest.strip_prefix('.').map(|digits| digits.trim_start_matches(|character: char| character.is_ascii_digit()));
    if layout == MICRO_LAYOUT {
        let ok = after_fraction.is_some_and(|after| rest.len() - after.len() == 7);
        if !ok {
            return Err(cannot(rest, ".000000"));
        }
    }
    rest = after_fraction.unwrap_or(rest);
    let zone = rest.as_bytes();
    let is_offset = matches!(zone, [b'+' | b'-', _, _, b':', _, _, ..]);
    let length = if rest.starts_with('Z') { 1 } else { 6 };
    if !rest.starts_with('Z') && !is_offset {
        return Err(cannot(rest, "Z07:00"));
    }
    if rest.len() > length {
        let extra = rest.get(length..).unwrap_or("");
        return Err(format!("parsing time {}: extra text: {}", go::quote(text), go::quote(extra)));
    }
    text.parse::<Timestamp>().map_err(|_| range("day"))
}
