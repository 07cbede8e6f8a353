//! Selectors written as objects (`matchLabels`, `matchExpressions`). Models metav1 `helpers.go`.
use super::{Operator, Requirement, Selector, parser};
use crate::api::go;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use std::collections::BTreeMap;

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

/// Whether an object of these labels is selected; what cannot be read as a selector selects nothing.
pub fn selects(selector: Option<&LabelSelector>, labels: Option<&BTreeMap<String, String>>) -> bool {
    from_label_selector(selector).is_ok_and(|selector| selector.matches_option(labels))
}

/// A selector's text as such an object. Models metav1.ParseToLabelSelector.
pub fn parse_to_label_selector(text: &str) -> Result<LabelSelector, String> {
    let parsed = parser::parse(text).map(Selector::new).map_err(|why| format!("couldn't parse the selector string \"{text}\": {why}"))?;
    let (mut labels, mut expressions) = (BTreeMap::new(), Vec::new());
    for requirement in parsed.requirements() {
        let (key, values) = (requirement.key().to_owned(), requirement.values().to_vec());
        let operator = match requirement.operator() {
            Operator::Equals | Operator::DoubleEquals => {
                labels.extend(values.into_iter().next().map(|value| (key, value)));
                continue;
            }
            Operator::In => "In",
            Operator::NotIn => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            unfit @ (Operator::GreaterThan | Operator::LessThan) => {
                return Err(format!("{} isn't supported in label selectors", go::quote(unfit.name())));
            }
            Operator::NotEquals => return Err(format!("{} is not a valid label selector operator", go::quote("!="))),
        };
        let values = Some(values).filter(|values| !values.is_empty());
        expressions.push(LabelSelectorRequirement { key, operator: operator.into(), values });
    }
    let match_labels = Some(labels).filter(|labels| !labels.is_empty());
    let match_expressions = Some(expressions).filter(|expressions| !expressions.is_empty());
    Ok(LabelSelector { match_labels, match_expressions })
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
