//! A pod's volumes. Models `pkg/kubelet/volumemanager` and `pkg/volume/*`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Container, DownwardAPIVolumeFile, KeyToPath, Pod, SecretProjection, ServiceAccountTokenProjection, Volume, VolumeProjection,
};

use super::atomic_writer::{self, Payload};
use super::downward;
use super::env::{self, Sources};
use super::record::{namespace_of, spec_of, uid_of};
use crate::api::base64;
use crate::api::quantity::Quantity;
use crate::cri;
use crate::process::vfs::{Credentials, Source};
use crate::process::{FileSystem, Vfs};
use crate::sim::{Sim, Time};

/// The root directory of a file system.
const ROOT_INODE: u64 = 1;

/// A pod's volumes, by name.
pub(super) struct PodVolumes {
    volumes: BTreeMap<String, Mounted>,
}

struct Mounted {
    source: Source,
    /// What was last written, for volumes whose contents follow an object.
    payload: RefCell<Option<Payload>>,
    read_only: bool,
    /// The plugin's folder on the node: `kubernetes.io~empty-dir`; empty for what lies elsewhere.
    plugin: &'static str,
    /// What is mounted below it on the node, by path within the volume.
    below: Vec<(String, Source)>,
}

/// Why a volume could not be set up.
#[derive(Debug)]
pub(super) struct VolumeError {
    pub volume: String,
    pub message: String,
}

impl PodVolumes {
    /// Sets up every volume of the pod; `host` is the node's own file tree.
    pub fn set_up(sim: &Sim, sources: &Sources<'_>, host: &Vfs) -> Result<PodVolumes, VolumeError> {
        let mut volumes = BTreeMap::new();
        for volume in spec_of(sources.pod).volumes.iter().flatten() {
            let mounted = set_up(sim, sources, host, volume).map_err(|message| VolumeError { volume: volume.name.clone(), message })?;
            volumes.insert(volume.name.clone(), mounted);
        }
        Ok(PodVolumes { volumes })
    }

    /// The volumes that lie in the pod's folder on the node: plugin, name, contents.
    pub fn sources(&self) -> Vec<(&'static str, String, Source)> {
        let own = self.volumes.iter().filter(|(_, mounted)| !mounted.plugin.is_empty());
        own.map(|(name, mounted)| (mounted.plugin, name.clone(), mounted.source.clone())).collect()
    }

    /// Writes anew what follows an object that has changed.
    pub fn refresh(&self, sim: &Sim, sources: &Sources<'_>) {
        for volume in spec_of(sources.pod).volumes.iter().flatten() {
            let Some(mounted) = self.volumes.get(&volume.name) else { continue };
            let Source::Files(fs, _) = &mounted.source else { continue };
            let Some(old) = mounted.payload.borrow().clone() else { continue };
            if let Ok(Some(new)) = payload(sources, volume)
                && new != old
            {
                atomic_writer::write(sim, fs, &new);
                *mounted.payload.borrow_mut() = Some(new);
            }
        }
    }

    /// What a container has mounted. The error is what stands in `CreateContainerConfigError`.
    pub fn mounts(&self, container: &Container, known: &BTreeMap<String, String>) -> Result<Vec<cri::Mount>, String> {
        let mut mounts = Vec::new();
        for mount in container.volume_mounts.iter().flatten() {
            let Some(mounted) = self.volumes.get(&mount.name) else {
                return Err(format!("cannot find volume \"{}\" to mount into container \"{}\"", mount.name, container.name));
            };
            let sub_path = match (&mount.sub_path, &mount.sub_path_expr) {
                (Some(path), _) if !path.is_empty() => path.clone(),
                (_, Some(expression)) if !expression.is_empty() => env::expand(expression, known),
                _ => String::new(),
            };
            let source = if sub_path.is_empty() { mounted.source.clone() } else { below(&mounted.source, &sub_path)? };
            let read_only = mount.read_only == Some(true) || mounted.read_only;
            mounts.push(cri::Mount { path: mount.mount_path.clone(), source, read_only });
            for (path, source) in mounted.below.iter().filter(|_| sub_path.is_empty()) {
                let path = format!("{}/{path}", mount.mount_path.trim_end_matches('/'));
                mounts.push(cri::Mount { path, source: source.clone(), read_only });
            }
        }
        Ok(mounts)
    }
}

/// What is at `path` within a volume; a folder is made where nothing is.
fn below(source: &Source, path: &str) -> Result<Source, String> {
    let Source::Files(fs, inode) = source else { return Ok(source.clone()) };
    if path.split('/').any(|part| part == "..") {
        return Err(format!("subPath \"{path}\" must not contain '..'"));
    }
    let vfs = if *inode == ROOT_INODE { Vfs::new(fs.clone()) } else { rooted(fs, *inode) };
    let full = format!("{}/{path}", if *inode == ROOT_INODE { "" } else { "/volume" });
    if vfs.metadata(&full, true, Credentials::ROOT).is_err() {
        let _ = vfs.create_dir_all(&full);
    }
    let meta = vfs.metadata(&full, true, Credentials::ROOT);
    meta.map(|meta| Source::Files(fs.clone(), meta.inode))
        .map_err(|errno| format!("failed to create subPath directory for volumeMount: {errno}"))
}

