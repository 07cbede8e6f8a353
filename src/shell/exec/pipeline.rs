use std::rc::Rc;

use brush_parser::ast;

use super::super::jobs::JobState;
use super::super::state::{Flow, Ran, Shell};
use crate::process::{Child, Errno, ExitStatus, File, ProcessContext, ProcessState, Signal, Spawn, pipe};
use crate::sim::LocalBoxFuture;

impl Shell {
    pub(super) fn run_pipeline<'a>(&'a mut self, pipeline: &'a ast::Pipeline) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let started = self.ctx.now();
            let result = match pipeline.seq.as_slice() {
                [command] => {
                    let result = self.run_command(command).await;
                    if let Ok(status) = result {
                        self.pipe_status = vec![status];
                    }
                    result
                }
                commands => self.run_pipes(commands).await,
            };
            if let Some(timed) = &pipeline.timed {
                let took = self.ctx.now().since(started);
                self.print_times(took, timed.is_posix_output()).await;
            }
            let status = result?;
            Ok(if pipeline.bang { i32::from(status == 0) } else { status })
        })
    }

    fn run_pipes<'a>(&'a mut self, commands: &'a [ast::Command]) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let text = commands.iter().map(|c| c.to_string()).collect::<Vec<_>>().join(" | ");
            if let ([before @ .., last], true, false) = (commands, self.options.lastpipe, self.options.monitor) {
                return self.run_last_here(before, last, text).await;
            }
            let (children, _) = self.start_pipes(commands, self.group(), true).await?;
            self.wait_foreground(children, text).await
        })
    }

    /// `shopt -s lastpipe`: the last command of a pipeline runs in this shell.
    async fn run_last_here(&mut self, before: &[ast::Command], last: &ast::Command, text: String) -> Ran {
        let (children, output) = self.start_pipes(before, self.group(), false).await?;
        let saved = self.save();
        if let Some(output) = output {
            self.ctx.set_file(0, output);
        }
        let result = self.run_command(last).await;
        self.restore(saved);
        let status = result?;
        let earlier = self.wait_foreground(children, text).await?;
        self.pipe_status.push(status);
        Ok(if self.options.pipefail && status == 0 { earlier } else { status })
    }

    /// The process group that a new foreground job gets: its own, where jobs are controlled.
    pub(super) fn group(&self) -> Option<u32> {
        (self.options.monitor && self.subshell == 0).then_some(0)
    }

    /// Starts each command of a pipeline in a subshell. Unless they are `all` of it, gives what the last one writes.
    async fn start_pipes(
        &mut self,
        commands: &[ast::Command],
        mut group: Option<u32>,
        all: bool,
    ) -> Result<(Vec<Child>, Option<File>), Flow> {
        let mut children = Vec::new();
        let mut input: Option<File> = None;
        for (i, command) in commands.iter().enumerate() {
            let mut files = self.ctx.files();
            if let Some(reader) = input.take() {
                files.insert(0, reader);
            }
            if i + 1 < commands.len() || !all {
                let (reader, writer) = pipe();
                files.insert(1, writer);
                input = Some(reader);
            }
            if let ast::Command::Simple(simple) = command {
                self.stand_at(command);
                self.debug(|| simple.to_string()).await?;
            }
            let spawn = Spawn { fds: Some(files), group, ..Spawn::default() };
            let command = Rc::new(command.clone());
            let child = self.fork_to(spawn, move |mut shell| Box::pin(async move { shell.run_as_process(&command).await })).await?;
            if group == Some(0) {
                group = Some(child.process().pgid.get());
            }
            children.push(child);
        }
        Ok((children, input))
    }

    /// Starts a subshell that runs `body`.
    pub(super) async fn fork_to(
        &mut self,
        spawn: Spawn,
        body: impl FnOnce(Shell) -> crate::sim::LocalBoxFuture<'static, i32> + 'static,
    ) -> Result<Child, Flow> {
        self.ctx.step().await;
        let mut shell = self.clone();
        shell.subshell += 1;
        // It runs on a stack of its own.
        shell.nesting = 0;
        shell.jobs = std::mem::take(&mut shell.jobs).below();
        shell.take_untraced_traps();
        shell.traps.retain(|name, action| action.is_empty() || matches!(name.as_str(), "ERR" | "DEBUG" | "RETURN"));
        let signals = self.child_dispositions();
        let spawn = Spawn { dispositions: signals, env: Some(self.vars.environment()), ..spawn };
        let run = move |ctx: ProcessContext| {
            shell.ctx = ctx;
            body(shell)
        };
        match self.ctx.fork(spawn, run) {
            Ok(child) => Ok(child),
            Err(errno) => Err(self.fork_failed(errno).await),
        }
    }

    /// What a child's signals do: what the shell ignores for itself is normal again.
    pub(super) fn child_dispositions(&self) -> Vec<(Signal, crate::process::Disposition)> {
        [Signal::INT, Signal::TERM, Signal::TSTP, Signal::TTIN, Signal::TTOU, Signal::QUIT]
            .into_iter()
            .filter(|signal| !self.traps.get(signal.name()).is_some_and(String::is_empty))
            .map(|signal| (signal, crate::process::Disposition::Default))
            .collect()
    }

    pub(super) async fn fork_failed(&mut self, errno: Errno) -> Flow {
        let message = match self.dialect {
            super::super::dialect::Dialect::Bash => format!("fork: retry: {errno}"),
            super::super::dialect::Dialect::Dash => "Cannot fork".to_owned(),
            super::super::dialect::Dialect::Ash => format!("can't fork: {errno}"),
        };
        self.complain(None, &message).await;
        self.ctx.sleep(std::time::Duration::from_secs(1)).await;
        self.status = 254;
        Flow::Abandon(254)
    }

    /// Waits for a foreground job, passing Ctrl-Z and Ctrl-C on, and gives its status.
    pub(in crate::shell) fn wait_foreground<'a>(&'a mut self, children: Vec<Child>, text: String) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let tty = self.ctx.tty().filter(|_| self.options.monitor && self.subshell == 0);
            if let (Some(tty), Some(first)) = (&tty, children.first()) {
                tty.set_foreground(self.ctx.kernel(), first.process().pgid.get());
            }
            let mut statuses = Vec::new();
            let mut stopped = None;
            for child in &children {
                match child.wait_or_stop().await {
                    ProcessState::Zombie(status) => statuses.push(status),
                    ProcessState::Stopped(signal) => stopped = Some(signal),
                    ProcessState::Alive => {}
                }
            }
            if let Some(tty) = &tty {
                tty.set_foreground(self.ctx.kernel(), self.ctx.process().pgid.get());
                tty.set_raw(false);
            }
            if let Some(signal) = stopped {
                return self.stopped_job(children, text, signal).await;
            }
            let codes: Vec<i32> = statuses.iter().map(|s| s.code()).collect();
            let last = statuses.last().copied().unwrap_or(ExitStatus::Exited(0));
            self.say_signal(last).await;
            let status = match (self.options.pipefail, codes.iter().rev().find(|c| **c != 0)) {
                (true, Some(failed)) => *failed,
                _ => last.code(),
            };
            self.pipe_status = codes;
            self.check_signals().await?;
            if self.interactive() && self.dialect.is_bash() {
                self.report_jobs().await;
            }
            if last == ExitStatus::Signaled(Signal::INT) && self.origin == super::super::state::Origin::Interactive {
                self.ctx.eprint("\n").await;
                self.status = 130;
                return Err(Flow::Abandon(130));
            }
            Ok(status)
        })
    }

    async fn stopped_job(&mut self, children: Vec<Child>, text: String, signal: Signal) -> Ran {
        let number = self.jobs.add(children, text);
        if let Some(job) = self.jobs.list.last_mut() {
            job.state = JobState::Stopped(signal);
            job.reported = true;
        }
        let mark = self.jobs.mark(number);
        if let Some(job) = self.jobs.list.last() {
            let line = job.line(mark, self.dialect, false);
            self.ctx.eprint(&format!("\n{line}\n")).await;
        }
        Ok(128 + signal.number())
    }

    /// Says that a signal ended a foreground job, except the usual ones.
    async fn say_signal(&self, status: ExitStatus) {
        let ExitStatus::Signaled(signal) = status else { return };
        if matches!(signal, Signal::INT | Signal::PIPE) || self.subshell > 0 {
            return;
        }
        let text = signal.description();
        if self.origin == super::super::state::Origin::Interactive || !self.dialect.is_bash() {
            self.ctx.eprint(&format!("{text}\n")).await;
        } else {
            let message = format!("{}{:>6} {text}\n", self.prefix(None), "");
            self.ctx.eprint(&message).await;
        }
    }

    pub(super) fn run_in_background<'a>(&'a mut self, list: &'a ast::AndOrList) -> LocalBoxFuture<'a, Ran> {
        Box::pin(async move {
            let text = list.to_string();
            let text = super::trace::one_line(&text);
            let group = self.group();
            let mut files = self.ctx.files();
            if !self.options.monitor {
                files.insert(0, crate::process::null());
            }
            let children = match (list.additional.as_slice(), list.first.seq.as_slice()) {
                ([], commands) if commands.len() > 1 && !list.first.bang => self.start_pipes(commands, group, true).await?.0,
                (more, first) => {
                    if let ([], [command @ ast::Command::Simple(simple)]) = (more, first) {
                        self.stand_at(command);
                        self.debug(|| simple.to_string()).await?;
                    }
                    let spawn = Spawn { fds: Some(files), group, ..Spawn::default() };
                    let list = Rc::new(list.clone());
                    let child = self
                        .fork_to(spawn, move |mut shell| {
                            Box::pin(async move {
                                if let ([], [command]) = (list.additional.as_slice(), list.first.seq.as_slice())
                                    && !list.first.bang
                                {
                                    return shell.run_as_process(command).await;
                                }
                                let result = shell.run_and_or(&list).await;
                                shell.end_subshell(result).await
                            })
                        })
                        .await?;
                    vec![child]
                }
            };
            self.last_background = children.last().map(Child::pid);
            // Without job control the POSIX shells keep no text.
            let text = if self.dialect.is_bash() || self.options.monitor { text } else { String::new() };
            let number = self.jobs.add(children, text);
            if self.interactive()
                && self.dialect.is_bash()
                && let Some(pid) = self.last_background
            {
                self.ctx.eprint(&format!("[{number}] {pid}\n")).await;
            }
            self.status = 0;
            Ok(0)
        })
    }

    /// Turns a subshell's result into its exit status.
    pub(super) async fn end_subshell(&mut self, result: Ran) -> i32 {
        let status = match result {
            Ok(status) => status,
            Err(Flow::Exit(status) | Flow::Abandon(status) | Flow::Return(status)) => status,
            Err(Flow::Break(_) | Flow::Continue(_)) => 0,
        };
        self.finish(status).await
    }
}
