//! Flags as pflag reads them: any order, `-ojson`, `-o=json`, `--output json`, combined shorts, `--`, repeats.

use super::printers::gofmt::quote;
pub use crate::api::duration::parse_duration;
use crate::api::go::number_error;
use std::collections::BTreeMap;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `--flag` or `--flag=true`.
    Bool,
    /// One string.
    Text,
    /// One string; alone it means this.
    Optional(&'static str),
    /// A number.
    Int,
    /// `30s`.
    Duration,
    /// Strings, one a use.
    Array,
    /// Strings, comma-separated and repeated.
    Slice,
    /// `key=value`, comma-separated and repeated, read by Kubernetes' own MapStringString.
    Pairs,
    /// The same, read by pflag's StringToString.
    Map,
}

/// One flag.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    pub name: &'static str,
    /// The one-letter form, or `'\0'`.
    pub short: char,
    pub kind: Kind,
    pub default: &'static str,
    /// The line of `--help`.
    pub help: &'static str,
    /// What to use instead; such a flag is not in the help.
    pub deprecated: &'static str,
    /// Listed, but refused in words when it is given.
    pub refused: bool,
}

impl Flag {
    /// The same, out of use.
    pub const fn deprecated(mut self, instead: &'static str) -> Flag {
        self.deprecated = instead;
        self
    }

    /// The same, not simulated.
    pub const fn refused(mut self) -> Flag {
        self.refused = true;
        self
    }
}

/// A flag without a one-letter form.
pub const fn flag(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Flag {
    Flag { name, short: '\0', kind, default, help, deprecated: "", refused: false }
}

/// A flag with a one-letter form.
pub const fn short(name: &'static str, short: char, kind: Kind, default: &'static str, help: &'static str) -> Flag {
    Flag { name, short, kind, default, help, deprecated: "", refused: false }
}

/// What the command line said.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    values: BTreeMap<&'static str, Vec<String>>,
    defaults: BTreeMap<&'static str, &'static str>,
    /// Everything that is not a flag.
    pub args: Vec<String>,
    /// How many arguments stood before `--`.
    pub before_dash: Option<usize>,
    /// A flag that was given and is not simulated.
    pub refused: Option<&'static str>,
    /// `Flag --x has been deprecated, …`.
    pub notes: Vec<String>,
    /// Every flag that was given and its value, in order.
    pub given: Vec<(&'static str, String)>,
}

impl Parsed {
    /// Whether the flag was given.
    pub fn changed(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The last value, or the default.
    pub fn text(&self, name: &str) -> &str {
        let last = self.values.get(name).and_then(|v| v.last()).map(String::as_str);
        last.or(self.defaults.get(name).copied()).unwrap_or_default()
    }

    /// A boolean flag.
    pub fn on(&self, name: &str) -> bool {
        parse_bool(self.text(name)).unwrap_or(false)
    }

    /// A number; what is none was refused while parsing.
    pub fn int(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or(0)
    }

    /// Every value of a repeated flag.
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.values.get(name) {
            Some(values) => values.clone(),
            None => self.defaults.get(name).filter(|d| !d.is_empty()).map(|d| vec![(*d).to_owned()]).unwrap_or_default(),
        }
    }

    /// A duration in milliseconds.
    pub fn duration(&self, name: &str) -> i64 {
        parse_duration(self.text(name)).unwrap_or(0)
    }
}

/// `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn shown(flag: &Flag) -> String {
    if flag.short == '\0' { format!("--{}", flag.name) } else { format!("-{}, --{}", flag.short, flag.name) }
}

