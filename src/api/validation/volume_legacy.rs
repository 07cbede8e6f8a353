//! Volumes of storage systems, most of them gone from Kubernetes. Models their rules in `pkg/apis/core/validation`.

use k8s_openapi::api::core::v1::{
    AWSElasticBlockStoreVolumeSource, AzureDiskVolumeSource, CinderVolumeSource, FCVolumeSource, FlexVolumeSource, FlockerVolumeSource,
    GCEPersistentDiskVolumeSource, GitRepoVolumeSource, ISCSIVolumeSource, LocalObjectReference, QuobyteVolumeSource,
    StorageOSVolumeSource, Volume,
};

use super::field::{BadValue, Error, ErrorList, Path};
use super::meta::{items, push_invalid, text};
use super::names;
use super::paths::validate_local_descending;
use super::volume::{Source, source};

/// Fields that must not be empty.
fn require(fields: &[(&str, bool)], path: &Path, errors: &mut ErrorList) {
    errors.extend(fields.iter().filter(|(_, empty)| *empty).map(|(name, _)| Error::required(&path.child(name), "")));
}

fn require_secret_name(secret: &Option<LocalObjectReference>, path: &Path, errors: &mut ErrorList) {
    if secret.as_ref().is_some_and(|secret| secret.name.is_empty()) {
        errors.push(Error::required(&path.child("secretRef").child("name"), ""));
    }
}

/// Those that Kubernetes looks at between `hostPath` and `secret`.
pub fn before_secret(volume: &Volume) -> [Source<'_>; 3] {
    let mut disk = source("gcePersistentDisk", &volume.gce_persistent_disk, |disk: &GCEPersistentDiskVolumeSource, path, errors| {
        require(&[("pdName", disk.pd_name.is_empty())], path, errors);
        validate_partition(disk.partition, path, errors);
    });
    disk.path = "persistentDisk";
    [
        source("gitRepo", &volume.git_repo, |git: &GitRepoVolumeSource, path, errors| {
            require(&[("repository", git.repository.is_empty())], path, errors);
            validate_local_descending(text(&git.directory), &path.child("directory"), errors);
        }),
        disk,
        source("awsElasticBlockStore", &volume.aws_elastic_block_store, |disk: &AWSElasticBlockStoreVolumeSource, path, errors| {
            require(&[("volumeID", disk.volume_id.is_empty())], path, errors);
            validate_partition(disk.partition, path, errors);
        }),
    ]
}

fn validate_partition(partition: Option<i32>, path: &Path, errors: &mut ErrorList) {
    if let Some(partition) = partition.filter(|partition| !(0..=255).contains(partition)) {
        errors.push(Error::invalid(&path.child("partition"), partition, names::range_error(1, 255)));
    }
}

/// Those between `nfs` and `persistentVolumeClaim`.
pub fn before_claim(volume: &Volume) -> [Source<'_>; 3] {
    [
        source("iscsi", &volume.iscsi, validate_iscsi),
        source("glusterfs", &volume.glusterfs, |gluster, path, errors| {
            require(&[("endpoints", gluster.endpoints.is_empty()), ("path", gluster.path.is_empty())], path, errors);
        }),
        source("flocker", &volume.flocker, validate_flocker),
    ]
}

/// What is said of the volume's name; `path` is the volume's.
pub fn validate_iscsi_name(volume: &Volume, path: &Path, errors: &mut ErrorList) {
    let Some(iscsi) = volume.iscsi.as_ref().filter(|iscsi| iscsi.initiator_name.is_some()) else { return };
    if volume.name.len() + 1 + iscsi.target_portal.len() > 64 {
        let detail = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
        errors.push(Error::invalid(&path.child("name"), &volume.name, detail));
    }
}

