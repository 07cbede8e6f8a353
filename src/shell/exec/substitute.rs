use std::rc::Rc;

use brush_parser::ast;

use super::super::state::{Flow, Shell};
use crate::process::{File, Spawn, pipe};
use crate::sim::LocalBoxFuture;

/// A command substitution keeps this much; more is cut.
const OUTPUT_LIMIT_BYTES: usize = 16 * 1024 * 1024;

impl Shell {
    /// The output of `text`, without the newlines at its end.
    pub(in crate::shell) fn substitute<'a>(&'a mut self, text: &'a str) -> LocalBoxFuture<'a, Result<String, Flow>> {
        Box::pin(self.substitute_inner(text))
    }

    async fn substitute_inner(&mut self, text: &str) -> Result<String, Flow> {
        let trimmed = text.trim();
        if self.dialect.is_bash()
            && let Some(name) = trimmed.strip_prefix('<')
            && !name.starts_with(['<', '(', '&', '>'])
        {
            return self.read_whole(name.trim()).await;
        }
        let (reader, writer) = pipe();
        let mut files = self.ctx.files();
        files.insert(1, writer);
        let spawn = Spawn { fds: Some(files), ..Spawn::default() };
        let source = text.to_owned();
        let child = self
            .fork_to(spawn, move |mut shell| {
                Box::pin(async move {
                    if shell.dialect.is_bash() && !shell.options.posix {
                        shell.options.errexit = false;
                    }
                    let result = shell.eval(&source).await;
                    shell.end_subshell(result).await
                })
            })
            .await?;
        let reader: File = reader;
        let mut bytes = Vec::new();
        loop {
            match crate::process::read_file(&reader, 64 * 1024).await {
                Ok(chunk) if !chunk.is_empty() => {
                    bytes.extend(chunk);
                    if bytes.len() > OUTPUT_LIMIT_BYTES {
                        let message = format!("xrealloc: cannot allocate {} bytes", OUTPUT_LIMIT_BYTES * 2);
                        return Err(self.abandon(&message, 2).await);
                    }
                    self.ctx.step().await;
                }
                _ => break,
            }
        }
        let status = child.wait().await;
        self.substitution_status = Some(status.code());
        bytes.retain(|b| *b != 0);
        while bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn read_whole(&mut self, name: &str) -> Result<String, Flow> {
        let name = self.expand_text(name, super::super::expand::Place::Word).await?;
        let file = match self.ctx.open_file(&name, crate::process::OpenOptions::READ) {
            Ok(file) => file,
            Err(errno) => {
                self.complain(None, &format!("{name}: {errno}")).await;
                self.substitution_status = Some(1);
                return Ok(String::new());
            }
        };
        let mut bytes = Vec::new();
        while let Ok(chunk) = crate::process::read_file(&file, 64 * 1024).await {
            if chunk.is_empty() || bytes.len() > OUTPUT_LIMIT_BYTES {
                break;
            }
            bytes.extend(chunk);
        }
        self.substitution_status = Some(0);
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
    }

    /// Starts `<(…)` or `>(…)` and gives the descriptor that its `/dev/fd/N` names.
    pub(super) fn process_substitution<'a>(
        &'a mut self,
        kind: &'a ast::ProcessSubstitutionKind,
        command: &'a ast::SubshellCommand,
    ) -> LocalBoxFuture<'a, Result<i32, Flow>> {
        Box::pin(async move {
            let (reader, writer) = pipe();
            let (mine, theirs, fd): (File, File, i32) = match kind {
                ast::ProcessSubstitutionKind::Read => (reader, writer, 1),
                ast::ProcessSubstitutionKind::Write => (writer, reader, 0),
            };
            let mut files = self.ctx.files();
            files.insert(fd, theirs);
            let spawn = Spawn { fds: Some(files), ..Spawn::default() };
            let list = Rc::new(command.list.clone());
            self.fork_to(spawn, move |mut shell| {
                Box::pin(async move {
                    shell.texts += 1;
                    let result = shell.run_list(&list).await;
                    shell.end_subshell(result).await
                })
            })
            .await?;
            let free = (0..=63).rev().find(|fd| self.ctx.file(*fd).is_err()).unwrap_or(63);
            self.ctx.set_file(free, mine);
            Ok(free)
        })
    }
}
