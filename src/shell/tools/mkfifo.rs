use super::tool::Tool;

/// `mkfifo`, and `mknod` for a named pipe.
pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("m:", &[("mode", 'm')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut names = options.operands.clone();
    if t.name == "mknod" {
        match names.get(1).map(String::as_str) {
            Some("p") => names.truncate(1),
            Some("b" | "c" | "u") => {
                t.complain(&format!("{}: Operation not permitted", names.first().map_or("", String::as_str))).await;
                return 1;
            }
            Some(kind) => return t.misuse(&format!("invalid device type {}", t.quote(kind)), 1).await,
            None => names.clear(),
        }
    }
    if names.is_empty() {
        return t.misuse("missing operand", 1).await;
    }
    let umask = t.ctx.process().umask.get();
    let Some(mode) = options.value('m').map_or(Some(0o666 & !umask), |text| super::mode::parse(text, 0o666, false, umask)) else {
        t.complain("invalid mode").await;
        return 1;
    };
    let mut status = 0;
    for name in &names {
        if let Err(errno) = t.vfs().make_fifo(&t.path(name), mode, t.ctx.now(), t.who()) {
            let message = match (t.busybox(), t.name) {
                (true, _) => format!("{name}: {errno}"),
                (_, "mknod") => format!("{name}: {errno}"),
                _ => format!("cannot create fifo {}: {errno}", t.name_of(name)),
            };
            t.complain(&message).await;
            status = 1;
        }
    }
    status
}