fn validate_iscsi(iscsi: &ISCSIVolumeSource, path: &Path, errors: &mut ErrorList) {
    require(&[("targetPortal", iscsi.target_portal.is_empty()), ("iqn", iscsi.iqn.is_empty())], path, errors);
    if !iscsi.iqn.is_empty() {
        validate_initiator(&iscsi.iqn, &path.child("iqn"), errors);
    }
    if !(0..=255).contains(&iscsi.lun) {
        errors.push(Error::invalid(&path.child("lun"), iscsi.lun, names::range_error(0, 255)));
    }
    if (iscsi.chap_auth_discovery == Some(true) || iscsi.chap_auth_session == Some(true)) && iscsi.secret_ref.is_none() {
        errors.push(Error::required(&path.child("secretRef"), ""));
    }
    if let Some(initiator) = &iscsi.initiator_name {
        validate_initiator(initiator, &path.child("initiatorname"), errors);
    }
}

fn validate_initiator(name: &str, path: &Path, errors: &mut ErrorList) {
    let kind = ["iqn", "eui", "naa"].into_iter().find(|kind| name.starts_with(kind));
    let hex = |length: usize| name.len() == 4 + length && name.bytes().skip(4).all(|b| b.is_ascii_alphanumeric());
    let detail = match kind {
        None => "must be valid format starting with iqn, eui, or naa",
        Some("iqn") if is_iqn(name) => return,
        Some("eui") if hex(16) => return,
        Some("naa") if hex(32) => return,
        Some(_) => "must be valid format",
    };
    errors.push(Error::invalid(path, name, detail));
}

/// `iqn.2001-04.com.example:storage`: a date, a domain, and what the domain calls it.
fn is_iqn(name: &str) -> bool {
    let Some((date, rest)) = name.strip_prefix("iqn.").and_then(|rest| rest.split_once('.')) else { return false };
    let Some((domain, own)) = rest.split_once(':') else { return false };
    let is_date = date.len() == 7 && date.bytes().enumerate().all(|(at, b)| if at == 4 { b == b'-' } else { b.is_ascii_digit() });
    let is_domain = !domain.is_empty() && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    is_date && is_domain && !own.is_empty() && !own.contains([',', ';', '*', '&', '$', '|', ' ', '\t', '\n', '\r', '\u{c}'])
}

fn validate_flocker(flocker: &FlockerVolumeSource, path: &Path, errors: &mut ErrorList) {
    let (name, uuid) = (text(&flocker.dataset_name), text(&flocker.dataset_uuid));
    match (name.is_empty(), uuid.is_empty()) {
        (true, true) => errors.push(Error::required(path, "one of datasetName and datasetUUID is required")),
        (false, false) => {
            errors.push(Error::invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
        }
        _ => {}
    }
    if name.contains('/') {
        errors.push(Error::invalid(&path.child("datasetName"), name, "must not contain '/'"));
    }
}

/// Those between `persistentVolumeClaim` and `downwardAPI`.
pub fn before_downward_api(volume: &Volume) -> [Source<'_>; 4] {
    let mut ceph = source("cephFS", &volume.cephfs, |ceph, path, errors| require(&[("monitors", ceph.monitors.is_empty())], path, errors));
    ceph.path = "cephfs";
    [
        source("rbd", &volume.rbd, |rbd, path, errors| {
            require(&[("monitors", rbd.monitors.is_empty()), ("image", rbd.image.is_empty())], path, errors);
        }),
        source("cinder", &volume.cinder, |cinder: &CinderVolumeSource, path, errors| {
            require(&[("volumeID", cinder.volume_id.is_empty())], path, errors);
            require_secret_name(&cinder.secret_ref, path, errors);
        }),
        ceph,
        source("quobyte", &volume.quobyte, validate_quobyte),
    ]
}

fn validate_quobyte(quobyte: &QuobyteVolumeSource, path: &Path, errors: &mut ErrorList) {
    let detail = "must be a host:port pair or multiple pairs separated by commas";
    let registry_path = path.child("registry");
    if quobyte.registry.is_empty() {
        errors.push(Error::required(&registry_path, detail));
    } else if text(&quobyte.tenant).len() >= 65 {
        let detail = "must be a UUID and may not exceed a length of 64 characters";
        errors.push(Error::required(&path.child("tenant"), detail));
    } else {
        for _ in quobyte.registry.split(',').filter(|pair| !is_host_and_port(pair)) {
            errors.push(Error::invalid(&registry_path, &quobyte.registry, detail));
        }
    }
    require(&[("volume", quobyte.volume.is_empty())], path, errors);
}

/// Whether Go's net.SplitHostPort can split it.
fn is_host_and_port(pair: &str) -> bool {
    let Some((host, port)) = pair.rsplit_once(':') else { return false };
    match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').is_some_and(|inner| !inner.contains(['[', ']'])),
        None => !host.contains([':', '[', ']']) && !port.contains(['[', ']']),
    }
}

