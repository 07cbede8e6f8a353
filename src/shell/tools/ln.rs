use super::copy::{base, destination};
use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let long = [("symbolic", 's'), ("force", 'f'), ("verbose", 'v'), ("no-dereference", 'n'), ("no-target-directory", 'T')];
    let options = match t.options("sfvnT", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut sources = options.operands.clone();
    let target = match sources.pop() {
        None => return t.misuse("missing file operand", 1).await,
        Some(only) if sources.is_empty() => {
            sources.push(only.clone());
            base(&only).to_owned()
        }
        Some(target) => target,
    };
    let mut status = 0;
    for source in &sources {
        let link = options.has('n') && t.meta(&target, false).is_ok_and(|m| m.is_symlink());
        let to = if options.has('T') || link { target.clone() } else { destination(&t, source, &target) };
        if options.has('f') {
            let _ = t.vfs().remove_file(&t.path(&to), t.ctx.now(), t.who());
        }
        let result = match options.has('s') {
            true => t.vfs().symlink(source, &t.path(&to), t.ctx.now(), t.who()),
            false => t.vfs().hard_link(&t.path(source), &t.path(&to), t.ctx.now(), t.who()),
        };
        if let Err(errno) = result {
            let kind = if options.has('s') { "symbolic" } else { "hard" };
            let message = match t.busybox() {
                true if errno == crate::process::Errno::ENOENT && !options.has('s') => format!("{source}: {errno}"),
                true => format!("{to}: {errno}"),
                false if !options.has('s') && errno == crate::process::Errno::ENOENT => {
                    format!("failed to access {}: {errno}", t.name_of(source))
                }
                false => format!("failed to create {kind} link {}: {errno}", t.name_of(&to)),
            };
            t.complain(&message).await;
            status = 1;
        } else if options.has('v') {
            t.out(format!("{} -> {}\n", t.name_of(&to), t.name_of(source))).await;
        }
    }
    status
}
