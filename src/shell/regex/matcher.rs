use super::super::pattern::in_class;
use super::{Item, Node, Regex};

/// What each group matched: start and end.
type Groups = Vec<Option<(usize, usize)>>;

/// A match takes this many steps at most; past them there is none.
const STEP_LIMIT: u32 = 2_000_000;
/// Backtracking goes this deep at most.
const DEPTH_LIMIT: u32 = 4_000;

/// Where a match is: the whole and its groups (0 is the whole), in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub start: usize,
    pub end: usize,
    pub groups: Vec<Option<(usize, usize)>>,
}

struct Matcher<'a> {
    text: &'a [char],
    ignore_case: bool,
    multiline: bool,
    groups: Vec<Option<(usize, usize)>>,
    steps: u32,
    depth: u32,
}

/// What to do once a node has matched up to a place.
type Next<'n> = &'n mut dyn FnMut(&mut Matcher<'_>, usize) -> bool;

pub(super) fn find(regex: &Regex, text: &[char], from: usize) -> Option<Found> {
    let mut steps = STEP_LIMIT;
    for start in from..=text.len() {
        if let Node::Char(c) = first(&regex.node)
            && !regex.ignore_case
            && text.get(start) != Some(c)
        {
            continue;
        }
        let mut matcher = Matcher {
            text,
            ignore_case: regex.ignore_case,
            multiline: regex.multiline,
            groups: vec![None; regex.groups + 1],
            steps,
            depth: 0,
        };
        let mut best: Option<(usize, Groups)> = None;
        let longest = regex.longest;
        matcher.run(&regex.node, start, &mut |m, end| {
            if best.as_ref().is_none_or(|(old, _)| end > *old) {
                best = Some((end, m.groups.clone()));
            }
            !longest
        });
        steps = matcher.steps;
        if let Some((end, mut groups)) = best {
            if let Some(whole) = groups.first_mut() {
                *whole = Some((start, end));
            }
            return Some(Found { start, end, groups });
        }
        if steps == 0 {
            return None;
        }
    }
    None
}

/// The node that a match must begin with, to skip places quickly.
fn first(node: &Node) -> &Node {
    match node {
        Node::Sequence(nodes) => nodes.first().map_or(node, first),
        Node::Group(inner, _) => first(inner),
        Node::Repeat { node, min, .. } if *min > 0 => first(node),
        node => node,
    }
}

fn is_word(c: Option<&char>) -> bool {
    c.is_some_and(|c| *c == '_' || c.is_alphanumeric())
}

impl Matcher<'_> {
    fn run(&mut self, node: &Node, at: usize, next: Next<'_>) -> bool {
        if self.steps == 0 || self.depth > DEPTH_LIMIT {
            return false;
        }
        self.steps -= 1;
        self.depth += 1;
        let result = self.run_inner(node, at, next);
        self.depth -= 1;
        result
    }

    fn run_inner(&mut self, node: &Node, at: usize, next: Next<'_>) -> bool {
        match node {
            Node::Char(_) | Node::Any | Node::Set { .. } => self.single(node, at) && next(self, at + 1),
            Node::Start => (at == 0 || (self.multiline && self.before(at) == Some(&'\n'))) && next(self, at),
            Node::End => (at == self.text.len() || (self.multiline && self.text.get(at) == Some(&'\n'))) && next(self, at),
            Node::WordStart => !is_word(self.before(at)) && is_word(self.text.get(at)) && next(self, at),
            Node::WordEnd => is_word(self.before(at)) && !is_word(self.text.get(at)) && next(self, at),
            Node::WordEdge => is_word(self.before(at)) != is_word(self.text.get(at)) && next(self, at),
            Node::NotWordEdge => is_word(self.before(at)) == is_word(self.text.get(at)) && next(self, at),
            Node::Group(inner, None) => self.run(inner, at, next),
            Node::Group(inner, Some(number)) => {
                let old = self.groups.get(*number).copied().flatten();
                let done = self.run(inner, at, &mut |m, end| {
                    let before = m.groups.get(*number).copied().flatten();
                    m.set_group(*number, Some((at, end)));
                    let done = next(m, end);
                    if !done {
                        m.set_group(*number, before);
                    }
                    done
                });
                if !done {
                    self.set_group(*number, old);
                }
                done
            }
            Node::Back(number) => {
                let Some((start, end)) = self.groups.get(*number).copied().flatten() else { return false };
                let same = (start..end).zip(at..).all(|(a, b)| self.same(self.text.get(a), self.text.get(b)));
                same && next(self, at + end - start)
            }
            Node::Sequence(nodes) => self.sequence(nodes, at, next),
            Node::Either(options) => options.iter().any(|option| self.run(option, at, next)),
            Node::Repeat { node, min, max, lazy } => self.repeat(node, (*min, *max, *lazy), at, 0, next),
            Node::Look { node, negated } => {
                let found = self.run(node, at, &mut |_, _| true);
                found != *negated && next(self, at)
            }
        }
    }

    fn before(&self, at: usize) -> Option<&char> {
        self.text.get(at.checked_sub(1)?)
    }

    fn set_group(&mut self, number: usize, value: Option<(usize, usize)>) {
        if let Some(slot) = self.groups.get_mut(number) {
            *slot = value;
        }
    }

    fn same(&self, a: Option<&char>, b: Option<&char>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => a == b || (self.ignore_case && a.to_lowercase().eq(b.to_lowercase())),
            _ => false,
        }
    }

    fn single(&self, node: &Node, at: usize) -> bool {
        let Some(c) = self.text.get(at) else { return false };
        match node {
            Node::Char(wanted) => self.same(Some(wanted), Some(c)),
            Node::Any => true,
            Node::Set { negated, items } => {
                let has = |c: char| {
                    items.iter().any(|item| match item {
                        Item::Range(low, high) => *low <= c && c <= *high,
                        Item::Class(name) => in_class(name, c),
                    })
                };
                let other = |c: char| c.to_lowercase().chain(c.to_uppercase()).any(has);
                (has(*c) || (self.ignore_case && other(*c))) != *negated
            }
            _ => false,
        }
    }

    fn sequence(&mut self, nodes: &[Node], at: usize, next: Next<'_>) -> bool {
        match nodes.split_first() {
            None => next(self, at),
            Some((node, [])) => self.run(node, at, next),
            Some((node, rest)) => self.run(node, at, &mut |m, end| m.sequence(rest, end, next)),
        }
    }

    fn repeat(&mut self, node: &Node, bounds: (usize, usize, bool), at: usize, done: usize, next: Next<'_>) -> bool {
        let (min, max, lazy) = bounds;
        if matches!(node, Node::Char(_) | Node::Any | Node::Set { .. }) {
            return self.repeat_single(node, bounds, at, next);
        }
        if self.steps == 0 || self.depth > DEPTH_LIMIT {
            return false;
        }
        self.depth += 1;
        if lazy && done >= min && next(self, at) {
            return true;
        }
        let more = done < max && self.run(node, at, &mut |m, end| (end > at || done < min) && m.repeat(node, bounds, end, done + 1, next));
        self.depth -= 1;
        more || (!lazy && done >= min && next(self, at))
    }

    /// A repeated single character needs no recursion.
    fn repeat_single(&mut self, node: &Node, (min, max, lazy): (usize, usize, bool), at: usize, next: Next<'_>) -> bool {
        let mut count = 0;
        if lazy {
            loop {
                if count >= min && next(self, at + count) {
                    return true;
                }
                if count >= max || !self.single(node, at + count) {
                    return false;
                }
                count += 1;
            }
        }
        while count < max && self.single(node, at + count) {
            count += 1;
        }
        self.steps = self.steps.saturating_sub(count as u32 / 8);
        loop {
            if count < min {
                return false;
            }
            if next(self, at + count) {
                return true;
            }
            if count == 0 {
                return false;
            }
            count -= 1;
        }
    }
}
