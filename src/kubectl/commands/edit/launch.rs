//! The editor as another process: `$KUBE_EDITOR`, `$EDITOR`, or vi, on a file in /tmp.

use crate::kubectl::command::Cmd;
use crate::kubectl::error::Fail;
use crate::kubectl::kubeconfig::errno_text;
use crate::kubectl::printers::gofmt::quote;
use crate::process::Spawn;

/// What the editor left.
pub struct Edited {
    pub text: String,
    pub path: String,
}

/// The editor's words: split at spaces, or given to a shell where they are quoted.
fn editor(cmd: &Cmd) -> Vec<String> {
    let set = |name: &str| cmd.ctx.env(name).filter(|value| !value.is_empty());
    let editor = set("KUBE_EDITOR").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".into());
    if editor.contains(' ') && editor.contains(['"', '\'', '\\']) {
        return vec![set("SHELL").unwrap_or_else(|| "/bin/bash".into()), "-c".into(), editor];
    }
    editor.split(' ').map(str::to_owned).collect()
}

/// Writes `text` into a new file and lets the editor change it.
pub async fn launch(cmd: &Cmd, text: &str, extension: &str) -> Result<Edited, Fail> {
    let folder = cmd.ctx.env("TMPDIR").unwrap_or_else(|| "/tmp".into());
    let path = format!("{folder}/kubectl-edit-{}{extension}", cmd.client.sim().rng().below(4_000_000_000));
    let failed = |e: crate::process::Errno| Fail::Text(format!("open {path}: {}", errno_text(e)));
    cmd.ctx.vfs().create_dir_all(&folder).map_err(failed)?;
    write(cmd, &path, text).await.map_err(failed)?;
    let mut argv = editor(cmd);
    let shown = argv.join(" ");
    // A quoted editor gets the file as a word of its own line.
    match argv.last_mut() {
        Some(line) if shown.contains(" -c ") => *line = format!("{line} {}", quote(&path)),
        _ => argv.push(path.clone()),
    }
    let Ok(child) = cmd.ctx.spawn(Spawn::new(argv)) else {
        remove(cmd, &path);
        return Err(Fail::Text(format!("unable to launch the editor {}", quote(&shown))));
    };
    if child.wait().await.code() != 0 {
        return Err(Fail::Text(format!("there was a problem with the editor {}", quote(&shown))));
    }
    let text = cmd.ctx.vfs().read_file(&path).map_err(failed)?;
    Ok(Edited { text: String::from_utf8_lossy(&text).into_owned(), path })
}

async fn write(cmd: &Cmd, path: &str, text: &str) -> Result<(), crate::process::Errno> {
    let file = cmd.ctx.open_file(path, crate::process::OpenOptions::WRITE)?;
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let n = std::future::poll_fn(|cx| file.poll_write(cx, rest)).await?;
        rest = rest.get(n..).unwrap_or_default();
    }
    Ok(())
}

/// Removes the file; what is gone already is no matter.
pub fn remove(cmd: &Cmd, path: &str) {
    let _ = cmd.ctx.vfs().remove_file(path, cmd.ctx.now(), cmd.ctx.credentials());
}
