use super::super::pattern::{Pattern, has_magic, unquote};
use super::super::state::Shell;

/// The files that a pattern (with backslash quoting) names, sorted as in the C locale.
pub(crate) fn expand_glob(shell: &Shell, pattern: &str) -> Vec<String> {
    let absolute = pattern.starts_with('/');
    let segments: Vec<&str> = split_path(pattern);
    let mut found: Vec<String> = vec![if absolute { "/".into() } else { String::new() }];
    let last = segments.len().saturating_sub(1);
    for (i, segment) in segments.iter().enumerate() {
        if segment.is_empty() {
            // A trailing slash: directories only.
            if i == last && i > 0 {
                found.retain(|path| is_dir(shell, path));
                found.iter_mut().for_each(|path| path.push('/'));
            }
            continue;
        }
        let mut next = Vec::new();
        for base in &found {
            step(shell, base, segment, i == last, &mut next);
        }
        found = next;
    }
    found.sort();
    found
}

fn split_path(pattern: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut in_set = false;
    let bytes = pattern.as_bytes();
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        match byte {
            b'\\' => i += 1,
            b'[' => in_set = bytes.get(i..).is_some_and(|rest| rest.split(|b| *b == b'/').next().is_some_and(|p| p.contains(&b']'))),
            b']' => in_set = false,
            b'/' if !in_set => {
                parts.push(pattern.get(start..i).unwrap_or(""));
                start = i + 1;
            }
            _ => {}
        }
        i += 1;
    }
    parts.push(pattern.get(start..).unwrap_or(""));
    parts
}

fn is_dir(shell: &Shell, path: &str) -> bool {
    shell.ctx.vfs().metadata(&shell.ctx.resolve(path), true, shell.ctx.credentials()).is_ok_and(|m| m.is_dir())
}

fn joined(base: &str, name: &str) -> String {
    if base.is_empty() || base.ends_with('/') { format!("{base}{name}") } else { format!("{base}/{name}") }
}

fn step(shell: &Shell, base: &str, segment: &str, last: bool, out: &mut Vec<String>) {
    let (vfs, who) = (shell.ctx.vfs(), shell.ctx.credentials());
    if !has_magic(segment, shell.options.extglob) {
        let path = joined(base, &unquote(segment));
        if vfs.metadata(&shell.ctx.resolve(&path), false, who).is_ok() {
            out.push(path);
        }
        return;
    }
    if segment == "**" && shell.options.globstar {
        walk(shell, base, last, out);
        return;
    }
    let folded = |text: &str| if shell.options.nocaseglob { text.to_lowercase() } else { text.to_owned() };
    let pattern = Pattern::new(&folded(segment), shell.options.extglob);
    let directory = if base.is_empty() { "." } else { base };
    let Ok(mut names) = vfs.read_dir(&shell.ctx.resolve(directory), who) else { return };
    if !shell.dialect.is_bash() && pattern.starts_with_dot() {
        names.extend([".".into(), "..".into()]);
    }
    names.sort();
    for name in names {
        let hidden = name.starts_with('.') && !pattern.starts_with_dot() && !shell.options.dotglob;
        if !hidden && pattern.matches(&folded(&name)) {
            let path = joined(base, &name);
            if last || is_dir(shell, &path) {
                out.push(path);
            }
        }
    }
}

fn walk(shell: &Shell, base: &str, last: bool, out: &mut Vec<String>) {
    if !last || !base.is_empty() {
        out.push(base.to_owned());
    }
    let directory = if base.is_empty() { "." } else { base };
    let names = shell.ctx.vfs().read_dir(&shell.ctx.resolve(directory), shell.ctx.credentials());
    for name in names.unwrap_or_default() {
        let path = joined(base, &name);
        if name.starts_with('.') {
            continue;
        }
        if is_dir(shell, &path) {
            walk(shell, &path, last, out);
        } else if last {
            out.push(path);
        }
    }
}