fn check(flag: &Flag, value: &str) -> Result<(), String> {
    let refuse = |why: String| Err(format!("invalid argument {} for {} flag: {why}", quote(value), quote(&shown(flag))));
    match flag.kind {
        Kind::Bool if parse_bool(value).is_none() => refuse(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(value))),
        Kind::Int if value.parse::<i64>().is_err() => refuse(number_error("ParseInt", value)),
        Kind::Duration => match parse_duration(value) {
            Ok(_) => Ok(()),
            // The logger's own flags are read by other code.
            Err(_) if flag.name == "log-flush-frequency" => refuse("parse error".into()),
            // `--timeout=5` is refused by time.ParseDuration like any other.
            Err(why) => refuse(why),
        },
        Kind::Pairs if flag.name == "vmodule" => {
            let good = |pair: &&String| pair.split_once('=').is_some_and(|(name, level)| !name.is_empty() && level.parse::<i32>().is_ok());
            match split_commas(value).iter().find(|pair| !pair.is_empty() && !good(pair)) {
                Some(_) => refuse("syntax error: expect comma-separated list of filename=N".into()),
                None => Ok(()),
            }
        }
        Kind::Pairs => match split_commas(value).iter().find(|pair| !pair.contains('=')) {
            Some(_) => refuse("malformed pair, expect string=string".into()),
            None => Ok(()),
        },
        Kind::Map => match split_pairs(value).iter().find(|pair| !pair.contains('=')) {
            Some(pair) => refuse(format!("{pair} must be formatted as key=value")),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Reads a command line; the error is pflag's text.
pub fn parse(flags: &[&[Flag]], line: &[String]) -> Result<Parsed, String> {
    let all = || flags.iter().copied().flatten();
    let mut parsed = Parsed::default();
    for flag in all() {
        // A verb's own flag stands before one of all verbs with the same name.
        parsed.defaults.entry(flag.name).or_insert(flag.default);
    }
    let mut words = line.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            parsed.before_dash = Some(parsed.args.len());
            parsed.args.extend(words.by_ref().cloned());
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            if name.is_empty() || name.starts_with('-') {
                return Err(format!("bad flag syntax: {word}"));
            }
            let Some(flag) = all().find(|f| f.name == name) else {
                if name == "help" && value.as_deref().and_then(parse_bool) == Some(false) {
                    continue;
                }
                return if name == "help" { Err("help".into()) } else { Err(format!("unknown flag: --{name}")) };
            };
            let value = match (value, flag.kind) {
                (Some(value), _) => value,
                (None, Kind::Bool) => "true".into(),
                (None, Kind::Optional(alone)) => alone.into(),
                (None, _) => words.next().cloned().ok_or(format!("flag needs an argument: --{name}"))?,
            };
            store(&mut parsed, flag, value)?;
        } else if word.len() > 1 && word.starts_with('-') {
            shorts(&mut parsed, &all, word, &mut words)?;
        } else {
            parsed.args.push(word.clone());
        }
    }
    Ok(parsed)
}

fn shorts<'a, I: Iterator<Item = &'a Flag>>(
    parsed: &mut Parsed,
    all: &impl Fn() -> I,
    word: &str,
    words: &mut std::slice::Iter<'_, String>,
) -> Result<(), String> {
    let cluster = &word[1..];
    let mut rest = cluster;
    while let Some(letter) = rest.chars().next() {
        let shown = rest;
        rest = &rest[letter.len_utf8()..];
        let Some(flag) = all().find(|f| f.short == letter && f.short != '\0') else {
            if letter == 'h' {
                return Err("help".into());
            }
            return Err(format!("unknown shorthand flag: '{letter}' in -{shown}"));
        };
        // `-o=x`; a bare `-o=` is the value `=`, as pflag has it.
        if let Some(value) = rest.strip_prefix('=').filter(|value| !value.is_empty()) {
            return store(parsed, flag, value.to_owned());
        }
        match flag.kind {
            Kind::Bool => store(parsed, flag, "true".into())?,
            Kind::Optional(alone) => store(parsed, flag, alone.into())?,
            _ if !rest.is_empty() => return store(parsed, flag, rest.to_owned()),
            _ => {
                let Some(value) = words.next() else { return Err(format!("flag needs an argument: '{letter}' in -{shown}")) };
                return store(parsed, flag, value.clone());
            }
        }
    }
    Ok(())
}

fn store(parsed: &mut Parsed, flag: &Flag, value: String) -> Result<(), String> {
    check(flag, &value)?;
    if flag.refused {
        parsed.refused = Some(flag.name);
    }
    if !flag.deprecated.is_empty() && !parsed.values.contains_key(flag.name) {
        parsed.notes.push(format!("Flag --{} has been deprecated, {}\n", flag.name, flag.deprecated));
    }
    parsed.given.push((flag.name, value.clone()));
    let values = parsed.values.entry(flag.name).or_default();
    match flag.kind {
        Kind::Array => values.push(value),
        Kind::Slice | Kind::Pairs => values.extend(split_commas(&value)),
        Kind::Map => values.extend(split_pairs(&value)),
        _ => *values = vec![value],
    }
    Ok(())
}

/// The pairs of a StringToString: commas divide them only where there are several.
fn split_pairs(value: &str) -> Vec<String> {
    if value.matches('=').count() == 1 { vec![value.trim_matches('"').to_owned()] } else { split_commas(value) }
}

/// A pflag slice's value is a line of CSV.
fn split_commas(value: &str) -> Vec<String> {
    if value.is_empty() {
        return Vec::new();
    }
    value.split(',').map(|part| part.trim_matches('"').to_owned()).collect()
}
