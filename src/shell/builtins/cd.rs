use super::super::state::{Ran, Shell};
use crate::process::vfs::normalize;

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut physical = false;
    let mut operands = Vec::new();
    for word in words.iter().skip(1) {
        match word.as_str() {
            "-P" if operands.is_empty() => physical = true,
            "-L" | "--" if operands.is_empty() => {}
            option if option.len() > 1 && option.starts_with('-') && operands.is_empty() => {
                if shell.dialect.is_bash() {
                    return shell.invalid_option("cd", option, "cd [-L|[-P [-e]] [-@]] [dir]").await;
                }
                return shell.special_error(None, &format!("cd: Illegal option {option}")).await;
            }
            operand => operands.push(operand),
        }
    }
    if operands.len() > 1 && shell.dialect.is_bash() {
        shell.complain(Some("cd"), "too many arguments").await;
        return Ok(1);
    }
    let mut show = false;
    let target = match operands.first().copied() {
        None => match shell.var("HOME") {
            Some(home) => home,
            None => return not_set(shell, "HOME").await,
        },
        Some("-") => {
            show = true;
            match shell.var("OLDPWD") {
                Some(old) => old,
                None if shell.dialect.is_bash() => return not_set(shell, "OLDPWD").await,
                None => shell.ctx.cwd(),
            }
        }
        Some(target) => target.to_owned(),
    };
    go(shell, &target, show, physical).await
}

async fn not_set(shell: &mut Shell, name: &str) -> Ran {
    shell.complain(Some("cd"), &format!("{name} not set")).await;
    Ok(1)
}

/// Changes the directory and the variables that tell it.
pub(super) async fn go(shell: &mut Shell, target: &str, show: bool, physical: bool) -> Ran {
    let old = shell.var("PWD").unwrap_or_else(|| shell.ctx.cwd());
    if target.is_empty() && shell.dialect.is_bash() && show {
        return Ok(shell.out("cd", "\n").await);
    }
    let mut path = normalize(&old, target);
    let mut shown = show;
    if !target.starts_with(['/', '.'])
        && let Some(found) = search(shell, target)
    {
        shown = shown || found != path;
        path = found;
    }
    let trailing = if target.is_empty() { old.clone() } else { path.clone() };
    let checked = if target.ends_with('/') && trailing != "/" { format!("{trailing}/") } else { trailing.clone() };
    if let Err(errno) = shell.ctx.chdir(&checked) {
        let message = match shell.dialect {
            super::super::dialect::Dialect::Bash => format!("{target}: {errno}"),
            super::super::dialect::Dialect::Dash => format!("can't cd to {target}"),
            super::super::dialect::Dialect::Ash => format!("can't cd to {target}: {errno}"),
        };
        shell.complain(Some("cd"), &message).await;
        return Ok(if shell.dialect.is_bash() { 1 } else { 2 });
    }
    let mut path = trailing;
    if physical && let Ok(real) = shell.ctx.vfs().canonicalize(&path, shell.ctx.credentials()) {
        path = real;
    }
    let _ = shell.ctx.chdir(&path);
    shell.set_own("OLDPWD", &old);
    shell.set_own("PWD", &path);
    for name in ["PWD", "OLDPWD"] {
        shell.vars.get_mut(name).exported = true;
    }
    if shown {
        shell.out("cd", &format!("{path}\n")).await;
    }
    Ok(0)
}

/// The directory that `CDPATH` gives for a relative name.
fn search(shell: &Shell, target: &str) -> Option<String> {
    let cdpath = shell.var("CDPATH")?;
    cdpath.split(':').find_map(|base| {
        let path = normalize(&shell.ctx.cwd(), &format!("{base}/{target}"));
        let is_dir = shell.ctx.vfs().metadata(&path, true, shell.ctx.credentials()).is_ok_and(|m| m.is_dir());
        is_dir.then_some(path)
    })
}
