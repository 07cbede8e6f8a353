//! Server-side tables: the columns and cells that `kubectl get` prints. Models `pkg/printers/internalversion`.

mod descriptions;
mod event;
mod job;
mod node;
pub mod pod;
mod service;
mod workload;

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde_json::{Value, json};

use crate::api::duration::human_duration;
use crate::api::{Kind, Object};

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub name: &'static str,
    pub type_: &'static str,
    pub format: &'static str,
    /// 0 is always shown, 1 only in wide output.
    pub priority: u8,
}

const fn column(name: &'static str, type_: &'static str, priority: u8) -> Column {
    Column { name, type_, format: "", priority }
}

const NAME: Column = Column { name: "Name", type_: "string", format: "name", priority: 0 };
const AGE: Column = column("Age", "string", 0);

const NAMESPACE: &[Column] = &[NAME, column("Status", "string", 0), AGE];
const CONFIG_MAP: &[Column] = &[NAME, column("Data", "string", 0), AGE];
const SECRET: &[Column] = &[NAME, column("Type", "string", 0), column("Data", "string", 0), AGE];
const LEASE: &[Column] = &[NAME, column("Holder", "string", 0), AGE];
const PRIORITY_CLASS: &[Column] =
    &[NAME, column("Value", "integer", 0), column("Global-Default", "boolean", 0), AGE, column("PreemptionPolicy", "string", 0)];
const DISRUPTION_BUDGET: &[Column] =
    &[NAME, column("Min Available", "string", 0), column("Max Unavailable", "string", 0), column("Allowed Disruptions", "integer", 0), AGE];
const RESOURCE_QUOTA: &[Column] = &[NAME, column("Request", "string", 0), column("Limit", "string", 0), AGE];
/// LimitRanges have a creation time where others have an age.
const LIMIT_RANGE: &[Column] = &[NAME, column("Created At", "date", 0)];
const CONTROLLER_REVISION: &[Column] = &[NAME, column("Controller", "string", 0), column("Revision", "string", 0), AGE];
const BY_DEFAULT: &[Column] = &[NAME, AGE];

/// The columns of a kind.
pub(super) fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Pod => pod::COLUMNS,
        Kind::Node => node::COLUMNS,
        Kind::Namespace => NAMESPACE,
        Kind::Service => service::COLUMNS,
        Kind::Endpoints => service::ENDPOINTS,
        Kind::EndpointSlice => service::SLICES,
        Kind::Deployment => workload::DEPLOYMENT,
        Kind::ReplicaSet | Kind::ReplicationController => workload::REPLICA_SET,
        Kind::DaemonSet => workload::DAEMON_SET,
        Kind::Job => job::JOB,
        Kind::CronJob => job::CRON_JOB,
        Kind::Event => event::COLUMNS,
        Kind::ConfigMap => CONFIG_MAP,
        Kind::Secret => SECRET,
        Kind::Lease => LEASE,
        Kind::PriorityClass => PRIORITY_CLASS,
        Kind::PodDisruptionBudget => DISRUPTION_BUDGET,
        Kind::ResourceQuota => RESOURCE_QUOTA,
        Kind::LimitRange => LIMIT_RANGE,
        Kind::ControllerRevision => CONTROLLER_REVISION,
        Kind::ServiceAccount | Kind::Binding => BY_DEFAULT,
    }
}

/// What a column shows.
pub(super) fn description(kind: Kind, column: &Column) -> &'static str {
    descriptions::of(kind, column.name)
}

