use std::rc::Rc;
use std::task::{Context, Poll};

use super::{Errno, Tty};
use crate::sim::Sim;

/// What sort of thing a descriptor is open on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A pipe.
    Pipe,
    /// A character device, terminals included.
    Device,
    /// A socket.
    Socket,
}

/// An open file description: what `dup` and children share.
pub trait FileOps {
    /// At most `max` bytes; empty at the end of the file.
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>>;
    /// Writes some of `bytes` and says how many.
    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>>;
    /// What sort of thing it is.
    fn file_type(&self) -> FileType;
    /// The terminal, if it is one.
    fn tty(&self) -> Option<Tty> {
        None
    }
    /// Moves the offset to `offset`, counted from the start.
    fn seek(&self, _offset: u64) -> Result<u64, Errno> {
        Err(Errno::ESPIPE)
    }
    /// The path it was opened by, where there is one.
    fn path(&self) -> Option<String> {
        None
    }
}

/// A shared open file.
pub type File = Rc<dyn FileOps>;

/// What a zero-like device yields.
struct Constant(Option<u8>);

impl FileOps for Constant {
    fn poll_read(&self, _cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Poll::Ready(Ok(self.0.map_or(Vec::new(), |byte| vec![byte; max.min(64 * 1024)])))
    }
    fn poll_write(&self, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(Ok(bytes.len()))
    }
    fn file_type(&self) -> FileType {
        FileType::Device
    }
}

/// `/dev/null`.
pub fn null() -> File {
    Rc::new(Constant(None))
}

/// `/dev/zero`.
pub fn zero() -> File {
    Rc::new(Constant(Some(0)))
}

/// `/dev/urandom`: bytes of the seeded generator.
struct Random(Sim);

impl FileOps for Random {
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        let zeros = std::task::ready!(Constant(Some(0)).poll_read(cx, max))?;
        Poll::Ready(Ok(zeros.iter().map(|_| self.0.rng().below(256) as u8).collect()))
    }
    fn poll_write(&self, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(Ok(bytes.len()))
    }
    fn file_type(&self) -> FileType {
        FileType::Device
    }
}

/// `/dev/urandom`.
pub fn random(sim: &Sim) -> File {
    Rc::new(Random(sim.clone()))
}

/// `/dev/full`: reads like zeros, refuses every write.
struct Full;

impl FileOps for Full {
    fn poll_read(&self, cx: &mut Context<'_>, max: usize) -> Poll<Result<Vec<u8>, Errno>> {
        Constant(Some(0)).poll_read(cx, max)
    }
    fn poll_write(&self, _cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize, Errno>> {
        Poll::Ready(if bytes.is_empty() { Ok(0) } else { Err(Errno::ENOSPC) })
    }
    fn file_type(&self) -> FileType {
        FileType::Device
    }
}

/// `/dev/full`.
pub fn full() -> File {
    Rc::new(Full)
}
