use super::super::format::{self, Flavor};
use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut rest = words.get(1..).unwrap_or(&[]);
    let mut variable = None;
    let usage = "printf [-v var] format [arguments]";
    if shell.dialect.is_bash() {
        match rest.first().map(String::as_str) {
            Some("-v") => {
                let Some(name) = rest.get(1) else {
                    return Ok(shell.misuse("printf", Some("-v: option requires an argument"), usage).await);
                };
                variable = Some(name.clone());
                rest = rest.get(2..).unwrap_or(&[]);
            }
            Some("--") => rest = rest.get(1..).unwrap_or(&[]),
            _ => {}
        }
    }
    let Some((template, arguments)) = rest.split_first() else {
        return match shell.dialect {
            super::super::dialect::Dialect::Bash => Ok(shell.misuse("printf", None, usage).await),
            super::super::dialect::Dialect::Dash => shell.special_error(Some("printf"), "usage: printf format [arg ...]").await,
            super::super::dialect::Dialect::Ash => {
                shell.ctx.eprint("printf: usage: printf FORMAT [ARG]...\n").await;
                Ok(1)
            }
        };
    };
    let flavor = match shell.dialect {
        super::super::dialect::Dialect::Bash => Flavor::Bash,
        super::super::dialect::Dialect::Dash => Flavor::Dash,
        super::super::dialect::Dialect::Ash => Flavor::Busybox,
    };
    let result = format::printf(template, arguments, flavor);
    let mut status = i32::from(!result.complaints.is_empty());
    match variable {
        Some(name) => {
            let text = String::from_utf8_lossy(&result.output).into_owned();
            let (name, index) = match name.strip_suffix(']').and_then(|n| n.split_once('[')) {
                Some((name, index)) => (name.to_owned(), Some(index.to_owned())),
                None => (name, None),
            };
            if let Err(message) = shell.set_var(&name, index.as_deref(), &text) {
                shell.complain(Some("printf"), &message).await;
                status = 1;
            }
        }
        None => {
            if let Err(errno) = shell.ctx.write(1, &result.output).await {
                shell.complain(Some("printf"), &format!("write error: {errno}")).await;
                status = 1;
            }
        }
    }
    for complaint in result.complaints {
        if shell.dialect.is_ash() {
            shell.ctx.eprint(&format!("sh: {complaint}\n")).await;
        } else {
            shell.complain(Some("printf"), &complaint).await;
        }
    }
    Ok(status)
}
