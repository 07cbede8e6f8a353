//! POSIX regular expressions, basic and extended, with back-references: what grep, sed, awk and `=~` use.
//!
//! A backtracking matcher of our own, because leftmost-longest alternation and back-references are what
//! learners see these tools do and the linear-time crates have neither. Its steps are limited.

mod matcher;
mod parser;

pub(crate) use matcher::Found;

/// Which grammar a pattern has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// grep, sed.
    Basic,
    /// grep -E, sed -E, awk, `=~`.
    Extended,
    /// grep -F.
    Fixed,
    /// grep -P, jq: extended with `\d`, `*?`, `(?:…)`.
    Perl,
}

/// A node of a pattern.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Char(char),
    Any,
    Set { negated: bool, items: Vec<Item> },
    Start,
    End,
    WordStart,
    WordEnd,
    WordEdge,
    NotWordEdge,
    Group(Box<Node>, Option<usize>),
    Back(usize),
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat { node: Box<Node>, min: usize, max: usize, lazy: bool },
    Look { node: Box<Node>, negated: bool },
}

/// A member of a bracket expression.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Range(char, char),
    Class(String),
}

/// A pattern ready to match.
#[derive(Clone, Debug)]
pub(crate) struct Regex {
    node: Node,
    groups: usize,
    ignore_case: bool,
    /// Alternatives: the longest match is looked for.
    longest: bool,
    /// `^` and `$` match at line ends (sed's `M`).
    pub multiline: bool,
}

/// Why a pattern is none, in the words of regcomp(3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadRegex(pub &'static str);

impl Regex {
    /// Reads a pattern.
    pub fn new(pattern: &str, syntax: Syntax, ignore_case: bool) -> Result<Regex, BadRegex> {
        let parsed = parser::parse(pattern, syntax)?;
        Ok(Regex {
            node: parsed.node,
            groups: parsed.groups,
            ignore_case,
            longest: parsed.alternates && syntax != Syntax::Perl,
            multiline: false,
        })
    }

    /// The groups of the pattern.
    pub fn group_count(&self) -> usize {
        self.groups
    }

    /// The matches that a substitution replaces, in their order: none overlaps another, and an empty one right behind another
    /// does not count.
    pub fn matches<'a>(&'a self, text: &'a [char]) -> impl Iterator<Item = Found> + 'a {
        let (mut from, mut last_end) = (0, None);
        std::iter::from_fn(move || {
            while from <= text.len() {
                let found = self.find_at(text, from)?;
                let empty = found.end == found.start;
                from = found.end + usize::from(empty);
                if !(empty && last_end == Some(found.start)) {
                    last_end = Some(found.end);
                    return Some(found);
                }
            }
            None
        })
    }

    /// The first match at or after `from`.
    pub fn find_at(&self, text: &[char], from: usize) -> Option<Found> {
        matcher::find(self, text, from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches() {
        for (pattern, syntax, text, expected) in [
            ("a*b", Syntax::Basic, "xaab", Some("aab")),
            ("ERROR\\|WARN", Syntax::Basic, "x WARN", Some("WARN")),
            ("ERROR|WARN", Syntax::Basic, "x WARN", None),
            ("foo|foobar", Syntax::Extended, "foobar", Some("foobar")),
            ("\\(.\\)\\1", Syntax::Basic, "abccd", Some("cc")),
            ("^pod-([0-9]+)$", Syntax::Extended, "pod-12", Some("pod-12")),
            ("[[:space:]]+", Syntax::Extended, "a \tb", Some(" \t")),
            ("a{2,3}", Syntax::Extended, "aaaa", Some("aaa")),
            ("*", Syntax::Basic, "a*", Some("*")),
            ("\\bweb\\b", Syntax::Basic, "a web b", Some("web")),
            ("\\w\\+", Syntax::Basic, "one two", Some("one")),
            ("(a|b)*c", Syntax::Extended, "abac", Some("abac")),
            ("x{", Syntax::Extended, "x{", Some("x{")),
        ] {
            let chars: Vec<char> = text.chars().collect();
            let found = Regex::new(pattern, syntax, false).unwrap().find_at(&chars, 0);
            let found: Option<String> = found.map(|f| chars[f.start..f.end].iter().collect());
            assert_eq!(found.as_deref(), expected, "{pattern} in {text}");
        }
        assert!(Regex::new("a[", Syntax::Basic, false).is_err());
        assert!(Regex::new("(", Syntax::Extended, false).is_err());
    }
}
