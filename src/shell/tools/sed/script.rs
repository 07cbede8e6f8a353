//! sed's language.

use super::super::super::regex::{Regex, Syntax};
use super::replacement::Replacement;

/// Where a command applies.
pub(super) enum Address {
    Line(usize),
    Last,
    /// `first~step`
    Step(usize, usize),
    /// `None`: the last one used.
    Regex(Option<Regex>),
    /// `,+N`
    Plus(usize),
    /// `,~N`
    Multiple(usize),
    /// `0,/re/`
    Zero,
}

pub(super) struct Where {
    pub first: Option<Address>,
    pub second: Option<Address>,
    pub negated: bool,
}

pub(super) enum Command {
    /// The index behind its `}`.
    Block(usize),
    EndBlock,
    Label,
    Branch(usize),
    /// `t` (true) and `T`.
    BranchIf(usize, bool),
    Substitute(Substitution),
    Append(String),
    Insert(String),
    Change(String),
    Translate(Vec<char>, Vec<char>),
    /// Status, and whether the pattern space is printed.
    Quit(i32, bool),
    ReadFile(String),
    /// `R`: a line of a file after the cycle, each time the next.
    ReadLine(String),
    /// `W`: the pattern space's first line.
    WriteLine(String),
    /// `e`: what a command prints, or (none named) what the pattern space does as one.
    Execute(String),
    WriteFile(String),
    /// `l`, with its line's length.
    List(Option<usize>),
    /// A command without arguments.
    Simple(char),
}

pub(super) struct Substitution {
    pub regex: Option<Regex>,
    pub replacement: Replacement,
    pub global: bool,
    pub print: bool,
    /// `e`: the pattern space is run, and what it prints takes its place.
    pub execute: bool,
    pub number: usize,
    pub file: Option<String>,
}

/// A parsed script.
pub(super) struct Script {
    pub commands: Vec<(Where, Command)>,
}

/// A mistake: the character it stands at, unless it is found when all was read, and GNU's words.
type Mistake = (Option<usize>, String);

struct Parser {
    chars: Vec<char>,
    at: usize,
    syntax: Syntax,
    commands: Vec<(Where, Command)>,
    labels: Vec<(String, usize)>,
    jumps: Vec<(usize, String)>,
    blocks: Vec<usize>,
}

impl Script {
    /// Reads a script.
    pub fn parse(source: &str, syntax: Syntax) -> Result<Script, Mistake> {
        let mut parser = Parser {
            chars: source.chars().collect(),
            at: 0,
            syntax,
            commands: Vec::new(),
            labels: Vec::new(),
            jumps: Vec::new(),
            blocks: Vec::new(),
        };
        parser.script()?;
        parser.link()?;
        Ok(Script { commands: parser.commands })
    }
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    fn mistake<T>(&self, message: impl Into<String>) -> Result<T, Mistake> {
        Err((Some(self.at), message.into()))
    }

    fn skip(&mut self, set: &str) {
        while self.peek().is_some_and(|c| set.contains(c)) {
            self.at += 1;
        }
    }

