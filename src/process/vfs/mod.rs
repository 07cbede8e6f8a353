//! Files: copy-on-write file systems, and mount namespaces made of them.

mod filesystem;
mod mounts;
mod source;

pub use filesystem::{FileSystem, Inode, InodeId, Layer, Metadata, NodeKind};
pub use mounts::Vfs;
pub(in crate::process) use mounts::{Target, allowed};
pub use source::{Mount, Provider, ProviderNode, Source};

/// Who asks: user and group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// User ID; 0 may do everything.
    pub uid: u32,
    /// Group ID.
    pub gid: u32,
}

impl Credentials {
    /// The superuser.
    pub const ROOT: Credentials = Credentials { uid: 0, gid: 0 };
}

/// `path` made absolute against `cwd`, without `.`, `..` and doubled slashes. Symbolic links stay.
pub fn normalize(cwd: &str, path: &str) -> String {
    let joined = if path.starts_with('/') { path.to_owned() } else { format!("{cwd}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests;
