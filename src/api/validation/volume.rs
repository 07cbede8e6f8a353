//! A pod's volumes. Models ValidateVolumes and validateVolumeSource.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{
    CSIVolumeSource, DownwardAPIVolumeFile, HostPathVolumeSource, ImageVolumeSource, KeyToPath, NFSVolumeSource, ProjectedVolumeSource,
    Volume,
};

use super::container::validate_pull_policy;
use super::env;
use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{items, push_invalid, text};
use super::mounts::Volumes;
use super::names;
use super::paths::{validate_local_non_reserved, validate_mode, validate_no_backsteps};
use super::resources::amount;
use super::volume_claim::validate_ephemeral;
use super::volume_legacy;
use super::volume_projected;

const MORE_THAN_ONE: &str = "may not specify more than 1 volume type";

/// The volumes; gives back those that are in order. `pod_name` is empty in templates.
pub fn validate<'a>(volumes: &'a [Volume], pod_name: &str, is_pod: bool, path: &Path, errors: &mut ErrorList) -> Volumes<'a> {
    let created: BTreeSet<String> = match pod_name {
        "" => BTreeSet::new(),
        name => volumes.iter().filter(|v| v.ephemeral.is_some()).map(|v| format!("{name}-{}", v.name)).collect(),
    };
    let mut good = Volumes::new();
    for (index, volume) in volumes.iter().enumerate() {
        let path = path.index(index);
        let mut own = ErrorList::new();
        validate_source(volume, pod_name, is_pod, &path, &mut own);
        let name_path = path.child("name");
        if volume.name.is_empty() {
            own.push(Error::required(&name_path, ""));
        } else {
            push_invalid(names::dns1123_label(&volume.name), &volume.name, &name_path, &mut own);
        }
        if good.contains_key(volume.name.as_str()) {
            own.push(Error::duplicate(&name_path, &volume.name));
        }
        if own.is_empty() {
            good.insert(&volume.name, volume);
        }
        errors.append(&mut own);
        if let Some(claim) = volume.persistent_volume_claim.as_ref().filter(|claim| created.contains(&claim.claim_name)) {
            let path = path.child("persistentVolumeClaim").child("claimName");
            let detail = "must not reference a PVC that gets created for an ephemeral volume";
            errors.push(Error::invalid(&path, &claim.claim_name, detail));
        }
    }
    good
}

type Rule<'a> = Box<dyn Fn(&Path, &mut ErrorList) + 'a>;

/// One check of a source: what the manifest calls it, whether it is there, and the rule.
pub(super) struct Source<'a> {
    /// The name in `may not specify more than 1 volume type`.
    name: &'static str,
    /// The name in the source's own faults.
    pub(super) path: &'static str,
    given: bool,
    rule: Rule<'a>,
}

/// A check of a source that Kubernetes calls by one name.
pub(super) fn source<'a, T>(name: &'static str, of: &'a Option<T>, rule: impl Fn(&'a T, &Path, &mut ErrorList) + 'a) -> Source<'a> {
    let run = move |path: &Path, errors: &mut ErrorList| {
        if let Some(of) = of {
            rule(of, path, errors);
        }
    };
    Source { name, path: name, given: of.is_some(), rule: Box::new(run) }
}

fn validate_source(volume: &Volume, pod_name: &str, is_pod: bool, path: &Path, errors: &mut ErrorList) {
    let mut given = volume.empty_dir.is_some();
    if let Some(limit) = volume.empty_dir.as_ref().and_then(|dir| dir.size_limit.as_ref())
        && amount(limit).sign() < 0
    {
        let path = path.child("emptyDir").child("sizeLimit");
        errors.push(Error::forbidden(&path, "SizeLimit field must be a valid resource quantity"));
    }
    for source in sources(volume, is_pod).into_iter().filter(|source| source.given) {
        if given {
            errors.push(Error::forbidden(&path.child(source.name), MORE_THAN_ONE));
        } else {
            (source.rule)(&path.child(source.path), errors);
        }
        if source.name == "iscsi" {
            volume_legacy::validate_iscsi_name(volume, path, errors);
        }
        if std::mem::replace(&mut given, true) {
            continue;
        }
        if source.name == "ephemeral" && !pod_name.is_empty() && !volume.name.is_empty() {
            let claim = format!("{pod_name}-{}", volume.name);
            for sentence in names::dns1123_subdomain(&claim) {
                let detail = format!("PVC name \"{claim}\": {sentence}");
                errors.push(Error::invalid(&path.child("name"), &volume.name, detail));
            }
        }
    }
    if !given {
        errors.push(Error::required(path, "must specify a volume type"));
    }
}

