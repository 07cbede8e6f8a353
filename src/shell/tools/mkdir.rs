use super::tool::Tool;
use crate::process::Errno;

pub(super) async fn run(t: Tool) -> i32 {
    let options = match t.options("pm:v", &[("parents", 'p'), ("mode", 'm'), ("verbose", 'v')], 1).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return if t.busybox() { t.hint(1).await } else { t.misuse("missing operand", 1).await };
    }
    let umask = t.ctx.process().umask.get();
    let mode = match options.value('m') {
        None => 0o777 & !umask,
        Some(text) => match super::mode::parse(text, 0o777, true, umask) {
            Some(mode) => mode,
            None => {
                t.complain(&format!("invalid mode {}", t.quote(text))).await;
                return 1;
            }
        },
    };
    let mut status = 0;
    for name in &options.operands {
        if let Err((at, errno)) = make(&t, name, mode, options.has('p'), options.has('v')).await {
            let message = match t.busybox() {
                true => format!("can't create directory '{at}': {errno}"),
                false => format!("cannot create directory {}: {errno}", t.quote(&at)),
            };
            t.complain(&message).await;
            status = 1;
        }
    }
    status
}

async fn make(t: &Tool, name: &str, mode: u32, parents: bool, verbose: bool) -> Result<(), (String, Errno)> {
    let mut todo = vec![name.to_owned()];
    if parents {
        let trimmed = name.trim_end_matches('/');
        let cuts = trimmed.char_indices().filter(|(i, c)| *c == '/' && *i > 0).map(|(i, _)| trimmed.get(..i).unwrap_or("").to_owned());
        todo = cuts.chain([trimmed.to_owned()]).collect();
    }
    let last = todo.len() - 1;
    for (i, part) in todo.into_iter().enumerate() {
        if parents && t.is_dir(&part) {
            continue;
        }
        let mode = if i == last { mode } else { 0o777 & !t.ctx.process().umask.get() };
        t.vfs().create_dir(&t.path(part.trim_end_matches('/')), mode, t.ctx.now(), t.who()).map_err(|errno| (part.clone(), errno))?;
        if verbose {
            let created =
                if t.busybox() { format!("created directory: '{part}'") } else { format!("mkdir: created directory {}", t.name_of(&part)) };
            t.out(format!("{created}\n")).await;
        }
    }
    Ok(())
}
