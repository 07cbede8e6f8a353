use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::super::regex::{Regex, Syntax};
use super::super::tool::Tool;
use super::input::Reader;
use super::syntax::{Expr, Program};
use super::value::Value;
use crate::process::{Child, File};
use crate::sim::LocalBoxFuture;

/// Calls nest this deep at most.
const CALL_LIMIT: usize = 150;
/// A record has this many fields at most.
const FIELD_LIMIT: usize = 100_000;

/// An array: shared, because functions get arrays by reference.
pub(super) type Array = Rc<RefCell<BTreeMap<String, Value>>>;

/// A variable: its value, and the array of the same name.
#[derive(Clone, Default)]
pub(super) struct Slot {
    pub value: Value,
    pub array: Option<Array>,
}

/// How statements end early.
pub(super) enum Jump {
    Next,
    NextFile,
    Exit,
    Return(Value),
    Break,
    Continue,
    /// A mistake: the sentence.
    Fatal(String),
}

pub(super) type Result<T> = std::result::Result<T, Jump>;

/// What `print > "file"` and `print | "command"` have open.
pub(super) struct Output {
    pub file: File,
    pub child: Option<Child>,
}

pub(super) struct Machine<'p> {
    pub t: Tool,
    pub program: &'p Program,
    pub globals: BTreeMap<String, Slot>,
    pub frames: Vec<BTreeMap<String, Slot>>,
    record: String,
    fields: Vec<Value>,
    /// The fields are those of `record`.
    split: bool,
    /// `record` is to be made of the fields.
    stale: bool,
    pub out: Vec<u8>,
    pub outputs: BTreeMap<String, Output>,
    pub readers: BTreeMap<String, Reader>,
    pub main: Option<Reader>,
    pub arguments: Vec<String>,
    pub at_argument: usize,
    pub read_something: bool,
    pub status: i32,
    pub ranges: Vec<bool>,
    pub seed: f64,
    /// The state of `rand()` behind `srand(n)`.
    pub random: Option<u64>,
    regexes: BTreeMap<String, Regex>,
}

