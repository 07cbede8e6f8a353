//! `kubectl describe` of deployments, replica sets, replication controllers, daemon sets, jobs and cron jobs.

use super::containers::describe_containers;
use super::pod::{group, spread};
use super::volumes::describe_volumes;
use super::writer::{Writer, capital, controller, or_none, rfc1123, selector, shown};
use crate::kubectl::command::{at, int, items, text};
use serde_json::Value;

/// How many of a controller's pods are in each phase.
#[derive(Default)]
pub struct Phases {
    running: usize,
    waiting: usize,
    succeeded: usize,
    failed: usize,
}

impl Phases {
    /// Counts.
    pub fn of(pods: &[Value]) -> Phases {
        let mut phases = Phases::default();
        for pod in pods {
            match text(pod, &["status", "phase"]).as_str() {
                "Running" => phases.running += 1,
                "Pending" => phases.waiting += 1,
                "Succeeded" => phases.succeeded += 1,
                "Failed" => phases.failed += 1,
                _ => {}
            }
        }
        phases
    }

    fn line(&self) -> String {
        format!("{} Running / {} Waiting / {} Succeeded / {} Failed", self.running, self.waiting, self.succeeded, self.failed)
    }
}

/// `Pod Template:` and everything in it.
pub fn template(w: &mut Writer, template: Option<&Value>) {
    w.line(0, "Pod Template:");
    let Some(template) = template else { return w.line(1, "<unset>") };
    w.labels("  Labels", at(template, &["metadata", "labels"]));
    if at(template, &["metadata", "annotations"]).and_then(Value::as_object).is_some_and(|m| !m.is_empty()) {
        w.annotations("  Annotations", at(template, &["metadata", "annotations"]));
    }
    let account = text(template, &["spec", "serviceAccountName"]);
    if !account.is_empty() {
        w.field(1, "Service Account", &account);
    }
    let init = items(template, &["spec", "initContainers"]);
    if !init.is_empty() {
        describe_containers(w, "Init Containers", init, &[], None, "  ");
    }
    describe_containers(w, "Containers", items(template, &["spec", "containers"]), &[], None, "  ");
    describe_volumes(w, items(template, &["spec", "volumes"]), "  ");
    spread(w, items(template, &["spec", "topologySpreadConstraints"]), "  ");
    let priority = text(template, &["spec", "priorityClassName"]);
    if !priority.is_empty() {
        w.field(1, "Priority Class Name", &priority);
    }
    w.labels("  Node-Selectors", at(template, &["spec", "nodeSelector"]));
    w.tolerations("  Tolerations", items(template, &["spec", "tolerations"]));
    group(w, template, "  ");
}

fn conditions(w: &mut Writer, object: &Value) {
    let conditions = items(object, &["status", "conditions"]);
    if conditions.is_empty() {
        return;
    }
    w.line(0, "Conditions:\n  Type\tStatus\tReason");
    w.line(1, "----\t------\t------");
    for c in conditions {
        w.line(1, &format!("{} \t{}\t{}", text(c, &["type"]), text(c, &["status"]), text(c, &["reason"])));
    }
}

/// Deployment. `sets` are its replica sets.
pub fn deployment(w: &mut Writer, object: &Value, sets: &[Value], events: Option<&[Value]>) {
    w.field(0, "Name", &text(object, &["metadata", "name"]));
    w.field(0, "Namespace", &text(object, &["metadata", "namespace"]));
    w.field(0, "CreationTimestamp", &rfc1123(&text(object, &["metadata", "creationTimestamp"])));
    w.labels("Labels", at(object, &["metadata", "labels"]));
    w.annotations("Annotations", at(object, &["metadata", "annotations"]));
    w.field(0, "Selector", &selector(at(object, &["spec", "selector"])));
    let n = |key: &str| int(object, &["status", key]);
    let replicas = format!(
        "{} desired | {} updated | {} total | {} available | {} unavailable",
        int(object, &["spec", "replicas"]),
        n("updatedReplicas"),
        n("replicas"),
        n("availableReplicas"),
        n("unavailableReplicas")
    );
    w.field(0, "Replicas", &replicas);
    w.field(0, "StrategyType", &text(object, &["spec", "strategy", "type"]));
    w.field(0, "MinReadySeconds", &int(object, &["spec", "minReadySeconds"]).to_string());
    if let Some(rolling) = at(object, &["spec", "strategy", "rollingUpdate"]).filter(|r| r.is_object()) {
        let (unavailable, surge) = (shown(rolling.get("maxUnavailable")), shown(rolling.get("maxSurge")));
        w.field(0, "RollingUpdateStrategy", &format!("{unavailable} max unavailable, {surge} max surge"));
    }
    template(w, at(object, &["spec", "template"]));
    conditions(w, object);
    if !sets.is_empty() {
        let template = |o: &Value| without_hash(at(o, &["spec", "template"]).unwrap_or(&Value::Null));
        let wanted = template(object);
        let newest = sets.iter().filter(|s| template(s) == wanted).min_by_key(|s| text(s, &["metadata", "creationTimestamp"]));
        let newest_name = newest.map(|s| text(s, &["metadata", "name"])).unwrap_or_default();
        let old: Vec<&Value> = sets.iter().filter(|s| text(s, &["metadata", "name"]) != newest_name).collect();
        let line = |all: &[&Value]| {
            let parts: Vec<String> = all
                .iter()
                .map(|s| {
                    let (have, want) = (int(s, &["status", "replicas"]), int(s, &["spec", "replicas"]));
                    format!("{} ({have}/{want} replicas created)", text(s, &["metadata", "name"]))
                })
                .collect();
            parts.join(", ")
        };
        w.field(0, "OldReplicaSets", or_none(&line(&old)));
        let newest: Vec<&Value> = newest.into_iter().collect();
        w.field(0, "NewReplicaSet", or_none(&line(&newest)));
    }
    if let Some(events) = events {
        w.events(events);
    }
}

