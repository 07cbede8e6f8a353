use std::cmp::Ordering;

use super::options::Options;
use super::tool::{Tool, records, text};

/// How a key is compared.
#[derive(Clone, Copy, Default)]
struct How {
    numeric: bool,
    general: bool,
    human: bool,
    version: bool,
    month: bool,
    fold: bool,
    reverse: bool,
    blanks: bool,
    dictionary: bool,
}

impl How {
    fn set(&mut self, letter: char) -> bool {
        match letter {
            'n' => self.numeric = true,
            'g' => self.general = true,
            'h' => self.human = true,
            'V' => self.version = true,
            'M' => self.month = true,
            'f' => self.fold = true,
            'r' => self.reverse = true,
            'b' => self.blanks = true,
            'd' | 'i' => self.dictionary = true,
            _ => return false,
        }
        true
    }

    fn is_plain(&self) -> bool {
        !(self.numeric || self.general || self.human || self.version || self.month || self.fold || self.dictionary || self.reverse)
    }
}

/// `-k 2,3.1nr`
struct Key {
    start: (usize, usize),
    end: Option<(usize, usize)>,
    how: How,
}

fn place(text: &str) -> Result<((usize, usize), &str), ()> {
    let number = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let len = number(text);
    let field = text.get(..len).and_then(|t| t.parse().ok()).ok_or(())?;
    let rest = text.get(len..).unwrap_or("");
    match rest.strip_prefix('.') {
        Some(rest) => {
            let len = number(rest);
            Ok(((field, rest.get(..len).and_then(|t| t.parse().ok()).ok_or(())?), rest.get(len..).unwrap_or("")))
        }
        None => Ok(((field, 0), rest)),
    }
}

fn key(text: &str, global: How) -> Result<Key, ()> {
    let (start, rest) = place(text)?;
    let (mut how, mut any) = (How::default(), false);
    let mut flags = |letters: &str| {
        letters.chars().all(|c| {
            any = true;
            how.set(c)
        })
    };
    let (letters, end) = rest.split_once(',').map_or((rest, None), |(a, b)| (a, Some(b)));
    if !flags(letters) {
        return Err(());
    }
    let end = match end {
        Some(end) => {
            let (end, letters) = place(end)?;
            if !flags(letters) {
                return Err(());
            }
            Some(end)
        }
        None => None,
    };
    if start.0 == 0 {
        return Err(());
    }
    Ok(Key { start, end, how: if any { how } else { global } })
}

/// The text of a key in a line.
fn extract<'a>(line: &'a str, key: &Key, separator: Option<char>) -> &'a str {
    let mut fields: Vec<(usize, usize)> = Vec::new();
    match separator {
        Some(c) => {
            let mut at = 0;
            for part in line.split(c) {
                fields.push((at, at + part.len()));
                at += part.len() + c.len_utf8();
            }
        }
        None => {
            let bytes = line.as_bytes();
            let mut at = 0;
            while at < bytes.len() {
                let start = at;
                while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                    at += 1;
                }
                while bytes.get(at).is_some_and(|b| !b.is_ascii_whitespace()) {
                    at += 1;
                }
                fields.push((start, at));
            }
        }
    }
    let field = |n: usize| fields.get(n - 1).copied();
    let (mut start, _) = field(key.start.0).unwrap_or((line.len(), line.len()));
    if key.how.blanks {
        let rest = line.get(start..).unwrap_or("");
        start += rest.len() - rest.trim_start().len();
    }
    start += key.start.1.saturating_sub(1);
    let end = match key.end {
        None => line.len(),
        Some((n, 0)) => field(n.max(1)).map_or(line.len(), |(_, end)| end),
        Some((n, chars)) => field(n.max(1)).map_or(line.len(), |(start, _)| (start + chars).min(line.len())),
    };
    line.get(start.min(line.len())..end.max(start).min(line.len())).unwrap_or("")
}

fn leading_number(text: &str) -> f64 {
    let text = text.trim_start();
    let mut len = usize::from(text.starts_with('-'));
    len += text.get(len..).unwrap_or("").find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len() - len);
    text.get(..len).and_then(|t| t.trim_end_matches('.').parse().ok()).unwrap_or(0.0)
}

/// The longest beginning that is a number in any notation.
fn general(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).unwrap_or(text.len());
    let longest = (1..=end).rev().find_map(|n| text.get(..n)?.parse::<f64>().ok());
    longest.unwrap_or(f64::NEG_INFINITY)
}

fn human_number(text: &str) -> (i32, f64) {
    let text = text.trim_start();
    let number = leading_number(text);
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
    let rank = rest.chars().next().and_then(|c| "kKMGTPE".find(c)).map_or(0, |i| if i < 2 { 1 } else { i as i32 });
    (if number < 0.0 { -rank } else { rank }, number)
}

