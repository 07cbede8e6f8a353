//! Filters that are not defined in jq's own language.

use super::eval::{Env, Flow, Item, Machine, Place, Sink, Stop, Term, fail};
use super::functions;
use super::value::Value;
use super::{ops, paths};

/// Names of the filters that take filters, with the number of arguments.
const FILTERS: &[(&str, usize)] = &[
    ("empty", 0),
    ("error", 0),
    ("error", 1),
    ("not", 0),
    ("select", 1),
    ("path", 1),
    ("recurse", 0),
    ("recurse", 1),
    ("recurse", 2),
    ("recurse_down", 0),
    ("range", 1),
    ("range", 2),
    ("range", 3),
    ("first", 1),
    ("last", 1),
    ("nth", 2),
    ("limit", 2),
    ("until", 2),
    ("while", 2),
    ("repeat", 1),
    ("isempty", 1),
    ("any", 0),
    ("any", 1),
    ("any", 2),
    ("all", 0),
    ("all", 1),
    ("all", 2),
    ("sort_by", 1),
    ("group_by", 1),
    ("unique_by", 1),
    ("min_by", 1),
    ("max_by", 1),
    ("getpath", 1),
    ("input", 0),
    ("inputs", 0),
    ("input_filename", 0),
    ("debug", 0),
    ("stderr", 0),
    ("now", 0),
    ("halt", 0),
    ("halt_error", 1),
];

/// Whether there is such a filter.
pub(super) fn known(name: &str, arity: usize) -> bool {
    FILTERS.contains(&(name, arity)) || functions::find(name, arity).is_some()
}

/// Calls a filter. `Err` gives the input back: there is none of this name.
pub(super) fn call<'p>(m: &Machine<'p>, name: &'p str, args: &'p [Term<'p>], env: &Env<'p>, input: Item, out: Sink) -> Result<Flow, Item> {
    if let Some(function) = functions::find(name, args.len()) {
        let mut values = Vec::new();
        return Ok(apply(m, function, args, env, &input, &mut values, out));
    }
    if !FILTERS.contains(&(name, args.len())) {
        return Err(input);
    }
    Ok(filter(m, name, args, env, input, out))
}

/// Calls a function with every combination of its arguments.
fn apply<'p>(
    m: &Machine<'p>,
    function: functions::Function,
    args: &'p [Term<'p>],
    env: &Env<'p>,
    input: &Item,
    values: &mut Vec<Value>,
    out: Sink,
) -> Flow {
    let Some((arg, rest)) = args.split_first() else {
        m.step(1 + cost(&input.value))?;
        return out(input.made(function(&input.value, values)?));
    };
    m.eval(arg, env, Item::plain(input.value.clone()), &mut |item| {
        values.push(item.value);
        let flow = apply(m, function, rest, env, input, values, out);
        values.pop();
        flow
    })
}

/// Work that a function on a large value may do.
fn cost(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len() / 16,
        Value::Text(text) => text.len() / 256,
        _ => 0,
    }
}

