//! Background jobs: what `jobs` lists and the prompt reports.

use super::dialect::Dialect;
use super::state::Shell;
use crate::process::{Child, ExitStatus, Pid, ProcessState, Signal};

/// What a job is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    Running,
    Stopped(Signal),
    Done(ExitStatus),
}

/// A pipeline that runs in the background or is stopped.
#[derive(Clone)]
pub(crate) struct Job {
    pub number: usize,
    /// The last is the one whose status counts.
    pub children: Vec<(Child, Option<ExitStatus>)>,
    pub command: String,
    pub state: JobState,
    /// The user was told that it ended or stopped.
    pub reported: bool,
}

impl Job {
    /// The number of its process group.
    pub fn group(&self) -> Pid {
        self.children.first().map_or(0, |(child, _)| child.process().pgid.get())
    }

    /// The number that `$!` gave.
    pub fn pid(&self) -> Pid {
        self.children.last().map_or(0, |(child, _)| child.pid())
    }

    /// Looks at its processes.
    pub fn refresh(&mut self) {
        if matches!(self.state, JobState::Done(_)) {
            return;
        }
        let mut stopped = None;
        for (child, status) in &mut self.children {
            if status.is_none() {
                *status = child.try_wait();
            }
            if status.is_none()
                && let ProcessState::Stopped(signal) = child.process().state()
            {
                stopped = Some(signal);
            }
        }
        if self.children.iter().all(|(_, status)| status.is_some()) {
            let last = self.children.last().and_then(|(_, status)| *status);
            self.state = JobState::Done(last.unwrap_or(ExitStatus::Exited(0)));
            self.reported = false;
        } else if let Some(signal) = stopped {
            if self.state != JobState::Stopped(signal) {
                self.state = JobState::Stopped(signal);
                self.reported = false;
            }
        } else {
            self.state = JobState::Running;
        }
    }

    fn words(&self, dialect: Dialect) -> String {
        match self.state {
            JobState::Running => "Running".into(),
            JobState::Stopped(_) => "Stopped".into(),
            JobState::Done(ExitStatus::Exited(0)) => "Done".into(),
            JobState::Done(ExitStatus::Exited(code)) if dialect.is_bash() => format!("Exit {code}"),
            JobState::Done(ExitStatus::Exited(code)) => format!("Done({code})"),
            JobState::Done(ExitStatus::Signaled(signal)) => signal.description().into(),
        }
    }

    /// Its line in `jobs`.
    pub fn line(&self, mark: char, dialect: Dialect, long: bool) -> String {
        let words = self.words(dialect);
        let pid = if long { format!("{} ", self.pid()) } else { String::new() };
        let amp = if self.state == JobState::Running && dialect.is_bash() { " &" } else { "" };
        match dialect {
            Dialect::Bash => format!("[{}]{mark}  {pid}{words:<24}{}{amp}", self.number, self.command),
            Dialect::Dash => format!("[{}] {mark} {pid}{words:<26} {}", self.number, self.command),
            Dialect::Ash => format!("[{}]{mark}  {pid}{words:<26} {}", self.number, self.command),
        }
    }
}

/// The jobs of a shell.
#[derive(Clone, Default)]
pub(crate) struct Jobs {
    pub list: Vec<Job>,
    /// In a subshell: those of the shell above, which `jobs` still lists.
    pub inherited: Vec<Job>,
}

impl Jobs {
    /// The list of a subshell of the shell whose jobs these are.
    pub fn below(self) -> Jobs {
        Jobs { list: Vec::new(), inherited: if self.list.is_empty() { self.inherited } else { self.list } }
    }

    /// Takes a job in and gives its number.
    pub fn add(&mut self, children: Vec<Child>, command: String) -> usize {
        let number = self.list.iter().map(|job| job.number).max().unwrap_or(0) + 1;
        let children = children.into_iter().map(|child| (child, None)).collect();
        self.list.push(Job { number, children, command, state: JobState::Running, reported: true });
        number
    }

