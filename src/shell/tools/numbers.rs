//! `factor`, `numfmt`, `column`.

use super::tool::{Tool, lines, text};

pub(super) async fn factor(t: Tool) -> i32 {
    let mut numbers = t.args.get(1..).unwrap_or(&[]).to_vec();
    if numbers.is_empty() {
        numbers = text(&t.read("-").await.unwrap_or_default()).split_whitespace().map(str::to_owned).collect();
    }
    let mut status = 0;
    for word in numbers {
        let Ok(number) = word.parse::<u64>() else {
            if t.busybox() {
                return t.hint(1).await;
            }
            t.complain(&format!("{} is not a valid positive integer", t.quote(&word))).await;
            status = 1;
            continue;
        };
        let mut rest = number;
        let mut out = format!("{number}:");
        let mut p = 2;
        while p * p <= rest && p < 10_000_000 {
            while rest % p == 0 {
                out.push_str(&format!(" {p}"));
                rest /= p;
            }
            p += if p == 2 { 1 } else { 2 };
            if p % 4096 == 1 {
                t.ctx.step().await;
            }
        }
        if rest > 1 {
            out.push_str(&format!(" {rest}"));
        }
        t.out(out + "\n").await;
    }
    status
}

pub(super) async fn numfmt(t: Tool) -> i32 {
    let options = match t.options("!d!T:F:d:", &[("to", 'T'), ("from", 'F'), ("suffix", 's'), ("field", 'f')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut numbers = options.operands.clone();
    if numbers.is_empty() {
        numbers = lines(&t.read("-").await.unwrap_or_default()).into_iter().map(text).collect();
    }
    let base = |scale: Option<&str>| if scale.is_some_and(|s| s.starts_with("iec")) { 1024.0f64 } else { 1000.0 };
    for word in numbers {
        let digits = word.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let suffix = word.trim().get(digits.len()..).unwrap_or("");
        let Ok(mut value) = digits.parse::<f64>() else {
            t.complain(&format!("invalid number: {}", t.quote(&word))).await;
            return 2;
        };
        if let Some(power) = suffix.chars().next().and_then(|c| "KMGTPE".find(c.to_ascii_uppercase())) {
            if !options.has('F') {
                t.complain(&format!("rejecting suffix in input: {} (consider using --from)", t.quote(&word))).await;
                return 2;
            }
            let unit = if suffix.ends_with('i') { 1024.0 } else { base(options.value('F')) };
            value *= unit.powi(power as i32 + 1);
        }
        let out = match options.value('T') {
            Some(to) => {
                let unit = base(Some(to));
                let mut letters = "KMGTPE".chars();
                let mut letter = None;
                while value.abs() >= unit {
                    value /= unit;
                    letter = letters.next();
                }
                let i = if to == "iec-i" && letter.is_some() { "i" } else { "" };
                match letter {
                    None => format!("{value}"),
                    Some(letter) if value < 10.0 => format!("{:.1}{letter}{i}", (value * 10.0).ceil() / 10.0),
                    Some(letter) => format!("{:.0}{letter}{i}", value.ceil()),
                }
            }
            None => format!("{value}"),
        };
        t.out(out + "\n").await;
    }
    0
}

pub(super) async fn column(t: Tool) -> i32 {
    let long = [
        ("table", 't'),
        ("separator", 's'),
        ("output-separator", 'o'),
        ("output-width", 'c'),
        ("fillrows", 'x'),
        ("table-columns", 'N'),
        ("table-right", 'R'),
    ];
    let options = match t.options("ts:o:c:xN:R:", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut status = 0;
    let bytes = t.read_inputs(&options.operands, &mut status).await;
    let all: Vec<String> = lines(&bytes).into_iter().map(text).filter(|l| !l.trim().is_empty()).collect();
    let wide = |s: &str| unicode_width::UnicodeWidthStr::width(s);
    let mut out = String::new();
    if options.has('t') {
        let rows: Vec<Vec<&str>> = all
            .iter()
            .map(|line| match options.value('s') {
                Some(set) => line.split(|c: char| set.contains(c)).collect(),
                None => line.split_whitespace().collect(),
            })
            .collect();
        let titles = options.value('N').map(|names| names.split(',').collect::<Vec<&str>>());
        let rows: Vec<Vec<&str>> = titles.into_iter().chain(rows).collect();
        let right: Vec<usize> = options.value('R').unwrap_or("").split(',').filter_map(|n| n.parse().ok()).collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(|c| rows.iter().filter_map(|r| r.get(c)).map(|f| wide(f)).max().unwrap_or(0)).collect();
        let gap = options.value('o').unwrap_or("  ");
        for row in rows {
            for (i, cell) in row.iter().enumerate() {
                let pad = " ".repeat(widths.get(i).copied().unwrap_or(0).saturating_sub(wide(cell)));
                if right.contains(&(i + 1)) {
                    out.push_str(&format!("{pad}{cell}{}", if i + 1 < row.len() { gap } else { "" }));
                    continue;
                }
                out.push_str(cell);
                if i + 1 < row.len() {
                    out.push_str(&format!("{pad}{gap}"));
                }
            }
            out.push('\n');
        }
    } else {
        let total = match t.columns(options.value('c'), 80, "invalid columns argument").await {
            Ok(total) => total,
            Err(status) => return status,
        };
        let width = (all.iter().map(|l| wide(l)).max().unwrap_or(0) / 8 + 1) * 8;
        let columns = (total / width).max(1);
        let rows = all.len().div_ceil(columns);
        for row in 0..rows {
            let cells: Vec<&String> =
                (0..columns).filter_map(|c| all.get(if options.has('x') { row * columns + c } else { c * rows + row })).collect();
            for (i, cell) in cells.iter().enumerate() {
                out.push_str(cell);
                if i + 1 < cells.len() {
                    let mut at = wide(cell);
                    while at < width {
                        out.push('\t');
                        at = (at / 8 + 1) * 8;
                    }
                }
            }
            out.push('\n');
        }
    }
    t.out(out).await;
    status
}
