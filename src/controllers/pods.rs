//! What controllers ask of pods. Models `pkg/controller/controller_utils.go`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};

use crate::api::object::Typed;
pub use crate::api::pod::{condition, is_finished, is_ready, node_name, phase};
use crate::api::selector::Selector;
use crate::api::validation::names::SUBDOMAIN_MAX;
use crate::client::{Client, WatchEvent, controller_reference};

/// The reference to the object's controller.
pub fn controller_of(meta: &ObjectMeta) -> Option<&OwnerReference> {
    meta.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
}

/// `metadata.uid`, or nothing.
pub fn uid(meta: &ObjectMeta) -> &str {
    meta.uid.as_deref().unwrap_or_default()
}

/// Namespace and name.
pub fn name_of(meta: &ObjectMeta) -> (String, String) {
    (meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default())
}

/// Neither ended nor about to be deleted. Models `IsPodActive`.
pub fn is_active(pod: &Pod) -> bool {
    !is_finished(pod) && pod.metadata.deletion_timestamp.is_none()
}

/// Being deleted, and not yet ended. Models `IsPodTerminating`.
pub fn is_terminating(pod: &Pod) -> bool {
    !is_finished(pod) && pod.metadata.deletion_timestamp.is_some()
}

/// How long until a ready pod counts as available; `None` where it is not ready. Models `IsPodAvailable`.
pub fn available_in(pod: &Pod, min_ready_seconds: i32, now: jiff::Timestamp) -> Option<Duration> {
    let ready = condition(pod, "Ready").filter(|ready| ready.status == "True")?;
    let wanted = Duration::from_secs(u64::try_from(min_ready_seconds).unwrap_or(0));
    if wanted.is_zero() {
        return Some(Duration::ZERO);
    }
    let since = ready.last_transition_time.as_ref().map_or(now, |time| time.0);
    let passed = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    Some(wanted.saturating_sub(passed))
}

