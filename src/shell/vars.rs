use std::collections::BTreeMap;

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Unset,
    Scalar(String),
    Indexed(BTreeMap<i64, String>),
    Associative(BTreeMap<String, String>),
}

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Var {
    pub value: Value,
    pub exported: bool,
    pub readonly: bool,
    pub integer: bool,
    pub upper: bool,
    pub lower: bool,
    pub reference: bool,
}

impl Var {
    pub fn new(value: Value) -> Var {
        Var { value, exported: false, readonly: false, integer: false, upper: false, lower: false, reference: false }
    }

    /// The text that `$name` means.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Unset => None,
            Value::Scalar(text) => Some(text),
            Value::Indexed(items) => items.get(&0).map(String::as_str),
            Value::Associative(items) => items.get("0").map(String::as_str),
        }
    }

    /// The elements of an associative array in bash's order: that of its hash table. Models `hash_string` (FNV-1).
    pub fn hashed(items: &BTreeMap<String, String>) -> Vec<(&String, &String)> {
        const BUCKETS: u32 = 1024;
        let bucket =
            |key: &str| key.bytes().fold(2_166_136_261_u32, |hash, byte| hash.wrapping_mul(16_777_619) ^ u32::from(byte)) % BUCKETS;
        let mut all: Vec<_> = items.iter().collect();
        all.sort_by_key(|(key, _)| bucket(key));
        all
    }

    /// The elements, in order.
    pub fn elements(&self) -> Vec<String> {
        match &self.value {
            Value::Unset => Vec::new(),
            Value::Scalar(text) => vec![text.clone()],
            Value::Indexed(items) => items.values().cloned().collect(),
            Value::Associative(items) => Var::hashed(items).into_iter().map(|(_, value)| value.clone()).collect(),
        }
    }

    /// The indices of the elements.
    pub fn keys(&self) -> Vec<String> {
        match &self.value {
            Value::Unset => Vec::new(),
            Value::Scalar(_) => vec!["0".into()],
            Value::Indexed(items) => items.keys().map(i64::to_string).collect(),
            Value::Associative(items) => Var::hashed(items).into_iter().map(|(key, _)| key.clone()).collect(),
        }
    }

    /// The letters of `declare -p`.
    pub fn flags(&self) -> String {
        let mut flags = String::new();
        flags.push_str(match self.value {
            Value::Indexed(_) => "a",
            Value::Associative(_) => "A",
            _ => "",
        });
        for (set, letter) in
            [(self.integer, 'i'), (self.lower, 'l'), (self.reference, 'n'), (self.readonly, 'r'), (self.upper, 'u'), (self.exported, 'x')]
        {
            if set {
                flags.push(letter);
            }
        }
        flags
    }
}

/// The variables of a shell: the global ones, and what each running function hides.
#[derive(Clone, Default)]
pub(crate) struct Variables {
    vars: BTreeMap<String, Var>,
    hidden: Vec<BTreeMap<String, Option<Var>>>,
}

impl Variables {
    pub fn get(&self, name: &str) -> Option<&Var> {
        self.vars.get(name)
    }

    pub fn get_mut(&mut self, name: &str) -> &mut Var {
        self.vars.entry(name.to_owned()).or_insert_with(|| Var::new(Value::Unset))
    }

    pub fn remove(&mut self, name: &str) -> Option<Var> {
        self.vars.remove(name)
    }

    /// `unset`: where a function that called the running one had made `name` local, what it hid shows again.
    pub fn unset(&mut self, name: &str) -> Option<Var> {
        let removed = self.vars.remove(name);
        let running = self.hidden.len();
        let hider = self.hidden.iter_mut().enumerate().rev().find(|(_, hidden)| hidden.contains_key(name));
        if let Some((at, hidden)) = hider
            && at + 1 < running
            && let Some(Some(var)) = hidden.remove(name)
        {
            self.vars.insert(name.to_owned(), var);
        }
        removed
    }

    /// Whether the running function made `name` local.
    pub fn is_local(&self, name: &str) -> bool {
        self.hidden.last().is_some_and(|hidden| hidden.contains_key(name))
    }

    pub fn insert(&mut self, name: &str, var: Var) {
        self.vars.insert(name.to_owned(), var);
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Var)> {
        self.vars.iter()
    }

    /// A function begins.
    pub fn enter(&mut self) {
        self.hidden.push(BTreeMap::new());
    }

    /// A function ends: what it hid comes back.
    pub fn leave(&mut self) {
        for (name, var) in self.hidden.pop().unwrap_or_default() {
            match var {
                Some(var) => self.vars.insert(name, var),
                None => self.vars.remove(&name),
            };
        }
    }

    /// Makes `name` local to the running function. False: no function runs.
    pub fn make_local(&mut self, name: &str, keep: bool) -> bool {
        let Some(hidden) = self.hidden.last_mut() else { return false };
        if !hidden.contains_key(name) {
            let old = self.vars.remove(name);
            let mut fresh = match &old {
                Some(old) if keep => old.clone(),
                _ => Var::new(Value::Unset),
            };
            fresh.exported = old.as_ref().is_some_and(|v| v.exported);
            hidden.insert(name.to_owned(), old);
            self.vars.insert(name.to_owned(), fresh);
        }
        true
    }

    /// Sets the text of `name`, which may be an array's first element.
    pub fn set_text(&mut self, name: &str, text: &str) {
        let var = self.get_mut(name);
        let text = if var.upper {
            text.to_uppercase()
        } else if var.lower {
            text.to_lowercase()
        } else {
            text.to_owned()
        };
        match &mut var.value {
            Value::Indexed(items) => {
                items.insert(0, text);
            }
            Value::Associative(items) => {
                items.insert("0".into(), text);
            }
            value => *value = Value::Scalar(text),
        }
    }

    /// What a child gets.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let exported = self.vars.iter().filter(|(_, var)| var.exported);
        exported.filter_map(|(name, var)| Some((name.clone(), var.text()?.to_owned()))).collect()
    }
}
