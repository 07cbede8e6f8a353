//! Transcript files: what was typed, and what the tools printed.
//!
//! | line | meaning |
//! |---|---|
//! | `# text` | comment |
//! | `@ file PATH`, then `+ LINE`s | a file, made before the next command |
//! | `@ wait ARGS`, `@ gone X`, `@ sleep 3s`, `@ reset` | lets time pass; a fresh cluster |
//! | `@ loose` | the next command's result varies: it is run, not compared |
//! | `@ any-node` | node names and addresses vary in this file |
//! | `@ shell bash`, `sh`, `dash` | first line of a transcript of a shell rather than of kubectl |
//! | `$ COMMAND`, `> LINE` | typed at the prompt, and at the continuation prompt |
//! | `\| LINE`, `! LINE` | stdout, stderr; `\ \|`, `\ !`: the stream does not end in a newline |
//! | `? N` | the exit status where it is not 0 |
use std::fmt::Write;

/// One thing of a transcript, in the file's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its first line in the file, from 1.
    pub line: usize,
    pub kind: Kind,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Blank,
    Comment(String),
    /// After the `@ `; all but `file`.
    Directive(String),
    File {
        path: String,
        lines: Vec<String>,
    },
    Command {
        /// With its continuation lines, separated by newlines.
        text: String,
        result: Outcome,
    },
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

/// A line that is not of the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    pub what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Reads a transcript.
pub fn parse(text: &str) -> Result<Vec<Item>, Fault> {
    let mut items: Vec<Item> = Vec::new();
    let text = text.strip_suffix('\n').unwrap_or(text);
    if text.is_empty() {
        return Ok(items);
    }
    for (index, raw) in text.split('\n').enumerate() {
        let line = index + 1;
        let fault = |what: &str| Fault { line, what: what.to_owned() };
        let mut characters = raw.chars();
        let mark = characters.next();
        let body = characters.as_str();
        let body = body.strip_prefix(' ').unwrap_or(body);
        let kind = match mark {
            None => Kind::Blank,
            Some('#') => Kind::Comment(body.to_owned()),
            Some('@') => match body.strip_prefix("file ") {
                Some(path) => Kind::File { path: path.trim().to_owned(), lines: Vec::new() },
                None => Kind::Directive(body.trim().to_owned()),
            },
            Some('$') => Kind::Command { text: body.to_owned(), result: Outcome::default() },
            Some(mark @ ('+' | '>' | '|' | '!' | '?' | '\\')) => {
                let last = items.last_mut().map(|item| &mut item.kind);
                continue_item(last, mark, body).map_err(fault)?;
                continue;
            }
            Some(_) => return Err(fault("unknown prefix; a line starts with one of # @ + $ > | ! \\ ?")),
        };
        items.push(Item { line, kind });
    }
    Ok(items)
}

/// Adds a line that belongs to the item above it.
fn continue_item(last: Option<&mut Kind>, mark: char, body: &str) -> Result<(), &'static str> {
    match (mark, last) {
        ('+', Some(Kind::File { lines, .. })) => lines.push(body.to_owned()),
        ('+', _) => return Err("`+` line without `@ file`"),
        ('>', Some(Kind::Command { text, .. })) => {
            text.push('\n');
            text.push_str(body);
        }
        ('>', _) => return Err("`>` line without a command"),
        (mark, Some(Kind::Command { result, .. })) => match (mark, body.trim()) {
            ('|', _) => push_line(&mut result.stdout, body),
            ('!', _) => push_line(&mut result.stderr, body),
            ('\\', "|") => drop_newline(&mut result.stdout),
            ('\\', "!") => drop_newline(&mut result.stderr),
            ('\\', _) => return Err("`\\` must be followed by `|` or `!`"),
            (_, status) => result.status = status.parse().map_err(|_| "`?` must be followed by an exit status")?,
        },
        _ => return Err("result line without a command"),
    }
    Ok(())
}

fn push_line(stream: &mut String, line: &str) {
    stream.push_str(line);
    stream.push('\n');
}

fn drop_newline(stream: &mut String) {
    if stream.ends_with('\n') {
        stream.pop();
    }
}

/// Writes a transcript; `parse` reads it back.
pub fn write(items: &[Item]) -> String {
    let mut out = String::new();
    for item in items {
        match &item.kind {
            Kind::Blank => out.push('\n'),
            Kind::Comment(text) => prefixed(&mut out, '#', text),
            Kind::Directive(text) => prefixed(&mut out, '@', text),
            Kind::File { path, lines } => {
                // Writing to a String cannot fail.
                let _ = writeln!(out, "@ file {path}");
                lines.iter().for_each(|line| prefixed(&mut out, '+', line));
            }
            Kind::Command { text, result } => write_command(&mut out, text, result),
        }
    }
    out
}

fn write_command(out: &mut String, text: &str, result: &Outcome) {
    for (index, line) in text.split('\n').enumerate() {
        prefixed(out, if index == 0 { '$' } else { '>' }, line);
    }
    write_stream(out, '|', &result.stdout);
    write_stream(out, '!', &result.stderr);
    if result.status != 0 {
        prefixed(out, '?', &result.status.to_string());
    }
}

fn write_stream(out: &mut String, mark: char, stream: &str) {
    if stream.is_empty() {
        return;
    }
    let whole = stream.strip_suffix('\n');
    whole.unwrap_or(stream).split('\n').for_each(|line| prefixed(out, mark, line));
    if whole.is_none() {
        prefixed(out, '\\', &mark.to_string());
    }
}

fn prefixed(out: &mut String, mark: char, body: &str) {
    out.push(mark);
    if !body.is_empty() {
        out.push(' ');
        out.push_str(body);
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "# two\n@ shell bash\n@ file a.txt\n+ x\n+\n\n$ cat <<E\n> hi\n> E\n| hi\n|\n! oh\n\\ !\n? 2\n$ true\n";

    #[test]
    fn what_is_read_is_written_again() {
        let items = parse(EXAMPLE).expect("a good transcript");
        assert_eq!(write(&items), EXAMPLE);
        let result = Outcome { stdout: "hi\n\n".to_owned(), stderr: "oh".to_owned(), status: 2 };
        assert_eq!(items[4], Item { line: 7, kind: Kind::Command { text: "cat <<E\nhi\nE".to_owned(), result } });
        assert_eq!(parse(""), Ok(Vec::new()));
    }

    #[test]
    fn what_is_not_of_the_format_is_named() {
        let fault = |text: &str| parse(text).expect_err("a fault").to_string();
        assert_eq!(fault("$ ls\n\n| out\n"), "line 3: result line without a command");
        assert_eq!(fault("+ x\n"), "line 1: `+` line without `@ file`");
        assert_eq!(fault("$ ls\n? no\n"), "line 2: `?` must be followed by an exit status");
        assert!(fault("ls\n").starts_with("line 1: unknown prefix"));
    }
}
