//! What the server warns of in accepted objects. Models the strategies' WarningsOnCreate and WarningsOnUpdate.

use k8s_openapi::api::core::v1::{Node, Pod, PodTemplateSpec, Service};

use super::field::Path;
use super::ip;
use super::meta::{items, text};
use super::names;
use super::pod_warnings;
use super::service::is_headless;
use crate::api::object::Object;

/// Warnings that come even with a refusal, because the server finds them before it validates.
pub fn early_warnings(object: &Object) -> Vec<String> {
    match object {
        Object::Pod(pod) => pod_warnings::of_app_armor(&pod.spec.clone().unwrap_or_default(), &pod.metadata),
        _ => Vec::new(),
    }
}

/// Warnings of a new object that was accepted, without [`early_warnings`].
pub fn warnings(object: &Object) -> Vec<String> {
    match object {
        Object::Pod(pod) => of_pod(pod),
        Object::Service(service) => of_service(service),
        Object::Node(node) => of_node(node),
        Object::Deployment(deployment) => of_workload(object, deployment.spec.as_ref().map(|spec| &spec.template), &["spec", "template"]),
        Object::ReplicaSet(set) => {
            let template = set.spec.as_ref().and_then(|spec| spec.template.as_ref());
            of_workload(object, template, &["spec", "template"])
        }
        Object::ReplicationController(controller) => {
            let template = controller.spec.as_ref().and_then(|spec| spec.template.as_ref());
            of_workload(object, template, &["spec", "template"])
        }
        Object::DaemonSet(set) => of_template(set.spec.as_ref().map(|spec| &spec.template), &["spec", "template"]),
        Object::Job(job) => of_workload(object, job.spec.as_ref().map(|spec| &spec.template), &["spec", "template"]),
        Object::CronJob(cron) => {
            let template = cron.spec.job_template.spec.as_ref().map(|spec| &spec.template);
            of_workload(object, template, &["spec", "jobTemplate", "spec", "template"])
        }
        _ => Vec::new(),
    }
}

/// Warnings of a changed object that was accepted: those of a new one, if its spec changed.
pub fn warnings_for_update(new: &Object, old: &Object) -> Vec<String> {
    let same_spec = match (new, old) {
        (Object::Pod(new), Object::Pod(old)) => new.spec == old.spec,
        (Object::Deployment(new), Object::Deployment(old)) => new.spec == old.spec,
        (Object::ReplicaSet(new), Object::ReplicaSet(old)) => new.spec == old.spec,
        (Object::ReplicationController(new), Object::ReplicationController(old)) => new.spec == old.spec,
        (Object::DaemonSet(new), Object::DaemonSet(old)) => new.spec == old.spec,
        (Object::Job(new), Object::Job(old)) => new.spec == old.spec,
        (Object::CronJob(new), Object::CronJob(old)) => new.spec == old.spec,
        _ => false,
    };
    if same_spec {
        return Vec::new();
    }
    // An object's name was accepted when it was made.
    warnings(new).into_iter().filter(|warning| !warning.starts_with("metadata.name: ")).collect()
}

fn of_name(object_name: &str, used: &str) -> Option<String> {
    let sentences = names::dns1123_label(object_name);
    (!sentences.is_empty()).then(|| {
        format!(
            "metadata.name: this is used in {used}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            sentences.join(" ")
        )
    })
}

fn of_pod(pod: &Pod) -> Vec<String> {
    let mut warnings: Vec<String> = of_name(text(&pod.metadata.name), "the Pod's hostname").into_iter().collect();
    let spec = pod.spec.clone().unwrap_or_default();
    pod_warnings::of_pod(&spec, &pod.metadata, &Path::none(), &mut warnings);
    warnings
}

fn of_workload(object: &Object, template: Option<&PodTemplateSpec>, path: &[&str]) -> Vec<String> {
    let mut warnings: Vec<String> = of_name(object.name(), "Pod names and hostnames").into_iter().collect();
    warnings.extend(of_template(template, path));
    warnings
}

fn of_template(template: Option<&PodTemplateSpec>, path: &[&str]) -> Vec<String> {
    let mut warnings = Vec::new();
    let Some(template) = template else { return warnings };
    let path = path.iter().fold(Path::none(), |path, name| path.child(name));
    let spec = template.spec.clone().unwrap_or_default();
    let meta = template.metadata.clone().unwrap_or_default();
    pod_warnings::of_pod(&spec, &meta, &path, &mut warnings);
    warnings
}

fn of_service(service: &Service) -> Vec<String> {
    let mut warnings = Vec::new();
    let spec = service.spec.clone().unwrap_or_default();
    let (hints, mode) = ("service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode");
    if service.metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(hints)) {
        warnings.push(format!("annotation {hints} is deprecated, please use {mode} instead"));
    }
    let path = Path::new("spec");
    if !is_headless(&spec) {
        for (index, address) in items(&spec.cluster_ips).iter().enumerate() {
            warnings.extend(ip::warning(&path.child("clusterIPs").index(index), address));
        }
    }
    for (index, address) in items(&spec.external_ips).iter().enumerate() {
        warnings.extend(ip::warning(&path.child("externalIPs").index(index), address));
    }
    if is_headless(&spec) {
        let ignored = [
            ("spec.loadBalancerIP", !text(&spec.load_balancer_ip).is_empty()),
            ("spec.externalIPs", !items(&spec.external_ips).is_empty()),
            ("spec.SessionAffinity", text(&spec.session_affinity) == "ClientIP"),
        ];
        for (name, _) in ignored.iter().filter(|(_, given)| *given) {
            warnings.push(format!("{name} is ignored for headless services"));
        }
    }
    if text(&spec.type_) == "ExternalName" && !items(&spec.external_ips).is_empty() {
        warnings.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned());
    }
    if !items(&spec.external_ips).is_empty() {
        warnings.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters".to_owned());
    }
    warnings
}

fn of_node(node: &Node) -> Vec<String> {
    let mut warnings = Vec::new();
    let Some(spec) = &node.spec else { return warnings };
    if spec.config_source.is_some() {
        warnings.push("spec.configSource: the feature is no longer supported".to_owned());
    }
    if !text(&spec.external_id).is_empty() {
        warnings.push("spec.externalID: this field is deprecated, and is unused by Kubernetes".to_owned());
    }
    warnings
}
