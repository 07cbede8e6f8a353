//! Changes to pods. Models ValidatePodUpdate and ValidatePodEphemeralContainersUpdate.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, NodeSelectorTerm, Pod, PodSpec, PodTemplateSpec};
use serde_json::Value;

use super::diff;
use super::field::{BadValue, Error, ErrorList, Path};
use super::go_json::{self, Type};
use super::go_types;
use super::meta::{items, text, validate_object_meta_update};
use super::names;
use super::pod::validate_metadata_and_spec;
use super::pod_annotations;

const UPDATABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,\
`spec.tolerations` (only additions to existing tolerations),\
`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// A changed pod.
pub fn validate_update(new: &Pod, old: &Pod) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_metadata_and_spec(new, &mut errors);
    pod_annotations::validate_update(new, old, &mut errors);
    let (spec, old_spec) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    let path = Path::new("spec");
    let lists = [
        ("containers", spec.containers.as_slice(), old_spec.containers.as_slice()),
        ("initContainers", items(&spec.init_containers), items(&old_spec.init_containers)),
    ];
    for (name, new, old) in lists {
        if !validate_containers(new, old, &path.child(name), &mut errors) {
            return errors;
        }
    }
    if !validate_deadline(&spec, &old_spec, &path.child("activeDeadlineSeconds"), &mut errors) {
        return errors;
    }
    validate_only_added_tolerations(&spec, &old_spec, &path.child("tolerations"), &mut errors);
    validate_only_deleted_gates(&spec, &old_spec, &path.child("schedulingGates"), &mut errors);
    validate_rest_unchanged(spec, &old_spec, &path, &mut errors);
    errors
}

/// Whether to go on.
fn validate_containers(new: &[Container], old: &[Container], path: &Path, errors: &mut ErrorList) -> bool {
    if new.len() != old.len() {
        errors.push(Error::forbidden(path, "pod updates may not add or remove containers"));
        return false;
    }
    for (index, container) in new.iter().enumerate() {
        let path = path.index(index).child("image");
        let image = text(&container.image);
        if image.is_empty() {
            errors.push(Error::required(&path, ""));
        }
        if image.trim() != image {
            errors.push(Error::invalid(&path, image, "must not have leading or trailing whitespace"));
        }
    }
    true
}

fn validate_deadline(new: &PodSpec, old: &PodSpec, path: &Path, errors: &mut ErrorList) -> bool {
    match (new.active_deadline_seconds, old.active_deadline_seconds) {
        (Some(seconds), _) if !(0..=i64::from(i32::MAX)).contains(&seconds) => {
            errors.push(Error::invalid(path, seconds, names::range_error(0, i32::MAX.into())));
            false
        }
        (Some(seconds), Some(before)) if before < seconds => {
            errors.push(Error::invalid(path, seconds, "must be less than or equal to previous value"));
            false
        }
        (None, Some(_)) => {
            let detail = "must not update from a positive integer to nil value";
            errors.push(Error::invalid(path, BadValue::null(), detail));
            true
        }
        _ => true,
    }
}

fn validate_only_added_tolerations(new: &PodSpec, old: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let new = items(&new.tolerations);
    for old in items(&old.tolerations) {
        let same = |new: &&k8s_openapi::api::core::v1::Toleration| {
            text(&new.key) == text(&old.key)
                && text(&new.operator) == text(&old.operator)
                && text(&new.value) == text(&old.value)
                && text(&new.effect) == text(&old.effect)
        };
        if !new.iter().any(|toleration| same(&toleration)) {
            let detail = "existing toleration can not be modified except its tolerationSeconds";
            errors.push(Error::forbidden(path, detail));
            return;
        }
    }
    super::scheduling::validate_tolerations(new, path, errors);
}

fn validate_only_deleted_gates(new: &PodSpec, old: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let old = items(&old.scheduling_gates);
    let mut added: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, gate) in items(&new.scheduling_gates).iter().enumerate() {
        added.insert(&gate.name, index);
    }
    for (name, index) in added.into_iter().filter(|(name, _)| old.iter().all(|gate| gate.name != *name)) {
        let detail = format!("only deletion is allowed, but found new scheduling gate '{name}'");
        errors.push(Error::forbidden(&path.index(index).child("name"), detail));
    }
}

fn validate_rest_unchanged(mut munged: PodSpec, old: &PodSpec, path: &Path, errors: &mut ErrorList) {
    for (container, old) in munged.containers.iter_mut().zip(&old.containers) {
        container.image.clone_from(&old.image);
    }
    for (container, old) in munged.init_containers.iter_mut().flatten().zip(items(&old.init_containers)) {
        container.image.clone_from(&old.image);
    }
    munged.active_deadline_seconds = old.active_deadline_seconds;
    munged.scheduling_gates.clone_from(&old.scheduling_gates);
    munged.tolerations.clone_from(&old.tolerations);
    let grace = old.termination_grace_period_seconds;
    if grace.is_some_and(|grace| grace < 0) && munged.termination_grace_period_seconds == Some(1) {
        munged.termination_grace_period_seconds = grace;
    }
    if !items(&old.scheduling_gates).is_empty() {
        validate_gated(&mut munged, old, path, errors);
    }
    let (before, after) = (spec_json(old), spec_json(&munged));
    if before != after {
        let detail = format!("pod updates may not change fields other than {UPDATABLE}\n{}", diff::unified(&before, &after));
        errors.push(Error::forbidden(path, detail));
    }
}

/// A pod that waits at a gate may still be pinned down further.
fn validate_gated(munged: &mut PodSpec, old: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let none = BTreeMap::new();
    let new_selector = munged.node_selector.as_ref().unwrap_or(&none);
    let old_selector = old.node_selector.as_ref().unwrap_or(&none);
    if old_selector.iter().any(|(key, value)| new_selector.get(key) != Some(value)) {
        let shown = BadValue::Json(go_json::string_map(munged.node_selector.as_ref()));
        let detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        errors.push(Error::invalid(&path.child("nodeSelector"), shown, detail));
    }
    munged.node_selector.clone_from(&old.node_selector);
    let old_affinity = old.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let new_affinity = munged.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    if old_affinity == new_affinity {
        return;
    }
    fn terms(affinity: Option<&k8s_openapi::api::core::v1::NodeAffinity>) -> &[NodeSelectorTerm] {
        affinity
            .and_then(|affinity| affinity.required_during_scheduling_ignored_during_execution.as_ref())
            .map(|required| required.node_selector_terms.as_slice())
            .unwrap_or_default()
    }
    validate_terms(terms(new_affinity), terms(old_affinity), path, errors);
    let old_affinity = old_affinity.cloned();
    match munged.affinity.as_mut() {
        Some(affinity) if old.affinity.is_some() || affinity.pod_affinity.is_some() || affinity.pod_anti_affinity.is_some() => {
            affinity.node_affinity = old_affinity;
        }
        _ => munged.affinity.clone_from(&old.affinity),
    }
}

fn validate_terms(new: &[NodeSelectorTerm], old: &[NodeSelectorTerm], path: &Path, errors: &mut ErrorList) {
    let path =
        path.child("affinity").child("nodeAffinity").child("requiredDuringSchedulingIgnoredDuringExecution").child("nodeSelectorTerms");
    let shown = |term: &NodeSelectorTerm| {
        let json = serde_json::to_value(term).unwrap_or_default();
        go_json::compact(Some(&json), &Type::Struct(&go_types::NODE_SELECTOR_TERM))
    };
    if old.is_empty() {
        return;
    }
    if old.len() != new.len() {
        let all: Vec<String> = new.iter().map(shown).collect();
        let all = if all.is_empty() { "null".to_owned() } else { format!("[{}]", all.join(",")) };
        let detail = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        errors.push(Error::invalid(&path, BadValue::Json(all), detail));
        return;
    }
    for (index, (new, old)) in new.iter().zip(old).enumerate() {
        let (expressions, fields) = (items(&old.match_expressions), items(&old.match_fields));
        let was_empty = expressions.is_empty() && fields.is_empty();
        let grown = !items(&new.match_expressions).is_empty() || !items(&new.match_fields).is_empty();
        let kept = items(&new.match_expressions).starts_with(expressions) && items(&new.match_fields).starts_with(fields);
        if !kept || (was_empty && grown) {
            let detail = "only additions are allowed (no mutations or deletions)";
            errors.push(Error::invalid(&path.index(index), BadValue::Json(shown(new)), detail));
        }
    }
}

/// The spec as Go's internal type, several lines of JSON. There, the host's namespaces are in the security context.
pub fn spec_json(spec: &PodSpec) -> String {
    go_json::pretty(Some(&internal_spec(spec)), &Type::Struct(&go_types::POD_SPEC))
}

/// A template as Go's internal type, in one line: the metadata's fields stand beside the spec.
pub fn template_json(template: &PodTemplateSpec) -> String {
    let meta = serde_json::to_value(&template.metadata).unwrap_or_default();
    let mut fields = Vec::new();
    for name in ["labels", "annotations"] {
        if let Some(Value::Object(map)) = meta.get(name).filter(|map| !map.as_object().is_none_or(serde_json::Map::is_empty)) {
            fields.push(format!("\"{name}\":{}", Value::Object(map.clone())));
        }
    }
    let spec = internal_spec(&template.spec.clone().unwrap_or_default());
    fields.push(format!("\"Spec\":{}", go_json::compact(Some(&spec), &Type::Struct(&go_types::POD_SPEC))));
    format!("{{{}}}", fields.join(","))
}

fn internal_spec(spec: &PodSpec) -> Value {
    let mut value = serde_json::to_value(spec).unwrap_or_default();
    if let Value::Object(spec) = &mut value {
        let mut context = match spec.remove("securityContext") {
            Some(Value::Object(context)) => context,
            _ => serde_json::Map::new(),
        };
        for name in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"] {
            if let Some(given) = spec.remove(name) {
                context.insert(name.to_owned(), given);
            }
        }
        spec.insert("securityContext".to_owned(), Value::Object(context));
    }
    value
}

/// Containers for debugging, added to a pod.
pub fn validate_ephemeral_containers_update(new: &Pod, old: &Pod) -> ErrorList {
    let mut errors = ErrorList::new();
    validate_object_meta_update(&new.metadata, &old.metadata, &mut errors);
    validate_metadata_and_spec(new, &mut errors);
    pod_annotations::validate_update(new, old, &mut errors);
    if pod_annotations::is_mirror(&old.metadata) {
        return vec![Error::forbidden(&Path::new(""), "static pods do not support ephemeral containers")];
    }
    let path = Path::new("spec").child("ephemeralContainers");
    let (spec, old_spec) = (new.spec.clone().unwrap_or_default(), old.spec.clone().unwrap_or_default());
    let shown = |container: &k8s_openapi::api::core::v1::EphemeralContainer| {
        let json = serde_json::to_value(container).unwrap_or_default();
        go_json::pretty(Some(&json), &Type::Struct(&go_types::EPHEMERAL_CONTAINER))
    };
    for before in items(&old_spec.ephemeral_containers) {
        let after = items(&spec.ephemeral_containers).iter().rev().find(|after| after.name == before.name);
        let name = &before.name;
        let Some(after) = after else {
            errors.push(Error::forbidden(&path, format!("existing ephemeral containers \"{name}\" may not be removed\n")));
            continue;
        };
        let (before, after) = (shown(before), shown(after));
        if before != after {
            let diff = diff::unified(&before, &after);
            errors.push(Error::forbidden(&path, format!("existing ephemeral containers \"{name}\" may not be changed\n{diff}")));
        }
    }
    errors
}
