//! Dates: seconds, "broken down time" and text, all in UTC.

use jiff::civil::date;
use jiff::{Timestamp, tz::TimeZone};

use super::super::clock;
use super::eval::{Stop, fail};
use super::value::Value;

/// A moment of seconds or of broken down time.
fn moment(value: &Value, who: &str) -> Result<Timestamp, Stop> {
    let wrong = || fail(format!("{who} requires parsed datetime inputs"));
    match value {
        Value::Number(seconds) => Timestamp::from_second(*seconds as i64).or_else(|_| wrong()),
        Value::Array(parts) if parts.len() >= 6 => {
            let part = |at: usize| parts.get(at).and_then(Value::as_number).map(|n| n as i64);
            let (Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)) =
                (part(0), part(1), part(2), part(3), part(4), part(5))
            else {
                return wrong();
            };
            let first = i16::try_from(year).ok().and_then(|y| jiff::civil::Date::new(y, 1, 1).ok());
            let Some(first) = first.filter(|_| (0..12).contains(&month)) else { return wrong() };
            let start = date(first.year(), month as i8 + 1, 1).to_zoned(TimeZone::UTC).map(|z| z.timestamp().as_second());
            let Ok(start) = start else { return wrong() };
            Timestamp::from_second(start + (day - 1) * 86400 + hour * 3600 + minute * 60 + second).or_else(|_| wrong())
        }
        _ => wrong(),
    }
}

fn broken_down(at: Timestamp, fraction: f64) -> Value {
    let d = clock::civil(at);
    let number = |n: i64| Value::Number(n as f64);
    Value::array(vec![
        number(i64::from(d.year())),
        number(i64::from(d.month()) - 1),
        number(i64::from(d.day())),
        number(i64::from(d.hour())),
        number(i64::from(d.minute())),
        Value::Number(f64::from(d.second()) + fraction),
        number(i64::from(d.weekday().to_sunday_zero_offset())),
        number(i64::from(d.day_of_year()) - 1),
    ])
}

pub(super) fn strftime(value: &Value, format: &Value) -> Result<Value, Stop> {
    if !matches!(value, Value::Number(_) | Value::Array(_)) {
        return fail("strftime/1 requires parsed datetime inputs");
    }
    let Value::Text(format) = format else { return fail("strftime/1 requires a string format") };
    Ok(Value::text(clock::format(format, moment(value, "strftime/1")?)))
}

pub(super) fn mktime(value: &Value) -> Result<Value, Stop> {
    if !matches!(value, Value::Array(_)) {
        return fail("mktime requires array inputs");
    }
    Ok(Value::Number(moment(value, "mktime")?.as_second() as f64))
}

pub(super) fn gmtime(value: &Value) -> Result<Value, Stop> {
    let Value::Number(seconds) = value else { return fail("gmtime() requires a number") };
    Ok(broken_down(moment(value, "gmtime()")?, seconds.fract()))
}

pub(super) fn strptime(value: &Value, format: &Value) -> Result<Value, Stop> {
    let Value::Text(text) = value else {
        return fail(format!("strptime/1 requires string inputs and arguments: {}", super::ops::shown(value)));
    };
    let Value::Text(format) = format else { return fail("strptime/1 requires string inputs and arguments") };
    match read(text, format) {
        Some(at) => Ok(broken_down(at, 0.0)),
        None => fail(format!("date \"{text}\" does not match format \"{format}\"")),
    }
}

/// strptime(3), numbers and names of months.
fn read(text: &str, format: &str) -> Option<Timestamp> {
    let format = format.replace("%T", "%H:%M:%S").replace("%F", "%Y-%m-%d").replace("%D", "%m/%d/%y").replace("%R", "%H:%M");
    let (mut rest, mut letters) = (text, format.chars());
    let (mut year, mut month, mut day, mut seconds, mut stamp) = (1900_i64, 1_i64, 1_i64, 0_i64, None);
    while let Some(c) = letters.next() {
        if c.is_whitespace() {
            rest = rest.trim_start();
            continue;
        }
        if c != '%' {
            rest = rest.strip_prefix(c)?;
            continue;
        }
        let letter = letters.next()?;
        let mut number = |width: usize| -> Option<i64> {
            let len = rest.bytes().take(width).take_while(u8::is_ascii_digit).count();
            let (digits, after) = rest.split_at_checked(len)?;
            rest = after;
            digits.parse().ok()
        };
        match letter {
            'Y' => year = number(4)?,
            'y' => year = 2000 + number(2)?,
            'm' => month = number(2)?,
            'd' | 'e' => day = number(2)?,
            'H' => seconds += number(2)? * 3600,
            'M' => seconds += number(2)? * 60,
            'S' => seconds += number(2)?,
            's' => stamp = Some(number(20)?),
            'Z' => rest = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()),
            'z' => rest = rest.strip_prefix('Z').or_else(|| rest.get(5..))?,
            'b' | 'B' | 'h' => {
                let (at, name) = clock::MONTHS.iter().enumerate().find(|(_, name)| rest.starts_with(name.get(..3).unwrap_or(name)))?;
                month = at as i64 + 1;
                rest = rest.strip_prefix(name).or_else(|| rest.get(3..))?;
            }
            'a' | 'A' => rest = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()),
            '%' => rest = rest.strip_prefix('%')?,
            _ => return None,
        }
    }
    if !rest.is_empty() {
        return None;
    }
    if let Some(stamp) = stamp {
        return Timestamp::from_second(stamp).ok();
    }
    let start = jiff::civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Timestamp::from_second(start.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second() + seconds).ok()
}
