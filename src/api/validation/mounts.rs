//! Volumes in containers. Models ValidateVolumeMounts and ValidateVolumeDevices.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, Volume, VolumeMount};

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{items, text};
use super::paths::{validate_local_descending, validate_no_backsteps};

/// The pod's volumes that are in order, by name.
pub type Volumes<'a> = BTreeMap<&'a str, &'a Volume>;

/// A container's mounts.
pub fn validate_mounts(container: &Container, volumes: &Volumes, path: &Path, errors: &mut ErrorList) {
    let devices = items(&container.volume_devices);
    let mut seen = BTreeSet::new();
    for (index, mount) in items(&container.volume_mounts).iter().enumerate() {
        let own = path.index(index);
        let (name, mount_path) = (mount.name.as_str(), mount.mount_path.as_str());
        if name.is_empty() {
            errors.push(Error::required(&own.child("name"), ""));
        }
        if !volumes.contains_key(name) {
            errors.push(Error::not_found(&own.child("name"), name));
        }
        if mount_path.is_empty() {
            errors.push(Error::required(&own.child("mountPath"), ""));
        }
        if !seen.insert(mount_path) {
            errors.push(Error::invalid(&own.child("mountPath"), mount_path, "must be unique"));
        }
        if devices.iter().any(|device| device.name == name) {
            errors.push(Error::invalid(&own.child("name"), name, "must not already exist in volumeDevices"));
        }
        if devices.iter().any(|device| device.device_path == mount_path) {
            let detail = "must not already exist as a path in volumeDevices";
            errors.push(Error::invalid(&own.child("mountPath"), mount_path, detail));
        }
        validate_sub_paths(mount, path, &own, errors);
        validate_propagation(mount, container, &path.child("mountPropagation"), errors);
        validate_recursive_read_only(mount, &path.child("recursiveReadOnly"), errors);
    }
}

// Kubernetes names the list, not the mount, in these errors.
fn validate_sub_paths(mount: &VolumeMount, path: &Path, own: &Path, errors: &mut ErrorList) {
    let (sub_path, expression) = (text(&mount.sub_path), text(&mount.sub_path_expr));
    if !sub_path.is_empty() {
        validate_local_descending(sub_path, &path.child("subPath"), errors);
    }
    if !expression.is_empty() {
        if !sub_path.is_empty() {
            let detail = "subPathExpr and subPath are mutually exclusive";
            errors.push(Error::invalid(&own.child("subPathExpr"), expression, detail));
        }
        validate_local_descending(expression, &path.child("subPathExpr"), errors);
    }
}

fn validate_propagation(mount: &VolumeMount, container: &Container, path: &Path, errors: &mut ErrorList) {
    let Some(propagation) = mount.mount_propagation.as_deref() else { return };
    let supported = ["Bidirectional", "HostToContainer", "None"];
    if !supported.contains(&propagation) {
        errors.push(Error::not_supported(path, BadValue::word(propagation), &supported));
    }
    let privileged = container.security_context.as_ref().and_then(|context| context.privileged).unwrap_or(false);
    if propagation == "Bidirectional" && !privileged {
        let detail = "Bidirectional mount propagation is available only to privileged containers";
        errors.push(Error::forbidden(path, detail));
    }
}

fn validate_recursive_read_only(mount: &VolumeMount, path: &Path, errors: &mut ErrorList) {
    match mount.recursive_read_only.as_deref() {
        None | Some("Disabled") => {}
        Some("Enabled" | "IfPossible") => {
            if mount.read_only != Some(true) {
                errors.push(Error::forbidden(path, "may only be specified when readOnly is true"));
            }
            if mount.mount_propagation.as_deref().is_some_and(|propagation| propagation != "None") {
                let detail = "may only be specified when mountPropagation is None or not specified";
                errors.push(Error::forbidden(path, detail));
            }
        }
        Some(other) => {
            errors.push(Error::not_supported(path, BadValue::word(other), &["Disabled", "Enabled", "IfPossible"]));
        }
    }
}

/// A container's raw block devices.
pub fn validate_devices(container: &Container, volumes: &Volumes, path: &Path, errors: &mut ErrorList) {
    let mounts = items(&container.volume_mounts);
    let (mut paths, mut names) = (BTreeSet::new(), BTreeSet::new());
    for (index, device) in items(&container.volume_devices).iter().enumerate() {
        let own = path.index(index);
        let (name_path, path_path) = (own.child("name"), own.child("devicePath"));
        let (name, device_path) = (device.name.as_str(), device.device_path.as_str());
        if name.is_empty() {
            errors.push(Error::required(&name_path, ""));
        }
        if names.contains(name) {
            errors.push(Error::invalid(&name_path, name, "must be unique"));
        }
        match volumes.get(name) {
            None => errors.push(Error::not_found(&name_path, name)),
            Some(volume) if volume.persistent_volume_claim.is_none() && volume.ephemeral.is_none() => {
                let detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                errors.push(Error::invalid(&name_path, name, detail));
            }
            Some(_) => {}
        }
        if device_path.is_empty() {
            errors.push(Error::required(&path_path, ""));
        }
        if paths.contains(device_path) {
            errors.push(Error::invalid(&path_path, device_path, "must be unique"));
        }
        let mut backsteps = ErrorList::new();
        validate_no_backsteps(device_path, &path_path, &mut backsteps);
        if backsteps.is_empty() {
            paths.insert(device_path);
        } else {
            errors.push(Error::invalid(&path_path, device_path, "can not contain backsteps ('..')"));
        }
        if mounts.iter().any(|mount| mount.name == name) {
            errors.push(Error::invalid(&name_path, name, "must not already exist in volumeMounts"));
        }
        if mounts.iter().any(|mount| mount.mount_path == device_path) {
            errors.push(Error::invalid(&path_path, device_path, "must not already exist as a path in volumeMounts"));
        }
        if !name.is_empty() {
            names.insert(name);
        }
    }
}
