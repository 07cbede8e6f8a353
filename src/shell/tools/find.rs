use super::super::pattern::Pattern;
use super::super::regex::{Regex, Syntax};
use super::tool::Tool;
use super::{clock, date, env, ls, owner};
use crate::process::vfs::Metadata;

enum Test {
    Name(Pattern, bool),
    Path(Pattern, bool),
    Type(Vec<char>),
    Empty,
    Newer(i64),
    Links(char, u64),
    Inode(u64),
    Same(u64, u64),
    Regex(Regex),
    Size(char, u64, u64),
    Minutes(char, u64),
    Perm(char, u32),
    User(u32),
    True(bool),
    Print(char),
    Printf(String),
    Delete,
    Exec { words: Vec<String>, all: bool, found: std::cell::RefCell<Vec<String>>, inside: bool, asks: bool },
    Prune,
    Quit,
    Not(Box<Test>),
    And(Vec<Test>),
    Or(Vec<Test>),
}

struct Found {
    path: String,
    meta: Metadata,
}

#[derive(Default)]
struct Limits {
    max_depth: Option<usize>,
    min_depth: usize,
    depth_first: bool,
    acts: bool,
}

/// Parentheses and `!` hold each other this deep at most.
const DEPTH_LIMIT: usize = 100;

struct Parser<'a> {
    t: &'a Tool,
    words: &'a [String],
    at: usize,
    depth: usize,
    limits: Limits,
    syntax: Syntax,
}

type Parsed = Result<Test, String>;

