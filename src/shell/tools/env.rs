use super::tool::Tool;
use crate::process::{Errno, Spawn};

pub(super) async fn run(t: Tool) -> i32 {
    let long = [("ignore-environment", 'i'), ("unset", 'u'), ("null", '0'), ("chdir", 'C')];
    let options = match t.options("+iu:0C:S:", &long, 125).await {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut env = t.ctx.environment();
    let mut all: Vec<String> = options.value('S').unwrap_or("").split_whitespace().map(str::to_owned).collect();
    all.extend(options.operands.iter().cloned());
    let mut operands = all.as_slice();
    if options.has('i') || operands.first().is_some_and(|o| o == "-") {
        env.clear();
        if operands.first().is_some_and(|o| o == "-") {
            operands = operands.get(1..).unwrap_or(&[]);
        }
    }
    for name in options.values('u') {
        if name.is_empty() || name.contains('=') {
            t.complain(&format!("cannot unset {}: Invalid argument", t.quote(name))).await;
            return 125;
        }
        env.remove(name);
    }
    while let Some((name, value)) = operands.first().and_then(|o| o.split_once('=')) {
        env.insert(name.to_owned(), value.to_owned());
        operands = operands.get(1..).unwrap_or(&[]);
    }
    let Some(command) = operands.first() else {
        if options.has('C') {
            return t.misuse("must specify command with --chdir (-C)", 125).await;
        }
        let end = if options.has('0') { '\0' } else { '\n' };
        let text: String = env.iter().map(|(name, value)| format!("{name}={value}{end}")).collect();
        return i32::from(!t.out(text).await);
    };
    for old in t.ctx.environment().into_keys() {
        t.ctx.set_env(&old, None);
    }
    for (name, value) in &env {
        t.ctx.set_env(name, Some(value));
    }
    if !env.contains_key("PATH") {
        t.ctx.set_env("PATH", Some("/bin:/usr/bin"));
    }
    if let Some(directory) = options.value('C')
        && let Err(errno) = t.ctx.chdir(directory)
    {
        t.complain(&format!("cannot change directory to {}: {errno}", t.name_of(directory))).await;
        return 125;
    }
    let found = t.ctx.look_up(command);
    if !env.contains_key("PATH") {
        t.ctx.set_env("PATH", None);
    }
    let result = match found {
        Ok(path) => t.ctx.exec_at(&path, operands.to_vec()).await,
        Err(errno) => Err(errno),
    };
    match result {
        Ok(status) => status,
        Err(errno) => cannot_run(&t, command, errno).await,
    }
}

/// Says that `command` cannot run; 127 if there is none, else 126.
pub(super) async fn cannot_run(t: &Tool, command: &str, errno: Errno) -> i32 {
    let message = match (t.name, t.busybox()) {
        ("timeout", false) => format!("failed to run command {}: {errno}", t.quote(command)),
        ("env" | "nice", false) => format!("{}: {errno}", t.quote(command)),
        ("env" | "timeout", true) => format!("can't execute '{command}': {errno}"),
        (_, true) => format!("{command}: {errno}"),
        _ => format!("{command}: {errno}"),
    };
    t.complain(&message).await;
    if errno == Errno::ENOENT { 127 } else { 126 }
}

/// A child of `words`, with this process's descriptors.
pub(super) fn child(t: &Tool, words: &[String]) -> Result<crate::process::Child, Errno> {
    t.ctx.spawn(Spawn::new(words.iter().cloned()))
}
