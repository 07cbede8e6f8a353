use brush_parser::ast;
use std::collections::BTreeMap;

use super::super::expand::Place;
use super::super::state::{Flow, Shell};
use super::super::syntax::{NAME_MARK, NAMED_FD};
use crate::process::{Errno, File, OpenOptions};
use crate::sim::LocalBoxFuture;

/// A redirection that failed: the sentence was said.
pub(super) struct Refused;

impl Shell {
    /// Applies redirections to this process's descriptors. `Err(Ok(Refused))`: said why, run nothing.
    pub(super) async fn redirect<'r>(
        &mut self,
        redirects: impl IntoIterator<Item = &'r ast::IoRedirect>,
    ) -> Result<Result<(), Refused>, Flow> {
        for redirect in redirects {
            if self.redirect_one(redirect).await?.is_err() {
                return Ok(Err(Refused));
            }
        }
        Ok(Ok(()))
    }

    fn redirect_one<'a>(&'a mut self, redirect: &'a ast::IoRedirect) -> LocalBoxFuture<'a, Result<Result<(), Refused>, Flow>> {
        Box::pin(async move {
            if let Some((name, plain)) = named(redirect) {
                return self.redirect_named(&name, plain).await;
            }
            match redirect {
                ast::IoRedirect::HereDocument(fd, here) => {
                    let raw = here.doc.value.as_str();
                    let text = if here.requires_expansion { self.expand_here(raw).await? } else { raw.to_owned() };
                    self.ctx.set_file(fd.unwrap_or(0), text_file(text));
                }
                ast::IoRedirect::HereString(fd, word) => {
                    let text = self.expand_text(&word.value, Place::Word).await?;
                    self.ctx.set_file(fd.unwrap_or(0), text_file(text + "\n"));
                }
                ast::IoRedirect::OutputAndError(word, append) => {
                    let name = self.expand_text(&word.value, Place::Word).await?;
                    let options = if *append { OpenOptions::APPEND } else { OpenOptions::WRITE };
                    match self.open_for(&name, options).await {
                        Ok(file) => {
                            self.ctx.set_file(1, file.clone());
                            self.ctx.set_file(2, file);
                        }
                        Err(Refused) => return Ok(Err(Refused)),
                    }
                }
                ast::IoRedirect::File(fd, kind, target) => return self.redirect_file(*fd, kind, target).await,
            }
            Ok(Ok(()))
        })
    }

    /// `{name}>file`: a free descriptor from 10, which the variable tells. `{name}>&-` closes the one it tells.
    async fn redirect_named(&mut self, name: &str, mut plain: ast::IoRedirect) -> Result<Result<(), Refused>, Flow> {
        if let ast::IoRedirect::File(_, _, ast::IoFileRedirectTarget::Duplicate(word)) = &plain
            && word.value == "-"
        {
            return Ok(match self.var(name).and_then(|fd| fd.parse::<i32>().ok()) {
                Some(fd) => {
                    let _ = self.ctx.close(fd);
                    Ok(())
                }
                None => {
                    self.complain(None, &format!("{name}: Bad file descriptor")).await;
                    Err(Refused)
                }
            });
        }
        let free = (10..).find(|fd| self.ctx.file(*fd).is_err()).unwrap_or(10);
        if let ast::IoRedirect::File(fd, ..) | ast::IoRedirect::HereString(fd, _) = &mut plain {
            *fd = Some(free);
        }
        let done = self.redirect_one(&plain).await?;
        if done.is_ok() {
            self.set_own(name, &free.to_string());
            self.named_fds.push(free);
        }
        Ok(done)
    }

    async fn redirect_file(
        &mut self,
        fd: Option<i32>,
        kind: &ast::IoFileRedirectKind,
        target: &ast::IoFileRedirectTarget,
    ) -> Result<Result<(), Refused>, Flow> {
        use ast::IoFileRedirectKind as Kind;
        let (options, default) = match kind {
            Kind::Read => (OpenOptions::READ, 0),
            Kind::Write | Kind::Clobber => (OpenOptions::WRITE, 1),
            Kind::Append => (OpenOptions::APPEND, 1),
            Kind::ReadAndWrite => (OpenOptions::READ_WRITE, 0),
            Kind::DuplicateInput => (OpenOptions::READ, 0),
            Kind::DuplicateOutput => (OpenOptions::WRITE, 1),
        };
        let to = fd.unwrap_or(default);
        match target {
            ast::IoFileRedirectTarget::Fd(from) => Ok(self.duplicate(*from, to, &from.to_string()).await),
            ast::IoFileRedirectTarget::ProcessSubstitution(kind, command) => {
                let from = self.process_substitution(kind, command).await?;
                let result = self.duplicate(from, to, "").await;
                let _ = self.ctx.close(from);
                Ok(result)
            }
            ast::IoFileRedirectTarget::Duplicate(word) => {
                let both = matches!(kind, Kind::DuplicateOutput) && fd.is_none();
                self.redirect_duplicate(to, word, both).await
            }
            ast::IoFileRedirectTarget::Filename(word) => {
                let keeps = self.options.noclobber && matches!(kind, Kind::Write);
                self.redirect_name(to, word, options, keeps).await
            }
        }
    }

    /// `>&word`, `<&word`. `both`: a word that is no number is a file for stdout and stderr.
    async fn redirect_duplicate(&mut self, to: i32, word: &ast::Word, both: bool) -> Result<Result<(), Refused>, Flow> {
        let text = self.expand_text(&word.value, Place::Word).await?;
        if text == "-" {
            let _ = self.ctx.close(to);
            return Ok(Ok(()));
        }
        let (text, moves) = text.strip_suffix('-').map_or((text.as_str(), false), |t| (t, true));
        match text.parse::<i32>() {
            Ok(from) => {
                let result = self.duplicate(from, to, text).await;
                if moves {
                    let _ = self.ctx.close(from);
                }
                Ok(result)
            }
            Err(_) if both => Ok(match self.open_for(text, OpenOptions::WRITE).await {
                Ok(file) => {
                    self.ctx.set_file(1, file.clone());
                    self.ctx.set_file(2, file);
                    Ok(())
                }
                Err(refused) => Err(refused),
            }),
            Err(_) => {
                self.complain(None, &format!("{text}: ambiguous redirect")).await;
                Ok(Err(Refused))
            }
        }
    }

    /// `>word`, `<word`. `keeps`: a file that is there is not overwritten.
    async fn redirect_name(&mut self, to: i32, word: &ast::Word, options: OpenOptions, keeps: bool) -> Result<Result<(), Refused>, Flow> {
        let names = self.expand_words([word.value.as_str()]).await?;
        let [name] = names.as_slice() else {
            self.complain(None, &format!("{}: ambiguous redirect", word.value)).await;
            return Ok(Err(Refused));
        };
        if keeps && self.is_regular(name) {
            let message = match self.dialect.is_bash() {
                true => format!("{name}: cannot overwrite existing file"),
                false => format!("cannot create {name}: File exists"),
            };
            self.complain(None, &message).await;
            return Ok(Err(Refused));
        }
        Ok(match self.open_for(name, options).await {
            Ok(file) => {
                self.ctx.set_file(to, file);
                Ok(())
            }
            Err(refused) => Err(refused),
        })
    }

    fn is_regular(&self, name: &str) -> bool {
        self.ctx.vfs().metadata(&self.ctx.resolve(name), true, self.ctx.credentials()).is_ok_and(|m| m.is_file())
    }

    async fn duplicate(&mut self, from: i32, to: i32, text: &str) -> Result<(), Refused> {
        match self.ctx.file(from) {
            Ok(file) => {
                self.ctx.set_file(to, file);
                Ok(())
            }
            Err(errno) => {
                self.complain(None, &format!("{text}: {errno}")).await;
                Err(Refused)
            }
        }
    }

    async fn open_for(&mut self, name: &str, options: OpenOptions) -> Result<File, Refused> {
        if let Some(fd) = descriptor_of(name)
            && let Ok(file) = self.ctx.file(fd)
        {
            return Ok(file);
        }
        match self.ctx.open_file(name, options) {
            Ok(file) => Ok(file),
            Err(errno) => {
                let message = self.open_error(name, errno, options.write);
                self.complain(None, &message).await;
                Err(Refused)
            }
        }
    }

    fn open_error(&self, name: &str, errno: Errno, write: bool) -> String {
        use super::super::dialect::Dialect;
        match (self.dialect, write, errno) {
            (Dialect::Bash, ..) => format!("{name}: {errno}"),
            (Dialect::Dash, true, Errno::ENOENT) => format!("cannot create {name}: Directory nonexistent"),
            (Dialect::Dash, true, _) => format!("cannot create {name}: {errno}"),
            (Dialect::Dash, false, Errno::ENOENT) => format!("cannot open {name}: No such file"),
            (Dialect::Dash, false, _) => format!("cannot open {name}: {errno}"),
            (Dialect::Ash, true, Errno::ENOENT) => format!("can't create {name}: nonexistent directory"),
            (Dialect::Ash, true, _) => format!("can't create {name}: {errno}"),
            (Dialect::Ash, false, Errno::ENOENT) => format!("can't open {name}: no such file"),
            (Dialect::Ash, false, _) => format!("can't open {name}: {errno}"),
        }
    }

    /// The descriptors as they are, to be put back by [`Shell::restore`].
    pub(super) fn save(&self) -> BTreeMap<i32, File> {
        self.ctx.files()
    }

    pub(super) fn restore(&mut self, mut files: BTreeMap<i32, File>) {
        for fd in std::mem::take(&mut self.named_fds) {
            files.extend(self.ctx.file(fd).map(|file| (fd, file)));
        }
        self.ctx.set_files(files);
    }

    /// What a refused redirection exits with.
    pub(super) fn refused_status(&self) -> i32 {
        if self.dialect.is_dash() { 2 } else { 1 }
    }
}

