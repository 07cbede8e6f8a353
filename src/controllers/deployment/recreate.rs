//! All old pods first, then the new ones. Models `deployment/recreate.go`.

use super::Rollout;
use super::replica_sets::replicas;
use crate::controllers::pods::{is_finished, uid};

impl Rollout<'_> {
    /// Models `rolloutRecreate`.
    pub fn recreate(&mut self) {
        self.sync_revision(false);
        let mut scaled_down = false;
        for set in self.old_sets() {
            if replicas(&set) > 0 {
                scaled_down |= self.scale(&set, 0);
            }
        }
        if scaled_down || self.old_pods_run() {
            self.sync_rollout_status();
            return;
        }
        if self.new_set().is_none() {
            self.sync_revision(true);
        }
        self.scale_new_set();
        if self.is_complete() {
            self.clean_up();
        }
        self.sync_rollout_status();
    }

    fn old_pods_run(&self) -> bool {
        let old = self.old_sets();
        old.iter().any(|set| self.pods.of(uid(&set.metadata)).any(|pod| !is_finished(pod)))
    }
}
