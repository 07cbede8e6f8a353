//! Cron's way of saying when. Models `github.com/robfig/cron/v3`, the standard parser.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};

use super::duration::parse_duration;
use super::go::number_error;
use super::time_zone;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// A schedule that has no time within so many years (the 30th of February) never has one.
const LIMIT_YEARS: i16 = 5;

/// A schedule, in a time zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    when: When,
    zone: TimeZone,
}

#[derive(Clone, Debug)]
enum When {
    /// `@every 90s`, in seconds.
    Every(i64),
    /// The minutes at which something is due.
    At(Box<Fields>),
}

#[derive(Clone, Debug)]
struct Fields {
    minutes: BTreeSet<u8>,
    hours: BTreeSet<u8>,
    days: BTreeSet<u8>,
    months: BTreeSet<u8>,
    weekdays: BTreeSet<u8>,
    any_day: bool,
    any_weekday: bool,
}

impl Schedule {
    /// Reads `*/5 * * * *`, `@hourly`, …, in a zone unless the text begins with one (`TZ=Asia/Seoul `). The error is Go's.
    pub fn parse(text: &str, mut zone: TimeZone) -> Result<Schedule, String> {
        let mut text = text;
        if let Some(zoned) = text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ=")) {
            let (name, rest) = zoned.split_once(' ').unwrap_or((zoned, ""));
            zone = time_zone::load(name).map_err(|why| format!("provided bad location {name}: {why}"))?;
            text = rest.trim();
        }
        if let Some(often) = text.strip_prefix("@every ") {
            let length = parse_duration(often).map_err(|why| format!("failed to parse duration {text}: {why}"))?;
            return Ok(Schedule { when: When::Every((length / 1000).max(1)), zone });
        }
        let fields = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            _ if text.starts_with('@') => return Err(format!("unrecognized descriptor: {text}")),
            _ => text,
        };
        Ok(Schedule { when: When::At(Box::new(Fields::parse(fields)?)), zone })
    }

    /// The first time after `after`.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        match &self.when {
            When::Every(seconds) => Timestamp::from_second(after.as_second().checked_add(*seconds)?).ok(),
            When::At(fields) => fields.next(after, &self.zone),
        }
    }

    /// A time as the zone's clocks show it, in Go's `time.RFC3339`.
    pub fn stamp(&self, at: Timestamp) -> String {
        let offset = self.zone.to_offset(at);
        let format = if offset.is_zero() { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%:z" };
        at.to_zoned(offset.to_time_zone()).strftime(format).to_string()
    }
}

impl Fields {
    fn parse(text: &str) -> Result<Fields, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
        };
        let (minutes, _) = field(minute, 0, 59, &[])?;
        let (hours, _) = field(hour, 0, 23, &[])?;
        let (days, any_day) = field(day, 1, 31, &[])?;
        let (months, _) = field(month, 1, 12, &MONTHS)?;
        let (weekdays, any_weekday) = field(weekday, 0, 6, &DAYS)?;
        Ok(Fields { minutes, hours, days, months, weekdays, any_day, any_weekday })
    }

    /// Goes by what the zone's clocks show: a time that they skip in spring does not come, one that they show twice comes twice.
    fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let mut second = after.as_second().div_euclid(60).checked_add(1)?.checked_mul(60)?;
        let end = zone.to_datetime(after).year().saturating_add(LIMIT_YEARS);
        loop {
            let moment = Timestamp::from_second(second).ok()?;
            let at = zone.to_datetime(moment);
            if at.year() > end {
                return None;
            }
            if !self.months.contains(&u8::try_from(at.month()).ok()?) || !self.is_day(at) {
                second = zone.to_timestamp(at.date().tomorrow().ok()?.at(0, 0, 0, 0)).ok()?.as_second();
            } else if !self.hours.contains(&u8::try_from(at.hour()).ok()?) {
                second = second.checked_add(60 * (60 - i64::from(at.minute())))?;
            } else if !self.minutes.contains(&u8::try_from(at.minute()).ok()?) {
                second = second.checked_add(60)?;
            } else {
                return Some(moment);
            }
        }
    }

    /// Where both days are restricted, either will do.
    fn is_day(&self, at: DateTime) -> bool {
        let day = u8::try_from(at.day()).is_ok_and(|day| self.days.contains(&day));
        let weekday = u8::try_from(at.weekday().to_sunday_zero_offset()).is_ok_and(|weekday| self.weekdays.contains(&weekday));
        if self.any_day || self.any_weekday { day && weekday } else { day || weekday }
    }
}

/// The numbers of a field, and whether a star stands in it.
fn field(text: &str, lowest: u8, highest: u8, names: &[&str]) -> Result<(BTreeSet<u8>, bool), String> {
    let (mut values, mut starred) = (BTreeSet::new(), false);
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last, step) = range(part, lowest, highest, names)?;
        // A star with a step is no star.
        starred |= part.starts_with(['*', '?']) && step == 1;
        values.extend((first..=last).step_by(step));
    }
    Ok((values, starred))
}

