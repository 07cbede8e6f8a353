use std::rc::Rc;

use super::filesystem::{FileSystem, InodeId};

/// What a computed file system (`/proc`) holds at a path.
pub enum ProviderNode {
    /// A directory and its entries.
    Directory(Vec<String>),
    /// A file's bytes now.
    File(Vec<u8>),
    /// A symbolic link.
    Symlink(String),
    /// Something else that is mounted there.
    Mounted(Source),
}

/// A computed, read-only file system, such as `/proc`.
pub trait Provider {
    /// What is at `path` (relative, without a leading slash; empty for the root).
    fn lookup(&self, path: &str) -> Option<ProviderNode>;
}

/// A folder of a computed file system.
pub(super) struct Below {
    pub provider: Rc<dyn Provider>,
    pub at: String,
}

impl Provider for Below {
    fn lookup(&self, path: &str) -> Option<ProviderNode> {
        let whole = if path.is_empty() { self.at.clone() } else { format!("{}/{path}", self.at) };
        self.provider.lookup(&whole)
    }
}

/// What is mounted somewhere.
#[derive(Clone)]
pub enum Source {
    /// A directory (or file) of a file system.
    Files(FileSystem, InodeId),
    /// A computed file system.
    Provider(Rc<dyn Provider>),
}

/// A mount.
#[derive(Clone)]
pub struct Mount {
    /// The absolute, normalised path it covers.
    pub path: String,
    /// What is there.
    pub source: Source,
    /// Whether writes are refused with `EROFS`.
    pub read_only: bool,
}
