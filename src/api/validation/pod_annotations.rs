//! Annotations that mean something to pods. Models ValidatePodSpecificAnnotations.

use k8s_openapi::api::core::v1::{AppArmorProfile, Container, Pod, PodSpec, SeccompProfile, Toleration};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::field::{Error, ErrorList, Path};
use super::meta::{StringMap, text};
use super::paths::validate_local_descending;
use super::pod::visit_containers;
use super::scheduling;
use crate::api::json::Node;
use crate::api::well_known::{APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD};

const MIRROR: &str = "kubernetes.io/config.mirror";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

const TOLERATIONS: &str = "scheduler.alpha.kubernetes.io/tolerations";

/// Whether the pod stands for a file on its node.
pub fn is_mirror(meta: &ObjectMeta) -> bool {
    meta.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(MIRROR))
}

/// The annotations on their own.
pub fn validate(annotations: &StringMap, spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let Some(annotations) = annotations else { return };
    if let Some(value) = annotations.get(MIRROR).filter(|_| text(&spec.node_name).is_empty()) {
        errors.push(Error::invalid(&path.key(MIRROR), value, "must set spec.nodeName if mirror pod annotation is set"));
    }
    if let Some(tolerations) = annotations.get(TOLERATIONS).filter(|tolerations| !tolerations.is_empty()) {
        validate_tolerations(tolerations, path, errors);
    }
    if let Some(cost) = annotations.get(DELETION_COST).filter(|cost| !is_deletion_cost(cost)) {
        errors.push(Error::invalid(&path.key(DELETION_COST), cost, "must be a 32bit integer"));
    }
    if let Some(profile) = annotations.get(SECCOMP_POD) {
        validate_seccomp(profile, &path.child(SECCOMP_POD), errors);
    }
    for (key, profile) in annotations.iter().filter(|(key, _)| key.starts_with(SECCOMP_CONTAINER)) {
        validate_seccomp(profile, &path.child(key), errors);
    }
    for (key, profile) in annotations {
        let Some(name) = key.strip_prefix(APP_ARMOR) else { continue };
        if !has_container(spec, name) {
            errors.push(Error::invalid(&path.key(key), name, "container not found"));
        }
        let known = profile.is_empty() || profile == "runtime/default" || profile == "unconfined";
        if !known && !profile.starts_with("localhost/") {
            let detail = format!("invalid AppArmor profile name: {}", crate::api::go::quote(profile));
            errors.push(Error::invalid(&path.key(key), profile, detail));
        }
    }
}

/// Tolerations as they were written before they had a field. Models ValidateTolerationsInPodAnnotations.
fn validate_tolerations(json: &str, path: &Path, errors: &mut ErrorList) {
    let read = Node::parse(json.as_bytes()).and_then(|node| match node {
        Node::Null | Node::Array(_) => Ok(serde_json::from_value(node.to_value()).unwrap_or_default()),
        other => Err(format!("json: cannot unmarshal {} into Go value of type []core.Toleration", other.go_name())),
    });
    match read {
        Ok(tolerations) => {
            let tolerations: Option<Vec<Toleration>> = tolerations;
            scheduling::validate_tolerations(&tolerations.unwrap_or_default(), &path.child(TOLERATIONS), errors);
        }
        Err(why) => errors.push(Error::invalid(path, TOLERATIONS, why)),
    }
}

/// `+1` and `01` are refused so that one cost has one spelling.
fn is_deletion_cost(cost: &str) -> bool {
    let odd = cost.starts_with('+') || (cost.starts_with('0') && cost != "0");
    !odd && cost.parse::<i32>().is_ok()
}

fn has_container(spec: &PodSpec, name: &str) -> bool {
    let mut found = false;
    visit_containers(spec, &Path::none(), &mut |container: &Container, _| found |= container.name == name);
    found
}

fn validate_seccomp(profile: &str, path: &Path, errors: &mut ErrorList) {
    if ["runtime/default", "docker/default", "unconfined"].contains(&profile) {
        return;
    }
    match profile.strip_prefix("localhost/") {
        Some(file) => validate_local_descending(file, path, errors),
        None => errors.push(Error::invalid(path, profile, "must be a valid seccomp profile")),
    }
}

