//! `awk`: mawk 1.3.4's language, with busybox's words where they differ.

mod builtins;
mod expressions;
mod input;
mod lexer;
mod machine;
mod parser;
mod statements;
mod syntax;
mod value;

use super::tool::{Tool, text};
use machine::Machine;

/// What mawk says of options that it does not take.
fn misuse(args: &[String]) -> Option<String> {
    let mut rest = args.iter().skip(1);
    while let Some(word) = rest.next() {
        let option = word.strip_prefix('-').filter(|o| !o.is_empty() && *o != "-")?;
        let letter = option.chars().next()?;
        if !"FvfW".contains(letter) {
            return Some(format!("not an option: {word}"));
        }
        let inline = option.get(1..).filter(|text| !text.is_empty());
        let Some(value) = inline.or_else(|| rest.next().map(String::as_str)) else {
            return Some(format!("option -{letter} lacks argument"));
        };
        let name = value.split_once('=').map(|(name, _)| name);
        if letter == 'v' && !name.is_some_and(super::super::syntax::is_name) {
            return Some(format!("improper assignment: -v {value}"));
        }
    }
    None
}

pub(super) async fn run(t: Tool) -> i32 {
    if !t.busybox()
        && let Some(mistake) = misuse(&t.args)
    {
        t.complain(&mistake).await;
        return 2;
    }
    let options = match t.options("+F:v:f:W:", &[], 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut operands = options.operands.clone();
    let mut source = String::new();
    for file in options.values('f') {
        match t.read(file).await {
            Ok(bytes) => source.push_str(&text(&bytes)),
            Err(errno) => {
                if t.busybox() {
                    t.complain(&format!("can't open '{file}': {errno}")).await;
                    return 1;
                }
                t.complain(&format!("cannot open {file} ({errno})")).await;
                return 2;
            }
        }
    }
    if !options.has('f') {
        if operands.is_empty() {
            if t.busybox() {
                return t.hint(1).await;
            }
            t.ctx.eprint(USAGE).await;
            return 0;
        }
        source = operands.remove(0);
    }
    let program = match parser::parse(&source, t.busybox()) {
        Ok(program) => program,
        Err(mistake) => {
            if t.busybox() {
                let text = if mistake.message.ends_with("never defined") {
                    "Call to undefined function".to_owned()
                } else if mistake.message.starts_with("syntax")
                    || mistake.message.starts_with("unexpected")
                    || mistake.message.starts_with("missing")
                {
                    "Unexpected token".to_owned()
                } else {
                    mistake.message
                };
                t.ctx.eprint(&format!("awk: cmd. line:{}: {text}\n", mistake.line.min(source.lines().count().max(1)))).await;
                return 1;
            }
            if mistake.message.starts_with("unexpected character") {
                t.complain(&format!("{}: {}", mistake.line, mistake.message)).await;
                return 2;
            }
            t.complain(&format!("line {}: {}", mistake.line, mistake.message)).await;
            return 2;
        }
    };
    let mut machine = Machine::new(t.clone(), &program);
    if let Some(fs) = options.value('F') {
        let fs = super::super::interpret_escapes(fs).0;
        machine.assign_text("FS", &if fs == "t" && t.busybox() { "\t".to_owned() } else { fs });
    }
    for assignment in options.values('v') {
        if let Some((name, value)) = assignment.split_once('=') {
            let value = super::super::interpret_escapes(value).0;
            machine.assign_input(name, value);
        }
    }
    machine.set_arguments(&operands);
    machine.run().await
}

/// mawk's usage.
const USAGE: &str = "Usage: mawk [Options] [Program] [file ...]

Program:
    The -f option value is the name of a file containing program text.
    If no -f option is given, a \"--\" ends option processing; the following
    parameters are the program text.

Options:
    -f program-file  Program  text is read from file instead of from the
                     command-line.  Multiple -f options are accepted.
    -F value         sets the field separator, FS, to value.
    -v var=value     assigns value to program variable var.
    --               unambiguous end of options.

    Implementation-specific options are prefixed with \"-W\".  They can be
    abbreviated:

    -W version       show version information and exit.
    -W dump          show assembler-like listing of program and exit.
    -W help          show this message and exit.
    -W interactive   set unbuffered output, line-buffered input.
    -W exec file     use file as program as well as last option.
    -W random=number set initial random seed.
    -W sprintf=number adjust size of sprintf buffer.
    -W posix_space   do not consider \"\\n\" a space.
    -W usage         show this message and exit.
";
