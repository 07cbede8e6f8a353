//! ReplicaSets. Models `pkg/controller/replicaset`.

use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetCondition};
use k8s_openapi::api::core::v1::PodTemplateSpec;

use super::pod_control::Failure;
use super::replicas::{self, Counts, Replicated};
use crate::api::selector::{Selector, from_label_selector};
use crate::client::Client;

/// Keeps the pods of every ReplicaSet.
pub async fn run(client: Client) {
    replicas::run::<ReplicaSet>(client).await;
}

impl Replicated for ReplicaSet {
    const COMPONENT: &'static str = "replicaset-controller";

    fn desired(&self) -> i32 {
        self.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
    }

    fn selector(&self) -> Selector {
        let selector = self.spec.as_ref().and_then(|spec| from_label_selector(Some(&spec.selector)).ok());
        selector.unwrap_or_else(Selector::nothing)
    }

    fn template(&self) -> Option<&PodTemplateSpec> {
        self.spec.as_ref()?.template.as_ref()
    }

    fn min_ready_seconds(&self) -> i32 {
        self.spec.as_ref().and_then(|spec| spec.min_ready_seconds).unwrap_or(0)
    }

    fn with_counts(&self, counts: &Counts, failure: Option<&Failure>, client: &Client) -> ReplicaSet {
        let mut set = self.clone();
        let generation = set.metadata.generation;
        let status = set.status.get_or_insert_default();
        // Zeros are left out, as they are in what Go writes.
        let some = |number: i32| (number != 0).then_some(number);
        status.replicas = counts.replicas;
        status.fully_labeled_replicas = some(counts.fully_labeled);
        status.ready_replicas = some(counts.ready);
        status.available_replicas = some(counts.available);
        status.terminating_replicas = Some(counts.terminating);
        status.observed_generation = generation;
        let conditions = status.conditions.take().unwrap_or_default();
        let known = conditions.iter().find(|condition| condition.type_ == "ReplicaFailure").cloned();
        let mut kept: Vec<ReplicaSetCondition> = conditions.into_iter().filter(|condition| condition.type_ != "ReplicaFailure").collect();
        if let Some(failure) = failure {
            let fresh = || ReplicaSetCondition {
                type_: "ReplicaFailure".to_owned(),
                status: "True".to_owned(),
                reason: Some(failure.reason.to_owned()),
                message: Some(failure.message.clone()),
                last_transition_time: Some(client.now()),
            };
            kept.push(known.unwrap_or_else(fresh));
        }
        status.conditions = Some(kept).filter(|conditions| !conditions.is_empty());
        set
    }
}
