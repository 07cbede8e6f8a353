use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use super::clock;
use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let long =
        [("date", 'd'), ("utc", 'u'), ("universal", 'u'), ("iso-8601", 'I'), ("rfc-email", 'R'), ("rfc-3339", '3'), ("reference", 'r')];
    let options = match t.options("d:uI::R3:r:D:", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let now = t.ctx.sim().timestamp();
    let at = match (options.value('d'), options.value('r')) {
        (Some(text), _) => match parse(text, now) {
            Some(at) => at,
            None => {
                t.complain(&format!("invalid date {}", t.quote(text))).await;
                return 1;
            }
        },
        (None, Some(file)) => match t.meta(file, true) {
            Ok(meta) => clock::moment(&t, meta.modified),
            Err(errno) => {
                t.complain(&format!("{file}: {errno}")).await;
                return 1;
            }
        },
        (None, None) => now,
    };
    let pattern = match options.operands.first() {
        Some(text) => match text.strip_prefix('+') {
            Some(pattern) => pattern.to_owned(),
            None => {
                t.complain(&format!("invalid date {}", t.quote(text))).await;
                return 1;
            }
        },
        None if options.has('R') => "%a, %d %b %Y %H:%M:%S %z".into(),
        None => match options.value('I').or(options.value('3')) {
            Some("seconds" | "s") => "%Y-%m-%dT%H:%M:%S+00:00".into(),
            Some(_) => "%Y-%m-%d".into(),
            None => "%a %b %e %H:%M:%S %Z %Y".into(),
        },
    };
    i32::from(!t.out(format!("{}\n", clock::format(&pattern, at))).await)
}

/// `@0`, `2024-02-28 +2 days`, `yesterday`, `2024-05-01T10:00:00Z`, `next week`.
fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    let mut at = now;
    let mut words = text.split_whitespace().peekable();
    if words.peek().is_none() {
        return Some(midnight(now));
    }
    while let Some(word) = words.next() {
        let lower = word.to_lowercase();
        if let Some(seconds) = word.strip_prefix('@') {
            at = Timestamp::from_second(seconds.parse().ok()?).ok()?;
            continue;
        }
        match lower.as_str() {
            "now" | "today" | "utc" | "z" => continue,
            "yesterday" => at = shift(at, -1, "day")?,
            "tomorrow" => at = shift(at, 1, "day")?,
            "midnight" => at = midnight(at),
            "next" | "last" => at = shift(at, if lower == "next" { 1 } else { -1 }, words.next()?)?,
            _ => {
                let signed = lower.trim_start_matches('+');
                if let Ok(count) = signed.parse::<i64>() {
                    let unit = words.next()?;
                    let ago = words.next_if_eq(&"ago").is_some();
                    at = shift(at, if ago { -count } else { count }, unit)?;
                } else if let Some(new) = absolute(word, at) {
                    at = new;
                } else {
                    return None;
                }
            }
        }
    }
    Some(at)
}

fn midnight(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(86400) * 86400).unwrap_or(at)
}

fn absolute(word: &str, at: Timestamp) -> Option<Timestamp> {
    if let Ok(stamp) = word.parse::<Timestamp>() {
        return Some(stamp);
    }
    let to_moment = |d: DateTime| d.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp());
    if let Ok(datetime) = word.parse::<DateTime>() {
        return to_moment(datetime);
    }
    let numbers: Option<Vec<i64>> = word.split(':').map(|p| p.parse().ok()).collect();
    match numbers.as_deref() {
        Some([h @ 0..24, m @ 0..60]) => Timestamp::from_second(midnight(at).as_second() + h * 3600 + m * 60).ok(),
        Some([h @ 0..24, m @ 0..60, s @ 0..61]) => Timestamp::from_second(midnight(at).as_second() + h * 3600 + m * 60 + s).ok(),
        _ => None,
    }
}

fn shift(at: Timestamp, count: i64, unit: &str) -> Option<Timestamp> {
    let seconds = match unit.trim_end_matches('s') {
        "sec" | "second" => 1,
        "min" | "minute" => 60,
        "hour" => 3600,
        "day" => 86400,
        "week" => 604_800,
        unit @ ("month" | "year") => {
            let months = count * if unit == "year" { 12 } else { 1 };
            let d = clock::civil(at);
            let total = i64::from(d.year()) * 12 + i64::from(d.month()) - 1 + months;
            let first = jiff::civil::date(i16::try_from(total.div_euclid(12)).ok()?, i8::try_from(total.rem_euclid(12)).ok()? + 1, 1);
            let moment = first.at(d.hour(), d.minute(), d.second(), 0).to_zoned(TimeZone::UTC).ok()?.timestamp();
            return Timestamp::from_second(moment.as_second() + (i64::from(d.day()) - 1) * 86400).ok();
        }
        _ => return None,
    };
    Timestamp::from_second(at.as_second().checked_add(count.checked_mul(seconds)?)?).ok()
}
