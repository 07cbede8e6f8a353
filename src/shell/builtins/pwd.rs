use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    if let Some(option) = words.get(1).filter(|w| w.len() > 1 && w.starts_with('-') && shell.dialect.is_bash())
        && option.trim_start_matches('-').contains(|c| !matches!(c, 'L' | 'P'))
    {
        return shell.invalid_option("pwd", option, "pwd [-LP]").await;
    }
    let physical = words.iter().skip(1).any(|w| w == "-P");
    let mut path = shell.var("PWD").unwrap_or_else(|| shell.ctx.cwd());
    if physical && let Ok(real) = shell.ctx.vfs().canonicalize(&path, shell.ctx.credentials()) {
        path = real;
    }
    Ok(shell.out("pwd", &format!("{path}\n")).await)
}
