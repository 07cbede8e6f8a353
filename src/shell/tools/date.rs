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
            Some(_) if options.operands.len() > 1 => return t.extra(&options.operands, 1).await.err().unwrap_or(1),
            Some(pattern) => pattern.to_owned(),
            None => {
                t.complain(&format!("invalid date {}", t.quote(text))).await;
                return 1;
            }
        },
        None if options.has('R') => "%a, %d %b %Y %H:%M:%S %z".into(),
        None => match options.value('I').or(options.value('3')) {
            Some(precision) => {
                let between = if options.has('3') { ' ' } else { 'T' };
                match precision {
                    "seconds" | "s" => format!("%Y-%m-%d{between}%H:%M:%S+00:00"),
                    "minutes" => format!("%Y-%m-%d{between}%H:%M+00:00"),
                    "hours" => format!("%Y-%m-%d{between}%H+00:00"),
                    "ns" => format!("%Y-%m-%d{between}%H:%M:%S{}%N+00:00", if options.has('3') { '.' } else { ',' }),
                    _ => "%Y-%m-%d".into(),
                }
            }
            None => "%a %b %e %H:%M:%S %Z %Y".into(),
        },
    };
    i32::from(!t.out(format!("{}\n", clock::format(&pattern, at))).await)
}

/// `@0`, `2024-02-28 +2 days`, `yesterday`, `2024-05-01T10:00:00Z`, `next week`.
pub(super) fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    let mut at = now;
    // A day that is named comes before what is counted from it.
    let parts: Vec<&str> = text.split([' ', '\t', '\n', ',']).filter(|w| !w.is_empty()).collect();
    let mut ordered = parts.clone();
    ordered.sort_by_key(|word| match word.to_lowercase().as_str() {
        "yesterday" | "tomorrow" => 1,
        _ => 0,
    });
    let mut words = ordered.into_iter().peekable();
    if words.peek().is_none() {
        return Some(midnight(now));
    }
    while let Some(word) = words.next() {
        let lower = word.to_lowercase();
        if let Some(seconds) = word.strip_prefix('@') {
            let (whole, part) = seconds.split_once('.').unwrap_or((seconds, "0"));
            let nanos = format!("{part:0<9}").get(..9)?.parse().ok()?;
            at = Timestamp::new(whole.parse().ok()?, nanos).ok()?;
            continue;
        }
        match lower.as_str() {
            "now" | "today" | "utc" | "z" => continue,
            "yesterday" => at = shift(at, -1, "day")?,
            "tomorrow" => at = shift(at, 1, "day")?,
            "midnight" => at = midnight(at),
            "noon" => at = shift(midnight(at), 12, "hour")?,
            "next" | "last" => {
                let unit = words.next()?;
                let count = if lower == "next" { 1 } else { -1 };
                at = match weekday(unit) {
                    Some(day) => to_weekday(at, day, count)?,
                    None => shift(at, count, unit)?,
                };
            }
            "am" | "pm" => at = half(at, lower == "pm")?,
            _ if weekday(&lower).is_some() => at = to_weekday(at, weekday(&lower)?, 0)?,
            _ if month(&lower).is_some() => {
                // `March 3 2024`, `Jan 5`
                let day = words.next()?.parse().ok()?;
                let year = words.next_if(|w| w.len() == 4).and_then(|w| w.parse().ok());
                at = on_day(at, year, month(&lower)?, day)?;
            }
            _ if lower.len() < 3 && words.peek().is_some_and(|w| month(&w.to_lowercase()).is_some()) => {
                // `1 Jan 2024`
                let month = month(&words.next()?.to_lowercase())?;
                let year = words.next_if(|w| w.len() == 4).and_then(|w| w.parse().ok());
                at = on_day(at, year, month, lower.parse().ok()?)?;
            }
            _ => {
                let signed = lower.trim_start_matches('+');
                if let Ok(count) = signed.parse::<i64>()
                    && !(word.len() == 8 && words.peek().is_none())
                {
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

/// The month that a word names, from 1.
fn month(word: &str) -> Option<i8> {
    let hit = |name: &&str| word.len() >= 3 && (name.to_lowercase() == word || name.to_lowercase().get(..3) == Some(word));
    clock::MONTHS.iter().position(hit).and_then(|at| i8::try_from(at + 1).ok())
}

/// The day of the week that a word names; Sunday is 0.
fn weekday(word: &str) -> Option<i64> {
    let word = word.to_lowercase();
    clock::DAYS.iter().position(|name| word.len() >= 3 && name.to_lowercase().starts_with(&word)).and_then(|at| i64::try_from(at).ok())
}

/// The day of the week at or after a moment (`count` 0), after it (1), or before it (-1); at midnight.
fn to_weekday(at: Timestamp, day: i64, count: i64) -> Option<Timestamp> {
    let today = i64::from(clock::civil(at).weekday().to_sunday_zero_offset());
    let ahead = (day - today).rem_euclid(7);
    let days = match count {
        0 => ahead,
        1 if ahead == 0 => 7,
        1 => ahead,
        _ => ahead - 7,
    };
    shift(midnight(at), days, "day")
}

fn on_day(at: Timestamp, year: Option<i16>, month: i8, day: i8) -> Option<Timestamp> {
    let date = jiff::civil::Date::new(year.unwrap_or_else(|| clock::civil(at).year()), month, day).ok()?;
    Some(date.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The hour of a clock with two halves.
fn half(at: Timestamp, afternoon: bool) -> Option<Timestamp> {
    match (clock::civil(at).hour(), afternoon) {
        (12, false) => shift(at, -12, "hour"),
        (0..12, true) => shift(at, 12, "hour"),
        _ => Some(at),
    }
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
    let lower = word.to_lowercase();
    if let Some((clock, afternoon)) = lower.strip_suffix("am").map(|c| (c, false)).or(lower.strip_suffix("pm").map(|c| (c, true)))
        && clock.starts_with(|c: char| c.is_ascii_digit())
    {
        let clock = if clock.contains(':') { clock.to_owned() } else { format!("{clock}:00") };
        return half(absolute(&clock, at)?, afternoon);
    }
    let parts: Vec<i16> = word.split('/').filter_map(|p| p.parse().ok()).collect();
    let small = |n: i16| i8::try_from(n).ok();
    match parts.as_slice() {
        [year, month, day] if *year >= 1000 => return on_day(at, Some(*year), small(*month)?, small(*day)?),
        [month, day, year] => return on_day(at, Some(if *year < 100 { year + 2000 } else { *year }), small(*month)?, small(*day)?),
        [month, day] => return on_day(at, None, small(*month)?, small(*day)?),
        _ => {}
    }
    if word.len() == 8 && word.bytes().all(|b| b.is_ascii_digit()) {
        return on_day(at, word.get(..4)?.parse().ok(), word.get(4..6)?.parse().ok()?, word.get(6..)?.parse().ok()?);
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
