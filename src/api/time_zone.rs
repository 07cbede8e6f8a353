//! The time zones of the world, each by the rule that it follows now. Models Go's `time.LoadLocation`.

use jiff::tz::TimeZone;

/// Rules in the words of POSIX, a line each, and the zones that follow them. From the IANA Time Zone Database (2025b; it is in
/// the public domain) without its history, which weighs ten times as much and no simulated clock goes back to.
const ZONES: &str = include_str!("time_zones.txt");

/// The zone called `name`; the error is Go's.
pub fn load(name: &str) -> Result<TimeZone, String> {
    if name == "Local" {
        return Ok(TimeZone::UTC);
    }
    if name.starts_with(['/', '\\']) || name.split('/').any(|part| part == "..") {
        return Err("time: invalid location name".into());
    }
    let follows = |line: &&str| line.split(' ').skip(1).any(|zone| zone == name);
    let rule = ZONES.lines().find(follows).and_then(|line| line.split(' ').next());
    rule.and_then(|rule| TimeZone::posix(rule).ok()).ok_or_else(|| format!("unknown time zone {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_has_a_rule_that_can_be_read() {
        let names: Vec<&str> = ZONES.lines().flat_map(|line| line.split(' ').skip(1)).collect();
        assert!(names.len() > 590, "{}", names.len());
        names.iter().for_each(|name| drop(load(name).unwrap()));
    }

    #[test]
    fn zones_have_their_offsets() {
        for (name, month, hours) in [
            ("Asia/Seoul", 11, 9.0),
            ("America/New_York", 11, -5.0),
            ("America/New_York", 7, -4.0),
            ("Asia/Kolkata", 1, 5.5),
            ("UTC", 1, 0.0),
        ] {
            let at = jiff::civil::date(2026, month, 21).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
            assert_eq!(f64::from(load(name).unwrap().to_offset(at).seconds()) / 3600.0, hours, "{name}");
        }
        assert_eq!(load("Mars/Base").unwrap_err(), "unknown time zone Mars/Base");
        assert_eq!(load("../etc/passwd").unwrap_err(), "time: invalid location name");
    }
}
