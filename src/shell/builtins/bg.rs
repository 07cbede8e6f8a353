use super::super::jobs::JobState;
use super::super::state::{Ran, Shell};
use crate::process::{Child, Signal};

/// `fg` and `bg`
pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let name = words.first().cloned().unwrap_or_default();
    let spec = words.get(1).cloned();
    shell.jobs.refresh();
    let job = shell.jobs.find(spec.as_deref().unwrap_or("")).filter(|job| !matches!(job.state, JobState::Done(_))).cloned();
    let Some(job) = job else {
        let message = match (&spec, shell.dialect.is_bash()) {
            (None, true) => "current: no such job".to_owned(),
            (None, false) => "No current job".to_owned(),
            (Some(spec), true) => format!("{spec}: no such job"),
            (Some(spec), false) => format!("No such job: {spec}"),
        };
        shell.complain(Some(&name), &message).await;
        return Ok(if shell.dialect.is_bash() { 1 } else { 2 });
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
    let number = shell.jobs.find(spec).map(|job| job.number);
    match number {
        Some(number) => {
            shell.jobs.list.retain(|job| job.number != number);
            Ok(0)
        }
        None => {
            let name = if spec.is_empty() { "current" } else { spec };
            shell.complain(Some("disown"), &format!("{name}: no such job")).await;
            Ok(1)
        }
    }
}