/// Those between `downwardAPI` and `configMap`.
pub fn before_config_map(volume: &Volume) -> [Source<'_>; 2] {
    [source("fc", &volume.fc, validate_fc), source("flexVolume", &volume.flex_volume, validate_flex)]
}

fn validate_fc(fc: &FCVolumeSource, path: &Path, errors: &mut ErrorList) {
    let (names, ids) = (items(&fc.target_wwns), items(&fc.wwids));
    let names_path = path.child("targetWWNs");
    if names.is_empty() && ids.is_empty() {
        errors.push(Error::required(&names_path, "must specify either targetWWNs or wwids, but not both"));
    }
    if names.is_empty() {
        return;
    }
    if !ids.is_empty() {
        let detail = "targetWWNs and wwids can not be specified simultaneously";
        errors.push(Error::invalid(&names_path, BadValue::strings(names), detail));
    }
    let path = path.child("lun");
    match fc.lun {
        None => errors.push(Error::required(&path, "lun is required if targetWWNs is specified")),
        Some(lun) if !(0..=255).contains(&lun) => errors.push(Error::invalid(&path, lun, names::range_error(0, 255))),
        Some(_) => {}
    }
}

fn validate_flex(flex: &FlexVolumeSource, path: &Path, errors: &mut ErrorList) {
    require(&[("driver", flex.driver.is_empty())], path, errors);
    for (key, _) in flex.options.iter().flatten() {
        let domain = format!(".{}", key.split('/').next().unwrap_or_default().to_lowercase());
        if domain.ends_with(".kubernetes.io") || domain.ends_with(".k8s.io") {
            let detail = "kubernetes.io and k8s.io namespaces are reserved";
            errors.push(Error::invalid(&path.child("options").key(key), key, detail));
        }
    }
}

/// Those between `configMap` and `projected`.
pub fn before_projected(volume: &Volume) -> [Source<'_>; 6] {
    [
        source("azureFile", &volume.azure_file, |file, path, errors| {
            require(&[("secretName", file.secret_name.is_empty()), ("shareName", file.share_name.is_empty())], path, errors);
        }),
        source("vsphereVolume", &volume.vsphere_volume, |disk, path, errors| {
            require(&[("volumePath", disk.volume_path.is_empty())], path, errors);
        }),
        source("photonPersistentDisk", &volume.photon_persistent_disk, |disk, path, errors| {
            require(&[("pdID", disk.pd_id.is_empty())], path, errors);
        }),
        source("portworxVolume", &volume.portworx_volume, |disk, path, errors| {
            require(&[("volumeID", disk.volume_id.is_empty())], path, errors);
        }),
        source("azureDisk", &volume.azure_disk, validate_azure_disk),
        source("storageos", &volume.storageos, validate_storage_os),
    ]
}

fn validate_azure_disk(disk: &AzureDiskVolumeSource, path: &Path, errors: &mut ErrorList) {
    require(&[("diskName", disk.disk_name.is_empty()), ("diskURI", disk.disk_uri.is_empty())], path, errors);
    let words =
        [("cachingMode", &disk.caching_mode, ["None", "ReadOnly", "ReadWrite"]), ("kind", &disk.kind, ["Dedicated", "Managed", "Shared"])];
    for (name, word, supported) in words {
        if let Some(word) = word.as_deref().filter(|word| !supported.contains(word)) {
            errors.push(Error::not_supported(&path.child(name), BadValue::word(word), &supported));
        }
    }
    let (start, supported) = match disk.kind.as_deref() {
        None => return,
        Some("Managed") => {
            ("/subscriptions/", "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}")
        }
        Some(_) => ("https://", "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"),
    };
    if !disk.disk_uri.starts_with(start) {
        errors.push(Error::not_supported(&path.child("diskURI"), &disk.disk_uri, &[supported]));
    }
}

