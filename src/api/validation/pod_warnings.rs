//! What the server warns of in pods and templates. Models `pkg/api/pod/warnings.go`.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{
    Affinity, Container, ContainerPort, NodeSelectorTerm, PodAffinityTerm, PodSpec, Volume, WeightedPodAffinityTerm,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::field::Path;
use super::meta::{items, text};
use super::names;
use super::overlaps;
use super::pod::visit_containers;
use super::resources::amount;
use crate::api::go::quote;
use crate::api::well_known::{APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD};

const NULL_SELECTOR: &str = "a null labelSelector results in matching no pod";

/// What replaced a node label, if something did.
fn deprecated_label(label: &str) -> Option<String> {
    let (since, instead) = match label {
        "beta.kubernetes.io/arch" => ("v1.14", "kubernetes.io/arch"),
        "beta.kubernetes.io/os" => ("v1.14", "kubernetes.io/os"),
        "failure-domain.beta.kubernetes.io/region" => ("v1.17", "topology.kubernetes.io/region"),
        "failure-domain.beta.kubernetes.io/zone" => ("v1.17", "topology.kubernetes.io/zone"),
        "beta.kubernetes.io/instance-type" => ("v1.17", "node.kubernetes.io/instance-type"),
        _ => return None,
    };
    Some(format!("deprecated since {since}; use \"{instead}\" instead"))
}

/// The warnings. `path` is the template's, or none for a pod.
pub fn of_pod(spec: &PodSpec, meta: &ObjectMeta, path: &Path, warnings: &mut Vec<String>) {
    let spec_path = path.child("spec");
    of_node_labels(spec, &spec_path, warnings);
    of_annotations(meta, path, warnings);
    of_volumes(items(&spec.volumes), &spec_path.child("volumes"), warnings);
    of_lists(spec, &spec_path, warnings);
    of_overhead(spec, &spec_path, warnings);
    let annotations_path = path.child("metadata").child("annotations");
    let has = |key: &str| meta.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(key));
    let seccomp = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
    let context = spec.security_context.as_ref();
    if context.is_none_or(|context| context.seccomp_profile.is_none()) && has(SECCOMP_POD) {
        warnings.push(format!("{}: {seccomp}", annotations_path.key(SECCOMP_POD)));
    }
    visit_containers(spec, &spec_path, &mut |container: &Container, container_path: &Path| {
        let own = container.security_context.as_ref();
        let key = format!("{SECCOMP_CONTAINER}{}", container.name);
        if own.is_none_or(|own| own.seccomp_profile.is_none()) && has(&key) {
            warnings.push(format!("{}: {seccomp}", annotations_path.key(&key)));
        }
        let key = format!("{APP_ARMOR}{}", container.name);
        if !path.is_none() && !has_app_armor(spec, container) && has(&key) {
            warnings.push(app_armor_warning(&annotations_path, &key));
        }
        of_amounts(container, container_path, warnings);
        of_env(container, &container_path.child("env"), warnings);
    });
    of_ports(spec, &spec_path, warnings);
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        let path = spec_path.child("terminationGracePeriodSeconds");
        warnings.push(format!("{path}: must be >= 0; negative values are invalid and will be treated as 1"));
    }
    if let Some(affinity) = &spec.affinity {
        of_affinity(affinity, &spec_path.child("affinity"), warnings);
    }
}

fn has_app_armor(spec: &PodSpec, container: &Container) -> bool {
    let pod = spec.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref());
    let own = container.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref());
    own.or(pod).is_some()
}

fn app_armor_warning(path: &Path, key: &str) -> String {
    format!("{}: deprecated since v1.30; use the \"appArmorProfile\" field instead", path.key(key))
}

