mod parser;

use super::super::pattern::Pattern;
use super::super::regex::Regex;
use super::tool::{Tool, padded};
use super::{clock, env, ls, owner};
use crate::process::Errno;
use crate::process::vfs::Metadata;
use crate::sim::LocalBoxFuture;

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
    /// Sign, minutes, and the moment they are counted back from.
    Minutes(char, u64, i64),
    Perm(char, u32),
    User(u32),
    Group(u32),
    /// Whether it may be read (4), written (2) or executed (1).
    Access(u32),
    True(bool),
    Print(char),
    Printf(String),
    List,
    Delete,
    /// A command for each file; `inside`: in its directory.
    Exec {
        words: Vec<String>,
        inside: bool,
        asks: bool,
    },
    /// `-exec … +`
    ExecAll {
        words: Vec<String>,
        found: std::cell::RefCell<Vec<String>>,
    },
    Prune,
    Quit,
    Not(Box<Test>),
    And(Vec<Test>),
    Or(Vec<Test>),
}

struct Found {
    path: String,
    meta: Metadata,
    depth: usize,
}

#[derive(Clone, Default)]
struct Limits {
    max_depth: Option<usize>,
    min_depth: usize,
    depth_first: bool,
    acts: bool,
    /// Links are followed: all (`-L`), or those among the starting points (`-H`).
    follow: bool,
    follow_starts: bool,
    one_device: bool,
}

