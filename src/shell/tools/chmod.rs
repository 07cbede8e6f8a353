use super::tool::Tool;
use crate::process::Errno;
use crate::process::vfs::Metadata;

pub(super) async fn run(mut t: Tool) -> i32 {
    // A mode may look like an option: `chmod -x file`.
    let is_mode = |a: &String| a.len() > 1 && a.starts_with('-') && a.chars().skip(1).all(|c| "rwxXst".contains(c));
    let dashed = t.args.iter().skip(1).position(is_mode).map(|at| t.args.remove(at + 1));
    let long = [("recursive", 'R'), ("verbose", 'v'), ("changes", 'c'), ("quiet", 'f'), ("silent", 'f'), ("reference", 'r')];
    let options = match t.options("Rvcf|r:", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut operands = options.operands.clone();
    let mode = match dashed {
        Some(mode) => mode,
        None if options.has('r') => {
            let model = options.value('r').unwrap_or("");
            match t.meta(model, true) {
                Ok(meta) => format!("{:o}", meta.mode & 0o7777),
                Err(errno) => {
                    t.complain(&format!("failed to get attributes of {}: {errno}", t.name_of(model))).await;
                    return 1;
                }
            }
        }
        None if operands.is_empty() => return t.misuse("missing operand", 1).await,
        None => operands.remove(0),
    };
    if operands.is_empty() {
        return t.misuse(&format!("missing operand after {}", t.quote(&mode)), 1).await;
    }
    let umask = t.ctx.process().umask.get();
    if super::mode::parse(&mode, 0, false, umask).is_none() {
        return if t.busybox() {
            t.complain(&format!("invalid mode '{mode}'")).await;
            1
        } else {
            t.misuse(&format!("invalid mode: {}", t.quote(&mode)), 1).await
        };
    }
    let mut status = 0;
    let mut todo: Vec<String> = operands.into_iter().rev().collect();
    while let Some(name) = todo.pop() {
        t.ctx.step().await;
        let meta = match t.meta(&name, true) {
            Ok(meta) => meta,
            Err(errno) => {
                let message = if t.busybox() { format!("{name}: {errno}") } else { format!("cannot access {}: {errno}", t.name_of(&name)) };
                if !options.has('f') {
                    t.complain(&message).await;
                }
                status = 1;
                continue;
            }
        };
        let new = super::mode::parse(&mode, meta.mode, meta.is_dir(), umask).unwrap_or(meta.mode);
        if let Err(errno) = t.vfs().change(&t.path(&name), t.who(), |inode| inode.mode = new) {
            let errno = if errno == Errno::EACCES { Errno::EPERM } else { errno };
            let message =
                if t.busybox() { format!("{name}: {errno}") } else { format!("changing permissions of {}: {errno}", t.name_of(&name)) };
            if !options.has('f') {
                t.complain(&message).await;
            }
            status = 1;
        } else if options.has('v') || (options.has('c') && new & 0o7777 != meta.mode & 0o7777) {
            let what = changed(&t, &meta, new);
            t.out(format!("mode of '{name}' {what}\n")).await;
        }
        if options.has('R') && meta.is_dir() {
            let names = t.vfs().read_dir(&t.path(&name), t.who()).unwrap_or_default();
            todo.extend(names.into_iter().rev().map(|inner| format!("{}/{inner}", name.trim_end_matches('/'))));
        }
    }
    status
}

/// What `-v` says of a mode that is `new` now.
fn changed(t: &Tool, meta: &Metadata, new: u32) -> String {
    let shown = |mode: u32| {
        let letters = super::ls::permissions(&Metadata { mode, ..meta.clone() });
        format!("{:04o} ({})", mode & 0o7777, letters.get(1..).unwrap_or(""))
    };
    match (new & 0o7777 == meta.mode & 0o7777, t.busybox()) {
        (_, true) => format!("changed to {}", shown(new)),
        (true, _) => format!("retained as {}", shown(new)),
        _ => format!("changed from {} to {}", shown(meta.mode), shown(new)),
    }
}
