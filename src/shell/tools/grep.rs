use super::super::pattern::Pattern;
use super::super::regex::{Regex, Syntax};
use super::options::Options;
use super::tool::{Tool, lines, records, text};
use crate::process::Errno;

struct Search<'a> {
    t: &'a Tool,
    options: &'a Options,
    patterns: Vec<Regex>,
    names: bool,
    /// What ends a line.
    end: char,
    /// The columns of line numbers and offsets (`-T`).
    width: usize,
    before: usize,
    after: usize,
    limit: usize,
    found: bool,
    failed: bool,
    /// A group of context lines was printed: the next begins with `--`.
    grouped: bool,
}

/// The long options. The last letters are no options by themselves.
const LONG: &[(&str, char)] = &[
    ("extended-regexp", 'E'),
    ("fixed-strings", 'F'),
    ("basic-regexp", 'G'),
    ("perl-regexp", 'P'),
    ("regexp", 'e'),
    ("file", 'f'),
    ("ignore-case", 'i'),
    ("invert-match", 'v'),
    ("word-regexp", 'w'),
    ("line-regexp", 'x'),
    ("count", 'c'),
    ("color", 'K'),
    ("colour", 'K'),
    ("files-without-match", 'L'),
    ("files-with-matches", 'l'),
    ("max-count", 'm'),
    ("only-matching", 'o'),
    ("quiet", 'q'),
    ("silent", 'q'),
    ("no-messages", 's'),
    ("byte-offset", 'b'),
    ("with-filename", 'H'),
    ("no-filename", 'h'),
    ("line-number", 'n'),
    ("after-context", 'A'),
    ("before-context", 'B'),
    ("context", 'C'),
    ("recursive", 'r'),
    ("dereference-recursive", 'R'),
    ("include", 'N'),
    ("exclude", 'M'),
    ("exclude-dir", 'Q'),
    ("text", 'a'),
    ("line-buffered", 'u'),
    ("null", 'Z'),
    ("null-data", 'z'),
    ("initial-tab", 'T'),
    ("label", 'J'),
];

pub(super) async fn run(mut t: Tool) -> i32 {
    // GNU's egrep and fgrep are scripts that run grep.
    let kind = t.name;
    if !t.busybox() {
        t.name = "grep";
    }
    let options = match t.options("EFGPe:f:ivwxcLlm:oqsbHhnA:B:C:rRIauyZzT0123456789|K::N:M:Q:J:", LONG, 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut operands = options.operands.clone();
    let sources = match sources(&t, &options, &mut operands).await {
        Ok(sources) => sources,
        Err(status) => return status,
    };
    if !t.busybox() {
        let bad = |letter: char| options.values(letter).find(|v| number(v, letter == 'm').is_none());
        if let Some(bad) = ['A', 'B', 'C'].into_iter().find_map(bad) {
            t.complain(&format!("{bad}: invalid context length argument")).await;
            return 2;
        }
        if bad('m').is_some() {
            t.complain("invalid max count").await;
            return 2;
        }
    }
    let patterns = match compile(&t, kind, &options, &sources).await {
        Ok(patterns) => patterns,
        Err(status) => return status,
    };
    search(&t, &options, operands, patterns).await
}

/// The patterns as given, or the first operand.
async fn sources(t: &Tool, options: &Options, operands: &mut Vec<String>) -> Result<Vec<String>, i32> {
    let mut sources: Vec<String> = options.values('e').map(str::to_owned).collect();
    for file in options.values('f') {
        match t.read(file).await {
            Ok(bytes) => sources.extend(lines(&bytes).into_iter().map(text)),
            Err(errno) => {
                t.complain(&format!("{file}: {errno}")).await;
                return Err(2);
            }
        }
    }
    if sources.is_empty() && !options.has('e') && !options.has('f') {
        if operands.is_empty() {
            return Err(t.hint(2).await);
        }
        sources.push(operands.remove(0));
    }
    Ok(sources)
}

/// A count of lines. `limit`: a negative one is no limit.
fn number(text: &str, limit: bool) -> Option<usize> {
    let (minus, digits) = text.strip_prefix('-').map_or((false, text.strip_prefix('+').unwrap_or(text)), |digits| (true, digits));
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) || (minus && !limit) {
        return None;
    }
    Some(if minus { usize::MAX } else { digits.parse().unwrap_or(usize::MAX) })
}

