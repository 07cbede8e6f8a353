use super::super::pattern::Pattern;
use super::options::Options;
use super::tool::Tool;
use super::{clock, owner};
use crate::process::Errno;
use crate::process::vfs::Metadata;
use crate::sim::LocalBoxFuture;

struct Entry {
    name: String,
    path: String,
    meta: Metadata,
}

/// What `--sort` takes.
const SORTS: &[&str] = &["none", "time", "size", "extension", "version", "width"];

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("all", 'a'),
        ("almost-all", 'A'),
        ("human-readable", 'h'),
        ("reverse", 'r'),
        ("recursive", 'R'),
        ("directory", 'd'),
        ("classify", 'F'),
        ("inode", 'i'),
        ("size", 's'),
        ("color", 'K'),
        ("width", 'w'),
        ("numeric-uid-gid", 'n'),
        ("no-group", 'G'),
        ("group-directories-first", 'D'),
        ("full-time", 'E'),
        ("time-style", 'Y'),
        ("hide", '6'),
        ("ignore", 'I'),
        ("ignore-backups", 'B'),
        ("quote-name", 'Q'),
        ("sort", '7'),
        ("escape", 'b'),
        ("context", 'Z'),
        ("tabsize", 'T'),
        ("dereference", 'L'),
        ("dereference-command-line", 'H'),
    ];
    let options = match t.options("!T!1aAhrRdFislnStCw:xXpgoGNLHcuvUfQbT:ZI:Bm|K::Y:6:7:DE", &long, 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Some(by) = options.value('7').filter(|by| !SORTS.contains(by)) {
        let valid: String = SORTS.iter().map(|name| format!("\n  - {}", t.quote(name))).collect();
        let message = format!("invalid argument {} for {}\nValid arguments are:{valid}", t.quote(by), t.quote("--sort"));
        return t.misuse(&message, 2).await;
    }
    if let Err(status) = t.number(options.value('w'), 80usize, "invalid line width").await {
        return if t.busybox() { status } else { 2 };
    }
    let mut status = 0;
    let (mut files, mut directories) = (Vec::new(), Vec::new());
    let failed = if t.busybox() { 1 } else { 2 };
    let names = if options.operands.is_empty() { vec![".".to_owned()] } else { options.operands.clone() };
    for name in &names {
        let follow = options.has('L') || options.has('H');
        let plain_link = (options.has('l') || options.has('d') || options.has('F')) && !follow && !name.ends_with('/');
        let meta =
            t.meta(name, !plain_link).or_else(|e| if e == Errno::ENOENT && !options.has('L') { t.meta(name, false) } else { Err(e) });
        match meta {
            Ok(meta) => {
                let entry = Entry { name: name.clone(), path: name.clone(), meta };
                if entry.meta.is_dir() && !options.has('d') { directories.push(entry) } else { files.push(entry) }
            }
            Err(errno) => {
                let message = if t.busybox() { format!("{name}: {errno}") } else { format!("cannot access {}: {errno}", t.name_of(name)) };
                t.complain(&message).await;
                status = failed;
            }
        }
    }
    sort(&mut files, &options);
    sort(&mut directories, &options);
    let mut printed = !files.is_empty();
    show(&t, &files, &options, false).await;
    let titles = names.len() > 1 || options.has('R');
    for entry in directories {
        if !list(&t, &entry.path, &options, titles, &mut printed).await {
            status =
                status.max(if entry.path == names.first().map_or("", String::as_str) || names.contains(&entry.path) { failed } else { 1 });
        }
    }
    status
}

