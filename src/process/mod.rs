//! The simulated kernel: processes, signals, files, pipes and terminals.
//!
//! A program is an async function over a [`ProcessContext`]; nothing else of the world exists for it.
//! Invariant: a program that never ends burns virtual time, never the host's ([`ProcessContext::step`]).

mod cgroup;
mod child;
mod context;
mod errno;
mod file;
pub mod hash;
mod kernel;
mod load;
mod namespaces;
mod open;
mod pipe;
mod procfs;
mod signal;
#[cfg(test)]
mod tests;
mod tty;
pub mod vfs;

pub use cgroup::Cgroup;
pub use child::Child;
pub use context::{ProcessContext, Spawn, read_file};
pub use errno::Errno;
pub use file::{File, FileOps, FileType, full, null, random, zero};
pub use kernel::{ExitStatus, Kernel, Pid, Process, ProcessState};
pub use namespaces::{NamespaceKind, Namespaces, Uts};
pub use open::OpenOptions;
pub use pipe::{Fifo, PipeReader, PipeWriter, channel_sink, channel_source, pipe};
pub use procfs::{mounts, procfs};
pub use signal::{Disposition, Signal};
pub use tty::{Tty, Window};
pub use vfs::{FileSystem, Layer, Metadata, NodeKind, Vfs};

use crate::sim::LocalBoxFuture;
use std::rc::Rc;

/// Code that can run as a process. Returns its exit code (0 to 255).
pub type Program = Rc<dyn Fn(ProcessContext) -> LocalBoxFuture<'static, i32>>;

/// Makes a [`Program`] of an async function.
pub fn program<F, Fut>(f: F) -> Program
where
    F: Fn(ProcessContext) -> Fut + 'static,
    Fut: Future<Output = i32> + 'static,
{
    Rc::new(move |ctx| Box::pin(f(ctx)))
}
