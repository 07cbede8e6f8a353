use super::super::exec::KEEP;
use super::super::state::{Flow, Origin, Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let words: Vec<String> = words.into_iter().skip(1).skip_while(|w| w == "--").collect();
    let Some(name) = words.first().cloned() else { return Ok(KEEP) };
    if shell.dialect.is_bash() && name.starts_with('-') && name.len() > 1 {
        shell.complain(Some("exec"), &format!("{}: invalid option", name.chars().take(2).collect::<String>())).await;
        shell.ctx.eprint("exec: usage: exec [-cl] [-a name] [command [argument ...]] [redirection ...]\n").await;
        return Ok(2);
    }
    match shell.find_command(&name) {
        Ok(path) => {
            let status = shell.exec_path(&name, &path, words).await?;
            shell.traps.clear();
            Err(Flow::Exit(status))
        }
        Err(error) => {
            let message = if name.contains('/') { error.message } else { format!("{name}: not found") };
            let status = error.status;
            if shell.dialect.is_ash() {
                let text = format!("{}: exec: line {}: {message}\n", shell.name, shell.line);
                shell.ctx.eprint(&text).await;
            } else {
                shell.complain(Some("exec"), &message).await;
            }
            let stays = shell.dialect.is_bash() && shell.origin == Origin::Interactive && shell.subshell == 0;
            if stays { Ok(status) } else { Err(Flow::Exit(status)) }
        }
    }
}
