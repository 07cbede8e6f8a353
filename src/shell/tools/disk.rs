//! `du`, `df`, `truncate`, `split`.

use super::ls::{blocks, human};
use super::tool::{Tool, size};
use crate::process::Errno;
use crate::sim::LocalBoxFuture;

pub(super) async fn du(t: Tool) -> i32 {
    let long = [
        ("summarize", 's'),
        ("human-readable", 'h'),
        ("all", 'a'),
        ("bytes", 'b'),
        ("max-depth", 'd'),
        ("total", 'c'),
        ("apparent-size", 'A'),
        ("one-file-system", 'x'),
    ];
    let options = match t.options("shabckmd:x|A", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let shown = |kib: u64, bytes: u64| match (options.has('b'), options.has('h'), options.has('m')) {
        (true, ..) => bytes.to_string(),
        (_, true, _) => human(if options.has('A') { bytes } else { kib * 1024 }),
        (_, _, true) => kib.div_ceil(1024).to_string(),
        _ if options.has('A') => bytes.div_ceil(1024).to_string(),
        _ => kib.to_string(),
    };
    let depth = options.value('d').map_or(Ok(usize::MAX), str::parse);
    let Ok(depth) = depth.map(|depth| if options.has('s') { 0 } else { depth }) else {
        return t.misuse(&format!("invalid maximum depth {}", t.quote(options.value('d').unwrap_or(""))), 1).await;
    };
    let names = if options.operands.is_empty() { vec![".".to_owned()] } else { options.operands.clone() };
    let mut status = 0;
    let mut total = (0, 0);
    for name in names {
        let meta = match t.meta(&name, false) {
            Ok(meta) => meta,
            Err(errno) => {
                let message = if t.busybox() { format!("{name}: {errno}") } else { format!("cannot access {}: {errno}", t.name_of(&name)) };
                t.complain(&message).await;
                status = 1;
                continue;
            }
        };
        let mut du = Du { t: &t, depth, files: options.has('a'), device: options.has('x').then_some(meta.device), rows: Vec::new() };
        let sum = du.measure(&name, 0).await;
        total = (total.0 + sum.0, total.1 + sum.1);
        let text: String = du.rows.into_iter().map(|(path, kib, bytes)| format!("{}\t{path}\n", shown(kib, bytes))).collect();
        t.out(text).await;
    }
    if options.has('c') {
        t.out(format!("{}\ttotal\n", shown(total.0, total.1))).await;
    }
    status
}

struct Du<'a> {
    t: &'a Tool,
    /// Rows are made so deep.
    depth: usize,
    /// Files have rows, too.
    files: bool,
    /// `-x`: nothing else is measured.
    device: Option<u64>,
    /// Path, kibibytes on disk, and bytes.
    rows: Vec<(String, u64, u64)>,
}

impl Du<'_> {
    /// Kibibytes on disk and bytes of what is at `path`.
    fn measure<'a>(&'a mut self, path: &'a str, level: usize) -> LocalBoxFuture<'a, (u64, u64)> {
        Box::pin(async move {
            self.t.ctx.step().await;
            let Ok(meta) = self.t.meta(path, false) else { return (0, 0) };
            if self.device.is_some_and(|device| device != meta.device) {
                return (0, 0);
            }
            let (mut kib, mut bytes) = (blocks(&meta), meta.size);
            if meta.is_dir() {
                bytes = 4096;
                for name in self.t.vfs().read_dir(&self.t.path(path), self.t.who()).unwrap_or_default() {
                    let (k, b) = self.measure(&format!("{}/{name}", path.trim_end_matches('/')), level + 1).await;
                    kib += k;
                    bytes += b;
                }
            }
            if level <= self.depth && (meta.is_dir() || self.files || level == 0) {
                self.rows.push((path.to_owned(), kib, bytes));
            }
            (kib, bytes)
        })
    }
}

/// What a file system without a limit of its own is said to hold, in bytes.
const DISK_BYTES: u64 = 50 << 30;