fn filter<'p>(m: &Machine<'p>, name: &str, args: &'p [Term<'p>], env: &Env<'p>, input: Item, out: Sink) -> Flow {
    let plain = || Item::plain(input.value.clone());
    match (name, args) {
        ("empty", _) => Ok(()),
        ("error", []) => raise(input.value),
        ("error", [message]) => m.eval(message, env, plain(), &mut |item| raise(item.value)),
        ("not", _) => out(input.made(Value::Bool(!input.value.truthy()))),
        ("select", [f]) => m.eval(f, env, plain(), &mut |item| if item.value.truthy() { out(input.clone()) } else { Ok(()) }),
        ("path", [f]) => m.paths_of(f, env, &input.value, &mut |keys| out(input.made(Value::Array(keys)))),
        ("recurse" | "recurse_down", []) => m.eval(&Term::Recurse, env, input, out),
        ("recurse", [f, rest @ ..]) => recurse(m, f, rest.first(), env, input, out),
        // Models jq 1.6: the input itself is no result.
        ("repeat", [f]) => m.eval(f, env, input, &mut |first| m.repeat(first, &mut |item| m.gather(f, env, item), out)),
        ("while", [condition, f]) => repeat_while(m, condition, f, env, input, out),
        ("until", [condition, f]) => until(m, condition, f, env, input, out),
        ("range", _) => range(m, args, env, &input, out),
        ("first", [f]) => m.first_item(f, env, input)?.map_or(Ok(()), out),
        ("last", [f]) => {
            let mut last = None;
            m.eval(f, env, input, &mut |item| {
                last = Some(item);
                Ok(())
            })?;
            last.map_or(Ok(()), out)
        }
        ("isempty", [f]) => {
            let empty = m.first(f, env, plain())?.is_none();
            out(input.made(Value::Bool(empty)))
        }
        ("limit" | "nth", [count, f]) => m.eval(count, env, plain(), &mut |count| {
            let Some(count) = count.value.as_number() else { return fail("Invalid arguments") };
            take(m, name == "nth", count, f, env, input.clone(), out)
        }),
        ("any" | "all", _) => {
            let wanted = name == "any";
            let (source, condition) = match args {
                [source, condition] => (Some(source), Some(condition)),
                [condition] => (None, Some(condition)),
                _ => (None, None),
            };
            let found = search(m, source, condition, wanted, env, &input.value)?;
            // `all` looks for what is false.
            out(input.made(Value::Bool(found == wanted)))
        }
        ("sort_by" | "group_by" | "unique_by" | "min_by" | "max_by", [f]) => {
            let sorted = by(m, name, f, env, &input.value)?;
            out(input.made(sorted))
        }
        ("getpath", [path]) => m.eval(path, env, plain(), &mut |path| get_path(&input, &path.value, out)),
        ("now", _) => out(input.made(Value::Number(m.now))),
        ("halt", _) => Err(Stop::Halt(0, None)),
        ("halt_error", [status]) => m.eval(status, env, plain(), &mut |status| {
            let Some(status) = status.value.as_number() else { return fail("halt_error/1: number required") };
            let text = match &input.value {
                Value::Text(text) => text.to_string(),
                Value::Null => String::new(),
                other => format!("{}\n", super::json::compact(other)),
            };
            Err(Stop::Halt(status as i32, Some(text)))
        }),
        _ => world(m, name, input, out),
    }
}

/// `recurse(f)`, `recurse(f; condition)`
fn recurse<'p>(m: &Machine<'p>, f: &'p Term<'p>, condition: Option<&'p Term<'p>>, env: &Env<'p>, input: Item, out: Sink) -> Flow {
    let next = &mut |item| {
        let (mut items, flow) = m.gather(f, env, item);
        let Some(condition) = condition else { return (items, flow) };
        items.retain(|item| matches!(m.first(condition, env, Item::plain(item.value.clone())), Ok(Some(v)) if v.truthy()));
        (items, flow)
    };
    m.repeat(input, next, out)
}

/// `while(condition; f)`
fn repeat_while<'p>(m: &Machine<'p>, condition: &'p Term<'p>, f: &'p Term<'p>, env: &Env<'p>, input: Item, out: Sink) -> Flow {
    if !truth(m, condition, env, &input)? {
        return Ok(());
    }
    let next = &mut |item| {
        let (items, flow) = m.gather(f, env, item);
        let mut kept = std::collections::VecDeque::new();
        for item in items {
            match truth(m, condition, env, &item) {
                Ok(true) => kept.push_back(item),
                Ok(false) => {}
                Err(stop) => return (kept, Err(stop)),
            }
        }
        (kept, flow)
    };
    m.repeat(input, next, out)
}

