//! Running a script.

use super::super::super::regex::Regex;
use super::super::tool::{Tool, records, text};
use super::script::{Address, Command, Script, Substitution, Where};
use crate::process::{File, Spawn, pipe};

/// A script that never ends (`:a;ba`) is stopped by the kernel's budget; the pattern space by this.
const SPACE_LIMIT_BYTES: usize = 8 << 20;

struct Input {
    lines: Vec<String>,
    at: usize,
    /// The last line has its end.
    ends: bool,
    /// At which line each file begins.
    names: Vec<(usize, String)>,
}

/// What the options say of the output.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub quiet: bool,
    /// What ends a line: a newline, or (`-z`) a zero byte.
    pub end: char,
    /// `l` breaks lines before this column; 0 or 1: never.
    pub wrap: usize,
}

struct Machine<'a> {
    t: &'a Tool,
    script: &'a Script,
    space: String,
    hold: String,
    line: usize,
    style: Style,
    out: String,
    append: Vec<String>,
    /// For each range: the line it ends at, or open.
    ranges: Vec<Option<usize>>,
    last_regex: Option<Regex>,
    /// Of the files that `R` reads: how many lines are read.
    lines_read: std::collections::BTreeMap<String, usize>,
}

/// What to do after a cycle.
enum Next {
    Cycle,
    /// Ended without printing (`d`).
    Skip,
    /// Again, without reading (`D`).
    Again,
    Quit(i32),
}

/// What a script makes of the inputs, and the status it quits with.
pub(super) async fn process(t: &Tool, script: &Script, style: Style, inputs: Vec<(String, Vec<u8>)>) -> (String, Option<i32>) {
    let mut all = Vec::new();
    let mut ends = true;
    let mut names = Vec::new();
    for (name, bytes) in inputs {
        if bytes.is_empty() {
            continue;
        }
        names.push((all.len(), name));
        ends = bytes.last() == Some(&(style.end as u8));
        all.extend(records(&bytes, style.end as u8).into_iter().map(text));
    }
    let mut input = Input { lines: all, at: 0, ends, names };
    let mut machine = Machine {
        t,
        script,
        space: String::new(),
        hold: String::new(),
        line: 0,
        style,
        out: String::new(),
        append: Vec::new(),
        ranges: vec![None; script.commands.len()],
        last_regex: None,
        lines_read: Default::default(),
    };
    let mut again = false;
    loop {
        if !again && !machine.read(&mut input) {
            break;
        }
        t.ctx.step().await;
        let next = machine.cycle(&mut input).await;
        again = matches!(next, Next::Again);
        if matches!(next, Next::Cycle | Next::Quit(_)) {
            machine.end_of_cycle(&input);
        }
        if let Next::Quit(status) = next {
            return (machine.out, Some(status));
        }
    }
    (machine.out, None)
}

