//! What a base image holds: executables and the files every distribution has.
//!
//! Each builder fills a file tree; an image adds its own files and programs to it.

mod base;
mod busybox;
mod gnu;

use super::dialect::Dialect;
use super::main::program_of;
use super::tools::{COMMANDS, Flavor};
use crate::process::Vfs;

/// How large an executable of the simulation looks in `ls -l`.
const PROGRAM_BYTES: u64 = 35_000;

/// The machine a learner sits at: Debian with GNU tools, user `learner` (1000), home `/home/learner`.
/// `kubectl` is installed by whoever knows it.
pub fn workstation(vfs: &Vfs) {
    debian(vfs);
    gnu::install_all(vfs);
    base::workstation(vfs);
}

/// The machine that a node is: Debian with every tool.
pub fn node(vfs: &Vfs) {
    debian(vfs);
    gnu::install_all(vfs);
}

/// Debian 12: bash, dash as `sh`, GNU tools.
pub fn debian(vfs: &Vfs) {
    base::directories(vfs);
    base::debian(vfs);
    gnu::install(vfs);
}

/// Ubuntu 24.04: as Debian, with its own release files.
pub fn ubuntu(vfs: &Vfs) {
    base::directories(vfs);
    base::ubuntu(vfs);
    gnu::install(vfs);
}

/// busybox 1.36: one binary, `sh` is ash.
pub fn busybox(vfs: &Vfs) {
    base::directories(vfs);
    base::busybox(vfs);
    busybox::install(vfs);
}

/// Alpine 3.20: busybox with musl's files around it.
pub fn alpine(vfs: &Vfs) {
    base::directories(vfs);
    base::alpine(vfs);
    busybox::install(vfs);
}

/// bash, for images that bring it along.
pub fn add_bash(vfs: &Vfs) {
    vfs.install("/bin/bash", program_of(Dialect::Bash), 1_400_000);
    vfs.install("/usr/bin/bash", program_of(Dialect::Bash), 1_400_000);
}

/// One GNU tool at `path`, for images that bring it along.
pub fn add_tool(vfs: &Vfs, path: &str) {
    let name = path.rsplit('/').next().unwrap_or(path);
    if let Some(command) = super::tools::find(name) {
        vfs.install(path, command.program(Flavor::Gnu), PROGRAM_BYTES);
    }
}
