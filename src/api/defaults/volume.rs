//! Volumes. Models SetDefaults_Volume and the defaults of its sources.
use super::{default_pull_policy, each, resources, text};
use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, ProjectedVolumeSource, Volume};

/// 0644
const FILE_MODE: i32 = 0o644;
const TOKEN_SECONDS: i64 = 60 * 60;

pub(super) fn set(volume: &mut Volume) {
    if *volume == (Volume { name: volume.name.clone(), ..Volume::default() }) {
        volume.empty_dir = Some(Default::default());
    }
    if let Some(source) = &mut volume.secret {
        source.default_mode.get_or_insert(FILE_MODE);
    }
    if let Some(source) = &mut volume.config_map {
        source.default_mode.get_or_insert(FILE_MODE);
    }
    if let Some(source) = &mut volume.downward_api {
        source.default_mode.get_or_insert(FILE_MODE);
        each(&mut source.items).for_each(downward_file);
    }
    volume.projected.iter_mut().for_each(projected);
    if let Some(source) = &mut volume.host_path {
        source.type_.get_or_insert_default();
    }
    if let Some(source) = &mut volume.image {
        let policy = default_pull_policy(source.reference.as_deref().unwrap_or_default());
        text(&mut source.pull_policy, policy);
    }
    if let Some(source) = &mut volume.ephemeral
        && let Some(template) = &mut source.volume_claim_template
    {
        template.metadata.get_or_insert_default();
        text(&mut template.spec.volume_mode, "Filesystem");
        template.spec.resources.get_or_insert_default();
    }
    legacy(volume);
}

fn projected(source: &mut ProjectedVolumeSource) {
    source.default_mode.get_or_insert(FILE_MODE);
    source.sources = source.sources.take().filter(|sources| !sources.is_empty());
    for part in each(&mut source.sources) {
        if let Some(token) = &mut part.service_account_token {
            token.expiration_seconds.get_or_insert(TOKEN_SECONDS);
        }
        if let Some(files) = &mut part.downward_api {
            each(&mut files.items).for_each(downward_file);
        }
    }
}

fn downward_file(file: &mut DownwardAPIVolumeFile) {
    if let Some(field) = &mut file.field_ref {
        text(&mut field.api_version, "v1");
    }
    if let Some(resource) = &mut file.resource_field_ref {
        resource.divisor.get_or_insert_with(resources::zero);
    }
}

/// Sources of clouds and storage systems, which nothing here mounts.
fn legacy(volume: &mut Volume) {
    if let Some(source) = &mut volume.iscsi {
        text(&mut source.iscsi_interface, "default");
    }
    if let Some(source) = &mut volume.rbd {
        text(&mut source.pool, "rbd");
        text(&mut source.user, "admin");
        text(&mut source.keyring, "/etc/ceph/keyring");
    }
    if let Some(source) = &mut volume.azure_disk {
        text(&mut source.caching_mode, "ReadWrite");
        text(&mut source.kind, "Shared");
        text(&mut source.fs_type, "ext4");
        source.read_only.get_or_insert(false);
    }
    if let Some(source) = &mut volume.scale_io {
        text(&mut source.storage_mode, "ThinProvisioned");
        text(&mut source.fs_type, "xfs");
    }
}