async fn search(t: &Tool, options: &Options, mut operands: Vec<String>, patterns: Vec<Regex>) -> i32 {
    let recursive = options.has('r') || options.has('R');
    let dots = operands.is_empty() && recursive;
    if dots {
        operands.push(".".into());
    }
    let count = |letter: char| options.value(letter).and_then(|v| number(v, letter == 'm'));
    // `-5` is `-C5`; the last counts.
    let digits: String = options.given.iter().map(|(letter, _)| letter).filter(|letter| letter.is_ascii_digit()).collect();
    let around = match options.given.iter().rfind(|(letter, _)| *letter == 'C' || letter.is_ascii_digit()) {
        Some(('C', lines)) => number(lines, false),
        _ => number(&digits, false),
    };
    let around = around.unwrap_or(0);
    let mut search = Search {
        t,
        options,
        patterns,
        names: options.has('H') || (!options.has('h') && (operands.len() > 1 || recursive)),
        end: if options.has('z') { '\0' } else { '\n' },
        width: 0,
        before: count('B').unwrap_or(around),
        after: count('A').unwrap_or(around),
        limit: count('m').unwrap_or(usize::MAX),
        found: false,
        failed: false,
        grouped: false,
    };
    for name in t.inputs(&operands) {
        if recursive && t.is_dir(&name) {
            search.directory(&name, dots && t.busybox()).await;
        } else {
            search.file(&name).await;
        }
        if search.found && options.has('q') {
            return 0;
        }
    }
    match (search.found, search.failed) {
        (_, true) => 2,
        (found, false) => i32::from(!found),
    }
}

async fn compile(t: &Tool, kind: &str, options: &Options, sources: &[String]) -> Result<Vec<Regex>, i32> {
    let syntax = if options.has('F') || kind == "fgrep" {
        Syntax::Fixed
    } else if options.has('P') {
        Syntax::Perl
    } else if options.has('E') || kind == "egrep" {
        Syntax::Extended
    } else {
        Syntax::Basic
    };
    let ignore = options.has('i') || options.has('y');
    let mut out = Vec::new();
    for source in sources.iter().flat_map(|s| s.split('\n')) {
        if syntax != Syntax::Fixed && !t.busybox() {
            if let Some(name) = source.strip_prefix("[:").and_then(|rest| rest.strip_suffix(":]"))
                && name.bytes().all(|b| b.is_ascii_lowercase())
            {
                t.complain("character class syntax is [[:space:]], not [:space:]").await;
                return Err(2);
            }
            let operator = source.chars().next().filter(|c| matches!(c, '*' | '+' | '?') && syntax == Syntax::Extended);
            if let Some(operator) = operator {
                t.complain(&format!("warning: {operator} at start of expression")).await;
            }
        }
        let source = match syntax {
            Syntax::Extended => source.trim_start_matches(['*', '+', '?']),
            _ => source,
        };
        match Regex::new(source, syntax, ignore) {
            Ok(regex) => out.push(regex),
            Err(bad) => {
                if t.busybox() {
                    t.complain(&format!("bad regex '{source}': Invalid regular expression")).await;
                } else {
                    // PCRE's own words for what it knows best.
                    t.complain(match bad.0 {
                        "Unmatched ( or \\(" if syntax == Syntax::Perl => "missing closing parenthesis",
                        "Unmatched ) or \\)" if syntax == Syntax::Perl => "unmatched closing parenthesis",
                        "Unmatched [, [^, [:, [., or [=" if syntax == Syntax::Perl => "missing terminating ] for character class",
                        said => said,
                    })
                    .await;
                }
                return Err(2);
            }
        }
    }
    Ok(out)
}

