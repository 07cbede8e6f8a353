//! Pods and their templates. Models ValidatePodCreate, ValidatePodSpec and ValidatePodTemplateSpec.

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::affinity;
use super::container::{self, Context, as_container, validate_image_spaces};
use super::env;
use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{items, push_invalid, text, validate_annotations, validate_labels, validate_object_meta};
use super::names;
use super::pod_annotations;
use super::resources;
use super::scheduling;
use super::security;
use super::volume;

const RESTART_POLICIES: [&str; 3] = ["Always", "OnFailure", "Never"];
const DNS_POLICIES: [&str; 4] = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];

/// Shows every container of the pod: init, then its own, then ephemeral. Models VisitContainersWithPath.
pub fn visit_containers(spec: &PodSpec, path: &Path, visit: &mut dyn FnMut(&Container, &Path)) {
    for (index, container) in items(&spec.init_containers).iter().enumerate() {
        visit(container, &path.child("initContainers").index(index));
    }
    for (index, container) in spec.containers.iter().enumerate() {
        visit(container, &path.child("containers").index(index));
    }
    for (index, container) in items(&spec.ephemeral_containers).iter().enumerate() {
        visit(&as_container(container), &path.child("ephemeralContainers").index(index));
    }
}

/// A new pod.
pub fn validate_create(pod: &Pod) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_metadata_and_spec(pod, &mut errors);
    let path = Path::new("spec");
    let none = PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&none);
    if !items(&spec.ephemeral_containers).is_empty() {
        errors.push(Error::forbidden(&path.child("ephemeralContainers"), "cannot be set on create"));
    }
    if !text(&spec.node_name).is_empty() && !items(&spec.scheduling_gates).is_empty() {
        let detail = "cannot be set until all schedulingGates have been cleared";
        errors.push(Error::forbidden(&path.child("nodeName"), detail));
    }
    pod_annotations::validate_match_fields(&pod.metadata, spec, &path, &mut errors);
    errors
}

/// What holds for new and changed pods. Models validatePodMetadataAndSpec.
pub fn validate_metadata_and_spec(pod: &Pod, errors: &mut ErrorList) {
    validate_object_meta(&pod.metadata, true, names::name_is_subdomain, errors);
    let none = PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&none);
    let path = Path::new("spec");
    let annotations_path = Path::new("metadata").child("annotations");
    pod_annotations::validate(&pod.metadata.annotations, spec, &annotations_path, errors);
    validate_spec(spec, Some(&pod.metadata), &path, errors);
    if text(&spec.service_account_name).is_empty() {
        validate_no_tokens(spec, &path, errors);
    }
    for (index, container) in spec.containers.iter().enumerate() {
        validate_image_spaces(container, &path.child("containers").index(index), errors);
    }
    for (index, container) in items(&spec.init_containers).iter().enumerate() {
        validate_image_spaces(container, &path.child("initContainers").index(index), errors);
    }
}

fn validate_no_tokens(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    for (index, volume) in items(&spec.volumes).iter().enumerate() {
        let sources = volume.projected.as_ref().map(|projected| items(&projected.sources)).unwrap_or_default();
        for (source, _) in sources.iter().enumerate().filter(|(_, source)| source.service_account_token.is_some()) {
            let path = path.child("volumes").index(index).child("projected").child("sources").index(source);
            let detail = "must not be specified when serviceAccountName is not set";
            errors.push(Error::forbidden(&path.child("serviceAccountToken"), detail));
        }
    }
}

/// A pod's spec; `meta` is the pod's, or none in a template.
pub fn validate_spec(spec: &PodSpec, meta: Option<&ObjectMeta>, path: &Path, errors: &mut ErrorList) {
    if spec.termination_grace_period_seconds.is_none() {
        errors.push(Error::required(&path.child("terminationGracePeriodSeconds"), ""));
    }
    let pod_name = meta.map(|meta| text(&meta.name)).unwrap_or_default();
    let volumes = items(&spec.volumes);
    let volumes = volume::validate(volumes, pod_name, meta.is_some(), &path.child("volumes"), errors);
    let claims = items(&spec.resource_claims);
    let mirror = meta.is_some_and(pod_annotations::is_mirror);
    scheduling::validate_resource_claims(claims, mirror, &path.child("resourceClaims"), errors);
    let context = Context {
        volumes,
        claims: claims.iter().map(|claim| claim.name.clone()).filter(|name| !name.is_empty()).collect(),
        grace: spec.termination_grace_period_seconds,
        os: spec.os.as_ref(),
        restart_policy: text(&spec.restart_policy),
        host_users: spec.host_users != Some(false),
    };
    container::validate_containers(&spec.containers, &context, &path.child("containers"), errors);
    container::validate_init_containers(spec, &context, &path.child("initContainers"), errors);
    container::validate_ephemeral_containers(spec, &context, &path.child("ephemeralContainers"), errors);
    resources::validate_pod_level(spec, &context.claims, path, errors);
    validate_host_network(spec, meta.is_some(), path, errors);
    container::validate_word(text(&spec.restart_policy), &RESTART_POLICIES, &path.child("restartPolicy"), errors);
    container::validate_word(text(&spec.dns_policy), &DNS_POLICIES, &path.child("dnsPolicy"), errors);
    validate_placement(spec, path, errors);
    validate_names(spec, path, errors);
    if let Some(overhead) = &spec.overhead {
        resources::validate_overhead(overhead, &path.child("overhead"), errors);
    }
    security::validate_os(spec, path, errors);
    env::validate_file_volumes(spec, path, errors);
}

