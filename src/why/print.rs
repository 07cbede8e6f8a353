//! An answer as text and as JSON.

use serde_json::{Value, json};

use super::{Answer, Field, short};

/// The answer as a person reads it.
pub fn print(answer: &Answer, korean: bool) -> String {
    let word = |en: &'static str, ko: &'static str| if korean { ko } else { en };
    let mut out = format!("{}: {}\n", short(&answer.object), answer.headline.get(korean));
    out += &format!("\n{}\n", word("Why", "왜"));
    for (number, cause) in answer.causes.iter().enumerate() {
        let whose = if cause.object == answer.object { String::new() } else { format!("{}: ", short(&cause.object)) };
        out += &format!("  {}. {whose}{} [{}]\n", number + 1, cause.text.get(korean), cause.code);
        if let Some(field) = &cause.field {
            out += &format!("     {}\n", field_words(field, answer));
        }
    }
    if !answer.nodes.is_empty() {
        out += &format!("\n{}\n", word("Node by node", "노드마다"));
        let width = answer.nodes.iter().map(|verdict| verdict.node.len()).max().unwrap_or(0);
        for verdict in &answer.nodes {
            out += &format!("  {:width$}  {} [{}]\n", verdict.node, verdict.text.get(korean), verdict.plugin);
        }
    }
    if !answer.help.is_empty() {
        out += &format!("\n{}\n", word("What would help", "도움이 되는 것"));
        answer.help.iter().for_each(|help| out += &format!("  - {}\n", help.get(korean)));
    }
    if !answer.story.is_empty() {
        out += &format!("\n{}\n", word("What happened", "있었던 일"));
        let width = answer.story.iter().map(|step| step.actor.len()).max().unwrap_or(0);
        for step in &answer.story {
            let because = step.because.as_ref().map(|text| format!("  ({})", text.get(korean))).unwrap_or_default();
            out += &format!("  {}  {:width$}  {}{because}\n", step.at.strftime("%H:%M:%S"), step.actor, step.text.get(korean));
        }
    }
    out
}

fn field_words(field: &Field, answer: &Answer) -> String {
    let whose = if field.object == answer.object { String::new() } else { format!("{} ", short(&field.object)) };
    match &field.place {
        Some((file, line)) => format!("{file}:{line}: {whose}{}", field.path),
        None => format!("{whose}{}", field.path),
    }
}

/// The answer for programs.
pub fn to_json(answer: &Answer) -> Value {
    let causes: Vec<Value> = answer
        .causes
        .iter()
        .map(|cause| {
            let field = cause.field.as_ref().map(|field| {
                let (file, line) = field.place.clone().map_or((Value::Null, Value::Null), |(file, line)| (json!(file), json!(line)));
                json!({ "object": short(&field.object), "path": field.path, "file": file, "line": line })
            });
            json!({ "code": cause.code, "object": short(&cause.object), "text": cause.text.to_json(), "field": field })
        })
        .collect();
    let nodes: Vec<Value> = answer.nodes.iter().map(|v| json!({ "node": v.node, "plugin": v.plugin, "text": v.text.to_json() })).collect();
    let help: Vec<Value> = answer.help.iter().map(super::Text::to_json).collect();
    let story: Vec<Value> = answer
        .story
        .iter()
        .map(|step| {
            let because = step.because.as_ref().map(super::Text::to_json);
            json!({ "at": step.at.to_string(), "actor": step.actor, "text": step.text.to_json(), "because": because })
        })
        .collect();
    json!({
        "object": short(&answer.object), "headline": answer.headline.to_json(),
        "causes": causes, "nodes": nodes, "help": help, "story": story,
    })
}
