use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut rest = words.into_iter().skip(1).peekable();
    let mut describe = None;
    while let Some(word) = rest.peek() {
        match word.as_str() {
            "-v" | "-V" => describe = Some(word.clone()),
            "-p" => {}
            "--" => {
                rest.next();
                break;
            }
            option if option.len() > 1 && option.starts_with('-') && shell.dialect.is_bash() => {
                return shell.invalid_option("command", option, "command [-pVv] command [arg ...]").await;
            }
            _ => break,
        }
        rest.next();
    }
    let words: Vec<String> = rest.collect();
    match describe.as_deref() {
        Some("-v") => super::type_::brief(shell, words).await,
        Some(_) => super::type_::describe_all(shell, &words, "command").await,
        None if words.is_empty() => Ok(0),
        None => shell.run_without_functions(words).await,
    }
}

/// `builtin`
pub(super) async fn builtin(shell: &mut Shell, words: Vec<String>) -> Ran {
    let words: Vec<String> = words.into_iter().skip(1).collect();
    let Some(name) = words.first() else { return Ok(0) };
    if super::find(name, shell.dialect).is_none() {
        shell.complain(Some("builtin"), &format!("{name}: not a shell builtin")).await;
        return Ok(1);
    }
    shell.run_without_functions(words).await
}
