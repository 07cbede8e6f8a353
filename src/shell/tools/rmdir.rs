use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let long = [("parents", 'p'), ("verbose", 'v'), ("ignore-fail-on-non-empty", 'I')];
    let options = match t.options("pvI", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return t.misuse("missing operand", 1).await;
    }
    let mut status = 0;
    for name in &options.operands {
        let mut path = name.trim_end_matches('/').to_owned();
        loop {
            if options.has('v') && !t.busybox() {
                t.out(format!("rmdir: removing directory, {}\n", t.name_of(&path))).await;
            }
            if let Err(errno) = t.vfs().remove_dir(&t.path(&path), t.ctx.now(), t.who()) {
                if !(options.has('I') && errno == crate::process::Errno::ENOTEMPTY) {
                    let message =
                        if t.busybox() { format!("'{path}': {errno}") } else { format!("failed to remove {}: {errno}", t.name_of(&path)) };
                    t.complain(&message).await;
                    status = 1;
                }
                break;
            }
            match path.rsplit_once('/') {
                Some((parent, _)) if options.has('p') && !parent.is_empty() => path = parent.to_owned(),
                _ => break,
            }
        }
    }
    status
}