impl<'p> Machine<'p> {
    pub fn new(t: Tool, program: &'p Program) -> Machine<'p> {
        let mut machine = Machine {
            t,
            program,
            globals: BTreeMap::new(),
            frames: Vec::new(),
            record: String::new(),
            fields: Vec::new(),
            split: true,
            stale: false,
            out: Vec::new(),
            outputs: BTreeMap::new(),
            readers: BTreeMap::new(),
            main: None,
            arguments: Vec::new(),
            at_argument: 0,
            read_something: false,
            status: 0,
            ranges: vec![false; program.rules.len()],
            seed: 0.0,
            random: None,
            regexes: BTreeMap::new(),
        };
        for (name, text) in
            [("FS", " "), ("OFS", " "), ("RS", "\n"), ("ORS", "\n"), ("CONVFMT", "%.6g"), ("OFMT", "%.6g"), ("SUBSEP", "\u{1c}")]
        {
            machine.assign_text(name, text);
        }
        for name in ["NR", "FNR", "NF", "RSTART"] {
            machine.slot(name).value = Value::Number(0.0);
        }
        machine.slot("RLENGTH").value = Value::Number(-1.0);
        let environment = machine.t.ctx.environment().into_iter().map(|(k, v)| (k, Value::input(v))).collect();
        machine.slot("ENVIRON").array = Some(Rc::new(RefCell::new(environment)));
        machine
    }

    pub fn set_arguments(&mut self, operands: &[String]) {
        self.arguments = operands.to_vec();
        let mut all: BTreeMap<String, Value> = BTreeMap::from([("0".to_owned(), Value::Text("awk".into()))]);
        all.extend(operands.iter().enumerate().map(|(i, o)| ((i + 1).to_string(), Value::input(o.clone()))));
        self.slot("ARGC").value = Value::Number(all.len() as f64);
        self.slot("ARGV").array = Some(Rc::new(RefCell::new(all)));
    }

    // ---- variables ----

    pub fn slot(&mut self, name: &str) -> &mut Slot {
        if self.frames.last().is_some_and(|frame| frame.contains_key(name))
            && let Some(frame) = self.frames.last_mut()
        {
            return frame.entry(name.to_owned()).or_default();
        }
        self.globals.entry(name.to_owned()).or_default()
    }

    pub fn assign_text(&mut self, name: &str, text: &str) {
        self.slot(name).value = Value::Text(text.to_owned());
    }

    pub fn assign_input(&mut self, name: &str, text: String) {
        self.slot(name).value = Value::input(text);
    }

    pub fn array(&mut self, name: &str) -> Array {
        self.slot(name).array.get_or_insert_default().clone()
    }

    pub fn text_of(&mut self, name: &str) -> String {
        match self.globals.get(name).map(|s| &s.value) {
            Some(Value::Text(text) | Value::Both(text, _)) => text.clone(),
            Some(value) => value.text("%.6g"),
            None => String::new(),
        }
    }

    pub fn convfmt(&mut self) -> String {
        self.text_of("CONVFMT")
    }

    pub fn text_for(&mut self, value: &Value) -> String {
        match value {
            Value::Text(text) | Value::Both(text, _) => text.clone(),
            value => {
                let format = self.convfmt();
                value.text(&format)
            }
        }
    }

    // ---- the record ----

    pub fn set_record(&mut self, record: String) {
        self.record = record;
        self.split = false;
        self.stale = false;
    }

    fn split_record(&mut self) {
        if self.split {
            return;
        }
        self.split = true;
        let fs = self.text_of("FS");
        let record = self.record.clone();
        self.fields = self.split_text(&record, &fs).into_iter().map(Value::input).collect();
        self.slot_global("NF").value = Value::Number(self.fields.len() as f64);
    }

    fn slot_global(&mut self, name: &str) -> &mut Slot {
        self.globals.entry(name.to_owned()).or_default()
    }

    /// Cuts `text` as `FS` would.
    pub fn split_text(&mut self, text: &str, fs: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        match fs {
            " " => text.split_ascii_whitespace().map(str::to_owned).collect(),
            "" => text.chars().map(String::from).collect(),
            fs if fs.chars().count() == 1 && fs != "\\" => text.split(fs).map(str::to_owned).collect(),
            fs => {
                let Some(regex) = self.regex(fs) else { return vec![text.to_owned()] };
                let chars: Vec<char> = text.chars().collect();
                let mut out = Vec::new();
                let (mut start, mut from) = (0, 0);
                while let Some(found) = regex.find_at(&chars, from) {
                    if found.end == found.start {
                        from = found.end + 1;
                        if from > chars.len() {
                            break;
                        }
                        continue;
                    }
                    out.push(chars.get(start..found.start).unwrap_or(&[]).iter().collect());
                    start = found.end;
                    from = found.end;
                }
                out.push(chars.get(start..).unwrap_or(&[]).iter().collect());
                out
            }
        }
    }

    pub fn regex(&mut self, text: &str) -> Option<Regex> {
        if let Some(regex) = self.regexes.get(text) {
            return Some(regex.clone());
        }
        let regex = Regex::new(text, Syntax::Extended, false).ok()?;
        if self.regexes.len() < 100 {
            self.regexes.insert(text.to_owned(), regex.clone());
        }
        Some(regex)
    }

    pub fn record(&mut self) -> String {
        if std::mem::take(&mut self.stale) {
            let ofs = self.text_of("OFS");
            let fields: Vec<Value> = self.fields.clone();
            let texts: Vec<String> = fields.iter().map(|f| self.text_for(f)).collect();
            self.record = texts.join(&ofs);
        }
        self.record.clone()
    }

    pub fn field(&mut self, index: f64) -> Value {
        if index < 1.0 {
            let record = self.record();
            return Value::input(record);
        }
        self.split_record();
        self.fields.get(index as usize - 1).cloned().unwrap_or_default()
    }

    pub fn set_field(&mut self, index: f64, value: Value) {
        if index < 1.0 {
            let text = self.text_for(&value);
            self.set_record(text);
            return;
        }
        self.split_record();
        let index = (index as usize).min(FIELD_LIMIT);
        if self.fields.len() < index {
            self.fields.resize(index, Value::Unset);
            self.slot_global("NF").value = Value::Number(index as f64);
        }
        if let Some(slot) = self.fields.get_mut(index - 1) {
            *slot = value;
        }
        self.stale = true;
    }

    // ---- expressions ----

    /// A value. What nests in programs has a future of its own: a small one, of which many fit on the native stack.
    pub fn eval<'a>(&'a mut self, expr: &'a Expr) -> LocalBoxFuture<'a, Result<Value>>
    where
        'p: 'a,
    {
        match expr {
            Expr::Group(inner) => self.eval(inner),
            Expr::Call(name, arguments) => self.call(name, arguments),
            Expr::Builtin(name, arguments) => self.builtin(name, arguments),
            Expr::Getline(into, source) => self.getline(into.as_deref(), source),
            Expr::Assign(op, target, right) => Box::pin(async move {
                let mut value = self.eval(right).await?;
                if let Some(op) = op {
                    let left = self.number(target).await?;
                    value = Value::Number(self.arithmetic(*op, left, value.number())?);
                }
                self.store(target, value.clone()).await?;
                Ok(value)
            }),
            Expr::Cond(condition, yes, no) => Box::pin(async move {
                let branch = if self.eval(condition).await?.truth() { yes } else { no };
                self.eval(branch).await
            }),
            Expr::Arithmetic(op, a, b) => Box::pin(async move {
                let a = self.number(a).await?;
                let b = self.number(b).await?;
                Ok(Value::Number(self.arithmetic(*op, a, b)?))
            }),
            Expr::Concat(a, b) => Box::pin(async move {
                let mut text = self.text(a).await?;
                text.push_str(&self.text(b).await?);
                if text.len() > super::input::RECORD_LIMIT_BYTES {
                    return Err(Jump::Fatal("out of memory".into()));
                }
                Ok(Value::Text(text))
            }),
            expr => self.eval_other(expr),
        }
    }

    fn eval_other<'a>(&'a mut self, expr: &'a Expr) -> LocalBoxFuture<'a, Result<Value>>
    where
        'p: 'a,
    {
        Box::pin(async move {
            Ok(match expr {
                Expr::Number(n) => Value::Number(*n),
                Expr::Text(text) => Value::Text(text.clone()),
                Expr::Regex(regex) => {
                    let chars: Vec<char> = self.record().chars().collect();
                    Value::Number(f64::from(regex.find_at(&chars, 0).is_some()))
                }
                Expr::Var(name) => {
                    if name == "NF" {
                        self.split_record();
                    }
                    self.slot(name).value.clone()
                }
                Expr::Field(index) => {
                    let index = self.number(index).await?;
                    if index < 0.0 {
                        return Err(self.run_time_error(&format!("negative field index ${index}")));
                    }
                    self.field(index)
                }
                Expr::Index(name, subscripts) => {
                    let key = self.key(subscripts).await?;
                    let array = self.array(name);

                    array.borrow_mut().entry(key).or_default().clone()
                }
                Expr::List(all) => {
                    let key = self.key(all).await?;
                    Value::Text(key)
                }
                Expr::And(a, b) => Value::Number(f64::from(self.eval(a).await?.truth() && self.eval(b).await?.truth())),
                Expr::Or(a, b) => Value::Number(f64::from(self.eval(a).await?.truth() || self.eval(b).await?.truth())),
                Expr::Not(a) => Value::Number(f64::from(!self.eval(a).await?.truth())),
                Expr::Negate(a) => Value::Number(-self.number(a).await?),
                Expr::Plus(a) => Value::Number(self.number(a).await?),
                Expr::Compare(op, a, b) => {
                    let a = self.eval(a).await?;
                    let b = self.eval(b).await?;
                    Value::Number(f64::from(self.compare(op, &a, &b)))
                }
                Expr::Match(negated, a, b) => {
                    let chars: Vec<char> = self.text(a).await?.chars().collect();
                    let regex = self.pattern(b).await?;
                    Value::Number(f64::from(regex.find_at(&chars, 0).is_some() != *negated))
                }
                Expr::In(subscripts, name) => {
                    let key = self.key(subscripts).await?;
                    let found = self.array(name).borrow().contains_key(&key);
                    Value::Number(f64::from(found))
                }
                Expr::Step(before, by, target) => {
                    let old = self.number(target).await?;
                    self.store(target, Value::Number(old + by)).await?;
                    Value::Number(if *before { old + by } else { old })
                }
                Expr::Assign(..) | Expr::Cond(..) | Expr::Arithmetic(..) | Expr::Concat(..) => return self.eval(expr).await,
                Expr::Group(_) | Expr::Call(..) | Expr::Builtin(..) | Expr::Getline(..) => return self.eval(expr).await,
            })
        })
    }

    pub async fn number(&mut self, expr: &Expr) -> Result<f64> {
        Ok(self.eval(expr).await?.number())
    }

    pub async fn text(&mut self, expr: &Expr) -> Result<String> {
        let value = self.eval(expr).await?;
        Ok(self.text_for(&value))
    }

    /// A subscript's text.
    pub fn key<'a>(&'a mut self, subscripts: &'a [Expr]) -> LocalBoxFuture<'a, Result<String>> {
        Box::pin(async move {
            let mut parts = Vec::new();
            for subscript in subscripts {
                parts.push(self.text(subscript).await?);
            }
            let separator = self.text_of("SUBSEP");
            Ok(parts.join(&separator))
        })
    }

    /// The regular expression that an expression stands for.
    pub fn pattern<'a>(&'a mut self, expr: &'a Expr) -> LocalBoxFuture<'a, Result<Regex>> {
        Box::pin(async move {
            if let Expr::Regex(regex) = expr {
                return Ok(regex.clone());
            }
            let text = self.text(expr).await?;
            self.regex(&text).ok_or_else(|| Jump::Fatal(format!("regular expression compile failed\n{text}")))
        })
    }

    pub fn store<'a>(&'a mut self, target: &'a Expr, value: Value) -> LocalBoxFuture<'a, Result<()>> {
        Box::pin(async move {
            match target {
                Expr::Var(name) => {
                    if name == "NF" {
                        self.split_record();
                        self.fields.resize((value.number().max(0.0) as usize).min(FIELD_LIMIT), Value::Unset);
                        self.stale = true;
                    }
                    self.slot(name).value = value;
                }
                Expr::Field(index) => {
                    let index = self.number(index).await?;
                    if index < 0.0 {
                        return Err(self.run_time_error(&format!("negative field index ${index}")));
                    }
                    self.set_field(index, value);
                }
                Expr::Index(name, subscripts) => {
                    let key = self.key(subscripts).await?;
                    self.array(name).borrow_mut().insert(key, value);
                }
                Expr::Group(inner) => self.store(inner, value).await?,
                _ => return Err(Jump::Fatal("assignment to what is no variable".into())),
            }
            Ok(())
        })
    }

    fn compare(&mut self, op: &str, a: &Value, b: &Value) -> bool {
        let order = if a.is_numeric() && b.is_numeric() {
            a.number().partial_cmp(&b.number())
        } else {
            Some(self.text_for(a).cmp(&self.text_for(b)))
        };
        match (op, order) {
            ("==", Some(o)) => o.is_eq(),
            ("!=", o) => o.is_none_or(|o| o.is_ne()),
            ("<", Some(o)) => o.is_lt(),
            ("<=", Some(o)) => o.is_le(),
            (">", Some(o)) => o.is_gt(),
            (">=", Some(o)) => o.is_ge(),
            _ => false,
        }
    }

    fn call<'a>(&'a mut self, name: &'a str, arguments: &'a [Expr]) -> LocalBoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            let program = self.program;
            if self.t.busybox() && !program.functions.contains_key(name) && super::parser::BUSYBOX.contains(&name) {
                return self.builtin(name, arguments).await;
            }
            let Some(function) = program.functions.get(name) else { return Err(Jump::Fatal(format!("function {name} never defined"))) };
            if self.frames.len() >= CALL_LIMIT {
                return Err(Jump::Fatal("function call nesting too deep".into()));
            }
            let mut frame = BTreeMap::new();
            for (i, parameter) in function.parameters.iter().enumerate() {
                let slot = match arguments.get(i) {
                    None => Slot::default(),
                    Some(Expr::Var(name)) => {
                        let array = self.array(name);
                        Slot { value: self.slot(name).value.clone(), array: Some(array) }
                    }
                    Some(expr) => Slot { value: self.eval(expr).await?, array: None },
                };
                frame.insert(parameter.clone(), slot);
            }
            self.frames.push(frame);
            let result = self.execute(&function.body).await;
            self.frames.pop();
            match result {
                Err(Jump::Return(value)) => Ok(value),
                Err(jump) => Err(jump),
                Ok(()) => Ok(Value::Unset),
            }
        })
    }
}