impl Parser<'_> {
    fn next(&mut self) -> Option<String> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word
    }

    fn argument(&mut self, of: &str) -> Result<String, String> {
        self.next().ok_or_else(|| match self.t.busybox() {
            true => format!("{of} requires an argument"),
            false => format!("missing argument to `{of}'"),
        })
    }

    fn deeper(&mut self, inner: fn(&mut Self) -> Parsed) -> Parsed {
        if self.depth > DEPTH_LIMIT {
            return Err("an expression nested this deep is not simulated in Podground".into());
        }
        self.depth += 1;
        let test = inner(self);
        self.depth -= 1;
        test
    }

    fn or(&mut self) -> Parsed {
        let mut options = vec![self.and()?];
        while let Some(word) = self.words.get(self.at).filter(|w| *w == "-o" || *w == "-or") {
            self.at += 1;
            if self.at >= self.words.len() && !self.t.busybox() {
                return Err(format!("expected an expression after '{word}'"));
            }
            options.push(self.and()?);
        }
        Ok(if options.len() == 1 { options.remove(0) } else { Test::Or(options) })
    }

    fn and(&mut self) -> Parsed {
        let mut all = Vec::new();
        while let Some(word) = self.words.get(self.at) {
            match word.as_str() {
                "-o" | "-or" | ")" => break,
                "-a" | "-and" => self.at += 1,
                _ => all.push(self.primary()?),
            }
        }
        Ok(Test::And(all))
    }

    fn primary(&mut self) -> Parsed {
        let word = self.next().unwrap_or_default();
        let number = |text: &str| -> (char, Option<u64>) {
            let sign = text.chars().next().filter(|c| matches!(c, '+' | '-')).unwrap_or('=');
            (sign, text.trim_start_matches(['+', '-']).parse().ok())
        };
        Ok(match word.as_str() {
            "!" | "-not" if self.at >= self.words.len() && !self.t.busybox() => {
                return Err(format!("expected an expression after '{word}'"));
            }
            "!" | "-not" => Test::Not(Box::new(self.deeper(Self::primary)?)),
            "(" => {
                let inner = self.deeper(Self::or)?;
                if self.next().as_deref() != Some(")") {
                    return Err("invalid expression; I was expecting to find a ')' somewhere but did not see one.".into());
                }
                inner
            }
            "-name" | "-iname" => Test::Name(self.pattern(&word)?, word == "-iname"),
            "-path" | "-ipath" | "-wholename" => Test::Path(self.pattern(&word)?, word == "-ipath"),
            "-type" => {
                let kinds = self.argument(&word)?;
                if let Some(bad) = kinds.chars().find(|c| !"fdlcbpsD,".contains(*c)) {
                    if self.t.busybox() {
                        return Err(format!("invalid argument '{kinds}' to '-type'"));
                    }
                    return Err(format!("Unknown argument to -type: {bad}"));
                }
                if !self.t.busybox() && kinds.split(',').any(|kind| kind.len() > 1) {
                    return Err("Must separate multiple arguments to -type using: ','".into());
                }
                Test::Type(kinds.chars().filter(|c| *c != ',').collect())
            }
            "-empty" => Test::Empty,
            "-o" | "-or" | "-a" | "-and" if !self.t.busybox() => {
                return Err(format!("invalid expression; you have used a binary operator '{word}' with nothing before it."));
            }
            "-true" => Test::True(true),
            "-false" => Test::True(false),
            "-newer" => {
                let name = self.argument(&word)?;
                let meta = self.t.meta(&name, true).map_err(|e| format!("{}: {e}", self.t.quote(&name)))?;
                Test::Newer(clock::nanos(meta.modified))
            }
            "-newermt" => {
                let text = self.argument(&word)?;
                let at = date::parse(&text, self.t.ctx.sim().timestamp());
                let at = at.ok_or_else(|| format!("I cannot figure out how to interpret {} as a date or time", self.t.quote(&text)))?;
                Test::Newer(clock::nanos(clock::time_of(self.t, at)))
            }
            "-links" | "-inum" => {
                let text = self.argument(&word)?;
                let (sign, n) = number(&text);
                let n = n.ok_or_else(|| format!("non-numeric argument to {word}: {}", self.t.quote(&text)))?;
                if word == "-links" { Test::Links(sign, n) } else { Test::Inode(n) }
            }
            "-samefile" => {
                let name = self.argument(&word)?;
                let meta = self.t.meta(&name, false).map_err(|e| format!("{}: {e}", self.t.quote(&name)))?;
                Test::Same(meta.device, meta.inode)
            }
            "-regextype" => {
                let kind = self.argument(&word)?;
                self.syntax = if matches!(kind.as_str(), "posix-extended" | "egrep" | "posix-egrep" | "awk" | "gnu-awk" | "posix-awk") {
                    Syntax::Extended
                } else {
                    Syntax::Basic
                };
                Test::True(true)
            }
            "-regex" | "-iregex" => {
                let text = self.argument(&word)?;
                let group = if self.syntax == Syntax::Extended { ("(", ")") } else { ("\\(", "\\)") };
                let whole = format!("^{}{text}{}$", group.0, group.1);
                Test::Regex(Regex::new(&whole, self.syntax, word == "-iregex").map_err(|e| e.0.to_owned())?)
            }
            "-daystart" | "-noleaf" | "-xdev" | "-mount" | "-follow" => Test::True(true),
            "-maxdepth" | "-mindepth" => {
                let text = self.argument(&word)?;
                let n = text
                    .parse()
                    .map_err(|_| format!("Expected a positive decimal integer argument to {word}, but got {}", self.t.quote(&text)))?;
                if word == "-maxdepth" {
                    self.limits.max_depth = Some(n)
                } else {
                    self.limits.min_depth = n
                }
                Test::True(true)
            }
            "-depth" => {
                self.limits.depth_first = true;
                Test::True(true)
            }
            "-size" => {
                let text = self.argument(&word)?;
                let unit = match text.chars().last() {
                    Some('c') => 1,
                    Some('k') => 1024,
                    Some('M') => 1 << 20,
                    Some('G') => 1 << 30,
                    Some('w') => 2,
                    _ => 512,
                };
                let (sign, n) = number(text.trim_end_matches(|c: char| c.is_ascii_alphabetic()));
                let bad = || match text.chars().last().filter(|c| c.is_ascii_alphabetic() && !"bcwkMG".contains(*c)) {
                    Some(unit) => format!("invalid -size type `{unit}'"),
                    None => format!("Invalid argument `{text}' to -size"),
                };
                Test::Size(sign, n.ok_or_else(bad)?, unit)
            }
            "-mmin" | "-mtime" | "-amin" | "-atime" | "-cmin" | "-ctime" => {
                let text = self.argument(&word)?;
                let (sign, n) = number(&text);
                let n = n.ok_or_else(|| format!("invalid argument `{text}' to `{word}'"))?;
                Test::Minutes(sign, if word.ends_with("min") { n } else { n * 1440 })
            }
            "-perm" => {
                let text = self.argument(&word)?;
                let sign = text.chars().next().filter(|c| matches!(c, '-' | '/')).unwrap_or('=');
                let mode = super::mode::parse(text.trim_start_matches(['-', '/']), 0, false, 0);
                Test::Perm(sign, mode.ok_or_else(|| format!("invalid mode {}", self.t.quote(&text)))?)
            }
            "-user" => {
                let name = self.argument(&word)?;
                let uid = name.parse().ok().or_else(|| owner::find_user(self.t, &name).map(|u| u.0));
                Test::User(uid.ok_or_else(|| format!("{} is not the name of a known user", self.t.quote(&name)))?)
            }
            "-print" | "-print0" => {
                self.limits.acts = true;
                Test::Print(if word == "-print" { '\n' } else { '\0' })
            }
            "-ls" => {
                self.limits.acts = true;
                Test::Printf("%9i %6k %M %3n %-8u %-8g %8s %t %p\\n".into())
            }
            "-printf" => {
                self.limits.acts = true;
                Test::Printf(self.argument(&word)?)
            }
            "-delete" => {
                self.limits.acts = true;
                self.limits.depth_first = true;
                Test::Delete
            }
            "-prune" => Test::Prune,
            "-quit" => Test::Quit,
            "-exec" | "-ok" | "-execdir" | "-okdir" => {
                self.limits.acts = true;
                let (inside, asks) = (word.ends_with("dir"), word.starts_with("-ok"));
                let mut words = Vec::new();
                loop {
                    match self.next() {
                        Some(end) if end == ";" => break Test::Exec { words, all: false, found: Default::default(), inside, asks },
                        Some(end) if end == "+" && words.last().is_some_and(|w| w == "{}") => {
                            words.pop();
                            break Test::Exec { words, all: true, found: Default::default(), inside, asks };
                        }
                        Some(word) => words.push(word),
                        None if self.t.busybox() => return Err(format!("{word} requires an argument")),
                        None => return Err(format!("missing argument to `{word}'")),
                    }
                }
            }
            word if self.t.busybox() => return Err(format!("unrecognized: {word}")),
            word if !word.starts_with('-') => return Err(format!("paths must precede expression: `{word}'")),
            word => return Err(format!("unknown predicate `{word}'")),
        })
    }

    fn pattern(&mut self, of: &str) -> Result<Pattern, String> {
        let text = self.argument(of)?;
        let text = if of.starts_with("-i") { text.to_lowercase() } else { text };
        Ok(Pattern::new(&text, false))
    }
}

