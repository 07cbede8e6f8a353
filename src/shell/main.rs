use super::dialect::Dialect;
use super::editor::{self, Edited};
use super::exec::Typed;
use super::history::{self, Expanded};
use super::state::{Origin, Shell};
use crate::process::{OpenOptions, ProcessContext, Program, program, read_file};
use crate::sim::TraceKind;

/// A script is no longer than this.
const SCRIPT_LIMIT_BYTES: usize = 4 << 20;

/// The program behind `/bin/bash`, `/bin/dash` or busybox's `sh`.
pub fn program_of(dialect: Dialect) -> Program {
    program(move |ctx| run(ctx, dialect))
}

/// What the command line asks for.
enum Asked {
    Command(String),
    File(String),
    Input,
}

async fn run(ctx: ProcessContext, dialect: Dialect) -> i32 {
    let arguments = ctx.args();
    let mut shell = Shell::new(ctx, dialect);
    let asked = match parse(&mut shell, &arguments).await {
        Ok(asked) => asked,
        Err(status) => return status,
    };
    match asked {
        Asked::Command(text) => {
            shell.origin = Origin::Argument;
            shell.run_script(&text).await
        }
        Asked::File(name) => {
            let text = match read_script(&shell, &name).await {
                Ok(text) => text,
                Err(status) => return status,
            };
            shell.name = name.clone();
            shell.zero = name;
            shell.run_script(&text).await
        }
        Asked::Input => {
            let interactive = shell.origin == Origin::Interactive || (shell.ctx.is_tty(0) && shell.ctx.is_tty(2));
            if interactive { run_interactive(shell).await } else { run_input(shell).await }
        }
    }
}

async fn parse(shell: &mut Shell, arguments: &[String]) -> Result<Asked, i32> {
    let mut at = 1;
    let (mut command, mut from_input) = (false, false);
    while let Some(word) = arguments.get(at) {
        if word == "--" || word == "-" {
            at += 1;
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            at += 1;
            match (shell.dialect, long) {
                (Dialect::Bash, "version") => {
                    shell.ctx.print(VERSION).await;
                    return Err(0);
                }
                (Dialect::Bash, "norc") => shell.startup = false,
                (Dialect::Bash, "posix") => shell.options.posix = true,
                // Nobody has a profile here, and a line is edited by the terminal.
                (Dialect::Bash, "noprofile" | "login" | "noediting") => {}
                (Dialect::Bash, "rcfile" | "init-file") => {
                    shell.startup_file = arguments.get(at).cloned();
                    at += 1;
                }
                (Dialect::Bash, _) => {
                    shell.ctx.eprint(&format!("bash: --{long}: invalid option\n{USAGE}")).await;
                    return Err(2);
                }
                (Dialect::Dash, _) => {
                    shell.ctx.eprint("sh: 0: Illegal option --\n").await;
                    return Err(2);
                }
                (Dialect::Ash, _) => {
                    shell.ctx.eprint(&format!("sh: unrecognized option '--{long}'\n")).await;
                    return Err(2);
                }
            }
            continue;
        }
        if word.len() < 2 || !word.starts_with(['-', '+']) {
            break;
        }
        at += 1;
        let on = word.starts_with('-');
        for letter in word.chars().skip(1) {
            match letter {
                'c' => command = true,
                'i' => shell.origin = Origin::Interactive,
                's' => from_input = true,
                'l' => {}
                'r' if shell.dialect.is_bash() => {
                    shell.ctx.eprint("bash: a restricted shell is not simulated in Podground\n").await;
                    return Err(2);
                }
                'o' => {
                    let name = arguments.get(at).cloned().unwrap_or_default();
                    at += 1;
                    match shell.option(&name) {
                        Some(slot) => *slot = on,
                        None => return Err(bad_option(shell, &format!("o {name}")).await),
                    }
                }
                letter => match shell.option(&letter.to_string()) {
                    Some(slot) => *slot = on,
                    None if "abhkptBP".contains(letter) => {}
                    None => return Err(bad_option(shell, &letter.to_string()).await),
                },
            }
        }
    }
    let mut rest = arguments.get(at..).unwrap_or(&[]).to_vec();
    if command {
        if rest.is_empty() {
            let text = match shell.dialect {
                Dialect::Bash => "bash: -c: option requires an argument\n",
                Dialect::Dash => "sh: 0: -c requires an argument\n",
                Dialect::Ash => "sh: -c requires an argument\n",
            };
            shell.ctx.eprint(text).await;
            return Err(2);
        }
        let text = rest.remove(0);
        if !rest.is_empty() {
            shell.zero = rest.remove(0);
            shell.name = shell.zero.clone();
        }
        shell.positional = rest;
        return Ok(Asked::Command(text));
    }
    if rest.is_empty() || from_input {
        shell.positional = rest;
        return Ok(Asked::Input);
    }
    let name = rest.remove(0);
    shell.positional = rest;
    Ok(Asked::File(name))
}

