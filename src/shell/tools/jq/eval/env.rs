//! Values on their way through a filter, and what names mean to it.

use std::rc::Rc;

use super::{Def, Term, Value};

/// Where a value stands in the value that `path(…)` was given.
#[derive(Clone, Debug)]
pub(in super::super) enum Place {
    /// Nobody asks.
    Untracked,
    /// The keys that lead there.
    Known(Rc<Vec<Value>>),
    /// The value was made, not found.
    Lost,
}

/// A value on its way through a filter.
#[derive(Clone, Debug)]
pub(in super::super) struct Item {
    pub value: Value,
    pub place: Place,
}

impl Item {
    pub fn plain(value: Value) -> Item {
        Item { value, place: Place::Untracked }
    }

    /// A new value in place of this one.
    pub fn made(&self, value: Value) -> Item {
        Item { value, place: if matches!(self.place, Place::Untracked) { Place::Untracked } else { Place::Lost } }
    }

    pub(super) fn child(&self, key: &Value, value: Value) -> Item {
        let place = match &self.place {
            Place::Known(keys) => {
                let mut keys = keys.as_ref().clone();
                keys.push(key.clone());
                Place::Known(Rc::new(keys))
            }
            other => other.clone(),
        };
        Item { value, place }
    }
}

/// What names mean; a list, innermost first.
#[derive(Clone, Default)]
pub(in super::super) struct Env<'p>(Option<Rc<Binding<'p>>>);

pub(super) struct Binding<'p> {
    kind: Bound<'p>,
    next: Env<'p>,
}

pub(super) enum Bound<'p> {
    Var(&'p str, Value),
    /// A definition, which knows the names before it and itself.
    Def(&'p Def<'p>),
    /// A filter that was passed as an argument.
    Arg(&'p str, &'p Term<'p>, Env<'p>),
    /// An argument `$x`, called as `x`.
    Given(&'p str, Value),
    Label(&'p str, usize),
}

impl<'p> Env<'p> {
    pub(super) fn with(&self, kind: Bound<'p>) -> Env<'p> {
        Env(Some(Rc::new(Binding { kind, next: self.clone() })))
    }

    pub fn var(&self, name: &'p str, value: Value) -> Env<'p> {
        self.with(Bound::Var(name, value))
    }

    pub fn defs(&self, defs: &'p [Def<'p>]) -> Env<'p> {
        defs.iter().fold(self.clone(), |env, def| env.with(Bound::Def(def)))
    }

    /// The innermost binding that `wanted` likes, and the names it knows: its own and those before.
    pub(super) fn find<T>(&self, mut wanted: impl FnMut(&Bound<'p>, &Env<'p>) -> Option<T>) -> Option<T> {
        let mut at = self;
        while let Some(binding) = &at.0 {
            if let Some(found) = wanted(&binding.kind, at) {
                return Some(found);
            }
            at = &binding.next;
        }
        None
    }
}

/// What a called name is.
pub(super) enum Called<'p> {
    Def(&'p Def<'p>, Env<'p>),
    Arg(&'p Term<'p>, Env<'p>),
    Given(Value),
}
