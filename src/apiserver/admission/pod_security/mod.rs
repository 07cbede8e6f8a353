//! Models `k8s.io/pod-security-admission`: pods are held to the level that their namespace's labels name.

mod checks;

use std::collections::BTreeMap;
use std::rc::Rc;

use k8s_openapi::api::core::v1::{Namespace, Pod, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{ApiServer, forbidden};
use crate::api::{Key, Kind, Object, Status};

/// How strict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    #[default]
    Privileged,
    Baseline,
    Restricted,
}

/// A level, and the minor version of Kubernetes whose checks are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Standard {
    level: Level,
    /// `None` is the latest.
    minor: Option<u32>,
}

impl std::fmt::Display for Standard {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let level = match self.level {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        };
        match self.minor {
            Some(minor) => write!(out, "{level}:v1.{minor}"),
            None => write!(out, "{level}:latest"),
        }
    }
}

/// What a namespace asks for. Its audit level is only for logs that nobody reads here.
#[derive(Default)]
struct Policy {
    enforce: Standard,
    warn: Standard,
}

/// Models api.PolicyToEvaluate. A label that cannot be read counts as restricted, so that a mistake is noticed.
fn policy(labels: Option<&BTreeMap<String, String>>) -> Policy {
    let label = |name: &str| labels.and_then(|labels| labels.get(&format!("pod-security.kubernetes.io/{name}"))).map(String::as_str);
    let standard = |mode: &str| {
        label(mode).map(|level| Standard {
            level: match level {
                "privileged" => Level::Privileged,
                "baseline" => Level::Baseline,
                _ => Level::Restricted,
            },
            minor: label(&format!("{mode}-version")).and_then(|version| version.strip_prefix("v1.")?.parse().ok()),
        })
    };
    let enforce = standard("enforce").unwrap_or_default();
    // Who says nothing of warnings is warned of what would be refused.
    let warn = standard("warn").unwrap_or_else(|| enforce.clone());
    Policy { enforce, warn }
}

fn policy_of(server: &ApiServer, namespace: &str) -> Policy {
    let found = server.store().get(&Key::new(Kind::Namespace, "", namespace));
    found.map(|namespace| policy(namespace.meta().labels.as_ref())).unwrap_or_default()
}

/// What is wrong with a pod by a standard, check by check: the reason, and the detail where there is one.
fn faults(standard: &Standard, meta: Option<&ObjectMeta>, spec: &PodSpec) -> Vec<checks::Fault> {
    match standard.level {
        Level::Privileged => Vec::new(),
        level => checks::run(level, standard.minor.unwrap_or(u32::MAX), meta, spec),
    }
}