/// A template without the hash that a deployment's replica sets add.
pub fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    template
}

/// Replica set or replication controller.
pub fn replica_set(w: &mut Writer, object: &Value, pods: &[Value], events: Option<&[Value]>) {
    w.field(0, "Name", &text(object, &["metadata", "name"]));
    w.field(0, "Namespace", &text(object, &["metadata", "namespace"]));
    let is_set =
        at(object, &["spec", "selector", "matchLabels"]).is_some() || at(object, &["spec", "selector", "matchExpressions"]).is_some();
    let chosen = if is_set { selector(at(object, &["spec", "selector"])) } else { pairs(at(object, &["spec", "selector"])) };
    w.field(0, "Selector", &chosen);
    w.labels("Labels", at(object, &["metadata", "labels"]));
    w.annotations("Annotations", at(object, &["metadata", "annotations"]));
    let controller = controller(object);
    if !controller.is_empty() {
        w.field(0, "Controlled By", &controller);
    }
    w.field(0, "Replicas", &format!("{} current / {} desired", int(object, &["status", "replicas"]), int(object, &["spec", "replicas"])));
    w.field(0, "Pods Status", &Phases::of(pods).line());
    template(w, at(object, &["spec", "template"]));
    conditions(w, object);
    if let Some(events) = events {
        w.events(events);
    }
}

/// `a=b,c=d` or `<none>`. Models labels.FormatLabels.
pub fn pairs(map: Option<&Value>) -> String {
    let map = map.and_then(Value::as_object);
    let all: Vec<String> = map.into_iter().flatten().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
    or_none(&all.join(",")).to_owned()
}

/// Daemon set.
pub fn daemon_set(w: &mut Writer, object: &Value, pods: &[Value], events: Option<&[Value]>) {
    w.field(0, "Name", &text(object, &["metadata", "name"]));
    w.field(0, "Namespace", &text(object, &["metadata", "namespace"]));
    w.field(0, "Selector", &selector(at(object, &["spec", "selector"])));
    w.field(0, "Node-Selector", &pairs(at(object, &["spec", "template", "spec", "nodeSelector"])));
    w.labels("Labels", at(object, &["metadata", "labels"]));
    w.annotations("Annotations", at(object, &["metadata", "annotations"]));
    for (label, key) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        w.line(0, &format!("{label}: {}", int(object, &["status", key])));
    }
    w.field(0, "Pods Status", &Phases::of(pods).line());
    template(w, at(object, &["spec", "template"]));
    if let Some(events) = events {
        w.events(events);
    }
}

