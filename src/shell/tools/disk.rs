//! `du`, `df`, `truncate`, `dd`, `split`.

use super::ls::human;
use super::tool::{Tool, size};
use crate::process::OpenOptions;
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

pub(super) async fn dd(t: Tool) -> i32 {
    for word in t.args.iter().skip(1) {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let numeric = matches!(name, "bs" | "ibs" | "obs" | "count" | "skip" | "seek" | "cbs");
        if !(numeric || matches!(name, "if" | "of" | "conv" | "status" | "iflag" | "oflag") && word.contains('=')) {
            return t.misuse(&format!("unrecognized operand {}", t.quote(word)), 1).await;
        }
        if numeric && size(value).is_none() {
            let message = if t.busybox() { format!("invalid number '{value}'") } else { format!("invalid number: {}", t.quote(value)) };
            t.complain(&message).await;
            return 1;
        }
    }
    let operand = |name: &str| {
        t.args.iter().skip(1).filter_map(|a| a.split_once('=')).filter(|(k, _)| *k == name).map(|(_, v)| v.to_owned()).next_back()
    };
    let input = match operand("if").map_or_else(|| t.open("-"), |name| t.open(&name)) {
        Ok(file) => file,
        Err(errno) => {
            let name = operand("if").unwrap_or_default();
            let message =
                if t.busybox() { format!("can't open '{name}': {errno}") } else { format!("failed to open {}: {errno}", t.name_of(&name)) };
            t.complain(&message).await;
            return 1;
        }
    };
    let output = match operand("of").map_or_else(|| t.ctx.file(1), |name| t.ctx.open_file(&name, OpenOptions::WRITE)) {
        Ok(file) => file,
        Err(errno) => {
            let name = operand("of").unwrap_or_default();
            t.complain(&format!("failed to open {}: {errno}", t.name_of(&name))).await;
            return 1;
        }
    };
    let block = operand("bs").and_then(|v| size(&v)).unwrap_or(512).clamp(1, 16 << 20) as usize;
    let count = operand("count").and_then(|v| size(&v)).unwrap_or(u64::MAX);
    let mut skip = operand("skip").and_then(|v| size(&v)).unwrap_or(0).saturating_mul(block as u64);
    while skip > 0 {
        let part = usize::try_from(skip).unwrap_or(usize::MAX).min(64 * 1024);
        match crate::process::read_file(&input, part).await {
            Ok(chunk) if !chunk.is_empty() => skip -= chunk.len() as u64,
            _ => break,
        }
        t.ctx.step().await;
    }
    let started = t.ctx.now();
    let (mut full, mut partial, mut bytes_total, mut failed) = (0u64, 0u64, 0u64, None);
    while full + partial < count {
        let mut bytes = Vec::new();
        while bytes.len() < block {
            match crate::process::read_file(&input, block - bytes.len()).await {
                Ok(chunk) if !chunk.is_empty() => bytes.extend(chunk),
                _ => break,
            }
        }
        t.ctx.step().await;
        if bytes.is_empty() {
            break;
        }
        if let Err(errno) = t.write_to(&output, &bytes).await {
            failed = Some(errno);
            break;
        }
        if bytes.len() == block {
            full += 1
        } else {
            partial += 1
        }
        bytes_total += bytes.len() as u64;
    }
    if let Some(errno) = failed {
        let name = operand("of").unwrap_or_else(|| "standard output".into());
        t.complain(&format!("error writing {}: {errno}", t.name_of(&name))).await;
    }
    let seconds = t.ctx.now().since(started).as_secs_f64().max(0.000_001);
    let plural = if bytes_total == 1 { "byte" } else { "bytes" };
    let unit = if bytes_total >= 1000 && !t.busybox() {
        format!(" ({} B, {} B)", decimal(bytes_total), binary(bytes_total))
    } else {
        String::new()
    };
    let rate = (bytes_total as f64 / seconds / 1e6 * 10.0).round() / 10.0;
    let mut said = format!("{full}+{partial} records in\n{full}+{partial} records out\n");
    if operand("status").as_deref() != Some("noxfer") {
        said.push_str(&format!("{bytes_total} {plural}{unit} copied, {seconds:.6} s, {rate} MB/s\n"));
    }
    if operand("status").as_deref() != Some("none") {
        t.ctx.eprint(&said).await;
    }
    i32::from(failed.is_some())
}

fn decimal(bytes: u64) -> String {
    let (mut value, mut unit) = (bytes as f64, "");
    for next in ["k", "M", "G", "T"] {
        if value >= 1000.0 {
            value /= 1000.0;
            unit = next;
        }
    }
    if value < 10.0 && !unit.is_empty() { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

fn binary(bytes: u64) -> String {
    let text = human(bytes);
    match text.strip_suffix(|c: char| c.is_ascii_alphabetic()) {
        Some(number) => format!("{number} {}i", text.get(number.len()..).unwrap_or("")),
        None => text,
    }
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