pub(super) async fn run(t: Tool) -> i32 {
    let words = t.args.get(1..).unwrap_or(&[]).to_vec();
    let words: Vec<String> = words.into_iter().skip_while(|w| matches!(w.as_str(), "-L" | "-H" | "-P")).collect();
    let cut = words.iter().position(|w| w.starts_with('-') || w == "(" || w == "!").unwrap_or(words.len());
    let mut starts = words.get(..cut).unwrap_or(&[]).to_vec();
    if starts.is_empty() {
        starts.push(".".into());
    }
    let mut parser =
        Parser { t: &t, words: words.get(cut..).unwrap_or(&[]), at: 0, depth: 0, limits: Limits::default(), syntax: Syntax::Basic };
    let test = match parser.or() {
        Ok(test) if parser.at >= parser.words.len() => test,
        Ok(_) => {
            t.complain("you have too many ')'").await;
            return 1;
        }
        Err(message) => {
            t.complain(&message).await;
            let before = words.get(cut + parser.at.saturating_sub(2)).filter(|w| matches!(w.as_str(), "-name" | "-iname" | "-path"));
            let unquoted =
                words.get(cut + parser.at.saturating_sub(3)).filter(|w| matches!(w.as_str(), "-name" | "-iname" | "-path")).or(before);
            if let Some(predicate) = unquoted.filter(|_| message.starts_with("paths must")) {
                t.complain(&format!("possible unquoted pattern after predicate `{predicate}'?")).await;
            }
            return if t.busybox() && message.starts_with("unrecognized") { t.hint(1).await } else { 1 };
        }
    };
    let limits = parser.limits;
    let mut walk = Walk { t: &t, test: &test, limits: &limits, status: 0, quit: false, pruned: false };
    for start in &starts {
        match t.meta(start, false) {
            Ok(meta) => walk.visit(Found { path: start.clone(), meta }, 0).await,
            Err(errno) => {
                let shown = if t.busybox() { start.clone() } else { t.quote(start) };
                t.complain(&format!("{shown}: {errno}")).await;
                walk.status = 1;
            }
        }
    }
    walk.run_collected(&test).await;
    walk.status
}

