//! The expression that stands behind the paths.

use super::super::super::nesting::deeper;
use super::super::super::pattern::Pattern;
use super::super::super::regex::{Regex, Syntax};
use super::super::tool::Tool;
use super::super::{clock, date, owner};
use super::{Limits, Test};

/// What `-regextype` takes.
const REGEX_TYPES: &[&str] = &[
    "findutils-default",
    "ed",
    "emacs",
    "gnu-awk",
    "grep",
    "posix-awk",
    "awk",
    "posix-basic",
    "posix-egrep",
    "egrep",
    "posix-extended",
    "posix-minimal-basic",
    "sed",
];

/// Parentheses and `!` hold each other this deep at most.
const DEPTH_LIMIT: usize = 100;

pub(super) struct Parser<'a> {
    t: &'a Tool,
    pub words: &'a [String],
    pub at: usize,
    depth: usize,
    pub limits: Limits,
    syntax: Syntax,
    /// What ages are counted back from, in nanoseconds of the simulation.
    until: i64,
}

type Parsed = Result<Test, String>;

impl<'a> Parser<'a> {
    pub fn new(t: &'a Tool, words: &'a [String], limits: Limits) -> Self {
        Parser { t, words, at: 0, depth: 0, limits, syntax: Syntax::Basic, until: t.ctx.now().signed_nanos() }
    }

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
        deeper(self, |parser| &mut parser.depth, DEPTH_LIMIT, inner)
            .unwrap_or_else(|| Err("an expression nested this deep is not simulated in Podground".into()))
    }

    pub fn or(&mut self) -> Parsed {
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
            "-o" | "-or" | "-a" | "-and" if !self.t.busybox() => {
                return Err(format!("invalid expression; you have used a binary operator '{word}' with nothing before it."));
            }
            _ => match self.option(&word)? {
                true => Test::True(true),
                false => match self.action(&word)? {
                    Some(action) => {
                        self.limits.acts |= !matches!(action, Test::Prune | Test::Quit);
                        action
                    }
                    None => self.test(&word)?,
                },
            },
        })
    }

    /// What holds for the whole search, if `word` is that.
    fn option(&mut self, word: &str) -> Result<bool, String> {
        match word {
            "-maxdepth" | "-mindepth" => {
                let text = self.argument(word)?;
                let n = text
                    .parse()
                    .map_err(|_| format!("Expected a positive decimal integer argument to {word}, but got {}", self.t.quote(&text)))?;
                if word == "-maxdepth" { self.limits.max_depth = Some(n) } else { self.limits.min_depth = n }
            }
            "-depth" => self.limits.depth_first = true,
            "-xdev" | "-mount" => self.limits.one_device = true,
            "-follow" => self.limits.follow = true,
            "-noleaf" => {}
            "-daystart" if !self.t.busybox() => {
                let tomorrow = date::parse("tomorrow 00:00", self.t.ctx.sim().timestamp());
                self.until = tomorrow.map_or(self.until, |at| clock::time_of(self.t, at).signed_nanos());
            }
            "-regextype" if !self.t.busybox() => {
                let kind = self.argument(word)?;
                self.syntax = match kind.as_str() {
                    "posix-extended" | "egrep" | "posix-egrep" | "awk" | "gnu-awk" | "posix-awk" => Syntax::Extended,
                    kind if REGEX_TYPES.contains(&kind) => Syntax::Basic,
                    kind => {
                        let valid: Vec<String> = REGEX_TYPES.iter().map(|kind| self.t.quote(kind)).collect();
                        let message =
                            format!("Unknown regular expression type {}; valid types are {}.", self.t.quote(kind), valid.join(", "));
                        return Err(message);
                    }
                };
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What does something with a file, if `word` is that.
    fn action(&mut self, word: &str) -> Result<Option<Test>, String> {
        Ok(Some(match word {
            "-print" => Test::Print('\n'),
            "-print0" => Test::Print('\0'),
            "-ls" if !self.t.busybox() => Test::List,
            "-printf" if !self.t.busybox() => Test::Printf(self.argument(word)?),
            "-delete" => {
                self.limits.depth_first = true;
                Test::Delete
            }
            "-prune" => Test::Prune,
            "-quit" => Test::Quit,
            "-exec" => self.execution(word)?,
            "-ok" | "-execdir" | "-okdir" if !self.t.busybox() => self.execution(word)?,
            _ => return Ok(None),
        }))
    }

    fn execution(&mut self, word: &str) -> Parsed {
        let (inside, asks) = (word.ends_with("dir"), word.starts_with("-ok"));
        let mut words = Vec::new();
        loop {
            match self.next() {
                Some(end) if end == ";" => return Ok(Test::Exec { words, inside, asks }),
                Some(end) if end == "+" && words.last().is_some_and(|w| w == "{}") && !asks => {
                    // In its directory, each file has a command of its own.
                    if inside {
                        return Ok(Test::Exec { words, inside, asks });
                    }
                    words.pop();
                    return Ok(Test::ExecAll { words, found: Default::default() });
                }
                Some(word) => words.push(word),
                None if self.t.busybox() => return Err(format!("{word} requires an argument")),
                None => return Err(format!("missing argument to `{word}'")),
            }
        }
    }

    fn number(&mut self, of: &str) -> Result<(char, Option<u64>, String), String> {
        let text = self.argument(of)?;
        let sign = text.chars().next().filter(|c| matches!(c, '+' | '-')).unwrap_or('=');
        Ok((sign, text.trim_start_matches(['+', '-']).parse().ok(), text))
    }

    fn test(&mut self, word: &str) -> Parsed {
        Ok(match word {
            "-name" | "-iname" => Test::Name(self.pattern(word)?, word == "-iname"),
            "-path" | "-ipath" | "-wholename" => Test::Path(self.pattern(word)?, word == "-ipath"),
            "-type" => Test::Type(self.kinds()?),
            "-empty" => Test::Empty,
            "-true" => Test::True(true),
            "-false" => Test::True(false),
            "-readable" => Test::Access(4),
            "-writable" => Test::Access(2),
            "-executable" => Test::Access(1),
            "-newer" | "-samefile" => {
                let name = self.argument(word)?;
                let meta = self.t.meta(&name, word == "-newer").map_err(|e| format!("{}: {e}", self.t.quote(&name)))?;
                if word == "-newer" { Test::Newer(meta.modified.signed_nanos()) } else { Test::Same(meta.device, meta.inode) }
            }
            "-newermt" => {
                let text = self.argument(word)?;
                let at = date::parse(&text, self.t.ctx.sim().timestamp());
                let at = at.ok_or_else(|| format!("I cannot figure out how to interpret {} as a date or time", self.t.quote(&text)))?;
                Test::Newer(clock::time_of(self.t, at).signed_nanos())
            }
            "-links" | "-inum" => {
                let (sign, n, text) = self.number(word)?;
                let n = n.ok_or_else(|| format!("non-numeric argument to {word}: {}", self.t.quote(&text)))?;
                if word == "-links" { Test::Links(sign, n) } else { Test::Inode(n) }
            }
            "-regex" | "-iregex" => {
                let text = self.argument(word)?;
                let group = if self.syntax == Syntax::Extended { ("(", ")") } else { ("\\(", "\\)") };
                let whole = format!("^{}{text}{}$", group.0, group.1);
                Test::Regex(Regex::new(&whole, self.syntax, word == "-iregex").map_err(|e| e.0.to_owned())?)
            }
            "-size" => self.size()?,
            "-mmin" | "-mtime" | "-amin" | "-atime" | "-cmin" | "-ctime" => {
                let (sign, n, text) = self.number(word)?;
                let n = n.ok_or_else(|| format!("invalid argument `{text}' to `{word}'"))?;
                Test::Minutes(sign, if word.ends_with("min") { n } else { n.saturating_mul(1440) }, self.until)
            }
            "-perm" => {
                let text = self.argument(word)?;
                let sign = text.chars().next().filter(|c| matches!(c, '-' | '/')).unwrap_or('=');
                let mode = super::super::mode::parse(text.trim_start_matches(['-', '/']), 0, false, 0);
                Test::Perm(sign, mode.ok_or_else(|| format!("invalid mode {}", self.t.quote(&text)))?)
            }
            "-user" | "-uid" | "-group" | "-gid" => {
                let name = self.argument(word)?;
                let user = word.starts_with("-u");
                let found = || if user { owner::find_user(self.t, &name).map(|u| u.0) } else { owner::find_group(self.t, &name) };
                let kind = if user { "user" } else { "group" };
                let id = name.parse().ok().or_else(found);
                let id = id.ok_or_else(|| format!("{} is not the name of a known {kind}", self.t.quote(&name)))?;
                if user { Test::User(id) } else { Test::Group(id) }
            }
            word if self.t.busybox() => return Err(format!("unrecognized: {word}")),
            word if !word.starts_with('-') => return Err(format!("paths must precede expression: `{word}'")),
            word => return Err(format!("unknown predicate `{word}'")),
        })
    }

    fn kinds(&mut self) -> Result<Vec<char>, String> {
        let kinds = self.argument("-type")?;
        if let Some(bad) = kinds.chars().find(|c| !"fdlcbpsD,".contains(*c)) {
            return Err(match self.t.busybox() {
                true => format!("invalid argument '{kinds}' to '-type'"),
                false => format!("Unknown argument to -type: {bad}"),
            });
        }
        if !self.t.busybox() && kinds.split(',').any(|kind| kind.len() > 1) {
            return Err("Must separate multiple arguments to -type using: ','".into());
        }
        Ok(kinds.chars().filter(|c| *c != ',').collect())
    }

    fn size(&mut self) -> Parsed {
        let text = self.argument("-size")?;
        let unit = match text.chars().last() {
            Some('c') => 1,
            Some('k') => 1024,
            Some('M') => 1 << 20,
            Some('G') => 1 << 30,
            Some('w') => 2,
            _ => 512,
        };
        let sign = text.chars().next().filter(|c| matches!(c, '+' | '-')).unwrap_or('=');
        let digits = text.trim_start_matches(['+', '-']).trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let bad = || match text.chars().last().filter(|c| c.is_ascii_alphabetic() && !"bcwkMG".contains(*c)) {
            Some(unit) => format!("invalid -size type `{unit}'"),
            None => format!("Invalid argument `{text}' to -size"),
        };
        Ok(Test::Size(sign, digits.parse().map_err(|_| bad())?, unit))
    }

    fn pattern(&mut self, of: &str) -> Result<Pattern, String> {
        let text = self.argument(of)?;
        let text = if of.starts_with("-i") { text.to_lowercase() } else { text };
        Ok(Pattern::new(&text, false))
    }
}
