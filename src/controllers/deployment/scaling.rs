//! Changes of `spec.replicas`, also while a rollout is under way or paused. Models `deployment/sync.go`.

use std::rc::Rc;

use k8s_openapi::api::apps::v1::ReplicaSet;

use super::Rollout;
use super::replica_sets::{available, desired_annotation, max_annotation, replicas, sum};

impl Rollout<'_> {
    /// Whether somebody changed `spec.replicas` since the ReplicaSets were last scaled. Models `isScalingEvent`.
    pub fn is_scaling(&self) -> bool {
        let differs = |set: &Rc<ReplicaSet>| desired_annotation(set).is_some_and(|desired| desired != self.desired());
        self.sets.values().filter(|set| replicas(set) > 0).any(differs)
    }

    /// Scales without rolling out. Models `sync`.
    pub fn sync_scale(&mut self) {
        self.sync_revision(false);
        self.scale_in_proportion();
        if self.is_paused() {
            self.clean_up();
        }
        self.sync_status_only();
    }

    /// Models `scale`.
    fn scale_in_proportion(&mut self) {
        if let Some(only) = self.active_or_latest() {
            // Where the size is right already its annotation has to follow, or this would be taken for a scaling for ever.
            self.scale_and_annotate(&only, self.desired());
            return;
        }
        if self.is_saturated() {
            for set in self.old_sets() {
                self.scale(&set, 0);
            }
            return;
        }
        if self.is_rolling_update() {
            self.scale_proportionally();
        }
    }

    /// The only ReplicaSet with pods, or the latest where none has any. Models `FindActiveOrLatest`.
    fn active_or_latest(&self) -> Option<Rc<ReplicaSet>> {
        let mut active = self.sets.values().filter(|set| replicas(set) > 0);
        match (active.next(), active.next()) {
            (None, _) => self.new_set().or_else(|| self.old_sets().pop()),
            (Some(only), None) => Some(only.clone()),
            _ => None,
        }
    }

    /// Whether the new ReplicaSet has all it needs. Models `IsSaturated`.
    fn is_saturated(&self) -> bool {
        let Some(new) = self.new_set() else { return false };
        let desired = self.desired();
        replicas(&new) == desired && desired_annotation(&new) == Some(desired) && available(&new) == desired
    }

    /// In the middle of a rollout each ReplicaSet gets its share of the change.
    fn scale_proportionally(&mut self) {
        let active: Vec<Rc<ReplicaSet>> = self.all_sets().into_iter().filter(|set| replicas(set) > 0).collect();
        let known = self.deployment.status.as_ref().and_then(|status| status.replicas).unwrap_or(0);
        for (set, size) in proportional_sizes(active, self.desired(), self.fenceposts().0, known) {
            // One whose share is nothing has to learn of the new number too: see above.
            self.scale_and_annotate(&set, size);
        }
    }
}

/// The new sizes of the `active` ReplicaSets, which come the oldest first; `known` is how many pods the status counts.
fn proportional_sizes(mut active: Vec<Rc<ReplicaSet>>, desired: i32, surge: i32, known: i32) -> Vec<(Rc<ReplicaSet>, i32)> {
    let total = sum(active.iter().map(|set| replicas(set)));
    let allowed = if desired > 0 { desired.wrapping_add(surge) } else { 0 };
    let to_add = allowed.wrapping_sub(total);
    // The larger first; of equals the newer when growing, the older when shrinking.
    if to_add > 0 {
        active.reverse();
    }
    active.sort_by_key(|set| std::cmp::Reverse(replicas(set)));
    let mut added = 0;
    let mut sizes: Vec<(Rc<ReplicaSet>, i32)> = Vec::new();
    for set in active {
        let share = if added == to_add { 0 } else { share(&set, to_add, added, allowed, known) };
        added = added.wrapping_add(share);
        let size = replicas(&set).wrapping_add(share);
        sizes.push((set, size));
    }
    if let Some((_, size)) = sizes.first_mut() {
        // What rounding left over goes to the largest.
        *size = size.wrapping_add(to_add).wrapping_sub(added).max(0);
    }
    sizes
}

/// Models `GetReplicaSetProportion`.
fn share(set: &ReplicaSet, to_add: i32, added: i32, allowed: i32, known: i32) -> i32 {
    let own = f64::from(replicas(set));
    let before = f64::from(max_annotation(set).filter(|max| *max > 0).unwrap_or(known.max(1)));
    let fraction =
        if allowed == 0 { -replicas(set) } else { ((own * f64::from(allowed) / before).round() as i32).wrapping_sub(replicas(set)) };
    let left = to_add.wrapping_sub(added);
    if to_add > 0 { fraction.min(left) } else { fraction.max(left) }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        desired: i32,
        #[serde(default)]
        surge: i32,
        /// How many pods there might be when the ReplicaSets were last scaled.
        most_before: i32,
        /// Sizes, the oldest ReplicaSet first.
        sizes: Vec<i32>,
        expected: Vec<i32>,
    }

    #[test]
    fn each_replica_set_gets_its_share() {
        let cases: Vec<Case> = serde_yaml::from_str(include_str!("../../../tests/facts/deployment-scaling.yaml")).unwrap();
        for case in &cases {
            let set = |(at, size): (usize, &i32)| {
                let annotations = json!({"deployment.kubernetes.io/max-replicas": case.most_before.to_string()});
                let set = json!({"metadata": {"name": at.to_string(), "annotations": annotations},
                    "spec": {"replicas": size, "selector": {}}});
                Rc::new(serde_json::from_value(set).unwrap())
            };
            let sets = case.sizes.iter().enumerate().map(set).collect();
            let mut sizes = proportional_sizes(sets, case.desired, case.surge, 0);
            sizes.sort_by_key(|(set, _)| set.metadata.name.clone());
            let found: Vec<i32> = sizes.iter().map(|(_, size)| *size).collect();
            assert_eq!(found, case.expected, "{}", case.name);
        }
    }
}
