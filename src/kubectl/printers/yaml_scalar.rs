//! How go-yaml writes one string: plain, quoted or literal, and where it folds. Models go-yaml v2's emitterc.go and resolve.go.

/// The form of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What go-yaml finds out about a string before it writes it.
#[derive(Default)]
struct Analysis {
    plain: bool,
    single: bool,
    block: bool,
}

fn printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn analyze(text: &str) -> Analysis {
    let chars: Vec<char> = text.chars().collect();
    let Some(last) = chars.len().checked_sub(1) else { return Analysis { plain: true, single: true, block: false } };
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let (mut line_breaks, mut special) = (false, false);
    let (mut edge_blank, mut trailing_space, mut break_space, mut space_break) = (false, false, false, false);
    let (mut previous_space, mut previous_break, mut after_blank) = (false, false, true);
    for (i, &c) in chars.iter().enumerate() {
        let before_blank = chars.get(i + 1).is_none_or(|c| matches!(c, ' ' | '\t') || is_break(*c));
        indicators |= match c {
            '#' => i == 0 || after_blank,
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => i == 0,
            '?' => i == 0 && before_blank,
            ':' => before_blank,
            '-' => i == 0 && before_blank,
            _ => false,
        };
        special |= !printable(c);
        if c == ' ' {
            edge_blank |= i == 0 || i == last;
            trailing_space |= i == last;
            break_space |= previous_break;
            (previous_space, previous_break) = (true, false);
        } else if is_break(c) {
            line_breaks = true;
            edge_blank |= i == 0 || i == last;
            space_break |= previous_space;
            (previous_space, previous_break) = (false, true);
        } else {
            (previous_space, previous_break) = (false, false);
        }
        after_blank = matches!(c, ' ' | '\t') || is_break(c);
    }
    let unquotable = space_break || special;
    Analysis {
        plain: !(edge_blank || break_space || unquotable || line_breaks || indicators),
        single: !(break_space || unquotable),
        block: !(trailing_space || unquotable),
    }
}

/// The style go-yaml picks for a string value or key.
pub fn choose_style(text: &str, key: bool) -> Style {
    let analysis = analyze(text);
    if text.contains('\n') {
        return if key || !analysis.block { Style::Double } else { Style::Literal };
    }
    if resolves_to_other(text) {
        return Style::Double;
    }
    if analysis.plain && !(text.is_empty() && key) {
        return Style::Plain;
    }
    if analysis.single { Style::Single } else { Style::Double }
}

/// Whether the bare text would be read as something other than a string.
pub fn resolves_to_other(text: &str) -> bool {
    const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if text.is_empty() || text == "~" || text == "<<" {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    let mut capital = lower.clone();
    if let Some(first) = capital.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if WORDS.contains(&lower.as_str()) && (text == lower || text == capital || text == text.to_ascii_uppercase()) {
        return true;
    }
    if matches!(text.trim_start_matches(['+', '-']), ".inf" | ".Inf" | ".INF") && text.len() <= 5 {
        return true;
    }
    matches!(text, ".nan" | ".NaN" | ".NAN") || is_number(text) || is_timestamp(text) || is_base60(text)
}

fn is_number(text: &str) -> bool {
    let plain = text.replace('_', "");
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return false;
    }
    let digits = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let radix = |prefixes: [&str; 2], base: u32| {
        prefixes.iter().any(|p| digits.strip_prefix(p).is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(base))))
    };
    radix(["0x", "0X"], 16) || radix(["0b", "0B"], 2) || radix(["0o", "0O"], 8) || is_float(digits)
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(i) => (&text[..i], Some(&text[i + 1..])),
        None => (text, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    let mantissa_fits = match mantissa.split_once('.') {
        Some((whole, rest)) => digits(whole) && digits(rest) && !(whole.is_empty() && rest.is_empty()),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    exponent_fits && mantissa_fits
}

fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(i) => (&text[..i], Some((text.as_bytes()[i], &text[i + 1..]))),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |s: &str, most: usize, max: u32| {
        (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit()) && s.parse::<u32>().is_ok_and(|n| n <= max)
    };
    let date_fits = year.len() == 4 && number(year, 4, 9999) && number(month, 2, 12) && number(day, 2, 31);
    let clock = |time: &str| {
        let time = time.split('.').next().unwrap_or_default();
        let parts: Vec<&str> = time.split(':').collect();
        matches!(parts.as_slice(), [h, m, s] if number(h, 2, 23) && number(m, 2, 59) && number(s, 2, 59))
    };
    date_fits
        && match time {
            None => true,
            Some((b' ', time)) => clock(time),
            Some((_, time)) => match time.strip_suffix('Z') {
                Some(time) => clock(time),
                None => time.rfind(['+', '-']).is_some_and(|i| clock(&time[..i]) && time[i + 1..].len() == 5),
            },
        }
}

