//! From YAML nodes to JSON. Models decode.go of go.yaml.in/yaml/v2 and convertToJSONableObject of sigs.k8s.io/yaml.
use super::SyntaxError;
use super::cursor::Mark;
use super::parser::{Content, NodeId, Tree};
use super::resolve::{Resolved, resolve};
use super::spans::{Span, Spans};
use crate::api::go;
use crate::api::json::Node;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Nesting that aliases may build up.
const MAX_DEPTH: usize = 200;
const ALIAS_RATIO_LOW: f64 = 400_000.0;
const ALIAS_RATIO_HIGH: f64 = 4_000_000.0;

pub(super) struct Converter<'t> {
    tree: &'t Tree,
    decoded: usize,
    aliased: usize,
    alias_depth: usize,
    open_aliases: BTreeSet<NodeId>,
    depth: usize,
    /// `line 9: key "spec" already set in map`
    pub duplicates: Vec<String>,
    /// Where each path stands, if wanted.
    pub spans: Option<Spans>,
    path: String,
}

type Convert<T> = Result<T, SyntaxError>;

impl<'t> Converter<'t> {
    pub fn new(tree: &'t Tree, spans: Option<Spans>) -> Self {
        Self {
            tree,
            decoded: 1,
            aliased: 0,
            alias_depth: 0,
            open_aliases: BTreeSet::new(),
            depth: 0,
            duplicates: Vec::new(),
            spans,
            path: String::new(),
        }
    }

