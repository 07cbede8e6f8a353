//! From tokens to nodes. Models go.yaml.in/yaml/v2 parserc.go and the node tree of decode.go.
use super::cursor::Mark;
use super::resolve::TAG_PREFIX;
use super::scanner::{Scan, Scanner, Style, Token, TokenKind};
use super::{Stage, SyntaxError};
use std::collections::BTreeMap;

/// Deepest nesting that is composed. Go's reader allows 10,000; no object comes near either, and the browser's stack is small.
const MAX_COMPOSED_DEPTH: usize = 100;

/// Index of a node.
pub(super) type NodeId = usize;

#[derive(Debug)]
pub(super) enum Content {
    /// `implicit`: plain and without a tag, so that its text says what it is.
    Scalar {
        value: String,
        implicit: bool,
    },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    Alias {
        name: String,
        target: NodeId,
    },
}

#[derive(Debug)]
pub(super) struct YamlNode {
    pub content: Content,
    /// The full tag, or nothing.
    pub tag: String,
    pub start: Mark,
    pub end: Mark,
}

/// One document's nodes.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub nodes: Vec<YamlNode>,
    pub root: Option<NodeId>,
    pub has_aliases: bool,
}

pub(super) struct Parser<'a> {
    scanner: Scanner<'a>,
    tree: Tree,
    anchors: BTreeMap<String, NodeId>,
    tags: Vec<(String, String)>,
    depth: usize,
}

/// The first document; an empty text has none.
pub(super) fn parse(text: &[u8]) -> Scan<Tree> {
    let mut parser = Parser { scanner: Scanner::new(text), tree: Tree::default(), anchors: BTreeMap::new(), tags: Vec::new(), depth: 0 };
    parser.document()?;
    Ok(parser.tree)
}

fn fault<T>(problem: &str, mark: Mark, context: Mark) -> Scan<T> {
    Err(SyntaxError::at(Stage::Parser, problem, mark, context))
}

