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
    pub kind: Kind,
    /// `-i`: asks before it overwrites.
    pub asks: bool,
    /// `-b`: what is there gets a `~`.
    pub backup: bool,
}

/// What `cp` makes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    Copies,
    HardLinks,
    SymbolicLinks,
}

/// Several sources want a directory. Says that `target` is none; busybox tries each source.
pub(super) async fn no_directory(t: &Tool, sources: &[String], target: &str) -> i32 {
    let errno = if t.meta(target, true).is_ok() { Errno::ENOTDIR } else { Errno::ENOENT };
    if !t.busybox() {
        t.complain(&format!("target {}: {errno}", t.name_of(target))).await;
        return 1;
    }
    for source in sources {
        let to = format!("{}/{}", target.trim_end_matches('/'), base(source));
        let message = if t.name == "mv" { format!("can't rename '{source}': {errno}") } else { format!("can't create '{to}': {errno}") };
        t.complain(&message).await;
    }
    1
}

/// Asks whether `to` may be overwritten; no answer is no.
pub(super) async fn may_overwrite(t: &Tool, to: &str) -> bool {
    let shown = if t.busybox() { format!("overwrite '{to}'? ") } else { format!("overwrite {}? ", t.name_of(to)) };
    t.ctx.eprint(&format!("{}: {shown}", t.name)).await;
    t.agreed().await
}

/// Gives what is at `path` a `~`.
pub(super) fn set_aside(t: &Tool, path: &str) {
    if t.meta(path, false).is_ok_and(|m| !m.is_dir()) {
        let _ = t.vfs().rename(&t.path(path), &t.path(&format!("{path}~")), t.ctx.now(), t.who());
    }
}

/// Makes the directories above `path`, behind its first `known` bytes.
pub(super) fn make_parents(t: &Tool, path: &str, known: usize) {
    for (at, _) in path.match_indices('/').filter(|(at, _)| *at > known) {
        let _ = t.vfs().create_dir(&t.path(path.get(..at).unwrap_or("")), 0o755, t.ctx.now(), t.who());
    }
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
            if how.no_clobber || (how.update && there.modified.signed_nanos() >= meta.modified.signed_nanos()) {
                return true;
            }
            if how.asks && !may_overwrite(t, to).await {
                return true;
            }
            if how.backup {
                set_aside(t, to);
            }
        }
        let result = match how.kind {
            Kind::HardLinks => t.vfs().hard_link(&t.path(from), &t.path(to), t.ctx.now(), t.who()).map_err(|e| (e, false)),
            Kind::SymbolicLinks => t.vfs().symlink(from, &t.path(to), t.ctx.now(), t.who()).map_err(|e| (e, false)),
            Kind::Copies if meta.is_symlink() => copy_link(t, from, to),
            Kind::Copies => copy_file(t, from, to, meta.mode).await,
        };
        if let Err((errno, reading)) = result {
            let message = match (reading, t.busybox()) {
                (true, true) => format!("can't open '{from}': {errno}"),
                (true, false) => format!("cannot open {} for reading: {errno}", t.name_of(from)),
                (false, true) => format!("can't create '{to}': {errno}"),
                (false, false) if to.ends_with('/') => format!("cannot create regular file {}: Not a directory", t.name_of(to)),
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
