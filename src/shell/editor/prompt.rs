//! The prompt: `PS1` and `PS2` with bash's escapes.

use crate::shell::dialect::Dialect;
use crate::shell::state::Shell;

/// The prompt for a new command, or for the next line of one.
pub(super) fn text(shell: &Shell, continued: bool) -> String {
    let name = if continued { "PS2" } else { "PS1" };
    let given = shell.vars.get(name).and_then(|var| var.text()).map(str::to_owned);
    let root = shell.ctx.credentials().uid == 0;
    let fallback = match (continued, shell.dialect) {
        (true, _) => "> ",
        (false, Dialect::Bash) if root => "\\u@\\h:\\w# ",
        (false, Dialect::Bash) => "\\[\x1b[32m\\]\\w\\[\x1b[0m\\] \\$ ",
        (false, Dialect::Ash) => "\\w \\$ ",
        (false, Dialect::Dash) => "\\$ ",
    };
    expand(shell, &given.unwrap_or_else(|| fallback.to_owned()))
}

fn expand(shell: &Shell, prompt: &str) -> String {
    let mut out = String::new();
    let mut letters = prompt.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('u') => out.push_str(&user(shell)),
            Some('h') => out.push_str(shell.ctx.hostname().split('.').next().unwrap_or_default()),
            Some('H') => out.push_str(&shell.ctx.hostname()),
            Some('w') => out.push_str(&directory(shell)),
            Some('W') => {
                let directory = directory(shell);
                let last = directory.rsplit('/').next().filter(|last| !last.is_empty());
                out.push_str(last.unwrap_or(&directory));
            }
            Some('$') => out.push(if shell.ctx.credentials().uid == 0 { '#' } else { '$' }),
            Some('n') => out.push('\n'),
            Some('e') => out.push('\x1b'),
            Some('s') => out.push_str(&shell.name),
            Some('t') => out.push_str(&shell.ctx.sim().timestamp().strftime("%H:%M:%S").to_string()),
            Some('[' | ']') => {}
            Some('\\') => out.push('\\'),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    out
}

fn user(shell: &Shell) -> String {
    let uid = shell.ctx.credentials().uid.to_string();
    let passwd = shell.ctx.vfs().read_file("/etc/passwd").unwrap_or_default();
    let passwd = String::from_utf8_lossy(&passwd).into_owned();
    let found = passwd.lines().find(|line| line.split(':').nth(2) == Some(&uid)).and_then(|line| line.split(':').next());
    found.map_or_else(|| "I have no name!".to_owned(), str::to_owned)
}

/// The working directory with the home directory as `~`.
fn directory(shell: &Shell) -> String {
    let cwd = shell.ctx.cwd();
    let home = shell.vars.get("HOME").and_then(|var| var.text()).unwrap_or_default();
    match cwd.strip_prefix(home) {
        Some("") if !home.is_empty() => "~".into(),
        Some(rest) if home.len() > 1 && rest.starts_with('/') => format!("~{rest}"),
        _ => cwd,
    }
}
