use super::super::regex::{Regex, Syntax};
use super::tool::Tool;

/// Parentheses and functions hold each other this deep at most.
const DEPTH_LIMIT: usize = 100;

struct Parser<'a> {
    words: &'a [String],
    at: usize,
    depth: usize,
}

type Value = Result<String, String>;

const LEVELS: &[&[&str]] = &[&["|"], &["&"], &["<", "<=", "=", "==", "!=", ">=", ">"], &["+", "-"], &["*", "/", "%"], &[":"]];

fn is_null(text: &str) -> bool {
    text.is_empty() || text.parse::<i64>() == Ok(0)
}

impl Parser<'_> {
    fn peek(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Value {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word.ok_or_else(|| match self.words.last() {
            Some(last) => format!("syntax error: missing argument after ‘{last}’"),
            None => "missing operand".into(),
        })
    }

    fn level(&mut self, level: usize) -> Value {
        let Some(operators) = LEVELS.get(level) else { return self.primary() };
        let mut left = self.level(level + 1)?;
        while let Some(op) = self.peek().filter(|w| operators.contains(w)).map(str::to_owned) {
            self.at += 1;
            let right = self.level(level + 1)?;
            left = apply(&op, &left, &right)?;
        }
        Ok(left)
    }

    fn primary(&mut self) -> Value {
        super::super::nesting::deeper(self, |parser| &mut parser.depth, DEPTH_LIMIT, Self::primary_inner)
            .unwrap_or_else(|| Err("an expression nested this deep is not simulated in Podground".into()))
    }

    fn primary_inner(&mut self) -> Value {
        let word = self.next()?;
        match word.as_str() {
            "(" => {
                let value = self.level(0)?;
                if self.next()? != ")" {
                    return Err("syntax error: expecting ')'".into());
                }
                Ok(value)
            }
            "length" if self.peek().is_some() => Ok(self.primary()?.chars().count().to_string()),
            "substr" if self.words.len() > self.at + 2 => {
                let text = self.primary()?;
                let (from, count) = (self.primary()?, self.primary()?);
                let (Ok(from @ 1..), Ok(count @ 1..)) = (from.parse::<i64>(), count.parse::<i64>()) else { return Ok(String::new()) };
                Ok(text.chars().skip(from as usize - 1).take(count as usize).collect())
            }
            "index" if self.words.len() > self.at + 1 => {
                let (text, set) = (self.primary()?, self.primary()?);
                Ok(text.chars().position(|c| set.contains(c)).map_or(0, |i| i + 1).to_string())
            }
            "match" if self.words.len() > self.at + 1 => {
                let (text, pattern) = (self.primary()?, self.primary()?);
                apply(":", &text, &pattern)
            }
            "+" if self.peek().is_some() => self.next(),
            _ => Ok(word),
        }
    }
}

fn apply(op: &str, a: &str, b: &str) -> Value {
    let numbers = (a.parse::<i64>(), b.parse::<i64>());
    Ok(match op {
        "|" => {
            if is_null(a) {
                if is_null(b) { "0".into() } else { b.to_owned() }
            } else {
                a.to_owned()
            }
        }
        "&" => {
            if is_null(a) || is_null(b) {
                "0".into()
            } else {
                a.to_owned()
            }
        }
        ":" => {
            let regex = Regex::new(&format!("^{}", b.trim_start_matches('^')), Syntax::Basic, false).map_err(|e| e.0.to_owned())?;
            let chars: Vec<char> = a.chars().collect();
            let found = regex.find_at(&chars, 0);
            if regex.group_count() > 0 {
                let group = found.and_then(|f| f.groups.get(1).copied().flatten());
                group.and_then(|(s, e)| chars.get(s..e)).unwrap_or(&[]).iter().collect()
            } else {
                found.map_or(0, |f| f.end - f.start).to_string()
            }
        }
        "+" | "-" | "*" | "/" | "%" => {
            let (Ok(x), Ok(y)) = numbers else { return Err("non-integer argument".into()) };
            if y == 0 && matches!(op, "/" | "%") {
                return Err("division by zero".into());
            }
            match op {
                "+" => x.wrapping_add(y),
                "-" => x.wrapping_sub(y),
                "*" => x.wrapping_mul(y),
                "/" => x.wrapping_div(y),
                _ => x.wrapping_rem(y),
            }
            .to_string()
        }
        _ => {
            let order = match numbers {
                (Ok(x), Ok(y)) => x.cmp(&y),
                _ => a.cmp(b),
            };
            let holds = match op {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                "=" | "==" => order.is_eq(),
                "!=" => order.is_ne(),
                ">=" => order.is_ge(),
                _ => order.is_gt(),
            };
            i32::from(holds).to_string()
        }
    })
}

pub(super) async fn run(t: Tool) -> i32 {
    let words = t.args.get(1..).unwrap_or(&[]).to_vec();
    if words.is_empty() && t.busybox() {
        t.complain("too few arguments").await;
        return 2;
    }
    if words.is_empty() {
        return t.misuse("missing operand", 2).await;
    }
    let mut parser = Parser { words: &words, at: 0, depth: 0 };
    let value = parser.level(0).and_then(|value| match words.get(parser.at) {
        None => Ok(value),
        Some(_) if t.busybox() => Err("syntax error".to_owned()),
        Some(word) => Err(format!("syntax error: unexpected argument {}", t.quote(word))),
    });
    match value {
        Ok(value) => {
            t.out(format!("{value}\n")).await;
            i32::from(is_null(&value))
        }
        Err(message) => {
            let said = match t.busybox() {
                true if message.starts_with("syntax error") => "syntax error",
                true if message == "non-integer argument" => "non-numeric argument",
                _ => &message,
            };
            t.complain(said).await;
            2
        }
    }
}
