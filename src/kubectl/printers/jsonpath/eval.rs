//! Walks a document along a parsed template. Models client-go/util/jsonpath/jsonpath.go.

use super::compare::compare;
use super::parser::{Node, Param, parse};
use crate::kubectl::printers::{gofmt, json};
use serde_json::Value;
use std::borrow::Cow;

/// A value found: a part of the document, or a constant of the template.
pub type Val<'a> = Cow<'a, Value>;

type Found<'a> = Result<Vec<Val<'a>>, String>;

/// A parsed template.
pub struct JsonPath {
    nodes: Vec<Node>,
    allow_missing: bool,
}

/// Where a walk is among nested ranges.
#[derive(Default)]
struct Ranges {
    begin: usize,
    inside: usize,
    end: usize,
    last_end: Option<usize>,
}

impl JsonPath {
    /// Parses; the error is the parser's text.
    pub fn new(template: &str, allow_missing: bool) -> Result<JsonPath, String> {
        Ok(JsonPath { nodes: parse(template)?, allow_missing })
    }

    /// One list of values for each piece of the template that was visited.
    pub fn find<'a>(&self, document: &'a Value) -> Result<Vec<Vec<Val<'a>>>, String> {
        let mut ranges = Ranges::default();
        self.find_from(0, Some(Cow::Borrowed(document)), &mut ranges)
    }

    fn find_from<'a>(&self, from: usize, data: Option<Val<'a>>, ranges: &mut Ranges) -> Result<Vec<Vec<Val<'a>>>, String> {
        let current: Vec<Val<'a>> = data.into_iter().collect();
        let mut full = Vec::new();
        let mut i = from;
        while let Some(node) = self.nodes.get(i) {
            let results = self.walk(current.clone(), node, ranges)?;
            if ranges.end > 0 && ranges.end <= ranges.inside {
                ranges.end -= 1;
                ranges.last_end = Some(i);
                break;
            }
            if ranges.begin > 0 {
                ranges.begin -= 1;
                ranges.inside += 1;
                if results.is_empty() {
                    self.find_from(i + 1, None, ranges)?;
                }
                for value in results {
                    full.extend(self.find_from(i + 1, Some(value), ranges)?);
                }
                ranges.inside -= 1;
                if let Some(end) = ranges.last_end
                    && end > i
                {
                    i = end;
                }
                i += 1;
                continue;
            }
            full.push(results);
            i += 1;
        }
        Ok(full)
    }

    fn walk<'a>(&self, input: Vec<Val<'a>>, node: &Node, ranges: &mut Ranges) -> Found<'a> {
        let constant = |value: Value, input: &[Val<'a>]| Ok(input.iter().map(|_| Cow::Owned(value.clone())).collect());
        match node {
            Node::List(nodes) => self.list(input, nodes, ranges),
            Node::Text(text) => Ok(vec![Cow::Owned(Value::String(text.clone()))]),
            Node::Field(name) => self.field(input, name),
            Node::Array(params) => array(input, params),
            Node::Filter { left, right, operator } => self.filter(input, left, right, operator, ranges),
            Node::Int(i) => constant(Value::from(*i), &input),
            Node::Float(f) => constant(Value::from(*f), &input),
            Node::Bool(b) => constant(Value::from(*b), &input),
            Node::Wildcard => Ok(input.iter().flat_map(children).collect()),
            Node::Recursive => Ok(recursive(input)),
            Node::Union(lists) => {
                let mut result = Vec::new();
                for nodes in lists {
                    result.extend(self.list(input.clone(), nodes, ranges)?);
                }
                Ok(result)
            }
            Node::Identifier(name) => match name.as_str() {
                "range" => {
                    ranges.begin += 1;
                    Ok(input)
                }
                "end" if ranges.inside > 0 => {
                    ranges.end += 1;
                    Ok(Vec::new())
                }
                "end" => Err("not in range, nothing to end".into()),
                _ => Err(format!("unrecognized identifier {name}")),
            },
        }
    }

    fn list<'a>(&self, input: Vec<Val<'a>>, nodes: &[Node], ranges: &mut Ranges) -> Found<'a> {
        nodes.iter().try_fold(input, |values, node| self.walk(values, node, ranges))
    }

    fn field<'a>(&self, input: Vec<Val<'a>>, name: &str) -> Found<'a> {
        if input.is_empty() {
            return Ok(input);
        }
        let results: Vec<Val<'a>> = input
            .iter()
            .filter_map(|value| match value {
                Cow::Borrowed(Value::Object(map)) => map.get(name).map(Cow::Borrowed),
                _ => None,
            })
            .collect();
        if results.is_empty() && !self.allow_missing {
            return Err(format!("{name} is not found"));
        }
        Ok(results)
    }

    fn filter<'a>(&self, input: Vec<Val<'a>>, left: &[Node], right: &[Node], operator: &str, ranges: &mut Ranges) -> Found<'a> {
        let mut results = Vec::new();
        for value in &input {
            let Cow::Borrowed(Value::Array(items)) = value else {
                return Err(format!("{} is not array or slice and cannot be filtered", gofmt::v(value)));
            };
            for item in items {
                let item = vec![Cow::Borrowed(item)];
                let lefts = self.list(item.clone(), left, ranges);
                if operator == "exists" {
                    if lefts.is_ok_and(|found| !found.is_empty()) {
                        results.extend(item);
                    }
                    continue;
                }
                let Some(left) = single(lefts?)? else { continue };
                let Some(right) = single(self.list(item.clone(), right, ranges)?)? else { continue };
                if compare(&left, operator, &right)? {
                    results.extend(item);
                }
            }
        }
        Ok(results)
    }
}