const VERSION: &str = "GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)
Copyright (C) 2022 Free Software Foundation, Inc.
License GPLv3+: GNU GPL version 3 or later <http://gnu.org/licenses/gpl.html>

This is free software; you are free to change and redistribute it.
There is NO WARRANTY, to the extent permitted by law.
";

const USAGE: &str = "Usage:\tbash [GNU long option] [option] ...
\tbash [GNU long option] [option] script-file ...
GNU long options:
\t--debug
\t--debugger
\t--dump-po-strings
\t--dump-strings
\t--help
\t--init-file
\t--login
\t--noediting
\t--noprofile
\t--norc
\t--posix
\t--pretty-print
\t--rcfile
\t--restricted
\t--verbose
\t--version
Shell options:
\t-ilrsD or -c command or -O shopt_option\t\t(invocation only)
\t-abefhkmnptuvxBCEHPT or -o option
";

async fn bad_option(shell: &Shell, option: &str) -> i32 {
    let text = match shell.dialect {
        Dialect::Bash => match option.strip_prefix("o ") {
            Some(name) => format!("bash: line 0: bash: {name}: invalid option name\n"),
            None => format!("bash: -{option}: invalid option\n{USAGE}"),
        },
        Dialect::Dash => format!("sh: 0: Illegal option -{option}\n"),
        Dialect::Ash => format!("sh: illegal option -{option}\n"),
    };
    shell.ctx.eprint(&text).await;
    2
}

async fn read_script(shell: &Shell, name: &str) -> Result<String, i32> {
    let opened = match shell.ctx.open_file(name, OpenOptions::READ) {
        Ok(file) => read_whole(&file).await,
        Err(errno) => Err(errno),
    };
    match opened {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(errno) => {
            let status = if errno == crate::process::Errno::ENOENT { 127 } else { 126 };
            let (text, status) = match shell.dialect {
                Dialect::Bash if errno == crate::process::Errno::EISDIR => (format!("{name}: {name}: Is a directory\n"), 126),
                Dialect::Bash => (format!("bash: {name}: {errno}\n"), status),
                Dialect::Dash => {
                    (format!("sh: 0: cannot open {name}: {}\n", if status == 127 { "No such file".into() } else { errno.to_string() }), 2)
                }
                Dialect::Ash => (format!("sh: can't open '{name}': {errno}\n"), 2),
            };
            shell.ctx.eprint(&text).await;
            Err(status)
        }
    }
}

async fn read_whole(file: &crate::process::File) -> Result<Vec<u8>, crate::process::Errno> {
    let mut bytes = Vec::new();
    while bytes.len() < SCRIPT_LIMIT_BYTES {
        let chunk = read_file(file, 64 * 1024).await?;
        if chunk.is_empty() {
            break;
        }
        bytes.extend(chunk);
    }
    Ok(bytes)
}

