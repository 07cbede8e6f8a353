use std::collections::BTreeMap;

use brush_parser::ast::{self, BinaryPredicate, ExtendedTestExpr, UnaryPredicate};

use super::super::expand::Place;
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
            Ok(match self.judge(expr).await? {
                Ok(true) => 0,
                Ok(false) => 1,
                Err(status) => status,
            })
        })
    }

    fn judge<'a>(&'a mut self, expr: &'a ExtendedTestExpr) -> Judged<'a> {
        Box::pin(async move {
            Ok(match expr {
                ExtendedTestExpr::And(a, b) => match self.judge(a).await? {
                    Ok(true) => return self.judge(b).await,
                    other => other,
                },
                ExtendedTestExpr::Or(a, b) => match self.judge(a).await? {
                    Ok(false) => return self.judge(b).await,
                    other => other,
                },
                ExtendedTestExpr::Not(a) => self.judge(a).await?.map(|v| !v),
                ExtendedTestExpr::Parenthesized(a) => self.judge(a).await?,
                ExtendedTestExpr::UnaryTest(op, word) => {
                    let text = self.expand_text(&word.value, Place::Word).await?;
                    Ok(self.unary(op, &text).await)
                }
                ExtendedTestExpr::BinaryTest(op, left, right) => return self.binary(op, left, right).await,
            })
        })
    }

    async fn unary(&mut self, op: &UnaryPredicate, text: &str) -> bool {
        if self.options.xtrace {
            self.trace_text(&format!("[[ {op} {} ]]", super::super::quote::traced(text))).await;
        }
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

    async fn binary(&mut self, op: &BinaryPredicate, left: &ast::Word, right: &ast::Word) -> Result<Result<bool, i32>, Flow> {
        use BinaryPredicate as Op;
        let a = self.expand_text(&left.value, Place::Word).await?;
        if self.options.xtrace {
            let b = self.expand_text(&right.value, Place::Word).await?;
            let (a, b) = (super::super::quote::traced(&a), super::super::quote::traced(&b));
            self.trace_text(&format!("[[ {a} {op} {b} ]]")).await;
        }
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
            let b = self.expand_text(&right.value, Place::Word).await?;
            return Ok(self.compare_numbers(&a, operator, &b).await);
        }
        Ok(Ok(match op {
            Op::StringExactlyMatchesPattern | Op::StringDoesNotExactlyMatchPattern => {
                let text = self.expand_pattern(&right.value).await?;
                let (a, text) = if self.options.nocasematch { (a.to_lowercase(), text.to_lowercase()) } else { (a, text) };
                Pattern::new(&text, true).matches(&a) == matches!(op, Op::StringExactlyMatchesPattern)
            }
            Op::StringExactlyMatchesString | Op::StringDoesNotExactlyMatchString => {
                let b = unquote(&self.expand_pattern(&right.value).await?);
                (a == b) == matches!(op, Op::StringExactlyMatchesString)
            }
            Op::StringMatchesRegex => {
                let text = self.expand_pattern(&right.value).await?;
                return Ok(self.match_regex(&a, &text));
            }
            Op::StringContainsSubstring => {
                let b = self.expand_text(&right.value, Place::Word).await?;
                a.contains(&b)
            }
            op => {
                let b = self.expand_text(&right.value, Place::Word).await?;
                match op {
                    Op::LeftSortsBeforeRight => a < b,
                    Op::LeftSortsAfterRight => a > b,
                    op => super::super::filetest::compares(&self.ctx, &a, &op.to_string(), &b),
                }
            }
        }))
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
