//! Files that change all at once. Models `pkg/volume/util/atomic_writer.go`: a folder named by the time, `..data` that
//! points to it, and a link for each name at the top.

use std::collections::{BTreeMap, BTreeSet};

use crate::process::vfs::Credentials;
use crate::process::{FileSystem, Vfs};
use crate::sim::Sim;

/// A file's contents and mode.
pub(super) type Payload = BTreeMap<String, (Vec<u8>, u32)>;

/// Writes `payload` into a volume, replacing what an earlier call wrote.
pub(super) fn write(sim: &Sim, fs: &FileSystem, payload: &Payload) {
    let vfs = Vfs::new(fs.clone());
    let (root, now) = (Credentials::ROOT, sim.now());
    let old = vfs.read_link("/..data", root).ok();
    let stamp = sim.timestamp().strftime("..%Y_%m_%d_%H_%M_%S.%9f").to_string();
    let folder = format!("/{stamp}");
    let _ = vfs.create_dir(&folder, 0o755, now, root);
    for (path, (bytes, mode)) in payload {
        let full = format!("{folder}/{path}");
        if let Some((parent, _)) = full.rsplit_once('/') {
            let _ = vfs.create_dir_all(parent);
        }
        let _ = vfs.write_file(&full, bytes, now);
        let _ = vfs.change(&full, root, |inode| inode.mode = *mode);
    }
    let _ = vfs.remove_file("/..data", now, root);
    let _ = vfs.symlink(&stamp, "/..data", now, root);
    let tops: BTreeSet<&str> = payload.keys().filter_map(|path| path.split('/').next()).collect();
    for name in vfs.read_dir("/", root).unwrap_or_default() {
        if !name.starts_with("..") && !tops.contains(name.as_str()) {
            let _ = vfs.remove_file(&format!("/{name}"), now, root);
        }
    }
    for name in tops {
        let path = format!("/{name}");
        if vfs.metadata(&path, false, root).is_err() {
            let _ = vfs.symlink(&format!("..data/{name}"), &path, now, root);
        }
    }
    if let Some(old) = old.filter(|old| *old != stamp) {
        remove_all(&vfs, &format!("/{old}"), now);
    }
}

fn remove_all(vfs: &Vfs, path: &str, now: crate::sim::Time) {
    let root = Credentials::ROOT;
    if !vfs.metadata(path, false, root).is_ok_and(|meta| meta.is_dir()) {
        let _ = vfs.remove_file(path, now, root);
        return;
    }
    for name in vfs.read_dir(path, root).unwrap_or_default() {
        remove_all(vfs, &format!("{path}/{name}"), now);
    }
    let _ = vfs.remove_dir(path, now, root);
}
