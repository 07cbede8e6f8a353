//! Dates: civil time in UTC, and the formats of `date` and `ls`.

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};

use super::tool::Tool;
use crate::sim::Time;

/// The civil time of a moment, UTC.
pub(super) fn civil(at: Timestamp) -> DateTime {
    at.to_zoned(TimeZone::UTC).datetime()
}

/// The wall clock's moment of a virtual time.
pub(super) fn moment(t: &Tool, time: Time) -> Timestamp {
    let now = t.ctx.now().as_nanos() as i128;
    let nanos = t.ctx.sim().timestamp().as_nanosecond() - (now - i128::from(time.signed_nanos()));
    Timestamp::from_nanosecond(nanos).unwrap_or_default()
}

/// The virtual time of a wall clock's moment, which may lie before the simulation began (`touch -d`).
pub(super) fn time_of(t: &Tool, at: Timestamp) -> Time {
    let ago = t.ctx.sim().timestamp().as_nanosecond() - at.as_nanosecond();
    let nanos = i128::from(t.ctx.now().as_nanos()) - ago;
    Time::from_signed_nanos(nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
}

/// English month names.
pub(super) const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
/// English names of the days, from Sunday.
pub(super) const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// strftime(3), with the `-`, `_` and `0` flags of GNU.
pub(crate) fn format(pattern: &str, at: Timestamp) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flag = None;
        let mut letter = chars.next();
        if let Some(f @ ('-' | '_' | '0' | '^')) = letter {
            flag = Some(f);
            letter = chars.next();
        }
        let mut digits = String::new();
        while let Some(digit) = letter.filter(char::is_ascii_digit) {
            digits.push(digit);
            letter = chars.next();
        }
        let width: usize = digits.parse().unwrap_or(0).min(100);
        let start = out.len();
        let colon = letter == Some(':') && chars.as_str().starts_with('z');
        match if colon { chars.next().map(|_| ("+00:00".into(), false)) } else { letter.and_then(|l| field(l, at)) } {
            Some((text, pad)) => out.push_str(&match flag {
                Some('-') => {
                    if pad {
                        text.trim_start_matches(['0', ' ']).to_owned()
                    } else {
                        text.clone()
                    }
                }
                Some('_') => format!("{:>width$}", text.trim_start_matches('0'), width = text.len()),
                Some('^') => text.to_uppercase(),
                _ => text.clone(),
            }),
            None => {
                out.push('%');
                out.extend(flag);
                out.push_str(&digits);
                out.extend(letter);
            }
        }
        let pad = if flag == Some('_') { " " } else { "0" };
        out.insert_str(start, &pad.repeat(width.saturating_sub(out.len() - start)));
    }
    out
}

/// A conversion: its text, and whether it is a padded number.
fn field(letter: char, at: Timestamp) -> Option<(String, bool)> {
    let d = civil(at);
    let month = MONTHS.get(usize::try_from(d.month()).ok()?.checked_sub(1)?)?;
    let weekday = usize::try_from(d.weekday().to_sunday_zero_offset()).ok()?;
    let day = DAYS.get(weekday)?;
    let hour12 = if d.hour() % 12 == 0 { 12 } else { d.hour() % 12 };
    let year_day = d.day_of_year();
    Some(match letter {
        'Y' => (format!("{:04}", d.year()), false),
        'y' => (format!("{:02}", d.year() % 100), true),
        'C' => (format!("{:02}", d.year() / 100), true),
        'm' => (format!("{:02}", d.month()), true),
        'd' => (format!("{:02}", d.day()), true),
        'e' => (format!("{:2}", d.day()), true),
        'H' => (format!("{:02}", d.hour()), true),
        'k' => (format!("{:2}", d.hour()), true),
        'I' => (format!("{hour12:02}"), true),
        'l' => (format!("{hour12:2}"), true),
        'M' => (format!("{:02}", d.minute()), true),
        'S' => (format!("{:02}", d.second()), true),
        'N' => (format!("{:09}", at.subsec_nanosecond()), true),
        'p' => ((if d.hour() < 12 { "AM" } else { "PM" }).into(), false),
        'P' => ((if d.hour() < 12 { "am" } else { "pm" }).into(), false),
        's' => (at.as_second().to_string(), false),
        'A' => ((*day).into(), false),
        'a' => (day.get(..3)?.into(), false),
        'B' => ((*month).into(), false),
        'b' | 'h' => (month.get(..3)?.into(), false),
        'F' => (format("%Y-%m-%d", at), false),
        'T' => (format("%H:%M:%S", at), false),
        'R' => (format("%H:%M", at), false),
        'D' => (format("%m/%d/%y", at), false),
        'c' => (format("%a %b %e %H:%M:%S %Y", at), false),
        'x' => (format("%m/%d/%y", at), false),
        'X' => (format("%H:%M:%S", at), false),
        'g' => (format!("{:02}", d.date().iso_week_date().year() % 100), true),
        'q' => (((d.month() - 1) / 3 + 1).to_string(), false),
        'W' => (format!("{:02}", (year_day as usize + 6 - (weekday + 6) % 7) / 7), true),
        'r' => (format("%I:%M:%S %p", at), false),
        'Z' => ("UTC".into(), false),
        'z' => ("+0000".into(), false),
        'u' => ((if weekday == 0 { 7 } else { weekday }).to_string(), false),
        'w' => (weekday.to_string(), false),
        'j' => (format!("{year_day:03}"), true),
        'U' => (format!("{:02}", (year_day as usize + 6 - weekday) / 7), true),
        'V' => (format!("{:02}", d.date().iso_week_date().week()), true),
        'G' => (format!("{:04}", d.date().iso_week_date().year()), false),
        'n' => ("\n".into(), false),
        't' => ("\t".into(), false),
        '%' => ("%".into(), false),
        _ => return None,
    })
}

/// The time column of `ls -l`: the year instead of the hour for times more than half a year away.
pub(super) fn ls_time(t: &Tool, time: Time) -> String {
    let at = moment(t, time);
    let age = t.ctx.sim().timestamp().as_second() - at.as_second();
    format(if age.abs() > 15_778_476 { "%b %e  %Y" } else { "%b %e %H:%M" }, at)
}
