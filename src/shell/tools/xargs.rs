use super::env::child;
use super::options::Options;
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
        ("eof", 'E'),
        ("interactive", 'p'),
    ];
    let options = match t.options("+!p!0d:n:I:rtL:P:a:pE:", &long, 1).await {
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
    let items = match items(&t, &options).await {
        Ok(items) => items,
        Err(status) => return status,
    };
    let mut command = options.operands.clone();
    if command.is_empty() {
        command.push("echo".into());
    }
    if items.is_empty() && (options.has('r') || options.has('I')) {
        return 0;
    }
    let mut status = 0;
    for line in command_lines(&options, &command, items) {
        if options.has('t') {
            t.ctx.eprint(&format!("{}\n", line.join(" "))).await;
        }
        match execute(&t, &line).await {
            Ok(0) => {}
            Ok(_) => status = 123,
            Err(status) => return status,
        }
    }
    status
}

/// What the input is made of. `Err` is the status: what is wrong was said.
async fn items(t: &Tool, options: &Options) -> Result<Vec<String>, i32> {
    let file = options.value('a').unwrap_or("-");
    let bytes = match t.read(file).await {
        Err(errno) if file != "-" => {
            t.complain(&format!("Cannot open input file {}: {errno}", t.quote(file))).await;
            return Err(1);
        }
        bytes => bytes.unwrap_or_default(),
    };
    let input = text(&bytes);
    if options.has('0') {
        return Ok(split(&input, '\0'));
    }
    if let Some(delimiter) = options.value('d') {
        let delimiter = super::super::interpret_escapes(delimiter).0;
        return Ok(split(&input, delimiter.chars().next().unwrap_or('\n')));
    }
    if options.has('I') || options.has('L') {
        return Ok(input.lines().map(|l| l.trim_start().to_owned()).filter(|l| !l.is_empty()).collect());
    }
    match words(&input) {
        Ok(mut items) => {
            if let Some(end) = options.value('E').and_then(|end| items.iter().position(|item| item == end)) {
                items.truncate(end);
            }
            Ok(items)
        }
        Err(quote) => {
            let kind = if quote == '\'' { "single" } else { "double" };
            t.complain(&format!("unmatched {kind} quote; by default quotes are special to xargs unless you use the -0 option")).await;
            Err(1)
        }
    }
}

/// The command lines that `items` make.
fn command_lines(options: &Options, command: &[String], items: Vec<String>) -> Vec<Vec<String>> {
    if let Some(mark) = options.value('I') {
        return items.iter().map(|item| command.iter().map(|word| word.replace(mark, item)).collect()).collect();
    }
    let limit = options.value('n').or(options.value('L')).and_then(|n| n.parse::<usize>().ok()).filter(|n| *n > 0).unwrap_or(usize::MAX);
    let mut lines = vec![command.to_vec()];
    let mut size = 0;
    for item in items {
        match lines.last_mut() {
            Some(line) if line.len() - command.len() < limit && size + item.len() <= LINE_LIMIT_BYTES => {
                size += item.len() + 1;
                line.push(item);
            }
            _ => {
                size = item.len() + 1;
                lines.push(command.iter().cloned().chain([item]).collect());
            }
        }
    }
    lines
}

/// Runs a command line. `Err`: xargs ends with this status.
async fn execute(t: &Tool, line: &[String]) -> Result<i32, i32> {
    let name = line.first().map_or("", String::as_str);
    let (message, status) = match child(t, line) {
        Ok(child) => match child.wait().await.code() {
            255 => (format!("{name}: exited with status 255; aborting"), 124),
            code if code > 128 => (format!("{name}: terminated by signal {}", code - 128), 125),
            code => return Ok(code),
        },
        Err(errno) => (format!("{name}: {errno}"), if errno == Errno::ENOENT { 127 } else { 126 }),
    };
    t.complain(&message).await;
    Err(status)
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