    fn script(&mut self) -> Result<(), Mistake> {
        loop {
            self.skip(" \t\n;");
            let Some(c) = self.peek() else { break };
            if c == '#' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
                continue;
            }
            self.command()?;
        }
        if !self.blocks.is_empty() {
            self.at = 0;
            return self.mistake("unmatched `{'");
        }
        Ok(())
    }

    fn number(&mut self) -> usize {
        let mut value = 0usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            value = value.saturating_mul(10).saturating_add(digit as usize);
            self.at += 1;
        }
        value
    }

    fn address(&mut self) -> Result<Option<Address>, Mistake> {
        Ok(Some(match self.peek() {
            Some(c) if c.is_ascii_digit() => {
                let first = self.number();
                if self.peek() == Some('~') {
                    self.at += 1;
                    return Ok(Some(Address::Step(first, self.number())));
                }
                if first == 0 { Address::Zero } else { Address::Line(first) }
            }
            Some('$') => {
                self.at += 1;
                Address::Last
            }
            Some('/') => {
                self.at += 1;
                Address::Regex(self.regex('/', "unterminated address regex")?)
            }
            Some('\\') => {
                self.at += 1;
                let delimiter = self.next().unwrap_or('/');
                Address::Regex(self.regex(delimiter, "unterminated address regex")?)
            }
            _ => return Ok(None),
        }))
    }

    /// Text up to an unquoted `delimiter`, which is taken. `regex`: brackets hide it.
    fn delimited(&mut self, delimiter: char, regex: bool) -> Option<String> {
        let mut out = String::new();
        let mut bracket = false;
        loop {
            let c = self.next()?;
            if c == '\\' {
                let next = self.next()?;
                if next == delimiter && !(regex && "(){}+?|".contains(delimiter)) {
                    out.push(delimiter);
                } else if next == 'n' && regex {
                    out.push_str("\\n");
                } else {
                    out.push('\\');
                    out.push(next);
                }
                continue;
            }
            if regex && c == '[' {
                bracket = true;
            } else if regex && c == ']' && !out.ends_with('[') && !out.ends_with("[^") {
                bracket = false;
            }
            if c == delimiter && !(bracket && regex) {
                return Some(out);
            }
            if c == '\n' && regex && delimiter != '\n' {
                return None;
            }
            out.push(c);
        }
    }

    fn compile(&self, text: &str, ignore_case: bool) -> Result<Option<Regex>, Mistake> {
        if text.is_empty() {
            return Ok(None);
        }
        match Regex::new(text, self.syntax, ignore_case) {
            Ok(regex) => Ok(Some(regex)),
            Err(bad) => self.mistake(bad.0),
        }
    }

    fn regex(&mut self, delimiter: char, unterminated: &str) -> Result<Option<Regex>, Mistake> {
        let Some(text) = self.delimited(delimiter, true) else { return self.mistake(unterminated) };
        let ignore = matches!(self.peek(), Some('I'));
        self.skip("IM");
        self.compile(&text, ignore)
    }

    /// The addresses of a command.
    fn place(&mut self) -> Result<Where, Mistake> {
        let mut place = Where { first: self.address()?, second: None, negated: false };
        self.skip(" \t");
        if self.peek() == Some(',') {
            self.at += 1;
            if place.first.is_none() {
                return self.mistake("unknown command: `,'");
            }
            self.skip(" \t");
            place.second = match self.peek() {
                Some('+') => {
                    self.at += 1;
                    Some(Address::Plus(self.number()))
                }
                Some('~') => {
                    self.at += 1;
                    Some(Address::Multiple(self.number()))
                }
                _ => self.address()?,
            };
            if place.second.is_none() {
                self.at += usize::from(self.peek().is_some());
                return self.mistake("unexpected `,'");
            }
        }
        if matches!((&place.first, &place.second), (Some(Address::Zero), None | Some(Address::Line(_) | Address::Last))) {
            self.at += 1;
            return self.mistake("invalid usage of line address 0");
        }
        self.skip(" \t");
        while self.peek() == Some('!') {
            self.at += 1;
            if place.negated {
                return self.mistake("multiple `!'s");
            }
            place.negated = true;
            self.skip(" \t");
        }
        Ok(place)
    }

    fn command(&mut self) -> Result<(), Mistake> {
        let place = self.place()?;
        let Some(letter) = self.next() else { return self.mistake("missing command") };
        if matches!(letter, 'q' | 'Q') && place.second.is_some() {
            return self.mistake("command only uses one address");
        }
        let command = self.function(letter)?;
        let open =
            matches!(command, Command::Block(_) | Command::Execute(_) | Command::Append(_) | Command::Insert(_) | Command::Change(_));
        self.commands.push((place, command));
        if !open {
            self.skip(" \t");
            match self.peek() {
                None | Some('\n' | ';' | '}' | '#') => {}
                Some(_) => {
                    self.at += 1;
                    return self.mistake("extra characters after command");
                }
            }
        }
        Ok(())
    }

    /// What a command's letter, and what belongs to it, says.
    fn function(&mut self, letter: char) -> Result<Command, Mistake> {
        Ok(match letter {
            '{' => {
                self.blocks.push(self.commands.len());
                Command::Block(0)
            }
            '}' => {
                let Some(open) = self.blocks.pop() else { return self.mistake("unexpected `}'") };
                let end = self.commands.len() + 1;
                if let Some((_, Command::Block(target))) = self.commands.get_mut(open) {
                    *target = end;
                }
                Command::EndBlock
            }
            ':' => {
                self.skip(" \t");
                let mut label = String::new();
                while let Some(c) = self.peek().filter(|c| !matches!(c, ';' | '\n')) {
                    label.push(c);
                    self.at += 1;
                }
                let label = label.trim_end().to_owned();
                if label.is_empty() {
                    return self.mistake("\":\" lacks a label");
                }
                self.labels.push((label, self.commands.len()));
                Command::Label
            }
            'b' | 't' | 'T' => {
                let label = self.word();
                self.jumps.push((self.commands.len(), label));
                if letter == 'b' { Command::Branch(0) } else { Command::BranchIf(0, letter == 't') }
            }
            's' => self.substitution()?,
            'y' => self.translation()?,
            'a' | 'i' | 'c' => {
                let text = self.text()?;
                match letter {
                    'a' => Command::Append(text),
                    'i' => Command::Insert(text),
                    _ => Command::Change(text),
                }
            }
            'q' | 'Q' => {
                self.skip(" \t");
                let status = i32::try_from(self.number()).unwrap_or(255);
                Command::Quit(status & 255, letter == 'q')
            }
            'e' => {
                self.skip(" \t");
                Command::Execute(self.rest_of_line())
            }
            'r' | 'w' | 'R' | 'W' => {
                self.skip(" \t");
                let name = self.rest_of_line();
                if name.is_empty() {
                    return self.mistake("missing filename in r/R/w/W commands");
                }
                match letter {
                    'r' => Command::ReadFile(name),
                    'R' => Command::ReadLine(name),
                    'W' => Command::WriteLine(name),
                    _ => Command::WriteFile(name),
                }
            }
            'l' => {
                self.skip(" \t");
                let given = self.peek().is_some_and(|c| c.is_ascii_digit());
                let width = self.number();
                Command::List(given.then_some(width))
            }
            'p' | 'P' | 'd' | 'D' | 'n' | 'N' | 'g' | 'G' | 'h' | 'H' | 'x' | '=' | 'z' | 'F' => Command::Simple(letter),
            // The version that is asked for is there.
            'v' => {
                self.skip(" \t");
                self.word();
                Command::Label
            }
            letter => return self.mistake(format!("unknown command: `{letter}'")),
        })
    }

    fn word(&mut self) -> String {
        self.skip(" \t");
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| !matches!(c, ';' | '\n' | '}' | ' ')) {
            out.push(c);
            self.at += 1;
        }
        out
    }

    fn rest_of_line(&mut self) -> String {
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|c| *c != '\n') {
            out.push(c);
            self.at += 1;
        }
        out
    }

    /// The text of `a`, `i`, `c`: on the same line, or behind `\` on the next.
    fn text(&mut self) -> Result<String, Mistake> {
        self.skip(" \t");
        if self.peek() == Some('\\') {
            self.at += 1;
            let blanks = self.at;
            self.skip(" \t");
            if self.peek() == Some('\n') {
                self.at += 1;
            } else if self.peek().is_some() {
                // `i\  text`: the blanks behind the backslash belong to the text.
                self.at = blanks;
            }
        }
        let mut out = String::new();
        while let Some(c) = self.next() {
            match c {
                '\n' => break,
                '\\' => match self.next() {
                    Some('t') => out.push('\t'),
                    Some(c) => out.push(c),
                    None => {}
                },
                c => out.push(c),
            }
        }
        if out.is_empty() {
            return self.mistake("expected \\ after `a', `c' or `i'");
        }
        out.push('\n');
        Ok(out)
    }

    fn substitution(&mut self) -> Result<Command, Mistake> {
        let Some(delimiter) = self.next() else { return self.mistake("unterminated `s' command") };
        let Some(pattern) = self.delimited(delimiter, true) else { return self.mistake("unterminated `s' command") };
        let Some(replacement) = self.delimited(delimiter, false) else { return self.mistake("unterminated `s' command") };
        let mut s = Substitution {
            regex: None,
            replacement: Replacement::read(&replacement),
            global: false,
            print: false,
            execute: false,
            number: 1,
            file: None,
        };
        let (mut ignore, mut multiline) = (false, false);
        loop {
            match self.peek() {
                Some(letter @ ('g' | 'p')) => {
                    let slot = if letter == 'g' { &mut s.global } else { &mut s.print };
                    if std::mem::replace(slot, true) {
                        self.at += 1;
                        return self.mistake(format!("multiple `{letter}' options to `s' command"));
                    }
                }
                Some('e') => s.execute = true,
                Some('i' | 'I') => ignore = true,
                Some('m' | 'M') => multiline = true,
                Some(c) if c.is_ascii_digit() => {
                    s.number = self.number();
                    if s.number == 0 {
                        return self.mistake("number option to `s' command may not be zero");
                    }
                    continue;
                }
                Some('w') => {
                    self.at += 1;
                    self.skip(" \t");
                    s.file = Some(self.rest_of_line());
                    break;
                }
                None | Some('\n' | ';' | '}' | '#' | ' ' | '\t') => break,
                Some(_) => {
                    self.at += 1;
                    return self.mistake("unknown option to `s'");
                }
            }
            self.at += 1;
        }
        s.regex = self.compile(&pattern, ignore)?;
        let groups = s.regex.as_ref().map_or(9, Regex::group_count);
        let n = s.replacement.highest_group();
        if n > groups {
            return self.mistake(format!("invalid reference \\{n} on `s' command's RHS"));
        }
        if let Some(regex) = &mut s.regex {
            regex.multiline = multiline;
        }
        Ok(Command::Substitute(s))
    }

    fn translation(&mut self) -> Result<Command, Mistake> {
        let Some(delimiter) = self.next() else { return self.mistake("unterminated `y' command") };
        let (Some(from), Some(to)) = (self.delimited(delimiter, false), self.delimited(delimiter, false)) else {
            return self.mistake("unterminated `y' command");
        };
        let plain = |text: String| text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\").chars().collect::<Vec<char>>();
        let (from, to) = (plain(from), plain(to));
        if from.len() != to.len() {
            return self.mistake("strings for `y' command are different lengths");
        }
        Ok(Command::Translate(from, to))
    }

    fn link(&mut self) -> Result<(), Mistake> {
        for (at, label) in std::mem::take(&mut self.jumps) {
            let target = match self.labels.iter().find(|(name, _)| *name == label) {
                Some((_, target)) => *target,
                None if label.is_empty() => self.commands.len(),
                None => return Err((None, format!("can't find label for jump to `{label}'"))),
            };
            if let Some((_, Command::Branch(to) | Command::BranchIf(to, _))) = self.commands.get_mut(at) {
                *to = target
            }
        }
        Ok(())
    }
}

/// Busybox's words for GNU's.
pub(super) fn busybox_message(message: &str, here: Option<char>) -> String {
    match message {
        "unterminated `s' command" => "unmatched '/'".into(),
        "unterminated address regex" => "unmatched '/'".into(),
        "unexpected `,'" => "no address after comma".into(),
        "missing command" => "missing command".into(),
        "unknown option to `s'" => "bad option in substitution expression".into(),
        "unterminated `y' command" => "bad format in substitution expression".into(),
        "extra characters after command" => format!("unsupported command {}", here.unwrap_or(' ')),
        other if other.starts_with("can't find label") => other.replace('`', "'"),
        other => match other.strip_prefix("unknown command: `") {
            Some(rest) => format!("unsupported command {}", rest.trim_end_matches('\'')),
            None => other.to_owned(),
        },
    }
}
