use super::super::pattern::Pattern;
use super::super::regex::{Regex, Syntax};
use super::tool::{Options, Tool, lines, text};
use crate::process::Errno;

struct Search<'a> {
    t: &'a Tool,
    options: &'a Options,
    patterns: Vec<Regex>,
    names: bool,
    before: usize,
    after: usize,
    limit: usize,
    found: bool,
    failed: bool,
    /// A group of context lines was printed: the next begins with `--`.
    grouped: bool,
}

pub(super) async fn run(mut t: Tool) -> i32 {
    // `-5` is `-C5`.
    for arg in t.args.iter_mut().skip(1) {
        if let Some(digits) = arg.strip_prefix('-').filter(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit())) {
            *arg = format!("-C{digits}");
        }
    }
    let long = [
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
        ("include", 'I'),
        ("exclude", 'X'),
        ("exclude-dir", 'D'),
        ("text", 'a'),
        ("line-buffered", 'u'),
        ("null", 'Z'),
        ("null-data", 'z'),
        ("initial-tab", 'T'),
        ("label", 'J'),
    ];
    let options = match t.options("EFGPe:f:ivwxcK::Llm:oqsbHhnA:B:C:rRI:X:D:auyZzTJ:0123456789", &long, 2).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut operands = options.operands.clone();
    let mut sources: Vec<String> = options.values('e').map(str::to_owned).collect();
    for file in options.values('f') {
        match t.read(file).await {
            Ok(bytes) => sources.extend(lines(&bytes).into_iter().map(text)),
            Err(errno) => {
                t.complain(&format!("{file}: {errno}")).await;
                return 2;
            }
        }
    }
    if sources.is_empty() && !options.has('e') && !options.has('f') {
        if operands.is_empty() {
            if t.busybox() {
                return t.hint(1).await;
            }
            return t.misuse("", 2).await;
        }
        sources.push(operands.remove(0));
    }
    if !t.busybox() {
        for letter in ['A', 'B', 'C', 'm'] {
            let Some(bad) = options.values(letter).find(|v| v.parse::<i64>().is_err()) else { continue };
            let message = if letter == 'm' { "invalid max count".to_owned() } else { format!("{bad}: invalid context length argument") };
            t.complain(&message).await;
            return 2;
        }
    }
    let patterns = match compile(&t, &options, &sources).await {
        Ok(patterns) => patterns,
        Err(status) => return status,
    };
    let recursive = options.has('r') || options.has('R');
    let dots = operands.is_empty() && recursive;
    if dots {
        operands.push(".".into());
    }
    let number = |letter: char| options.value(letter).and_then(|v| v.parse::<usize>().ok());
    let mut search = Search {
        t: &t,
        options: &options,
        patterns,
        names: options.has('H') || (!options.has('h') && (operands.len() > 1 || recursive)),
        before: number('B').or(number('C')).unwrap_or(0),
        after: number('A').or(number('C')).unwrap_or(0),
        limit: number('m').unwrap_or(usize::MAX),
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

async fn compile(t: &Tool, options: &Options, sources: &[String]) -> Result<Vec<Regex>, i32> {
    let syntax = if options.has('F') || t.name == "fgrep" {
        Syntax::Fixed
    } else if options.has('P') {
        Syntax::Perl
    } else if options.has('E') || t.name == "egrep" {
        Syntax::Extended
    } else {
        Syntax::Basic
    };
    let ignore = options.has('i') || options.has('y');
    let mut out = Vec::new();
    for source in sources.iter().flat_map(|s| s.split('\n')) {
        match Regex::new(source, syntax, ignore) {
            Ok(regex) => out.push(regex),
            Err(bad) => {
                if t.busybox() {
                    t.complain(&format!("bad regex '{source}': Invalid regular expression")).await;
                } else {
                    t.complain(bad.0).await;
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
                    if !fits('D') {
                        below.push(inner);
                    }
                } else if meta.is_file() && (!self.options.has('I') || fits('I')) && !fits('X') {
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
        let binary = bytes.iter().take(4096).any(|b| *b == 0) && !self.options.has('a');
        let all: Vec<String> = lines(&bytes).into_iter().map(text).collect();
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
                if self.options.has('q') || self.options.has('l') || self.options.has('L') || binary {
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

    async fn summary(&self, shown: &str, count: usize, binary: bool) {
        let line = if self.options.has('q') {
            String::new()
        } else if self.options.has('l') || self.options.has('L') {
            if (count > 0) == self.options.has('l') { format!("{shown}\n") } else { String::new() }
        } else if self.options.has('c') {
            if self.names { format!("{shown}:{count}\n") } else { format!("{count}\n") }
        } else if binary && count > 0 {
            if self.t.busybox() { format!("Binary file {shown} matches\n") } else { format!("grep: {shown}: binary file matches\n") }
        } else {
            String::new()
        };
        if binary && line.starts_with("grep: ") {
            self.t.ctx.eprint(&line).await;
        } else if !line.is_empty() {
            self.t.out(line).await;
        }
    }

    fn print(&self, out: &mut String, name: &str, number: usize, mark: char, line: &str, offset: usize) {
        if self.names {
            out.push_str(&if self.colours() {
                format!("\u{1b}[35m\u{1b}[K{name}\u{1b}[m\u{1b}[K\u{1b}[36m\u{1b}[K{mark}\u{1b}[m\u{1b}[K")
            } else {
                format!("{name}{mark}")
            });
        }
        if self.options.has('n') {
            out.push_str(&if self.colours() {
                format!("\u{1b}[32m\u{1b}[K{}\u{1b}[m\u{1b}[K\u{1b}[36m\u{1b}[K{mark}\u{1b}[m\u{1b}[K", number + 1)
            } else {
                format!("{}{mark}", number + 1)
            });
        }
        if self.options.has('b') {
            out.push_str(&format!("{offset}{mark}"));
        }
        out.push_str(line);
        out.push('\n');
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
