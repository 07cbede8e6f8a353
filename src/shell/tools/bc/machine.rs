use std::collections::BTreeMap;
use std::rc::Rc;

use super::number::Number;
use super::syntax::{self, Expr, Statement};

/// Work that one line may do.
const STEP_LIMIT: u64 = 200_000;
/// Functions nest this deep at most.
const CALL_LIMIT: usize = 60;

/// Why a line does not go on.
enum Stop {
    Error(String),
    Return(Number),
    Break,
    Continue,
    Quit,
}

type Function = Rc<(Vec<String>, Vec<Statement>)>;

/// A running bc.
pub(super) struct Machine {
    variables: BTreeMap<String, Number>,
    functions: BTreeMap<String, Function>,
    mathlib: bool,
    steps: u64,
    calls: usize,
    pub out: String,
    pub complaints: String,
}

impl Machine {
    pub fn new(mathlib: bool) -> Machine {
        let ten = || Number::from_int(10);
        let variables = [("scale", Number::from_int(if mathlib { 20 } else { 0 })), ("ibase", ten()), ("obase", ten())];
        Machine {
            variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            functions: BTreeMap::new(),
            mathlib,
            steps: 0,
            calls: 0,
            out: String::new(),
            complaints: String::new(),
        }
    }

    pub fn take_steps(&mut self) -> u64 {
        std::mem::take(&mut self.steps)
    }

    /// Runs one line (or block). False: it said `quit`.
    pub fn run(&mut self, text: &str, file: &str, line: usize) -> bool {
        self.calls = 0;
        let Some(program) = syntax::parse(text) else {
            // An end of line that came too early is found on the next one.
            let cut = syntax::parse(&format!("{}1", text.trim_end())).is_some();
            self.complaints.push_str(&format!("{file} {}: syntax error\n", line + usize::from(cut)));
            return true;
        };
        match self.block(&program) {
            Err(Stop::Quit) => false,
            Err(Stop::Error(message)) => {
                self.complaints.push_str(&format!("Runtime error (func=(main), adr=3): {message}\n"));
                true
            }
            _ => true,
        }
    }

    fn number(&self, name: &str) -> i64 {
        self.variables.get(name).map_or(0, Number::to_int)
    }

    fn scale(&self) -> usize {
        usize::try_from(self.number("scale")).unwrap_or(0).min(1000)
    }

    fn base(&self, name: &str) -> u32 {
        u32::try_from(self.number(name)).unwrap_or(10).clamp(2, 36)
    }

