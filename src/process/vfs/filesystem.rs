use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::{Errno, Fifo, Program};
use crate::sim::Time;

/// Names an inode within its file system.
pub type InodeId = u64;

/// The root directory of every file system.
pub const ROOT: InodeId = 1;

/// What an inode holds.
#[derive(Clone)]
pub enum NodeKind {
    /// A regular file's bytes.
    File(Rc<Vec<u8>>),
    /// A directory's entries.
    Directory(BTreeMap<Rc<str>, InodeId>),
    /// Where a symbolic link points.
    Symlink(Rc<str>),
    /// An executable of the simulation; the number is its size in bytes.
    Program(Program, u64),
    /// A device that `open` knows: `null`, `zero`, `tty`.
    Device(&'static str),
    /// A named pipe.
    Fifo(Fifo),
}

/// A file, directory, link, executable or device.
#[derive(Clone)]
pub struct Inode {
    /// What it is.
    pub kind: NodeKind,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Last change of the contents.
    pub modified: Time,
    /// Directory entries that name it.
    pub links: u32,
}

/// What `stat` tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// `-`, `d`, `l`, `c`.
    pub type_letter: char,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes.
    pub size: u64,
    /// Hard links.
    pub links: u32,
    /// Last change of the contents.
    pub modified: Time,
    /// The inode's number.
    pub inode: InodeId,
    /// Tells file systems apart.
    pub device: u64,
}

impl Metadata {
    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.type_letter == 'd'
    }
    /// Whether it is a regular file.
    pub fn is_file(&self) -> bool {
        self.type_letter == '-'
    }
    /// Whether it is a symbolic link.
    pub fn is_symlink(&self) -> bool {
        self.type_letter == 'l'
    }
}

impl Inode {
    pub(super) fn new(kind: NodeKind, mode: u32, uid: u32, gid: u32, modified: Time) -> Inode {
        Inode { kind, mode, uid, gid, modified, links: 1 }
    }

    pub(super) fn metadata(&self, inode: InodeId, device: u64) -> Metadata {
        let (type_letter, size) = match &self.kind {
            NodeKind::File(bytes) => ('-', bytes.len() as u64),
            NodeKind::Directory(_) => ('d', 4096),
            NodeKind::Symlink(target) => ('l', target.len() as u64),
            NodeKind::Program(_, size) => ('-', *size),
            NodeKind::Device(_) => ('c', 0),
            NodeKind::Fifo(_) => ('p', 0),
        };
        Metadata {
            type_letter,
            mode: self.mode,
            uid: self.uid,
            gid: self.gid,
            size,
            links: self.links,
            modified: self.modified,
            inode,
            device,
        }
    }
}

/// A frozen file system: an image's files, shared by every container made from it.
pub struct Layer {
    inodes: BTreeMap<InodeId, Inode>,
    next: InodeId,
}

struct State {
    lower: Option<Rc<Layer>>,
    upper: BTreeMap<InodeId, Inode>,
    next: InodeId,
    device: u64,
    /// Bytes written above the lower layer.
    used: u64,
    limit: Option<u64>,
}

/// A file system: a private copy-on-write layer over a shared one. A cheap handle.
#[derive(Clone)]
pub struct FileSystem(Rc<RefCell<State>>);

impl Default for FileSystem {
    fn default() -> Self {
        FileSystem::new()
    }
}

impl FileSystem {
    /// An empty file system: a root directory that everybody may read.
    pub fn new() -> FileSystem {
        let root = Inode::new(NodeKind::Directory(BTreeMap::new()), 0o755, 0, 0, Time::ZERO);
        let upper = BTreeMap::from([(ROOT, root)]);
        FileSystem(Rc::new(RefCell::new(State { lower: None, upper, next: ROOT + 1, device: 0, used: 0, limit: None })))
    }

    /// A file system whose contents are `layer`'s until they are changed.
    pub fn from_layer(layer: &Rc<Layer>) -> FileSystem {
        let state = State { lower: Some(layer.clone()), upper: BTreeMap::new(), next: layer.next, device: 0, used: 0, limit: None };
        FileSystem(Rc::new(RefCell::new(state)))
    }

    /// The contents as a layer to share.
    pub fn freeze(&self) -> Rc<Layer> {
        let state = self.0.borrow();
        let mut inodes = state.lower.as_ref().map_or_else(BTreeMap::new, |lower| lower.inodes.clone());
        inodes.extend(state.upper.iter().map(|(id, inode)| (*id, inode.clone())));
        Rc::new(Layer { inodes, next: state.next })
    }

    /// Refuses writes that would hold more than `bytes` (`ENOSPC`).
    pub fn set_limit(&self, bytes: Option<u64>) {
        self.0.borrow_mut().limit = bytes;
    }

    /// Bytes written here.
    pub fn used(&self) -> u64 {
        self.0.borrow().used
    }

    /// Whether the other handle is the same file system.
    pub fn same(&self, other: &FileSystem) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Reads inode `id`.
    pub fn with<R>(&self, id: InodeId, f: impl FnOnce(&Inode) -> R) -> Result<R, Errno> {
        let state = self.0.borrow();
        let inode = state.upper.get(&id).or_else(|| state.lower.as_ref()?.inodes.get(&id));
        inode.map(f).ok_or(Errno::ENOENT)
    }

    /// Changes inode `id`, copying it up first.
    pub fn with_mut<R>(&self, id: InodeId, f: impl FnOnce(&mut Inode) -> R) -> Result<R, Errno> {
        let mut state = self.0.borrow_mut();
        if !state.upper.contains_key(&id) {
            let lower = state.lower.as_ref().and_then(|layer| layer.inodes.get(&id)).cloned();
            state.upper.insert(id, lower.ok_or(Errno::ENOENT)?);
        }
        state.upper.get_mut(&id).map(f).ok_or(Errno::ENOENT)
    }

