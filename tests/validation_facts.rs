//! What the server's rules say of objects, by facts of Kubernetes' own unit tests (`tests/facts/validation.yaml`).

use podground::api::validation;
use podground::api::{Kind, Object, defaults};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    kind: String,
    /// `create`, `update`, `status`, `ephemeral` or `resize`.
    what: String,
    /// What all objects have in common; defaults are filled in.
    base: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// What the old object has more than the base; a null takes away. Nothing for new objects.
    #[serde(default)]
    old: Value,
    /// What the new one has.
    #[serde(default)]
    new: Value,
    /// Parts of what is said; nothing where all is well.
    #[serde(default)]
    says: Vec<String>,
    /// Whether nothing else is said.
    #[serde(default)]
    only: bool,
}

fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (_, Value::Null) => {}
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                match value {
                    Value::Null => drop(target.remove(key)),
                    value => merge(target.entry(key).or_insert(Value::Null), value),
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

fn object(group: &Group, patch: &Value) -> Object {
    let mut value = group.base.clone();
    merge(&mut value, patch);
    let kind = Kind::named(&group.kind).unwrap();
    let mut object = Object::from_json(kind, value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
    validation::keep_presence(&value, &mut object);
    defaults::set_defaults(&mut object);
    object
}

fn said(group: &Group, case: &Case) -> Vec<String> {
    let (new, old) = (object(group, &case.new), object(group, &case.old));
    let pods = || (new.typed().unwrap(), old.typed().unwrap());
    let errors = match group.what.as_str() {
        "create" => validation::validate_create(&new),
        "update" => validation::validate_update(&new, &old),
        "status" => validation::validate_status_update(&new, &old),
        "ephemeral" => validation::validate_ephemeral_containers_update(&pods().0, &pods().1),
        "resize" => validation::validate_resize(&pods().0, &pods().1),
        what => panic!("{what}"),
    };
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn objects_are_refused_as_by_the_real_server() {
    let groups: Vec<Group> = serde_yaml::from_str(include_str!("facts/validation.yaml")).unwrap();
    let (mut cases, mut wrong) = (0, Vec::new());
    for group in &groups {
        for case in &group.cases {
            cases += 1;
            let said = said(group, case);
            let expected = case.says.iter().all(|part| said.iter().any(|said| said.contains(part)));
            let more = case.says.is_empty() || case.only;
            if !expected || (more && said.iter().any(|said| !case.says.iter().any(|part| said.contains(part)))) {
                wrong.push(format!("{} {}: {}\n  says     {said:#?}\n  expected {:?}", group.what, group.kind, case.name, case.says));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases}:\n{}", wrong.len(), wrong.join("\n"));
    println!("{cases} cases");
}