/// The sources in the order in which Kubernetes looks at them.
fn sources(volume: &Volume, is_pod: bool) -> Vec<Source<'_>> {
    let mut all = vec![source("hostPath", &volume.host_path, validate_host_path)];
    all.extend(volume_legacy::before_secret(volume));
    all.push(source("secret", &volume.secret, |secret, path, errors| {
        if text(&secret.secret_name).is_empty() {
            errors.push(Error::required(&path.child("secretName"), ""));
        }
        validate_mode(secret.default_mode, &path.child("defaultMode"), errors);
        validate_items(items(&secret.items), path, errors);
    }));
    all.push(source("nfs", &volume.nfs, validate_nfs));
    all.extend(volume_legacy::before_claim(volume));
    all.push(source("persistentVolumeClaim", &volume.persistent_volume_claim, |claim, path, errors| {
        if claim.claim_name.is_empty() {
            errors.push(Error::required(&path.child("claimName"), ""));
        }
    }));
    all.extend(volume_legacy::before_downward_api(volume));
    // Kubernetes misspells this one, and only where there is one too many.
    let mut downward = source("downwarAPI", &volume.downward_api, |downward, path, errors| {
        validate_mode(downward.default_mode, &path.child("defaultMode"), errors);
        for file in items(&downward.items) {
            validate_downward_file(file, path, errors);
        }
    });
    downward.path = "downwardAPI";
    all.push(downward);
    all.extend(volume_legacy::before_config_map(volume));
    all.push(source("configMap", &volume.config_map, |map, path, errors| {
        if map.name.is_empty() {
            errors.push(Error::required(&path.child("name"), ""));
        }
        validate_mode(map.default_mode, &path.child("defaultMode"), errors);
        validate_items(items(&map.items), path, errors);
    }));
    all.extend(volume_legacy::before_projected(volume));
    all.push(source("projected", &volume.projected, |projected: &ProjectedVolumeSource, path, errors| {
        validate_mode(projected.default_mode, &path.child("defaultMode"), errors);
        volume_projected::validate(items(&projected.sources), path, errors);
    }));
    all.push(volume_legacy::after_projected(volume));
    all.push(source("csi", &volume.csi, validate_csi));
    all.push(source("ephemeral", &volume.ephemeral, validate_ephemeral));
    all.push(source("image", &volume.image, move |image, path, errors| validate_image(image, is_pod, path, errors)));
    all
}

fn validate_host_path(host: &HostPathVolumeSource, path: &Path, errors: &mut ErrorList) {
    if host.path.is_empty() {
        errors.push(Error::required(&path.child("path"), ""));
        return;
    }
    validate_no_backsteps(&host.path, &path.child("path"), errors);
    let types = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
    if let Some(kind) = host.type_.as_deref().filter(|kind| !types.contains(kind)) {
        errors.push(Error::not_supported(&path.child("type"), BadValue::word(kind), &types));
    }
}

fn validate_nfs(nfs: &NFSVolumeSource, path: &Path, errors: &mut ErrorList) {
    if nfs.server.is_empty() {
        errors.push(Error::required(&path.child("server"), ""));
    }
    if nfs.path.is_empty() {
        errors.push(Error::required(&path.child("path"), ""));
    }
    if !nfs.path.starts_with('/') {
        errors.push(Error::invalid(&path.child("path"), &nfs.path, "must be an absolute path"));
    }
}

fn validate_items(list: &[KeyToPath], path: &Path, errors: &mut ErrorList) {
    for (index, item) in list.iter().enumerate() {
        validate_key_to_path(item, &path.child("items").index(index), errors);
    }
}

/// A key and the file it becomes.
pub fn validate_key_to_path(item: &KeyToPath, path: &Path, errors: &mut ErrorList) {
    if item.key.is_empty() {
        errors.push(Error::required(&path.child("key"), ""));
    }
    if item.path.is_empty() {
        errors.push(Error::required(&path.child("path"), ""));
    }
    validate_local_non_reserved(&item.path, &path.child("path"), errors);
    validate_mode(item.mode, &path.child("mode"), errors);
}

/// A file that shows a field of the pod.
pub fn validate_downward_file(file: &DownwardAPIVolumeFile, path: &Path, errors: &mut ErrorList) {
    if file.path.is_empty() {
        errors.push(Error::required(&path.child("path"), ""));
    }
    validate_local_non_reserved(&file.path, &path.child("path"), errors);
    match (&file.field_ref, &file.resource_field_ref) {
        (Some(field), resource) => {
            env::validate_field_ref(field, &env::VOLUME_FIELDS, &path.child("fieldRef"), errors);
            if resource.is_some() {
                let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.push(Error::invalid(path, "resource", detail));
            }
        }
        (None, Some(resource)) => env::validate_resource_ref(resource, true, &path.child("resourceFieldRef"), errors),
        (None, None) => errors.push(Error::required(path, "one of fieldRef and resourceFieldRef is required")),
    }
    validate_mode(file.mode, &path.child("mode"), errors);
}

fn validate_csi(csi: &CSIVolumeSource, path: &Path, errors: &mut ErrorList) {
    let driver_path = path.child("driver");
    if csi.driver.is_empty() {
        errors.push(Error::required(&driver_path, ""));
    } else {
        if csi.driver.len() > 63 {
            errors.push(Error::too_long(&driver_path, 63));
        }
        push_invalid(names::dns1123_subdomain(&csi.driver.to_lowercase()), &csi.driver, &driver_path, errors);
    }
    if let Some(secret) = &csi.node_publish_secret_ref {
        let path = path.child("nodePublishSecretRef").child("name");
        if secret.name.is_empty() {
            errors.push(Error::required(&path, ""));
        } else {
            push_invalid(names::dns1123_subdomain(&secret.name), &secret.name, &path, errors);
        }
    }
}

fn validate_image(image: &ImageVolumeSource, is_pod: bool, path: &Path, errors: &mut ErrorList) {
    if is_pod && text(&image.reference).is_empty() {
        errors.push(Error::required(&path.child("reference"), ""));
    }
    validate_pull_policy(text(&image.pull_policy), &path.child("pullPolicy"), errors);
}