fn list<'a>(t: &'a Tool, path: &'a str, options: &'a Options, titles: bool, printed: &'a mut bool) -> LocalBoxFuture<'a, bool> {
    Box::pin(async move {
        t.ctx.step().await;
        let mut names = match t.vfs().access(&t.path(path), 4, t.who()).and_then(|()| t.vfs().read_dir(&t.path(path), t.who())) {
            Ok(names) => names,
            Err(errno) => {
                let message = if t.busybox() {
                    format!("can't open '{path}': {errno}")
                } else {
                    format!("cannot open directory {}: {errno}", t.name_of(path))
                };
                t.complain(&message).await;
                return false;
            }
        };
        if titles {
            t.out(format!("{}{path}:\n", if *printed { "\n" } else { "" })).await;
        }
        *printed = true;
        let hidden: Vec<Pattern> = options.values('I').chain(options.values('6')).map(|text| Pattern::new(text, false)).collect();
        names.retain(|name| !(hidden.iter().any(|pattern| pattern.matches(name)) || options.has('B') && name.ends_with('~')));
        let all = options.has('a') || options.has('f');
        if !all && !options.has('A') {
            names.retain(|name| !name.starts_with('.'));
        }
        let mut entries: Vec<Entry> = Vec::new();
        if all {
            names.extend([".".to_owned(), "..".to_owned()]);
        }
        for name in names {
            let inner = format!("{}/{name}", path.trim_end_matches('/'));
            if let Ok(meta) = t.meta(&inner, options.has('L')) {
                let name = if options.has('b') { escaped(&name) } else { name };
                entries.push(Entry { name, path: inner, meta });
            }
        }
        sort(&mut entries, options);
        show(t, &entries, options, true).await;
        let mut clean = true;
        if options.has('R') {
            for entry in entries.iter().filter(|e| e.meta.is_dir() && e.name != "." && e.name != "..") {
                let below = if path == "." { format!("./{}", entry.name) } else { entry.path.clone() };
                clean &= list(t, &below, options, true, printed).await;
            }
        }
        clean
    })
}

