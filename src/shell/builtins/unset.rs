use super::super::state::{Ran, Shell};
use super::super::syntax::is_name;
use super::super::vars::Value;

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut functions = None;
    let mut status = 0;
    for word in words.iter().skip(1) {
        match word.as_str() {
            "-f" => functions = Some(true),
            "-v" => functions = Some(false),
            "-n" | "--" => {}
            option if option.len() > 1 && option.starts_with('-') && shell.dialect.is_bash() => {
                return shell.invalid_option("unset", option, "unset [-f] [-v] [-n] [name ...]").await;
            }
            name => {
                let base = name.split('[').next().unwrap_or("");
                if functions != Some(true) && !is_name(base) {
                    if !shell.dialect.is_bash() {
                        return shell.special_error(Some("unset"), &format!("{name}: bad variable name")).await;
                    }
                    // Without -v it may name a function, and that there is none is no mistake.
                    if functions.is_some() {
                        shell.complain(Some("unset"), &format!("`{name}': not a valid identifier")).await;
                        status = 1;
                    }
                    continue;
                }
                if let Err(message) = one(shell, name, base, functions) {
                    if !shell.dialect.is_bash() {
                        let builtin = shell.dialect.is_dash().then_some("unset");
                        return shell.special_error(builtin, &message).await;
                    }
                    shell.complain(Some("unset"), &message).await;
                    status = 1;
                }
            }
        }
    }
    Ok(status)
}

fn one(shell: &mut Shell, name: &str, base: &str, functions: Option<bool>) -> Result<(), String> {
    if functions == Some(true) {
        shell.functions.remove(name);
        return Ok(());
    }
    if shell.vars.get(base).is_some_and(|v| v.readonly) {
        let message = format!("{base}: cannot unset: readonly variable");
        return Err(if shell.dialect.is_bash() { message } else { format!("{base}: is read only") });
    }
    if let Some(index) = name.strip_suffix(']').and_then(|n| n.split_once('[')).map(|(_, index)| index) {
        let mut at = shell.evaluate(index).unwrap_or(0);
        if at < 0
            && let Some(Value::Indexed(items)) = shell.vars.get(base).map(|v| &v.value)
        {
            at += items.keys().next_back().map_or(0, |last| last.saturating_add(1));
            if at < 0 {
                return Err(format!("[{index}]: bad array subscript"));
            }
        }
        match &mut shell.vars.get_mut(base).value {
            Value::Indexed(items) => drop(items.remove(&at)),
            Value::Associative(items) => drop(items.remove(index)),
            _ => {}
        }
        return Ok(());
    }
    if shell.vars.unset(base).is_none() && functions.is_none() {
        shell.functions.remove(base);
    }
    if base == "PATH" {
        shell.hashed.clear();
    }
    Ok(())
}
