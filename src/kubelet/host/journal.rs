//! `journalctl`: what the services of a node wrote.

use std::time::Duration;

use super::Seat;
use super::args::{Opt, parse};
use super::table::since;
use crate::cri::Entry;

const OPTIONS: &[Opt] = &[
    Opt("unit", "u", true),
    Opt("follow", "f", false),
    Opt("lines", "n", true),
    Opt("no-pager", "", false),
    Opt("pager-end", "e", false),
    Opt("catalog", "x", false),
    Opt("reverse", "r", false),
    Opt("output", "o", true),
    Opt("since", "S", true),
    Opt("boot", "b", false),
    Opt("quiet", "q", false),
    Opt("grep", "g", true),
];

/// One line of the journal.
pub(super) fn line(entry: &Entry, node: &str, output: &str) -> String {
    match output {
        "cat" => format!("{}\n", entry.text),
        "short-iso" => format!("{} {node} {}[{}]: {}\n", entry.at.strftime("%Y-%m-%dT%H:%M:%S+0000"), entry.by, entry.pid, entry.text),
        _ => format!("{} {node} {}[{}]: {}\n", entry.at.strftime("%b %d %H:%M:%S"), entry.by, entry.pid, entry.text),
    }
}

/// `5 min ago`, `1h ago`, `-10m`: how long ago.
fn ago(text: &str) -> Option<Duration> {
    let text = text.trim().trim_start_matches('-').trim_end_matches("ago").trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let seconds = match unit.trim() {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86400,
        _ => return None,
    };
    number.parse::<u64>().ok().map(|number| Duration::from_secs(number.saturating_mul(seconds)))
}

pub(super) async fn run(seat: Seat) -> i32 {
    let given = match parse(seat.args.get(1..).unwrap_or_default(), OPTIONS, true) {
        Ok(given) => given,
        Err(why) => {
            let option = why.rsplit(' ').next().unwrap_or_default().trim_start_matches('-').to_owned();
            return seat.fail(&format!("journalctl: unrecognized option '--{option}'")).await;
        }
    };
    let unit = given.value("unit").map(|unit| unit.strip_suffix(".service").unwrap_or(unit).to_owned());
    let (follow, node) = (given.on("follow"), seat.ctx.hostname());
    let output = given.value("output").unwrap_or("short").to_owned();
    let since_ago = match given.value("since") {
        None | Some("today" | "yesterday") => None,
        Some(text) => match ago(text) {
            Some(ago) => Some(ago),
            None => return seat.fail(&format!("Failed to parse timestamp: {text}")).await,
        },
    };
    let lines = match given.value("lines") {
        Some("all") => None,
        Some(number) => match number.parse::<usize>() {
            Ok(number) => Some(number),
            Err(_) => return seat.fail(&format!("Failed to parse lines '{number}'")).await,
        },
        None => (follow || given.on("pager-end")).then_some(if follow { 10 } else { 1000 }),
    };
    let journal = seat.machine().journal.clone();
    let wanted = |entry: &Entry| {
        let young = since_ago.is_none_or(|ago| since(seat.ctx.sim().timestamp(), entry.at) <= ago);
        young && given.value("grep").is_none_or(|text| entry.text.contains(text))
    };
    let mut entries = journal.read(unit.as_deref());
    let mut seen = journal.written();
    entries.retain(wanted);
    let mut entries = entries.split_off(entries.len().saturating_sub(lines.unwrap_or(usize::MAX)));
    if given.on("reverse") {
        entries.reverse();
    }
    if entries.is_empty() && !follow {
        seat.print("-- No entries --\n").await;
        return 0;
    }
    seat.print(&entries.iter().map(|entry| line(entry, &node, &output)).collect::<String>()).await;
    if !follow {
        return 0;
    }
    loop {
        let changed = journal.changed();
        let of_unit = |entry: &&Entry| unit.as_deref().is_none_or(|unit| unit == entry.unit) && wanted(entry);
        let fresh: String = journal.after(seen).iter().filter(of_unit).map(|entry| line(entry, &node, &output)).collect();
        seen = journal.written();
        if fresh.is_empty() {
            changed.await;
        } else {
            seat.print(&fresh).await;
        }
    }
}
