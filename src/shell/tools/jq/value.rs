use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A JSON value. Models jq's `jv`: numbers are doubles, objects keep the order in which they were written.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<str>),
    Array(Rc<Vec<Value>>),
    Object(Rc<Object>),
}

/// An object: entries in order, found by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    entries: Vec<(Rc<str>, Value)>,
    places: BTreeMap<Rc<str>, usize>,
}

impl Object {
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.places.get(key).and_then(|at| self.entries.get(*at)).map(|entry| &entry.1)
    }

    pub fn insert(&mut self, key: Rc<str>, value: Value) {
        match self.places.get(&key).and_then(|at| self.entries.get_mut(*at)) {
            Some(entry) => entry.1 = value,
            None => {
                self.places.insert(key.clone(), self.entries.len());
                self.entries.push((key, value));
            }
        }
    }

    pub fn remove(&mut self, key: &str) {
        if self.places.contains_key(key) {
            self.entries.retain(|entry| &*entry.0 != key);
            self.places = self.entries.iter().enumerate().map(|(at, entry)| (entry.0.clone(), at)).collect();
        }
    }

    /// Takes the value of `key` out, leaving null in its place, so that it can be changed without a copy.
    pub fn take(&mut self, key: &str) -> Value {
        let slot = self.places.get(key).and_then(|at| self.entries.get_mut(*at));
        slot.map_or(Value::Null, |entry| std::mem::replace(&mut entry.1, Value::Null))
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn entries(&self) -> &[(Rc<str>, Value)] {
        &self.entries
    }

    /// Keys in their own order, as `keys` gives them.
    pub fn sorted(&self) -> impl Iterator<Item = (&Rc<str>, &Value)> {
        self.places.iter().filter_map(|(key, at)| Some((key, &self.entries.get(*at)?.1)))
    }
}

impl Value {
    pub fn text(text: impl AsRef<str>) -> Value {
        Value::Text(Rc::from(text.as_ref()))
    }

    pub fn array(items: Vec<Value>) -> Value {
        Value::Array(Rc::new(items))
    }

    pub fn object<K: AsRef<str>>(entries: impl IntoIterator<Item = (K, Value)>) -> Value {
        let mut object = Object::default();
        for (key, value) in entries {
            object.insert(Rc::from(key.as_ref()), value);
        }
        Value::Object(Rc::new(object))
    }

    pub fn number(number: usize) -> Value {
        Value::Number(number as f64)
    }

    /// What `type` says.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::Text(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    pub fn truthy(&self) -> bool {
        !matches!(self, Value::Null | Value::Bool(false))
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    pub fn as_number(&self) -> Option<f64> {
        if let Value::Number(number) = self { Some(*number) } else { None }
    }

    /// How many levels of arrays and objects there are, counted to `most`.
    pub fn deeper_than(&self, most: usize) -> bool {
        match self {
            Value::Array(items) => most == 0 || items.iter().any(|item| item.deeper_than(most - 1)),
            Value::Object(object) => most == 0 || object.entries.iter().any(|entry| entry.1.deeper_than(most - 1)),
            _ => false,
        }
    }

    /// How deep the first children of first children go.
    pub fn chain(&self) -> usize {
        let (mut depth, mut at) = (0, self);
        loop {
            let child = match at {
                Value::Array(items) => items.first(),
                Value::Object(object) => object.entries.first().map(|entry| &entry.1),
                _ => None,
            };
            let Some(child) = child else { return depth };
            (depth, at) = (depth + 1, child);
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Null => 0,
            Value::Bool(false) => 1,
            Value::Bool(true) => 2,
            Value::Number(_) => 3,
            Value::Text(_) => 4,
            Value::Array(_) => 5,
            Value::Object(_) => 6,
        }
    }

    /// jq's order: null, false, true, numbers, strings, arrays, objects (by keys, then by values).
    pub fn order(&self, other: &Value) -> Ordering {
        match (self, other) {
            // nan is less than any number, itself included.
            (Value::Number(a), Value::Number(b)) => a.partial_cmp(b).unwrap_or(if a.is_nan() { Ordering::Less } else { Ordering::Greater }),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (Value::Array(a), Value::Array(b)) => {
                let differing = a.iter().zip(b.iter()).map(|(a, b)| a.order(b)).find(|o| o.is_ne());
                differing.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Value::Object(a), Value::Object(b)) => a.places.keys().cmp(b.places.keys()).then_with(|| {
                let differing = a.sorted().zip(b.sorted()).map(|(a, b)| a.1.order(b.1)).find(|o| o.is_ne());
                differing.unwrap_or(Ordering::Equal)
            }),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    pub fn equals(&self, other: &Value) -> bool {
        self.order(other).is_eq()
    }
}