fn month(text: &str) -> usize {
    let head: String = text.trim_start().chars().take(3).collect::<String>().to_uppercase();
    "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC".find(&head).filter(|i| head.len() == 3 && i % 3 == 0).map_or(0, |i| i / 3 + 1)
}

/// The order of `-V`: numbers inside by what they count.
pub(super) fn by_version(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let text = |s: &str| s.find(|c: char| c.is_ascii_digit()).unwrap_or(s.len());
        let (an, bn) = (text(a), text(b));
        let (at, bt) = (a.get(..an).unwrap_or(""), b.get(..bn).unwrap_or(""));
        if at != bt {
            return at.cmp(bt);
        }
        a = a.get(an..).unwrap_or("");
        b = b.get(bn..).unwrap_or("");
        let digits = |s: &str| s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
        let (an, bn) = (digits(a), digits(b));
        let value = |s: &str, n: usize| s.get(..n).and_then(|t| t.parse::<u128>().ok()).unwrap_or(0);
        match value(a, an).cmp(&value(b, bn)) {
            Ordering::Equal if an == 0 && bn == 0 => return Ordering::Equal,
            Ordering::Equal => {}
            order => return order,
        }
        a = a.get(an..).unwrap_or("");
        b = b.get(bn..).unwrap_or("");
    }
}