/// Annotations that the server turns into fields as it takes a pod in: it warns before it validates.
/// Models applyAppArmorVersionSkew.
pub fn of_app_armor(spec: &PodSpec, meta: &ObjectMeta) -> Vec<String> {
    let mut warnings = Vec::new();
    let path = Path::new("metadata").child("annotations");
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        return warnings;
    }
    visit_containers(spec, &Path::none(), &mut |container: &Container, _| {
        let key = format!("{APP_ARMOR}{}", container.name);
        let has = meta.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(&key));
        if has && !has_app_armor(spec, container) {
            warnings.push(app_armor_warning(&path, &key));
        }
    });
    warnings
}

fn of_node_labels(spec: &PodSpec, path: &Path, warnings: &mut Vec<String>) {
    for (key, _) in spec.node_selector.iter().flatten() {
        if let Some(message) = deprecated_label(key) {
            warnings.push(format!("{}: {message}", path.child("nodeSelector").key(key)));
        }
    }
    if let Some(node) = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref()) {
        let path = path.child("affinity").child("nodeAffinity");
        let required = node.required_during_scheduling_ignored_during_execution.as_ref();
        let terms_path = path.child("requiredDuringSchedulingIgnoredDuringExecution").child("nodeSelectorTerms");
        for (index, term) in required.iter().flat_map(|required| &required.node_selector_terms).enumerate() {
            of_node_term(term, false, &terms_path.index(index), warnings);
        }
        let preferred_path = path.child("preferredDuringSchedulingIgnoredDuringExecution");
        for (index, term) in items(&node.preferred_during_scheduling_ignored_during_execution).iter().enumerate() {
            of_node_term(&term.preference, true, &preferred_path.index(index).child("preference"), warnings);
        }
    }
    for (index, constraint) in items(&spec.topology_spread_constraints).iter().enumerate() {
        let path = path.child("topologySpreadConstraints").index(index);
        let key = &constraint.topology_key;
        if let Some(message) = deprecated_label(key) {
            warnings.push(format!("{}: {key} is {message}", path.child("topologyKey")));
        }
        if constraint.label_selector.is_none() {
            warnings.push(format!("{}: {NULL_SELECTOR}", path.child("labelSelector")));
        }
    }
}

fn of_node_term(term: &NodeSelectorTerm, check_values: bool, path: &Path, warnings: &mut Vec<String>) {
    for (index, expression) in items(&term.match_expressions).iter().enumerate() {
        let path = path.child("matchExpressions").index(index);
        if let Some(message) = deprecated_label(&expression.key) {
            warnings.push(format!("{}: {} is {message}", path.child("key"), expression.key));
        }
        for (index, value) in items(&expression.values).iter().enumerate().filter(|_| check_values) {
            let path = path.child("values").index(index);
            warnings.extend(names::label_value(value).into_iter().map(|s| format!("{path}: {value} is invalid, {s}")));
        }
    }
}

fn of_annotations(meta: &ObjectMeta, path: &Path, warnings: &mut Vec<String>) {
    let deprecated = [
        ("scheduler.alpha.kubernetes.io/critical-pod", "non-functional in v1.16+; use the \"priorityClassName\" field instead"),
        ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
        ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ];
    let Some(annotations) = &meta.annotations else { return };
    for (key, message) in deprecated.iter().filter(|(key, _)| annotations.contains_key(*key)) {
        warnings.push(format!("{}: {message}", path.child("metadata").child("annotations").key(key)));
    }
}

