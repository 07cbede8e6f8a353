//! Shell arithmetic: 64-bit integers, with each shell's own words for a mistake.

use super::dialect::Dialect;
use super::nesting::deeper;

/// Where arithmetic reads and writes variables.
pub trait Variables {
    /// The text of `name`, or of its element.
    fn get(&mut self, name: &str, index: Option<&str>) -> Result<Option<String>, ArithError>;
    /// Sets `name`, or its element.
    fn set(&mut self, name: &str, index: Option<&str>, value: i64) -> Result<(), ArithError>;
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArithError {
    /// The sentence after `bash: `, or a variable's own refusal.
    Wrong(String),
    /// `set -u`: a variable is not set.
    Unset(String),
}

impl ArithError {
    /// What to say.
    pub fn message(self) -> String {
        let (ArithError::Wrong(message) | ArithError::Unset(message)) = self;
        message
    }
}

/// Names refer to names, and operators hold operators, this deep at most.
const DEPTH_LIMIT: usize = 130;

/// The value of `text`, which stands inside `level` other expressions (as their subscript).
pub fn evaluate(level: usize, text: &str, vars: &mut dyn Variables, dialect: Dialect) -> Result<i64, ArithError> {
    evaluate_at(text, vars, dialect, level.saturating_mul(DEPTH_LIMIT / 4))
}

fn evaluate_at(text: &str, vars: &mut dyn Variables, dialect: Dialect, depth: usize) -> Result<i64, ArithError> {
    let mut eval = Eval { text, at: 0, token_at: 0, vars, dialect, depth, skip: 0 };
    eval.blanks();
    if eval.rest().is_empty() && !dialect.is_dash() {
        return Ok(0);
    }
    let value = eval.comma()?;
    eval.blanks();
    if eval.rest().is_empty() {
        return Ok(value);
    }
    let operator_like = eval.rest().starts_with(|c: char| c.is_ascii_digit() || c == '_' || c.is_ascii_alphabetic());
    let at = eval.at;
    eval.token_at = at;
    if operator_like {
        return Err(eval.error("syntax error in expression"));
    }
    if eval.rest().starts_with(')') {
        return Err(eval.error("syntax error in expression"));
    }
    if eval.rest().starts_with('=') {
        return Err(eval.error("attempted assignment to non-variable"));
    }
    Err(eval.error("syntax error: invalid arithmetic operator"))
}

struct Eval<'a> {
    text: &'a str,
    at: usize,
    token_at: usize,
    vars: &'a mut dyn Variables,
    dialect: Dialect,
    depth: usize,
    /// Above 0: the value is not wanted (the other side of `?:`, `&&`, `||`), so nothing is changed.
    skip: usize,
}

type Value = Result<i64, ArithError>;

