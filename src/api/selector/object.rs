//! Selectors written as objects (`matchLabels`, `matchExpressions`). Models metav1 `helpers.go`.
use super::{Operator, Requirement, Selector};
use crate::api::go;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// The selector an object means: null matches nothing, an empty one everything.
/// Models metav1.LabelSelectorAsSelector.
pub fn from_label_selector(selector: Option<&LabelSelector>) -> Result<Selector, String> {
    let Some(selector) = selector else {
        return Ok(Selector::nothing());
    };
    let mut requirements = Vec::new();
    for (key, value) in selector.match_labels.iter().flatten() {
        requirements.push(Requirement::new(key, Operator::Equals, vec![value.clone()])?);
    }
    for expression in selector.match_expressions.iter().flatten() {
        let operator = match expression.operator.as_str() {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            other => {
                return Err(format!("{} is not a valid label selector operator", go::quote(other)));
            }
        };
        let values = expression.values.clone().unwrap_or_default();
        requirements.push(Requirement::new(&expression.key, operator, values)?);
    }
    Ok(Selector::new(requirements))
}

/// How tables and `describe` show such an object. Models metav1.FormatLabelSelector.
pub fn format_label_selector(selector: Option<&LabelSelector>) -> String {
    match from_label_selector(selector) {
        Err(_) => "<error>".to_string(),
        Ok(selector) => {
            let text = selector.to_string();
            if text.is_empty() { "<none>".to_string() } else { text }
        }
    }
}