/// The name of a `{name}>` redirection, and the redirection without it.
fn named(redirect: &ast::IoRedirect) -> Option<(String, ast::IoRedirect)> {
    if !matches!(redirect, ast::IoRedirect::File(Some(NAMED_FD), ..) | ast::IoRedirect::HereString(Some(NAMED_FD), _)) {
        return None;
    }
    let mut plain = redirect.clone();
    let word = match &mut plain {
        ast::IoRedirect::File(
            Some(NAMED_FD),
            _,
            ast::IoFileRedirectTarget::Filename(word) | ast::IoFileRedirectTarget::Duplicate(word),
        )
        | ast::IoRedirect::HereString(Some(NAMED_FD), word) => word,
        _ => return None,
    };
    let (name, rest) = word.value.strip_prefix(NAME_MARK)?.split_once(NAME_MARK)?;
    let name = name.to_owned();
    word.value = rest.to_owned();
    Some((name, plain))
}

/// The descriptor that `/dev/stdin`, `/dev/fd/3` and their kin name.
pub(crate) fn descriptor_of(name: &str) -> Option<i32> {
    match name {
        "/dev/stdin" => Some(0),
        "/dev/stdout" => Some(1),
        "/dev/stderr" => Some(2),
        _ => name.strip_prefix("/dev/fd/").or_else(|| name.strip_prefix("/proc/self/fd/"))?.parse().ok(),
    }
}

/// A file that holds `text` and nothing else: what here-documents are read from.
fn text_file(text: String) -> File {
    let (sender, receiver) = crate::sim::channel::unbounded();
    let _ = sender.send(text.into_bytes());
    crate::process::channel_source(receiver)
}