/// A tree in which a folder of a file system is at `/volume`.
fn rooted(fs: &FileSystem, inode: u64) -> Vfs {
    let vfs = Vfs::new(FileSystem::new());
    vfs.mount("/volume", Source::Files(fs.clone(), inode), false);
    vfs
}

fn set_up(sim: &Sim, sources: &Sources<'_>, host: &Vfs, volume: &Volume) -> Result<Mounted, String> {
    let plugin = match volume {
        Volume { empty_dir: Some(_), .. } => "kubernetes.io~empty-dir",
        Volume { config_map: Some(_), .. } => "kubernetes.io~configmap",
        Volume { secret: Some(_), .. } => "kubernetes.io~secret",
        Volume { downward_api: Some(_), .. } => "kubernetes.io~downward-api",
        Volume { projected: Some(_), .. } => "kubernetes.io~projected",
        _ => "",
    };
    let new = |fs: FileSystem, payload: Option<Payload>, read_only: bool| Mounted {
        source: Source::Files(fs, ROOT_INODE),
        payload: RefCell::new(payload),
        read_only,
        plugin,
        below: Vec::new(),
    };
    if let Some(empty_dir) = &volume.empty_dir {
        let fs = FileSystem::new();
        let _ = Vfs::new(fs.clone()).change("/", Credentials::ROOT, |inode| inode.mode = 0o777);
        let limit = empty_dir.size_limit.as_ref().and_then(|limit| Quantity::parse(&limit.0).ok()).map(|limit| limit.value());
        fs.set_limit(limit.and_then(|limit| u64::try_from(limit).ok()).filter(|limit| *limit > 0));
        return Ok(new(fs, None, false));
    }
    if let Some(host_path) = &volume.host_path {
        let source = host_path_source(host, &host_path.path, host_path.type_.as_deref().unwrap_or_default())?;
        let prefix = format!("{}/", host_path.path.trim_end_matches('/'));
        let nested = host.mounts().into_iter().filter_map(|mount| Some((mount.path.strip_prefix(&prefix)?.to_owned(), mount.source)));
        let below = nested.filter(|(path, _)| !path.is_empty()).collect();
        return Ok(Mounted { source, payload: RefCell::new(None), read_only: false, plugin, below });
    }
    if let Some(payload) = payload(sources, volume)? {
        let fs = FileSystem::new();
        let _ = Vfs::new(fs.clone()).change("/", Credentials::ROOT, |inode| inode.mode = 0o777 | 0o1000);
        atomic_writer::write(sim, &fs, &payload);
        return Ok(new(fs, Some(payload), true));
    }
    if let Some(claim) = &volume.persistent_volume_claim {
        return Err(format!("persistentvolumeclaim \"{}\": persistent volumes are not simulated in Podground", claim.claim_name));
    }
    Err("this type of volume is not simulated in Podground".to_owned())
}

/// The node's own file or folder. Models `pkg/volume/hostpath`.
fn host_path_source(host: &Vfs, path: &str, type_: &str) -> Result<Source, String> {
    let root = Credentials::ROOT;
    let found = host.metadata(path, true, root).ok();
    match (type_, &found) {
        ("DirectoryOrCreate" | "", None) => {
            let _ = host.create_dir_all(path);
        }
        ("FileOrCreate", None) => {
            let _ = host.write_file(path, b"", Time::ZERO);
        }
        ("Directory", Some(meta)) if meta.is_dir() => {}
        ("File", Some(meta)) if meta.is_file() => {}
        ("Directory", _) => return Err(format!("hostPath type check failed: {path} is not a directory")),
        ("File", _) => return Err(format!("hostPath type check failed: {path} is not a file")),
        ("Socket" | "CharDevice" | "BlockDevice", _) => {
            return Err(format!("hostPath type check failed: {path} is not a {}", type_.to_lowercase()));
        }
        _ => {}
    }
    host.source_at(path).map_err(|errno| errno.to_string())
}

/// The contents of a volume that follows objects; `None` for other types.
fn payload(sources: &Sources<'_>, volume: &Volume) -> Result<Option<Payload>, String> {
    let mut files = Payload::new();
    if let Some(source) = &volume.config_map {
        let data = sources.config_map(&source.name, source.optional == Some(true))?;
        let mode = mode_of(source.default_mode);
        project(&mut files, data, source.items.as_deref(), mode, source.optional == Some(true))
            .map_err(|()| "configmap references non-existent config key: ".to_owned() + &missing_key(source.items.as_deref()))?;
    } else if let Some(source) = &volume.secret {
        let name = source.secret_name.clone().unwrap_or_default();
        let data = sources.secret(&name, source.optional == Some(true))?;
        project(&mut files, data, source.items.as_deref(), mode_of(source.default_mode), source.optional == Some(true))
            .map_err(|()| "references non-existent secret key: ".to_owned() + &missing_key(source.items.as_deref()))?;
    } else if let Some(source) = &volume.downward_api {
        downward_files(&mut files, sources, source.items.as_deref().unwrap_or_default(), mode_of(source.default_mode))?;
    } else if let Some(source) = &volume.projected {
        for projection in source.sources.iter().flatten() {
            projected(&mut files, sources, projection, mode_of(source.default_mode))?;
        }
    } else {
        return Ok(None);
    }
    Ok(Some(files))
}