/// First, last and step of `5`, `1-5`, `*/2`, … Models getRange.
fn range(part: &str, lowest: u8, highest: u8, names: &[&str]) -> Result<(u8, u8, usize), String> {
    let (low, high) = (i64::from(lowest), i64::from(highest));
    let named = |text: &str| {
        let position = names.iter().position(|name| text.eq_ignore_ascii_case(name)).and_then(|at| i64::try_from(at).ok());
        position.map_or_else(|| number(text), |at| Ok(at + low))
    };
    let pieces: Vec<&str> = part.split('/').collect();
    let ends: Vec<&str> = pieces.first().copied().unwrap_or_default().split('-').collect();
    let (first, mut last) = match ends[..] {
        ["*" | "?", ..] => (low, high),
        [only] => (named(only)?, named(only)?),
        [first, last] => (named(first)?, named(last)?),
        _ => return Err(format!("too many hyphens: {part}")),
    };
    let step = match pieces[..] {
        [_] => 1,
        [_, step] => number(step)?,
        _ => return Err(format!("too many slashes: {part}")),
    };
    // `5/15` means from 5 on.
    if ends.len() == 1 && pieces.len() == 2 {
        last = high;
    }
    let why = match (u8::try_from(first), u8::try_from(last)) {
        _ if first < low => format!("beginning of range ({first}) below minimum ({low})"),
        _ if last > high => format!("end of range ({last}) above maximum ({high})"),
        _ if first > last => format!("beginning of range ({first}) beyond end of range ({last})"),
        (Ok(first), Ok(last)) if step > 0 => return Ok((first, last, usize::try_from(step).unwrap_or(usize::MAX))),
        _ => "step of range should be a positive number".to_owned(),
    };
    Err(format!("{why}: {part}"))
}

/// Models mustParseInt.
fn number(text: &str) -> Result<i64, String> {
    let value: i64 = text.parse().map_err(|_| format!("failed to parse int from {text}: {}", number_error("Atoi", text)))?;
    if value < 0 { Err(format!("negative number ({value}) not allowed: {text}")) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_time_is_the_next_one_that_fits() {
        let cases = [
            ("*/5 * * * *", "2026-11-21T04:03:10Z", "2026-11-21T04:05:00Z"),
            ("0 12 * * *", "2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z"),
            ("30 6 1 jan *", "2026-11-21T12:00:00Z", "2027-01-01T06:30:00Z"),
            ("0 0 * * mon", "2026-11-21T12:00:00Z", "2026-11-23T00:00:00Z"),
            ("0 0 13 * fri", "2026-11-21T12:00:00Z", "2026-11-27T00:00:00Z"),
            ("@hourly", "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z"),
            ("@every 1h30m", "2026-11-21T12:00:00Z", "2026-11-21T13:30:00Z"),
            ("0 0 */2 * mon", "2026-11-21T12:00:00Z", "2026-11-23T00:00:00Z"),
            ("0 0 */20 * mon", "2026-11-24T12:00:00Z", "2026-11-30T00:00:00Z"),
            ("*/300 * * * *", "2026-11-21T12:00:00Z", "2026-11-21T13:00:00Z"),
        ];
        for (text, after, expected) in cases {
            assert_eq!(next(text, "UTC", after).unwrap(), expected, "{text}");
        }
        assert_eq!(next("0 0 30 2 *", "UTC", "2026-11-21T12:00:00Z"), None);
        for (text, why) in [
            ("", "expected exactly 5 fields, found 0: []"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * * 0 *", "beginning of range (0) below minimum (1): 0"),
            ("9-7 * * * *", "beginning of range (9) beyond end of range (7): 9-7"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("1/2/3 * * * *", "too many slashes: 1/2/3"),
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
            ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("@often", "unrecognized descriptor: @often"),
            ("@every 1", "failed to parse duration @every 1: time: missing unit in duration \"1\""),
            ("TZ=Mars/Base * * * * *", "provided bad location Mars/Base: unknown time zone Mars/Base"),
        ] {
            assert_eq!(Schedule::parse(text, TimeZone::UTC).unwrap_err(), why);
        }
    }

    #[test]
    fn a_schedule_goes_by_the_clocks_of_its_zone() {
        let cases = [
            ("0 9 * * *", "Asia/Seoul", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
            ("0 9 * * *", "America/New_York", "2026-11-21T00:00:00Z", "2026-11-21T14:00:00Z"),
            ("0 9 * * *", "America/New_York", "2026-07-21T00:00:00Z", "2026-07-21T13:00:00Z"),
            ("TZ=Asia/Seoul 0 9 * * *", "UTC", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
            ("15 * * * *", "Asia/Kolkata", "2026-11-21T00:00:00Z", "2026-11-21T00:45:00Z"),
            ("0 0 1 * *", "Pacific/Auckland", "2026-11-21T00:00:00Z", "2026-11-30T11:00:00Z"),
            // In spring half past two is skipped, in autumn half past one comes twice.
            ("30 2 8 3 *", "America/New_York", "2026-03-08T00:00:00Z", "2027-03-08T07:30:00Z"),
            ("30 1 * * *", "America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"),
        ];
        for (text, zone, after, expected) in cases {
            assert_eq!(next(text, zone, after).unwrap(), expected, "{text} {zone}");
        }
        let seoul = Schedule::parse("* * * * *", time_zone::load("Asia/Seoul").unwrap()).unwrap();
        assert_eq!(seoul.stamp("2026-11-21T00:00:00Z".parse().unwrap()), "2026-11-21T09:00:00+09:00");
    }

    fn next(text: &str, zone: &str, after: &str) -> Option<String> {
        let schedule = Schedule::parse(text, time_zone::load(zone).unwrap()).unwrap();
        schedule.next(after.parse().unwrap()).map(|next| next.to_string())
    }
}