    pub fn convert(&mut self) -> Convert<Node<'static>> {
        match self.tree.root {
            Some(root) => self.node(root),
            None => Ok(Node::Null),
        }
    }

    fn mark(&self, id: NodeId) -> Mark {
        self.tree.nodes.get(id).map_or(Mark::default(), |node| node.start)
    }

    /// Alias bombs stop here, not when memory is full. Models decoder.unmarshal.
    fn count(&mut self, id: NodeId) -> Convert<()> {
        self.decoded += 1;
        if self.alias_depth > 0 {
            self.aliased += 1;
        }
        if self.aliased > 100 && self.decoded > 1000 && self.aliased as f64 / self.decoded as f64 > allowed_ratio(self.decoded) {
            return Err(SyntaxError::plain("document contains excessive aliasing", self.mark(id)));
        }
        Ok(())
    }

    fn node(&mut self, id: NodeId) -> Convert<Node<'static>> {
        self.count(id)?;
        let tree = self.tree;
        let Some(node) = tree.nodes.get(id) else {
            return Ok(Node::Null);
        };
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::plain("exceeded max depth of 10000", node.start));
        }
        self.depth += 1;
        let converted = match &node.content {
            Content::Scalar { .. } => self.scalar(id).and_then(|value| to_json(value, node.start)),
            Content::Alias { name, target } => self.alias(id, name, *target),
            Content::Sequence(items) => self.sequence(items),
            Content::Mapping(_) => {
                let mut entries = BTreeMap::new();
                self.mapping(id, &mut entries)?;
                let entries = entries.into_values().map(|(key, value)| (Cow::Owned(key), value));
                let sorted: BTreeMap<Cow<'static, str>, Node<'static>> = entries.collect();
                Ok(Node::Object(sorted.into_iter().collect()))
            }
        };
        self.depth -= 1;
        converted
    }

    fn scalar(&self, id: NodeId) -> Convert<Resolved> {
        let Some((node, value, implicit)) = self.tree.nodes.get(id).and_then(|node| match &node.content {
            Content::Scalar { value, implicit } => Some((node, value, *implicit)),
            _ => None,
        }) else {
            return Ok(Resolved::Null);
        };
        resolve(&node.tag, value, implicit).map_err(|error| SyntaxError::plain(&error, node.start))
    }

    fn alias(&mut self, id: NodeId, name: &str, target: NodeId) -> Convert<Node<'static>> {
        self.enter_alias(id, name, target)?;
        let value = self.node(target);
        self.leave_alias(target);
        value
    }

    fn enter_alias(&mut self, id: NodeId, name: &str, target: NodeId) -> Convert<()> {
        if !self.open_aliases.insert(target) {
            let error = format!("anchor '{name}' value contains itself");
            return Err(SyntaxError::plain(&error, self.mark(id)));
        }
        self.alias_depth += 1;
        Ok(())
    }

    fn leave_alias(&mut self, target: NodeId) {
        self.alias_depth -= 1;
        self.open_aliases.remove(&target);
    }

    fn sequence(&mut self, items: &[NodeId]) -> Convert<Node<'static>> {
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let length = self.path.len();
            if self.spans.is_some() {
                self.path.push_str(&format!("[{index}]"));
                self.note(None, *item);
            }
            values.push(self.node(*item)?);
            self.path.truncate(length);
        }
        Ok(Node::Array(values))
    }

    fn note(&mut self, key: Option<NodeId>, value: NodeId) {
        let range = |id: NodeId| self.tree.nodes.get(id).map(|node| (node.start, node.end));
        let (key, value) = (key.and_then(range), range(value));
        if let (Some(spans), Some(value), 0) = (&mut self.spans, value, self.alias_depth) {
            spans.insert(&self.path, Span { key, value });
        }
    }

    /// Adds a mapping's entries, by their key's Go syntax, to those already there.
    fn mapping(&mut self, id: NodeId, entries: &mut BTreeMap<String, (String, Node<'static>)>) -> Convert<()> {
        let tree = self.tree;
        let Some(Content::Mapping(pairs)) = tree.nodes.get(id).map(|node| &node.content) else {
            return Ok(());
        };
        for (key, value) in pairs {
            if self.is_merge(*key) {
                self.merge(*value, entries)?;
                continue;
            }
            let (name, text) = self.key(*key, *value)?;
            let length = self.path.len();
            if self.spans.is_some() {
                if length > 0 {
                    self.path.push('.');
                }
                self.path.push_str(&text);
                self.note(Some(*key), *value);
            }
            let converted = self.node(*value)?;
            self.path.truncate(length);
            if entries.contains_key(&name) {
                let line = self.mark(*value).line + 1;
                self.duplicates.push(format!("line {line}: key {name} already set in map"));
            }
            entries.insert(name, (text, converted));
        }
        Ok(())
    }

    /// The key in Go's syntax, and as JSON has it.
    fn key(&mut self, id: NodeId, value: NodeId) -> Convert<(String, String)> {
        let tree = self.tree;
        let mark = self.mark(id);
        let mut target = id;
        while let Some(Content::Alias { target: next, .. }) = tree.nodes.get(target).map(|node| &node.content) {
            self.count(target)?;
            target = *next;
        }
        if !matches!(tree.nodes.get(target).map(|node| &node.content), Some(Content::Scalar { .. })) {
            let shown = self.go_syntax(target, 0);
            return Err(SyntaxError::plain(&format!("invalid map key: {shown}"), mark));
        }
        self.count(target)?;
        let resolved = self.scalar(target)?;
        let text = match &resolved {
            Resolved::Text(text) => text.clone(),
            Resolved::Int(number) => number.to_string(),
            Resolved::Bool(value) => value.to_string(),
            Resolved::Float(value) if value.is_nan() => ".nan".to_string(),
            Resolved::Float(value) if value.is_infinite() => if *value > 0.0 { ".inf" } else { "-.inf" }.to_string(),
            Resolved::Float(value) => go::format_float(*value),
            Resolved::Uint(_) | Resolved::Null => {
                let go_type = if resolved == Resolved::Null { "%!s(<nil>)" } else { "uint64" };
                let shown = self.go_syntax(value, 0);
                let error = format!("unsupported map key of type: {go_type}, key: {}, value: {shown}", resolved.go_syntax());
                return Err(SyntaxError::bare(&error, mark));
            }
        };
        Ok((resolved.go_syntax(), text))
    }

    fn is_merge(&self, id: NodeId) -> bool {
        self.tree.nodes.get(id).is_some_and(|node| match &node.content {
            Content::Scalar { value, implicit } => value == "<<" && (*implicit || node.tag == "tag:yaml.org,2002:merge"),
            _ => false,
        })
    }

    fn merge(&mut self, id: NodeId, entries: &mut BTreeMap<String, (String, Node<'static>)>) -> Convert<()> {
        let tree = self.tree;
        let content = tree.nodes.get(id).map(|node| &node.content);
        match content {
            Some(Content::Sequence(items)) => {
                // Earlier ones take precedence.
                for item in items.iter().rev() {
                    self.merge_one(*item, entries)?;
                }
                Ok(())
            }
            _ => self.merge_one(id, entries),
        }
    }

    fn merge_one(&mut self, id: NodeId, entries: &mut BTreeMap<String, (String, Node<'static>)>) -> Convert<()> {
        let tree = self.tree;
        let is_mapping = |id: NodeId| matches!(tree.nodes.get(id).map(|node| &node.content), Some(Content::Mapping(_)));
        match tree.nodes.get(id).map(|node| &node.content) {
            Some(Content::Mapping(_)) => {
                self.count(id)?;
                self.mapping(id, entries)
            }
            Some(Content::Alias { name, target }) if is_mapping(*target) => {
                self.count(id)?;
                self.enter_alias(id, name, *target)?;
                self.count(*target)?;
                let merged = self.mapping(*target, entries);
                self.leave_alias(*target);
                merged
            }
            _ => Err(SyntaxError::plain("map merge requires map or sequence of maps as the value", self.mark(id))),
        }
    }

    /// A node as `%#v` prints what it decodes to.
    fn go_syntax(&self, id: NodeId, depth: usize) -> String {
        let inner = |id: NodeId| match self.go_syntax(id, depth + 1) {
            text if text == "<nil>" => "interface {}(nil)".to_string(),
            text => text,
        };
        let content = self.tree.nodes.get(id).map(|node| &node.content);
        match content {
            _ if depth > 20 => "...".to_string(),
            Some(Content::Sequence(items)) => {
                let items: Vec<String> = items.iter().map(|item| inner(*item)).collect();
                format!("[]interface {{}}{{{}}}", items.join(", "))
            }
            Some(Content::Mapping(pairs)) => {
                let mut pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{}:{}", inner(*key), inner(*value))).collect();
                pairs.sort();
                format!("map[interface {{}}]interface {{}}{{{}}}", pairs.join(", "))
            }
            Some(Content::Alias { target, .. }) => self.go_syntax(*target, depth + 1),
            _ => self.scalar(id).map_or_else(|_| String::new(), |value| value.go_syntax()),
        }
    }
}

fn allowed_ratio(decoded: usize) -> f64 {
    let decoded = decoded as f64;
    if decoded <= ALIAS_RATIO_LOW {
        return 0.99;
    }
    if decoded >= ALIAS_RATIO_HIGH {
        return 0.10;
    }
    0.99 - 0.89 * ((decoded - ALIAS_RATIO_LOW) / (ALIAS_RATIO_HIGH - ALIAS_RATIO_LOW))
}

fn to_json(value: Resolved, mark: Mark) -> Convert<Node<'static>> {
    Ok(match value {
        Resolved::Null => Node::Null,
        Resolved::Bool(value) => Node::Bool(value),
        Resolved::Int(value) => Node::Number(Cow::Owned(value.to_string())),
        Resolved::Uint(value) => Node::Number(Cow::Owned(value.to_string())),
        Resolved::Text(text) => Node::String(Cow::Owned(text)),
        Resolved::Float(value) if value.is_finite() => Node::Number(Cow::Owned(go::format_float(value))),
        Resolved::Float(value) => {
            let name = if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(SyntaxError::bare(&format!("json: unsupported value: {name}"), mark));
        }
    })
}
