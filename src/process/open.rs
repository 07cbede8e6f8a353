use std::cell::Cell;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::vfs::{Credentials, FileSystem, InodeId, NodeKind, ProviderNode, Vfs};
use super::vfs::{Target, allowed};
use super::{Errno, File, FileOps, FileType, Tty, full, null, random, zero};
use crate::process::vfs::normalize;
use crate::sim::Sim;

/// How a file is opened. Models the flags of open(2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// May be read.
    pub read: bool,
    /// May be written.
    pub write: bool,
    /// Every write goes to the end.
    pub append: bool,
    /// Made if it does not exist.
    pub create: bool,
    /// Must not exist.
    pub exclusive: bool,
    /// Emptied.
    pub truncate: bool,
}

impl OpenOptions {
    /// `<`
    pub const READ: OpenOptions = OpenOptions { read: true, write: false, append: false, create: false, exclusive: false, truncate: false };
    /// `>`
    pub const WRITE: OpenOptions = OpenOptions { read: false, write: true, append: false, create: true, exclusive: false, truncate: true };
    /// `>>`
    pub const APPEND: OpenOptions = OpenOptions { read: false, write: true, append: true, create: true, exclusive: false, truncate: false };
    /// `<>`
    pub const READ_WRITE: OpenOptions =
        OpenOptions { read: true, write: true, append: false, create: true, exclusive: false, truncate: false };
}

/// A regular file, opened.
struct RegularFile {
    sim: Sim,
    fs: FileSystem,
    inode: InodeId,
    options: OpenOptions,
    offset: Cell<usize>,
    path: String,
    is_dir: bool,
}

impl FileOps for RegularFile {
    fn poll_read(&self, _cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        if !self.options.read {
            return Poll::Ready(Err(Errno::EBADF));
        }
        let result = self.fs.read(self.inode, self.offset.get(), max);
        if let Ok(bytes) = &result {
            self.offset.set(self.offset.get() + bytes.len());
        }
        Poll::Ready(result)
    }

    fn poll_write(&self, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        if !self.options.write {
            return Poll::Ready(Err(Errno::EBADF));
        }
        let write = || {
            let offset = if self.options.append { self.fs.len(self.inode)? } else { self.offset.get() };
            self.fs.write(self.inode, offset, bytes, self.sim.now())?;
            self.offset.set(offset + bytes.len());
            Ok(bytes.len())
        };
        Poll::Ready(write())
    }

    fn file_type(&self) -> FileType {
        if self.is_dir { FileType::Directory } else { FileType::Regular }
    }

    fn seek(&self, offset: u64) -> Result<u64, Errno> {
        self.offset.set(usize::try_from(offset).map_err(|_| Errno::EINVAL)?);
        Ok(offset)
    }

    fn path(&self) -> Option<String> {
        Some(self.path.clone())
    }
}

/// A computed file's bytes as they were when it was opened.
struct Fixed {
    bytes: Vec<u8>,
    offset: Cell<usize>,
    path: String,
}

impl FileOps for Fixed {
    fn poll_read(&self, _cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        let start = self.offset.get().min(self.bytes.len());
        let end = start.saturating_add(max).min(self.bytes.len());
        self.offset.set(end);
        Poll::Ready(Ok(self.bytes[start..end].to_vec()))
    }
    fn poll_write(&self, _cx: &mut Context<'_>, _bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(Err(Errno::EBADF))
    }
    fn file_type(&self) -> FileType {
        FileType::Regular
    }
    fn path(&self) -> Option<String> {
        Some(self.path.clone())
    }
}

/// Opens the absolute `path`. `tty` is what `/dev/tty` is for the caller.
pub(super) fn open(
    sim: &Sim,
    vfs: &Vfs,
    path: &str,
    options: OpenOptions,
    mode: u32,
    who: Credentials,
    tty: Option<&Tty>,
) -> Result<File, Errno> {
    if options.exclusive && vfs.metadata(path, false, who).is_ok() {
        return Err(Errno::EEXIST);
    }
    let place = match vfs.resolve(path, true, who) {
        Err(Errno::ENOENT) if options.create => {
            vfs.create_file(path, mode, sim.now(), who)?;
            vfs.resolve(path, true, who)?
        }
        result => result?,
    };
    let (fs, inode) = match place.target {
        Target::Provided(..) if options.write => return Err(Errno::EACCES),
        Target::Provided(provider, at) => {
            return match provider.lookup(&at) {
                Some(ProviderNode::File(bytes)) => Ok(Rc::new(Fixed { bytes, offset: Cell::new(0), path: normalize("/", path) })),
                Some(_) => Err(Errno::EISDIR),
                None => Err(Errno::ENOENT),
            };
        }
        Target::Inode(fs, inode) => (fs, inode),
    };
    let meta = fs.metadata(inode)?;
    if let Some(device) = fs.with(inode, |node| if let NodeKind::Device(name) = node.kind { Some(name) } else { None })? {
        return match device {
            "zero" => Ok(zero()),
            "full" => Ok(full()),
            "random" | "urandom" => Ok(random(sim)),
            "tty" => tty.map(|tty| Rc::new(tty.clone()) as File).ok_or(Errno::EIO),
            _ => Ok(null()),
        };
    }
    if options.write && meta.is_dir() {
        return Err(Errno::EISDIR);
    }
    if options.write && place.mount.read_only {
        return Err(Errno::EROFS);
    }
    let want = if options.read { 4 } else { 0 } | if options.write { 2 } else { 0 };
    if !allowed(&meta, who, want) {
        return Err(Errno::EACCES);
    }
    if let Some(fifo) = fs.with(inode, |node| if let NodeKind::Fifo(fifo) = &node.kind { Some(fifo.clone()) } else { None })? {
        return Ok(fifo.open(options.read, options.write));
    }
    if options.truncate && options.write {
        fs.truncate(inode, 0, sim.now())?;
    }
    let is_dir = meta.is_dir();
    Ok(Rc::new(RegularFile { sim: sim.clone(), fs, inode, options, offset: Cell::new(0), path: normalize("/", path), is_dir }))
}
