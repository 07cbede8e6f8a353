use super::tool::{Tool, modern, size};
use crate::process::Errno;

/// What to show: so many lines or bytes, or all but so many.
#[derive(Clone, Copy)]
pub(super) struct Amount {
    pub bytes: bool,
    pub except: bool,
    pub count: u64,
}

/// The title above each of several files.
pub(super) fn title(name: &str, first: bool) -> String {
    let shown = if name == "-" { "standard input" } else { name };
    format!("{}==> {shown} <==\n", if first { "" } else { "\n" })
}

pub(super) async fn run(mut t: Tool) -> i32 {
    if let Some(word) = t.args.get_mut(1) {
        modern(word, 'n');
    }
    let long = [("lines", 'n'), ("bytes", 'c'), ("quiet", 'q'), ("silent", 'q'), ("verbose", 'v')];
    let options = match t.options("n:c:qv", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut amount = Amount { bytes: false, except: false, count: 10 };
    for (letter, value) in options.given.iter().filter(|(l, _)| matches!(l, 'n' | 'c')) {
        let (except, digits) = value.strip_prefix('-').map_or((false, value.as_str()), |v| (true, v));
        let Some(count) = size(digits) else {
            let what = if *letter == 'n' { "lines" } else { "bytes" };
            let message =
                if t.busybox() { format!("invalid number '{value}'") } else { format!("invalid number of {what}: {}", t.quote(value)) };
            t.complain(&message).await;
            return 1;
        };
        amount = Amount { bytes: *letter == 'c', except, count };
    }
    let titles = (options.operands.len() > 1 && !options.has('q')) || options.has('v');
    let mut status = 0;
    let mut first = true;
    for name in t.inputs(&options.operands) {
        let file = match t.open(&name) {
            Ok(file) => file,
            Err(errno) => {
                status = 1;
                if t.busybox() {
                    t.complain(&format!("{name}: {errno}")).await;
                } else {
                    t.complain(&format!("cannot open '{name}' for reading: {errno}")).await;
                }
                continue;
            }
        };
        if titles && !t.out(title(&name, first)).await {
            return 1;
        }
        first = false;
        match show(&t, &file, amount).await {
            Ok(true) => {}
            Ok(false) => return 1,
            Err(errno) => {
                t.complain(&format!("error reading '{name}': {errno}")).await;
                status = 1;
            }
        }
    }
    status
}

async fn show(t: &Tool, file: &crate::process::File, amount: Amount) -> Result<bool, Errno> {
    if amount.except {
        let bytes = t.read_all(file).await?;
        let count = usize::try_from(amount.count).unwrap_or(usize::MAX);
        let end = if amount.bytes {
            bytes.len().saturating_sub(count)
        } else {
            let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
            lines.iter().take(lines.len().saturating_sub(count)).map(|l| l.len()).sum()
        };
        return Ok(t.out(bytes.get(..end).unwrap_or(&[])).await);
    }
    let mut left = amount.count;
    while left > 0 {
        // A line at a time from a pipe would be slow; a reader of the rest wants a file, whose offset moves back.
        let bytes = t.chunk(file).await?;
        if bytes.is_empty() {
            break;
        }
        let mut end = 0;
        for byte in &bytes {
            if left == 0 {
                break;
            }
            end += 1;
            if amount.bytes || *byte == b'\n' {
                left -= 1;
            }
        }
        if !t.out(bytes.get(..end).unwrap_or(&[])).await {
            return Ok(false);
        }
    }
    Ok(true)
}