/// What reaches outside: inputs and messages.
fn world(m: &Machine<'_>, name: &str, input: Item, out: Sink) -> Flow {
    match name {
        "debug" => {
            let line = super::json::compact(&Value::array(vec![Value::text("DEBUG:"), input.value.clone()]));
            m.stderr.borrow_mut().push_str(&format!("{line}\n"));
            out(input)
        }
        "stderr" => {
            m.stderr.borrow_mut().push_str(&super::json::compact(&input.value));
            out(input)
        }
        "input_filename" => {
            let name = m.inputs.borrow().name().map_or(Value::Null, Value::text);
            out(input.made(name))
        }
        "input" => {
            let next = m.inputs.borrow_mut().next();
            match next {
                Some(Ok(value)) => out(input.made(value)),
                Some(Err(fault)) => fail(fault),
                // Models jq 1.6, which says no more than this.
                None => fail("break"),
            }
        }
        _ => loop {
            let next = m.inputs.borrow_mut().next();
            match next {
                Some(Ok(value)) => out(input.made(value))?,
                Some(Err(fault)) => return fail(fault),
                None => return Ok(()),
            }
        },
    }
}

/// Models jq 1.6: null is no error but nothing.
fn raise(error: Value) -> Flow {
    if matches!(error, Value::Null) { Ok(()) } else { Err(Stop::Error(error)) }
}

fn truth<'p>(m: &Machine<'p>, condition: &'p Term<'p>, env: &Env<'p>, item: &Item) -> Result<bool, Stop> {
    Ok(m.first(condition, env, Item::plain(item.value.clone()))?.is_some_and(|v| v.truthy()))
}

fn until<'p>(m: &Machine<'p>, condition: &'p Term<'p>, f: &'p Term<'p>, env: &Env<'p>, input: Item, out: Sink) -> Flow {
    let mut todo = vec![input];
    while let Some(item) = todo.pop() {
        m.step(1)?;
        if truth(m, condition, env, &item)? {
            out(item)?;
            continue;
        }
        let (items, flow) = m.gather(f, env, item);
        flow?;
        todo.extend(items.into_iter().rev());
    }
    Ok(())
}

fn range<'p>(m: &Machine<'p>, args: &'p [Term<'p>], env: &Env<'p>, input: &Item, out: Sink) -> Flow {
    let plain = || Item::plain(input.value.clone());
    let mut run = |from: &Value, to: &Value, by: &Value| {
        let (Some(from), Some(to), Some(by)) = (from.as_number(), to.as_number(), by.as_number()) else {
            return fail("Range bounds must be numeric");
        };
        let mut at = from;
        while (by > 0.0 && at < to) || (by < 0.0 && at > to) {
            m.step(1)?;
            out(input.made(Value::Number(at)))?;
            at += by;
        }
        Ok(())
    };
    let (zero, one) = (Value::Number(0.0), Value::Number(1.0));
    match args {
        [to] => m.eval(to, env, plain(), &mut |to| run(&zero, &to.value, &one)),
        [from, to] => m.eval(from, env, plain(), &mut |from| m.eval(to, env, plain(), &mut |to| run(&from.value, &to.value, &one))),
        [from, to, by] => m.eval(from, env, plain(), &mut |from| {
            m.eval(to, env, plain(), &mut |to| m.eval(by, env, plain(), &mut |by| run(&from.value, &to.value, &by.value)))
        }),
        _ => Ok(()),
    }
}

/// `limit` passes so many results on, `nth` only the one of that number.
fn take<'p>(m: &Machine<'p>, nth: bool, count: f64, f: &'p Term<'p>, env: &Env<'p>, input: Item, out: Sink) -> Flow {
    if nth && count < 0.0 {
        return fail("nth doesn't support negative indices");
    }
    if !nth && count < 0.0 {
        // Models jq 1.6: a limit below zero is none, and one of zero is noticed behind the first result.
        return m.eval(f, env, input, out);
    }
    let mut seen = 0.0;
    let mut done = false;
    let wanted = if nth { count + 1.0 } else { count };
    let flow = m.eval(f, env, input, &mut |item| {
        seen += 1.0;
        if !nth || seen >= wanted {
            out(item)?;
        }
        done = seen >= wanted;
        if done { Err(Stop::Break(usize::MAX)) } else { Ok(()) }
    });
    match flow {
        Err(Stop::Break(usize::MAX)) if done => Ok(()),
        flow => flow,
    }
}

