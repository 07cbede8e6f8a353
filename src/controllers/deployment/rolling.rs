//! Little by little. Models `deployment/rolling.go`.

use super::Rollout;
use super::replica_sets::{available, replicas, sum};

impl Rollout<'_> {
    /// Models `rolloutRolling`.
    pub fn roll(&mut self) {
        self.sync_revision(true);
        if self.scale_new_set() || self.scale_old_sets() {
            self.sync_rollout_status();
            return;
        }
        if self.is_complete() {
            self.clean_up();
        }
        self.sync_rollout_status();
    }

    /// Models `reconcileNewReplicaSet`.
    pub fn scale_new_set(&mut self) -> bool {
        let Some(new) = self.new_set() else { return false };
        let to = if replicas(&new) > self.desired() { self.desired() } else { self.new_set_replicas(Some(&new)) };
        self.scale(&new, to)
    }

    /// Models `reconcileOldReplicaSets`.
    fn scale_old_sets(&mut self) -> bool {
        let old = sum(self.old_sets().iter().map(|set| replicas(set)));
        if old == 0 {
            return false;
        }
        let all = sum(self.sets.values().map(|set| replicas(set)));
        let min_available = self.desired().wrapping_sub(self.fenceposts().1);
        let new_unavailable = self.new_set().map_or(0, |new| replicas(&new).wrapping_sub(available(&new)));
        let most = all.wrapping_sub(min_available).wrapping_sub(new_unavailable);
        if most <= 0 {
            return false;
        }
        let cleaned = self.drop_unhealthy(most);
        let scaled = self.scale_down_available(min_available);
        cleaned > 0 || scaled > 0
    }

    /// Pods of old versions that never became available go first. Models `cleanupUnhealthyReplicas`.
    fn drop_unhealthy(&mut self, most: i32) -> i32 {
        let mut total = 0;
        for set in self.old_sets() {
            let unhealthy = replicas(&set).wrapping_sub(available(&set));
            if total >= most {
                break;
            }
            if replicas(&set) == 0 || unhealthy <= 0 {
                continue;
            }
            let down = unhealthy.min(most - total);
            if self.scale(&set, replicas(&set) - down) {
                total += down;
            }
        }
        total
    }

    /// Models `scaleDownOldReplicaSetsForRollingUpdate`.
    fn scale_down_available(&mut self, min_available: i32) -> i32 {
        let spare = sum(self.sets.values().map(|set| available(set))).wrapping_sub(min_available);
        let mut total = 0;
        for set in self.old_sets() {
            if total >= spare {
                break;
            }
            let down = replicas(&set).min(spare - total);
            if down > 0 && self.scale(&set, replicas(&set) - down) {
                total += down;
            }
        }
        total
    }
}
