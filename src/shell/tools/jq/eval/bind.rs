//! Binding patterns to values, and walking along paths.
use super::*;

impl<'p> Machine<'p> {
    /// Binds the variables of patterns, in every way there is.
    pub(super) fn bind(
        &self,
        todo: &[(&'p Pattern<&'p str>, Value)],
        env: &Env<'p>,
        input: &Value,
        out: &mut dyn FnMut(&Env<'p>) -> Flow,
    ) -> Flow {
        let Some(((pattern, value), rest)) = todo.split_first() else { return out(env) };
        match pattern {
            Pattern::Var(name) => self.bind(rest, &env.var(name, value.clone()), input, out),
            Pattern::Arr(patterns) => {
                let mut more = Vec::new();
                for (at, pattern) in patterns.iter().enumerate() {
                    more.push((pattern, ops::index(value, &Value::number(at))?));
                }
                more.extend(rest.iter().cloned());
                self.bind(&more, env, input, out)
            }
            Pattern::Obj(entries) => self.bind_object(entries, value, rest, env, input, out),
        }
    }

    fn bind_object(
        &self,
        entries: &'p [(Term<'p>, Pattern<&'p str>)],
        value: &Value,
        rest: &[(&'p Pattern<&'p str>, Value)],
        env: &Env<'p>,
        input: &Value,
        out: &mut dyn FnMut(&Env<'p>) -> Flow,
    ) -> Flow {
        let Some(((key, pattern), more)) = entries.split_first() else { return self.bind(rest, env, input, out) };
        self.eval(key, env, Item::plain(input.clone()), &mut |key| {
            if key.value.as_text().is_none() {
                return fail(format!("Cannot index {} with {}", value.kind(), key.value.kind()));
            }
            let found = ops::index(value, &key.value)?;
            self.bind(&[(pattern, found)], env, input, &mut |env| self.bind_object(more, value, rest, env, input, out))
        })
    }

    /// Follows `.a[0][]` from a value.
    pub(super) fn walk(&self, path: &'p [(Part<Term<'p>>, Opt)], env: &Env<'p>, origin: &Value, item: Item, out: Sink) -> Flow {
        let Some(((part, optional), rest)) = path.split_first() else { return out(item) };
        let quiet = matches!(optional, Opt::Optional);
        let mut go = |found: Result<Item, Stop>| match found {
            Ok(item) => self.walk(rest, env, origin, item, out),
            Err(Stop::Error(_)) if quiet => Ok(()),
            Err(stop) => Err(stop),
        };
        let at = |term: &'p Term<'p>, out: Sink| self.eval(term, env, Item::plain(origin.clone()), out);
        match part {
            Part::Index(key) => at(key, &mut |key| go(self.step_into(&item, &key.value))),
            Part::Range(None, None) => {
                if matches!(item.place, Place::Lost) {
                    return go(fail(format!("Invalid path expression near attempt to iterate through {}", ops::cut(&item.value))));
                }
                if !matches!(item.value, Value::Array(_) | Value::Object(_)) {
                    return go(fail(format!("Cannot iterate over {}", ops::shown(&item.value))));
                }
                for (key, value) in paths::children(&item.value) {
                    self.step(1)?;
                    go(Ok(item.child(&key, value)))?;
                }
                Ok(())
            }
            Part::Range(from, to) => {
                let mut slice = |from: Value, to: Value| {
                    let key = Value::object([("start", from), ("end", to)]);
                    go(self.step_into(&item, &key))
                };
                match (from, to) {
                    (Some(from), Some(to)) => at(to, &mut |to| at(from, &mut |from| slice(from.value, to.value.clone()))),
                    (Some(from), None) => at(from, &mut |from| slice(from.value, Value::Null)),
                    (None, Some(to)) => at(to, &mut |to| slice(Value::Null, to.value)),
                    (None, None) => Ok(()),
                }
            }
        }
    }

    pub fn step_into(&self, item: &Item, key: &Value) -> Result<Item, Stop> {
        if matches!(item.place, Place::Lost) {
            let (key, value) = (ops::cut(key), ops::cut(&item.value));
            return fail(format!("Invalid path expression near attempt to access element {key} of {value}"));
        }
        Ok(item.child(key, ops::index(&item.value, key)?))
    }
}
