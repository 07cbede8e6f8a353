use super::copy::{base, destination};
use super::tool::Tool;

pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("symbolic", 's'),
        ("force", 'f'),
        ("verbose", 'v'),
        ("no-dereference", 'n'),
        ("no-target-directory", 'T'),
        ("relative", 'r'),
        ("target-directory", 't'),
    ];
    let options = match t.options("sfvnTrt:", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut sources = options.operands.clone();
    let target = match options.value('t').map(str::to_owned).or_else(|| sources.pop()) {
        None => return t.misuse("missing file operand", 1).await,
        Some(only) if sources.is_empty() => {
            sources.push(only.clone());
            if t.busybox() { base(&only).to_owned() } else { format!("./{}", base(&only)) }
        }
        Some(target) => target,
    };
    let mut status = 0;
    if sources.len() > 1 && !t.is_dir(&target) && !t.busybox() {
        let errno = if t.meta(&target, true).is_ok() { crate::process::Errno::ENOTDIR } else { crate::process::Errno::ENOENT };
        t.complain(&format!("target {}: {errno}", t.name_of(&target))).await;
        return 1;
    }
    for source in &sources {
        let link = options.has('n') && t.meta(&target, false).is_ok_and(|m| m.is_symlink());
        let to = if options.has('T') || link { target.clone() } else { destination(&t, source, &target) };
        if options.has('f') {
            let _ = t.vfs().remove_file(&t.path(&to), t.ctx.now(), t.who());
        }
        if !options.has('s') && !t.busybox() && t.is_dir(source) {
            t.complain(&format!("{source}: hard link not allowed for directory")).await;
            status = 1;
            continue;
        }
        let text = if options.has('r') { relative(&t.path(source), &t.path(&to)) } else { source.clone() };
        let result = match options.has('s') {
            true => t.vfs().symlink(&text, &t.path(&to), t.ctx.now(), t.who()),
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
            let arrow = if options.has('s') { "->" } else { "=>" };
            t.out(format!("{} {arrow} {}\n", t.name_of(&to), t.name_of(&text))).await;
        }
    }
    status
}

/// The way to `path` from the directory of the link `from`, both absolute.
pub(super) fn relative(path: &str, from: &str) -> String {
    let parts = |path: &str| path.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (to, mut from) = (parts(path), parts(from));
    from.pop();
    let common = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let mut way: Vec<String> = from.iter().skip(common).map(|_| "..".to_owned()).collect();
    way.extend(to.into_iter().skip(common));
    if way.is_empty() { ".".into() } else { way.join("/") }
}

/// `link FILE1 FILE2` and `unlink FILE`: the plain system calls.
pub(super) async fn plain(t: Tool) -> i32 {
    let options = match t.options("", &[], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let wanted = if t.name == "link" { 2 } else { 1 };
    if let Err(status) = t.extra(&options.operands, wanted).await {
        return status;
    }
    let (from, to) = match options.operands.as_slice() {
        [only] if wanted == 1 => (only, only),
        [from, to] => (from, to),
        [only] => return t.misuse(&format!("missing operand after {}", t.quote(only)), 1).await,
        _ => return t.misuse("missing operand", 1).await,
    };
    let (result, what) = match wanted {
        1 => (t.vfs().remove_file(&t.path(from), t.ctx.now(), t.who()), format!("cannot unlink {}", t.name_of(from))),
        _ => (
            t.vfs().hard_link(&t.path(from), &t.path(to), t.ctx.now(), t.who()),
            format!("cannot create link {} to {}", t.name_of(to), t.name_of(from)),
        ),
    };
    match result {
        Ok(()) => 0,
        Err(errno) => {
            t.complain(&format!("{what}: {errno}")).await;
            1
        }
    }
}