    /// What `stat` tells of inode `id`.
    pub fn metadata(&self, id: InodeId) -> Result<Metadata, Errno> {
        let device = self.0.borrow().device;
        self.with(id, |inode| inode.metadata(id, device))
    }

    /// Gives the file system a number that `stat` shows as its device.
    pub fn set_device(&self, device: u64) {
        self.0.borrow_mut().device = device;
    }

    pub(super) fn child(&self, directory: InodeId, name: &str) -> Result<Option<InodeId>, Errno> {
        self.with(directory, |inode| match &inode.kind {
            NodeKind::Directory(entries) => Ok(entries.get(name).copied()),
            _ => Err(Errno::ENOTDIR),
        })?
    }

    /// Adds `inode` as `name` in `directory`.
    pub(super) fn insert(&self, directory: InodeId, name: &str, inode: Inode) -> Result<InodeId, Errno> {
        if name.len() > 255 {
            return Err(Errno::ENAMETOOLONG);
        }
        let modified = inode.modified;
        let id = {
            let mut state = self.0.borrow_mut();
            let id = state.next;
            state.next += 1;
            state.upper.insert(id, inode);
            id
        };
        self.link(directory, name, id, modified)?;
        Ok(id)
    }

    /// Adds the entry `name` for an inode that exists.
    pub(super) fn link(&self, directory: InodeId, name: &str, id: InodeId, at: Time) -> Result<(), Errno> {
        self.with_mut(directory, |parent| match &mut parent.kind {
            NodeKind::Directory(entries) => {
                entries.insert(name.into(), id);
                parent.modified = at;
                Ok(())
            }
            _ => Err(Errno::ENOTDIR),
        })?
    }

    /// Removes the entry `name`; the inode goes with its last entry.
    pub(super) fn unlink(&self, directory: InodeId, name: &str, at: Time) -> Result<InodeId, Errno> {
        let id = self.with_mut(directory, |parent| match &mut parent.kind {
            NodeKind::Directory(entries) => {
                parent.modified = at;
                entries.remove(name).ok_or(Errno::ENOENT)
            }
            _ => Err(Errno::ENOTDIR),
        })??;
        Ok(id)
    }

    /// Counts one entry less for `id`. Its bytes stay readable for those who have it open.
    pub(super) fn drop_link(&self, id: InodeId) {
        let size = self.with_mut(id, |inode| {
            inode.links = inode.links.saturating_sub(1);
            match (&inode.kind, inode.links) {
                (NodeKind::File(bytes), 0) => bytes.len() as u64,
                _ => 0,
            }
        });
        let mut state = self.0.borrow_mut();
        state.used = state.used.saturating_sub(size.unwrap_or(0));
    }

    /// Replaces `old_len` bytes' worth of room by `new_len`'s; `ENOSPC` past the limit.
    fn charge(&self, old_len: usize, new_len: usize) -> Result<(), Errno> {
        let mut state = self.0.borrow_mut();
        let used = state.used.saturating_sub(old_len as u64).saturating_add(new_len as u64);
        if new_len > old_len && state.limit.is_some_and(|limit| used > limit) {
            return Err(Errno::ENOSPC);
        }
        state.used = used;
        Ok(())
    }

    /// Bytes of file `id` from `offset`, `max` at most.
    pub fn read(&self, id: InodeId, offset: usize, max: usize) -> Result<Vec<u8>, Errno> {
        self.with(id, |inode| match &inode.kind {
            NodeKind::File(bytes) => {
                let start = offset.min(bytes.len());
                Ok(bytes[start..start.saturating_add(max).min(bytes.len())].to_vec())
            }
            NodeKind::Directory(_) => Err(Errno::EISDIR),
            NodeKind::Program(_, size) if offset == 0 => {
                let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
                header.truncate(max.min(*size as usize));
                Ok(header)
            }
            _ => Ok(Vec::new()),
        })?
    }

    /// Writes `data` into file `id` at `offset`, filling a gap with zeros.
    pub fn write(&self, id: InodeId, offset: usize, data: &[u8], at: Time) -> Result<(), Errno> {
        let old_len = self.len(id)?;
        let end = offset.checked_add(data.len()).ok_or(Errno::EFBIG)?;
        self.charge(old_len, old_len.max(end))?;
        self.with_mut(id, |inode| {
            inode.modified = at;
            if let NodeKind::File(bytes) = &mut inode.kind {
                let bytes = Rc::make_mut(bytes);
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[offset..end].copy_from_slice(data);
            }
        })
    }

    /// Cuts or extends file `id` to `len` bytes.
    pub fn truncate(&self, id: InodeId, len: usize, at: Time) -> Result<(), Errno> {
        let old_len = self.len(id)?;
        self.charge(old_len, len)?;
        self.with_mut(id, |inode| {
            inode.modified = at;
            if let NodeKind::File(bytes) = &mut inode.kind {
                Rc::make_mut(bytes).resize(len, 0);
            }
        })
    }

    /// The length of file `id`; `EINVAL` for what is not a regular file.
    pub fn len(&self, id: InodeId) -> Result<usize, Errno> {
        self.with(id, |inode| match &inode.kind {
            NodeKind::File(bytes) => Ok(bytes.len()),
            NodeKind::Directory(_) => Err(Errno::EISDIR),
            NodeKind::Program(..) => Err(Errno::EACCES),
            _ => Err(Errno::EINVAL),
        })?
    }
}
