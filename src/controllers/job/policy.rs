//! Pod failure policies and success policies. Models `pod_failure_policy.go` and `success_policy.go`.

use std::collections::BTreeSet;

use k8s_openapi::api::batch::v1::{PodFailurePolicyRule, SuccessPolicyRule};
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

    /// What the policy says of a pod that ended badly. Models `matchPodFailurePolicy`.
    pub(super) fn verdict(&self, pod: &Pod) -> Verdict {
        let Some(policy) = self.spec.pod_failure_policy.as_ref().filter(|_| phase(pod) == "Failed") else { return Verdict::Count };
        let (namespace, name) = name_of(&pod.metadata);
        for (index, rule) in policy.rules.iter().enumerate() {
            let Some(what) = matched(rule, pod) else { continue };
            let words = || match &what {
                Matched::ExitCode(container, code) => {
                    format!("Container {container} for pod {namespace}/{name} failed with exit code {code}")
                }
                Matched::Condition(type_) => format!("Pod {namespace}/{name} has condition {type_}"),
            };
            return match rule.action.as_str() {
                "Ignore" => Verdict::Ignore,
                "FailJob" => Verdict::FailJob(format!("{} matching FailJob rule at index {index}", words())),
                "FailIndex" if self.counts_per_index() => Verdict::FailIndex,
                _ => Verdict::Count,
            };
        }
        Verdict::Count
    }

    /// The first rule of the success policy that is met.
    pub(super) fn success_rule(&self) -> Option<usize> {
        let done = self.completed_indexes();
        self.spec.success_policy.as_ref()?.rules.iter().position(|rule| is_met(rule, &done, self.completions()))
    }
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
        let all = status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten());
        let code = |container: &ContainerStatus| Some(container.state.as_ref()?.terminated.as_ref()?.exit_code).filter(|code| *code != 0);
        let named = |container: &&ContainerStatus| codes.container_name.as_ref().is_none_or(|name| *name == container.name);
        return all.filter(named).find_map(|container| {
            let code = code(container)?;
            let listed = codes.values.contains(&code);
            (listed == (codes.operator == "In")).then(|| Matched::ExitCode(container.name.clone(), code))
        });
    }
    let patterns = rule.on_pod_conditions.iter().flatten();
    let mut types = patterns.filter(|pattern| {
        let wanted = pattern.status.as_deref().unwrap_or("True");
        status.conditions.iter().flatten().any(|condition| condition.type_ == pattern.type_ && condition.status == wanted)
    });
    types.next().map(|pattern| Matched::Condition(pattern.type_.clone()))
}
