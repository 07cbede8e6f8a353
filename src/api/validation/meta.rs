//! Metadata, labels, annotations and selectors. Models apimachinery `pkg/api/validation` and `pkg/apis/meta/v1/validation`.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    LabelSelector, LabelSelectorRequirement, ManagedFieldsEntry, ObjectMeta, OwnerReference,
};

use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json;
use super::go_types;
use super::names::{self, NameRule};

/// What is said of a field that may not change.
pub const IMMUTABLE: &str = "field is immutable";
/// What is said of a negative number.
pub const NEGATIVE: &str = "must be greater than or equal to 0";
/// All annotations together, keys and values, in bytes.
const ANNOTATIONS_LIMIT: usize = 256 * 1024;
const MANAGER_LIMIT: usize = 128;

/// A string map that may be absent.
pub type StringMap = Option<BTreeMap<String, String>>;

/// The text of an optional string; Go has no other kind.
pub fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or_default()
}

/// The items of an optional list.
pub fn items<T>(list: &Option<Vec<T>>) -> &[T] {
    list.as_deref().unwrap_or_default()
}

/// Adds one `Invalid value` for each sentence.
pub fn push_invalid(sentences: Vec<String>, value: &str, path: &Path, errors: &mut ErrorList) {
    errors.extend(sentences.into_iter().map(|sentence| Error::invalid(path, value, sentence)));
}

/// A number that must not be negative.
pub fn validate_nonnegative(value: i64, path: &Path, errors: &mut ErrorList) {
    if value < 0 {
        errors.push(Error::invalid(path, value, NEGATIVE));
    }
}

/// A label key on its own.
pub fn validate_label_name(name: &str, path: &Path, errors: &mut ErrorList) {
    push_invalid(names::qualified_name(name), name, path, errors);
}

/// Labels, or anything that selects by them.
pub fn validate_labels(labels: &StringMap, path: &Path, errors: &mut ErrorList) {
    for (key, value) in labels.iter().flatten() {
        validate_label_name(key, path, errors);
        push_invalid(names::label_value(value), value, path, errors);
    }
}

/// Annotations: keys as labels' but in any case, and not too much in all.
pub fn validate_annotations(annotations: &StringMap, path: &Path, errors: &mut ErrorList) {
    let mut size = 0;
    for (key, value) in annotations.iter().flatten() {
        push_invalid(names::qualified_name(&key.to_lowercase()), key, path, errors);
        size += key.len() + value.len();
    }
    if size > ANNOTATIONS_LIMIT {
        errors.push(Error::too_long(path, ANNOTATIONS_LIMIT));
    }
}

fn validate_owner(owner: &OwnerReference, path: &Path, errors: &mut ErrorList) {
    // More than one slash is no version to Kubernetes.
    let version = match owner.api_version.split('/').collect::<Vec<_>>().as_slice() {
        [version] | [_, version] => *version,
        _ => "",
    };
    if version.is_empty() {
        errors.push(Error::invalid(&path.child("apiVersion"), &owner.api_version, "version must not be empty"));
    }
    if owner.kind.is_empty() {
        errors.push(Error::invalid(&path.child("kind"), &owner.kind, "must not be empty"));
    }
    if owner.name.is_empty() {
        errors.push(Error::invalid(&path.child("name"), &owner.name, "must not be empty"));
    }
    if owner.uid.is_empty() {
        errors.push(Error::invalid(&path.child("uid"), BadValue::word(&owner.uid), "must not be empty"));
    }
    if owner.api_version == "v1" && owner.kind == "Event" {
        let shown = BadValue::Json(owner_json(owner));
        errors.push(Error::invalid(path, shown, "/v1, Kind=Event is disallowed from being an owner"));
    }
}

fn owner_json(owner: &OwnerReference) -> String {
    let value = serde_json::to_value(owner).unwrap_or_default();
    go_json::compact(Some(&value), &go_json::Type::Struct(&go_types::OWNER_REFERENCE))
}

