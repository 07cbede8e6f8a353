use super::super::jobs::JobState;
use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let flag = |letter: char| words.iter().skip(1).any(|w| w.starts_with('-') && w.contains(letter));
    let above = shell.jobs.list.is_empty() && !shell.jobs.inherited.is_empty();
    if above {
        shell.jobs.list = std::mem::take(&mut shell.jobs.inherited);
    }
    shell.jobs.refresh();
    let mut wanted = Vec::new();
    for spec in words.iter().skip(1).filter(|w| !w.starts_with('-')) {
        match shell.jobs.find(spec).map(|job| job.number) {
            Some(number) => wanted.push(number),
            None => {
                let text = if shell.dialect.is_dash() { format!("No such job: {spec}") } else { format!("{spec}: no such job") };
                shell.complain(Some("jobs"), &text).await;
                return Ok(if shell.dialect.is_bash() { 1 } else { 2 });
            }
        }
    }
    let mut text = String::new();
    for job in &shell.jobs.list {
        if !wanted.is_empty() && !wanted.contains(&job.number) {
            continue;
        }
        if (flag('r') && job.state != JobState::Running) || (flag('s') && !matches!(job.state, JobState::Stopped(_))) {
            continue;
        }
        if flag('p') {
            text.push_str(&format!("{}\n", job.group()));
            continue;
        }
        let mark = shell.jobs.mark(job.number);
        let line = job.line(mark, shell.dialect, flag('l'));
        text.push_str(&line);
        text.push('\n');
    }
    for job in &mut shell.jobs.list {
        job.reported = true;
    }
    let status = shell.out("jobs", &text).await;
    shell.forget_done();
    if above {
        shell.jobs.inherited = std::mem::take(&mut shell.jobs.list);
    }
    Ok(status)
}
