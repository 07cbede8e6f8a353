//! Sets of fields, as `fieldsV1` writes them. Models structured-merge-diff fieldpath.Set.
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Fields by path element: `f:name`, `k:{"name":"x"}`, `v:"x"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldSet {
    children: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Entry {
    /// Whether the path itself is in the set, and not only what is below it.
    member: bool,
    below: FieldSet,
}

impl FieldSet {
    pub fn is_empty(&self) -> bool {
        self.children.values().all(|entry| !entry.member && entry.below.is_empty())
    }

    pub fn insert(&mut self, path: &[String]) {
        let Some((first, rest)) = path.split_first() else { return };
        let entry = self.children.entry(first.clone()).or_default();
        if rest.is_empty() {
            entry.member = true;
        } else {
            entry.below.insert(rest);
        }
    }

    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        for (key, entry) in &other.children {
            let mine = all.children.entry(key.clone()).or_default();
            mine.member |= entry.member;
            mine.below = mine.below.union(&entry.below);
        }
        all
    }

    pub fn intersection(&self, other: &Self) -> Self {
        self.combine(other, |mine, theirs| mine && theirs, FieldSet::intersection, false)
    }

    pub fn difference(&self, other: &Self) -> Self {
        self.combine(other, |mine, theirs| mine && !theirs, FieldSet::difference, true)
    }

    /// `keep_alone`: whether what only this set has stays.
    fn combine(&self, other: &Self, member: fn(bool, bool) -> bool, below: fn(&Self, &Self) -> Self, keep_alone: bool) -> Self {
        let mut children = BTreeMap::new();
        for (key, entry) in &self.children {
            let combined = match other.children.get(key) {
                Some(theirs) => Entry { member: member(entry.member, theirs.member), below: below(&entry.below, &theirs.below) },
                None if keep_alone => entry.clone(),
                None => continue,
            };
            if combined.member || !combined.below.is_empty() {
                children.insert(key.clone(), combined);
            }
        }
        Self { children }
    }

    /// What is below an element, and whether the element itself is in the set.
    pub fn below(&self, element: &str) -> Option<(&FieldSet, bool)> {
        self.children.get(element).map(|entry| (&entry.below, entry.member))
    }

    /// Without an element and all that is below it.
    pub fn without(mut self, path: &[&str]) -> Self {
        match path {
            [] => {}
            [last] => {
                self.children.remove(*last);
            }
            [first, rest @ ..] => {
                if let Some(entry) = self.children.get_mut(*first) {
                    entry.below = std::mem::take(&mut entry.below).without(rest);
                }
            }
        }
        self
    }

    /// Every path in the set as messages show it: `.spec.containers[name="web"].image`.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut paths);
        paths
    }

    fn collect(&self, prefix: &str, paths: &mut Vec<String>) {
        for (element, entry) in &self.children {
            let path = format!("{prefix}{}", shown(element));
            if entry.member {
                paths.push(path.clone());
            }
            entry.below.collect(&path, paths);
        }
    }

    pub fn to_fields_v1(&self) -> Value {
        let mut object = Map::new();
        for (element, entry) in &self.children {
            if !entry.member && entry.below.is_empty() {
                continue;
            }
            let Value::Object(mut below) = entry.below.to_fields_v1() else { continue };
            if entry.member && !below.is_empty() {
                below.insert(".".to_string(), Value::Object(Map::new()));
            }
            object.insert(element.clone(), Value::Object(below));
        }
        Value::Object(object)
    }

    pub fn from_fields_v1(value: &Value) -> Self {
        let mut set = Self::default();
        for (element, inner) in value.as_object().into_iter().flatten().filter(|(element, _)| *element != ".") {
            let below = Self::from_fields_v1(inner);
            let member = inner.get(".").is_some() || below.children.is_empty();
            set.children.insert(element.clone(), Entry { member, below });
        }
        set
    }
}

/// `f:spec` → `.spec`, `k:{"name":"web"}` → `[name="web"]`, `v:"x"` → `[="x"]`.
fn shown(element: &str) -> String {
    match element.split_once(':') {
        Some(("f", name)) => format!(".{name}"),
        Some(("k", keys)) => {
            let keys: Value = serde_json::from_str(keys).unwrap_or_default();
            let pairs: Vec<String> = keys.as_object().into_iter().flatten().map(|(key, value)| format!("{key}={value}")).collect();
            format!("[{}]", pairs.join(","))
        }
        Some(("v", value)) => format!("[={value}]"),
        _ => format!("[{element}]"),
    }
}