fn validate_owners(owners: &[OwnerReference], path: &Path, errors: &mut ErrorList) {
    let mut first = String::new();
    for owner in owners {
        validate_owner(owner, path, errors);
        if owner.controller != Some(true) {
            continue;
        }
        let current = format!("{}/{}", owner.kind, owner.name);
        if first.is_empty() {
            first = current;
            continue;
        }
        let all: Vec<String> = owners.iter().map(owner_json).collect();
        errors.push(Error::invalid(
            path,
            BadValue::Json(format!("[{}]", all.join(","))),
            format!("Only one reference can have Controller set to true. Found \"true\" in references for {first} and {current}"),
        ));
    }
}

fn validate_finalizers(finalizers: &[String], path: &Path, errors: &mut ErrorList) {
    for finalizer in finalizers {
        push_invalid(names::qualified_name(finalizer), finalizer, path, errors);
    }
    let has = |name: &str| finalizers.iter().any(|f| f == name);
    if has("orphan") && has("foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.push(Error::invalid(path, BadValue::strings(finalizers), detail));
    }
}

/// A finalizer without a domain must be one of Kubernetes' own. Models validateKubeFinalizerName.
pub fn validate_kube_finalizer(name: &str, path: &Path, errors: &mut ErrorList) {
    if !name.contains('/') && !["kubernetes", "orphan", "foregroundDeletion"].contains(&name) {
        let detail = "name is neither a standard finalizer name nor is it fully qualified";
        errors.push(Error::invalid(path, name, detail));
    }
}

fn validate_managed_fields(entries: &[ManagedFieldsEntry], path: &Path, errors: &mut ErrorList) {
    for (index, entry) in entries.iter().enumerate() {
        let path = path.index(index);
        let operation = text(&entry.operation);
        if operation != "Apply" && operation != "Update" {
            let shown = BadValue::word(operation);
            errors.push(Error::invalid(&path.child("operation"), shown, "must be `Apply` or `Update`"));
        }
        let fields_type = text(&entry.fields_type);
        if !fields_type.is_empty() && fields_type != "FieldsV1" {
            errors.push(Error::invalid(&path.child("fieldsType"), fields_type, "must be `FieldsV1`"));
        }
        validate_field_manager(text(&entry.manager), &path.child("manager"), errors);
        if text(&entry.subresource).len() > 256 {
            errors.push(Error::too_long(&path.child("subresource"), 256));
        }
    }
}

/// The name of who writes: short and printable.
pub fn validate_field_manager(manager: &str, path: &Path, errors: &mut ErrorList) {
    if manager.len() > MANAGER_LIMIT {
        errors.push(Error::too_long(path, MANAGER_LIMIT));
    }
    for (position, c) in manager.char_indices().filter(|(_, c)| c.is_control() || (c.is_whitespace() && *c != ' ')) {
        let detail = format!("invalid character U+{:04X} (at position {position})", u32::from(c));
        errors.push(Error::invalid(path, manager, detail));
    }
}

/// The metadata of a new object. Models core's ValidateObjectMeta.
pub fn validate_object_meta(meta: &ObjectMeta, namespaced: bool, rule: NameRule, errors: &mut ErrorList) {
    validate_generic(meta, namespaced, rule, errors);
    validate_kube_finalizers(meta, &Path::new("metadata"), errors);
}

/// The metadata of an object of any kind. Models ValidateObjectMetaAccessor.
pub fn validate_generic(meta: &ObjectMeta, namespaced: bool, rule: NameRule, errors: &mut ErrorList) {
    let path = Path::new("metadata");
    let generate = text(&meta.generate_name);
    if !generate.is_empty() {
        push_invalid(rule(generate, true), generate, &path.child("generateName"), errors);
    }
    let name = text(&meta.name);
    if name.is_empty() {
        errors.push(Error::required(&path.child("name"), "name or generateName is required"));
    } else {
        push_invalid(rule(name, false), name, &path.child("name"), errors);
    }
    let namespace = text(&meta.namespace);
    let namespace_path = path.child("namespace");
    match (namespaced, namespace.is_empty()) {
        (true, true) => errors.push(Error::required(&namespace_path, "")),
        (true, false) => push_invalid(names::dns1123_label(namespace), namespace, &namespace_path, errors),
        (false, true) => {}
        (false, false) => errors.push(Error::forbidden(&namespace_path, "not allowed on this type")),
    }
    validate_nonnegative(meta.generation.unwrap_or(0), &path.child("generation"), errors);
    validate_common(meta, &path, errors);
    validate_finalizers(items(&meta.finalizers), &path.child("finalizers"), errors);
    validate_managed_fields(items(&meta.managed_fields), &path.child("managedFields"), errors);
}