impl Machine<'_> {
    fn read(&mut self, input: &mut Input) -> bool {
        match input.lines.get(input.at) {
            Some(line) => {
                self.space = line.clone();
                input.at += 1;
                self.line += 1;
                true
            }
            None => false,
        }
    }

    fn print(&mut self, text: &str, input: &Input) {
        self.out.push_str(text);
        if input.at < input.lines.len() || input.ends {
            self.out.push(self.style.end);
        }
    }

    fn print_space(&mut self, input: &Input) {
        let space = self.space.clone();
        self.print(&space, input);
    }

    fn end_of_cycle(&mut self, input: &Input) {
        if !self.style.quiet {
            self.print_space(input);
        }
        self.flush_append();
    }

    fn flush_append(&mut self) {
        for text in std::mem::take(&mut self.append) {
            if !self.out.is_empty() && !self.out.ends_with(self.style.end) {
                self.out.push(self.style.end);
            }
            self.out.push_str(&text);
        }
    }

    fn address(&mut self, address: &Address, input: &Input) -> bool {
        match address {
            Address::Line(n) => self.line == *n,
            Address::Last => input.at >= input.lines.len(),
            Address::Step(first, step) => {
                if *step == 0 {
                    self.line == *first
                } else {
                    self.line >= *first && (self.line - first).is_multiple_of(*step)
                }
            }
            Address::Regex(regex) => {
                let regex = regex.clone().or_else(|| self.last_regex.clone());
                let Some(regex) = regex else { return false };
                let chars: Vec<char> = self.space.chars().collect();
                let hit = regex.find_at(&chars, 0).is_some();
                self.last_regex = Some(regex);
                hit
            }
            Address::Plus(_) | Address::Multiple(_) | Address::Zero => false,
        }
    }

    fn selected(&mut self, at: usize, place: &Where, input: &Input) -> bool {
        let hit = match (&place.first, &place.second) {
            (None, _) => true,
            (Some(first), None) => self.address(first, input),
            (Some(first), Some(second)) => self.in_range(at, first, second, input),
        };
        hit != place.negated
    }

    fn in_range(&mut self, at: usize, first: &Address, second: &Address, input: &Input) -> bool {
        let state = self.ranges.get(at).copied().flatten();
        let ended = |machine: &mut Self, end: Option<usize>| {
            if let Some(slot) = machine.ranges.get_mut(at) {
                *slot = end;
            }
        };
        match state {
            None => {
                let zero = matches!(first, Address::Zero) && self.line == 1;
                if !zero && !self.address(first, input) {
                    return false;
                }
                if zero {
                    if !self.address(second, input) {
                        ended(self, Some(usize::MAX));
                    }
                    return true;
                }
                let end = match second {
                    Address::Line(n) => (*n > self.line).then_some(*n),
                    Address::Plus(n) => (*n > 0).then_some(self.line + n),
                    Address::Multiple(n) => (*n > 0 && !self.line.is_multiple_of(*n)).then(|| self.line.div_ceil(*n) * n),
                    Address::Last => (input.at < input.lines.len()).then_some(usize::MAX),
                    _ => Some(usize::MAX),
                };
                ended(self, end);
                true
            }
            Some(end) => {
                let over = match second {
                    Address::Line(_) | Address::Plus(_) | Address::Multiple(_) => self.line >= end,
                    other => self.address(other, input),
                };
                if over {
                    ended(self, None);
                }
                !matches!(second, Address::Line(n) if self.line > *n)
            }
        }
    }

    async fn cycle(&mut self, input: &mut Input) -> Next {
        let script = self.script;
        let mut at = 0;
        let mut substituted = false;
        while let Some((place, command)) = script.commands.get(at) {
            at += 1;
            if !self.selected(at - 1, place, input) {
                if let Command::Block(end) = command {
                    at = *end;
                }
                continue;
            }
            match command {
                Command::Block(_) | Command::EndBlock | Command::Label => {}
                Command::Branch(to) => {
                    self.t.ctx.step().await;
                    at = *to;
                }
                Command::BranchIf(to, wanted) => {
                    if std::mem::take(&mut substituted) == *wanted {
                        self.t.ctx.step().await;
                        at = *to;
                    }
                }
                Command::Substitute(s) => {
                    if self.substitute(s, input).await {
                        substituted = true;
                    }
                }
                Command::Change(text) => {
                    let ends = place.negated || place.second.is_none() || self.ranges.get(at - 1).copied().flatten().is_none();
                    if ends {
                        self.out.push_str(text);
                    }
                    self.space.clear();
                    return self.skip_print();
                }
                Command::Simple(letter) => match self.simple(*letter, input) {
                    None => {}
                    Some(next) => return next,
                },
                Command::Quit(status, print) => {
                    if !print {
                        self.style.quiet = true;
                    }
                    return Next::Quit(*status);
                }
                Command::Append(text) => self.append.push(text.clone()),
                Command::Insert(text) => self.out.push_str(text),
                Command::Translate(from, to) => {
                    let map = |c: char| from.iter().position(|f| *f == c).and_then(|i| to.get(i)).copied().unwrap_or(c);
                    self.space = self.space.chars().map(map).collect();
                }
                Command::ReadFile(name) => {
                    if let Ok(bytes) = self.t.read(name).await {
                        self.append.push(text(&bytes));
                    }
                }
                Command::ReadLine(name) => self.read_line(name).await,
                Command::WriteLine(name) => {
                    let line = format!("{}{}", self.space.split('\n').next().unwrap_or(""), self.style.end);
                    self.write_file(name, &line).await;
                }
                Command::Execute(command) => self.execute(command).await,
                Command::List(width) => {
                    let shown = listed(&self.space, width.unwrap_or(self.style.wrap));
                    self.out.push_str(&shown);
                }
                Command::WriteFile(name) => {
                    let line = format!("{}{}", self.space, self.style.end);
                    self.write_file(name, &line).await;
                }
            }
        }
        Next::Cycle
    }

    /// `R`
    async fn read_line(&mut self, name: &str) {
        let Ok(bytes) = self.t.read(name).await else { return };
        let at = self.lines_read.entry(name.to_owned()).or_default();
        if let Some(line) = records(&bytes, self.style.end as u8).into_iter().nth(*at) {
            *at += 1;
            self.append.push(format!("{}{}", text(line), self.style.end));
        }
    }

    /// `e`
    async fn execute(&mut self, command: &str) {
        if command.is_empty() {
            let mut printed = self.output_of(&self.space).await;
            printed.truncate(printed.trim_end_matches('\n').len());
            self.space = printed;
        } else {
            let printed = self.output_of(command).await;
            self.out.push_str(&printed);
        }
    }

    /// What a shell command prints.
    async fn output_of(&self, command: &str) -> String {
        let (reader, writer) = pipe();
        let mut fds = self.t.ctx.files();
        fds.insert(1, writer);
        let Ok(child) = self.t.ctx.spawn(Spawn { fds: Some(fds), ..Spawn::new(["sh", "-c", command]) }) else { return String::new() };
        let reader: File = reader;
        let bytes = self.t.read_all(&reader).await.unwrap_or_default();
        child.wait().await;
        text(&bytes)
    }

    /// Ends the cycle without printing the pattern space.
    fn skip_print(&mut self) -> Next {
        self.flush_append();
        Next::Skip
    }

    async fn write_file(&mut self, name: &str, line: &str) {
        match name {
            "/dev/stdout" => self.out.push_str(line),
            "/dev/stderr" => self.t.ctx.eprint(line).await,
            _ => {
                if let Ok(file) = self.t.create(name, true) {
                    let _ = self.t.write_to(&file, line.as_bytes()).await;
                }
            }
        }
    }

    fn simple(&mut self, letter: char, input: &mut Input) -> Option<Next> {
        match letter {
            'p' => self.print_space(input),
            'P' => {
                let head = self.space.split(self.style.end).next().unwrap_or("").to_owned();
                self.out.push_str(&format!("{head}{}", self.style.end));
            }
            'd' => return Some(self.skip_print()),
            'D' => match self.space.split_once(self.style.end) {
                Some((_, rest)) => {
                    self.space = rest.to_owned();
                    self.flush_append();
                    return Some(Next::Again);
                }
                None => return Some(self.skip_print()),
            },
            'n' => {
                if input.at >= input.lines.len() {
                    return Some(Next::Quit(0));
                }
                if !self.style.quiet {
                    self.print_space(input);
                }
                self.flush_append();
                self.read(input);
            }
            'N' => {
                if input.at >= input.lines.len() {
                    return Some(Next::Quit(0));
                }
                let old = std::mem::take(&mut self.space);
                self.read(input);
                if old.len() < SPACE_LIMIT_BYTES {
                    self.space = format!("{old}{}{}", self.style.end, self.space);
                }
            }
            'g' => self.space = self.hold.clone(),
            'G' => self.space = format!("{}{}{}", self.space, self.style.end, self.hold),
            'h' => self.hold = self.space.clone(),
            'H' => self.hold = format!("{}{}{}", self.hold, self.style.end, self.space),
            'x' => std::mem::swap(&mut self.space, &mut self.hold),
            '=' => self.out.push_str(&format!("{}\n", self.line)),
            'F' => {
                let name = input.names.iter().rev().find(|(from, _)| *from < input.at).map_or("-", |(_, name)| name.as_str());
                self.out.push_str(&format!("{name}\n"));
            }
            'z' => self.space.clear(),
            _ => {}
        }
        None
    }

    async fn substitute(&mut self, s: &Substitution, input: &Input) -> bool {
        let Some(regex) = s.regex.clone().or_else(|| self.last_regex.clone()) else { return false };
        self.last_regex = Some(regex.clone());
        let chars: Vec<char> = self.space.chars().collect();
        let mut out = String::new();
        let (mut copied, mut count, mut done) = (0, 0, false);
        for found in regex.matches(&chars) {
            count += 1;
            if count >= s.number {
                out.extend(chars.get(copied..found.start).unwrap_or(&[]));
                s.replacement.expand(&chars, &found.groups, &mut out);
                copied = found.end;
                done = true;
                if !s.global {
                    break;
                }
            }
        }
        if !done {
            return false;
        }
        out.extend(chars.get(copied..).unwrap_or(&[]));
        self.space = out;
        if s.execute {
            self.execute("").await;
        }
        if s.print {
            self.print_space(input);
        }
        if let Some(name) = &s.file {
            let line = format!("{}{}", self.space, self.style.end);
            self.write_file(name, &line).await;
        }
        true
    }
}

/// What `l` shows of a text: everything visible, in lines that are shorter than `wrap`.
fn listed(text: &str, wrap: usize) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for c in text.chars() {
        let shown = match c {
            '\\' => "\\\\".into(),
            '\u{7}' => "\\a".into(),
            '\u{8}' => "\\b".into(),
            '\u{c}' => "\\f".into(),
            '\n' => "\\n".into(),
            '\r' => "\\r".into(),
            '\t' => "\\t".into(),
            '\u{b}' => "\\v".into(),
            c if c.is_control() => format!("\\{:03o}", c as u32),
            c => c.to_string(),
        };
        let width = shown.chars().count();
        if wrap > 1 && column + width > wrap - 1 {
            out.push_str("\\\n");
            column = 0;
        }
        out.push_str(&shown);
        column += width;
    }
    out + "$\n"
}
