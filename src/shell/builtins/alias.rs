use super::super::quote;
use super::super::state::{Ran, Shell};

fn line(shell: &Shell, name: &str, value: &str) -> String {
    let lead = if shell.dialect.is_bash() { "alias " } else { "" };
    format!("{lead}{name}={}\n", quote::single(value))
}

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let arguments: Vec<&String> = words.iter().skip(1).filter(|w| *w != "-p").collect();
    if arguments.is_empty() {
        let lines: String = shell.aliases.iter().map(|(name, value)| line(shell, name, value)).collect();
        return Ok(shell.out("alias", &lines).await);
    }
    let mut status = 0;
    for word in arguments {
        if let Some((name, value)) = word.split_once('=').filter(|(name, _)| !name.is_empty()) {
            shell.aliases.insert(name.to_owned(), value.to_owned());
        } else if let Some(value) = shell.aliases.get(word) {
            let text = line(shell, word, value);
            shell.out("alias", &text).await;
        } else {
            missing(shell, "alias", word).await;
            status = 1;
        }
    }
    Ok(status)
}

async fn missing(shell: &Shell, builtin: &str, name: &str) {
    if !shell.dialect.is_bash() {
        shell.ctx.eprint(&format!("{builtin}: {name} not found\n")).await;
    } else {
        shell.complain(Some(builtin), &format!("{name}: not found")).await;
    }
}

/// `unalias`
pub(super) async fn unalias(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut status = 0;
    if words.len() == 1 && shell.dialect.is_bash() {
        return Ok(shell.misuse("unalias", None, "unalias [-a] name [name ...]").await);
    }
    for word in words.iter().skip(1) {
        if word == "-a" {
            shell.aliases.clear();
        } else if shell.aliases.remove(word).is_none() {
            missing(shell, "unalias", word).await;
            status = 1;
        }
    }
    Ok(status)
}