    /// Looks at all jobs.
    pub fn refresh(&mut self) {
        self.list.iter_mut().for_each(Job::refresh);
    }

    /// The current job's number, and the previous one's.
    pub fn current(&self) -> (Option<usize>, Option<usize>) {
        let alive = |job: &&Job| !matches!(job.state, JobState::Done(_));
        let stopped = self.list.iter().rev().filter(|j| matches!(j.state, JobState::Stopped(_)));
        let running = self.list.iter().rev().filter(alive).filter(|j| !matches!(j.state, JobState::Stopped(_)));
        let done = self.list.iter().rev().filter(|j| !alive(j));
        let mut order = stopped.chain(running).chain(done).map(|job| job.number);
        (order.next(), order.next())
    }

    /// `+`, `-` or a blank.
    pub fn mark(&self, number: usize) -> char {
        let (current, previous) = self.current();
        if current == Some(number) {
            '+'
        } else if previous == Some(number) {
            '-'
        } else {
            ' '
        }
    }

    /// The job that `%…` names; `Err`: more than one.
    pub fn find(&self, spec: &str) -> Result<Option<&Job>, ()> {
        let what = spec.strip_prefix('%').unwrap_or(spec);
        let (current, previous) = self.current();
        let number = match what {
            "" | "%" | "+" => current,
            "-" => previous.or(current),
            _ => match what.parse::<usize>() {
                Ok(number) => Some(number),
                Err(_) => {
                    let part = what.strip_prefix('?');
                    let mut hits = self.list.iter().filter(|job| part.map_or(job.command.starts_with(what), |p| job.command.contains(p)));
                    let hit = hits.next();
                    return if hits.next().is_some() { Err(()) } else { Ok(hit) };
                }
            },
        };
        Ok(self.list.iter().find(|job| Some(job.number) == number))
    }
}

impl Shell {
    /// The job that `spec` names and `wanted` accepts; for none, the builtin says what is wrong.
    pub async fn job(&self, builtin: &str, spec: &str, wanted: impl Fn(&Job) -> bool) -> Option<Job> {
        let found = self.jobs.find(spec);
        if let Ok(Some(job)) = found
            && wanted(job)
        {
            return Some(job.clone());
        }
        let message = match (self.dialect, spec) {
            (Dialect::Bash, "") => "current: no such job".to_owned(),
            (_, "") => "No current job".into(),
            (Dialect::Bash, _) if found.is_err() => format!("{}: ambiguous job spec", spec.trim_start_matches('%')),
            (_, _) if found.is_err() => format!("{spec}: ambiguous"),
            (Dialect::Dash, _) => format!("No such job: {spec}"),
            _ => format!("{spec}: no such job"),
        };
        self.complain(Some(builtin), &message).await;
        None
    }

    /// Before a prompt: tells of jobs that ended or stopped, and forgets the ended ones.
    pub async fn report_jobs(&mut self) {
        if self.killed_at == Some(self.ctx.now()) {
            return;
        }
        self.jobs.refresh();
        let lines: Vec<String> = self.job_reports();
        for line in lines {
            self.ctx.eprint(&format!("{line}\n")).await;
        }
        self.forget_done();
    }

    fn job_reports(&mut self) -> Vec<String> {
        let marks: Vec<char> = self.jobs.list.iter().map(|job| self.jobs.mark(job.number)).collect();
        let mut lines = Vec::new();
        for (job, mark) in self.jobs.list.iter_mut().zip(marks) {
            if !job.reported && job.state != JobState::Running {
                lines.push(job.line(mark, self.dialect, false));
            }
            job.reported = true;
        }
        lines
    }

    /// Drops the jobs that ended and were told of.
    pub fn forget_done(&mut self) {
        self.jobs.list.retain(|job| !(job.reported && matches!(job.state, JobState::Done(_))));
    }
}