fn single(mut found: Vec<Val<'_>>) -> Result<Option<Val<'_>>, String> {
    if found.len() > 1 {
        return Err("can only compare one element at a time".into());
    }
    Ok(found.pop())
}

fn array<'a>(input: Vec<Val<'a>>, params: &[Param; 3]) -> Found<'a> {
    let mut result = Vec::new();
    for value in &input {
        let items = match value {
            Cow::Borrowed(Value::Array(items)) => items,
            Cow::Borrowed(Value::Null) => continue,
            other => return Err(format!("{} is not array or slice", gofmt::type_name(other))),
        };
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let [first, last, stride] = params;
        let mut start = if first.known { first.value } else { 0 };
        if start < 0 {
            start += length;
        }
        let mut end = if last.known { last.value } else { length };
        if end < 0 || (end == 0 && last.derived) {
            end += length;
        }
        if start == end {
            return Ok(result);
        }
        let out_of_bounds = |index: i64| Err(format!("array index out of bounds: index {index}, length {length}"));
        if start >= length || start < 0 {
            return out_of_bounds(start);
        }
        if end > length || end < 0 {
            return out_of_bounds(end - 1);
        }
        if start > end {
            return Err(format!("starting index {start} is greater than ending index {end}"));
        }
        if stride.known && stride.value <= 0 {
            return Err("step must be > 0".into());
        }
        let step = if stride.known { usize::try_from(stride.value).unwrap_or(1) } else { 1 };
        let (start, end) = (usize::try_from(start).unwrap_or(0), usize::try_from(end).unwrap_or(0));
        result.extend(items.iter().take(end).skip(start).step_by(step).map(Cow::Borrowed));
    }
    Ok(result)
}

fn children<'a>(value: &Val<'a>) -> Vec<Val<'a>> {
    match value {
        Cow::Borrowed(Value::Object(map)) => map.values().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        _ => Vec::new(),
    }
}

fn recursive(input: Vec<Val<'_>>) -> Vec<Val<'_>> {
    let mut result = Vec::new();
    for value in input {
        let below = children(&value);
        // A string counts as a list of bytes, so it is visited too.
        if !below.is_empty() || value.as_str().is_some_and(|s| !s.is_empty()) {
            result.push(value);
            result.extend(recursive(below));
        }
    }
    result
}

/// Writes one list of values: spaces between, maps and lists as JSON; with `as_json` an indented array.
pub fn print(values: &[Val<'_>], as_json: bool) -> String {
    if as_json {
        let all = Value::Array(values.iter().map(|v| v.clone().into_owned()).collect());
        return json::indented(&all, "    ") + "\n";
    }
    let text = |value: &Val<'_>| match value.as_ref() {
        v @ (Value::Array(_) | Value::Object(_) | Value::Null) => json::compact(v),
        v => gofmt::v(v),
    };
    values.iter().map(text).collect::<Vec<_>>().join(" ")
}
