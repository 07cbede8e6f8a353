mod machine;
mod replacement;
mod script;

use super::super::regex::Syntax;
use super::options::Options;
use super::tool::{Tool, text};
use crate::process::Errno;
use machine::{Style, process};
use script::{Command, Script, Substitution};

/// GNU sed's usage.
pub(super) const USAGE: &str = include_str!("sed/usage.txt");

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("quiet", 'n'),
        ("silent", 'n'),
        ("expression", 'e'),
        ("file", 'f'),
        ("in-place", 'i'),
        ("regexp-extended", 'E'),
        ("separate", 's'),
        ("null-data", 'z'),
        ("posix", 'p'),
        ("unbuffered", 'u'),
        ("line-length", 'l'),
        ("debug", 'D'),
    ];
    let options = match t.options("!D!ne:f:i::Ersuzl:|D", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let (source, operands) = match source(&t, &options).await {
        Ok(found) => found,
        Err(status) => return status,
    };
    if operands.is_empty() && options.has('i') {
        t.complain("no input files").await;
        return 4;
    }
    let syntax = if options.has('E') || options.has('r') { Syntax::Extended } else { Syntax::Basic };
    let script = match Script::parse(&source, syntax) {
        Ok(script) => script,
        Err((at, message)) => {
            let said = match at {
                _ if t.busybox() => script::busybox_message(&message, at.and_then(|at| source.chars().nth(at.checked_sub(1)?))),
                Some(at) => format!("-e expression #1, char {at}: {message}"),
                None => message,
            };
            t.complain(&said).await;
            // Where no label was found, GNU's sed panics.
            return if at.is_none() && !t.busybox() { 4 } else { 1 };
        }
    };
    let wrap = match t.number(options.value('l'), 70, "invalid line length").await {
        Ok(wrap) => wrap,
        Err(status) => return status,
    };
    let style = Style { quiet: options.has('n') || source.starts_with("#n\n"), end: if options.has('z') { '\0' } else { '\n' }, wrap };
    for (_, command) in &script.commands {
        // What is written to is empty before the first line is read.
        if let Command::WriteFile(name) | Command::WriteLine(name) | Command::Substitute(Substitution { file: Some(name), .. }) = command
            && !name.starts_with("/dev/std")
        {
            let _ = t.create(name, false);
        }
    }
    if options.has('i') || options.has('s') {
        one_by_one(&t, &options, &operands, &script, style).await
    } else {
        together(&t, &operands, &script, style).await
    }
}

/// The script, and the operands that are left. `Err` is the status: what is wrong was said.
async fn source(t: &Tool, options: &Options) -> Result<(String, Vec<String>), i32> {
    let mut source = Vec::new();
    for (letter, value) in &options.given {
        match letter {
            'e' => source.push(value.clone()),
            'f' => match t.read(value).await {
                Ok(bytes) => source.push(text(&bytes).trim_end_matches('\n').to_owned()),
                Err(errno) => {
                    t.complain(&format!("couldn't open file {value}: {errno}")).await;
                    return Err(if t.busybox() { 1 } else { 4 });
                }
            },
            _ => {}
        }
    }
    let mut operands = options.operands.clone();
    if source.is_empty() {
        if operands.is_empty() {
            return Err(t.hint(1).await);
        }
        source.push(operands.remove(0));
    }
    Ok((source.join("\n"), operands))
}

/// `-i`, `-s`: each file is an input of its own.
async fn one_by_one(t: &Tool, options: &Options, operands: &[String], script: &Script, style: Style) -> i32 {
    let mut status = 0;
    let in_place = options.value('i');
    for name in t.inputs(operands) {
        match t.read(&name).await {
            Ok(bytes) => {
                let (out, code) = process(t, script, style, vec![(name.clone(), bytes)]).await;
                match in_place {
                    Some(suffix) => replace(t, &name, suffix, out.as_bytes()).await,
                    None => drop(t.out(out).await),
                }
                status = status.max(code.unwrap_or(0));
            }
            Err(errno) => status = unreadable(t, &name, errno, in_place.is_some()).await,
        }
    }
    status
}

async fn together(t: &Tool, operands: &[String], script: &Script, style: Style) -> i32 {
    let mut status = 0;
    let mut inputs = Vec::new();
    for name in t.inputs(operands) {
        match t.read(&name).await {
            Ok(_) if name != "-" && t.is_dir(&name) => status = unreadable(t, &name, Errno::EISDIR, false).await,
            Ok(bytes) => inputs.push((name, bytes)),
            Err(errno) => status = unreadable(t, &name, errno, false).await,
        }
    }
    let (out, code) = process(t, script, style, inputs).await;
    t.out(out).await;
    code.unwrap_or(status)
}

async fn unreadable(t: &Tool, name: &str, errno: Errno, in_place: bool) -> i32 {
    let message = match (t.busybox(), errno) {
        (true, _) => format!("{name}: {errno}"),
        (_, Errno::EISDIR) if in_place => format!("couldn't edit {name}: not a regular file"),
        (_, Errno::EISDIR) => format!("read error on {name}: Is a directory"),
        _ => format!("can't read {name}: {errno}"),
    };
    t.complain(&message).await;
    match (t.busybox(), errno) {
        (true, _) => 1,
        (_, Errno::EISDIR) => 4,
        _ => 2,
    }
}

async fn replace(t: &Tool, name: &str, suffix: &str, bytes: &[u8]) {
    if !suffix.is_empty() {
        let backup = if suffix.contains('*') { suffix.replace('*', name) } else { format!("{name}{suffix}") };
        if let (Ok(old), Ok(file)) = (t.read(name).await, t.create(&backup, false)) {
            let _ = t.write_to(&file, &old).await;
        }
    }
    match t.create(name, false) {
        Ok(file) => drop(t.write_to(&file, bytes).await),
        Err(errno) => t.complain(&format!("couldn't open temporary file: {errno}")).await,
    }
}