/// Annotations and the fields that replaced them say the same.
pub fn validate_match_fields(meta: &ObjectMeta, spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let Some(annotations) = &meta.annotations else { return };
    let pod = spec.security_context.as_ref();
    if let (Some(annotation), Some(profile)) = (annotations.get(SECCOMP_POD), pod.and_then(|context| context.seccomp_profile.as_ref())) {
        match_seccomp(annotation, profile, &path.child("securityContext").child("seccompProfile"), errors);
    }
    visit_containers(spec, path, &mut |container: &Container, path: &Path| {
        let profile = container.security_context.as_ref().and_then(|context| context.seccomp_profile.as_ref());
        let annotation = annotations.get(&format!("{SECCOMP_CONTAINER}{}", container.name));
        if let (Some(annotation), Some(profile)) = (annotation, profile) {
            match_seccomp(annotation, profile, &path.child("securityContext").child("seccompProfile"), errors);
        }
    });
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        return;
    }
    let of_pod = pod.and_then(|context| context.app_armor_profile.as_ref());
    visit_containers(spec, path, &mut |container: &Container, path: &Path| {
        let own = container.security_context.as_ref().and_then(|context| context.app_armor_profile.as_ref());
        let annotation = annotations.get(&format!("{APP_ARMOR}{}", container.name));
        if let (Some(annotation), Some(profile)) = (annotation, own.or(of_pod)) {
            match_app_armor(annotation, profile, &path.child("securityContext").child("appArmorProfile"), errors);
        }
    });
}

fn match_seccomp(annotation: &str, profile: &SeccompProfile, path: &Path, errors: &mut ErrorList) {
    let same_type = match profile.type_.as_str() {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => annotation == "runtime/default" || annotation == "docker/default",
        "Localhost" => annotation.starts_with("localhost/"),
        _ => true,
    };
    if !same_type {
        errors.push(Error::forbidden(&path.child("type"), "seccomp type in annotation and field must match"));
    } else if profile.type_ == "Localhost" && annotation.strip_prefix("localhost/") != profile.localhost_profile.as_deref() {
        let detail = "seccomp profile in annotation and field must match";
        errors.push(Error::forbidden(&path.child("localhostProfile"), detail));
    }
}

fn match_app_armor(annotation: &str, profile: &AppArmorProfile, path: &Path, errors: &mut ErrorList) {
    let same_type = match profile.type_.as_str() {
        "Unconfined" => annotation == "unconfined",
        "RuntimeDefault" => annotation == "runtime/default",
        "Localhost" => annotation.starts_with("localhost/"),
        _ => true,
    };
    if !same_type {
        errors.push(Error::forbidden(&path.child("type"), "apparmor type in annotation and field must match"));
    } else if profile.type_ == "Localhost" && annotation.strip_prefix("localhost/") != profile.localhost_profile.as_deref() {
        let detail = "apparmor profile in annotation and field must match";
        errors.push(Error::forbidden(&path.child("localhostProfile"), detail));
    }
}

/// Annotations that a pod keeps for life. Models ValidatePodSpecificAnnotationUpdates.
pub fn validate_update(new: &Pod, old: &Pod, errors: &mut ErrorList) {
    let path = Path::new("metadata").child("annotations");
    let none = std::collections::BTreeMap::new();
    let new_annotations = new.metadata.annotations.as_ref().unwrap_or(&none);
    let old_annotations = old.metadata.annotations.as_ref().unwrap_or(&none);
    for (key, value) in old_annotations.iter().filter(|(key, value)| new_annotations.get(*key) != Some(*value)) {
        let _ = value;
        if key.starts_with(APP_ARMOR) {
            errors.push(Error::forbidden(&path.key(key), "may not remove or update AppArmor annotations"));
        }
        if key == MIRROR {
            errors.push(Error::forbidden(&path.key(key), "may not remove or update mirror pod annotation"));
        }
    }
    for key in new_annotations.keys().filter(|key| !old_annotations.contains_key(*key)) {
        if key.starts_with(APP_ARMOR) {
            errors.push(Error::forbidden(&path.key(key), "may not add AppArmor annotations"));
        }
        if key == MIRROR {
            errors.push(Error::forbidden(&path.key(key), "may not add mirror pod annotation"));
        }
    }
    let spec = new.spec.clone().unwrap_or_default();
    validate(&new.metadata.annotations, &spec, &path, errors);
}
