//! Merge patches. Models MergePatch of evanphx/json-patch: RFC 7386, and nulls inside lists go as well.
use serde_json::{Map, Value};

pub(super) fn apply(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = without_nulls(patch);
        return;
    };
    let Value::Object(entries) = target else {
        *target = without_nulls(Value::Object(patch));
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            entries.remove(&key);
            continue;
        }
        match entries.get_mut(&key) {
            Some(there) if !there.is_null() => apply(there, value),
            _ => {
                entries.insert(key, without_nulls(value));
            }
        }
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => {
            let kept = entries.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
