//! Why a controller's object is as it is: Deployments, ReplicaSets, DaemonSets, Jobs, CronJobs, and anything else.

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;

use super::place::controller_of;
use super::{Inquiry, say, short};
use crate::api::pod::is_ready;
use crate::api::{Key, Kind, Object};

/// An object with its JSON, which all workloads are read from alike.
struct Workload<'o> {
    object: &'o Object,
    key: Key,
    json: Value,
}

impl Workload<'_> {
    fn number(&self, pointer: &str) -> Option<i64> {
        self.json.pointer(pointer).and_then(Value::as_i64)
    }

    fn is(&self, pointer: &str) -> bool {
        self.json.pointer(pointer).and_then(Value::as_bool) == Some(true)
    }

    /// The reason and message of a condition of this status.
    fn condition(&self, type_: &str, status: &str) -> Option<(String, String)> {
        let all = self.json.pointer("/status/conditions").and_then(Value::as_array)?;
        let text = |condition: &Value, field: &str| condition.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let found = all.iter().find(|condition| text(condition, "type") == type_ && text(condition, "status") == status)?;
        Some((text(found, "reason"), text(found, "message")))
    }
}

impl Inquiry<'_> {
    pub(super) fn workload(&mut self, object: &Object) {
        let workload = Workload { object, key: object.key(), json: object.to_json() };
        match object.kind().info().kind {
            "Deployment" => self.deployment(&workload),
            "ReplicaSet" | "ReplicationController" | "StatefulSet" => self.replica_set(&workload),
            "DaemonSet" => self.daemon_set(&workload),
            "Job" => self.job(&workload),
            "CronJob" => self.cron_job(&workload),
            "ResourceQuota" => self.quota(object),
            "PodDisruptionBudget" => self.disruption_budget(object),
            "LimitRange" => self.limit_range(object),
            _ => self.plain(&workload),
        }
    }

    /// The objects that `owner` controls.
    fn owned(&self, kind: Kind, owner: &Object) -> Vec<Object> {
        let all = self.client.list_kind(kind, Some(owner.namespace()));
        let is_own =
            |object: &Object| object.meta().owner_references.iter().flatten().any(|o| o.uid == owner.uid() && o.controller == Some(true));
        all.into_iter().filter(is_own).collect()
    }

    /// Goes on with the first pod that is not as it should be.
    fn worst_pod(&mut self, owner: &Object) -> bool {
        let pods = self.owned(Kind::Pod, owner);
        let bad = |object: &&Object| {
            let Object::Pod(pod) = object else { return false };
            let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
            !is_ready(pod) && phase != "Succeeded" && pod.metadata.deletion_timestamp.is_none()
        };
        let found = pods.iter().find(bad).cloned();
        let exists = found.is_some();
        if let Some(pod) = found {
            self.ask(&pod);
        }
        exists
    }

    fn deployment(&mut self, it: &Workload<'_>) {
        let key = &it.key;
        let wanted = it.number("/spec/replicas").unwrap_or(1);
        let available = it.number("/status/availableReplicas").unwrap_or(0);
        let updated = it.number("/status/updatedReplicas").unwrap_or(0);
        let all = it.number("/status/replicas").unwrap_or(0);
        self.head(say("{0} of {1} available", "{1}개 중 {0}개 사용 가능", &[&available.to_string(), &wanted.to_string()]));
        let seen = it.number("/status/observedGeneration").unwrap_or(0) >= it.number("/metadata/generation").unwrap_or(0);
        if !seen && self.is_frozen(key, "deployment-controller") {
            return;
        }
        if it.is("/spec/paused") {
            let text = say(
                "it is paused: changes of its template wait for `kubectl rollout resume`",
                "멈춰 두었습니다(paused). 템플릿을 바꿔도 `kubectl rollout resume`까지 기다립니다",
                &[],
            );
            self.because(key, "Paused", text);
            self.at(key, "spec.paused");
            self.helps(say("`kubectl rollout resume deployment {0}`", "`kubectl rollout resume deployment {0}`", &[&key.name]));
        } else if let Some((_, message)) = it.condition("Progressing", "False") {
            let text = say(
                "its rollout did not get on within progressDeadlineSeconds: {0}",
                "progressDeadlineSeconds 안에 배포가 나아가지 못했습니다: {0}",
                &[&message],
            );
            self.because(key, "ProgressDeadlineExceeded", text);
            self.at(key, "spec.progressDeadlineSeconds");
        }
        if wanted == 0 {
            return self.scaled_to_zero(key);
        }
        let sets = self.owned(Kind::ReplicaSet, it.object);
        let revision = |set: &Object| {
            let all = set.meta().annotations.as_ref();
            all.and_then(|all| all.get("deployment.kubernetes.io/revision")?.parse::<u64>().ok()).unwrap_or(0)
        };
        let newest = sets.iter().max_by_key(|set| revision(set)).cloned();
        if available >= wanted && updated >= wanted && all == updated {
            if self.causes.is_empty() {
                self.because(
                    key,
                    "Complete",
                    say("all of its pods are of the newest version and available", "모든 파드가 새 버전이고 쓸 수 있습니다", &[]),
                );
            }
            return;
        }
        if self.causes.is_empty() {
            let text = say(
                "{0} pods are of the newest version, {1} of {2} are available",
                "새 버전 파드가 {0}개, 쓸 수 있는 파드가 {2}개 중 {1}개입니다",
                &[&updated.to_string(), &available.to_string(), &wanted.to_string()],
            );
            self.because(key, "NotAvailable", text);
        }
        match newest {
            Some(set) => {
                self.ask(&set);
                if self.help.is_empty() && updated > 0 && all > updated {
                    self.helps(say(
                        "`kubectl rollout undo deployment {0}` takes the change back",
                        "`kubectl rollout undo deployment {0}`로 변경을 되돌립니다",
                        &[&key.name],
                    ));
                }
            }
            None => drop(self.is_frozen(key, "deployment-controller")),
        }
    }

    fn scaled_to_zero(&mut self, key: &Key) {
        self.because(key, "ScaledToZero", say("it wants no pods: replicas is 0", "replicas가 0이라 파드를 두지 않습니다", &[]));
        self.at(key, "spec.replicas");
        let info = key.kind.info();
        self.helps(say("`kubectl scale {0} {1} --replicas=1`", "`kubectl scale {0} {1} --replicas=1`", &[info.singular, &key.name]));
    }

    fn replica_set(&mut self, it: &Workload<'_>) {
        let key = &it.key;
        let wanted = it.number("/spec/replicas").unwrap_or(1);
        let (has, ready) = (it.number("/status/replicas").unwrap_or(0), it.number("/status/readyReplicas").unwrap_or(0));
        self.head(say("{0} of {1} ready", "{1}개 중 {0}개 준비됨", &[&ready.to_string(), &wanted.to_string()]));
        if wanted == 0 {
            let newer = controller_of(it.object);
            return match newer {
                Some(owner) => {
                    let text = say(
                        "{0} keeps it for `rollout undo` only: a newer ReplicaSet has its pods",
                        "{0}이(가) `rollout undo`를 위해 남겨 둔 것입니다. 파드는 새 ReplicaSet에 있습니다",
                        &[&short(&owner)],
                    );
                    let scaled = self
                        .cluster
                        .server()
                        .store()
                        .get(&owner)
                        .is_some_and(|o| o.to_json().pointer("/spec/replicas").and_then(Value::as_i64) == Some(0));
                    if scaled { self.scaled_to_zero(&owner) } else { self.because(key, "OldRevision", text) }
                }
                None => self.scaled_to_zero(key),
            };
        }
        if let Some((_, message)) = it.condition("ReplicaFailure", "True") {
            return self.refused_by_server(key, &message);
        }
        let component = if key.kind == Kind::ReplicaSet { "replicaset-controller" } else { "replication-controller" };
        if has < wanted && self.is_frozen(key, component) {
            return;
        }
        if self.worst_pod(it.object) {
            return;
        }
        if has < wanted {
            let text = say(
                "it has {0} of {1} pods: the rest is being made",
                "파드 {1}개 중 {0}개가 있고 나머지를 만드는 중입니다",
                &[&has.to_string(), &wanted.to_string()],
            );
            return self.because(key, "Creating", text);
        }
        self.because(key, "Complete", say("it has all the pods it wants", "바라는 만큼 파드가 있습니다", &[]));
    }

    fn daemon_set(&mut self, it: &Workload<'_>) {
        let key = &it.key;
        let wanted = it.number("/status/desiredNumberScheduled").unwrap_or(0);
        let ready = it.number("/status/numberReady").unwrap_or(0);
        self.head(say("{0} of {1} ready", "{1}개 중 {0}개 준비됨", &[&ready.to_string(), &wanted.to_string()]));
        let seen = it.number("/status/observedGeneration").unwrap_or(0) >= it.number("/metadata/generation").unwrap_or(0);
        if !seen && self.is_frozen(key, "daemonset-controller") {
            return;
        }
        if wanted == 0 {
            let text = say(
                "no node matches its nodeSelector, affinity and tolerations",
                "nodeSelector, 어피니티, 톨러레이션에 맞는 노드가 없습니다",
                &[],
            );
            self.because(key, "NoMatchingNodes", text);
            let selector = it.json.pointer("/spec/template/spec/nodeSelector").and_then(Value::as_object);
            let field = if selector.is_some() { "spec.template.spec.nodeSelector" } else { "spec.template.spec" };
            self.at(key, field);
            if let Some((label, value)) = selector.and_then(|selector| selector.iter().next()) {
                let value = value.as_str().unwrap_or_default();
                self.helps(say("`kubectl label node NODE {0}={1}`", "`kubectl label node 노드 {0}={1}`", &[label, value]));
            }
            return;
        }
        if ready < wanted && (self.refusal(key) || self.worst_pod(it.object)) {
            return;
        }
        self.because(key, "Complete", say("every node that it is meant for has its pod", "맞는 노드마다 파드가 있습니다", &[]));
    }

    fn job(&mut self, it: &Workload<'_>) {
        let key = &it.key;
        let done = it.number("/status/succeeded").unwrap_or(0);
        let wanted = it.number("/spec/completions").unwrap_or(1);
        self.head(say("{0} of {1} completions", "{1}번 중 {0}번 완료", &[&done.to_string(), &wanted.to_string()]));
        if it.condition("Complete", "True").is_some() {
            return self.because(
                key,
                "Completed",
                say("as many of its pods succeeded as it wanted", "바라는 만큼 파드가 성공했습니다", &[]),
            );
        }
        if let Some((reason, message)) = it.condition("Failed", "True").or_else(|| it.condition("FailureTarget", "True")) {
            let (code, field) = match reason.as_str() {
                "BackoffLimitExceeded" => ("BackoffLimitExceeded", "spec.backoffLimit"),
                "DeadlineExceeded" => ("DeadlineExceeded", "spec.activeDeadlineSeconds"),
                "PodFailurePolicy" => ("PodFailurePolicy", "spec.podFailurePolicy"),
                "FailedIndexes" => ("FailedIndexes", "spec.backoffLimitPerIndex"),
                "MaxFailedIndexesExceeded" => ("MaxFailedIndexesExceeded", "spec.maxFailedIndexes"),
                _ => ("JobFailed", "spec"),
            };
            let indexes = it.json.pointer("/status/failedIndexes").and_then(Value::as_str).unwrap_or_default();
            let text = match code {
                "FailedIndexes" => say(
                    "the pods of these indexes failed more often than backoffLimitPerIndex allows: {0}",
                    "파드가 backoffLimitPerIndex보다 많이 실패한 인덱스: {0}",
                    &[indexes],
                ),
                "MaxFailedIndexesExceeded" => say(
                    "more indexes failed than maxFailedIndexes allows: {0}",
                    "실패한 인덱스가 maxFailedIndexes보다 많습니다: {0}",
                    &[indexes],
                ),
                "BackoffLimitExceeded" => {
                    say("its pods failed more often than backoffLimit allows", "파드가 backoffLimit보다 많이 실패했습니다", &[])
                }
                "DeadlineExceeded" => {
                    say("it took longer than its activeDeadlineSeconds", "activeDeadlineSeconds보다 오래 걸렸습니다", &[])
                }
                _ => say("{0}", "{0}", &[&message]),
            };
            self.because(key, code, text);
            self.at(key, field);
            if code == "DeadlineExceeded" {
                return self.helps(say("raise activeDeadlineSeconds, or do less", "activeDeadlineSeconds를 늘리거나 일을 줄입니다", &[]));
            }
            self.worst_pod(it.object);
            return self.helps(say(
                "mend the program, then delete and create the job again",
                "프로그램을 고친 뒤 잡을 지우고 다시 만듭니다",
                &[],
            ));
        }
        if it.is("/spec/suspend") {
            self.because(key, "Suspended", say("it is suspended", "중단해 두었습니다(suspend)", &[]));
            self.at(key, "spec.suspend");
            let patch = format!("kubectl patch job {} -p '{{\"spec\":{{\"suspend\":false}}}}'", key.name);
            return self.helps(say("`{0}`", "`{0}`", &[&patch]));
        }
        if it.number("/status/active").unwrap_or(0) == 0 && self.is_frozen(key, "job-controller") {
            return;
        }
        if self.worst_pod(it.object) || self.refusal(key) {
            return;
        }
        self.because(key, "Active", say("its pods are at work", "파드가 일하고 있습니다", &[]));
    }

    fn cron_job(&mut self, it: &Workload<'_>) {
        let key = &it.key;
        let schedule = it.json.pointer("/spec/schedule").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.head(say("{0}", "{0}", &[&schedule]));
        if it.is("/spec/suspend") {
            self.because(key, "Suspended", say("it is suspended: no job is started", "중단해 두어(suspend) 잡을 시작하지 않습니다", &[]));
            self.at(key, "spec.suspend");
            let patch = format!("kubectl patch cronjob {} -p '{{\"spec\":{{\"suspend\":false}}}}'", key.name);
            return self.helps(say("`{0}`", "`{0}`", &[&patch]));
        }
        if self.is_frozen(key, "cronjob-controller") {
            return;
        }
        let active = it.json.pointer("/status/active").and_then(Value::as_array).map_or(0, Vec::len);
        if active > 0 && it.json.pointer("/spec/concurrencyPolicy").and_then(Value::as_str) == Some("Forbid") {
            let text = say(
                "its last job still runs, and concurrencyPolicy Forbid allows no second one",
                "앞선 잡이 아직 돌고 있고 concurrencyPolicy가 Forbid라 하나 더 시작하지 않습니다",
                &[],
            );
            self.because(key, "ConcurrencyForbidden", text);
            return self.at(key, "spec.concurrencyPolicy");
        }
        if self.last_job_failed(it.object) || self.refusal(key) {
            return;
        }
        let zone = it.json.pointer("/spec/timeZone").and_then(Value::as_str).unwrap_or("UTC");
        let text = say(
            "it starts a job whenever the schedule \"{0}\" says so (by the clocks of {1})",
            "일정 \"{0}\"에 맞춰 잡을 시작합니다({1} 시간)",
            &[&schedule, zone],
        );
        self.because(key, "OnSchedule", text);
        self.at(key, "spec.schedule");
    }

    /// Goes on with the newest Job, if it failed.
    fn last_job_failed(&mut self, cron_job: &Object) -> bool {
        let newest =
            self.owned(Kind::Job, cron_job).into_iter().max_by_key(|job| job.meta().creation_timestamp.as_ref().map(|time| time.0));
        let failed = |job: &Object| {
            let job = Workload { object: job, key: job.key(), json: job.to_json() };
            job.condition("Failed", "True").is_some()
        };
        let Some(job) = newest.filter(failed) else { return false };
        let text = say("the last job that it started failed", "마지막으로 시작한 잡이 실패했습니다", &[]);
        self.because(&cron_job.key(), "LastJobFailed", text);
        self.ask(&job);
        true
    }

    /// Anything else: it is, because somebody made it.
    fn plain(&mut self, it: &Workload<'_>) {
        self.head(say("it exists", "있습니다", &[]));
        let users = self.users_of(&it.key);
        let text = match users.is_empty() {
            true => say("it is as it was written last; no pod uses it", "마지막으로 적힌 그대로입니다. 쓰는 파드가 없습니다", &[]),
            false => say(
                "it is as it was written last; these pods use it: {0}",
                "마지막으로 적힌 그대로입니다. 쓰는 파드: {0}",
                &[&users.join(", ")],
            ),
        };
        let text = if matches!(it.key.kind, Kind::ConfigMap | Kind::Secret | Kind::ServiceAccount) {
            text
        } else {
            say("it is as it was written last", "마지막으로 적힌 그대로입니다", &[])
        };
        self.because(&it.key, "AsWritten", text);
    }

    fn users_of(&self, key: &Key) -> Vec<String> {
        let quoted = format!("\"name\":\"{}\"", key.name);
        let others = [format!("\"secretName\":\"{}\"", key.name), format!("\"serviceAccountName\":\"{}\"", key.name)];
        let uses = |pod: &Pod| {
            let text = serde_json::to_string(&pod.spec).unwrap_or_default();
            let kind = match key.kind {
                Kind::ConfigMap => "onfigMap",
                Kind::Secret => "ecret",
                _ => "serviceAccount",
            };
            text.contains(kind)
                && (text.contains(&quoted) && key.kind != Kind::ServiceAccount || others.iter().any(|other| text.contains(other)))
        };
        let pods = self.client.list::<Pod>(Some(&key.namespace));
        pods.iter().filter(|pod| uses(pod)).filter_map(|pod| pod.metadata.name.clone()).collect()
    }
}