/// `[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?`
fn is_base60(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let part = |p: &&str| match p.as_bytes() {
        [b] => b.is_ascii_digit(),
        [a, b] => (b'0'..=b'5').contains(a) && b.is_ascii_digit(),
        _ => false,
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    !rest.is_empty() && first.starts_with(|c: char| c.is_ascii_digit()) && digits(first) && digits(fraction) && rest.iter().all(part)
}

/// The scalar's text in `style`, folded where a line has passed `width`; it begins at `column`, and its further lines at `indent`.
pub fn fold(text: &str, style: Style, width: usize, column: usize, indent: usize) -> String {
    match style {
        Style::Plain | Style::Single => flowed(text, style == Style::Single, width, column, indent),
        Style::Double => double(text, width, column, indent),
        Style::Literal => literal(text, indent),
    }
}

fn flowed(text: &str, quoted: bool, width: usize, mut column: usize, indent: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    if quoted {
        out.push('\'');
        column += 1;
    }
    let mut spaces = false;
    for (i, &c) in chars.iter().enumerate() {
        if c == ' ' {
            let inner = !quoted || (i > 0 && i + 1 < chars.len());
            if !spaces && column > width && inner && chars.get(i + 1) != Some(&' ') {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                out.push(c);
                column += 1;
            }
            spaces = true;
            continue;
        }
        if quoted && c == '\'' {
            out.push('\'');
            column += 1;
        }
        out.push(c);
        column += 1;
        spaces = false;
    }
    if quoted {
        out.push('\'');
    }
    out
}

fn double(text: &str, width: usize, column: usize, indent: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::from("\"");
    let mut column = column + 1;
    let mut spaces = false;
    for (i, &c) in chars.iter().enumerate() {
        if c == ' ' {
            if !spaces && column > width && i > 0 && i + 1 < chars.len() {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
                if chars[i + 1] == ' ' {
                    out.push('\\');
                    column += 1;
                }
            } else {
                out.push(' ');
                column += 1;
            }
            spaces = true;
            continue;
        }
        let piece = if !printable(c) || is_break(c) || matches!(c, '"' | '\\') { escape(c) } else { c.to_string() };
        column += piece.chars().count();
        out.push_str(&piece);
        spaces = false;
    }
    out.push('"');
    out
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c => {
            let code = c as u32;
            return if code <= 0xff {
                format!("\\x{code:02X}")
            } else if code <= 0xffff {
                format!("\\u{code:04X}")
            } else {
                format!("\\U{code:08X}")
            };
        }
    };
    format!("\\{short}")
}

fn literal(text: &str, indent: usize) -> String {
    let mut out = String::from("|");
    if text.starts_with([' ', '\n', '\r']) {
        out.push('2');
    }
    if !text.ends_with('\n') {
        out.push('-');
    } else if text.len() == 1 || text.ends_with("\n\n") {
        out.push('+');
    }
    let body = text.strip_suffix('\n').unwrap_or(text);
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
    }
    out
}