fn sentence(faults: &[checks::Fault]) -> String {
    let one = |fault: &checks::Fault| {
        if fault.detail.is_empty() { fault.reason.to_owned() } else { format!("{} ({})", fault.reason, fault.detail) }
    };
    faults.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Checks a new object.
pub(super) fn on_create(server: &ApiServer, object: &Object, warnings: &mut Vec<String>) -> Result<(), Status> {
    evaluate(server, object, warnings)
}

/// Checks a change: of a pod if it matters, of a namespace whose level rises.
pub(super) fn on_update(server: &ApiServer, new: &Object, old: &Object, warnings: &mut Vec<String>) -> Result<(), Status> {
    match (new, old) {
        (Object::Namespace(new), Object::Namespace(old)) => {
            existing_pods(server, new, old, warnings);
            Ok(())
        }
        (Object::Pod(new_pod), Object::Pod(old_pod)) if !is_significant(new_pod, old_pod) => Ok(()),
        _ => evaluate(server, new, warnings),
    }
}

fn evaluate(server: &ApiServer, object: &Object, warnings: &mut Vec<String>) -> Result<(), Status> {
    let template = match object {
        Object::Pod(pod) => return evaluate_pod(server, object, pod, warnings),
        Object::ReplicationController(o) => o.spec.as_ref().and_then(|spec| spec.template.as_ref()),
        Object::ReplicaSet(o) => o.spec.as_ref().and_then(|spec| spec.template.as_ref()),
        Object::Deployment(o) => o.spec.as_ref().map(|spec| &spec.template),
        Object::DaemonSet(o) => o.spec.as_ref().map(|spec| &spec.template),
        Object::Job(o) => o.spec.as_ref().map(|spec| &spec.template),
        Object::CronJob(o) => o.spec.job_template.spec.as_ref().map(|spec| &spec.template),
        _ => None,
    };
    if let Some(PodTemplateSpec { metadata, spec: Some(spec) }) = template {
        warn(&policy_of(server, object.namespace()).warn, metadata.as_ref(), spec, warnings);
    }
    Ok(())
}

fn evaluate_pod(server: &ApiServer, object: &Object, pod: &Pod, warnings: &mut Vec<String>) -> Result<(), Status> {
    let Some(spec) = &pod.spec else { return Ok(()) };
    let policy = policy_of(server, object.namespace());
    let found = faults(&policy.enforce, Some(&pod.metadata), spec);
    if !found.is_empty() {
        return Err(forbidden(object, &format!("violates PodSecurity \"{}\": {}", policy.enforce, sentence(&found))));
    }
    warn(&policy.warn, Some(&pod.metadata), spec, warnings);
    Ok(())
}

fn warn(standard: &Standard, meta: Option<&ObjectMeta>, spec: &PodSpec, warnings: &mut Vec<String>) {
    let found = faults(standard, meta, spec);
    if !found.is_empty() {
        warnings.push(format!("would violate PodSecurity \"{standard}\": {}", sentence(&found)));
    }
}

/// Whether a change of a pod touches what the checks read. Models isSignificantPodUpdate.
fn is_significant(new: &Pod, old: &Pod) -> bool {
    let images = |pod: &Pod| -> Vec<Option<String>> {
        let Some(spec) = &pod.spec else { return Vec::new() };
        let ephemeral = spec.ephemeral_containers.iter().flatten().map(|container| container.image.clone());
        let containers = spec.init_containers.iter().flatten().chain(&spec.containers).map(|container| container.image.clone());
        containers.chain(ephemeral).collect()
    };
    images(new) != images(old)
}

/// Warns of pods that a namespace's new level would not have let in. Models EvaluatePodsInNamespace.
fn existing_pods(server: &ApiServer, new: &Namespace, old: &Namespace, warnings: &mut Vec<String>) {
    let (enforce, before) = (policy(new.metadata.labels.as_ref()).enforce, policy(old.metadata.labels.as_ref()).enforce);
    let relaxed = enforce.minor == before.minor && enforce.level <= before.level;
    if enforce == before || enforce.level == Level::Privileged || relaxed {
        return;
    }
    let name = new.metadata.name.as_deref().unwrap_or_default();
    let mut by_reason: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let pods: Vec<Rc<Pod>> = server.store().list(Kind::Pod, Some(name)).0.iter().filter_map(Object::typed).collect();
    for pod in &pods {
        let Some(spec) = &pod.spec else { continue };
        let found = faults(&enforce, Some(&pod.metadata), spec);
        if !found.is_empty() {
            let reason = found.iter().map(|fault| fault.reason).collect::<Vec<_>>().join(", ");
            let pod_name = pod.metadata.name.clone().unwrap_or_default();
            by_reason.entry(reason).or_insert((pod_name, 0)).1 += 1;
        }
    }
    if by_reason.is_empty() {
        return;
    }
    warnings.push(format!("existing pods in namespace \"{name}\" violate the new PodSecurity enforce level \"{enforce}\""));
    let mut lines: Vec<String> = by_reason
        .iter()
        .map(|(reason, (first, count))| match count {
            1 => format!("{first}: {reason}"),
            2 => format!("{first} (and 1 other pod): {reason}"),
            many => format!("{first} (and {} other pods): {reason}", many - 1),
        })
        .collect();
    lines.sort();
    warnings.append(&mut lines);
}
