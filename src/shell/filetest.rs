//! The file questions of `test`, `[` and `[[`.

use crate::process::ProcessContext;

/// Whether `-op path` holds.
pub(crate) fn holds(ctx: &ProcessContext, op: &str, path: &str) -> bool {
    let (vfs, who) = (ctx.vfs(), ctx.credentials());
    let full = ctx.resolve(path);
    if op == "t" {
        return path.parse::<i32>().is_ok_and(|fd| ctx.is_tty(fd));
    }
    if let Some(fd) = super::exec_descriptor(path) {
        let open = ctx.file(fd);
        return match op {
            "p" => open.is_ok_and(|f| f.file_type() == crate::process::FileType::Pipe),
            "c" => open.is_ok_and(|f| f.file_type() == crate::process::FileType::Device),
            "e" | "r" | "w" | "a" => open.is_ok(),
            _ => false,
        };
    }
    if matches!(op, "L" | "h") {
        return vfs.metadata(&full, false, who).is_ok_and(|m| m.is_symlink());
    }
    let Ok(meta) = vfs.metadata(&full, true, who) else { return false };
    match op {
        "e" | "a" => true,
        "f" => meta.is_file(),
        "d" => meta.is_dir(),
        "s" => meta.size > 0,
        "c" | "p" => meta.type_letter == op.chars().next().unwrap_or('-'),
        "r" => vfs.access(&full, 4, who).is_ok(),
        "w" => vfs.access(&full, 2, who).is_ok(),
        "x" => vfs.access(&full, 1, who).is_ok(),
        "O" => meta.uid == who.uid,
        "G" => meta.gid == who.gid,
        "u" => meta.mode & 0o4000 != 0,
        "g" => meta.mode & 0o2000 != 0,
        "k" => meta.mode & 0o1000 != 0,
        "N" => true,
        _ => false,
    }
}

/// `-nt`, `-ot`, `-ef`
pub(crate) fn compares(ctx: &ProcessContext, a: &str, op: &str, b: &str) -> bool {
    let meta = |path: &str| ctx.vfs().metadata(&ctx.resolve(path), true, ctx.credentials()).ok();
    match (meta(a), meta(b), op.trim_start_matches('-')) {
        (Some(a), Some(b), "nt") => a.modified.signed_nanos() > b.modified.signed_nanos(),
        (Some(_), None, "nt") | (None, Some(_), "ot") => true,
        (Some(a), Some(b), "ot") => a.modified.signed_nanos() < b.modified.signed_nanos(),
        (Some(a), Some(b), "ef") => a.device == b.device && a.inode == b.inode,
        _ => false,
    }
}
