//! `--sort-by`. Models kubectl/pkg/cmd/get/sorter.go and Go's `sort.Sort`, whose order of equals it shows.

use super::custom_columns::relaxed_path;
use super::gofmt;
use super::jsonpath::JsonPath;
use crate::api::quantity::Quantity;
use serde_json::Value;

/// A field of each object, ready to compare.
struct Key {
    /// The path found something.
    found: bool,
    value: Value,
}

/// Why the order cannot be made.
pub enum SortError {
    /// `error: …`
    Refused(String),
    /// kubectl dies in klog with exit code 255: the field, and the reason.
    Fatal { field: String, kind: &'static str, reason: String },
}

/// The order of `objects` by the field at `path`: positions in the list given.
///
/// `table` tells the table printer's sorter from the one of all other formats: it takes the path as it is.
pub fn order(objects: &[&Value], path: &str) -> Result<Vec<usize>, SortError> {
    let field = relaxed_path(path).map_err(SortError::Refused)?;
    let parser = JsonPath::new(&field, true).map_err(SortError::Refused)?;
    let mut keys = Vec::new();
    for object in objects {
        let found = parser.find(object).map_err(SortError::Refused)?;
        let first = found.first().and_then(|values| values.first());
        keys.push(Key { found: first.is_some(), value: first.map_or(Value::Null, |v| v.clone().into_owned()) });
    }
    if !keys.is_empty() && !keys.iter().any(|key| key.found) {
        let quoted = gofmt::quote(&field);
        return Err(SortError::Refused(format!("couldn't find any field with path {quoted} in the list of objects")));
    }
    // `{..}` finds the object itself, a map rather than an interface holding one.
    let whole = field == "{..}";
    let mut order: Vec<usize> = (0..keys.len()).collect();
    sort(&mut order, &mut |a, b| less(&keys[a], &keys[b], whole)).map_err(|(kind, reason)| SortError::Fatal { field, kind, reason })?;
    Ok(order)
}

type Unsortable = (&'static str, String);

/// Go's sort: insertion for twelve and fewer (its order of equal and incomparable keys is visible), a stable merge above.
fn sort(order: &mut Vec<usize>, less: &mut dyn FnMut(usize, usize) -> Result<bool, Unsortable>) -> Result<(), Unsortable> {
    if order.len() > 12 {
        let right = order.split_off(order.len() / 2);
        let mut right = right;
        sort(order, less)?;
        sort(&mut right, less)?;
        let (mut merged, mut i, mut j) = (Vec::new(), 0, 0);
        while i < order.len() && j < right.len() {
            if less(right[j], order[i])? {
                merged.push(right[j]);
                j += 1;
            } else {
                merged.push(order[i]);
                i += 1;
            }
        }
        merged.extend_from_slice(&order[i..]);
        merged.extend_from_slice(&right[j..]);
        *order = merged;
        return Ok(());
    }
    for i in 1..order.len() {
        let mut j = i;
        while j > 0 && less(order[j], order[j - 1])? {
            order.swap(j, j - 1);
            j -= 1;
        }
    }
    Ok(())
}

fn less(a: &Key, b: &Key, whole: bool) -> Result<bool, Unsortable> {
    if !a.found {
        return Ok(true);
    }
    if !b.found {
        return Ok(false);
    }
    match (&a.value, &b.value) {
        (Value::Null, _) => Ok(!b.value.is_null()),
        (_, Value::Null) => Ok(false),
        (Value::Number(x), Value::Number(y)) => match (x.as_i64(), y.as_i64()) {
            (Some(x), Some(y)) => Ok(x < y),
            _ => Ok(x.as_f64() < y.as_f64()),
        },
        (Value::String(x), Value::String(y)) => match (Quantity::parse(x), Quantity::parse(y)) {
            (Ok(p), Ok(q)) => Ok(p.compare(&q).is_lt()),
            _ => Ok(x < y),
        },
        (Value::Object(_), _) if whole => Err(("map", "unsortable type: map".into())),
        (Value::Bool(_) | Value::Array(_) | Value::Object(_), _) => {
            Err(("interface", format!("unsortable type: {}", gofmt::type_name(&a.value))))
        }
        _ => Err(("interface", "unsortable interface: interface".into())),
    }
}
