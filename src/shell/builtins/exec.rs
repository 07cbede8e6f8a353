use super::super::exec::KEEP;
use super::super::state::{Flow, Ran, Shell};
use super::Options;

const USAGE: &str = "exec [-cl] [-a name] [command [argument ...]] [redirection ...]";

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let options = if shell.dialect.is_bash() {
        match shell.options(&words, "cla:", USAGE).await {
            Ok(options) => options,
            Err(status) => return Ok(status),
        }
    } else {
        Options { operands: words.into_iter().skip(1).skip_while(|w| w == "--").collect(), ..Options::default() }
    };
    let Some(name) = options.operands.first().cloned() else { return Ok(KEEP) };
    match shell.find_command(&name) {
        Ok(path) => {
            let mut words = options.operands.clone();
            let shown = options.value('a').unwrap_or(&name);
            words.splice(..1, [if options.has('l') { format!("-{shown}") } else { shown.to_owned() }]);
            let env = if options.has('c') { Default::default() } else { shell.environment(&path) };
            let status = shell.exec_path(&name, &path, words, env).await?;
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
            if shell.dialect.is_bash() && shell.interactive() { Ok(status) } else { Err(Flow::Exit(status)) }
        }
    }
}
