//! What crictl and docker print alike: tables, ages, sizes, simple templates.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

/// Columns as Go's text/tabwriter makes them: at least `minimum` wide, padding included; the last is not padded.
pub(super) fn table(rows: &[Vec<String>], minimum: usize) -> String {
    const PADDING: usize = 3;
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let longest = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0);
        (longest + PADDING).max(minimum)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        for (n, cell) in row.iter().enumerate() {
            out.push_str(cell);
            if n + 1 < row.len() {
                let gap = widths[n].saturating_sub(cell.chars().count());
                out.extend(std::iter::repeat_n(' ', gap));
            }
        }
        out.push('\n');
    }
    out
}

/// A row of words.
pub(super) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// How long ago. Models `units.HumanDuration` of docker/go-units.
pub(super) fn human(age: Duration) -> String {
    let seconds = age.as_secs();
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    match (seconds, minutes) {
        (0, _) => "Less than a second".into(),
        (1, _) => "1 second".into(),
        (2..60, _) => format!("{seconds} seconds"),
        (_, 1) => "About a minute".into(),
        (_, 2..60) => format!("{minutes} minutes"),
        _ if hours == 1 => "About an hour".into(),
        _ if hours < 48 => format!("{hours} hours"),
        _ if hours < 24 * 14 => format!("{} days", hours / 24),
        _ if hours < 24 * 60 => format!("{} weeks", hours / 24 / 7),
        _ if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        _ => format!("{} years", hours / 24 / 365),
    }
}

/// The time from `then` to `now`.
pub(super) fn since(now: Timestamp, then: Timestamp) -> Duration {
    let span = now.duration_since(then);
    if span.is_negative() { Duration::ZERO } else { span.unsigned_abs() }
}

/// A size with three digits. Models `units.HumanSizeWithPrecision`.
pub(super) fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = 0;
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{}", UNITS[unit])
}

/// A Go template that is a text with `{{.a.b.c}}` in it; nothing else of the language is known.
pub(super) fn template(template: &str, value: &Value) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (path, after) = after.split_once("}}").ok_or("template parsing error: unclosed action")?;
        let path = path.trim();
        let (json, path) = path.strip_prefix("json ").map_or((false, path), |path| (true, path.trim()));
        if !path.starts_with('.') || path.contains(' ') {
            return Err(format!("template: {{{{{path}}}}} is not simulated in Podground: only fields such as {{{{.State.Pid}}}} are"));
        }
        let mut found = value;
        for part in path.split('.').filter(|part| !part.is_empty()) {
            found =
                found.get(part).ok_or_else(|| format!("template: :1: executing \"\" at <{path}>: map has no entry for key \"{part}\""))?;
        }
        match found {
            Value::String(text) if !json => out.push_str(text),
            other => out.push_str(&other.to_string()),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// JSON as Go's `MarshalIndent` writes it.
pub(super) fn pretty(value: &Value, indent: &[u8]) -> String {
    use serde::Serialize;
    let mut out = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, serde_json::ser::PrettyFormatter::with_indent(indent));
    let _ = value.serialize(&mut serializer);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_sizes_read_as_dockers() {
        let of = |seconds| human(Duration::from_secs(seconds));
        assert_eq!(
            [of(0), of(1), of(59), of(60), of(125)].join(", "),
            "Less than a second, 1 second, 59 seconds, About a minute, 2 minutes"
        );
        assert_eq!([of(3599), of(3600), of(7200), of(86400 * 3)].join(", "), "59 minutes, About an hour, 2 hours, 3 days");
        assert_eq!([size(2_223_000), size(72_100_000), size(999), size(1_130_000_000)].join(" "), "2.22MB 72.1MB 999B 1.13GB");
    }

    #[test]
    fn templates_name_fields() {
        let value = serde_json::json!({ "State": { "Pid": 12 }, "Id": "ab" });
        assert_eq!(template("{{.State.Pid}} {{ .Id }}", &value), Ok("12 ab".into()));
        assert!(template("{{.Nope}}", &value).is_err() && template("{{range .}}", &value).is_err());
    }
}
