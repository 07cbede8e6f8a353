use super::tool::{Tool, lines, text};

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("count", 'c'),
        ("repeated", 'd'),
        ("unique", 'u'),
        ("ignore-case", 'i'),
        ("skip-fields", 'f'),
        ("skip-chars", 's'),
        ("check-chars", 'w'),
        ("all-repeated", 'D'),
    ];
    let options = match t.options("cduif:s:w:D", &long, 1).await {
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
    let mut groups: Vec<(String, usize)> = Vec::new();
    if options.has('D') {
        let all: Vec<String> = lines(&bytes).into_iter().map(text).collect();
        let same = |a: Option<&String>, b: &String| a.is_some_and(|a| key(a) == key(b));
        let kept =
            all.iter().enumerate().filter(|(i, line)| same(i.checked_sub(1).and_then(|i| all.get(i)), line) || same(all.get(i + 1), line));
        let out: String = kept.map(|(_, line)| format!("{line}\n")).collect();
        return i32::from(!t.out(out).await);
    }
    for line in lines(&bytes) {
        let line = text(line);
        match groups.last_mut() {
            Some((first, count)) if key(first) == key(&line) => *count += 1,
            _ => groups.push((line, 1)),
        }
    }
    let mut out = String::new();
    for (line, count) in groups {
        if (options.has('d') && count < 2) || (options.has('u') && count > 1) {
            continue;
        }
        if options.has('c') {
            out.push_str(&format!("{count:>7} "));
        }
        out.push_str(&line);
        out.push('\n');
    }
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