pub(super) async fn df(t: Tool) -> i32 {
    let long = [("human-readable", 'h'), ("print-type", 'T'), ("portability", 'P'), ("all", 'a')];
    let options = match t.options("hkmTaP", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let used = t.vfs().root().map_or(0, |fs| fs.used());
    let cell = |bytes: u64| match (options.has('h'), options.has('m')) {
        (true, _) => human(bytes),
        (_, true) => bytes.div_ceil(1 << 20).to_string(),
        _ => (bytes / 1024).to_string(),
    };
    let percent = format!("{}%", (used * 100).div_ceil(DISK_BYTES));
    let row = ["overlay", "overlay", &cell(DISK_BYTES), &cell(used), &cell(DISK_BYTES - used.min(DISK_BYTES)), &percent, "/"];
    let (size, available, part) = match (options.has('h'), options.has('m'), options.has('P')) {
        (true, ..) => ("Size", if t.busybox() { "Available" } else { "Avail" }, "Use%"),
        (_, true, _) => ("1M-blocks", "Available", "Use%"),
        (.., true) => ("1024-blocks", "Available", "Capacity"),
        _ => ("1K-blocks", "Available", "Use%"),
    };
    let head = ["Filesystem", "Type", size, "Used", available, part, "Mounted on"];
    let mut rows = vec![head];
    let mut status = 0;
    if options.operands.is_empty() {
        rows.push(row);
    }
    for name in &options.operands {
        match t.meta(name, true) {
            Ok(_) => rows.push(row),
            Err(errno) => {
                let message = if t.busybox() { format!("{name}: can't find mount point") } else { format!("{name}: {errno}") };
                t.complain(&message).await;
                status = 1;
            }
        }
    }
    if rows.len() > 1 || t.busybox() {
        t.out(columns(&rows, options.has('T'), t.busybox())).await;
    }
    status
}

/// df's table; busybox's columns have widths of their own.
fn columns(rows: &[[&str; 7]], typed: bool, busybox: bool) -> String {
    let least = if busybox { [20, 10, 9, 9, 9, 4, 0] } else { [14, 4, 5, 5, 5, 4, 0] };
    let widths: Vec<usize> = least
        .iter()
        .enumerate()
        .map(|(i, least)| rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.len()).fold(*least, usize::max))
        .collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().filter(|(i, _)| typed || *i != 1);
        let shown = cells.map(|(i, (cell, width))| if i < 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
        out.push_str(shown.collect::<Vec<_>>().join(" ").trim_end());
        out.push('\n');
    }
    out
}

