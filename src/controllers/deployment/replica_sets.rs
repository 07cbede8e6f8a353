//! The ReplicaSets of a Deployment, their revisions and annotations. Models `deployment/util/deployment_util.go` and `sync.go`.

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, ReplicaSetSpec};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::hash::pod_template_hash;
use super::{COMPONENT, Rollout};
use crate::api::selector::{Selector, from_label_selector};
use crate::client::{controller_reference, reference_to};
use crate::controllers::pods::{controller_of, uid};

pub const HASH_LABEL: &str = "pod-template-hash";
pub const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
pub const DESIRED_REPLICAS: &str = "deployment.kubernetes.io/desired-replicas";
const MAX_REPLICAS: &str = "deployment.kubernetes.io/max-replicas";
/// Annotations that a ReplicaSet does not take over. Models `annotationsToSkip`.
const NOT_COPIED: &[&str] = &[
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED_REPLICAS,
    MAX_REPLICAS,
    "deprecated.deployment.rollback.to",
];

/// Whether the Deployment's selector chooses these labels.
pub fn selects(deployment: &Deployment, labels: Option<&BTreeMap<String, String>>) -> bool {
    let selector = deployment.spec.as_ref().and_then(|spec| from_label_selector(Some(&spec.selector)).ok());
    selector.filter(|selector| !selector.is_empty()).unwrap_or_else(Selector::nothing).matches_option(labels)
}

