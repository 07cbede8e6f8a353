//! What objects use of their namespace's quotas. Models `pkg/quota/v1/evaluator/core` and apiserver's `pkg/quota/v1`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Pod, PodAffinityTerm, PodSpec, ResourceQuota, Service};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;

use super::pod::is_finished;
use super::pod_resources::{Amounts, add, container_limits, container_requests, pod_limits, pod_requests, read};
use super::quantity::{Format, Quantity};
use super::validation::qos_class;
use super::{Kind, Object};

/// The resources of a pod that a quota may demand of every container.
const DEMANDED: &[&str] = &["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

/// Writes a list of amounts.
pub fn write(amounts: &Amounts) -> BTreeMap<String, Written> {
    amounts.iter().map(|(name, quantity)| (name.clone(), Written(quantity.to_string()))).collect()
}

/// The name under which the objects of a kind are counted: `count/pods`, `count/deployments.apps`.
fn count_of(kind: Kind) -> String {
    format!("count/{}", kind.info().group_resource())
}

/// Whether quotas count the kind by its plural name too.
fn is_counted_by_name(kind: Kind) -> bool {
    matches!(kind, Kind::Pod | Kind::Service | Kind::ConfigMap | Kind::Secret | Kind::ReplicationController | Kind::ResourceQuota)
}

/// Whether objects of `kind` use the resource that a quota names. Models the evaluators' MatchingResources.
pub fn concerns(kind: Kind, resource: &str) -> bool {
    if resource == count_of(kind) || (is_counted_by_name(kind) && resource == kind.info().plural) {
        return true;
    }
    match kind {
        Kind::Service => matches!(resource, "services.nodeports" | "services.loadbalancers"),
        Kind::Pod => {
            let bare = resource.strip_prefix("requests.").or(resource.strip_prefix("limits.")).unwrap_or(resource);
            let extended = resource.strip_prefix("requests.").is_some_and(|name| name.contains('/'));
            matches!(bare, "cpu" | "memory" | "ephemeral-storage") || bare.starts_with("hugepages-") || extended
        }
        _ => false,
    }
}

/// What an object uses at the time `now`.
pub fn usage(object: &Object, now: Timestamp) -> Amounts {
    let kind = object.kind();
    let one = || Quantity::from_int(1, Format::DecimalSI);
    let mut used = Amounts::from([(count_of(kind), one())]);
    match object {
        Object::Pod(pod) if is_over(pod, now) => {}
        Object::Pod(pod) => {
            used.insert("pods".into(), one());
            add(&mut used, &compute_usage(&pod_requests(pod.spec.as_ref()), &pod_limits(pod.spec.as_ref())));
        }
        Object::Service(service) => {
            used.insert("services".into(), one());
            service_usage(service, &mut used);
        }
        _ if is_counted_by_name(kind) => {
            used.insert(kind.info().plural.into(), one());
        }
        _ => {}
    }
    used
}

/// Whether a pod no longer counts: it has ended, or should have. Models QuotaV1Pod.
fn is_over(pod: &Pod, now: Timestamp) -> bool {
    let meta = &pod.metadata;
    let deadline = meta.deletion_timestamp.as_ref().zip(meta.deletion_grace_period_seconds).and_then(|(deleted, grace)| {
        let seconds = grace.clamp(0, 1_000_000_000);
        deleted.0.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()
    });
    is_finished(pod) || deadline.is_some_and(|deadline| now > deadline)
}

/// Requests and limits under the names of quotas. Models podComputeUsageHelper.
fn compute_usage(requests: &Amounts, limits: &Amounts) -> Amounts {
    let mut used = Amounts::new();
    for (name, quantity) in requests {
        let standard = matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage");
        if standard || name.starts_with("hugepages-") {
            used.insert(name.clone(), quantity.clone());
        }
        if standard || name.starts_with("hugepages-") || name.contains('/') {
            used.insert(format!("requests.{name}"), quantity.clone());
        }
    }
    for (name, quantity) in limits {
        if matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") {
            used.insert(format!("limits.{name}"), quantity.clone());
        }
    }
    used
}

fn service_usage(service: &Service, used: &mut Amounts) {
    let Some(spec) = &service.spec else { return };
    let ports: Vec<_> = spec.ports.iter().flatten().collect();
    let node_ports = match spec.type_.as_deref() {
        Some("NodePort") => ports.len(),
        Some("LoadBalancer") => {
            used.insert("services.loadbalancers".into(), Quantity::from_int(1, Format::DecimalSI));
            let given = ports.iter().filter(|port| port.node_port.unwrap_or(0) != 0).count();
            if spec.allocate_load_balancer_node_ports == Some(false) { given } else { ports.len() }
        }
        _ => return,
    };
    used.insert("services.nodeports".into(), Quantity::from_int(i64::try_from(node_ports).unwrap_or(0), Format::DecimalSI));
}

