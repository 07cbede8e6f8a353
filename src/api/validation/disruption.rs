//! PodDisruptionBudgets. Models `pkg/apis/policy/validation`.

use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::meta::{validate_generic, validate_label_selector, validate_nonnegative};
use super::names;
use super::workload::{validate_at_most_all, validate_int_or_percent};

/// A new budget. Its metadata are looked at once the spec is in order, as the registry does for every kind.
pub fn validate_create(budget: &PodDisruptionBudget) -> ErrorList {
    let mut errors = validate(budget);
    if errors.is_empty() {
        validate_generic(&budget.metadata, true, names::path_segment, &mut errors);
    }
    errors
}

/// A changed budget.
pub fn validate(budget: &PodDisruptionBudget) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_spec(&budget.spec.clone().unwrap_or_default(), &mut errors);
    errors
}

fn validate_spec(spec: &PodDisruptionBudgetSpec, errors: &mut ErrorList) {
    let path = Path::new("spec");
    if spec.min_available.is_some() && spec.max_unavailable.is_some() {
        let json = serde_json::to_value(spec).unwrap_or_default();
        let shown = BadValue::Json(go_json::compact(Some(&json), &Type::Struct(&go_types::DISRUPTION_BUDGET_SPEC)));
        errors.push(Error::invalid(&path, shown, "minAvailable and maxUnavailable cannot be both set"));
    }
    for (name, value) in [("minAvailable", &spec.min_available), ("maxUnavailable", &spec.max_unavailable)] {
        let Some(value) = value else { continue };
        let path = path.child(name);
        if let IntOrString::Int(number) = value {
            validate_nonnegative(i64::from(*number), &path, errors);
        } else {
            validate_int_or_percent(value, &path, errors);
            validate_at_most_all(value, &path, errors);
        }
    }
    validate_label_selector(&spec.selector, &path.child("selector"), errors);
    let policies = ["AlwaysAllow", "IfHealthyBudget"];
    if let Some(policy) = spec.unhealthy_pod_eviction_policy.as_deref().filter(|policy| !policies.contains(policy)) {
        errors.push(Error::not_supported(&path.child("unhealthyPodEvictionPolicy"), BadValue::word(policy), &policies));
    }
}