/// `spec.replicas`.
pub fn replicas(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

/// `status.availableReplicas`.
pub fn available(set: &ReplicaSet) -> i32 {
    set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or(0)
}

/// Numbers of pods together. Whoever asks for two billion pods gets what Go's arithmetic makes of it: sums wrap around.
pub fn sum(numbers: impl Iterator<Item = i32>) -> i32 {
    numbers.fold(0, i32::wrapping_add)
}

fn annotation(set: &ReplicaSet, key: &str) -> Option<String> {
    set.metadata.annotations.as_ref()?.get(key).cloned()
}

/// The revision that the ReplicaSet stands for; 0 where it names none.
pub fn revision(set: &ReplicaSet) -> i64 {
    annotation(set, REVISION).and_then(|revision| revision.parse().ok()).unwrap_or(0)
}

/// How many replicas the Deployment wanted when the ReplicaSet was last scaled.
pub fn desired_annotation(set: &ReplicaSet) -> Option<i32> {
    annotation(set, DESIRED_REPLICAS)?.parse().ok()
}

/// How many pods there might be when the ReplicaSet was last scaled.
pub fn max_annotation(set: &ReplicaSet) -> Option<i32> {
    annotation(set, MAX_REPLICAS)?.parse().ok()
}

fn without_hash(template: &PodTemplateSpec) -> PodTemplateSpec {
    let mut template = template.clone();
    let meta = template.metadata.get_or_insert_default();
    if let Some(labels) = &mut meta.labels {
        labels.remove(HASH_LABEL);
    }
    meta.labels = meta.labels.take().filter(|labels| !labels.is_empty());
    template
}

impl Rollout<'_> {
    /// Finds the ReplicaSets, adopts those that match and have no controller. Models `getReplicaSetsForDeployment`.
    pub fn claim_sets(&mut self) {
        let own = uid(&self.deployment.metadata).to_owned();
        let leaving = self.deployment.metadata.deletion_timestamp.is_some();
        for set in self.client.list::<ReplicaSet>(self.deployment.metadata.namespace.as_deref()) {
            let matches = selects(&self.deployment, set.metadata.labels.as_ref());
            match controller_of(&set.metadata) {
                Some(owner) if owner.uid == own && matches => self.keep(set),
                Some(owner) if owner.uid == own && !leaving => {
                    let mut released = (*set).clone();
                    released.metadata.owner_references.iter_mut().for_each(|owners| owners.retain(|owner| owner.uid != own));
                    let _ = self.client.update(released);
                }
                None if matches && !leaving && set.metadata.deletion_timestamp.is_none() => {
                    let mut adopted = (*set).clone();
                    adopted.metadata.owner_references.get_or_insert_default().push(controller_reference(&self.deployment));
                    if let Ok(set) = self.client.update(adopted) {
                        self.keep(set);
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes the newer state of a ReplicaSet.
    pub fn keep(&mut self, set: Rc<ReplicaSet>) {
        self.sets.insert(set.metadata.name.clone().unwrap_or_default(), set);
    }

    fn template(&self) -> Option<PodTemplateSpec> {
        self.deployment.spec.as_ref().map(|spec| spec.template.clone())
    }

    /// Every ReplicaSet, the oldest first.
    pub fn all_sets(&self) -> Vec<Rc<ReplicaSet>> {
        let mut sets: Vec<Rc<ReplicaSet>> = self.sets.values().cloned().collect();
        // Of those made within a second the name decides, as in `ReplicaSetsByCreationTimestamp`: what may change would let
        // two of the same template take turns at being the new one.
        sets.sort_by_key(|set| (set.metadata.creation_timestamp.as_ref().map(|time| time.0), set.metadata.name.clone()));
        sets
    }

    /// The ReplicaSet of the present template. Models `FindNewReplicaSet`.
    pub fn new_set(&self) -> Option<Rc<ReplicaSet>> {
        let wanted = without_hash(&self.template()?);
        let same =
            |set: &Rc<ReplicaSet>| set.spec.as_ref().and_then(|spec| spec.template.as_ref()).map(without_hash) == Some(wanted.clone());
        self.all_sets().into_iter().find(same)
    }

    /// The other ReplicaSets, the oldest first.
    pub fn old_sets(&self) -> Vec<Rc<ReplicaSet>> {
        let new = self.new_set().and_then(|set| set.metadata.uid.clone());
        self.all_sets().into_iter().filter(|set| new.is_none() || set.metadata.uid != new).collect()
    }

    /// Makes sure of revision and annotations of the new ReplicaSet, and of the ReplicaSet itself if `create`.
    /// Models `getAllReplicaSetsAndSyncRevision` and `getNewReplicaSet`.
    pub fn sync_revision(&mut self, create: bool) {
        let next_revision = self.old_sets().iter().map(|set| revision(set)).max().unwrap_or(0).wrapping_add(1);
        if let Some(existing) = self.new_set() {
            self.renew(&existing, next_revision);
        } else if create {
            self.create_set(next_revision);
        }
    }

    fn renew(&mut self, existing: &Rc<ReplicaSet>, next_revision: i64) {
        let mut set = (**existing).clone();
        self.annotate(&mut set, next_revision, true);
        let min_ready = self.deployment.spec.as_ref().and_then(|spec| spec.min_ready_seconds);
        if let Some(spec) = &mut set.spec {
            spec.min_ready_seconds = min_ready;
        }
        if set != **existing {
            // The next look starts from what is then stored.
            if let Ok(set) = self.client.update(set) {
                self.keep(set);
            }
            return;
        }
        let mut changed = self.take_revision(revision(&set));
        if self.has_progress_deadline() && self.condition("Progressing").is_none() {
            let message = format!("Found new replica set {:?}", set.metadata.name.as_deref().unwrap_or_default());
            self.set_condition("Progressing", "True", "FoundNewReplicaSet", &message);
            changed = true;
        }
        if changed {
            self.write_status();
        }
    }

    /// Sets the Deployment's revision annotation; says whether it changed.
    fn take_revision(&mut self, revision: i64) -> bool {
        let text = revision.to_string();
        let annotations = self.deployment.metadata.annotations.get_or_insert_default();
        annotations.insert(REVISION.to_owned(), text.clone()) != Some(text)
    }

    fn create_set(&mut self, next_revision: i64) {
        let Some(spec) = self.deployment.spec.clone() else { return };
        let collisions = self.deployment.status.as_ref().and_then(|status| status.collision_count);
        let hash = pod_template_hash(&spec.template, collisions);
        let mut template = spec.template;
        let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
        labels.insert(HASH_LABEL.to_owned(), hash.clone());
        let labels = labels.clone();
        let mut selector: LabelSelector = spec.selector;
        selector.match_labels.get_or_insert_default().insert(HASH_LABEL.to_owned(), hash.clone());
        let mut set = ReplicaSet {
            metadata: ObjectMeta {
                name: Some(format!("{}-{hash}", self.name())),
                namespace: self.deployment.metadata.namespace.clone(),
                labels: Some(labels),
                owner_references: Some(vec![controller_reference(&self.deployment)]),
                ..ObjectMeta::default()
            },
            spec: Some(ReplicaSetSpec { replicas: Some(0), min_ready_seconds: spec.min_ready_seconds, selector, template: Some(template) }),
            ..ReplicaSet::default()
        };
        let replicas = self.new_set_replicas(None);
        set.spec.iter_mut().for_each(|spec| spec.replicas = Some(replicas));
        self.annotate(&mut set, next_revision, false);
        self.store_new_set(set, replicas, next_revision);
    }

    fn store_new_set(&mut self, set: ReplicaSet, replicas: i32, next_revision: i64) {
        let name = set.metadata.name.clone().unwrap_or_default();
        match self.client.create(set) {
            Ok(set) => {
                self.keep(set);
                if replicas > 0 {
                    let message = format!("Scaled up replica set {name} from 0 to {replicas}");
                    self.client.record_event(&reference_to(&self.deployment), COMPONENT, None, "Normal", "ScalingReplicaSet", &message);
                }
                self.take_revision(next_revision);
                if self.has_progress_deadline() {
                    let message = format!("Created new replica set {name:?}");
                    self.set_condition("Progressing", "True", "NewReplicaSetCreated", &message);
                }
                self.write_status();
            }
            Err(status) if status.is("AlreadyExists") => {
                // Another template has the same hash: the next try counts it in.
                let own = self.deployment.status.get_or_insert_default();
                own.collision_count = Some(own.collision_count.unwrap_or(0).wrapping_add(1));
                self.write_status();
            }
            Err(status) => {
                let message = format!("Failed to create new replica set {name:?}: {}", status.message);
                if self.has_progress_deadline() && !status.has_cause("NamespaceTerminating") {
                    self.set_condition("Progressing", "False", "ReplicaSetCreateError", &message);
                    self.write_status();
                    self.client.record_event(
                        &reference_to(&self.deployment),
                        COMPONENT,
                        None,
                        "Warning",
                        "ReplicaSetCreateError",
                        &message,
                    );
                }
            }
        }
    }

    /// Sets the annotations of the new ReplicaSet. Models `SetNewReplicaSetAnnotations` and `SetReplicasAnnotations`.
    fn annotate(&self, set: &mut ReplicaSet, next_revision: i64, exists: bool) {
        let own = self.deployment.metadata.annotations.clone().unwrap_or_default();
        let old = revision(set);
        let annotations = set.metadata.annotations.get_or_insert_default();
        for (key, value) in own.into_iter().filter(|(key, _)| !NOT_COPIED.contains(&key.as_str())) {
            annotations.insert(key, value);
        }
        if old < next_revision {
            annotations.insert(REVISION.to_owned(), next_revision.to_string());
            if exists && old > 0 {
                let history = annotations.get(REVISION_HISTORY).map_or_else(|| old.to_string(), |before| format!("{before},{old}"));
                annotations.insert(REVISION_HISTORY.to_owned(), history);
            }
        }
        if !exists {
            self.annotate_replicas(set);
        }
    }

    /// Notes how many replicas are wanted, and how many pods there may be. Says whether that is new.
    fn annotate_replicas(&self, set: &mut ReplicaSet) -> bool {
        let (surge, _) = self.fenceposts();
        let annotations = set.metadata.annotations.get_or_insert_default();
        let desired = self.desired().to_string();
        let max = self.desired().wrapping_add(surge).to_string();
        let first = annotations.insert(DESIRED_REPLICAS.to_owned(), desired.clone()) != Some(desired);
        let second = annotations.insert(MAX_REPLICAS.to_owned(), max.clone()) != Some(max);
        first || second
    }

    /// Scales a ReplicaSet and tells of it. Models `scaleReplicaSetAndRecordEvent`.
    pub fn scale(&mut self, set: &ReplicaSet, to: i32) -> bool {
        replicas(set) != to && self.scale_and_annotate(set, to)
    }

    /// Scales a ReplicaSet, tells of it, and has its annotations follow even where its size stays. Says whether the size
    /// changed. Models `scaleReplicaSet`.
    pub fn scale_and_annotate(&mut self, set: &ReplicaSet, to: i32) -> bool {
        let from = replicas(set);
        let mut scaled = set.clone();
        if let Some(spec) = &mut scaled.spec {
            spec.replicas = Some(to);
        }
        if !self.annotate_replicas(&mut scaled) && from == to {
            return false;
        }
        let Ok(stored) = self.client.update(scaled) else { return false };
        if from != to {
            let direction = if from < to { "up" } else { "down" };
            let name = stored.metadata.name.as_deref().unwrap_or_default();
            let message = format!("Scaled {direction} replica set {name} from {from} to {to}");
            self.client.record_event(&reference_to(&self.deployment), COMPONENT, None, "Normal", "ScalingReplicaSet", &message);
        }
        self.keep(stored);
        from != to
    }

    /// How many replicas the new ReplicaSet may have now. Models `NewRSNewReplicas`.
    pub fn new_set_replicas(&self, new: Option<&ReplicaSet>) -> i32 {
        let desired = self.desired();
        if !self.is_rolling_update() {
            return desired;
        }
        let own = new.map_or(0, replicas);
        let all = sum(self.sets.values().map(|set| replicas(set)));
        let allowed = desired.wrapping_add(self.fenceposts().0);
        if all >= allowed { own } else { own.wrapping_add(allowed.wrapping_sub(all).min(desired.wrapping_sub(own))) }
    }
}