fn sort(entries: &mut [Entry], options: &Options) {
    let by = options.value('7').unwrap_or("");
    if options.has('U') || options.has('f') || by == "none" {
        return;
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let only_time = (options.has('u') || options.has('c')) && !options.has('l');
    if options.has('v') || by == "version" {
        entries.sort_by(|a, b| super::sort::by_version(&a.name, &b.name));
    } else if options.has('t') || only_time || by == "time" {
        // Nothing here has a time of its own for its reading and its attributes.
        entries.sort_by_key(|e| std::cmp::Reverse(e.meta.modified.signed_nanos()));
    } else if options.has('S') || by == "size" {
        entries.sort_by_key(|e| std::cmp::Reverse(e.meta.size));
    } else if options.has('X') || by == "extension" {
        entries.sort_by_key(|e| e.name.rsplit_once('.').map_or(String::new(), |(_, x)| x.to_owned()));
    }
    if by == "width" {
        entries.sort_by_key(|e| unicode_width::UnicodeWidthStr::width(e.name.as_str()));
    }
    if options.has('r') {
        entries.reverse();
    }
    if options.has('D') {
        entries.sort_by_key(|e| !e.meta.is_dir());
    }
}

/// A size as `ls -h` writes it.
pub(super) fn human(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut units = "KMGTP".chars();
    let mut unit = None;
    while value >= 1024.0 {
        value /= 1024.0;
        unit = units.next();
    }
    match unit {
        None => bytes.to_string(),
        Some(unit) if value < 10.0 => format!("{:.1}{unit}", (value * 10.0).ceil() / 10.0),
        Some(unit) => format!("{:.0}{unit}", value.ceil()),
    }
}

/// `rwxr-xr-x`
pub(super) fn permissions(meta: &Metadata) -> String {
    let mut out = String::new();
    out.push(meta.type_letter);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = (meta.mode >> shift) & 7;
        out.push(if bits & 4 != 0 { 'r' } else { '-' });
        out.push(if bits & 2 != 0 { 'w' } else { '-' });
        out.push(match (bits & 1 != 0, meta.mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    out
}

/// `-b`: a name with what is no plain letter as C writes it.
fn escaped(name: &str) -> String {
    name.chars().flat_map(|c| if c == ' ' { "\\ ".chars().collect() } else { c.escape_default().collect::<Vec<char>>() }).collect()
}

fn mark(meta: &Metadata, options: &Options) -> &'static str {
    let classify = options.has('F');
    match meta.type_letter {
        'd' if classify || options.has('p') => "/",
        'l' if classify && !options.has('l') => "@",
        'p' if classify => "|",
        '-' if classify && meta.mode & 0o111 != 0 => "*",
        _ => "",
    }
}

/// A name in the colours that `ls` of Debian and busybox use on a terminal.
fn coloured(name: &str, meta: &Metadata, colour: bool) -> String {
    let code = match meta.type_letter {
        'd' => "1;34",
        'l' => "1;36",
        'c' => "1;35",
        'p' => "33",
        '-' if meta.mode & 0o111 != 0 => "1;32",
        _ => return name.to_owned(),
    };
    if colour { format!("\u{1b}[{code}m{name}\u{1b}[0m") } else { name.to_owned() }
}

async fn show(t: &Tool, entries: &[Entry], options: &Options, total: bool) {
    let tty = t.ctx.is_tty(1);
    let colour = match options.value('K') {
        None | Some("auto" | "tty" | "if-tty") => tty && !options.has('N'),
        Some(when) => matches!(when, "" | "always" | "yes" | "force"),
    };
    let mut out = String::new();
    if options.has('l') || options.has('n') || options.has('g') || options.has('o') || options.has('E') {
        if total {
            let blocks: u64 = entries.iter().map(|e| blocks(&e.meta)).sum();
            out.push_str(&format!("total {}\n", if options.has('h') { human(blocks * 1024) } else { blocks.to_string() }));
        }
        out.push_str(&long(t, entries, options, colour));
        t.out(out).await;
        return;
    }
    if options.has('s') && total {
        out.push_str(&format!("total {}\n", entries.iter().map(|e| blocks(&e.meta)).sum::<u64>()));
    }
    if options.has('m') && entries.is_empty() {
        return;
    }
    if options.has('m') {
        let names: Vec<String> = entries.iter().map(|e| format!("{}{}", e.name, mark(&e.meta, options))).collect();
        t.out(format!("{out}{}\n", names.join(", "))).await;
        return;
    }
    let columns = options.has('C') || options.has('x') || (tty && !options.has('1'));
    let prefix = |e: &Entry| {
        let inode = if options.has('i') { format!("{} ", e.meta.inode) } else { String::new() };
        let quote = if options.has('Q') { "\"" } else { "" };
        let quote = if options.has('Z') { format!("? {quote}") } else { quote.to_owned() };
        if options.has('s') { format!("{inode}{} {quote}", blocks(&e.meta)) } else { inode + &quote }
    };
    let mark = |meta: &Metadata, options: &Options| format!("{}{}", if options.has('Q') { "\"" } else { "" }, mark(meta, options));
    if !columns {
        for e in entries {
            out.push_str(&format!("{}{}{}\n", prefix(e), coloured(&e.name, &e.meta, colour), mark(&e.meta, options)));
        }
        t.out(out).await;
        return;
    }
    let width =
        options.value('w').and_then(|w| w.parse().ok()).or_else(|| t.ctx.tty().map(|tty| usize::from(tty.window().columns))).unwrap_or(80);
    let cells: Vec<(String, usize)> = entries
        .iter()
        .map(|e| {
            let plain = format!("{}{}{}", prefix(e), e.name, mark(&e.meta, options));
            let shown = format!("{}{}{}", prefix(e), coloured(&e.name, &e.meta, colour), mark(&e.meta, options));
            (shown, unicode_width::UnicodeWidthStr::width(plain.as_str()))
        })
        .collect();
    t.out(in_columns(&cells, width, t.busybox())).await;
}

/// Names in columns, filled downwards.
pub(crate) fn in_columns(cells: &[(String, usize)], width: usize, even: bool) -> String {
    let n = cells.len();
    if n == 0 {
        return String::new();
    }
    let layout = |rows: usize| -> Vec<usize> {
        let widths: Vec<usize> = cells.chunks(rows).map(|c| c.iter().map(|(_, w)| *w).max().unwrap_or(0) + 2).collect();
        if even { vec![widths.iter().copied().max().unwrap_or(0); widths.len()] } else { widths }
    };
    let fits = |rows: usize| layout(rows).iter().sum::<usize>().saturating_sub(2) < width;
    let rows = (1..=n).find(|rows| fits(*rows)).unwrap_or(n);
    let widths = layout(rows);
    let mut out = String::new();
    for row in 0..rows {
        let mut line = String::new();
        let mut pad = 0;
        for (column, width) in widths.iter().enumerate() {
            let Some((shown, plain)) = cells.get(column * rows + row) else { break };
            line.push_str(&" ".repeat(pad));
            line.push_str(shown);
            pad = width - plain;
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// Kibibytes on disk.
pub(super) fn blocks(meta: &Metadata) -> u64 {
    if meta.is_dir() || meta.is_file() { if meta.is_dir() { 4 } else { meta.size.div_ceil(4096) * 4 } } else { 0 }
}

fn long(t: &Tool, entries: &[Entry], options: &Options, colour: bool) -> String {
    let numeric = options.has('n');
    let size = |e: &Entry| if options.has('h') { human(e.meta.size) } else { e.meta.size.to_string() };
    let user = |e: &Entry| if numeric { e.meta.uid.to_string() } else { owner::user(t, e.meta.uid) };
    let group = |e: &Entry| if numeric { e.meta.gid.to_string() } else { owner::group(t, e.meta.gid) };
    let width = |f: &dyn Fn(&Entry) -> String| entries.iter().map(|e| f(e).len()).max().unwrap_or(0);
    let links = |e: &Entry| e.meta.links.to_string();
    let (links_width, user_width, group_width, size_width) =
        if t.busybox() { (4, 8, 8, 9) } else { (width(&links), width(&user), width(&group), width(&size)) };
    let mut out = String::new();
    for e in entries {
        if options.has('i') {
            out.push_str(&format!("{:>7} ", e.meta.inode));
        }
        out.push_str(&permissions(&e.meta));
        out.push_str(&format!(" {:>links_width$} ", links(e)));
        if t.busybox() {
            out.push_str(&format!("{:<user_width$} {:<group_width$} {:>size_width$} ", user(e), group(e), size(e)));
        } else {
            if !options.has('g') {
                out.push_str(&format!("{:<user_width$} ", user(e)));
            }
            if !options.has('o') && !options.has('G') {
                out.push_str(&format!("{:<group_width$} ", group(e)));
            }
            out.push_str(&format!("{:>size_width$} ", size(e)));
        }
        let style = options.value('Y').unwrap_or("");
        let time = if let Some(pattern) = style.strip_prefix('+') {
            clock::format(pattern, clock::moment(t, e.meta.modified))
        } else if matches!(style, "iso" | "long-iso") {
            clock::format("%Y-%m-%d %H:%M", clock::moment(t, e.meta.modified))
        } else if options.has('E') || style == "full-iso" {
            clock::format("%Y-%m-%d %H:%M:%S.%N %z", clock::moment(t, e.meta.modified))
        } else {
            clock::ls_time(t, e.meta.modified)
        };
        out.push_str(&format!("{time} {}{}", coloured(&e.name, &e.meta, colour), mark(&e.meta, options)));
        if e.meta.is_symlink() {
            let target = t.vfs().read_link(&t.path(&e.path), t.who()).unwrap_or_default();
            out.push_str(&format!(" -> {target}"));
        }
        out.push('\n');
    }
    out
}
