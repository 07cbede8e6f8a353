use super::options::Options;
use super::tool::Tool;
use crate::process::Errno;
use crate::sim::LocalBoxFuture;

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("recursive", 'r'),
        ("force", 'f'),
        ("interactive", 'i'),
        ("verbose", 'v'),
        ("dir", 'd'),
        ("preserve-root", 'P'),
        ("no-preserve-root", 'N'),
    ];
    let options = match t.options("rRfivdI", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        if options.has('f') {
            return 0;
        }
        return if t.busybox() { t.hint(1).await } else { t.misuse("missing operand", 1).await };
    }
    let recursive = options.has('r') || options.has('R');
    let count = options.operands.len();
    if options.has('I') && !options.has('f') && (count > 3 || recursive) {
        let arguments = if count == 1 { "argument" } else { "arguments" };
        t.ctx.eprint(&format!("rm: remove {count} {arguments}{}? ", if recursive { " recursively" } else { "" })).await;
        if !t.agreed().await {
            return 0;
        }
    }
    let mut status = 0;
    for name in &options.operands {
        let base = name.trim_end_matches('/').rsplit('/').next().unwrap_or("");
        if matches!(base, "." | "..") && !recursive && !t.busybox() {
            failed(&t, name, "Is a directory").await;
            status = 1;
            continue;
        }
        if matches!(base, "." | "..") {
            t.complain(&format!("refusing to remove '.' or '..' directory: skipping {}", t.name_of(name))).await;
            status = 1;
            continue;
        }
        if name.starts_with('/') && name.trim_matches('/').is_empty() && !options.has('N') {
            t.complain("it is dangerous to operate recursively on '/'").await;
            t.complain("use --no-preserve-root to override this failsafe").await;
            status = 1;
            continue;
        }
        if !remove(&t, name, &options).await {
            status = 1;
        }
    }
    status
}

async fn failed(t: &Tool, name: &str, why: &str) -> bool {
    let message = match (t.busybox(), why) {
        (true, "Is a directory") => format!("'{name}' is a directory"),
        (true, _) => format!("can't remove '{name}': {why}"),
        _ => format!("cannot remove {}: {why}", t.name_of(name)),
    };
    t.complain(&message).await;
    false
}

async fn confirmed(t: &Tool, name: &str, what: &str) -> bool {
    let question = if t.busybox() { format!("rm: remove '{name}'? ") } else { format!("rm: remove {what} '{name}'? ") };
    t.ctx.eprint(&question).await;
    t.agreed().await
}

fn remove<'a>(t: &'a Tool, name: &'a str, options: &'a Options) -> LocalBoxFuture<'a, bool> {
    Box::pin(async move {
        t.ctx.step().await;
        let recursive = options.has('r') || options.has('R');
        let meta = match t.meta(name, false) {
            Ok(meta) => meta,
            Err(Errno::ENOENT | Errno::ENOTDIR) if options.has('f') => return true,
            Err(errno) => return failed(t, name, &errno.to_string()).await,
        };
        if !meta.is_dir() {
            let what = match (meta.type_letter, meta.size) {
                ('p', _) => "fifo",
                (_, 0) => "regular empty file",
                _ => "regular file",
            };
            if options.has('i') && !confirmed(t, name, what).await {
                return true;
            }
            if let Err(errno) = t.vfs().remove_file(&t.path(name), t.ctx.now(), t.who()) {
                return failed(t, name, &errno.to_string()).await;
            }
            said(t, name, "removed", options).await;
            return true;
        }
        if !recursive && !options.has('d') {
            return failed(t, name, "Is a directory").await;
        }
        let mut clean = true;
        if recursive {
            let names = match t.vfs().read_dir(&t.path(name), t.who()) {
                Ok(names) => names,
                Err(errno) => return failed(t, name, &errno.to_string()).await,
            };
            for inner in names {
                let inner = format!("{}/{inner}", name.trim_end_matches('/'));
                clean &= remove(t, &inner, options).await;
            }
        }
        if !clean || (options.has('i') && !confirmed(t, name, "directory").await) {
            return clean;
        }
        if let Err(errno) = t.vfs().remove_dir(&t.path(name.trim_end_matches('/')), t.ctx.now(), t.who()) {
            return failed(t, name, &errno.to_string()).await;
        }
        said(t, name, "removed directory", options).await;
        true
    })
}

async fn said(t: &Tool, name: &str, what: &str, options: &Options) {
    if options.has('v') {
        t.out(format!("{what} {}\n", t.name_of(name))).await;
    }
}
