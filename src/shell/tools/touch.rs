use super::options::Options;
use super::tool::Tool;
use super::{clock, date};
use crate::process::{Errno, OpenOptions};

pub(super) async fn run(t: Tool) -> i32 {
    let long = [("no-create", 'c'), ("date", 'd'), ("reference", 'r')];
    let options = match t.options("camd:r:t:", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return t.misuse("missing file operand", 1).await;
    }
    let set = match wanted(&t, &options).await {
        Ok(set) => set,
        Err(status) => return status,
    };
    let mut status = 0;
    for name in &options.operands {
        let now = set.unwrap_or_else(|| t.ctx.now());
        let result = match t.meta(name, true) {
            // The owner may, whatever the mode says.
            Ok(meta) if meta.uid == t.who().uid => t.vfs().change(&t.path(name), t.who(), |inode| inode.modified = now),
            Ok(_) => t
                .vfs()
                .access(&t.path(name), 2, t.who())
                .and_then(|()| t.vfs().change(&t.path(name), t.who(), |inode| inode.modified = now)),
            Err(Errno::ENOENT) if options.has('c') => Ok(()),
            Err(Errno::ENOENT) => {
                let options = OpenOptions { truncate: false, ..OpenOptions::WRITE };
                t.ctx.open_file(name, options).and_then(|_| match set {
                    Some(at) => t.vfs().change(&t.path(name), t.who(), |inode| inode.modified = at),
                    None => Ok(()),
                })
            }
            Err(errno) => Err(errno),
        };
        if let Err(errno) = result {
            let message = if t.busybox() { format!("{name}: {errno}") } else { format!("cannot touch {}: {errno}", t.name_of(name)) };
            t.complain(&message).await;
            status = 1;
        }
    }
    status
}

/// The time that `-d`, `-t` or `-r` asks for; the mistake is said.
async fn wanted(t: &Tool, options: &Options) -> Result<Option<crate::sim::Time>, i32> {
    if let Some(file) = options.value('r') {
        return match t.meta(file, true) {
            Ok(meta) => Ok(Some(meta.modified)),
            Err(errno) => {
                let message = if t.busybox() {
                    format!("{file}: {errno}")
                } else {
                    format!("failed to get attributes of {}: {errno}", t.name_of(file))
                };
                t.complain(&message).await;
                Err(1)
            }
        };
    }
    let Some((letter, text)) = options.given.iter().rev().find(|(letter, _)| matches!(letter, 'd' | 't')) else { return Ok(None) };
    let now = t.ctx.sim().timestamp();
    let at = if *letter == 'd' { date::parse(text, now) } else { date::parse(&stamp(text, now), now) };
    match at {
        Some(at) => Ok(Some(clock::time_of(t, at))),
        None => {
            let message = match t.busybox() {
                true => format!("invalid date '{text}'"),
                false => format!("invalid date format {}", t.quote(text)),
            };
            t.complain(&message).await;
            Err(1)
        }
    }
}

/// `[[CC]YY]MMDDhhmm[.ss]` as an ISO date.
fn stamp(text: &str, now: jiff::Timestamp) -> String {
    let (digits, seconds) = text.split_once('.').unwrap_or((text, "00"));
    let full = match digits.len() {
        8 => format!("{}{digits}", clock::format("%Y", now)),
        10 => format!("20{digits}"),
        _ => digits.to_owned(),
    };
    let part = |from: usize, to: usize| full.get(from..to).unwrap_or("?");
    format!("{}-{}-{}T{}:{}:{seconds}", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12))
}
