use super::tool::Tool;
use crate::process::{Errno, OpenOptions};

pub(super) async fn run(t: Tool) -> i32 {
    let long = [("no-create", 'c'), ("date", 'd'), ("reference", 'r')];
    let options = match t.options("camd:r:t:", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return t.misuse("missing file operand", 1).await;
    }
    let mut status = 0;
    for name in &options.operands {
        let now = t.ctx.now();
        let result = match t.meta(name, true) {
            Ok(_) => t
                .vfs()
                .access(&t.path(name), 2, t.who())
                .and_then(|()| t.vfs().change(&t.path(name), t.who(), |inode| inode.modified = now)),
            Err(Errno::ENOENT) if options.has('c') => Ok(()),
            Err(Errno::ENOENT) => {
                let options = OpenOptions { truncate: false, ..OpenOptions::WRITE };
                t.ctx.open_file(name, options).map(drop)
            }
            Err(errno) => Err(errno),
        };
        if let Err(errno) = result {
            let message = if t.busybox() { format!("{name}: {errno}") } else { format!("cannot touch {}: {errno}", t.name_of(name)) };
            t.complain(&message).await;
            status = 1;
        }
    }
    status
}
