use super::super::jobs::{Job, JobState};
use super::super::state::{Ran, Shell};
use crate::process::{ExitStatus, Signal};
use crate::sim::{Either, select};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let options = match shell.options(&words, "fnp:", "wait [-fn] [-p var] [id ...]").await {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    if let Some(name) = options.value('p') {
        shell.vars.remove(name);
    }
    let targets = &options.operands;
    if options.has('n') {
        let mut numbers = Vec::new();
        for target in targets {
            numbers.extend(find(shell, target).await?.ok());
        }
        if targets.is_empty() {
            numbers = shell.jobs.list.iter().filter(|job| !matches!(job.state, JobState::Stopped(_))).map(|job| job.number).collect();
        }
        return wait_any(shell, &numbers, options.value('p')).await;
    }
    if targets.is_empty() {
        let numbers: Vec<usize> =
            shell.jobs.list.iter().filter(|job| !matches!(job.state, JobState::Stopped(_))).map(|job| job.number).collect();
        for number in numbers {
            if let Err(status) = one(shell, number).await? {
                return Ok(status);
            }
        }
        if !shell.interactive() {
            shell.jobs.list.retain(|job| !matches!(job.state, JobState::Done(_)));
        }
        return Ok(0);
    }
    let mut status = 0;
    for target in targets {
        status = match find(shell, target).await? {
            Ok(number) => match one(shell, number).await? {
                Ok(status) => {
                    if let Some(name) = options.value('p')
                        && let Some(pid) = shell.jobs.list.iter().find(|job| job.number == number).map(Job::pid)
                    {
                        shell.set_own(name, &pid.to_string());
                    }
                    status
                }
                Err(status) => return Ok(status),
            },
            Err(status) => status,
        };
    }
    Ok(status)
}

async fn find(shell: &mut Shell, target: &str) -> Result<Result<usize, i32>, super::super::state::Flow> {
    if target.starts_with('%') {
        return match shell.job("wait", target, |_| true).await {
            Some(job) => Ok(Ok(job.number)),
            None if shell.dialect.is_bash() => Ok(Err(127)),
            None => shell.mistaken(Some("wait")).map(Err),
        };
    }
    let Ok(pid) = target.parse::<u32>() else {
        if shell.dialect.is_dash() {
            return shell.special_error(Some("wait"), &format!("Illegal number: {target}")).await.map(Err);
        }
        shell.complain(Some("wait"), &format!("`{target}': not a pid or valid job spec")).await;
        return Ok(Err(1));
    };
    let has = |job: &&Job| job.children.iter().any(|(child, _)| child.pid() == pid);
    Ok(match shell.jobs.list.iter().find(has).map(|job| job.number) {
        Some(number) => Ok(number),
        None => {
            if shell.dialect.is_bash() {
                shell.complain(Some("wait"), &format!("pid {pid} is not a child of this shell")).await;
            }
            Err(127)
        }
    })
}

/// Waits for a job. `Err`: a signal that is trapped came first.
async fn one(shell: &mut Shell, number: usize) -> Result<Result<i32, i32>, super::super::state::Flow> {
    loop {
        let Some(job) = shell.jobs.list.iter_mut().find(|job| job.number == number) else { return Ok(Ok(127)) };
        job.refresh();
        if let JobState::Done(status) = job.state {
            shell.killed_at = None;
            if let ExitStatus::Signaled(signal) = status
                && shell.dialect.is_ash()
                && shell.interactive()
            {
                let text = signal.description();
                shell.ctx.eprint(&format!("{text}\n")).await;
            }
            return Ok(Ok(status.code()));
        }
        let waiting = job.children.iter().find(|(_, status)| status.is_none()).map(|(child, _)| child.clone());
        let Some(child) = waiting else { continue };
        let ctx = shell.ctx.clone();
        let ended = Box::pin(async {
            let notified = child.process().changed().notified();
            if !matches!(child.process().state(), crate::process::ProcessState::Zombie(_)) {
                notified.await;
            }
        });
        let signalled = Box::pin(ctx.next_signal());
        if let Either::Right((signal, _)) = select(ended, signalled).await {
            shell.on_signal(signal).await?;
            if signal != Signal::CHLD {
                return Ok(Err(128 + signal.number()));
            }
        }
    }
}

/// `wait -n`: the first of the jobs that ends. `name` gets its process's number.
async fn wait_any(shell: &mut Shell, numbers: &[usize], name: Option<&str>) -> Ran {
    loop {
        shell.jobs.refresh();
        let done = shell.jobs.list.iter().find_map(|job| match job.state {
            JobState::Done(status) if numbers.contains(&job.number) => Some((job.number, job.pid(), status.code())),
            _ => None,
        });
        if let Some((number, pid, status)) = done {
            if let Some(name) = name {
                shell.set_own(name, &pid.to_string());
            }
            shell.jobs.list.retain(|job| job.number != number);
            return Ok(status);
        }
        if numbers.is_empty() {
            return Ok(127);
        }
        shell.ctx.sleep(std::time::Duration::from_millis(1)).await;
        shell.check_signals().await?;
    }
}
