use super::tool::Tool;
use crate::process::Errno;
use crate::process::vfs::normalize;

/// `readlink` and `realpath`
pub(super) async fn run(t: Tool) -> i32 {
    let long = [
        ("canonicalize", 'f'),
        ("canonicalize-existing", 'e'),
        ("canonicalize-missing", 'm'),
        ("no-newline", 'n'),
        ("strip", 's'),
        ("no-symlinks", 's'),
        ("relative-to", 'r'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("zero", 'z'),
    ];
    let options = match t.options("femnsqz|r:", &long, 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return t.misuse("missing operand", 1).await;
    }
    let canonical = t.name == "realpath" || options.has('f') || options.has('e') || options.has('m');
    let end = match (options.has('n'), options.has('z')) {
        (true, _) => "",
        (_, true) => "\0",
        _ => "\n",
    };
    let mut status = 0;
    for name in &options.operands {
        let found = if !canonical {
            t.vfs().read_link(&t.path(name), t.who())
        } else if options.has('s') || options.has('m') {
            Ok(normalize(&t.ctx.cwd(), name))
        } else {
            real(&t, name, options.has('e'))
        };
        match found {
            Ok(path) => {
                let path = match options.value('r') {
                    Some(from) => super::ln::relative(&path, &format!("{}/x", real(&t, from, false).unwrap_or_default())),
                    None => path,
                };
                t.out(format!("{path}{}", end)).await;
            }
            Err(errno) => {
                if t.name == "realpath" && !options.has('q') {
                    t.complain(&format!("{name}: {errno}")).await;
                }
                status = 1;
            }
        }
    }
    status
}

/// The real path; its last part need not exist.
fn real(t: &Tool, name: &str, must_exist: bool) -> Result<String, Errno> {
    match t.vfs().canonicalize(&t.path(name), t.who()) {
        Err(Errno::ENOENT) if !must_exist => {
            let full = normalize(&t.ctx.cwd(), name);
            let (parent, last) = full.rsplit_once('/').ok_or(Errno::ENOENT)?;
            let parent = t.vfs().canonicalize(if parent.is_empty() { "/" } else { parent }, t.who())?;
            Ok(format!("{}/{last}", parent.trim_end_matches('/')))
        }
        result => result,
    }
}
