//! PodDisruptionBudgets. Models `pkg/apis/policy/validation`.

use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{validate_label_selector, validate_nonnegative, validate_object_meta, validate_object_meta_update};
use super::names;
use super::workload::{validate_at_most_all, validate_int_or_percent};

/// A new budget.
pub fn validate_create(budget: &PodDisruptionBudget) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&budget.metadata, true, names::name_is_subdomain, &mut errors);
    validate_spec(&budget.spec.clone().unwrap_or_default(), &mut errors);
    errors
}

/// A changed budget.
pub fn validate_update(new: &PodDisruptionBudget, old: &PodDisruptionBudget) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_spec(&new.spec.clone().unwrap_or_default(), &mut errors);
    errors
}

fn validate_spec(spec: &PodDisruptionBudgetSpec, errors: &mut ErrorList) {
    let path = Path::new("spec");
    if spec.min_available.is_some() && spec.max_unavailable.is_some() {
        let shown = BadValue::Json(serde_json::to_string(spec).unwrap_or_default());
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
}
