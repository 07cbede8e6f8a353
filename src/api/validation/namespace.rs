//! Namespaces. Models ValidateNamespace.

use k8s_openapi::api::core::v1::Namespace;

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{items, push_invalid, text, validate_kube_finalizer, validate_object_meta, validate_object_meta_update};
use super::names;

const LEVELS: [&str; 3] = ["privileged", "baseline", "restricted"];

/// A new namespace.
pub fn validate_create(namespace: &Namespace) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta(&namespace.metadata, false, names::name_is_label, &mut errors);
    let path = Path::new("spec").child("finalizers");
    let finalizers = namespace.spec.as_ref().map(|spec| items(&spec.finalizers)).unwrap_or_default();
    for finalizer in finalizers {
        push_invalid(names::qualified_name(finalizer), finalizer, &path, &mut errors);
        validate_kube_finalizer(finalizer, &path, &mut errors);
    }
    errors
}

/// A changed namespace. Its strategy checks it as a new one first, and so much is said twice.
pub fn validate_update(new: &Namespace, old: &Namespace) -> ErrorList {
    let mut errors = validate_create(new);
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    errors
}

/// Changed finalizers. Models ValidateNamespaceFinalizeUpdate.
pub fn validate_finalize_update(new: &Namespace, old: &Namespace) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let path = Path::new("spec").child("finalizers");
    for (index, finalizer) in new.spec.iter().flat_map(|spec| items(&spec.finalizers)).enumerate() {
        let path = path.index(index);
        push_invalid(names::qualified_name(finalizer), finalizer, &path, &mut errors);
        validate_kube_finalizer(finalizer, &path, &mut errors);
    }
    errors
}

/// A changed phase.
pub fn validate_status_update(new: &Namespace, old: &Namespace) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    let phase = new.status.as_ref().map(|status| text(&status.phase)).unwrap_or_default();
    let (wanted, when) = match new.metadata.deletion_timestamp {
        None => ("Active", "is empty"),
        Some(_) => ("Terminating", "is not empty"),
    };
    if phase != wanted {
        let detail = format!("may only be '{wanted}' if `deletionTimestamp` {when}");
        errors.push(Error::invalid(&Path::new("status").child("Phase"), BadValue::word(phase), detail));
    }
    errors
}

/// The labels that set a namespace's pod security levels. The PodSecurity admission plugin checks them, after the
/// namespace itself was found valid. Models ValidatePodSecurityConfig's namespace label checks.
pub fn validate_pod_security_labels(namespace: &Namespace) -> ErrorList {
    let mut errors = ErrorList::new();
    let Some(labels) = &namespace.metadata.labels else { return errors };
    let path = Path::new("metadata").child("labels");
    for mode in ["enforce", "audit", "warn"] {
        let key = format!("pod-security.kubernetes.io/{mode}");
        if let Some(level) = labels.get(&key).filter(|level| !LEVELS.contains(&level.as_str())) {
            errors.push(Error::invalid(&path.key(&key), level, format!("must be one of {}", LEVELS.join(", "))));
        }
        let key = format!("{key}-version");
        if let Some(version) = labels.get(&key).filter(|version| !is_security_version(version)) {
            let detail = "must be \"latest\" or \"v1.x\"";
            errors.push(Error::invalid(&path.key(&key), version, detail));
        }
    }
    errors
}

fn is_security_version(version: &str) -> bool {
    let minor = version.strip_prefix("v1.").unwrap_or_default();
    let canonical = minor == "0" || !minor.starts_with('0');
    version == "latest" || (!minor.is_empty() && canonical && minor.bytes().all(|b| b.is_ascii_digit()))
}
