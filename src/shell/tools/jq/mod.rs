//! jq 1.6.
//!
//! The grammar is jaq-core's. What runs it is ours: jaq's own evaluation cannot be stopped once it runs, says
//! other words when it fails, and brings a value type several times as large.

mod builtins;
mod eval;
mod formats;
mod functions;
mod inputs;
mod json;
mod ops;
mod options;
mod paths;
mod regex;
mod syntax;
mod time;
mod value;

use std::collections::VecDeque;

use eval::{Env, Item, Machine, Stop, Term};
use inputs::{Inputs, Source};
use options::Options;
use value::Value;

use super::tool::Tool;

/// Steps that are one step of the kernel's budget.
const STEPS_PER_STEP: u64 = 100;
/// Statuses above this one count only with `-e`.
const SOFT: i32 = 10;
/// The status after input that is not JSON, as Debian's jq 1.6 has it.
const UNREADABLE: i32 = 4;

pub(super) async fn run(t: Tool) -> i32 {
    let options = match options::read(&t).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let program = match &options.program {
        Some(program) => program.clone(),
        None if !t.ctx.is_tty(0) || !t.ctx.is_tty(1) => ".".to_owned(),
        None => return options::no_program(&t).await,
    };
    let prelude = syntax::prelude(include_str!("prelude.jq"));
    let names: Vec<String> = options.named.iter().map(|(name, _)| format!("${name}")).chain(["$ARGS".to_owned()]).collect();
    let variables: Vec<&str> = names.iter().map(String::as_str).collect();
    let program = syntax::with_whole_numbers(&program);
    let term = match syntax::parse(&program) {
        Ok(term) => term,
        Err(text) => return complain(&t, &text, 3).await,
    };
    if let Err(text) = syntax::check(&program, &term, &variables, &prelude) {
        return complain(&t, &text, 3).await;
    }
    let environment = Value::object(t.ctx.environment().into_iter().map(|(name, value)| (name, Value::text(value))));
    let now = t.ctx.sim().timestamp().as_microsecond() as f64 / 1e6;
    let machine = Machine::new(&prelude, Inputs::default(), environment, now);
    let named = Value::object(options.named.iter().map(|(name, value)| (name, value.clone())));
    let args = Value::object([("positional", Value::array(options.positional.clone())), ("named", named)]);
    let values = options.named.iter().map(|(_, value)| value.clone()).chain([args]);
    let env = variables.iter().zip(values).fold(Env::default(), |env, (name, value)| env.var(name, value));
    let mut run = Run { t: &t, options: &options, machine: &machine, term: &term, env, sources: VecDeque::new(), status: SOFT + 4 };
    run.all(program.contains("input")).await
}

async fn complain(t: &Tool, text: &str, status: i32) -> i32 {
    t.ctx.eprint(text).await;
    status
}

/// One run over all inputs.
struct Run<'p> {
    t: &'p Tool,
    options: &'p Options,
    machine: &'p Machine<'p>,
    term: &'p Term<'p>,
    env: Env<'p>,
    sources: VecDeque<String>,
    status: i32,
}

