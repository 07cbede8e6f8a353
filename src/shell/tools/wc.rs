use super::tool::Tool;

#[derive(Default, Clone, Copy)]
struct Counts {
    lines: usize,
    words: usize,
    chars: usize,
    bytes: usize,
    longest: usize,
}

fn count(bytes: &[u8]) -> Counts {
    let text = String::from_utf8_lossy(bytes);
    Counts {
        lines: bytes.iter().filter(|b| **b == b'\n').count(),
        words: text.split_whitespace().count(),
        chars: text.chars().count(),
        bytes: bytes.len(),
        longest: text.lines().map(unicode_width::UnicodeWidthStr::width).max().unwrap_or(0),
    }
}

pub(super) async fn run(t: Tool) -> i32 {
    let long = [("lines", 'l'), ("words", 'w'), ("bytes", 'c'), ("chars", 'm'), ("max-line-length", 'L')];
    let options = match t.options("lwcmL", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let all = options.given.is_empty();
    let pick = |c: &Counts| {
        let mut picked = Vec::new();
        for (letter, value, default) in
            [('l', c.lines, true), ('w', c.words, true), ('m', c.chars, false), ('c', c.bytes, true), ('L', c.longest, false)]
        {
            if options.has(letter) || (all && default) {
                picked.push(value);
            }
        }
        picked
    };
    let mut status = 0;
    let mut rows: Vec<(Vec<usize>, String)> = Vec::new();
    let mut total = Counts::default();
    let mut regular_bytes = 0;
    let mut piped = options.operands.is_empty();
    for name in t.inputs(&options.operands) {
        match t.read(&name).await {
            Ok(bytes) => {
                let counts = count(&bytes);
                regular_bytes += bytes.len();
                piped |= name == "-" && options.operands.len() > 1;
                total.lines += counts.lines;
                total.words += counts.words;
                total.chars += counts.chars;
                total.bytes += counts.bytes;
                total.longest = total.longest.max(counts.longest);
                let shown = if options.operands.is_empty() { String::new() } else { name };
                rows.push((pick(&counts), shown));
            }
            Err(errno) => {
                status = 1;
                t.complain(&format!("{name}: {errno}")).await;
                if errno == crate::process::Errno::EISDIR && !t.busybox() {
                    rows.push((pick(&Counts::default()), name));
                    piped = true;
                }
            }
        }
    }
    if options.operands.len() > 1 {
        rows.push((pick(&total), "total".into()));
    }
    let columns = rows.first().map_or(0, |(counts, _)| counts.len());
    let width = match (t.busybox(), columns, options.operands.len()) {
        (true, ..) => 9,
        (_, 1, 0 | 1) => 1,
        _ if piped => 7,
        _ => regular_bytes.to_string().len(),
    };
    let mut out = String::new();
    for (counts, name) in rows {
        let cells: Vec<String> = if t.busybox() && options.operands.len() < 2 && counts.len() == 1 {
            counts.iter().map(usize::to_string).collect()
        } else {
            counts.iter().map(|n| format!("{n:>width$}")).collect()
        };
        out.push_str(&cells.join(" "));
        if !name.is_empty() {
            out.push_str(&format!(" {name}"));
        }
        out.push('\n');
    }
    t.out(out).await;
    status
}
