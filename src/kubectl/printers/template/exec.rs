//! Runs a template's tree over a document. Models text/template/exec.go.

use super::funcs;
use super::parse::{Arg, ArgKind, Command, MAIN, Node, Pipe, Templates};
use crate::kubectl::printers::gofmt;
use serde_json::Value;
use std::borrow::Cow;

/// A value while a template runs; null stands for Go's invalid value too.
pub type Val<'a> = Cow<'a, Value>;

/// How a list of nodes ended.
#[derive(PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// How deep templates may be in each other. Go allows 100,000, which only one that never ends gets to; the stack holds fewer.
const DEPTH_LIMIT: usize = 150;

/// A run: variables, output, and the node that an error would name.
pub struct State<'a> {
    text: &'a str,
    templates: &'a Templates,
    /// The template that runs, and how many wait for it.
    name: &'a str,
    depth: usize,
    variables: Vec<(String, Val<'a>)>,
    allow_missing: bool,
    /// What has been printed.
    pub out: String,
    node: (usize, String),
}

type Run<T> = Result<T, String>;

const NIL: Val<'static> = Cow::Owned(Value::Null);

/// Go's truth: not zero, not empty.
pub fn truth(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_f64() != Some(0.0),
        Value::String(s) => !s.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

impl<'a> State<'a> {
    /// A run of a template with this text on `object`.
    pub fn new(text: &'a str, templates: &'a Templates, object: &'a Value, allow_missing: bool) -> State<'a> {
        let variables = vec![("$".into(), Cow::Borrowed(object))];
        State { text, templates, name: MAIN, depth: 0, variables, allow_missing, out: String::new(), node: (0, String::new()) }
    }

    /// Runs everything.
    pub fn run(&mut self) -> Run<()> {
        let dot = self.variables.first().map_or(NIL, |(_, value)| value.clone());
        self.templates.get(MAIN).map_or(Ok(()), |nodes| self.list(&dot, nodes).map(drop))
    }

    fn at(&mut self, pos: usize, source: String) {
        self.node = (pos, source);
    }

    fn fail<T>(&self, message: &str) -> Run<T> {
        let (pos, source) = &self.node;
        let before = self.text.get(..*pos).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        let column = before.rfind('\n').map_or(*pos, |i| pos - i - 1);
        Err(format!("template: output:{line}:{column}: executing {} at <{source}>: {message}", gofmt::quote(self.name)))
    }

    fn list(&mut self, dot: &Val<'a>, nodes: &[Node]) -> Run<Flow> {
        let known = self.variables.len();
        for node in nodes {
            let flow = self.walk(dot, node)?;
            if flow != Flow::Next {
                self.variables.truncate(known);
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn walk(&mut self, dot: &Val<'a>, node: &Node) -> Run<Flow> {
        let known = self.variables.len();
        let flow = match node {
            Node::Text(text) => {
                self.out.push_str(text);
                return Ok(Flow::Next);
            }
            Node::Action(pipe) => {
                let value = self.pipeline(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.out.push_str(&printed(&value));
                }
                return Ok(Flow::Next);
            }
            Node::If { pipe, then, otherwise } => {
                let value = self.pipeline(dot, pipe)?;
                self.list(dot, if truth(&value) { then } else { otherwise })?
            }
            Node::With { pipe, then, otherwise } => {
                let value = self.pipeline(dot, pipe)?;
                if truth(&value) { self.list(&value, then)? } else { self.list(dot, otherwise)? }
            }
            Node::Range { pipe, then, otherwise } => self.range(dot, pipe, then, otherwise)?,
            Node::Template { name, pos, pipe } => {
                let given = pipe.as_ref().map(|pipe| format!(" {}", pipe.source())).unwrap_or_default();
                self.at(*pos, format!("{{{{template {}{given}}}}}", gofmt::quote(name)));
                return self.template(dot, name, pipe.as_ref());
            }
            Node::Break => Flow::Break,
            Node::Continue => Flow::Continue,
        };
        self.variables.truncate(known);
        Ok(flow)
    }

    /// Runs another template: it gets the pipeline's value and none of the variables. Models walkTemplate.
    fn template(&mut self, dot: &Val<'a>, name: &str, pipe: Option<&Pipe>) -> Run<Flow> {
        let Some((name, nodes)) = self.templates.get_key_value(name) else {
            return self.fail(&format!("template {} not defined", gofmt::quote(name)));
        };
        if self.depth == DEPTH_LIMIT {
            return self.fail("exceeded maximum template depth (100000)");
        }
        let dot = pipe.map_or(Ok(NIL), |pipe| self.pipeline(dot, pipe))?;
        let variables = std::mem::replace(&mut self.variables, vec![("$".into(), dot.clone())]);
        let outside = std::mem::replace(&mut self.name, name);
        self.depth += 1;
        self.list(&dot, nodes)?;
        (self.depth, self.name, self.variables) = (self.depth - 1, outside, variables);
        Ok(Flow::Next)
    }

    fn range(&mut self, dot: &Val<'a>, pipe: &Pipe, then: &[Node], otherwise: &[Node]) -> Run<Flow> {
        let value = self.pipeline(dot, pipe)?;
        let entries: Vec<(Value, Val<'a>)> = match &value {
            Cow::Borrowed(Value::Array(items)) => items.iter().enumerate().map(|(i, item)| (Value::from(i), Cow::Borrowed(item))).collect(),
            Cow::Borrowed(Value::Object(map)) => map.iter().map(|(key, item)| (Value::from(key.as_str()), Cow::Borrowed(item))).collect(),
            Cow::Owned(Value::Array(items)) => {
                items.iter().enumerate().map(|(i, item)| (Value::from(i), Cow::Owned(item.clone()))).collect()
            }
            v => match v.as_ref() {
                Value::Null => Vec::new(),
                Value::Number(n) if n.is_i64() => {
                    let count = n.as_i64().unwrap_or(0).clamp(0, 100_000);
                    (0..count).map(|i| (Value::from(i), Cow::Owned(Value::from(i)))).collect()
                }
                other => return self.fail(&format!("range can't iterate over {}", gofmt::v(other))),
            },
        };
        if entries.is_empty() {
            return self.list(dot, otherwise);
        }
        let known = self.variables.len();
        for (key, item) in entries {
            // The pipeline declared its variables; each turn sets the last (and the one before) of them.
            let count = pipe.variables.len();
            if let Some(last) = pipe.variables.last() {
                self.set(last, item.clone());
            }
            if count > 1
                && let Some(first) = pipe.variables.first()
            {
                self.set(first, Cow::Owned(key));
            }
            let flow = self.list(&item, then)?;
            self.variables.truncate(known);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::Next)
    }

    fn set(&mut self, name: &str, value: Val<'a>) {
        if let Some(slot) = self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            slot.1 = value;
        }
    }

    fn pipeline(&mut self, dot: &Val<'a>, pipe: &Pipe) -> Run<Val<'a>> {
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?);
        }
        let value = value.unwrap_or(NIL);
        for name in &pipe.variables {
            if pipe.assign {
                self.set(name, value.clone());
            } else {
                self.variables.push((name.clone(), value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, dot: &Val<'a>, command: &Command, piped: Option<Val<'a>>) -> Run<Val<'a>> {
        let Some(first) = command.args.first() else { return Ok(NIL) };
        self.at(first.pos, first.source());
        if let ArgKind::Ident(name) = &first.kind {
            return self.call(dot, name, command, piped);
        }
        let has_args = command.args.len() > 1 || piped.is_some();
        if matches!(first.kind, ArgKind::Nil) {
            return self.fail("nil is not a command");
        }
        if has_args {
            let kind = match &first.kind {
                ArgKind::Field(fields) => {
                    return self.fail(&format!("{} is not a method but has arguments", fields.last().map_or("", String::as_str)));
                }
                _ => first.source(),
            };
            return self.fail(&format!("can't give argument to non-function {kind}"));
        }
        self.arg(dot, first)
    }

    fn arg(&mut self, dot: &Val<'a>, arg: &Arg) -> Run<Val<'a>> {
        self.at(arg.pos, arg.source());
        let (mut value, fields): (Val<'a>, &[String]) = match &arg.kind {
            ArgKind::Dot => return Ok(dot.clone()),
            ArgKind::Nil => return Ok(NIL),
            ArgKind::Bool(b) => return Ok(Cow::Owned(Value::from(*b))),
            ArgKind::Int(i, _) => return Ok(Cow::Owned(Value::from(*i))),
            ArgKind::Float(f, _) => return Ok(Cow::Owned(Value::from(*f))),
            ArgKind::Str(s, _) => return Ok(Cow::Owned(Value::from(s.as_str()))),
            ArgKind::Field(fields) => (dot.clone(), fields),
            ArgKind::Variable(name, fields) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                (found.map_or(NIL, |(_, value)| value.clone()), fields)
            }
            ArgKind::Pipe(pipe, fields) => {
                let value = self.pipeline(dot, pipe)?;
                self.at(arg.pos, arg.source());
                (value, fields)
            }
            ArgKind::Ident(name) => {
                let command = Command { pos: arg.pos, args: vec![arg.clone()] };
                return self.call(dot, name, &command, None);
            }
        };
        for field in fields {
            value = self.field(value, field)?;
        }
        Ok(value)
    }

    fn field(&mut self, receiver: Val<'a>, name: &str) -> Run<Val<'a>> {
        let found = match &receiver {
            Cow::Borrowed(Value::Object(map)) => map.get(name).map(Cow::Borrowed),
            Cow::Owned(Value::Object(map)) => map.get(name).cloned().map(Cow::Owned),
            value if value.is_null() => {
                if !self.allow_missing {
                    return self.fail(&format!("nil data; no entry for key {}", gofmt::quote(name)));
                }
                None
            }
            _ => return self.fail(&format!("can't evaluate field {name} in type interface {{}}")),
        };
        match found {
            Some(value) => Ok(value),
            None if self.allow_missing => Ok(NIL),
            None => self.fail(&format!("map has no entry for key {}", gofmt::quote(name))),
        }
    }

    fn call(&mut self, dot: &Val<'a>, name: &str, command: &Command, piped: Option<Val<'a>>) -> Run<Val<'a>> {
        let mut args = Vec::new();
        for arg in command.args.iter().skip(1) {
            let value = self.arg(dot, arg)?;
            // `and` and `or` stop at the argument that decides.
            let decided = match name {
                "and" => !truth(&value),
                "or" => truth(&value),
                _ => false,
            };
            if decided {
                return Ok(value);
            }
            args.push(value);
        }
        args.extend(piped);
        self.at(command.pos, command.source());
        if let ("call", Some(value)) = (name, args.first().filter(|value| !value.is_null())) {
            let what = command.args.get(1).map_or_else(String::new, Arg::source);
            return self.fail(&format!("error calling call: non-function {what} of type {}", funcs::type_name(value)));
        }
        match funcs::call(name, &args) {
            Ok(value) => Ok(value),
            Err(funcs::Error::Call(message)) => self.fail(&format!("error calling {name}: {message}")),
            Err(funcs::Error::Usage(message)) => {
                if let Some(first) = command.args.first() {
                    self.at(first.pos, first.source());
                }
                self.fail(&message)
            }
        }
    }
}

fn printed(value: &Value) -> String {
    if value.is_null() { "<no value>".into() } else { gofmt::v(value) }
}
