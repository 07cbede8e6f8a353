//! `cmp`, `comm`, `join`.

use std::cmp::Ordering;

use super::tool::{Tool, lines, size, text};

pub(super) async fn cmp(t: Tool) -> i32 {
    let options =
        match t.options("lsn:b", &[("silent", 's'), ("quiet", 's'), ("verbose", 'l'), ("bytes", 'n'), ("print-bytes", 'b')], 2).await {
            Ok(options) => options,
            Err(status) => return status,
        };
    let (Some(a), b) = (options.operands.first(), options.operands.get(1).map_or("-", String::as_str)) else {
        if t.busybox() {
            return t.hint(1).await;
        }
        t.complain("missing operand after 'cmp'").await;
        t.complain("Try 'cmp --help' for more information.").await;
        return 2;
    };
    let limit = match options.value('n').map(|text| (text, size(text))) {
        None => usize::MAX,
        Some((_, Some(n))) => usize::try_from(n).unwrap_or(usize::MAX),
        Some((text, None)) => return t.misuse(&format!("invalid --bytes value '{text}'"), 2).await,
    };
    let mut sides = Vec::new();
    for name in [a.as_str(), b] {
        match t.read(name).await {
            Ok(mut bytes) => {
                bytes.truncate(limit);
                sides.push(bytes);
            }
            Err(errno) => {
                t.complain(&format!("{name}: {errno}")).await;
                return 2;
            }
        }
    }
    let [x, y] = sides.as_slice() else { return 2 };
    let differing = || x.iter().zip(y).enumerate().filter(|(_, (p, q))| p != q);
    if options.has('l') && differing().next().is_some() {
        return all_differences(&t, (a, x), (b, y)).await;
    }
    match differing().next() {
        Some((at, (p, q))) => {
            if options.has('b') && !options.has('s') {
                let line = x.get(..at).unwrap_or(&[]).iter().filter(|b| **b == b'\n').count() + 1;
                t.out(format!("{a} {b} differ: byte {}, line {line} is {p:>3o} {} {q:>3o} {}\n", at + 1, shown(*p), shown(*q))).await;
            } else if !options.has('s') {
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
                    let at = match bytes.last() {
                        Some(b'\n') => format!("line {line}"),
                        _ => format!("in line {}", line + 1),
                    };
                    t.complain(&format!("EOF on {name} after byte {}, {at}", bytes.len())).await;
                }
                1
            }
        },
    }
}

/// `cmp -l`
async fn all_differences(t: &Tool, (a, x): (&str, &[u8]), (b, y): (&str, &[u8])) -> i32 {
    let width = x.len().min(y.len()).to_string().len();
    let differing = x.iter().zip(y).enumerate().filter(|(_, (p, q))| p != q);
    t.out(differing.map(|(at, (p, q))| format!("{:>width$} {p:>3o} {q:>3o}\n", at + 1)).collect::<String>()).await;
    let (name, bytes) = match x.len().cmp(&y.len()) {
        Ordering::Equal => return 1,
        Ordering::Less => (a, x.len()),
        Ordering::Greater => (b, y.len()),
    };
    t.complain(&format!("EOF on {name} after byte {bytes}")).await;
    1
}

/// A byte as `cmp -b` shows it.
fn shown(byte: u8) -> String {
    match byte {
        0x20..0x7f => char::from(byte).to_string(),
        0x7f => "^?".into(),
        0..0x20 => format!("^{}", char::from(byte ^ 0x40)),
        _ => format!("M-{}", shown(byte & 0x7f)),
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
    let options = match t.options("123|O:T", &[("output-delimiter", 'O'), ("total", 'T')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let (a, b) = match two(&t, &options.operands).await {
        Ok(sides) => sides,
        Err(status) => return status,
    };
    let unsorted = |lines: &[String]| lines.windows(2).any(|pair| matches!(pair, [a, b] if a > b));
    let (first, second) = (unsorted(&a), unsorted(&b));
    let mut out = String::new();
    let mut show = |column: usize, line: &str| {
        let letters = ['1', '2', '3'];
        if letters.get(column).is_some_and(|l| options.has(*l)) {
            return;
        }
        let tabs = letters.iter().take(column).filter(|l| !options.has(**l)).count();
        out.push_str(&format!("{}{line}\n", options.value('O').unwrap_or("\t").repeat(tabs)));
    };
    let mut counts = [0usize; 3];
    let (mut i, mut j) = (0, 0);
    loop {
        match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if x == y => {
                show(2, x);
                counts[2] += 1;
                i += 1;
                j += 1;
            }
            (Some(x), y) if y.is_none_or(|y| x < y) => {
                show(0, x);
                counts[0] += 1;
                i += 1;
            }
            (_, Some(y)) => {
                show(1, y);
                counts[1] += 1;
                j += 1;
            }
            _ => break,
        }
    }
    if options.has('T') {
        let by = options.value('O').unwrap_or("\t");
        let [first, second, both] = counts;
        out.push_str(&format!("{first}{by}{second}{by}{both}{by}total\n"));
    }
    let clean = t.out(out).await;
    if t.busybox() || !(first || second) {
        return i32::from(!clean);
    }
    for (unsorted, number) in [(first, 1), (second, 2)] {
        if unsorted {
            t.complain(&format!("file {number} is not in sorted order")).await;
        }
    }
    t.complain("input is not in sorted order").await;
    1
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
    let empty = options.value('e').unwrap_or("");
    let places: Vec<&str> = options.values('o').flat_map(|list| list.split([',', ' '])).filter(|p| *p != "auto").collect();
    let row = |x: Option<&[String]>, y: Option<&[String]>| -> String {
        let key = x.and_then(|x| x.get(first)).or_else(|| y.and_then(|y| y.get(second))).cloned().unwrap_or_default();
        let mut fields = vec![key.clone()];
        if places.is_empty() {
            fields.extend(x.map(|x| others(x, first)).unwrap_or_default());
            fields.extend(y.map(|y| others(y, second)).unwrap_or_default());
        } else {
            let field = |place: &str| match place.split_once('.') {
                Some((side, n)) => {
                    let from = if side == "1" { x } else { y };
                    n.parse::<usize>().ok().and_then(|n| from?.get(n.checked_sub(1)?)).cloned()
                }
                None => Some(key.clone()),
            };
            fields = places.iter().map(|place| field(place).filter(|f| !f.is_empty()).unwrap_or_else(|| empty.to_owned())).collect();
        }
        format!("{}\n", fields.join(glue))
    };
    let unpaired = |side: &str| options.values('a').any(|v| v == side) || options.values('v').any(|v| v == side);
    let mut out = String::new();
    for x in &a {
        let key = key_of(x, first);
        let matches: Vec<&Vec<String>> = b.iter().filter(|y| key_of(y, second) == key).collect();
        if !options.has('v') {
            for y in &matches {
                out.push_str(&row(Some(x.as_slice()), Some(y.as_slice())));
            }
        }
        if matches.is_empty() && unpaired("1") {
            out.push_str(&row(Some(x.as_slice()), None));
        }
    }
    if unpaired("2") {
        for y in b.iter().filter(|y| !a.iter().any(|x| key_of(x, first) == key_of(y, second))) {
            out.push_str(&row(None, Some(y.as_slice())));
        }
    }
    i32::from(!t.out(out).await)
}
