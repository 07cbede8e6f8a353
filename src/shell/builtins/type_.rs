use super::super::quote;
use super::super::state::{Ran, Shell};

/// What a name is.
enum Meaning {
    Alias(String),
    Keyword,
    Function,
    Builtin,
    File(String),
    Hashed(String),
}

fn meanings(shell: &Shell, name: &str, all: bool) -> Vec<Meaning> {
    let mut found = Vec::new();
    found.extend(shell.aliases.get(name).map(|value| Meaning::Alias(value.clone())));
    if shell.dialect.reserved().contains(&name) {
        found.push(Meaning::Keyword);
    }
    if shell.functions.contains_key(name) {
        found.push(Meaning::Function);
    }
    if super::find(name, shell.dialect).is_some() {
        found.push(Meaning::Builtin);
    }
    let who = shell.ctx.credentials();
    if name.contains('/') {
        let path = shell.ctx.resolve(name);
        if shell.ctx.vfs().access(&path, 1, who).is_ok() {
            found.push(Meaning::File(name.to_owned()));
        }
    } else if let (Some(path), false) = (shell.hashed.get(name), all) {
        found.push(Meaning::Hashed(path.clone()));
    } else {
        let files = shell.candidates(name).into_iter().filter(|path| shell.ctx.vfs().access(path, 1, who).is_ok());
        found.extend(files.map(Meaning::File));
    }
    if !all {
        found.truncate(1);
    }
    found
}

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let mut rest = words.get(1..).unwrap_or(&[]);
    let (mut all, mut kind, mut path) = (false, false, false);
    while let Some((word, tail)) = rest.split_first() {
        if !shell.dialect.is_bash() || word.len() < 2 || !word.starts_with('-') {
            break;
        }
        for letter in word.chars().skip(1) {
            match letter {
                'a' => all = true,
                't' => kind = true,
                'p' | 'P' => path = true,
                'f' => {}
                other => {
                    return Ok(shell.misuse("type", Some(&format!("-{other}: invalid option")), "type [-afptP] name [name ...]").await);
                }
            }
        }
        rest = tail;
    }
    let mut status = 0;
    for name in rest {
        let found = meanings(shell, name, all);
        if found.is_empty() {
            status = if shell.dialect.is_bash() { 1 } else { 127 };
            if !kind && !path {
                missing(shell, name, "type").await;
            }
        }
        for meaning in found {
            let text = match (&meaning, kind, path) {
                (_, true, _) => format!("{}\n", word_for(&meaning)),
                (Meaning::File(file) | Meaning::Hashed(file), _, true) => format!("{file}\n"),
                (_, _, true) => String::new(),
                _ => describe(shell, name, &meaning),
            };
            shell.out("type", &text).await;
        }
    }
    Ok(status)
}

async fn missing(shell: &Shell, name: &str, builtin: &str) {
    if shell.dialect.is_bash() {
        shell.complain(Some(builtin), &format!("{name}: not found")).await;
    } else {
        shell.ctx.print(&format!("{name}: not found\n")).await;
    }
}

fn word_for(meaning: &Meaning) -> &'static str {
    match meaning {
        Meaning::Alias(_) => "alias",
        Meaning::Keyword => "keyword",
        Meaning::Function => "function",
        Meaning::Builtin => "builtin",
        Meaning::File(_) | Meaning::Hashed(_) => "file",
    }
}

fn describe(shell: &Shell, name: &str, meaning: &Meaning) -> String {
    match meaning {
        Meaning::Alias(value) if shell.dialect.is_bash() => format!("{name} is aliased to `{value}'\n"),
        Meaning::Alias(value) => format!("{name} is an alias for {value}\n"),
        Meaning::Keyword => format!("{name} is a shell keyword\n"),
        Meaning::Function => {
            let body = shell.functions.get(name).filter(|_| shell.dialect.is_bash());
            let body = body.map_or(String::new(), |f| format!("{f}\n"));
            let a = if shell.dialect.is_dash() { "a shell" } else { "a" };
            format!("{name} is {a} function\n{body}")
        }
        Meaning::Builtin => {
            let special = if !shell.dialect.is_bash() && super::SPECIAL.contains(&name) { "special " } else { "" };
            format!("{name} is a {special}shell builtin\n")
        }
        Meaning::File(path) => format!("{name} is {path}\n"),
        Meaning::Hashed(path) if shell.dialect.is_bash() => format!("{name} is hashed ({path})\n"),
        Meaning::Hashed(path) => format!("{name} is {path}\n"),
    }
}

/// `command -v`
pub(super) async fn brief(shell: &mut Shell, names: Vec<String>) -> Ran {
    if names.is_empty() && !shell.dialect.is_bash() {
        return Ok(0);
    }
    let most = if shell.dialect.is_bash() { names.len() } else { 1 };
    let mut status = if shell.dialect.is_bash() { 1 } else { 127 };
    for name in names.into_iter().take(most) {
        let found = meanings(shell, &name, false);
        let Some(meaning) = found.first() else { continue };
        let text = match meaning {
            Meaning::Alias(value) => format!("alias {name}={}\n", quote::single(value)),
            Meaning::File(path) | Meaning::Hashed(path) => format!("{path}\n"),
            _ => format!("{name}\n"),
        };
        shell.out("command", &text).await;
        status = 0;
    }
    Ok(status)
}

/// `command -V`
pub(super) async fn describe_all(shell: &mut Shell, names: &[String], builtin: &str) -> Ran {
    let mut status = 0;
    for name in names {
        let found = meanings(shell, name, false);
        match found.first() {
            Some(meaning) => {
                let text = describe(shell, name, meaning);
                shell.out(builtin, &text).await;
            }
            None => {
                missing(shell, name, builtin).await;
                status = if shell.dialect.is_bash() { 1 } else { 127 };
            }
        }
    }
    Ok(status)
}
