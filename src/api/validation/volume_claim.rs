//! The claim that an ephemeral volume makes. Models ValidatePersistentVolumeClaimTemplate.

use k8s_openapi::api::core::v1::{EphemeralVolumeSource, PersistentVolumeClaimSpec, TypedLocalObjectReference, TypedObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{items, push_invalid, text, validate_annotations, validate_label_selector, validate_labels};
use super::names;
use super::resources::{amount, validate_amount};

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// A volume that brings its own claim.
pub fn validate_ephemeral(ephemeral: &EphemeralVolumeSource, path: &Path, errors: &mut ErrorList) {
    let path = path.child("volumeClaimTemplate");
    let Some(template) = &ephemeral.volume_claim_template else {
        errors.push(Error::required(&path, ""));
        return;
    };
    if let Some(meta) = &template.metadata {
        validate_meta(meta, &path.child("metadata"), errors);
    }
    validate_spec(&template.spec, &path.child("spec"), errors);
}

fn validate_meta(meta: &ObjectMeta, path: &Path, errors: &mut ErrorList) {
    validate_annotations(&meta.annotations, &path.child("annotations"), errors);
    validate_labels(&meta.labels, &path.child("labels"), errors);
    let given = [
        ("name", meta.name.is_some()),
        ("generateName", meta.generate_name.is_some()),
        ("namespace", meta.namespace.is_some()),
        ("uid", meta.uid.is_some()),
        ("resourceVersion", meta.resource_version.is_some()),
        ("ownerReferences", meta.owner_references.is_some()),
        ("finalizers", meta.finalizers.is_some()),
    ];
    for (name, _) in given.iter().filter(|(_, given)| *given) {
        errors.push(Error::forbidden(&path.child(name), "cannot be set"));
    }
}

/// Models ValidatePersistentVolumeClaimSpec.
fn validate_spec(spec: &PersistentVolumeClaimSpec, path: &Path, errors: &mut ErrorList) {
    let modes = items(&spec.access_modes);
    let modes_path = path.child("accessModes");
    if modes.is_empty() {
        errors.push(Error::required(&modes_path, "at least 1 access mode is required"));
    }
    validate_label_selector(&spec.selector, &path.child("selector"), errors);
    for mode in modes.iter().filter(|mode| !MODES.contains(&mode.as_str())) {
        errors.push(Error::not_supported(&modes_path, BadValue::word(mode), &MODES));
    }
    if modes.iter().any(|mode| mode == "ReadWriteOncePod") && modes.iter().any(|mode| mode != "ReadWriteOncePod") {
        errors.push(Error::forbidden(&modes_path, "may not use ReadWriteOncePod with other access modes"));
    }
    let storage_path = path.child("resources").key("storage");
    let requests = spec.resources.as_ref().and_then(|resources| resources.requests.as_ref());
    match requests.and_then(|requests| requests.get("storage")) {
        None => errors.push(Error::required(&storage_path, "")),
        Some(storage) if amount(storage).sign() <= 0 => {
            errors.push(Error::invalid(&storage_path, amount(storage).to_string(), "must be greater than zero"));
        }
        Some(storage) => validate_amount("storage", storage, &storage_path, errors),
    }
    validate_class(text(&spec.storage_class_name), &path.child("storageClassName"), errors);
    if let Some(mode) = spec.volume_mode.as_deref().filter(|mode| !["Block", "Filesystem"].contains(mode)) {
        errors.push(Error::not_supported(&path.child("volumeMode"), BadValue::word(mode), &["Block", "Filesystem"]));
    }
    validate_sources(spec, path, errors);
    validate_class(text(&spec.volume_attributes_class_name), &path.child("volumeAttributesClassName"), errors);
}

fn validate_class(class: &str, path: &Path, errors: &mut ErrorList) {
    if !class.is_empty() {
        push_invalid(names::dns1123_subdomain(class), class, path, errors);
    }
}

/// What the claim is filled from.
fn validate_sources(spec: &PersistentVolumeClaimSpec, path: &Path, errors: &mut ErrorList) {
    if let Some(source) = &spec.data_source {
        validate_source(&source.name, &source.kind, text(&source.api_group), &path.child("dataSource"), errors);
    }
    let reference_path = path.child("dataSourceRef");
    if let Some(source) = &spec.data_source_ref {
        validate_source(&source.name, &source.kind, text(&source.api_group), &reference_path, errors);
        let namespace = text(&source.namespace);
        if !namespace.is_empty() {
            push_invalid(names::dns1123_label(namespace), namespace, &reference_path.child("namespace"), errors);
        }
    }
    if let (Some(source), Some(reference)) = (&spec.data_source, &spec.data_source_ref) {
        let detail = match text(&reference.namespace).is_empty() {
            false => "may not be specified when dataSourceRef.namespace is specified",
            true if is_same(source, reference) => return,
            true => "must match dataSourceRef",
        };
        // Kubernetes shows the path where the value belongs: a struct that has nothing to show.
        errors.push(Error::invalid(path, BadValue::Json("{}".to_owned()), detail));
    }
}

fn is_same(source: &TypedLocalObjectReference, reference: &TypedObjectReference) -> bool {
    (&source.api_group, &source.kind, &source.name) == (&reference.api_group, &reference.kind, &reference.name)
}

fn validate_source(name: &str, kind: &str, group: &str, path: &Path, errors: &mut ErrorList) {
    for (field, value) in [("name", name), ("kind", kind)] {
        if value.is_empty() {
            errors.push(Error::required(&path.child(field), ""));
        }
    }
    if group.is_empty() && kind != "PersistentVolumeClaim" {
        let detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        errors.push(Error::invalid(path, kind, detail));
    }
    if !group.is_empty() {
        push_invalid(names::dns1123_subdomain(group), group, &path.child("apiGroup"), errors);
    }
}