/// Job.
pub fn job(w: &mut Writer, object: &Value, events: Option<&[Value]>) {
    w.field(0, "Name", &text(object, &["metadata", "name"]));
    w.field(0, "Namespace", &text(object, &["metadata", "namespace"]));
    let selected = selector(at(object, &["spec", "selector"]));
    // Unlike the others', a job's empty selector is an empty word.
    w.field(0, "Selector", if selected == "<none>" { "" } else { &selected });
    w.labels("Labels", at(object, &["metadata", "labels"]));
    w.annotations("Annotations", at(object, &["metadata", "annotations"]));
    let controller = controller(object);
    if !controller.is_empty() {
        w.field(0, "Controlled By", &controller);
    }
    let spec = |key: &str| at(object, &["spec", key]);
    let number = |key: &str| spec(key).and_then(Value::as_i64);
    if let Some(parallelism) = number("parallelism") {
        w.field(0, "Parallelism", &parallelism.to_string());
    }
    w.field(0, "Completions", &number("completions").map_or_else(|| "<unset>".into(), |n| n.to_string()));
    for (label, key) in [("Completion Mode", "completionMode"), ("Suspend", "suspend"), ("Backoff Limit", "backoffLimit")] {
        if let Some(value) = spec(key) {
            w.field(0, label, &shown(Some(value)));
        }
    }
    if let Some(seconds) = number("ttlSecondsAfterFinished") {
        w.field(0, "TTL Seconds After Finished", &seconds.to_string());
    }
    let (start, end) = (text(object, &["status", "startTime"]), text(object, &["status", "completionTime"]));
    if !start.is_empty() {
        w.field(0, "Start Time", &rfc1123(&start));
    }
    if !end.is_empty() {
        w.field(0, "Completed At", &rfc1123(&end));
        if let (Ok(a), Ok(b)) = (start.parse::<jiff::Timestamp>(), end.parse::<jiff::Timestamp>()) {
            w.field(0, "Duration", &crate::api::duration::human_duration(b.as_millisecond() - a.as_millisecond()));
        }
    }
    if let Some(seconds) = number("activeDeadlineSeconds") {
        w.field(0, "Active Deadline Seconds", &format!("{seconds}s"));
    }
    let n = |key: &str| int(object, &["status", key]);
    let ready = at(object, &["status", "ready"]).and_then(Value::as_i64).map(|n| format!(" ({n} Ready)")).unwrap_or_default();
    w.field(0, "Pods Statuses", &format!("{} Active{ready} / {} Succeeded / {} Failed", n("active"), n("succeeded"), n("failed")));
    if text(object, &["spec", "completionMode"]) == "Indexed" {
        w.field(0, "Completed Indexes", &capped(&text(object, &["status", "completedIndexes"])));
    }
    template(w, at(object, &["spec", "template"]));
    if let Some(events) = events {
        w.events(events);
    }
}

/// The indexes up to the first comma that is far enough to the right. Models capIndexesListOrNone.
fn capped(indexes: &str) -> String {
    const ENOUGH: usize = 50;
    match indexes.get(ENOUGH..).and_then(|rest| rest.find(',')) {
        Some(at) => format!("{}...", &indexes[..=ENOUGH + at]),
        None => or_none(indexes).to_owned(),
    }
}

/// Cron job.
pub fn cron_job(w: &mut Writer, object: &Value, events: Option<&[Value]>) {
    w.head(object);
    let spec = |key: &str| at(object, &["spec", key]);
    w.field(0, "Schedule", &text(object, &["spec", "schedule"]));
    w.field(0, "Concurrency Policy", &text(object, &["spec", "concurrencyPolicy"]));
    w.field(0, "Suspend", if spec("suspend").is_some() { capital(spec("suspend")) } else { "<unset>" });
    let unset = |text: String| if text.is_empty() { "<unset>".to_owned() } else { text };
    w.field(0, "Time Zone", &unset(text(object, &["spec", "timeZone"])));
    w.field(0, "Successful Job History Limit", &unset(shown(spec("successfulJobsHistoryLimit"))));
    w.field(0, "Failed Job History Limit", &unset(shown(spec("failedJobsHistoryLimit"))));
    let deadline = spec("startingDeadlineSeconds").map(|s| format!("{}s", shown(Some(s)))).unwrap_or_default();
    w.field(0, "Starting Deadline Seconds", &unset(deadline));
    let job = at(object, &["spec", "jobTemplate", "spec"]).unwrap_or(&Value::Null);
    w.field(0, "Selector", &unset(job.get("selector").map(|s| selector(Some(s))).unwrap_or_default()));
    w.field(0, "Parallelism", &unset(shown(job.get("parallelism"))));
    w.field(0, "Completions", &unset(shown(job.get("completions"))));
    if let Some(seconds) = job.get("activeDeadlineSeconds") {
        w.field(0, "Active Deadline Seconds", &format!("{seconds}s"));
    }
    template(w, job.get("template"));
    let last = text(object, &["status", "lastScheduleTime"]);
    w.field(0, "Last Schedule Time", &if last.is_empty() { "<unset>".to_owned() } else { rfc1123(&last) });
    let active: Vec<String> = items(object, &["status", "active"]).iter().map(|j| text(j, &["name"])).collect();
    w.field(0, "Active Jobs", or_none(&active.join(", ")));
    if let Some(events) = events {
        w.events(events);
    }
}
