//! Running a filter. The grammar is jaq-core's; the evaluation is ours, as it has to end: a filter has a
//! budget of steps and of depth, and its errors are in jq's words.

mod bind;
mod env;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{self, BinaryOp, Pattern};
use jaq_core::path::{Opt, Part};

use super::value::{Object, Value};
use super::{builtins, formats, json, ops, paths};

use env::{Bound, Called};
pub(super) use env::{Env, Item, Place};

pub(super) type Term<'p> = parse::Term<&'p str>;
pub(super) type Def<'p> = parse::Def<&'p str>;

/// Steps of one input's evaluation.
const STEP_LIMIT: u64 = 2_000_000;
/// How deep terms may call each other.
const DEPTH_LIMIT: usize = 200;
/// How deep arrays that a filter makes may nest.
const NESTING_LIMIT: usize = 1_000;
/// Bytes of output that wait to be written.
const OUTPUT_LIMIT_BYTES: usize = 16 << 20;

/// Why an evaluation does not go on.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// `error`: can be caught.
    Error(Value),
    /// `break`, to the label of this number.
    Break(usize),
    /// `halt`, `halt_error`, or a budget that is spent: status and last words.
    Halt(i32, Option<String>),
}

pub(super) type Flow = Result<(), Stop>;
pub(super) type Sink<'s> = &'s mut dyn FnMut(Item) -> Flow;

/// An error with a message.
pub(super) fn fail<T>(message: impl AsRef<str>) -> Result<T, Stop> {
    Err(Stop::Error(Value::text(message)))
}

/// The world of a running filter.
pub(super) struct Machine<'p> {
    prelude: &'p [Def<'p>],
    steps: Cell<u64>,
    depth: Cell<usize>,
    labels: Cell<usize>,
    pub inputs: RefCell<super::inputs::Inputs>,
    pub stderr: RefCell<String>,
    pub environment: Value,
    pub now: f64,
    waiting: Cell<usize>,
}