/// Commands from standard input that is no terminal: a command at a time, so that commands may read on.
async fn run_input(mut shell: Shell) -> i32 {
    let mut text = String::new();
    loop {
        let line = shell.ctx.read_line(0).await.unwrap_or_default();
        let end = line.is_empty();
        text.push_str(&String::from_utf8_lossy(&line));
        match shell.run_typed(&text, end).await {
            Typed::More => {}
            Typed::Ran => text.clear(),
            Typed::Exited(status) => return status,
        }
        if end {
            let status = shell.status;
            return shell.finish(status).await;
        }
    }
}

/// Typed commands: a prompt, a line editor, a command at a time.
async fn run_interactive(mut shell: Shell) -> i32 {
    shell.become_interactive();
    shell.read_startup_file().await;
    let Some(tty) = shell.ctx.file(0).ok().and_then(|file| file.tty()) else { return run_input(shell).await };
    let mut text = String::new();
    loop {
        if text.is_empty() {
            shell.report_jobs().await;
        }
        match editor::read_line(&mut shell, &tty, !text.is_empty()).await {
            Edited::Line(line) => match shell.expand_history(line).await {
                Some(line) => text.push_str(&line),
                None => {
                    text.clear();
                    continue;
                }
            },
            Edited::Interrupted => {
                text.clear();
                shell.status = 130;
                continue;
            }
            Edited::End if text.is_empty() => {
                shell.ctx.eprint("exit\n").await;
                let status = shell.status;
                return shell.finish(status).await;
            }
            Edited::End => {}
        }
        if text.trim().is_empty() {
            text.clear();
            continue;
        }
        let end = text.trim_end().to_owned();
        if !text.contains('\n') {
            let ctx = &shell.ctx;
            let kind = TraceKind::Command { terminal: 0, line: end.as_str().into() };
            ctx.sim().trace().record(ctx.now(), ctx.kernel().name(), None, kind);
        }
        text.push('\n');
        // bash writes a line down before it runs it.
        let known = shell.history.len();
        shell.remember(&text);
        match shell.run_typed(&text, false).await {
            Typed::More => shell.history.truncate(known),
            Typed::Ran => text.clear(),
            Typed::Exited(status) => return status,
        }
    }
}

impl Shell {
    /// Adds a command to the history, unless it is the last one again or begins with a space.
    pub(super) fn remember(&mut self, text: &str) {
        const LIMIT_LINES: usize = 1000;
        let command = super::history::joined(text);
        if command.trim().is_empty() || command.starts_with(' ') || self.history.last().is_some_and(|last| *last == command) {
            return;
        }
        self.history.push(command);
        let surplus = self.history.len().saturating_sub(LIMIT_LINES);
        self.history.drain(..surplus);
    }

    /// A typed line with its `!` events replaced. `None`: there is nothing to run, and this was said.
    pub(super) async fn expand_history(&mut self, line: String) -> Option<String> {
        if !self.dialect.is_bash() || !self.options.histexpand {
            return Some(line);
        }
        match history::expand(&line, &self.history) {
            Ok(Expanded::Same) => Some(line),
            Ok(Expanded::New(new)) => {
                self.ctx.eprint(&format!("{new}\n")).await;
                Some(new)
            }
            Ok(Expanded::Shown(new)) => {
                self.ctx.eprint(&format!("{new}\n")).await;
                self.remember(&new);
                None
            }
            Err(message) => {
                self.complain(None, &message).await;
                None
            }
        }
    }

    /// Runs what a new interactive shell runs first: `~/.bashrc`, or `$ENV`.
    async fn read_startup_file(&mut self) {
        let name = match self.dialect.is_bash() {
            true => {
                let file = || self.startup_file.clone().unwrap_or_else(|| format!("{}/.bashrc", self.var("HOME").unwrap_or_default()));
                self.startup.then(file)
            }
            false => self.var("ENV"),
        };
        let Some(name) = name else { return };
        if let Ok(text) = read_script_quietly(self, &name).await {
            let _ = self.source(&name, &text).await;
        }
    }
}

async fn read_script_quietly(shell: &Shell, name: &str) -> Result<String, crate::process::Errno> {
    let file = shell.ctx.open_file(name, OpenOptions::READ)?;
    Ok(String::from_utf8_lossy(&read_whole(&file).await?).into_owned())
}