struct Walk<'a> {
    t: &'a Tool,
    test: &'a Test,
    limits: &'a Limits,
    status: i32,
    quit: bool,
    pruned: bool,
}

impl Walk<'_> {
    fn visit(&mut self, found: Found, depth: usize) -> crate::sim::LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            if self.quit {
                return;
            }
            self.t.ctx.step().await;
            if !self.limits.depth_first {
                self.apply(&found, depth).await;
            }
            let pruned = std::mem::take(&mut self.pruned);
            if found.meta.is_dir() && !pruned && self.limits.max_depth.is_none_or(|max| depth < max) {
                let readable = self.t.vfs().access(&self.t.path(&found.path), 4, self.t.who());
                match readable.and_then(|()| self.t.vfs().read_dir(&self.t.path(&found.path), self.t.who())) {
                    Ok(names) => {
                        for name in names {
                            let path = format!("{}/{name}", found.path.trim_end_matches('/'));
                            if let Ok(meta) = self.t.meta(&path, false) {
                                self.visit(Found { path, meta }, depth + 1).await;
                            }
                        }
                    }
                    Err(errno) => {
                        let shown = if self.t.busybox() { found.path.clone() } else { self.t.quote(&found.path) };
                        self.t.complain(&format!("{shown}: {errno}")).await;
                        self.status = 1;
                    }
                }
            }
            if self.limits.depth_first {
                self.apply(&found, depth).await;
            }
        })
    }

    async fn apply(&mut self, found: &Found, depth: usize) {
        if depth < self.limits.min_depth || self.quit {
            return;
        }
        let test = self.test;
        if self.judge(test, found).await && !self.limits.acts && !self.quit {
            self.t.out(format!("{}\n", found.path)).await;
        }
    }

    fn judge<'b>(&'b mut self, test: &'b Test, found: &'b Found) -> crate::sim::LocalBoxFuture<'b, bool> {
        Box::pin(async move {
            match test {
                Test::And(all) => {
                    for test in all {
                        if !self.judge(test, found).await {
                            return false;
                        }
                    }
                    true
                }
                Test::Or(options) => {
                    for test in options {
                        if self.judge(test, found).await {
                            return true;
                        }
                    }
                    false
                }
                Test::Not(test) => !self.judge(test, found).await,
                Test::Prune => {
                    self.pruned = true;
                    true
                }
                Test::Quit => {
                    self.quit = true;
                    true
                }
                Test::Print(end) => self.t.out(format!("{}{end}", found.path)).await,
                Test::Printf(pattern) => self.t.out(self.formatted(pattern, found)).await,
                Test::Delete => self.delete(found).await,
                Test::Exec { words, inside, asks: true, .. } => {
                    let words: Vec<String> = words.iter().map(|w| w.replace("{}", &found.path)).collect();
                    let _ = inside;
                    self.t.ctx.eprint(&format!("< {} ... {} > ? ", words.first().map_or("", String::as_str), found.path)).await;
                    let answer = self.t.ctx.read_line(0).await.unwrap_or_default();
                    matches!(answer.first(), Some(b'y' | b'Y')) && self.execute(&words).await == 0
                }
                Test::Exec { all: true, found: collected, .. } => {
                    collected.borrow_mut().push(found.path.clone());
                    true
                }
                Test::Exec { words, inside: true, .. } => {
                    let trimmed = found.path.trim_end_matches('/');
                    let (directory, name) = trimmed.rsplit_once('/').unwrap_or((".", trimmed));
                    let words: Vec<String> = words.iter().map(|w| w.replace("{}", &format!("./{name}"))).collect();
                    let here = self.t.ctx.cwd();
                    let _ = self.t.ctx.chdir(directory);
                    let status = self.execute(&words).await;
                    let _ = self.t.ctx.chdir(&here);
                    status == 0
                }
                Test::Exec { words, .. } => {
                    let words: Vec<String> = words.iter().map(|w| w.replace("{}", &found.path)).collect();
                    self.execute(&words).await == 0
                }
                test => self.plain(test, found),
            }
        })
    }

    fn plain(&self, test: &Test, found: &Found) -> bool {
        let meta = &found.meta;
        let compare = |sign: char, value: u64, wanted: u64| match sign {
            '+' => value > wanted,
            '-' => value < wanted,
            _ => value == wanted,
        };
        match test {
            Test::Name(pattern, fold) => {
                let trimmed = found.path.trim_end_matches('/');
                let name = if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) };
                if *fold { pattern.matches(&name.to_lowercase()) } else { pattern.matches(name) }
            }
            Test::Path(pattern, fold) => {
                if *fold {
                    pattern.matches(&found.path.to_lowercase())
                } else {
                    pattern.matches(&found.path)
                }
            }
            Test::Type(kinds) => kinds.contains(&if meta.type_letter == '-' { 'f' } else { meta.type_letter }),
            Test::Empty if meta.is_dir() => self.t.vfs().read_dir(&self.t.path(&found.path), self.t.who()).is_ok_and(|n| n.is_empty()),
            Test::Empty => meta.is_file() && meta.size == 0,
            Test::Newer(than) => clock::nanos(meta.modified) > *than,
            Test::Links(sign, n) => compare(*sign, u64::from(meta.links), *n),
            Test::Inode(n) => meta.inode == *n,
            Test::Same(device, inode) => meta.device == *device && meta.inode == *inode,
            Test::Regex(regex) => regex.find_at(&found.path.chars().collect::<Vec<char>>(), 0).is_some(),
            Test::Size(sign, n, unit) => compare(*sign, meta.size.div_ceil(*unit), *n),
            Test::Minutes(sign, n) => {
                let age = (clock::nanos(self.t.ctx.now()) - clock::nanos(meta.modified)).max(0) as u64 / 60_000_000_000;
                compare(*sign, age, *n)
            }
            Test::Perm(sign, mode) => match sign {
                '-' => meta.mode & mode == *mode,
                '/' => meta.mode & mode != 0,
                _ => meta.mode & 0o7777 == *mode,
            },
            Test::User(uid) => meta.uid == *uid,
            Test::True(value) => *value,
            _ => true,
        }
    }

    fn formatted(&self, pattern: &str, found: &Found) -> String {
        let mut out = String::new();
        let (text, _) = super::super::interpret_escapes(pattern);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let start = out.len();
            let mut flags = String::new();
            while let Some(flag) = chars.next_if(|c| c.is_ascii_digit() || *c == '-') {
                flags.push(flag);
            }
            match chars.next() {
                Some('n') => out.push_str(&found.meta.links.to_string()),
                Some('k') => out.push_str(&(found.meta.size.div_ceil(4096) * 4).to_string()),
                Some('t') if pattern.starts_with("%9i") => out.push_str(&clock::ls_time(self.t, found.meta.modified)),
                Some('t' | 'T' | 'A' | 'C') => {
                    let at = clock::moment(self.t, found.meta.modified);
                    match chars.next_if(|c| c.is_ascii_alphabetic() || *c == '@' || *c == '+') {
                        Some('@') => out.push_str(&format!("{}.{:09}0", at.as_second(), at.subsec_nanosecond())),
                        Some('+') => out.push_str(&clock::format("%Y-%m-%d+%H:%M:%S", at)),
                        Some(letter) => out.push_str(&clock::format(&format!("%{letter}"), at)),
                        None => out.push_str(&clock::format("%a %b %e %H:%M:%S.%N0 %Y", at)),
                    }
                }
                Some('l') => out.push_str(&self.t.vfs().read_link(&self.t.path(&found.path), self.t.who()).unwrap_or_default()),
                Some('p') => out.push_str(&found.path),
                Some('f') => out.push_str(found.path.trim_end_matches('/').rsplit('/').next().unwrap_or("")),
                Some('h') => out.push_str(found.path.rsplit_once('/').map_or(".", |(h, _)| h)),
                Some('P') => out.push_str(found.path.split_once('/').map_or("", |(_, p)| p)),
                Some('s') => out.push_str(&found.meta.size.to_string()),
                Some('m') => out.push_str(&format!("{:o}", found.meta.mode)),
                Some('M') => out.push_str(&ls::permissions(&found.meta)),
                Some('y') => out.push(if found.meta.type_letter == '-' { 'f' } else { found.meta.type_letter }),
                Some('u') => out.push_str(&owner::user(self.t, found.meta.uid)),
                Some('g') => out.push_str(&owner::group(self.t, found.meta.gid)),
                Some('i') => out.push_str(&found.meta.inode.to_string()),
                Some('d') => out.push_str(&found.path.matches('/').count().to_string()),
                Some('%') => out.push('%'),
                Some(other) => out.extend(['%', other]),
                None => {}
            }
            let width: usize = flags.trim_start_matches('-').parse().unwrap_or(0);
            let pad = " ".repeat(width.min(1000).saturating_sub(out.len() - start));
            if flags.starts_with('-') {
                out.push_str(&pad);
            } else {
                out.insert_str(start, &pad);
            }
        }
        out
    }

    async fn delete(&mut self, found: &Found) -> bool {
        if found.path == "." {
            return true;
        }
        let (path, now, who) = (self.t.path(&found.path), self.t.ctx.now(), self.t.who());
        let result = if found.meta.is_dir() { self.t.vfs().remove_dir(&path, now, who) } else { self.t.vfs().remove_file(&path, now, who) };
        if let Err(errno) = result {
            self.t.complain(&format!("cannot delete {}: {errno}", self.t.quote(&found.path))).await;
            self.status = 1;
            return false;
        }
        true
    }

    async fn execute(&mut self, words: &[String]) -> i32 {
        match env::child(self.t, words) {
            Ok(child) => child.wait().await.code(),
            Err(errno) => {
                let name = words.first().map_or("", String::as_str);
                self.t.complain(&format!("{}: {errno}", self.t.quote(name))).await;
                1
            }
        }
    }

    /// `-exec … +`: once, with everything.
    fn run_collected<'b>(&'b mut self, test: &'b Test) -> crate::sim::LocalBoxFuture<'b, ()> {
        Box::pin(async move {
            match test {
                Test::And(tests) | Test::Or(tests) => {
                    for test in tests {
                        self.run_collected(test).await;
                    }
                }
                Test::Not(test) => self.run_collected(test).await,
                Test::Exec { words, all: true, found, .. } => {
                    let paths = found.take();
                    if !paths.is_empty() {
                        let words: Vec<String> = words.iter().cloned().chain(paths).collect();
                        if self.execute(&words).await != 0 {
                            self.status = 1;
                        }
                    }
                }
                _ => {}
            }
        })
    }
}