/// The cells of an object's row.
pub(super) fn cells(object: &Object, now: Timestamp) -> Vec<Value> {
    let (name, age) = (json!(object.name()), json!(age(object, now)));
    match object {
        Object::Pod(o) => pod::cells(o, now),
        Object::Node(o) => node::cells(o, now),
        Object::Namespace(o) => vec![name, json!(o.status.as_ref().and_then(|s| s.phase.clone()).unwrap_or_default()), age],
        Object::Service(o) => service::cells(o, now),
        Object::Endpoints(o) => service::endpoints(o, now),
        Object::EndpointSlice(o) => service::slice(o, now),
        Object::Deployment(o) => workload::deployment(o, now),
        Object::ReplicaSet(o) => workload::replica_set(o, now),
        Object::ReplicationController(o) => workload::replication_controller(o, now),
        Object::DaemonSet(o) => workload::daemon_set(o, now),
        Object::Job(o) => job::job(o, now),
        Object::CronJob(o) => job::cron_job(o, now),
        Object::Event(o) => event::cells(o, now),
        Object::ConfigMap(o) => {
            let entries = o.data.as_ref().map_or(0, BTreeMap::len) + o.binary_data.as_ref().map_or(0, BTreeMap::len);
            vec![name, json!(entries), age]
        }
        Object::Secret(o) => vec![name, json!(o.type_), json!(o.data.as_ref().map_or(0, BTreeMap::len)), age],
        Object::Lease(o) => vec![name, json!(o.spec.as_ref().and_then(|s| s.holder_identity.clone()).unwrap_or_default()), age],
        Object::PriorityClass(o) => vec![name, json!(o.value), json!(o.global_default.unwrap_or(false)), age, json!(o.preemption_policy)],
        Object::PodDisruptionBudget(o) => {
            let spec = o.spec.clone().unwrap_or_default();
            let text = |value: Option<IntOrString>| match value {
                Some(IntOrString::Int(number)) => number.to_string(),
                Some(IntOrString::String(text)) => text,
                None => "N/A".into(),
            };
            let allowed = o.status.as_ref().and_then(|status| status.disruptions_allowed).unwrap_or(0);
            vec![name, json!(text(spec.min_available)), json!(text(spec.max_unavailable)), json!(allowed), age]
        }
        Object::ResourceQuota(o) => {
            let (requests, limits) = quota(o);
            vec![name, json!(requests), json!(limits), age]
        }
        Object::LimitRange(o) => {
            let created = o.metadata.creation_timestamp.as_ref().map(|t| t.0.to_string()).unwrap_or_default();
            vec![name, json!(created)]
        }
        Object::ControllerRevision(o) => {
            let owners = o.metadata.owner_references.iter().flatten();
            let owner = owners.into_iter().find(|owner| owner.controller == Some(true)).map(|owner| {
                let group = owner.api_version.split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
                format!("{}{group}/{}", owner.kind.to_lowercase(), owner.name)
            });
            vec![name, json!(owner.unwrap_or_else(|| "<none>".to_owned())), json!(o.revision.to_string()), age]
        }
        Object::ServiceAccount(_) | Object::Binding(_) => vec![name, age],
    }
}

/// `requests.cpu: 1/2, …` and the same for limits. Models `printResourceQuota`.
fn quota(quota: &k8s_openapi::api::core::v1::ResourceQuota) -> (String, String) {
    let status = quota.status.clone().unwrap_or_default();
    let (hard, used) = (status.hard.unwrap_or_default(), status.used.unwrap_or_default());
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in &hard {
        let used = used.get(resource).map_or("0", |q| q.0.as_str());
        let text = format!("{resource}: {used}/{}", hard.0);
        if resource == "limits.cpu" || resource == "limits.memory" {
            limits.push(text);
        } else {
            requests.push(text);
        }
    }
    (requests.join(", "), limits.join(", "))
}

/// `a=1,b=2`, or `<none>`.
fn labels_text(labels: Option<&BTreeMap<String, String>>) -> String {
    let texts: Vec<String> = labels.iter().flat_map(|labels| labels.iter()).map(|(k, v)| format!("{k}={v}")).collect();
    if texts.is_empty() { "<none>".into() } else { texts.join(",") }
}

/// How long ago the object was created.
fn age(object: &Object, now: Timestamp) -> String {
    since(object.meta().creation_timestamp.as_ref().map(|time| time.0), now)
}

/// How long ago `then` was, as `kubectl` shows it.
fn since(then: Option<Timestamp>, now: Timestamp) -> String {
    let millis = |then: Timestamp| i64::try_from(now.duration_since(then).as_millis()).unwrap_or(i64::MAX);
    then.map_or_else(|| "<unknown>".into(), |then| human_duration(millis(then)))
}
