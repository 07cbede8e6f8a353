//! The smallest change that would let a waiting pod run, in words.

use super::view::Lang;
use crate::client::Client;
use crate::scheduler::explain::{Change, Explanation, What, explain};

/// What would help; empty where the pod does not wait for a node.
pub fn remedy(client: &Client, namespace: &str, name: &str, lang: Lang) -> String {
    let Some(explanation) = explain(client, namespace, name) else { return String::new() };
    match (explanation, lang) {
        (Explanation::OtherScheduler(other), Lang::En) => format!("It asks for the scheduler {other:?}, and none of that name runs."),
        (Explanation::OtherScheduler(other), Lang::Ko) => format!("스케줄러 {other:?}에게 맡겨졌는데, 그런 이름의 스케줄러가 없습니다."),
        (Explanation::Gated(gates), Lang::En) => format!("Scheduling gates hold it: {}.", gates.join(", ")),
        (Explanation::Gated(gates), Lang::Ko) => format!("스케줄링 게이트가 붙잡고 있습니다: {}.", gates.join(", ")),
        (Explanation::NoNodes, Lang::En) => "The cluster has no node.".to_owned(),
        (Explanation::NoNodes, Lang::Ko) => "클러스터에 노드가 없습니다.".to_owned(),
        (Explanation::Fits(node), Lang::En) => format!("It fits on {node}: the scheduler will place it there or on a like node."),
        (Explanation::Fits(node), Lang::Ko) => format!("{node}에 들어갈 수 있습니다. 스케줄러가 곧 자리를 정합니다."),
        (Explanation::Refused { verdicts, remedies }, lang) => {
            let mut fields: Vec<&str> = verdicts.iter().flat_map(|verdict| &verdict.fields).map(String::as_str).collect();
            fields.sort_unstable();
            fields.dedup();
            let mut lines = Vec::new();
            if !fields.is_empty() {
                let label = if lang == Lang::Ko { "이 결과를 정한 필드" } else { "The fields that decided" };
                lines.push(format!("{label}: {}", fields.join(", ")));
            }
            for remedy in &remedies {
                let changes: Vec<String> = remedy.changes.iter().map(|change| words(change, lang)).collect();
                lines.push(match lang {
                    Lang::Ko => format!("  {} → {}에 들어갑니다", changes.join(", 그리고 "), remedy.node),
                    Lang::En => format!("  {} → it fits on {}", changes.join(", and "), remedy.node),
                });
            }
            lines.join("\n")
        }
    }
}

fn words(change: &Change, lang: Lang) -> String {
    let field = &change.field;
    let node = field.strip_prefix("node/").unwrap_or(field);
    let taint =
        |key: &str, value: &str, effect: &str| if value.is_empty() { format!("{key}:{effect}") } else { format!("{key}={value}:{effect}") };
    match (&change.what, lang) {
        (What::Set { to }, Lang::En) => format!("set {field} to {to}"),
        (What::Set { to }, Lang::Ko) => format!("{field}를 {to}로 바꾸면"),
        (What::Remove, Lang::En) => format!("remove {field}"),
        (What::Remove, Lang::Ko) => format!("{field}를 지우면"),
        (What::Tolerate { key, value, effect }, Lang::En) => format!("add a toleration of {} to {field}", taint(key, value, effect)),
        (What::Tolerate { key, value, effect }, Lang::Ko) => format!("{field}에 {}에 대한 톨러레이션을 더하면", taint(key, value, effect)),
        (What::Soften, Lang::En) => format!("set {field}.whenUnsatisfiable to ScheduleAnyway"),
        (What::Soften, Lang::Ko) => format!("{field}.whenUnsatisfiable을 ScheduleAnyway로 바꾸면"),
        (What::Uncordon, Lang::En) => format!("`kubectl uncordon {node}`"),
        (What::Uncordon, Lang::Ko) => format!("`kubectl uncordon {node}`을 하면"),
        (What::Untaint { key, value, effect }, Lang::En) => format!("`kubectl taint node {node} {}-`", taint(key, value, effect)),
        (What::Untaint { key, value, effect }, Lang::Ko) => format!("`kubectl taint node {node} {}-`를 하면", taint(key, value, effect)),
        (What::Label { key, value }, Lang::En) => format!("`kubectl label node {node} {key}={value} --overwrite`"),
        (What::Label { key, value }, Lang::Ko) => format!("`kubectl label node {node} {key}={value} --overwrite`를 하면"),
    }
}
