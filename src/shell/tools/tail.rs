use std::time::Duration;

use super::head::title;
use super::tool::{Tool, size};
use crate::process::File;

/// How often `tail -f` looks; coreutils' default without inotify.
const FOLLOW_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(mut t: Tool) -> i32 {
    let digits = |a: &String| a.strip_prefix(['-', '+']).is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()));
    if let Some(at) = t.args.get(1).filter(|a| digits(a)).map(|_| 1) {
        let old = t.args.get(at).cloned().unwrap_or_default();
        let files = t.args.iter().skip(1).filter(|a| !a.starts_with('-') && **a != old).count();
        if files > 1 && !t.busybox() {
            t.complain(&format!("option used in invalid context -- {}", old.get(1..2).unwrap_or(""))).await;
            return 1;
        }
        if let Some(slot) = t.args.get_mut(at) {
            *slot = format!("-n{}", old.strip_prefix('-').unwrap_or(&old));
        }
    }
    let long = [("lines", 'n'), ("bytes", 'c'), ("follow", 'f'), ("quiet", 'q'), ("verbose", 'v'), ("retry", 'R'), ("pid", 'P')];
    let options = match t.options("!PR!n:c:fFqvs:", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut amount = (false, false, 10u64);
    for (letter, value) in options.given.iter().filter(|(l, _)| matches!(l, 'n' | 'c')) {
        let (from_start, digits) = value.strip_prefix('+').map_or((false, value.trim_start_matches('-')), |v| (true, v));
        let Some(count) = size(digits) else {
            if t.busybox() {
                t.complain(&format!("invalid number '{value}'")).await;
                return 1;
            }
            let what = if *letter == 'n' { "lines" } else { "bytes" };
            t.complain(&format!("invalid number of {what}: {}", t.quote(value))).await;
            return 1;
        };
        amount = (*letter == 'c', from_start, count);
    }
    let follow = options.has('f') || options.has('F');
    let titles = (options.operands.len() > 1 && !options.has('q')) || options.has('v');
    let mut status = 0;
    let mut open: Vec<(String, File)> = Vec::new();
    for name in t.inputs(&options.operands) {
        let file = match t.open(&name) {
            Ok(file) => file,
            Err(errno) => {
                status = 1;
                if t.busybox() {
                    t.complain(&format!("can't open '{name}': {errno}")).await;
                } else {
                    t.complain(&format!("cannot open '{name}' for reading: {errno}")).await;
                }
                continue;
            }
        };
        if titles && !t.out(title(&name, open.is_empty())).await {
            return 1;
        }
        match t.read_all(&file).await {
            Ok(bytes) => {
                if !t.out(end_of(&bytes, amount)).await {
                    return 1;
                }
            }
            Err(errno) => {
                t.complain(&format!("error reading '{name}': {errno}")).await;
                status = 1;
            }
        }
        open.push((name, file));
    }
    if open.is_empty() && t.busybox() {
        t.complain("no files").await;
        return 1;
    }
    if !follow {
        return status;
    }
    if open.is_empty() {
        t.complain("no files remaining").await;
        return 1;
    }
    self::follow(&t, open, titles).await
}

/// The part of `bytes` that (in bytes?, from the start?, count) asks for.
fn end_of(bytes: &[u8], (in_bytes, from_start, count): (bool, bool, u64)) -> &[u8] {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if in_bytes {
        let start = if from_start { count.saturating_sub(1) } else { bytes.len().saturating_sub(count) };
        return bytes.get(start.min(bytes.len())..).unwrap_or(&[]);
    }
    let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
    let skip = if from_start { count.saturating_sub(1) } else { lines.len().saturating_sub(count) };
    let start: usize = lines.iter().take(skip).map(|l| l.len()).sum();
    bytes.get(start..).unwrap_or(&[])
}

async fn follow(t: &Tool, open: Vec<(String, File)>, titles: bool) -> i32 {
    let mut last = open.len() - 1;
    loop {
        t.ctx.sleep(FOLLOW_INTERVAL).await;
        for (i, (name, file)) in open.iter().enumerate() {
            let bytes = t.chunk(file).await.unwrap_or_default();
            if bytes.is_empty() {
                continue;
            }
            if titles && last != i {
                t.out(title(name, false)).await;
                last = i;
            }
            if !t.out(bytes).await {
                return 1;
            }
        }
    }
}
