//! Cron's way of saying when. Models `github.com/robfig/cron/v3`, the standard parser.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan, tz::TimeZone};

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// A schedule that has no time within so many years (the 30th of February) never has one.
const LIMIT_YEARS: i16 = 5;

/// A schedule: the minutes at which something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    minutes: BTreeSet<u8>,
    hours: BTreeSet<u8>,
    days: BTreeSet<u8>,
    months: BTreeSet<u8>,
    weekdays: BTreeSet<u8>,
    any_day: bool,
    any_weekday: bool,
}

impl Schedule {
    /// Reads `*/5 * * * *`, `@hourly`, …
    pub fn parse(text: &str) -> Option<Schedule> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else { return None };
        let starred = |field: &str| field.starts_with('*') || field.starts_with('?');
        Some(Schedule {
            minutes: field(minute, 0, 59, &[])?,
            hours: field(hour, 0, 23, &[])?,
            days: field(day, 1, 31, &[])?,
            months: field(month, 1, 12, &MONTHS)?,
            weekdays: field(weekday, 0, 6, &DAYS)?,
            any_day: starred(day),
            any_weekday: starred(weekday),
        })
    }

    /// The first time after `after` (in UTC).
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let start = after.to_zoned(TimeZone::UTC).datetime();
        let mut at = start.with().second(0).subsec_nanosecond(0).build().ok()?.checked_add(1.minute()).ok()?;
        let end = start.year().saturating_add(LIMIT_YEARS);
        while at.year() <= end {
            if !self.months.contains(&u8::try_from(at.month()).ok()?) || !self.is_day(at) {
                at = at.date().tomorrow().ok()?.at(0, 0, 0, 0);
            } else if !self.hours.contains(&u8::try_from(at.hour()).ok()?) {
                at = at.with().minute(0).build().ok()?.checked_add(1.hour()).ok()?;
            } else if !self.minutes.contains(&u8::try_from(at.minute()).ok()?) {
                at = at.checked_add(1.minute()).ok()?;
            } else {
                return TimeZone::UTC.to_timestamp(at).ok();
            }
        }
        None
    }

    /// Where both days are restricted, either will do.
    fn is_day(&self, at: DateTime) -> bool {
        let day = u8::try_from(at.day()).is_ok_and(|day| self.days.contains(&day));
        let weekday = u8::try_from(at.weekday().to_sunday_zero_offset()).is_ok_and(|weekday| self.weekdays.contains(&weekday));
        if self.any_day || self.any_weekday { day && weekday } else { day || weekday }
    }
}

fn field(text: &str, lowest: u8, highest: u8, names: &[&str]) -> Option<BTreeSet<u8>> {
    let mut values = BTreeSet::new();
    for part in text.split(',') {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let step = step.map_or(Some(1), |step| step.parse::<u8>().ok().filter(|step| *step > 0))?;
        let number = |word: &str| -> Option<u8> {
            let named = names.iter().position(|name| word.eq_ignore_ascii_case(name)).and_then(|at| u8::try_from(at).ok());
            named.map(|at| at + lowest).or_else(|| word.parse().ok())
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (lowest, highest),
            Some((first, last)) => (number(first)?, number(last)?),
            // `5/15` means from 5 on.
            None => (number(range)?, if part.contains('/') { highest } else { number(range)? }),
        };
        if first < lowest || last > highest || first > last {
            return None;
        }
        values.extend((first..=last).step_by(usize::from(step)));
    }
    Some(values)
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
        ];
        for (text, after, expected) in cases {
            let next = Schedule::parse(text).unwrap().next(after.parse().unwrap()).unwrap();
            assert_eq!(next.to_string(), expected, "{text}");
        }
        assert_eq!(Schedule::parse("0 0 30 2 *").unwrap().next("2026-11-21T12:00:00Z".parse().unwrap()), None);
        assert!(["", "* * * *", "60 * * * *", "* * * * 8", "*/0 * * * *"].iter().all(|text| Schedule::parse(text).is_none()));
    }
}
