use super::super::jobs::JobState;
use super::super::state::{Flow, Origin, Ran, Shell};

pub(super) async fn run(shell: &mut Shell, words: Vec<String>) -> Ran {
    let name = words.first().cloned().unwrap_or_default();
    let bash_prompt = shell.origin == Origin::Interactive && shell.dialect.is_bash() && shell.subshell == 0;
    if bash_prompt {
        shell.ctx.eprint(&format!("{name}\n")).await;
    }
    let status = match words.get(1) {
        None => shell.status,
        Some(text) => match text.parse::<i64>() {
            Ok(_) if words.len() > 2 && shell.dialect.is_bash() => {
                shell.complain(Some(&name), "too many arguments").await;
                return Ok(1);
            }
            Ok(n) if n >= 0 || shell.dialect.is_bash() => (n & 0xff) as i32,
            _ if shell.dialect.is_bash() => {
                shell.complain(Some(&name), &format!("{text}: numeric argument required")).await;
                2
            }
            _ => return shell.special_error(Some(&name), &format!("Illegal number: {text}")).await,
        },
    };
    shell.jobs.refresh();
    let stopped = shell.jobs.list.iter().any(|job| matches!(job.state, JobState::Stopped(_)));
    if bash_prompt && stopped && !shell.warned_of_jobs {
        shell.warned_of_jobs = true;
        shell.ctx.eprint("There are stopped jobs.\n").await;
        return Ok(1);
    }
    Err(Flow::Exit(status))
}
