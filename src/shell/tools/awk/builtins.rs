use super::machine::{Jump, Machine, Result};
use super::syntax::Expr;
use super::value::{Value, sprintf};
use crate::process::Spawn;
use crate::sim::LocalBoxFuture;

impl Machine<'_> {
    /// A function of the language.
    pub fn builtin<'a>(&'a mut self, name: &'a str, arguments: &'a [Expr]) -> LocalBoxFuture<'a, Result<Value>> {
        Box::pin(async move {
            match name {
                "length" => return self.length(arguments.first()).await,
                "split" => return self.split_into(arguments).await,
                "sub" | "gsub" => return self.substitute(arguments, name == "gsub").await,
                "match" => return self.find_match(arguments).await,
                "system" => return self.system(arguments).await,
                "close" => return self.close(arguments).await,
                "fflush" => {
                    self.flush().await;
                    return Ok(Value::Number(0.0));
                }
                _ => {}
            }
            let mut values = Vec::new();
            for expr in arguments {
                values.push(self.eval(expr).await?);
            }
            let number = |i: usize| values.get(i).map_or(0.0, Value::number);
            let format = self.convfmt();
            let text = |i: usize| values.get(i).map_or(String::new(), |v| v.text(&format));
            Ok(match name {
                "substr" => {
                    let chars: Vec<char> = text(0).chars().collect();
                    // mawk 1.3.4 cuts fractions off, and counts what stands before the text as wanted too.
                    let mawk = !self.t.busybox();
                    let whole = |i: usize| if mawk { number(i).trunc() } else { number(i).round() };
                    let (first, length) = (whole(1), if values.len() > 2 { whole(2) } else { f64::INFINITY });
                    let start = first.max(1.0);
                    let end = if mawk { start + length - first.min(0.0) } else { first + length };
                    let from = (start as usize - 1).min(chars.len());
                    let to = if end < 1.0 { 0 } else { ((end - 1.0) as usize).min(chars.len()) };
                    Value::Text(chars.get(from..to.max(from)).unwrap_or(&[]).iter().collect())
                }
                "index" => {
                    let (hay, needle) = (text(0), text(1));
                    let at = hay.find(&needle).and_then(|i| hay.get(..i)).map_or(0, |head| head.chars().count() + 1);
                    Value::Number(at as f64)
                }
                "sprintf" => Value::Text(sprintf(&text(0), values.get(1..).unwrap_or(&[]), &format)),
                "tolower" => Value::Text(text(0).to_ascii_lowercase()),
                "toupper" => Value::Text(text(0).to_ascii_uppercase()),
                "int" => Value::Number(number(0).trunc()),
                "sqrt" => Value::Number(number(0).sqrt()),
                "exp" => Value::Number(number(0).exp()),
                "log" => Value::Number(number(0).ln()),
                "sin" => Value::Number(number(0).sin()),
                "cos" => Value::Number(number(0).cos()),
                "atan2" => Value::Number(number(0).atan2(number(1))),
                "rand" => Value::Number(self.random()),
                "srand" => {
                    let old = self.seed;
                    self.seed = if values.is_empty() { self.t.ctx.sim().timestamp().as_second() as f64 } else { number(0) };
                    self.random = None;
                    if !values.is_empty() {
                        self.random = Some(self.seed.to_bits());
                    }
                    Value::Number(old)
                }
                "systime" => Value::Number(self.t.ctx.sim().timestamp().as_second() as f64),
                "strftime" => {
                    let at = if values.len() > 1 {
                        jiff::Timestamp::from_second(number(1) as i64).unwrap_or_default()
                    } else {
                        self.t.ctx.sim().timestamp()
                    };
                    Value::Text(super::super::clock::format(&text(0), at))
                }
                // Busybox's own; mawk has none of them.
                "and" => Value::Number((number(0) as u64 & number(1) as u64) as f64),
                "or" => Value::Number((number(0) as u64 | number(1) as u64) as f64),
                "xor" => Value::Number((number(0) as u64 ^ number(1) as u64) as f64),
                "lshift" => Value::Number((number(0) as u64).checked_shl(number(1) as u32).unwrap_or(0) as f64),
                "rshift" => Value::Number((number(0) as u64).checked_shr(number(1) as u32).unwrap_or(0) as f64),
                _ => return Err(Jump::Fatal(format!("function {name} never defined"))),
            })
        })
    }

    /// The next number of `rand()`: behind `srand(n)` always the same ones (splitmix64).
    fn random(&mut self) -> f64 {
        const RANGE: u64 = 1 << 31;
        let value = match &mut self.random {
            None => self.t.ctx.sim().rng().below(RANGE),
            Some(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                (mixed ^ (mixed >> 27)) >> 33
            }
        };
        value as f64 / RANGE as f64
    }

    /// The length that awk sees: mawk counts bytes, busybox characters.
    fn length_of(&self, text: &str) -> usize {
        if self.t.busybox() { text.chars().count() } else { text.len() }
    }

    async fn length(&mut self, argument: Option<&Expr>) -> Result<Value> {
        let count = match argument {
            None => {
                let record = self.record();
                self.length_of(&record)
            }
            Some(Expr::Var(name)) if self.slot(name).array.is_some() => self.array(name).borrow().len(),
            Some(expr) => {
                let text = self.text(expr).await?;
                self.length_of(&text)
            }
        };
        Ok(Value::Number(count as f64))
    }

    async fn split_into(&mut self, arguments: &[Expr]) -> Result<Value> {
        let (Some(text), Some(Expr::Var(array))) = (arguments.first(), arguments.get(1)) else {
            return Err(Jump::Fatal("split: the second argument is no array".into()));
        };
        let text = self.text(text).await?;
        let parts = match arguments.get(2) {
            None => {
                let fs = self.text_of("FS");
                self.split_text(&text, &fs)
            }
            Some(Expr::Regex(regex)) => {
                let chars: Vec<char> = text.chars().collect();
                let mut out: Vec<String> = Vec::new();
                let mut start = 0;
                while let Some(found) = regex.find_at(&chars, start).filter(|f| f.end > f.start) {
                    out.push(chars.get(start..found.start).unwrap_or(&[]).iter().collect());
                    start = found.end;
                }
                if !text.is_empty() {
                    out.push(chars.get(start..).unwrap_or(&[]).iter().collect());
                }
                out
            }
            Some(separator) => {
                let separator = self.text(separator).await?;
                self.split_text(&text, &separator)
            }
        };
        let count = parts.len();
        let filled = parts.into_iter().enumerate().map(|(i, part)| ((i + 1).to_string(), Value::input(part))).collect();
        *self.array(array).borrow_mut() = filled;
        Ok(Value::Number(count as f64))
    }

    async fn substitute(&mut self, arguments: &[Expr], global: bool) -> Result<Value> {
        let (Some(pattern), Some(replacement)) = (arguments.first(), arguments.get(1)) else {
            return Err(Jump::Fatal("not enough arguments to sub".into()));
        };
        let regex = self.pattern(pattern).await?;
        let replacement = self.text(replacement).await?;
        let record = Expr::Field(Box::new(Expr::Number(0.0)));
        let target = arguments.get(2).unwrap_or(&record);
        let text: Vec<char> = self.text(target).await?.chars().collect();
        let mut out = String::new();
        let (mut copied, mut count) = (0, 0);
        for found in regex.matches(&text) {
            count += 1;
            out.extend(text.get(copied..found.start).unwrap_or(&[]));
            expand(&replacement, text.get(found.start..found.end).unwrap_or(&[]), &mut out);
            copied = found.end;
            if !global {
                break;
            }
        }
        if count > 0 {
            out.extend(text.get(copied..).unwrap_or(&[]));
            self.store(target, Value::input(out)).await?;
        }
        Ok(Value::Number(f64::from(count)))
    }

    async fn find_match(&mut self, arguments: &[Expr]) -> Result<Value> {
        let (Some(text), Some(pattern)) = (arguments.first(), arguments.get(1)) else {
            return Err(Jump::Fatal("not enough arguments to match".into()));
        };
        let chars: Vec<char> = self.text(text).await?.chars().collect();
        let regex = self.pattern(pattern).await?;
        let (start, length) = match regex.find_at(&chars, 0) {
            Some(found) => ((found.start + 1) as f64, (found.end - found.start) as f64),
            None => (0.0, -1.0),
        };
        self.slot("RSTART").value = Value::Number(start);
        self.slot("RLENGTH").value = Value::Number(length);
        Ok(Value::Number(start))
    }

    async fn system(&mut self, arguments: &[Expr]) -> Result<Value> {
        let Some(command) = arguments.first() else { return Ok(Value::Number(0.0)) };
        let command = self.text(command).await?;
        self.flush().await;
        let status = match self.t.ctx.spawn(Spawn::new(["sh", "-c", command.as_str()])) {
            Ok(child) => child.wait().await.code(),
            Err(_) => 127,
        };
        Ok(Value::Number(f64::from(status)))
    }

    async fn close(&mut self, arguments: &[Expr]) -> Result<Value> {
        let Some(name) = arguments.first() else { return Ok(Value::Number(-1.0)) };
        let name = self.text(name).await?;
        self.flush().await;
        let mut status = -1;
        if let Some(output) = self.outputs.remove(&name) {
            drop(output.file);
            status = match output.child {
                Some(child) => child.wait().await.code(),
                None => 0,
            };
        }
        if let Some(reader) = self.readers.remove(&name) {
            let child = reader.child.clone();
            drop(reader);
            status = match child {
                Some(child) => child.wait().await.code(),
                None => 0,
            };
        }
        Ok(Value::Number(f64::from(status)))
    }
}

