//! `du`, `df`, `truncate`, `split`.

use super::ls::human;
use super::tool::{Tool, size};
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
    ];
    let options = match t.options("shabckmd:xA", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let shown = |kib: u64, bytes: u64| match (options.has('b'), options.has('h'), options.has('m')) {
        (true, ..) => bytes.to_string(),
        (_, true, _) => human(kib * 1024),
        (_, _, true) => kib.div_ceil(1024).to_string(),
        _ => kib.to_string(),
    };
    let depth = if options.has('s') { 0 } else { options.value('d').and_then(|d| d.parse().ok()).unwrap_or(usize::MAX) };
    let names = if options.operands.is_empty() { vec![".".to_owned()] } else { options.operands.clone() };
    let mut status = 0;
    let mut total = (0, 0);
    for name in names {
        if let Err(errno) = t.meta(&name, false) {
            let message = if t.busybox() { format!("{name}: {errno}") } else { format!("cannot access {}: {errno}", t.name_of(&name)) };
            t.complain(&message).await;
            status = 1;
            continue;
        }
        let mut rows = Vec::new();
        let sum = measure(&t, &name, 0, depth, options.has('a'), &mut rows).await;
        total = (total.0 + sum.0, total.1 + sum.1);
        let text: String = rows.into_iter().map(|(path, kib, bytes)| format!("{}\t{path}\n", shown(kib, bytes))).collect();
        t.out(text).await;
    }
    if options.has('c') {
        t.out(format!("{}\ttotal\n", shown(total.0, total.1))).await;
    }
    status
}

type Row = (String, u64, u64);

/// Kibibytes on disk and bytes of what is at `path`; rows down to `depth`.
fn measure<'a>(
    t: &'a Tool,
    path: &'a str,
    level: usize,
    depth: usize,
    files: bool,
    rows: &'a mut Vec<Row>,
) -> LocalBoxFuture<'a, (u64, u64)> {
    Box::pin(async move {
        t.ctx.step().await;
        let Ok(meta) = t.meta(path, false) else { return (0, 0) };
        if !meta.is_dir() {
            let kib = meta.size.div_ceil(4096) * 4;
            if (files || level == 0) && level <= depth {
                rows.push((path.to_owned(), kib, meta.size));
            }
            return (kib, meta.size);
        }
        let (mut kib, mut bytes) = (4, 4096);
        for name in t.vfs().read_dir(&t.path(path), t.who()).unwrap_or_default() {
            let inner = format!("{}/{name}", path.trim_end_matches('/'));
            let (k, b) = measure(t, &inner, level + 1, depth, files, rows).await;
            kib += k;
            bytes += b;
        }
        if level <= depth {
            rows.push((path.to_owned(), kib, bytes));
        }
        (kib, bytes)
    })
}

/// What a file system without a limit of its own is said to hold, in bytes.
const DISK_BYTES: u64 = 50 << 30;

pub(super) async fn df(t: Tool) -> i32 {
    let options = match t.options("hkmTaP", &[("human-readable", 'h'), ("print-type", 'T')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let head = match (options.has('h'), t.busybox()) {
        (true, _) => "Filesystem                Size      Used Available Use% Mounted on",
        (_, true) => "Filesystem           1K-blocks      Used Available Use% Mounted on",
        _ => "Filesystem     1K-blocks    Used Available Use% Mounted on",
    };
    t.out(format!("{head}\n")).await;
    let used = t.vfs().root().map_or(0, |fs| fs.used());
    let row = |mount: &str| {
        let cell = |bytes: u64| if options.has('h') { human(bytes) } else { (bytes / 1024).to_string() };
        let percent = (used * 100).div_ceil(DISK_BYTES);
        format!(
            "{:<20} {:>9} {:>9} {:>9} {percent:>3}% {mount}\n",
            "overlay",
            cell(DISK_BYTES),
            cell(used),
            cell(DISK_BYTES - used.min(DISK_BYTES))
        )
    };
    let mut status = 0;
    if options.operands.is_empty() {
        t.out(row("/")).await;
    }
    for name in &options.operands {
        match t.meta(name, true) {
            Ok(_) => drop(t.out(row("/")).await),
            Err(errno) => {
                let message = if t.busybox() { format!("{name}: can't find mount point") } else { format!("{name}: {errno}") };
                t.complain(&message).await;
                status = 1;
            }
        }
    }
    status
}

pub(super) async fn truncate(t: Tool) -> i32 {
    let options = match t.options("s:cr:", &[("size", 's'), ("no-create", 'c')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some(text) = options.value('s') else { return t.misuse("you must specify either ‘--size’ or ‘--reference’", 1).await };
    let sign = text.chars().next().filter(|c| matches!(c, '+' | '-'));
    let Some(amount) = size(text.trim_start_matches(['+', '-'])) else {
        t.complain(&format!("Invalid number: {}", t.quote(text))).await;
        return 1;
    };
    if options.operands.is_empty() {
        return t.misuse("missing file operand", 1).await;
    }
    for name in &options.operands {
        let mut bytes = t.read(name).await.unwrap_or_default();
        let old = bytes.len() as u64;
        let new = match sign {
            Some('+') => old + amount,
            Some(_) => old.saturating_sub(amount),
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

pub(super) async fn split(t: Tool) -> i32 {
    let options =
        match t.options("l:b:n:a:d", &[("lines", 'l'), ("bytes", 'b'), ("suffix-length", 'a'), ("numeric-suffixes", 'd')], 1).await {
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
    let pieces: Vec<Vec<u8>> = match options.value('b').and_then(size).and_then(|n| usize::try_from(n).ok()) {
        Some(n) => bytes.chunks(n.max(1)).map(<[u8]>::to_vec).collect(),
        None => {
            let n = match t.number(options.value('l'), 1000, "invalid number of lines").await {
                Ok(n) => n.max(1),
                Err(status) => return status,
            };
            let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
            lines.chunks(n).map(|chunk| chunk.concat()).collect()
        }
    };
    let length = options.value('a').and_then(|a| a.parse::<u32>().ok()).unwrap_or(2).min(8);
    for (i, piece) in pieces.iter().enumerate() {
        let base: usize = if options.has('d') { 10 } else { 26 };
        let suffix: String = (0..length)
            .rev()
            .map(|p| {
                let digit = (i / base.saturating_pow(p)) % base;
                char::from(if options.has('d') { b'0' } else { b'a' } + digit as u8)
            })
            .collect();
        match t.create(&format!("{prefix}{suffix}"), false) {
            Ok(file) => drop(t.write_to(&file, piece).await),
            Err(errno) => {
                t.complain(&format!("{prefix}{suffix}: {errno}")).await;
                return 1;
            }
        }
    }
    0
}