fn validate_common(meta: &ObjectMeta, path: &Path, errors: &mut ErrorList) {
    validate_labels(&meta.labels, &path.child("labels"), errors);
    validate_annotations(&meta.annotations, &path.child("annotations"), errors);
    validate_owners(items(&meta.owner_references), &path.child("ownerReferences"), errors);
}

fn validate_kube_finalizers(meta: &ObjectMeta, path: &Path, errors: &mut ErrorList) {
    for (index, finalizer) in items(&meta.finalizers).iter().enumerate() {
        validate_kube_finalizer(finalizer, &path.child("finalizers").index(index), errors);
    }
}

/// The metadata of a changed object. Models core's ValidateObjectMetaUpdate.
pub fn validate_object_meta_update(new: &ObjectMeta, old: &ObjectMeta, errors: &mut ErrorList) {
    validate_generic_update(new, old, errors);
    validate_kube_finalizers(new, &Path::new("metadata"), errors);
}

/// The metadata of a changed object of any kind. Models ValidateObjectMetaAccessorUpdate.
pub fn validate_generic_update(new: &ObjectMeta, old: &ObjectMeta, errors: &mut ErrorList) {
    let path = Path::new("metadata");
    if old.deletion_timestamp.is_some() {
        validate_no_new_finalizers(new, old, &path, errors);
    }
    if text(&new.resource_version).is_empty() {
        let detail = "must be specified for an update";
        errors.push(Error::invalid(&path.child("resourceVersion"), text(&new.resource_version), detail));
    }
    let generation = new.generation.unwrap_or(0);
    if generation < old.generation.unwrap_or(0) {
        errors.push(Error::invalid(&path.child("generation"), generation, "must not be decremented"));
    }
    let texts = [("name", &new.name, &old.name), ("namespace", &new.namespace, &old.namespace), ("uid", &new.uid, &old.uid)];
    for (name, new, old) in texts {
        if text(new) != text(old) {
            errors.push(Error::invalid(&path.child(name), text(new), IMMUTABLE));
        }
    }
    let times = [
        ("creationTimestamp", &new.creation_timestamp, &old.creation_timestamp),
        ("deletionTimestamp", &new.deletion_timestamp, &old.deletion_timestamp),
    ];
    for (name, new, old) in times {
        if new != old {
            let shown = serde_json::to_string(new).unwrap_or_default();
            errors.push(Error::invalid(&path.child(name), BadValue::Json(shown), IMMUTABLE));
        }
    }
    if new.deletion_grace_period_seconds != old.deletion_grace_period_seconds {
        let shown = new.deletion_grace_period_seconds.map_or_else(BadValue::null, BadValue::from);
        errors.push(Error::invalid(&path.child("deletionGracePeriodSeconds"), shown, IMMUTABLE));
    }
    validate_common(new, &path, errors);
    validate_managed_fields(items(&new.managed_fields), &path.child("managedFields"), errors);
}

fn validate_no_new_finalizers(new: &ObjectMeta, old: &ObjectMeta, path: &Path, errors: &mut ErrorList) {
    let old: BTreeSet<&String> = items(&old.finalizers).iter().collect();
    let extra: BTreeSet<&String> = items(&new.finalizers).iter().filter(|f| !old.contains(f)).collect();
    if extra.is_empty() {
        return;
    }
    let extra: Vec<String> = extra.into_iter().map(|f| crate::api::go::quote(f)).collect();
    errors.push(Error::forbidden(
        &path.child("finalizers"),
        format!("no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}", extra.join(", ")),
    ));
}