impl Parser<'_> {
    fn peek(&mut self) -> Scan<Token> {
        self.scanner.peek().cloned()
    }

    fn kind_is(&mut self, kinds: &[TokenKind]) -> Scan<bool> {
        let token = self.scanner.peek()?;
        Ok(kinds.contains(&token.kind))
    }

    fn add(&mut self, content: Content, tag: String, start: Mark, end: Mark) -> NodeId {
        self.tree.nodes.push(YamlNode { content, tag, start, end });
        self.tree.nodes.len() - 1
    }

    fn empty(&mut self, mark: Mark) -> NodeId {
        self.add(Content::Scalar { value: String::new(), implicit: true }, String::new(), mark, mark)
    }

    fn document(&mut self) -> Scan<()> {
        let first = self.peek()?;
        let explicit = matches!(first.kind, TokenKind::Version(..) | TokenKind::TagDirective { .. } | TokenKind::DocumentStart);
        if first.kind == TokenKind::StreamEnd {
            return Ok(());
        }
        self.directives()?;
        if explicit {
            let token = self.peek()?;
            if token.kind != TokenKind::DocumentStart {
                return fault("did not find expected <document start>", token.start, Mark::default());
            }
            self.scanner.next()?;
        }
        let token = self.peek()?;
        let nothing = matches!(
            token.kind,
            TokenKind::Version(..)
                | TokenKind::TagDirective { .. }
                | TokenKind::DocumentStart
                | TokenKind::DocumentEnd
                | TokenKind::StreamEnd
        );
        let root = if explicit && nothing { self.empty(token.start) } else { self.node(true, false)? };
        self.tree.root = Some(root);
        // The reader looks one token past the document.
        self.peek().map(|_| ())
    }

    fn directives(&mut self) -> Scan<()> {
        let mut version = false;
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::Version(major, minor) => {
                    if version {
                        return fault("found duplicate %YAML directive", token.start, Mark::default());
                    }
                    if (major, minor) != (1, 1) {
                        return fault("found incompatible YAML document", token.start, Mark::default());
                    }
                    version = true;
                }
                TokenKind::TagDirective { handle, prefix } => {
                    if self.tags.iter().any(|(known, _)| *known == handle) {
                        return fault("found duplicate %TAG directive", token.start, Mark::default());
                    }
                    self.tags.push((handle, prefix));
                }
                _ => return Ok(()),
            }
            self.scanner.next()?;
        }
    }

    /// Anchor and full tag in front of a node, and whether there was a tag at all.
    fn properties(&mut self, start: Mark) -> Scan<(Option<String>, String, Mark)> {
        let (mut anchor, mut tag, mut end) = (None, None, start);
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::Anchor(name) if anchor.is_none() => anchor = Some(name),
                TokenKind::Tag { handle, suffix } if tag.is_none() => tag = Some((handle, suffix, token.start)),
                _ => break,
            }
            end = token.end;
            self.scanner.next()?;
        }
        let full = match tag {
            None => String::new(),
            Some((handle, suffix, _)) if handle.is_empty() => suffix,
            Some((handle, suffix, mark)) => {
                let known = self.tags.iter().find(|(name, _)| *name == handle).map(|(_, prefix)| prefix.clone());
                let prefix = known.or_else(|| match handle.as_str() {
                    "!" => Some("!".to_string()),
                    "!!" => Some(TAG_PREFIX.to_string()),
                    _ => None,
                });
                match prefix {
                    Some(prefix) => prefix + &suffix,
                    None => return fault("found undefined tag handle", mark, start),
                }
            }
        };
        Ok((anchor, full, end))
    }

    fn node(&mut self, block: bool, indentless: bool) -> Scan<NodeId> {
        let token = self.peek()?;
        if let TokenKind::Alias(name) = token.kind {
            self.scanner.next()?;
            let Some(target) = self.anchors.get(&name).copied() else {
                return Err(SyntaxError::plain(&format!("unknown anchor '{name}' referenced"), token.start));
            };
            self.tree.has_aliases = true;
            return Ok(self.add(Content::Alias { name, target }, String::new(), token.start, token.end));
        }
        let start = token.start;
        let (anchor, tag, properties_end) = self.properties(start)?;
        let token = self.peek()?;
        let collection = matches!(
            token.kind,
            TokenKind::FlowSequenceStart | TokenKind::FlowMappingStart | TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart
        ) || (indentless && token.kind == TokenKind::BlockEntry);
        let allowed = block || !matches!(token.kind, TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart);
        if collection && allowed {
            return self.collection(token, anchor, tag, start);
        }
        let id = match token.kind {
            TokenKind::Scalar { value, style } => {
                self.scanner.next()?;
                let forced = tag == "!";
                let implicit = (tag.is_empty() && style == Style::Plain) || forced;
                let tag = if forced { String::new() } else { tag };
                self.add(Content::Scalar { value, implicit }, tag, start, token.end)
            }
            _ if anchor.is_some() || !tag.is_empty() => {
                let implicit = tag.is_empty();
                self.add(Content::Scalar { value: String::new(), implicit }, tag, start, properties_end)
            }
            _ => return fault("did not find expected node content", token.start, start),
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        Ok(id)
    }

    fn collection(&mut self, token: Token, anchor: Option<String>, tag: String, start: Mark) -> Scan<NodeId> {
        self.depth += 1;
        if self.depth > MAX_COMPOSED_DEPTH {
            return fault("exceeded max depth of 10000", token.start, start);
        }
        let id = self.add(Content::Sequence(Vec::new()), tag, start, token.end);
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, id);
        }
        let mark = token.start;
        let (content, end) = match token.kind {
            TokenKind::FlowSequenceStart => self.flow_sequence(mark)?,
            TokenKind::FlowMappingStart => self.flow_mapping(mark)?,
            TokenKind::BlockSequenceStart => self.block_sequence(mark)?,
            TokenKind::BlockMappingStart => self.block_mapping(mark)?,
            _ => self.indentless_sequence()?,
        };
        if let Some(node) = self.tree.nodes.get_mut(id) {
            node.content = content;
            node.end = end;
        }
        self.depth -= 1;
        Ok(id)
    }

    /// Where the last node added ends: block collections have no closing mark of their own.
    fn last_end(&self, items: Option<NodeId>, fallback: Mark) -> Mark {
        items.and_then(|id| self.tree.nodes.get(id)).map_or(fallback, |node| node.end)
    }

    /// A node, or an empty one where one of `absent` follows.
    fn node_unless(&mut self, absent: &[TokenKind], block: bool, indentless: bool, mark: Mark) -> Scan<NodeId> {
        if self.kind_is(absent)? { Ok(self.empty(mark)) } else { self.node(block, indentless) }
    }

    fn block_sequence(&mut self, mark: Mark) -> Scan<(Content, Mark)> {
        self.scanner.next()?;
        let mut items = Vec::new();
        loop {
            let token = self.scanner.next_if_entry()?;
            match token.kind {
                TokenKind::BlockEntry => {
                    items.push(self.node_unless(&[TokenKind::BlockEntry, TokenKind::BlockEnd], true, false, token.end)?);
                }
                TokenKind::BlockEnd => {
                    let end = self.last_end(items.last().copied(), token.start);
                    return Ok((Content::Sequence(items), end));
                }
                _ => return fault("did not find expected '-' indicator", token.start, mark),
            }
        }
    }

    fn indentless_sequence(&mut self) -> Scan<(Content, Mark)> {
        let absent = [TokenKind::BlockEntry, TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd];
        let mut items = Vec::new();
        loop {
            let token = self.peek()?;
            if token.kind != TokenKind::BlockEntry {
                let end = self.last_end(items.last().copied(), token.start);
                return Ok((Content::Sequence(items), end));
            }
            self.scanner.next()?;
            items.push(self.node_unless(&absent, true, false, token.end)?);
        }
    }

    fn block_mapping(&mut self, mark: Mark) -> Scan<(Content, Mark)> {
        self.scanner.next()?;
        let absent = [TokenKind::Key, TokenKind::Value, TokenKind::BlockEnd];
        let mut pairs: Vec<(NodeId, NodeId)> = Vec::new();
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::Key => {
                    self.scanner.next()?;
                    let key = self.node_unless(&absent, true, true, token.end)?;
                    let value = self.block_value(&absent)?;
                    pairs.push((key, value));
                }
                TokenKind::BlockEnd => {
                    self.scanner.next()?;
                    let end = self.last_end(pairs.last().map(|(_, value)| *value), token.start);
                    return Ok((Content::Mapping(pairs), end));
                }
                _ => return fault("did not find expected key", token.start, mark),
            }
        }
    }

    fn block_value(&mut self, absent: &[TokenKind]) -> Scan<NodeId> {
        let token = self.peek()?;
        if token.kind != TokenKind::Value {
            return Ok(self.empty(token.start));
        }
        self.scanner.next()?;
        self.node_unless(absent, true, true, token.end)
    }

    fn flow_sequence(&mut self, mark: Mark) -> Scan<(Content, Mark)> {
        self.scanner.next()?;
        let mut items = Vec::new();
        loop {
            let mut token = self.peek()?;
            if token.kind != TokenKind::FlowSequenceEnd && !items.is_empty() {
                if token.kind != TokenKind::FlowEntry {
                    return fault("did not find expected ',' or ']'", token.start, mark);
                }
                self.scanner.next()?;
                token = self.peek()?;
            }
            match token.kind {
                TokenKind::FlowSequenceEnd => {
                    self.scanner.next()?;
                    return Ok((Content::Sequence(items), token.end));
                }
                TokenKind::Key => items.push(self.flow_pair(&token)?),
                _ => items.push(self.node(false, false)?),
            }
        }
    }

    /// `[key: value]`: a mapping of one pair.
    fn flow_pair(&mut self, token: &Token) -> Scan<NodeId> {
        self.scanner.next()?;
        let next = self.peek()?;
        let absent = [TokenKind::Value, TokenKind::FlowEntry, TokenKind::FlowSequenceEnd];
        let key = if absent.contains(&next.kind) {
            // The reader loses the token here, as libyaml did.
            self.scanner.next()?;
            self.empty(next.end)
        } else {
            self.node(false, false)?
        };
        let colon = self.peek()?;
        let value = if colon.kind == TokenKind::Value {
            self.scanner.next()?;
            self.node_unless(&[TokenKind::FlowEntry, TokenKind::FlowSequenceEnd], false, false, colon.end)?
        } else {
            self.empty(colon.start)
        };
        let end = self.last_end(Some(value), colon.end);
        Ok(self.add(Content::Mapping(vec![(key, value)]), String::new(), token.start, end))
    }

    fn flow_mapping(&mut self, mark: Mark) -> Scan<(Content, Mark)> {
        self.scanner.next()?;
        let mut pairs = Vec::new();
        loop {
            let mut token = self.peek()?;
            if token.kind != TokenKind::FlowMappingEnd && !pairs.is_empty() {
                if token.kind != TokenKind::FlowEntry {
                    return fault("did not find expected ',' or '}'", token.start, mark);
                }
                self.scanner.next()?;
                token = self.peek()?;
            }
            match token.kind {
                TokenKind::FlowMappingEnd => {
                    self.scanner.next()?;
                    return Ok((Content::Mapping(pairs), token.end));
                }
                TokenKind::Key => {
                    self.scanner.next()?;
                    let absent = [TokenKind::Value, TokenKind::FlowEntry, TokenKind::FlowMappingEnd];
                    let key = self.node_unless(&absent, false, false, token.end)?;
                    let colon = self.peek()?;
                    let value = if colon.kind == TokenKind::Value {
                        self.scanner.next()?;
                        self.node_unless(&[TokenKind::FlowEntry, TokenKind::FlowMappingEnd], false, false, colon.end)?
                    } else {
                        self.empty(colon.start)
                    };
                    pairs.push((key, value));
                }
                _ => {
                    let key = self.node(false, false)?;
                    let at = self.peek()?.start;
                    let value = self.empty(at);
                    pairs.push((key, value));
                }
            }
        }
    }
}

impl Scanner<'_> {
    /// Takes the token if it belongs to a block sequence; any other is only shown.
    fn next_if_entry(&mut self) -> Scan<Token> {
        let token = self.peek()?.clone();
        if matches!(token.kind, TokenKind::BlockEntry | TokenKind::BlockEnd) {
            self.next()?;
        }
        Ok(token)
    }
}