/// A pod made from a template. Models `GetPodFromTemplate`.
pub fn from_template<T: Typed>(template: &PodTemplateSpec, owner: &T) -> Pod {
    let meta = template.metadata.clone().unwrap_or_default();
    let own = owner.meta();
    Pod {
        metadata: ObjectMeta {
            labels: meta.labels,
            annotations: meta.annotations,
            finalizers: meta.finalizers,
            generate_name: Some(prefix_of(own.name.as_deref().unwrap_or_default())),
            namespace: own.namespace.clone(),
            owner_references: Some(vec![controller_reference(owner)]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        ..Pod::default()
    }
}

/// What the names of a controller's pods begin with. Models `getPodsPrefix`.
fn prefix_of(controller: &str) -> String {
    let dash = if controller.len() < SUBDOMAIN_MAX { "-" } else { "" };
    format!("{controller}{dash}")
}

/// The pods of the cluster by the uid of their controller, kept by a watch.
#[derive(Default)]
pub struct PodsByController {
    owned: BTreeMap<String, BTreeMap<(String, String), Rc<Pod>>>,
    orphans: BTreeMap<String, BTreeMap<String, Rc<Pod>>>,
}

impl PodsByController {
    /// Takes note of a change. Returns the references to the controllers that may care, with their namespace.
    pub fn apply(&mut self, event: &WatchEvent<Pod>) -> Vec<(String, OwnerReference)> {
        let (object, previous, gone) = match event {
            WatchEvent::Applied { object, previous, .. } => (object, previous.as_ref(), false),
            WatchEvent::Deleted { object, .. } => (object, Some(object), true),
        };
        let mut touched: Vec<(String, OwnerReference)> = Vec::new();
        let mut touch = |meta: &ObjectMeta| {
            if let Some(owner) = controller_of(meta) {
                let entry = (meta.namespace.clone().unwrap_or_default(), owner.clone());
                if !touched.contains(&entry) {
                    touched.push(entry);
                }
            }
        };
        if let Some(previous) = previous {
            self.remove(&previous.metadata);
            touch(&previous.metadata);
        }
        if !gone {
            self.insert(object);
            touch(&object.metadata);
        }
        touched
    }

    fn insert(&mut self, pod: &Rc<Pod>) {
        let (namespace, name) = name_of(&pod.metadata);
        match controller_of(&pod.metadata) {
            Some(owner) => {
                self.owned.entry(owner.uid.clone()).or_default().insert((namespace, name), pod.clone());
            }
            None => {
                self.orphans.entry(namespace).or_default().insert(name, pod.clone());
            }
        }
    }

    fn remove(&mut self, meta: &ObjectMeta) {
        let (namespace, name) = name_of(meta);
        match controller_of(meta) {
            Some(owner) => {
                if let Some(pods) = self.owned.get_mut(&owner.uid) {
                    pods.remove(&(namespace, name));
                    if pods.is_empty() {
                        self.owned.remove(&owner.uid);
                    }
                }
            }
            None => {
                if let Some(pods) = self.orphans.get_mut(&namespace) {
                    pods.remove(&name);
                }
            }
        }
    }

    /// The pods of the controller with this uid.
    pub fn of(&self, uid: &str) -> impl Iterator<Item = &Rc<Pod>> {
        self.owned.get(uid).into_iter().flat_map(BTreeMap::values)
    }

    /// The pods of a namespace that have no controller.
    pub fn orphans(&self, namespace: &str) -> impl Iterator<Item = &Rc<Pod>> {
        self.orphans.get(namespace).into_iter().flat_map(BTreeMap::values)
    }
}

/// The pods of `owner` that `selector` still selects, and whether others have changed hands: orphans that match and that
/// `may_be` its own are adopted, pods that no longer match let go; the watch will tell of them. `finalizer` is one that all
/// of its pods have. Models `ClaimPods`.
pub fn claim<T: Typed>(
    client: &Client,
    all: &PodsByController,
    owner: &T,
    selector: &Selector,
    may_be: fn(&Pod) -> bool,
    finalizer: Option<&str>,
) -> (Vec<Rc<Pod>>, bool) {
    let matches = |pod: &Pod| selector.matches_option(pod.metadata.labels.as_ref());
    let own = uid(owner.meta());
    let mut changed = false;
    let (kept, strays): (Vec<Rc<Pod>>, Vec<Rc<Pod>>) = all.of(own).cloned().partition(|pod| matches(pod));
    if owner.meta().deletion_timestamp.is_some() {
        return (kept, false);
    }
    for stray in strays.iter().filter(|pod| finalizer.is_some() || pod.metadata.deletion_timestamp.is_none()) {
        changed |= release(client, own, stray, finalizer);
    }
    let namespace = owner.meta().namespace.as_deref().unwrap_or_default();
    for orphan in all.orphans(namespace).filter(|pod| pod.metadata.deletion_timestamp.is_none() && may_be(pod) && matches(pod)) {
        changed |= adopt(client, owner, orphan, finalizer);
    }
    (kept, changed)
}

/// Makes `owner` the controller of `pod`. Models `PodControllerRefManager.AdoptPod`.
fn adopt<T: Typed>(client: &Client, owner: &T, pod: &Pod, finalizer: Option<&str>) -> bool {
    let mut adopted = pod.clone();
    if let Some(finalizer) = finalizer {
        adopted.metadata.finalizers.get_or_insert_default().push(finalizer.to_owned());
    }
    adopted.metadata.owner_references.get_or_insert_default().push(controller_reference(owner));
    client.update(adopted).is_ok()
}

/// Lets go of `pod`. Models `PodControllerRefManager.ReleasePod`.
fn release(client: &Client, owner_uid: &str, pod: &Pod, finalizer: Option<&str>) -> bool {
    let mut released = pod.clone();
    if let Some(finalizers) = &mut released.metadata.finalizers {
        finalizers.retain(|known| Some(known.as_str()) != finalizer);
    }
    if let Some(owners) = &mut released.metadata.owner_references {
        owners.retain(|owner| owner.uid != owner_uid);
    }
    released.metadata.owner_references = released.metadata.owner_references.filter(|owners| !owners.is_empty());
    released.metadata.finalizers = released.metadata.finalizers.filter(|finalizers| !finalizers.is_empty());
    client.update(released).is_ok()
}
