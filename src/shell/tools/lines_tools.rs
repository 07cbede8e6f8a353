//! `tac`, `rev`, `nl`: a line in, a line out.

use super::tool::{Tool, lines, text};

pub(super) async fn tac(t: Tool) -> i32 {
    let options = match t.options("!rb!rbs:", &[("separator", 's'), ("regex", 'r'), ("before", 'b')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut status = 0;
    for name in t.inputs(&options.operands) {
        match t.read(&name).await {
            Ok(bytes) => {
                let end = options.value('s').filter(|end| !end.is_empty()).unwrap_or("\n");
                let text = text(&bytes);
                let mut parts: Vec<&str> = text.split_inclusive(end).collect();
                parts.reverse();
                t.out(parts.concat()).await;
            }
            Err(errno) => {
                match t.busybox() {
                    true => t.cannot_open(&name, errno).await,
                    false => t.complain(&format!("failed to open '{name}' for reading: {errno}")).await,
                }
                status = 1;
            }
        }
    }
    status
}

pub(super) async fn rev(t: Tool) -> i32 {
    let options = match t.options("", &[], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut status = 0;
    let bytes = t.read_inputs(&options.operands, &mut status).await;
    let out: String = lines(&bytes).into_iter().map(|l| text(l).chars().rev().chain(['\n']).collect::<String>()).collect();
    t.out(out).await;
    status
}

pub(super) async fn nl(t: Tool) -> i32 {
    let options = match t.options("b:w:s:v:i:n:", &[("body-numbering", 'b'), ("number-width", 'w'), ("number-separator", 's')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if let Some(style) = options.value('b').filter(|style| !style.starts_with('p') && !matches!(*style, "a" | "t" | "n") && !t.busybox()) {
        return t.misuse(&format!("invalid body numbering style: {}", t.quote(style)), 1).await;
    }
    let all = options.value('b') == Some("a");
    let width = match t.columns(options.value('w'), 6, "invalid line number field width").await {
        Ok(width) => width,
        Err(status) => return status,
    };
    let separator = options.value('s').unwrap_or("\t");
    let first = t.number(options.value('v'), 1i64, "invalid starting line number").await;
    let (mut number, step) = match (first, t.number(options.value('i'), 1i64, "invalid line number increment").await) {
        (Ok(first), Ok(step)) => (first, step),
        _ => return 1,
    };
    let mut status = 0;
    let bytes = t.read_inputs(&options.operands, &mut status).await;
    let mut out = String::new();
    for line in lines(&bytes) {
        let line = text(line);
        if line.is_empty() && !all {
            out.push_str(&format!("{}\n", " ".repeat(width + separator.len())));
            continue;
        }
        let shown = match options.value('n') {
            Some("ln") => format!("{number:<width$}"),
            Some("rz") => format!("{number:0width$}"),
            _ => format!("{number:>width$}"),
        };
        out.push_str(&format!("{shown}{separator}{line}\n"));
        number = number.saturating_add(step);
    }
    t.out(out).await;
    status
}
