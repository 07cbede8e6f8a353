//! Why a pod is as it is: told from the trace and the object, never from a table of guesses.

use k8s_openapi::api::core::v1::Pod;

use super::picture::{pod_reason, pod_state};
use super::view::{Lang, State};
use crate::apiserver::pod_ready_and_status;
use crate::client::Client;
use crate::sim::{Time, Trace, TraceKind};

/// Writes to one pod that are told; the newest.
const LIMIT_STEPS: usize = 24;

fn say(lang: Lang, ko: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Ko => ko,
        Lang::En => en,
    }
}

/// The story of a pod, in lines, its times counted from `start`; empty if there is no such pod.
pub fn why_pod(client: &Client, namespace: &str, name: &str, start: Time, lang: Lang) -> String {
    let Some(pod) = client.get::<Pod>(namespace, name) else { return String::new() };
    let trace = client.sim().trace();
    let mut out = headline(&pod, lang);
    if let Some(reason) = pod_reason(&pod) {
        out.push_str(&format!("\n\n{reason}"));
    }
    let verdicts = verdicts(trace, &format!("{namespace}/{name}"), name);
    if !verdicts.is_empty() && pod_state(&pod) == State::Waiting {
        out.push_str(&format!("\n\n{}\n{verdicts}", say(lang, "스케줄러가 본 노드", "What the scheduler found, node by node")));
    }
    let remedy = super::remedy::remedy(client, namespace, name, lang);
    if !remedy.is_empty() {
        out.push_str(&format!("\n\n{}\n{remedy}", say(lang, "도움이 될 가장 작은 변경", "The smallest change that would help")));
    }
    let steps = steps(trace, namespace, name, start);
    if !steps.is_empty() {
        out.push_str(&format!("\n\n{}\n{steps}", say(lang, "여기까지 온 길", "How it came to this")));
    }
    out
}

fn headline(pod: &Pod, lang: Lang) -> String {
    let (ready, total, word) = pod_ready_and_status(pod);
    let sentence = match pod_state(pod) {
        State::Running if ready == total => say(lang, "모든 컨테이너가 돌고 있습니다.", "All of its containers run."),
        State::Running => say(lang, "돌고 있지만 아직 준비되지 않은 컨테이너가 있습니다.", "It runs, but not every container is ready."),
        State::Making => {
            say(lang, "노드가 정해졌고, kubelet이 컨테이너를 준비하고 있습니다.", "It has a node; the kubelet is making its containers.")
        }
        State::Waiting => say(lang, "아직 맞는 노드를 찾지 못했습니다.", "No node has been found for it yet."),
        State::Failed => say(lang, "컨테이너가 뜨지 못하거나 뜨자마자 끝납니다.", "A container cannot start, or ends as soon as it has."),
        State::Terminating => {
            say(lang, "삭제를 부탁받아, 유예 시간 안에 끝나기를 기다립니다.", "It was asked to go and has its grace period to end.")
        }
        State::Done => say(lang, "할 일을 마치고 끝났습니다.", "It has done its work and ended."),
    };
    format!("{word} {ready}/{total}: {sentence}")
}

/// The last verdict on each node.
fn verdicts(trace: &Trace, full_name: &str, name: &str) -> String {
    let mut by_node = std::collections::BTreeMap::new();
    trace.visit_since(0, |event| {
        if let TraceKind::Verdict { pod, node, plugin, reason } = &event.kind
            && (**pod == *full_name || **pod == *name)
            && !reason.is_empty()
        {
            by_node.insert(node.to_string(), format!("  {node}: {plugin}: {reason}"));
        }
    });
    by_node.into_values().collect::<Vec<_>>().join("\n")
}

/// Who wrote the pod, and when.
fn steps(trace: &Trace, namespace: &str, name: &str, start: Time) -> String {
    let mut lines = Vec::new();
    trace.visit_since(0, |event| {
        if let TraceKind::Write { verb, kind: "Pod", namespace: of_namespace, name: of_name, revision } = &event.kind
            && **of_namespace == *namespace
            && **of_name == *name
        {
            lines.push(format!("  {}  {} {verb} (resourceVersion {revision})", clock(event.at, start), event.actor));
        }
    });
    lines[lines.len().saturating_sub(LIMIT_STEPS)..].join("\n")
}

/// `06:41.2` since the start.
fn clock(at: Time, start: Time) -> String {
    let millis = at.as_millis().saturating_sub(start.as_millis());
    format!("{:02}:{:02}.{}", millis / 60_000, millis / 1000 % 60, millis / 100 % 10)
}
