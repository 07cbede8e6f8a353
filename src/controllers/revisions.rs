//! The versions of a DaemonSet's pods, kept as ControllerRevisions. Models `pkg/controller/daemon/update.go`.

use std::rc::Rc;

use k8s_openapi::api::apps::v1::{ControllerRevision, DaemonSet};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::runtime::RawExtension;
use serde_json::{Value, json};

use super::daemonset::HASH_LABEL;
use super::deployment::pod_template_hash;
use super::pods::{controller_of, name_of, uid};
use crate::api::selector::selects;
use crate::client::{Client, DeleteOptions, controller_reference};

/// How many old versions are kept where the set does not say. Its default in the API.
const HISTORY_LIMIT: i32 = 10;

/// The versions of a set.
pub struct History {
    /// The name of the present version: what its pods have as their hash.
    pub hash: String,
    /// The others, the oldest first.
    old: Vec<Rc<ControllerRevision>>,
}

/// What turns the set's template into this one, as a patch. Models `getPatch`.
fn patch_of(set: &DaemonSet) -> Value {
    let mut template = set.spec.as_ref().map(|spec| serde_json::to_value(&spec.template).unwrap_or_default()).unwrap_or_default();
    template["$patch"] = json!("replace");
    json!({"spec": {"template": template}})
}

fn hash_of(revision: &ControllerRevision) -> &str {
    revision.metadata.labels.as_ref().and_then(|labels| labels.get(HASH_LABEL)).map_or("", String::as_str)
}

impl History {
    /// Brings the set's versions up to date. `None` where that has to be tried again. Models `constructHistory`.
    pub fn construct(client: &Client, set: &DaemonSet) -> Option<History> {
        let mut all = client.list::<ControllerRevision>(set.metadata.namespace.as_deref());
        // What a set left behind is the next one's.
        for known in &mut all {
            let meta = &known.metadata;
            let left = controller_of(meta).is_none() && meta.deletion_timestamp.is_none();
            if left && selects(set.spec.as_ref().map(|spec| &spec.selector), meta.labels.as_ref()) {
                let mut adopted = (**known).clone();
                adopted.metadata.owner_references.get_or_insert_default().push(controller_reference(set));
                *known = client.update(adopted).ok()?;
            }
        }
        all.retain(|revision| controller_of(&revision.metadata).is_some_and(|owner| owner.uid == uid(&set.metadata)));
        all.sort_by_key(|revision| revision.revision);
        let data = RawExtension(patch_of(set));
        let at = all.iter().rposition(|revision| revision.data.as_ref() == Some(&data));
        let current = at.map(|at| all.remove(at));
        let next = all.last().map_or(0, |newest| newest.revision) + 1;
        let current = match current {
            None => snapshot(client, set, data, next)?,
            Some(known) if known.revision < next => {
                let mut renewed = (*known).clone();
                renewed.revision = next;
                client.update(renewed).ok()?
            }
            Some(known) => known,
        };
        Some(History { hash: hash_of(&current).to_owned(), old: all })
    }

    /// Removes the oldest versions beyond the limit, but none that still has a pod. Models `cleanupHistory`.
    pub fn clean_up(&self, client: &Client, set: &DaemonSet, lives: impl Fn(&str) -> bool) {
        let limit = set.spec.as_ref().and_then(|spec| spec.revision_history_limit).unwrap_or(HISTORY_LIMIT);
        let surplus = self.old.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
        for revision in self.old.iter().filter(|revision| !lives(hash_of(revision))).take(surplus) {
            let (namespace, name) = name_of(&revision.metadata);
            // Gone already is as good.
            let _ = client.delete::<ControllerRevision>(&namespace, &name, DeleteOptions::default());
        }
    }
}

/// Keeps the set's present template. Models `snapshot`.
fn snapshot(client: &Client, set: &DaemonSet, data: RawExtension, revision: i64) -> Option<Rc<ControllerRevision>> {
    let template = &set.spec.as_ref()?.template;
    let collisions = set.status.as_ref().and_then(|status| status.collision_count);
    let hash = pod_template_hash(template, collisions);
    let mut labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone()).unwrap_or_default();
    labels.insert(HASH_LABEL.to_owned(), hash.clone());
    let name = format!("{}-{hash}", set.metadata.name.as_deref().unwrap_or_default());
    let namespace = set.metadata.namespace.clone();
    let metadata = ObjectMeta {
        name: Some(name.clone()),
        namespace: namespace.clone(),
        labels: Some(labels),
        annotations: set.metadata.annotations.clone(),
        owner_references: Some(vec![controller_reference(set)]),
        ..ObjectMeta::default()
    };
    match client.create(ControllerRevision { metadata, data: Some(data.clone()), revision }) {
        Ok(created) => Some(created),
        Err(status) if status.is("AlreadyExists") => {
            let known = client.get::<ControllerRevision>(namespace.as_deref().unwrap_or_default(), &name)?;
            if known.data.as_ref() == Some(&data) && controller_of(&known.metadata).is_some_and(|owner| owner.uid == uid(&set.metadata)) {
                return Some(known);
            }
            // Another template has this name: the next look takes another.
            let mut counted = set.clone();
            counted.status.get_or_insert_default().collision_count = Some(collisions.unwrap_or(0).wrapping_add(1));
            let _ = client.update_status(counted);
            None
        }
        Err(_) => None,
    }
}
