//! Quantities and ages against the recorded answers of apimachinery.
mod corpus;
use corpus::{cases, run, text};
use podground::api::duration::{human_duration, short_human_duration};
use podground::api::quantity::Quantity;
use serde_json::{Value, json};
use std::cmp::Ordering;

fn parsed(quantity: Result<Quantity, String>, with_details: bool) -> Value {
    match quantity {
        Err(error) => json!({"parses": false, "error": error}),
        Ok(quantity) if !with_details => {
            json!({"parses": true, "json": format!("\"{quantity}\"")})
        }
        Ok(quantity) => json!({
            "parses": true,
            "string": quantity.to_string(),
            "json": format!("\"{quantity}\""),
            "format": quantity.format().name(),
            "value": quantity.value().to_string(),
            "milliValue": quantity.milli_value().to_string(),
            "sign": quantity.sign(),
            "isZero": quantity.is_zero(),
            "asApproximateFloat64": quantity.as_approximate_float64(),
            "asInt64": match quantity.as_int64() {
                Some(value) => json!({"ok": true, "value": value.to_string()}),
                None => json!({"ok": false, "value": "0"}),
            },
        }),
    }
}

/// The float is approximate by name; the last bits of the recorded ones follow no one multiplication.
fn close(theirs: Option<f64>, ours: Option<f64>) -> bool {
    let pair = theirs.zip(ours);
    pair.is_some_and(|(theirs, ours)| (theirs - ours).abs() <= theirs.abs() * 4.0 * f64::EPSILON)
}

fn compared(case: &Value) -> Value {
    let (left, right) = (Quantity::parse(text(case, "a")), Quantity::parse(text(case, "b")));
    match (left, right) {
        (Ok(left), Ok(right)) => {
            let order = left.compare(&right);
            json!({
                "cmp": order as i8,
                "equal": order == Ordering::Equal,
                "sum": left.add(&right).to_string(),
                "difference": left.subtract(&right).to_string(),
            })
        }
        (Err(error), _) | (_, Err(error)) => json!({"error": error}),
    }
}

#[test]
fn quantities_and_durations() {
    run("quantities", &cases("quantities.open.jsonl"), |case| {
        let ours = match text(case, "type") {
            "parse" => parsed(Quantity::parse(text(case, "input")), true),
            "json" => parsed(Quantity::parse_json(text(case, "input_json")), false),
            "compare" => compared(case),
            _ => {
                let milliseconds = case["milliseconds"].as_i64().unwrap_or(0);
                json!({"human": human_duration(milliseconds), "short": short_human_duration(milliseconds)})
            }
        };
        for (field, value) in ours.as_object().into_iter().flatten() {
            let same = match (&case[field], value) {
                (Value::Number(theirs), Value::Number(ours)) => close(theirs.as_f64(), ours.as_f64()),
                (theirs, ours) => theirs == ours,
            };
            if !same {
                return Err(format!("{field}: {value} instead of {} in {case}", case[field]));
            }
        }
        Ok(true)
    });
}