/// A selector over labels. `loose` lets values through that no label can have.
pub fn validate_label_selector(selector: &Option<LabelSelector>, path: &Path, errors: &mut ErrorList) {
    let Some(selector) = selector else { return };
    validate_labels(&selector.match_labels, &path.child("matchLabels"), errors);
    for (index, requirement) in items(&selector.match_expressions).iter().enumerate() {
        validate_requirement(requirement, &path.child("matchExpressions").index(index), errors);
    }
}

fn validate_requirement(requirement: &LabelSelectorRequirement, path: &Path, errors: &mut ErrorList) {
    let values = items(&requirement.values);
    match requirement.operator.as_str() {
        "In" | "NotIn" => {
            if values.is_empty() {
                let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                errors.push(Error::required(&path.child("values"), detail));
            }
        }
        "Exists" | "DoesNotExist" => {
            if !values.is_empty() {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.push(Error::forbidden(&path.child("values"), detail));
            }
        }
        other => {
            errors.push(Error::invalid(&path.child("operator"), BadValue::word(other), "not a valid selector operator"));
        }
    }
    validate_label_name(&requirement.key, &path.child("key"), errors);
    for (index, value) in values.iter().enumerate() {
        push_invalid(names::label_value(value), value, &path.child("values").index(index), errors);
    }
}

/// A path below a domain, such as `acme.io/foo`. Models IsDomainPrefixedPath.
pub fn validate_domain_prefixed_path(value: &str, path: &Path, errors: &mut ErrorList) {
    if value.is_empty() {
        errors.push(Error::required(path, ""));
        return;
    }
    let Some((host, rest)) = value.split_once('/').filter(|(host, rest)| !host.is_empty() && !rest.is_empty()) else {
        errors.push(Error::invalid(path, value, "must be a domain-prefixed path (such as \"acme.io/foo\")"));
        return;
    };
    push_invalid(names::dns1123_subdomain(host), host, path, errors);
    if !rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&b)) {
        let detail = r"Invalid path (regex used for validation is '[A-Za-z0-9/\-._~%!$&'()*+,;=:]+')";
        errors.push(Error::invalid(path, rest, detail));
    }
}

/// A selector as errors show it.
pub fn selector_json(selector: &LabelSelector) -> BadValue {
    let value = serde_json::to_value(selector).unwrap_or_default();
    BadValue::Json(go_json::compact(Some(&value), &go_json::Type::Struct(&go_types::LABEL_SELECTOR)))
}

/// Whether the manifest gave no selector at all. See [`super::keep_presence`].
pub fn is_absent(selector: &LabelSelector) -> bool {
    selector.match_labels.is_none() && selector.match_expressions.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(json: serde_json::Value) -> ObjectMeta {
        serde_json::from_value(json).unwrap()
    }

    fn texts(errors: &ErrorList) -> Vec<String> {
        errors.iter().map(Error::to_string).collect()
    }

    #[test]
    fn a_name_is_required() {
        let mut errors = ErrorList::new();
        validate_object_meta(&meta(serde_json::json!({"namespace": "a"})), true, names::name_is_subdomain, &mut errors);
        assert_eq!(texts(&errors), ["metadata.name: Required value: name or generateName is required"]);
    }

    #[test]
    fn a_finalizer_is_qualified_or_standard() {
        let mut errors = ErrorList::new();
        let meta = meta(serde_json::json!({"name": "a", "finalizers": ["foo", "orphan", "a.b/c"]}));
        validate_object_meta(&meta, false, names::name_is_subdomain, &mut errors);
        assert_eq!(
            texts(&errors),
            ["metadata.finalizers[0]: Invalid value: \"foo\": name is neither a standard finalizer name nor is it fully qualified"]
        );
    }

    #[test]
    fn one_controller_only() {
        let mut errors = ErrorList::new();
        let owner =
            |name: &str| serde_json::json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": "u", "controller": true});
        let meta = meta(serde_json::json!({"name": "a", "ownerReferences": [owner("a"), owner("b")]}));
        validate_object_meta(&meta, false, names::name_is_subdomain, &mut errors);
        assert_eq!(errors.len(), 1);
        assert!(errors[0].body().contains("references for ReplicaSet/a and ReplicaSet/b"));
    }
}