fn mode_of(mode: Option<i32>) -> u32 {
    mode.and_then(|mode| u32::try_from(mode).ok()).unwrap_or(0o644)
}

fn missing_key(items: Option<&[KeyToPath]>) -> String {
    items.and_then(|items| items.first()).map(|item| item.key.clone()).unwrap_or_default()
}

fn project(files: &mut Payload, data: BTreeMap<String, Vec<u8>>, items: Option<&[KeyToPath]>, mode: u32, optional: bool) -> Result<(), ()> {
    match items.filter(|items| !items.is_empty()) {
        None => files.extend(data.into_iter().map(|(key, value)| (key, (value, mode)))),
        Some(items) => {
            for item in items {
                match data.get(&item.key) {
                    Some(value) => {
                        files.insert(item.path.clone(), (value.clone(), item.mode.map_or(mode, |mode| mode_of(Some(mode)))));
                    }
                    None if optional => {}
                    None => return Err(()),
                }
            }
        }
    }
    Ok(())
}

fn downward_files(files: &mut Payload, sources: &Sources<'_>, items: &[DownwardAPIVolumeFile], mode: u32) -> Result<(), String> {
    let spec = spec_of(sources.pod);
    for item in items {
        let text = match (&item.field_ref, &item.resource_field_ref) {
            (Some(field), _) => downward::field(sources.pod, &field.field_path, sources.node, sources.pod_ip)?,
            (_, Some(resource)) => {
                let name = resource.container_name.as_deref().unwrap_or_default();
                let container = spec.containers.iter().find(|c| c.name == name);
                downward::resource(resource, container.ok_or_else(|| format!("container {name} not found"))?, sources.node)?
            }
            _ => String::new(),
        };
        files.insert(item.path.clone(), (text.into_bytes(), item.mode.map_or(mode, |mode| mode_of(Some(mode)))));
    }
    Ok(())
}

fn projected(files: &mut Payload, sources: &Sources<'_>, projection: &VolumeProjection, mode: u32) -> Result<(), String> {
    if let Some(source) = &projection.config_map {
        let optional = source.optional == Some(true);
        let data = sources.config_map(&source.name, optional)?;
        project(files, data, source.items.as_deref(), mode, optional)
            .map_err(|()| "configmap references non-existent config key: ".to_owned() + &missing_key(source.items.as_deref()))?;
    }
    if let Some(SecretProjection { name, items, optional }) = &projection.secret {
        let optional = *optional == Some(true);
        let data = sources.secret(name, optional)?;
        project(files, data, items.as_deref(), mode, optional)
            .map_err(|()| "references non-existent secret key: ".to_owned() + &missing_key(items.as_deref()))?;
    }
    if let Some(source) = &projection.downward_api {
        downward_files(files, sources, source.items.as_deref().unwrap_or_default(), mode)?;
    }
    if let Some(source) = &projection.service_account_token {
        files.insert(source.path.clone(), (token(sources.pod, source, sources.client.now().0).into_bytes(), 0o600 | mode & 0o044));
    }
    Ok(())
}

/// A token that looks like a real one and proves nothing: the API server of the simulation asks for none.
/// It is made anew when four fifths of its life are over, as the kubelet's token manager does.
fn token(pod: &Pod, source: &ServiceAccountTokenProjection, now: jiff::Timestamp) -> String {
    let life = source.expiration_seconds.unwrap_or(3607).max(600);
    let created = pod.metadata.creation_timestamp.as_ref().map_or(now, |time| time.0);
    let age = now.as_second().saturating_sub(created.as_second()).max(0);
    let period = life * 4 / 5;
    let issued = created.as_second() + age / period * period;
    let account = spec_of(pod).service_account_name.clone().unwrap_or_else(|| "default".into());
    let namespace = namespace_of(pod);
    let audience = source.audience.clone().unwrap_or_else(|| "https://kubernetes.default.svc.cluster.local".into());
    let claims = serde_json::json!({
        "aud": [audience],
        "exp": issued + life,
        "iat": issued,
        "nbf": issued,
        "iss": "https://kubernetes.default.svc.cluster.local",
        "kubernetes.io": { "namespace": namespace, "pod": { "name": pod.metadata.name, "uid": uid_of(pod) }, "serviceaccount": { "name": account } },
        "sub": format!("system:serviceaccount:{namespace}:{account}"),
    });
    let part = |text: &str| base64::encode_url(text.as_bytes());
    format!(
        "{}.{}.{}",
        part(r#"{"alg":"RS256","kid":"podground"}"#),
        part(&claims.to_string()),
        part(&format!("signature of {} at {issued}", uid_of(pod)))
    )
}