pub(super) async fn run(t: Tool) -> i32 {
    let mut limits = Limits::default();
    let mut args = t.args.get(1..).unwrap_or(&[]);
    while let Some((word, rest)) = args.split_first().filter(|(word, _)| matches!(word.as_str(), "-L" | "-H" | "-P")) {
        (limits.follow, limits.follow_starts) = (word == "-L", word == "-H");
        args = rest;
    }
    let cut = args.iter().position(|w| w.starts_with('-') || w == "(" || w == "!").unwrap_or(args.len());
    let (starts, words) = args.split_at_checked(cut).unwrap_or((args, &[]));
    let here = [".".to_owned()];
    let starts = if starts.is_empty() { &here } else { starts };
    let mut parser = parser::Parser::new(&t, words, limits);
    let test = match parser.or() {
        Ok(test) if parser.at >= parser.words.len() => test,
        Ok(_) => {
            t.complain("you have too many ')'").await;
            return 1;
        }
        Err(message) => {
            t.complain(&message).await;
            let named = words.get(parser.at.wrapping_sub(3)).filter(|w| matches!(w.as_str(), "-name" | "-iname" | "-path"));
            if let Some(predicate) = named.filter(|_| message.starts_with("paths must")) {
                t.complain(&format!("possible unquoted pattern after predicate `{predicate}'?")).await;
            }
            return if t.busybox() && message.starts_with("unrecognized") { t.hint(1).await } else { 1 };
        }
    };
    let limits = parser.limits;
    let mut walk = Walk { t: &t, test: &test, limits: &limits, status: 0, quit: false, pruned: false, above: Vec::new() };
    for start in starts {
        match walk.meta(start, limits.follow || limits.follow_starts) {
            Ok(meta) => walk.visit(Found { path: start.clone(), meta, depth: 0 }).await,
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
    /// The device and inode, and the path, of each directory that the walk is in.
    above: Vec<((u64, u64), String)>,
}

impl Walk<'_> {
    /// What is at `path`; a link that leads nowhere is taken for itself.
    fn meta(&self, path: &str, follow: bool) -> Result<Metadata, Errno> {
        let meta = self.t.meta(path, follow);
        if follow && matches!(meta, Err(Errno::ENOENT)) { self.t.meta(path, false) } else { meta }
    }

    fn visit(&mut self, found: Found) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            if self.quit {
                return;
            }
            self.t.ctx.step().await;
            if !self.limits.depth_first {
                self.apply(&found).await;
            }
            let pruned = std::mem::take(&mut self.pruned);
            if found.meta.is_dir() && !pruned && self.limits.max_depth.is_none_or(|max| found.depth < max) {
                self.enter(&found).await;
            }
            if self.limits.depth_first {
                self.apply(&found).await;
            }
        })
    }

    /// Visits what is in a directory.
    async fn enter(&mut self, found: &Found) {
        let here = (found.meta.device, found.meta.inode);
        if self.limits.one_device && self.above.first().is_some_and(|((device, _), _)| *device != here.0) {
            return;
        }
        if let Some((_, first)) = self.above.iter().find(|(above, _)| *above == here) {
            let (path, first) = (self.t.quote(&found.path), self.t.quote(first));
            self.t.complain(&format!("File system loop detected; {path} is part of the same file system loop as {first}.")).await;
            self.status = 1;
            return;
        }
        let readable = self.t.vfs().access(&self.t.path(&found.path), 4, self.t.who());
        match readable.and_then(|()| self.t.vfs().read_dir(&self.t.path(&found.path), self.t.who())) {
            Ok(names) => {
                self.above.push((here, found.path.clone()));
                for name in names {
                    let path = format!("{}/{name}", found.path.trim_end_matches('/'));
                    if let Ok(meta) = self.meta(&path, self.limits.follow) {
                        self.visit(Found { path, meta, depth: found.depth + 1 }).await;
                    }
                }
                self.above.pop();
            }
            Err(errno) => {
                let shown = if self.t.busybox() { found.path.clone() } else { self.t.quote(&found.path) };
                self.t.complain(&format!("{shown}: {errno}")).await;
                self.status = 1;
            }
        }
    }

    async fn apply(&mut self, found: &Found) {
        if found.depth < self.limits.min_depth || self.quit {
            return;
        }
        let test = self.test;
        if self.judge(test, found).await && !self.limits.acts && !self.quit {
            self.t.out(format!("{}\n", found.path)).await;
        }
    }

    fn judge<'b>(&'b mut self, test: &'b Test, found: &'b Found) -> LocalBoxFuture<'b, bool> {
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
                Test::List => self.t.out(self.listed(found)).await,
                Test::Exec { words, inside, asks } => self.run_for(words, *inside, *asks, found).await,
                Test::ExecAll { found: collected, .. } => {
                    collected.borrow_mut().push(found.path.clone());
                    true
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
            Test::Newer(than) => meta.modified.signed_nanos() > *than,
            Test::Links(sign, n) => compare(*sign, u64::from(meta.links), *n),
            Test::Inode(n) => meta.inode == *n,
            Test::Same(device, inode) => meta.device == *device && meta.inode == *inode,
            Test::Regex(regex) => regex.find_at(&found.path.chars().collect::<Vec<char>>(), 0).is_some(),
            Test::Size(sign, n, unit) => compare(*sign, meta.size.div_ceil(*unit), *n),
            Test::Minutes(sign, n, until) => {
                let age = until.saturating_sub(meta.modified.signed_nanos()).max(0) as u64;
                compare(*sign, age / 60_000_000_000, *n)
            }
            Test::Perm(sign, mode) => match sign {
                '-' => meta.mode & mode == *mode,
                '/' => meta.mode & mode != 0,
                _ => meta.mode & 0o7777 == *mode,
            },
            Test::User(uid) => meta.uid == *uid,
            Test::Group(gid) => meta.gid == *gid,
            Test::Access(want) => self.t.vfs().access(&self.t.path(&found.path), *want, self.t.who()).is_ok(),
            Test::True(value) => *value,
            _ => true,
        }
    }

    /// `-ls`
    fn listed(&self, found: &Found) -> String {
        let meta = &found.meta;
        let (user, group) = (owner::user(self.t, meta.uid), owner::group(self.t, meta.gid));
        let link = if meta.is_symlink() { format!(" -> {}", self.link(found)) } else { String::new() };
        format!(
            "{:>9} {:>6} {} {:>3} {user:<8} {group:<8} {:>8} {} {}{link}\n",
            meta.inode,
            ls::blocks(meta),
            ls::permissions(meta),
            meta.links,
            meta.size,
            clock::ls_time(self.t, meta.modified),
            found.path
        )
    }

    /// The starting point that it was found under.
    fn start<'f>(&'f self, found: &'f Found) -> &'f str {
        self.above.first().map_or(&found.path, |(_, path)| path)
    }

    fn link(&self, found: &Found) -> String {
        self.t.vfs().read_link(&self.t.path(&found.path), self.t.who()).unwrap_or_default()
    }

    /// `-printf`
    fn formatted(&self, pattern: &str, found: &Found) -> String {
        let mut out = String::new();
        let (text, _) = super::super::interpret_escapes(pattern);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut flags = String::new();
            while let Some(flag) = chars.next_if(|c| c.is_ascii_digit() || *c == '-') {
                flags.push(flag);
            }
            let Some(letter) = chars.next() else { break };
            let part = if "tTAC".contains(letter) { chars.next_if(|c| c.is_ascii_alphabetic() || "@+".contains(*c)) } else { None };
            out.push_str(&padded(&self.directive(letter, part, found), &flags));
        }
        out
    }

    /// What stands for `%letter`; `part` is what of a time.
    fn directive(&self, letter: char, part: Option<char>, found: &Found) -> String {
        let meta = &found.meta;
        match letter {
            'n' => meta.links.to_string(),
            'k' => ls::blocks(meta).to_string(),
            'b' => (ls::blocks(meta) * 2).to_string(),
            't' | 'T' | 'A' | 'C' => {
                let at = clock::moment(self.t, meta.modified);
                match part {
                    Some('@') => format!("{}.{:09}0", at.as_second(), at.subsec_nanosecond()),
                    Some('+') => clock::format("%Y-%m-%d+%H:%M:%S.%N0", at),
                    Some(letter) => clock::format(&format!("%{letter}"), at),
                    None => clock::format("%a %b %e %H:%M:%S.%N0 %Y", at),
                }
            }
            'l' => self.link(found),
            'p' => found.path.clone(),
            'f' => found.path.trim_end_matches('/').rsplit('/').next().unwrap_or("").to_owned(),
            'h' => found.path.rsplit_once('/').map_or(".", |(h, _)| h).to_owned(),
            'H' => self.start(found).to_owned(),
            'P' => found.path.strip_prefix(self.start(found)).unwrap_or("").trim_start_matches('/').to_owned(),
            's' => meta.size.to_string(),
            'm' => format!("{:o}", meta.mode),
            'M' => ls::permissions(meta),
            'y' => if meta.type_letter == '-' { 'f' } else { meta.type_letter }.into(),
            'u' => owner::user(self.t, meta.uid),
            'g' => owner::group(self.t, meta.gid),
            'U' => meta.uid.to_string(),
            'G' => meta.gid.to_string(),
            'i' => meta.inode.to_string(),
            'd' => found.depth.to_string(),
            '%' => "%".into(),
            other => format!("%{other}"),
        }
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

    /// `-exec`, `-execdir`, `-ok`, `-okdir`
    async fn run_for(&mut self, words: &[String], inside: bool, asks: bool, found: &Found) -> bool {
        let trimmed = found.path.trim_end_matches('/');
        let (directory, name) = trimmed.rsplit_once('/').unwrap_or((".", trimmed));
        let shown = if inside { format!("./{name}") } else { found.path.clone() };
        let words: Vec<String> = words.iter().map(|w| w.replace("{}", &shown)).collect();
        if asks {
            let question = format!("< {} ... {} > ? ", words.first().map_or("", String::as_str), found.path);
            self.t.ctx.eprint(&question).await;
            if !self.t.agreed().await {
                return false;
            }
        }
        let here = self.t.ctx.cwd();
        if inside {
            let _ = self.t.ctx.chdir(if directory.is_empty() { "/" } else { directory });
        }
        let status = self.execute(&words).await;
        let _ = self.t.ctx.chdir(&here);
        status == 0
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
    fn run_collected<'b>(&'b mut self, test: &'b Test) -> LocalBoxFuture<'b, ()> {
        Box::pin(async move {
            match test {
                Test::And(tests) | Test::Or(tests) => {
                    for test in tests {
                        self.run_collected(test).await;
                    }
                }
                Test::Not(test) => self.run_collected(test).await,
                Test::ExecAll { words, found } => {
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