/// On the host's network a port is the host's. Models validatePodHostNetworkDeps.
fn validate_host_network(spec: &PodSpec, is_pod: bool, path: &Path, errors: &mut ErrorList) {
    if spec.host_network != Some(true) {
        return;
    }
    for (index, container) in spec.containers.iter().enumerate() {
        for (port_index, port) in items(&container.ports).iter().enumerate() {
            let host_port = port.host_port.unwrap_or(0);
            if (is_pod || host_port != 0) && host_port != port.container_port {
                let path = path.child("containers").index(index).child("ports").index(port_index).child("hostPort");
                let detail = "must match `containerPort` when `hostNetwork` is true";
                errors.push(Error::invalid(&path, host_port, detail));
            }
        }
    }
}

fn validate_placement(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    validate_labels(&spec.node_selector, &path.child("nodeSelector"), errors);
    if spec.security_context.is_some() || spec.host_pid == Some(true) {
        security::validate_pod(spec, &path.child("securityContext"), errors);
    }
    if let Some(affinity) = &spec.affinity {
        affinity::validate(affinity, &path.child("affinity"), errors);
    }
    scheduling::validate_dns(&spec.dns_config, text(&spec.dns_policy), &path.child("dnsConfig"), errors);
    for (index, gate) in items(&spec.readiness_gates).iter().enumerate() {
        let path = path.child("readinessGates").index(index).child("conditionType");
        push_invalid(names::qualified_name(&gate.condition_type), &gate.condition_type, &path, errors);
    }
    scheduling::validate_gates(items(&spec.scheduling_gates), &path.child("schedulingGates"), errors);
    let spread_path = path.child("topologySpreadConstraints");
    scheduling::validate_spread(items(&spec.topology_spread_constraints), &spread_path, errors);
    security::validate_host_process(spec, path, errors);
    security::validate_host_users(spec, path, errors);
    scheduling::validate_hostname_override(spec, path, errors);
}

fn validate_names(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let name = |field: &str, name: &Option<String>, rule: fn(&str) -> Vec<String>, errors: &mut ErrorList| {
        let name = text(name);
        if !name.is_empty() {
            push_invalid(rule(name), name, &path.child(field), errors);
        }
    };
    name("serviceAccountName", &spec.service_account_name, names::dns1123_subdomain, errors);
    name("nodeName", &spec.node_name, names::dns1123_subdomain, errors);
    if let Some(seconds) = spec.active_deadline_seconds.filter(|seconds| !(1..=i64::from(i32::MAX)).contains(seconds)) {
        let detail = names::range_error(1, i32::MAX.into());
        errors.push(Error::invalid(&path.child("activeDeadlineSeconds"), seconds, detail));
    }
    name("hostname", &spec.hostname, names::dns1123_label, errors);
    name("subdomain", &spec.subdomain, names::dns1123_label, errors);
    scheduling::validate_tolerations(items(&spec.tolerations), &path.child("tolerations"), errors);
    scheduling::validate_host_aliases(items(&spec.host_aliases), &path.child("hostAliases"), errors);
    name("priorityClassName", &spec.priority_class_name, names::dns1123_subdomain, errors);
    if let Some(class) = &spec.runtime_class_name {
        push_invalid(names::dns1123_subdomain(class), class, &path.child("runtimeClassName"), errors);
    }
    match spec.preemption_policy.as_deref() {
        None | Some("PreemptLowerPriority" | "Never") => {}
        Some("") => errors.push(Error::required(&path.child("preemptionPolicy"), "")),
        Some(other) => {
            let supported = ["PreemptLowerPriority", "Never"];
            errors.push(Error::not_supported(&path.child("preemptionPolicy"), BadValue::word(other), &supported));
        }
    }
}

/// The pod that a controller makes.
pub fn validate_template(template: &PodTemplateSpec, path: &Path, errors: &mut ErrorList) {
    let (no_meta, no_spec) = (ObjectMeta::default(), PodSpec::default());
    let meta = template.metadata.as_ref().unwrap_or(&no_meta);
    let spec = template.spec.as_ref().unwrap_or(&no_spec);
    let spec_path = path.child("spec");
    let annotations_path = path.child("annotations");
    validate_labels(&meta.labels, &path.child("labels"), errors);
    validate_annotations(&meta.annotations, &annotations_path, errors);
    pod_annotations::validate(&meta.annotations, spec, &annotations_path, errors);
    validate_spec(spec, None, &spec_path, errors);
    pod_annotations::validate_match_fields(meta, spec, &spec_path, errors);
    if !items(&spec.ephemeral_containers).is_empty() {
        let detail = "ephemeral containers not allowed in pod template";
        errors.push(Error::forbidden(&spec_path.child("ephemeralContainers"), detail));
    }
}
