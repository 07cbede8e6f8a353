use super::super::pattern::class;
use super::{BadRegex, Item, Node, Syntax};

pub(super) struct Parsed {
    pub node: Node,
    pub groups: usize,
    pub alternates: bool,
}

/// Groups nest this deep at most.
const DEPTH_LIMIT: usize = 100;

struct Parser {
    chars: Vec<char>,
    at: usize,
    syntax: Syntax,
    groups: usize,
    alternates: bool,
    depth: usize,
}

pub(super) fn parse(pattern: &str, syntax: Syntax) -> Result<Parsed, BadRegex> {
    if syntax == Syntax::Fixed {
        return Ok(Parsed { node: Node::Sequence(pattern.chars().map(Node::Char).collect()), groups: 0, alternates: false });
    }
    let mut parser = Parser { chars: pattern.chars().collect(), at: 0, syntax, groups: 0, alternates: false, depth: 0 };
    let node = parser.alternatives()?;
    if parser.at < parser.chars.len() {
        return Err(BadRegex(if syntax == Syntax::Basic { "Unmatched \\) or \\(" } else { "Unmatched ) or \\)" }));
    }
    Ok(Parsed { node, groups: parser.groups, alternates: parser.alternates })
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn looking_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.chars.get(self.at + i) == Some(&c))
    }

    fn basic(&self) -> bool {
        self.syntax == Syntax::Basic
    }

    /// The text of an operator that basic expressions write with a backslash.
    fn accept(&mut self, operator: char) -> bool {
        let text = if self.basic() { format!("\\{operator}") } else { operator.to_string() };
        let found = self.looking_at(&text);
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn at_close(&self) -> bool {
        if self.basic() { self.looking_at("\\)") } else { self.peek() == Some(')') && self.depth > 0 }
    }

    fn alternatives(&mut self) -> Result<Node, BadRegex> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(BadRegex("Regular expression too big"));
        }
        let mut options = vec![self.sequence()?];
        while self.accept('|') {
            options.push(self.sequence()?);
        }
        self.depth -= 1;
        if options.len() > 1 {
            self.alternates = true;
            return Ok(Node::Either(options));
        }
        Ok(options.pop().unwrap_or(Node::Sequence(Vec::new())))
    }

    fn sequence(&mut self) -> Result<Node, BadRegex> {
        let mut nodes: Vec<Node> = Vec::new();
        loop {
            let bar = if self.basic() { self.looking_at("\\|") } else { self.peek() == Some('|') };
            if self.peek().is_none() || bar {
                break;
            }
            if self.at_close() {
                if self.depth == 1 {
                    return Err(BadRegex("Unmatched ) or \\)"));
                }
                break;
            }
            let first = nodes.is_empty() || matches!(nodes.last(), Some(Node::Start) if nodes.len() == 1);
            let node = self.atom(first)?;
            let node = self.repeated(node)?;
            nodes.push(node);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Sequence(nodes) })
    }

    fn repeated(&mut self, mut node: Node) -> Result<Node, BadRegex> {
        if matches!(node, Node::Start) && self.basic() {
            return Ok(node);
        }
        loop {
            let (min, max) = match self.peek() {
                Some('*') => {
                    self.at += 1;
                    (0, usize::MAX)
                }
                _ if self.accept('+') => (1, usize::MAX),
                _ if self.accept('?') => (0, 1),
                _ => match self.interval()? {
                    Some(bounds) => bounds,
                    None => return Ok(node),
                },
            };
            let lazy = self.syntax == Syntax::Perl && self.peek() == Some('?');
            if lazy {
                self.at += 1;
            }
            node = Node::Repeat { node: Box::new(node), min, max, lazy };
        }
    }

    fn interval(&mut self) -> Result<Option<(usize, usize)>, BadRegex> {
        let start = self.at;
        if !self.accept('{') {
            return Ok(None);
        }
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|c| c.is_ascii_digit() || *c == ',') {
            text.push(c);
            self.at += 1;
        }
        if !self.accept('}') || text.is_empty() {
            if self.basic() {
                return Err(BadRegex("Unmatched \\{"));
            }
            // An extended expression takes a brace that is no interval as it is.
            self.at = start;
            return Ok(None);
        }
        let (low, high) = text.split_once(',').unwrap_or((&text, &text));
        let low = if low.is_empty() { 0 } else { low.parse().map_err(|_| BadRegex("Invalid content of \\{\\}"))? };
        let high = if high.is_empty() { usize::MAX } else { high.parse().map_err(|_| BadRegex("Invalid content of \\{\\}"))? };
        if low > high || low > 32767 {
            return Err(BadRegex("Invalid content of \\{\\}"));
        }
        Ok(Some((low, high)))
    }

    fn atom(&mut self, first: bool) -> Result<Node, BadRegex> {
        let Some(c) = self.peek() else { return Ok(Node::Sequence(Vec::new())) };
        if (self.basic() && self.looking_at("\\(")) || (!self.basic() && c == '(') {
            return self.group();
        }
        self.at += 1;
        Ok(match c {
            '.' => Node::Any,
            '[' => self.set()?,
            '^' if !self.basic() || first => Node::Start,
            '$' if !self.basic() || self.ends_here() => Node::End,
            '\\' => return self.escaped(),
            c => Node::Char(c),
        })
    }

    fn ends_here(&self) -> bool {
        self.peek().is_none() || self.looking_at("\\)") || self.looking_at("\\|")
    }

    fn group(&mut self) -> Result<Node, BadRegex> {
        self.at += if self.basic() { 2 } else { 1 };
        let mut look = None;
        let mut number = None;
        if self.syntax == Syntax::Perl && self.peek() == Some('?') {
            match self.chars.get(self.at + 1) {
                Some(':') => self.at += 2,
                Some('=') => {
                    look = Some(false);
                    self.at += 2;
                }
                Some('!') => {
                    look = Some(true);
                    self.at += 2;
                }
                Some('<') => {
                    while self.peek().is_some_and(|c| c != '>') {
                        self.at += 1;
                    }
                    self.at += 1;
                    self.groups += 1;
                    number = Some(self.groups);
                }
                _ => return Err(BadRegex("Invalid preceding regular expression")),
            }
        } else {
            self.groups += 1;
            number = Some(self.groups);
        }
        let inner = self.alternatives()?;
        if !self.at_close() {
            return Err(BadRegex("Unmatched ( or \\("));
        }
        self.at += if self.basic() { 2 } else { 1 };
        Ok(match look {
            Some(negated) => Node::Look { node: Box::new(inner), negated },
            None => Node::Group(Box::new(inner), number),
        })
    }

    fn escaped(&mut self) -> Result<Node, BadRegex> {
        let Some(c) = self.peek() else { return Err(BadRegex("Trailing backslash")) };
        self.at += 1;
        let class = |name: &str, negated: bool| Node::Set { negated, items: vec![Item::Class(name.into())] };
        let word = |negated: bool| Node::Set { negated, items: vec![Item::Class("alnum".into()), Item::Range('_', '_')] };
        Ok(match c {
            'w' => word(false),
            'W' => word(true),
            's' => class("space", false),
            'S' => class("space", true),
            'd' if self.syntax == Syntax::Perl => class("digit", false),
            'D' if self.syntax == Syntax::Perl => class("digit", true),
            'b' => Node::WordEdge,
            'B' => Node::NotWordEdge,
            '<' => Node::WordStart,
            '>' => Node::WordEnd,
            '`' => Node::Start,
            '\'' => Node::End,
            'n' => Node::Char('\n'),
            't' => Node::Char('\t'),
            'r' => Node::Char('\r'),
            '1'..='9' => {
                let number = c as usize - '0' as usize;
                if number > self.groups {
                    return Err(BadRegex("Invalid back reference"));
                }
                Node::Back(number)
            }
            c => Node::Char(c),
        })
    }

    fn set(&mut self) -> Result<Node, BadRegex> {
        const UNMATCHED: BadRegex = BadRegex("Unmatched [, [^, [:, [., or [=");
        let negated = self.peek() == Some('^');
        if negated {
            self.at += 1;
        }
        let start = self.at;
        let mut items = Vec::new();
        loop {
            let c = self.peek().ok_or(UNMATCHED)?;
            if c == ']' && self.at > start {
                self.at += 1;
                return Ok(Node::Set { negated, items });
            }
            if self.looking_at("[:") {
                let rest: String = self.chars.get(self.at + 2..).unwrap_or(&[]).iter().collect();
                let (name, _) = rest.split_once(":]").ok_or(UNMATCHED)?;
                self.at += name.chars().count() + 4;
                if class(name).is_none() || (name == "word" && self.syntax != Syntax::Perl) {
                    return Err(BadRegex("Invalid character class name"));
                }
                items.push(Item::Class(name.to_owned()));
                continue;
            }
            let low = self.member()?;
            if self.peek() == Some('-') && self.chars.get(self.at + 1).is_some_and(|c| *c != ']') {
                self.at += 1;
                let high = self.member()?;
                if low > high {
                    return Err(BadRegex("Invalid range end"));
                }
                items.push(Item::Range(low, high));
            } else {
                items.push(Item::Range(low, low));
            }
        }
    }

    fn member(&mut self) -> Result<char, BadRegex> {
        let c = self.peek().ok_or(BadRegex("Unmatched [, [^, [:, [., or [="))?;
        self.at += 1;
        // GNU tools read \n and \t in a set; `\]` and `\\` are for Perl and awk.
        if c == '\\' {
            match self.peek() {
                Some('n') => {
                    self.at += 1;
                    return Ok('\n');
                }
                Some('t') => {
                    self.at += 1;
                    return Ok('\t');
                }
                Some(next) if self.syntax == Syntax::Perl || matches!(next, '\\' | '/' | '"') => {
                    self.at += 1;
                    return Ok(next);
                }
                _ => {}
            }
        }
        Ok(c)
    }
}
