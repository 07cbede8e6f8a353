use super::copy::{How, copy, destination, may_overwrite, no_directory, set_aside};
use super::tool::Tool;
use crate::process::Errno;

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("force", 'f'),
        ("interactive", 'i'),
        ("no-clobber", 'n'),
        ("verbose", 'v'),
        ("target-directory", 't'),
        ("no-target-directory", 'T'),
        ("update", 'u'),
        ("backup", 'b'),
    ];
    let options = match t.options("finvt:Tub", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut sources = options.operands.clone();
    let target = match options.value('t') {
        Some(target) => target.to_owned(),
        None => match sources.pop() {
            None if t.busybox() => return t.hint(1).await,
            None => return t.misuse("missing file operand", 1).await,
            Some(only) if sources.is_empty() => {
                if t.busybox() {
                    return t.hint(1).await;
                }
                return t.misuse(&format!("missing destination file operand after {}", t.name_of(&only)), 1).await;
            }
            Some(target) => target,
        },
    };
    if sources.len() > 1 && !t.is_dir(&target) {
        return no_directory(&t, &sources, &target).await;
    }
    let mut status = 0;
    for source in &sources {
        let to = if options.has('T') { target.clone() } else { destination(&t, source, &target) };
        if options.has('n') && t.meta(&to, false).is_ok() {
            continue;
        }
        let newer = |path: &str| t.meta(path, false).map(|meta| meta.modified.signed_nanos());
        if options.has('u') && matches!((newer(source), newer(&to)), (Ok(from), Ok(there)) if there >= from) {
            continue;
        }
        if options.has('i') && !options.has('f') && t.meta(&to, false).is_ok() && !may_overwrite(&t, &to).await {
            continue;
        }
        if options.has('b') {
            set_aside(&t, &to);
        }
        if !one(&t, source, &to).await {
            status = 1;
        } else if options.has('v') {
            let renamed = if t.busybox() { "" } else { "renamed " };
            t.out(format!("{renamed}{} -> {}\n", t.name_of(source), t.name_of(&to))).await;
        }
    }
    status
}

async fn one(t: &Tool, from: &str, to: &str) -> bool {
    let meta = match t.meta(from, false) {
        Ok(meta) => meta,
        Err(errno) => {
            let message =
                if t.busybox() { format!("can't rename '{from}': {errno}") } else { format!("cannot stat {}: {errno}", t.name_of(from)) };
            t.complain(&message).await;
            return false;
        }
    };
    if t.meta(to, false).is_ok_and(|there| there.inode == meta.inode && there.device == meta.device) {
        t.complain(&format!("{} and {} are the same file", t.name_of(from), t.name_of(to))).await;
        return false;
    }
    if meta.is_dir() && format!("{}/", t.path(to)).starts_with(&format!("{}/", t.path(from).trim_end_matches('/'))) {
        t.complain(&format!("cannot move {} to a subdirectory of itself, {}", t.name_of(from), t.name_of(to))).await;
        return false;
    }
    match t.meta(to, false) {
        Ok(there) if meta.is_dir() && !there.is_dir() && !t.busybox() => {
            t.complain(&format!("cannot overwrite non-directory {} with directory {}", t.name_of(to), t.name_of(from))).await;
            return false;
        }
        Err(_) if to.ends_with('/') && !meta.is_dir() => {
            let what = if t.busybox() {
                format!("can't rename '{from}'")
            } else {
                format!("cannot move {} to {}", t.name_of(from), t.name_of(to))
            };
            t.complain(&format!("{what}: Not a directory")).await;
            return false;
        }
        _ => {}
    }
    match t.vfs().rename(&t.path(from), &t.path(to), t.ctx.now(), t.who()) {
        Ok(()) => true,
        Err(Errno::EXDEV) => {
            let how = How { recursive: true, preserve: true, links: true, ..How::default() };
            copy(t, from, to, how).await && remove(t, from).await
        }
        Err(Errno::EACCES) if !meta.is_dir() && !t.busybox() && t.vfs().access(&t.path(parent(from)), 2, t.who()).is_ok() => {
            // GNU mv falls back on copying, and it is the copy that is refused.
            t.complain(&format!("cannot create regular file {}: Permission denied", t.name_of(to))).await;
            false
        }
        Err(errno) => {
            let message = match t.busybox() {
                true => format!("can't rename '{from}': {errno}"),
                false => format!("cannot move {} to {}: {errno}", t.name_of(from), t.name_of(to)),
            };
            t.complain(&message).await;
            false
        }
    }
}

fn parent(path: &str) -> &str {
    path.trim_end_matches('/').rsplit_once('/').map_or(".", |(p, _)| if p.is_empty() { "/" } else { p })
}

async fn remove(t: &Tool, path: &str) -> bool {
    if !t.meta(path, false).is_ok_and(|m| m.is_dir()) {
        return t.vfs().remove_file(&t.path(path), t.ctx.now(), t.who()).is_ok();
    }
    for name in t.vfs().read_dir(&t.path(path), t.who()).unwrap_or_default() {
        Box::pin(remove(t, &format!("{path}/{name}"))).await;
    }
    t.vfs().remove_dir(&t.path(path), t.ctx.now(), t.who()).is_ok()
}
