//! `cmp`, `comm`, `join`.

use std::cmp::Ordering;

use super::tool::{Tool, lines, text};

pub(super) async fn cmp(t: Tool) -> i32 {
    let options = match t.options("lsn:", &[("silent", 's'), ("quiet", 's'), ("verbose", 'l')], 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let (Some(a), b) = (options.operands.first(), options.operands.get(1).map_or("-", String::as_str)) else {
        t.complain("missing operand after 'cmp'").await;
        t.complain("Try 'cmp --help' for more information.").await;
        return 2;
    };
    let mut sides = Vec::new();
    for name in [a.as_str(), b] {
        match t.read(name).await {
            Ok(bytes) => sides.push(bytes),
            Err(errno) => {
                t.complain(&format!("{name}: {errno}")).await;
                return 2;
            }
        }
    }
    let [x, y] = sides.as_slice() else { return 2 };
    match x.iter().zip(y).position(|(p, q)| p != q) {
        Some(at) => {
            if !options.has('s') {
                let line = x.get(..at).unwrap_or(&[]).iter().filter(|b| **b == b'\n').count() + 1;
                t.out(format!("{a} {b} differ: {} {}, line {line}\n", if t.busybox() { "char" } else { "byte" }, at + 1)).await;
            }
            1
        }
        None => match x.len().cmp(&y.len()) {
            Ordering::Equal => 0,
            order => {
                if !options.has('s') {
                    let (name, bytes) = if order.is_lt() { (a.as_str(), x) } else { (b, y) };
                    let line = bytes.iter().filter(|b| **b == b'\n').count();
                    t.complain(&format!("EOF on {} after byte {}, line {line}", t.quote(name), bytes.len())).await;
                }
                1
            }
        },
    }
}

async fn two(t: &Tool, operands: &[String]) -> Result<(Vec<String>, Vec<String>), i32> {
    let [a, b] = operands else {
        let message = match operands.last() {
            None => "missing operand".to_owned(),
            Some(last) if operands.len() < 2 => format!("missing operand after {}", t.quote(last)),
            Some(last) => format!("extra operand {}", t.quote(last)),
        };
        return Err(t.misuse(&message, 1).await);
    };
    let mut sides = Vec::new();
    for name in [a, b] {
        match t.read(name).await {
            Ok(bytes) => sides.push(lines(&bytes).into_iter().map(text).collect::<Vec<String>>()),
            Err(errno) => {
                t.cannot_open(name, errno).await;
                return Err(1);
            }
        }
    }
    let second = sides.pop().unwrap_or_default();
    Ok((sides.pop().unwrap_or_default(), second))
}

pub(super) async fn comm(t: Tool) -> i32 {
    let options = match t.options("123", &[("output-delimiter", 'O')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let (a, b) = match two(&t, &options.operands).await {
        Ok(sides) => sides,
        Err(status) => return status,
    };
    let mut out = String::new();
    let mut show = |column: usize, line: &str| {
        let letters = ['1', '2', '3'];
        if letters.get(column).is_some_and(|l| options.has(*l)) {
            return;
        }
        let tabs = letters.iter().take(column).filter(|l| !options.has(**l)).count();
        out.push_str(&format!("{}{line}\n", "\t".repeat(tabs)));
    };
    let (mut i, mut j) = (0, 0);
    loop {
        match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if x == y => {
                show(2, x);
                i += 1;
                j += 1;
            }
            (Some(x), y) if y.is_none_or(|y| x < y) => {
                show(0, x);
                i += 1;
            }
            (_, Some(y)) => {
                show(1, y);
                j += 1;
            }
            _ => break,
        }
    }
    i32::from(!t.out(out).await)
}

pub(super) async fn join(t: Tool) -> i32 {
    let options = match t.options("1:2:j:t:a:v:e:o:i", &[("ignore-case", 'i')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let (a, b) = match two(&t, &options.operands).await {
        Ok(sides) => sides,
        Err(status) => return status,
    };
    let field = |letter: char| options.value(letter).or(options.value('j')).and_then(|v| v.parse::<usize>().ok()).unwrap_or(1).max(1) - 1;
    let (first, second) = (field('1'), field('2'));
    let separator = options.value('t');
    let split = |line: &str| -> Vec<String> {
        match separator {
            Some(s) => line.split(s).map(str::to_owned).collect(),
            None => line.split_whitespace().map(str::to_owned).collect(),
        }
    };
    let glue = separator.unwrap_or(" ");
    let rows = |lines: Vec<String>| lines.iter().map(|l| split(l)).collect::<Vec<_>>();
    let (a, b) = (rows(a), rows(b));
    let others = |row: &[String], key: usize| row.iter().enumerate().filter(|(i, _)| *i != key).map(|(_, f)| f.clone()).collect::<Vec<_>>();
    let key_of =
        |row: &[String], key: usize| row.get(key).map(|k| if options.has('i') { k.to_lowercase() } else { k.clone() }).unwrap_or_default();
    let unpaired = |side: &str| options.values('a').any(|v| v == side) || options.values('v').any(|v| v == side);
    let mut out = String::new();
    for x in &a {
        let key = key_of(x, first);
        let matches: Vec<&Vec<String>> = b.iter().filter(|y| key_of(y, second) == key).collect();
        if !options.has('v') {
            for y in &matches {
                let mut fields = vec![x.get(first).cloned().unwrap_or_default()];
                fields.extend(others(x, first));
                fields.extend(others(y, second));
                out.push_str(&format!("{}\n", fields.join(glue)));
            }
        }
        if matches.is_empty() && unpaired("1") {
            out.push_str(&format!("{}\n", x.join(glue)));
        }
    }
    if unpaired("2") {
        for y in b.iter().filter(|y| !a.iter().any(|x| key_of(x, first) == key_of(y, second))) {
            out.push_str(&format!("{}\n", y.join(glue)));
        }
    }
    i32::from(!t.out(out).await)
}
