use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Pod, PodAffinityTerm, WeightedPodAffinityTerm};

use crate::api::selector::{Operator, Requirement, Selector, from_label_selector};

/// A term of pod affinity, ready to be matched. Models `framework.AffinityTerm`.
#[derive(Clone, Debug)]
pub struct AffinityTerm {
    /// The node label whose values are the places that the term speaks of.
    pub topology_key: String,
    namespaces: Vec<String>,
    namespace_selector: Selector,
    selector: Selector,
}

/// A preferred term.
#[derive(Clone, Debug)]
pub struct WeightedTerm {
    /// The term.
    pub term: AffinityTerm,
    /// 1 to 100.
    pub weight: i64,
}

impl AffinityTerm {
    /// Reads a term of `pod`'s.
    pub fn new(pod: &Pod, term: &PodAffinityTerm) -> AffinityTerm {
        let mut namespaces = term.namespaces.clone().unwrap_or_default();
        if namespaces.is_empty() && term.namespace_selector.is_none() {
            namespaces.push(pod.metadata.namespace.clone().unwrap_or_default());
        }
        // Validation refuses selectors that cannot be read; one that slipped through matches nothing.
        let read = |selector| from_label_selector(selector).unwrap_or_else(|_| Selector::nothing());
        AffinityTerm {
            topology_key: term.topology_key.clone(),
            namespaces,
            namespace_selector: read(term.namespace_selector.as_ref()),
            selector: with_label_keys(read(term.label_selector.as_ref()), pod, term),
        }
    }

    /// Whether the term speaks of `pod`. `namespace_labels` are the labels of its namespace.
    pub fn matches(&self, pod: &Pod, namespace_labels: Option<&BTreeMap<String, String>>) -> bool {
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        let in_scope = self.namespaces.iter().any(|own| own == namespace) || self.namespace_selector.matches_option(namespace_labels);
        in_scope && self.selector.matches_option(pod.metadata.labels.as_ref())
    }
}

/// `matchLabelKeys` and `mismatchLabelKeys` stand for requirements on the pod's own values of these labels.
fn with_label_keys(selector: Selector, pod: &Pod, term: &PodAffinityTerm) -> Selector {
    let own = |key: &String| pod.metadata.labels.as_ref().and_then(|labels| labels.get(key)).cloned();
    let read = |keys: &Option<Vec<String>>, operator: Operator| -> Vec<Requirement> {
        let keys = keys.iter().flatten();
        keys.filter_map(|key| Requirement::new(key, operator, vec![own(key)?]).ok()).collect()
    };
    let mut more = read(&term.match_label_keys, Operator::In);
    more.extend(read(&term.mismatch_label_keys, Operator::NotIn));
    if more.is_empty() || !selector.is_selectable() {
        return selector;
    }
    more.extend(selector.requirements().iter().cloned());
    Selector::new(more)
}

pub(super) fn terms_of(pod: &Pod, terms: Option<&Vec<PodAffinityTerm>>) -> Vec<AffinityTerm> {
    terms.into_iter().flatten().map(|term| AffinityTerm::new(pod, term)).collect()
}

pub(super) fn weighted_terms_of(pod: &Pod, terms: Option<&Vec<WeightedPodAffinityTerm>>) -> Vec<WeightedTerm> {
    let read = |weighted: &WeightedPodAffinityTerm| WeightedTerm {
        term: AffinityTerm::new(pod, &weighted.pod_affinity_term),
        weight: i64::from(weighted.weight),
    };
    terms.into_iter().flatten().map(read).collect()
}
