use super::super::state::{Ran, Shell};

/// `dirs`, `pushd`, `popd`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let name = words.first().cloned().unwrap_or_default();
    let argument = words.get(1).cloned();
    match (name.as_str(), argument.as_deref()) {
        ("dirs", Some("-c")) => {
            shell.directories.clear();
            return Ok(0);
        }
        ("dirs", _) => {}
        ("pushd", None) => {
            let Some(top) = shell.directories.pop() else {
                shell.complain(Some("pushd"), "no other directory").await;
                return Ok(1);
            };
            let here = shell.ctx.cwd();
            if let status @ 1.. = go(shell, "pushd", &top).await? {
                shell.directories.push(top);
                return Ok(status);
            }
            shell.directories.push(here);
        }
        ("pushd", Some(target)) => {
            let here = shell.ctx.cwd();
            if let status @ 1.. = go(shell, "pushd", target).await? {
                return Ok(status);
            }
            shell.directories.push(here);
        }
        _ => {
            let Some(top) = shell.directories.pop() else {
                shell.complain(Some("popd"), "directory stack empty").await;
                return Ok(1);
            };
            if let status @ 1.. = go(shell, "popd", &top).await? {
                return Ok(status);
            }
        }
    }
    let home = shell.var("HOME").unwrap_or_default();
    let mut all = vec![shell.ctx.cwd()];
    all.extend(shell.directories.iter().rev().cloned());
    let shown: Vec<String> = all.iter().map(|path| tilde(path, &home)).collect();
    let letters: String = words.iter().skip(1).filter(|_| name == "dirs").flat_map(|w| w.strip_prefix('-').unwrap_or("").chars()).collect();
    let rows = if letters.contains('l') { &all } else { &shown };
    let text = match (letters.contains('v'), letters.contains('p')) {
        (true, _) => rows.iter().enumerate().map(|(i, path)| format!("{i:>2}  {path}\n")).collect(),
        (_, true) => rows.iter().map(|path| format!("{path}\n")).collect(),
        _ => format!("{}\n", rows.join(" ")),
    };
    Ok(shell.out(&name, &text).await)
}

async fn go(shell: &mut Shell, name: &str, target: &str) -> Ran {
    let path = shell.ctx.resolve(target);
    if let Err(errno) = shell.ctx.vfs().metadata(&path, true, shell.ctx.credentials()) {
        shell.complain(Some(name), &format!("{target}: {errno}")).await;
        return Ok(1);
    }
    super::cd::go(shell, target, false, false).await
}

/// The home directory as `~`.
pub(super) fn tilde(path: &str, home: &str) -> String {
    match path.strip_prefix(home) {
        Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
        _ => path.to_owned(),
    }
}
