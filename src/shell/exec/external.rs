use std::collections::BTreeMap;

use super::super::state::{Origin, Ran, Shell};
use crate::process::{Errno, Spawn};
use crate::sim::LocalBoxFuture;

/// A file without `#!` is taken for a script if it is no longer than this.
const SCRIPT_LIMIT_BYTES: usize = 1 << 20;

/// Why a command cannot run: the sentence, and the exit status.
pub(in crate::shell) struct NotFound {
    pub message: String,
    pub status: i32,
}

impl Shell {
    /// The file that the command `name` runs.
    pub fn find_command(&mut self, name: &str) -> Result<String, NotFound> {
        let bash = self.dialect.is_bash();
        let (vfs, who) = (self.ctx.vfs().clone(), self.ctx.credentials());
        if name.contains('/') {
            let path = self.ctx.resolve(name);
            return match vfs.metadata(&path, true, who) {
                Ok(meta) if meta.is_dir() => {
                    let why = if bash { "Is a directory" } else { "Permission denied" };
                    Err(NotFound { message: format!("{name}: {why}"), status: 126 })
                }
                Ok(_) if vfs.access(&path, 1, who).is_err() => Err(NotFound { message: format!("{name}: Permission denied"), status: 126 }),
                Ok(_) => Ok(path),
                Err(Errno::ENOENT) if !bash => Err(NotFound { message: format!("{name}: not found"), status: 127 }),
                Err(errno) => Err(NotFound { message: format!("{name}: {errno}"), status: if errno == Errno::ENOENT { 127 } else { 126 } }),
            };
        }
        if let Some(path) = self.hashed.get(name) {
            return Ok(path.clone());
        }
        let mut denied = None;
        for path in self.candidates(name) {
            match vfs.access(&path, 1, who) {
                Ok(()) => {
                    self.hashed.insert(name.to_owned(), path.clone());
                    return Ok(path);
                }
                Err(_) => denied = Some(path),
            }
        }
        match denied {
            Some(path) => Err(NotFound { message: format!("{}: Permission denied", if bash { path } else { name.into() }), status: 126 }),
            None if bash => Err(NotFound { message: format!("{name}: command not found"), status: 127 }),
            None if name.is_empty() && self.dialect.is_dash() => Err(NotFound { message: ": Permission denied".into(), status: 127 }),
            None => Err(NotFound { message: format!("{name}: not found"), status: 127 }),
        }
    }

    /// The files called `name` in the directories of `PATH`.
    pub fn candidates(&self, name: &str) -> Vec<String> {
        let path = self.var("PATH").unwrap_or_default();
        let (vfs, who) = (self.ctx.vfs(), self.ctx.credentials());
        let file = |dir: &str| {
            let path = self.ctx.resolve(&format!("{}/{name}", if dir.is_empty() { "." } else { dir.trim_end_matches('/') }));
            vfs.metadata(&path, true, who).is_ok_and(|m| !m.is_dir()).then_some(path)
        };
        if name.is_empty() { Vec::new() } else { path.split(':').filter_map(file).collect() }
    }

    pub(super) fn run_external<'a>(&'a mut self, words: Vec<String>) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let name = words.first().cloned().unwrap_or_default();
            let path = match self.find_command(&name) {
                Ok(path) => path,
                Err(error) => return Ok(self.not_found(error).await),
            };
            let text = words.join(" ");
            let spawn = Spawn {
                argv: words.clone(),
                env: Some(self.environment(&path)),
                group: self.group(),
                dispositions: self.child_dispositions(),
                ..Spawn::default()
            };
            let child = match self.ctx.spawn_at(&path, spawn.clone()) {
                Ok(child) => child,
                Err(Errno::ENOEXEC) => {
                    let spawn = Spawn { argv: Vec::new(), ..spawn };
                    self.fork_to(spawn, move |mut shell| Box::pin(async move { shell.run_file(&path, words).await })).await?
                }
                Err(Errno::EAGAIN) => return Err(self.fork_failed(Errno::EAGAIN).await),
                Err(errno) => return Ok(self.cannot_execute(&name, errno).await),
            };
            self.wait_foreground(vec![child], text).await
        })
    }

    /// What a program started from `path` gets: the exported variables and `_`.
    pub fn environment(&self, path: &str) -> BTreeMap<String, String> {
        let mut env = self.vars.environment();
        if self.dialect.is_bash() {
            env.insert("_".into(), path.to_owned());
        }
        env
    }

    async fn not_found(&mut self, error: NotFound) -> i32 {
        self.complain(None, &error.message).await;
        error.status
    }

    async fn cannot_execute(&mut self, name: &str, errno: Errno) -> i32 {
        let message = match errno {
            Errno::ENOENT if self.dialect.is_bash() => format!("{name}: cannot execute: required file not found"),
            Errno::ENOENT => format!("{name}: not found"),
            errno => format!("{name}: {errno}"),
        };
        self.complain(None, &message).await;
        if errno == Errno::ENOENT { 127 } else { 126 }
    }

    /// This process, a subshell, becomes the program.
    pub(super) fn become_program<'a>(&'a mut self, words: Vec<String>) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let name = words.first().cloned().unwrap_or_default();
            match self.find_command(&name) {
                Ok(path) => {
                    let env = self.environment(&path);
                    self.exec_path(&name, &path, words, env).await
                }
                Err(error) => Ok(self.not_found(error).await),
            }
        })
    }

    /// execve(2). Gives what the program exits with.
    pub async fn exec_path(&mut self, name: &str, path: &str, words: Vec<String>, env: BTreeMap<String, String>) -> Ran {
        for old in self.ctx.environment().into_keys().filter(|name| !env.contains_key(name)) {
            self.ctx.set_env(&old, None);
        }
        for (name, value) in &env {
            self.ctx.set_env(name, Some(value));
        }
        match self.ctx.exec_at(path, words.clone()).await {
            Ok(status) => Ok(status),
            Err(Errno::ENOEXEC) => Ok(self.run_file(path, words).await),
            Err(errno) => Ok(self.cannot_execute(name, errno).await),
        }
    }

    /// Runs a file without `#!` as a script of this shell.
    async fn run_file(&mut self, path: &str, words: Vec<String>) -> i32 {
        let bytes = self.ctx.vfs().read_file(path).unwrap_or_default();
        if bytes.len() > SCRIPT_LIMIT_BYTES || bytes.iter().take(128).any(|b| *b == 0) {
            let message = format!("{path}: cannot execute binary file: {}", Errno::ENOEXEC);
            self.complain(None, &message).await;
            return 126;
        }
        let mut shell = Shell::new(self.ctx.clone(), self.dialect);
        shell.origin = Origin::Script;
        shell.zero = words.first().cloned().unwrap_or_default();
        shell.name = shell.zero.clone();
        shell.positional = words.into_iter().skip(1).collect();
        Box::pin(shell.run_script(&String::from_utf8_lossy(&bytes))).await
    }
}