impl Run<'_> {
    async fn all(&mut self, asks_for_input: bool) -> i32 {
        self.sources = self.t.inputs(&self.options.files).into();
        let eager = self.options.manner.slurp || asks_for_input;
        let mut missing = false;
        let mut current: Option<Source> = None;
        if self.options.null && !asks_for_input {
            self.sources.clear();
        }
        let mut started = !self.options.null;
        let mut slurped = false;
        loop {
            let waiting = !self.machine.inputs.borrow().is_empty();
            let open = current.is_some() || !self.sources.is_empty();
            if open && (eager || !waiting) {
                missing |= !self.read_on(&mut current).await;
                continue;
            }
            if !slurped && !open {
                slurped = true;
                if !self.options.null {
                    self.machine.inputs.borrow_mut().finish(self.options.manner);
                }
            }
            let next = if started { self.machine.inputs.borrow_mut().next() } else { Some(Ok(Value::Null)) };
            started = true;
            match next {
                None => break,
                Some(Err(fault)) => {
                    self.t.ctx.eprint(&format!("parse error: {fault}\n")).await;
                    return UNREADABLE;
                }
                Some(Ok(value)) => {
                    if !self.one(value).await {
                        return self.status;
                    }
                }
            }
            if self.options.null {
                break;
            }
        }
        match self.status {
            status if missing && status > SOFT => 2,
            _ if missing => 2,
            status if status <= SOFT => status,
            status if self.options.exit_status => status - SOFT,
            _ => 0,
        }
    }

    /// Reads the next piece of the inputs. False: a file cannot be read.
    async fn read_on(&mut self, current: &mut Option<Source>) -> bool {
        let Some(source) = current else {
            let Some(name) = self.sources.pop_front() else { return true };
            return match self.t.open(&name) {
                Ok(file) => {
                    *current = Some(Source::new(&name, file));
                    true
                }
                Err(errno) => {
                    self.t.ctx.eprint(&format!("jq: error: Could not open file {name}: {errno}\n")).await;
                    false
                }
            };
        };
        let chunk = match self.t.chunk(&source.file).await {
            Ok(chunk) => chunk,
            Err(errno) => {
                self.t.ctx.eprint(&format!("jq: error: input error: {errno}\n")).await;
                *current = None;
                return false;
            }
        };
        if !source.feed(&chunk, self.options.manner, &mut self.machine.inputs.borrow_mut()) {
            *current = None;
        }
        true
    }

    /// Runs the filter on one input. False: this was the last.
    async fn one(&mut self, value: Value) -> bool {
        let mut out: Vec<u8> = Vec::new();
        let mut status = SOFT + 4;
        let (options, machine) = (self.options, self.machine);
        let flow = machine.eval(self.term, &self.env, Item::plain(value), &mut |item| {
            let before = out.len();
            show(&mut out, &item.value, options);
            status = if item.value.truthy() { 0 } else { SOFT + 1 };
            machine.keep(out.len() - before)
        });
        for _ in 0..machine.restart() / STEPS_PER_STEP {
            self.t.ctx.step().await;
        }
        let written = self.t.out(&out).await;
        let said = std::mem::take(&mut *machine.stderr.borrow_mut());
        if !said.is_empty() {
            self.t.ctx.eprint(&said).await;
        }
        self.status = status;
        match flow {
            Ok(()) => {}
            Err(Stop::Break(_)) => self.fail(" break").await,
            Err(Stop::Error(Value::Text(message))) => self.fail(&format!(" {message}")).await,
            Err(Stop::Error(value)) => self.fail_with(" (not a string)", &format!(" {}", json::compact(&value))).await,
            Err(Stop::Halt(status, text)) => {
                self.t.ctx.eprint(&text.unwrap_or_default()).await;
                self.status = status;
                return false;
            }
        }
        written
    }

    async fn fail(&mut self, message: &str) {
        self.fail_with("", message).await;
    }

    async fn fail_with(&mut self, kind: &str, message: &str) {
        let place = self.machine.inputs.borrow().place();
        self.t.ctx.eprint(&format!("jq: error (at {place}){kind}:{message}\n")).await;
        self.status = 5;
    }
}

/// Writes one result.
fn show(out: &mut Vec<u8>, value: &Value, options: &Options) {
    if options.ascii_separator {
        out.push(0x1e);
    }
    match value {
        Value::Text(text) if options.raw && !options.style.ascii => out.extend_from_slice(text.as_bytes()),
        value => {
            let mut text = String::new();
            json::write(&mut text, value, &options.style, 0);
            out.extend_from_slice(text.as_bytes());
        }
    }
    if options.zero {
        out.push(0);
    } else if !options.join {
        out.push(b'\n');
    }
}
