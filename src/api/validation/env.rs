//! Environment variables and where their values come from. Models ValidateEnv and ValidateEnvFrom.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, EnvFromSource, EnvVar, FileKeySelector, ObjectFieldSelector, PodSpec, ResourceFieldSelector};

use super::field::{Error, ErrorList, Path};
use super::meta::{items, push_invalid, text};
use super::names;
use super::paths::validate_no_backsteps;
use super::pod::visit_containers;
use super::resources::amount;

const ENV_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// What a file of a downward API volume may hold.
pub const VOLUME_FIELDS: [&str; 5] = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
const RESOURCE_FIELDS: [&str; 6] =
    ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];
const BYTE_DIVISORS: [&str; 13] = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

/// A container's variables.
pub fn validate(variables: &[EnvVar], path: &Path, errors: &mut ErrorList) {
    for (index, variable) in variables.iter().enumerate() {
        let path = path.index(index);
        if variable.name.is_empty() {
            errors.push(Error::required(&path.child("name"), ""));
        } else {
            push_invalid(names::env_var_name(&variable.name), &variable.name, &path.child("name"), errors);
        }
        validate_value_from(variable, &path.child("valueFrom"), errors);
    }
}

fn validate_value_from(variable: &EnvVar, path: &Path, errors: &mut ErrorList) {
    let Some(from) = &variable.value_from else { return };
    let mut sources = 0;
    if let Some(field) = &from.field_ref {
        sources += 1;
        validate_field_ref(field, &ENV_FIELDS, &path.child("fieldRef"), errors);
    }
    if let Some(resource) = &from.resource_field_ref {
        sources += 1;
        validate_resource_ref(resource, false, &path.child("resourceFieldRef"), errors);
    }
    if let Some(key) = &from.config_map_key_ref {
        sources += 1;
        validate_key_ref(&key.name, &key.key, &path.child("configMapKeyRef"), errors);
    }
    if let Some(key) = &from.secret_key_ref {
        sources += 1;
        validate_key_ref(&key.name, &key.key, &path.child("secretKeyRef"), errors);
    }
    if let Some(key) = &from.file_key_ref {
        sources += 1;
        validate_file_key_ref(key, &path.child("fileKeyRef"), errors);
    }
    let detail = if sources == 0 {
        "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
    } else if !text(&variable.value).is_empty() {
        "may not be specified when `value` is not empty"
    } else if sources > 1 {
        "may not have more than one field specified at a time"
    } else {
        return;
    };
    errors.push(Error::invalid(path, "", detail));
}

/// The field that a label such as `metadata.labels['a']` names, and the part in quotes.
/// Models fieldpath.SplitMaybeSubscriptedPath.
fn split_subscript(path: &str) -> Option<(&str, &str)> {
    let (field, rest) = path.strip_suffix("']")?.split_once("['")?;
    (!field.is_empty()).then_some((field, rest))
}

/// Models ConvertDownwardAPIFieldLabel.
fn convert_field(version: &str, label: &str) -> Result<String, String> {
    if version != "v1" {
        return Err(format!("unsupported pod version: {version}"));
    }
    if let Some((field, _)) = split_subscript(label) {
        return match field {
            "metadata.annotations" | "metadata.labels" => Ok(label.to_owned()),
            _ => Err(format!("field label does not support subscript: {label}")),
        };
    }
    match label {
        "metadata.annotations" | "metadata.labels" | "metadata.name" | "metadata.namespace" | "metadata.uid" => {}
        "spec.nodeName" | "spec.restartPolicy" | "spec.serviceAccountName" | "spec.schedulerName" | "status.phase" => {}
        "status.hostIP" | "status.hostIPs" | "status.podIP" | "status.podIPs" => {}
        "spec.host" => return Ok("spec.nodeName".to_owned()),
        _ => return Err(format!("field label not supported: {label}")),
    }
    Ok(label.to_owned())
}

/// A field of the pod that a variable or file shows. Models validateObjectFieldSelector.
pub fn validate_field_ref(field: &ObjectFieldSelector, supported: &[&str], path: &Path, errors: &mut ErrorList) {
    let version = text(&field.api_version);
    if version.is_empty() {
        errors.push(Error::required(&path.child("apiVersion"), ""));
        return;
    }
    let path_path = path.child("fieldPath");
    if field.field_path.is_empty() {
        errors.push(Error::required(&path_path, ""));
        return;
    }
    let internal = match convert_field(version, &field.field_path) {
        Ok(internal) => internal,
        Err(why) => {
            errors.push(Error::invalid(&path_path, &field.field_path, format!("error converting fieldPath: {why}")));
            return;
        }
    };
    match split_subscript(&internal) {
        Some(("metadata.annotations", key)) => {
            let key = key.to_lowercase();
            push_invalid(names::qualified_name(&key), &key, path, errors);
        }
        Some(("metadata.labels", key)) => push_invalid(names::qualified_name(key), key, path, errors),
        Some((field, _)) => errors.push(Error::invalid(path, field, "does not support subscript")),
        None if !supported.contains(&internal.as_str()) => {
            errors.push(Error::not_supported(&path_path, internal.as_str(), supported));
        }
        None => {}
    }
}

