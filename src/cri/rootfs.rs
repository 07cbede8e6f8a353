//! The file tree of a container: the image's layer, a private layer above it, and mounts.

use crate::process::vfs::{Credentials, Source};
use crate::process::{FileSystem, Layer, Vfs};
use crate::sim::Time;
use std::rc::Rc;

/// Something mounted into a container.
#[derive(Clone)]
pub struct Mount {
    /// The absolute path in the container.
    pub path: String,
    /// What is there.
    pub source: Source,
    /// Whether writes are refused.
    pub read_only: bool,
}

/// A new file with these contents, to be mounted.
pub fn file_source(contents: &[u8], mode: u32) -> Source {
    let fs = FileSystem::new();
    let vfs = Vfs::new(fs.clone());
    let _ = vfs.write_file("/file", contents, Time::ZERO);
    let _ = vfs.change("/file", Credentials::ROOT, |inode| inode.mode = mode);
    let inode = vfs.metadata("/file", true, Credentials::ROOT).map_or(1, |meta| meta.inode);
    Source::Files(fs, inode)
}

/// The file tree of a new container.
pub(super) fn build(layer: &Rc<Layer>, mounts: &[Mount], read_only_root: bool, proc: Source, cgroup: Source) -> Vfs {
    let root = FileSystem::from_layer(layer);
    let vfs = Vfs::new(root.clone());
    for (path, source, read_only) in [("/proc", proc, false), ("/dev", devices(), false), ("/sys/fs/cgroup", cgroup, true)] {
        if !mounts.iter().any(|mount| mount.path == path) {
            vfs.mount(path, source, read_only);
        }
    }
    // Parents first, so that a mount below another is not covered by it.
    let mut sorted: Vec<&Mount> = mounts.iter().collect();
    sorted.sort_by_key(|mount| mount.path.matches('/').count());
    for mount in sorted {
        vfs.mount(&mount.path, mount.source.clone(), mount.read_only);
    }
    if read_only_root {
        // The mount points had to be made first.
        vfs.remount_root_read_only();
    }
    vfs
}

fn devices() -> Source {
    let fs = FileSystem::new();
    let vfs = Vfs::new(fs.clone());
    for (name, device) in [("null", "null"), ("zero", "zero"), ("full", "zero"), ("random", "zero"), ("urandom", "zero"), ("tty", "tty")] {
        vfs.make_device(&format!("/{name}"), device);
    }
    let _ = vfs.create_dir("/shm", 0o1777, Time::ZERO, Credentials::ROOT);
    let _ = vfs.create_dir("/pts", 0o755, Time::ZERO, Credentials::ROOT);
    for (name, target) in
        [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2")]
    {
        let _ = vfs.symlink(target, &format!("/{name}"), Time::ZERO, Credentials::ROOT);
    }
    Source::Files(fs, 1)
}
