//! YAML as sigs.k8s.io/yaml (go-yaml v2) writes it: sorted keys, lists not indented, long lines folded.

use super::gofmt;
use super::yaml_scalar::{Style, choose_style, fold};
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// The object as a YAML document, with a newline at its end.
pub fn to_yaml(value: &Value) -> String {
    let mut out = Writer { text: String::new(), column: 0 };
    match value {
        Value::Object(map) if !map.is_empty() => out.mapping(map, 0, false),
        Value::Array(items) if !items.is_empty() => out.sequence(items, 0, false),
        other => {
            out.scalar(other, 0);
            out.put("\n");
        }
    }
    out.text
}

struct Writer {
    text: String,
    /// Characters on the current line.
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        match text.rfind('\n') {
            Some(i) => self.column = text[i + 1..].chars().count(),
            None => self.column += text.chars().count(),
        }
    }

    fn indent(&mut self, depth: usize) {
        self.put(&" ".repeat(depth));
    }

    fn mapping(&mut self, map: &Map<String, Value>, depth: usize, inline: bool) {
        let mut keys: Vec<&String> = map.keys().collect();
        keys.sort_by(|a, b| compare_keys(a, b));
        for (i, key) in keys.into_iter().enumerate() {
            if i > 0 || !inline {
                self.indent(depth);
            }
            self.key(key);
            match &map[key] {
                Value::Object(inner) if !inner.is_empty() => {
                    self.put("\n");
                    self.mapping(inner, depth + 2, false);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.put("\n");
                    self.sequence(items, depth, false);
                }
                other => {
                    self.put(" ");
                    self.scalar(other, depth + 2);
                    self.put("\n");
                }
            }
        }
    }

    fn sequence(&mut self, items: &[Value], depth: usize, inline: bool) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 || !inline {
                self.indent(depth);
            }
            self.put("- ");
            match item {
                Value::Object(inner) if !inner.is_empty() => self.mapping(inner, depth + 2, true),
                Value::Array(items) if !items.is_empty() => self.sequence(items, depth + 2, true),
                other => {
                    self.scalar(other, depth + 2);
                    self.put("\n");
                }
            }
        }
    }

    fn key(&mut self, key: &str) {
        let text = match choose_style(key, true) {
            Style::Plain => key.to_owned(),
            style => fold(key, style, usize::MAX, 0, 0),
        };
        self.put(&text);
        self.put(":");
    }

    fn scalar(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Null => self.put("null"),
            Value::Bool(b) => self.put(if *b { "true" } else { "false" }),
            Value::Number(_) => self.put(&gofmt::v(value)),
            Value::Array(_) => self.put("[]"),
            Value::Object(_) => self.put("{}"),
            Value::String(s) => {
                let text = fold(s, choose_style(s, false), 80, self.column, depth);
                self.put(&text);
            }
        }
    }
}

/// go-yaml's order of keys: letters after other characters, runs of digits by their number.
pub fn compare_keys(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    for i in 0..a.len().min(b.len()) {
        let (x, y) = (a[i], b[i]);
        if x == y {
            continue;
        }
        match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => return x.cmp(&y),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let mut base = 0u64;
        if x == '0' || y == '0' {
            let digits = a[..i].iter().rev().take_while(|c| c.is_ascii_digit());
            base = u64::from(digits.into_iter().any(|c| *c != '0'));
        }
        let (left, right) = (digit_run(&a[i..], base), digit_run(&b[i..], base));
        return left.cmp(&right).then(x.cmp(&y));
    }
    a.len().cmp(&b.len())
}

/// The number that the leading digits make after `base`, and how many they are.
fn digit_run(chars: &[char], base: u64) -> (u64, usize) {
    let digits: Vec<u64> = chars.iter().map_while(|c| c.to_digit(10)).map(u64::from).collect();
    (digits.iter().fold(base, |n, d| n.saturating_mul(10).saturating_add(*d)), digits.len())
}