/// A container's request or limit that a variable or file shows. Models validateContainerResourceFieldSelector.
pub fn validate_resource_ref(field: &ResourceFieldSelector, in_volume: bool, path: &Path, errors: &mut ErrorList) {
    let name = field.resource.as_str();
    let huge = name.starts_with("limits.hugepages-") || name.starts_with("requests.hugepages-");
    if in_volume && text(&field.container_name).is_empty() {
        errors.push(Error::required(&path.child("containerName"), ""));
    } else if name.is_empty() {
        errors.push(Error::required(&path.child("resource"), ""));
    } else if !RESOURCE_FIELDS.contains(&name) && !huge {
        errors.push(Error::not_supported(&path.child("resource"), name, &RESOURCE_FIELDS));
    }
    let Some(divisor) = field.divisor.as_ref().map(amount).filter(|d| !d.is_zero()) else { return };
    let divisor = divisor.to_string();
    let bytes = |kind: &str| format!("only divisor's values {} are supported with the {kind} resource", BYTE_DIVISORS.join(", "));
    let (supported, detail) = match name {
        "limits.cpu" | "requests.cpu" => {
            (["1m", "1"].contains(&divisor.as_str()), "only divisor's values 1m and 1 are supported with the cpu resource".to_owned())
        }
        "limits.memory" | "requests.memory" => (BYTE_DIVISORS.contains(&divisor.as_str()), bytes("memory")),
        "limits.ephemeral-storage" | "requests.ephemeral-storage" => {
            (BYTE_DIVISORS.contains(&divisor.as_str()), bytes("local ephemeral storage"))
        }
        _ if huge => (BYTE_DIVISORS.contains(&divisor.as_str()), bytes("hugepages")),
        _ => return,
    };
    if !supported {
        errors.push(Error::invalid(&path.child("divisor"), name, detail));
    }
}

fn validate_key_ref(name: &str, key: &str, path: &Path, errors: &mut ErrorList) {
    push_invalid(names::dns1123_subdomain(name), name, &path.child("name"), errors);
    if key.is_empty() {
        errors.push(Error::required(&path.child("key"), ""));
    } else {
        push_invalid(names::config_map_key(key), key, &path.child("key"), errors);
    }
}

fn validate_file_key_ref(selector: &FileKeySelector, path: &Path, errors: &mut ErrorList) {
    if selector.key.is_empty() {
        errors.push(Error::required(&path.child("key"), ""));
    } else {
        push_invalid(names::env_var_name(&selector.key), &selector.key, &path.child("key"), errors);
    }
    if selector.volume_name.is_empty() {
        errors.push(Error::required(&path.child("volumeName"), ""));
    } else {
        let name = &selector.volume_name;
        push_invalid(names::dns1123_label(name), name, &path.child("volumeName"), errors);
    }
    if selector.path.is_empty() {
        errors.push(Error::required(&path.child("path"), ""));
    } else {
        validate_no_backsteps(&selector.path, &path.child("path"), errors);
    }
}

/// Whole ConfigMaps and Secrets as variables.
pub fn validate_from(sources: &[EnvFromSource], path: &Path, errors: &mut ErrorList) {
    for (index, source) in sources.iter().enumerate() {
        let own = path.index(index);
        let prefix = text(&source.prefix);
        if !prefix.is_empty() {
            push_invalid(names::env_var_name(prefix), prefix, &own.child("prefix"), errors);
        }
        let config_map = source.config_map_ref.as_ref().map(|r| ("configMapRef", &r.name));
        let secret = source.secret_ref.as_ref().map(|r| ("secretRef", &r.name));
        let given: Vec<(&str, &String)> = config_map.into_iter().chain(secret).collect();
        for (field, name) in &given {
            let path = own.child(field).child("name");
            if name.is_empty() {
                errors.push(Error::required(&path, ""));
            } else {
                push_invalid(names::name_is_subdomain(name, true), name, &path, errors);
            }
        }
        if given.is_empty() {
            errors.push(Error::invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"));
        } else if given.len() > 1 {
            errors.push(Error::invalid(path, "", "may not have more than one field specified at a time"));
        }
    }
}

/// Files that hold variables lie on emptyDir volumes. Models validateFileKeyRefVolumes.
pub fn validate_file_volumes(spec: &PodSpec, path: &Path, errors: &mut ErrorList) {
    let volumes: BTreeMap<&str, bool> =
        items(&spec.volumes).iter().map(|volume| (volume.name.as_str(), volume.empty_dir.is_some())).collect();
    visit_containers(spec, path, &mut |container: &Container, path: &Path| {
        for (index, variable) in items(&container.env).iter().enumerate() {
            let Some(key) = variable.value_from.as_ref().and_then(|from| from.file_key_ref.as_ref()) else { continue };
            let path = path.child("env").index(index).child("valueFrom").child("fileKeyRef").child("volumeName");
            match volumes.get(key.volume_name.as_str()) {
                None => errors.push(Error::not_found(&path, &key.volume_name)),
                Some(false) => {
                    errors.push(Error::invalid(&path, &key.volume_name, "referenced volume must be of type emptyDir"));
                }
                Some(true) => {}
            }
        }
    });
}