fn compare(a: &str, b: &str, how: &How) -> Ordering {
    let order = if how.general {
        general(a).total_cmp(&general(b))
    } else if how.numeric {
        leading_number(a).total_cmp(&leading_number(b))
    } else if how.human {
        let (a, b) = (human_number(a), human_number(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    } else if how.version {
        by_version(a, b)
    } else if how.month {
        month(a).cmp(&month(b))
    } else {
        let clean = |s: &str| -> String {
            let s = s.chars().filter(|c| !how.dictionary || c.is_alphanumeric() || *c == ' ');
            if how.fold { s.flat_map(char::to_uppercase).collect() } else { s.collect() }
        };
        if how.fold || how.dictionary { clean(a).cmp(&clean(b)) } else { a.cmp(b) }
    };
    if how.reverse { order.reverse() } else { order }
}

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("numeric-sort", 'n'),
        ("reverse", 'r'),
        ("unique", 'u'),
        ("key", 'k'),
        ("field-separator", 't'),
        ("output", 'o'),
        ("check", 'c'),
        ("human-numeric-sort", 'h'),
        ("version-sort", 'V'),
        ("ignore-case", 'f'),
        ("stable", 's'),
        ("merge", 'm'),
        ("month-sort", 'M'),
        ("general-numeric-sort", 'g'),
        ("zero-terminated", 'z'),
        ("ignore-leading-blanks", 'b'),
        ("dictionary-order", 'd'),
        ("random-sort", 'R'),
        ("parallel", 'P'),
    ];
    let options = match t.options("nrut:k:o:chVfsmMgzbdiCS:T:R|P:", &long, 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut global = How::default();
    for (letter, _) in &options.given {
        global.set(*letter);
    }
    let sorter = match Sorter::new(&t, &options, global) {
        Ok(sorter) => sorter,
        Err(message) => {
            t.complain(&message).await;
            return 2;
        }
    };
    let end = if options.has('z') { '\0' } else { '\n' };
    let inputs = match read(&t, &options, end).await {
        Ok(inputs) => inputs,
        Err(status) => return status,
    };
    if options.has('c') || options.has('C') {
        return check(&t, &options, &sorter, &inputs.concat()).await;
    }
    let mut all = if options.has('m') { sorter.merged(inputs) } else { inputs.concat() };
    if !options.has('m') {
        all.sort_by(|a, b| sorter.order(a, b));
    }
    if options.has('u') {
        all.dedup_by(|b, a| sorter.by_keys(a, b) == Ordering::Equal);
    }
    if options.has('R') {
        all = sorter.shuffled(&t, &all);
    }
    let out: String = all.into_iter().flat_map(|line| [line, end.into()]).collect();
    match options.value('o') {
        None => i32::from(!t.out(out).await),
        Some(name) => match t.create(name, false) {
            Ok(file) => i32::from(t.write_to(&file, out.as_bytes()).await.is_err()),
            Err(errno) => {
                t.complain(&format!("open failed: {name}: {errno}")).await;
                2
            }
        },
    }
}

/// The lines of each input. `Err` is the status: what is wrong was said.
async fn read(t: &Tool, options: &Options, end: char) -> Result<Vec<Vec<String>>, i32> {
    let mut inputs: Vec<Vec<String>> = Vec::new();
    for name in t.inputs(&options.operands) {
        match t.read(&name).await {
            Ok(bytes) => inputs.push(records(&bytes, end as u8).into_iter().map(text).collect()),
            Err(errno) => {
                let what = if errno == crate::process::Errno::EISDIR { "read failed" } else { "cannot read" };
                let message = if t.busybox() { format!("{name}: {errno}") } else { format!("{what}: {name}: {errno}") };
                t.complain(&message).await;
                return Err(2);
            }
        }
        t.ctx.step().await;
    }
    Ok(inputs)
}

/// `-c`, `-C`: whether the lines are in order.
async fn check(t: &Tool, options: &Options, sorter: &Sorter, all: &[String]) -> i32 {
    for (i, pair) in all.windows(2).enumerate() {
        let [a, b] = pair else { continue };
        if sorter.order(a, b) != Ordering::Greater && !(options.has('u') && sorter.by_keys(a, b) == Ordering::Equal) {
            continue;
        }
        if options.has('c') && t.busybox() {
            t.ctx.eprint(&format!("Check line {}\n", i + 1)).await;
        } else if options.has('c') {
            let name = options.operands.first().map_or("-", String::as_str);
            t.complain(&format!("{name}:{}: disorder: {b}", i + 2)).await;
        }
        return 1;
    }
    0
}

/// How lines are compared.
struct Sorter {
    keys: Vec<Key>,
    separator: Option<char>,
    global: How,
    /// What is equal by its keys is compared whole.
    last_resort: bool,
}

impl Sorter {
    /// `Err`: what is wrong with the options.
    fn new(t: &Tool, options: &Options, global: How) -> Result<Sorter, String> {
        let separator = match options.value('t') {
            None => None,
            Some("\\t") => Some('\t'),
            Some("\\0") => Some('\0'),
            Some("") => return Err("empty tab".into()),
            Some(tab) if tab.chars().count() > 1 && t.busybox() => return Err("bad -t parameter".into()),
            Some(tab) if tab.chars().count() > 1 => return Err(format!("multi-character tab {}", t.quote(tab))),
            Some(tab) => tab.chars().next(),
        };
        if options.has('c')
            && !t.busybox()
            && let Some(extra) = options.operands.get(1)
        {
            return Err(format!("extra operand {} not allowed with -c", t.name_of(extra)));
        }
        let wrong = |value: &str| match (value.split_once('.'), value.strip_prefix('0')) {
            _ if t.busybox() => format!("bad field specification '{value}'"),
            (Some((field, rest)), _) if field.bytes().all(|b| b.is_ascii_digit()) => {
                format!("invalid number after '.': invalid count at start of {}", t.quote(rest))
            }
            (_, Some(_)) => format!("field number is zero: invalid field specification {}", t.quote(value)),
            _ => format!("invalid number at field start: invalid count at start of {}", t.quote(value)),
        };
        let keys = options.values('k').map(|value| key(value, global).map_err(|()| wrong(value))).collect::<Result<_, _>>()?;
        Ok(Sorter { keys, separator, global, last_resort: !options.has('s') && !options.has('u') })
    }

    fn by_keys(&self, a: &str, b: &str) -> Ordering {
        if self.keys.is_empty() {
            return compare(a, b, &self.global);
        }
        let by = |k: &Key| compare(extract(a, k, self.separator), extract(b, k, self.separator), &k.how);
        self.keys.iter().map(by).find(|o| *o != Ordering::Equal).unwrap_or(Ordering::Equal)
    }

    fn order(&self, a: &str, b: &str) -> Ordering {
        let first = self.by_keys(a, b);
        if first != Ordering::Equal || !self.last_resort || (self.keys.is_empty() && self.global.is_plain()) {
            return first;
        }
        let whole = a.cmp(b);
        if self.global.reverse { whole.reverse() } else { whole }
    }

    /// `-m`: the smallest first line of the inputs, again and again.
    fn merged(&self, inputs: Vec<Vec<String>>) -> Vec<String> {
        let mut inputs: Vec<_> = inputs.into_iter().map(|lines| lines.into_iter().peekable()).collect();
        let mut out = Vec::new();
        loop {
            let mut first: Option<(usize, String)> = None;
            for (i, lines) in inputs.iter_mut().enumerate() {
                if let Some(line) = lines.peek()
                    && first.as_ref().is_none_or(|(_, first)| self.order(line, first) == Ordering::Less)
                {
                    first = Some((i, line.clone()));
                }
            }
            let Some((i, line)) = first else { return out };
            inputs.get_mut(i).and_then(Iterator::next);
            out.push(line);
        }
    }

    /// `-R`: sorted lines at random; those with equal keys stay together.
    fn shuffled(&self, t: &Tool, all: &[String]) -> Vec<String> {
        let mut groups: Vec<&[String]> = all.chunk_by(|a, b| self.by_keys(a, b) == Ordering::Equal).collect();
        for at in (1..groups.len()).rev() {
            let other = t.ctx.sim().rng().below(at as u64 + 1) as usize;
            groups.swap(at, other);
        }
        groups.concat()
    }
}