impl Search<'_> {
    async fn directory(&mut self, path: &str, bare: bool) {
        let mut todo = vec![path.to_owned()];
        while let Some(at) = todo.pop() {
            self.t.ctx.step().await;
            let Ok(mut names) = self.t.vfs().read_dir(&self.t.path(&at), self.t.who()) else { continue };
            names.sort();
            let mut below = Vec::new();
            for name in names {
                let inner = if bare && at == "." { name.clone() } else { format!("{}/{name}", at.trim_end_matches('/')) };
                let Ok(meta) = self.t.meta(&inner, self.options.has('R')) else { continue };
                let fits = |letter: char| self.options.values(letter).any(|p| Pattern::new(p, false).matches(&name));
                if meta.is_dir() {
                    if !fits('Q') {
                        below.push(inner);
                    }
                } else if meta.is_file() && (!self.options.has('N') || fits('N')) && !fits('M') {
                    self.file(&inner).await;
                }
            }
            todo.extend(below.into_iter().rev());
        }
    }

    /// The matches of a line: start and end, in characters.
    fn matches(&self, line: &[char]) -> Vec<(usize, usize)> {
        let mut out: Vec<(usize, usize)> = Vec::new();
        let mut from = 0;
        while from <= line.len() {
            let best = self
                .patterns
                .iter()
                .filter_map(|p| self.fitting(p, line, from))
                .min_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)));
            let Some((start, end)) = best else { break };
            out.push((start, end));
            from = if end > start { end } else { end + 1 };
            if !self.options.has('o') && !self.colours() {
                break;
            }
        }
        out
    }

    /// The first match at or after `from` that `-w` and `-x` let through.
    fn fitting(&self, pattern: &Regex, line: &[char], mut from: usize) -> Option<(usize, usize)> {
        let word = |c: Option<&char>| c.is_some_and(|c| *c == '_' || c.is_alphanumeric());
        loop {
            let found = pattern.find_at(line, from)?;
            let (start, end) = (found.start, found.end);
            let whole = !self.options.has('x') || (start == 0 && end == line.len());
            let apart =
                !self.options.has('w') || (!word(start.checked_sub(1).and_then(|i| line.get(i))) && !word(line.get(end)) && end > start);
            if whole && apart {
                return Some((start, end));
            }
            from = start + 1;
            if from > line.len() {
                return None;
            }
        }
    }

    fn colours(&self) -> bool {
        self.options.value('K').is_some_and(|v| v == "always" || (matches!(v, "auto" | "") && self.t.ctx.is_tty(1)))
    }

    async fn complain(&mut self, name: &str, why: &str) {
        self.failed = true;
        if !self.options.has('s') {
            self.t.complain(&format!("{name}: {why}")).await;
        }
    }

    async fn file(&mut self, name: &str) {
        let shown = if name == "-" { self.options.value('J').unwrap_or("(standard input)") } else { name };
        let bytes = match self.t.read(name).await {
            Err(Errno::EISDIR) => return self.complain(name, "Is a directory").await,
            Err(errno) => return self.complain(name, &errno.to_string()).await,
            Ok(_) if name != "-" && self.t.is_dir(name) => return self.complain(name, "Is a directory").await,
            Ok(bytes) => bytes,
        };
        let binary = bytes.iter().take(4096).any(|b| *b == 0) && !self.options.has('a') && !self.options.has('z');
        if binary && self.options.has('I') {
            return;
        }
        if self.options.has('T') {
            // The widest number that there could be.
            let most = if name == "-" { i64::MAX as u64 } else { bytes.len() as u64 + u64::from(self.options.has('n')) };
            self.width = most.to_string().len();
        }
        let all: Vec<String> = records(&bytes, self.end as u8).into_iter().map(text).collect();
        let mut count = 0;
        let mut out = String::new();
        let mut shown_to = 0;
        let mut after_left = 0;
        let mut offset = 0;
        for (i, line) in all.iter().enumerate() {
            if i % 256 == 0 {
                self.t.ctx.step().await;
            }
            let chars: Vec<char> = line.chars().collect();
            let matches = self.matches(&chars);
            let hit = matches.is_empty() == self.options.has('v') && count < self.limit;
            if hit {
                count += 1;
                self.found = true;
                if self.options.has('q') || self.options.has('l') || self.options.has('L') || (binary && !self.options.has('c')) {
                    break;
                }
            }
            if !self.options.has('c') {
                if hit {
                    let start = i.saturating_sub(self.before).max(shown_to);
                    if (self.before > 0 || self.after > 0) && self.grouped && (start > shown_to || shown_to == 0) {
                        out.push_str("--\n");
                    }
                    for (n, context) in all.iter().enumerate().take(i).skip(start) {
                        self.print(&mut out, shown, n, '-', context, 0);
                    }
                    self.print_hit(&mut out, shown, i, line, &chars, &matches, offset);
                    shown_to = i + 1;
                    self.grouped = true;
                    after_left = self.after;
                } else if after_left > 0 {
                    self.print(&mut out, shown, i, '-', line, offset);
                    shown_to = i + 1;
                    after_left -= 1;
                }
            }
            offset += line.len() + 1;
            if count >= self.limit && after_left == 0 {
                break;
            }
        }
        self.t.out(&out).await;
        self.summary(shown, count, binary).await;
    }

    fn coloured(&self, colour: u8, text: &str) -> String {
        if self.colours() { format!("\u{1b}[{colour}m\u{1b}[K{text}\u{1b}[m\u{1b}[K") } else { text.to_owned() }
    }

    /// A file's name, and what stands after it.
    fn name(&self, name: &str, mark: char) -> String {
        let mark = match mark {
            _ if self.options.has('Z') => "\0".to_owned(),
            '\n' => "\n".to_owned(),
            mark => self.coloured(36, &mark.to_string()),
        };
        format!("{}{mark}", self.coloured(35, name))
    }

    async fn summary(&self, shown: &str, count: usize, binary: bool) {
        if self.options.has('q') {
            return;
        }
        if self.options.has('l') || self.options.has('L') {
            if (count > 0) == self.options.has('l') {
                self.t.out(self.name(shown, '\n')).await;
            }
        } else if self.options.has('c') {
            let name = if self.names { self.name(shown, ':') } else { String::new() };
            self.t.out(format!("{name}{count}\n")).await;
        } else if binary && count > 0 {
            if self.t.busybox() {
                self.t.out(format!("Binary file {shown} matches\n")).await;
            } else {
                self.t.complain(&format!("{shown}: binary file matches")).await;
            }
        }
    }

    fn print(&self, out: &mut String, name: &str, number: usize, mark: char, line: &str, offset: usize) {
        let start = out.len();
        if self.names {
            out.push_str(&self.name(name, mark));
        }
        let mark = self.coloured(36, &mark.to_string());
        for (letter, value) in [('n', number + 1), ('b', offset)] {
            if self.options.has(letter) {
                out.push_str(&self.coloured(32, &format!("{value:>0$}", self.width)));
                out.push_str(&mark);
            }
        }
        if self.options.has('T') && out.len() > start && !line.is_empty() {
            out.push('\t');
        }
        out.push_str(line);
        out.push(self.end);
    }

    #[expect(clippy::too_many_arguments, reason = "one line of one file")]
    fn print_hit(
        &self,
        out: &mut String,
        name: &str,
        number: usize,
        line: &str,
        chars: &[char],
        matches: &[(usize, usize)],
        offset: usize,
    ) {
        let part = |from: usize, to: usize| chars.get(from..to).unwrap_or(&[]).iter().collect::<String>();
        if self.options.has('o') {
            for (start, end) in matches.iter().filter(|(s, e)| e > s) {
                self.print(out, name, number, ':', &part(*start, *end), offset + part(0, *start).len());
            }
        } else if self.colours() {
            let mut shown = String::new();
            let mut at = 0;
            for (start, end) in matches.iter().filter(|(s, e)| e > s) {
                shown.push_str(&part(at, *start));
                shown.push_str(&format!("\u{1b}[01;31m\u{1b}[K{}\u{1b}[m\u{1b}[K", part(*start, *end)));
                at = *end;
            }
            shown.push_str(&part(at, chars.len()));
            self.print(out, name, number, ':', &shown, offset);
        } else {
            self.print(out, name, number, ':', line, offset);
        }
    }
}
