//! `od`, `hexdump`, `xxd`: bytes made visible.

use super::options::Options;
use super::tool::{Tool, size};

fn printable(byte: u8) -> char {
    if (0x20..0x7f).contains(&byte) { char::from(byte) } else { '.' }
}

async fn input(t: &Tool, operands: &[String]) -> Result<Vec<u8>, i32> {
    let mut status = 0;
    let bytes = t.read_inputs(operands, &mut status).await;
    if status == 0 { Ok(bytes) } else { Err(status) }
}

/// A number of bytes that an option names.
fn number(options: &Options, letter: char) -> Option<usize> {
    options.value(letter).and_then(size).and_then(|n| usize::try_from(n).ok())
}

/// What is left where some bytes are skipped and at most so many read, and how many are skipped.
async fn window<'b>(t: &Tool, options: &Options, bytes: &'b [u8], letters: [char; 2]) -> Result<(usize, &'b [u8]), i32> {
    for (letter, what) in letters.into_iter().zip(["offset", "length"]) {
        // xxd takes what is no number for none.
        if let Some(text) = options.value(letter).filter(|_| number(options, letter).is_none() && t.name != "xxd") {
            let message = match (t.busybox(), t.name) {
                (true, _) => format!("invalid number '{text}'"),
                (_, "od") => format!("invalid -{letter} argument '{text}'"),
                _ => format!("failed to parse {what}: '{text}': Invalid argument"),
            };
            t.complain(&message).await;
            return Err(1);
        }
    }
    let [skip, limit] = letters.map(|letter| number(options, letter));
    let skip = skip.unwrap_or(0).min(bytes.len());
    let rest = bytes.get(skip..).unwrap_or_default();
    Ok((skip, rest.get(..limit.unwrap_or(usize::MAX).min(rest.len())).unwrap_or(rest)))
}

/// Rows of so many bytes, and where each begins; `None` stands for rows that are like the one before them, unless all
/// are wanted.
fn rows(bytes: &[u8], columns: usize, all: bool) -> impl Iterator<Item = (usize, Option<&[u8]>)> {
    let (mut last, mut starred): (Option<&[u8]>, bool) = (None, false);
    bytes.chunks(columns).enumerate().filter_map(move |(i, row)| {
        let repeated = !all && last == Some(row) && (i + 1) * columns <= bytes.len();
        last = Some(row);
        match (repeated, std::mem::replace(&mut starred, repeated)) {
            (true, true) => None,
            (true, false) => Some((i * columns, None)),
            _ => Some((i * columns, Some(row))),
        }
    })
}

fn od_char(byte: u8) -> String {
    match byte {
        0 => "\\0".into(),
        7 => "\\a".into(),
        8 => "\\b".into(),
        9 => "\\t".into(),
        10 => "\\n".into(),
        11 => "\\v".into(),
        12 => "\\f".into(),
        13 => "\\r".into(),
        0x20..0x7f => char::from(byte).to_string(),
        _ => format!("{byte:03o}"),
    }
}

/// A character of seven bits by its name.
fn od_name(byte: u8) -> String {
    const NAMES: &str = "nul soh stx etx eot enq ack bel bs ht nl vt ff cr so si \
        dle dc1 dc2 dc3 dc4 nak syn etb can em sub esc fs gs rs us sp";
    match NAMES.split(' ').nth(usize::from(byte)) {
        Some(name) => name.into(),
        None if byte == 0x7f => "del".into(),
        None => char::from(byte).into(),
    }
}

/// The format that a letter of its own stands for, as POSIX has them.
const OD_LETTERS: &[(char, &str)] =
    &[('a', "a"), ('c', "c"), ('b', "o1"), ('x', "x2"), ('d', "u2"), ('s', "d2"), ('i', "d4"), ('l', "d8"), ('o', "o2")];

/// Bytes of a row, as `-w` asks for.
async fn od_columns(t: &Tool, asked: Option<&str>, width: usize) -> Result<usize, i32> {
    let text = match asked {
        None => return Ok(16),
        Some("") => return Ok(32),
        Some(text) => text,
    };
    match size(text).and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=4096).contains(n)) {
        Some(n) if n % width == 0 => Ok(n),
        Some(n) => {
            t.complain(&format!("warning: invalid width {n}; using {width} instead")).await;
            Ok(width)
        }
        None => {
            t.complain(&format!("invalid -w argument {}", t.quote(text))).await;
            Err(1)
        }
    }
}

