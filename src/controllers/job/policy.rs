//! Pod failure policies and success policies. Models `pod_failure_policy.go` and `success_policy.go`.

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::{PodFailurePolicyOnPodConditionsPattern, PodFailurePolicyRule, SuccessPolicyRule};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

use super::Look;
use super::indexes::parse;
use crate::controllers::pods::{name_of, phase};

impl Look<'_> {
    /// Whether a pod that ended badly counts against the back-off limit; notes it when the policy fails the whole Job.
    pub(super) fn heed_failure(&mut self, pod: &Pod) -> bool {
        match self.verdict(pod) {
            Verdict::Ignore => return false,
            Verdict::FailJob(message) => self.failed_by_policy = Some(message),
            Verdict::Count | Verdict::FailIndex => {}
        }
        true
    }

    /// What the policy says of a pod that ended badly.
    pub(super) fn verdict(&self, pod: &Pod) -> Verdict {
        match self.spec.pod_failure_policy.as_ref().filter(|_| phase(pod) == "Failed") {
            Some(policy) => verdict(&policy.rules, pod),
            None => Verdict::Count,
        }
    }

    /// The first rule of the success policy that is met.
    pub(super) fn success_rule(&self) -> Option<usize> {
        let done = self.completed_indexes();
        self.spec.success_policy.as_ref()?.rules.iter().position(|rule| is_met(rule, &done, self.completions()))
    }
}

/// Models `matchPodFailurePolicy`.
fn verdict(rules: &[PodFailurePolicyRule], pod: &Pod) -> Verdict {
    let (namespace, name) = name_of(&pod.metadata);
    for (index, rule) in rules.iter().enumerate() {
        let Some(what) = matched(rule, pod) else { continue };
        let words = match what {
            Matched::ExitCode(container, code) => format!("Container {container} for pod {namespace}/{name} failed with exit code {code}"),
            Matched::Condition(type_) => format!("Pod {namespace}/{name} has condition {type_}"),
        };
        return match rule.action.as_str() {
            "Ignore" => Verdict::Ignore,
            "Count" => Verdict::Count,
            "FailIndex" => Verdict::FailIndex,
            "FailJob" => Verdict::FailJob(format!("{words} matching FailJob rule at index {index}")),
            _ => continue,
        };
    }
    Verdict::Count
}

/// Whether what is done is enough: all indexes that the rule names, or so many of them. Models `matchSucceededIndexesRule`.
pub(super) fn is_met(rule: &SuccessPolicyRule, done: &BTreeSet<i32>, completions: i32) -> bool {
    let wanted = rule.succeeded_indexes.as_deref().map(|text| parse(text, completions));
    let met = wanted.as_ref().map_or(done.len(), |wanted| wanted.intersection(done).count());
    let enough = rule.succeeded_count.and_then(|count| usize::try_from(count).ok()).is_some_and(|count| met >= count);
    met > 0 && (enough || wanted.is_some_and(|wanted| met == wanted.len()))
}

/// What becomes of a Job by the failure of one of its pods.
pub(super) enum Verdict {
    /// Nothing.
    Ignore,
    /// It counts against the limit.
    Count,
    /// Its index is given up.
    FailIndex,
    /// The Job is, for this reason.
    FailJob(String),
}

enum Matched {
    ExitCode(String, i32),
    Condition(String),
}

/// What of the pod a rule matches.
fn matched(rule: &PodFailurePolicyRule, pod: &Pod) -> Option<Matched> {
    let status = pod.status.as_ref()?;
    if let Some(codes) = &rule.on_exit_codes {
        let all = status.container_statuses.iter().flatten().chain(status.init_container_statuses.iter().flatten());
        let code = |container: &ContainerStatus| Some(container.state.as_ref()?.terminated.as_ref()?.exit_code).filter(|code| *code != 0);
        let named = |container: &&ContainerStatus| codes.container_name.as_ref().is_none_or(|name| *name == container.name);
        return all.filter(named).find_map(|container| {
            let code = code(container)?;
            let listed = codes.values.contains(&code);
            let is = match codes.operator.as_str() {
                "In" => listed,
                "NotIn" => !listed,
                _ => false,
            };
            is.then(|| Matched::ExitCode(container.name.clone(), code))
        });
    }
    let patterns = rule.on_pod_conditions.as_deref().unwrap_or_default();
    let mut all = status.conditions.iter().flatten();
    let found = all.find(|condition| {
        let is = |pattern: &PodFailurePolicyOnPodConditionsPattern| {
            pattern.type_ == condition.type_ && pattern.status.as_deref().unwrap_or("True") == condition.status
        };
        patterns.iter().any(is)
    });
    found.map(|condition| Matched::Condition(condition.type_.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rule(text: &str) -> PodFailurePolicyRule {
        let [action, how, what] = text.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{text}") };
        let operator = match how {
            "in" => "In",
            "notin" => "NotIn",
            how => how,
        };
        let mut rule = json!({"action": action});
        if let Some((type_, status)) = what.split_once('=') {
            rule["onPodConditions"] = json!([{"type": type_, "status": status}]);
        } else {
            let values: Vec<i32> = what.split(',').map(|value| value.parse().unwrap()).collect();
            rule["onExitCodes"] = json!({"operator": operator, "values": values});
        }
        serde_json::from_value(rule).unwrap()
    }

    fn pod(text: &str) -> Pod {
        let (mut containers, mut init, mut conditions) = (Vec::new(), Vec::new(), Vec::new());
        for word in text.split_whitespace() {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            if ["True", "False", "Unknown"].contains(&value) {
                conditions.push(json!({"type": name, "status": value}));
                continue;
            }
            let code = value.trim_end_matches("(init)").parse::<i32>().ok();
            let state = code.map_or(Value::Null, |code| json!({"terminated": {"exitCode": code}}));
            let status = json!({"name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state});
            if value.ends_with("(init)") { init.push(status) } else { containers.push(status) }
        }
        let status = json!({"containerStatuses": containers, "initContainerStatuses": init, "conditions": conditions});
        serde_json::from_value(json!({"metadata": {"name": "mypod", "namespace": "default"}, "status": status})).unwrap()
    }

    #[test]
    fn failures_are_judged_as_by_the_real_controller() {
        let rows: Vec<String> = serde_yaml::from_str(include_str!("../../../tests/facts/job-failure-policy.yaml")).unwrap();
        for row in &rows {
            let (given, expected) = row.split_once(" -> ").unwrap();
            let (rules, about) = given.split_once('|').unwrap();
            let rules: Vec<PodFailurePolicyRule> = rules.split(';').filter(|text| !text.trim().is_empty()).map(rule).collect();
            let found = match verdict(&rules, &pod(about)) {
                Verdict::Ignore => "ignore".to_owned(),
                Verdict::Count => "count".to_owned(),
                Verdict::FailIndex => "index".to_owned(),
                Verdict::FailJob(message) => message,
            };
            assert_eq!(found, expected, "{row}");
        }
    }
}
