//! What `cp`, `mv` and `install` share: copying a tree, and where a source goes.

use super::tool::Tool;
use crate::process::{Errno, OpenOptions};
use crate::sim::LocalBoxFuture;

/// How a tree is copied.
#[derive(Clone, Copy, Default)]
pub(super) struct How {
    pub recursive: bool,
    /// Mode, owner and time are kept.
    pub preserve: bool,
    /// Links are copied as links.
    pub links: bool,
    pub no_clobber: bool,
    pub verbose: bool,
    pub update: bool,
}

/// The last part of a path.
pub(super) fn base(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// Where `source` goes: into `target` if that is a directory.
pub(super) fn destination(t: &Tool, source: &str, target: &str) -> String {
    if t.is_dir(target) { format!("{}/{}", target.trim_end_matches('/'), base(source)) } else { target.to_owned() }
}

/// Copies `from` to `to`. What fails is said; true: nothing did.
pub(super) fn copy<'a>(t: &'a Tool, from: &'a str, to: &'a str, how: How) -> LocalBoxFuture<'a, bool> {
    Box::pin(async move {
        t.ctx.step().await;
        let meta = match t.meta(from, !how.links) {
            Ok(meta) => meta,
            Err(errno) => {
                let message =
                    if t.busybox() { format!("can't stat '{from}': {errno}") } else { format!("cannot stat {}: {errno}", t.name_of(from)) };
                t.complain(&message).await;
                return false;
            }
        };
        if meta.is_dir() {
            return copy_directory(t, from, to, how, meta.mode).await;
        }
        if let Ok(there) = t.meta(to, true) {
            if there.inode == meta.inode && there.device == meta.device {
                let message = match t.busybox() {
                    true => format!("'{from}' and '{to}' are the same file"),
                    false => format!("{} and {} are the same file", t.name_of(from), t.name_of(to)),
                };
                t.complain(&message).await;
                return false;
            }
            if how.no_clobber || (how.update && there.modified >= meta.modified) {
                return true;
            }
        }
        let result = if meta.is_symlink() { copy_link(t, from, to) } else { copy_file(t, from, to, meta.mode).await };
        if let Err((errno, reading)) = result {
            let message = match (reading, t.busybox()) {
                (true, true) => format!("can't open '{from}': {errno}"),
                (true, false) => format!("cannot open {} for reading: {errno}", t.name_of(from)),
                (false, true) => format!("can't create '{to}': {errno}"),
                (false, false) => format!("cannot create regular file {}: {errno}", t.name_of(to)),
            };
            t.complain(&message).await;
            return false;
        }
        if how.preserve && !meta.is_symlink() {
            let _ = t.vfs().change(&t.path(to), t.who(), |inode| {
                inode.mode = meta.mode;
                inode.modified = meta.modified;
            });
        }
        if how.verbose {
            t.out(format!("{} -> {}\n", t.name_of(from), t.name_of(to))).await;
        }
        true
    })
}

fn copy_link(t: &Tool, from: &str, to: &str) -> Result<(), (Errno, bool)> {
    let target = t.vfs().read_link(&t.path(from), t.who()).map_err(|e| (e, true))?;
    let _ = t.vfs().remove_file(&t.path(to), t.ctx.now(), t.who());
    t.vfs().symlink(&target, &t.path(to), t.ctx.now(), t.who()).map_err(|e| (e, false))
}

async fn copy_file(t: &Tool, from: &str, to: &str, mode: u32) -> Result<(), (Errno, bool)> {
    let input = t.open(from).map_err(|e| (e, true))?;
    // The simulation's executables have no bytes to copy: the new name is a link to the same program.
    let is_program = t.vfs().is_program(&t.path(from));
    if is_program {
        let _ = t.vfs().remove_file(&t.path(to), t.ctx.now(), t.who());
        return t.vfs().hard_link(&t.path(from), &t.path(to), t.ctx.now(), t.who()).map_err(|e| (e, false));
    }
    let new = t.meta(to, true).is_err();
    let output = t.ctx.open_file(to, OpenOptions::WRITE).map_err(|e| (e, false))?;
    loop {
        let bytes = t.chunk(&input).await.map_err(|e| (e, true))?;
        if bytes.is_empty() {
            break;
        }
        t.write_to(&output, &bytes).await.map_err(|e| (e, false))?;
    }
    if new {
        let mode = mode & !t.ctx.process().umask.get();
        let _ = t.vfs().change(&t.path(to), t.who(), |inode| inode.mode = mode);
    }
    Ok(())
}

async fn copy_directory(t: &Tool, from: &str, to: &str, how: How, mode: u32) -> bool {
    if !how.recursive {
        let message = if t.busybox() {
            format!("omitting directory '{from}'")
        } else {
            format!("-r not specified; omitting directory {}", t.name_of(from))
        };
        t.complain(&message).await;
        return false;
    }
    if !t.is_dir(to) {
        if let Err(errno) = t.vfs().create_dir(&t.path(to), mode | 0o700, t.ctx.now(), t.who()) {
            t.complain(&format!("cannot create directory {}: {errno}", t.name_of(to))).await;
            return false;
        }
        if how.verbose {
            t.out(format!("{} -> {}\n", t.name_of(from), t.name_of(to))).await;
        }
    }
    let inside = format!("{}/", t.path(from).trim_end_matches('/'));
    if format!("{}/", t.path(to)).starts_with(&inside) {
        t.complain(&format!("cannot copy a directory, {}, into itself, {}", t.name_of(from), t.name_of(to))).await;
        return false;
    }
    let names = match t.vfs().read_dir(&t.path(from), t.who()) {
        Ok(names) => names,
        Err(errno) => {
            t.complain(&format!("cannot access {}: {errno}", t.name_of(from))).await;
            return false;
        }
    };
    let mut clean = true;
    for name in names {
        let (from, to) = (format!("{}/{name}", from.trim_end_matches('/')), format!("{}/{name}", to.trim_end_matches('/')));
        clean &= copy(t, &from, &to, How { links: true, ..how }).await;
    }
    clean
}
