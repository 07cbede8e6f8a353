use super::super::dialect::Dialect;
use super::super::state::{Flow, Ran, Shell};
use crate::process::{Errno, OpenOptions};

/// A sourced file is no longer than this.
const LIMIT_BYTES: usize = 4 << 20;

/// `.` and `source`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let builtin = words.first().cloned().unwrap_or_default();
    let words: Vec<String> = words.into_iter().skip(1).skip_while(|w| w == "--").collect();
    let Some(name) = words.first().cloned() else {
        if !shell.dialect.is_bash() {
            return if shell.dialect.is_dash() { Ok(0) } else { shell.special_error(Some(&builtin), "filename argument required").await };
        }
        let usage = format!("{builtin} filename [arguments]");
        return Ok(shell.misuse(&builtin, Some("filename argument required"), &usage).await);
    };
    let path = locate(shell, &name);
    let text = match &path {
        Some(path) => read(shell, path).await,
        None => Err(Errno::ENOENT),
    };
    let text = match text {
        Ok(text) => text,
        Err(errno) => {
            let message = match (shell.dialect, name.contains('/')) {
                (Dialect::Bash, _) if errno == Errno::EISDIR => format!("{name}: is a directory"),
                (Dialect::Bash, _) => format!("{name}: {errno}"),
                (Dialect::Dash, true) if errno == Errno::ENOENT => format!("cannot open {name}: No such file"),
                (Dialect::Dash, true) => format!("cannot open {name}: {errno}"),
                (Dialect::Ash, true) => format!("can't open '{name}': {errno}"),
                (_, false) => format!("{name}: not found"),
            };
            let told = !shell.dialect.is_bash() || errno == Errno::EISDIR;
            shell.complain(told.then_some(builtin.as_str()), &message).await;
            return if shell.dialect.is_bash() { Ok(1) } else { Err(Flow::Abandon(2)) };
        }
    };
    if shell.is_deep() {
        let message = format!("{builtin}: maximum source nesting level exceeded ({})", shell.sourcing);
        return Err(shell.abandon(&message, 1).await);
    }
    let arguments: Vec<String> = words.into_iter().skip(1).collect();
    let saved = (!arguments.is_empty()).then(|| std::mem::replace(&mut shell.positional, arguments));
    let result = shell.source(&name, &text).await;
    if let Some(saved) = saved {
        shell.positional = saved;
    }
    result
}

/// A name without a slash is looked for in `PATH`, by bash then in the working directory.
fn locate(shell: &Shell, name: &str) -> Option<String> {
    if name.contains('/') {
        return Some(name.to_owned());
    }
    shell.candidates(name).into_iter().next().or_else(|| shell.dialect.is_bash().then(|| name.to_owned()))
}

async fn read(shell: &Shell, path: &str) -> Result<String, Errno> {
    if let Some(fd) = super::super::exec_descriptor(path) {
        return Ok(String::from_utf8_lossy(&shell.ctx.read_to_end(fd, LIMIT_BYTES).await?).into_owned());
    }
    let file = shell.ctx.open_file(path, OpenOptions::READ)?;
    let mut bytes = Vec::new();
    while bytes.len() < LIMIT_BYTES {
        let chunk = crate::process::read_file(&file, 64 * 1024).await?;
        if chunk.is_empty() {
            break;
        }
        bytes.extend(chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
