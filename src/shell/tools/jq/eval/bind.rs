//! Binding patterns to values, folding, and walking along paths.
use super::*;

impl<'p> Machine<'p> {
    /// `reduce`, `foreach`
    #[allow(clippy::too_many_arguments, reason = "the parts of one construct")]
    pub(super) fn fold(
        &self,
        kind: &str,
        source: &'p Term<'p>,
        pattern: &'p Pattern<&'p str>,
        args: &'p [Term<'p>],
        env: &Env<'p>,
        input: Item,
        out: Sink,
    ) -> Flow {
        let [init, update, rest @ ..] = args else { return Ok(()) };
        let reduce = kind == "reduce";
        self.eval(init, env, input.clone(), &mut |start| {
            let mut state = Some(start);
            self.eval(source, env, Item::plain(input.value.clone()), &mut |item| {
                self.bind(&[(pattern, item.value)], env, &input.value, &mut |env| {
                    let before = state.take().unwrap_or_else(|| input.made(Value::Null));
                    let mut last = None;
                    self.eval(update, env, before, &mut |item| {
                        last = Some(item.clone());
                        match rest.first() {
                            _ if reduce => Ok(()),
                            Some(extract) => self.eval(extract, env, item, out),
                            None => out(item),
                        }
                    })?;
                    // An update without a result leaves null behind.
                    state = last;
                    Ok(())
                })
            })?;
            if !reduce {
                return Ok(());
            }
            out(state.take().unwrap_or_else(|| input.made(Value::Null)))
        })
    }

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
