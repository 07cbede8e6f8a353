use super::super::quote;
use super::super::state::{Ran, Shell};
use super::super::syntax::is_name;
use super::Argument;

pub(super) async fn run(shell: &mut Shell, arguments: Vec<Argument>) -> Ran {
    mark(shell, "export", arguments).await
}

/// `export` and `readonly`.
pub(super) async fn mark(shell: &mut Shell, builtin: &str, arguments: Vec<Argument>) -> Ran {
    let mut remove = false;
    let mut rest = Vec::new();
    for argument in arguments.into_iter().skip(1) {
        match argument.text().as_str() {
            "-n" if rest.is_empty() => remove = true,
            "-p" | "--" | "-a" | "-A" if rest.is_empty() => {}
            "-f" if rest.is_empty() => return Ok(0),
            option if rest.is_empty() && option.len() > 1 && option.starts_with('-') => {
                let usage = match builtin {
                    "export" => "export [-fn] [name[=value] ...] or export -p",
                    _ => "readonly [-aAf] [name[=value] ...] or readonly -p",
                };
                if !shell.dialect.is_bash() {
                    return shell.special_error(Some(builtin), &format!("Illegal option {option}")).await;
                }
                return shell.invalid_option(builtin, option, usage).await;
            }
            _ => rest.push(argument),
        }
    }
    if rest.is_empty() {
        return list(shell, builtin).await;
    }
    let mut status = 0;
    for argument in rest {
        let argument = super::declare::split(&argument);
        let name = match &argument {
            Argument::Text(text) => text.clone(),
            Argument::Assignment { name, .. } => name.clone(),
        };
        if !is_name(&name) {
            if !shell.dialect.is_bash() {
                let name = name.split('=').next().unwrap_or("");
                return shell.special_error(Some(builtin), &format!("{name}: bad variable name")).await;
            }
            shell.complain(Some(builtin), &format!("`{}': not a valid identifier", argument.text())).await;
            status = 1;
            continue;
        }
        if let Err(message) = shell.assign(&argument) {
            if !shell.dialect.is_bash() {
                return shell.special_error(None, &format!("{builtin}: {message}")).await;
            }
            shell.complain(None, &message).await;
            status = 1;
            continue;
        }
        let var = shell.vars.get_mut(&name);
        if builtin == "export" {
            var.exported = !remove;
        } else {
            var.readonly = true;
        }
    }
    Ok(status)
}

async fn list(shell: &mut Shell, builtin: &str) -> Ran {
    let mut text = String::new();
    for (name, var) in shell.vars.iter() {
        if !(if builtin == "export" { var.exported } else { var.readonly }) {
            continue;
        }
        if shell.dialect.is_bash() {
            text.push_str(&super::declare::line(name, var));
        } else {
            let value = var.text().map_or(String::new(), |v| format!("={}", quote::single(v)));
            text.push_str(&format!("{builtin} {name}{value}\n"));
        }
    }
    Ok(shell.out(builtin, &text).await)
}