fn of_volumes(volumes: &[Volume], path: &Path, warnings: &mut Vec<String>) {
    for (index, volume) in volumes.iter().enumerate() {
        let path = path.index(index);
        let old = [
            ("photonPersistentDisk", volume.photon_persistent_disk.is_some(), "deprecated in v1.11, non-functional in v1.16+"),
            ("gitRepo", volume.git_repo.is_some(), "deprecated in v1.11, and disabled by default in v1.33+"),
            ("scaleIO", volume.scale_io.is_some(), "deprecated in v1.16, non-functional in v1.22+"),
            ("flocker", volume.flocker.is_some(), "deprecated in v1.22, non-functional in v1.25+"),
            ("storageOS", volume.storageos.is_some(), "deprecated in v1.22, non-functional in v1.25+"),
            ("quobyte", volume.quobyte.is_some(), "deprecated in v1.22, non-functional in v1.25+"),
            ("glusterfs", volume.glusterfs.is_some(), "deprecated in v1.25, non-functional in v1.26+"),
            ("cephfs", volume.cephfs.is_some(), "deprecated in v1.28, non-functional in v1.31+"),
            ("rbd", volume.rbd.is_some(), "deprecated in v1.28, non-functional in v1.31+"),
        ];
        warnings.extend(old.iter().filter(|(_, given, _)| *given).map(|(name, _, s)| format!("{}: {s}", path.child(name))));
        if let Some(template) = volume.ephemeral.as_ref().and_then(|ephemeral| ephemeral.volume_claim_template.as_ref()) {
            let requests = template.spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
            let path = path.child("ephemeral").child("volumeClaimTemplate").child("spec").child("resources").child("requests");
            of_fraction(requests.and_then(|requests| requests.get("storage")), &path.key("storage"), warnings);
        }
    }
    for volume in volumes {
        overlaps::of_volume(volume, warnings);
    }
}

fn of_lists(spec: &PodSpec, path: &Path, warnings: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (index, alias) in items(&spec.host_aliases).iter().enumerate() {
        if !seen.insert(&alias.ip) {
            let path = path.child("hostAliases").index(index).child("ip");
            warnings.push(format!("{path}: duplicate ip {}", quote(&alias.ip)));
        }
    }
    let secrets = items(&spec.image_pull_secrets);
    let path_of = |index: usize| path.child("imagePullSecrets").index(index).child("name");
    let mut seen = BTreeSet::new();
    for (index, secret) in secrets.iter().enumerate() {
        if !seen.insert(&secret.name) {
            warnings.push(format!("{}: duplicate name {}", path_of(index), quote(&secret.name)));
        }
    }
    for (index, _) in secrets.iter().enumerate().filter(|(_, secret)| secret.name.is_empty()) {
        warnings.push(format!("{}: invalid empty name \"\"", path_of(index)));
    }
}

fn of_overhead(spec: &PodSpec, path: &Path, warnings: &mut Vec<String>) {
    let Some(overhead) = &spec.overhead else { return };
    for name in ["memory", "ephemeral-storage"] {
        of_fraction(overhead.get(name), &path.child("overhead").key(name), warnings);
    }
}

fn of_fraction(written: Option<&k8s_openapi::apimachinery::pkg::api::resource::Quantity>, path: &Path, warnings: &mut Vec<String>) {
    if let Some(quantity) = written.map(amount).filter(|quantity| quantity.milli_value() % 1000 != 0) {
        warnings.push(format!("{path}: fractional byte value \"{quantity}\" is invalid, must be an integer"));
    }
}

fn of_amounts(container: &Container, path: &Path, warnings: &mut Vec<String>) {
    let Some(resources) = &container.resources else { return };
    let path = path.child("resources");
    for name in ["memory", "ephemeral-storage"] {
        for (field, list) in [("limits", &resources.limits), ("requests", &resources.requests)] {
            let written = list.as_ref().and_then(|list| list.get(name));
            of_fraction(written, &path.child(field).key(name), warnings);
        }
    }
}

fn of_env(container: &Container, path: &Path, warnings: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (index, variable) in items(&container.env).iter().enumerate() {
        if seen.insert(&variable.name) {
            continue;
        }
        let reference = format!("$({})", variable.name);
        let value = text(&variable.value);
        if variable.value_from.is_some() || value == reference || !value.contains(&reference) {
            let name = quote(&variable.name);
            let path = path.index(index);
            warnings.push(format!("{path}: hides previous definition of {name}, which may be dropped when using apply"));
        }
    }
}

