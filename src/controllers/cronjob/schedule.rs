//! Cron's way of saying when. Models `github.com/robfig/cron/v3`, the standard parser.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::{Timestamp, tz::TimeZone};

use crate::api::duration::parse_duration;

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
    /// Reads `*/5 * * * *`, `@hourly`, …
    pub fn parse(text: &str, zone: TimeZone) -> Option<Schedule> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        if let Some(often) = text.strip_prefix("@every ") {
            let seconds = parse_duration(often).ok()? / 1000;
            return Some(Schedule { when: When::Every(seconds.max(1)), zone });
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else { return None };
        // A star with a step is no star.
        let starred = |field: &str| field.split(',').any(|part| matches!(part, "*" | "?" | "*/1" | "?/1"));
        let fields = Fields {
            minutes: field(minute, 0, 59, &[])?,
            hours: field(hour, 0, 23, &[])?,
            days: field(day, 1, 31, &[])?,
            months: field(month, 1, 12, &MONTHS)?,
            weekdays: field(weekday, 0, 6, &DAYS)?,
            any_day: starred(day),
            any_weekday: starred(weekday),
        };
        Some(Schedule { when: When::At(Box::new(fields)), zone })
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

fn field(text: &str, lowest: u8, highest: u8, names: &[&str]) -> Option<BTreeSet<u8>> {
    let mut values = BTreeSet::new();
    for part in text.split(',') {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let step = step.map_or(Some(1), |step| step.parse::<usize>().ok().filter(|step| *step > 0))?;
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
        values.extend((first..=last).step_by(step));
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::time_zone;

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
        assert!(
            ["", "* * * *", "60 * * * *", "* * * * 8", "*/0 * * * *"].iter().all(|text| Schedule::parse(text, TimeZone::UTC).is_none())
        );
    }

    #[test]
    fn a_schedule_goes_by_the_clocks_of_its_zone() {
        let cases = [
            ("0 9 * * *", "Asia/Seoul", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
            ("0 9 * * *", "America/New_York", "2026-11-21T00:00:00Z", "2026-11-21T14:00:00Z"),
            ("0 9 * * *", "America/New_York", "2026-07-21T00:00:00Z", "2026-07-21T13:00:00Z"),
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
