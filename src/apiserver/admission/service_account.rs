//! Models `plugin/pkg/admission/serviceaccount`.

use std::rc::Rc;

use k8s_openapi::api::core::v1::{
    ConfigMapProjection, DownwardAPIProjection, DownwardAPIVolumeFile, KeyToPath, ObjectFieldSelector, PodSpec, ProjectedVolumeSource,
    ServiceAccount, ServiceAccountTokenProjection, Volume, VolumeMount, VolumeProjection,
};

use super::ApiServer;
use crate::api::{Key, Kind, Object, Status};

/// Where the token's volume is mounted.
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// How long a projected token lives; one year's worth of renewals apart, in seconds.
const TOKEN_SECONDS: i64 = 3607;

/// Gives a pod its service account and the account's token.
pub(super) fn on_create(server: &ApiServer, object: &mut Object) -> Result<(), Status> {
    let namespace = object.namespace().to_owned();
    let Object::Pod(pod) = &*object else { return Ok(()) };
    let mirror = pod.metadata.annotations.as_ref().is_some_and(|a| a.contains_key("kubernetes.io/config.mirror"));
    if mirror {
        return Ok(());
    }
    let Some(spec) = pod.spec.as_ref() else { return Ok(()) };
    let asked = spec.service_account_name.clone().filter(|name| !name.is_empty());
    let account = asked.unwrap_or_else(|| "default".into());
    let found = server.store().get(&Key::new(Kind::ServiceAccount, &namespace, &account)).and_then(|o| o.typed::<ServiceAccount>());
    let Some(found) = found else {
        let why = format!("error looking up service account {namespace}/{account}: serviceaccount \"{account}\" not found");
        return Err(super::forbidden(object, &why));
    };
    let Object::Pod(pod) = object else { return Ok(()) };
    let Some(spec) = Rc::make_mut(pod).spec.as_mut() else { return Ok(()) };
    spec.service_account_name = Some(account.clone());
    spec.service_account = Some(account);
    if spec.image_pull_secrets.as_ref().is_none_or(Vec::is_empty) {
        spec.image_pull_secrets = found.image_pull_secrets.clone().filter(|secrets| !secrets.is_empty());
    }
    if spec.automount_service_account_token.or(found.automount_service_account_token).unwrap_or(true) {
        mount_token(server, spec);
    }
    Ok(())
}

fn mount_token(server: &ApiServer, spec: &mut PodSpec) {
    let prefix = "kube-api-access-";
    let existing = spec.volumes.iter().flatten().find(|volume| volume.name.starts_with(prefix)).map(|volume| volume.name.clone());
    let volume_name = existing.clone().unwrap_or_else(|| format!("{prefix}{}", server.sim().rng().suffix(5)));
    let mut needed = false;
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        let mounts = container.volume_mounts.get_or_insert_default();
        if mounts.iter().any(|mount| mount.mount_path == MOUNT_PATH) {
            continue;
        }
        needed = true;
        mounts.push(VolumeMount {
            name: volume_name.clone(),
            read_only: Some(true),
            mount_path: MOUNT_PATH.into(),
            ..VolumeMount::default()
        });
    }
    for container in spec.containers.iter_mut().chain(spec.init_containers.iter_mut().flatten()) {
        container.volume_mounts = container.volume_mounts.take().filter(|mounts| !mounts.is_empty());
    }
    if needed && existing.is_none() {
        spec.volumes.get_or_insert_default().push(token_volume(volume_name));
    }
}

fn token_volume(name: String) -> Volume {
    let token = ServiceAccountTokenProjection {
        expiration_seconds: Some(TOKEN_SECONDS),
        path: "token".into(),
        ..ServiceAccountTokenProjection::default()
    };
    let root_ca = ConfigMapProjection {
        name: "kube-root-ca.crt".into(),
        items: Some(vec![KeyToPath { key: "ca.crt".into(), path: "ca.crt".into(), mode: None }]),
        ..ConfigMapProjection::default()
    };
    let namespace = DownwardAPIProjection {
        items: Some(vec![DownwardAPIVolumeFile {
            path: "namespace".into(),
            field_ref: Some(ObjectFieldSelector { api_version: Some("v1".into()), field_path: "metadata.namespace".into() }),
            ..DownwardAPIVolumeFile::default()
        }]),
    };
    let sources = vec![
        VolumeProjection { service_account_token: Some(token), ..VolumeProjection::default() },
        VolumeProjection { config_map: Some(root_ca), ..VolumeProjection::default() },
        VolumeProjection { downward_api: Some(namespace), ..VolumeProjection::default() },
    ];
    Volume { name, projected: Some(ProjectedVolumeSource { default_mode: Some(0o644), sources: Some(sources) }), ..Volume::default() }
}
