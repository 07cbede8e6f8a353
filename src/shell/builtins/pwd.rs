use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let physical = words.iter().skip(1).any(|w| w == "-P");
    let mut path = shell.var("PWD").unwrap_or_else(|| shell.ctx.cwd());
    if physical && let Ok(real) = shell.ctx.vfs().canonicalize(&path, shell.ctx.credentials()) {
        path = real;
    }
    Ok(shell.out("pwd", &format!("{path}\n")).await)
}
