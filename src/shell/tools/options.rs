//! Reading a tool's arguments.

use super::tool::Tool;
use super::usage;

/// Options as getopt_long(3) reads them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// Letter and value, in order.
    pub given: Vec<(char, String)>,
    pub operands: Vec<String>,
}

impl Options {
    pub fn has(&self, letter: char) -> bool {
        self.given.iter().any(|(l, _)| *l == letter)
    }

    /// The last value given.
    pub fn value(&self, letter: char) -> Option<&str> {
        self.given.iter().rev().find(|(l, _)| *l == letter).map(|(_, value)| value.as_str())
    }

    pub fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        self.given.iter().filter(move |(l, _)| *l == letter).map(|(_, value)| value.as_str())
    }
}

/// getopt's string, taken apart.
struct Spec<'s> {
    short: &'s str,
    /// The letters of long names only are not among them.
    typed: &'s str,
    refused: &'s str,
    /// The first operand ends the options.
    stops: bool,
}

impl<'s> Spec<'s> {
    fn new(short: &'s str) -> Spec<'s> {
        let (stops, short) = short.strip_prefix('+').map_or((false, short), |rest| (true, rest));
        let (refused, short) = short.strip_prefix('!').and_then(|rest| rest.split_once('!')).unwrap_or(("", short));
        Spec { short, typed: short.split('|').next().unwrap_or(""), refused, stops }
    }

    fn colons(&self, letter: char) -> usize {
        let after = self.short.split_once(letter).map_or("", |(_, after)| after);
        after.len() - after.trim_start_matches(':').len()
    }
}

impl Tool {
    /// Reads the arguments. `short` is getopt's string, `long` pairs a name with its letter; a leading `+`
    /// stops at the first operand, and what stands after a `|` has a long name only. What stands between two `!`, first or
    /// behind the `+`, is known and not simulated. `Err` is the exit status: the mistake was said.
    pub async fn options(&self, short: &str, long: &[(&str, char)], misuse: i32) -> Result<Options, i32> {
        let mut out = Options::default();
        let spec = Spec::new(short);
        let mut rest = self.args.iter().skip(1);
        while let Some(word) = rest.next() {
            if word == "--" {
                out.operands.extend(rest.cloned());
                break;
            }
            if let Some(text) = word.strip_prefix("--") {
                out.given.push(self.long_option(&spec, long, text, &mut rest, misuse).await?);
            } else if word.len() > 1 && word.starts_with('-') {
                self.short_options(&spec, word, &mut rest, misuse, &mut out.given).await?;
            } else {
                out.operands.push(word.clone());
                if spec.stops {
                    out.operands.extend(rest.cloned());
                    break;
                }
            }
        }
        Ok(out)
    }

    /// `--name`, `--name=value`, `--name value`
    async fn long_option(
        &self,
        spec: &Spec<'_>,
        long: &[(&str, char)],
        text: &str,
        rest: &mut dyn Iterator<Item = &String>,
        misuse: i32,
    ) -> Result<(char, String), i32> {
        let (name, value) = text.split_once('=').map_or((text, None), |(n, v)| (n, Some(v.to_owned())));
        if name == "help" && self.busybox() {
            self.ctx.eprint(&format!("{}\n\n{}", usage::BANNER, usage::busybox(self.name))).await;
            return Err(0);
        }
        if matches!(name, "help" | "version") && !long.iter().any(|(n, _)| *n == name) && !self.busybox() {
            return Err(self.about(name).await);
        }
        let found = long.iter().find(|(n, _)| *n == name).or_else(|| {
            let mut hits = long.iter().filter(|(n, _)| n.starts_with(name));
            hits.next().filter(|_| hits.next().is_none())
        });
        let Some((full, letter)) = found else {
            return Err(self.misuse(&format!("unrecognized option '--{text}'"), misuse).await);
        };
        if spec.refused.contains(*letter) {
            return Err(self.not_simulated(&format!("--{full}"), misuse).await);
        }
        let value = match (value, spec.colons(*letter)) {
            (Some(value), _) => value,
            (None, 1) => match rest.next() {
                Some(value) => value.clone(),
                None => return Err(self.misuse(&format!("option '--{full}' requires an argument"), misuse).await),
            },
            _ => String::new(),
        };
        Ok((*letter, value))
    }

    /// `-abc`, `-n5`, `-n 5`
    async fn short_options(
        &self,
        spec: &Spec<'_>,
        word: &str,
        rest: &mut dyn Iterator<Item = &String>,
        misuse: i32,
        given: &mut Vec<(char, String)>,
    ) -> Result<(), i32> {
        let mut letters = word.get(1..).unwrap_or("").chars();
        while let Some(letter) = letters.next() {
            if spec.refused.contains(letter) {
                return Err(self.not_simulated(&format!("-{letter}"), misuse).await);
            }
            if !spec.typed.contains(letter) || letter == ':' {
                return Err(self.misuse(&format!("invalid option -- '{letter}'"), misuse).await);
            }
            let colons = spec.colons(letter);
            if colons == 0 {
                given.push((letter, String::new()));
                continue;
            }
            let tail = letters.as_str().to_owned();
            let value = if !tail.is_empty() || colons == 2 { Some(tail) } else { rest.next().cloned() };
            let Some(value) = value else {
                return Err(self.misuse(&format!("option requires an argument -- '{letter}'"), misuse).await);
            };
            given.push((letter, value));
            break;
        }
        Ok(())
    }

    async fn not_simulated(&self, option: &str, status: i32) -> i32 {
        self.complain(&format!("{option} is not simulated in Podground")).await;
        status
    }

    async fn about(&self, what: &str) -> i32 {
        let text = match what {
            "version" => format!("{} {}\n", self.name, usage::version(self.name)),
            _ => usage::help(self.name),
        };
        self.ctx.print(&text).await;
        0
    }
}