fn of_ports(spec: &PodSpec, path: &Path, warnings: &mut Vec<String>) {
    let mut all: BTreeMap<(i32, String), Vec<(Path, ContainerPort)>> = BTreeMap::new();
    visit_containers(spec, path, &mut |container: &Container, path: &Path| {
        for (index, port) in items(&container.ports).iter().enumerate() {
            let path = path.child("ports").index(index);
            let host_port = port.host_port.unwrap_or(0);
            if !text(&port.host_ip).is_empty() && host_port == 0 {
                warnings.push(format!("{path}: hostIP set without hostPort: {}", go_port(port)));
            }
            let others = all.entry((port.container_port, text(&port.protocol).to_owned())).or_default();
            for (other_path, other) in others.iter() {
                if let Some(relation) = relation(port, other) {
                    warnings.push(format!("{path}: {relation} port definition with {other_path}"));
                }
            }
            others.push((path, port.clone()));
        }
    });
    let mut named: BTreeMap<String, Path> = BTreeMap::new();
    visit_containers(spec, path, &mut |container: &Container, path: &Path| {
        for (index, port) in items(&container.ports).iter().enumerate() {
            let path = path.child("ports").index(index);
            let name = text(&port.name);
            if name.is_empty() {
                continue;
            }
            if let Some(first) = named.get(name) {
                warnings.push(format!(
                    "{path}: duplicate port name {} with {first}, services and probes that select ports by name will use {first}",
                    quote(name)
                ));
            } else {
                named.insert(name.to_owned(), path);
            }
        }
    });
}

/// How a port definition relates to another of the same number and protocol.
fn relation(port: &ContainerPort, other: &ContainerPort) -> Option<&'static str> {
    let (ip, other_ip) = (text(&port.host_ip), text(&other.host_ip));
    let (number, other_number) = (port.host_port.unwrap_or(0), other.host_port.unwrap_or(0));
    if ip == other_ip && number == other_number {
        Some("duplicate")
    } else if number == 0 || other_number == 0 {
        Some("overlapping")
    } else if number == other_number && ip.is_empty() != other_ip.is_empty() {
        Some("dangerously ambiguous")
    } else {
        None
    }
}

/// A port as Go's `%+v` prints it.
fn go_port(port: &ContainerPort) -> String {
    format!(
        "{{Name:{} HostPort:{} ContainerPort:{} Protocol:{} HostIP:{}}}",
        text(&port.name),
        port.host_port.unwrap_or(0),
        port.container_port,
        text(&port.protocol),
        text(&port.host_ip)
    )
}

fn of_affinity(affinity: &Affinity, path: &Path, warnings: &mut Vec<String>) {
    if let Some(pod) = &affinity.pod_affinity {
        let required = items(&pod.required_during_scheduling_ignored_during_execution);
        let preferred = items(&pod.preferred_during_scheduling_ignored_during_execution);
        of_terms(required, preferred, &path.child("podAffinity"), warnings);
    }
    if let Some(pod) = &affinity.pod_anti_affinity {
        let required = items(&pod.required_during_scheduling_ignored_during_execution);
        let preferred = items(&pod.preferred_during_scheduling_ignored_during_execution);
        of_terms(required, preferred, &path.child("podAntiAffinity"), warnings);
    }
}

fn of_terms(required: &[PodAffinityTerm], preferred: &[WeightedPodAffinityTerm], path: &Path, warnings: &mut Vec<String>) {
    for (index, _) in required.iter().enumerate().filter(|(_, term)| term.label_selector.is_none()) {
        let path = path.child("requiredDuringSchedulingIgnoredDuringExecution").index(index);
        warnings.push(format!("{}: {NULL_SELECTOR}", path.child("labelSelector")));
    }
    for (index, _) in preferred.iter().enumerate().filter(|(_, term)| term.pod_affinity_term.label_selector.is_none()) {
        let path = path.child("preferredDuringSchedulingIgnoredDuringExecution").index(index).child("podAffinityTerm");
        warnings.push(format!("{}: {NULL_SELECTOR}", path.child("labelSelector")));
    }
}
