//! Old ReplicaSets beyond `spec.revisionHistoryLimit` go. Models `cleanupDeployment`.

use k8s_openapi::api::apps::v1::ReplicaSet;

use super::Rollout;
use super::replica_sets::{replicas, revision};
use crate::client::DeleteOptions;

impl Rollout<'_> {
    /// Deletes the oldest ReplicaSets without pods.
    pub fn clean_up(&mut self) {
        let limit = self.deployment.spec.as_ref().and_then(|spec| spec.revision_history_limit);
        let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else { return };
        let mut old: Vec<_> = self.old_sets().into_iter().filter(|set| set.metadata.deletion_timestamp.is_none()).collect();
        old.sort_by_key(|set| revision(set));
        let surplus = old.len().saturating_sub(limit);
        for set in old.into_iter().take(surplus) {
            let left = set.status.as_ref().map_or(0, |status| status.replicas);
            let seen = set.status.as_ref().and_then(|status| status.observed_generation);
            if left != 0 || replicas(&set) != 0 || set.metadata.generation > seen {
                continue;
            }
            let (namespace, name) = crate::controllers::pods::name_of(&set.metadata);
            if self.client.delete::<ReplicaSet>(&namespace, &name, DeleteOptions::default()).is_ok() {
                self.sets.remove(&name);
            }
        }
    }
}