    fn step(&mut self) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps > STEP_LIMIT { Err(Stop::Error("a calculation this long is not simulated in Podground".into())) } else { Ok(()) }
    }

    fn block(&mut self, statements: &[Statement]) -> Result<(), Stop> {
        statements.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), Stop> {
        self.step()?;
        match statement {
            Statement::Expr(expr) => {
                let value = self.value(expr)?;
                if !matches!(expr, Expr::Assign(..)) {
                    let text = value.show(self.base("obase"));
                    self.print_long(&text);
                }
            }
            Statement::Text(text) => self.out.push_str(text),
            Statement::Print(parts) => {
                for part in parts {
                    match part {
                        Statement::Text(text) => {
                            let text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\q", "\"");
                            self.out.push_str(&text);
                        }
                        Statement::Expr(expr) => {
                            let text = self.value(expr)?.show(self.base("obase"));
                            self.out.push_str(&text);
                        }
                        _ => {}
                    }
                }
            }
            Statement::If(condition, then, otherwise) => {
                let branch = if self.value(condition)?.is_zero() { otherwise } else { then };
                self.block(branch)?;
            }
            Statement::While(condition, next, body) => self.repeat(condition, next.as_ref(), body)?,
            Statement::Block(body) => self.block(body)?,
            Statement::Define(name, parameters, body) => {
                self.functions.insert(name.clone(), Rc::new((parameters.clone(), body.clone())));
            }
            Statement::Auto(_) => {}
            Statement::Return(value) => {
                let value = value.as_ref().map_or(Ok(Number::default()), |value| self.value(value))?;
                return Err(Stop::Return(value));
            }
            Statement::Break => return Err(Stop::Break),
            Statement::Continue => return Err(Stop::Continue),
            Statement::Quit => return Err(Stop::Quit),
        }
        Ok(())
    }

    /// Long numbers are folded at 70 columns.
    fn print_long(&mut self, text: &str) {
        let chunks: Vec<&[u8]> = text.as_bytes().chunks(if text.len() > 69 { 68 } else { 69 }).collect();
        for (at, chunk) in chunks.iter().enumerate() {
            self.out.push_str(&String::from_utf8_lossy(chunk));
            self.out.push_str(if at + 1 < chunks.len() { "\\\n" } else { "\n" });
        }
    }

    fn repeat(&mut self, condition: &Expr, next: Option<&Expr>, body: &[Statement]) -> Result<(), Stop> {
        while !self.value(condition)?.is_zero() {
            match self.block(body) {
                Ok(()) | Err(Stop::Continue) => {}
                Err(Stop::Break) => break,
                Err(stop) => return Err(stop),
            }
            if let Some(next) = next {
                self.value(next)?;
            }
        }
        Ok(())
    }

    fn value(&mut self, expr: &Expr) -> Result<Number, Stop> {
        self.step()?;
        match expr {
            Expr::Number(text) => Ok(Number::parse(text, self.base("ibase"))),
            Expr::Var(name) => Ok(self.variables.get(name).cloned().unwrap_or_default()),
            Expr::Unary(op, inner) => {
                let value = self.value(inner)?;
                Ok(match *op {
                    "-" => value.negated(),
                    "!" => Number::bool(value.is_zero()),
                    _ => value,
                })
            }
            Expr::Binary(op, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.operate(op, &left, &right)
            }
            Expr::Assign(op, name, value) => {
                let mut value = self.value(value)?;
                if !op.is_empty() {
                    let old = self.variables.get(name).cloned().unwrap_or_default();
                    value = self.operate(op, &old, &value)?;
                }
                self.variables.insert(name.clone(), value.clone());
                Ok(value)
            }
            Expr::Step(name, by, old_counts) => {
                let old = self.variables.get(name).cloned().unwrap_or_default();
                let new = old.plus(&Number::from_int(*by));
                self.variables.insert(name.clone(), new.clone());
                Ok(if *old_counts { old } else { new })
            }
            Expr::Call(name, args) => self.call(name, args),
        }
    }

    fn operate(&mut self, op: &str, left: &Number, right: &Number) -> Result<Number, Stop> {
        let scale = self.scale();
        let zero = || Stop::Error("Divide by zero".into());
        Ok(match op {
            "+" => left.plus(right),
            "-" => left.minus(right),
            "*" => left.times(right, scale),
            "/" => left.over(right, scale).ok_or_else(zero)?,
            "%" => left.modulo(right, scale).ok_or_else(|| Stop::Error("Modulo by zero".into()))?,
            "^" => left.power(right.to_int(), scale).ok_or_else(zero)?,
            "==" => Number::bool(left.order(right).is_eq()),
            "!=" => Number::bool(left.order(right).is_ne()),
            "<" => Number::bool(left.order(right).is_lt()),
            "<=" => Number::bool(left.order(right).is_le()),
            ">" => Number::bool(left.order(right).is_gt()),
            ">=" => Number::bool(left.order(right).is_ge()),
            "&&" => Number::bool(!left.is_zero() && !right.is_zero()),
            _ => Number::bool(!left.is_zero() || !right.is_zero()),
        })
    }

    fn call(&mut self, name: &str, args: &[Expr]) -> Result<Number, Stop> {
        let mut values = Vec::new();
        for arg in args {
            values.push(self.value(arg)?);
        }
        if let Some(function) = self.functions.get(name).cloned() {
            return self.enter(&function, values);
        }
        let first = values.into_iter().next().unwrap_or_default();
        let scale = self.scale();
        match name {
            "sqrt" => first.root(scale).ok_or_else(|| Stop::Error("Square root of a negative number".into())),
            "length" => Ok(Number::from_int(i64::try_from(first.length()).unwrap_or(0))),
            "scale" => Ok(Number::from_int(i64::try_from(first.scale).unwrap_or(0))),
            "a" | "s" | "c" | "l" | "e" if self.mathlib => Ok(transcendental(name, &first, scale)),
            _ => Err(Stop::Error(format!("Function {name} not defined."))),
        }
    }

    fn enter(&mut self, function: &Function, values: Vec<Number>) -> Result<Number, Stop> {
        if self.calls >= CALL_LIMIT {
            return Err(Stop::Error("recursion this deep is not simulated in Podground".into()));
        }
        let (parameters, body) = function.as_ref();
        let autos = body.iter().filter_map(|s| if let Statement::Auto(names) = s { Some(names) } else { None }).flatten();
        let own: Vec<&String> = parameters.iter().chain(autos).collect();
        let saved: Vec<Option<Number>> = own.iter().map(|name| self.variables.remove(*name)).collect();
        self.variables.extend(parameters.iter().cloned().zip(values));
        self.calls += 1;
        let ended = self.block(body);
        self.calls -= 1;
        for (name, old) in own.into_iter().zip(saved) {
            match old {
                Some(old) => self.variables.insert(name.clone(), old),
                None => self.variables.remove(name),
            };
        }
        match ended {
            Err(Stop::Return(value)) => Ok(value),
            Err(stop) => Err(stop),
            Ok(()) => Ok(Number::default()),
        }
    }
}

