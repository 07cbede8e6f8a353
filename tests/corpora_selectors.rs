//! Label and field selectors against the recorded answers of apimachinery and of the API server.
mod corpus;
use corpus::{cases, json, run, text};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector as LabelSelectorObject;
use podground::api::selector::{FieldSelector, LabelSelector, Selector, format_label_selector, from_label_selector};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Labels = BTreeMap<String, String>;

fn maps(file: &str, field: &str) -> Vec<Labels> {
    serde_json::from_value(json(file)[field].clone()).expect("maps")
}

fn label_answer(parsed: Result<Selector, String>, maps: &[Labels]) -> Value {
    match parsed {
        Err(error) => json!({"parses": false, "error": error}),
        Ok(selector) => json!({
            "parses": true,
            "string": selector.to_string(),
            "empty": selector.is_empty(),
            "matches": maps.iter().map(|labels| selector.matches(labels)).collect::<Vec<_>>(),
        }),
    }
}

fn requirements(selector: &Selector) -> Value {
    let one = |requirement: &podground::api::selector::Requirement| {
        let mut values = requirement.values().to_vec();
        values.sort();
        json!({"key": requirement.key(), "operator": requirement.operator().name(), "values": values})
    };
    selector.requirements().iter().map(one).collect()
}

fn label(case: &Value, maps: &[Labels]) -> Value {
    let parsed = LabelSelector::parse(text(case, "selector"));
    let mut answer = label_answer(parsed.clone(), maps);
    if let Ok(selector) = parsed {
        answer["requirements"] = requirements(&selector);
        answer["selectable"] = json!(selector.is_selectable());
    }
    answer
}

fn object(case: &Value, maps: &[Labels]) -> Value {
    let selector: Option<LabelSelectorObject> = serde_json::from_value(case["labelSelector"].clone()).expect("a LabelSelector");
    let mut answer = label_answer(from_label_selector(selector.as_ref()), maps);
    answer["format"] = json!(format_label_selector(selector.as_ref()));
    answer
}

fn field(case: &Value, maps: &[Labels]) -> Value {
    match FieldSelector::parse(text(case, "selector")) {
        Err(error) => json!({"parses": false, "error": error}),
        Ok(selector) => {
            let matches = |fields: &Labels| selector.matches(|field| fields.get(field).cloned().unwrap_or_default());
            let requirement = |term: &podground::api::selector::FieldRequirement| json!({"field": term.field, "operator": if term.equal { "=" } else { "!=" }, "value": term.value});
            json!({
                "parses": true,
                "string": selector.to_string(),
                "empty": selector.is_empty(),
                "requirements": selector.requirements.iter().map(requirement).collect::<Vec<_>>(),
                "matches": maps.iter().map(matches).collect::<Vec<_>>(),
            })
        }
    }
}

/// The refusals of the server; what it selects is tested where it lists.
fn refusal(case: &Value) -> Option<Result<bool, String>> {
    let kind = match text(case, "resource") {
        "pods" => "Pod",
        "nodes" => "Node",
        "namespaces" => "Namespace",
        "services" => "Service",
        "secrets" => "Secret",
        "events" => "Event",
        "replicationcontrollers" => "ReplicationController",
        "jobs" => "Job",
        other => other,
    };
    let selector = text(case, "selector");
    let ours = match text(case, "type") {
        "api-field" => FieldSelector::parse_for_kind(selector, kind).err(),
        "api-label" => LabelSelector::parse(selector).err(),
        _ => return None,
    };
    let theirs = case["status"]["message"].as_str().map(str::to_string);
    Some(if ours == theirs { Ok(true) } else { Err(format!("{ours:?} instead of {theirs:?} for {selector} of {kind}")) })
}

#[test]
fn selectors() {
    let labels = maps("selectors.labelmaps.json", "labelmaps");
    let fields = maps("selectors.fieldmaps.json", "fieldmaps");
    run("selectors", &cases("selectors.open.jsonl"), |case| {
        let ours = match text(case, "type") {
            "label" => label(case, &labels),
            "labelSelectorObject" => object(case, &labels),
            "field" => field(case, &fields),
            "kubectl" => return Ok(false),
            _ => return refusal(case).unwrap_or(Ok(false)),
        };
        for (name, value) in ours.as_object().into_iter().flatten() {
            if &case[name] != value {
                return Err(format!("{name}: {value} instead of {} in {case}", case[name]));
            }
        }
        Ok(true)
    });
}
