//! What quotas, limit ranges and disruption budgets allow at the moment.

use super::{Inquiry, say};
use crate::api::Object;
use crate::api::quantity::Quantity;

impl Inquiry<'_> {
    pub(super) fn quota(&mut self, object: &Object) {
        let Object::ResourceQuota(quota) = object else { return };
        let key = object.key();
        let status = quota.status.clone().unwrap_or_default();
        let used = status.used.unwrap_or_default();
        let hard = status.hard.unwrap_or_default();
        let of = |name: &str| used.get(name).map_or("0", |quantity| quantity.0.as_str()).to_owned();
        let lines: Vec<String> = hard.iter().map(|(name, hard)| format!("{name} {}/{}", of(name), hard.0)).collect();
        self.head(say("{0}", "{0}", &[&lines.join(", ")]));
        for (name, hard) in &hard {
            let full =
                matches!((Quantity::parse(&of(name)), Quantity::parse(&hard.0)), (Ok(used), Ok(hard)) if used.compare(&hard).is_ge());
            if full {
                let text = say(
                    "all of {0} is used ({1} of {2}): whatever would need more is refused",
                    "{0}을(를) 다 썼습니다({2} 중 {1}). 더 필요한 것은 거절됩니다",
                    &[name, &of(name), &hard.0],
                );
                self.because(&key, "QuotaUsedUp", text);
                self.at(&key, &format!("spec.hard.{name}"));
            }
        }
        let waiting = self.held_by_quota(&key.namespace, &key.name);
        if !waiting.is_empty() {
            let text = say("these cannot get all of their pods: {0}", "파드를 다 얻지 못하는 것: {0}", &[&waiting.join(", ")]);
            self.because(&key, "QuotaExceeded", text);
        }
        if self.causes.is_empty() {
            let text = say(
                "there is room left: it counts what the namespace uses, and refuses nothing now",
                "아직 여유가 있어 거절하는 것이 없습니다",
                &[],
            );
            return self.because(&key, "QuotaHasRoom", text);
        }
        self.helps(say(
            "use less, or raise it: `kubectl edit quota {0} -n {1}`",
            "덜 쓰거나 늘립니다: `kubectl edit quota {0} -n {1}`",
            &[&key.name, &key.namespace],
        ));
    }

    pub(super) fn limit_range(&mut self, object: &Object) {
        let text = say(
            "it fills in and checks the resources of pods when they are created; pods that exist are left as they are",
            "파드를 만들 때 자원을 채우고 검사합니다. 이미 있는 파드는 그대로 둡니다",
            &[],
        );
        self.head(say("it exists", "있습니다", &[]));
        self.because(&object.key(), "LimitsNewPods", text);
    }

    pub(super) fn disruption_budget(&mut self, object: &Object) {
        let Object::PodDisruptionBudget(budget) = object else { return };
        let key = object.key();
        let status = budget.status.clone().unwrap_or_default();
        let (allowed, healthy) = (status.disruptions_allowed.unwrap_or(0), status.current_healthy.unwrap_or(0));
        let (desired, expected) = (status.desired_healthy.unwrap_or(0).to_string(), status.expected_pods.unwrap_or(0));
        self.head(say("{0} evictions allowed", "지금 축출할 수 있는 파드 {0}개", &[&allowed.to_string()]));
        if self.is_frozen(&key, "disruption-controller") {
            return;
        }
        if expected == 0 {
            let text = say("its selector matches no pod: it protects nothing", "셀렉터에 맞는 파드가 없어 아무것도 지키지 않습니다", &[]);
            self.because(&key, "SelectsNoPods", text);
            return self.at(&key, "spec.selector");
        }
        let numbers = [healthy.to_string(), expected.to_string()];
        if allowed > 0 {
            let text = say(
                "{0} of {1} pods are healthy, {2} have to be: {3} may be evicted",
                "파드 {1}개 가운데 {0}개가 건강하고 {2}개면 되므로 {3}개를 축출할 수 있습니다",
                &[&numbers[0], &numbers[1], &desired, &allowed.to_string()],
            );
            return self.because(&key, "AllowsDisruptions", text);
        }
        let text = say(
            "{0} of {1} pods are healthy and {2} have to be: no eviction is allowed, and `kubectl drain` waits",
            "파드 {1}개 가운데 {0}개가 건강한데 {2}개가 있어야 합니다. 축출할 수 없고 `kubectl drain`은 기다립니다",
            &[&numbers[0], &numbers[1], &desired],
        );
        self.because(&key, "NoDisruptionsAllowed", text);
        let field = if budget.spec.as_ref().is_some_and(|spec| spec.max_unavailable.is_some()) { "maxUnavailable" } else { "minAvailable" };
        self.at(&key, &format!("spec.{field}"));
        self.helps(say(
            "run more healthy pods than {0}, or loosen {1}",
            "건강한 파드를 {0}개보다 많이 두거나 {1}을(를) 느슨하게 합니다",
            &[&desired, field],
        ));
    }
}
