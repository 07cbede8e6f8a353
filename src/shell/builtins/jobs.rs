use super::super::jobs::JobState;
use super::super::state::{Ran, Shell};

const USAGE: &str = "jobs [-lnprs] [jobspec ...] or jobs -x command [args]";

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    // A subshell without jobs of its own lists those above it.
    let above = shell.jobs.list.is_empty();
    let swap = |shell: &mut Shell| std::mem::swap(&mut shell.jobs.list, &mut shell.jobs.inherited);
    if above {
        swap(shell);
    }
    let result = list(shell, &words).await;
    if above {
        swap(shell);
    }
    result
}

async fn list(shell: &mut Shell, words: &[String]) -> Ran {
    let options = match shell.options(words, "lnprsx", USAGE).await {
        Ok(options) => options,
        Err(status) => return Ok(status),
    };
    shell.jobs.refresh();
    if options.has('x') {
        let group = |word: &String| match shell.jobs.find(word) {
            Ok(Some(job)) if word.starts_with('%') => job.group().to_string(),
            _ => word.clone(),
        };
        let words = options.operands.iter().map(group).collect();
        return shell.run_without_functions(words).await;
    }
    let mut wanted = Vec::new();
    for spec in &options.operands {
        match shell.job("jobs", spec, |_| true).await {
            Some(job) => wanted.push(job.number),
            None => return Ok(shell.error_status()),
        }
    }
    let mut text = String::new();
    for job in &mut shell.jobs.list {
        job.reported |= matches!(job.state, JobState::Running);
    }
    for job in &shell.jobs.list {
        let state = match job.state {
            JobState::Running => 'r',
            JobState::Stopped(_) => 's',
            JobState::Done(_) => 'd',
        };
        let hidden = (options.has('r') && state != 'r') || (options.has('s') && state != 's') || (options.has('n') && job.reported);
        if hidden || !(wanted.is_empty() || wanted.contains(&job.number)) {
            continue;
        }
        if options.has('p') {
            text.push_str(&format!("{}\n", job.group()));
            continue;
        }
        let mark = shell.jobs.mark(job.number);
        let line = job.line(mark, shell.dialect, options.has('l'));
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