impl<'a> Eval<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n']).len();
    }

    /// The sentence for a mistake whose token starts at `token_at`.
    fn error(&self, what: &str) -> ArithError {
        let token = self.text.get(self.token_at..).unwrap_or("");
        let shown = self.text.trim_start_matches([' ', '\t', '\n']);
        ArithError::Wrong(match self.dialect {
            Dialect::Bash => format!("{shown}: {what} (error token is \"{token}\")"),
            Dialect::Dash => {
                let what = match what {
                    "division by 0" => "division by zero",
                    "syntax error: operand expected" => "expecting primary",
                    "syntax error: missing `)'" => "expecting ')'",
                    _ => "expecting EOF",
                };
                format!("arithmetic expression: {what}: \"{}\"", self.text)
            }
            Dialect::Ash => match what {
                "division by 0" => "divide by zero".into(),
                _ => "arithmetic syntax error".into(),
            },
        })
    }

    fn accept(&mut self, operators: &[&'static str]) -> Option<&'static str> {
        self.blanks();
        const LONGER: &[&str] = &[
            "<<=", ">>=", "**", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "++", "--",
        ];
        let rest = self.rest();
        let dash = self.dialect.is_dash();
        let longest = LONGER.iter().copied().filter(|op| !dash || !matches!(*op, "**" | "++" | "--")).find(|op| rest.starts_with(op));
        let found = match longest {
            Some(long) => operators.iter().copied().find(|op| *op == long),
            None => operators.iter().copied().find(|op| rest.starts_with(op)),
        }?;
        self.token_at = self.at;
        self.at += found.len();
        Some(found)
    }

    fn comma(&mut self) -> Value {
        let mut value = self.ternary()?;
        while !self.dialect.is_dash() && self.accept(&[","]).is_some() {
            value = self.ternary()?;
        }
        Ok(value)
    }

    /// One level of operators further in.
    fn deeper(&mut self, inner: fn(&mut Self) -> Value) -> Value {
        deeper(self, |parser| &mut parser.depth, DEPTH_LIMIT, inner).unwrap_or_else(|| {
            self.token_at = 0;
            Err(self.error("expression recursion level exceeded"))
        })
    }

    fn ternary(&mut self) -> Value {
        self.deeper(Self::ternary_inner)
    }

    fn ternary_inner(&mut self) -> Value {
        let condition = self.binary(0)?;
        if self.accept(&["?"]).is_none() {
            return Ok(condition);
        }
        self.skip += usize::from(condition == 0);
        let yes = self.comma();
        self.skip -= usize::from(condition == 0);
        let yes = yes?;
        if self.accept(&[":"]).is_none() {
            self.token_at = self.at;
            return Err(self.error("`:' expected for conditional expression"));
        }
        self.skip += usize::from(condition != 0);
        let no = self.ternary();
        self.skip -= usize::from(condition != 0);
        let no = no?;
        Ok(if condition != 0 { yes } else { no })
    }

    /// Left-associative operators, the loosest first.
    fn binary(&mut self, level: usize) -> Value {
        const LEVELS: &[&[&str]] = &[
            &["||"],
            &["&&"],
            &["|"],
            &["^"],
            &["&"],
            &["==", "!="],
            &["<=", ">=", "<", ">"],
            &["<<", ">>"],
            &["+", "-"],
            &["*", "/", "%"],
        ];
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.accept(operators) {
            let idle = (operator == "||" && left != 0) || (operator == "&&" && left == 0);
            self.skip += usize::from(idle);
            self.blanks();
            let operand_at = self.at;
            let right = self.binary(level + 1);
            self.skip -= usize::from(idle);
            let right = right?;
            left = self.apply(operator, left, right, operand_at)?;
        }
        Ok(left)
    }

    fn power(&mut self) -> Value {
        self.deeper(Self::power_inner)
    }

    fn power_inner(&mut self) -> Value {
        let base = self.unary()?;
        if self.dialect.is_dash() || self.accept(&["**"]).is_none() {
            return Ok(base);
        }
        self.blanks();
        let at = self.at;
        let exponent = self.power()?;
        self.apply("**", base, exponent, at)
    }

    fn apply(&mut self, operator: &str, a: i64, b: i64, operand_at: usize) -> Value {
        if b == 0 && matches!(operator, "/" | "%") {
            if self.skip > 0 {
                return Ok(0);
            }
            self.token_at = operand_at;
            return Err(self.error("division by 0"));
        }
        if b < 0 && operator == "**" {
            // The sign was read before: what is left is the number.
            let sign = self.text.get(operand_at..).is_some_and(|rest| rest.starts_with('-'));
            self.token_at = operand_at + usize::from(sign);
            return Err(self.error("exponent less than 0"));
        }
        Ok(match operator {
            "||" => i64::from(a != 0 || b != 0),
            "&&" => i64::from(a != 0 && b != 0),
            "|" => a | b,
            "^" => a ^ b,
            "&" => a & b,
            "==" => i64::from(a == b),
            "!=" => i64::from(a != b),
            "<=" => i64::from(a <= b),
            ">=" => i64::from(a >= b),
            "<" => i64::from(a < b),
            ">" => i64::from(a > b),
            "<<" => a.wrapping_shl(b as u32),
            ">>" => a.wrapping_shr(b as u32),
            "+" => a.wrapping_add(b),
            "-" => a.wrapping_sub(b),
            "*" => a.wrapping_mul(b),
            "/" => a.wrapping_div(b),
            "%" => a.wrapping_rem(b),
            _ => a.wrapping_pow(u32::try_from(b).unwrap_or(u32::MAX)),
        })
    }

    fn unary(&mut self) -> Value {
        self.deeper(Self::unary_inner)
    }

    fn unary_inner(&mut self) -> Value {
        self.blanks();
        if !self.dialect.is_dash()
            && let Some(operator) = self.accept(&["++", "--"])
        {
            self.blanks();
            if let Some((name, index)) = self.name() {
                let value = self.read(&name, index.as_deref())?.wrapping_add(if operator == "++" { 1 } else { -1 });
                self.write(&name, index.as_deref(), value)?;
                return Ok(value);
            }
            let value = self.unary()?;
            return Ok(if operator == "++" { value } else { value.wrapping_neg().wrapping_neg() });
        }
        match self.accept(&["!", "~", "+", "-"]) {
            Some("!") => Ok(i64::from(self.unary()? == 0)),
            Some("~") => Ok(!self.unary()?),
            Some("-") => Ok(self.unary()?.wrapping_neg()),
            Some(_) => self.unary(),
            None => self.primary(),
        }
    }

    fn name(&mut self) -> Option<(String, Option<String>)> {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic()) {
            return None;
        }
        let len = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = rest.get(..len)?.to_owned();
        self.token_at = self.at;
        self.at += len;
        let mut index = None;
        if self.dialect.is_bash() && self.rest().starts_with('[') {
            let rest = self.rest();
            let mut level = 0usize;
            let end = rest.char_indices().find_map(|(i, c)| {
                match c {
                    '[' => level += 1,
                    ']' => level -= 1,
                    _ => {}
                }
                (level == 0).then_some(i)
            })?;
            index = rest.get(1..end).map(str::to_owned);
            self.at += end + 1;
        }
        Some((name, index))
    }

    fn read(&mut self, name: &str, index: Option<&str>) -> Value {
        let Some(text) = self.vars.get(name, index)? else { return Ok(0) };
        let trimmed = text.trim();
        if self.dialect.is_dash() {
            return dash_number(trimmed).ok_or_else(|| ArithError::Wrong(format!("Illegal number: {text}")));
        }
        if let Ok(value) = trimmed.parse::<i64>()
            && !(trimmed.len() > 1 && trimmed.trim_start_matches('-').starts_with('0'))
        {
            return Ok(value);
        }
        if self.skip > 0 {
            return Ok(0);
        }
        evaluate_at(&text, self.vars, self.dialect, self.depth + 1)
    }

    fn write(&mut self, name: &str, index: Option<&str>, value: i64) -> Result<(), ArithError> {
        if self.skip > 0 { Ok(()) } else { self.vars.set(name, index, value) }
    }

    fn primary(&mut self) -> Value {
        self.blanks();
        let rest = self.rest();
        if rest.starts_with('(') {
            self.at += 1;
            let value = self.comma()?;
            if self.accept(&[")"]).is_none() {
                self.token_at = self.at.min(self.text.len());
                return Err(self.error("syntax error: missing `)'"));
            }
            return Ok(value);
        }
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            return self.number();
        }
        if let Some((name, index)) = self.name() {
            return self.variable(&name, index.as_deref());
        }
        // The token of the message is the operator that wants the operand, or what stands in its place.
        if !rest.is_empty() {
            self.token_at = self.at;
        }
        Err(self.error("syntax error: operand expected"))
    }

    fn variable(&mut self, name: &str, index: Option<&str>) -> Value {
        const ASSIGNMENTS: &[&str] = &["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="];
        if let Some(operator) = self.accept(ASSIGNMENTS) {
            self.blanks();
            let operand_at = self.at;
            let right = self.ternary()?;
            let value = match operator.strip_suffix('=') {
                None | Some("") => right,
                Some(binary) => {
                    let left = self.read(name, index)?;
                    self.apply(binary, left, right, operand_at)?
                }
            };
            self.write(name, index, value)?;
            return Ok(value);
        }
        let value = self.read(name, index)?;
        if !self.dialect.is_dash()
            && let Some(operator) = self.accept(&["++", "--"])
        {
            self.write(name, index, value.wrapping_add(if operator == "++" { 1 } else { -1 }))?;
        }
        Ok(value)
    }

    fn number(&mut self) -> Value {
        let rest = self.rest();
        self.token_at = self.at;
        let len = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '#' | '@' | '_'))).unwrap_or(rest.len());
        let token = rest.get(..len).unwrap_or("");
        self.at += len;
        let (base, digits) = if let Some((base, digits)) = token.split_once('#') {
            (base.parse::<u32>().unwrap_or(0), digits)
        } else if let Some(digits) = token.strip_prefix("0x").or(token.strip_prefix("0X")) {
            (16, digits)
        } else if token.len() > 1 && token.starts_with('0') {
            (8, token)
        } else {
            (10, token)
        };
        if digits.is_empty() && self.dialect.is_dash() {
            return Err(self.error("syntax error in expression"));
        }
        if !(2..=64).contains(&base) {
            return Err(self.number_error(token, "invalid arithmetic base"));
        }
        let mut value = 0i64;
        for c in digits.chars() {
            let digit = match c {
                '0'..='9' => c as u32 - '0' as u32,
                'a'..='z' => c as u32 - 'a' as u32 + 10,
                'A'..='Z' if base <= 36 => c as u32 - 'A' as u32 + 10,
                'A'..='Z' => c as u32 - 'A' as u32 + 36,
                '@' => 62,
                _ => 63,
            };
            if digit >= base {
                return Err(self.number_error(token, "value too great for base"));
            }
            value = match self.dialect.is_dash() {
                true => value.saturating_mul(i64::from(base)).saturating_add(i64::from(digit)),
                false => value.wrapping_mul(i64::from(base)).wrapping_add(i64::from(digit)),
            };
        }
        Ok(value)
    }

    fn number_error(&self, token: &str, what: &str) -> ArithError {
        match self.dialect {
            Dialect::Bash => ArithError::Wrong(format!("{}: {what} (error token is \"{token}\")", self.text.trim_start())),
            _ => self.error("syntax error in expression"),
        }
    }
}

