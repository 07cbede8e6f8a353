//! Values of a wrong type, each at its place. The decoder stops at the first, and names its field without saying which item
//! of a list it means; so the others are taken away to see whether it still complains.

use serde_json::Value;

use crate::api::Kind;
use crate::api::decode::decode_value;

/// Of so many values in the place that a message names the wrong ones are looked for; a manifest has a few.
const LIMIT_VALUES: usize = 64;

/// A value of a wrong type.
pub(super) struct TypeError {
    /// As the reader of YAML writes it: `spec.containers[1].image`. Empty where it cannot be told.
    pub path: String,
    /// What the decoder says of it.
    pub message: String,
}

#[derive(Clone)]
enum Step {
    Field(String),
    Item(usize),
}

type Place = Vec<Step>;

/// The values of a wrong type in a manifest, and the manifest without them.
pub(super) fn type_errors(kind: Kind, manifest: &Value) -> (Vec<TypeError>, Value) {
    let (mut found, mut rest) = (Vec::new(), manifest.clone());
    while let Err(message) = decode_value(kind, &rest) {
        let mut named = Vec::new();
        places(&rest, field_of(&message), &mut Vec::new(), &mut named);
        let wrong = wrong_ones(kind, &rest, named, &message);
        if wrong.is_empty() || found.len() > LIMIT_VALUES {
            found.push(TypeError { path: String::new(), message });
            break;
        }
        for place in &wrong {
            found.push(TypeError { path: written(place), message: message.clone() });
        }
        clear(&mut rest, &wrong);
    }
    (found, rest)
}

/// `json: cannot unmarshal string into Go struct field Container.spec.containers.ports of type []v1.ContainerPort`
fn field_of(message: &str) -> &str {
    let field = message.split("Go struct field ").nth(1).and_then(|rest| rest.split(" of type").next());
    field.and_then(|field| field.split_once('.')).map_or("", |(_, path)| path)
}

/// Where `field` stands below `value`, in every item of the lists on the way.
fn places(value: &Value, field: &str, here: &mut Place, found: &mut Vec<Place>) {
    if field.is_empty() {
        found.push(here.clone());
        return;
    }
    match value {
        Value::Object(entries) => {
            for (name, inner) in entries {
                let Some(rest) = field.strip_prefix(name.as_str()).filter(|rest| rest.is_empty() || rest.starts_with('.')) else {
                    continue;
                };
                here.push(Step::Field(name.clone()));
                places(inner, rest.trim_start_matches('.'), here, found);
                here.pop();
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                here.push(Step::Item(index));
                places(inner, field, here, found);
                here.pop();
            }
        }
        _ => {}
    }
}

/// Those of `candidates` that are wrong even when all others are gone: the innermost, an entry of a map rather than the map.
fn wrong_ones(kind: Kind, manifest: &Value, candidates: Vec<Place>, message: &str) -> Vec<Place> {
    if candidates.len() > LIMIT_VALUES {
        return candidates.into_iter().take(1).collect();
    }
    let without = |places: &mut dyn Iterator<Item = &Place>| {
        let mut rest = manifest.clone();
        clear(&mut rest, places);
        rest
    };
    let is_wrong = |manifest: &Value| decode_value(kind, manifest).err().as_deref() == Some(message);
    if is_wrong(&without(&mut candidates.iter())) {
        return Vec::new(); // it is what holds them that is wrong
    }
    let mut wrong = Vec::new();
    for (at, place) in candidates.iter().enumerate() {
        let rest = without(&mut candidates.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, place)| place));
        if !is_wrong(&rest) {
            continue;
        }
        let inner = wrong_ones(kind, &rest, inside(&rest, place), message);
        wrong.extend(if inner.is_empty() { vec![place.clone()] } else { inner });
    }
    wrong
}

/// The places of what a map or a list holds.
fn inside(manifest: &Value, place: &Place) -> Vec<Place> {
    let below = |step: Step| place.iter().cloned().chain([step]).collect();
    match value_at(manifest, place) {
        Some(Value::Object(entries)) => entries.keys().map(|name| below(Step::Field(name.clone()))).collect(),
        Some(Value::Array(items)) => (0..items.len()).map(|index| below(Step::Item(index))).collect(),
        _ => Vec::new(),
    }
}

fn value_at<'a>(manifest: &'a Value, place: &Place) -> Option<&'a Value> {
    place.iter().try_fold(manifest, |value, step| match step {
        Step::Field(name) => value.get(name),
        Step::Item(index) => value.get(index),
    })
}

/// Puts nothing in these places; the items of a list keep their numbers.
fn clear<'a>(manifest: &mut Value, places: impl IntoIterator<Item = &'a Place>) {
    for place in places {
        let value = place.iter().try_fold(&mut *manifest, |value, step| match step {
            Step::Field(name) => value.get_mut(name),
            Step::Item(index) => value.get_mut(index),
        });
        if let Some(value) = value {
            *value = Value::Null;
        }
    }
}

fn written(place: &Place) -> String {
    let mut path = String::new();
    for step in place {
        match step {
            Step::Field(name) if path.is_empty() => path.push_str(name),
            Step::Field(name) => path.extend([".", name]),
            Step::Item(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}
