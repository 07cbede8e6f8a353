use super::super::jobs::JobState;
use super::super::state::{Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let flag = |letter: char| words.iter().skip(1).any(|w| w.starts_with('-') && w.contains(letter));
    shell.jobs.refresh();
    let mut text = String::new();
    for job in &shell.jobs.list {
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
    Ok(status)
}
