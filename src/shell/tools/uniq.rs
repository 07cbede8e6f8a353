use super::options::Options;
use super::tool::{Tool, records, text};

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("count", 'c'),
        ("repeated", 'd'),
        ("unique", 'u'),
        ("ignore-case", 'i'),
        ("skip-fields", 'f'),
        ("skip-chars", 's'),
        ("check-chars", 'w'),
        ("all-repeated", 'A'),
        ("group", 'G'),
        ("zero-terminated", 'z'),
    ];
    let options = match t.options("cduif:s:w:Dz|A::G::", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Err(status) = t.extra(&options.operands, 2).await {
        return status;
    }
    for (letter, what) in [('f', "fields to skip"), ('s', "bytes to skip"), ('w', "bytes to compare")] {
        if let Some(bad) = options.value(letter).filter(|v| v.parse::<u64>().is_err()) {
            let message = if t.busybox() { format!("invalid number '{bad}'") } else { format!("{bad}: invalid number of {what}") };
            t.complain(&message).await;
            return 1;
        }
    }
    if !t.busybox()
        && let Some(message) = wrong_method(&t, &options)
    {
        return t.misuse(&message, 1).await;
    }
    if (options.has('D') || options.has('A')) && options.has('c') {
        return t.misuse("printing all duplicated lines and repeat counts is meaningless", 1).await;
    }
    let number = |letter: char| options.value(letter).and_then(|v| v.parse::<usize>().ok());
    let (skip_fields, skip_chars) = (number('f').unwrap_or(0), number('s').unwrap_or(0));
    let width = number('w').unwrap_or(usize::MAX);
    let key = |line: &str| {
        let mut rest = line;
        for _ in 0..skip_fields {
            rest = rest.trim_start().trim_start_matches(|c: char| !c.is_whitespace());
        }
        let key: String = rest.chars().skip(skip_chars).take(width).collect();
        if options.has('i') { key.to_lowercase() } else { key }
    };
    let name = options.operands.first().map_or("-", String::as_str);
    let bytes = match t.read(name).await {
        Ok(bytes) => bytes,
        Err(errno) => {
            t.cannot_open(name, errno).await;
            return 1;
        }
    };
    let out = groups(&options, &bytes, |a, b| key(a) == key(b));
    match options.operands.get(1) {
        None => i32::from(!t.out(out).await),
        Some(name) => match t.create(name, false) {
            Ok(file) => i32::from(t.write_to(&file, out.as_bytes()).await.is_err()),
            Err(errno) => {
                t.cannot_open(name, errno).await;
                1
            }
        },
    }
}

/// The lines that are left, where `same` says which belong together.
fn groups(options: &Options, bytes: &[u8], same: impl Fn(&str, &str) -> bool) -> String {
    let end = if options.has('z') { '\0' } else { '\n' };
    let all: Vec<String> = records(bytes, end as u8).into_iter().map(text).collect();
    let (repeated, grouped) = (options.has('D') || options.has('A'), options.has('G'));
    // Where an empty line stands.
    let method = options.value('A').or(options.value('G')).unwrap_or("");
    let between = method == "separate" || (grouped && method.is_empty());
    let mut out = String::new();
    for group in all.chunk_by(|a, b| same(a, b)) {
        let count = group.len();
        if (options.has('d') || repeated) && count < 2 || options.has('u') && count > 1 {
            continue;
        }
        if matches!(method, "prepend" | "both") || (between && !out.is_empty()) {
            out.push(end);
        }
        for line in group.iter().take(if repeated || grouped { count } else { 1 }) {
            if options.has('c') {
                out.push_str(&format!("{count:>7} "));
            }
            out.push_str(line);
            out.push(end);
        }
        if method == "append" {
            out.push(end);
        }
    }
    if method == "both" && !out.is_empty() {
        out.push(end);
    }
    out
}

/// What is wrong with how groups are to be set apart.
fn wrong_method(t: &Tool, options: &Options) -> Option<String> {
    for (letter, name, methods) in
        [('G', "group", &["prepend", "append", "separate", "both"][..]), ('A', "all-repeated", &["none", "prepend", "separate"])]
    {
        let Some(method) = options.value(letter).filter(|method| !method.is_empty() && !methods.contains(method)) else { continue };
        let valid: String = methods.iter().map(|method| format!("\n  - {}", t.quote(method))).collect();
        return Some(format!("invalid argument {} for {}\nValid arguments are:{valid}", t.quote(method), t.quote(&format!("--{name}"))));
    }
    let chosen = ['c', 'd', 'D', 'A', 'u'].iter().any(|letter| options.has(*letter));
    (options.has('G') && chosen).then(|| "--group is mutually exclusive with -c/-d/-D/-u".into())
}