impl<'p> Machine<'p> {
    pub fn new(prelude: &'p [Def<'p>], inputs: super::inputs::Inputs, environment: Value, now: f64) -> Machine<'p> {
        Machine {
            prelude,
            steps: Cell::new(0),
            depth: Cell::new(0),
            labels: Cell::new(0),
            inputs: RefCell::new(inputs),
            stderr: RefCell::new(String::new()),
            environment,
            now,
            waiting: Cell::new(0),
        }
    }

    /// A new input begins: gives the steps that the last one took.
    pub fn restart(&self) -> u64 {
        self.waiting.set(0);
        self.steps.replace(0)
    }

    /// Accounts for output that is kept until the evaluation ends.
    pub fn keep(&self, bytes: usize) -> Flow {
        self.waiting.set(self.waiting.get() + bytes);
        if self.waiting.get() > OUTPUT_LIMIT_BYTES { Err(too_long()) } else { Ok(()) }
    }

    pub fn step(&self, steps: usize) -> Flow {
        self.steps.set(self.steps.get() + steps as u64);
        if self.steps.get() > STEP_LIMIT { Err(too_long()) } else { Ok(()) }
    }

    /// Runs a filter, at most so deep.
    pub fn eval(&self, term: &'p Term<'p>, env: &Env<'p>, input: Item, out: Sink) -> Flow {
        self.step(1)?;
        if self.depth.get() > DEPTH_LIMIT {
            return Err(Stop::Halt(5, Some("jq: error: recursion this deep is not simulated in Podground\n".into())));
        }
        self.depth.set(self.depth.get() + 1);
        let flow = self.dispatch(term, env, input, out);
        self.depth.set(self.depth.get() - 1);
        flow
    }

    /// All results as values.
    pub fn collect(&self, term: &'p Term<'p>, env: &Env<'p>, input: &Value) -> Result<Vec<Value>, Stop> {
        let mut all = Vec::new();
        self.eval(term, env, Item::plain(input.clone()), &mut |item| {
            all.push(item.value);
            Ok(())
        })?;
        Ok(all)
    }

    fn dispatch(&self, term: &'p Term<'p>, env: &Env<'p>, input: Item, out: Sink) -> Flow {
        match term {
            Term::Id => out(input),
            Term::Recurse => self.recurse(input, out),
            Term::Num(text) => out(input.made(Value::Number(json::number(text).unwrap_or(f64::MAX)))),
            Term::Str(format, parts) => {
                let format = format.unwrap_or("@text");
                self.text(format, parts, env, &input, String::new(), out)
            }
            Term::Arr(None) => out(input.made(Value::array(Vec::new()))),
            Term::Arr(Some(inner)) => {
                let items = self.collect(inner, env, &input.value)?;
                let depth = items.first().map_or(0, Value::chain).max(items.last().map_or(0, Value::chain));
                self.step(depth)?;
                if depth > NESTING_LIMIT {
                    return Err(Stop::Halt(5, Some("jq: error: values nested this deep are not simulated in Podground\n".into())));
                }
                out(input.made(Value::array(items)))
            }
            Term::Obj(entries) => self.object(entries, env, &input, &Object::default(), out),
            Term::Neg(inner) => self.eval(inner, env, Item::plain(input.value.clone()), &mut |item| match item.value {
                Value::Number(number) => out(input.made(Value::Number(-number))),
                other => fail(format!("{} cannot be negated", ops::shown(&other))),
            }),
            Term::BinOp(left, op, right) => self.binary(left, op, right, env, input, out),
            Term::Label(name, inner) => {
                let id = self.labels.replace(self.labels.get() + 1);
                match self.eval(inner, &env.with(Bound::Label(name, id)), input, out) {
                    Err(Stop::Break(broken)) if broken == id => Ok(()),
                    flow => flow,
                }
            }
            Term::Break(name) => {
                let found = env.find(|bound, _| match bound {
                    Bound::Label(label, id) if label == name => Some(*id),
                    _ => None,
                });
                Err(found.map_or(Stop::Error(Value::text("break")), Stop::Break))
            }
            Term::Fold(kind, source, pattern, args) => self.fold(kind, source, pattern, args, env, input, out),
            Term::TryCatch(body, catch) => self.try_catch(body, catch.as_deref(), env, input, out),
            Term::IfThenElse(branches, otherwise) => self.branch(branches, otherwise.as_deref(), env, input, out),
            Term::Def(defs, inner) => self.eval(inner, &env.defs(defs), input, out),
            Term::Call(name, args) => self.call(name, args, env, input, out),
            Term::Var(name) => {
                let value = self.variable(name, env);
                out(input.made(value.unwrap_or(Value::Null)))
            }
            Term::Path(head, path) => {
                let origin = input.value.clone();
                self.eval(head, env, input, &mut |item| self.walk(&path.0, env, &origin, item, out))
            }
        }
    }

    pub fn variable(&self, name: &str, env: &Env<'p>) -> Option<Value> {
        let found = env.find(|bound, _| match bound {
            Bound::Var(var, value) if *var == name => Some(value.clone()),
            _ => None,
        });
        found.or_else(|| match name {
            "$ENV" => Some(self.environment.clone()),
            "$__loc__" => Some(Value::object([("file", Value::text("<top-level>")), ("line", Value::Number(1.0))])),
            _ => None,
        })
    }

    /// `..`
    fn recurse(&self, item: Item, out: Sink) -> Flow {
        self.step(1)?;
        out(item.clone())?;
        if item.value.deeper_than(json::DEPTH_LIMIT) {
            return Ok(());
        }
        for (key, value) in paths::children(&item.value) {
            self.recurse(item.child(&key, value), out)?;
        }
        Ok(())
    }

    /// Every way to fill the holes of a string.
    fn text(&self, format: &str, parts: &'p [StrPart<&'p str, Term<'p>>], env: &Env<'p>, input: &Item, text: String, out: Sink) -> Flow {
        let Some((part, rest)) = parts.split_first() else { return out(input.made(Value::text(text))) };
        match part {
            StrPart::Str(piece) => self.text(format, rest, env, input, text + piece, out),
            StrPart::Char(c) => self.text(format, rest, env, input, format!("{text}{c}"), out),
            StrPart::Term(term) => self.eval(term, env, Item::plain(input.value.clone()), &mut |item| {
                let piece = formats::format(format, &item.value)?;
                self.text(format, rest, env, input, format!("{text}{piece}"), out)
            }),
        }
    }

    fn object(&self, entries: &'p [(Term<'p>, Option<Term<'p>>)], env: &Env<'p>, input: &Item, built: &Object, out: Sink) -> Flow {
        let Some(((key, value), rest)) = entries.split_first() else {
            return out(input.made(Value::Object(Rc::new(built.clone()))));
        };
        let plain = || Item::plain(input.value.clone());
        let add = |key: &Value, value: Value, out: Sink| {
            let Value::Text(key) = key else {
                return fail(format!("Cannot use {} as object key", ops::shown(key)));
            };
            let mut built = built.clone();
            built.insert(key.clone(), value);
            self.object(rest, env, input, &built, out)
        };
        match (key, value) {
            (Term::Var(name), None) => {
                let value = self.variable(name, env).unwrap_or(Value::Null);
                add(&Value::text(name.trim_start_matches('$')), value, out)
            }
            (key, None) => self.eval(key, env, plain(), &mut |key| {
                let value = ops::index(&input.value, &key.value)?;
                add(&key.value, value, out)
            }),
            (key, Some(value)) => {
                self.eval(key, env, plain(), &mut |key| self.eval(value, env, plain(), &mut |value| add(&key.value, value.value, out)))
            }
        }
    }

    fn branch(&self, branches: &'p [(Term<'p>, Term<'p>)], otherwise: Option<&'p Term<'p>>, env: &Env<'p>, input: Item, out: Sink) -> Flow {
        let Some(((condition, then), rest)) = branches.split_first() else {
            return match otherwise {
                Some(term) => self.eval(term, env, input, out),
                None => out(input),
            };
        };
        self.eval(condition, env, Item::plain(input.value.clone()), &mut |verdict| {
            if verdict.value.truthy() {
                self.eval(then, env, input.clone(), out)
            } else {
                self.branch(rest, otherwise, env, input.clone(), out)
            }
        })
    }

    fn try_catch(&self, body: &'p Term<'p>, catch: Option<&'p Term<'p>>, env: &Env<'p>, input: Item, out: Sink) -> Flow {
        // What fails further down the pipe is not this body's failure.
        let downstream = Cell::new(false);
        let flow = self.eval(body, env, input.clone(), &mut |item| {
            let flow = out(item);
            downstream.set(flow.is_err());
            flow
        });
        match (flow, catch) {
            (Err(Stop::Error(_)), None) if !downstream.get() => Ok(()),
            (Err(Stop::Error(error)), Some(catch)) if !downstream.get() => self.eval(catch, env, input.made(error), out),
            (flow, _) => flow,
        }
    }

    fn binary(&self, left: &'p Term<'p>, op: &'p BinaryOp<&'p str>, right: &'p Term<'p>, env: &Env<'p>, input: Item, out: Sink) -> Flow {
        let plain = || Item::plain(input.value.clone());
        match op {
            BinaryOp::Pipe(None) => self.eval(left, env, input, &mut |item| self.eval(right, env, item, out)),
            BinaryOp::Pipe(Some(pattern)) => self.eval(left, env, plain(), &mut |item| {
                self.bind(&[(pattern, item.value)], env, &input.value, &mut |env| self.eval(right, env, input.clone(), out))
            }),
            BinaryOp::Comma => {
                self.eval(left, env, input.clone(), out)?;
                self.eval(right, env, input, out)
            }
            BinaryOp::Alt => self.alternative(left, right, env, input, out),
            BinaryOp::Or | BinaryOp::And => self.eval(left, env, plain(), &mut |item| {
                let decided = matches!(op, BinaryOp::Or);
                if item.value.truthy() == decided {
                    return out(input.made(Value::Bool(decided)));
                }
                self.eval(right, env, plain(), &mut |item| out(input.made(Value::Bool(item.value.truthy()))))
            }),
            BinaryOp::Math(op) => self.eval(right, env, plain(), &mut |r| {
                self.eval(left, env, plain(), &mut |l| out(input.made(ops::math(*op, l.value, &r.value)?)))
            }),
            BinaryOp::Cmp(op) => self.eval(right, env, plain(), &mut |r| {
                self.eval(left, env, plain(), &mut |l| out(input.made(Value::Bool(ops::compare(*op, &l.value, &r.value)))))
            }),
            BinaryOp::Assign => self.eval(right, env, plain(), &mut |value| {
                let changed = self.update(left, env, &input.value, &mut |_| Ok(Some(value.value.clone())))?;
                out(input.made(changed))
            }),
            BinaryOp::Update => {
                let changed = self.update(left, env, &input.value, &mut |old| self.first(right, env, Item::plain(old)))?;
                out(input.made(changed))
            }
            BinaryOp::UpdateMath(op) => self.eval(right, env, plain(), &mut |r| {
                let changed = self.update(left, env, &input.value, &mut |old| ops::math(*op, old, &r.value).map(Some))?;
                out(input.made(changed))
            }),
            BinaryOp::UpdateAlt => self.eval(right, env, plain(), &mut |r| {
                let mut keep = |old: Value| Ok(Some(if old.truthy() { old } else { r.value.clone() }));
                let changed = self.update(left, env, &input.value, &mut keep)?;
                out(input.made(changed))
            }),
        }
    }

    /// `left // right`
    fn alternative(&self, left: &'p Term<'p>, right: &'p Term<'p>, env: &Env<'p>, input: Item, out: Sink) -> Flow {
        let (any, downstream) = (Cell::new(false), Cell::new(false));
        let flow = self.eval(left, env, input.clone(), &mut |item| {
            if !item.value.truthy() {
                return Ok(());
            }
            any.set(true);
            let flow = out(item);
            downstream.set(flow.is_err());
            flow
        });
        match flow {
            Err(Stop::Error(_)) if !downstream.get() => {}
            Err(stop) => return Err(stop),
            Ok(()) => {}
        }
        if any.get() { Ok(()) } else { self.eval(right, env, input, out) }
    }

    /// The first result, if there is one.
    pub fn first(&self, term: &'p Term<'p>, env: &Env<'p>, input: Item) -> Result<Option<Value>, Stop> {
        Ok(self.first_item(term, env, input)?.map(|item| item.value))
    }

    pub fn first_item(&self, term: &'p Term<'p>, env: &Env<'p>, input: Item) -> Result<Option<Item>, Stop> {
        let id = self.labels.replace(self.labels.get() + 1);
        let mut first = None;
        match self.eval(term, env, input, &mut |item| {
            first = Some(item);
            Err(Stop::Break(id))
        }) {
            Err(Stop::Break(broken)) if broken == id => Ok(first),
            Err(stop) => Err(stop),
            Ok(()) => Ok(first),
        }
    }

    /// The paths that `term` takes from `input`.
    pub fn paths_of(&self, term: &'p Term<'p>, env: &Env<'p>, input: &Value, out: &mut dyn FnMut(Rc<Vec<Value>>) -> Flow) -> Flow {
        let start = Item { value: input.clone(), place: Place::Known(Rc::default()) };
        self.eval(term, env, start, &mut |item| match item.place {
            Place::Known(keys) => out(keys),
            _ => fail(format!("Invalid path expression with result {}", ops::cut(&item.value))),
        })
    }

    /// Replaces what stands at the paths of `term`; `None` takes it away. One after the other, as jq 1.6's `_modify`.
    fn update(
        &self,
        term: &'p Term<'p>,
        env: &Env<'p>,
        input: &Value,
        change: &mut dyn FnMut(Value) -> Result<Option<Value>, Stop>,
    ) -> Result<Value, Stop> {
        let mut keys = Vec::new();
        self.paths_of(term, env, input, &mut |path| {
            keys.push(path);
            Ok(())
        })?;
        let mut value = input.clone();
        for path in keys {
            self.step(1)?;
            value = match change(paths::get(&value, &path)?)? {
                Some(new) => paths::set(value, &path, new)?,
                None => paths::delete(value, &[path.as_ref().clone()])?,
            };
        }
        Ok(value)
    }

    fn call(&self, name: &'p str, args: &'p [Term<'p>], env: &Env<'p>, input: Item, out: Sink) -> Flow {
        if name.starts_with('@') {
            return out(input.made(Value::text(formats::format(name, &input.value)?)));
        }
        let called = env.find(|bound, own| match bound {
            Bound::Arg(arg, term, home) if args.is_empty() && *arg == name => Some(Called::Arg(term, home.clone())),
            Bound::Given(arg, value) if args.is_empty() && *arg == name => Some(Called::Given(value.clone())),
            Bound::Def(def) if def.name == name && def.args.len() == args.len() => Some(Called::Def(def, own.clone())),
            _ => None,
        });
        match called {
            Some(Called::Arg(term, home)) => self.eval(term, &home, input, out),
            Some(Called::Given(value)) => out(input.made(value)),
            Some(Called::Def(def, own)) => self.enter(def, &def.args, args, &own, env, input, out),
            None => match builtins::call(self, name, args, env, input, out) {
                Ok(flow) => flow,
                Err(input) => match self.prelude.iter().find(|def| def.name == name && def.args.len() == args.len()) {
                    Some(def) => self.enter(def, &def.args, args, &Env::default(), env, input, out),
                    None => fail(format!("{name}/{} is not defined", args.len())),
                },
            },
        }
    }

    /// Binds the arguments of a definition one by one, then runs it.
    #[allow(clippy::too_many_arguments, reason = "two environments, the definition's and the caller's")]
    fn enter(
        &self,
        def: &'p Def<'p>,
        names: &'p [&'p str],
        args: &'p [Term<'p>],
        inner: &Env<'p>,
        caller: &Env<'p>,
        input: Item,
        out: Sink,
    ) -> Flow {
        let (Some((name, names)), Some((arg, args))) = (names.split_first(), args.split_first()) else {
            return self.eval(&def.body, inner, input, out);
        };
        let Some(plain) = name.strip_prefix('$') else {
            let inner = inner.with(Bound::Arg(name, arg, caller.clone()));
            return self.enter(def, names, args, &inner, caller, input, out);
        };
        self.eval(arg, caller, Item::plain(input.value.clone()), &mut |value| {
            // `$x` can be said as `x` too.
            let inner = inner.var(name, value.value.clone()).with(Bound::Given(plain, value.value));
            self.enter(def, names, args, &inner, caller, input.clone(), out)
        })
    }

    /// `f` of `input`, `f` of each result, and so on: first the value, then what comes of it.
    pub fn repeat(&self, input: Item, next: &mut dyn FnMut(Item) -> (VecDeque<Item>, Flow), out: Sink) -> Flow {
        let mut todo = vec![(VecDeque::from([input]), Ok(()))];
        while let Some((mut items, flow)) = todo.pop() {
            self.step(1)?;
            let Some(item) = items.pop_front() else {
                flow?;
                continue;
            };
            if !items.is_empty() || flow.is_err() {
                todo.push((items, flow));
            }
            out(item.clone())?;
            todo.push(next(item));
        }
        Ok(())
    }

    /// All results, and how it ended.
    pub fn gather(&self, term: &'p Term<'p>, env: &Env<'p>, input: Item) -> (VecDeque<Item>, Flow) {
        let mut items = VecDeque::new();
        let flow = self.eval(term, env, input, &mut |item| {
            items.push_back(item);
            Ok(())
        });
        (items, flow)
    }
}

fn too_long() -> Stop {
    Stop::Halt(5, Some("jq: error: a filter that runs this long is not simulated in Podground\n".into()))
}
