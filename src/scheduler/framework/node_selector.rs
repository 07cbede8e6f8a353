use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{NodeSelectorRequirement, NodeSelectorTerm, Pod};

use super::NodeInfo;

/// The nodes that a pod insists on: `nodeSelector` and required node affinity.
/// Models `component-helpers/scheduling/corev1/nodeaffinity.RequiredNodeAffinity`.
#[derive(Clone, Copy)]
pub struct RequiredNodeAffinity<'a> {
    labels: Option<&'a BTreeMap<String, String>>,
    terms: Option<&'a [NodeSelectorTerm]>,
}

impl<'a> RequiredNodeAffinity<'a> {
    /// What `pod` insists on.
    pub fn of(pod: &'a Pod) -> RequiredNodeAffinity<'a> {
        let spec = pod.spec.as_ref();
        let affinity = spec.and_then(|spec| spec.affinity.as_ref()).and_then(|affinity| affinity.node_affinity.as_ref());
        let required = affinity.and_then(|node| node.required_during_scheduling_ignored_during_execution.as_ref());
        let labels = spec.and_then(|spec| spec.node_selector.as_ref()).filter(|labels| !labels.is_empty());
        RequiredNodeAffinity { labels, terms: required.map(|required| required.node_selector_terms.as_slice()) }
    }

    /// Whether every node will do.
    pub fn is_empty(&self) -> bool {
        self.labels.is_none() && self.terms.is_none()
    }

    /// The alternatives of the required node affinity.
    pub fn terms(&self) -> Option<&'a [NodeSelectorTerm]> {
        self.terms
    }

    /// Whether `node` is one of those.
    pub fn matches(&self, node: &NodeInfo) -> bool {
        let labels = self.labels.into_iter().flatten();
        labels.into_iter().all(|(key, value)| node.label(key) == Some(value))
            && self.terms.is_none_or(|terms| terms.iter().any(|term| matches_term(term, node)))
    }
}

/// Whether `node` meets every requirement of `term`; a term without requirements matches nothing.
pub fn matches_term(term: &NodeSelectorTerm, node: &NodeInfo) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    !(expressions.is_empty() && fields.is_empty())
        && expressions.iter().all(|requirement| meets(requirement, node.label(&requirement.key)))
        && fields.iter().all(|requirement| requirement.key == "metadata.name" && meets(requirement, Some(&node.name)))
}

fn meets(requirement: &NodeSelectorRequirement, value: Option<&str>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let listed = || value.is_some_and(|value| values.iter().any(|other| other == value));
    let numbers = || Some((value?.parse::<i64>().ok()?, values.first()?.parse::<i64>().ok()?));
    match requirement.operator.as_str() {
        "In" => listed(),
        "NotIn" => !listed(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => numbers().is_some_and(|(own, bound)| own > bound),
        "Lt" => numbers().is_some_and(|(own, bound)| own < bound),
        _ => false,
    }
}
