//! `fold`, `expand` and `unexpand`.

use super::options::Options;
use super::tool::{Tool, lines, modern, text};

pub(super) async fn fold(mut t: Tool) -> i32 {
    for word in t.args.iter_mut().skip(1).take_while(|word| *word != "--") {
        modern(word, 'w');
    }
    let options = match t.options("w:sb", &[("width", 'w'), ("spaces", 's'), ("bytes", 'b')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let width = match t.number(options.value('w'), 80, "invalid number of columns").await {
        Ok(0) if !t.busybox() => {
            t.complain(&format!("invalid number of columns: {}: Numerical result out of range", t.quote("0"))).await;
            return 1;
        }
        Ok(width) => width.max(1),
        Err(status) => return status,
    };
    let mut status = 0;
    let bytes = t.read_inputs(&options.operands, &mut status).await;
    let mut out = String::new();
    for line in lines(&bytes) {
        let line: Vec<char> = text(line).chars().collect();
        let mut rest = line.as_slice();
        loop {
            let mut column = 0;
            let fit = rest.iter().take_while(|c| {
                column = match c {
                    _ if options.has('b') => column + c.len_utf8(),
                    '\t' => (column / 8 + 1) * 8,
                    _ => column + 1,
                };
                column <= width
            });
            let most = fit.count().max(1);
            if most >= rest.len() {
                break;
            }
            let head = rest.get(..most).unwrap_or(rest);
            let cut = if options.has('s') { head.iter().rposition(|c| *c == ' ').map_or(most, |i| i + 1) } else { most };
            out.extend(rest.iter().take(cut));
            out.push('\n');
            rest = rest.get(cut..).unwrap_or(&[]);
        }
        out.extend(rest);
        out.push('\n');
    }
    t.out(out).await;
    status
}

/// How far tabs stand apart.
async fn tab_stop(t: &Tool, options: &Options) -> Result<usize, i32> {
    let stop = t.columns(options.value('t'), 8, "tab size contains invalid character(s)").await?;
    if stop == 0 {
        t.complain("tab size cannot be 0").await;
        return Err(1);
    }
    Ok(stop)
}

pub(super) async fn expand(t: Tool) -> i32 {
    let options = match t.options("t:i", &[("tabs", 't'), ("initial", 'i')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let stop = match tab_stop(&t, &options).await {
        Ok(stop) => stop,
        Err(status) => return status,
    };
    let mut status = 0;
    let bytes = t.read_inputs(&options.operands, &mut status).await;
    let mut out = String::new();
    let (mut column, mut inside) = (0, false);
    for c in text(&bytes).chars() {
        match c {
            '\t' if !(inside && options.has('i')) => {
                let n = stop - column % stop;
                out.push_str(&" ".repeat(n));
                column += n;
            }
            '\n' => {
                out.push('\n');
                (column, inside) = (0, false);
            }
            c => {
                inside |= c != ' ';
                out.push(c);
                column += 1;
            }
        }
    }
    t.out(out).await;
    status
}

/// `unexpand [-a] [-t n]`: blanks become tabs again.
pub(super) async fn unexpand(t: Tool) -> i32 {
    let options = match t.options("at:|f", &[("all", 'a'), ("tabs", 't'), ("first-only", 'f')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let stop = match tab_stop(&t, &options).await {
        Ok(stop) => stop,
        Err(status) => return status,
    };
    let everywhere = (options.has('a') || options.has('t')) && !options.has('f');
    let mut status = 0;
    let bytes = t.read_inputs(&options.operands, &mut status).await;
    let mut out = String::new();
    for line in lines(&bytes) {
        let (mut column, mut pending, mut inside) = (0, 0, false);
        for c in text(line).chars() {
            match c {
                ' ' | '\t' if everywhere || !inside => {
                    let width = if c == ' ' { 1 } else { stop - column % stop };
                    column += width;
                    pending += width;
                    if column.is_multiple_of(stop) {
                        // One blank alone stays one.
                        out.push(if pending == 1 && c == ' ' && inside { ' ' } else { '\t' });
                        pending = 0;
                    }
                }
                c => {
                    inside = true;
                    out.push_str(&" ".repeat(pending));
                    pending = 0;
                    out.push(c);
                    column += 1;
                }
            }
        }
        out.push_str(&" ".repeat(pending));
        out.push('\n');
    }
    t.out(out).await;
    status
}
