//! Volumes of storage systems, most of them gone from Kubernetes: only the fields that they cannot do without.

use k8s_openapi::api::core::v1::Volume;

/// A source's name, whether it is given, and its fields that are missing.
type Legacy = (&'static str, bool, Vec<&'static str>);

fn missing(fields: &[(&'static str, bool)]) -> Vec<&'static str> {
    fields.iter().filter(|(_, empty)| *empty).map(|(name, _)| *name).collect()
}

fn check<T>(name: &'static str, source: &Option<T>, fields: impl Fn(&T) -> Vec<(&'static str, bool)>) -> Legacy {
    (name, source.is_some(), source.as_ref().map(|source| missing(&fields(source))).unwrap_or_default())
}

/// Those that Kubernetes looks at between `hostPath` and `secret`.
pub fn before_secret(volume: &Volume) -> impl Iterator<Item = Legacy> {
    [
        check("gitRepo", &volume.git_repo, |git| vec![("repository", git.repository.is_empty())]),
        check("gcePersistentDisk", &volume.gce_persistent_disk, |disk| vec![("pdName", disk.pd_name.is_empty())]),
        check("awsElasticBlockStore", &volume.aws_elastic_block_store, |disk| vec![("volumeID", disk.volume_id.is_empty())]),
    ]
    .into_iter()
}

/// Those between `nfs` and `persistentVolumeClaim`.
pub fn before_claim(volume: &Volume) -> impl Iterator<Item = Legacy> {
    [
        check("iscsi", &volume.iscsi, |iscsi| vec![("targetPortal", iscsi.target_portal.is_empty()), ("iqn", iscsi.iqn.is_empty())]),
        check("glusterfs", &volume.glusterfs, |gluster| {
            vec![("endpoints", gluster.endpoints.is_empty()), ("path", gluster.path.is_empty())]
        }),
        check("flocker", &volume.flocker, |_| Vec::new()),
    ]
    .into_iter()
}

/// Those between `persistentVolumeClaim` and `downwardAPI`.
pub fn before_downward_api(volume: &Volume) -> impl Iterator<Item = Legacy> {
    [
        check("rbd", &volume.rbd, |rbd| vec![("monitors", rbd.monitors.is_empty()), ("image", rbd.image.is_empty())]),
        check("cinder", &volume.cinder, |cinder| vec![("volumeID", cinder.volume_id.is_empty())]),
        check("cephfs", &volume.cephfs, |ceph| vec![("monitors", ceph.monitors.is_empty())]),
        check("quobyte", &volume.quobyte, |quobyte| vec![("volume", quobyte.volume.is_empty())]),
    ]
    .into_iter()
}

/// Those between `downwardAPI` and `configMap`.
pub fn before_config_map(volume: &Volume) -> impl Iterator<Item = Legacy> {
    [check("fc", &volume.fc, |_| Vec::new()), check("flexVolume", &volume.flex_volume, |flex| vec![("driver", flex.driver.is_empty())])]
        .into_iter()
}

/// Those between `configMap` and `projected`.
pub fn before_projected(volume: &Volume) -> impl Iterator<Item = Legacy> {
    [
        check("azureFile", &volume.azure_file, |file| {
            vec![("secretName", file.secret_name.is_empty()), ("shareName", file.share_name.is_empty())]
        }),
        check("vsphereVolume", &volume.vsphere_volume, |disk| vec![("volumePath", disk.volume_path.is_empty())]),
        check("photonPersistentDisk", &volume.photon_persistent_disk, |disk| vec![("pdID", disk.pd_id.is_empty())]),
        check("portworxVolume", &volume.portworx_volume, |disk| vec![("volumeID", disk.volume_id.is_empty())]),
        check("azureDisk", &volume.azure_disk, |disk| vec![("diskName", disk.disk_name.is_empty()), ("diskURI", disk.disk_uri.is_empty())]),
        check("storageos", &volume.storageos, |_| Vec::new()),
    ]
    .into_iter()
}

/// Those after `projected`.
pub fn after_projected(volume: &Volume) -> impl Iterator<Item = Legacy> {
    let scale_io =
        check("scaleIO", &volume.scale_io, |disk| vec![("gateway", disk.gateway.is_empty()), ("system", disk.system.is_empty())]);
    std::iter::once(scale_io)
}
