//! Comparison of two values in a filter. Models client-go/third_party/forked/golang/template/funcs.go.

use serde_json::Value;
use std::cmp::Ordering;

#[derive(PartialEq)]
enum Basic<'a> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'a str),
}

const INVALID: &str = "invalid type for comparison";

fn basic(value: &Value) -> Result<Basic<'_>, String> {
    match value {
        Value::Bool(b) => Ok(Basic::Bool(*b)),
        Value::Number(n) => match n.as_i64() {
            Some(i) => Ok(Basic::Int(i)),
            None => Ok(Basic::Float(n.as_f64().unwrap_or_default())),
        },
        Value::String(s) => Ok(Basic::Str(s)),
        _ => Err(INVALID.into()),
    }
}

/// Whether `left OPERATOR right` holds.
pub fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, String> {
    if !matches!(operator, "<" | ">" | "==" | "!=" | "<=" | ">=") {
        return Err(format!("unrecognized filter operator {operator}"));
    }
    let (left, right) = (basic(left)?, basic(right)?);
    let order = match (&left, &right) {
        (Basic::Int(a), Basic::Int(b)) => Some(a.cmp(b)),
        (Basic::Float(a), Basic::Float(b)) => a.partial_cmp(b),
        (Basic::Str(a), Basic::Str(b)) => Some(a.cmp(b)),
        (Basic::Bool(a), Basic::Bool(b)) => match operator {
            "==" | "!=" => Some(a.cmp(b)),
            _ => return Err(INVALID.into()),
        },
        _ => return Err("incompatible types for comparison".into()),
    };
    Ok(match operator {
        "<" => order == Some(Ordering::Less),
        ">" => order == Some(Ordering::Greater),
        "==" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    })
}
