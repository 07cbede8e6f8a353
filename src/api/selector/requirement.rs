//! One requirement of a label selector. Models labels.Requirement.
use crate::api::go;
use crate::api::validation::names;
use std::collections::BTreeMap;
use std::fmt;

/// How a label's value must relate to the requirement's values. Models selection.Operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `!key`
    DoesNotExist,
    /// `key=value`
    Equals,
    /// `key==value`
    DoubleEquals,
    /// `key in (values)`
    In,
    /// `key!=value`
    NotEquals,
    /// `key notin (values)`
    NotIn,
    /// `key`
    Exists,
    /// `key>value`
    GreaterThan,
    /// `key<value`
    LessThan,
}

impl Operator {
    /// The value of Go's constant.
    pub fn name(self) -> &'static str {
        match self {
            Self::DoesNotExist => "!",
            Self::Equals => "=",
            Self::DoubleEquals => "==",
            Self::In => "in",
            Self::NotEquals => "!=",
            Self::NotIn => "notin",
            Self::Exists => "exists",
            Self::GreaterThan => "gt",
            Self::LessThan => "lt",
        }
    }
}

/// A key, an operator and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

/// The error of a malformed key, at a path.
pub(super) fn key_error(key: &str, path: &str) -> Option<String> {
    let errors = names::qualified_name(key);
    (!errors.is_empty()).then(|| format!("{path}: Invalid value: {}: {}", go::quote(key), errors.join("; ")))
}

impl Requirement {
    /// Checks key and values. Models labels.NewRequirement.
    pub fn new(key: &str, operator: Operator, values: Vec<String>) -> Result<Self, String> {
        let mut errors: Vec<String> = key_error(key, "key").into_iter().collect();
        let detail = match operator {
            Operator::In | Operator::NotIn if values.is_empty() => "for 'in', 'notin' operators, values set can't be empty",
            Operator::Equals | Operator::DoubleEquals | Operator::NotEquals if values.len() != 1 => {
                "exact-match compatibility requires one single value"
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => "values set must be empty for exists and does not exist",
            Operator::GreaterThan | Operator::LessThan if values.len() != 1 => "for 'Gt', 'Lt' operators, exactly one value is required",
            _ => "",
        };
        if !detail.is_empty() {
            let shown = if values.is_empty() { "null".to_string() } else { serde_json::to_string(&values).unwrap_or_default() };
            errors.push(format!("values: Invalid value: {shown}: {detail}"));
        }
        let ordered = matches!(operator, Operator::GreaterThan | Operator::LessThan);
        for (index, value) in values.iter().enumerate() {
            if ordered && parse_int(value).is_none() {
                errors.push(format!(
                    "values[{index}]: Invalid value: {}: for 'Gt', 'Lt' operators, the value must be an integer",
                    go::quote(value)
                ));
            }
        }
        for (index, value) in values.iter().enumerate() {
            let wrong = names::label_value(value);
            if !wrong.is_empty() {
                errors.push(format!("values[{index}][{key}]: Invalid value: {}: {}", go::quote(value), wrong.join("; ")));
            }
        }
        match go::aggregate(&errors) {
            Some(error) => Err(error),
            None => Ok(Self::unchecked(key.to_string(), operator, values)),
        }
    }

    pub(super) fn unchecked(key: String, operator: Operator, values: Vec<String>) -> Self {
        Self { key, operator, values }
    }

    /// The label's key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The operator.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The values as given.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Whether labels fulfil it; a missing key fulfils `!=` and `notin`.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In | Operator::Equals | Operator::DoubleEquals => value.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn | Operator::NotEquals => value.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan | Operator::LessThan => {
                let pair = value.and_then(|value| parse_int(value)).zip(self.values.first().and_then(|bound| parse_int(bound)));
                pair.is_some_and(|(value, bound)| if self.operator == Operator::GreaterThan { value > bound } else { value < bound })
            }
        }
    }
}

/// Models strconv.ParseInt(text, 10, 64).
fn parse_int(text: &str) -> Option<i64> {
    text.parse().ok()
}

impl fmt::Display for Requirement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        let key = &self.key;
        match self.operator {
            Operator::DoesNotExist => write!(out, "!{key}"),
            Operator::Exists => write!(out, "{key}"),
            Operator::Equals => write!(out, "{key}={values}"),
            Operator::DoubleEquals => write!(out, "{key}=={values}"),
            Operator::NotEquals => write!(out, "{key}!={values}"),
            Operator::In => write!(out, "{key} in ({values})"),
            Operator::NotIn => write!(out, "{key} notin ({values})"),
            Operator::GreaterThan => write!(out, "{key}>{values}"),
            Operator::LessThan => write!(out, "{key}<{values}"),
        }
    }
}
