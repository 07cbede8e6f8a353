use super::super::jobs::JobState;
use super::super::state::{Ran, Shell};
use crate::process::{Child, Signal};

/// `fg` and `bg`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let name = words.first().cloned().unwrap_or_default();
    if shell.dialect.is_bash() && !shell.options.monitor {
        shell.complain(Some(&name), "no job control").await;
        return Ok(1);
    }
    shell.jobs.refresh();
    let spec = words.get(1).map_or("", String::as_str);
    let Some(job) = shell.job(&name, spec, |job| !matches!(job.state, JobState::Done(_))).await else {
        return Ok(shell.error_status());
    };
    if name == "bg" {
        let _ = shell.ctx.kill(-i64::from(job.group()), Some(Signal::CONT));
        let mark = shell.jobs.mark(job.number);
        shell.ctx.print(&format!("[{}]{mark} {} &\n", job.number, job.command)).await;
        shell.last_background = Some(job.pid());
        return Ok(0);
    }
    shell.ctx.print(&format!("{}\n", job.command)).await;
    shell.jobs.list.retain(|j| j.number != job.number);
    let _ = shell.ctx.kill(-i64::from(job.group()), Some(Signal::CONT));
    let children: Vec<Child> = job.children.into_iter().filter(|(_, status)| status.is_none()).map(|(child, _)| child).collect();
    shell.wait_foreground(children, job.command).await
}

/// `disown`
pub(super) async fn disown(shell: &mut Shell, words: Vec<String>) -> Ran {
    let spec = words.get(1).map_or("", String::as_str);
    let Some(job) = shell.job("disown", spec, |_| true).await else { return Ok(1) };
    shell.jobs.list.retain(|other| other.number != job.number);
    Ok(0)
}
