//! What `time` prints.

use std::time::Duration;

use super::super::state::Shell;

/// More digits behind the point bash does not print.
const DIGITS_LIMIT: usize = 3;

impl Shell {
    /// Says how long a pipeline took, as `TIMEFORMAT` wants it. No processor time is counted.
    pub(super) async fn print_times(&self, took: Duration, posix: bool) {
        if self.dialect.is_ash() {
            let minutes = took.as_secs() / 60;
            let seconds = took.as_secs_f64() - (minutes * 60) as f64;
            self.ctx.eprint(&format!("real\t{minutes}m {seconds:.2}s\nuser\t0m 0.00s\nsys\t0m 0.00s\n")).await;
            return;
        }
        let format = match self.var("TIMEFORMAT") {
            _ if posix => "real %2R\nuser %2U\nsys %2S".to_owned(),
            Some(format) => format,
            None => "\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS".to_owned(),
        };
        if format.is_empty() {
            return;
        }
        match formatted(&format, took) {
            Ok(text) => self.ctx.eprint(&format!("{text}\n")).await,
            Err(bad) => self.complain(None, &format!("TIMEFORMAT: `{bad}': invalid format character")).await,
        }
    }
}

/// Models print_formatted_time of execute_cmd.c. `Err`: the character that means nothing.
fn formatted(format: &str, took: Duration) -> Result<String, char> {
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let digits = chars.next_if(char::is_ascii_digit).and_then(|c| c.to_digit(10));
        let digits = digits.map_or(DIGITS_LIMIT, |n| (n as usize).min(DIGITS_LIMIT));
        let long = chars.next_if_eq(&'l').is_some();
        match chars.next() {
            None | Some('%') => out.push('%'),
            Some('R') => out.push_str(&time(took, digits, long)),
            Some('U' | 'S') => out.push_str(&time(Duration::ZERO, digits, long)),
            Some('P') => out.push_str("0.00"),
            Some(bad) => return Err(bad),
        }
    }
    Ok(out)
}

/// `0m1.234s`, or `1.234`.
fn time(time: Duration, digits: usize, long: bool) -> String {
    let seconds = if long { time.as_secs() % 60 } else { time.as_secs() };
    let part: String = format!("{:03}", time.subsec_millis()).chars().take(digits).collect();
    let point = if digits > 0 { "." } else { "" };
    if long { format!("{}m{seconds}{point}{part}s", time.as_secs() / 60) } else { format!("{seconds}{point}{part}") }
}