/// Whether some result is as `wanted`.
fn search<'p>(
    m: &Machine<'p>,
    source: Option<&'p Term<'p>>,
    condition: Option<&'p Term<'p>>,
    wanted: bool,
    env: &Env<'p>,
    input: &Value,
) -> Result<bool, Stop> {
    let holds = |value: Value| -> Result<bool, Stop> {
        match condition {
            None => Ok(value.truthy() == wanted),
            Some(condition) => Ok(m.collect(condition, env, &value)?.iter().any(|v| v.truthy() == wanted)),
        }
    };
    let mut found = false;
    let mut look = |value: Value| {
        found = found || holds(value)?;
        if found { Err(Stop::Break(usize::MAX)) } else { Ok(()) }
    };
    let flow = match source {
        Some(source) => m.eval(source, env, Item::plain(input.clone()), &mut |item| look(item.value)),
        None if !matches!(input, Value::Array(_) | Value::Object(_)) => fail(format!("Cannot iterate over {}", ops::shown(input))),
        None => paths::children(input).into_iter().try_for_each(|(_, value)| look(value)),
    };
    match flow {
        Err(Stop::Break(usize::MAX)) | Ok(()) => Ok(found),
        Err(stop) => Err(stop),
    }
}

fn by<'p>(m: &Machine<'p>, name: &str, f: &'p Term<'p>, env: &Env<'p>, input: &Value) -> Result<Value, Stop> {
    let Value::Array(items) = input else {
        // jq maps the filter over the values first.
        let mut keys = Vec::new();
        for (_, item) in paths::children(input) {
            keys.push(Value::array(m.collect(f, env, &item)?));
        }
        if !matches!(input, Value::Object(_)) {
            return fail(format!("Cannot iterate over {}", ops::shown(input)));
        }
        let (input, keys) = (ops::shown(input), ops::shown(&Value::array(keys)));
        return match name {
            "sort_by" => fail(format!("{input} and {keys} cannot be sorted, as they are not both arrays")),
            "min_by" | "max_by" => fail(format!("{input} and {keys} cannot be iterated over")),
            _ => fail(format!("{input} and {keys} cannot be sorted, as they are not both arrays")),
        };
    };
    let mut keyed = Vec::new();
    for item in items.iter() {
        keyed.push((Value::array(m.collect(f, env, item)?), item.clone()));
    }
    m.step(keyed.len())?;
    Ok(match name {
        "min_by" => keyed.into_iter().reduce(|a, b| if b.0.order(&a.0).is_lt() { b } else { a }).map_or(Value::Null, |k| k.1),
        "max_by" => keyed.into_iter().reduce(|a, b| if b.0.order(&a.0).is_ge() { b } else { a }).map_or(Value::Null, |k| k.1),
        "sort_by" => {
            keyed.sort_by(|a, b| a.0.order(&b.0));
            Value::array(keyed.into_iter().map(|k| k.1).collect())
        }
        _ => {
            keyed.sort_by(|a, b| a.0.order(&b.0));
            let groups: Vec<Value> = keyed
                .chunk_by(|a, b| a.0.equals(&b.0))
                .map(|group| match name {
                    "group_by" => Value::array(group.iter().map(|k| k.1.clone()).collect()),
                    _ => group.first().map_or(Value::Null, |k| k.1.clone()),
                })
                .collect();
            Value::array(groups)
        }
    })
}

fn get_path(input: &Item, path: &Value, out: Sink) -> Flow {
    let Value::Array(keys) = path else { return fail("Path must be specified as an array") };
    let value = paths::get(&input.value, keys)?;
    let place = match &input.place {
        Place::Known(before) => Place::Known(std::rc::Rc::new(before.iter().chain(keys.iter()).cloned().collect())),
        other => other.clone(),
    };
    out(Item { value, place })
}