/// `&` is the match, `\\&` an ampersand.
fn expand(replacement: &str, matched: &[char], out: &mut String) {
    let mut chars = replacement.chars();
    while let Some(c) = chars.next() {
        match c {
            '&' => out.extend(matched),
            '\\' => match chars.next() {
                Some('&') => out.push('&'),
                Some('\\') => out.push('\\'),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
}

impl Machine<'_> {
    /// A mistake in running, with where the input stood, as mawk tells it.
    pub fn run_time_error(&mut self, message: &str) -> Jump {
        if self.t.busybox() {
            return Jump::Fatal(message.to_owned());
        }
        let mut of = |name: &str| self.slot(name).value.text("%.6g");
        let (file, fnr, nr) = (of("FILENAME"), of("FNR"), of("NR"));
        let number = |text: String| if text.is_empty() { "0".to_owned() } else { text };
        Jump::Fatal(format!("run time error: {message}\n\tFILENAME=\"{file}\" FNR={} NR={}", number(fnr), number(nr)))
    }

    /// busybox stops at a division by zero; mawk gives what the processor gives.
    pub fn arithmetic(&self, op: char, a: f64, b: f64) -> Result<f64> {
        Ok(match op {
            '+' => a + b,
            '-' => a - b,
            '*' => a * b,
            '/' | '%' if b == 0.0 && self.t.busybox() => return Err(Jump::Fatal("division by zero".into())),
            '/' => a / b,
            '%' => a % b,
            _ => a.powf(b),
        })
    }
}
