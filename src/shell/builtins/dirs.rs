use super::super::state::{Ran, Shell};

/// What `pushd`, `popd` and `dirs` were given. Models builtins/pushd.def.
#[derive(Default)]
struct Asked {
    /// `-n`: the working directory stays.
    stays: bool,
    /// `+N`, `-N`: the sign, the number, and the word.
    index: Option<(bool, usize, String)>,
    target: Option<String>,
    /// The other letters of `dirs`.
    letters: String,
}

const USAGES: &[(&str, &str)] =
    &[("dirs", "dirs [-clpv] [+N] [-N]"), ("popd", "popd [-n] [+N | -N]"), ("pushd", "pushd [-n] [+N | -N | dir]")];

/// `dirs`, `pushd`, `popd`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let Some((name, rest)) = words.split_first() else { return Ok(0) };
    let asked = match read(name, rest) {
        Ok(asked) => asked,
        Err(message) => {
            let usage = USAGES.iter().find(|(builtin, _)| builtin == name).map_or("", |(_, usage)| usage);
            return Ok(shell.misuse(name, Some(&message), usage).await);
        }
    };
    match name.as_str() {
        "pushd" => push(shell, asked).await,
        "popd" => pop(shell, asked).await,
        _ => list(shell, asked).await,
    }
}

fn read(name: &str, words: &[String]) -> Result<Asked, String> {
    let mut asked = Asked::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--" => {
                asked.target = words.next().cloned();
                break;
            }
            "-n" if name != "dirs" => asked.stays = true,
            "-c" | "-l" | "-p" | "-v" if name == "dirs" => asked.letters.push_str(word.trim_start_matches('-')),
            "-" if name == "pushd" => {
                asked.target = Some(word.clone());
                break;
            }
            word if word.starts_with(['+', '-']) => match word.get(1..).unwrap_or("").parse() {
                Ok(number) => asked.index = Some((word.starts_with('+'), number, word.to_owned())),
                Err(_) => return Err(format!("{word}: invalid number")),
            },
            word if name == "pushd" => {
                asked.target = Some(word.to_owned());
                break;
            }
            word if name == "popd" => return Err(format!("{word}: invalid argument")),
            word => return Err(format!("{word}: invalid option")),
        }
    }
    Ok(asked)
}

/// The place that `+N` (from the left, from 0) or `-N` (from the right) means.
async fn place(shell: &Shell, name: &str, index: &(bool, usize, String)) -> Option<usize> {
    let most = shell.directories.len();
    let (from_left, number, word) = index;
    let at = if *from_left { Some(*number) } else { most.checked_sub(*number) };
    if let Some(at) = at.filter(|at| *at <= most) {
        return Some(at);
    }
    let shown = if name == "dirs" { word.trim_start_matches(['+', '-']) } else { word };
    let message = if most == 0 { "directory stack empty".to_owned() } else { format!("{shown}: directory stack index out of range") };
    shell.complain(Some(name), &message).await;
    None
}

async fn push(shell: &mut Shell, asked: Asked) -> Ran {
    if let Some(target) = &asked.target {
        if asked.stays {
            shell.directories.push(target.clone());
            return show(shell, "pushd").await;
        }
        let here = shell.here();
        if let status @ 1.. = go(shell, "pushd", target).await? {
            return Ok(status);
        }
        shell.directories.push(here);
        return show(shell, "pushd").await;
    }
    let at = match &asked.index {
        Some(index) => match place(shell, "pushd", index).await {
            Some(at) => at,
            None => return Ok(1),
        },
        None if shell.directories.is_empty() => {
            shell.complain(Some("pushd"), "no other directory").await;
            return Ok(1);
        }
        None => 1,
    };
    let mut stack = shell.directory_stack();
    if asked.index.is_some() {
        stack.rotate_left(at);
    } else {
        stack.swap(0, 1);
    }
    let top = stack.remove(0);
    if !asked.stays
        && let status @ 1.. = go(shell, "pushd", &top).await?
    {
        return Ok(status);
    }
    stack.reverse();
    shell.directories = stack;
    show(shell, "pushd").await
}

async fn pop(shell: &mut Shell, asked: Asked) -> Ran {
    if shell.directories.is_empty() {
        shell.complain(Some("popd"), "directory stack empty").await;
        return Ok(1);
    }
    let at = match &asked.index {
        Some(index) => match place(shell, "popd", index).await {
            Some(at) => at,
            None => return Ok(1),
        },
        None => 0,
    };
    let last = shell.directories.len() - 1;
    if at == 0 {
        let top = shell.directories.last().cloned().unwrap_or_default();
        if !asked.stays
            && let status @ 1.. = go(shell, "popd", &top).await?
        {
            return Ok(status);
        }
        shell.directories.pop();
    } else {
        shell.directories.remove(last + 1 - at);
    }
    show(shell, "popd").await
}

async fn show(shell: &Shell, name: &str) -> Ran {
    let home = shell.var("HOME").unwrap_or_default();
    let shown: Vec<String> = shell.directory_stack().iter().map(|path| tilde(path, &home)).collect();
    Ok(shell.out(name, &format!("{}\n", shown.join(" "))).await)
}

async fn list(shell: &mut Shell, asked: Asked) -> Ran {
    if asked.letters.contains('c') {
        shell.directories.clear();
        return Ok(0);
    }
    let only = match &asked.index {
        Some(index) => match place(shell, "dirs", index).await {
            Some(at) => Some(at),
            None => return Ok(1),
        },
        None => None,
    };
    let home = shell.var("HOME").unwrap_or_default();
    let long = asked.letters.contains('l');
    let all = shell.directory_stack().into_iter().map(|path| if long { path } else { tilde(&path, &home) });
    let rows = all.enumerate().filter(|(at, _)| only.is_none_or(|only| only == *at));
    let text = match asked.letters.chars().rfind(|letter| matches!(letter, 'p' | 'v')) {
        Some('v') => rows.map(|(at, path)| format!("{at:>2}  {path}\n")).collect(),
        Some(_) => rows.map(|(_, path)| format!("{path}\n")).collect(),
        None => format!("{}\n", rows.map(|(_, path)| path).collect::<Vec<_>>().join(" ")),
    };
    Ok(shell.out("dirs", &text).await)
}

async fn go(shell: &mut Shell, name: &str, target: &str) -> Ran {
    let path = shell.ctx.resolve(target);
    if target != "-"
        && let Err(errno) = shell.ctx.vfs().metadata(&path, true, shell.ctx.credentials())
    {
        shell.complain(Some(name), &format!("{target}: {errno}")).await;
        return Ok(1);
    }
    super::cd::go(shell, target, false, false).await
}

impl Shell {
    /// The working directory as the shell knows it.
    pub fn here(&self) -> String {
        self.vars.get("PWD").and_then(|var| var.text()).map_or_else(|| self.ctx.cwd(), str::to_owned)
    }

    /// The working directory and those that `pushd` keeps, the last one first.
    pub fn directory_stack(&self) -> Vec<String> {
        std::iter::once(self.here()).chain(self.directories.iter().rev().cloned()).collect()
    }
}

/// The home directory as `~`.
pub(super) fn tilde(path: &str, home: &str) -> String {
    match path.strip_prefix(home) {
        Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
        _ => path.to_owned(),
    }
}