/// `width` bytes as the format `kind` shows them.
fn od_unit(kind: &str, unit: &[u8], width: usize) -> String {
    let value = unit.iter().rev().fold(0u64, |acc, b| acc << 8 | u64::from(*b));
    match kind.chars().next() {
        Some('a') => format!("{:>4}", od_name(unit.first().copied().unwrap_or(0) & 0x7f)),
        Some('c') => format!("{:>4}", od_char(unit.first().copied().unwrap_or(0))),
        Some('x') => format!(" {value:0w$x}", w = width * 2),
        Some('d') => {
            let shift = 64 - 8 * unit.len().clamp(1, 8);
            let value = ((value << shift) as i64) >> shift;
            format!(" {value:>w$}", w = [0, 4, 6, 0, 11, 0, 0, 0, 20].get(width).copied().unwrap_or(11))
        }
        Some('u') => format!(" {value:>w$}", w = [0, 3, 5, 0, 10, 0, 0, 0, 20].get(width).copied().unwrap_or(10)),
        _ => format!(" {value:0w$o}", w = [0, 3, 6, 0, 11, 0, 0, 0, 22].get(width).copied().unwrap_or(11)),
    }
}

pub(super) async fn od(t: Tool) -> i32 {
    let long =
        [("format", 't'), ("address-radix", 'A'), ("read-bytes", 'N'), ("skip-bytes", 'j'), ("width", 'w'), ("output-duplicates", 'v')];
    let options = match t.options("t:A:N:j:w::abcdiloxsv", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let bytes = match input(&t, &options.operands).await {
        Ok(bytes) => bytes,
        Err(status) => return status,
    };
    let (skip, bytes) = match window(&t, &options, &bytes, ['j', 'N']).await {
        Ok(window) => window,
        Err(status) => return status,
    };
    let letter = OD_LETTERS.iter().find(|(letter, _)| options.has(*letter));
    let kind = options.value('t').unwrap_or(letter.map_or("o2", |(_, kind)| kind));
    let address = |at: usize| match options.value('A') {
        Some("n") => String::new(),
        Some("x") => format!("{at:06x}"),
        Some("d") => format!("{at:07}"),
        _ => format!("{at:07o}"),
    };
    let width: usize = match kind.chars().nth(1).unwrap_or(if kind.starts_with(['c', 'a']) { '1' } else { '4' }) {
        '1' => 1,
        '2' => 2,
        '8' => 8,
        _ => 4,
    };
    let columns = match od_columns(&t, options.value('w'), width).await {
        Ok(columns) => columns,
        Err(status) => return status,
    };
    let mut out = String::new();
    for (at, row) in rows(bytes, columns, options.has('v')) {
        let Some(row) = row else {
            out.push_str("*\n");
            continue;
        };
        out.push_str(&address(skip + at));
        for unit in row.chunks(width) {
            out.push_str(&od_unit(kind, unit, width));
        }
        if kind.ends_with('z') {
            let text: String = row.iter().map(|b| printable(*b)).collect();
            let unit = out.len() - out.rfind('\n').map_or(0, |at| at + 1) - address(0).len();
            let whole = unit * columns / row.len().max(1);
            out.push_str(&format!("{}  >{text}<", " ".repeat(whole.saturating_sub(unit))));
        }
        out.push('\n');
    }
    let end = address(skip + bytes.len());
    if !end.is_empty() {
        out.push_str(&format!("{end}\n"));
    }
    i32::from(!t.out(out).await)
}

/// A row in the format of the last letter that is one, and the columns that a whole row takes.
fn hexdump_row(letters: impl Iterator<Item = char>, row: &[u8]) -> (String, usize) {
    let letter = letters.filter(|letter| "bcdox".contains(*letter)).last();
    let words = row.chunks(2).map(|w| w.iter().rev().fold(0u32, |acc, b| acc << 8 | u32::from(*b)));
    match letter {
        None => (words.map(|w| format!(" {w:04x}")).collect(), 40),
        Some('b') => (row.iter().map(|b| format!(" {b:03o}")).collect(), 64),
        Some('c') => (row.iter().map(|b| format!("{:>4}", od_char(*b))).collect(), 64),
        Some('d') => (words.map(|w| format!("   {w:05}")).collect(), 64),
        Some('o') => (words.map(|w| format!("  {w:06o}")).collect(), 64),
        Some(_) => (words.map(|w| format!("    {w:04x}")).collect(), 64),
    }
}

pub(super) async fn hexdump(t: Tool) -> i32 {
    let long = [("canonical", 'C'), ("length", 'n'), ("skip", 's'), ("no-squeezing", 'v')];
    let options = match t.options("Cn:s:vbcdox", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let bytes = match input(&t, &options.operands).await {
        Ok(bytes) => bytes,
        Err(status) => {
            if !t.busybox() {
                t.complain("all input file arguments failed").await;
            }
            return status;
        }
    };
    let (skip, bytes) = match window(&t, &options, &bytes, ['s', 'n']).await {
        Ok(window) => window,
        Err(status) => return status,
    };
    let mut out = String::new();
    let canonical = options.has('C') || t.name == "hd";
    for (at, row) in rows(bytes, 16, options.has('v')) {
        let Some(row) = row else {
            out.push_str("*\n");
            continue;
        };
        let at = skip + at;
        if canonical {
            let half = |part: &[u8]| part.iter().map(|b| format!("{b:02x} ")).collect::<String>();
            let (a, b) = row.split_at(row.len().min(8));
            let text: String = row.iter().map(|b| printable(*b)).collect();
            out.push_str(&format!("{at:08x}  {:<25}{:<25}|{text}|\n", half(a), half(b)));
        } else {
            let (words, width) = hexdump_row(options.given.iter().map(|(letter, _)| *letter), row);
            out.push_str(&format!("{at:07x}{words:<width$}\n"));
        }
    }
    if !bytes.is_empty() {
        out.push_str(&if canonical { format!("{:08x}\n", skip + bytes.len()) } else { format!("{:07x}\n", skip + bytes.len()) });
    }
    i32::from(!t.out(out).await)
}

/// `-i`: what C includes; an array only where the bytes are a file's.
fn c_array(file: Option<&str>, bytes: &[u8], columns: usize) -> String {
    let rows: Vec<String> = bytes
        .chunks(columns.max(1))
        .map(|row| format!("  {}", row.iter().map(|b| format!("0x{b:02x}")).collect::<Vec<_>>().join(", ")))
        .collect();
    let rows = if rows.is_empty() { String::new() } else { rows.join(",\n") + "\n" };
    let Some(file) = file else { return rows };
    let name: String = file.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("unsigned char {name}[] = {{\n{rows}}};\nunsigned int {name}_len = {};\n", bytes.len())
}

pub(super) async fn xxd(t: Tool) -> i32 {
    let options = match t.options("prl:c:us:g:bi", &[], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let bytes = match input(&t, &options.operands).await {
        Ok(bytes) => bytes,
        Err(status) => return if t.busybox() { status } else { 2 },
    };
    if options.has('r') {
        let text: String = String::from_utf8_lossy(&bytes)
            .lines()
            .map(|l| if options.has('p') { l } else { l.split_once(": ").map_or(l, |(_, r)| r.split("  ").next().unwrap_or(r)) })
            .collect();
        let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
        let out: Vec<u8> = digits.chunks_exact(2).map(|p| p.iter().fold(0, |acc, d| acc << 4 | d)).collect();
        return i32::from(!t.out(out).await);
    }
    let (skip, bytes) = match window(&t, &options, &bytes, ['s', 'l']).await {
        Ok(window) => window,
        Err(status) => return status,
    };
    if options.has('i') {
        let file = options.operands.first().map(String::as_str).filter(|name| *name != "-");
        return i32::from(!t.out(c_array(file, bytes, number(&options, 'c').unwrap_or(12))).await);
    }
    let mut out = String::new();
    let hex = |bytes: &[u8]| {
        let text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        if options.has('u') { text.to_uppercase() } else { text }
    };
    let columns = number(&options, 'c');
    if options.has('p') {
        for row in bytes.chunks(columns.unwrap_or(30).max(1)) {
            out.push_str(&format!("{}\n", hex(row)));
        }
        return i32::from(!t.out(out).await);
    }
    let bits = options.has('b');
    let columns = columns.unwrap_or(if bits { 6 } else { 16 }).clamp(1, 256);
    let group = match number(&options, 'g').unwrap_or(if bits { 1 } else { 2 }) {
        0 => columns,
        group => group.min(columns),
    };
    let width = columns * (if bits { 8 } else { 2 }) + columns.div_ceil(group);
    let shown = |bytes: &[u8]| if bits { bytes.iter().map(|b| format!("{b:08b}")).collect() } else { hex(bytes) };
    for (i, row) in bytes.chunks(columns).enumerate() {
        let words: String = row.chunks(group).map(|w| format!("{} ", shown(w))).collect();
        let text: String = row.iter().map(|b| printable(*b)).collect();
        out.push_str(&format!("{:08x}: {words:<width$} {text}\n", skip + i * columns));
    }
    i32::from(!t.out(out).await)
}