/// What dash takes for a variable's number: C's notations, nothing around them, and nothing at all for 0.
fn dash_number(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (base, digits) = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(hex) => (16, hex),
        None if digits.len() > 1 && digits.starts_with('0') => (8, digits),
        None => (10, digits),
    };
    if text.is_empty() { Some(0) } else { i64::from_str_radix(digits, base).ok().map(|n| n * sign) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    struct Vars(BTreeMap<String, String>);
    impl Variables for Vars {
        fn get(&mut self, name: &str, _: Option<&str>) -> Result<Option<String>, ArithError> {
            Ok(self.0.get(name).cloned())
        }
        fn set(&mut self, name: &str, _: Option<&str>, value: i64) -> Result<(), ArithError> {
            self.0.insert(name.into(), value.to_string());
            Ok(())
        }
    }

    #[test]
    fn values_and_messages() {
        let mut vars = Vars(BTreeMap::from([("i".into(), "5".into())]));
        for (text, expected) in [
            ("1 + 2 * 3", Ok(7)),
            ("2 ** 10", Ok(1024)),
            ("i++ + i", Ok(11)),
            ("i > 3 ? 100 : 200", Ok(100)),
            ("2#101", Ok(5)),
            ("-7 / 2", Ok(-3)),
            ("1 / 0", Err("1 / 0: division by 0 (error token is \"0\")")),
            ("2 +", Err("2 +: syntax error: operand expected (error token is \"+\")")),
            (" 3 + ", Err("3 + : syntax error: operand expected (error token is \"+ \")")),
            ("1.5 + 1", Err("1.5 + 1: syntax error: invalid arithmetic operator (error token is \".5 + 1\")")),
            ("08", Err("08: value too great for base (error token is \"08\")")),
        ] {
            let got = evaluate(0, text, &mut vars, Dialect::Bash);
            assert_eq!(got, expected.map_err(|e| ArithError::Wrong(e.to_owned())), "{text}");
        }
    }
}