/// Whether the quota looks at this object: one of its resources concerns the kind, and all its scopes let it in.
pub fn matches(quota: &ResourceQuota, object: &Object) -> bool {
    let Some(spec) = &quota.spec else { return false };
    if !spec.hard.iter().flatten().any(|(name, _)| concerns(object.kind(), name)) {
        return false;
    }
    let listed = spec.scopes.iter().flatten().all(|scope| in_scope(scope, "Exists", &[], object));
    let selected = spec.scope_selector.iter().flat_map(|selector| selector.match_expressions.iter().flatten());
    let mut selected = selected;
    listed
        && selected.all(|expression| {
            in_scope(&expression.scope_name, &expression.operator, expression.values.as_deref().unwrap_or_default(), object)
        })
}

fn in_scope(scope: &str, operator: &str, values: &[String], object: &Object) -> bool {
    let Object::Pod(pod) = object else { return false };
    let Some(spec) = &pod.spec else { return false };
    let ends = spec.active_deadline_seconds.is_some_and(|seconds| seconds >= 0);
    match scope {
        "Terminating" => ends,
        "NotTerminating" => !ends,
        "BestEffort" => qos_class(spec) == "BestEffort",
        "NotBestEffort" => qos_class(spec) != "BestEffort",
        "CrossNamespacePodAffinity" => spans_namespaces(spec),
        "PriorityClass" => {
            let class = spec.priority_class_name.as_deref().unwrap_or_default();
            let named = values.iter().any(|value| value == class);
            match operator {
                "In" => !class.is_empty() && named,
                "NotIn" => !named,
                "DoesNotExist" => class.is_empty(),
                _ => !class.is_empty(),
            }
        }
        _ => false,
    }
}

fn spans_namespaces(spec: &PodSpec) -> bool {
    let Some(affinity) = &spec.affinity else { return false };
    let spans =
        |term: &PodAffinityTerm| term.namespaces.as_ref().is_some_and(|names| !names.is_empty()) || term.namespace_selector.is_some();
    let near = affinity.pod_affinity.iter().any(|affinity| {
        let preferred = affinity.preferred_during_scheduling_ignored_during_execution.iter().flatten();
        affinity.required_during_scheduling_ignored_during_execution.iter().flatten().any(spans)
            || preferred.map(|weighted| &weighted.pod_affinity_term).any(spans)
    });
    let apart = affinity.pod_anti_affinity.iter().any(|affinity| {
        let preferred = affinity.preferred_during_scheduling_ignored_during_execution.iter().flatten();
        affinity.required_during_scheduling_ignored_during_execution.iter().flatten().any(spans)
            || preferred.map(|weighted| &weighted.pod_affinity_term).any(spans)
    });
    near || apart
}

/// What a quota on these resources demands of a pod's containers and some do not say. Models the pod evaluator's Constraints.
pub fn unsaid(spec: &PodSpec, hard: &BTreeSet<String>) -> Option<String> {
    let pod_level = compute_usage(
        &read(spec.resources.as_ref().and_then(|r| r.requests.as_ref())),
        &read(spec.resources.as_ref().and_then(|r| r.limits.as_ref())),
    );
    let demanded: Vec<&String> =
        hard.iter().filter(|name| DEMANDED.contains(&name.as_str()) && !pod_level.contains_key(name.as_str())).collect();
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for container in spec.containers.iter().chain(spec.init_containers.iter().flatten()) {
        let said = compute_usage(&container_requests(container), &container_limits(container));
        for name in demanded.iter().filter(|name| !said.contains_key(name.as_str())) {
            missing.entry(name.as_str()).or_default().insert(&container.name);
        }
    }
    let clauses: Vec<String> = missing
        .iter()
        .map(|(name, containers)| format!("{name} for: {}", containers.iter().copied().collect::<Vec<_>>().join(",")))
        .collect();
    (!clauses.is_empty()).then(|| format!("must specify {}", clauses.join("; ")))
}

/// The names of the amounts that are above their limits.
pub fn exceeded<'a>(used: &'a Amounts, hard: &Amounts) -> Vec<&'a str> {
    let above = |(name, used): (&'a String, &Quantity)| {
        hard.get(name).is_some_and(|hard| used.compare(hard) == Ordering::Greater).then_some(name.as_str())
    };
    used.iter().filter_map(above).collect()
}