fn validate_storage_os(storage: &StorageOSVolumeSource, path: &Path, errors: &mut ErrorList) {
    let (name, namespace) = (text(&storage.volume_name), text(&storage.volume_namespace));
    require(&[("volumeName", name.is_empty())], path, errors);
    for (field, name) in [("volumeName", name), ("volumeNamespace", namespace)] {
        if !name.is_empty() {
            push_invalid(names::dns1123_label(name), name, &path.child(field), errors);
        }
    }
    require_secret_name(&storage.secret_ref, path, errors);
}

/// The one after `projected`.
pub fn after_projected(volume: &Volume) -> Source<'_> {
    source("scaleIO", &volume.scale_io, |disk, path, errors| {
        let missing =
            [("gateway", disk.gateway.is_empty()), ("system", disk.system.is_empty()), ("volumeName", text(&disk.volume_name).is_empty())];
        require(&missing, path, errors);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn faults(mut volume: Value) -> Vec<String> {
        volume["name"] = json!("v");
        let volumes: Vec<Volume> = vec![serde_json::from_value(volume).unwrap()];
        let mut errors = ErrorList::new();
        super::super::volume::validate(&volumes, "", true, &Path::new("spec").child("volumes"), &mut errors);
        errors.iter().map(|error| error.to_string().replace("spec.volumes[0].", "")).collect()
    }

    #[test]
    fn paths_that_differ_from_the_manifest() {
        assert_eq!(
            faults(json!({"gcePersistentDisk": {"pdName": "", "partition": 300}})),
            ["persistentDisk.pdName: Required value", "persistentDisk.partition: Invalid value: 300: must be between 1 and 255, inclusive"]
        );
        assert_eq!(
            faults(json!({"emptyDir": {}, "cephfs": {"monitors": []}})),
            ["cephFS: Forbidden: may not specify more than 1 volume type"]
        );
        assert_eq!(faults(json!({"cephfs": {"monitors": []}})), ["cephfs.monitors: Required value"]);
    }

    #[test]
    fn iscsi() {
        let iqn = |iqn: &str| faults(json!({"iscsi": {"targetPortal": "a", "iqn": iqn, "lun": 0}}));
        assert_eq!(iqn("iqn.2001-04.com.example:storage.disk1"), [""; 0]);
        assert_eq!(iqn("eui.0123456789abcdef"), [""; 0]);
        assert_eq!(iqn("iqn.2001-04.com.example"), [r#"iscsi.iqn: Invalid value: "iqn.2001-04.com.example": must be valid format"#]);
        assert_eq!(iqn("disk"), [r#"iscsi.iqn: Invalid value: "disk": must be valid format starting with iqn, eui, or naa"#]);
        assert_eq!(
            faults(json!({"iscsi": {"targetPortal": "", "iqn": "", "lun": 256, "chapAuthSession": true}})),
            [
                "iscsi.targetPortal: Required value",
                "iscsi.iqn: Required value",
                "iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive",
                "iscsi.secretRef: Required value",
            ]
        );
    }

    #[test]
    fn others() {
        assert_eq!(
            faults(json!({"fc": {"targetWWNs": ["a"], "wwids": ["b"]}})),
            [
                r#"fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously"#,
                "fc.lun: Required value: lun is required if targetWWNs is specified",
            ]
        );
        assert_eq!(
            faults(json!({"azureDisk": {"diskName": "a", "diskURI": "b", "kind": "Managed"}})),
            [
                r#"azureDisk.diskURI: Unsupported value: "b": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}""#
            ]
        );
        assert_eq!(
            faults(json!({"quobyte": {"registry": "a,b:1", "volume": ""}})),
            [
                r#"quobyte.registry: Invalid value: "a,b:1": must be a host:port pair or multiple pairs separated by commas"#,
                "quobyte.volume: Required value",
            ]
        );
        assert_eq!(
            faults(json!({"flexVolume": {"driver": "a", "options": {"x.k8s.io/y": "1"}}})),
            [r#"flexVolume.options[x.k8s.io/y]: Invalid value: "x.k8s.io/y": kubernetes.io and k8s.io namespaces are reserved"#]
        );
    }
}