pub(super) async fn truncate(t: Tool) -> i32 {
    let options = match t.options("s:cr:", &[("size", 's'), ("no-create", 'c'), ("reference", 'r')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let model = match options.value('r').map(|name| (name, t.meta(name, true))) {
        Some((name, Err(errno))) => {
            t.complain(&format!("cannot stat {}: {errno}", t.name_of(name))).await;
            return 1;
        }
        Some((_, Ok(meta))) => meta.size,
        None => 0,
    };
    let text = match options.value('s') {
        Some(text) => text,
        None if options.has('r') => "+0",
        None => return t.misuse(&format!("you must specify either {} or {}", t.quote("--size"), t.quote("--reference")), 1).await,
    };
    let sign = text.chars().next().filter(|c| "+-<>/%".contains(*c));
    let Some(amount) = size(text.trim_start_matches(['+', '-', '<', '>', '/', '%'])) else {
        t.complain(&format!("Invalid number: {}", t.quote(text))).await;
        return 1;
    };
    if amount == 0 && matches!(sign, Some('/' | '%')) {
        t.complain("division by zero").await;
        return 1;
    }
    if options.operands.is_empty() {
        return t.misuse("missing file operand", 1).await;
    }
    for name in &options.operands {
        if options.has('c') && matches!(t.meta(name, true), Err(Errno::ENOENT)) {
            continue;
        }
        let mut bytes = t.read(name).await.unwrap_or_default();
        let old = if options.has('r') { model } else { bytes.len() as u64 };
        let new = match sign {
            Some('+') => old.saturating_add(amount),
            Some('-') => old.saturating_sub(amount),
            Some('<') => old.min(amount),
            Some('>') => old.max(amount),
            Some('/') => old - old % amount,
            Some(_) => old.div_ceil(amount).saturating_mul(amount),
            None => amount,
        };
        if new > 64 << 20 {
            t.complain(&format!("failed to truncate {} at {new} bytes: File too large", t.name_of(name))).await;
            return 1;
        }
        bytes.resize(usize::try_from(new).unwrap_or(0), 0);
        match t.create(name, false) {
            Ok(file) => drop(t.write_to(&file, &bytes).await),
            Err(errno) => {
                t.complain(&format!("cannot open {} for writing: {errno}", t.name_of(name))).await;
                return 1;
            }
        }
    }
    0
}

const SPLIT_OPTIONS: &[(&str, char)] = &[
    ("lines", 'l'),
    ("bytes", 'b'),
    ("number", 'n'),
    ("suffix-length", 'a'),
    ("numeric-suffixes", 'd'),
    ("additional-suffix", 'S'),
    ("verbose", 'v'),
];

/// More than a disk has room for.
const MOST_PIECES: usize = 100_000;

/// How many `what` an option asks for.
async fn positive(t: &Tool, text: Option<&str>, what: &str, read: impl Fn(&str) -> Option<u64>) -> Result<Option<usize>, i32> {
    let Some(text) = text else { return Ok(None) };
    let why = match read(text).and_then(|n| usize::try_from(n).ok()) {
        Some(0) => ": Numerical result out of range",
        Some(n) => return Ok(Some(n)),
        None => "",
    };
    t.complain(&if t.busybox() { format!("invalid number '{text}'") } else { format!("invalid number of {what}: {}{why}", t.quote(text)) })
        .await;
    Err(1)
}

pub(super) async fn split(t: Tool) -> i32 {
    let options = match t.options("l:b:n:a:d|S:v", SPLIT_OPTIONS, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let name = options.operands.first().map_or("-", String::as_str);
    let bytes = match t.read(name).await {
        Ok(bytes) => bytes,
        Err(errno) => {
            t.complain(&format!("cannot open {} for reading: {errno}", t.name_of(name))).await;
            return 1;
        }
    };
    let prefix = options.operands.get(1).map_or("x", String::as_str);
    let whole = options.value('n').is_some_and(|text| text.starts_with("l/"));
    let number = |text: &str| text.parse().ok();
    let chunks = positive(&t, options.value('n'), "chunks", |text| number(text.strip_prefix("l/").unwrap_or(text))).await;
    let per_file = positive(&t, options.value('l'), "lines", number).await;
    let (Ok(chunks), Ok(per_file), Ok(size)) = (chunks, per_file, positive(&t, options.value('b'), "bytes", size).await) else { return 1 };
    if let Some(count @ MOST_PIECES..) = chunks {
        t.complain(&format!("{count} files are not simulated in Podground")).await;
        return 1;
    }
    let pieces: Vec<Vec<u8>> = match (size, chunks) {
        (Some(size), _) => bytes.chunks(size).map(<[u8]>::to_vec).collect(),
        (None, Some(count)) => chunked(&bytes, count, whole),
        (None, None) => {
            let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
            lines.chunks(per_file.unwrap_or(1000)).map(|chunk| chunk.concat()).collect()
        }
    };
    let base: usize = if options.has('d') { 10 } else { 26 };
    // Of as many pieces as were asked for, all get a name.
    let needed = (2..8).find(|length| chunks.is_none() || base.saturating_pow(*length) >= pieces.len()).unwrap_or(8);
    let length = match t.number(options.value('a'), needed, "invalid suffix length").await {
        Ok(length) => u32::min(length, 8),
        Err(status) => return status,
    };
    for (i, piece) in pieces.iter().enumerate() {
        if i >= base.saturating_pow(length) {
            t.complain("output file suffixes exhausted").await;
            return 1;
        }
        let suffix: String = (0..length)
            .rev()
            .map(|p| {
                let digit = (i / base.saturating_pow(p)) % base;
                char::from(if options.has('d') { b'0' } else { b'a' } + digit as u8)
            })
            .collect();
        let name = format!("{prefix}{suffix}{}", options.value('S').unwrap_or(""));
        if options.has('v') {
            t.out(format!("creating file '{name}'\n")).await;
        }
        match t.create(&name, false) {
            Ok(file) => drop(t.write_to(&file, piece).await),
            Err(errno) => {
                t.complain(&format!("{name}: {errno}")).await;
                return 1;
            }
        }
    }
    0
}

/// As many pieces as `count`; `whole`: no line is cut.
fn chunked(bytes: &[u8], count: usize, whole: bool) -> Vec<Vec<u8>> {
    let ends = (1..=count).map(|i| {
        let end = if i == count { bytes.len() } else { bytes.len() / count * i };
        match bytes.get(end.saturating_sub(1)..) {
            Some(rest) if whole && end > 0 => end - 1 + rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |at| at + 1),
            _ => end,
        }
    });
    let mut start = 0;
    ends.map(|end| bytes.get(std::mem::replace(&mut start, end)..end).unwrap_or_default().to_vec()).collect()
}
