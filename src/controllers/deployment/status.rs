//! The Deployment's status: counts, conditions and progress. Models `deployment/progress.go` and `calculateStatus`.

use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentCondition, DeploymentStatus, ReplicaSetCondition};

use super::Rollout;
use super::replica_sets::{replicas, sum};

impl Rollout<'_> {
    /// A condition of the Deployment as it is going to be.
    pub fn condition(&self, type_: &str) -> Option<&DeploymentCondition> {
        find(self.deployment.status.as_ref()?, type_)
    }

    /// Sets a condition. Models `SetDeploymentCondition`.
    pub fn set_condition(&mut self, type_: &str, status: &str, reason: &str, message: &str) {
        let now = self.client.now();
        let own = self.deployment.status.get_or_insert_default();
        let known = find(own, type_).cloned();
        if known.as_ref().is_some_and(|known| known.status == status && known.reason.as_deref() == Some(reason)) {
            return;
        }
        let since = known.filter(|known| known.status == status).and_then(|known| known.last_transition_time);
        put(
            own,
            DeploymentCondition {
                type_: type_.to_owned(),
                status: status.to_owned(),
                reason: Some(reason.to_owned()),
                message: Some(message.to_owned()),
                last_update_time: Some(now.clone()),
                last_transition_time: Some(since.unwrap_or(now)),
            },
        );
    }

    /// Whether the rollout has a time limit. Models `HasProgressDeadline`.
    pub fn has_progress_deadline(&self) -> bool {
        self.deadline().is_some()
    }

    fn deadline(&self) -> Option<Duration> {
        let seconds = self.deployment.spec.as_ref().and_then(|spec| spec.progress_deadline_seconds)?;
        if seconds == i32::MAX { None } else { Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0))) }
    }

    /// Writes the status (and the revision annotation, which goes with it).
    pub fn write_status(&mut self) {
        if let Ok(stored) = self.client.update_status(self.deployment.clone()) {
            self.deployment = (*stored).clone();
        }
    }

    /// Counts the ReplicaSets' pods. Models `calculateStatus`.
    fn count(&mut self) {
        let count = |of: fn(&k8s_openapi::api::apps::v1::ReplicaSetStatus) -> i32| -> i32 {
            sum(self.sets.values().filter_map(|set| set.status.as_ref()).map(of))
        };
        let specified = sum(self.sets.values().map(|set| replicas(set)));
        let available = count(|status| status.available_replicas.unwrap_or(0));
        let ready = count(|status| status.ready_replicas.unwrap_or(0));
        let actual = count(|status| status.replicas);
        let terminating = count(|status| status.terminating_replicas.unwrap_or(0));
        let updated = self.new_set().and_then(|new| new.status.as_ref().map(|status| status.replicas)).unwrap_or(0);
        let generation = self.deployment.metadata.generation;
        let (desired, (_, max_unavailable)) = (self.desired(), self.fenceposts());
        let some = |number: i32| (number != 0).then_some(number);
        let status = self.deployment.status.get_or_insert_default();
        status.observed_generation = generation;
        status.replicas = some(actual);
        status.updated_replicas = some(updated);
        status.ready_replicas = some(ready);
        status.available_replicas = some(available);
        status.unavailable_replicas = some(specified.wrapping_sub(available).max(0));
        status.terminating_replicas = Some(terminating);
        if available >= desired.wrapping_sub(max_unavailable) {
            self.set_condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.");
        } else {
            self.set_condition("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.");
        }
    }

    /// Brings the counts up to date and says nothing of progress. Models `syncDeploymentStatus`.
    pub fn sync_status_only(&mut self) {
        let before = self.deployment.clone();
        self.count();
        self.write_if_changed(&before);
    }

    fn write_if_changed(&mut self, before: &Deployment) {
        if self.deployment.status != before.status {
            self.write_status();
        }
    }

    /// Whether every replica is of the new version and available. Models `DeploymentComplete`.
    pub fn is_complete(&self) -> bool {
        let desired = self.desired();
        let Some(status) = &self.deployment.status else { return false };
        let is = |number: Option<i32>| number.unwrap_or(0) == desired;
        is(status.updated_replicas)
            && is(status.replicas)
            && is(status.available_replicas)
            && status.observed_generation >= self.deployment.metadata.generation
    }

    /// Brings counts and progress up to date. Models `syncRolloutStatus`.
    pub fn sync_rollout_status(&mut self) {
        let before = self.deployment.clone();
        self.count();
        if !self.has_progress_deadline() {
            self.deployment.status.iter_mut().for_each(|status| remove(status, "Progressing"));
        } else {
            let old = before.status.clone().unwrap_or_default();
            let status = self.deployment.status.clone().unwrap_or_default();
            let finished = self.condition("Progressing").is_some_and(|c| c.reason.as_deref() == Some("NewReplicaSetAvailable"));
            if !(status.replicas == status.updated_replicas && finished) {
                self.judge_progress(&old, &status);
            }
        }
        self.report_failures();
        self.write_if_changed(&before);
        self.plan_check();
    }

    fn judge_progress(&mut self, old: &DeploymentStatus, new: &DeploymentStatus) {
        let what = match self.new_set() {
            Some(set) => format!("ReplicaSet {:?}", set.metadata.name.as_deref().unwrap_or_default()),
            None => format!("Deployment {:?}", self.name()),
        };
        if self.is_complete() {
            self.set_condition("Progressing", "True", "NewReplicaSetAvailable", &format!("{what} has successfully progressed."));
        } else if progresses(old, new) {
            let since = self.condition("Progressing").filter(|known| known.status == "True").and_then(|c| c.last_transition_time.clone());
            self.deployment.status.iter_mut().for_each(|status| remove(status, "Progressing"));
            self.set_condition("Progressing", "True", "ReplicaSetUpdated", &format!("{what} is progressing."));
            if let (Some(since), Some(status)) = (since, &mut self.deployment.status)
                && let Some(condition) = status.conditions.iter_mut().flatten().find(|condition| condition.type_ == "Progressing")
            {
                condition.last_transition_time = Some(since);
            }
        } else if self.timed_out() {
            self.set_condition("Progressing", "False", "ProgressDeadlineExceeded", &format!("{what} has timed out progressing."));
        }
    }

    /// Models `DeploymentTimedOut`.
    fn timed_out(&self) -> bool {
        let Some(condition) = self.condition("Progressing") else { return false };
        match condition.reason.as_deref() {
            Some("NewReplicaSetAvailable") => false,
            Some("ProgressDeadlineExceeded") => true,
            _ => self.time_left() == Some(Duration::ZERO),
        }
    }

    /// How long the rollout may still stand still.
    fn time_left(&self) -> Option<Duration> {
        let since = self.condition("Progressing")?.last_update_time.as_ref()?.0;
        let passed = Duration::try_from(self.client.sim().timestamp().duration_since(since)).unwrap_or_default();
        Some(self.deadline()?.saturating_sub(passed))
    }

    /// A rollout that stands still has to be looked at when its time is up. Models `requeueStuckDeployment`.
    fn plan_check(&mut self) {
        let over = |condition: &DeploymentCondition| {
            matches!(condition.reason.as_deref(), Some("NewReplicaSetAvailable" | "ProgressDeadlineExceeded"))
        };
        if self.is_complete() || self.condition("Progressing").is_none_or(over) {
            return;
        }
        let left = self.time_left().map(|left| left + Duration::from_secs(1));
        self.next_check = left.map(|left| self.client.sim().now() + left);
    }

    /// Takes over what keeps the ReplicaSets from creating pods. Models `getReplicaFailures`.
    fn report_failures(&mut self) {
        let failure = |set: Option<&k8s_openapi::api::apps::v1::ReplicaSet>| -> Option<ReplicaSetCondition> {
            set?.status.as_ref()?.conditions.iter().flatten().find(|condition| condition.type_ == "ReplicaFailure").cloned()
        };
        let new = self.new_set();
        let found = failure(new.as_deref()).or_else(|| self.old_sets().iter().find_map(|set| failure(Some(set))));
        match found {
            Some(found) => {
                let (reason, message) = (found.reason.unwrap_or_default(), found.message.unwrap_or_default());
                self.set_condition("ReplicaFailure", &found.status, &reason, &message);
            }
            None => self.deployment.status.iter_mut().for_each(|status| remove(status, "ReplicaFailure")),
        }
    }

    /// Notes that progress stands still by intent. Models `checkPausedConditions`.
    pub fn check_paused(&mut self) {
        if !self.has_progress_deadline() {
            return;
        }
        let reason = self.condition("Progressing").and_then(|condition| condition.reason.clone()).unwrap_or_default();
        if reason == "ProgressDeadlineExceeded" {
            return;
        }
        let noted = reason == "DeploymentPaused";
        if self.is_paused() && !noted {
            self.set_condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused");
            self.write_status();
        } else if !self.is_paused() && noted {
            self.set_condition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed");
            self.write_status();
        }
    }
}

/// Whether anything got better. Models `DeploymentProgressing`.
fn progresses(old: &DeploymentStatus, new: &DeploymentStatus) -> bool {
    let number = |value: Option<i32>| value.unwrap_or(0);
    let of_old_versions = |status: &DeploymentStatus| number(status.replicas).wrapping_sub(number(status.updated_replicas));
    number(new.updated_replicas) > number(old.updated_replicas)
        || of_old_versions(new) < of_old_versions(old)
        || number(new.ready_replicas) > number(old.ready_replicas)
        || number(new.available_replicas) > number(old.available_replicas)
}

fn find<'s>(status: &'s DeploymentStatus, type_: &str) -> Option<&'s DeploymentCondition> {
    status.conditions.iter().flatten().find(|condition| condition.type_ == type_)
}

fn remove(status: &mut DeploymentStatus, type_: &str) {
    if let Some(conditions) = &mut status.conditions {
        conditions.retain(|condition| condition.type_ != type_);
    }
}

fn put(status: &mut DeploymentStatus, condition: DeploymentCondition) {
    remove(status, &condition.type_);
    status.conditions.get_or_insert_default().push(condition);
}
