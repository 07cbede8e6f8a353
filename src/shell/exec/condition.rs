use std::collections::BTreeMap;

use brush_parser::ast::{self, BinaryPredicate, ExtendedTestExpr, UnaryPredicate};

use super::super::expand::{Part, Place, as_pattern, join};
use super::super::pattern::{Pattern, unquote};
use super::super::regex::{Regex, Syntax};
use super::super::state::{Flow, Ran, Shell};
use super::super::vars::{Value, Var};
use crate::sim::LocalBoxFuture;

type Judged<'a> = LocalBoxFuture<'a, Result<Result<bool, i32>, Flow>>;

impl Shell {
    /// `[[ … ]]`
    pub(super) fn run_test<'a>(&'a mut self, expr: &'a ExtendedTestExpr) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            Ok(match self.judge(expr, false).await? {
                Ok(true) => 0,
                Ok(false) => 1,
                Err(status) => status,
            })
        })
    }

    /// `negated`: a `!` stands before it, which the trace shows.
    fn judge<'a>(&'a mut self, expr: &'a ExtendedTestExpr, negated: bool) -> Judged<'a> {
        Box::pin(async move {
            Ok(match expr {
                ExtendedTestExpr::And(a, b) => match self.judge(a, false).await? {
                    Ok(true) => return self.judge(b, false).await,
                    other => other,
                },
                ExtendedTestExpr::Or(a, b) => match self.judge(a, false).await? {
                    Ok(false) => return self.judge(b, false).await,
                    other => other,
                },
                ExtendedTestExpr::Not(a) => self.judge(a, !negated).await?.map(|v| !v),
                ExtendedTestExpr::Parenthesized(a) => self.judge(a, false).await?,
                ExtendedTestExpr::UnaryTest(op, word) => {
                    let text = self.expand_text(&word.value, Place::Word).await?;
                    self.trace_test(negated, || format!("{op} {}", term(&text))).await;
                    Ok(self.unary(op, &text))
                }
                ExtendedTestExpr::BinaryTest(op, left, right) => return self.binary(op, left, right, negated).await,
            })
        })
    }

    fn unary(&mut self, op: &UnaryPredicate, text: &str) -> bool {
        match op {
            UnaryPredicate::StringHasZeroLength => text.is_empty(),
            UnaryPredicate::StringHasNonZeroLength => !text.is_empty(),
            UnaryPredicate::ShellVariableIsSetAndAssigned => self.is_set(text),
            UnaryPredicate::ShellVariableIsSetAndNameRef => self.vars.get(text).is_some_and(|v| v.reference),
            UnaryPredicate::ShellOptionEnabled => self.option(text).is_some_and(|v| *v),
            op => {
                let letter = op.to_string();
                super::super::filetest::holds(&self.ctx, letter.trim_start_matches('-'), text)
            }
        }
    }

    /// `-v name`, `-v name[index]`
    pub fn is_set(&mut self, text: &str) -> bool {
        match text.strip_suffix(']').and_then(|t| t.split_once('[')) {
            Some((name, "@" | "*")) => !self.elements(name).is_empty(),
            Some((name, index)) => matches!(self.element(name, index), Ok(Some(_))),
            None => match text.parse::<usize>() {
                Ok(n) => n == 0 || n <= self.positional.len(),
                Err(_) => self.var(text).is_some(),
            },
        }
    }

    async fn binary(
        &mut self,
        op: &BinaryPredicate,
        left: &ast::Word,
        right: &ast::Word,
        negated: bool,
    ) -> Result<Result<bool, i32>, Flow> {
        use BinaryPredicate as Op;
        let a = self.expand_text(&left.value, Place::Word).await?;
        let patterned = matches!(
            op,
            Op::StringExactlyMatchesPattern
                | Op::StringDoesNotExactlyMatchPattern
                | Op::StringExactlyMatchesString
                | Op::StringDoesNotExactlyMatchString
                | Op::StringMatchesRegex
        );
        let parts = self.parts(&right.value, if patterned { Place::Operand } else { Place::Word }).await?;
        // In a pattern, bash shows each quoted letter with a backslash.
        let shown = |part: &Part| match part {
            Part::Quoted(text) if patterned && !matches!(op, Op::StringMatchesRegex) => text.chars().flat_map(|c| ['\\', c]).collect(),
            part => join(vec![part.clone()]),
        };
        self.trace_test(negated, || format!("{} {op} {}", term(&a), term(&parts.iter().map(shown).collect::<String>()))).await;
        let b = if patterned { as_pattern(parts) } else { join(parts) };
        let number = match op {
            Op::ArithmeticEqualTo => Some("=="),
            Op::ArithmeticNotEqualTo => Some("!="),
            Op::ArithmeticLessThan => Some("<"),
            Op::ArithmeticLessThanOrEqualTo => Some("<="),
            Op::ArithmeticGreaterThan => Some(">"),
            Op::ArithmeticGreaterThanOrEqualTo => Some(">="),
            _ => None,
        };
        if let Some(operator) = number {
            return Ok(self.compare_numbers(&a, operator, &b).await);
        }
        Ok(Ok(match op {
            Op::StringExactlyMatchesPattern | Op::StringDoesNotExactlyMatchPattern => {
                let (a, b) = if self.options.nocasematch { (a.to_lowercase(), b.to_lowercase()) } else { (a, b) };
                Pattern::new(&b, true).matches(&a) == matches!(op, Op::StringExactlyMatchesPattern)
            }
            Op::StringExactlyMatchesString | Op::StringDoesNotExactlyMatchString => {
                (a == unquote(&b)) == matches!(op, Op::StringExactlyMatchesString)
            }
            Op::StringMatchesRegex => return Ok(self.match_regex(&a, &b)),
            Op::StringContainsSubstring => a.contains(&b),
            Op::LeftSortsBeforeRight => a < b,
            Op::LeftSortsAfterRight => a > b,
            op => super::super::filetest::compares(&self.ctx, &a, &op.to_string(), &b),
        }))
    }

    async fn trace_test(&mut self, negated: bool, shown: impl FnOnce() -> String) {
        self.trace_compound(|| format!("[[ {}{} ]]", if negated { "! " } else { "" }, shown())).await;
    }

    async fn compare_numbers(&mut self, a: &str, operator: &str, b: &str) -> Result<bool, i32> {
        let mut values = [0i64; 2];
        for (slot, text) in values.iter_mut().zip([a, b]) {
            match self.evaluate(text) {
                Ok(value) => *slot = value,
                Err(error) => {
                    self.complain(None, &format!("[[: {}", error.message())).await;
                    return Err(1);
                }
            }
        }
        let [a, b] = values;
        Ok(match operator {
            "==" => a == b,
            "!=" => a != b,
            "<" => a < b,
            "<=" => a <= b,
            ">" => a > b,
            _ => a >= b,
        })
    }

    /// `=~`: sets `BASH_REMATCH`.
    fn match_regex(&mut self, text: &str, pattern: &str) -> Result<bool, i32> {
        let Ok(regex) = Regex::new(pattern, Syntax::Extended, self.options.nocasematch) else { return Err(2) };
        let chars: Vec<char> = text.chars().collect();
        let found = regex.find_at(&chars, 0);
        let mut items = BTreeMap::new();
        if let Some(found) = &found {
            for (i, group) in found.groups.iter().enumerate() {
                let part: String = group.and_then(|(s, e)| chars.get(s..e)).unwrap_or(&[]).iter().collect();
                items.insert(i as i64, part);
            }
        }
        self.vars.insert("BASH_REMATCH", Var::new(Value::Indexed(items)));
        Ok(found.is_some())
    }
}

/// An operand as the trace shows it.
fn term(text: &str) -> &str {
    if text.is_empty() { "''" } else { text }
}
