//! Where the field that decided stands in the learner's files.

use super::Inquiry;
use crate::api::yaml::parse_documents;
use crate::api::{Key, Object};

/// A file of the learner's: its name and its text.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The name, as the learner would type it.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A field of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Whose manifest it is: for a pod that a Deployment made, the Deployment's.
    pub object: Key,
    /// The path: `spec.template.spec.containers[0].image`.
    pub path: String,
    /// The file and the line (from 1), where the manifest is among the learner's files.
    pub place: Option<(String, usize)>,
}

impl Inquiry<'_> {
    /// Names the field of `object` that decided the last cause; a controller's template answers for its pods.
    pub(super) fn at(&mut self, object: &Key, path: &str) {
        let (owner, prefix) = self.source_of(object);
        let path = format!("{prefix}{path}");
        let place = self.manifests.iter().find_map(|manifest| Some((manifest.name.clone(), line_of(&manifest.text, &owner, &path)?)));
        if let Some(cause) = self.causes.last_mut() {
            cause.field = Some(Field { object: owner, path, place });
        }
    }

    /// Whose manifest an object comes from, and where in it the object's own fields stand.
    pub(super) fn source_of(&self, object: &Key) -> (Key, String) {
        let mut prefix = String::new();
        let mut current = object.clone();
        let store = self.cluster.server().store();
        while let Some(owner) = store.get(&current).as_ref().and_then(controller_of) {
            if store.get(&owner).is_none() || owner.kind == crate::api::Kind::Node {
                break;
            }
            let step = match (owner.kind.info().kind, current.kind.info().kind) {
                ("CronJob", _) => "spec.jobTemplate.",
                (_, "Pod") => "spec.template.",
                // A ReplicaSet's template is its Deployment's, field by field.
                _ => "",
            };
            prefix = format!("{step}{prefix}");
            current = owner;
        }
        (current, prefix)
    }
}

/// The key of the object's controller.
pub(super) fn controller_of(object: &Object) -> Option<Key> {
    let owner = object.meta().owner_references.iter().flatten().find(|owner| owner.controller == Some(true))?;
    let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
    let kind = crate::api::Kind::find(group, &owner.kind)?;
    let namespace = if kind.info().namespaced { object.namespace() } else { "" };
    Some(Key::new(kind, namespace, &owner.name))
}

/// The line on which a field of `object` stands (or what is around it), if the text has a manifest of it.
fn line_of(text: &str, object: &Key, path: &str) -> Option<usize> {
    for document in parse_documents(text).into_iter().flatten() {
        let word = |pointer: &str| document.value.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default();
        let namespace = word("/metadata/namespace");
        let same_namespace = namespace.is_empty() || *namespace == *object.namespace;
        if word("/kind") != object.kind.info().kind || *word("/metadata/name") != *object.name || !same_namespace {
            continue;
        }
        let span = document.spans.nearest(path)?;
        return Some(span.key.map_or(span.value.0.line, |key| key.0.line) + 1);
    }
    None
}