/// The functions of `bc -l`, by their series.
fn transcendental(name: &str, x: &Number, scale: usize) -> Number {
    let places = scale + 6;
    let one = Number::from_int(1);
    let over = |a: &Number, b: &Number| a.over(b, places).unwrap_or_default();
    let int = |n: i64| Number::from_int(n);
    let sum = |first: Number, next: &dyn Fn(&Number, i64) -> Number, weight: &dyn Fn(i64) -> Number| {
        let (mut total, mut term) = (Number::default(), first);
        for n in 0..2000 {
            let part = over(&term, &weight(n));
            if part.at_scale(places - 1).is_zero() && n > 0 {
                break;
            }
            total = total.plus(&part);
            term = next(&term, n).at_scale(places);
        }
        total
    };
    let square = x.times(x, places);
    let result = match name {
        "e" => {
            // e^x = (e^(x/2^k))^(2^k)
            let (mut small, mut halvings) = (x.at_scale(places), 0);
            while small.to_f64().abs() > 1.0 && halvings < 40 {
                small = over(&small, &int(2));
                halvings += 1;
            }
            let mut value = sum(one, &|term, n| over(&term.times(&small, places), &int(n + 1)), &|_| int(1));
            for _ in 0..halvings {
                value = value.times(&value, places).at_scale(places);
            }
            value
        }
        "l" => {
            if x.is_zero() || x.to_f64() < 0.0 {
                return Number::default();
            }
            // ln x = 2^k · ln x^(1/2^k), and the series of artanh
            let (mut near, mut doublings) = (x.at_scale(places), 1_i64);
            while (near.to_f64() - 1.0).abs() > 0.3 && doublings < 1 << 30 {
                near = near.root(places).unwrap_or_default();
                doublings *= 2;
            }
            let ratio = over(&near.minus(&one), &near.plus(&one));
            let squared = ratio.times(&ratio, places);
            let half = sum(ratio, &|term, _| term.times(&squared, places), &|n| int(2 * n + 1));
            half.times(&int(2 * doublings), places)
        }
        "s" | "c" => {
            let start = if name == "s" { 1 } else { 0 };
            let first = if name == "s" { x.at_scale(places) } else { one };
            sum(
                first,
                &|term, n| {
                    let at = 2 * n + start;
                    over(&term.times(&square, places), &int((at + 1) * (at + 2))).negated()
                },
                &|_| int(1),
            )
        }
        _ => {
            // atan x = 2^k · atan of x halved k times
            let (mut small, mut doublings) = (x.at_scale(places), 1_i64);
            while small.to_f64().abs() > 0.2 && doublings < 1 << 20 {
                let root = one.plus(&small.times(&small, places)).root(places).unwrap_or_default();
                small = over(&small, &one.plus(&root));
                doublings *= 2;
            }
            let squared = small.times(&small, places);
            let part = sum(small, &|term, _| term.times(&squared, places).negated(), &|n| int(2 * n + 1));
            part.times(&int(doublings), places)
        }
    };
    result.at_scale(scale)
}
