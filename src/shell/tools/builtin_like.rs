//! Commands that the shells also have as builtins: `echo`, `printf`, `pwd`, `true`, `false`, `test`, `[`.

use super::super::condition::{Evaluated, evaluate};
use super::super::dialect::Dialect;
use super::super::format;
use super::tool::Tool;

pub(super) async fn yes(_t: Tool) -> i32 {
    0
}

pub(super) async fn no(_t: Tool) -> i32 {
    1
}

pub(super) async fn echo(t: Tool) -> i32 {
    let mut rest = t.args.get(1..).unwrap_or(&[]);
    let (mut newline, mut escapes) = (true, false);
    while let Some((word, tail)) = rest.split_first() {
        let letters = word.strip_prefix('-').unwrap_or("");
        if letters.is_empty() || !letters.chars().all(|c| "neE".contains(c)) {
            break;
        }
        for letter in letters.chars() {
            match letter {
                'n' => newline = false,
                'e' => escapes = true,
                _ => escapes = false,
            }
        }
        rest = tail;
    }
    let text = rest.join(" ");
    let (mut text, stop) = if escapes { super::super::interpret_escapes(&text) } else { (text, false) };
    if newline && !stop {
        text.push('\n');
    }
    i32::from(!t.out(text).await)
}

pub(super) async fn printf(t: Tool) -> i32 {
    let Some(template) = t.args.get(1) else { return t.misuse("missing operand", 1).await };
    let flavor = if t.busybox() { format::Flavor::Busybox } else { format::Flavor::Coreutils };
    let printed = format::printf(template, t.args.get(2..).unwrap_or(&[]), flavor);
    let written = t.out(&printed.output).await;
    for complaint in &printed.complaints {
        t.complain(complaint).await;
    }
    i32::from(!written || !printed.complaints.is_empty())
}

pub(super) async fn pwd(t: Tool) -> i32 {
    i32::from(!t.out(format!("{}\n", t.ctx.cwd())).await)
}

pub(super) async fn test(t: Tool) -> i32 {
    let mut words = t.args.get(1..).unwrap_or(&[]).to_vec();
    if t.name == "[" && words.pop().as_deref() != Some("]") {
        t.complain("missing ']'").await;
        return 2;
    }
    match evaluate(&words, &t.ctx, if t.busybox() { Dialect::Ash } else { Dialect::Bash }, &mut |_| false) {
        Evaluated::True => 0,
        Evaluated::False => 1,
        Evaluated::Wrong(message) => {
            t.complain(&message).await;
            2
        }
    }
}
