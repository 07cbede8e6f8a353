//! How a Job ends, or pauses. Models `finalizeJob`, `suspendJob` and `newCondition`.

use std::rc::Rc;
use std::time::Duration;

use k8s_openapi::api::batch::v1::{Job, JobCondition};
use k8s_openapi::api::core::v1::{Pod, PodStatus};

use super::{COMPONENT, Look};
use crate::client::reference_to;
use crate::controllers::pods::{is_terminating, phase};

/// Whether the Job has completed or failed. Models `IsJobFinished`.
pub fn is_finished(job: &Job) -> bool {
    let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| matches!(condition.type_.as_str(), "Complete" | "Failed") && condition.status == "True")
}

/// Why a Job fails.
#[derive(Clone)]
pub struct JobFailure {
    reason: String,
    message: String,
}

impl JobFailure {
    pub(super) fn new(reason: &str, message: &str) -> JobFailure {
        JobFailure { reason: reason.to_owned(), message: message.to_owned() }
    }
}

impl Look<'_> {
    fn has(&self, type_: &str) -> bool {
        let conditions = self.job.status.iter().flat_map(|status| status.conditions.iter().flatten());
        conditions.into_iter().any(|condition| condition.type_ == type_ && condition.status == "True")
    }

    fn condition(&mut self, type_: &str, status: &str, reason: &str, message: &str) {
        let now = self.client.now();
        let conditions = self.status().conditions.get_or_insert_default();
        let condition = JobCondition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: Some(reason.to_owned()),
            message: Some(message.to_owned()),
            last_probe_time: Some(now.clone()),
            last_transition_time: Some(now),
        };
        match conditions.iter_mut().find(|known| known.type_ == type_) {
            Some(known) if known.status == condition.status => {}
            Some(known) => *known = condition,
            None => conditions.push(condition),
        }
    }

    fn tell(&self, type_: &str, reason: &str, message: &str) {
        self.client.record_event(&reference_to(&self.job), COMPONENT, None, type_, reason, message);
    }

    /// Whether as many pods succeeded as are wanted.
    pub(super) fn succeeded(&self) -> bool {
        let succeeded = self.job.status.as_ref().and_then(|status| status.succeeded).unwrap_or(0);
        if self.has("SuccessCriteriaMet") || self.success_rule().is_some() {
            return true;
        }
        match self.spec.completions {
            Some(completions) => succeeded >= completions,
            None => succeeded > 0 && !self.pods.iter().any(|pod| crate::controllers::pods::is_active(pod)),
        }
    }

    /// Why the Job fails, if it does.
    pub(super) fn failure(&self) -> Option<JobFailure> {
        let failed = self.job.status.as_ref().and_then(|status| status.failed).unwrap_or(0);
        let on_failure = self.spec.template.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref()) == Some("OnFailure");
        let restarts = if on_failure { self.restarts_in_place() } else { 0 };
        let limit = self.spec.backoff_limit.unwrap_or(6);
        let past_backoff = failed > limit || (on_failure && restarts > 0 && restarts >= limit);
        // Once doomed, always doomed, for the first reason.
        let conditions = self.job.status.iter().flat_map(|status| status.conditions.iter().flatten());
        if let Some(doom) = conditions.into_iter().find(|c| c.type_ == "FailureTarget" && c.status == "True") {
            return Some(JobFailure::new(doom.reason.as_deref().unwrap_or_default(), doom.message.as_deref().unwrap_or_default()));
        }
        if let Some(message) = &self.failed_by_policy {
            return Some(JobFailure::new("PodFailurePolicy", message));
        }
        if past_backoff {
            return Some(JobFailure::new("BackoffLimitExceeded", "Job has reached the specified backoff limit"));
        }
        if self.deadline_left() == Some(Duration::ZERO) {
            return Some(JobFailure::new("DeadlineExceeded", "Job was active longer than specified deadline"));
        }
        self.failed_by_indexes()
    }

    /// The restarts of the containers of pods that have not ended, which count as failures too where pods restart their
    /// containers. Models `pastBackoffLimitOnFailure`.
    fn restarts_in_place(&self) -> i32 {
        let pods = self.pods.iter().filter(|pod| matches!(phase(pod), "Running" | "Pending"));
        let statuses = pods.filter_map(|pod| pod.status.as_ref());
        let of = |status: &PodStatus| {
            let all = status.init_container_statuses.iter().flatten().chain(status.container_statuses.iter().flatten());
            all.map(|status| status.restart_count).fold(0, i32::wrapping_add)
        };
        statuses.map(of).fold(0, i32::wrapping_add)
    }

    fn deadline_left(&self) -> Option<Duration> {
        let limit = Duration::from_secs(u64::try_from(self.spec.active_deadline_seconds?).unwrap_or(0));
        let since = self.job.status.as_ref()?.start_time.as_ref()?.0;
        let passed = Duration::try_from(self.client.sim().timestamp().duration_since(since)).unwrap_or_default();
        (self.spec.suspend != Some(true)).then(|| limit.saturating_sub(passed))
    }

    /// When the deadline is to be looked at.
    pub(super) fn deadline_in(&self) -> Option<Duration> {
        self.deadline_left().filter(|left| !left.is_zero() && !is_finished(&self.job))
    }

    /// Returns, as the following do, when to go on with the deletion of pods.
    pub(super) fn fail(&mut self, failure: &JobFailure, active: &[Rc<Pod>]) -> Option<Duration> {
        self.condition("FailureTarget", "True", &failure.reason, &failure.message);
        let wait = self.delete(active);
        // The Job has failed only once nothing of it runs any more.
        if active.is_empty() && !self.pods.iter().any(|pod| is_terminating(pod)) {
            self.condition("Failed", "True", &failure.reason, &failure.message);
            self.tell("Warning", &failure.reason, &failure.message);
        }
        wait
    }

    pub(super) fn complete(&mut self, active: &[Rc<Pod>]) -> Option<Duration> {
        let (reason, message) = match self.success_rule() {
            Some(rule) => ("SuccessPolicy", format!("Matched rules at index {rule}")),
            None => ("CompletionsReached", "Reached expected number of succeeded pods".to_owned()),
        };
        self.condition("SuccessCriteriaMet", "True", reason, &message);
        let wait = self.delete(active);
        if active.is_empty() && !self.pods.iter().any(|pod| is_terminating(pod)) {
            self.condition("Complete", "True", reason, &message);
            let now = self.client.now();
            self.status().completion_time = Some(now);
            self.tell("Normal", "Completed", "Job completed");
        }
        wait
    }

    pub(super) fn suspend(&mut self, active: &[Rc<Pod>]) -> Option<Duration> {
        let wait = self.delete(active);
        if !self.has("Suspended") {
            self.condition("Suspended", "True", "JobSuspended", "Job suspended");
            self.status().start_time = None;
            self.tell("Normal", "Suspended", "Job suspended");
        }
        wait
    }

    pub(super) fn resume(&mut self) {
        if self.has("Suspended") {
            self.condition("Suspended", "False", "JobResumed", "Job resumed");
            let now = self.client.now();
            self.status().start_time = Some(now);
            self.tell("Normal", "Resumed", "Job resumed");
        }
    }
}
