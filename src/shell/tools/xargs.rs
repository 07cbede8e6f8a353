use super::env::child;
use super::tool::{Tool, text};
use crate::process::Errno;

/// One command line is no longer than this.
const LINE_LIMIT_BYTES: usize = 128 * 1024;

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("null", '0'),
        ("delimiter", 'd'),
        ("max-args", 'n'),
        ("replace", 'I'),
        ("no-run-if-empty", 'r'),
        ("verbose", 't'),
        ("max-lines", 'L'),
        ("max-procs", 'P'),
        ("arg-file", 'a'),
    ];
    let options = match t.options("+0d:n:I:rtL:P:a:p", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    for letter in ['n', 'L'] {
        let Some(text) = options.value(letter).filter(|_| !t.busybox()) else { continue };
        let message = match text.parse::<u64>() {
            Ok(0) => format!("value 0 for -{letter} option should be >= 1"),
            Ok(_) => continue,
            Err(_) => format!("invalid number \"{text}\" for -{letter} option"),
        };
        return t.misuse(&message, 1).await;
    }
    let bytes = t.read(options.value('a').unwrap_or("-")).await.unwrap_or_default();
    let replace = options.value('I').map(str::to_owned);
    let input = text(&bytes);
    let items = if options.has('0') {
        split(&input, '\0')
    } else if let Some(delimiter) = options.value('d') {
        let delimiter = super::super::interpret_escapes(delimiter).0;
        split(&input, delimiter.chars().next().unwrap_or('\n'))
    } else if replace.is_some() || options.has('L') {
        input.lines().map(|l| l.trim_start().to_owned()).filter(|l| !l.is_empty()).collect()
    } else {
        match words(&input) {
            Ok(items) => items,
            Err(quote) => {
                let kind = if quote == '\'' { "single" } else { "double" };
                t.complain(&format!("unmatched {kind} quote; by default quotes are special to xargs unless you use the -0 option")).await;
                return 1;
            }
        }
    };
    let mut command = options.operands.clone();
    if command.is_empty() {
        command.push("echo".into());
    }
    if items.is_empty() && (options.has('r') || replace.is_some()) {
        return 0;
    }
    let mut lines: Vec<Vec<String>> = Vec::new();
    match &replace {
        Some(mark) => lines.extend(items.iter().map(|item| command.iter().map(|w| w.replace(mark.as_str(), item)).collect())),
        None => {
            let limit =
                options.value('n').or(options.value('L')).and_then(|n| n.parse::<usize>().ok()).filter(|n| *n > 0).unwrap_or(usize::MAX);
            let with = |chunk: &[String]| command.iter().chain(chunk).cloned().collect::<Vec<_>>();
            let mut chunk: Vec<String> = Vec::new();
            let mut size = 0;
            for item in items {
                if chunk.len() >= limit || size + item.len() > LINE_LIMIT_BYTES {
                    lines.push(with(&chunk));
                    chunk.clear();
                    size = 0;
                }
                size += item.len() + 1;
                chunk.push(item);
            }
            if !chunk.is_empty() || lines.is_empty() {
                lines.push(with(&chunk));
            }
        }
    }
    let mut status = 0;
    for line in lines {
        if options.has('t') {
            t.ctx.eprint(&format!("{}\n", line.join(" "))).await;
        }
        let name = line.first().cloned().unwrap_or_default();
        match child(&t, &line) {
            Ok(child) => match child.wait().await.code() {
                0 => {}
                255 => {
                    t.complain(&format!("{name}: exited with status 255; aborting")).await;
                    return 124;
                }
                code if code > 128 => {
                    t.complain(&format!("{name}: terminated by signal {}", code - 128)).await;
                    return 125;
                }
                _ => status = 123,
            },
            Err(errno) => {
                t.complain(&format!("{name}: {errno}")).await;
                return if errno == Errno::ENOENT { 127 } else { 126 };
            }
        }
    }
    status
}

fn split(input: &str, delimiter: char) -> Vec<String> {
    let mut items: Vec<String> = input.split(delimiter).map(str::to_owned).collect();
    if items.last().is_some_and(String::is_empty) {
        items.pop();
    }
    items
}

/// Words with quotes and backslashes. `Err`: the quote that is not closed.
fn words(input: &str) -> Result<Vec<String>, char> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = input.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' => out.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(chars.next()),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some(d) if d == c => break,
                        None | Some('\n') => return Err(c),
                        Some(d) => word.push(d),
                    }
                }
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    out.extend(word);
    Ok(out)
}
