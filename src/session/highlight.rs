//! Which pods a label selector points out, for the picture's selector field.
use std::collections::BTreeMap;

use super::view::PodView;
use crate::api::selector::LabelSelector;

/// Pods that a selector, written as for `kubectl get -l`, matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Highlight {
    /// Uids of the pods.
    pub pods: Vec<String>,
    /// The label keys that the selector speaks of.
    pub keys: Vec<String>,
}

/// Finds the pods that a selector matches; the error is apimachinery's own text.
pub fn highlight<'a>(selector: &str, pods: impl IntoIterator<Item = &'a PodView>) -> Result<Highlight, String> {
    let selector = LabelSelector::parse(selector)?;
    let matches = |pod: &&PodView| selector.matches(&pod.labels.iter().cloned().collect::<BTreeMap<_, _>>());
    Ok(Highlight {
        pods: pods.into_iter().filter(matches).map(|pod| pod.uid.clone()).collect(),
        keys: selector.requirements().iter().map(|requirement| requirement.key().to_owned()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(uid: &str, labels: &[(&str, &str)]) -> PodView {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        PodView { uid: uid.to_owned(), labels, ..PodView::default() }
    }

    #[test]
    fn points_out_what_kubectl_would_list() {
        let pods = [pod("a", &[("app", "web"), ("env", "prod")]), pod("b", &[("app", "web")]), pod("c", &[])];
        let found = |selector: &str| highlight(selector, &pods).map(|found| found.pods.concat());
        assert_eq!(found("app=web").as_deref(), Ok("ab"));
        assert_eq!(found("app=web,env in (prod)").as_deref(), Ok("a"));
        assert_eq!(found("!env").as_deref(), Ok("bc"));
        assert!(found("app=(").is_err());
        assert_eq!(highlight("app,!env", &pods).map(|found| found.keys).unwrap_or_default(), ["app", "env"]);
    }
}
